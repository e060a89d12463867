//! Performed status: whether an act was done here and is reported for itself.

use crate::document::{Document, Mention};
use crate::extract::mentions::{self, in_sentence};
use crate::extract::prefilter::is_word;
use crate::extract::scope::EvidenceWeights;
use crate::lexicon::terms::SemanticType;
use crate::spine::level_lists::{LevelItem, S1, listed};
/// Number of sentences behind an act that may describe it.
const AROUND: usize = 6;
/// Number of sentences at the head of a note.
const HEAD: usize = 4;
/// Maximum length of a first sentence that is the note's title, in bytes.
const FIRST_LINE: usize = 160;

/// Whether the note documents that an act of the family was done here and is reported for itself.
pub(crate) fn is_documented(doc: &Document<'_>, whole: &EvidenceWeights, family: usize, acts: &[&Mention]) -> bool {
    let named = |it: &Mention| it.kind == SemanticType::Trigger && !it.entry(doc).generic && in_title(doc, it.sentence);
    if !acts.iter().any(|it| named(it)) && !has_needed(doc, whole, family) {
        return false;
    }
    // An implicit trigger needs no other proof.
    if acts.iter().any(|it| it.kind != SemanticType::Trigger) {
        return true;
    }
    let titled = acts.iter().any(|it| in_title(doc, it.sentence));
    let of_operation = doc.lexicon.families[family].count.anesthesia && is_part_of_operation(doc, whole, family, acts);
    if titled && !(of_operation && names_operation(doc)) {
        return true;
    }
    if of_operation {
        return false;
    }
    sentences_of(acts).into_iter().any(|it| is_described(doc, whole, family, it))
}

/// Whether the note documents what an act of the family cannot be without.
fn has_needed(doc: &Document<'_>, whole: &EvidenceWeights, family: usize) -> bool {
    let needs = &doc.lexicon.families[family].needs;
    let documents = |it: &Mention| {
        it.assertion.happened()
            && whole.weights[it.sentence] > 0
            && needs.iter().any(|word| is_word(doc.lexicon, family, word, it.entry(doc)))
    };
    needs.is_empty() || doc.mentions.iter().any(documents)
}

/// The sentences of acts, each once.
pub(crate) fn sentences_of(acts: &[&Mention]) -> Vec<usize> {
    let mut sentences: Vec<usize> = acts.iter().map(|it| it.sentence).collect();
    sentences.dedup();
    sentences
}

/// Whether a mention of an act is specific enough: a general word (`facet joints`) is an act only next to a word for what
/// was done to it (`injected`, `lesioning`), in its sentence or in the title before it.
pub(crate) fn is_act(doc: &Document<'_>, it: &Mention) -> bool {
    let entry = it.entry(doc);
    let documents = |other: &Mention| {
        other.entry(doc).family == entry.family
            && other.assertion.happened()
            && (other.end <= it.start || other.start >= it.end)
    };
    let has_method = |at: usize| doc.of_kind_in(SemanticType::Method, at).any(documents);
    let before = it.sentence.saturating_sub(1);
    !entry.generic
        || mentions::is_near_structure(doc, it)
        || heads_an_item(doc, it)
        || has_method(it.sentence)
        || in_title(doc, before) && has_method(before)
        || it.sentence <= AROUND && has_method(0)
}

/// `A. L4-L5 facet joints, R and L: 25 ga, 0.7 cc of mix each`: a structure that heads an item with a needle and what was
/// given through it.
fn heads_an_item(doc: &Document<'_>, it: &Mention) -> bool {
    const HEAD_OF_ITEM: usize = 40;
    let sentence = &doc.sentences[it.sentence];
    let opens = doc.normalized.lines.binary_search_by_key(&sentence.start, |it| it.start).is_ok();
    let heads = it.entry(doc).family.is_some_and(|it| doc.lexicon.families[it].structures_head_items);
    if !heads || !opens || it.start > sentence.start + HEAD_OF_ITEM {
        return false;
    }
    let behind = |kinds: &[SemanticType]| {
        (it.sentence..=it.sentence + 1)
            .flat_map(|at| in_sentence(doc, at))
            .any(|other| other.start >= it.end && other.assertion.happened() && kinds.contains(&other.kind))
    };
    behind(&[SemanticType::Gauge]) && behind(&[SemanticType::Substance, SemanticType::Contrast])
}

