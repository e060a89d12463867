//! Text to search in, and the way back to the text as received.
//!
//! The normalized text is the note with every run of white space as one space, dashes, quotes, boxes and
//! ligatures as ASCII, words joined that a hard wrap broke, and page headers left out. Its offsets are
//! `usize` positions of [`NormalizedText::text`] and never leave the stages: [`NormalizedText::span`] maps them to the note.

use std::collections::BTreeSet;

use memchr::memmem::Finder;
use once_cell::sync::Lazy;

use crate::model::Span;

/// Two spaces, and the dots of a leader: looked for in every line.
static SPACES: Lazy<Finder<'static>> = Lazy::new(|| Finder::new("  "));
static DOTS: Lazy<Finder<'static>> = Lazy::new(|| Finder::new("...."));
static SPACED_DOTS: Lazy<Finder<'static>> = Lazy::new(|| Finder::new(". . ."));

/// The normalized text with its lines and its way back.
pub(crate) struct NormalizedText {
    /// Text that the later stages read.
    pub text: String,
    /// Where each kept, non-blank line starts in `text`.
    pub lines: Vec<TextLine>,
    /// `(search offset, note offset)` wherever the two go out of step, ascending in both.
    alignment: Vec<(u32, u32)>,
    /// Length of the note, the upper bound of every span.
    note_len: usize,
    /// Whether a recognizer wrote punctuation as words: `at L4-5 period`.
    spoken: bool,
}

/// One kept line of the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextLine {
    /// Offset in the normalized text.
    pub start: usize,
    /// Whether a blank line stood before it.
    pub after_blank: bool,
}

impl NormalizedText {
    /// The span of the note behind a range of the normalized text.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let first = self.note_offset(start);
        // The byte after the last one read gives where the last one ended, unless text was left out there.
        let last = if end > start { self.end_offset(end) } else { first };
        Span::new(first, last.min(self.note_len))
    }

    fn note_offset(&self, at: usize) -> usize {
        let index = self.alignment.partition_point(|(normalized, _)| *normalized as usize <= at);
        match index.checked_sub(1).map(|it| self.alignment[it]) {
            Some((normalized, note)) => note as usize + (at - normalized as usize),
            None => at,
        }
    }

    /// Where in the note the character before search offset `end` ends.
    fn end_offset(&self, end: usize) -> usize {
        let index = self.alignment.partition_point(|(normalized, _)| (*normalized as usize) < end);
        let (normalized, note) = index.checked_sub(1).map_or((0, 0), |it| self.alignment[it]);
        let plain = note as usize + (end - normalized as usize);
        match self.alignment.get(index) {
            // A character that was folded to a shorter one ends at its alignment.
            Some((next, next_note)) if *next as usize == end && self.folded(end, plain, *next_note as usize) => {
                *next_note as usize
            }
            _ => plain,
        }
    }

    /// Whether the gap between `plain` and `anchor` belongs to the character before `end`: it does where
    /// that character is not a space (a collapsed run of spaces is not part of a word).
    fn folded(&self, end: usize, plain: usize, anchor: usize) -> bool {
        anchor > plain && self.text.as_bytes().get(end - 1).is_some_and(|it| *it != b' ')
    }
}

/// Makes the normalized text of a note.
///
/// Linear in the length of the note; allocates the normalized text and the alignment.
pub(crate) fn normalize(note: &str) -> NormalizedText {
    let mut normalized = NormalizedText {
        text: String::with_capacity(note.len()),
        lines: Vec::new(),
        alignment: Vec::new(),
        note_len: note.len(),
        spoken: speaks_punctuation(note),
    };
    let mut after_blank = false;
    let mut after_header = false;
    // Lines next to a page head: where one comes back, it belongs to the head.
    let mut head_lines: BTreeSet<&str> = BTreeSet::new();
    let mut previous = "";
    let mut start = 0;
    let mut end = line_end(note, 0);
    let mut is_head = is_page_header(&note[..end.0]);
    while start < note.len() {
        let line = &note[start..end.0];
        let words = line.trim();
        let next_end = line_end(note, end.1);
        let next_is_head = is_page_header(&note[end.1..next_end.0]);
        if words.is_empty() {
            after_blank = true;
        } else if is_head {
            head_lines.insert(previous);
            after_header = true;
        } else if (after_header || next_is_head) && !head_lines.insert(words) {
            after_header = true;
        } else {
            push_line(&mut normalized, line, start, after_blank);
            (after_blank, after_header) = (false, false);
            previous = words;
        }
        (start, end, is_head) = (end.1, next_end, next_is_head);
    }
    normalized
}

