//! The set of procedures, the answers of the checklist, and what is left over; still no codes.

use jiff::civil::Date;

use super::Page;
use super::forms::dates;
use super::procedures::Frame;
use crate::extract::resolver::Resolution;
use super::sections::default_of;
use crate::lexicon::sections::Default;
use crate::model::{
    Analysis, Assertion, Encounter, Experiencer, Fact, Finding, Id, Note, Outcome, Procedure, Severity, Slot, Span, Status,
    Why,
};

/// Named numbers for the confidence model, one list a procedure.
pub(crate) type Features = Vec<Vec<(&'static str, f64)>>;

/// The answer to a note that names no act at all.
pub(crate) fn empty(note: &Note) -> Analysis {
    Analysis { encounter: Encounter { service_date: note.service_date, ..Encounter::default() }, ..Analysis::default() }
}

/// Turns frames into procedures and the family's questions into findings.
pub(crate) fn assemble(page: &Page<'_>, frames: Vec<Frame>) -> (Encounter, Vec<Finding>, Vec<Fact>, Features) {
    // The date matters to what was done alone.
    let stated = || if frames.is_empty() { None } else { stated_date(page) };
    let mut encounter = Encounter { service_date: page.note.service_date.or_else(stated), ..Encounter::default() };
    let mut findings = Vec::new();
    let (mut facts, mut features) = (Vec::new(), Vec::new());
    for frame in frames {
        let index = encounter.procedures.len();
        findings.extend(answers(page, &frame, index));
        facts.extend(frame.facts.iter().map(|it| fact(it, index)));
        features.push(frame.features);
        let why = Why::Stated { evidence: frame.evidence };
        encounter.procedures.push(Procedure {
            family: frame.family,
            assertion: Assertion { status: frame.status, experiencer: Experiencer::Patient, why },
            attributes: frame.attributes,
            reported: frame.reported,
        });
    }
    (encounter, findings, facts, features)
}

/// A settled attribute as it leaves the engine.
fn fact(found: &Resolution, procedure: usize) -> Fact {
    let mut chances: Vec<(Id, f64)> = found.candidates.iter().map(|it| (Id::from(it.value), it.chance)).collect();
    chances.sort_by(|a, b| b.1.total_cmp(&a.1));
    Fact {
        procedure,
        slot: found.slot,
        chances,
        conflicting: found.conflicting,
        evidence: Vec::new(),
        features: found.candidates.iter().map(|it| it.features.clone()).collect(),
    }
}

/// The checklist of the frame's family: each question met, missing or conflicting.
fn answers(page: &Page<'_>, frame: &Frame, procedure: usize) -> Vec<Finding> {
    let Some(family) = page.lexicon.families.iter().find(|it| it.id == frame.family) else { return Vec::new() };
    if !matches!(frame.status, Status::Performed | Status::Attempted) {
        return Vec::new();
    }
    let searched = searched(page);
    let mut findings = Vec::new();
    for question in &family.questions {
        let issue = frame.issues.iter().find(|it| it.question == question.id.as_str());
        let met = || {
            frame
                .attributes
                .iter()
                .filter(|it| it.slot == question.slot)
                .flat_map(|it| it.why.evidence())
                .take(3)
                .cloned()
                .collect()
        };
        let (outcome, message, evidence) = match issue {
            Some(it) if it.outcome == Outcome::Missing => (it.outcome, question.missing.as_ref(), it.evidence.clone()),
            Some(it) => (it.outcome, question.conflicting.as_ref(), it.evidence.clone()),
            None => (Outcome::Met, Some(&question.met), met()),
        };
        let open = outcome != Outcome::Met;
        // A question about a slot that the note leaves empty without an issue is not met, it does not arise.
        if !open && evidence.is_empty() {
            continue;
        }
        findings.push(Finding {
            rule: question.id.clone(),
            procedure: Some(procedure),
            outcome,
            severity: question.severity,
            message: message.cloned().unwrap_or_default(),
            ask: open.then(|| question.ask.clone()),
            evidence,
            searched: if outcome == Outcome::Missing { searched.clone() } else { Vec::new() },
        });
    }
    findings
}

/// Where facts of this encounter were looked for: the sections that are not history, plans or consent.
fn searched(page: &Page<'_>) -> Vec<Span> {
    let kinds = &page.lexicon.sections;
    let counts = |it: &&super::sections::Section| {
        matches!(default_of(it, kinds), Default::Performed | Default::Neutral)
            && it.kind.is_none_or(|kind| kinds.kinds[kind].weight > 0)
    };
    let sections = page.sections.iter().filter(counts).filter(|it| !it.body.is_empty());
    sections.take(12).map(|it| page.span(it.body.start, it.body.end)).collect()
}

/// The date of service as the note gives it: the first date beside words that say so.
fn stated_date(page: &Page<'_>) -> Option<Date> {
    const WORDS: [&str; 10] = [
        "dos",
        "date of service",
        "date of procedure",
        "date of operation",
        "procedure date",
        "service date",
        "date of surgery",
        "operation date",
        "date",
        "procedure of",
    ];
    let text = &page.search.text;
    let mut in_head = None;
    for (start, found) in dates(text, &page.words, &page.lexicon.patterns).take(40) {
        // What stands in the line or the sentence before says nothing of it.
        let line = page.search.lines.partition_point(|it| it.start <= start);
        let line = line.checked_sub(1).map_or(0, |it| page.search.lines[it].start);
        let before = &text[text.ceil_char_boundary(start.saturating_sub(26)).max(line).min(start)..start];
        let before = before.rsplit_once(". ").map_or(before, |it| it.1);
        let before = before.trim_end_matches([':', ' ', '-', '=']).to_ascii_lowercase();
        let labelled = WORDS.iter().any(|word| {
            before.ends_with(word) && !before.trim_end_matches(word).ends_with(|it: char| it.is_ascii_alphanumeric())
        });
        let other = ["birth", "dictat", "transcri", "admission", "discharge", "signed", "last", "mri"]
            .iter()
            .any(|it| before.contains(it));
        if labelled
            && !other
            && let Some(date) = date(&found)
        {
            return Some(date);
        }
        // A date in the first lines that nothing says otherwise of is that of the note.
        let bare = start < HEAD && !other && !OTHER_DATES.iter().any(|it| before.contains(it));
        if bare && in_head.is_none() {
            in_head = date(&found);
        }
    }
    in_head.or_else(|| spoken_date(page))
}

/// How far into the note a date without a label may be that of the note.
const HEAD: usize = 240;
/// Words before a date of something else.
const OTHER_DATES: [&str; 16] = [
    "dob",
    "born",
    "mri",
    "ct ",
    "x-ray",
    "since",
    "injur",
    "accident",
    "surgery",
    "fusion",
    "injection",
    "last",
    "prior",
    "previous",
    "ago",
    "until",
];

/// A dictated date: `October second two thousand twelve`.
fn spoken_date(page: &Page<'_>) -> Option<Date> {
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
    let head: String = page.search.text.chars().take(400).collect::<String>().to_ascii_lowercase();
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

/// Lists the performed procedures that no proposal explains, and says so in a finding.
pub(crate) fn leftovers(analysis: &mut Analysis) {
    for (index, procedure) in analysis.encounter.procedures.iter().enumerate() {
        let done = matches!(procedure.assertion.status, Status::Performed | Status::Attempted);
        if done && !analysis.proposals.iter().any(|it| it.procedure == index) {
            analysis.encounter.leftovers.push(index);
            analysis.findings.push(Finding {
                rule: Id::from("not-explained"),
                procedure: Some(index),
                outcome: Outcome::Missing,
                severity: Severity::Advice,
                message: "performed, and not explained by a proposal".to_owned(),
                ask: None,
                evidence: procedure.assertion.why.evidence().to_vec(),
                searched: Vec::new(),
            });
        }
    }
}

/// Whether a fact of a procedure is assumed where it selects a code.
pub(crate) fn assumes(procedure: &Procedure, slots: &[Slot]) -> bool {
    procedure.attributes.iter().any(|it| slots.contains(&it.slot) && matches!(it.why, Why::Assumed { .. }))
}
