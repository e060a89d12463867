//! Labels from a worksheet that a reviewer filled in: what is right on each note by the verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use opnote::Lexicon;

use super::layout::FINDINGS;
use super::read::{NOT_A_WORKSHEET, Reading, WorksheetError, reviewer, text};
use super::{Verdict, Worksheet};
use crate::compare::{Audit, Kind, Line};
use crate::evaluate::{Label, Labeling};

/// Columns that the labels are made of.
const NEEDED: [&str; 8] = ["note", "kind", "billed", "documented", "verdict", "correct_line", "reason", "comment"];

/// The right lines of one note.
#[derive(Default)]
struct Right {
    lines: Vec<Line>,
    /// Codes that the provider's answer may lead to.
    candidates: Vec<String>,
    must_query: bool,
    is_open: bool,
}

/// The labels of a worksheet; a note that has a finding without a verdict is unfinished and has none. The audit is not
/// made anew, so that locked cells are taken as they are. Every error of the workbook is given.
pub fn worksheet_labels(
    bytes: &[u8],
    file: &str,
    family: &BTreeSet<String>,
    lexicon: &Lexicon,
) -> Result<Labeling, Vec<WorksheetError>> {
    let whole = |message: &str| {
        vec![WorksheetError { file: file.to_owned(), sheet: None, cell: None, message: message.to_owned() }]
    };
    let mut sheets: Xlsx<Cursor<&[u8]>> = Xlsx::new(Cursor::new(bytes)).map_err(|_| whole(NOT_A_WORKSHEET))?;
    let reviewer = reviewer(&mut sheets).ok_or_else(|| whole(NOT_A_WORKSHEET))?;
    let range = sheets.worksheet_range(FINDINGS).map_err(|_| whole(NOT_A_WORKSHEET))?;
    let (audit, notes) = (Audit::default(), BTreeMap::new());
    let worksheet = Worksheet { audit: &audit, notes: &notes, reviewer: &reviewer, made_by: "", earlier: &[] };
    let mut reading = Reading::of_headers(file, &worksheet, &range, &NEEDED);
    let mut notes: BTreeMap<String, Right> = BTreeMap::new();
    let last = if reading.errors.is_empty() { range.end().map_or(0, |it| it.0) } else { 0 };
    for row in 1..=last {
        let note = text(&range, row, reading.column("note"));
        if note.is_empty() {
            if !text(&range, row, reading.column("verdict")).is_empty() {
                reading.fault_of("note", row, "empty beside a verdict; expected the id of a note");
            }
            continue;
        }
        finding(&mut reading, &range, row, notes.entry(note).or_default());
    }
    if !reading.errors.is_empty() {
        return Err(reading.errors);
    }
    let unfinished = notes.iter().filter(|it| it.1.is_open).map(|it| it.0.clone()).collect();
    let decided = notes.into_iter().filter(|it| !it.1.is_open);
    let labels = decided.map(|(note, right)| label(note, right, family, lexicon)).collect();
    Ok(Labeling { reviewer, labels, unfinished, is_worksheet: true })
}

/// Adds what is right by one row.
fn finding(reading: &mut Reading<'_>, range: &Range<Data>, row: u32, right: &mut Right) {
    let cell = |reading: &Reading<'_>, name: &str| text(range, row, reading.column(name));
    let named = cell(reading, "kind");
    let Some(kind) = Kind::ALL.into_iter().find(|it| it.name() == named) else {
        reading.fault_of("kind", row, "this locked cell was edited; expected the kind of a finding");
        return;
    };
    let Some(ruled) = reading.answer(range, row, kind) else {
        right.is_open = true;
        return;
    };
    let documented = cell(reading, "documented");
    let from = match ruled.verdict {
        Verdict::Query => "",
        Verdict::Upheld if kind == Kind::MissingDocumentation => "",
        Verdict::Upheld => "documented",
        Verdict::Overturned => "billed",
        Verdict::Other => {
            right.lines.extend(ruled.correct);
            return;
        }
    };
    if from.is_empty() {
        right.must_query = true;
        right
            .candidates
            .extend(documented.split(" or ").filter(|it| *it != "none").filter_map(|it| Some(Line::parse(it)?.code)));
        return;
    }
    let written = cell(reading, from);
    if written == "none" {
        return;
    }
    match Line::parse(&written.replace(' ', "")) {
        Some(line) => right.lines.push(line),
        None => reading.fault_of(from, row, "this locked cell was edited; expected a line of a claim, or none"),
    }
}

/// Drugs and supplies are no proposals, and so no part of a label.
fn label(id: String, right: Right, family: &BTreeSet<String>, lexicon: &Lexicon) -> Label {
    let codes = right.lines.iter().filter(|it| !lexicon.is_supply_code(&it.code));
    let codes = codes.flat_map(|it| std::iter::repeat_n(it.code.clone(), it.units.into()));
    let (family_codes, neighbors): (Vec<String>, Vec<String>) = codes.partition(|it| family.contains(it));
    let with = |it: String| family_codes.iter().cloned().chain([it]).collect();
    let acceptable = right.candidates.into_iter().filter(|it| family.contains(it)).map(with).collect();
    Label { id, family: family_codes, acceptable, neighbors, must_query: right.must_query, ..Label::default() }
}
