//! The syntax of HL7 v2: messages, segments, fields, repetitions, components, escapes.

use std::collections::BTreeMap;

use encoding_rs::WINDOWS_1252;

/// Longest escape sequence, in bytes; what is longer is text with a stray backslash.
const MAX_ESCAPE: usize = 64;

/// The separators of a message, from its MSH segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Separators {
    pub(crate) field: char,
    pub(crate) component: char,
    pub(crate) repetition: char,
    pub(crate) escape: char,
    pub(crate) subcomponent: char,
}

/// One message.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    /// Position in the file, from 1.
    pub(crate) number: u32,
    pub(crate) separators: Separators,
    pub(crate) segments: Vec<Segment<'a>>,
    /// Whether a line that is no segment was joined to the one before it.
    pub(crate) broken: bool,
    counts: BTreeMap<&'a str, u32>,
}

/// One segment.
#[derive(Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) name: &'a str,
    /// Occurrence of this name in the message, from 1.
    pub(crate) index: u32,
    /// The lines of the segment: more than one if text was broken into lines.
    lines: Vec<&'a str>,
}

/// A part of a file: a message, or a line outside any message.
pub(crate) enum Part<'a> {
    Message(Message<'a>),
    Stray(u32),
}

/// Hands over the messages of a file, one after the other. Batch and file envelopes and the frames of a transport are
/// passed over.
pub(crate) fn each_part<'a>(text: &'a str, part: &mut dyn FnMut(Part<'a>)) {
    let mut message: Option<Message<'a>> = None;
    let mut stray = false;
    let mut count = 0;
    for (index, line) in text.split(['\r', '\n']).enumerate() {
        let line = line.trim_matches(['\u{b}', '\u{1c}', '\u{feff}']);
        if line.trim().is_empty() || is_envelope(line) {
            continue;
        }
        if let Some(separators) = header(line) {
            if let Some(message) = message.take() {
                part(Part::Message(message));
            }
            count += 1;
            let segments = vec![Segment { name: "MSH", index: 1, lines: vec![line] }];
            message = Some(Message { number: count, separators, segments, broken: false, counts: BTreeMap::new() });
            continue;
        }
        match &mut message {
            Some(message) => add_line(message, line),
            // One item for any number of lines above the first message.
            None if stray => {}
            None => {
                stray = true;
                part(Part::Stray(index as u32 + 1));
            }
        }
    }
    if let Some(message) = message {
        part(Part::Message(message));
    }
}

fn is_envelope(line: &str) -> bool {
    ["FHS", "BHS", "BTS", "FTS"].iter().any(|it| {
        line.strip_prefix(it)
            .is_some_and(|after| after.is_empty() || after.starts_with(|it: char| it.is_ascii_punctuation()))
    })
}

/// The separators if a line is a message header.
fn header(line: &str) -> Option<Separators> {
    let mut after = line.strip_prefix("MSH")?.chars();
    let field = after.next().filter(char::is_ascii_punctuation)?;
    let rest: Vec<char> = after.take_while(|it| *it != field).collect();
    let mut codes = rest.into_iter().filter(char::is_ascii_punctuation);
    Some(Separators {
        field,
        component: codes.next().unwrap_or('^'),
        repetition: codes.next().unwrap_or('~'),
        escape: codes.next().unwrap_or('\\'),
        subcomponent: codes.next().unwrap_or('&'),
    })
}

fn add_line<'a>(message: &mut Message<'a>, line: &'a str) {
    if let Some(name) = segment_name(line, message.separators.field) {
        let count = message.counts.entry(name).or_default();
        *count += 1;
        message.segments.push(Segment { name, index: *count, lines: vec![line] });
        return;
    }
    message.broken = true;
    if let Some(last) = message.segments.last_mut() {
        last.lines.push(line);
    }
}

fn segment_name(line: &str, field: char) -> Option<&str> {
    let (name, after) = line.split_at_checked(3)?;
    let valid = |(index, byte): (usize, u8)| byte.is_ascii_uppercase() || (index > 0 && byte.is_ascii_digit());
    let known = name.bytes().enumerate().all(valid);
    (known && (after.is_empty() || after.starts_with(field))).then_some(name)
}