/// End of the line that starts at `start`, and the start of the next one.
fn line_end(note: &str, start: usize) -> (usize, usize) {
    match memchr::memchr3(b'\n', b'\r', 0x0c, &note.as_bytes()[start..]) {
        None => (note.len(), note.len()),
        Some(at) => {
            let end = start + at;
            let crlf = note.as_bytes()[end] == b'\r' && note.as_bytes().get(end + 1) == Some(&b'\n');
            (end, end + 1 + usize::from(crlf))
        }
    }
}

/// A running head or foot that stands in the middle of the text: `Page 2 of 3`, rulers.
fn is_page_header(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 160 {
        return false;
    }
    if line.bytes().all(|it| matches!(it, b'-' | b'_' | b'=' | b'*' | b'~' | b' ')) {
        return line.len() >= 3;
    }
    let bytes = line.as_bytes();
    let holds = |at: usize, word: &[u8]| bytes.get(at..at + word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
    let numbers_page = |at: usize| {
        let starts_word = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let rest = line.get(at + 4..).map_or("", |it| it.trim_start_matches([' ', ':', '#']));
        starts_word && rest.starts_with(|it: char| it.is_ascii_digit())
    };
    let goes_on =
        |at: usize| holds(at, b"continued on next page") || holds(at, b"continued)") && at > 0 && bytes[at - 1] == b'(';
    // Most lines hold no figure; a look at all bytes at once is quicker than one at each letter.
    let has_figure = bytes.iter().fold(false, |any, it| any | it.is_ascii_digit());
    has_figure && memchr::memchr2_iter(b'p', b'P', bytes).any(|at| holds(at, b"page") && numbers_page(at))
        || memchr::memchr2_iter(b'c', b'C', bytes).any(goes_on)
}

fn push_line(normalized: &mut NormalizedText, line: &str, offset: usize, after_blank: bool) {
    let trimmed = line.trim_start();
    let at = offset + (line.len() - trimmed.len());
    let joined = !after_blank && join_broken_word(normalized, trimmed);
    if !joined && !normalized.text.is_empty() && !normalized.text.ends_with(' ') {
        normalized.text.push(' ');
    }
    if !joined {
        normalized.lines.push(TextLine { start: normalized.text.len(), after_blank });
    }
    anchor(normalized, at);
    let Some((label, value)) = dot_leader(trimmed) else { return push_words(normalized, trimmed, at) };
    push_text(normalized, &trimmed[..label], at);
    anchor(normalized, at + label);
    normalized.text.push_str(": ");
    anchor(normalized, at + value);
    push_text(normalized, &trimmed[value..], at + value);
}

/// The end of the label and the start of the value in `Needle ........ 17 ga Tuohy` or `Needle . . . . 17 ga Tuohy`: dots
/// do for a colon.
fn dot_leader(line: &str) -> Option<(usize, usize)> {
    let at = DOTS.find(line.as_bytes()).or_else(|| SPACED_DOTS.find(line.as_bytes()))?;
    let label = line[..at].trim_end();
    let dots = at + line.as_bytes()[at..].iter().take_while(|it| matches!(**it, b'.' | b' ')).count();
    let value = line[dots..].trim_start();
    let is_label =
        !label.is_empty() && label.len() <= 60 && label.ends_with(|it: char| it.is_alphanumeric() || it == ')');
    (is_label && !value.is_empty()).then_some((label.len(), line.len() - value.len()))
}

/// Punctuation as a recognizer writes it where it took the words for text, and the mark.
const SPOKEN: [(&str, &str); 4] = [("period", "."), ("comma", ","), ("colon", ":"), ("semicolon", ";")];
/// Words after which it is a word: `a period of rest`, `the recovery period`.
const NOT_SPOKEN_AFTER: [&str; 8] = ["a", "the", "this", "that", "any", "recovery", "postoperative", "observation"];
/// Number of full stops as words from which on a note is read so.
const FEW_SPOKEN: usize = 3;

/// Whether full stops are words in a note, and hardly ever marks.
fn speaks_punctuation(note: &str) -> bool {
    static PERIOD: Lazy<Finder<'static>> = Lazy::new(|| Finder::new(" period"));
    let bytes = note.as_bytes();
    let whole = |at: &usize| !bytes.get(at + " period".len()).is_some_and(u8::is_ascii_alphanumeric);
    let words = PERIOD.find_iter(bytes).filter(whole).take(2 * FEW_SPOKEN).count();
    words >= FEW_SPOKEN && note.matches(". ").take(words + 1).count() <= words
}

/// The text of a line; where punctuation is spoken, with its marks.
fn push_words(normalized: &mut NormalizedText, text: &str, offset: usize) {
    if !normalized.spoken {
        return push_text(normalized, text, offset);
    }
    let mut from = 0;
    let mut before = "";
    let mut at = 0;
    for word in text.split(' ') {
        let mark =
            SPOKEN.iter().find(|it| word.eq_ignore_ascii_case(it.0)).filter(|_| !NOT_SPOKEN_AFTER.contains(&before));
        if let Some((_, mark)) = mark.filter(|_| at > 0) {
            push_text(normalized, text[from..at].trim_end(), offset + from);
            normalized.text.push_str(mark);
            from = at + word.len();
            anchor(normalized, offset + from);
        }
        before = word;
        at += word.len() + 1;
    }
    push_text(normalized, &text[from.min(text.len())..], offset + from.min(text.len()));
}

fn push_text(normalized: &mut NormalizedText, text: &str, offset: usize) {
    if push_simple(normalized, text, offset) {
        return;
    }
    let mut at = offset;
    let mut plain_until = 0;
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        index += plain_length(&bytes[index..]);
        let Some(byte) = bytes.get(index) else { break };
        // A single underscore is as plain as a letter.
        if *byte == b'_' && bytes.get(index + 1) != Some(&b'_') && (index == 0 || bytes[index - 1] != b'_') {
            index += 1;
            continue;
        }
        normalized.text.push_str(&text[plain_until..index]);
        let character = text[index..].chars().next().unwrap_or(' ');
        let width = character.len_utf8();
        push_character(normalized, character);
        index += width;
        if normalized.text.ends_with(' ') {
            while let Some(space) = text[index..].chars().next().filter(|it| is_space(*it)) {
                index += space.len_utf8();
            }
        }
        plain_until = index;
        at = offset + index;
        anchor(normalized, at);
    }
    normalized.text.push_str(&text[plain_until..]);
    debug_assert!(at <= normalized.note_len, "anchors stay in the note");
}

