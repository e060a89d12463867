//! Evidence weights: which sentences document which act, and how much each counts.

use std::collections::BTreeMap;

use crate::document::{Document, LevelMention, Mention};
use crate::extract::mentions::in_sentence;
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::sections::DefaultAssertion;
use crate::lexicon::terms::SemanticType;
use crate::lexicon::trie::Word;
use crate::model::Status;
use crate::text::sections::{Section, default_of};
use crate::text::sentences::Sentence;

/// Weight of a sentence in a title.
pub(crate) const TITLE: u8 = 2;
/// Weight of a sentence that describes the technique.
pub(crate) const TECHNIQUE: u8 = 3;
/// Weight of a sentence of a signed addendum that corrects the note: it outweighs all others.
pub(crate) const CORRECTION: u8 = 4;

/// A technique section of this many bytes is a narrative; text outside any section then counts less.
const NARRATIVE: usize = 250;

/// The weight of each sentence for one event: 0 for a sentence that is no evidence for its act.
#[derive(Clone, Debug)]
pub(crate) struct EvidenceWeights {
    pub weights: Vec<u8>,
    /// Whether a sentence may be about this act: not where it belongs to another one.
    pub own: Vec<bool>,
}

impl EvidenceWeights {
    /// Mentions of a kind in scope that happened.
    pub(crate) fn happened<'a>(
        &'a self,
        doc: &'a Document<'_>,
        kind: SemanticType,
    ) -> impl Iterator<Item = &'a Mention> {
        self.all(doc, kind).filter(|it| it.assertion.happened())
    }

    /// Mentions of a kind in scope, whatever is said of them.
    pub(crate) fn all<'a>(&'a self, doc: &'a Document<'_>, kind: SemanticType) -> impl Iterator<Item = &'a Mention> {
        doc.of_kind(kind).filter(|it| self.weights[it.sentence] > 0)
    }

    /// Mentions of a concept in scope that happened.
    pub(crate) fn concept<'a>(
        &'a self,
        doc: &'a Document<'_>,
        kind: SemanticType,
        concept: &'a str,
    ) -> impl Iterator<Item = &'a Mention> {
        self.happened(doc, kind).filter(move |it| it.entry(doc).concept.as_str() == concept)
    }

    /// Levels in scope that happened.
    pub(crate) fn levels<'a>(&'a self, doc: &'a Document<'_>) -> impl Iterator<Item = &'a LevelMention> {
        doc.levels.iter().filter(|it| self.weights[it.sentence] > 0 && it.assertion.happened())
    }

    /// The same scope without some sentences.
    pub(crate) fn only(&self, keep: impl Fn(usize) -> bool) -> EvidenceWeights {
        let own: Vec<bool> = self.own.iter().enumerate().map(|(index, it)| *it && keep(index)).collect();
        let weights = self.weights.iter().zip(&own).map(|(it, own)| if *own { *it } else { 0 }).collect();
        EvidenceWeights { weights, own }
    }
}

/// The weight of every sentence of the note for whatever was done at this encounter.
pub(crate) fn whole(doc: &Document<'_>) -> EvidenceWeights {
    let kinds = &doc.lexicon.sections;
    let documented = sections_with_needle(doc);
    let is_narrative = |it: &Section| it.kind == Some(kinds.technique) && it.body.len() > NARRATIVE;
    let has_technique = doc.sections.iter().zip(documented).any(|(it, documented)| documented && is_narrative(it));
    let weights = doc.sentences.iter().map(|it| weight(doc, it, has_technique)).collect();
    let mut scope = EvidenceWeights { weights, own: vec![true; doc.sentences.len()] };
    leave_out_other_times(doc, &mut scope);
    if describes_other_days(doc) {
        scope.weights.fill(0);
    }
    scope
}

/// For each section, whether it names a needle or a confirmation of entry: a label such as `Equipment:` below the
/// narrative does not make one of what follows it.
fn sections_with_needle(doc: &Document<'_>) -> Vec<bool> {
    let mut documented = vec![false; doc.sections.len()];
    let words = doc.of_kind(SemanticType::Technique).chain(doc.of_kind(SemanticType::Device));
    words.filter(|it| !it.is(doc, SemanticType::Device, "other_catheter")).for_each(|it| {
        documented[doc.sentences[it.sentence].section] = true;
    });
    documented
}

