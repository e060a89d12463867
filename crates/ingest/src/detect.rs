//! The format of a file: by its content first, by its name where the content does not settle it.

use memchr::memmem;

use crate::{Format, SkipReason, decode, delimited, package};

/// Size of the head that text formats are recognized by, in bytes.
const HEAD: usize = 1 << 16;

/// The format of a file, or why it is no note.
pub(crate) fn detect(name: &str, bytes: &[u8]) -> Result<Format, SkipReason> {
    if is_system_file(name) {
        return Err(SkipReason::SystemFile);
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(SkipReason::Empty);
    }
    if let Some(format) = by_signature(name, bytes) {
        return format;
    }
    let head = bytes.get(..HEAD.min(bytes.len())).unwrap_or_default();
    if is_binary(head) {
        return Err(SkipReason::Binary);
    }
    let head = decode::text(head).text;
    let head = head.trim_start_matches(|it: char| it.is_whitespace() || it == '\u{feff}');
    if head.is_empty() && bytes.len() <= HEAD {
        return Err(SkipReason::Empty);
    }
    by_text(name, head)
}

/// Formats that begin with bytes of their own.
fn by_signature(name: &str, bytes: &[u8]) -> Option<Result<Format, SkipReason>> {
    let unsupported = |what| Some(Err(SkipReason::Unsupported(what)));
    let start = |signature: &[u8]| bytes.starts_with(signature);
    let at = |offset: usize, signature: &[u8]| bytes.get(offset..).is_some_and(|it| it.starts_with(signature));
    if start(b"PK\x03\x04") || start(b"PK\x05\x06") {
        return Some(package::kind(name, bytes));
    }
    let first = bytes.get(..1024.min(bytes.len())).unwrap_or_default();
    if memmem::find(first, b"%PDF-").is_some() {
        return Some(Ok(Format::Pdf));
    }
    if start(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return unsupported(
            "a Word or Excel 97-2003 file, or an Office file with a password (save it as DOCX or XLSX)",
        );
    }
    if start(b"\x1f\x8b") {
        return unsupported("a gzip file (decompress it first)");
    }
    if start(b"7z\xbc\xaf\x27\x1c") || start(b"Rar!\x1a\x07") || at(257, b"ustar") {
        return unsupported("an archive other than ZIP (unpack it first)");
    }
    let image = start(b"\x89PNG\r\n")
        || start(b"\xff\xd8\xff")
        || start(b"GIF87a")
        || start(b"GIF89a")
        || (start(b"BM") && at(6, &[0, 0, 0, 0]))
        || start(b"II*\0")
        || start(b"MM\0*")
        || (start(b"RIFF") && at(8, b"WEBP"))
        || at(4, b"ftyphei")
        || at(4, b"ftypmif1")
        || at(128, b"DICM");
    if image {
        return Some(Err(SkipReason::Image));
    }
    let media = (start(b"RIFF") && (at(8, b"WAVE") || at(8, b"AVI ")))
        || start(b"ID3")
        || start(b"OggS")
        || start(b"fLaC")
        || at(4, b"ftyp")
        || start(b"\x02dss")
        || start(b"\x03ds2");
    media.then_some(Err(SkipReason::Media))
}

fn by_text(name: &str, head: &str) -> Result<Format, SkipReason> {
    let ending = ending(name);
    if head.starts_with("{\\rt") {
        return Ok(Format::Rtf);
    }
    if is_hl7(head) {
        return Ok(Format::Hl7);
    }
    match head.chars().next() {
        Some('{' | '[') => {
            if let Some(format) = json(head, &ending) {
                return Ok(format);
            }
        }
        Some('<') => {
            if let Some(format) = markup(head, &ending) {
                return format;
            }
        }
        _ => {}
    }
    match ending.as_str() {
        "csv" => return Ok(Format::Csv),
        "tsv" | "tab" => return Ok(Format::Tsv),
        "jsonl" | "ndjson" => return Ok(Format::Jsonl),
        "json" => return Ok(Format::Json),
        "html" | "htm" | "xhtml" if head.contains('<') => return Ok(Format::Html),
        _ => {}
    }
    Ok(delimited::recognize(head).unwrap_or(Format::Text))
}

