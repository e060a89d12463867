//! XML as a stream of tags and text, without recursion, document types or entities of its own.

use std::borrow::Cow;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesEnd, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::{ErrorKind, Format, Limits, decode};

/// The next thing in a document. An empty element is an opening and a closing tag.
pub(crate) enum Token<'a> {
    Open(BytesStart<'a>),
    Close(BytesEnd<'a>),
    Text(String),
    End,
}

/// A document that is being read.
pub(crate) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    format: Format,
    depth: usize,
    max_depth: usize,
}

/// The characters of a document by its byte order mark, else by its declaration.
pub(crate) fn characters(bytes: &[u8]) -> decode::Decoded<'_> {
    let head = bytes.get(..200.min(bytes.len())).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let declaration = head.split("?>").next().unwrap_or_default();
    let label = declaration.split_once("encoding=").map(|it| it.1.trim_start_matches(['"', '\'']));
    decode::labeled(bytes, label.and_then(|it| it.split(['"', '\'']).next()))
}

impl<'a> Xml<'a> {
    pub(crate) fn new(text: &'a str, format: Format, limits: &Limits) -> Xml<'a> {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, format, depth: 0, max_depth: limits.depth }
    }

    /// The number of elements that are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn next(&mut self) -> Result<Token<'a>, ErrorKind> {
        loop {
            let event = self.reader.read_event().map_err(|error| self.error(&error))?;
            match event {
                Event::Start(tag) => {
                    self.depth += 1;
                    if self.depth > self.max_depth {
                        return Err(ErrorKind::TooDeep(self.max_depth));
                    }
                    return Ok(Token::Open(tag));
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Token::Close(tag));
                }
                Event::Text(text) => return Ok(Token::Text(text.xml10_content().into_owned())),
                Event::CData(text) => return Ok(Token::Text(text.xml10_content().into_owned())),
                Event::GeneralRef(name) => {
                    let character = name.resolve_char_ref().ok().flatten().map(String::from);
                    let known = || resolve_predefined_entity(&name).map(str::to_owned);
                    return character.or_else(known).map(Token::Text).ok_or(ErrorKind::Doctype);
                }
                Event::DocType(_) => return Err(ErrorKind::Doctype),
                Event::Eof if self.depth > 0 => return Err(ErrorKind::Truncated("a closing tag for every element")),
                Event::Eof => return Ok(Token::End),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    fn error(&self, error: &quick_xml::Error) -> ErrorKind {
        let whole = self.reader.buffer_position() as usize >= self.reader.get_ref().len();
        match error {
            quick_xml::Error::Syntax(_) if whole => ErrorKind::Truncated("the end of the XML document"),
            _ => ErrorKind::Malformed { format: self.format, expected: "well-formed XML" },
        }
    }
}

/// An attribute by its name without prefix.
pub(crate) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let attribute = attributes.with_checks(false).flatten().find(|it| it.key.local_name().into_inner() == name)?;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    Some(value.map_or_else(|_| attribute.value.to_string(), Cow::into_owned))
}
