//! CSV, TSV, XLSX and JSON: one note a row.

use opnote_ingest::{Columns, Format, Item, Notice, Options, read_file};

use crate::fixtures::{date, document, documents, message, place, read, xlsx};

#[test]
fn csv_by_its_header() {
    let notes = documents(
        "a.csv",
        "Note ID,Note Text,DOS,CPT\n7,\"Lumbar, epidural\nat L4-5.\",10/14/2025,\"62323, 77003\"\n8,Done.,,\n",
    );
    assert_eq!(notes.len(), 2);
    assert_eq!((notes[0].id.as_str(), notes[0].text.as_str()), ("7", "Lumbar, epidural\nat L4-5."));
    assert_eq!(date(&notes[0]), "2025-10-14 (column 3)");
    assert_eq!(notes[0].metadata.billed_codes, ["62323", "77003"]);
    assert_eq!(place(&notes[0], "epidural"), "row 2, column 2");
    assert_eq!(place(&notes[1], "Done"), "row 4, column 2");
    let guessed = Notice::ColumnGuessed { role: "text", column: 2, header: "note_text" };
    assert!(notes[0].notices.contains(&guessed));
}

#[test]
fn csv_as_excel_writes_it() {
    // Semicolons, byte order mark, Windows-1252, dates of another country.
    let notes = documents("a.csv", "\u{feff}id;text;date\r\n1;a;14.10.2025\r\n2;b;03.04.2025\r\n");
    assert_eq!(date(&notes[0]), "2025-10-14 (column 3)");
    assert_eq!(date(&notes[1]), "2025-04-03 (column 3)");
    let notes = documents("a.csv", b"id;text\n1;Caf\xe9 \x96 5 \xb5g\n");
    assert_eq!(notes[0].text, "Caf\u{e9} \u{2013} 5 \u{b5}g");
    assert!(notes[0].notices.contains(&Notice::Decoded("windows-1252")));
    let notes = documents("a.csv", "sep=;\nid;text\n1;x\n");
    assert_eq!((notes[0].text.as_str(), place(&notes[0], "x").as_str()), ("x", "row 3, column 2"));
    let bytes: Vec<u8> = "\u{feff}id\ttext\n1\tx\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(document("a.txt", bytes).text, "x");
}

#[test]
fn table_without_an_ending() {
    assert_eq!(documents("export", "note_id\tdate\tnote\n1\t14-OCT-2025\tx\n").len(), 1);
    // A note with commas is no table.
    assert_eq!(document("note.txt", "Procedure: text, id and date.\nDone, at L4, L5.").text.lines().count(), 2);
}

#[test]
fn ambiguous_dates_get_a_notice() {
    let notes = documents("a.csv", "id,text,date\n1,a,03/04/2025\n2,b,2025/10/14\n3,c,45944\n4,d,soon\n");
    let dates: Vec<String> = notes.iter().map(date).collect();
    assert_eq!(dates, ["2025-03-04 (column 3)", "2025-10-14 (column 3)", "2025-10-14 (column 3)", ""]);
    assert!(notes[0].notices.contains(&Notice::DateOrder { day_first: false }));
    assert!(notes[3].notices.iter().any(|it| it.to_string() == "row 5, column 3: not a date"));
}

#[test]
fn columns_by_name_and_number() {
    let columns = Columns { text: Some("Findings".to_owned()), id: Some("1".to_owned()), ..Columns::default() };
    let options = Options { columns, ..Options::default() };
    let items = read_file("a.csv", b"key,text,Findings\n9,no,yes\n", &options);
    assert!(matches!(&items[..], [Item::Document(it)] if it.id == "9" && it.text == "yes"));
}

#[test]
fn faults_of_tables() {
    assert!(message("a.csv", "key,value\n1,x\n").starts_with("a.csv: row 1: no column for the text"));
    let items = read("a.csv", "id,text\n1,a\n2,b,c\n3,\n4,\"open\n5,e\n");
    let messages: Vec<String> = items
        .iter()
        .map(|it| match it {
            Item::Document(it) => it.id.clone(),
            Item::Error(it) => it.to_string(),
            Item::Skipped(it) => it.to_string(),
            Item::Status(_) => unreachable!(),
        })
        .collect();
    assert_eq!(messages[0], "1");
    assert!(messages[1].starts_with("a.csv: row 3: not valid CSV"));
    assert_eq!(messages[2], "a.csv: row 4: skipped, empty");
    assert_eq!(messages[3], "a.csv: row 5: ends early (expected a double quote that ends the last cell)");
}

