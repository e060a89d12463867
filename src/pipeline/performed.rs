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

/// Weighs what the note states about an act of one family.
///
/// `acts` are the mentions that name it; `own` says which sentences may be about it; `explained` that another act
/// explains the same words.
pub(crate) fn performed(
    page: &Page<'_>,
    whole: &Scope,
    own: &Scope,
    family: usize,
    acts: &[&Mention],
    explained: bool,
) -> Resolution {
    let owner = |it: &Statement| match it.family {
        Some(other) if other == family => Owner::Sentence,
        Some(_) => Owner::OtherAct,
        None if !own.own[it.sentence] => Owner::OtherAct,
        None => {
            let mut words = in_sentence(page, it.sentence).iter().take(WORDS);
            let named = words.any(|it| it.kind == Kind::Act && it.entry(page).family == Some(family));
            if named { Owner::Sentence } else { Owner::Part }
        }
    };
    let mut shapes = Vec::new();
    let now: Vec<&Mention> = acts.iter().copied().filter(|it| it.said.happened()).collect();
    if now.is_empty() {
        shapes.push(Shape::NotNow);
    }
    if now.iter().any(|it| neighbors::in_title(page, it.sentence)) {
        shapes.push(Shape::Titled);
    }
    if now.iter().any(|it| neighbors::is_described(page, whole, family, it.sentence)) {
        shapes.push(Shape::Described);
    }
    if neighbors::is_told(page, whole, family, &now) {
        shapes.push(Shape::Documented);
    }
    if neighbors::is_part_of_operation(page, whole, family, acts) {
        shapes.push(Shape::PartOfOperation);
    }
    if explained {
        shapes.push(Shape::ExplainedByOther);
    }
    // Acts of other families say nothing of this one.
    let relevant = page.statements.iter().filter(|it| it.family.is_none_or(|other| other == family));
    resolve(page, Slot::Performed, relevant.map(|it| (it, owner(it))), &shapes)
}
