//! Whether an act was performed at this encounter, by this author, as a service of its own: a fact like any other.

use super::Page;
use super::mentions::{Mention, in_sentence};
use super::neighbors;
use super::scope::Scope;
use crate::extract::resolver::{Resolution, resolve};
use crate::extract::statements::Statement;
use crate::lexicon::terms::Kind;
use crate::lexicon::weights::{Owner, Shape};
use crate::model::Slot;

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
pub(crate) fn performed(page: &Page<'_>, whole: &Scope, own: &Scope, act: &Act<'_>) -> Resolution {
    let family = act.family;
    let section = |sentence: usize| page.sentences[sentence].section;
    let now: Vec<&Mention> = act.mentions.iter().copied().filter(|it| it.said.happened()).collect();
    let sentences = neighbors::sentences_of(&now);
    // What is documented in other parts of the note belongs to an act only where the act is of this encounter.
    let reaches = |sentence: usize| {
        act.implied || !now.is_empty() || act.mentions.iter().any(|it| section(it.sentence) == section(sentence))
    };
    let owner = |it: &Statement| match it.family {
        Some(other) if other == family => Owner::Sentence,
        Some(_) => Owner::OtherAct,
        None if !own.own[it.sentence] || !reaches(it.sentence) => Owner::OtherAct,
        None => {
            let mut words = in_sentence(page, it.sentence).iter().take(WORDS);
            let named = words.any(|it| it.kind == Kind::Act && it.entry(page).family == Some(family));
            if named { Owner::Sentence } else { Owner::Part }
        }
    };
    let shapes = [
        (Shape::NotNow, now.is_empty()),
        (Shape::Titled, sentences.iter().any(|it| neighbors::in_title(page, *it))),
        (Shape::Described, sentences.iter().any(|it| neighbors::is_described(page, whole, family, *it))),
        (Shape::Documented, neighbors::is_told(page, whole, family, &now)),
        (Shape::PartOfOperation, neighbors::is_part_of_operation(page, whole, family, act.mentions)),
        (Shape::ExplainedByOther, act.explained),
        (Shape::Implied, act.implied),
        (Shape::Sole, act.sole),
    ];
    let shapes: Vec<Shape> = shapes.into_iter().filter(|it| it.1).map(|it| it.0).collect();
    // Acts of other families say nothing of this one.
    let relevant = page.statements.iter().filter(|it| it.family.is_none_or(|other| other == family));
    resolve(page, Slot::Performed, relevant.map(|it| (it, owner(it))), &shapes)
}
