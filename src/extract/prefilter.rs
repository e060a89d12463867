//! Prefilter: most notes exit here, before context analysis.
//!
//! Each test is wider than the stage that it replaces, so that no answer is lost: assertions (denied, planned, of
//! another day) are not read yet.

use crate::Lexicon;
use crate::document::Document;
use crate::lexicon::families::{ImplicitTriggerRule, NEURAXIAL, TriggerWord};
use crate::lexicon::sections::DefaultAssertion;
use crate::lexicon::terms::{Hit, SemanticType, TermEntry};
use crate::text::sections::default_of;

/// Methods that so many families share that they identify none of them.
const COMMON: [&str; 4] = ["block", "drug", "injection", "joint"];

/// A term of the note, and its sentence.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub entry: &'a TermEntry,
    pub sentence: usize,
}

/// The terms found, all in one sentence as long as no sentences are known.
pub(crate) fn seen<'a>(hits: &[Hit], lexicon: &'a Lexicon) -> Vec<Seen<'a>> {
    hits.iter().map(|it| Seen { entry: &lexicon.terms.entries[it.entry as usize], sentence: 0 }).collect()
}

/// The mentions that may count for an act: those that stand under no heading of other times or plans.
pub(crate) fn seen_here<'a>(doc: &Document<'a>) -> Vec<Seen<'a>> {
    let default = |section: usize| default_of(&doc.sections[section], &doc.lexicon.sections);
    let counts: Vec<bool> = doc
        .sentences
        .iter()
        .map(|it| matches!(default(it.section), DefaultAssertion::Performed | DefaultAssertion::Neutral))
        .collect();
    let here = doc.mentions.iter().filter(|it| counts[it.sentence]);
    here.map(|it| Seen { entry: &doc.lexicon.terms.entries[it.entry as usize], sentence: it.sentence }).collect()
}

/// Whether the words may document an act, by its name or by an implicit trigger.
pub(crate) fn may_document_act(seen: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    names_act(seen, lexicon) || implied(seen) > 0 || may_be_implied(seen, lexicon)
}

/// Whether a word names an act: a general one does where a structure or a method of its family is named.
pub(crate) fn names_act(seen: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    let neuraxial = lexicon.family(NEURAXIAL);
    let mut with_parts = vec![false; lexicon.families.len()];
    let parts = seen.iter().filter(|it| matches!(it.entry.kind, SemanticType::Method | SemanticType::Site));
    parts.filter_map(|it| it.entry.family).for_each(|it| with_parts[it] = true);
    seen.iter().filter(|it| it.entry.kind == SemanticType::Trigger).any(|it| {
        let family = it.entry.family;
        !it.entry.generic || family == neuraxial || family.is_some_and(|it| with_parts[it])
    })
}

/// Whether the triggers, structures, methods and supporting terms may document an act together with other words.
pub(crate) fn leads(acts: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    acts.iter().any(|it| it.entry.lead) || names_act(acts, lexicon)
}

/// Number of kinds of detail that imply a neuraxial injection with no word for the act, its level left out:
/// none where nothing was given. See `Acts::is_implied`, which asks the same of what happened.
pub(crate) fn implied(seen: &[Seen<'_>]) -> usize {
    let (mut felt, mut given, mut hiatus, mut laminae) = (false, false, false, false);
    let (mut needle, mut any_needle, mut space) = (false, false, false);
    for TermEntry { kind, concept, generic, .. } in seen.iter().map(|it| it.entry) {
        match (kind, concept.as_str()) {
            (SemanticType::Technique, "loss_of_resistance" | "csf_return") => felt = true,
            (SemanticType::Substance | SemanticType::Abort, _) => given = true,
            (SemanticType::Approach, "caudal") => hiatus |= !generic,
            (SemanticType::Approach, "interlaminar") => laminae = true,
            (SemanticType::Device, "epidural_needle" | "spinal_needle" | "catheter") => needle = true,
            (SemanticType::Device, "needle") => any_needle = true,
            (SemanticType::Space, _) => space = true,
            _ => {}
        }
    }
    if !felt && !given {
        return 0;
    }
    [felt, hiatus, laminae, needle || hiatus && any_needle, space].into_iter().filter(|it| *it).count()
}

/// Whether the words of an implicit trigger occur together somewhere, whatever is said of them.
pub(crate) fn may_be_implied(seen: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    let mut here = vec![false; lexicon.families.len()];
    seen.iter().filter_map(|it| it.entry.family).for_each(|it| here[it] = true);
    let families = lexicon.families.iter().enumerate().filter(|it| here[it.0]);
    families
        .into_iter()
        .any(|(family, data)| data.implicit_triggers.iter().any(|it| may_be_done(seen, lexicon, family, it)))
}

/// Whether one of the words is there that an implicit trigger begins with.
pub(crate) fn have_trigger_words(seen: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    seen.iter().any(|it| {
        it.entry.family.is_some_and(|family| {
            let mut words = lexicon.families[family].implicit_triggers.iter().flat_map(|it| &it.of);
            words.any(|word| is_word(lexicon, family, word, it.entry))
        })
    })
}

fn may_be_done(seen: &[Seen<'_>], lexicon: &Lexicon, family: usize, rule: &ImplicitTriggerRule) -> bool {
    let is = |words: &[TriggerWord], it: &Seen<'_>| words.iter().any(|word| is_word(lexicon, family, word, it.entry));
    let own = seen.iter().filter(|it| it.entry.family == Some(family) && is(&rule.of, it));
    let sentences: Vec<usize> = own.map(|it| it.sentence).collect();
    let near = |it: &Seen<'_>| {
        let first = sentences.partition_point(|at| at + rule.around < it.sentence);
        sentences.get(first).is_some_and(|at| *at <= it.sentence + rule.around)
    };
    !sentences.is_empty() && rule.with.iter().all(|words| seen.iter().any(|it| is(words, it) && near(it)))
}

/// Whether a term is such a word for acts of a family.
pub(crate) fn is_word(lexicon: &Lexicon, family: usize, word: &TriggerWord, entry: &TermEntry) -> bool {
    match word {
        TriggerWord::Family(id) => {
            let own = entry.family.is_some_and(|it| lexicon.family_id(it) == id);
            own && match entry.kind {
                SemanticType::Trigger => !entry.generic,
                // A bare action (`removed`) may be done to anything.
                SemanticType::Method => {
                    let concept = entry.concept.as_str();
                    !entry.generic && !COMMON.contains(&concept) && !concept.ends_with('_')
                }
                SemanticType::SupportingTerm => entry.concept == *id,
                _ => false,
            }
        }
        TriggerWord::Term { kind, names } => {
            entry.kind == *kind
                && entry.family.is_none_or(|it| it == family)
                && (names.is_empty()
                    || names.contains(&entry.concept)
                    || entry.class.as_ref().is_some_and(|it| names.contains(it)))
        }
    }
}
