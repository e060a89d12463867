//! Lines of a note with words underlined and labelled; long lines are cut to windows around the words.

use std::collections::BTreeMap;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::render::page_width::{page, quoted};
use crate::render::text::{Style, put};

/// Columns shown before the first word of a window, where the line is cut.
const LEAD: usize = 30;

/// Words of the note to underline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Bytes of the note.
    pub range: Range<usize>,
    /// What they decided.
    pub label: String,
    /// Whether they speak against the result.
    pub against: bool,
    /// Place in the file, where the note was read from a document.
    pub place: Option<String>,
}

/// The lines that hold marked words, with line numbers, underlines and labels.
pub(crate) fn render(note: &str, marks: &[Mark], style: &Style) -> String {
    let mut lines: BTreeMap<usize, Vec<Mark>> = BTreeMap::new();
    let starts = line_starts(note);
    for mark in merged(marks) {
        let line = starts.partition_point(|it| *it <= mark.range.start).saturating_sub(1);
        lines.entry(line).or_default().push(mark);
    }
    let gutter = lines.keys().next_back().map_or(1, |it| (it + 1).to_string().len());
    let mut out = String::new();
    for (line, marks) in lines {
        let start = starts[line];
        let end = starts.get(line + 1).copied().unwrap_or(note.len());
        let text = note[start..end].trim_end();
        let marks: Vec<Mark> = marks.into_iter().map(|it| within(it, start, text.len())).collect();
        for window in windows(text, marks) {
            window.render(text, line + 1, gutter, style, &mut out);
        }
    }
    out
}

fn line_starts(note: &str) -> Vec<usize> {
    let mut starts = vec![0];
    starts.extend(note.match_indices('\n').map(|it| it.0 + 1));
    starts
}

/// Marks of the same words become one, labels joined; in the order of the text.
fn merged(marks: &[Mark]) -> Vec<Mark> {
    let mut by_range: BTreeMap<(usize, usize), Mark> = BTreeMap::new();
    for mark in marks.iter().filter(|it| !it.range.is_empty()) {
        let key = (mark.range.start, mark.range.end);
        let found = by_range.entry(key).or_insert_with(|| Mark { label: String::new(), against: true, ..mark.clone() });
        found.against &= mark.against;
        if !found.label.split(", ").any(|it| it == mark.label) {
            let comma = if found.label.is_empty() { "" } else { ", " };
            found.label = format!("{}{comma}{}", found.label, mark.label);
        }
    }
    by_range.into_values().collect()
}

/// A mark in offsets of its line, cut at the line's end.
fn within(mark: Mark, start: usize, len: usize) -> Mark {
    let range = (mark.range.start - start).min(len)..(mark.range.end - start).min(len);
    Mark { range, ..mark }
}

/// A part of a line that fits the width.
struct Window {
    range: Range<usize>,
    marks: Vec<Mark>,
}

/// Cuts a line into windows that hold its marks.
fn windows(text: &str, marks: Vec<Mark>) -> Vec<Window> {
    let indent = text.len() - text.trim_start().len();
    if width(&text[indent..]) <= quoted() && marks.iter().all(|it| it.range.start >= indent) {
        return vec![Window { range: indent..text.len(), marks }];
    }
    let mut windows: Vec<Window> = Vec::new();
    for mark in marks {
        match windows.last_mut() {
            Some(it) if mark.range.end <= it.range.end => it.marks.push(mark),
            _ => {
                let floor = windows.last().map_or(indent, |it| it.range.end);
                let range = window(text, &mark.range, floor.min(mark.range.start));
                windows.push(Window { range, marks: vec![mark] });
            }
        }
    }
    windows
}

/// The window that begins a little before the marked words, at a word, but not before `floor`.
fn window(text: &str, marked: &Range<usize>, floor: usize) -> Range<usize> {
    // Long words leave less room before them.
    let lead = LEAD.min(quoted().saturating_sub(width(&text[marked.clone()])));
    let mut start = back(text, marked.start, lead).max(floor);
    if width(&text[start..]) < quoted() {
        start = back(text, text.len(), quoted()).max(floor).min(start);
    }
    if start > floor {
        // At a word, unless that skips the marked one.
        let next = text[start..marked.start].find(' ').map_or(start, |it| start + it + 1);
        start = next.min(marked.start);
    }
    start += text[start..marked.start].len() - text[start..marked.start].trim_start().len();
    let mut end = forward(text, start, quoted());
    if end < text.len() {
        end = text[start..end].rfind(' ').map_or(end, |it| start + it);
    }
    start..end.max(marked.end)
}

