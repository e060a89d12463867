//! The billing table: codes that were billed, by note, with modifiers, units and whatever the figures are grouped by.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::rvu::is_day;
use super::table::{Row, Table, TableError};

/// Headers of the columns, the best first.
const NOTES: [&str; 10] = [
    "note_id",
    "noteid",
    "note",
    "document_id",
    "document_number",
    "id",
    "accession",
    "encounter_id",
    "case_id",
    "visit_id",
];
const CODES: [&str; 12] = [
    "billed_codes",
    "billed_code",
    "billed",
    "code",
    "codes",
    "cpt",
    "cpt_code",
    "cpt_codes",
    "hcpcs",
    "procedure_code",
    "procedure_codes",
    "charges",
];
const UNITS: [&str; 4] = ["units", "quantity", "qty", "billed_units"];
const MODIFIERS: [&str; 4] = ["modifiers", "modifier", "mods", "mod"];
const CLAIMS: [&str; 4] = ["claim_id", "claim", "claim_number", "account"];
const DATES: [&str; 5] = ["service_date", "date_of_service", "dos", "procedure_date", "date"];
/// Columns that figures are grouped by where they exist; more can be named.
const GROUPS: [(&str, &[&str]); 5] = [
    ("provider", &["provider", "provider_name", "rendering_provider", "physician", "surgeon"]),
    ("site", &["site", "location", "facility", "department", "clinic"]),
    ("coder", &["coder", "coder_name", "coded_by"]),
    ("payer", &["payer", "payor", "insurance"]),
    ("month", &["month"]),
];

/// Most units of a line.
const MOST_UNITS: u16 = 9_999;

/// A code as it was billed or documented.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// The code.
    pub code: String,
    /// Its modifiers, sorted.
    pub modifiers: Vec<String>,
    /// Units, from 1.
    pub units: u16,
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.code)?;
        for it in &self.modifiers {
            write!(out, "-{it}")?;
        }
        if self.units == 1 { Ok(()) } else { write!(out, " x{}", self.units) }
    }
}

impl Line {
    /// Reads codes with modifiers and units: `CODE`, `CODE-59`, `CODE-59-RT x2`, `CODE:59`.
    pub fn parse(text: &str) -> Option<Line> {
        let text = text.trim().to_uppercase();
        let text = text.strip_suffix(".0").unwrap_or(&text);
        let counted = text.rsplit_once(['X', '*', '×']).filter(|it| !it.0.is_empty());
        // An X that is part of a modifier has no number behind it.
        let counted = counted.and_then(|it| Some((it.0.trim(), it.1.trim().parse::<u16>().ok()?)));
        let (text, units) = counted.unwrap_or((text, 1));
        let mut parts = text.split(['-', ':']).map(str::trim);
        let code = parts.next().filter(|it| is_code(it))?.to_owned();
        let mut modifiers: Vec<String> = parts.map(str::to_owned).collect();
        modifiers.sort();
        let is_sound = (1..=MOST_UNITS).contains(&units) && modifiers.iter().all(|it| is_modifier(it));
        is_sound.then_some(Line { code, modifiers, units })
    }
}

fn is_code(text: &str) -> bool {
    (4..=7).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_alphanumeric())
}

fn is_modifier(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|it| it.is_ascii_alphanumeric())
}

/// What was billed for one note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// The note.
    pub note: String,
    /// Number of the claim, where the table has one.
    pub claim: Option<String>,
    /// The lines, in the order of the table.
    pub lines: Vec<Line>,
    /// Date of service, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The groups that it belongs to, by column: `provider`, `site`, `coder`, `month` …
    pub groups: BTreeMap<String, String>,
    /// Line of the table, from 1; 0 for a claim that came with the note.
    pub row: u64,
}

/// Columns that are named rather than found, by role: `note`, `codes`, `units`, `modifiers`, `claim`, `date`; any other
/// role is a group.
pub type Columns = BTreeMap<String, String>;

/// All claims, in the order of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Billing {
    /// The claims, one a note.
    pub claims: Vec<Claim>,
    /// Names of the groups.
    pub groups: Vec<String>,
}

struct Chosen {
    note: usize,
    codes: usize,
    units: Option<usize>,
    modifiers: Option<usize>,
    claim: Option<usize>,
    date: Option<usize>,
    groups: Vec<(String, usize)>,
}

