//! Numbers of ribs and of the spaces and nerves between them, as titles and narratives list them.

use std::ops::Range;

/// Whether a sentence names ribs, the spaces between them or the nerves there.
pub(crate) fn names_numbered(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["intercostal", "rib", "space", "icnb"].iter().any(|it| lower.contains(it))
}

/// Ordinals and numbers of ribs and intercostal spaces in a range, ranges filled: `fourth to tenth`, `T4-T8`,
/// `ribs 5, 6`. Bare numbers count only behind the word that they number.
pub(crate) fn numbers(text: &str, range: Range<usize>) -> Vec<(u8, usize, usize)> {
    const NUMBERED: [&str; 11] = [
        "rib",
        "ribs",
        "space",
        "spaces",
        "interspace",
        "interspaces",
        "nerve",
        "nerves",
        "level",
        "levels",
        "intercostal",
    ];
    let mut found: Vec<(u8, usize, usize)> = Vec::new();
    let (mut to_next, mut open) = (false, false);
    let words: Vec<(usize, &str)> = words(text, range);
    for (index, (start, word)) in words.iter().enumerate() {
        let (start, end) = (*start, start + word.len());
        let lower = word.to_ascii_lowercase();
        let decimal = text[end..].strip_prefix('.').is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
        let amount = decimal || text[end..].starts_with('%') || words.get(index + 1).is_some_and(|it| is_unit(it.1));
        match ordinal(&lower, open).filter(|_| !amount) {
            Some(number) => {
                let dash = text[..start].ends_with('-') && found.last().is_some_and(|it| it.2 + 1 == start);
                match found.last().copied().filter(|it| (to_next || dash) && it.0 < number) {
                    Some(last) => found.extend((last.0 + 1..=number).map(|it| (it, start, end))),
                    None => found.push((number, start, end)),
                }
                to_next = false;
            }
            None if matches!(lower.as_str(), "to" | "through" | "thru") => to_next = true,
            None if matches!(lower.as_str(), "the" | "and") => {}
            None => {
                to_next = false;
                open = NUMBERED.contains(&lower.as_str());
            }
        }
    }
    found
}

/// The words of a range, each with where it starts.
fn words(text: &str, range: Range<usize>) -> Vec<(usize, &str)> {
    let slice = &text[range.clone()];
    let words = slice.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words.map(|it| (range.start + (it.as_ptr() as usize - slice.as_ptr() as usize), it)).collect()
}

/// Whether a word makes the number before it an amount.
fn is_unit(word: &str) -> bool {
    ["ml", "cc", "mg", "mcg", "gauge", "g", "cm", "mm", "inch", "percent", "minutes", "times"]
        .iter()
        .any(|it| word.eq_ignore_ascii_case(it))
}

/// The number of a rib: an ordinal or `T4`; where numbers are expected also a number or its word.
fn ordinal(word: &str, expected: bool) -> Option<u8> {
    const WORDS: [(&str, &str); 12] = [
        ("first", "one"),
        ("second", "two"),
        ("third", "three"),
        ("fourth", "four"),
        ("fifth", "five"),
        ("sixth", "six"),
        ("seventh", "seven"),
        ("eighth", "eight"),
        ("ninth", "nine"),
        ("tenth", "ten"),
        ("eleventh", "eleven"),
        ("twelfth", "twelve"),
    ];
    if let Some(at) = WORDS.iter().position(|it| it.0 == word || expected && it.1 == word) {
        return Some(at as u8 + 1);
    }
    let digits = word
        .trim_start_matches('t')
        .trim_end_matches("th")
        .trim_end_matches("rd")
        .trim_end_matches("nd")
        .trim_end_matches("st");
    let named = expected || digits.len() < word.len();
    digits.parse().ok().filter(|it| (1..=12).contains(it) && named)
}

#[cfg(test)]
mod tests {
    use super::{names_numbered, numbers};

    #[test]
    fn numbers_are_read_where_they_number_something() {
        for (text, expected) in [
            ("from fourth to tenth intercostal spaces, left", vec![4, 5, 6, 7, 8, 9, 10]),
            ("injected in the spaces four to eight sequentially", vec![4, 5, 6, 7, 8]),
            ("T5, T6 and T7 intercostal nerves", vec![5, 6, 7]),
            ("T4-T6 intercostal blocks", vec![4, 5, 6]),
            ("ribs 5, 6 and 7", vec![5, 6, 7]),
            ("4 mL of 0.25% bupivacaine at each rib", vec![]),
            ("three intercostal nerves with 5 mL", vec![]),
            ("at rib 7 5 mL", vec![7]),
        ] {
            let read: Vec<u8> = numbers(text, 0..text.len()).iter().map(|it| it.0).collect();
            assert_eq!(read, expected, "{text}");
        }
        assert!(!names_numbered("The patient was seen."));
    }
}
