//! The way to read a file, by the first bytes of it: as one note, line by line, here, or in a process of its own.

use std::io::Read;
use std::path::Path;

use memchr::memmem;
use opnote::formats::{self, jsonl::Lines};
use opnote_ingest::{Format, Item, Options, SkipReason, chosen_format, read_file};

/// Size of the head that a format is recognized by, in bytes.
pub(super) const HEAD: usize = 1 << 16;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Plain text: one note.
    Text,
    /// JSON lines with `id`, `text`, `service_date`, one after the other.
    Lines,
    /// A table, JSON or HL7 messages without markup or attachments, in this process.
    Open {
        /// The format, where content alone would settle it otherwise.
        format: Option<Format>,
        /// Whether its documents may amend others.
        related: bool,
    },
    /// A document or container, in a process of its own.
    Contained {
        /// Whether it holds one document that amends no other.
        single: bool,
        /// Whether its documents may amend others.
        related: bool,
    },
    /// Not read.
    Skipped(SkipReason),
    /// A text in a folder whose name is not that of a note.
    OtherText,
}

/// The head of a file.
pub(super) struct Head<'a> {
    /// Name of the file; `stdin` for standard input.
    pub name: &'a str,
    /// First bytes.
    pub bytes: &'a [u8],
    /// Whether these are all.
    pub whole: bool,
    /// Whether the caller named the file, rather than a folder that holds it.
    pub named: bool,
}

/// The way to read a file.
pub(super) fn kind(head: &Head<'_>, options: &Options) -> Kind {
    if head.bytes.starts_with(b"PK\x03\x04") || head.bytes.starts_with(b"PK\x05\x06") {
        let single = matches!(ending(head.name).as_str(), "docx" | "docm");
        return Kind::Contained { single, related: !single };
    }
    let found = match chosen_format(head.name, head.bytes, options) {
        Ok(it) => it,
        Err(SkipReason::Empty) => return empty(head),
        Err(reason) => return Kind::Skipped(reason),
    };
    let forced = options.format == Some(found);
    match found {
        Format::Text if forced || head.named || is_note_name(head.name) => Kind::Text,
        Format::Text => Kind::OtherText,
        Format::Json | Format::Jsonl if !forced && are_lines(head) => lines(head, options),
        Format::Jsonl if forced => lines(head, options),
        Format::Json | Format::Jsonl => Kind::Open { format: Some(Format::Json), related: false },
        Format::Csv | Format::Tsv => Kind::Open { format: None, related: false },
        Format::Hl7 => Kind::Open { format: None, related: true },
        Format::Fhir | Format::Ccda | Format::Zip => Kind::Contained { single: false, related: true },
        Format::Xlsx => Kind::Contained { single: false, related: false },
        Format::Rtf | Format::Docx | Format::Pdf | Format::Html => Kind::Contained { single: true, related: false },
    }
}

/// Whether a file that is open to read has cells or fields with markup or whole documents in them.
pub(super) fn has_documents_inside(bytes: &[u8]) -> bool {
    let tag = |at: usize| bytes.get(at + 1).is_some_and(|it| it.is_ascii_alphabetic() || matches!(it, b'!' | b'?'));
    memmem::find(bytes, b"{\\rt").is_some()
        || memmem::find(bytes, b"|ED|").is_some()
        || memchr::memchr_iter(b'<', bytes).any(tag)
        // UTF-16: signs cannot be found, and nobody sends it by accident.
        || bytes.contains(&0)
}

/// An empty file: as a note where a note was named, as ever; else it is no note.
fn empty(head: &Head<'_>) -> Kind {
    match ending(head.name).as_str() {
        _ if !head.whole => Kind::Text,
        "txt" => Kind::Text,
        "jsonl" => Kind::Lines,
        "" if head.named => Kind::Text,
        _ => Kind::Skipped(SkipReason::Empty),
    }
}

/// JSON lines: as the contract has them, or with members of other names.
fn lines(head: &Head<'_>, options: &Options) -> Kind {
    let columns = &options.columns;
    let renamed = [&columns.id, &columns.text, &columns.date, &columns.billed].iter().any(|it| it.is_some());
    let other = Kind::Open { format: Some(Format::Jsonl), related: false };
    if renamed || options.day_first.is_some() {
        return other;
    }
    let first = first_line(head.bytes);
    let as_ever = Lines::new(first.as_bytes(), "", usize::MAX >> 8).next().is_none_or(|it| it.is_ok());
    if as_ever {
        return Kind::Lines;
    }
    let forced = Options { format: Some(Format::Jsonl), ..Options::default() };
    match read_file("", first.as_bytes(), &forced).as_slice() {
        [Item::Document(_)] => other,
        _ => Kind::Lines,
    }
}

/// Whether JSON is one object a line, rather than one value over many lines.
fn are_lines(head: &Head<'_>) -> bool {
    if matches!(ending(head.name).as_str(), "jsonl" | "ndjson") {
        return true;
    }
    let text = decoded(head.bytes);
    let mut lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let Some(first) = lines.next().filter(|it| it.starts_with('{')) else { return false };
    let is_whole = |it: &str| it.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(it).is_ok();
    // A broken first line costs itself only.
    is_whole(first) || lines.next().is_none_or(|it| is_whole(it) && !first.ends_with(['{', '[']))
}

fn first_line(bytes: &[u8]) -> String {
    let text = decoded(bytes);
    text.lines().find(|it| !it.trim().is_empty()).unwrap_or_default().to_owned()
}

/// The text of a head; bytes that are no characters do not matter here.
fn decoded(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    // Reading from memory does not fail.
    let _ = formats::decoded(bytes).read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Whether a file in a folder has the name of a note in plain text.
fn is_note_name(name: &str) -> bool {
    matches!(ending(name).as_str(), "txt" | "text")
}

fn ending(name: &str) -> String {
    Path::new(name).extension().map(|it| it.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> Kind {
        let head = Head { name, bytes: text.as_bytes(), whole: true, named: false };
        kind(&head, &Options::default())
    }

    #[test]
    fn a_file_is_read_by_its_content_first() {
        let here = |format| Kind::Open { format, related: false };
        let (json, jsonl) = (here(Some(Format::Json)), here(Some(Format::Jsonl)));
        let cases = [
            ("a.txt", "PROCEDURE: epidural", Kind::Text),
            ("a.md", "# PROCEDURE", Kind::OtherText),
            ("a.txt", "", Kind::Text),
            ("a.docx", "", Kind::Skipped(SkipReason::Empty)),
            ("a.jsonl", "{\"id\":1,\"text\":\"a\"}\n", Kind::Lines),
            ("a.json", "{\"id\":1,\"text\":\"a\"}", Kind::Lines),
            ("a.json", "{\n \"id\":1,\n \"text\":\"a\"}", json),
            ("a.jsonl", "{\"note_id\":1,\"note_text\":\"a\"}\n{}", jsonl),
            ("a.jsonl", "{\"id\":1,\"text\":\"a\"\n{\"id\":2,\"text\":\"a\"}", Kind::Lines),
            ("stdin", "{\"id\":1,\"text\":\"a\"\n{\"id\":2,\"text\":\"a\"}", Kind::Lines),
            ("a.json", "[{\"id\":1,\"text\":\"a\"}]", json),
            ("a.txt", "id,text,date\n1,a,2", here(None)),
            ("a.txt", "{\\rtf1 a}", Kind::Contained { single: true, related: false }),
            ("a", "MSH|^~\\&|", Kind::Open { format: None, related: true }),
        ];
        for (name, text, expected) in cases {
            assert_eq!(of(name, text), expected, "{name}: {text}");
        }
    }
}
