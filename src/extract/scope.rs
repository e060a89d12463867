//! Which sentences tell of which act: the weight of each sentence for a frame.

use std::collections::BTreeMap;

use super::mentions::{LevelMention, Mention};
use super::procedures::NEURAXIAL;
use super::sections::{Section, default_of};
use super::{Page, sentences::Sentence};
use crate::lexicon::sections::Default;
use crate::lexicon::terms::Kind;
use crate::lexicon::trie::Word;
use crate::model::Status;

/// Weight of a sentence in a title.
pub(crate) const TITLE: u8 = 2;
/// Weight of a sentence that tells how it was done.
pub(crate) const TECHNIQUE: u8 = 3;
/// Weight of a sentence of a signed addendum that corrects the note: it outweighs all others.
pub(crate) const CORRECTION: u8 = 4;

/// A technique section of this many bytes is a narrative; text outside any section then counts less.
const NARRATIVE: usize = 250;

/// The sentences of one frame, each with its weight: 0 for sentences that say nothing of this act.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub weights: Vec<u8>,
    /// Whether a sentence may be about this act: not where it belongs to another one.
    pub own: Vec<bool>,
}

impl Scope {
    /// Mentions of a kind in scope that happened.
    pub(crate) fn happened<'a>(&'a self, page: &'a Page<'_>, kind: Kind) -> impl Iterator<Item = &'a Mention> {
        self.all(page, kind).filter(|it| it.said.happened())
    }

    /// Mentions of a kind in scope, whatever is said of them.
    pub(crate) fn all<'a>(&'a self, page: &'a Page<'_>, kind: Kind) -> impl Iterator<Item = &'a Mention> {
        page.of_kind(kind).filter(|it| self.weights[it.sentence] > 0)
    }

    /// Mentions of a concept in scope that happened.
    pub(crate) fn concept<'a>(
        &'a self,
        page: &'a Page<'_>,
        kind: Kind,
        concept: &'a str,
    ) -> impl Iterator<Item = &'a Mention> {
        self.happened(page, kind).filter(move |it| it.entry(page).concept.as_str() == concept)
    }

    /// Levels in scope that happened.
    pub(crate) fn levels<'a>(&'a self, page: &'a Page<'_>) -> impl Iterator<Item = &'a LevelMention> {
        page.levels.iter().filter(|it| self.weights[it.sentence] > 0 && it.said.happened())
    }

    /// The same scope without some sentences.
    pub(crate) fn only(&self, keep: impl Fn(usize) -> bool) -> Scope {
        let own: Vec<bool> = self.own.iter().enumerate().map(|(index, it)| *it && keep(index)).collect();
        let weights = self.weights.iter().zip(&own).map(|(it, own)| if *own { *it } else { 0 }).collect();
        Scope { weights, own }
    }
}

/// The weight of every sentence of the note for whatever was done at this encounter.
pub(crate) fn whole(page: &Page<'_>) -> Scope {
    let kinds = &page.lexicon.sections;
    let told = sections_with_needle(page);
    let is_narrative = |it: &Section| it.kind == Some(kinds.technique) && it.body.len() > NARRATIVE;
    let has_technique = page.sections.iter().zip(told).any(|(it, told)| told && is_narrative(it));
    let weights = page.sentences.iter().map(|it| weight(page, it, has_technique)).collect();
    let mut scope = Scope { weights, own: vec![true; page.sentences.len()] };
    leave_out_other_times(page, &mut scope);
    if tells_of_other_days(page) {
        scope.weights.fill(0);
    }
    scope
}

/// For each section, whether it tells of a needle or of what the needle felt: a label such as `Equipment:` below the
/// narrative does not make one of what follows it.
fn sections_with_needle(page: &Page<'_>) -> Vec<bool> {
    let mut told = vec![false; page.sections.len()];
    let words = page.of_kind(Kind::Technique).chain(page.of_kind(Kind::Device));
    words.filter(|it| !it.is(page, Kind::Device, "other_catheter")).for_each(|it| {
        told[page.sentences[it.sentence].section] = true;
    });
    told
}

