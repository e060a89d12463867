//! A worksheet read back: every locked cell as it was written, every answer checked, all errors by sheet and cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::layout::{Column, FINDINGS, Holds, INSTRUCTIONS, REVIEWER, STAMP, at, columns, fixed};
use super::write::letters;
use super::{Review, Ruled, Verdict, Worksheet};
use crate::compare::{AuditFinding, Kind, Line, RootCause};

/// Largest workbook that is read, in bytes.
const MOST_BYTES: usize = 64 << 20;
/// Longest comment, in characters.
const MOST_COMMENT: usize = 2_000;

/// What is said of a file that is no worksheet.
pub(super) const NOT_A_WORKSHEET: &str =
    "not a worksheet; expected the workbook (XLSX) that `opnote audit --worksheet` wrote";

/// What is wrong with a worksheet, and where. It never holds words of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorksheetError {
    /// The file.
    pub file: String,
    /// The sheet, if one is meant.
    pub sheet: Option<&'static str>,
    /// The cell, such as `K7`, if one is meant.
    pub cell: Option<String>,
    /// What was found and expected, and what to do.
    pub message: String,
}

impl fmt::Display for WorksheetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        if let Some(sheet) = self.sheet {
            write!(out, ": sheet {sheet}")?;
        }
        if let Some(cell) = &self.cell {
            write!(out, ", cell {cell}")?;
        }
        write!(out, ": {}", self.message)
    }
}

/// The reviewer of a workbook, whoever that is: the audit that it belongs to is checked by [`read`].
pub(super) fn reviewer(sheets: &mut Xlsx<Cursor<&[u8]>>) -> Option<String> {
    let range = sheets.worksheet_range(INSTRUCTIONS).ok()?;
    Some(text(&range, REVIEWER.0, REVIEWER.1.into())).filter(|it| !it.is_empty())
}

/// Reads a filled-in worksheet of an audit; `worksheet.reviewer` is overruled by the name in the workbook, which `known`
/// must hold unless it is empty. Every error of the workbook is given, and with any of them nothing is.
pub fn read(
    bytes: &[u8],
    file: &str,
    worksheet: &Worksheet<'_>,
    known: &[String],
) -> Result<Review, Vec<WorksheetError>> {
    let whole = |message: &str| {
        vec![WorksheetError { file: file.to_owned(), sheet: None, cell: None, message: message.to_owned() }]
    };
    if bytes.len() > MOST_BYTES {
        return Err(whole("larger than 64 MiB; expected a worksheet of this audit"));
    }
    let mut sheets: Xlsx<Cursor<&[u8]>> = Xlsx::new(Cursor::new(bytes)).map_err(|_| whole(NOT_A_WORKSHEET))?;
    let Some(reviewer) = reviewer(&mut sheets) else { return Err(whole(NOT_A_WORKSHEET)) };
    let worksheet = Worksheet { reviewer: &reviewer, ..*worksheet };
    let mut reading = Reading { file, worksheet: &worksheet, columns: columns(&worksheet), errors: Vec::new() };
    if !reading.heads(&mut sheets, known) {
        return Err(reading.errors);
    }
    let review = reading.findings(&mut sheets);
    if reading.errors.is_empty() { Ok(review) } else { Err(reading.errors) }
}

/// A worksheet on its way to answers.
pub(super) struct Reading<'a> {
    file: &'a str,
    worksheet: &'a Worksheet<'a>,
    columns: Vec<Column>,
    /// What is wrong so far.
    pub(super) errors: Vec<WorksheetError>,
}

