//! Errors, skipped files and notices: each gives a place and what was expected, never text of a note.

use std::fmt;

use crate::{Format, Place};

/// A file, or a part of one, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}{place}: {kind}", if place.0.is_empty() { "" } else { ": " })]
pub struct Error {
    /// Name of the file; inside an archive, `archive.zip/entry`.
    pub file: String,
    /// Place in the file.
    pub place: Place,
    /// Kind of the error.
    pub kind: ErrorKind,
}

/// Kinds of errors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file, or what it expands to, is larger than allowed.
    #[error("larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// A compressed part expands more than any honest document does.
    #[error("expands to more than {0} times its size")]
    ExpansionRatio(usize),
    /// Groups, elements, tables or archives are nested too deeply.
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
    /// An archive has too many entries.
    #[error("more than {0} entries")]
    TooManyEntries(usize),
    /// A table has too many cells, or a document too many parts.
    #[error("more than {0} cells or parts")]
    TooManyCells(usize),
    /// The file ends before it should.
    #[error("ends early (expected {0})")]
    Truncated(&'static str),
    /// The file is not what its format requires.
    #[error("not valid {format} (expected {expected})")]
    Malformed {
        /// The format it was read as.
        format: Format,
        /// Expected content.
        expected: &'static str,
    },
    /// A field or column is missing.
    #[error("no {0} (expected {1})")]
    Missing(&'static str, &'static str),
    /// A field holds something else than it must.
    #[error("{0} is not {1}")]
    Wrong(&'static str, &'static str),
    /// The file needs a password.
    #[error("encrypted (expected a file that opens without a password)")]
    Encrypted,
    /// XML with a document type declaration, which could define or fetch entities.
    #[error("document type declarations and entities of its own are not read (expected XML without them)")]
    Doctype,
    /// The name of an archive entry leads out of the archive.
    #[error("entry {0} has a name that leads out of the archive (expected a plain relative path)")]
    UnsafeName(usize),
    /// A document refers to text that is not in the file.
    #[error("refers to {0} that is not in this file")]
    Unresolved(&'static str),
    /// The text is in an encoding that is not known.
    #[error("text encoding is not known (expected UTF-8, UTF-16 or a named code page)")]
    Encoding,
}

impl ErrorKind {
    /// The error at a place of a file.
    pub(crate) fn at(self, file: &str, place: &Place) -> Error {
        Error { file: file.to_owned(), place: place.clone(), kind: self }
    }
}

/// A file, or a part of one, that is no note of a known kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Name of the file; inside an archive, `archive.zip/entry`.
    pub file: String,
    /// Place in the file.
    pub place: Place,
    /// Reason for not reading it.
    pub reason: SkipReason,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.place.0.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}: skipped, {}", self.file, self.place, self.reason)
    }
}

/// Reasons why an input is no note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkipReason {
    /// No bytes, or only blanks.
    Empty,
    /// A picture: a scan needs optical character recognition first.
    Image,
    /// Sound or video.
    Media,
    /// Bytes that are no text and no known document.
    Binary,
    /// A format that is known and not read, with what to do instead.
    Unsupported(&'static str),
    /// A PDF whose pages have no text.
    NoTextLayer,
    /// A PDF whose fonts do not say which characters they show.
    UnreadableFonts,
    /// An HL7 message, or FHIR or C-CDA document, of another kind than a note.
    OtherKind(&'static str),
    /// A file that the system or an archiver keeps next to documents.
    SystemFile,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::Empty => f.write_str("empty"),
            SkipReason::Image => f.write_str("an image (run optical character recognition first)"),
            SkipReason::Media => f.write_str("sound or video"),
            SkipReason::Binary => f.write_str("binary, of no known format"),
            SkipReason::Unsupported(what) => f.write_str(what),
            SkipReason::NoTextLayer => {
                f.write_str("a PDF without a text layer (run optical character recognition first)")
            }
            SkipReason::UnreadableFonts => {
                f.write_str("a PDF whose fonts do not map to characters (run optical character recognition first)")
            }
            SkipReason::OtherKind(what) => write!(f, "{what}, which holds no note"),
            SkipReason::SystemFile => f.write_str("a file of the operating system"),
        }
    }
}

/// Something odd about a note that was read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The bytes were not UTF-8 and were read in this code page.
    Decoded(&'static str),
    /// A text inside the file was itself RTF, HTML or C-CDA, and was read as such.
    Inner(Format),
    /// Some bytes are no characters of the encoding and were replaced.
    Replaced,
    /// The text has NUL characters.
    Nul,
    /// A column was chosen by its header.
    ColumnGuessed {
        /// Role of the column: `id`, `text`, `date`, `billed`.
        role: &'static str,
        /// Column, from 1.
        column: u32,
        /// The known header that it carries.
        header: &'static str,
    },
    /// No column for the id; notes are numbered by row.
    NumberedByRow,
    /// A date column, or field, could not be read as a date.
    DateNotRead(Place),
    /// Day and month of a date may be exchanged; it was read as the flag says.
    DateOrder {
        /// Whether dates were read with the day first.
        day_first: bool,
    },
    /// Deleted, struck or hidden text was left out.
    DeletedText,
    /// Pages without text, such as scans, in a document with text.
    PagesWithoutText(u32),
    /// Characters that the fonts of a PDF do not map.
    UnmappedCharacters(u32),
    /// Pictures, whose text is not read.
    Pictures(u32),
    /// An addendum or replacement does not name its parent document.
    ParentMissing,
    /// One of several renditions of the same document was read.
    OtherRenditions(u32),
    /// Attachments or parts that are no text, with the reason.
    PartSkipped(Place, SkipReason),
    /// A line of an HL7 file belongs to the segment before it.
    BrokenSegment,
    /// The document ends before its format says so; what is there was read.
    EndsEarly,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Decoded(encoding) => write!(f, "not UTF-8, read as {encoding}"),
            Notice::Inner(format) => write!(f, "the text is {format} and was read as such"),
            Notice::Replaced => f.write_str("some bytes are no characters and were replaced"),
            Notice::Nul => f.write_str("NUL characters in the text"),
            Notice::ColumnGuessed { role, column, header } => {
                write!(f, "{role} taken from column {column}, by its header \"{header}\"")
            }
            Notice::NumberedByRow => f.write_str("no id column found, notes are numbered by row"),
            Notice::DateNotRead(place) => write!(f, "{place}: not a date"),
            Notice::DateOrder { day_first: true } => f.write_str("dates read with the day first"),
            Notice::DateOrder { day_first: false } => f.write_str("dates read with the month first"),
            Notice::DeletedText => f.write_str("deleted, struck or hidden text left out"),
            Notice::PagesWithoutText(count) => write!(f, "{count} pages without text"),
            Notice::UnmappedCharacters(count) => write!(f, "{count} characters without a meaning in their font"),
            Notice::Pictures(count) => write!(f, "{count} pictures not read"),
            Notice::ParentMissing => f.write_str("addendum or replacement without a parent document number"),
            Notice::OtherRenditions(count) => write!(f, "{count} other renditions of the document not read"),
            Notice::PartSkipped(place, reason) => write!(f, "{place}: skipped, {reason}"),
            Notice::BrokenSegment => f.write_str("a line that is no segment was joined to the segment before it"),
            Notice::EndsEarly => f.write_str("the file ends early, read as far as it goes"),
        }
    }
}
