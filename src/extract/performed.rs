//! Whether an act was performed at this encounter, by this author, as a service of its own: a fact like any other.

use crate::document::{Document, Mention, Statement};
use crate::extract::mentions::in_sentence;
use crate::extract::procedures::performed_status;
use crate::extract::resolver::{Resolution, resolve};
use crate::extract::scope::EvidenceWeights;
use crate::lexicon::terms::SemanticType;
use crate::model::Slot;
use crate::model::evidence_features::{Owner, Shape};

/// Maximum number of words of a sentence that are asked whether they name an act of the family.
const WORDS: usize = 64;

/// Acts of at least this chance are reported: below one half for review, since a lost act is not looked at again.
const LEAST: f64 = 0.4;

/// Whether the chance that an act was performed is high enough to report it.
pub(crate) fn is_performed(found: &Resolution) -> bool {
    found.candidates[0].chance >= LEAST
}

/// An act of one family as the note names it.
pub(crate) struct Act<'a> {
    pub family: usize,
    /// The mentions that name it.
    pub mentions: &'a [&'a Mention],
    /// Whether another act explains the same words.
    pub explained: bool,
    /// Whether its details imply it without its name.
    pub implied: bool,
    /// Whether no act of another family is of this encounter.
    pub sole: bool,
}

/// Weighs what the note states about an act; `own` says which sentences may be about it.
pub(crate) fn performed(
    doc: &Document<'_>,
    whole: &EvidenceWeights,
    own: &EvidenceWeights,
    act: &Act<'_>,
) -> Resolution {
    let family = act.family;
    let section = |sentence: usize| doc.sentences[sentence].section;
    let now: Vec<&Mention> = act.mentions.iter().copied().filter(|it| it.assertion.happened()).collect();
    let sentences = performed_status::sentences_of(&now);
    // What is documented in other parts of the note belongs to an act only where the act is of this encounter.
    let reaches = |sentence: usize| {
        act.implied || !now.is_empty() || act.mentions.iter().any(|it| section(it.sentence) == section(sentence))
    };
    let owner = |it: &Statement| match it.family {
        Some(other) if other == family => Owner::Sentence,
        Some(_) => Owner::OtherAct,
        None if !own.own[it.sentence] || !reaches(it.sentence) => Owner::OtherAct,
        None => {
            let mut words = in_sentence(doc, it.sentence).iter().take(WORDS);
            let named = words.any(|it| it.kind == SemanticType::Trigger && it.entry(doc).family == Some(family));
            if named { Owner::Sentence } else { Owner::Part }
        }
    };
    let shapes = [
        (Shape::NotNow, now.is_empty()),
        (Shape::Titled, sentences.iter().any(|it| performed_status::in_title(doc, *it))),
        (Shape::Described, sentences.iter().any(|it| performed_status::is_described(doc, whole, family, *it))),
        (Shape::Documented, performed_status::is_documented(doc, whole, family, &now)),
        (Shape::PartOfOperation, performed_status::is_part_of_operation(doc, whole, family, act.mentions)),
        (Shape::ExplainedByOther, act.explained),
        (Shape::Implied, act.implied),
        (Shape::Sole, act.sole),
    ];
    let shapes: Vec<Shape> = shapes.into_iter().filter(|it| it.1).map(|it| it.0).collect();
    // Acts of other families say nothing of this one.
    let relevant = doc.statements.iter().filter(|it| it.family.is_none_or(|other| other == family));
    resolve(doc, Slot::Performed, relevant.map(|it| (it, owner(it))), &shapes)
}