impl<'a> Reading<'a> {
    /// The reading of a workbook whose columns go by their headers, each of `needed` among them.
    pub(super) fn of_headers(
        file: &'a str,
        worksheet: &'a Worksheet<'a>,
        range: &Range<Data>,
        needed: &[&str],
    ) -> Reading<'a> {
        let columns = (0..range.width()).map(|it| Column { name: text(range, 0, it), width: 0, holds: Holds::Answer });
        let mut reading = Reading { file, worksheet, columns: columns.collect(), errors: Vec::new() };
        for name in needed {
            if !reading.columns.iter().any(|it| it.name == *name) {
                reading.fault(
                    FINDINGS,
                    None,
                    format!("no column \"{name}\"; expected the headers as they were written"),
                );
            }
        }
        reading
    }

    /// The position of a column.
    pub(super) fn column(&self, name: &str) -> usize {
        at(&self.columns, name)
    }

    /// Adds the fault of a cell of the findings.
    pub(super) fn fault_of(&mut self, column: &str, row: u32, message: impl Into<String>) {
        self.fault(FINDINGS, Some((row, self.column(column))), message);
    }

    fn fault(&mut self, sheet: &'static str, cell: Option<(u32, usize)>, message: impl Into<String>) {
        let cell = cell.map(|(row, column)| format!("{}{}", letters(column), row + 1));
        self.errors.push(WorksheetError {
            file: self.file.to_owned(),
            sheet: Some(sheet),
            cell,
            message: message.into(),
        });
    }

    /// Whether the workbook belongs to this audit and to one of the reviewers.
    fn heads(&mut self, sheets: &mut Xlsx<Cursor<&[u8]>>, known: &[String]) -> bool {
        let Ok(range) = sheets.worksheet_range(INSTRUCTIONS) else { return false };
        let (stamp, reviewer) = (text(&range, STAMP.0, STAMP.1.into()), self.worksheet.reviewer.to_owned());
        if !known.is_empty() && !known.contains(&reviewer) {
            let message = format!("found reviewer \"{reviewer}\", expected {}", known.join(" or "));
            self.fault(INSTRUCTIONS, Some((REVIEWER.0, REVIEWER.1.into())), message);
        } else if stamp != self.worksheet.stamp() {
            let message = "the stamp is not that of this audit and reviewer: notes, billing table, lexicon, version or the \
                           reviewer's name changed since the worksheet was written; expected the same inputs and options";
            self.fault(INSTRUCTIONS, Some((STAMP.0, STAMP.1.into())), message);
        }
        self.errors.is_empty()
    }

    fn findings(&mut self, sheets: &mut Xlsx<Cursor<&[u8]>>) -> Review {
        let mut review = Review { reviewer: self.worksheet.reviewer.to_owned(), ..Review::default() };
        let Ok(range) = sheets.worksheet_range(FINDINGS) else {
            self.fault(FINDINGS, None, "this sheet is missing; expected one row a finding");
            return review;
        };
        let formulas = sheets.worksheet_formula(FINDINGS).unwrap_or_default();
        for (column, it) in self.columns.clone().into_iter().enumerate() {
            if text(&range, 0, column) != it.name {
                let message = format!("this header was edited; expected \"{}\"", it.name);
                self.fault(FINDINGS, Some((0, column)), message);
            }
        }
        if !self.errors.is_empty() {
            return review;
        }
        let expected: BTreeMap<String, &AuditFinding> =
            self.worksheet.findings().into_iter().map(|it| (it.id.clone(), it)).collect();
        let mut seen = BTreeSet::new();
        let last = range.end().map_or(0, |it| it.0);
        for row in 1..=last {
            let id = text(&range, row, 0);
            let is_empty = (0..self.columns.len()).all(|it| text(&range, row, it).is_empty());
            match expected.get(&id) {
                _ if is_empty => {}
                None => self.fault(
                    FINDINGS,
                    Some((row, 0)),
                    "this is no finding of the audit; expected its id, such as F00001",
                ),
                Some(_) if !seen.insert(id.clone()) => {
                    self.fault(FINDINGS, Some((row, 0)), format!("finding {id} is here twice; expected one row"));
                }
                Some(finding) => {
                    self.fixed(&range, &formulas, row, finding);
                    if let Some(ruled) = self.answer(&range, row, finding.kind) {
                        review.rulings.insert(id, ruled);
                    }
                }
            }
        }
        for id in expected.keys().filter(|it| !seen.contains(*it)) {
            self.fault(
                FINDINGS,
                None,
                format!("the row of finding {id} is missing; expected every finding, in any order"),
            );
        }
        review.open = expected.len() - review.rulings.len().min(expected.len());
        review
    }

    /// Locked cells must be as they were written, and computed ones still computed.
    fn fixed(&mut self, range: &Range<Data>, formulas: &Range<String>, row: u32, finding: &AuditFinding) {
        let mut texts = fixed(self.worksheet, finding).into_iter();
        for (column, it) in self.columns.clone().into_iter().enumerate() {
            let found = text(range, row, column);
            match it.holds {
                Holds::Fixed | Holds::Excerpt => {
                    let expected = texts.next().unwrap_or_default();
                    if squashed(&found) != squashed(&expected) {
                        // Excerpt, comments and ids may be anything, so that only short cells of ours are named.
                        let is_ours = matches!(it.name.as_str(), "kind" | "error" | "billed" | "documented");
                        let expected =
                            if is_ours { format!("\"{expected}\"") } else { "the text as it was written".to_owned() };
                        let message = format!("this locked cell was edited; expected {expected}");
                        self.fault(FINDINGS, Some((row, column)), message);
                    }
                }
                Holds::Formula => {
                    let computed = formulas.get_value((row, column as u32)).is_some_and(|it| !it.is_empty());
                    if !computed && !found.is_empty() {
                        self.fault(
                            FINDINGS,
                            Some((row, column)),
                            "this computed cell was overwritten; expected its formula",
                        );
                    }
                }
                Holds::Answer => {}
            }
        }
    }

    /// The answers of a row; none while it has no verdict.
    pub(super) fn answer(&mut self, range: &Range<Data>, row: u32, kind: Kind) -> Option<Ruled> {
        let places = ["verdict", "correct_line", "reason", "comment"].map(|it| at(&self.columns, it));
        let [verdict, correct, reason, comment] = places.map(|it| text(range, row, it));
        let [verdict_at, correct_at, reason_at, comment_at] = places.map(|it| Some((row, it)));
        if verdict.is_empty() {
            if !correct.is_empty() || !reason.is_empty() {
                self.fault(FINDINGS, verdict_at, "no verdict beside a reason or a line; expected a verdict");
            }
            return None;
        }
        let names = Verdict::ALL.map(Verdict::name).join(", ");
        let Some(verdict) = Verdict::named(&verdict) else {
            self.fault(FINDINGS, verdict_at, format!("not a verdict; expected one of {names}"));
            return None;
        };
        let before = self.errors.len();
        let agrees = kind == Kind::Agreement;
        if agrees && verdict == Verdict::Overturned {
            let message = "an agreement cannot be overturned, since the billed line is the documented one; expected upheld, \
                           other or query";
            self.fault(FINDINGS, verdict_at, message);
        }
        let line = self.correct(verdict, &correct, correct_at);
        let cause = RootCause::named(&reason);
        let needs_reason = !(agrees && verdict == Verdict::Upheld);
        if cause.is_none() && (needs_reason || !reason.is_empty()) {
            let names = RootCause::ALL.map(RootCause::name).join(", ");
            let found = if reason.is_empty() { "no reason" } else { "not a reason" };
            self.fault(FINDINGS, reason_at, format!("{found}; expected one of {names}"));
        }
        if comment.chars().count() > MOST_COMMENT {
            self.fault(FINDINGS, comment_at, format!("a comment of more than {MOST_COMMENT} characters; shorten it"));
        }
        (self.errors.len() == before).then_some(Ruled { verdict, correct: line, reason: cause, comment })
    }

    fn correct(&mut self, verdict: Verdict, text: &str, at: Option<(u32, usize)>) -> Option<Line> {
        const EXPECTED: &str = "expected a line such as ABCDE, ABCDE-59 or ABCDE x2, or none";
        match (verdict, text) {
            (Verdict::Other, "") => {
                self.fault(FINDINGS, at, format!("no right line beside the verdict other; {EXPECTED}"));
            }
            (Verdict::Other, "none") => {}
            (Verdict::Other, text) => {
                let line = Line::parse(&text.replace(' ', ""));
                if line.is_none() {
                    self.fault(FINDINGS, at, format!("not a line of a claim; {EXPECTED}"));
                }
                return line;
            }
            (_, "") => {}
            _ => self.fault(FINDINGS, at, "a right line is for the verdict other; expected an empty cell"),
        }
        None
    }
}

/// A cell as text, without the space around it.
pub(super) fn text(range: &Range<Data>, row: u32, column: usize) -> String {
    match range.get_value((row, column as u32)) {
        None | Some(Data::Empty | Data::Error(_)) => String::new(),
        Some(Data::String(it)) => it.replace("_x000D_", "").trim().to_owned(),
        Some(Data::Float(it)) if it.fract() == 0.0 => format!("{it:.0}"),
        Some(it) => it.to_string().trim().to_owned(),
    }
}

/// Text without any white space: programs change line ends, and lose spaces between marked words.
fn squashed(text: &str) -> String {
    text.split_whitespace().collect()
}
