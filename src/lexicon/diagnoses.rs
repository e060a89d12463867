//! Diagnoses: `diagnoses.csv`, the dated table of diagnosis codes by condition and details, and
//! `diagnosis_words.csv`, the words of diagnosis lines, with their automaton.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use jiff::civil::Date;
use regex::Regex;
use serde::Deserialize;

use super::error::did_you_mean;
use super::terms::read_csv;
use super::{Error, Files, Lexicon};
use crate::model::Id;

/// Data of the diagnosis stage.
pub(crate) struct Diagnoses {
    pub rows: Vec<DiagnosisRow>,
    /// For each term, its meanings.
    pub terms: Vec<Vec<ConditionMeaning>>,
    words: Vec<String>,
    /// Section kinds whose conditions are the reason of the procedure.
    pub sections: Vec<String>,
    /// Section kinds in which written numbers are diagnosis codes.
    pub written_sections: Vec<String>,
    /// The forms of written code numbers.
    pub written: Option<WrittenForms>,
    automaton: Option<AhoCorasick>,
}

/// The meaning of a word of a diagnosis line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConditionMeaning {
    /// The condition.
    Condition(Id),
    /// A detail of a condition: its axis, and the values it may have.
    Detail(Id, Vec<Id>),
    /// That the condition is only thought of.
    Uncertain,
    /// That it is over.
    Past,
    /// The sentence is about risks and consent.
    Risk,
    /// Something else that holds one of the other words.
    Other,
}

/// One row of the table.
pub(crate) struct DiagnosisRow {
    pub id: Id,
    pub code: String,
    pub from: Date,
    /// Exclusive.
    pub until: Option<Date>,
    pub conditions: Vec<Id>,
    /// The values that an axis must have one of; `unsaid` where the note may be silent. No cell: any.
    pub cells: Vec<(Id, Vec<Id>)>,
    /// Conditions that are part of this one and are not coded again.
    pub absorbs: Vec<Id>,
    pub source: String,
    pub verified: bool,
}