/// Whether nothing that the note tells was done at this encounter.
pub(crate) fn tells_of_other_days(page: &Page<'_>) -> bool {
    page.lexicon.sections.is_case_report(&page.search.text) || says_nothing_was_done(page)
}

/// `No procedure was done today`: whatever acts the note names, they are of another day.
fn says_nothing_was_done(page: &Page<'_>) -> bool {
    // No such statement is longer than this many bytes.
    const LONGEST: usize = 80;
    let words = &page.lexicon.phrases.no_act;
    let says = |rest: &str| {
        let rest = rest.trim_start();
        let rest = words.done.iter().find_map(|it| rest.strip_prefix(it.as_str())).unwrap_or(rest).trim_start();
        let rest = words.today.iter().find_map(|it| rest.strip_prefix(it.as_str()));
        rest.is_some_and(|it| it.is_empty() || it.starts_with(['.', ',', ';', ')']) || it.starts_with(" as "))
    };
    let text = &page.search.text;
    let denies = |start: usize| {
        let sentence = page.sentences.partition_point(|it| it.end <= start);
        let Some(sentence) = page.sentences.get(sentence).filter(|it| it.start <= start) else { return false };
        let end = text.floor_char_boundary(sentence.end.min(start + LONGEST));
        let lower = text[start..end].to_ascii_lowercase();
        words.nothing.iter().filter_map(|it| lower.strip_prefix(it.as_str())).any(says)
    };
    let no = |it: &&Word| it.end() - it.start() == 2 && text[it.start()..it.end()].eq_ignore_ascii_case("no");
    page.words.iter().filter(no).any(|it| denies(it.start()))
}

