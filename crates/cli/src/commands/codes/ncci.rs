//! Quarterly files of the national correct coding edits: pairs of codes, limits of units, add-on codes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Fault, Source, Table, day, faulty};
use crate::failure::Failure;

/// A pair as its files give it.
struct PairRow<'a> {
    column1: &'a str,
    column2: &'a str,
    from: Date,
    until: Option<Date>,
    indicator: &'a str,
}

/// Whether a line is a row of a file of pairs.
pub(super) fn is_pair(line: &str) -> bool {
    cells_of_pair(line).is_some()
}

/// Both codes, first day, last day or `*`, indicator; separated by tabs or commas.
fn cells_of_pair(line: &str) -> Option<[&str; 5]> {
    let separator = if line.contains('\t') { '\t' } else { ',' };
    let cells: Vec<&str> = line.split(separator).map(|it| it.trim().trim_matches('"')).collect();
    let [column1, column2, old, from, until, indicator, ..] = cells.as_slice() else { return None };
    let digits = |it: &str| it.len() == 8 && it.bytes().all(|it| it.is_ascii_digit());
    let formed = is_code(column1)
        && is_code(column2)
        && matches!(*old, "" | "*")
        && digits(from)
        && (digits(until) || matches!(*until, "*" | ""))
        && indicator.len() == 1;
    formed.then_some([column1, column2, from, until, indicator])
}

fn pair(line: &str) -> Result<Option<PairRow<'_>>, String> {
    let Some([column1, column2, from, until, indicator]) = cells_of_pair(line) else { return Ok(None) };
    let date = |text: &str| day(text).ok_or_else(|| format!("\"{text}\" is no date (expected YYYYMMDD)"));
    let from = date(from)?;
    let until = match until {
        "" | "*" => None,
        // The last day is inclusive in the file, exclusive in the table.
        text => date(text)?.checked_add(1.day()).ok(),
    };
    if !matches!(indicator, "0" | "1" | "9") {
        return Err(format!("indicator \"{indicator}\" (expected 0, 1 or 9)"));
    }
    Ok(Some(PairRow { column1, column2, from, until, indicator }))
}

fn is_code(text: &str) -> bool {
    text.len() == 5 && text.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
}

/// Whom a file is for, by its name: practitioners unless it says otherwise.
fn setting(source: &Source) -> &'static str {
    let name = source.path.file_name().map(|it| it.to_string_lossy().to_lowercase()).unwrap_or_default();
    match name {
        it if ["oph", "hospital", "facility"].iter().any(|word| it.contains(word)) => "hospital",
        it if ["dme", "supplier"].iter().any(|word| it.contains(word)) => "supplier",
        _ => "practitioner",
    }
}

/// The pairs of which both codes are known; all of them where `known` is none.
pub(super) fn pairs(sources: &[&Source], known: Option<&BTreeSet<&str>>) -> Result<Table, Failure> {
    let mut rows: BTreeSet<String> = BTreeSet::new();
    let mut read = 0;
    for source in sources {
        let setting = setting(source);
        for (index, line) in source.text.lines().enumerate() {
            let fault = |message: String| faulty(source, &Fault { line: index + 1, message });
            let Some(it) = pair(line).map_err(fault)? else { continue };
            read += 1;
            // A pair that ends on its first day was taken back as if it had never been.
            let lasting = it.until.is_none_or(|until| it.from.checked_add(1.day()).is_ok_and(|next| next < until));
            let meant = known.is_none_or(|it_is| it_is.contains(it.column1) && it_is.contains(it.column2));
            if lasting && meant {
                let until = it.until.map(|it| it.to_string()).unwrap_or_default();
                let (one, other, indicator) = (it.column1, it.column2, it.indicator);
                rows.insert(format!("{one},{other},{},{until},{indicator},{setting}", it.from));
            }
        }
    }
    Ok(table("column1,column2,from,until,indicator,setting", &rows, read))
}

/// Whether a line is the head of a file of limits.
pub(super) fn is_head_of_limits(line: &str) -> bool {
    let line = line.to_lowercase();
    line.contains("mue value") && line.contains("adjudication")
}

