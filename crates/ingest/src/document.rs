//! Results of reading: documents with their provenance, status messages, skipped parts, errors.

use jiff::civil::Date;

use crate::{Error, Format, Notice, Place, Skipped, SourceMap};

/// One thing found in a file. A file gives at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A note.
    Document(Box<Document>),
    /// A message about a document that brings no text: signed, canceled, changed.
    Status(Box<StatusMessage>),
    /// No note of a known kind.
    Skipped(Skipped),
    /// Could not be read.
    Error(Error),
}

/// A note as text, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The document's own id where the source names one, else the name of the file with a number.
    pub id: String,
    /// The text, in UTF-8.
    pub text: String,
    /// Name of the file; inside an archive, `archive.zip/entry`.
    pub file: String,
    /// Place of the document in the file.
    pub place: Place,
    /// Format of the file.
    pub format: Format,
    /// Dates that the source gives outside the text, the likeliest date of service first.
    pub dates: Vec<DateCandidate>,
    /// Metadata of the source.
    pub metadata: Metadata,
    /// From ranges of the text to places in the file.
    pub source_map: SourceMap,
    /// Oddities a person should know of.
    pub notices: Vec<Notice>,
}

/// A date that the source gives outside the text of the note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateCandidate {
    /// The day.
    pub date: Date,
    /// Event that is dated.
    pub kind: DateKind,
    /// The name of its field, such as `TXA-4` or `context.period.start`.
    pub label: String,
}

/// Meaning of a date, the likeliest date of service first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateKind {
    /// Date of service.
    Service,
    /// Date of the procedure.
    Procedure,
    /// Date of a visit or observation.
    Encounter,
    /// Date of dictation or authorship.
    Dictated,
    /// Date of admission.
    Admitted,
    /// Date of transcription, printing or filing.
    Filed,
    /// Date of signature.
    Signed,
}

/// Metadata of a document, as the source gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// HL7 message control id.
    pub message_control_id: Option<String>,
    /// HL7 message type and trigger, such as `MDM^T02`.
    pub message_type: Option<String>,
    /// Unique number of the document.
    pub document_number: Option<String>,
    /// Number of the document that this one adds to or replaces.
    pub parent_document: Option<String>,
    /// Relation to the parent document, or to the earlier version.
    pub relation: Option<Relation>,
    /// Type of the document as coded or named by the source.
    pub document_type: Option<String>,
    /// Completion status as the source codes it, such as `LA` or `final`.
    pub completion: Option<String>,
    /// Availability or record status as the source codes it, such as `AV` or `current`.
    pub availability: Option<String>,
    /// Whether the author has signed.
    pub authentication: Authentication,
    /// Procedures that were ordered or listed: a claim to compare with the note, never evidence.
    pub ordered_procedures: Vec<Coded>,
    /// Codes that were billed.
    pub billed_codes: Vec<String>,
}

/// Relation of a document to another one. The caller scores the parent again and adds no second encounter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Adds to its parent.
    Addendum,
    /// Takes the place of its parent.
    Replacement,
    /// Takes the place of the earlier version with the same number.
    Edit,
    /// Withdraws the document.
    Cancel,
    /// Changes the status of the document.
    StatusChange,
}

/// Whether the author has signed a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// Signed.
    Authenticated,
    /// Not signed: a document that cannot be billed yet.
    NotAuthenticated,
    /// The source does not say.
    #[default]
    Unknown,
}

/// A coded or named concept as the source writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coded {
    /// The code.
    pub code: Option<String>,
    /// The words.
    pub text: Option<String>,
    /// The code system.
    pub system: Option<String>,
    /// Field of the source, such as `PR1-3`.
    pub label: String,
}

/// A message about a document that brings no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusMessage {
    /// Name of the file.
    pub file: String,
    /// Place of the message in the file.
    pub place: Place,
    /// Dates of the message.
    pub dates: Vec<DateCandidate>,
    /// Content of the message; `document_number` names the document, `relation` the change.
    pub metadata: Metadata,
    /// Oddities a person should know of.
    pub notices: Vec<Notice>,
}
