//! Order files of ICD-10-CM: fixed columns, one row a code or header, one file a fiscal year.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;

use super::{Fault, Source, Table, faulty};
use crate::failure::Failure;

/// A code during successive files: whether it is billable, first day, first day no longer.
struct Span {
    billable: bool,
    from: Date,
    until: Option<Date>,
}

/// Whether a line is a row of an order file: a number of five digits, a code, 0 or 1.
pub(super) fn is_row(line: &str) -> bool {
    row(line).is_some()
}

/// The code with its dot, and whether it is billable.
fn row(line: &str) -> Option<(String, bool)> {
    let number = line.get(..5)?;
    let code = line.get(6..13)?.trim_end();
    let flag = line.get(14..15)?;
    let plain = |it: &str| it.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
    let formed = code.len() >= 3 && plain(code) && code.starts_with(|it: char| it.is_ascii_uppercase());
    if !number.bytes().all(|it| it.is_ascii_digit()) || !formed || !matches!(flag, "0" | "1") {
        return None;
    }
    let dotted = if code.len() > 3 { format!("{}.{}", &code[..3], &code[3..]) } else { code.to_owned() };
    Some((dotted, flag == "1"))
}

/// The days that a file covers: a fiscal year, from its first day, or from April of an update.
fn covered(source: &Source) -> Result<(Date, Date), Failure> {
    let name = source.path.file_name().map(|it| it.to_string_lossy().to_lowercase()).unwrap_or_default();
    let years = name.as_bytes().windows(4).filter_map(|it| std::str::from_utf8(it).ok()?.parse::<i16>().ok());
    let year = years.into_iter().find(|it| (2014..=2099).contains(it)).ok_or_else(|| {
        let shown = source.path.display();
        Failure::input(format!("{shown}: no fiscal year in the name (expected such as icd10cm_order_2026.txt)"))
    })?;
    let first = if name.contains("apr") { (year, 4) } else { (year - 1, 10) };
    let day = |year: i16, month: i8| Date::new(year, month, 1).map_err(|error| Failure::input(error.to_string()));
    Ok((day(first.0, first.1)?, day(year, 10)?))
}

/// The table of every code of all files.
pub(super) fn table(sources: &[&Source]) -> Result<Table, Failure> {
    let mut years = sources.iter().map(|it| Ok((covered(it)?, *it))).collect::<Result<Vec<_>, Failure>>()?;
    years.sort_by_key(|it| it.0);
    if let Some(pair) = years.windows(2).find(|it| it[0].0.0 == it[1].0.0) {
        let (one, other) = (pair[0].1.path.display(), pair[1].1.path.display());
        return Err(Failure::input(format!("{one} and {other} begin on the same day ({})", pair[0].0.0)));
    }
    if let Some(pair) = years.windows(2).find(|it| it[0].0.1 < it[1].0.0) {
        let (end, next) = (pair[0].0.1, pair[1].0.0);
        return Err(Failure::input(format!(
            "no file covers the days from {end} to {next}: every year between is needed"
        )));
    }
    let mut codes: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for ((from, _), source) in &years {
        let mut seen: BTreeMap<String, bool> = BTreeMap::new();
        for (index, line) in source.text.lines().enumerate().filter(|it| !it.1.trim().is_empty()) {
            let message = "expected a number of five digits, a code in columns 7 to 13 and 0 or 1 in column 15";
            let fault = || faulty(source, &Fault { line: index + 1, message: message.to_owned() });
            let (code, billable) = row(line).ok_or_else(fault)?;
            seen.insert(code, billable);
        }
        for (code, spans) in &mut codes {
            if let Some(last) = spans.last_mut().filter(|it| it.until.is_none() && seen.get(code) != Some(&it.billable))
            {
                last.until = Some(*from);
            }
        }
        for (code, billable) in seen {
            let spans = codes.entry(code).or_default();
            if spans.last().is_none_or(|it| it.until.is_some()) {
                spans.push(Span { billable, from: *from, until: None });
            }
        }
    }
    let (first, end) = (years[0].0.0, years[years.len() - 1].0.1);
    let mut text = format!("code,billable,from,until,successors\n*,,{first},{end},\n");
    let mut rows = 0;
    for (code, spans) in &codes {
        for it in spans {
            let from = if it.from == first { String::new() } else { it.from.to_string() };
            let until = it.until.map(|it| it.to_string()).unwrap_or_default();
            let _ = writeln!(text, "{code},{},{from},{until},", if it.billable { "yes" } else { "no" });
            rows += 1;
        }
    }
    Ok(Table { text, rows, read: rows })
}
