//! Tables, workbooks, short lines and files of results.

use std::fs;

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixtures::{docx, paragraph};
use crate::program::{NOTE, code, folder, path, results, run, run_with, stderr, stdout};

/// Notes with ids that a spreadsheet would run, one for each disposition.
fn notes() -> Vec<u8> {
    let vague = "PROCEDURE: Epidural steroid injection. Contrast was used. 80 mg Depo-Medrol was injected.";
    let lines = [
        serde_json::json!({"id": "=cmd|' /C calc'!A0", "text": NOTE, "service_date": "2025-10-14"}),
        serde_json::json!({"id": "+2", "text": vague}),
        serde_json::json!({"id": -3, "text": "Knee exam."}),
    ];
    lines.map(|it| it.to_string()).join("\n").into_bytes()
}

/// The rows of the only sheet of a workbook, the header first.
fn sheet(file: &str) -> Vec<Vec<Data>> {
    let mut workbook: Xlsx<_> = open_workbook(file).expect("a workbook");
    assert_eq!(workbook.sheet_names(), ["Worklist"]);
    let range = workbook.worksheet_range("Worklist").expect("a sheet");
    range.rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn no_cell_of_a_table_is_a_formula() {
    let table = stdout(&run_with(&["code", "--format", "csv"], &notes()));
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let ids: Vec<String> = rows.records().map(|it| it.expect("a row")[0].to_owned()).collect();
    assert_eq!(ids, ["'=cmd|' /C calc'!A0", "'+2", "'-3"]);
    let row = table.lines().nth(2).expect("a row");
    assert!(row.contains("region-documented;") && !row.contains("region-documented; "), "{row}");
}

#[test]
fn a_workbook_has_typed_columns_and_quotes() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str| {
        let file = path(&folder, name);
        let output = run_with(&["code", "--format", "xlsx", "--output", &file], &notes());
        assert_eq!((code(&output), stdout(&output)), (0, String::new()), "{}", stderr(&output));
        file
    };
    let file = write("a.xlsx");
    let rows = sheet(&file);
    assert_eq!(rows.len(), 4);
    let column = |name: &str| rows[0].iter().position(|it| it == &Data::String(name.to_owned())).expect("a column");
    let text = |row: usize, name: &str| rows[row][column(name)].to_string();
    assert_eq!(rows[1][0], Data::String("=cmd|' /C calc'!A0".to_owned()));
    assert!(matches!(rows[1][column("confidence")], Data::Float(it) if it > 0.9));
    assert!(matches!(&rows[1][column("service_date")], Data::DateTime(it) if it.is_datetime()));
    assert_eq!((text(1, "code"), text(1, "disposition")), ("62323".to_owned(), "ready".to_owned()));
    assert!(text(1, "evidence").contains("\"loss of resistance\"") || text(1, "evidence").contains("fluoroscopy"));
    assert!(text(2, "reasons").contains("entry level") && text(2, "ask").contains("interspace"), "{:?}", rows[2]);
    assert!(text(1, "supplies").contains("methylprednisolone"), "{:?}", rows[1]);
    // The same notes give the same bytes, and nothing else is left in the folder.
    assert!(fs::read(&file).expect("a file") == fs::read(write("b.xlsx")).expect("a file"));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    assert_eq!(code(&run_with(&["code", "--format", "xlsx"], b"x")), 2);
}

#[test]
fn a_file_is_there_whole_or_not_at_all() {
    let folder = TempDir::new().expect("a folder");
    let file = path(&folder, "a.jsonl");
    let output = run_with(&["code", "--format", "jsonl", "--output", &file], &notes());
    assert_eq!((code(&output), stdout(&output)), (0, String::new()));
    let direct = run_with(&["code", "--format", "jsonl"], &notes());
    assert_eq!(fs::read_to_string(&file).expect("a file"), stdout(&direct));
    let nowhere = path(&folder, "none/a.jsonl");
    assert_eq!(code(&run_with(&["code", "--output", &nowhere], b"x")), 4);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn brief_is_one_line_a_note() {
    let output = run_with(&["code", "--brief"], &notes());
    let lines = stdout(&output);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("=cmd|' /C calc'!A0  2025-10-14  62323 ready 9"), "{}", lines[0]);
    assert!(lines[1].starts_with("+2  -  ") && lines[1].contains("query") && lines[1].contains("region-documented"));
    assert_eq!(lines[2], "-3  -  no code");
    assert_eq!(code(&run_with(&["code", "--brief", "--format", "csv"], b"x")), 2);
}

