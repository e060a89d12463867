//! Which sentences tell of which act: the weight of each sentence for a frame.

use std::collections::BTreeMap;

use super::mentions::{LevelMention, Mention};
use super::sections::default_of;
use super::{Page, sentences::Sentence};
use crate::lexicon::sections::Default;
use crate::lexicon::terms::Kind;
use crate::model::Status;

/// Weight of a sentence in a title.
pub(crate) const TITLE: u8 = 2;
/// Weight of a sentence that tells how it was done.
pub(crate) const TECHNIQUE: u8 = 3;
/// Weight of a sentence of a signed addendum that corrects the note: it outweighs all others.
pub(crate) const CORRECTION: u8 = 4;

/// Words of a correction; an addendum without one only tells what came later.
const CORRECTS: [&str; 9] =
    ["correct", "should read", "should be", "in error", "error", "erroneous", "mistake", "amend", "rather than"];

/// A technique section of this many bytes is a narrative; text outside any section then counts less.
const NARRATIVE: usize = 250;

/// The sentences of one frame, each with its weight: 0 for sentences that say nothing of this act.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub weights: Vec<u8>,
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
        let weights = self.weights.iter().enumerate().map(|(index, it)| if keep(index) { *it } else { 0 }).collect();
        Scope { weights }
    }
}

/// The weight of every sentence of the note for whatever was done at this encounter.
pub(crate) fn whole(page: &Page<'_>) -> Scope {
    let kinds = &page.lexicon.sections;
    let has_technique = page.sections.iter().any(|it| it.kind == Some(kinds.technique) && it.body.len() > NARRATIVE);
    let weights = page.sentences.iter().map(|it| weight(page, it, has_technique)).collect();
    let mut scope = Scope { weights };
    leave_out_other_times(page, &mut scope);
    if says_nothing_was_done(page) {
        scope.weights.fill(0);
    }
    scope
}

/// `No procedure was done today`: whatever acts the note names, they are of another day.
pub(crate) fn says_nothing_was_done(page: &Page<'_>) -> bool {
    const NOTHING: [&str; 2] = ["no procedure", "no injection"];
    const DONE: [&str; 4] = ["was done", "was performed", "performed", "done"];
    const TODAY: [&str; 3] = ["today", "at this visit", "this visit"];
    page.sentences.iter().any(|it| {
        let lower = page.search.text[it.start..it.end].to_ascii_lowercase();
        let rest = NOTHING.iter().find_map(|it| lower.strip_prefix(it)).map(str::trim_start);
        let rest = rest.and_then(|rest| DONE.iter().find_map(|it| rest.strip_prefix(it))).map(str::trim_start);
        rest.is_some_and(|rest| TODAY.iter().any(|it| rest.starts_with(it)))
    })
}

fn weight(page: &Page<'_>, sentence: &Sentence, has_technique: bool) -> u8 {
    let section = &page.sections[sentence.section];
    match (section.kind, default_of(section, &page.lexicon.sections)) {
        (_, Default::Historical | Default::Planned | Default::Hypothetical | Default::Ignored) => 0,
        (Some(kind), _) => match page.lexicon.sections.kinds[kind].weight {
            CORRECTION.. => {
                let body = page.search.text[section.body.clone()].to_ascii_lowercase();
                if CORRECTS.iter().any(|it| body.contains(it)) { CORRECTION } else { 1 }
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
    const BACK: [&str; 6] =
        ["returns today", "returns now", "is seen today", "presents today", "here today", "returns to clinic"];
    let lower = |it: &Sentence| page.search.text[it.start..it.end].to_ascii_lowercase();
    let told = lower(&page.sentences[sentence]);
    (told.contains("underwent ") || told.contains(" received ") || told.contains(" had "))
        && page.sentences.iter().skip(sentence + 1).take(2).any(|it| BACK.iter().any(|back| lower(it).contains(back)))
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
    let items = marked_items(page, &acts);
    let mut current: Vec<usize> = Vec::new();
    let mut section = usize::MAX;
    let mut owners = Vec::with_capacity(page.sentences.len());
    for (index, sentence) in page.sentences.iter().enumerate() {
        if sentence.section != section {
            section = sentence.section;
            current.clear();
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
    let text = page.search.text[sentence.start..sentence.end].trim_start_matches('(');
    let end = text.find(['.', ')', ':'])?;
    let is_marker = (1..=2).contains(&end)
        && text[..end].bytes().all(|it| it.is_ascii_alphanumeric())
        && text[end + 1..].starts_with(' ');
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
