//! Results as CSV: one row a proposal, one row for a note without any.

use opnote::Lexicon;
use opnote::report::Report;

use super::columns::{COLUMNS, Cell, rows as rows_of};

/// The last column of a part of a run: why an input has no result.
const ERROR: &str = "error";

/// The line of column names.
pub(crate) fn header() -> String {
    line(COLUMNS.iter().filter(|it| it.in_csv).map(|it| it.name.to_owned()))
}

/// The rows of one note. Several values in a cell are separated by semicolons.
pub(crate) fn rows(report: &Report, lexicon: &Lexicon) -> String {
    let cells = |row| COLUMNS.iter().filter(|it| it.in_csv).map(move |it| safe(written((it.cell)(&row))));
    rows_of(report, lexicon).into_iter().map(|row| line(cells(row))).collect()
}

/// The line of column names of a part of a run.
pub(crate) fn part_header() -> String {
    line(COLUMNS.iter().filter(|it| it.in_csv).map(|it| it.name.to_owned()).chain([ERROR.to_owned()]))
}

/// The rows of one note in a part of a run.
pub(crate) fn part_rows(report: &Report, lexicon: &Lexicon) -> String {
    let cells = |row| COLUMNS.iter().filter(|it| it.in_csv).map(move |it| safe(written((it.cell)(&row))));
    rows_of(report, lexicon).into_iter().map(|row| line(cells(row).chain([String::new()]))).collect()
}

/// The row of an input without a result.
pub(crate) fn error_row(message: &str) -> String {
    let empty = COLUMNS.iter().filter(|it| it.in_csv).map(|_| String::new());
    line(empty.chain([safe(message.to_owned())]))
}

fn written(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text,
        Cell::Count(count) => count.to_string(),
        Cell::Chance(chance) => format!("{chance:.3}"),
        Cell::Day(day) => day.to_string(),
    }
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe before it.
pub(crate) fn safe(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell
    }
}

pub(crate) fn line(cells: impl Iterator<Item = String>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(cells.map(String::into_bytes));
    writer.into_inner().map(|it| String::from_utf8_lossy(&it).into_owned()).unwrap_or_default()
}