/// The offset `columns` before `from`.
fn back(text: &str, from: usize, columns: usize) -> usize {
    let mut left = columns;
    let mut at = from;
    for (index, character) in text[..from].char_indices().rev() {
        let wide = columns_of(character);
        if wide > left {
            break;
        }
        left -= wide;
        at = index;
    }
    at
}

/// The offset `columns` after `from`.
fn forward(text: &str, from: usize, columns: usize) -> usize {
    let mut left = columns;
    for (index, character) in text[from..].char_indices() {
        let wide = columns_of(character);
        if wide > left {
            return from + index;
        }
        left -= wide;
    }
    text.len()
}

impl Window {
    fn render(&self, text: &str, number: usize, gutter: usize, style: &Style, out: &mut String) {
        let (dim, bar) = (style.dim, "|");
        let before = if self.range.start > text.len() - text.trim_start().len() { "… " } else { "" };
        let after = if self.range.end < text.len() { " …" } else { "" };
        let shown = shown(&text[self.range.clone()]);
        put(
            out,
            format_args!("    {dim}{number:>gutter$} {bar}{dim:#} {dim}{before}{dim:#}{shown}{dim}{after}{dim:#}\n"),
        );
        let offset = width(before);
        let rows = rows(self.marks.iter().map(|it| self.placed(it, text, offset)));
        let free = page().map_or(usize::MAX, |it| it.saturating_sub(gutter + 7));
        let lines: Vec<String> = rows.iter().flat_map(|row| underlines(row, free, style)).collect();
        let last = lines.len();
        for (index, line) in lines.into_iter().enumerate() {
            let place = self.place(number).filter(|_| index + 1 == last);
            let place = place.map(|it| format!("  {dim}({it}){dim:#}")).unwrap_or_default();
            put(out, format_args!("    {dim}{:>gutter$} {bar}{dim:#} {line}{place}\n", ""));
        }
    }

    /// Place of the window in the file, unless the number of its line says the same.
    fn place(&self, number: usize) -> Option<&str> {
        let place = self.marks.iter().find_map(|it| it.place.as_deref())?;
        (place != format!("line {number}")).then_some(place)
    }

    /// A mark in columns of the window.
    fn placed<'a>(&self, mark: &'a Mark, text: &str, offset: usize) -> Placed<'a> {
        let start = mark.range.start.max(self.range.start);
        let end = mark.range.end.min(self.range.end).max(start);
        let column = offset + width(&text[self.range.start..start]);
        Placed { column, length: width(&text[start..end]).max(1), mark }
    }
}

/// An underline with its label.
struct Placed<'a> {
    column: usize,
    length: usize,
    mark: &'a Mark,
}

impl Placed<'_> {
    /// The column after underline, label and a gap.
    fn end(&self) -> usize {
        self.column + self.length + width(&self.mark.label) + 3
    }
}

/// Distributes underlines over as few rows as hold them without touching.
fn rows<'a>(marks: impl Iterator<Item = Placed<'a>>) -> Vec<Vec<Placed<'a>>> {
    let mut rows: Vec<Vec<Placed<'a>>> = Vec::new();
    for mark in marks {
        let free = |row: &&mut Vec<Placed<'a>>| row.last().is_none_or(|it| it.end() <= mark.column);
        match rows.iter_mut().find(free) {
            Some(row) => row.push(mark),
            None => rows.push(vec![mark]),
        }
    }
    rows
}

