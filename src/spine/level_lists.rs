//! Lists of levels as titles of procedures give them: `L3, L4 and L5`, `L4-5 and L5-S1`, `L3 through S1`.
//!
//! [`levels`](super::levels) reads single interspaces and leaves lists and ranges alone; counting joints, roots,
//! discs and vertebrae needs them.

use std::ops::Range;

/// A vertebra by its place in the column: C1 is 1, T1 is 8, L1 is 20, S1 is 25.
pub(crate) type Vertebra = u8;

/// The first sacral vertebra.
pub(crate) const S1: Vertebra = 25;

/// Levels that one piece of a list names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LevelItem {
    /// One vertebra, or the nerve with its number.
    One(Vertebra),
    /// Two neighbors: an interspace, a joint, a disc.
    Pair(Vertebra, Vertebra),
    /// From one to another that is no neighbor.
    Range(Vertebra, Vertebra),
}

/// A piece of a list and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub start: usize,
    pub end: usize,
    pub item: LevelItem,
}

/// The letters of the column, the first vertebra of each and their number.
const COLUMN: [(u8, u8, u8); 4] = [(b'C', 1, 8), (b'T', 8, 12), (b'L', 20, 5), (b'S', 25, 5)];

/// The vertebra with this letter and number; C8 is the nerve below the seventh and counts as T1's neighbor above.
fn vertebra(letter: u8, number: u8) -> Option<Vertebra> {
    let letter = if letter == b'D' { b'T' } else { letter };
    let (_, first, count) = COLUMN.into_iter().find(|it| it.0 == letter)?;
    (1..=count).contains(&number).then(|| first + number - 1)
}

/// `L4`, from its place in the column.
pub(crate) fn name(at: Vertebra) -> String {
    let (letter, first, _) = COLUMN.into_iter().rev().find(|it| it.1 <= at).unwrap_or(COLUMN[0]);
    format!("{}{}", char::from(letter), at - first + 1)
}

/// `L4-L5`, from the upper of two neighbors.
pub(crate) fn pair_name(upper: Vertebra) -> String {
    format!("{}-{}", name(upper), name(upper + 1))
}

/// Every level and list piece in `text[range]`, by start. Linear in the range.
pub(crate) fn listed(text: &str, range: Range<usize>) -> Vec<Listed> {
    let bytes = &text.as_bytes()[..range.end];
    let mut found = Vec::new();
    let mut at = range.start;
    while at < bytes.len() {
        match head(bytes, at) {
            Some((letter, number, end)) => at = read(bytes, at, letter, number, end, &mut found),
            None => at += 1,
        }
    }
    found
}

/// A letter of the column with its number at a word's start: `L4`, `L-4`, `L 4`; and where it ends.
fn head(bytes: &[u8], at: usize) -> Option<(u8, u8, usize)> {
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let letter = bytes[at].to_ascii_uppercase();
    if !matches!(letter, b'C' | b'T' | b'D' | b'L' | b'S') {
        return None;
    }
    let gap = usize::from(bytes[at].is_ascii_uppercase() && matches!(bytes.get(at + 1), Some(b' ' | b'-')));
    let (number, end) = digits(bytes, at + 1 + gap)?;
    Some((letter, number, end))
}

/// One or two digits and where they end; longer numbers and decimals are none.
fn digits(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let count = bytes.get(at..)?.iter().take(4).take_while(|it| it.is_ascii_digit()).count();
    let number = std::str::from_utf8(bytes.get(at..at + count)?).ok()?.parse().ok()?;
    let decimal = bytes.get(at + count) == Some(&b'.') && bytes.get(at + count + 1).is_some_and(u8::is_ascii_digit);
    ((1..=2).contains(&count) && !decimal).then_some((number, at + count))
}

/// Reads a piece that starts with `letter number`, and the bare numbers that go on with its letter.
fn read(bytes: &[u8], start: usize, letter: u8, number: u8, end: usize, found: &mut Vec<Listed>) -> usize {
    if let Some((upper, end)) = compact(bytes, letter, number, end) {
        found.push(Listed { start, end, item: LevelItem::Pair(upper, upper + 1) });
        return end;
    }
    let Some(first) = vertebra(letter, number).filter(|_| !inside_word(bytes, end)) else { return end };
    let mut end = chain(bytes, start, first, letter, end, found);
    // `C4, 5 and 6`: numbers without a letter go on with the last one.
    while let Some((number_at, number, number_end)) = bare_number(bytes, end) {
        let letter = if number_end < bytes.len() && joined(bytes, number_end).is_some() && letter == b'L' && number > 5
        {
            break;
        } else {
            letter
        };
        let Some(next) = vertebra(letter, number) else { break };
        end = chain(bytes, number_at, next, letter, number_end, found);
    }
    end
}

/// `L45`, `L5S1`, `T1112` and the like: the upper vertebra and the end.
fn compact(bytes: &[u8], letter: u8, number: u8, end: usize) -> Option<(Vertebra, usize)> {
    if number >= 10 && !inside_word(bytes, end) {
        let (high, low) = (number / 10, number % 10);
        let upper = vertebra(letter, high).filter(|_| low == high + 1)?;
        // `T12` is a vertebra.
        return vertebra(letter, number).is_none().then_some((upper, end));
    }
    let (next, number, end) = head_inside(bytes, end).map(|it| (it.0, it.1, it.2))?;
    let (upper, lower) = (vertebra(letter, number_before(bytes, end)?)?, vertebra(next, number)?);
    (lower == upper + 1).then_some((upper, end))
}

