//! Notes in every format that they arrive in, and inputs that are no notes.

use std::process::{Command, Output, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::fixtures::{cda, docx, paragraph, pdf_page, xlsx, zip};
use crate::program::{NOTE, code, folder, ids, path, results, run, run_with, stderr, stdout};

const JSONL: [&str; 3] = ["code", "--format", "jsonl"];

/// The results of paths as JSON lines.
fn coded(paths: &[&str]) -> Output {
    run(&[&JSONL[..], paths].concat())
}

/// The note as a line of a table or of a message.
fn flat() -> String {
    NOTE.replace('\n', " ")
}

/// An HL7 message: trigger, number, parent, completion status, text.
fn mdm(trigger: &str, number: &str, parent: &str, status: &str, text: &str) -> String {
    let text = text.replace('\n', "\\.br\\");
    let content = if text.is_empty() { String::new() } else { format!("OBX|1|TX|||{text}\r") };
    format!(
        "MSH|^~\\&|E|H|X|Y|20251015||MDM^{trigger}|M{number}|P|2.5\r\
         PR1|1||64999^Unlisted block^C4\r\
         TXA|1|OP|TX|20251014||||||||{number}|{parent}||||{status}\r{content}"
    )
}

/// A PDF whose only page has the note, a line each.
fn pdf() -> Vec<u8> {
    let lines: String = NOTE
        .split('\n')
        .flat_map(|line| {
            line.as_bytes().chunks(90).map(|it| String::from_utf8_lossy(it).into_owned()).collect::<Vec<_>>()
        })
        .map(|line| format!("({}) Tj 0 -14 Td ", line.replace(['(', ')'], "")))
        .collect();
    let form = crate::fixtures::stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"");
    pdf_page(&format!("BT /F 12 Tf 36 700 Td {lines}ET"), &[form])
}

/// The note in every format: a name, its bytes, the place of its first evidence.
fn every_format() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let paragraphs: String = NOTE.split('\n').map(paragraph).collect();
    let word = docx(&paragraphs);
    let rtf = format!("{{\\rtf1\\ansi {}}}", NOTE.replace('\n', "\\par "));
    let html = format!("<!DOCTYPE html><html><body><p>{}</p></body></html>", NOTE.replace('\n', "</p><p>"));
    let sections: String = NOTE
        .split('\n')
        .map(|it| format!("<component><section><text><paragraph>{it}</paragraph></text></section></component>"))
        .collect();
    let data = base64(NOTE.as_bytes());
    let fhir = format!(
        r#"{{"resourceType":"DocumentReference","id":"f","status":"current","content":[{{"attachment":{{"contentType":"text/plain","data":"{data}"}}}}]}}"#
    );
    let rows = [&["Note ID", "Surgery Date", "Report"][..], &["1", "45944", &flat()]];
    vec![
        ("a.csv", format!("id,date of service,note_text\n1,10/14/2025,\"{NOTE}\"\n").into_bytes(), "row 2, column 3"),
        ("b.xlsx", xlsx(&rows), "sheet 1, row 2, column 3"),
        ("c.docx", word.clone(), "paragraph 1"),
        ("d.rtf", rtf.into_bytes(), "paragraph 1"),
        ("e.hl7", mdm("T02", "D1", "", "AU", NOTE).into_bytes(), "message 1, OBX 1, field 5, repetition 1"),
        ("f.json", fhir.into_bytes(), "content[0].attachment.data, line 1"),
        ("g.xml", cda("<id extension=\"1\"/>", &sections).into_bytes(), "section 1"),
        ("h.html", html.into_bytes(), "line 1"),
        ("i.pdf", pdf(), "page 1, line 1"),
        ("j.zip", zip(&[("in/a.docx", &word)]), "paragraph 1"),
        ("k.json", serde_json::to_vec_pretty(&serde_json::json!([{"note_id": 7, "text": NOTE}])).expect("JSON"), "[0]"),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let bits = three.iter().fold(0_u32, |sum, it| sum << 8 | u32::from(*it)) << (8 * (3 - three.len()));
        let sign =
            |at: usize| if at > three.len() { '=' } else { SIGNS[(bits >> (18 - 6 * at) & 63) as usize] as char };
        [sign(0), sign(1), sign(2), sign(3)]
    };
    bytes.chunks(3).flat_map(group).collect()
}