#[test]
fn workbook() {
    let bytes = xlsx(&[
        &["Note ID", "Surgery Date", "Report", "CPT"],
        &["101", "45944", "Lumbar epidural &amp; more.", "62323"],
        &["102", "14-OCT-2025", "Second.", ""],
    ]);
    let notes = documents("a.xlsx", &bytes);
    assert_eq!(notes.len(), 2);
    assert_eq!((notes[0].id.as_str(), notes[0].text.as_str()), ("101", "Lumbar epidural & more."));
    assert_eq!(
        (date(&notes[0]).as_str(), date(&notes[1]).as_str()),
        ("2025-10-14 (column 2)", "2025-10-14 (column 2)")
    );
    assert_eq!(notes[0].metadata.billed_codes, ["62323"]);
    assert_eq!(place(&notes[1], "Second"), "sheet 1, row 3, column 3");
}

#[test]
fn json() {
    let notes =
        documents("a.json", r#"[{"id": 7, "text": "a", "service_date": "2025-10-14"}, {"note_id": "x", "note": "b"}]"#);
    assert_eq!((notes[0].id.as_str(), notes[1].id.as_str()), ("7", "x"));
    assert_eq!(date(&notes[0]), "2025-10-14 (service date)");
    assert_eq!(place(&notes[1], "b"), "[1]");
    let notes = documents("a.json", "{\"notes\": [\n{\"id\": 1, \"text\": \"a\"}]}");
    assert_eq!(place(&notes[0], "a"), "notes[0]");
    assert_eq!(document("a.json", "{\n\"id\": \"q\",\n\"text\": \"a\"}").id, "q");
}

#[test]
fn json_lines() {
    let items =
        read("a.jsonl", "{\"id\":1,\"text\":\"a\"}\n\n\u{feff}{\"id\":2,\"text\":\"secret\"\n[3]\n{\"id\":4}\n");
    let messages: Vec<String> = items
        .iter()
        .map(|it| match it {
            Item::Document(it) => it.id.clone(),
            Item::Error(it) => it.to_string(),
            _ => String::new(),
        })
        .collect();
    assert_eq!(messages[0], "1");
    assert_eq!(messages[1], "a.jsonl: line 3: ends early (expected the end of a JSON value)");
    assert!(messages[2].starts_with("a.jsonl: line 4: not valid JSON lines"));
    assert!(messages[3].starts_with("a.jsonl: line 5: no text"));
}

#[test]
fn markup_in_cells() {
    let notes =
        documents("a.csv", "id,text\n1,\"{\\rtf1 Epidural\\par at L4}\"\n2,<div>a<br>b</div>\n3,<2 mL blood loss\n");
    let texts: Vec<&str> = notes.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["Epidural\nat L4", "a\nb\n", "<2 mL blood loss"]);
    assert_eq!(place(&notes[0], "L4"), "row 2, column 2, paragraph 2");
    assert!(notes[0].notices.contains(&Notice::Inner(Format::Rtf)));
    let note = document("a.jsonl", "{\"id\":1,\"text\":\"{\\\\rtf1 \\\\'e9}\"}\n");
    assert_eq!((note.text.as_str(), note.format), ("\u{e9}", Format::Jsonl));
}

#[test]
fn json_ids_and_repeated_members() {
    let note = document("a.json", "[{\"id\": 12345678901234567890123, \"text\": \"a\", \"service_date\": null}]");
    assert_eq!(note.id, "12345678901234567890123");
    let twice = message("a.jsonl", "{\"id\":1,\"text\":\"a\",\"text\":\"b\"}\n");
    assert_eq!(twice, "a.jsonl: line 1: not valid JSON lines (expected an object with an id and a text, each once)");
}
