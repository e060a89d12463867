//! Whether a neighboring act was done here and is reported for itself.

use super::deeds::has_needed;
use super::levels::S1;

use crate::lexicon::terms::Kind;
use crate::pipeline::Page;
use crate::pipeline::level_lists::{Item, listed};
use crate::pipeline::mentions::{self, Mention};
use crate::pipeline::scope::Scope;
use crate::pipeline::slots::in_sentence;
/// How many sentences behind an act tell of it.
const AROUND: usize = 6;
/// So many sentences stand at the head of a note.
const HEAD: usize = 4;
/// A first sentence of at most this many bytes is the note's title.
const FIRST_LINE: usize = 160;

/// Whether the note tells that an act of the family was done here and is reported for itself.
pub(crate) fn is_told(page: &Page<'_>, whole: &Scope, family: usize, acts: &[&Mention]) -> bool {
    let named = |it: &Mention| it.kind == Kind::Act && !it.entry(page).generic && in_title(page, it.sentence);
    if !acts.iter().any(|it| named(it)) && !has_needed(page, whole, family) {
        return false;
    }
    // What is told by its doing needs no other proof.
    if acts.iter().any(|it| it.kind != Kind::Act) {
        return true;
    }
    let titled = acts.iter().any(|it| in_title(page, it.sentence));
    let of_operation =
        page.lexicon.families[family].count.anesthesia && is_part_of_operation(page, whole, family, acts);
    if titled && !(of_operation && names_operation(page)) {
        return true;
    }
    if of_operation {
        return false;
    }
    sentences_of(acts).into_iter().any(|it| is_described(page, whole, family, it))
}

/// The sentences of acts, each once.
pub(crate) fn sentences_of(acts: &[&Mention]) -> Vec<usize> {
    let mut sentences: Vec<usize> = acts.iter().map(|it| it.sentence).collect();
    sentences.dedup();
    sentences
}

/// Whether a mention of an act says enough: a general word (`facet joints`) is an act only beside a word for what
/// was done to it (`injected`, `lesioning`), in its sentence or in the title before it.
pub(crate) fn is_act(page: &Page<'_>, it: &Mention) -> bool {
    let entry = it.entry(page);
    let tells = |other: &Mention| {
        other.entry(page).family == entry.family
            && other.said.happened()
            && (other.end <= it.start || other.start >= it.end)
    };
    let heard = |at: usize| page.of_kind_in(Kind::Method, at).any(tells);
    let before = it.sentence.saturating_sub(1);
    !entry.generic
        || mentions::is_beside_structure(page, it)
        || heard(it.sentence)
        || in_title(page, before) && heard(before)
        || it.sentence <= AROUND && heard(0)
}

/// Whether the words of an act stand in a longer name of a place: `thoracic epidural space` is not the act `thoracic
/// epidural`.
pub(crate) fn names_a_place(page: &Page<'_>, it: &Mention) -> bool {
    let from = page.mentions.partition_point(|other| other.start < it.start);
    let mut inside = page.mentions[from..].iter().take_while(|other| other.start < it.end);
    inside.any(|other| other.kind == Kind::Other && other.end > it.end)
}

/// Whether a sentence stands under a heading that names what was done, or opens the note.
pub(crate) fn in_title(page: &Page<'_>, sentence: usize) -> bool {
    sentence == 0 && page.sentences[0].end < FIRST_LINE
        || page.sections[page.sentences[sentence].section].kind == Some(page.lexicon.sections.title)
}

/// Whether the sentence of an act, or one behind it, tells of a needle, a drug or another sign of doing it, before an
/// act of another family is named.
pub(crate) fn is_described(page: &Page<'_>, whole: &Scope, family: usize, sentence: usize) -> bool {
    // What the first lines name the whole note may tell of.
    let reach = if is_head(page, sentence) { page.sentences.len() } else { AROUND };
    is_described_within(page, whole, family, sentence, reach)
}

/// Whether a sentence is a line of its own at the head of the note, and no running text.
fn is_head(page: &Page<'_>, sentence: usize) -> bool {
    let range = page.sentences[sentence];
    sentence < HEAD && range.end - range.start < FIRST_LINE && !page.search.text[..range.end].ends_with(['.', '!', '?'])
}