/// The line of underlines with their labels; a label that does not fit behind its underline has a line below it.
fn underlines(row: &[Placed<'_>], free: usize, style: &Style) -> Vec<String> {
    let mut out = String::new();
    let mut below = Vec::new();
    let mut column = 0;
    for it in row {
        let color = if it.mark.against { style.bad } else { style.good };
        let line = if it.mark.against { "!" } else { "^" }.repeat(it.length);
        out.push_str(&" ".repeat(it.column.saturating_sub(column)));
        if it.end() - 2 <= free {
            put(&mut out, format_args!("{color}{line} {}{color:#}", it.mark.label));
        } else {
            put(&mut out, format_args!("{color}{line}{color:#}"));
            let start = (it.column + it.length).saturating_sub(width(&it.mark.label));
            below.push(format!("{}{color}{}{color:#}", " ".repeat(start), it.mark.label));
        }
        column = it.end() - 2;
    }
    below.insert(0, out);
    below
}

/// The text as it is safe to show: what could steer a terminal becomes a dot.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Columns of a text as [`shown`] shows it.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(character: char) -> usize {
    visible(character).width().unwrap_or(1)
}

fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        // Marks that turn the direction of text, and invisible ones.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '·',
        it if it.is_control() => '·',
        it => it,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(note: &str, words: &[(&str, &str)]) -> Vec<Mark> {
        let range = |word: &str| {
            let start = note.find(word).expect("the word is in the note");
            start..start + word.len()
        };
        words
            .iter()
            .map(|it| Mark { range: range(it.0), label: it.1.to_owned(), against: false, place: None })
            .collect()
    }

    fn plain(note: &str, words: &[(&str, &str)]) -> String {
        render(note, &marks(note, words), &Style::plain())
    }

    #[test]
    fn lines_keep_their_numbers_and_words_their_columns() {
        let shown = plain("one\n\n  für L4-5 epidural\r\n", &[("L4-5", "level"), ("epidural", "space")]);
        let expected = "    3 | für L4-5 epidural\n      |     ^^^^ level\n      |          ^^^^^^^^ space\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_same_words_are_underlined_once() {
        let shown = plain("caudal block", &[("caudal", "level"), ("caudal", "approach"), ("caudal", "level")]);
        assert_eq!(shown, "    1 | caudal block\n      | ^^^^^^ level, approach\n");
    }

    #[test]
    fn a_place_in_a_document_is_said_once_a_line() {
        let note = "L4-5 epidural";
        let mut marks = marks(note, &[("L4-5", "level"), ("epidural", "space")]);
        for it in &mut marks {
            it.place = Some("page 2, line 1".to_owned());
        }
        let shown = render(note, &marks, &Style::plain());
        let expected = "    1 | L4-5 epidural\n      | ^^^^ level\n      |      ^^^^^^^^ space  (page 2, line 1)\n";
        assert_eq!(shown, expected);
        for it in &mut marks {
            it.place = Some("line 1".to_owned());
        }
        assert_eq!(render(note, &marks, &Style::plain()), plain(note, &[("L4-5", "level"), ("epidural", "space")]));
    }

    #[test]
    fn long_lines_are_cut_around_the_words() {
        let note = format!("{} fluoroscopy {} L4-5 {}", "word ".repeat(100), "word ".repeat(200), "é".repeat(300));
        let shown = plain(&note, &[("fluoroscopy", "imaging"), ("L4-5", "level")]);
        assert_eq!(shown.lines().count(), 4, "{shown}");
        assert!(shown.lines().all(|it| width(it) <= super::quoted() + 12), "{shown}");
        let (text, line) = (shown.lines().next().expect("a line"), shown.lines().nth(1).expect("a line"));
        let column = |text: &str, part: &str| width(&text[..text.find(part).expect("the part is there")]);
        assert_eq!(column(text, "fluoroscopy"), column(line, "^"));
    }

    #[test]
    fn any_marks_in_any_text_can_be_shown() {
        let notes = ["", "\n", "a", "é\u{301}日本語\t\u{202e}x\r\nb", &"日本語 ".repeat(60), &"x".repeat(500)];
        for note in notes {
            let bounds: Vec<usize> = (0..=note.len()).filter(|it| note.is_char_boundary(*it)).collect();
            for start in bounds.iter().step_by(3) {
                for end in bounds.iter().filter(|it| *it > start).step_by(7) {
                    let mark = |range| Mark { range, label: "x".to_owned(), against: true, place: None };
                    render(note, &[mark(*start..*end), mark(0..*end)], &Style::plain());
                }
            }
        }
    }
}