fn weight(page: &Page<'_>, sentence: &Sentence, has_technique: bool) -> u8 {
    let section = &page.sections[sentence.section];
    match (section.kind, default_of(section, &page.lexicon.sections)) {
        (_, Default::Historical | Default::Planned | Default::Hypothetical | Default::Ignored) => 0,
        (Some(kind), _) => match page.lexicon.sections.kinds[kind].weight {
            CORRECTION.. => {
                let body = page.search.text[section.body.clone()].to_ascii_lowercase();
                let corrects = &page.lexicon.phrases.correction.words;
                if corrects.iter().any(|it| body.contains(it.as_str())) { CORRECTION } else { 1 }
            }
            weight => weight,
        },
        // Text without a heading tells the technique where no section does.
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
fn leave_out_other_times(page: &Page<'_>, scope: &mut Scope) {
    let mut acts = vec![(0_u16, 0_u16); page.sentences.len()];
    for it in page.of_kind(Kind::Act) {
        let (now, other) = &mut acts[it.sentence];
        match it.said.status {
            _ if it.said.other => *other = other.saturating_add(1),
            Status::Historical | Status::Hypothetical | Status::Planned => *other = other.saturating_add(1),
            _ => *now = now.saturating_add(1),
        }
    }
    for (index, (now, other)) in acts.into_iter().enumerate() {
        let past = now > 0 && is_told_as_past(page, index);
        if (now == 0 && other > 0 || past) && scope.weights[index] < CORRECTION {
            scope.weights[index] = 0;
        }
    }
}

/// `She underwent … on 3/1. She returns today with headache.`: what brought the patient back is another visit's.
pub(crate) fn is_told_as_past(page: &Page<'_>, sentence: usize) -> bool {
    let phrases = &page.lexicon.phrases.earlier_act;
    let has = |text: &str, list: &[String]| list.iter().any(|it| text.contains(it.as_str()));
    let lower = |it: &Sentence| page.search.text[it.start..it.end].to_ascii_lowercase();
    let told = lower(&page.sentences[sentence]);
    has(&told, &phrases.had)
        && page.sentences.iter().skip(sentence + 1).take(2).any(|it| has(&lower(it), &phrases.back))
}

/// Shares the sentences out among several families by the acts and signs they name.
///
/// A sentence belongs to the families whose acts it names, else to those whose signs it names if that is one,
/// else to whatever the sentences before it told of; what comes before the first act of a section is shared.
pub(crate) fn owners(page: &Page<'_>, families: &[usize]) -> Vec<Vec<usize>> {
    let mut acts: Vec<Vec<usize>> = vec![Vec::new(); page.sentences.len()];
    let mut signs = acts.clone();
    let tells = |it: &&Mention| it.said.happened() && !matches!(it.kind, Kind::Method | Kind::Count);
    for it in page.mentions.iter().filter(tells) {
        let entry = it.entry(page);
        let Some(family) = entry.family.filter(|it| families.contains(it)) else { continue };
        let list = if entry.kind == Kind::Act { &mut acts } else { &mut signs };
        if !list[it.sentence].contains(&family) {
            list[it.sentence].push(family);
        }
    }
    for it in felt_in_the_canal(page, families) {
        let list = &mut signs[it];
        if acts[it].is_empty() && list.is_empty() {
            list.extend(page.lexicon.family(NEURAXIAL));
        }
    }
    let items = marked_items(page, &acts);
    let numbered = numbered_titles(page, &acts);
    let ahead = first_named(page, &acts, &signs);
    let mut current: Vec<usize> = Vec::new();
    let mut section = usize::MAX;
    let mut owners = Vec::with_capacity(page.sentences.len());
    for (index, sentence) in page.sentences.iter().enumerate() {
        if sentence.section != section {
            section = sentence.section;
            current.clear();
            if let Some(families) = heading_number(page, section).and_then(|it| numbered.get(it)) {
                current.clone_from(families);
            }
        }
        if !current.is_empty() && turns_to_the_next(page, sentence) {
            current = families.iter().copied().filter(|it| !current.contains(it)).collect();
        }
        // A first line that names several acts hands the narrative below it to none of them.
        if index == 1 && several(page, families, 0) {
            current.clear();
        }
        let marked = marker(page, sentence)
            .and_then(|it| items.get(it))
            .filter(|_| sentence.paragraph || sentence.start == page.sections[sentence.section].body.start);
        if let Some(families) = marked {
            current.clone_from(families);
        } else if let Some(family) = ahead[index].filter(|_| starts_paragraph(page, sentence) && !current.is_empty()) {
            current = vec![family];
        }
        let named = if acts[index].is_empty() { &signs[index] } else { &acts[index] };
        match named.as_slice() {
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

/// The number that the heading of a section ends with: `2` of `DESCRIPTION OF PROCEDURE 2:`.
fn heading_number<'a>(page: &'a Page<'_>, section: usize) -> Option<&'a str> {
    let heading = page.search.text[page.sections[section].heading.clone()].trim_end_matches([':', '.', ' ']);
    let (_, last) = heading.rsplit_once([' ', '#'])?;
    (last.len() == 1 && last.bytes().all(|it| it.is_ascii_digit())).then_some(last)
}

/// The families of each numbered title: the narrative of the same number tells of them.
fn numbered_titles<'a>(page: &'a Page<'_>, acts: &[Vec<usize>]) -> BTreeMap<&'a str, Vec<usize>> {
    let titles =
        page.sentences.iter().zip(acts).filter(|(it, acts)| {
            page.sections[it.section].kind == Some(page.lexicon.sections.title) && !acts.is_empty()
        });
    titles.filter_map(|(it, acts)| Some((heading_number(page, it.section)?, acts.clone()))).collect()
}

/// `Attention was then turned to the second procedure`: the other of two acts is told from here on.
fn turns_to_the_next(page: &Page<'_>, sentence: &Sentence) -> bool {
    let words = page.search.text[sentence.start..sentence.end].to_ascii_lowercase();
    page.lexicon.sections.turns.iter().any(|it| words.contains(it.as_str()))
}

/// Sentences in which the needle felt the canal: they tell of the neuraxial act, where no other act of the note is
/// done with such a needle.
fn felt_in_the_canal(page: &Page<'_>, families: &[usize]) -> Vec<usize> {
    let neuraxial = page.lexicon.family(NEURAXIAL);
    let rival = |it: &&usize| Some(**it) != neuraxial && page.lexicon.families[**it].claims;
    if !families.iter().any(|it| Some(*it) == neuraxial) || families.iter().any(|it| rival(&it)) {
        return Vec::new();
    }
    let felt = |it: &&Mention| matches!(it.entry(page).concept.as_str(), "loss_of_resistance" | "csf_return");
    page.of_kind(Kind::Technique).filter(|it| it.said.happened()).filter(felt).map(|it| it.sentence).collect()
}

/// For each sentence the only family named in the first sentence at or behind it, within its paragraph, that names any.
fn first_named(page: &Page<'_>, acts: &[Vec<usize>], signs: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut ahead = vec![None; page.sentences.len()];
    let mut next = None;
    for (index, sentence) in page.sentences.iter().enumerate().rev() {
        let named = if acts[index].is_empty() { &signs[index] } else { &acts[index] };
        match named.as_slice() {
            [] => {}
            [only] => next = Some(*only),
            _ => next = None,
        }
        ahead[index] = next;
        if starts_paragraph(page, sentence) {
            next = None;
        }
    }
    ahead
}

/// Whether a sentence starts a paragraph, or an item that opens with a time of day.
fn starts_paragraph(page: &Page<'_>, sentence: &Sentence) -> bool {
    let bytes = page.search.text.as_bytes()[sentence.start..sentence.end].get(..6).unwrap_or_default();
    let is_time = matches!(bytes, [a, b, b':', c, d, b' '] if [a, b, c, d].iter().all(|it| it.is_ascii_digit()));
    sentence.paragraph || is_time
}

/// Whether a title names acts or signs of several families.
fn several(page: &Page<'_>, families: &[usize], sentence: usize) -> bool {
    let of_title = page.mentions.iter().take_while(|it| it.sentence == sentence);
    let mut named: Vec<usize> = of_title
        .filter(|it| matches!(it.kind, Kind::Act | Kind::Sign))
        .filter_map(|it| it.entry(page).family.filter(|it| families.contains(it)))
        .collect();
    named.sort_unstable();
    named.dedup();
    named.len() > 1
}

/// The marker of a list item: `A` of `A. Left medial branch blocks`, `2` of `2) …`.
fn marker<'a>(page: &'a Page<'_>, sentence: &Sentence) -> Option<&'a str> {
    let text = &page.search.text[sentence.start..sentence.end];
    let text = ["Part ", "Site ", "Step "].iter().find_map(|it| text.strip_prefix(it)).unwrap_or(text);
    let text = text.trim_start_matches('(');
    let end = text.find(['.', ')', ':'])?;
    let is_marker = (1..=2).contains(&end)
        && text[..end].bytes().all(|it| it.is_ascii_alphanumeric())
        && text[end + 1..].starts_with([' ', '.', ':']);
    is_marker.then_some(&text[..end])
}

/// The families of each marked item of the titles: a paragraph of the narrative with the same marker tells of them.
fn marked_items<'a>(page: &'a Page<'_>, acts: &[Vec<usize>]) -> BTreeMap<&'a str, Vec<usize>> {
    let titles = page
        .sentences
        .iter()
        .enumerate()
        .filter(|(_, it)| page.sections[it.section].kind == Some(page.lexicon.sections.title));
    let named = titles.filter(|(index, _)| !acts[*index].is_empty());
    named.filter_map(|(index, it)| Some((marker(page, it)?, acts[index].clone()))).collect()
}
