//! What a note may tell, by its words alone: most notes are left here, before any context is read.
//!
//! Each question is wider than the reading that it stands for, so that no answer is lost: what is said of the words
//! (denied, planned, of another day) is not asked yet.

use super::procedures::NEURAXIAL;
use super::sections::default_of;
use super::{Page, neighbors};
use crate::Lexicon;
use crate::lexicon::sections::Default;
use crate::lexicon::terms::{Entry, Hit, Kind};

/// A term of the note, and its sentence.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub entry: &'a Entry,
    pub sentence: usize,
}

/// The terms found, all in one sentence as long as no sentences are known.
pub(crate) fn seen<'a>(hits: &[Hit], lexicon: &'a Lexicon) -> Vec<Seen<'a>> {
    hits.iter().map(|it| Seen { entry: &lexicon.terms.entries[it.entry as usize], sentence: 0 }).collect()
}

/// The mentions that may count for an act: those that stand under no heading of other times or plans.
pub(crate) fn seen_here<'a>(page: &Page<'a>) -> Vec<Seen<'a>> {
    let default = |section: usize| default_of(&page.sections[section], &page.lexicon.sections);
    let counts: Vec<bool> =
        page.sentences.iter().map(|it| matches!(default(it.section), Default::Performed | Default::Neutral)).collect();
    let here = page.mentions.iter().filter(|it| counts[it.sentence]);
    here.map(|it| Seen { entry: &page.lexicon.terms.entries[it.entry as usize], sentence: it.sentence }).collect()
}

/// Whether the words may tell an act, by its name or by its doing.
pub(crate) fn may_tell(seen: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    names_act(seen, lexicon) || implied(seen) > 0 || neighbors::may_have_deeds(seen, lexicon)
}

/// Whether a word names an act: a general one does where a structure or a method of its family is named.
pub(crate) fn names_act(seen: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    let neuraxial = lexicon.family(NEURAXIAL);
    let mut beside = vec![false; lexicon.families.len()];
    let parts = seen.iter().filter(|it| matches!(it.entry.kind, Kind::Method | Kind::Site));
    parts.filter_map(|it| it.entry.family).for_each(|it| beside[it] = true);
    seen.iter().filter(|it| it.entry.kind == Kind::Act).any(|it| {
        let family = it.entry.family;
        !it.entry.generic || family == neuraxial || family.is_some_and(|it| beside[it])
    })
}

/// Whether the acts, structures, methods and signs alone may tell an act with other words beside them.
pub(crate) fn leads(acts: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    acts.iter().any(|it| it.entry.lead) || names_act(acts, lexicon)
}

/// How many kinds of detail are there that imply a neuraxial injection with no word for the act, its level left out:
/// none where nothing was given. See `Acts::is_implied`, which asks the same of what happened.
pub(crate) fn implied(seen: &[Seen<'_>]) -> usize {
    let (mut felt, mut given, mut hiatus, mut laminae) = (false, false, false, false);
    let (mut needle, mut any_needle, mut space) = (false, false, false);
    for Entry { kind, concept, generic, .. } in seen.iter().map(|it| it.entry) {
        match (kind, concept.as_str()) {
            (Kind::Technique, "loss_of_resistance" | "csf_return") => felt = true,
            (Kind::Substance | Kind::Abort, _) => given = true,
            (Kind::Approach, "caudal") => hiatus |= !generic,
            (Kind::Approach, "interlaminar") => laminae = true,
            (Kind::Device, "epidural_needle" | "spinal_needle" | "catheter") => needle = true,
            (Kind::Device, "needle") => any_needle = true,
            (Kind::Space, _) => space = true,
            _ => {}
        }
    }
    if !felt && !given {
        return 0;
    }
    [felt, hiatus, laminae, needle || hiatus && any_needle, space].into_iter().filter(|it| *it).count()
}
