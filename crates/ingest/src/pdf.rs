//! PDF: the text of its pages in reading order, with page and line; pages without text are named, never passed over.

mod cmap;
mod content;
mod fonts;
mod layout;

use lopdf::{DecompressError, LoadOptions};

use self::content::Interpreter;
use crate::body::{Body, Fault, Read};
use crate::flow::Piece;
use crate::{ErrorKind, Format, Limits, Notice, Place, SkipReason, Step};

/// Largest stream that is expanded, and the content of all pages together, in bytes.
const MAX_STREAM: usize = 64 << 20;

/// The text of a PDF file.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Read, Fault> {
    let start = memchr::memmem::find(bytes, b"%PDF-").unwrap_or(0);
    let bytes = bytes.get(start..).unwrap_or_default();
    let options =
        LoadOptions { max_decompressed_size: Some(limits.expanded_bytes.min(MAX_STREAM)), ..LoadOptions::default() };
    let document = lopdf::Document::load_mem_with_options(bytes, options).map_err(|it| kind_of(&it, limits))?;
    if document.is_encrypted() {
        return Err(ErrorKind::Encrypted.into());
    }
    let mut interpreter = Interpreter::new(&document, limits);
    let mut body = Body::default();
    let (mut pages, mut blank) = (0_u32, 0_u32);
    for page in document.page_iter() {
        pages += 1;
        let place = Place::from(Step::Page(pages));
        let runs = interpreter.page(page).map_err(|kind| Fault { place: place.clone(), kind })?;
        let lines = layout::lines(runs);
        blank += u32::from(lines.iter().all(|it| it.trim().is_empty()));
        add_page(&mut body.piece, &lines, &place);
        if body.piece.text.len() > limits.text_bytes {
            return Err(Fault { place, kind: ErrorKind::TooLarge(limits.text_bytes) });
        }
    }
    if pages == 0 {
        return Err(ErrorKind::Malformed { format: Format::Pdf, expected: "at least one page" }.into());
    }
    let (read, unmapped) = (interpreter.mapped, interpreter.unmapped);
    if read == 0 && unmapped == 0 {
        return Ok(Read::Skipped(SkipReason::NoTextLayer));
    }
    // A few symbols may be missing; a text with holes everywhere is none.
    if unmapped > read / 4 {
        return Ok(Read::Skipped(SkipReason::UnreadableFonts));
    }
    body.notices.extend((unmapped > 0).then_some(Notice::UnmappedCharacters(unmapped)));
    body.notices.extend((blank > 0).then_some(Notice::PagesWithoutText(blank)));
    Ok(body.into())
}

fn add_page(piece: &mut Piece, lines: &[String], page: &Place) {
    let mut number = 0;
    for line in lines {
        // Blank lines are the reader's own: they show where paragraphs end.
        if !line.is_empty() {
            number += 1;
            piece.push(line, page.then(Step::Line(number)));
        }
        piece.glue("\n");
    }
}

/// The error of the library without its message, which may quote the file.
fn kind_of(error: &lopdf::Error, limits: &Limits) -> ErrorKind {
    match error {
        lopdf::Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => {
            ErrorKind::TooLarge(limits.expanded_bytes.min(MAX_STREAM))
        }
        lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) | lopdf::Error::UnsupportedSecurityHandler(_) => {
            ErrorKind::Encrypted
        }
        lopdf::Error::RecursionLimit | lopdf::Error::ReferenceLimit => ErrorKind::TooDeep(limits.depth),
        _ => ErrorKind::Malformed { format: Format::Pdf, expected: "a whole PDF file" },
    }
}