/// A letter and number glued to a number: the `S1` of `L5S1`.
fn head_inside(bytes: &[u8], at: usize) -> Option<(u8, u8, usize)> {
    let letter = bytes.get(at)?.to_ascii_uppercase();
    let (number, end) = digits(bytes, at + 1)?;
    (matches!(letter, b'T' | b'L' | b'S') && !inside_word(bytes, end)).then_some((letter, number, end))
}

/// The number before the glued letter of a compact form that ends at `end`.
fn number_before(bytes: &[u8], end: usize) -> Option<u8> {
    let letter = bytes[..end].iter().rposition(u8::is_ascii_alphabetic)?;
    let from = bytes[..letter].iter().rposition(|it| !it.is_ascii_digit())? + 1;
    std::str::from_utf8(&bytes[from..letter]).ok()?.parse().ok()
}

fn inside_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// Follows dashes, slashes and "to" from a vertebra on: pairs, ranges, or the vertebra alone. Gives the end.
fn chain(bytes: &[u8], start: usize, first: Vertebra, letter: u8, end: usize, found: &mut Vec<Listed>) -> usize {
    let (mut from, mut at, mut letter, mut linked) = (first, end, letter, false);
    while let Some(next_at) = joined(bytes, at) {
        let next = head(bytes, next_at).or_else(|| {
            let (number, end) = digits(bytes, next_at)?;
            // `5-1` goes on from the fifth lumbar to the first sacral vertebra.
            let letter = if letter == b'L' && number == 1 && name(from) == "L5" { b'S' } else { letter };
            Some((letter, number, end))
        });
        let Some((next_letter, number, next_end)) = next.filter(|it| !inside_word(bytes, it.2)) else { break };
        let Some(to) = vertebra(next_letter, number).filter(|it| *it > from) else { break };
        let item = if to == from + 1 { LevelItem::Pair(from, to) } else { LevelItem::Range(from, to) };
        found.push(Listed { start, end: next_end, item });
        (from, at, letter, linked) = (to, next_end, next_letter, true);
    }
    if !linked {
        found.push(Listed { start, end, item: LevelItem::One(first) });
    }
    at
}

/// Behind a sign that joins two levels to one piece: where the next one starts.
fn joined(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    for word in [" through ", " thru ", " to ", " - ", "--", "-", " / ", "/"] {
        if rest.len() > word.len() && rest[..word.len()].eq_ignore_ascii_case(word.as_bytes()) {
            return Some(at + word.len());
        }
    }
    None
}

/// A number that goes on with a list: `, 5`, ` and 6`, `, and 6`; not one with a unit behind it.
fn bare_number(bytes: &[u8], at: usize) -> Option<(usize, u8, usize)> {
    let rest = bytes.get(at..)?;
    let skip = [", and ", " and ", " & ", ", & ", ", ", ","]
        .into_iter()
        .find(|it| rest.len() > it.len() && rest[..it.len()].eq_ignore_ascii_case(it.as_bytes()))?
        .len();
    let (number, end) = digits(bytes, at + skip)?;
    let behind = bytes.get(end).copied().unwrap_or(b'.');
    // `L3, 4 mL`: an amount, not a level.
    let unit = behind == b' ' && bytes.get(end + 1).is_some_and(|it| it.is_ascii_lowercase() || *it == b'%');
    let list_word = [
        " and", " level", " facet", " medial", " nerve", " branch", " joint", " lumbar", " bilat", " on ", " right",
        " left", " trans", " under", " with",
    ]
    .into_iter()
    .any(|it| bytes.get(end..end + it.len()).is_some_and(|word| word.eq_ignore_ascii_case(it.as_bytes())));
    (!inside_word(bytes, end) && behind != b'%' && (!unit || list_word)).then_some((at + skip, number, end))
}

#[cfg(test)]
mod tests {
    use super::{LevelItem, listed, name};

    fn read(text: &str) -> String {
        let items = listed(text, 0..text.len()).into_iter().map(|it| match it.item {
            LevelItem::One(at) => name(at),
            LevelItem::Pair(from, to) => format!("{}-{}", name(from), name(to)),
            LevelItem::Range(from, to) => format!("{}..{}", name(from), name(to)),
        });
        items.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lists_are_read_as_people_write_them() {
        for (text, expected) in [
            ("left L3, L4 and L5 medial branch blocks", "L3 L4 L5"),
            ("bilateral L4-5 and L5-S1 facet", "L4-L5 L5-S1"),
            ("L34, L45, L5S1.", "L3-L4 L4-L5 L5-S1"),
            ("C4,5,6 medial branches", "C4 C5 C6"),
            ("L3 through S1", "L3..S1"),
            ("L3-S1", "L3..S1"),
            ("T12-L1 and L1-2", "T12-L1 L1-L2"),
            ("L4/5, L5/S1", "L4-L5 L5-S1"),
            ("C3-4, 4-5 and 5-6", "C3-C4 C4-C5 C5-C6"),
            ("L3-4, 4-5 and 5-1", "L3-L4 L4-L5 L5-S1"),
            ("S1, S2 and S3 lateral branches", "S1 S2 S3"),
            ("at L4, 3 mL of saline", "L4"),
            ("L4 2 mL", "L4"),
            ("C-6 vertebral body", "C6"),
            ("T11-T12", "T11-T12"),
            ("T1112", ""),
            ("L3/L4/L5", "L3-L4 L4-L5"),
            ("levels 1-2", ""),
            ("S. aureus 5", ""),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
