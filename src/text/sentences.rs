//! Sentence spans inside bodies, list items included.

use crate::lexicon::sections::Sentences;
use crate::text::normalize::{NormalizedText, TextLine, typical_width};
use crate::text::sections::Section;

/// One sentence, list item or labelled value of the normalized text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// Where its heading or label starts; `start` where it has none. Words of the heading are read with it.
    pub lead: usize,
    pub start: usize,
    pub end: usize,
    /// Index of its section.
    pub section: usize,
    /// Whether it starts a paragraph.
    pub paragraph: bool,
}

/// No sentence is longer than this many bytes: what follows stays linear on text without full stops.
const MAX_SENTENCE: usize = 2_000;

/// Splits every section's body into sentences, in order.
pub(crate) fn sentences(normalized: &NormalizedText, sections: &[Section], marks: &Sentences) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut line = 0;
    let width = typical_width(normalized);
    for (index, section) in sections.iter().enumerate() {
        while normalized.lines.get(line).is_some_and(|it| it.start < section.body.start) {
            line += 1;
        }
        split(normalized, section, (index, width), &normalized.lines[line..], marks, &mut found);
    }
    found
}

fn split(
    normalized: &NormalizedText,
    section: &Section,
    (index, width): (usize, usize),
    lines: &[TextLine],
    marks: &Sentences,
    found: &mut Vec<Sentence>,
) {
    let text = &normalized.text;
    let bytes = text.as_bytes();
    let end = section.body.end;
    let mut lines = lines.iter().copied().take_while(|it| it.start < end).peekable();
    let mut start = section.body.start;
    let mut paragraph = true;
    let mut previous_line = section.heading.start;
    let mut at = start;
    while at < end {
        // Only a line start, a mark or the length can end a sentence: go straight to the next of them.
        let limit = end.min(start + MAX_SENTENCE);
        let stop = lines.peek().map_or(end, |it| it.start.max(at)).min(end).min(limit.max(at));
        at = next_mark(bytes, at, stop);
        if at >= end {
            break;
        }
        let mut boundary = None;
        if let Some(line) = lines.next_if(|it| it.start <= at) {
            if line.start > start && starts_statement(text, line, previous_line, width, marks) {
                boundary = Some(line.start);
            }
            if boundary.is_some() || line.start <= start {
                paragraph |= line.after_blank;
            }
            previous_line = line.start;
        }
        if boundary.is_none() {
            boundary = sentence_end(text, start, at, end, marks);
        }
        if boundary.is_none() && at - start >= MAX_SENTENCE && bytes[at] == b' ' {
            boundary = Some(at);
        }
        // A text without a single space is cut all the same.
        if boundary.is_none() && at - start >= 2 * MAX_SENTENCE && text.is_char_boundary(at) {
            boundary = Some(at);
        }
        match boundary {
            Some(cut) => {
                push(text, start, cut, index, paragraph, found);
                paragraph = lines.peek().is_some_and(|it| it.start == cut && it.after_blank);
                start = cut;
                at = at.max(cut) + usize::from(cut <= at);
            }
            None => at += 1,
        }
    }
    push(text, start, end, index, paragraph, found);
}

/// The first mark that may end a sentence in `bytes[from..to]`, or `to`.
fn next_mark(bytes: &[u8], from: usize, to: usize) -> usize {
    let usual = memchr::memchr2(b'.', b';', &bytes[from..to]).map_or(to, |it| from + it);
    memchr::memchr2(b'!', b'?', &bytes[from..usual]).map_or(usual, |it| from + it)
}

