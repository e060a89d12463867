//! Modifiers and edits: `modifiers.csv` and `edits.csv`, dated rules about codes of one session.

use jiff::civil::Date;
use serde::Deserialize;

use super::error::did_you_mean;
use super::terms::read_csv;
use super::{Error, Files};
use crate::model::{Id, Severity};

/// A modifier and what it is for, in our own words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Modifier {
    #[serde(rename = "modifier")]
    pub id: String,
    pub about: String,
    pub source: String,
}

/// One rule about a code, alone or together with another one.
pub(crate) struct Edit {
    pub id: Id,
    /// First day on which it holds.
    pub from: Date,
    /// First day on which it no longer holds.
    pub until: Option<Date>,
    /// The codes that it is about.
    pub codes: Vec<Codes>,
    /// The codes together with which it applies; empty for a rule about a code alone.
    pub with_codes: Vec<Codes>,
    /// Whether both must be in the same region of the spine.
    pub same_region: bool,
    /// Condition on the procedure: any of these values in the slot of that name; none for any.
    pub facts: Vec<(String, Vec<String>)>,
    /// Concepts of words that alone do not document these facts.
    pub not_by: Vec<String>,
    /// Applies from this number of units on; 0 for any.
    pub over_units: u16,
    /// The modifier that it gives the code.
    pub modifier: Option<String>,
    pub severity: Severity,
    pub message: String,
    pub source: String,
}

/// A code, or a range of codes of five digits, both ends included.
pub(crate) enum Codes {
    One(String),
    Range(String, String),
}

impl Codes {
    fn read(cell: &str) -> Vec<Codes> {
        let one = |it: &str| match it.split_once("..") {
            Some((from, to)) => Codes::Range(from.to_owned(), to.to_owned()),
            None => Codes::One(it.to_owned()),
        };
        cell.split('|').filter(|it| !it.is_empty()).map(one).collect()
    }

    /// Whether a code is meant.
    pub(crate) fn holds(&self, code: &str) -> bool {
        match self {
            Codes::One(it) => it == code,
            Codes::Range(from, to) => code.len() == from.len() && (from.as_str()..=to.as_str()).contains(&code),
        }
    }
}

impl Edit {
    /// Whether it is in force on a day; without one, whether it is in force now.
    pub(crate) fn covers(&self, day: Option<Date>) -> bool {
        super::in_force(self.from, self.until, day)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditRow {
    id: String,
    from: Date,
    until: Option<Date>,
    codes: String,
    beside: String,
    same_region: String,
    facts: String,
    #[serde(default)]
    not_by: String,
    over_units: Option<u16>,
    modifier: String,
    severity: String,
    message: String,
    source: String,
}

/// Reads `modifiers.csv`.
pub(crate) fn modifiers(files: &Files) -> Result<Vec<Modifier>, Error> {
    let mut found = Vec::new();
    read_csv(files, "modifiers.csv", |_, _, row: Modifier| {
        found.push(row);
        Ok(())
    })?;
    Ok(found)
}

/// Reads `edits.csv`; `known` are the modifiers that a row may give.
pub(crate) fn edits(files: &Files, known: &[Modifier]) -> Result<Vec<Edit>, Error> {
    let mut found: Vec<Edit> = Vec::new();
    read_csv(files, "edits.csv", |file, line, row: EditRow| {
        let fault = |message: String| Error::at(file, line, format!("row {}: {message}", row.id));
        if found.iter().any(|it| it.id.as_str() == row.id) {
            return Err(fault("this id is used twice".to_owned()));
        }
        let severity = Severity::named(&row.severity).ok_or_else(|| {
            let hint = did_you_mean(&row.severity, ["code", "payment", "advice"]);
            fault(format!("unknown severity \"{}\"{hint}", row.severity))
        })?;
        if !row.modifier.is_empty() && !known.iter().any(|it| it.id == row.modifier) {
            return Err(fault(format!("modifier \"{}\" is not in modifiers.csv", row.modifier)));
        }
        let same_region = match row.same_region.as_str() {
            "" | "no" => false,
            "yes" => true,
            other => return Err(fault(format!("same_region \"{other}\" (expected yes, no or nothing)"))),
        };
        let mut facts = Vec::new();
        for fact in row.facts.split_whitespace() {
            let (slot, values) =
                fact.split_once('=').ok_or_else(|| fault(format!("fact \"{fact}\" (expected slot=value|value)")))?;
            facts.push((slot.to_owned(), values.split('|').map(str::to_owned).collect()));
        }
        found.push(Edit {
            id: Id::from(row.id.as_str()),
            from: row.from,
            until: row.until,
            codes: Codes::read(&row.codes),
            with_codes: Codes::read(&row.beside),
            same_region,
            facts,
            not_by: row.not_by.split('|').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
            over_units: row.over_units.unwrap_or(0),
            modifier: Some(row.modifier).filter(|it| !it.is_empty()),
            severity,
            message: row.message,
            source: row.source,
        });
        Ok(())
    })?;
    Ok(found)
}

impl super::Lexicon {
    /// Whether a finding with this id is an edit: a rule about codes of one session, or a national edit.
    pub fn is_edit(&self, id: &str) -> bool {
        id.starts_with("ncci-") || id == "add-on-without-first" || self.edits.iter().any(|it| it.id.as_str() == id)
    }
}