/// Whether nothing that the note describes was done at this encounter.
pub(crate) fn describes_other_days(doc: &Document<'_>) -> bool {
    doc.lexicon.sections.is_case_report(&doc.normalized.text) || states_nothing_was_done(doc)
}

/// `No procedure was done today`: whatever acts the note names, they are of another day.
fn states_nothing_was_done(doc: &Document<'_>) -> bool {
    // No such statement is longer than this many bytes.
    const LONGEST: usize = 80;
    let words = &doc.lexicon.phrases.no_act;
    let says = |rest: &str| {
        let rest = rest.trim_start();
        let rest = words.done.iter().find_map(|it| rest.strip_prefix(it.as_str())).unwrap_or(rest).trim_start();
        let rest = words.today.iter().find_map(|it| rest.strip_prefix(it.as_str()));
        rest.is_some_and(|it| it.is_empty() || it.starts_with(['.', ',', ';', ')']) || it.starts_with(" as "))
    };
    let text = &doc.normalized.text;
    let denies = |start: usize| {
        let sentence = doc.sentences.partition_point(|it| it.end <= start);
        let Some(sentence) = doc.sentences.get(sentence).filter(|it| it.start <= start) else { return false };
        let end = text.floor_char_boundary(sentence.end.min(start + LONGEST));
        let lower = text[start..end].to_ascii_lowercase();
        words.nothing.iter().filter_map(|it| lower.strip_prefix(it.as_str())).any(says)
    };
    let no = |it: &&Word| it.end() - it.start() == 2 && text[it.start()..it.end()].eq_ignore_ascii_case("no");
    doc.words.iter().filter(no).any(|it| denies(it.start()))
}

fn weight(doc: &Document<'_>, sentence: &Sentence, has_technique: bool) -> u8 {
    let section = &doc.sections[sentence.section];
    match (section.kind, default_of(section, &doc.lexicon.sections)) {
        (
            _,
            DefaultAssertion::Historical
            | DefaultAssertion::Planned
            | DefaultAssertion::Hypothetical
            | DefaultAssertion::Ignored,
        ) => 0,
        (Some(kind), _) => match doc.lexicon.sections.kinds[kind].weight {
            CORRECTION.. => {
                let body = doc.normalized.text[section.body.clone()].to_ascii_lowercase();
                let corrects = &doc.lexicon.phrases.correction.words;
                if corrects.iter().any(|it| body.contains(it.as_str())) { CORRECTION } else { 1 }
            }
            weight => weight,
        },
        // Text without a heading is the technique where no section does.
        (None, _) => {
            if has_technique {
                1
            } else {
                TECHNIQUE
            }
        }
    }
}

/// Facts follow their act: a sentence whose acts all belong to another time or to a plan says nothing of this one.
fn leave_out_other_times(doc: &Document<'_>, scope: &mut EvidenceWeights) {
    let mut acts = vec![(0_u16, 0_u16); doc.sentences.len()];
    for it in doc.of_kind(SemanticType::Trigger) {
        let (now, other) = &mut acts[it.sentence];
        match it.assertion.status {
            _ if it.assertion.other => *other = other.saturating_add(1),
            Status::Historical | Status::Hypothetical | Status::Planned => *other = other.saturating_add(1),
            _ => *now = now.saturating_add(1),
        }
    }
    for (index, (now, other)) in acts.into_iter().enumerate() {
        let past = now > 0 && is_described_as_past(doc, index);
        if (now == 0 && other > 0 || past) && scope.weights[index] < CORRECTION {
            scope.weights[index] = 0;
        }
    }
}

/// `She underwent … on 3/1. She returns today with headache.`: what brought the patient back is another visit's.
pub(crate) fn is_described_as_past(doc: &Document<'_>, sentence: usize) -> bool {
    let phrases = &doc.lexicon.phrases.earlier_act;
    let has = |text: &str, list: &[String]| list.iter().any(|it| text.contains(it.as_str()));
    let lower = |it: &Sentence| doc.normalized.text[it.start..it.end].to_ascii_lowercase();
    let words = lower(&doc.sentences[sentence]);
    has(&words, &phrases.had)
        && doc.sentences.iter().skip(sentence + 1).take(2).any(|it| has(&lower(it), &phrases.back))
}

