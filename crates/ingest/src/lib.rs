//! Bytes of a file to operative notes with their provenance.
//!
//! [`read_file`] is pure: it reads no other file, no network and no clock, and everything in the input leads to
//! an [`Item`]: a document, a status message, a skipped part with its reason, or an error with its place.
//! Nothing but [`Document::text`] and its metadata holds words of a note; errors and notices give places only.
//!
//! | file | what it reads |
//! | --- | --- |
//! | `detect`, `format` | which format a file has |
//! | `decode`, `date` | characters and dates as they are written |
//! | `delimited`, `xlsx`, `table` | CSV, TSV, XLSX: one note a row |
//! | `json` | JSON and JSON lines |
//! | `hl7` | HL7 v2 messages |
//! | `fhir`, `cda` | FHIR R4 in JSON, C-CDA |
//! | `rtf`, `docx`, `pdf`, `html` | documents |
//! | `archive`, `package` | ZIP archives and containers |
//! | `body`, `flow`, `prose`, `xml` | what these share |
//!
//! ```
//! use opnote_ingest::{Item, Options, read_file};
//!
//! let items = read_file("7.txt", b"Lumbar epidural at L4-5.", &Options::default());
//! let [Item::Document(note)] = items.as_slice() else { panic!("one note") };
//! assert_eq!((note.id.as_str(), note.text.as_str()), ("7", "Lumbar epidural at L4-5."));
//! assert_eq!(note.source_map.place(&note.text, 0).unwrap().to_string(), "line 1");
//! ```

mod document;
mod error;
mod format;
mod options;
mod place;

mod archive;
mod body;
mod cda;
mod date;
mod decode;
mod delimited;
mod detect;
mod docx;
mod fhir;
mod flow;
mod hl7;
mod html;
mod json;
mod package;
mod pdf;
mod prose;
mod rtf;
mod table;
mod xlsx;
mod xml;

pub use document::{Authentication, Coded, DateCandidate, DateKind, Document, Item, Metadata, Relation, StatusMessage};
pub use error::{Error, ErrorKind, Notice, SkipReason, Skipped};
pub use format::Format;
pub use options::{Columns, Limits, Options};
pub use place::{Origin, Place, SourceMap, Step};

/// Reads all that a file holds; `name` serves for messages, ids and, where content does not settle it, the format.
pub fn read_file(name: &str, bytes: &[u8], options: &Options) -> Vec<Item> {
    let mut items = Vec::new();
    read_each(name, bytes, options, &mut |it| items.push(it));
    items
}

/// Reads a file as [`read_file`] does and hands over each item as soon as it is there, so that the
/// notes of a large file are never in memory all at once.
pub fn read_each(name: &str, bytes: &[u8], options: &Options, emit: &mut dyn FnMut(Item)) {
    if bytes.len() > options.limits.file_bytes {
        return emit(Item::Error(ErrorKind::TooLarge(options.limits.file_bytes).at(name, &Place::whole())));
    }
    match detect::detect(name, bytes) {
        Ok(Format::Zip) => archive::read(name, bytes, options, read_entry, emit),
        found => read_as(name, bytes, forced(found, bytes, options.format), options, emit),
    }
}

/// The format of a file by its content first and its name second; or why it is no note.
pub fn detect_format(name: &str, bytes: &[u8]) -> Result<Format, SkipReason> {
    detect::detect(name, bytes)
}

/// Reads an entry of an archive that is no archive itself.
fn read_entry(name: &str, bytes: &[u8], options: &Options, emit: &mut dyn FnMut(Item)) {
    let found = detect::detect(name, bytes);
    let asked = options.format.filter(|it| *it != Format::Zip);
    read_as(name, bytes, forced(found, bytes, asked), options, emit);
}

/// The format that a file is read as: the one that was asked for, where its bytes are text; else its own.
pub fn chosen_format(name: &str, bytes: &[u8], options: &Options) -> Result<Format, SkipReason> {
    forced(detect::detect(name, bytes), bytes, options.format)
}

/// The format that was asked for; what is certainly no text stays what it is.
fn forced(found: Result<Format, SkipReason>, bytes: &[u8], asked: Option<Format>) -> Result<Format, SkipReason> {
    let is_text = match found {
        Ok(Format::Pdf | Format::Docx | Format::Xlsx | Format::Zip) => false,
        Ok(_) => true,
        // Markup of a kind that is not read.
        Err(SkipReason::Unsupported(_)) => bytes.trim_ascii_start().starts_with(b"<"),
        Err(_) => false,
    };
    match asked {
        Some(format) if is_text => Ok(format),
        _ => found,
    }
}

fn read_as(
    name: &str,
    bytes: &[u8],
    format: Result<Format, SkipReason>,
    options: &Options,
    emit: &mut dyn FnMut(Item),
) {
    let format = match format {
        Ok(it) => it,
        Err(reason) => return emit(Item::Skipped(Skipped { file: name.to_owned(), place: Place::whole(), reason })),
    };
    match format {
        Format::Json => json::read(name, bytes, options, emit),
        Format::Jsonl => json::read_lines(name, bytes, options, emit),
        Format::Csv | Format::Tsv => delimited::read(name, bytes, format, options, emit),
        Format::Xlsx => xlsx::read(name, bytes, options).into_iter().for_each(emit),
        Format::Hl7 => hl7::read(name, bytes, options, emit),
        Format::Fhir => fhir::read(name, bytes, options).into_iter().for_each(emit),
        Format::Zip => archive::read(name, bytes, options, read_entry, emit),
        Format::Text | Format::Ccda | Format::Rtf | Format::Docx | Format::Pdf | Format::Html => {
            emit(body::item(body::read(format, bytes, &options.limits), detect::stem(name), name, format));
        }
    }
}
