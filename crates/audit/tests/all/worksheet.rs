//! Worksheets written, filled in as by a spreadsheet program, edited where they must not be, and read back.

use std::collections::BTreeMap;
use std::io::Cursor;

use crate::compare::{NOTES, audit, taxonomy};
use crate::edited::edited;
use calamine::{Reader, Xlsx};
use opnote_audit::agreement::agreement;
use opnote_audit::compare::{Audit, RootCause, figures};
use opnote_audit::evaluate::Rate;
use opnote_audit::worksheet::{
    Review, Verdict, Worksheet, disagreements, final_rulings, paired_answers, read, ruled_lines, write,
};

const MADE_BY: &str = "opnote 0.1.0, lexicon abc";
/// The first column of answers on a worksheet without earlier ones.
const VERDICT: &str = "K";

fn notes() -> BTreeMap<String, String> {
    NOTES.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect()
}

/// Four claims: wrong region, agreement, missing documentation, billed without support.
fn four() -> Audit {
    audit("lumbar,62321,A,2025-10\ncervical,62321,A,2025-10\nvague,62323,B,2025-11\nplan,62323,B,2025-11\n")
}

fn sheet<'a>(
    audit: &'a Audit,
    notes: &'a BTreeMap<String, String>,
    reviewer: &'a str,
    earlier: &'a [Review],
) -> Worksheet<'a> {
    Worksheet { audit, notes, reviewer, made_by: MADE_BY, earlier }
}

/// Verdict, right line and reason of the findings from the first on, as edits.
fn answers<'a>(rows: &[[&'a str; 3]], cells: &'a mut Vec<[String; 3]>) -> Vec<(&'a str, &'a str, &'a str)> {
    cells.extend((2..2 + rows.len()).map(|row| ["K", "L", "M"].map(|it| format!("{it}{row}"))));
    let all = rows.iter().zip(cells.iter());
    all.flat_map(|(row, cells)| (0..3).map(|at| ("Findings", cells[at].as_str(), row[at])))
        .filter(|it| !it.2.is_empty())
        .collect()
}

fn filled(audit: &Audit, reviewer: &str, rows: &[[&str; 3]]) -> Review {
    let notes = notes();
    let worksheet = sheet(audit, &notes, reviewer, &[]);
    let mut cells = Vec::new();
    let bytes = edited(&write(&worksheet).expect("a workbook"), &answers(rows, &mut cells));
    read(&bytes, "a.xlsx", &sheet(audit, &notes, "", &[]), &[]).expect("a review")
}

#[test]
fn a_worksheet_comes_back_as_it_was_filled_in() {
    let audit = four();
    let rows =
        [["upheld", "", "coder"], ["upheld", "", ""], ["query", "", "documentation"], ["other", "62322 x2", "program"]];
    let review = filled(&audit, "Ann", &rows);
    assert_eq!((review.reviewer.as_str(), review.open, review.rulings.len()), ("Ann", 0, 4));
    let answers: Vec<String> = review.rulings.values().map(opnote_audit::worksheet::Ruled::answer).collect();
    assert_eq!(answers, ["upheld", "upheld", "query", "other: 62322 x2"]);
    assert_eq!(review.rulings["F00001"].reason, Some(RootCause::Coder));
    // A row without a verdict is open; an empty worksheet is all open.
    assert_eq!(filled(&audit, "Ann", &rows[..1]).open, 3);
    assert_eq!(filled(&audit, "Ann", &[]).open, 4);
}

#[test]
fn the_same_audit_gives_the_same_bytes_and_marks_the_deciding_words() {
    let (audit, notes) = (four(), notes());
    let bytes = write(&sheet(&audit, &notes, "Ann", &[])).expect("a workbook");
    assert!(bytes == write(&sheet(&audit, &notes, "Ann", &[])).expect("a workbook"));
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.as_slice())).expect("a workbook");
    assert_eq!(workbook.sheet_names(), ["Instructions", "Findings", "Summary"]);
    let range = workbook.worksheet_range("Findings").expect("a sheet");
    assert_eq!(range.height(), 5);
    let excerpt = range.get_value((1, 9)).expect("an excerpt").to_string();
    assert!(excerpt.contains("[line 1]") && excerpt.contains("L4-5"), "{excerpt}");
    let formulas = workbook.worksheet_formula("Summary").expect("formulas");
    assert!(formulas.used_cells().count() > 10);
}

/// The messages of a worksheet with these edits.
fn refused(edits: &[(&str, &str, &str)], known: &[String]) -> Vec<String> {
    let (audit, notes) = (four(), notes());
    let bytes = edited(&write(&sheet(&audit, &notes, "Ann", &[])).expect("a workbook"), edits);
    let errors = read(&bytes, "a.xlsx", &sheet(&audit, &notes, "", &[]), known).expect_err("errors");
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(errors.iter().all(|it| !it.contains("interspace")), "a note is quoted: {errors:?}");
    errors
}

