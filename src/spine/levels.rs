//! Vertebral levels: from the forms of the patterns to interspaces such as `L4-L5`.

use regex::Captures;

use crate::lexicon::patterns::Patterns;
use crate::lexicon::trie::Word;
use crate::text::pattern_candidates::{begins_in_words, begins_written, candidates, may_begin_level, window};

/// A level as the note gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub start: usize,
    pub end: usize,
    /// `L4-L5`, `C7-T1` or, for one vertebra, `L4`.
    pub name: String,
    /// Whether it is an interspace.
    pub pair: bool,
    /// Index into [`Patterns::levels`].
    pub pattern: usize,
}

/// Every level in `text`, whose words are given, by start, without overlaps; ranges such as `L2-S1` are not levels.
pub(crate) fn levels(text: &str, words: &[Word], patterns: &Patterns) -> Vec<Level> {
    let mut found: Vec<Level> = Vec::new();
    // Stretches already read by a more specific form, levels or not.
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let near: Vec<Word> = words.iter().filter(|it| may_begin_level(text.as_bytes(), it)).copied().collect();
    let written: Vec<usize> = candidates(text, &near, begins_written).collect();
    for (index, pattern) in patterns.levels.iter().enumerate() {
        let id = pattern.id.as_str();
        // Ordinal forms are looked for where no other interspace is found.
        let begins: &[usize] = match id {
            "level-ordinal" if found.iter().any(|it| it.pair) => continue,
            "level-spoken" => &candidates(text, &near, begins_in_words).collect::<Vec<_>>(),
            "level-ordinal" => &candidates(text, words, begins_ordinal).collect::<Vec<_>>(),
            _ => &written,
        };
        if begins.is_empty() {
            continue;
        }
        let before = taken.clone();
        let mut from = 0;
        for start in begins.iter().copied() {
            if start < from {
                continue;
            }
            let part = window(text, start);
            let Some(captures) = pattern.regex.captures(part) else { continue };
            let end = start + captures.get(0).map_or(0, |it| it.end());
            from = end.max(start + 1);
            let free = before.partition_point(|it| it.1 <= start);
            if before.get(free).is_some_and(|it| it.0 < end) {
                continue;
            }
            match read(id, &LevelForm { text, start, end, captures: &captures }) {
                Reading::Level(name, pair) => {
                    found.push(Level { start, end, name, pair, pattern: index });
                    taken.push((start, end));
                }
                Reading::Range => taken.push((start, end)),
                Reading::Nothing => from = start + resume(&captures),
            }
        }
        taken.sort_unstable();
    }
    found.sort_unstable_by_key(|it| it.start);
    found
}

/// Reading of a match of a pattern.
enum Reading {
    Level(String, bool),
    /// Levels from one to another: no single level, and the ends are none either.
    Range,
    Nothing,
}

/// A match of a pattern, and where it lies.
struct LevelForm<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    captures: &'a Captures<'a>,
}

/// Where to look on behind the start of a match that was not a level: behind its first part, so that the second
/// can start one.
fn resume(captures: &Captures<'_>) -> usize {
    captures.get(2).or_else(|| captures.get(1)).map_or(1, |it| it.end().max(1))
}

fn read(pattern: &str, form: &LevelForm<'_>) -> Reading {
    match pattern {
        "level-pair" | "level-spoken" => read_pair(form),
        "level-compact" => read_compact(form.captures),
        "level-ordinal" => read_ordinal(form.captures),
        "level-sacrum" => Reading::Level("L5-S1".to_owned(), true),
        _ => read_single(form),
    }
}

fn group<'a>(captures: &'a Captures<'_>, index: usize) -> Option<&'a str> {
    captures.get(index).map(|it| it.as_str())
}