/// Shares the sentences out among several families by the acts and signs they name.
///
/// A sentence belongs to the families whose acts it names, else to those whose signs it names if that is one,
/// else to whatever the sentences before it were about; what comes before the first act of a section is shared.
pub(crate) fn owners(doc: &Document<'_>, families: &[usize]) -> Vec<Vec<usize>> {
    let mut acts: Vec<Vec<usize>> = vec![Vec::new(); doc.sentences.len()];
    let mut signs = acts.clone();
    let documents =
        |it: &&Mention| it.assertion.happened() && !matches!(it.kind, SemanticType::Method | SemanticType::Count);
    for it in doc.mentions.iter().filter(documents) {
        let entry = it.entry(doc);
        let Some(family) = entry.family.filter(|it| families.contains(it)) else { continue };
        let list = if entry.kind == SemanticType::Trigger { &mut acts } else { &mut signs };
        if !list[it.sentence].contains(&family) {
            list[it.sentence].push(family);
        }
    }
    for it in entry_confirmation(doc, families) {
        let list = &mut signs[it];
        if acts[it].is_empty() && list.is_empty() {
            list.extend(doc.lexicon.family(NEURAXIAL));
        }
    }
    let items = marked_items(doc, &acts);
    let numbered = numbered_titles(doc, &acts);
    let ahead = first_named(doc, &acts, &signs);
    let second = if families.len() == 2 { second_items(doc) } else { Vec::new() };
    let mut current: Vec<usize> = Vec::new();
    let mut section = usize::MAX;
    let mut items_in_a_row = 0;
    let (ablation, facets) = (doc.lexicon.family("facet_ablation"), doc.lexicon.family("facet_injection"));
    let mut owners: Vec<Vec<usize>> = Vec::with_capacity(doc.sentences.len());
    for (index, sentence) in doc.sentences.iter().enumerate() {
        if sentence.section != section {
            section = sentence.section;
            current.clear();
            items_in_a_row = 0;
            if let Some(families) = heading_number(doc, section).and_then(|it| numbered.get(it)) {
                current.clone_from(families);
            }
        }
        if !current.is_empty() && turns_to_the_next(doc, sentence) {
            current = families.iter().copied().filter(|it| !current.contains(it)).collect();
        }
        // A first line that names several acts hands the narrative below it to none of them.
        if index == 1 && several(doc, families, 0) {
            current.clear();
        }
        let opens = sentence.paragraph || sentence.start == doc.sections[sentence.section].body.start;
        let at_line = opens || starts_line(doc, sentence);
        let marker = marker(doc, sentence).filter(|_| at_line);
        let marked = marker.filter(|_| opens).and_then(|it| items.get(it));
        if at_line {
            // A list of titles hands the narrative below it to none of them.
            if marker.is_some() {
                items_in_a_row += 1;
            } else {
                if items_in_a_row > 1 {
                    current.clear();
                }
                items_in_a_row = 0;
            }
        }
        if let Some(families) = marked {
            current.clone_from(families);
        } else if let Some(family) = ahead[index].filter(|_| starts_paragraph(doc, sentence) && !current.is_empty()) {
            current = vec![family];
        }
        // `1) … Tuohy … steroid. 2) … 22 G … bupivacaine`: of two acts the second item is about the other.
        if second.binary_search(&index).is_ok()
            && let Some([first]) = owners.last().map(Vec::as_slice)
        {
            current = families.iter().copied().filter(|it| it != first).collect();
        }
        // A structure that is only looked at does not change what a paragraph is about.
        let looked_at = !current.is_empty() && !starts_paragraph(doc, sentence) && !handles(doc, index);
        // The pillars that an ablation burns are no joint that is injected.
        let ablated = ablation.is_some() && current.first().copied() == ablation && is_structure_alone(doc, index);
        let named = if acts[index].is_empty() { &signs[index] } else { &acts[index] };
        match named.as_slice() {
            _ if looked_at && acts[index].is_empty() => {}
            [only] if ablated && Some(*only) == facets => {}
            [only] => current = vec![*only],
            [] => {}
            several if !several.iter().any(|it| current.contains(it)) => current = several.to_vec(),
            _ => {}
        }
        let shared = acts[index].len() > 1;
        owners.push(if shared { acts[index].clone() } else { current.clone() });
    }
    owners
}