/// The short way for a line of plain ASCII, in which only runs of spaces are folded; false where it is not one.
fn push_simple(normalized: &mut NormalizedText, line: &str, offset: usize) -> bool {
    let bytes = line.as_bytes();
    // Without a way out in the middle: many bytes at a time.
    let simple = |it: u8| (b' '..0x7f).contains(&it) && it != b'_';
    if !bytes.iter().fold(true, |all, it| all & simple(*it)) {
        return false;
    }
    let follows = bytes.get(1..).unwrap_or_default();
    let both = |it: (&u8, &u8)| u8::from(*it.0 == b' ') & u8::from(*it.1 == b' ');
    if bytes.iter().zip(follows).fold(0, |any, it| any | both(it)) == 0 {
        normalized.text.push_str(line);
        return true;
    }
    let mut from = 0;
    while let Some(at) = SPACES.find(&bytes[from..]).map(|it| from + it) {
        normalized.text.push_str(&line[from..=at]);
        from = at + bytes[at..].iter().take_while(|it| **it == b' ').count();
        anchor(normalized, offset + from);
    }
    normalized.text.push_str(&line[from..]);
    true
}

/// Graphic ASCII other than an underscore.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        plain[byte as usize] = byte != b'_';
        byte += 1;
    }
    plain
};

/// Number of bytes from the start on that are plain, single spaces between plain bytes included.
fn plain_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        if PLAIN[bytes[at] as usize] {
            at += 1;
        } else if bytes[at] == b' ' && bytes.get(at + 1).is_some_and(|it| PLAIN[*it as usize]) {
            at += 2;
        } else {
            break;
        }
    }
    at
}

/// Records that the end of the normalized text corresponds to note offset `at`, where that is not already so.
fn anchor(normalized: &mut NormalizedText, at: usize) {
    let here = normalized.text.len();
    // The last one is in force here, unless text was taken back.
    let known = match normalized.alignment.last() {
        Some((text, note)) if *text as usize <= here => *note as usize + here - *text as usize,
        _ => normalized.note_offset(here),
    };
    if known != at {
        match normalized.alignment.last_mut() {
            Some(last) if last.0 as usize == here => last.1 = at as u32,
            _ => normalized.alignment.push((here as u32, at as u32)),
        }
    }
}