fn read_pair(form: &LevelForm<'_>) -> Reading {
    let LevelForm { text, start, end, captures } = *form;
    let (Some(first), Some(low)) = (group(captures, 1).and_then(letter), group(captures, 2).and_then(number)) else {
        return Reading::Nothing;
    };
    let Some(high) = group(captures, 4).and_then(number) else { return Reading::Nothing };
    let named = group(captures, 3).and_then(letter);
    let second = named.unwrap_or(first);
    let separator = separator(form);
    let bare = named.is_none() && separator.chars().all(|it| it == ' ');
    if bare && followed_by_unit(text, end) {
        return Reading::Nothing;
    }
    if !valid(first, low) || !valid(second, high) {
        return Reading::Nothing;
    }
    let is_list = separator.contains(',') || separator.contains("and") || separator.contains('&');
    if is_list && (in_longer_list(text, start, end) || named.is_some() && !is_between(text, start, end)) {
        return Reading::Nothing;
    }
    if adjacent(first, low, second, high) {
        return Reading::Level(format!("{first}{low}-{second}{high}"), true);
    }
    // Two named levels that are not neighbors: with a list sign two levels, with a dash a range.
    if is_list || bare || separator.contains("or") { Reading::Nothing } else { Reading::Range }
}

/// Text between the two halves of a pair.
fn separator<'a>(form: &LevelForm<'a>) -> &'a str {
    let from = form.captures.get(2).map_or(0, |it| it.end());
    let to = form.captures.get(3).or_else(|| form.captures.get(4)).map_or(from, |it| it.start());
    form.text.get(form.start + from..form.start + to).unwrap_or("")
}

/// Whether `L3, L4` goes on as `L3, L4 and L5`, or `L4 and L5` comes after `L3,`: a list, not an interspace.
fn in_longer_list(text: &str, start: usize, end: usize) -> bool {
    let after = text[end..].trim_start_matches([',', ' ', '&']).trim_start_matches("and ").trim_start();
    let before = text[..start].trim_end_matches("and ").trim_end_matches([',', ' ', '&']);
    let goes_on = after.len() < text.len() - end && starts_level(after) && !after.is_empty();
    let word = before.rsplit([' ', ',']).next().unwrap_or("");
    let comes_after = before.len() < start && starts_level(word) && text[before.len()..start].contains([',', '&']);
    goes_on || comes_after
}

/// Whether `L4 and L5` is one interspace: `between` stands before it or a word for a gap after it.
fn is_between(text: &str, start: usize, end: usize) -> bool {
    const GAPS: [&str; 9] = [
        "interspace",
        "space",
        "interlaminar",
        "intervertebral",
        "interspinous",
        "vertebra",
        "lamina",
        "spinous",
        "junction",
    ];
    let before = text[..start].trim_end().rsplit(' ').take(3).any(|it| it.eq_ignore_ascii_case("between"));
    let after = lower_prefix(text[end..].trim_start(), 16);
    before || GAPS.iter().any(|it| after.starts_with(it))
}

fn starts_level(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|it| matches!(it.to_ascii_uppercase(), b'C' | b'T' | b'L' | b'S'))
        && bytes.next().is_some_and(|it| it.is_ascii_digit())
}

fn followed_by_unit(text: &str, end: usize) -> bool {
    const UNITS: [&str; 12] = ["ml", "cc", "mg", "mcg", "cm", "mm", "%", "percent", "g", "units", "ug", "x"];
    let rest = text[end..].trim_start();
    let word = rest.split(|it: char| !it.is_ascii_alphabetic() && it != '%').next().unwrap_or("");
    rest.starts_with(['.', '%', '/']) && rest[1..].starts_with(|it: char| it.is_ascii_digit())
        || UNITS.contains(&word.to_ascii_lowercase().as_str())
        || text[end..].starts_with('.') && text[end + 1..].starts_with(|it: char| it.is_ascii_digit())
}

fn read_compact(captures: &Captures<'_>) -> Reading {
    let whole = captures.get(0).map_or("", |it| it.as_str()).to_ascii_uppercase();
    let name = match whole.as_str() {
        "L5S1" => "L5-S1".to_owned(),
        "C7T1" => "C7-T1".to_owned(),
        "T12L1" => "T12-L1".to_owned(),
        _ => {
            let (letter, digits) = whole.split_at(1);
            let cut = digits.len() / 2;
            let cut = if digits == "910" { 1 } else { cut };
            format!("{letter}{}-{letter}{}", &digits[..cut], &digits[cut..])
        }
    };
    Reading::Level(name, true)
}

