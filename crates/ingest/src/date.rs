//! Dates as people and programs write them.

use jiff::civil::Date;

/// First and last year of a plausible date of service.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2099;
/// Excel serials of 1990-01-01 and 2099-12-31.
const SERIALS: std::ops::RangeInclusive<i32> = 32874..=73050;

/// A date that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// It can be read in one way only.
    Sure(Date),
    /// Day and month may be exchanged: month first, day first.
    Either(Date, Date),
}

impl Reading {
    /// The date, with the day first where it can be read in two ways and `day_first` says so.
    pub(crate) fn date(self, day_first: bool) -> Date {
        match self {
            Reading::Either(_, date) if day_first => date,
            Reading::Sure(date) | Reading::Either(date, _) => date,
        }
    }
}

/// Reads a date, with or without a time behind it.
///
/// `2025-10-14`, `2025/10/14`, `20251014`, `20251014093000-0500`, `10/14/2025`, `14.10.2025`, `14-OCT-2025`,
/// `October 14, 2025`, two-digit years.
pub(crate) fn read(text: &str) -> Option<Reading> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if matches!(digits, 8 | 10 | 12 | 14) {
        return compact(text.get(..8)?).map(Reading::Sure);
    }
    let parts = parts(text);
    match parts.as_slice() {
        [Part::Number(year, 4), Part::Number(month, _) | Part::Month(month), Part::Number(day, _), ..] => {
            sure(i32::try_from(*year).ok()?, *month, *day)
        }
        [Part::Number(first, _), Part::Number(second, _), Part::Number(year, width), ..] => {
            numeric(*first, *second, full_year(*year, *width)?)
        }
        [Part::Number(day, _), Part::Month(month), Part::Number(year, width), ..]
        | [Part::Month(month), Part::Number(day, _), Part::Number(year, width), ..] => {
            sure(full_year(*year, *width)?, *month, *day)
        }
        _ => None,
    }
}

/// Reads a date of a spreadsheet cell: written, or a serial number of days.
pub(crate) fn read_cell(text: &str) -> Option<Reading> {
    let whole = text.trim().split('.').next().unwrap_or_default();
    if whole.len() == 5 && whole.bytes().all(|it| it.is_ascii_digit()) {
        return serial(whole.parse().ok()?).map(Reading::Sure);
    }
    read(text)
}

/// The day of an Excel serial, by the calendar that begins in 1900.
pub(crate) fn serial(days: i32) -> Option<Date> {
    if !SERIALS.contains(&days) {
        return None;
    }
    Date::new(1899, 12, 30).ok()?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// The day of the first eight digits, as HL7 and CDA write it.
pub(crate) fn compact(text: &str) -> Option<Date> {
    let digits = text.get(..8)?;
    if !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    date(digits.get(..4)?.parse().ok()?, digits.get(4..6)?.parse().ok()?, digits.get(6..)?.parse().ok()?)
}

enum Part {
    /// A number and its count of digits.
    Number(u32, usize),
    /// A month by name.
    Month(u32),
}

/// The first three numbers and month names of a text; days of the week are passed over.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let words = text.split(['/', '-', '.', ',', ' ', '\u{a0}']);
    for word in words.flat_map(split_letters).filter(|it| !it.is_empty()) {
        if parts.len() == 3 {
            break;
        }
        match part(word) {
            Some(part) => parts.push(part),
            None if is_filler(word) => {}
            None => return Vec::new(),
        }
    }
    parts
}

/// `14OCT2025` as `14`, `OCT`, `2025`.
fn split_letters(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let same = |it: char| it.is_ascii_digit() == first.is_ascii_digit();
        let end = rest.find(|it| !same(it)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn part(word: &str) -> Option<Part> {
    if word.bytes().all(|it| it.is_ascii_digit()) {
        return (word.len() <= 4).then(|| word.parse().ok().map(|it| Part::Number(it, word.len())))?;
    }
    month(word).map(Part::Month)
}

fn is_filler(word: &str) -> bool {
    const WORDS: [&str; 12] = ["t", "st", "nd", "rd", "th", "mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let word = word.to_ascii_lowercase();
    WORDS.contains(&word.as_str()) || (word.ends_with("day") && word.len() >= 6)
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    let index = MONTHS.iter().position(|it| word.len() >= 3 && it.starts_with(&word))?;
    Some(index as u32 + 1)
}

fn numeric(first: u32, second: u32, year: i32) -> Option<Reading> {
    let month_first = date(year, first, second);
    let day_first = date(year, second, first);
    match (month_first, day_first) {
        (Some(one), Some(other)) if one == other => Some(Reading::Sure(one)),
        (Some(one), Some(other)) => Some(Reading::Either(one, other)),
        (Some(one), None) | (None, Some(one)) => Some(Reading::Sure(one)),
        (None, None) => None,
    }
}

fn full_year(year: u32, width: usize) -> Option<i32> {
    match width {
        4 => i32::try_from(year).ok(),
        2 => i32::try_from(2000 + year).ok(),
        _ => None,
    }
}

fn sure(year: i32, month: u32, day: u32) -> Option<Reading> {
    date(year, month, day).map(Reading::Sure)
}

fn date(year: i32, month: u32, day: u32) -> Option<Date> {
    let year = i16::try_from(year).ok().filter(|it| YEARS.contains(it))?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_people_write_them() {
        let written = [
            "2025-10-14",
            "2025/10/14",
            "20251014",
            "20251014093000-0500",
            "2025-10-14T09:30:00Z",
            "2025-10-14 09:30",
            "10/14/2025",
            "10/14/2025 9:30 AM",
            "10-14-25",
            "14.10.2025",
            "14-OCT-2025",
            "14OCT2025",
            "14-Oct-25",
            "Oct 14, 2025",
            "October 14th, 2025",
            "Tuesday, October 14, 2025",
            "14 October 2025",
        ];
        for text in written {
            let read = read(text).map(|it| it.date(false).to_string());
            assert_eq!(read.as_deref(), Some("2025-10-14"), "{text}");
        }
        assert_eq!(read_cell("45944").map(|it| it.date(false).to_string()).as_deref(), Some("2025-10-14"));
        for text in ["August 5, 2025", "5-AUG-2025", "8/5/2025"] {
            assert_eq!(read(text).map(|it| it.date(false).to_string()).as_deref(), Some("2025-08-05"), "{text}");
        }
        for text in ["", "14", "13/13/2025", "2025-02-30", "yesterday", "123-45-6789", "10/14", "1/2/3", "4.5 mg 2025"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn day_and_month_may_be_exchanged() {
        let read = read("03/04/2025").map(|it| (it.date(false).to_string(), it.date(true).to_string()));
        assert_eq!(read, Some(("2025-03-04".to_owned(), "2025-04-03".to_owned())));
    }
}