/// The limits of units; of several quarters each counts up to the next.
pub(super) fn limits(sources: &[&Source]) -> Result<Table, Failure> {
    let mut quarters: BTreeMap<(&str, Date), BTreeMap<String, (String, String)>> = BTreeMap::new();
    let mut read = 0;
    for source in sources {
        let from = first_day(source)?;
        let quarter = quarters.entry((setting(source), from)).or_default();
        let start = source.text.lines().position(is_head_of_limits).unwrap_or(0);
        let separator = if source.text.lines().nth(start).is_some_and(|it| it.contains('\t')) { b'\t' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(source.text.as_bytes());
        for record in reader.records() {
            let record = record.map_err(|error| Failure::input(format!("{}: {error}", source.path.display())))?;
            let cell = |at: usize| record.get(at).unwrap_or_default().trim();
            if !is_code(cell(0)) {
                continue;
            }
            let line = record.position().map_or(0, |it| it.line() as usize);
            let fault = |message: String| faulty(source, &Fault { line, message });
            let units = cell(1)
                .parse::<u16>()
                .map_err(|_| fault(format!("{}: \"{}\" is no number of units", cell(0), cell(1))))?;
            let indicator = cell(2).chars().next().filter(|it| matches!(it, '1' | '2' | '3'));
            let indicator = indicator
                .ok_or_else(|| fault(format!("{}: adjudication \"{}\" (expected 1, 2 or 3)", cell(0), cell(2))))?;
            read += 1;
            quarter.insert(cell(0).to_owned(), (units.to_string(), indicator.to_string()));
        }
    }
    let mut rows = BTreeSet::new();
    for ((setting, from), limits) in &quarters {
        let next = quarters.keys().find(|it| it.0 == *setting && it.1 > *from).map(|it| it.1.to_string());
        let until = next.unwrap_or_default();
        for (code, (units, indicator)) in limits {
            rows.insert(format!("{code},{from},{until},{units},{indicator},{setting}"));
        }
    }
    Ok(table("code,from,until,units,adjudication,setting", &rows, read))
}

/// The first day of a file of limits, which its name gives as `Eff_MM-DD-YYYY`.
fn first_day(source: &Source) -> Result<Date, Failure> {
    let name = source.path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let found = name.as_bytes().windows(10).find_map(|it| {
        let text = std::str::from_utf8(it).ok()?;
        let (month, rest) = text.split_once(['-', '_'])?;
        let (date, year) = rest.split_once(['-', '_'])?;
        (month.len() == 2 && date.len() == 2 && year.len() == 4).then(|| day(&format!("{year}{month}{date}")))?
    });
    found.ok_or_else(|| {
        let shown = source.path.display();
        Failure::input(format!("{shown}: no first day in the name (expected such as …_Eff_10-01-2026.csv)"))
    })
}

/// Whether a line is the head of a file of add-on codes.
pub(super) fn is_head_of_add_ons(line: &str) -> bool {
    columns_of_add_ons(line).is_some()
}

/// The separator, and the columns of add-on code, primary code, type, first day and last day of the edit.
fn columns_of_add_ons(line: &str) -> Option<(char, [usize; 5])> {
    let separator = if line.contains('\t') { '\t' } else { ',' };
    let plain = |it: &str| it.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let names: Vec<String> = line.split(separator).map(plain).collect();
    let at = |words: &[&str]| names.iter().position(|name| words.iter().all(|it| name.contains(it)));
    let add_on = names.iter().position(|it| it == "addoncode" || it == "aoc" || it == "aoccode")?;
    let primary = names.iter().position(|it| it == "primarycode")?;
    Some((separator, [add_on, primary, at(&["type"])?, at(&["edit", "eff"])?, at(&["edit", "del"])?]))
}

/// The add-on codes with their primary codes.
pub(super) fn add_ons(sources: &[&Source]) -> Result<Table, Failure> {
    let mut rows = BTreeSet::new();
    let mut read = 0;
    for source in sources {
        let mut columns = None;
        for (index, line) in source.text.lines().enumerate() {
            if columns.is_none() {
                columns = columns_of_add_ons(line);
                continue;
            }
            let Some((separator, [add_on, primary, kind, from, until])) = columns else { continue };
            let cells: Vec<&str> = line.split(separator).map(|it| it.trim().trim_matches('"')).collect();
            let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
            // `CCCCC`: the payer names the primary codes.
            if !is_code(cell(add_on)) || !is_code(cell(primary)) || cell(primary) == "CCCCC" {
                continue;
            }
            let fault = |message: String| {
                faulty(source, &Fault { line: index + 1, message: format!("{}: {message}", cell(add_on)) })
            };
            let date = |text: &str| {
                ordinal_day(text).ok_or_else(|| fault(format!("\"{text}\" is no date (expected YYYYDDD or YYYYMMDD)")))
            };
            let first = date(cell(from))?;
            let last = match cell(until) {
                "" | "*" | "0" => None,
                text => date(text)?.checked_add(1.day()).ok(),
            };
            let kind = match cell(kind).trim_start_matches("Type ").trim() {
                "1" | "I" => "1",
                "2" | "II" => "2",
                "3" | "III" => "3",
                other => return Err(fault(format!("type \"{other}\" (expected 1, 2 or 3)"))),
            };
            read += 1;
            if last.is_none_or(|it| it > first) {
                let last = last.map(|it| it.to_string()).unwrap_or_default();
                rows.insert(format!("{},{},{first},{last},{kind}", cell(add_on), cell(primary)));
            }
        }
    }
    Ok(table("add_on,primary,from,until,type", &rows, read))
}

/// A day written as year and day of the year, or as year, month and day.
fn ordinal_day(text: &str) -> Option<Date> {
    if text.len() == 8 {
        return day(text);
    }
    if text.len() != 7 || !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let (year, number) = (text[..4].parse::<i16>().ok()?, text[4..].parse::<i64>().ok()?);
    let first = Date::new(year, 1, 1).ok()?;
    first.checked_add((number - 1).days()).ok().filter(|it| it.year() == year)
}

fn table(head: &str, rows: &BTreeSet<String>, read: usize) -> Table {
    let mut text = format!("{head}\n");
    for it in rows {
        let _ = writeln!(text, "{it}");
    }
    Table { text, rows: rows.len(), read }
}
