//! The text of one document before it has an id: what readers of single documents give, and who reads which format.

use crate::flow::Piece;
use crate::{
    Authentication, DateCandidate, Document, Error, ErrorKind, Format, Item, Limits, Metadata, Notice, Origin, Place,
    SkipReason, Skipped, SourceMap, cda, decode, detect, docx, html, pdf, rtf,
};

/// The text of a document with what the format says about it.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) piece: Piece,
    pub(crate) dates: Vec<DateCandidate>,
    pub(crate) metadata: Metadata,
    pub(crate) notices: Vec<Notice>,
}

/// Result of reading a single document.
pub(crate) enum Read {
    Body(Box<Body>),
    Skipped(SkipReason),
}

impl From<Body> for Read {
    fn from(body: Body) -> Read {
        if body.piece.is_blank() { Read::Skipped(SkipReason::Empty) } else { Read::Body(Box::new(body)) }
    }
}

/// An error before the name of the file is known.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) kind: ErrorKind,
}

impl From<ErrorKind> for Fault {
    fn from(kind: ErrorKind) -> Fault {
        Fault { place: Place::whole(), kind }
    }
}

impl Fault {
    /// The fault of a part, at the place of the part in its file.
    pub(crate) fn within(self, outer: &Place) -> Fault {
        Fault { place: outer.within(&self.place), kind: self.kind }
    }

    pub(crate) fn of_file(self, file: &str) -> Error {
        Error { file: file.to_owned(), place: self.place, kind: self.kind }
    }
}

/// Reads a document of a format that holds one; the other formats hold many and are skipped here.
pub(crate) fn read(format: Format, bytes: &[u8], limits: &Limits) -> Result<Read, Fault> {
    match format {
        // A note with commas inside a message is no table.
        Format::Text | Format::Csv | Format::Tsv => text(bytes, limits),
        Format::Rtf => rtf::read(bytes, limits),
        Format::Docx => docx::read(bytes, limits),
        Format::Pdf => pdf::read(bytes, limits),
        Format::Html => html::read(bytes, limits),
        Format::Ccda => cda::read(bytes, limits),
        Format::Json | Format::Jsonl | Format::Xlsx | Format::Hl7 | Format::Fhir | Format::Zip => {
            Ok(Read::Skipped(SkipReason::Unsupported("a container inside a message")))
        }
    }
}

/// Reads a document inside another file: by its content, with its declared type as a hint.
pub(crate) fn read_part(name: &str, bytes: &[u8], limits: &Limits) -> Result<Read, Fault> {
    match detect::detect(name, bytes) {
        Ok(format) => read(format, bytes, limits),
        Err(reason) => Ok(Read::Skipped(reason)),
    }
}

/// Reads a text of a cell, member or message that may itself be RTF, HTML or C-CDA; its places are inside `place`.
pub(crate) fn read_text(text: &str, place: &Place, limits: &Limits) -> Result<Body, Fault> {
    let mut body = Body::default();
    if let Some(format) = inner_format(text) {
        let read = read(format, text.as_bytes(), limits).map_err(|it| it.within(place))?;
        if let Read::Body(part) = read {
            add_part(&mut body, *part, place);
            body.notices.retain(|it| !matches!(it, Notice::Decoded(_)));
            body.notices.push(Notice::Inner(format));
            return Ok(body);
        }
    }
    if text.len() > limits.text_bytes {
        return Err(Fault { place: place.clone(), kind: ErrorKind::TooLarge(limits.text_bytes) });
    }
    body.piece.push(text, place.clone());
    Ok(body)
}

/// The markup that a text is written in, if any.
pub(crate) fn inner_format(text: &str) -> Option<Format> {
    if !text.trim_start().starts_with(['{', '<']) {
        return None;
    }
    let format = detect::detect("", text.as_bytes()).ok()?;
    matches!(format, Format::Rtf | Format::Html | Format::Ccda).then_some(format)
}

/// Plain text: the text as received.
fn text(bytes: &[u8], limits: &Limits) -> Result<Read, Fault> {
    let decoded = decode::text(bytes);
    if decoded.text.len() > limits.text_bytes {
        return Err(ErrorKind::TooLarge(limits.text_bytes).into());
    }
    let mut piece = Piece::default();
    piece.push(&decoded.text, Place::from(crate::Step::Line(1)));
    Ok(Body { piece, notices: decoded.notices, ..Body::default() }.into())
}

/// The item of a document, or what stopped it.
pub(crate) fn item(read: Result<Read, Fault>, id: &str, file: &str, format: Format) -> Item {
    match read {
        Ok(Read::Body(body)) => {
            let id = body.metadata.document_number.clone().unwrap_or_else(|| id.to_owned());
            Item::Document(Box::new(document(*body, id, file, &Place::whole(), format)))
        }
        Ok(Read::Skipped(reason)) => Item::Skipped(Skipped { file: file.to_owned(), place: Place::whole(), reason }),
        Err(fault) => Item::Error(fault.of_file(file)),
    }
}

/// A document from its body.
pub(crate) fn document(body: Body, id: String, file: &str, place: &Place, format: Format) -> Document {
    let mut notices = body.notices;
    if body.piece.text.contains('\0') && !notices.contains(&Notice::Nul) {
        notices.push(Notice::Nul);
    }
    let mut dates = body.dates;
    dates.sort_by_key(|it| it.kind);
    Document {
        id,
        text: body.piece.text,
        file: file.to_owned(),
        place: place.clone(),
        format,
        dates,
        metadata: body.metadata,
        source_map: SourceMap(body.piece.origins),
        notices,
    }
}

/// Adds the body of a part to a body: its text on a new line, its places inside `outer`.
pub(crate) fn add_part(body: &mut Body, part: Body, outer: &Place) {
    body.piece.newline();
    let origins = part.piece.origins.into_iter().map(|it| Origin { place: outer.within(&it.place), ..it }).collect();
    body.piece.append(Piece { text: part.piece.text, origins });
    body.dates.extend(part.dates);
    body.notices.extend(part.notices);
    if body.metadata.authentication == Authentication::Unknown {
        body.metadata.authentication = part.metadata.authentication;
    }
}
