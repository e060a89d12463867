//! Look-up: a question in plain words, and the codes that its facts fit, best first, with what separates them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::Lexicon;
use crate::lexicon::families::{CodeRow, Family};
use crate::lexicon::terms::Kind;
use crate::lexicon::trie::words_of;
use crate::model::{Id, Slot};
use crate::pipeline::context::SentenceContext;
use crate::pipeline::levels::{levels, region};
use crate::pipeline::normalize::normalize;

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What the words say.
    pub facts: Vec<Fact>,
    /// Codes, best first.
    pub matches: Vec<Match>,
    /// Facts that the question leaves open and that would separate the best codes.
    pub open: Vec<Separation>,
}

/// One fact of the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about.
    pub slot: String,
    /// Its value; with `not ` before it where the question denies it.
    pub value: String,
    /// The words.
    pub words: String,
}

/// A code and how it fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The code.
    pub code: String,
    /// Its family, in our own words.
    pub family: String,
    /// The row of the code table.
    pub rule: String,
    /// Slots in which the question says what the code needs.
    pub fits: Vec<String>,
    /// What would have to be different: slot and the values that the code needs.
    pub differs: Vec<(String, Vec<String>)>,
    /// Slots that the question leaves open.
    pub open: Vec<String>,
}

/// A slot that would separate the best codes, and which values lead to which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Separation {
    /// The slot.
    pub slot: String,
    /// Values, and the codes that need one of them.
    pub choices: Vec<(Vec<String>, Vec<String>)>,
}

/// Matches that are shown.
const SHOWN: usize = 8;

/// Words that stand for a value of a table which they do not name: entry and needle.
const STANDS_FOR: [(&str, &str); 4] =
    [("caudal", "lumbar_sacral"), ("epidural_needle", "single"), ("needle", "single"), ("spinal_needle", "single")];

/// What the words of a question give.
struct Told {
    slot: Slot,
    value: Id,
    denied: bool,
    words: String,
}

/// Ranks the codes in force on a day (none: now) by the facts in a question.
///
/// ```
/// use opnote::{Lexicon, find::find};
///
/// let answer = find("lumbar epidural under fluoroscopy, needle only", None, Lexicon::embedded());
/// assert_eq!(answer.facts[0].value, "lumbar_sacral");
/// ```
pub fn find(question: &str, date: Option<Date>, lexicon: &Lexicon) -> Answer {
    let text = normalize(question).text;
    let told = told(&text, lexicon);
    let named = named_families(&text, lexicon);
    let mut ranked: Vec<(i32, Match, &Family)> = Vec::new();
    for (index, family) in lexicon.families.iter().enumerate() {
        let weight = named[index];
        for row in family.codes.iter().filter(|it| in_force(it, date)) {
            let (score, found) = rate(row, family, &told);
            if weight > 0 || score > 0 && named.iter().all(|it| *it == 0) {
                ranked.push((score + weight, found, family));
            }
        }
    }
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.code.cmp(&b.1.code)));
    ranked.dedup_by(|a, b| a.1.code == b.1.code);
    let open = separations(&ranked, lexicon);
    let facts = told.iter().map(|it| Fact {
        slot: it.slot.name().to_owned(),
        value: format!("{}{}", if it.denied { "not " } else { "" }, it.value),
        words: it.words.clone(),
    });
    Answer { facts: facts.collect(), matches: ranked.into_iter().take(SHOWN).map(|it| it.1).collect(), open }
}

fn in_force(row: &CodeRow, date: Option<Date>) -> bool {
    date.map_or(row.until.is_none(), |day| row.covers(day))
}

