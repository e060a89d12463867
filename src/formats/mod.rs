//! Bytes to notes: one file per format. Nothing here quotes a note: faults and notices give places only.

pub mod jsonl;
pub mod text;

use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs::WINDOWS_1252;
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use crate::Note;

/// Largest note that is read where the caller sets no other limit: 4 MiB.
pub const MAX_NOTE_BYTES: usize = 4 << 20;

/// A note as it arrived, with what a person should know about how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The note.
    pub note: Note,
    /// Where it came from.
    pub place: Place,
    /// What was odd about it.
    pub notices: Vec<Notice>,
}

/// Where something stands in the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Path or name of the source.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in bytes, from 1.
    pub column: Option<usize>,
}

impl Place {
    /// A whole file.
    pub fn file(name: impl Into<String>) -> Place {
        Place { file: name.into(), ..Place::default() }
    }

    /// A line of a file.
    pub fn line(name: impl Into<String>, line: usize) -> Place {
        Place { file: name.into(), line: Some(line), column: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for part in self.line.iter().chain(&self.column) {
            write!(f, ":{part}")?;
        }
        Ok(())
    }
}

/// Something odd about a note that was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The bytes were not UTF-8.
    Windows1252,
    /// There are NUL characters in the text.
    Nul,
    /// There is nothing to read in it.
    Blank,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Notice::Windows1252 => "is not UTF-8 and was read as Windows-1252",
            Notice::Nul => "holds NUL characters",
            Notice::Blank => "holds no text",
        })
    }
}

/// An input that could not be read as a note: where, and what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {kind}")]
pub struct Fault {
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub kind: FaultKind,
}

impl Fault {
    /// A fault at a place.
    pub fn new(place: Place, kind: FaultKind) -> Fault {
        Fault { place, kind }
    }
}

/// What can be wrong with an input.
#[derive(Debug, thiserror::Error)]
pub enum FaultKind {
    /// The system could not read it.
    #[error("cannot be read: {}", plain(.0))]
    Io(#[from] io::Error),
    /// It is larger than allowed; the rest was not read.
    #[error("is larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// Too many NUL bytes for a text.
    #[error("is not text: binary, or UTF-16 without a byte order mark")]
    NotText,
    /// The line is not JSON.
    #[error("is not JSON (expected one object a line, with `id` and `text`)")]
    NotJson,
    /// The line is JSON and not an object, or names a field twice.
    #[error("is not an object with `id` and `text`, each once")]
    NotObject,
    /// A field is missing.
    #[error("has no `{0}` (expected {1})")]
    Missing(&'static str, &'static str),
    /// A field holds something else than it must.
    #[error("`{0}` is not {1}")]
    Wrong(&'static str, &'static str),
}

/// The message of a system error without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

/// What a stream holds, by its first non-blank byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One note as plain text.
    Text,
    /// One JSON object a line.
    Jsonl,
}

/// A stream in UTF-8 (a UTF-16 byte order mark is heeded, a UTF-8 one dropped), buffered.
pub type Decoded<R> = BufReader<DecodeReaderBytes<R, Vec<u8>>>;

/// Decodes a stream by its byte order mark; without one the bytes pass as they are.
pub fn decoded<R: Read>(reader: R) -> Decoded<R> {
    BufReader::new(DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(reader))
}

/// Looks at the first non-blank byte of a stream and gives the stream back whole.
pub fn sniff<R: BufRead>(mut reader: R) -> io::Result<(Format, impl BufRead)> {
    const ENOUGH: usize = 1 << 16;
    let mut head = Vec::new();
    while head.len() < ENOUGH && head.iter().all(u8::is_ascii_whitespace) {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        head.extend_from_slice(chunk);
        let read = chunk.len();
        reader.consume(read);
    }
    let first = head.iter().find(|it| !it.is_ascii_whitespace());
    let format = if first == Some(&b'{') { Format::Jsonl } else { Format::Text };
    Ok((format, Cursor::new(head).chain(reader)))
}

/// Bytes as text: UTF-8, else Windows-1252 with a notice.
fn decode(bytes: Vec<u8>) -> (String, Option<Notice>) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(error.as_bytes());
            (text.into_owned(), Some(Notice::Windows1252))
        }
    }
}

/// What is odd about a text, after how it was decoded.
fn notices(text: &str, decoding: Option<Notice>) -> Vec<Notice> {
    let blank = text.chars().all(|it| it.is_whitespace() || it == '\u{feff}').then_some(Notice::Blank);
    let nul = text.contains('\0').then_some(Notice::Nul);
    decoding.into_iter().chain(blank).chain(nul).collect()
}
