//! Alpha-numeric files of HCPCS: fixed columns; the first line of each code holds its days.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Fault, Source, Table, day, faulty};
use crate::failure::Failure;

/// Columns of the record: code, record type, first day, day of the last action, last day.
const CODE: Range<usize> = 0..5;
const RECORD: Range<usize> = 10..11;
const ADDED: Range<usize> = 268..276;
const ENDED: Range<usize> = 284..292;
/// Record type of the first line of a code; its further lines hold only more of the description.
const FIRST_LINE: &str = "3";

/// Whether a line is a row of the file: a code, a sequence number, a record type.
pub(super) fn is_row(line: &str) -> bool {
    let code = line.get(CODE).unwrap_or_default();
    let sequence = line.get(5..10).unwrap_or_default();
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    is_code(code) && sequence.len() == 5 && digits(sequence) && matches!(line.get(RECORD), Some("3" | "4"))
}

fn is_code(code: &str) -> bool {
    code.len() == 5
        && code.starts_with(|it: char| it.is_ascii_uppercase())
        && code[1..].bytes().all(|it| it.is_ascii_digit())
}

/// The table of every code; of several files the one named last counts.
pub(super) fn table(sources: &[&Source]) -> Result<Table, Failure> {
    let mut codes: BTreeMap<String, (Date, Option<Date>)> = BTreeMap::new();
    for source in sources {
        for (index, line) in source.text.lines().enumerate().filter(|it| is_row(it.1)) {
            if line.get(RECORD) != Some(FIRST_LINE) {
                continue;
            }
            let cell = |range: Range<usize>| line.get(range).unwrap_or_default().trim();
            let fault = |what: &str, columns: Range<usize>| {
                let columns = format!("{} to {}", columns.start + 1, columns.end);
                let message = format!("{}: {what} in columns {columns} (expected YYYYMMDD)", cell(CODE));
                faulty(source, &Fault { line: index + 1, message })
            };
            let added = day(cell(ADDED)).ok_or_else(|| fault("no first day", ADDED))?;
            let ended = match cell(ENDED) {
                "" => None,
                text => Some(day(text).ok_or_else(|| fault("no last day", ENDED))?),
            };
            // The last day is inclusive in the file, exclusive in the table.
            let until = ended.and_then(|it| it.checked_add(1.day()).ok());
            if until.is_none_or(|it| it > added) {
                codes.insert(cell(CODE).to_owned(), (added, until));
            }
        }
    }
    let mut text = String::from("code,billable,from,until,successors\n");
    for (code, (from, until)) in &codes {
        let until = until.map(|it| it.to_string()).unwrap_or_default();
        let _ = writeln!(text, "{code},yes,{from},{until},");
    }
    Ok(Table { rows: codes.len(), read: codes.len(), text })
}