fn read_ordinal(captures: &Captures<'_>) -> Reading {
    let (Some(first), Some(region)) = (group(captures, 1).and_then(ordinal), group(captures, 3)) else {
        return Reading::Nothing;
    };
    let letter = match region.to_ascii_lowercase().as_str() {
        "cervical" => 'C',
        "lumbar" => 'L',
        "sacral" => 'S',
        _ => 'T',
    };
    let noun = group(captures, 4).map(str::to_ascii_lowercase);
    match (group(captures, 2).and_then(ordinal), noun.as_deref()) {
        (Some(second), _) if second == first + 1 && valid(letter, second) => {
            Reading::Level(format!("{letter}{first}-{letter}{second}"), true)
        }
        (None, Some("interspace" | "space")) if valid(letter, first) => {
            let (next_letter, next) = below(letter, first);
            Reading::Level(format!("{letter}{first}-{next_letter}{next}"), true)
        }
        (None, Some(_)) if valid(letter, first) => Reading::Level(format!("{letter}{first}"), false),
        _ => Reading::Nothing,
    }
}

fn read_single(form: &LevelForm<'_>) -> Reading {
    let captures = form.captures;
    let (Some(letter), Some(number)) = (group(captures, 1).and_then(letter), group(captures, 2).and_then(number))
    else {
        return Reading::Nothing;
    };
    let rest = lower_prefix(&form.text[form.end..], 9);
    let is_dorsal = group(captures, 1).is_some_and(|it| it.eq_ignore_ascii_case("d"));
    if is_dorsal || !valid(letter, number) || rest.starts_with("-weighted") || rest.starts_with(" weighted") {
        return Reading::Nothing;
    }
    Reading::Level(format!("{letter}{number}"), false)
}

/// The first characters of a text in lower case, without walking the rest.
fn lower_prefix(text: &str, length: usize) -> String {
    text.chars().take(length).map(|it| it.to_ascii_lowercase()).collect()
}

fn letter(text: &str) -> Option<char> {
    match text.trim().to_ascii_lowercase().as_str() {
        "c" | "see" | "sea" | "cervical" => Some('C'),
        "t" | "d" | "tee" | "thoracic" => Some('T'),
        "l" | "el" | "ell" | "lumbar" => Some('L'),
        "s" | "ess" | "sacral" => Some('S'),
        _ => None,
    }
}

fn number(text: &str) -> Option<u8> {
    const WORDS: [(&str, u8); 18] = [
        ("one", 1),
        ("won", 1),
        ("two", 2),
        ("too", 2),
        ("three", 3),
        ("four", 4),
        ("for", 4),
        ("fore", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("ate", 8),
        ("nine", 9),
        ("ten", 10),
        ("eleven", 11),
        ("twelve", 12),
        ("thirteen", 13),
    ];
    let lower = text.to_ascii_lowercase();
    text.parse().ok().or_else(|| WORDS.iter().find(|it| it.0 == lower).map(|it| it.1))
}

fn ordinal(text: &str) -> Option<u8> {
    const WORDS: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
        "twelfth",
    ];
    if text.starts_with(|it: char| it.is_ascii_digit()) {
        return text.trim_end_matches(|it: char| it.is_ascii_alphabetic()).parse().ok();
    }
    WORDS.iter().position(|it| it.eq_ignore_ascii_case(text)).map(|it| it as u8 + 1)
}

/// An ordinal: `fourth`, `4th`.
fn begins_ordinal(text: &[u8], length: usize) -> bool {
    const ENDS: [&[u8; 2]; 4] = [b"st", b"nd", b"rd", b"th"];
    let word = &text[..length];
    let ends = word.last_chunk().is_some_and(|it: &[u8; 2]| ENDS.iter().any(|end| it.eq_ignore_ascii_case(*end)));
    ends && std::str::from_utf8(word).is_ok_and(|it| ordinal(it).is_some())
}

fn valid(letter: char, number: u8) -> bool {
    let last = match letter {
        'C' => 7,
        'T' => 12,
        'L' => 6,
        _ => 5,
    };
    (1..=last).contains(&number)
}

/// The vertebra below.
fn below(letter: char, number: u8) -> (char, u8) {
    match (letter, number) {
        ('C', 7) => ('T', 1),
        ('T', 12) => ('L', 1),
        ('L', 5) => ('S', 1),
        _ => (letter, number + 1),
    }
}

