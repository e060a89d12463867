//! What stands near what: helpers over the mentions of a sentence.

use crate::lexicon::terms::Kind;
use crate::pipeline::Page;
use crate::pipeline::mentions::Mention;
pub(crate) use crate::pipeline::mentions::{in_sentence, levels_in_sentence};
use crate::pipeline::procedures::NEURAXIAL;
use crate::pipeline::scope::Scope;

/// How far, in bytes, a word reaches that says what a level or a region word is about.
pub(super) const REACH: usize = 70;

/// Mentions of a sentence that lie within reach before or after a range.
pub(super) fn near<'a>(
    page: &'a Page<'_>,
    sentence: usize,
    start: usize,
    end: usize,
    reach: usize,
) -> impl Iterator<Item = &'a Mention> {
    let from = page.mentions.partition_point(|it| it.start + reach < start);
    page.mentions[from..].iter().take_while(move |it| it.start <= end + reach).filter(move |it| it.sentence == sentence)
}

/// Whether a sentence tells of doing: a verb of placing or giving, a needle, a level.
pub(crate) fn sentence_tells_doing(page: &Page<'_>, sentence: usize) -> bool {
    let doing = |it: &Mention| matches!(it.kind, Kind::Motion | Kind::Device | Kind::Technique | Kind::Imaging);
    in_sentence(page, sentence).iter().take(64).any(doing) || !levels_in_sentence(page, sentence).is_empty()
}

pub(super) fn is_act_word(page: &Page<'_>, it: &Mention) -> bool {
    let entry = it.entry(page);
    match entry.kind {
        Kind::Act => page.lexicon.family(NEURAXIAL) == entry.family,
        Kind::Space | Kind::Technique => true,
        Kind::Approach => entry.concept.as_str() == "interlaminar",
        Kind::Device => matches!(entry.concept.as_str(), "epidural_needle" | "catheter"),
        _ => false,
    }
}

/// Whether a mention lies inside the words of an act.
pub(super) fn in_act(page: &Page<'_>, it: &Mention) -> bool {
    near(page, it.sentence, it.start, it.end, 60)
        .any(|other| other.kind == Kind::Act && other.start <= it.start && other.end >= it.end)
}

/// "Caudal" is a direction unless it names the act or stands beside the sacral hiatus.
pub(crate) fn is_sacral(page: &Page<'_>, scope: &Scope, it: &Mention) -> bool {
    !it.entry(page).generic
        || in_act(page, it)
        || scope.concept(page, Kind::Approach, "caudal").any(|other| !other.entry(page).generic)
}

pub(super) fn sentence_has_word(page: &Page<'_>, sentence: usize, word: &str) -> bool {
    let it = page.sentences[sentence];
    page.search.text[it.start..it.end]
        .split(|it: char| !it.is_ascii_alphanumeric())
        .any(|it| it.eq_ignore_ascii_case(word))
}