#[test]
fn a_note_has_the_same_codes_in_every_format() {
    for (name, bytes, place) in every_format() {
        let folder = folder(&[(name, &bytes)]);
        for output in [coded(&[&path(&folder, name)]), run_with(&JSONL, &bytes)] {
            assert_eq!(code(&output), 0, "{name}: {}", stderr(&output));
            let results = results(&output);
            assert_eq!(results.len(), 1, "{name}");
            let proposal = &results[0]["proposals"][0];
            assert_eq!(proposal["code"], "62323", "{name}");
            let found = results[0]["encounter"]["procedures"][0]["evidence"][0]["place"].as_str();
            assert!(found.is_some_and(|it| it.ends_with(place) || it.contains(place)), "{name}: {found:?}");
        }
    }
}

#[test]
fn whatever_is_no_note_is_named_and_counted() {
    let folder = folder(&[
        ("1.txt", NOTE.as_bytes()),
        ("2.png", b"\x89PNG\r\n\x1a\nSekretowitz"),
        ("3.bin", b"\x01\x02\x03\x00\x00\x00Sekretowitz"),
        ("4.pdf", &pdf_page("q Q", &[])),
        ("5.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1Sekretowitz"),
        ("6.docx", b"PK\x03\x04 broken Sekretowitz"),
        ("7.docx", b""),
        ("8.md", b"# A page about Sekretowitz"),
        ("9.hl7", b"MSH|^~\\&|E|H|X|Y|20251015||ADT^A01|1|P|2.5\rPID|1||Sekretowitz"),
        ("a.csv", b"name,city\nSekretowitz,Bonn\n"),
    ]);
    let output = coded(&[&folder.path().display().to_string()]);
    assert_eq!(ids(&output), ["1"]);
    assert_eq!(code(&output), 3);
    let errors = stderr(&output);
    for (name, part) in [
        ("error: 2.png", "image"),
        ("error: 3.bin", "binary"),
        ("error: 4.pdf", "without a text layer"),
        ("error: 5.doc", "97-2003"),
        ("error: 6.docx", "not valid"),
        ("warning: 7.docx", "empty"),
        ("warning: 8.md", "--input-format text"),
        ("warning: 9.hl7", "ADT"),
        ("error: a.csv", "no column for the text"),
    ] {
        let (level, name) = name.split_once(' ').expect("two words");
        let found = errors.lines().find(|it| it.starts_with(level) && it.contains(&format!("/{name}")));
        assert!(found.is_some_and(|it| it.contains(part)), "{name}: {part}\n{errors}");
    }
    assert!(errors.contains("3 inputs skipped; 6 inputs could not be read"), "{errors}");
    // By its name a text is read whatever its ending, and so is every text where that is asked for.
    assert_eq!(ids(&coded(&[&path(&folder, "8.md")])), ["8"]);
    let forced = coded(&["--input-format", "text", &folder.path().display().to_string()]);
    assert_eq!(ids(&forced), ["1", "8", "9", "a"]);
}

