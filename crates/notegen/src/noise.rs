//! What happens to a text after it was written: British forms, shorthand, errors, unfilled slots, wraps, pages.
//!
//! None of it changes the right answer. Figures are never misread: another level would be another note.

use crate::banks::{Layout, Noise};
use crate::dice::Dice;

/// The text as it leaves the house. What was done is noted in `log`.
pub(crate) fn dress(
    noise: &Noise,
    layout: &Layout,
    mut text: String,
    clean: bool,
    dice: &mut Dice,
    log: &mut Vec<String>,
) -> String {
    let mut note = |name: &str| log.push(name.to_owned());
    if layout.british {
        text = replaced(&text, &noise.british, 100, dice);
    }
    if !clean {
        if layout.spoken {
            text = replaced(&text, &noise.recognition, 25, dice);
            note("recognition");
        } else if dice.chance(12) {
            text = replaced(&text, &noise.abbreviations, 60, dice);
            note("abbreviations");
        }
        if dice.chance(20) {
            text = typos(&text, dice);
            note("typos");
        }
        if !layout.spoken && dice.chance(12) {
            let line = dice.pick(&noise.residue).cloned().unwrap_or_default();
            text = format!("{text}\n{line}");
            note("unfilled slot");
        }
    }
    if layout.capitals {
        text = text.to_uppercase();
    }
    if layout.wrap > 0 {
        text = wrapped(&text, layout.wrap + dice.below(12));
    }
    if layout.page > 0 {
        let head = dice.pick(&noise.page_heads).cloned().unwrap_or_default();
        text = paged(&text, layout.page + dice.below(8), &head);
    }
    if !clean && dice.chance(8) {
        text = text.replace('\n', "\r\n");
        note("CRLF");
    }
    text
}

/// Whole words replaced, each occurrence in `percent` of cases.
fn replaced(text: &str, pairs: &[[String; 2]], percent: u32, dice: &mut Dice) -> String {
    let mut text = text.to_owned();
    for [from, to] in pairs {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find(from.as_str()) {
            let end = at + from.len();
            let open = rest[..at].chars().next_back().or(out.chars().next_back());
            let whole = |it: Option<char>| !it.is_some_and(char::is_alphanumeric);
            let take = whole(open) && whole(rest[end..].chars().next()) && dice.chance(percent);
            out.push_str(&rest[..at]);
            out.push_str(if take { to } else { from });
            rest = &rest[end..];
        }
        out.push_str(rest);
        text = out;
    }
    text
}

/// One to three words of six letters or more, each with two letters swapped, one dropped or one doubled.
fn typos(text: &str, dice: &mut Dice) -> String {
    let mut out = text.to_owned();
    for _ in 0..dice.between(1, 3) {
        let words: Vec<(usize, usize)> = long_words(&out);
        let Some((start, end)) = dice.pick(&words).copied() else { break };
        let mut letters: Vec<char> = out[start..end].chars().collect();
        let at = dice.between(1, letters.len() - 3);
        match dice.below(3) {
            0 => letters.swap(at, at + 1),
            1 => drop(letters.remove(at)),
            _ => letters.insert(at, letters[at]),
        }
        out.replace_range(start..end, &letters.into_iter().collect::<String>());
    }
    out
}

fn long_words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_ascii_alphabetic(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                if at - from >= 6 {
                    words.push((from, at));
                }
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    for line in text.split('\n') {
        if !out.is_empty() {
            out.push('\n');
        }
        let mut column = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
    }
    out
}

/// A head after every `lines` lines.
fn paged(text: &str, lines: usize, head: &str) -> String {
    let all: Vec<&str> = text.split('\n').collect();
    let pages: Vec<String> = all
        .chunks(lines.max(1))
        .enumerate()
        .map(|(index, page)| format!("{}\n\n{}", head.replace("<page>", &(index + 1).to_string()), page.join("\n")))
        .collect();
    pages.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::{paged, replaced, typos, wrapped};
    use crate::dice::Dice;

    #[test]
    fn whole_words_only() {
        let pairs = [["mark".to_owned(), "sign".to_owned()]];
        let mut dice = Dice::new(1, 1, 1);
        assert_eq!(replaced("mark marked remark, mark.", &pairs, 100, &mut dice), "sign marked remark, sign.");
    }

    #[test]
    fn wraps_and_pages() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
        assert_eq!(paged("a\nb\nc", 2, "Page <page>"), "Page 1\n\na\nb\n\nPage 2\n\nc");
    }

    #[test]
    fn typos_spare_figures() {
        let text = typos("epidural 123456789 needle", &mut Dice::new(1, 1, 1));
        assert!(text.contains("123456789") && text != "epidural 123456789 needle");
    }
}
