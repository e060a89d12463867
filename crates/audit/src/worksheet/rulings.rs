//! What reviewers decided: verdicts, two reviews side by side, and the lines as they are right in the end.

use std::collections::BTreeMap;

use crate::compare::{Audit, AuditFinding, Kind, Line, RootCause, Settled};

/// What a reviewer says of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The finding stands: the documented line is right.
    Upheld,
    /// The billed line is right.
    Overturned,
    /// Neither is: the reviewer names the line that is right.
    Other,
    /// Only the provider can say.
    Query,
}

impl Verdict {
    /// Every verdict, in the order of the drop-down.
    pub const ALL: [Verdict; 4] = [Verdict::Upheld, Verdict::Overturned, Verdict::Other, Verdict::Query];

    /// The name in worksheets and results.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Upheld => "upheld",
            Verdict::Overturned => "overturned",
            Verdict::Other => "other",
            Verdict::Query => "query",
        }
    }

    /// The verdict of a name.
    pub fn named(name: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// A decision on a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled {
    /// The verdict.
    pub verdict: Verdict,
    /// With [`Verdict::Other`]: the right line, none where nothing should be billed.
    pub correct: Option<Line>,
    /// The reason; none where an agreement was upheld.
    pub reason: Option<RootCause>,
    /// The reviewer's words.
    pub comment: String,
}

impl Ruled {
    /// The verdict with the right line where the reviewer named one: what two answers are compared by.
    pub fn answer(&self) -> String {
        match (&self.verdict, &self.correct) {
            (Verdict::Other, Some(line)) => format!("other: {line}"),
            (Verdict::Other, None) => "other: none".to_owned(),
            (verdict, _) => verdict.name().to_owned(),
        }
    }

    /// The answer with reason and comment.
    pub(super) fn shown(&self) -> String {
        let reason = self.reason.map(|it| format!(", {}", it.name())).unwrap_or_default();
        let comment = if self.comment.is_empty() { String::new() } else { format!(" ({})", self.comment) };
        format!("{}{reason}{comment}", self.answer())
    }
}

/// The decisions of a reviewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The reviewer.
    pub reviewer: String,
    /// Decisions by the id of the finding; findings without one are still open.
    pub rulings: BTreeMap<String, Ruled>,
    /// Findings without a decision.
    pub open: usize,
}

/// A finding on which reviewers differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The finding.
    pub finding: String,
    /// What each said, in the order of the reviews.
    pub answers: Vec<(String, String)>,
}

/// The findings on which reviews differ, in their order.
pub fn disagreements(audit: &Audit, reviews: &[Review]) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for it in audit.findings.iter().filter(|it| it.is_counted()) {
        let answers: Vec<(String, String)> =
            reviews.iter().filter_map(|of| Some((of.reviewer.clone(), of.rulings.get(&it.id)?.answer()))).collect();
        if answers.iter().any(|of| of.1 != answers[0].1) {
            found.push(Disagreement { finding: it.id.clone(), answers });
        }
    }
    found
}

/// What two reviewers said of each finding that both decided, by verdict.
pub fn paired_answers(one: &Review, other: &Review) -> Vec<(String, String)> {
    let both = one.rulings.iter().filter_map(|(id, it)| Some((it, other.rulings.get(id)?)));
    both.map(|(one, other)| (one.answer(), other.answer())).collect()
}

/// The decision on each finding: of the reconciliation where there is one, else the one that all reviewers share.
pub fn final_rulings(audit: &Audit, reviews: &[Review], reconciled: Option<&Review>) -> BTreeMap<String, Ruled> {
    let open = disagreements(audit, reviews);
    let mut rulings = BTreeMap::new();
    for it in reviews.iter().flat_map(|it| &it.rulings) {
        if !open.iter().any(|open| open.finding == *it.0) {
            rulings.entry(it.0.clone()).or_insert_with(|| it.1.clone());
        }
    }
    rulings.extend(reconciled.into_iter().flat_map(|it| it.rulings.clone()));
    rulings
}

/// The lines of an audit as they are right by the decisions; a finding without one is open.
pub fn ruled_lines<'a>(audit: &'a Audit, rulings: &BTreeMap<String, Ruled>) -> Vec<(&'a AuditFinding, Settled)> {
    let counted = audit.findings.iter().filter(|it| it.is_counted());
    counted.map(|it| (it, settled(it, rulings.get(&it.id)))).collect()
}

fn settled(it: &AuditFinding, ruled: Option<&Ruled>) -> Settled {
    let billed = it.billed.clone();
    let open = Settled { billed: billed.clone(), correct: None, is_decided: false, is_error: false };
    let Some(ruled) = ruled else { return open };
    match ruled.verdict {
        Verdict::Query => open,
        // That the provider must be asked stands, and leaves the line open.
        Verdict::Upheld if it.is_open() => Settled { is_error: true, ..open },
        Verdict::Upheld => {
            Settled { billed, correct: it.documented.clone(), is_decided: true, is_error: it.kind != Kind::Agreement }
        }
        Verdict::Overturned => Settled { correct: billed.clone(), billed, is_decided: true, is_error: false },
        Verdict::Other => {
            let is_error = billed != ruled.correct;
            Settled { billed, correct: ruled.correct.clone(), is_decided: true, is_error }
        }
    }
}