/// The facts of a question: its words that are values of a code table, and the regions of its levels.
fn told(text: &str, lexicon: &Lexicon) -> Vec<Told> {
    let context = SentenceContext::new(&lexicon.cues, text, 0..text.len());
    let rows = || lexicon.families.iter().flat_map(|it| &it.codes);
    let slot_of = |value: &Id| rows().flat_map(|it| &it.cells).find(|it| it.1.contains(value)).map(|it| it.0);
    let mut told: Vec<Told> = Vec::new();
    let mut add = |slot: Slot, value: Id, denied: bool, words: &str| {
        if !told.iter().any(|it| it.slot == slot && it.value == value) {
            told.push(Told { slot, value, denied, words: words.to_owned() });
        }
    };
    for hit in lexicon.terms.find(text, &words_of(text), false) {
        let entry = &lexicon.terms.entries[hit.entry as usize];
        let words = &text[hit.start..hit.end];
        let stands_for = STANDS_FOR.iter().find(|it| it.0 == entry.concept.as_str());
        let concept = stands_for.map_or_else(|| entry.concept.clone(), |it| Id::from(it.1));
        let Some(slot) = slot_of(&concept) else { continue };
        let denied = context.decide(hit.start..hit.end).negated;
        let none = Id::from("none");
        // Denied imaging is a value of its own.
        match (slot, denied) {
            (Slot::Imaging, true) if slot_of(&none) == Some(Slot::Imaging) => add(slot, none, false, words),
            _ => add(slot, concept, denied, words),
        }
    }
    for it in levels(text, &words_of(text), &lexicon.patterns) {
        let value = Id::from(region(&it.name));
        if slot_of(&value) == Some(Slot::Region) {
            add(Slot::Region, value, false, &text[it.start..it.end]);
        }
    }
    told
}

/// How strongly the question names each family: by its acts and signs, by its label, or by the space alone.
fn named_families(text: &str, lexicon: &Lexicon) -> Vec<i32> {
    let mut named = vec![0; lexicon.families.len()];
    let lower = text.to_ascii_lowercase();
    for hit in lexicon.terms.find(text, &words_of(text), false) {
        let entry = &lexicon.terms.entries[hit.entry as usize];
        match (entry.kind, entry.family) {
            (Kind::Act, Some(family)) => named[family] = named[family].max(if entry.generic { 2 } else { 4 }),
            (Kind::Sign, Some(family)) => named[family] = named[family].max(3),
            (Kind::Space, _) => {
                for (index, family) in lexicon.families.iter().enumerate() {
                    // A neuraxial space belongs to the family whose own words those of the canal are.
                    if family.claims && family.label.contains(entry.concept.as_str()) {
                        named[index] = named[index].max(2);
                    }
                }
            }
            _ => {}
        }
    }
    for (index, family) in lexicon.families.iter().enumerate() {
        if lower.contains(family.label.as_str()) {
            named[index] += 4;
        }
    }
    named
}

/// How a row fits the facts.
fn rate(row: &CodeRow, family: &Family, told: &[Told]) -> (i32, Match) {
    let mut found = Match {
        code: row.code.clone(),
        family: family.label.clone(),
        rule: row.id.to_string(),
        fits: Vec::new(),
        differs: Vec::new(),
        open: Vec::new(),
    };
    let mut score = 0;
    for (slot, values) in &row.cells {
        let facts: Vec<&Told> = told.iter().filter(|it| it.slot == *slot).collect();
        let name = slot.name().to_owned();
        let fits = |it: &&Told| values.contains(&it.value) != it.denied;
        match facts.as_slice() {
            [] => found.open.push(name),
            facts if facts.iter().any(fits) => {
                score += 2;
                found.fits.push(name);
            }
            _ => {
                score -= 3;
                found.differs.push((name, values.iter().map(ToString::to_string).collect()));
            }
        }
    }
    (score, found)
}

/// What the best codes, all of one rank, differ in.
fn separations(ranked: &[(i32, Match, &Family)], lexicon: &Lexicon) -> Vec<Separation> {
    let Some(best) = ranked.first() else { return Vec::new() };
    let tied = ranked.iter().filter(|it| it.0 == best.0 && it.1.differs.is_empty());
    let rows: Vec<&CodeRow> = tied
        .filter_map(|it| lexicon.families.iter().flat_map(|it| &it.codes).find(|row| row.id.as_str() == it.1.rule))
        .collect();
    if rows.len() < 2 {
        return Vec::new();
    }
    let mut separations = Vec::new();
    for slot in Slot::ALL {
        let mut choices: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for row in &rows {
            let cell = row.cells.iter().find(|it| it.0 == slot);
            let values = cell.map(|it| it.1.iter().map(ToString::to_string).collect()).unwrap_or_default();
            choices.entry(values).or_default().push(row.code.clone());
        }
        if choices.len() > 1 {
            let choices = choices.into_iter().filter(|it| !it.0.is_empty()).collect();
            separations.push(Separation { slot: slot.name().to_owned(), choices });
        }
    }
    separations
}