impl DiagnosisRow {
    /// Whether the row is in force on a day; without one, whether it is in force now.
    pub(crate) fn covers(&self, day: Option<Date>) -> bool {
        super::in_force(self.from, self.until, day)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionTermRow {
    term: String,
    axis: String,
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiagnosesFile {
    sections: Vec<String>,
    written_sections: Vec<String>,
    written: Option<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    old: String,
    new: String,
    undotted: Option<String>,
    supply: Option<String>,
}

/// The forms of written code numbers.
pub(crate) struct WrittenForms {
    /// Of the set used before October 2015.
    pub old: Regex,
    /// Of the set in use.
    pub new: Regex,
    /// Of the set in use, without their dot; counted only where the table has the code.
    pub undotted: Option<Regex>,
    /// Of supplies; counted only where the table has the code.
    pub supply: Option<Regex>,
}

/// A term in a text.
pub(crate) struct ConditionMatch {
    pub start: usize,
    pub end: usize,
    /// Index into [`Diagnoses::terms`].
    pub term: usize,
}

impl Diagnoses {
    pub(super) fn load(files: &Files) -> Result<Diagnoses, Error> {
        const PATH: &str = "diagnoses.toml";
        let data: DiagnosesFile = match files.text(PATH)? {
            Some(text) => toml::from_str(text).map_err(|error| Error::toml(PATH, text, &error))?,
            None => DiagnosesFile::default(),
        };
        let regex = |text: &str| Regex::new(text).map_err(|error| Error::new(PATH, format!("written: {error}")));
        let written = match &data.written {
            Some(it) => Some(WrittenForms {
                old: regex(&it.old)?,
                new: regex(&it.new)?,
                undotted: it.undotted.as_deref().map(regex).transpose()?,
                supply: it.supply.as_deref().map(regex).transpose()?,
            }),
            None => None,
        };
        let mut rows = Vec::new();
        read_csv(files, "diagnoses.csv", |file, line, record: BTreeMap<String, String>| {
            rows.push(row(file, line, record)?);
            Ok(())
        })?;
        let axes: BTreeSet<&str> =
            rows.iter().flat_map(|it: &DiagnosisRow| &it.cells).map(|it| it.0.as_str()).collect();
        let mut meanings: BTreeMap<String, Vec<ConditionMeaning>> = BTreeMap::new();
        read_csv(files, "diagnosis_words.csv", |file, line, it: ConditionTermRow| {
            let values = || it.value.split('|').map(Id::from).collect::<Vec<_>>();
            let meaning = match it.axis.as_str() {
                "condition" => ConditionMeaning::Condition(Id::from(it.value.as_str())),
                "uncertain" => ConditionMeaning::Uncertain,
                "past" => ConditionMeaning::Past,
                "risk" => ConditionMeaning::Risk,
                "other" => ConditionMeaning::Other,
                axis if axes.contains(axis) => ConditionMeaning::Detail(Id::from(axis), values()),
                axis => {
                    let known = axes.iter().copied().chain(["condition", "uncertain", "past", "risk", "other"]);
                    let hint = did_you_mean(axis, known);
                    return Err(Error::at(file, line, format!("term \"{}\": unknown axis \"{axis}\"{hint}", it.term)));
                }
            };
            meanings.entry(it.term.to_lowercase()).or_default().push(meaning);
            Ok(())
        })?;
        let (words, terms): (Vec<String>, Vec<Vec<ConditionMeaning>>) = meanings.into_iter().unzip();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(&words)
            .map_err(|error| Error::new("diagnosis_words.csv", error.to_string()))?;
        let automaton = Some(automaton).filter(|_| !words.is_empty());
        let DiagnosesFile { sections, written_sections, .. } = data;
        Ok(Diagnoses { rows, terms, words, sections, written_sections, written, automaton })
    }

    /// The terms in a text that stand as whole words, by start; the longest of those that overlap.
    pub(crate) fn find(&self, text: &str) -> Vec<ConditionMatch> {
        let whole = |start: usize, end: usize| {
            let before = text[..start].chars().next_back().is_none_or(|it| !it.is_alphanumeric());
            let after = text[end..].chars().next().is_none_or(|it| !it.is_alphanumeric());
            before && after
        };
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let found = automaton.find_iter(text).filter(|it| whole(it.start(), it.end()));
        found.map(|it| ConditionMatch { start: it.start(), end: it.end(), term: it.pattern().as_usize() }).collect()
    }
}

fn row(file: &str, line: usize, mut record: BTreeMap<String, String>) -> Result<DiagnosisRow, Error> {
    let mut take =
        |name: &str| record.remove(name).ok_or_else(|| Error::new(file, format!("needs a column \"{name}\"")));
    let id = take("id")?;
    let wrong = |what: &str| Error::at(file, line, format!("row {id}: {what}"));
    let day =
        |text: &str| text.parse::<Date>().map_err(|_| wrong(&format!("\"{text}\" is no date (expected YYYY-MM-DD)")));
    let list = |text: &str| text.split('|').filter(|it| !it.is_empty()).map(Id::from).collect::<Vec<_>>();
    let (from, until) = (day(&take("from")?)?, take("until")?);
    let until = if until.is_empty() { None } else { Some(day(&until)?) };
    if until.is_some_and(|it| it <= from) {
        return Err(wrong("ends before it begins"));
    }
    let verified = match take("verified")?.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(wrong("verified must be \"yes\" or \"no\"")),
    };
    let (code, source) = (take("code")?, take("source")?);
    let (conditions, absorbs) = (list(&take("condition")?), list(&take("absorbs")?));
    let cells = record.iter().filter(|it| !it.1.is_empty()).map(|(axis, cell)| (Id::from(axis.as_str()), list(cell)));
    Ok(DiagnosisRow {
        id: Id::from(id.as_str()),
        code,
        from,
        until,
        conditions,
        cells: cells.collect(),
        absorbs,
        source,
        verified,
    })
}

impl Lexicon {
    /// Every diagnosis code of the table, of whatever date, with the row's id.
    pub fn diagnosis_codes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.diagnoses.rows.iter().map(|it| (it.code.as_str(), it.id.as_str()))
    }

    /// The words that stand for a condition, shortest first.
    pub(crate) fn condition_words(&self, condition: &str) -> Vec<&str> {
        let of = |meaning: &Vec<ConditionMeaning>| {
            meaning.iter().any(|it| matches!(it, ConditionMeaning::Condition(id) if id.as_str() == condition))
        };
        let terms = self.diagnoses.words.iter().zip(&self.diagnoses.terms);
        let mut words: Vec<&str> = terms.filter(|it| of(it.1)).map(|it| it.0.as_str()).collect();
        words.sort_by_key(|it| (it.len(), *it));
        words
    }
}