impl Billing {
    /// Reads a billing table: one row a code, or several codes in a cell. All errors of the table are given at once.
    pub fn read(bytes: &[u8], file: &str, columns: &Columns) -> Result<Billing, Vec<TableError>> {
        let table = Table::read(bytes, file)?;
        let chosen = choose(&table, columns)?;
        let mut billing = Billing { claims: Vec::new(), groups: names(&chosen) };
        let (mut at, mut seen): (BTreeMap<String, usize>, BTreeMap<(String, String, Line), u64>) = Default::default();
        let mut errors = Vec::new();
        for row in &table.rows {
            let note = row.cell(chosen.note).to_owned();
            if note.is_empty() {
                errors.push(table.fault(row, chosen.note, "the id of a note"));
                continue;
            }
            let lines = match lines(&table, row, &chosen) {
                Ok(it) => it,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let claim = chosen.claim.map_or("", |it| row.cell(it)).to_owned();
            for line in &lines {
                let first = *seen.entry((note.clone(), claim.clone(), line.clone())).or_insert(row.line);
                if first != row.line {
                    let expected =
                        format!("each line of a claim once; this repeats line {first} (use units for several)");
                    errors.push(table.fault(row, chosen.codes, expected));
                }
            }
            let date = chosen.date.map_or("", |it| row.cell(it));
            let date = date.get(..10).unwrap_or(date);
            if !date.is_empty() && !is_day(date) {
                errors.extend(chosen.date.map(|it| table.fault(row, it, "a day written YYYY-MM-DD, or nothing")));
                continue;
            }
            let index = *at.entry(note.clone()).or_insert_with(|| {
                billing.claims.push(Claim { note, row: row.line, ..Claim::default() });
                billing.claims.len() - 1
            });
            let own = &mut billing.claims[index];
            own.lines.extend(lines);
            own.claim = own.claim.take().or_else(|| Some(claim).filter(|it| !it.is_empty()));
            own.date = own.date.take().or_else(|| Some(date.to_owned()).filter(|it| !it.is_empty()));
            for (name, column) in &chosen.groups {
                let value = row.cell(*column);
                if !value.is_empty() {
                    own.groups.entry(name.clone()).or_insert_with(|| value.to_owned());
                }
            }
        }
        if errors.is_empty() { Ok(billing) } else { Err(errors) }
    }
}

impl Claim {
    /// Sets the month from the date of service where the table has no column of months.
    pub fn month_of(&mut self, day: Option<&str>) {
        let month = self.date.as_deref().or(day).and_then(|it| it.get(..7)).map(str::to_owned);
        if let Some(month) = month {
            self.groups.entry("month".to_owned()).or_insert(month);
        }
    }
}

fn choose(table: &Table, columns: &Columns) -> Result<Chosen, Vec<TableError>> {
    let named = |role: &str| columns.get(role).map(String::as_str);
    let optional = |role: &str, names: &[&str]| match named(role) {
        Some(_) => table.needed(named(role), names, role).map(Some),
        None => Ok(table.find(names)),
    };
    let mut groups = Vec::new();
    for (name, headers) in GROUPS {
        groups.extend(optional(name, headers)?.map(|it| (name.to_owned(), it)));
    }
    let known = ["note", "codes", "units", "modifiers", "claim", "date"];
    let is_known = |role: &str| known.contains(&role) || GROUPS.iter().any(|it| it.0 == role);
    for role in columns.keys().filter(|it| !is_known(it)) {
        groups.push((role.clone(), table.needed(named(role), &[], role)?));
    }
    Ok(Chosen {
        note: table.needed(named("note"), &NOTES, "the ids of the notes")?,
        codes: table.needed(named("codes"), &CODES, "the billed codes")?,
        units: optional("units", &UNITS)?,
        modifiers: optional("modifiers", &MODIFIERS)?,
        claim: optional("claim", &CLAIMS)?,
        date: optional("date", &DATES)?,
        groups,
    })
}

fn names(chosen: &Chosen) -> Vec<String> {
    let mut names: Vec<String> = chosen.groups.iter().map(|it| it.0.clone()).collect();
    if !names.iter().any(|it| it == "month") {
        names.push("month".to_owned());
    }
    names
}

/// The lines of a row; a cell without a code is nothing billed.
fn lines(table: &Table, row: &Row, chosen: &Chosen) -> Result<Vec<Line>, TableError> {
    let cell = row.cell(chosen.codes);
    let mut lines = Vec::new();
    for word in cell.split([',', ';', '|', '/']).flat_map(words) {
        let expected = "codes such as ABCDE, ABCDE-59 or ABCDE x2, separated by commas, semicolons or spaces";
        lines.push(Line::parse(&word).ok_or_else(|| table.fault(row, chosen.codes, expected))?);
    }
    let more = chosen.modifiers.map_or("", |it| row.cell(it));
    let more: Vec<String> =
        more.split([',', ';', '|', '/', ' ', '-']).filter(|it| !it.is_empty()).map(str::to_uppercase).collect();
    let units = chosen.units.map_or("", |it| row.cell(it));
    let units = units.strip_suffix(".0").unwrap_or(units);
    if lines.len() > 1 && (!more.is_empty() || !units.is_empty() && units != "1") {
        let expected = "one code in a row that has modifiers or units of its own";
        return Err(table.fault(row, chosen.codes, expected));
    }
    if let (Some(column), true) = (chosen.modifiers, more.iter().any(|it| !is_modifier(it))) {
        return Err(table.fault(row, column, "modifiers of two letters or digits"));
    }
    for line in &mut lines {
        line.modifiers.extend(more.iter().cloned());
        line.modifiers.sort();
        line.modifiers.dedup();
        if let (Some(column), false) = (chosen.units, units.is_empty()) {
            let read = units.parse().ok().filter(|it| (1..=MOST_UNITS).contains(it));
            line.units =
                read.ok_or_else(|| table.fault(row, column, format!("a whole number from 1 to {MOST_UNITS}")))?;
        }
    }
    Ok(lines)
}

/// The words of a cell; `CODE x2` is one.
fn words(cell: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for it in cell.split_whitespace() {
        let is_units = it.strip_prefix(['x', 'X', '*', '×']).is_some_and(|it| it.parse::<u16>().is_ok());
        match words.last_mut() {
            Some(last) if is_units => last.push_str(it),
            _ => words.push(it.to_owned()),
        }
    }
    words
}
