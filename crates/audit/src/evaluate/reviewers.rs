//! Labels of several reviewers: the notes on which they agree, how far beyond chance, and those that are in dispute.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Label;
use crate::agreement::{ReviewerAgreement, agreement_of_all};

/// The labels of one reviewer.
#[derive(Clone, Debug, Default)]
pub struct Labeling {
    /// The reviewer, or the name of the file.
    pub reviewer: String,
    /// The labels, one a note.
    pub labels: Vec<Label>,
    /// Notes that the reviewer has not finished.
    pub unfinished: Vec<String>,
    /// Whether they come from a worksheet, which holds only notes with a claim.
    pub is_worksheet: bool,
}

/// A note that reviewers label differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisputedNote {
    /// The note.
    pub id: String,
    /// Reviewer and answer.
    pub answers: Vec<(String, String)>,
}

/// What several reviewers made of the same notes.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewedLabels {
    /// How far they agree.
    pub agreement: ReviewerAgreement,
    /// Notes that are labelled differently and count in no figure.
    pub disputed: Vec<DisputedNote>,
}

/// The labels that all reviewers share, and what they make of the others; none for one reviewer.
pub fn shared_labels(labelings: &[Labeling]) -> (Vec<Label>, Option<ReviewedLabels>) {
    if let [one] = labelings {
        return (one.labels.clone(), None);
    }
    let by_id: Vec<BTreeMap<&str, &Label>> =
        labelings.iter().map(|it| it.labels.iter().map(|it| (it.id.as_str(), it)).collect()).collect();
    let (mut labels, mut disputed, mut items, mut seen) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
    for label in labelings.iter().flat_map(|it| &it.labels).filter(|it| seen.insert(it.id.as_str())) {
        let own: Vec<Option<String>> = by_id.iter().map(|it| it.get(label.id.as_str()).map(|it| it.answer())).collect();
        if own.iter().flatten().all(|it| *it == label.answer()) {
            let mut label = label.clone();
            // What only another reviewer's labels state, such as the provider.
            for same in by_id.iter().filter_map(|it| it.get(label.id.as_str())) {
                for (name, value) in &same.other {
                    label.other.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            labels.push(label);
        } else {
            let answers = labelings.iter().zip(&own).filter_map(|(of, it)| Some((of.reviewer.clone(), it.clone()?)));
            disputed.push(DisputedNote { id: label.id.clone(), answers: answers.collect() });
        }
        items.push(own);
    }
    let names: Vec<String> = labelings.iter().map(|it| it.reviewer.clone()).collect();
    let agreement = agreement_of_all(&names, &items);
    (labels, Some(ReviewedLabels { agreement, disputed }))
}
