//! A note as it arrived: its text, where it came from, and what its file says beside the text.

use jiff::civil::Date;
use opnote::Note;
use opnote::formats::Received;
use opnote_ingest::{
    Authentication, Coded, DateCandidate, DateKind, Document, Item, Metadata, Notice, SkipReason, Skipped, SourceMap,
    Step,
};
use serde::{Deserialize, Serialize};

/// A note with its provenance.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The note. Its date is the one that arrived with it, if that is one of service.
    pub note: Note,
    /// The file, and the place in it, for messages.
    pub place: String,
    /// The file alone.
    pub file: String,
    /// Line of the file, for JSON lines.
    pub line: Option<usize>,
    /// Oddities a person should know of.
    pub notices: Vec<Remark>,
    /// Provenance beyond the text; none for text files and JSON lines with `id`, `text` and `service_date`.
    pub source: Option<Box<Source>>,
}

/// An oddity of a note or of the file that it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remark {
    /// The oddity, without text of the note.
    pub text: String,
    /// The file, where the remark holds for the whole of it and is made once.
    pub file: Option<String>,
}

/// The document that a note was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Source {
    /// Name of the format, in lower case.
    pub format: String,
    /// Place of the document in its file; empty for the whole file.
    pub place: String,
    /// Number of the document, unique where it comes from.
    pub number: Option<String>,
    /// Number of the document that this one amends.
    pub parent: Option<String>,
    /// How it amends an earlier document.
    pub relation: Option<Relation>,
    /// Type of the document.
    pub document_type: Option<String>,
    /// Completion status.
    pub completion: Option<String>,
    /// Whether the author has signed; none if the source does not say.
    pub authenticated: Option<bool>,
    /// Dates outside the text, the likeliest date of service first.
    pub dates: Vec<SourceDate>,
    /// Procedures that were ordered or listed.
    pub ordered: Vec<Claim>,
    /// Codes that were billed.
    pub billed: Vec<String>,
    /// Numbers, or else ids, of the documents that amended this one and whose text is part of the note.
    pub amended_by: Vec<String>,
    /// The way back from the text to the file.
    pub map: Vec<Stretch>,
}

/// Relation of a document to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Relation {
    /// Adds to its parent.
    Addendum,
    /// Takes the place of its parent.
    Replacement,
    /// Takes the place of the earlier version with the same number.
    Edit,
    /// Withdraws the document.
    Cancel,
    /// Changes the status of the document.
    Status,
}

/// A date outside the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceDate {
    /// The day.
    pub date: Date,
    /// Meaning of the date: `service`, `procedure`, `encounter`, `dictated` …
    pub kind: String,
    /// The name of its field.
    pub label: String,
    /// Whether it is a date of service, and not of paperwork.
    pub of_service: bool,
}

/// A procedure as it was ordered: a claim to compare with the note, never evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// The code.
    pub code: Option<String>,
    /// The words.
    pub text: Option<String>,
    /// The code system.
    pub system: Option<String>,
    /// The field.
    pub label: String,
}

/// A byte range of the text with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// The place, without the line where lines count on inside the range.
    pub place: String,
    /// Line of the first byte, where lines count on.
    pub line: Option<u32>,
}

/// An item of a file as it leaves the reader, and as it passes between processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Frame {
    /// A note.
    Document {
        /// Its id.
        id: String,
        /// Its text.
        text: String,
        /// The file and the place in it.
        place: String,
        /// Oddities.
        notices: Vec<Remark>,
        /// Provenance.
        source: Box<Source>,
    },
    /// A message that brings no text: a document was signed, changed or canceled.
    Status {
        /// The file and the place in it.
        place: String,
        /// `number`, `relation` and the new status.
        source: Box<Source>,
    },
    /// No note of a known kind.
    Skipped(Left),
    /// Could not be read.
    Fault(String),
    /// The end of the file; without it the reader ended early.
    End,
}

/// A file, or a part of one, that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Left {
    /// The file, the place and the reason.
    pub message: String,
    /// The reason, for counts.
    pub reason: String,
    /// Whether it may be a note that cannot be read, rather than no note.
    pub unread: bool,
}

impl Incoming {
    /// A note of a text file or of JSON lines.
    pub(crate) fn plain(received: Received) -> Incoming {
        let remark = |text: String| Remark { text, file: None };
        Incoming {
            note: received.note,
            place: received.place.to_string(),
            file: received.place.file.clone(),
            line: received.place.line,
            notices: received.notices.iter().map(|it| remark(it.to_string())).collect(),
            source: None,
        }
    }

    /// A note of any other file.
    pub(crate) fn document(
        id: String,
        text: String,
        place: String,
        notices: Vec<Remark>,
        source: Box<Source>,
    ) -> Incoming {
        let service_date = source.dates.iter().find(|it| it.of_service).map(|it| it.date);
        let file = place.strip_suffix(&source.place).and_then(|it| it.strip_suffix(": ")).unwrap_or(&place).to_owned();
        let note = Note { id, text, service_date };
        Incoming { note, place, file, line: None, notices, source: Some(source) }
    }
}