/// Whether a new line starts a new statement rather than going on with the one above.
fn starts_statement(text: &str, line: TextLine, previous: usize, width: usize, marks: &Sentences) -> bool {
    let rest = &text[line.start..];
    let Some(first) = rest.bytes().next() else { return true };
    if marks.list_markers.contains(&first) {
        return true;
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && digits < 3 && rest[digits..].starts_with(['.', ')']) && rest[digits + 1..].starts_with(' ') {
        return true;
    }
    // `a) midline L3-4`, `(b) left L5`.
    let open = usize::from(first == b'(');
    if rest.as_bytes().get(open).is_some_and(u8::is_ascii_alphanumeric) && rest[open + 1..].starts_with(") ") {
        return true;
    }
    // A lettered item: `A. Left side`.
    if first.is_ascii_uppercase() && rest[1..].starts_with(['.', ')']) && rest[2..].starts_with(' ') {
        return true;
    }
    let before = text[..line.start].trim_end();
    let short = (line.start - previous) * 10 < width * 7;
    if before.ends_with(',') || first.is_ascii_lowercase() && (!short || goes_on(rest, before, marks)) {
        return false;
    }
    let head = &rest[..rest.floor_char_boundary(40)];
    let label = head.split_once(':').is_some_and(|(it, _)| !it.contains(['.', ',']));
    line.after_blank || short || label || before.ends_with(['.', ':', ';', '!', '?'])
}

/// Whether a line in small letters goes on with the one before, which a short line seldom does: its first word, or the
/// last one before, joins.
fn goes_on(rest: &str, before: &str, marks: &Sentences) -> bool {
    let joins = |word: Option<&str>| word.is_some_and(|it| marks.joining.contains(it.to_ascii_lowercase().as_str()));
    joins(rest.split(' ').next()) || joins(before.rsplit(' ').next())
}

/// The start of the next sentence if the byte at `at` ends one.
fn sentence_end(text: &str, start: usize, at: usize, end: usize, marks: &Sentences) -> Option<usize> {
    let bytes = text.as_bytes();
    let mark = bytes[at];
    if !matches!(mark, b'.' | b'!' | b'?' | b';') {
        return None;
    }
    let mut next = at + 1;
    while next < end && matches!(bytes[next], b'"' | b'\'' | b')' | b'.' | b'!' | b'?') {
        next += 1;
    }
    if next >= end {
        return Some(end);
    }
    if bytes[next] != b' ' {
        // A missing space after a full stop: `flow.The needle`.
        let glued =
            mark == b'.' && at > start && bytes[at - 1].is_ascii_lowercase() && bytes[next].is_ascii_uppercase();
        return glued.then_some(next);
    }
    if mark != b'.' {
        return Some(next + 1);
    }
    let word = text[start..at].rsplit([' ', '(']).next().unwrap_or("");
    let is_marker = word.len() == at - start && word.len() <= 2 && word.bytes().all(|it| it.is_ascii_digit());
    let is_initial = word.len() == 1 && word.bytes().all(|it| it.is_ascii_uppercase());
    let abbreviation = word.len() <= 8 && marks.abbreviations.contains(word.to_ascii_lowercase().as_str());
    // "No. 5" is a number, "no." at the end of an answer is not.
    let follows_upper = bytes.get(next + 1).is_some_and(u8::is_ascii_uppercase);
    let ends = !is_marker && !is_initial && !(abbreviation && !(follows_upper && ends_anyway(word)));
    ends.then_some(next + 1)
}

/// Abbreviations that end a sentence when a capital follows; titles such as `Dr` never do.
fn ends_anyway(word: &str) -> bool {
    !matches!(
        word.to_ascii_lowercase().as_str(),
        "dr" | "mr" | "mrs" | "ms" | "st" | "prof" | "vs" | "no" | "e.g" | "i.e"
    )
}

fn push(text: &str, start: usize, end: usize, section: usize, paragraph: bool, found: &mut Vec<Sentence>) {
    let body = &text[start..end];
    let trimmed = body.trim_start();
    let start = start + body.len() - trimmed.len();
    let end = start + trimmed.trim_end().len();
    if end > start {
        let lead = found.last().map_or(0, |it: &Sentence| it.end);
        found.push(Sentence { lead, start, end, section, paragraph });
    }
}
