//! The deciding words of a note with some text around them, for pages and worksheets.

use std::ops::Range;

use opnote::report::EvidenceReport;

/// Bytes shown on each side of marked words.
const AROUND: usize = 90;
/// Stretches of a note that are shown at the most.
const MOST: usize = 6;

/// A stretch of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// Number of its first line, from 1.
    pub(crate) line: usize,
    /// Its text in pieces, and which are marked; never empty.
    pub(crate) pieces: Vec<(String, bool)>,
}

/// The stretches around the words, in the order of the note; words close together share one.
pub(crate) fn excerpts(note: &str, words: &[EvidenceReport]) -> Vec<Excerpt> {
    let mut marks: Vec<Range<usize>> = words.iter().map(|it| it.start..it.end).collect();
    marks.retain(|it| note.get(it.clone()).is_some_and(|it| !it.is_empty()));
    marks.sort_by_key(|it| (it.start, it.end));
    let mut stretches: Vec<(Range<usize>, Vec<Range<usize>>)> = Vec::new();
    for mark in marks {
        let end = boundary(note, mark.end + AROUND);
        match stretches.last_mut() {
            Some(last) if mark.start < last.0.end => {
                last.0.end = last.0.end.max(end);
                last.1.push(mark);
            }
            _ => stretches.push((boundary(note, mark.start.saturating_sub(AROUND))..end, vec![mark])),
        }
    }
    stretches.truncate(MOST);
    stretches.into_iter().map(|(range, marks)| excerpt(note, range, &marks)).collect()
}

fn excerpt(note: &str, range: Range<usize>, marks: &[Range<usize>]) -> Excerpt {
    let line = note[..range.start].matches('\n').count() + 1;
    let mut pieces = Vec::new();
    let mut put = |text: String, marked: bool| {
        if !text.is_empty() {
            pieces.push((text, marked));
        }
    };
    let mut at = range.start;
    let mut plain = if at > 0 { "…".to_owned() } else { String::new() };
    // Words inside other marked words are marked already.
    for mark in marks.iter().filter(|it| it.end <= range.end) {
        if mark.start < at {
            continue;
        }
        plain.push_str(&shown(&note[at..mark.start]));
        put(std::mem::take(&mut plain), false);
        put(shown(&note[mark.clone()]), true);
        at = mark.end;
    }
    plain.push_str(&shown(&note[at..range.end.max(at)]));
    if range.end < note.len() {
        plain.push('…');
    }
    put(plain, false);
    Excerpt { line, pieces }
}

/// Text of a note as pages and cells can hold it: line ends are `\n`, other signs of control are a dot.
fn shown(text: &str) -> String {
    let kept = text.chars().filter(|it| *it != '\r');
    kept.map(|it| if it.is_control() && !matches!(it, '\n' | '\t') { '·' } else { it }).collect()
}

/// The next boundary of a character at or after `at`.
fn boundary(note: &str, at: usize) -> usize {
    (at..note.len()).find(|it| note.is_char_boundary(*it)).unwrap_or(note.len())
}
