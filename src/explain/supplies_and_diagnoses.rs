//! Meanings of the ids of supplies and diagnoses, for `opnote explain`.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::explain::catalog::Explanation;
use crate::lexicon::Lexicon;
use crate::lexicon::code_set::{CodeSet, Validity};
use crate::lexicon::diagnoses::DiagnosisRow;
use crate::lexicon::supplies::SupplyRow;

/// Note on facts that no source names.
const UNVERIFIED: &str = "no: check it against the current code set before you rely on it";

impl Lexicon {
    /// Supply codes, diagnosis codes, their rows, conditions and axes with this id.
    pub(super) fn supply_and_diagnosis_entries(&self, id: &str) -> Vec<Explanation> {
        let mut found = Vec::new();
        let rows: Vec<&SupplyRow> = self.supplies.rows.iter().filter(|it| it.code == id).collect();
        if !rows.is_empty() {
            let mut entry = Explanation::new(id, "supply code", rows[0].about());
            for it in &rows {
                entry = entry.with("rule", format!("{} ({}): {}", it.id, dates(it.from, it.until), it.about()));
            }
            found.push(entry.with("since then", self.supply_successors(&rows)));
        }
        found.extend(self.supplies.rows.iter().filter(|it| it.id.as_str() == id).map(supply_row));
        let rows: Vec<&DiagnosisRow> = self.diagnoses.rows.iter().filter(|it| it.code == id).collect();
        if !rows.is_empty() {
            let mut entry = Explanation::new(id, "diagnosis code", rows[0].about());
            for it in &rows {
                entry = entry.with("rule", format!("{} ({}): {}", it.id, dates(it.from, it.until), it.about()));
            }
            let since = match self.icd10cm.validity(id, None) {
                Validity::Ended(end, successors) if !successors.is_empty() => {
                    format!("{} (from {end})", successors.join(", "))
                }
                _ => String::new(),
            };
            found.push(entry.with("since then", since));
        }
        found.extend(self.diagnoses.rows.iter().filter(|it| it.id.as_str() == id).map(diagnosis_row));
        found.extend(self.condition_entry(id));
        if found.is_empty() {
            found.extend(self.code_set_entry("diagnosis code", &self.icd10cm, id));
            found.extend(self.code_set_entry("supply code", &self.hcpcs, id));
        }
        found
    }

    /// The codes in force for the drug of rows that ended, on the day they ended.
    fn supply_successors(&self, rows: &[&SupplyRow]) -> String {
        let Some(end) =
            rows.iter().filter_map(|it| it.until).max().filter(|_| rows.iter().all(|it| it.until.is_some()))
        else {
            return String::new();
        };
        let follows = |it: &&SupplyRow| {
            let same = |row: &&SupplyRow| {
                row.substances.iter().any(|drug| it.substances.contains(drug)) && row.only == it.only
            };
            it.from <= end && it.covers(Some(end)) && rows.iter().any(same)
        };
        let codes: BTreeSet<&str> = self.supplies.rows.iter().filter(follows).map(|it| it.code.as_str()).collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        if codes.is_empty() { String::new() } else { format!("{} (from {end})", codes.join(", ")) }
    }

    fn condition_entry(&self, id: &str) -> Option<Explanation> {
        let rows = self.diagnoses.rows.iter().filter(|it| it.conditions.iter().any(|it| it.as_str() == id));
        let codes: BTreeSet<&str> = rows.clone().map(|it| it.code.as_str()).collect();
        let axes: BTreeSet<&str> = rows.flat_map(|it| it.cells.iter().map(|cell| cell.0.as_str())).collect();
        let list = |it: BTreeSet<&str>| it.into_iter().collect::<Vec<_>>().join(", ");
        let words: Vec<&str> = self.condition_words(id).into_iter().take(24).collect();
        (!codes.is_empty()).then(|| {
            Explanation::new(id, "condition", "a condition that a note gives as the reason of a procedure")
                .with("codes", list(codes))
                .with("decided by", list(axes))
                .with("words", words.join(", "))
                .with("file", "diagnoses.csv, diagnosis_words.csv")
        })
    }

