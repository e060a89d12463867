//! Narratives of an act below a heading that they do not fit: `Hospital course: … entered the epidural space at L2-3`.

use std::ops::Range;

use crate::document::{Document, Mention};
use crate::extract::mentions::in_sentence;
use crate::extract::scope::EvidenceWeights;
use crate::lexicon::sections::DefaultAssertion;
use crate::lexicon::terms::SemanticType;
use crate::text::sections::{Section, default_of};

/// Minimum number of kinds of detail in a paragraph from which on it documents an act, whatever its heading.
const ENOUGH: u32 = 4;

/// Gives paragraphs that document an act step by step a section of their own, as a technique: a heading is a hint and no
/// verdict. Paragraphs that name another time keep the section that they are in.
pub(crate) fn split_off(doc: &mut Document<'_>) {
    let mut first = 0;
    while first < doc.sentences.len() {
        let section = doc.sentences[first].section;
        let goes_on = |at: &usize| doc.sentences[*at].section == section && !doc.sentences[*at].paragraph;
        let end = (first + 1..doc.sentences.len()).take_while(goes_on).last().unwrap_or(first) + 1;
        if is_misplaced(doc, first..end) {
            // The lines before the first detail keep their heading: `Dx - stenosis`, and the act on the next line.
            let from = (first..end).find(|it| begins(doc, *it)).unwrap_or(first);
            split(doc, from..end);
        }
        first = end;
    }
}

fn is_misplaced(doc: &Document<'_>, sentences: Range<usize>) -> bool {
    let section = &doc.sections[doc.sentences[sentences.start].section];
    let default = default_of(section, &doc.lexicon.sections);
    let is_of = |id: &str| section.kind.is_some_and(|it| doc.lexicon.sections.kinds[it].id.as_str() == id);
    let enough = match default {
        DefaultAssertion::Historical | DefaultAssertion::Planned | DefaultAssertion::Hypothetical => ENOUGH,
        // A diagnosis is of no time, so less shows that the act on the next line is none.
        _ if is_of("diagnosis") => ENOUGH - 1,
        // What was found (`O: … 22 G in plane …`) is of this encounter; only its details count for nothing.
        _ if section.kind.is_some_and(|it| doc.lexicon.sections.kinds[it].weight == 0) => ENOUGH,
        _ => return false,
    };
    let (start, end) = (doc.sentences[sentences.start].start, doc.sentences[sentences.end - 1].end);
    let from = doc.mentions.partition_point(|it| it.start < start);
    let own = doc.mentions[from..].iter().take_while(|it| it.start < end);
    let details = own.filter_map(|it| detail(doc, it)).fold(0_u8, |all, it| all | 1 << it);
    // `NEEDLE … CONTRAST … MEDS …`: among the fields of an act the drugs are those that were given.
    if is_of("medications") && details & DRUG > 0 && follows_a_field(doc, sentences.start) {
        return true;
    }
    if details.count_ones() < enough {
        return false;
    }
    // A list of drugs often begins with an allergy and the year in which it showed.
    if is_of("medications") {
        return true;
    }
    let heading = doc.normalized.text[section.heading.clone()].to_ascii_lowercase();
    let text = doc.normalized.text[start..end].to_ascii_lowercase();
    let words = &doc.lexicon.phrases.narrative;
    let has = |list: &[String]| list.iter().any(|it| text.contains(it.as_str()));
    // A plan lists the same details, but not in the past tense.
    (default != DefaultAssertion::Planned || has(&words.past))
        && !has(&words.another_time)
        && !words.another_time.iter().any(|it| heading.contains(it.as_str()))
        && !names_a_year(&text)
        && !names_a_year(&heading)
}

/// Whether the sentences of one section that may be about an act tell enough kinds of detail of it.
pub(crate) fn narrates(doc: &Document<'_>, own: &EvidenceWeights) -> bool {
    let mut all = vec![0_u8; doc.sections.len()];
    for it in doc.mentions.iter().filter(|it| it.assertion.happened() && own.own[it.sentence]) {
        if own.weights[it.sentence] > 0
            && let Some(kind) = detail(doc, it)
        {
            all[doc.sentences[it.sentence].section] |= 1 << kind;
        }
    }
    all.iter().any(|it| it.count_ones() >= ENOUGH)
}

/// The bit of a drug among the kinds of detail.
const DRUG: u8 = 1 << 3;

/// How many sentences before a list of drugs may hold the field before it.
const FIELD_REACH: usize = 3;

/// Whether the field before a sentence tells a needle or a contrast agent of an act.
fn follows_a_field(doc: &Document<'_>, sentence: usize) -> bool {
    let is_field = |it: &Mention| {
        let contrast = it.entry(doc).class.as_ref().is_some_and(|it| it.as_str() == "contrast");
        matches!(it.kind, SemanticType::Device | SemanticType::Gauge) || contrast
    };
    let before = sentence.saturating_sub(FIELD_REACH)..sentence;
    before.into_iter().any(|at| in_sentence(doc, at).iter().any(is_field))
}

/// Whether a sentence names an act or a detail of one.
fn begins(doc: &Document<'_>, sentence: usize) -> bool {
    let own = in_sentence(doc, sentence);
    own.iter().any(|it| it.kind == SemanticType::Trigger || detail(doc, it).is_some())
}

/// The kind of detail that a mention documents; none for all others.
fn detail(doc: &Document<'_>, it: &Mention) -> Option<u8> {
    match it.kind {
        SemanticType::Device if !it.is(doc, SemanticType::Device, "other_catheter") => Some(0),
        SemanticType::Gauge => Some(0),
        SemanticType::Technique => Some(1),
        SemanticType::Approach if it.is(doc, SemanticType::Approach, "caudal") => Some(1),
        SemanticType::Preparation => Some(2),
        SemanticType::Substance => Some(3),
        SemanticType::Motion | SemanticType::Entry | SemanticType::Thread => Some(4),
        _ => None,
    }
}

fn names_a_year(text: &str) -> bool {
    let is_year = |word: &str| {
        word.len() == 4
            && (word.starts_with("19") || word.starts_with("20"))
            && word.bytes().all(|it| it.is_ascii_digit())
    };
    text.split(|it: char| !it.is_ascii_alphanumeric()).any(is_year)
}

/// Splits the section of some sentences in up to three parts, the middle one a technique.
fn split(doc: &mut Document<'_>, sentences: Range<usize>) {
    let index = doc.sentences[sentences.start].section;
    let (start, end) = (doc.sentences[sentences.start].start, doc.sentences[sentences.end - 1].end);
    let whole = doc.sections[index].clone();
    let goes_on = doc.sentences.get(sentences.end).is_some_and(|it| it.section == index);
    let kind = Some(doc.lexicon.sections.technique);
    let mut parts = Vec::with_capacity(3);
    if doc.sentences[..sentences.start].last().is_some_and(|it| it.section == index) {
        parts.push(Section { body: whole.body.start..start, ..whole.clone() });
    }
    let own = parts.len();
    let body_end = if goes_on { end } else { whole.body.end };
    parts.push(Section { kind, heading: start..start, body: start..body_end });
    if goes_on {
        parts.push(Section { kind: whole.kind, heading: end..end, body: end..whole.body.end });
    }
    let added = parts.len() - 1;
    doc.sections.splice(index..=index, parts);
    for (at, it) in doc.sentences.iter_mut().enumerate().skip(sentences.start) {
        match it.section {
            section if section > index => it.section += added,
            _ if at < sentences.end => it.section = index + own,
            _ => it.section = index + added,
        }
    }
}