#[test]
fn columns_are_guessed_aloud_or_named() {
    let table = format!("nr;when;words;paid;note\n7;14.10.2014;\"{NOTE}\";62311;x\n8;;\"{NOTE}\";;y\n");
    let folder = folder(&[("t.csv", table.as_bytes())]);
    let file = path(&folder, "t.csv");
    let named =
        coded(&["--id-column", "NR", "--text-column", "words", "--date-column", "2", "--billed-column", "paid", &file]);
    assert_eq!((code(&named), ids(&named)), (0, vec!["7".to_owned(), "8".to_owned()]), "{}", stderr(&named));
    let first = &results(&named)[0];
    assert_eq!(
        (&first["note"]["service_date"], &first["proposals"][0]["code"]),
        (&"2014-10-14".into(), &"62311".into())
    );
    assert_eq!(first["source"]["billed_codes"][0], "62311");
    assert!(stderr(&named).contains("1 note has no date of service"), "{}", stderr(&named));
    assert!(!stderr(&named).contains("taken from column"), "{}", stderr(&named));
    let guessed = stderr(&coded(&["--id-column", "nr", &file]));
    assert_eq!(guessed.matches("text taken from column 5, by its header \"note\"").count(), 1, "{guessed}");
    let missing = coded(&["--text-column", "nothing", &file]);
    assert_eq!(code(&missing), 3);
    assert!(stderr(&missing).contains("column of that name"), "{}", stderr(&missing));
    let lines = serde_json::json!({"nr": 5, "words": NOTE, "text": "x"}).to_string();
    let lines = run_with(&[&JSONL[..], &["--id-column", "nr", "--text-column", "words"]].concat(), lines.as_bytes());
    assert_eq!(ids(&lines), ["5"]);
    assert_eq!(results(&lines)[0]["proposals"][0]["code"], "62323");
}

#[test]
fn dates_that_disagree_are_a_finding() {
    let text = |date: &str| format!("\"DATE OF PROCEDURE: {date}\n{NOTE}\"");
    let table = format!(
        "id,date of service,text\n1,10/14/2025,{}\n2,10/14/2025,{}\n3,10/14/2025,{}\n",
        text("10/14/2025"),
        text("10/13/2025"),
        text("10/13/2014")
    );
    let output = run_with(&JSONL, table.as_bytes());
    let results = results(&output);
    let finding = |it: &Value| {
        let all = it["findings"].as_array().expect("findings");
        all.iter().find(|it| it["id"] == "service-dates-agree").map(|it| it["severity"].to_string())
    };
    let found: Vec<Option<String>> = results.iter().map(finding).collect();
    assert_eq!(found, [None, Some("\"payment\"".to_owned()), Some("\"code\"".to_owned())]);
    assert!(results.iter().all(|it| it["note"]["service_date"] == "2025-10-14"));
    assert_eq!(results[2]["proposals"][0]["disposition"], "review");
}

#[test]
fn an_addendum_is_no_encounter_of_its_own() {
    let vague = NOTE.replace("Under fluoroscopy a", "A");
    let first = mdm("T02", "D1", "", "AU", &vague);
    let addendum = mdm("T06", "D2", "D1", "AU", "Fluoroscopy was used to guide the needle. Sekretowitz.");
    let alone = run_with(&JSONL, first.as_bytes());
    assert_eq!(results(&alone)[0]["proposals"][0]["code"], "62322");
    // In one file, in two files, and with the addendum first.
    let other = mdm("T02", "D9", "", "AU", NOTE);
    let folder = folder(&[
        ("a/1.hl7", first.as_bytes()),
        ("a/2.hl7", other.as_bytes()),
        ("a/3.hl7", addendum.as_bytes()),
        ("b/1.hl7", format!("{addendum}{first}{other}").as_bytes()),
        ("c/1.hl7", addendum.as_bytes()),
        ("d/1.zip", &zip(&[("x.hl7", addendum.as_bytes()), ("y.hl7", first.as_bytes())])),
    ]);
    for (name, expected) in [("a", vec!["D9", "D1"]), ("b", vec!["D1", "D9"]), ("d", vec!["D1"])] {
        let output = coded(&[&path(&folder, name)]);
        assert_eq!((code(&output), ids(&output)), (0, expected.iter().map(ToString::to_string).collect()), "{name}");
        let results = results(&output);
        let amended = results.iter().find(|it| it["note"]["id"] == "D1").expect("the document");
        assert_eq!(amended["proposals"][0]["code"], "62323", "{name}");
        assert_eq!(amended["source"]["amended_by"][0], "D2");
    }
    let orphan = coded(&[&path(&folder, "c")]);
    assert_eq!((code(&orphan), stdout(&orphan)), (3, String::new()));
    assert!(stderr(&orphan).contains("not among the inputs"), "{}", stderr(&orphan));
}