impl Message<'_> {
    /// The first segment of a name.
    pub(crate) fn segment(&self, name: &str) -> Option<&Segment<'_>> {
        self.segments.iter().find(|it| it.name == name)
    }

    /// A field of a segment as written, empty if it is not there.
    pub(crate) fn field(&self, segment: &Segment<'_>, number: usize) -> String {
        // MSH-1 is the separator itself.
        let index = if segment.name == "MSH" { number.saturating_sub(1) } else { number };
        let text = segment.lines.join("\n");
        text.split(self.separators.field).nth(index).unwrap_or_default().to_owned()
    }

    /// A component of the first repetition of a field, without escapes; none if it is empty or explicitly null.
    pub(crate) fn component(&self, segment: &Segment<'_>, field: usize, component: usize) -> Option<String> {
        let field = self.field(segment, field);
        let first = field.split(self.separators.repetition).next().unwrap_or_default();
        self.of_field(first, component)
    }

    /// A component of a field, from 1.
    pub(crate) fn of_field(&self, field: &str, component: usize) -> Option<String> {
        let value = field.split(self.separators.component).nth(component.checked_sub(1)?)?;
        let first = value.split(self.separators.subcomponent).next().unwrap_or_default();
        let value = unescape(first, &self.separators);
        let value = value.trim();
        (!value.is_empty() && value != "\"\"").then(|| value.to_owned())
    }
}

/// A text without its escapes.
pub(crate) fn unescape(text: &str, separators: &Separators) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(separators.escape) {
        out.push_str(before);
        let end = after.char_indices().take_while(|(at, _)| *at <= MAX_ESCAPE).find(|it| it.1 == separators.escape);
        let code = end.and_then(|(at, _)| after.get(..at));
        if let Some((code, text)) = code.and_then(|code| Some((code, meaning(code, separators, &out)?))) {
            out.push_str(&text);
            rest = after.get(code.len() + separators.escape.len_utf8()..).unwrap_or_default();
        } else {
            // A backslash that is no escape, as in `C:\notes`.
            out.push(separators.escape);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The text of an escape; none if it is none. `before` is the text so far.
fn meaning(code: &str, separators: &Separators, before: &str) -> Option<String> {
    let one = |it: char| Some(it.to_string());
    let count = |text: &str| text.trim().trim_start_matches('+').parse::<usize>().unwrap_or(1).clamp(1, 20);
    match code {
        "F" => one(separators.field),
        "S" => one(separators.component),
        "T" => one(separators.subcomponent),
        "R" => one(separators.repetition),
        "E" => one(separators.escape),
        "P" => one('#'),
        // Highlighting, wrapping, indents.
        "H" | "N" | ".fi" | ".nf" => Some(String::new()),
        ".br" | ".ce" => one('\n'),
        _ => {
            if let Some(lines) = code.strip_prefix(".sp") {
                return Some("\n".repeat(count(lines)));
            }
            if let Some(columns) = code.strip_prefix(".sk") {
                return Some(" ".repeat(count(columns)));
            }
            if code.starts_with(".in") || code.starts_with(".ti") {
                // An indent begins a line.
                return Some(if before.is_empty() || before.ends_with('\n') { String::new() } else { "\n".to_owned() });
            }
            if let Some(hex) = code.strip_prefix('X') {
                return bytes_of_hex(hex).map(|it| code_point(hex, &it).unwrap_or_else(|| characters(&it)));
            }
            // Character sets and codes of the sender.
            let tail = code.strip_prefix(['C', 'M', 'Z'])?;
            tail.bytes().all(|it| it.is_ascii_alphanumeric()).then(String::new)
        }
    }
}

/// The bytes of a string of hexadecimal digits.
pub(crate) fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex.chars().map(|it| it.to_digit(16).map(|it| it as u8)).collect();
    let digits = digits.filter(|it| it.len() % 2 == 0 && !it.is_empty())?;
    Some(digits.chunks(2).map(|it| it.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// A character by its number in Unicode, as some libraries write it: bytes would be control characters.
fn code_point(hex: &str, bytes: &[u8]) -> Option<String> {
    let control = |it: &u8| *it < 0x20 && !matches!(*it, b'\t' | b'\r' | b'\n');
    let number = u32::from_str_radix(hex, 16).ok().filter(|it| *it >= 0x100 && bytes.iter().any(control))?;
    char::from_u32(number).map(String::from)
}

fn characters(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(it) => it.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    };
    text.replace("\r\n", "\n").replace('\r', "\n")
}