/// Whether a text begins with a segment of an HL7 file.
fn is_hl7(head: &str) -> bool {
    let head = head.trim_start_matches('\u{b}');
    let header = ["MSH", "FHS", "BHS"].iter().find_map(|it| head.strip_prefix(it));
    let mut after = header.unwrap_or_default().chars();
    match (after.next(), after.next()) {
        (Some(separator), Some(component)) => separator.is_ascii_punctuation() && component.is_ascii_punctuation(),
        _ => false,
    }
}

/// The kind of JSON; none if it does not look like an object or an array of objects.
fn json(head: &str, ending: &str) -> Option<Format> {
    let inner = head.trim_start_matches(|it: char| it == '[' || it.is_whitespace());
    let member = inner.strip_prefix('{')?.trim_start();
    if !member.is_empty() && !member.starts_with(['"', '}']) {
        return None;
    }
    if head.contains("\"resourceType\"") {
        return Some(Format::Fhir);
    }
    if head.starts_with('[') {
        return Some(Format::Json);
    }
    if matches!(ending, "jsonl" | "ndjson") {
        return Some(Format::Jsonl);
    }
    // An object that is whole on the first line, so that more objects may follow.
    let first = head.lines().next().unwrap_or_default();
    let whole = serde_json::from_str::<serde_json::Value>(first).is_ok();
    let more = head.lines().nth(1).is_some_and(|it| !it.trim().is_empty());
    Some(if (whole && more) || head.len() >= HEAD { Format::Jsonl } else { Format::Json })
}

/// The kind of markup; none if it does not look like markup.
fn markup(head: &str, ending: &str) -> Option<Result<Format, SkipReason>> {
    const TAGS: [&str; 20] = [
        "!doctype html",
        "html",
        "head",
        "body",
        "meta",
        "title",
        "div",
        "p",
        "table",
        "span",
        "b",
        "br",
        "h1",
        "h2",
        "h3",
        "pre",
        "font",
        "center",
        "style",
        "ul",
    ];
    if head.contains("ClinicalDocument") {
        return Some(Ok(Format::Ccda));
    }
    if head.contains("http://hl7.org/fhir") {
        return Some(Err(SkipReason::Unsupported("FHIR in XML (export it as JSON)")));
    }
    let mut body = head;
    while let Some(rest) = body.strip_prefix("<!--").and_then(|it| it.split_once("-->")) {
        body = rest.1.trim_start();
    }
    let lower: String = body.chars().take(HEAD).collect::<String>().to_ascii_lowercase();
    let is_tag = |tag: &&str| {
        let after = lower.strip_prefix('<').and_then(|it| it.strip_prefix(*tag));
        after.is_some_and(|it| it.starts_with(|next: char| !next.is_ascii_alphanumeric()))
    };
    if TAGS.iter().any(is_tag) || lower.contains("<html") || matches!(ending, "html" | "htm" | "xhtml") {
        return Some(Ok(Format::Html));
    }
    lower.starts_with("<?xml").then_some(Err(SkipReason::Unsupported("XML of an unknown kind")))
}

/// Whether bytes are no text: a tenth or more are NUL and it is not UTF-16, or one in twenty is a control character.
fn is_binary(head: &[u8]) -> bool {
    let marked = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    if marked || decode::utf16_without_mark(head).is_some() {
        return false;
    }
    let nuls = head.iter().filter(|it| **it == 0).count();
    let control = |it: &&u8| matches!(**it, 1..=6 | 14..=26 | 127);
    let controls = head.iter().filter(control).count();
    (nuls > 0 && nuls * 10 >= head.len()) || controls * 20 > head.len()
}

/// Files that systems and archivers keep next to documents.
fn is_system_file(name: &str) -> bool {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    matches!(last, ".DS_Store" | "Thumbs.db" | "desktop.ini")
        || last.starts_with("~$")
        || name.split('/').any(|it| it == "__MACOSX")
}

/// The ending of a file name in lower case.
pub(crate) fn ending(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.rsplit_once('.').map(|it| it.1.to_ascii_lowercase()).unwrap_or_default()
}

/// The name of a file without folder and ending, for ids.
pub(crate) fn stem(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    match last.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => last,
    }
}