/// The same, within so many sentences behind that of the act.
pub(crate) fn is_described_within(
    page: &Page<'_>,
    whole: &Scope,
    family: usize,
    sentence: usize,
    reach: usize,
) -> bool {
    if whole.weights[sentence] == 0 {
        return false;
    }
    let counts = |it: &usize| whole.weights[*it] > 0;
    let last = sentence.saturating_add(reach).min(page.sentences.len() - 1);
    for at in (sentence..=last).filter(counts) {
        let all = in_sentence(page, at);
        if at > sentence && names_only_others(page, all, family) {
            return false;
        }
        let near = at <= sentence + 1;
        let does = all.iter().filter(|it| it.said.happened()).any(|it| match it.kind {
            Kind::Device | Kind::Gauge | Kind::Technique => true,
            Kind::Imaging => near && matches!(it.entry(page).concept.as_str(), "fluoroscopy" | "ultrasound"),
            Kind::Count => it.entry(page).family == Some(family),
            // Words of a deed stand in the names of acts too, and tell nothing alone.
            Kind::Sign => {
                it.entry(page).family == Some(family) && it.entry(page).concept == page.lexicon.families[family].id
            }
            // In the act's own sentence alone a drug without an amount may be a patch or a tablet.
            Kind::Substance => near && is_given(page, it) && (reach > 0 || has_amount(page, it)),
            _ => false,
        });
        if does {
            return true;
        }
    }
    false
}

/// Whether a figure stands beside a drug.
fn has_amount(page: &Page<'_>, it: &Mention) -> bool {
    const BESIDE: usize = 14;
    let text = page.search.text.as_bytes();
    let range = page.sentences[it.sentence];
    let from = it.start.saturating_sub(BESIDE).max(range.start).min(it.start);
    let to = (it.end + BESIDE).min(range.end).max(it.end);
    text[from..to].iter().any(u8::is_ascii_digit)
}

fn is_given(page: &Page<'_>, it: &Mention) -> bool {
    const CLASSES: [&str; 7] = ["steroid", "anesthetic", "opioid", "neurolytic", "toxin", "contrast", "blood"];
    it.entry(page).class.as_ref().is_some_and(|it| CLASSES.contains(&it.as_str()))
}

/// Whether mentions name an act, and none of the family.
pub(super) fn names_only_others(page: &Page<'_>, mentions: &[Mention], family: usize) -> bool {
    let named = |it: &&Mention| it.kind == Kind::Act && !names_a_place(page, it) && is_act(page, it);
    let mut acts = mentions.iter().filter(named).peekable();
    acts.peek().is_some() && acts.all(|it| it.entry(page).family != Some(family))
}

/// Whether an operation took place that the block was the anesthesia of: nothing near the acts says that it was for
/// pain afterwards.
pub(crate) fn is_part_of_operation(page: &Page<'_>, whole: &Scope, family: usize, acts: &[&Mention]) -> bool {
    let operation = page
        .of_kind(Kind::Operation)
        .any(|it| it.said.happened() && whole.weights[it.sentence] > 0 && !covered_by_act(page, it, family));
    let beside = |it: &Mention| acts.iter().any(|act| act.sentence.abs_diff(it.sentence) <= AROUND);
    let for_pain = page
        .of_kind(Kind::Purpose)
        .filter(|it| it.entry(page).concept.as_str() == "postoperative_analgesia")
        .chain(page.of_kind(Kind::Relief))
        .any(beside);
    // Where a general anesthetic was given and no title names the operation, the block is for the pain after it.
    let general = || {
        let mut all = page.of_kind(Kind::Anesthesia);
        all.any(|it| it.said.happened() && it.entry(page).concept.as_str() == "general") && !names_operation(page)
    };
    operation && !for_pain && !general()
}

/// Whether a title names an operation.
fn names_operation(page: &Page<'_>) -> bool {
    page.of_kind(Kind::Operation).any(|it| it.said.happened() && in_title(page, it.sentence))
}

fn covered_by_act(page: &Page<'_>, it: &Mention, family: usize) -> bool {
    in_sentence(page, it.sentence).iter().any(|other| {
        other.kind == Kind::Act
            && other.entry(page).family == Some(family)
            && other.start <= it.start
            && other.end >= it.end
    })
}

/// Whether the nerves of a facet family are sacral ones: those belong to the sacroiliac joint.
pub(crate) fn names_sacral_nerves(page: &Page<'_>, acts: &[&Mention]) -> bool {
    acts.iter().filter(|it| in_title(page, it.sentence) || acts.len() == 1).any(|it| {
        let range = page.sentences[it.sentence];
        let mut pieces = listed(&page.search.text, range.lead.min(range.start)..range.end).into_iter();
        pieces.any(|it| matches!(it.item, Item::One(at) if at > S1) || matches!(it.item, Item::Range(_, to) if to > S1))
    })
}
