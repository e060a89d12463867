//! Where levels and dates may begin, so that their patterns need not be tried everywhere.

use regex::Captures;

use crate::lexicon::patterns::Patterns;
use crate::lexicon::trie::Word;

/// No level and no date is longer than this many bytes, a run of spaces, commas and dashes in it not counted.
const LONGEST: usize = 96;

/// Where a form may begin among the words: where `begins` accepts one, given the text from there on and its end in it.
pub(crate) fn candidates<'a>(
    text: &'a str,
    words: &'a [Word],
    begins: impl Fn(&[u8], usize) -> bool + 'a,
) -> impl Iterator<Item = usize> + 'a {
    let bytes = text.as_bytes();
    let accepted = move |it: &&Word| {
        begins(&bytes[it.start()..], it.end() - it.start()) && (it.start() == 0 || bytes[it.start() - 1] != b'_')
    };
    words.iter().filter(accepted).map(Word::start)
}

/// The text from `start` on as far as a form that begins there may go, and one character more.
pub(crate) fn window(text: &str, start: usize) -> &str {
    let bytes = text.as_bytes();
    let mut end = (start + LONGEST).min(bytes.len());
    let run = bytes[end..].iter().take_while(|it| matches!(it, b' ' | b',' | b'-')).count();
    if run > 0 {
        end = (end + run + LONGEST).min(bytes.len());
    }
    &text[start..text.ceil_char_boundary(end)]
}

/// Every date in `text`, with where it starts.
pub(crate) fn dates<'a>(
    text: &'a str,
    words: &'a [Word],
    patterns: &'a Patterns,
) -> impl Iterator<Item = (usize, Captures<'a>)> {
    let mut from = 0;
    candidates(text, words, begins_date).filter_map(move |start| {
        if start < from {
            return None;
        }
        let captures = patterns.date.regex.captures(window(text, start))?;
        from = start + captures.get(0)?.end();
        Some((start, captures))
    })
}

/// A figure, or the first letters of a month; like all of this kind it is given the text from a word on, and how long
/// the word is.
pub(crate) fn begins_date(word: &[u8], _: usize) -> bool {
    let letters = |it: &[u8; 3]| {
        matches!(
            &it.map(|it| it | 0x20),
            b"jan" | b"feb" | b"mar" | b"apr" | b"may" | b"jun" | b"jul" | b"aug" | b"sep" | b"oct" | b"nov" | b"dec"
        )
    };
    word[0].is_ascii_digit() || word.first_chunk().is_some_and(letters)
}

/// Whether a level may be written or spoken from a word on, by its first two bytes: most words are sent on here.
pub(crate) fn may_begin_level(text: &[u8], word: &Word) -> bool {
    let first = matches!(text[word.start()] | 0x20, b'c' | b'd' | b'e' | b'l' | b's' | b't');
    let second = text.get(word.start() + 1).copied().unwrap_or_default();
    first & SECOND[usize::from(second)]
}

/// The byte behind the first letter of a level: a figure, a sign, or a letter of a region or of a number.
const SECOND: [bool; 256] = {
    let mut second = [false; 256];
    let signs = b"0123456789 -lsuehaowtfn";
    let mut at = 0;
    while at < signs.len() {
        second[signs[at] as usize] = true;
        second[signs[at].to_ascii_uppercase() as usize] = true;
        at += 1;
    }
    second
};

/// A letter of the spine and a figure, perhaps with a space or a hyphen between: `L4`, `T-8`.
pub(crate) fn begins_written(word: &[u8], _: usize) -> bool {
    let figure = |at: usize| word.get(at).is_some_and(u8::is_ascii_digit);
    matches!(word[0] | 0x20, b'c' | b't' | b'd' | b'l' | b's')
        && (figure(1) || matches!(word.get(1), Some(b' ' | b'-')) && figure(2))
}

/// A spoken letter or a region and a number: `ell four`, `lumbar 4`.
pub(crate) fn begins_in_words(word: &[u8], _: usize) -> bool {
    // By the first byte, so that few are compared.
    let letters: &[&[u8]] = match word[0] | 0x20 {
        b'l' => &[b"l", b"lumbar"],
        b'c' => &[b"c", b"cervical"],
        b't' => &[b"t", b"tee", b"thoracic"],
        b's' => &[b"s", b"see", b"sea", b"sacral"],
        b'e' => &[b"el", b"ell", b"ess"],
        _ => return false,
    };
    letters.iter().any(|letter| {
        let rest = word.get(letter.len()..).unwrap_or_default();
        let begins =
            |rest: &[u8]| rest.first().is_some_and(|it| it.is_ascii_digit() || b"owtfsean".contains(&(it | 0x20)));
        let may = begins(rest) || matches!(rest, [b' ' | b'-', rest @ ..] if begins(rest));
        may && word[..letter.len()].eq_ignore_ascii_case(letter)
            && (is_number(rest) || matches!(rest, [b' ' | b'-', rest @ ..] if is_number(rest)))
    })
}

/// Whether a text begins with a figure or the name of a number.
fn is_number(text: &[u8]) -> bool {
    let letters = |it: &[u8; 3]| {
        matches!(
            &it.map(|it| it | 0x20),
            b"one"
                | b"won"
                | b"two"
                | b"thr"
                | b"fou"
                | b"for"
                | b"fiv"
                | b"six"
                | b"sev"
                | b"eig"
                | b"ate"
                | b"nin"
                | b"ten"
                | b"ele"
                | b"twe"
        )
    };
    text.first().is_some_and(u8::is_ascii_digit) || text.first_chunk().is_some_and(letters)
}