    /// A code that no condition or drug leads to: its days, and the notes that exclude others.
    fn code_set_entry(&self, kind: &'static str, set: &CodeSet, id: &str) -> Option<Explanation> {
        let rows = set.rows(id);
        let about = match rows {
            [] => return None,
            rows if rows.iter().any(|it| it.billable) => "a code that is checked where a note writes it",
            _ => "the header of longer codes; it is not reported itself",
        };
        let mut entry = Explanation::new(id, kind, about);
        for it in rows {
            let label = if it.billable { "in force" } else { "header" };
            entry = entry.with(label, dates(it.from, it.until));
        }
        let excluded = self.exclusions.iter().filter(|it| it.holds(id, &it.excludes)).map(|it| it.excludes.as_str());
        Some(entry.with("not with", excluded.collect::<Vec<_>>().join(", ")))
    }

    /// Every id of supplies and diagnoses.
    pub(super) fn supply_and_diagnosis_ids(&self) -> impl Iterator<Item = &str> {
        let supplies = self.supplies.rows.iter().flat_map(|it| [it.code.as_str(), it.id.as_str()]);
        let diagnoses = self.diagnoses.rows.iter().flat_map(|it| [it.code.as_str(), it.id.as_str()]);
        let conditions = self.diagnoses.rows.iter().flat_map(|it| it.conditions.iter().map(crate::Id::as_str));
        supplies.chain(diagnoses).chain(conditions).chain(self.icd10cm.codes()).chain(self.hcpcs.codes())
    }

    /// Every source that supplies and diagnoses cite, with the id of what cites it.
    pub(super) fn supply_and_diagnosis_sources(&self) -> impl Iterator<Item = (&String, &str)> {
        let supplies = self.supplies.rows.iter().map(|it| (&it.source, it.id.as_str()));
        let diagnoses = self.diagnoses.rows.iter().map(|it| (&it.source, it.id.as_str()));
        supplies.chain(diagnoses).chain([(&self.supplies.waste_source, "supplies.toml")])
    }
}

impl SupplyRow {
    /// The unit, in our own words.
    fn about(&self) -> String {
        let names: Vec<String> = self.substances.iter().map(|it| it.as_str().replace('_', " ")).collect();
        let strength = self.strength.map(|(low, high)| format!(", {low} to {high} mg/mL")).unwrap_or_default();
        let rounding = if self.rounds_up { "partial units round up" } else { "whole multiples only" };
        format!("one unit for each {} of {}{strength}; {rounding}", self.per.shown(), names.join(" or "))
    }
}

impl DiagnosisRow {
    /// The row, in our own words.
    fn about(&self) -> String {
        let words = |it: &crate::Id| it.as_str().replace('_', " ");
        let conditions: Vec<String> = self.conditions.iter().map(words).collect();
        let cell = |(axis, values): &(crate::Id, Vec<crate::Id>)| {
            let values: Vec<&str> = values.iter().map(crate::Id::as_str).collect();
            format!(", {} {}", words(axis), values.join(" or "))
        };
        let cells: String = self.cells.iter().map(cell).collect();
        format!("{}{cells}", conditions.join(" or "))
    }
}

fn supply_row(it: &SupplyRow) -> Explanation {
    Explanation::new(it.id.as_str(), "supply rule", format!("{} → {}", it.about(), it.code))
        .with("in force", dates(it.from, it.until))
        .with("only with", it.only.join(", "))
        .with("not with", it.unless.join(", "))
        .with("remark", &it.remark)
        .with("verified", if it.verified { "yes" } else { UNVERIFIED })
        .with("source", &it.source)
}

fn diagnosis_row(it: &DiagnosisRow) -> Explanation {
    let absorbs: Vec<&str> = it.absorbs.iter().map(crate::Id::as_str).collect();
    Explanation::new(it.id.as_str(), "diagnosis rule", format!("{} → {}", it.about(), it.code))
        .with("in force", dates(it.from, it.until))
        .with("includes", absorbs.join(", "))
        .with("verified", if it.verified { "yes" } else { UNVERIFIED })
        .with("source", &it.source)
}

fn dates(from: Date, until: Option<Date>) -> String {
    match until {
        Some(until) => format!("from {from} until before {until}"),
        None => format!("from {from}"),
    }
}