/// Whether the words of an act stand in a longer name of a place: `thoracic epidural space` is not the act `thoracic
/// epidural`.
pub(crate) fn names_anatomic_space(doc: &Document<'_>, it: &Mention) -> bool {
    let from = doc.mentions.partition_point(|other| other.start < it.start);
    let mut inside = doc.mentions[from..].iter().take_while(|other| other.start < it.end);
    inside.any(|other| other.kind == SemanticType::Other && other.end > it.end)
}

/// Whether a sentence stands under a heading that names what was done, or opens the note.
pub(crate) fn in_title(doc: &Document<'_>, sentence: usize) -> bool {
    sentence == 0 && doc.sentences[0].end < FIRST_LINE
        || doc.sections[doc.sentences[sentence].section].kind == Some(doc.lexicon.sections.title)
}

/// Whether the sentence of an act, or one behind it, names a needle, a drug or another sign of doing it, before an
/// act of another family is named.
pub(crate) fn is_described(doc: &Document<'_>, whole: &EvidenceWeights, family: usize, sentence: usize) -> bool {
    // The whole note may describe an act that the first lines name.
    let reach = if is_head(doc, sentence) { doc.sentences.len() } else { AROUND };
    is_described_within(doc, whole, family, sentence, reach)
}

/// Whether a sentence is a line of its own at the head of the note, and no running text.
fn is_head(doc: &Document<'_>, sentence: usize) -> bool {
    let range = doc.sentences[sentence];
    sentence < HEAD
        && range.end - range.start < FIRST_LINE
        && !doc.normalized.text[..range.end].ends_with(['.', '!', '?'])
}

/// The same, within so many sentences behind that of the act.
pub(crate) fn is_described_within(
    doc: &Document<'_>,
    whole: &EvidenceWeights,
    family: usize,
    sentence: usize,
    reach: usize,
) -> bool {
    if whole.weights[sentence] == 0 {
        return false;
    }
    let counts = |it: &usize| whole.weights[*it] > 0;
    let last = sentence.saturating_add(reach).min(doc.sentences.len() - 1);
    for at in (sentence..=last).filter(counts) {
        let all = in_sentence(doc, at);
        if at > sentence && names_only_others(doc, all, family) {
            return false;
        }
        let near = at <= sentence + 1;
        let does = all.iter().filter(|it| it.assertion.happened()).any(|it| match it.kind {
            SemanticType::Device | SemanticType::Gauge | SemanticType::Technique => true,
            SemanticType::Imaging => near && matches!(it.entry(doc).concept.as_str(), "fluoroscopy" | "ultrasound"),
            SemanticType::Count => it.entry(doc).family == Some(family),
            // Words of an action occur in the names of acts too, and alone they establish nothing.
            SemanticType::SupportingTerm => {
                it.entry(doc).family == Some(family) && it.entry(doc).concept == doc.lexicon.families[family].id
            }
            // In the act's own sentence alone a drug without an amount may be a patch or a tablet.
            SemanticType::Substance => near && is_given(doc, it) && (reach > 0 || has_amount(doc, it)),
            _ => false,
        });
        if does {
            return true;
        }
    }
    false
}

/// Whether a sentence that names an act of the family, and none of another, tells a needle and a drug that was given.
pub(crate) fn is_told(doc: &Document<'_>, whole: &EvidenceWeights, family: usize, sentence: usize) -> bool {
    let all = in_sentence(doc, sentence);
    let is_other = |it: &Mention| {
        it.kind == SemanticType::Trigger && !it.entry(doc).generic && it.entry(doc).family != Some(family)
    };
    let happened = |is_kind: &dyn Fn(&Mention) -> bool| all.iter().any(|it| it.assertion.happened() && is_kind(it));
    whole.weights[sentence] > 0
        && !all.iter().any(is_other)
        && happened(&|it| matches!(it.kind, SemanticType::Device | SemanticType::Gauge))
        && happened(&|it| it.kind == SemanticType::Substance && is_given(doc, it))
}