/// Whether a sentence names no act but by a structure (`articular pillars`).
fn is_structure_alone(doc: &Document<'_>, sentence: usize) -> bool {
    let mut acts = in_sentence(doc, sentence).iter().filter(|it| it.kind == SemanticType::Trigger).peekable();
    acts.peek().is_some() && acts.all(|it| it.entry(doc).generic)
}

/// The first sentences of numbered items that, like the item before them, tell a needle and a drug of their own.
fn second_items(doc: &Document<'_>) -> Vec<usize> {
    let number = |sentence: &Sentence| marker(doc, sentence)?.parse::<u32>().ok();
    let items: Vec<(usize, u32)> = doc
        .sentences
        .iter()
        .enumerate()
        .filter(|(_, it)| it.paragraph || starts_with_digit(doc, it))
        .filter_map(|(index, it)| Some((index, number(it)?)))
        .collect();
    let is_whole = |from: usize, to: usize| {
        let has = |kinds: &[SemanticType]| {
            (from..to)
                .any(|at| in_sentence(doc, at).iter().any(|it| it.assertion.happened() && kinds.contains(&it.kind)))
        };
        has(&[SemanticType::Device, SemanticType::Gauge]) && has(&[SemanticType::Substance])
    };
    let ends = items.iter().skip(1).map(|it| it.0).chain([doc.sentences.len()]);
    let whole: Vec<bool> = items.iter().zip(ends).map(|(it, end)| is_whole(it.0, end)).collect();
    let follows = |at: usize| items[at].1 == items[at - 1].1 + 1 && whole[at] && whole[at - 1];
    (1..items.len()).filter(|at| follows(*at)).map(|at| items[at].0).collect()
}

fn starts_with_digit(doc: &Document<'_>, sentence: &Sentence) -> bool {
    doc.normalized.text[sentence.start..sentence.end].starts_with(|it: char| it.is_ascii_digit())
}

/// Whether a sentence has a needle, a movement, a drug or a technique, and not only a structure.
fn handles(doc: &Document<'_>, sentence: usize) -> bool {
    in_sentence(doc, sentence).iter().any(|it| {
        matches!(
            it.kind,
            SemanticType::Device
                | SemanticType::Gauge
                | SemanticType::Motion
                | SemanticType::Thread
                | SemanticType::Substance
                | SemanticType::Technique
        )
    })
}

/// The number that the heading of a section ends with: `2` of `DESCRIPTION OF PROCEDURE 2:`.
fn heading_number<'a>(doc: &'a Document<'_>, section: usize) -> Option<&'a str> {
    let heading = doc.normalized.text[doc.sections[section].heading.clone()].trim_end_matches([':', '.', ' ']);
    let (_, last) = heading.rsplit_once([' ', '#'])?;
    (last.len() == 1 && last.bytes().all(|it| it.is_ascii_digit())).then_some(last)
}

/// The families of each numbered title: the narrative of the same number is about them.
fn numbered_titles<'a>(doc: &'a Document<'_>, acts: &[Vec<usize>]) -> BTreeMap<&'a str, Vec<usize>> {
    let titles = doc
        .sentences
        .iter()
        .zip(acts)
        .filter(|(it, acts)| doc.sections[it.section].kind == Some(doc.lexicon.sections.title) && !acts.is_empty());
    titles.filter_map(|(it, acts)| Some((heading_number(doc, it.section)?, acts.clone()))).collect()
}

/// `Attention was then turned to the second procedure`: the other of two acts is described from here on.
fn turns_to_the_next(doc: &Document<'_>, sentence: &Sentence) -> bool {
    let words = doc.normalized.text[sentence.start..sentence.end].to_ascii_lowercase();
    doc.lexicon.sections.turns.iter().any(|it| words.contains(it.as_str()))
}

