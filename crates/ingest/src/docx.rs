//! DOCX: paragraphs and tables of the body, headers, footers and notes; deleted and hidden text left out.

use std::borrow::Cow;

use quick_xml::events::BytesStart;

use crate::body::{Body, Fault, Read};
use crate::flow::{Flow, Piece};
use crate::xml::{Token, Xml, attribute, characters};
use crate::{ErrorKind, Format, Limits, Notice, Origin, Place, Step, package, rtf};

/// Elements that hold no text of the document, or the text of a revision that was deleted or moved away.
const SKIPPED: [&str; 12] = [
    "del",
    "moveFrom",
    "instrText",
    "delInstrText",
    "delText",
    "Fallback",
    "pPr",
    "tblPr",
    "sectPr",
    "rPrChange",
    "sdtPr",
    "tblGrid",
];

/// The text of a DOCX file.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Read, Fault> {
    let mut archive = package::open(Cow::Borrowed(bytes), Format::Docx, limits)?;
    let mut names: Vec<String> = archive.file_names().flatten().map(Cow::into_owned).collect();
    names.sort();
    let mut budget = limits.expanded_bytes;
    let mut body = Body::default();
    let mut texts: Vec<String> = Vec::new();
    let mut found = false;
    for (prefix, part) in PARTS {
        for name in names.iter().filter(|it| is_part(it, prefix)) {
            let Some(index) = archive.index_for_name(name) else { continue };
            let bytes = package::entry(&mut archive, index, Format::Docx, &mut budget, limits)?;
            let piece = part_text(&bytes, limits, &mut body.notices)?;
            found |= part.is_none();
            // The same header for the first and the other pages is one.
            if piece.is_blank() || (part.is_some() && texts.contains(&piece.text)) {
                continue;
            }
            texts.extend(part.map(|_| piece.text.clone()));
            add(&mut body.piece, piece, *part);
        }
    }
    if !found {
        return Err(ErrorKind::Malformed { format: Format::Docx, expected: "a document part" }.into());
    }
    if body.piece.text.len() > limits.text_bytes {
        return Err(ErrorKind::TooLarge(limits.text_bytes).into());
    }
    Ok(body.into())
}

/// The parts that are read, in this order, with their name in places; the body has none.
const PARTS: &[(&str, Option<&str>)] = &[
    ("word/header", Some("header")),
    ("word/document", None),
    ("word/footnotes", Some("footnotes")),
    ("word/endnotes", Some("endnotes")),
    ("word/footer", Some("footer")),
];

/// Whether a name is the prefix, a number or none, and `.xml`.
fn is_part(name: &str, prefix: &str) -> bool {
    let number = name.strip_prefix(prefix).and_then(|it| it.strip_suffix(".xml"));
    number.is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()))
}

fn add(piece: &mut Piece, part: Piece, name: Option<&'static str>) {
    piece.newline();
    let outer = Place(name.map(Step::Part).into_iter().collect());
    let origins = part.origins.into_iter().map(|it| Origin { place: outer.within(&it.place), ..it }).collect();
    piece.append(Piece { text: part.text, origins });
}

/// Properties of the text, as the elements around it set them.
struct Reader {
    flow: Flow,
    /// Whether the text of each open run is left out.
    runs: Vec<bool>,
    in_text: bool,
    in_properties: bool,
    paragraph: u32,
    pictures: u32,
    left_out: bool,
    embedded: bool,
}

fn part_text(bytes: &[u8], limits: &Limits, notices: &mut Vec<Notice>) -> Result<Piece, Fault> {
    let decoded = characters(bytes);
    let mut xml = Xml::new(&decoded.text, Format::Docx, limits);
    let mut reader = Reader {
        flow: Flow::new(limits),
        runs: Vec::new(),
        in_text: false,
        in_properties: false,
        paragraph: 0,
        pictures: 0,
        left_out: false,
        embedded: false,
    };
    // The depth of the outermost element that is left out.
    let mut skipped: Option<usize> = None;
    loop {
        let token = xml.next().map_err(|kind| reader.fault(kind))?;
        match token {
            Token::End => break,
            _ if reader.flow.failed() => break,
            Token::Open(tag) if skipped.is_none() => {
                let name = tag.local_name().into_inner();
                if SKIPPED.contains(&name) {
                    skipped = Some(xml.depth());
                    reader.left_out |= matches!(name, "del" | "moveFrom" | "delText") && !reader.in_properties;
                } else {
                    reader.open(name, &tag);
                }
            }
            Token::Close(_) if skipped.is_some_and(|it| xml.depth() < it) => skipped = None,
            Token::Close(tag) if skipped.is_none() => reader.close(tag.local_name().into_inner()),
            Token::Text(text) if skipped.is_none() => reader.text(&text),
            _ => {}
        }
    }
    if reader.embedded {
        return Err(ErrorKind::Unresolved("an embedded file (open and save it with a word processor)").into());
    }
    let add = |notices: &mut Vec<Notice>, notice: Notice| {
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    };
    if reader.left_out {
        add(notices, Notice::DeletedText);
    }
    if reader.pictures > 0 {
        add(notices, Notice::Pictures(reader.pictures));
    }
    reader.flow.finish()
}

impl Reader {
    fn fault(&self, kind: ErrorKind) -> Fault {
        Fault { place: Place::from(Step::Paragraph(self.paragraph.max(1))), kind }
    }

    fn open(&mut self, name: &str, tag: &BytesStart<'_>) {
        match name {
            "p" if !self.flow.in_table() => self.paragraph += 1,
            "r" => self.runs.push(false),
            "rPr" | "trPr" => self.in_properties = true,
            "vanish" | "strike" | "dstrike" | "webHidden" if self.in_properties && is_on(tag) => {
                if let Some(run) = self.runs.last_mut() {
                    *run = true;
                }
            }
            "t" => self.in_text = true,
            "tab" | "ptab" => self.glue("\t"),
            "br" | "cr" => self.glue("\n"),
            "noBreakHyphen" => self.glue("-"),
            "sym" => {
                let code = attribute(tag, "char").and_then(|it| u32::from_str_radix(&it, 16).ok());
                let character = code.map(|it| rtf::symbol((it & 0xff) as u8));
                self.visible(&character.map(String::from).unwrap_or_default());
            }
            "tbl" => self.flow.open_table(),
            "tr" => self.flow.open_row(),
            "blip" | "imagedata" => self.pictures += 1,
            "altChunk" => self.embedded = true,
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" => self.flow.glue("\n"),
            "r" => {
                self.runs.pop();
            }
            "rPr" | "trPr" => self.in_properties = false,
            "t" => self.in_text = false,
            "tc" => self.flow.close_cell(),
            "tr" => self.flow.close_row(),
            "tbl" => self.flow.close_table(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_text {
            self.visible(text);
        }
    }

    /// Text of the document, unless its run is hidden or struck.
    fn visible(&mut self, text: &str) {
        if self.runs.last() == Some(&true) {
            self.left_out |= !text.trim().is_empty();
            return;
        }
        let place = self.flow.place(Step::Paragraph(self.paragraph.max(1)));
        self.flow.push(text, place);
    }

    fn glue(&mut self, text: &str) {
        if self.runs.last() != Some(&true) {
            self.flow.glue(text);
        }
    }
}

/// Whether a property that is on or off is on.
fn is_on(tag: &BytesStart<'_>) -> bool {
    !matches!(attribute(tag, "val").as_deref(), Some("0" | "false" | "off" | "none"))
}
