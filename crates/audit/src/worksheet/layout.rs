//! The columns and fixed cells of a worksheet, defined once for writing and reading.

use crate::compare::excerpt::excerpts;
use crate::compare::{AuditFinding, Line};

use super::{Ruled, Worksheet};

/// Names of the sheets.
pub(super) const INSTRUCTIONS: &str = "Instructions";
pub(super) const FINDINGS: &str = "Findings";
pub(super) const SUMMARY: &str = "Summary";

/// Rows of the instructions whose second cell is fixed: reviewer and stamp.
pub(super) const REVIEWER: (u32, u16) = (2, 1);
pub(super) const STAMP: (u32, u16) = (3, 1);

/// Most characters of a cell.
pub(super) const CHARS: usize = 32_000;

/// A column of findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Header.
    pub(super) name: String,
    /// Width, in characters.
    pub(super) width: u16,
    /// What the column holds.
    pub(super) holds: Holds,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Text that is fixed.
    Fixed,
    /// The excerpt, whose deciding words are marked.
    Excerpt,
    /// A cell that the reviewer fills in.
    Answer,
    /// A computed cell.
    Formula,
}

/// The columns of a worksheet: fixed, then the earlier answers of a reconciliation, then the reviewer's, then computed.
pub(super) fn columns(worksheet: &Worksheet<'_>) -> Vec<Column> {
    let column = |name: &str, width: u16, holds: Holds| Column { name: name.to_owned(), width, holds };
    let mut columns = vec![
        column("finding", 9, Holds::Fixed),
        column("note", 18, Holds::Fixed),
        column("claim", 12, Holds::Fixed),
        column("service_date", 12, Holds::Fixed),
        column("kind", 20, Holds::Fixed),
        column("error", 8, Holds::Fixed),
        column("billed", 14, Holds::Fixed),
        column("documented", 14, Holds::Fixed),
        column("found", 44, Holds::Fixed),
        column("excerpt", 70, Holds::Excerpt),
    ];
    columns.extend(worksheet.earlier.iter().map(|it| column(&format!("answer of {}", it.reviewer), 22, Holds::Fixed)));
    columns.extend([
        column("verdict", 12, Holds::Answer),
        column("correct_line", 14, Holds::Answer),
        column("reason", 15, Holds::Answer),
        column("comment", 36, Holds::Answer),
        column("right_line", 14, Holds::Formula),
        column("state", 20, Holds::Formula),
    ]);
    columns
}

/// The position of a column.
pub(super) fn at(columns: &[Column], name: &str) -> usize {
    columns.iter().position(|it| it.name == name).unwrap_or(0)
}

/// The fixed texts of a finding, in the order of the columns that hold one.
pub(super) fn fixed(worksheet: &Worksheet<'_>, it: &AuditFinding) -> Vec<String> {
    let line = |line: &Option<Line>| line.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let documented = match it.candidates.as_slice() {
        [] => line(&it.documented),
        candidates => candidates.join(" or "),
    };
    let mut texts = vec![
        it.id.clone(),
        it.note.clone(),
        it.claim.clone().unwrap_or_default(),
        it.service_date.clone().unwrap_or_default(),
        it.kind.name().to_owned(),
        it.error.clone().unwrap_or_default(),
        line(&it.billed),
        if it.is_open() { documented } else { line(&it.documented) },
        it.message.clone(),
        excerpt(worksheet, it).into_iter().map(|it| it.0).collect(),
    ];
    let answer = |ruled: &Ruled| ruled.shown();
    texts.extend(worksheet.earlier.iter().map(|of| of.rulings.get(&it.id).map(answer).unwrap_or_default()));
    texts.iter().map(|it| it.chars().take(CHARS).collect()).collect()
}

/// The excerpt of a finding in pieces, and which are marked.
pub(super) fn excerpt(worksheet: &Worksheet<'_>, it: &AuditFinding) -> Vec<(String, bool)> {
    let note = worksheet.notes.get(&it.note).map_or("", String::as_str);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (index, of) in excerpts(note, &it.evidence).into_iter().enumerate() {
        let gap = if index > 0 { "\n" } else { "" };
        pieces.push((format!("{gap}[line {}] ", of.line), false));
        pieces.extend(of.pieces);
    }
    if pieces.is_empty() {
        pieces.push(("no words of the note decide this".to_owned(), false));
    }
    // Pieces that stand together in the same way are one.
    let mut joined: Vec<(String, bool)> = Vec::new();
    for (text, marked) in pieces {
        match joined.last_mut() {
            Some(last) if last.1 == marked => last.0.push_str(&text),
            _ => joined.push((text, marked)),
        }
    }
    joined
}
