//! The date of service as a note gives it.

use jiff::civil::Date;

use crate::document::Document;
use crate::text::pattern_candidates::dates;

/// Maximum number of dates of a note that are ranked.
const DATES: usize = 40;
/// Maximum offset of a date without a label that is the date of the note, in bytes.
const HEAD: usize = 240;
/// Maximum distance between a label and its date, in bytes.
const LABEL: usize = 32;

/// How well a date is named as that of the service, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Service,
    Note,
    Title,
    Head,
}

/// The date of service: the first of those that are best named.
pub(crate) fn stated_date(doc: &Document<'_>) -> Option<Date> {
    let text = &doc.normalized.text;
    let mut best: Option<(Rank, Date)> = None;
    for (start, found) in dates(text, &doc.words, &doc.lexicon.patterns).take(DATES) {
        let Some(rank) = rank(doc, start) else { continue };
        if best.is_none_or(|it| rank < it.0)
            && let Some(date) = date(&found)
        {
            best = Some((rank, date));
        }
    }
    best.map(|it| it.1).or_else(|| date_in_words(doc))
}

/// How a date that begins at `start` is named; none for the date of something else.
fn rank(doc: &Document<'_>, start: usize) -> Option<Rank> {
    let text = &doc.normalized.text;
    let words = &doc.lexicon.dates;
    let line = doc.normalized.lines.partition_point(|it| it.start <= start);
    let line_start = line.checked_sub(1).map_or(0, |it| doc.normalized.lines[it].start);
    let from = text.ceil_char_boundary(start.saturating_sub(LABEL)).max(line_start).min(start);
    let before = text[from..start].to_ascii_lowercase();
    // What is in the clause before says nothing of it.
    let clause = before.rsplit([',', ';', '(', '|']).next().unwrap_or_default();
    let clause = clause.rsplit_once(". ").map_or(clause, |it| it.1).trim_end_matches([':', ' ', '-', '=', '#']);
    let ends = |list: &[String]| {
        list.iter().any(|word| {
            clause.strip_suffix(word.as_str()).is_some_and(|it| !it.ends_with(|it: char| it.is_ascii_alphanumeric()))
        })
    };
    let holds = |word: &String| {
        clause.match_indices(word.as_str()).any(|(at, _)| at == 0 || !clause.as_bytes()[at - 1].is_ascii_alphanumeric())
    };
    if ends(&words.service) {
        return Some(Rank::Service);
    }
    if words.other.iter().any(holds) {
        return None;
    }
    if ends(&words.note) {
        return Some(Rank::Note);
    }
    let sentence = doc.sentences.partition_point(|it| it.end <= start).min(doc.sentences.len().saturating_sub(1));
    let title = doc
        .sentences
        .get(sentence)
        .is_some_and(|it| doc.sections[it.section].kind == Some(doc.lexicon.sections.title) && it.start <= start);
    match () {
        () if line <= 1 || title => Some(Rank::Title),
        () if start < HEAD => Some(Rank::Head),
        () => None,
    }
}

/// Whether a sentence of an act names a day other than that of the note, and not that of a study, a form or a visit.
pub(crate) fn names_another_day(doc: &Document<'_>, sentence: usize, day: Date) -> bool {
    /// Maximum number of dates of a sentence that are read.
    const FEW: usize = 4;
    let range = doc.sentences[sentence];
    let text = &doc.normalized.text[..range.end];
    let from = doc.words.partition_point(|it| it.start() < range.start);
    let to = doc.words.partition_point(|it| it.start() < range.end);
    let is_other = |(start, found): (usize, regex::Captures<'_>)| {
        let before =
            text[text.ceil_char_boundary(start.saturating_sub(LABEL)).max(range.start)..start].to_ascii_lowercase();
        let of_something_else = doc.lexicon.dates.beside.iter().any(|it| before.contains(it.as_str()));
        // A month alone is no day.
        let has_day = found.get(1).or(found.get(4)).or(found.get(9)).or(found.get(12)).is_some();
        has_day && !of_something_else && date(&found).is_some_and(|it| it != day)
    };
    dates(text, &doc.words[from..to], &doc.lexicon.patterns).take(FEW).any(is_other)
}

/// A dictated date: `October second two thousand twelve`.
fn date_in_words(doc: &Document<'_>) -> Option<Date> {
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
    const TEENS: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    let head: String = doc.normalized.text.chars().take(400).collect::<String>().to_ascii_lowercase();
    let words: Vec<&str> = head.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect();
    for (index, word) in words.iter().enumerate() {
        let Some(month) = MONTHS.iter().position(|it| it == word) else { continue };
        let rest = &words[index + 1..(index + 9).min(words.len())];
        let small = |word: &str| TEENS.iter().position(|it| *it == word).map(|it| it as i16);
        let thousand = rest.windows(2).position(|it| it[0] == "two" && it[1] == "thousand").map(|it| it + 2);
        let twenty = rest
            .windows(2)
            .position(|it| it[0] == "twenty" && (it[1] == "twenty" || small(it[1]).is_some_and(|it| it > 9)))
            .map(|it| it + 1);
        let Some(at) = thousand.or(twenty) else { continue };
        let tail: Vec<&str> = rest[at..].iter().copied().filter(|it| *it != "and").take(2).collect();
        let year = match tail.as_slice() {
            ["twenty", unit, ..] => 2020 + small(unit).filter(|it| *it < 10).unwrap_or(0),
            ["twenty"] => 2020,
            [unit, ..] => 2000 + small(unit)?,
            [] => continue,
        };
        return Date::new(year, month as i8 + 1, 1).ok();
    }
    None
}

fn date(found: &regex::Captures<'_>) -> Option<Date> {
    let number = |index: usize| found.get(index).and_then(|it| it.as_str().parse::<i16>().ok());
    let month = |index: usize| {
        const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        let name = found.get(index)?.as_str().to_ascii_lowercase();
        MONTHS.iter().position(|it| name.starts_with(it)).map(|it| it as i16 + 1)
    };
    let (year, month, day) = match () {
        () if found.get(1).is_some() => (number(1)?, number(2)?, number(3)?),
        () if found.get(4).is_some() => (number(6)?, number(4)?, number(5)?),
        () if found.get(7).is_some() => (number(8)?, number(7)?, 1),
        () if found.get(9).is_some() => (number(11)?, month(9)?, number(10)?),
        () if found.get(12).is_some() => (number(14)?, month(13)?, number(12)?),
        () => (number(16)?, month(15)?, 1),
    };
    let year = match year {
        0..=69 => 2000 + year,
        70..=99 => 1900 + year,
        it => it,
    };
    let (month, day) = if month > 12 { (day, month) } else { (month, day) };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