/// Whether a figure is next to a drug.
fn has_amount(doc: &Document<'_>, it: &Mention) -> bool {
    const REACH: usize = 14;
    let text = doc.normalized.text.as_bytes();
    let range = doc.sentences[it.sentence];
    let from = it.start.saturating_sub(REACH).max(range.start).min(it.start);
    let to = (it.end + REACH).min(range.end).max(it.end);
    text[from..to].iter().any(u8::is_ascii_digit)
}

fn is_given(doc: &Document<'_>, it: &Mention) -> bool {
    const CLASSES: [&str; 7] = ["steroid", "anesthetic", "opioid", "neurolytic", "toxin", "contrast", "blood"];
    it.entry(doc).class.as_ref().is_some_and(|it| CLASSES.contains(&it.as_str()))
}

/// Whether mentions name an act, and none of the family.
pub(crate) fn names_only_others(doc: &Document<'_>, mentions: &[Mention], family: usize) -> bool {
    let named = |it: &&Mention| it.kind == SemanticType::Trigger && !names_anatomic_space(doc, it) && is_act(doc, it);
    let mut acts = mentions.iter().filter(named).peekable();
    acts.peek().is_some() && acts.all(|it| it.entry(doc).family != Some(family))
}

/// Whether an operation took place that the block was the anesthesia of: nothing near the acts says that it was for
/// pain afterwards.
pub(crate) fn is_part_of_operation(
    doc: &Document<'_>,
    whole: &EvidenceWeights,
    family: usize,
    acts: &[&Mention],
) -> bool {
    let operation = doc
        .of_kind(SemanticType::Operation)
        .any(|it| it.assertion.happened() && whole.weights[it.sentence] > 0 && !covered_by_act(doc, it, family));
    let nearby = |it: &Mention| acts.iter().any(|act| act.sentence.abs_diff(it.sentence) <= AROUND);
    let for_pain = doc
        .of_kind(SemanticType::Purpose)
        .filter(|it| it.entry(doc).concept.as_str() == "postoperative_analgesia")
        .chain(doc.of_kind(SemanticType::Relief))
        .any(nearby);
    // Where a general anesthetic was given and no title names the operation, the block is for the pain after it.
    let general = || {
        let mut all = doc.of_kind(SemanticType::Anesthesia);
        all.any(|it| it.assertion.happened() && it.entry(doc).concept.as_str() == "general") && !names_operation(doc)
    };
    operation && !for_pain && !general()
}

/// Whether a title names an operation.
fn names_operation(doc: &Document<'_>) -> bool {
    doc.of_kind(SemanticType::Operation).any(|it| it.assertion.happened() && in_title(doc, it.sentence))
}

fn covered_by_act(doc: &Document<'_>, it: &Mention, family: usize) -> bool {
    in_sentence(doc, it.sentence).iter().any(|other| {
        other.kind == SemanticType::Trigger
            && other.entry(doc).family == Some(family)
            && other.start <= it.start
            && other.end >= it.end
    })
}

/// Whether the nerves of a facet family are sacral ones: those belong to the sacroiliac joint.
pub(crate) fn names_sacral_nerves(doc: &Document<'_>, acts: &[&Mention]) -> bool {
    acts.iter().filter(|it| in_title(doc, it.sentence) || acts.len() == 1).any(|it| {
        let range = doc.sentences[it.sentence];
        let mut pieces = listed(&doc.normalized.text, range.lead.min(range.start)..range.end).into_iter();
        pieces.any(|it| {
            matches!(it.item, LevelItem::One(at) if at > S1) || matches!(it.item, LevelItem::Range(_, to) if to > S1)
        })
    })
}
