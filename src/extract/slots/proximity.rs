//! Proximity of mentions within a sentence.

use crate::document::{Document, Mention};
use crate::extract::mentions::{in_sentence, levels_in_sentence};
use crate::extract::scope::EvidenceWeights;
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::terms::SemanticType;

/// Maximum distance, in bytes, of a word that classifies a level or a region word.
pub(super) const REACH: usize = 70;

/// Mentions of a sentence that lie within reach before or after a range.
pub(super) fn near<'a>(
    doc: &'a Document<'_>,
    sentence: usize,
    start: usize,
    end: usize,
    reach: usize,
) -> impl Iterator<Item = &'a Mention> {
    let from = doc.mentions.partition_point(|it| it.start + reach < start);
    doc.mentions[from..].iter().take_while(move |it| it.start <= end + reach).filter(move |it| it.sentence == sentence)
}

/// Whether a sentence describes a technique: a verb of placing or giving, a needle, a level.
pub(crate) fn sentence_describes_technique(doc: &Document<'_>, sentence: usize) -> bool {
    let doing = |it: &Mention| {
        matches!(it.kind, SemanticType::Motion | SemanticType::Device | SemanticType::Technique | SemanticType::Imaging)
    };
    in_sentence(doc, sentence).iter().take(64).any(doing) || !levels_in_sentence(doc, sentence).is_empty()
}

pub(super) fn is_act_word(doc: &Document<'_>, it: &Mention) -> bool {
    let entry = it.entry(doc);
    match entry.kind {
        SemanticType::Trigger => doc.lexicon.family(NEURAXIAL) == entry.family,
        SemanticType::Space | SemanticType::Technique => true,
        SemanticType::Approach => entry.concept.as_str() == "interlaminar",
        SemanticType::Device => matches!(entry.concept.as_str(), "epidural_needle" | "catheter"),
        _ => false,
    }
}

/// Whether a mention lies inside the words of an act.
pub(super) fn in_act(doc: &Document<'_>, it: &Mention) -> bool {
    near(doc, it.sentence, it.start, it.end, 60)
        .any(|other| other.kind == SemanticType::Trigger && other.start <= it.start && other.end >= it.end)
}

/// "Caudal" is a direction unless it names the act or is next to the sacral hiatus.
pub(crate) fn is_sacral(doc: &Document<'_>, scope: &EvidenceWeights, it: &Mention) -> bool {
    !it.entry(doc).generic
        || in_act(doc, it)
        || scope.concept(doc, SemanticType::Approach, "caudal").any(|other| !other.entry(doc).generic)
}

pub(super) fn sentence_has_word(doc: &Document<'_>, sentence: usize, word: &str) -> bool {
    let it = doc.sentences[sentence];
    doc.normalized.text[it.start..it.end]
        .split(|it: char| !it.is_ascii_alphanumeric())
        .any(|it| it.eq_ignore_ascii_case(word))
}