#[test]
fn only_some_dispositions_are_written_and_all_are_counted() {
    let by = |only: &str| run_with(&["code", "--format", "jsonl", "--only", only], &notes());
    let counts: Vec<usize> = ["ready", "review", "query", "none"].map(|it| results(&by(it)).len()).to_vec();
    assert_eq!((counts.iter().sum::<usize>(), counts[3]), (3, 1), "{counts:?}");
    assert_eq!(results(&by("query,none")).len(), counts[2] + counts[3]);
    assert!(stderr(&by("none")).contains("3 notes"), "{}", stderr(&by("none")));
    let array = stdout(&run_with(&["code", "--format", "json", "--only", "none"], &notes()));
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&array).expect("an array").len(), 1);
}

#[test]
fn sarif_has_places_and_no_words_of_the_note() {
    let folder = folder(&[("a b.txt", NOTE.as_bytes()), ("c.docx", &docx(&paragraph(NOTE)))]);
    let output = run(&["code", "--format", "sarif", &folder.path().display().to_string()]);
    let text = stdout(&output);
    for words in ["Sekretowitz", "Tuohy needle", "lay prone"] {
        assert!(!text.contains(words), "{words}");
    }
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    assert!(results.iter().all(|it| rules.iter().any(|rule| rule["id"] == it["ruleId"])), "{text}");
    let of = |file: &str| -> &Value {
        let uri = |it: &&Value| {
            let uri = &it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            it["ruleId"] == "proposal" && uri.as_str().is_some_and(|it| it.ends_with(file))
        };
        results.iter().find(uri).expect("a proposal")
    };
    assert_eq!((&of("/a%20b.txt")["kind"], &of("/c.docx")["kind"]), (&"pass".into(), &"pass".into()));
    let line = &of("/a%20b.txt")["locations"][0]["physicalLocation"]["region"]["startLine"];
    assert!(matches!(line.as_u64(), Some(1 | 2)), "{line}");
    let place = &of("/c.docx")["locations"][0]["logicalLocations"][0]["fullyQualifiedName"];
    assert_eq!(place, "paragraph 1");
    let empty: Value =
        serde_json::from_str(&stdout(&run_with(&["code", "--format", "sarif"], b"Knee."))).expect("JSON");
    assert_eq!(empty["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn a_bundle_is_read_again_with_the_same_codes() {
    let bundle = run_with(&["code", "--format", "fhir"], &notes());
    let ids = |output: &std::process::Output| -> Vec<(String, Value)> {
        let result = |it: &Value| (it["note"]["id"].to_string(), it["proposals"][0]["code"].clone());
        results(output).iter().map(result).collect()
    };
    let again = run_with(&["code", "--format", "jsonl"], stdout(&bundle).as_bytes());
    assert_eq!(ids(&again), ids(&run_with(&["code", "--format", "jsonl"], &notes())), "{}", stderr(&again));
}

#[test]
fn quotes_of_documents_have_their_place_for_people() {
    let body = format!("{}{}", paragraph("OPERATIVE NOTE"), paragraph(NOTE));
    let folder = folder(&[("a.docx", &docx(&body))]);
    let shown = stdout(&run(&["code", "--why", &path(&folder, "a.docx")]));
    assert!(shown.lines().any(|it| it.trim_end().ends_with("(paragraph 2)")), "{shown}");
    let plain = stdout(&run_with(&["code"], NOTE.as_bytes()));
    assert!(!plain.contains("(line"), "{plain}");
}

#[test]
fn a_table_of_nested_rows_needs_a_file() {
    let folder = TempDir::new().expect("a folder");
    let file = path(&folder, "a.parquet");
    let output = run_with(&["code", "--format", "parquet", "--output", &file], &notes());
    assert_eq!((code(&output), stdout(&output)), (0, String::new()), "{}", stderr(&output));
    assert!(fs::read(&file).expect("a file").starts_with(b"PAR1"));
    let output = run_with(&["code", "--format", "parquet"], &notes());
    assert!(code(&output) == 2 && stderr(&output).contains("--output FILE"), "{}", stderr(&output));
}