/// Sentences that confirm entry into the canal: they belong to the neuraxial act, where no other act of the note is
/// done with such a needle.
fn entry_confirmation(doc: &Document<'_>, families: &[usize]) -> Vec<usize> {
    let neuraxial = doc.lexicon.family(NEURAXIAL);
    let rival = |it: &&usize| Some(**it) != neuraxial && doc.lexicon.families[**it].shares_neuraxial_terms;
    if !families.iter().any(|it| Some(*it) == neuraxial) || families.iter().any(|it| rival(&it)) {
        return Vec::new();
    }
    let felt = |it: &&Mention| matches!(it.entry(doc).concept.as_str(), "loss_of_resistance" | "csf_return");
    doc.of_kind(SemanticType::Technique)
        .filter(|it| it.assertion.happened())
        .filter(felt)
        .map(|it| it.sentence)
        .collect()
}

/// For each sentence the only family named in the first sentence at or behind it, within its paragraph, that names any.
fn first_named(doc: &Document<'_>, acts: &[Vec<usize>], signs: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut ahead = vec![None; doc.sentences.len()];
    let mut next = None;
    for (index, sentence) in doc.sentences.iter().enumerate().rev() {
        let named = if acts[index].is_empty() { &signs[index] } else { &acts[index] };
        match named.as_slice() {
            [] => {}
            [only] => next = Some(*only),
            _ => next = None,
        }
        ahead[index] = next;
        if starts_paragraph(doc, sentence) {
            next = None;
        }
    }
    ahead
}

fn starts_line(doc: &Document<'_>, sentence: &Sentence) -> bool {
    doc.normalized.lines.binary_search_by_key(&sentence.start, |it| it.start).is_ok()
}

/// Whether a sentence starts a paragraph, or an item that opens with a time of day.
fn starts_paragraph(doc: &Document<'_>, sentence: &Sentence) -> bool {
    let bytes = doc.normalized.text.as_bytes()[sentence.start..sentence.end].get(..6).unwrap_or_default();
    let is_time = matches!(bytes, [a, b, b':', c, d, b' '] if [a, b, c, d].iter().all(|it| it.is_ascii_digit()));
    sentence.paragraph || is_time
}

/// Whether a title names acts or signs of several families.
fn several(doc: &Document<'_>, families: &[usize], sentence: usize) -> bool {
    let of_title = doc.mentions.iter().take_while(|it| it.sentence == sentence);
    let mut named: Vec<usize> = of_title
        .filter(|it| matches!(it.kind, SemanticType::Trigger | SemanticType::SupportingTerm))
        .filter_map(|it| it.entry(doc).family.filter(|it| families.contains(it)))
        .collect();
    named.sort_unstable();
    named.dedup();
    named.len() > 1
}

/// The marker of a list item: `A` of `A. Left medial branch blocks`, `2` of `2) …`.
fn marker<'a>(doc: &'a Document<'_>, sentence: &Sentence) -> Option<&'a str> {
    let text = &doc.normalized.text[sentence.start..sentence.end];
    let text = ["Part ", "Site ", "Step "].iter().find_map(|it| text.strip_prefix(it)).unwrap_or(text);
    let text = text.trim_start_matches('(');
    let end = text.find(['.', ')', ':'])?;
    let is_marker = (1..=2).contains(&end)
        && text[..end].bytes().all(|it| it.is_ascii_alphanumeric())
        && text[end + 1..].starts_with([' ', '.', ':']);
    is_marker.then_some(&text[..end])
}

/// The families of each marked item of the titles: a paragraph of the narrative with the same marker is about them.
fn marked_items<'a>(doc: &'a Document<'_>, acts: &[Vec<usize>]) -> BTreeMap<&'a str, Vec<usize>> {
    let titles = doc
        .sentences
        .iter()
        .enumerate()
        .filter(|(_, it)| doc.sections[it.section].kind == Some(doc.lexicon.sections.title));
    let named = titles.filter(|(index, _)| !acts[*index].is_empty());
    named.filter_map(|(index, it)| Some((marker(doc, it)?, acts[index].clone()))).collect()
}