#[test]
fn every_edit_of_a_locked_cell_is_named() {
    let one = |sheet: &'static str, cell: &'static str, text: &'static str, expected: &str| {
        let found = refused(&[(sheet, cell, text)], &[]);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{cell}: {found:?} is not {expected}");
    };
    one("Findings", "G2", "62323", "a.xlsx: sheet Findings, cell G2: this locked cell was edited; expected \"62321\"");
    one("Findings", "E2", "agreement", "a.xlsx: sheet Findings, cell E2: this locked cell was edited");
    one(
        "Findings",
        "J2",
        "other words",
        "a.xlsx: sheet Findings, cell J2: this locked cell was edited; expected the text",
    );
    one("Findings", "B3", "plan", "a.xlsx: sheet Findings, cell B3: this locked cell was edited");
    one("Findings", "I1", "remark", "a.xlsx: sheet Findings, cell I1: this header was edited; expected \"found\"");
    one("Instructions", "B4", "0", "a.xlsx: sheet Instructions, cell B4: the stamp is not that of this audit");
    one("Instructions", "B3", "Bob", "a.xlsx: sheet Instructions, cell B4: the stamp is not that of this audit");
    let twice = refused(&[("Findings", "A3", "F00001")], &[]);
    assert!(twice.iter().any(|it| it.contains("cell A3: finding F00001 is here twice")), "{twice:?}");
    assert!(twice.iter().any(|it| it.contains("the row of finding F00002 is missing")), "{twice:?}");
    let unknown = refused(&[("Findings", "A3", "F99999")], &[]);
    assert!(unknown[0].contains("cell A3: this is no finding of the audit"), "{unknown:?}");
    let other = refused(&[], &["Bob".to_owned(), "Cem".to_owned()]);
    assert!(other[0].contains("cell B3: found reviewer \"Ann\", expected Bob or Cem"), "{other:?}");
}

#[test]
fn every_answer_that_makes_no_sense_is_named() {
    let one = |edits: &[(&str, &str)], expected: &str| {
        let edits: Vec<(&str, &str, &str)> = edits.iter().map(|it| ("Findings", it.0, it.1)).collect();
        let found = refused(&edits, &[]);
        assert!(found.len() == 1 && found[0].contains(expected), "{edits:?}: {found:?} is not {expected}");
    };
    one(&[("K2", "maybe")], "cell K2: not a verdict; expected one of upheld, overturned, other, query");
    one(&[("K2", "upheld")], "cell M2: no reason; expected one of documentation");
    one(&[("K2", "upheld"), ("M2", "fate")], "cell M2: not a reason");
    one(&[("K3", "overturned"), ("M3", "coder")], "cell K3: an agreement cannot be overturned");
    one(&[("K2", "other"), ("M2", "coder")], "cell L2: no right line beside the verdict other");
    one(&[("K2", "other"), ("L2", "an epidural"), ("M2", "coder")], "cell L2: not a line of a claim");
    one(&[("K2", "upheld"), ("L2", "62323"), ("M2", "coder")], "cell L2: a right line is for the verdict other");
    one(&[("L2", "62323")], "cell K2: no verdict beside a reason or a line");
    assert_eq!(VERDICT, "K");
}

#[test]
fn other_files_are_no_worksheets() {
    let (audit, notes) = (four(), notes());
    for bytes in [&b"note_id,code\n"[..], b"", b"PK\x03\x04 broken"] {
        let errors = read(bytes, "a.xlsx", &sheet(&audit, &notes, "", &[]), &[]).expect_err("errors");
        assert!(errors[0].to_string().contains("not a worksheet"), "{errors:?}");
    }
    // Another audit: the billing table changed since the worksheet was written.
    let other = crate::compare::audit("lumbar,62323,A,2025-10\n");
    let bytes = write(&sheet(&other, &notes, "Ann", &[])).expect("a workbook");
    let errors = read(&bytes, "a.xlsx", &sheet(&audit, &notes, "", &[]), &[]).expect_err("errors");
    assert!(errors[0].to_string().contains("cell B4: the stamp is not that of this audit"), "{errors:?}");
}

#[test]
fn two_reviewers_are_compared_and_reconciled() {
    let (audit, notes) = (four(), notes());
    let ann = filled(
        &audit,
        "Ann",
        &[["upheld", "", "coder"], ["upheld", "", ""], ["query", "", "documentation"], ["upheld", "", "coder"]],
    );
    let bob = filled(
        &audit,
        "Bob",
        &[["overturned", "", "program"], ["upheld", "", ""], ["query", "", "documentation"], ["upheld", "", "coder"]],
    );
    let reviews = [ann, bob];
    let open = disagreements(&audit, &reviews);
    assert_eq!(open.iter().map(|it| it.finding.as_str()).collect::<Vec<_>>(), ["F00001"]);
    let found = agreement(&paired_answers(&reviews[0], &reviews[1]));
    assert_eq!((found.items, found.same), (4, 3));
    // While they differ the finding is open: of the three others one is a query.
    let accuracy = |reconciled: Option<&Review>| {
        let rulings = final_rulings(&audit, &reviews, reconciled);
        figures(&audit, &ruled_lines(&audit, &rulings), None, &taxonomy()).accuracy
    };
    assert_eq!((accuracy(None).claim_level, accuracy(None).open_claims), (Rate { hits: 1, of: 2 }, 2));
    // The worksheet of the reconciliation has one row, with both answers before the final one.
    let worksheet = sheet(&audit, &notes, "Cem", &reviews);
    let bytes = write(&worksheet).expect("a workbook");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.as_slice())).expect("a workbook");
    let range = workbook.worksheet_range("Findings").expect("a sheet");
    assert_eq!(
        (range.height(), range.get_value((1, 11)).expect("an answer").to_string()),
        (2, "overturned, program".to_owned())
    );
    let bytes = edited(&bytes, &[("Findings", "M2", "overturned"), ("Findings", "O2", "program")]);
    let reconciled = read(&bytes, "c.xlsx", &sheet(&audit, &notes, "", &reviews), &[]).expect("a review");
    assert_eq!(reconciled.rulings["F00001"].verdict, Verdict::Overturned);
    assert_eq!(accuracy(Some(&reconciled)).claim_level, Rate { hits: 2, of: 3 });
    // It belongs to these two reviews and to no others.
    assert!(read(&bytes, "c.xlsx", &sheet(&audit, &notes, "", &[]), &[]).is_err());
}
