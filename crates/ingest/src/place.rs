//! Places in a source file that a person can find, and the map from text back to them.

use std::fmt;
use std::ops::Range;

/// One step of a place, from the outside in. All numbers count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A line of a text.
    Line(u32),
    /// A page of a PDF.
    Page(u32),
    /// A paragraph outside tables, in the order of the document.
    Paragraph(u32),
    /// A part of a word processor file other than its body, such as `header` or `footnotes`.
    Part(&'static str),
    /// A cell of a table inside a document.
    TableCell {
        /// Table, in the order of the document.
        table: u32,
        /// Row of the table.
        row: u32,
        /// Column of the row.
        column: u32,
    },
    /// A row of a data table, one column of it if `column` is given.
    Row {
        /// Sheet of a workbook.
        sheet: Option<u32>,
        /// Row of a workbook, line of a CSV file.
        row: u32,
        /// Column.
        column: Option<u32>,
    },
    /// A message of an HL7 file.
    Message(u32),
    /// A segment of an HL7 message.
    Segment {
        /// Three letters, such as `OBX`.
        name: &'static str,
        /// Occurrence of this segment in its message.
        index: u32,
    },
    /// A field of an HL7 segment.
    Field {
        /// Number of the field, 5 of `OBX-5`.
        field: u32,
        /// Repetition of the field.
        repetition: u32,
    },
    /// A section of a C-CDA document.
    Section(u32),
    /// A path of keys and indices in JSON, such as `entry[2].resource.content[0]`.
    Path(String),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Line(line) => write!(f, "line {line}"),
            Step::Page(page) => write!(f, "page {page}"),
            Step::Paragraph(paragraph) => write!(f, "paragraph {paragraph}"),
            Step::Part(part) => f.write_str(part),
            Step::TableCell { table, row, column } => write!(f, "table {table}, row {row}, column {column}"),
            Step::Row { sheet, row, column } => {
                if let Some(sheet) = sheet {
                    write!(f, "sheet {sheet}, ")?;
                }
                write!(f, "row {row}")?;
                match column {
                    Some(column) => write!(f, ", column {column}"),
                    None => Ok(()),
                }
            }
            Step::Message(message) => write!(f, "message {message}"),
            Step::Segment { name, index } => write!(f, "{name} {index}"),
            Step::Field { field, repetition } => write!(f, "field {field}, repetition {repetition}"),
            Step::Section(section) => write!(f, "section {section}"),
            Step::Path(path) => f.write_str(path),
        }
    }
}

/// A place in a file: steps from the outside in; no steps for the whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(pub Vec<Step>);

impl Place {
    /// The whole file.
    pub fn whole() -> Place {
        Place::default()
    }

    /// The place one step further in.
    #[must_use]
    pub fn then(&self, step: Step) -> Place {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Place(steps)
    }

    /// The place `inner` inside this one.
    #[must_use]
    pub fn within(&self, inner: &Place) -> Place {
        Place(self.0.iter().chain(&inner.0).cloned().collect())
    }
}

impl From<Step> for Place {
    fn from(step: Step) -> Place {
        Place(vec![step])
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

/// A byte range of the text and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// First byte of the text.
    pub start: usize,
    /// End of the range in the text, exclusive.
    pub end: usize,
    /// Place of the first byte. If its last step is a line, lines inside the range count on from it.
    pub place: Place,
}

/// The way from a text back to its source: ranges in order, without overlap.
/// Text between ranges, such as a line end, was added by the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap(pub Vec<Origin>);

impl SourceMap {
    /// The place of a byte of `text`; for a byte that the reader added, the place before it.
    pub fn place(&self, text: &str, offset: usize) -> Option<Place> {
        let after = self.0.partition_point(|origin| origin.start <= offset);
        let origin = self.0.get(after.checked_sub(1)?)?;
        let mut place = origin.place.clone();
        if let Some(Step::Line(line)) = place.0.last_mut() {
            let read = text.as_bytes().get(origin.start..offset.min(origin.end)).unwrap_or_default();
            *line += line_ends(read);
        }
        Some(place)
    }

    /// The ranges that touch a range of the text.
    pub fn origins(&self, range: Range<usize>) -> impl Iterator<Item = &Origin> {
        self.0.iter().filter(move |origin| origin.start < range.end && range.start < origin.end)
    }
}

/// The number of line ends: `\n`, `\r\n` or a lone `\r`.
fn line_ends(bytes: &[u8]) -> u32 {
    let mut count = 0;
    let mut previous = 0;
    for &byte in bytes {
        match byte {
            b'\r' => count += 1,
            b'\n' if previous != b'\r' => count += 1,
            _ => {}
        }
        previous = byte;
    }
    count
}
