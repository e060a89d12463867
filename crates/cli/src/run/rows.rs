//! Rows of a part in the format of its run.

use std::io::Write;
use std::path::Path;

use opnote::Lexicon;
use opnote::report::Report;
use opnote_parquet::Table;
use serde::Serialize;
use serde_json::{Value, json};

use super::log::begin;
use super::part::Whole;
use crate::args::PartFormat;
use crate::failure::Failure;
use crate::render::{fhir, parquet, table};

/// The rows of one note, or of one failure.
pub(crate) enum Rows {
    /// Lines of text.
    Lines(String),
    /// A row of a Parquet file.
    Nested(Value),
}

/// A part that is being written.
pub(crate) enum PartFile {
    /// Lines of text.
    Lines(Box<Whole>),
    /// A Parquet file.
    Table(Box<Table<Whole>>),
}

/// A line for an input without a result.
#[derive(Serialize)]
struct ErrorRow<'a> {
    schema: u32,
    error: &'a str,
}

/// The rows of a note.
pub(crate) fn rows(format: PartFormat, report: &Report, note: &str, lexicon: &Lexicon) -> Rows {
    match format {
        // A report serializes: it holds no maps with keys other than text and no fallible parts.
        PartFormat::Jsonl => Rows::Lines(serde_json::to_string(report).unwrap_or_default() + "\n"),
        PartFormat::Csv => Rows::Lines(table::part_rows(report, lexicon)),
        PartFormat::Fhir => Rows::Lines(fhir::render(report, note, lexicon)),
        PartFormat::Parquet => Rows::Nested(parquet::row(report, lexicon)),
    }
}

/// The row of an input that could not be read or worked.
pub(crate) fn error_row(format: PartFormat, message: &str) -> Rows {
    match format {
        PartFormat::Jsonl => {
            let row = ErrorRow { schema: opnote::report::SCHEMA, error: message };
            // A row serializes: it is text and a number.
            Rows::Lines(serde_json::to_string(&row).unwrap_or_default() + "\n")
        }
        PartFormat::Csv => Rows::Lines(table::error_row(message)),
        PartFormat::Fhir => {
            let issue = json!({"severity": "error", "code": "processing", "diagnostics": message});
            Rows::Lines(json!({"resourceType": "OperationOutcome", "issue": [issue]}).to_string() + "\n")
        }
        PartFormat::Parquet => Rows::Nested(parquet::error_row(message)),
    }
}

impl PartFile {
    /// Begins a part in the folder of a run.
    pub(crate) fn begin(folder: &Path, number: u64, format: PartFormat) -> Result<PartFile, Failure> {
        let mut whole = begin(folder, number, format.ending())?;
        match format {
            PartFormat::Csv => whole.write_all(table::part_header().as_bytes()).map_err(Failure::output)?,
            PartFormat::Jsonl | PartFormat::Fhir => {}
            PartFormat::Parquet => {
                let table = Table::new(whole, &parquet::schema()).map_err(Failure::output)?;
                return Ok(PartFile::Table(Box::new(table)));
            }
        }
        Ok(PartFile::Lines(Box::new(whole)))
    }

    /// Adds rows of the format that the part was begun with.
    pub(crate) fn put(&mut self, rows: &Rows) -> Result<(), Failure> {
        match (self, rows) {
            (PartFile::Lines(file), Rows::Lines(lines)) => file.write_all(lines.as_bytes()).map_err(Failure::output),
            (PartFile::Table(table), Rows::Nested(row)) => table.push(row).map_err(Failure::output),
            _ => Err(Failure::output(std::io::Error::other("rows of another format"))),
        }
    }

    /// The file with all its rows, which is still to be put in its place.
    pub(crate) fn finish(self) -> Result<Whole, Failure> {
        match self {
            PartFile::Lines(file) => Ok(*file),
            PartFile::Table(table) => table.finish().map_err(Failure::output),
        }
    }
}