impl Frame {
    /// The frame of an item.
    pub(crate) fn of(item: Item) -> Frame {
        match item {
            Item::Document(it) => of_document(*it),
            Item::Status(it) => {
                let source = source(&it.metadata, &it.dates, "", it.place.to_string(), Vec::new());
                Frame::Status { place: place(&it.file, &it.place), source: Box::new(source) }
            }
            Item::Skipped(it) => Frame::Skipped(Left::of(&it)),
            Item::Error(it) => Frame::Fault(it.to_string()),
        }
    }
}

impl Left {
    /// What was skipped, and why.
    pub(crate) fn of(skipped: &Skipped) -> Left {
        Left { message: skipped.to_string(), reason: skipped.reason.to_string(), unread: is_unread(skipped.reason) }
    }
}

impl Source {
    /// The place of a byte of `text` in the file; for a byte that the reader added, the place before it.
    pub(crate) fn place_of(&self, text: &str, offset: usize) -> Option<String> {
        let after = self.map.partition_point(|it| it.start <= offset);
        let stretch = self.map.get(after.checked_sub(1)?)?;
        let Some(first) = stretch.line else { return Some(stretch.place.clone()) };
        let read = text.as_bytes().get(stretch.start..offset.min(stretch.end)).unwrap_or_default();
        let line = first + line_ends(read);
        let comma = if stretch.place.is_empty() { "" } else { ", " };
        Some(format!("{}{comma}line {line}", stretch.place))
    }
}

/// Whether an input may be a note that cannot be read: a scan must not pass for nothing.
fn is_unread(reason: SkipReason) -> bool {
    !matches!(reason, SkipReason::Empty | SkipReason::SystemFile | SkipReason::OtherKind(_))
}

fn of_document(document: Document) -> Frame {
    let place = place(&document.file, &document.place);
    let remark = |it: &Notice| {
        let whole = matches!(
            it,
            Notice::ColumnGuessed { .. } | Notice::NumberedByRow | Notice::DateOrder { .. } | Notice::Decoded(_)
        );
        Remark { text: it.to_string(), file: whole.then(|| document.file.clone()) }
    };
    let notices = document.notices.iter().map(remark).collect();
    let map = stretches(&document.source_map);
    let name = document.format.name();
    let source = Box::new(source(&document.metadata, &document.dates, name, document.place.to_string(), map));
    Frame::Document { id: document.id, text: document.text, place, notices, source }
}

fn place(file: &str, place: &opnote_ingest::Place) -> String {
    if place.0.is_empty() { file.to_owned() } else { format!("{file}: {place}") }
}

fn source(metadata: &Metadata, dates: &[DateCandidate], format: &str, place: String, map: Vec<Stretch>) -> Source {
    Source {
        format: format.to_owned(),
        place,
        number: metadata.document_number.clone(),
        parent: metadata.parent_document.clone(),
        relation: metadata.relation.map(relation),
        document_type: metadata.document_type.clone(),
        completion: metadata.completion.clone(),
        authenticated: match metadata.authentication {
            Authentication::Authenticated => Some(true),
            Authentication::NotAuthenticated => Some(false),
            Authentication::Unknown => None,
        },
        dates: dates.iter().map(source_date).collect(),
        ordered: metadata.ordered_procedures.iter().map(claim).collect(),
        billed: metadata.billed_codes.clone(),
        amended_by: Vec::new(),
        map,
    }
}

fn relation(relation: opnote_ingest::Relation) -> Relation {
    match relation {
        opnote_ingest::Relation::Addendum => Relation::Addendum,
        opnote_ingest::Relation::Replacement => Relation::Replacement,
        opnote_ingest::Relation::Edit => Relation::Edit,
        opnote_ingest::Relation::Cancel => Relation::Cancel,
        opnote_ingest::Relation::StatusChange => Relation::Status,
    }
}

fn source_date(candidate: &DateCandidate) -> SourceDate {
    let kind = match candidate.kind {
        DateKind::Service => "service",
        DateKind::Procedure => "procedure",
        DateKind::Encounter => "encounter",
        DateKind::Dictated => "dictated",
        DateKind::Admitted => "admitted",
        DateKind::Filed => "filed",
        DateKind::Signed => "signed",
    };
    let of_service = matches!(candidate.kind, DateKind::Service | DateKind::Procedure | DateKind::Encounter);
    SourceDate { date: candidate.date, kind: kind.to_owned(), label: candidate.label.clone(), of_service }
}

fn claim(coded: &Coded) -> Claim {
    let Coded { code, text, system, label } = coded.clone();
    Claim { code, text, system, label }
}

fn stretches(map: &SourceMap) -> Vec<Stretch> {
    let stretch = |origin: &opnote_ingest::Origin| {
        let (line, steps) = match origin.place.0.split_last() {
            Some((Step::Line(line), rest)) => (Some(*line), rest.to_vec()),
            _ => (None, origin.place.0.clone()),
        };
        let place = opnote_ingest::Place(steps).to_string();
        Stretch { start: origin.start, end: origin.end, place, line }
    };
    map.0.iter().map(stretch).collect()
}

/// The number of line ends: `\n`, `\r\n` or a lone `\r`.
fn line_ends(bytes: &[u8]) -> u32 {
    let mut count = 0;
    let mut previous = 0;
    for &byte in bytes {
        count += u32::from(byte == b'\r' || byte == b'\n' && previous != b'\r');
        previous = byte;
    }
    count
}