#[test]
fn an_unsigned_document_is_never_ready_and_an_order_is_no_evidence() {
    let by = |status: &str| results(&run_with(&JSONL, mdm("T02", "D1", "", status, NOTE).as_bytes())).remove(0);
    let (signed, unsigned) = (by("AU"), by("DI"));
    assert_eq!(signed["proposals"][0]["disposition"], "ready");
    assert_eq!(unsigned["proposals"][0]["disposition"], "review");
    let found = |it: &Value| {
        let all = it["findings"].as_array().expect("findings").clone();
        all.iter().any(|it| it["id"] == "document-authenticated" && it["outcome"] == "missing")
    };
    assert!(!found(&signed) && found(&unsigned));
    assert_eq!(unsigned["source"]["authenticated"], false);
    assert_eq!(signed["source"]["ordered_procedures"][0]["code"], "64999");
    assert!(!signed["proposals"].to_string().contains("64999"));
    // A signature that comes later counts.
    let later = format!("{}{}", mdm("T02", "D1", "", "DI", NOTE), mdm("T04", "D1", "", "LA", ""));
    let later = results(&run_with(&JSONL, later.as_bytes()));
    assert_eq!((later.len(), &later[0]["proposals"][0]["disposition"]), (1, &"ready".into()));
    assert_eq!(code(&run(&["explain", "document-authenticated"])), 0);
}

#[test]
fn a_document_that_fails_costs_itself_only() {
    let groups = format!("{{\\rtf1 {}", "{".repeat(1_000_000));
    let bomb = zip(&[("word/document.xml", &vec![b' '; 64 << 20]), ("[Content_Types].xml", b"<Types/>")]);
    let folder = folder(&[
        ("1.rtf", groups.as_bytes()),
        ("2.docx", &bomb),
        ("3.xml", b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"/etc/passwd\">]><ClinicalDocument>&b;</ClinicalDocument>"),
        ("4.zip", &zip(&[("../../a.txt", NOTE.as_bytes()), ("b.txt", NOTE.as_bytes())])),
        ("5.txt", NOTE.as_bytes()),
    ]);
    let start = Instant::now();
    let output = coded(&[&folder.path().display().to_string()]);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_eq!((code(&output), ids(&output)), (3, vec!["b".to_owned(), "5".to_owned()]), "{}", stderr(&output));
    assert!(stderr(&output).contains("4 inputs could not be read"), "{}", stderr(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn what_can_be_read_once_only_is_read_whole() {
    let lines = serde_json::json!({"id": 5, "text": NOTE}).to_string();
    for bytes in
        [NOTE.as_bytes(), &docx(&paragraph(&flat())), lines.as_bytes(), mdm("T02", "D1", "", "AU", NOTE).as_bytes()]
    {
        let output = run_with(&[&JSONL[..], &["/dev/stdin"]].concat(), bytes);
        assert_eq!(results(&output)[0]["proposals"][0]["code"], "62323", "{}", stderr(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_reader_of_documents_has_a_limit_on_memory() {
    let request = r#"{"name":"a.txt","format":null,"columns":[null,null,null,null],"day_first":null,"text_bytes":9,"memory":150000000}"#;
    let mut child = Command::new(env!("CARGO_BIN_EXE_opnote"))
        .arg("read-contained")
        .env("OPNOTE_READ", request)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    // The reader dies before it has read all.
    let _ = std::io::copy(&mut std::io::Read::take(std::io::repeat(b'x'), 200 << 20), &mut stdin);
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = stdout(&output) + &stderr(&output);
    assert!(said.contains("more memory than the limit of 143 MiB") || said.contains("memory allocation of"), "{said}");
}