fn adjacent(first: char, low: u8, second: char, high: u8) -> bool {
    (second, high) == below(first, low)
        || (first, low, second, high) == ('L', 5, 'L', 6)
        || (first, low, second, high) == ('L', 6, 'S', 1)
}

/// The region of a level name, by its upper vertebra; the thoracolumbar junction counts as thoracic.
pub(crate) fn region(name: &str) -> &'static str {
    if name.starts_with(['C', 'T']) { "cervical_thoracic" } else { "lumbar_sacral" }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::{begins_ordinal, levels};
    use crate::Lexicon;
    use crate::lexicon::trie::words_of;
    use crate::text::pattern_candidates::{begins_date, begins_in_words, begins_written, candidates, dates, window};

    fn begins(pattern: &str) -> fn(&[u8], usize) -> bool {
        match pattern {
            "level-spoken" => begins_in_words,
            "level-ordinal" => begins_ordinal,
            "date" => begins_date,
            _ => begins_written,
        }
    }

    /// Whatever a pattern matches anywhere begins where it is tried, and its end is in sight from there.
    fn check_candidates(text: &str) {
        let patterns = &Lexicon::embedded().patterns;
        for pattern in patterns.levels.iter().chain([&patterns.date]) {
            let id = pattern.id.as_str();
            let tried: Vec<usize> = candidates(text, &words_of(text), begins(id)).collect();
            for whole in Regex::new(&pattern.expression).expect("compiles").find_iter(text) {
                assert!(tried.contains(&whole.start()), "{id}: {:?} in {text:?}", whole.as_str());
                let found = pattern.regex.find(window(text, whole.start())).map(|it| it.as_str());
                assert_eq!(found, Some(whole.as_str()), "{id} in {text:?}");
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn patterns_match_only_where_they_are_tried(parts in proptest::collection::vec(
            proptest::sample::select(&[
                "L", "l4", "C", "T", "12", "4", "5", "-", "--", "/", " ", " ", " and ", " to ", "_", ",", ".", "see",
                "ell", "ess", "lumbar", "thoracic", "four", "five", "ten", "fourth", "5th", "interspace", "S1", "L5S1",
                "\u{e9}", "March", "2016", "3", "jun", "2nd", "the", "--------------------------------", "12/11/2014",
            ][..]), 0..40)) {
            check_candidates(&parts.concat());
        }
    }

    #[test]
    fn patterns_match_only_where_they_are_tried_in_their_own_tests() {
        let patterns = &Lexicon::embedded().patterns;
        for pattern in patterns.levels.iter().chain([&patterns.date]) {
            pattern.yes.keys().chain(&pattern.no).for_each(|it| check_candidates(it));
        }
    }

    /// Every level pattern reads what its own tests in `patterns.toml` say, and nothing where they say so.
    #[test]
    fn patterns_keep_the_tests_they_carry() {
        let patterns = &Lexicon::embedded().patterns;
        for pattern in &patterns.levels {
            for (text, expected) in &pattern.yes {
                let found: Vec<String> =
                    levels(text, &words_of(text), patterns).into_iter().map(|it| it.name).collect();
                assert!(found.contains(expected), "{}: {text}: {found:?}", pattern.id);
            }
            for text in &pattern.no {
                let found = levels(text, &words_of(text), patterns);
                let own = |it: &super::Level| {
                    patterns.levels[it.pattern].id == pattern.id && it.pair == (pattern.id.as_str() != "level-single")
                };
                assert!(!found.iter().any(own), "{}: {text}: {found:?}", pattern.id);
            }
        }
        let holds_quantity = |text: &str| patterns.quantity.regex.is_match(text);
        let holds_date = |text: &str| dates(text, &words_of(text), patterns).next().is_some();
        let quantity: (_, &dyn Fn(&str) -> bool) = (&patterns.quantity, &holds_quantity);
        for (pattern, holds) in [quantity, (&patterns.date, &holds_date)] {
            assert!(pattern.yes.keys().all(|it| holds(it)), "{}", pattern.id);
            assert!(!pattern.no.iter().any(|it| holds(it)), "{}", pattern.id);
        }
    }
}