/// A word that a hard wrap broke (`inter-` / `laminar`) is one word; `L4-` / `5` keeps its hyphen.
fn join_broken_word(normalized: &mut NormalizedText, next: &str) -> bool {
    let text = normalized.text.trim_end();
    let Some(before) = text.strip_suffix('-') else { return false };
    let word = before.rsplit(' ').next().unwrap_or("");
    let (Some(left), Some(right)) = (word.chars().last(), next.chars().next()) else { return false };
    if !left.is_ascii_alphanumeric() || !right.is_ascii_alphanumeric() {
        return false;
    }
    let keep_hyphen = word.contains('-') || !left.is_ascii_alphabetic() || !right.is_ascii_lowercase();
    let length = if keep_hyphen { text.len() } else { before.len() };
    normalized.text.truncate(length);
    true
}

/// White space, and the underscores of a blank to fill in.
fn is_space(character: char) -> bool {
    character == '_'
        || character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200b}' | '\u{feff}' | '\u{00ad}')
}

/// Appends a character that is not plain ASCII text, folded where a reader would take it for ASCII.
fn push_character(normalized: &mut NormalizedText, character: char) {
    let folded = match character {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => "-",
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201f}' => "\"",
        '\u{00b5}' | '\u{03bc}' => "u",
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{2610}' | '\u{25a1}' => "[ ]",
        '\u{2611}' | '\u{2612}' | '\u{2713}' | '\u{2714}' | '\u{25a0}' => "[x]",
        '\u{2022}' | '\u{25cf}' | '\u{00b7}' => "*",
        // Invisible inside a word: left out without a trace.
        '\u{200b}' | '\u{feff}' | '\u{00ad}' => "",
        it if is_space(it) => {
            if !normalized.text.ends_with(' ') && !normalized.text.is_empty() {
                normalized.text.push(' ');
            }
            return;
        }
        it => {
            normalized.text.push(it);
            return;
        }
    };
    normalized.text.push_str(folded);
}

/// Width of the longest line up to 90 bytes: a line much shorter than it ends on purpose.
pub(crate) fn typical_width(normalized: &NormalizedText) -> usize {
    normalized.lines.windows(2).map(|it| it[1].start - it[0].start).filter(|it| *it <= 90).max().unwrap_or(60)
}

#[cfg(test)]
mod tests {
    use super::normalize;

    /// Every word of the normalized text that is ASCII in the note comes back as the same word.
    fn check(note: &str, expected: &str) {
        let normalized = normalize(note);
        assert_eq!(normalized.text, expected);
        for (at, character) in normalized.text.char_indices() {
            let span = normalized.span(at, at + character.len_utf8());
            // A box is one character of the note and three of the normalized text; `Document::span` widens what ends inside.
            let whole = note.is_ascii() || character.is_ascii_alphabetic() && character != 'x';
            assert!(
                !whole || note.is_char_boundary(span.start()) && note.is_char_boundary(span.end()),
                "{note:?} at {at}"
            );
            // Where a wrap broke a word, the letter before takes the hyphen and the line end with it.
            if character.is_ascii_alphanumeric() && note.is_ascii() {
                assert!(note[span.range()].starts_with(character), "{note:?} at {at}");
            }
        }
    }

    #[test]
    fn folds_and_keeps_alignment() {
        check("a  b\t\tc", "a b c");
        check("L4\u{2013}5 and L5\u{2011}S1", "L4-5 and L5-S1");
        check("inter-\nlaminar at L4-\n5", "interlaminar at L4-5");
        check("one\r\n\r\n  two\rthree", "one two three");
        check("needle\n\nPage 2 of 3\n\nwas placed", "needle was placed");
        check("\u{2610} CT \u{2611} fluoro", "[ ] CT [x] fluoro");
        check("Needle ...... 17 ga Tuohy", "Needle: 17 ga Tuohy");
        check("Prone period Needle in period Out period", "Prone. Needle in. Out.");
        check(
            "After a period of rest she left. The recovery period was long.",
            "After a period of rest she left. The recovery period was long.",
        );
        check("", "");
        check(" \n \t\n", "");
        let normalized = normalize("at L4\u{2013}5 level");
        assert_eq!(normalized.span(3, 7).range(), 3..9);
        let normalized = normalize("Tuohy   needle");
        assert_eq!(normalized.span(0, 5).range(), 0..5);
        assert_eq!(normalized.span(6, 12).range(), 8..14);
    }
}
