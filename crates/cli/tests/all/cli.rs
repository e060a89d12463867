//! The program as people and scripts call it: exit codes, formats, bad input, order.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use opnote::Lexicon;
use serde_json::Value;

use crate::program::{NOTE, code, folder, ids, path, results, run, run_with, stderr, stdout};
use crate::support::root;

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    let bytes = units.flat_map(|it| if big { it.to_be_bytes() } else { it.to_le_bytes() });
    bytes.collect()
}

#[test]
fn cases() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}

#[test]
fn every_quote_is_the_text_between_its_offsets() {
    let text = format!("Ärztin: café\r\n{NOTE}");
    let output = run_with(&["code", "--format", "jsonl"], text.as_bytes());
    assert_eq!(code(&output), 0);
    let result = &results(&output)[0];
    assert_eq!(result["note"]["id"], "stdin");
    assert_eq!(result["proposals"][0]["code"], "62323");
    let evidence = result["proposals"][0]["evidence"].as_array().expect("evidence");
    assert!(!evidence.is_empty());
    for it in evidence {
        let range = it["start"].as_u64().expect("start") as usize..it["end"].as_u64().expect("end") as usize;
        assert_eq!(text[range], *it["quote"].as_str().expect("quote"));
    }
}

#[test]
fn standard_input_is_one_note_or_json_lines() {
    let lines =
        b"\n  {\"id\": 7, \"text\": \"epidural\"}\n{\"id\": \"b\", \"text\": \"\", \"service_date\": \"2020-02-29\"}";
    let output = run_with(&["code", "--format", "jsonl"], lines);
    assert_eq!(ids(&output), ["7", "b"]);
    assert_eq!(results(&output)[1]["note"]["service_date"], "2020-02-29");
    assert_eq!(ids(&run_with(&["code", "--format", "jsonl", "-"], NOTE.as_bytes())), ["stdin"]);
}

#[test]
fn folders_are_walked_in_order() {
    let folder = folder(&[
        ("b.txt", b"x"),
        ("a/z.txt", b"x"),
        ("a/y.jsonl", b"{\"id\": \"y1\", \"text\": \"x\"}\n{\"id\": \"y2\", \"text\": \"x\"}\n"),
        ("c.md", b"not a note"),
        (".hidden/h.txt", b"x"),
        ("d.TXT", b"x"),
    ]);
    let output = run(&["code", "--format", "jsonl", &folder.path().display().to_string()]);
    assert_eq!(ids(&output), ["y1", "y2", "z", "b", "d"]);
    assert_eq!(code(&output), 0);
}

#[test]
fn encodings_are_read_and_offsets_count_in_the_decoded_text() {
    let le = [b"\xff\xfe".as_slice(), &utf16(NOTE, false)].concat();
    let be = [b"\xfe\xff".as_slice(), &utf16(NOTE, true)].concat();
    let bom = [b"\xef\xbb\xbf".as_slice(), NOTE.as_bytes()].concat();
    let old = [b"caf\xe9 \x93x\x94 ".as_slice(), NOTE.as_bytes()].concat();
    let crlf = NOTE.replace('\n', "\r\n");
    let folder =
        folder(&[("1.txt", &le), ("2.txt", &be), ("3.txt", &bom), ("4.txt", &old), ("5.txt", crlf.as_bytes())]);
    let output = run(&["code", "--format", "jsonl", &folder.path().display().to_string()]);
    assert_eq!(code(&output), 0);
    let results = results(&output);
    assert_eq!(results.len(), 5);
    for it in &results {
        assert_eq!(it["proposals"][0]["code"], "62323", "{}", it["note"]["id"]);
    }
    // A byte order mark is no part of the text.
    for index in [0, 1] {
        assert_eq!(results[index]["proposals"][0]["evidence"], results[2]["proposals"][0]["evidence"]);
    }
    let errors = stderr(&output);
    assert_eq!(errors.matches("Windows-1252").count(), 1, "{errors}");
    assert!(errors.contains("4.txt"), "{errors}");
}

#[test]
fn faulty_files_cost_only_themselves() {
    let nobom = utf16(NOTE, false);
    let big = "x".repeat(5000);
    let folder = folder(&[
        ("1-empty.txt", b""),
        ("2-blank.txt", b" \r\n\t"),
        ("3-nul.txt", format!("a\0{NOTE}").as_bytes()),
        ("4-nobom.txt", &nobom),
        ("5-big.txt", big.as_bytes()),
        ("6-none.jsonl", b"\n\n"),
        ("7-good.txt", NOTE.as_bytes()),
    ]);
    let missing = path(&folder, "missing.txt");
    let all = folder.path().display().to_string();
    let output = run(&["code", "--format", "jsonl", "--max-note-bytes", "4000", &missing, &all]);
    assert_eq!(code(&output), 3);
    assert_eq!(ids(&output), ["1-empty", "2-blank", "3-nul", "7-good"]);
    let errors = stderr(&output);
    for (name, part) in [
        ("1-empty.txt", "holds no text"),
        ("2-blank.txt", "holds no text"),
        ("3-nul.txt", "NUL"),
        ("4-nobom.txt", "byte order mark"),
        ("5-big.txt", "limit of 4000 bytes"),
        ("6-none.jsonl", "no notes"),
        ("missing.txt", "cannot be read"),
    ] {
        let line = errors.lines().find(|it| it.contains(name)).unwrap_or_else(|| panic!("{name} in {errors}"));
        assert!(line.contains(part), "{line}");
    }
    assert!(errors.contains("3 inputs could not be read"), "{errors}");
}

#[test]
fn faulty_lines_are_named_and_never_quoted() {
    let long = format!("{{\"id\": 14, \"text\": \"{}\"}}", "Sekretowitz ".repeat(60_000));
    let lines = [
        r#"{"id": 1, "text": "fine"}"#,
        r#"{"id": 2, "text": "Sekretowitz"#,
        r#"{"id": 3, "text": 5}"#,
        r#"{"id": 4}"#,
        r#"{"text": "Sekretowitz"}"#,
        r#"{"id": 6, "text": "Sekretowitz", "service_date": "2026-02-30"}"#,
        r#"["Sekretowitz", "Sekretowitz", null]"#,
        r#""Sekretowitz""#,
        r#"{"id": 9, "text": "a", "text": "Sekretowitz"}"#,
        r#"{"id": ["Sekretowitz"], "text": "a"}"#,
        r#"{"id": 11, "text": "\ud800 Sekretowitz"}"#,
        r#"{"id": 12, "text": "a"} Sekretowitz"#,
        r#"{"id": 1, "text": "the same id"}"#,
        &long,
        r#"{"id": 123456789012345678901234, "text": "last"}"#,
    ];
    let folder = folder(&[("n.jsonl", lines.join("\r\n").as_bytes())]);
    let output = run(&["code", "--format", "jsonl", "--max-note-bytes", "2000", &path(&folder, "n.jsonl")]);
    assert_eq!(code(&output), 3);
    assert_eq!(ids(&output), ["1", "1", "123456789012345678901234"]);
    let errors = stderr(&output);
    for (at, part) in [
        (":2:", "is not JSON"),
        (":3:", "`text`"),
        (":4:", "no `text`"),
        (":5:", "no `id`"),
        (":6:", "YYYY-MM-DD"),
        (":7:", "not an object"),
        (":8:", "not an object"),
        (":9:", "each once"),
        (":10:", "`id`"),
        (":11:", "`text`"),
        (":12:25:", "is not JSON"),
        (":13:", "duplicate note id"),
        (":14:", "limit of 2000"),
    ] {
        let line = errors.lines().find(|it| it.contains(at)).unwrap_or_else(|| panic!("{at} in {errors}"));
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let vague = b"PROCEDURE: Epidural steroid injection. Contrast was used. 80 mg Depo-Medrol was injected.";
    assert_eq!(code(&run_with(&["code"], vague)), 0);
    assert_eq!(code(&run_with(&["code", "--fail-on", "query"], vague)), 1);
    assert_eq!(code(&run_with(&["code", "--fail-on", "review"], vague)), 1);
    assert_eq!(code(&run_with(&["code", "--fail-on", "query"], NOTE.as_bytes())), 0);
    assert_eq!(code(&run(&["code", "--format", "xml"])), 2);
    assert_eq!(code(&run(&["code", "--date", "2026-13-01"])), 2);
    assert_eq!(code(&run(&["code", "--lexicon", "/no/such/folder"])), 2);
    assert_eq!(code(&run(&["explain", "no-such-id-at-all"])), 2);
    assert_eq!(code(&run(&[])), 2);
    assert_eq!(code(&run(&["code", "/no/such/file.txt"])), 3);
    assert_eq!(code(&run(&["context", "/no/such/file.jsonl"])), 3);
}

#[test]
fn a_faulty_lexicon_names_file_and_line() {
    let folder = folder(&[("shared/terms.csv", b"term,concept,kind,flags\nfluoro,fluoroscopy,imagng,\n")]);
    let output = run_with(&["code", "--lexicon", &folder.path().display().to_string()], b"x");
    assert_eq!(code(&output), 2);
    let errors = stderr(&output);
    assert!(errors.contains("shared/terms.csv:2") && errors.contains("imaging"), "{errors}");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_exit_code_4() {
    for args in [&["code"][..], &["schema"], &["man"], &["completions", "bash"], &["--version"], &["explain", "caudal"]]
    {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let mut command = Command::new(env!("CARGO_BIN_EXE_opnote"));
        let status = command.args(args).stdin(Stdio::null()).stdout(full).stderr(Stdio::null()).status();
        assert_eq!(status.expect("the program ends").code(), Some(4), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let lines = format!("{{\"id\": 1, \"text\": {}}}\n", Value::from(NOTE)).repeat(2000);
    let folder = folder(&[("n.jsonl", lines.as_bytes())]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_opnote"))
        .args(["code", "--format", "jsonl", &path(&folder, "n.jsonl")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(code(&output), 0);
    assert!(!stderr(&output).contains("error"), "{}", stderr(&output));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let notes = notes_folder();
    for format in ["text", "json", "jsonl", "csv"] {
        let by = |threads| run(&["code", "--format", format, "--threads", threads, &notes]);
        let one = by("1");
        for threads in ["2", "3", "8"] {
            let many = by(threads);
            assert!(one.stdout == many.stdout, "{format} with {threads} threads");
            assert_eq!(stderr(&one), stderr(&many));
        }
    }
}

#[test]
fn the_date_is_for_notes_without_one() {
    let dated = format!("DATE OF PROCEDURE: 03/02/2015\n{NOTE}");
    let lines = [
        serde_json::json!({"id": 1, "text": NOTE}),
        serde_json::json!({"id": 2, "text": dated}),
        serde_json::json!({"id": 3, "text": NOTE, "service_date": "2015-06-07"}),
    ];
    let lines = lines.map(|it| it.to_string()).join("\n");
    let output = run_with(&["code", "--format", "jsonl", "--date", "2020-01-02"], lines.as_bytes());
    let results = results(&output);
    let days: Vec<&str> = results.iter().map(|it| it["note"]["service_date"].as_str().expect("a date")).collect();
    assert_eq!(days, ["2020-01-02", "2015-03-02", "2015-06-07"]);
    let codes: Vec<&str> = results.iter().map(|it| it["proposals"][0]["code"].as_str().expect("a code")).collect();
    assert_eq!(codes, ["62323", "62311", "62311"]);
}

#[test]
fn formats_agree() {
    let notes = notes_folder();
    let lines = results(&run(&["code", "--format", "jsonl", &notes]));
    let array = stdout(&run(&["code", "--format", "json", &notes]));
    let array: Vec<Value> = serde_json::from_str(&array).expect("one array");
    assert_eq!(lines, array);
    let table = stdout(&run(&["code", "--format", "csv", &notes]));
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = table.records().map(|it| it.expect("a row")).collect();
    let expected: usize = lines.iter().map(|it| it["proposals"].as_array().expect("proposals").len().max(1)).sum();
    assert_eq!(rows.len(), expected);
    let codes: Vec<&str> = rows.iter().map(|it| &it[4]).filter(|it| !it.is_empty()).collect();
    let expected = lines.iter().flat_map(|it| it["proposals"].as_array().expect("proposals"));
    let expected: Vec<&str> = expected.filter_map(|it| it["code"].as_str()).collect();
    assert_eq!(codes, expected);
}

#[test]
fn text_is_plain_unless_color_is_asked_for() {
    let plain = stdout(&run_with(&["code"], NOTE.as_bytes()));
    assert!(!plain.contains('\u{1b}'));
    let colored = stdout(&run_with(&["code", "--color", "always"], NOTE.as_bytes()));
    assert!(colored.contains('\u{1b}'));
    let mut stripped = colored;
    while let Some(start) = stripped.find('\u{1b}') {
        let end = stripped[start..].find('m').expect("an escape sequence ends") + start;
        stripped.replace_range(start..=end, "");
    }
    assert_eq!(stripped, plain);
}

#[test]
fn text_shows_no_control_characters_of_a_note() {
    let note = NOTE.replace("under", "\u{1b}[31munder").replace("Under", "\u{1b}]0;x\u{7}\u{202e}Under");
    let shown = stdout(&run_with(&["code"], note.as_bytes()));
    assert!(shown.contains("fluoroscopy"));
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']));
}

#[test]
fn every_id_in_a_result_can_be_explained() {
    let lexicon = Lexicon::embedded();
    let output = run(&["code", "--format", "jsonl", &notes_folder()]);
    let mut named = std::collections::BTreeSet::new();
    for result in results(&output) {
        collect_ids(&result, &mut named);
    }
    assert!(!named.is_empty());
    let unknown: Vec<&String> = named.iter().filter(|it| lexicon.explain(it).is_empty()).collect();
    assert!(unknown.is_empty(), "not explained: {unknown:?}");
    for id in lexicon.ids() {
        assert!(!lexicon.explain(id).is_empty(), "not explained: {id}");
    }
}

/// Every string under a key that holds an id or a code.
fn collect_ids(value: &Value, named: &mut std::collections::BTreeSet<String>) {
    const KEYS: [&str; 13] = [
        "rule",
        "family",
        "code",
        "candidates",
        "status",
        "why",
        "class",
        "role",
        "disposition",
        "outcome",
        "severity",
        "value",
        "id",
    ];
    match value {
        Value::Array(items) => items.iter().for_each(|it| collect_ids(it, named)),
        Value::Object(fields) => {
            for (key, it) in fields.iter().filter(|it| it.0 != "note" && it.0 != "made_by") {
                if key == "attributes" {
                    named.extend(it.as_object().expect("attributes").keys().cloned());
                }
                if KEYS.contains(&key.as_str()) {
                    let texts = it.as_array().map_or(std::slice::from_ref(it), Vec::as_slice);
                    named.extend(texts.iter().filter_map(Value::as_str).map(ToOwned::to_owned));
                }
                collect_ids(it, named);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_is_the_one_kept_here() {
    let printed = stdout(&run(&["schema"]));
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema.json");
    if std::env::var("SNAPSHOTS").as_deref() == Ok("overwrite") {
        fs::write(&kept, &printed).expect("tests/schema.json can be written");
    }
    let expected = fs::read_to_string(&kept).expect("tests/schema.json");
    assert_eq!(printed, expected, "SNAPSHOTS=overwrite cargo test keeps the new one");
}

#[test]
fn generated_texts_name_every_command() {
    let page = stdout(&run(&["man"]));
    let completions = stdout(&run(&["completions", "bash"]));
    for it in ["code", "explain", "context", "evaluate", "schema"] {
        assert!(page.contains(it) && completions.contains(it), "{it}");
    }
    assert!(stdout(&run(&["man", "code"])).contains("max\\-note\\-bytes"));
    assert_eq!(code(&run(&["man", "no-such-command"])), 2);
    assert!(stdout(&run(&["--version"])).contains(&Lexicon::embedded().fingerprint));
}

#[test]
fn context_answers_line_by_line() {
    let lines = b"{\"id\": \"1\", \"sentence\": \"No fluoroscopy was used.\", \"concept\": \"fluoroscopy\"}\nbroken Sekretowitz\n";
    let output = run_with(&["context"], lines);
    assert_eq!(code(&output), 3);
    let answer: Value = serde_json::from_str(stdout(&output).lines().next().expect("a line")).expect("JSON");
    assert_eq!(answer["id"], "1");
    assert_eq!(answer["negated"], true);
}

/// The project's own notes.
fn notes_folder() -> String {
    root().join("corpus/notes").display().to_string()
}

/// Two procedures of one session, joined by an edit.
const SESSION: &str = "DATE OF SERVICE: 03/14/2025\nDIAGNOSIS: Lumbar radiculitis 724.4\nPROCEDURE: 1. L4-5 interlaminar \
    epidural steroid injection.\n2. Left L4-5 facet joint injection.\nTECHNIQUE: Under fluoroscopy a Tuohy needle was \
    advanced to the L4-5 interspace with loss of resistance to air. 1 mL of iohexol showed epidural spread. 80 mg of \
    methylprednisolone was injected. Then a spinal needle was advanced into the left L4-5 facet joint under \
    fluoroscopy and 1 mL of bupivacaine 0.5% was injected.";

#[test]
fn edits_of_a_session_are_in_every_output() {
    let text = stdout(&run_with(&["code"], SESSION.as_bytes()));
    assert!(!text.contains("can accept it as it stands"), "{text}");
    assert_eq!(text.matches("(neuraxial-and-facet)").count(), 2, "{text}");
    assert!(text.contains("session    62323, 64493-LT"), "{text}");
    assert!(text.contains("written    724.4"), "{text}");
    let table = stdout(&run_with(&["code", "--format", "csv"], SESSION.as_bytes()));
    assert_eq!(table.matches("neuraxial-and-facet: ").count(), 2, "{table}");
    assert!(table.contains("M54.16,724.4"), "{table}");
    assert!(stdout(&run_with(&["code", "--brief"], SESSION.as_bytes())).contains("neuraxial-and-facet"));
    // One procedure has no session, and no edit.
    let text = stdout(&run_with(&["code"], NOTE.as_bytes()));
    assert!(!text.contains("session ") && !text.contains("edit "), "{text}");
    assert!(text.contains("can accept it as it stands"), "{text}");
}

#[test]
fn text_fits_the_page_from_sixty_columns_on() {
    for columns in ["60", "72", "100"] {
        let arguments = ["code", "--width", columns, "--why", "--checklist", "--policy", "L39240"];
        let text = stdout(&run_with(&arguments, SESSION.as_bytes()));
        let limit: usize = columns.parse().expect("a number");
        let long: Vec<&str> = text.lines().filter(|it| it.chars().count() > limit).collect();
        assert!(long.is_empty(), "{columns}: {long:?}");
        // Every underline stands below words of its line.
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate().filter(|it| it.1.contains("| ") && it.1.contains('^')) {
            let numbered =
                |it: &&&str| it.trim_start().starts_with(|it: char| it.is_ascii_digit()) && it.contains(" | ");
            let quoted = lines[..index].iter().rfind(numbered).expect("a quoted line");
            let start = line.find('^').expect("an underline");
            assert!(quoted.chars().nth(start).is_some_and(|it| it != ' '), "{quoted}\n{line}");
        }
    }
    assert_eq!(code(&run_with(&["code", "--width", "59"], NOTE.as_bytes())), 2);
}

#[test]
fn options_without_a_place_in_a_format_are_refused() {
    for option in [&["--checklist"][..], &["--why"], &["--statements"], &["--policy", "L39240"]] {
        for format in [&["--format", "csv"][..], &["--brief"]] {
            let arguments: Vec<&str> = ["code"].iter().chain(option).chain(format).copied().collect();
            let output = run_with(&arguments, NOTE.as_bytes());
            assert_eq!(code(&output), 2, "{arguments:?}");
            assert!(stderr(&output).contains(option[0]), "{}", stderr(&output));
        }
        let arguments: Vec<&str> = ["code", "--format", "jsonl"].iter().chain(option).copied().collect();
        assert_eq!(code(&run_with(&arguments, NOTE.as_bytes())), 0, "{arguments:?}");
    }
    let answers = |option: &str| {
        let output = run_with(&["code", "--format", "jsonl", option], NOTE.as_bytes());
        let result = results(&output).remove(0);
        result["checklist"].as_array().expect("a checklist").len()
    };
    assert_eq!(answers("--checklist"), 58);
    assert!((1..58).contains(&answers("--checklist=missing")));
}

#[test]
fn results_come_back_from_json() {
    let arguments = ["code", "--format", "jsonl", "--checklist", "--policy", "L39240", "--why", "--statements"];
    let output = run_with(&arguments, SESSION.as_bytes());
    let line = stdout(&output).trim_end().to_owned();
    let report: opnote::report::Report = serde_json::from_str(&line).expect("a report");
    assert_eq!(serde_json::to_string(&report).expect("serializes"), line);
}

#[test]
fn labels_that_cannot_be_meant_are_named() {
    let lines = "{\"id\": \"a\", \"text\": \"epidural\"}\n{\"id\": \"b\", \"text\": \"x\"}\n";
    let folder = folder(&[
        ("notes.jsonl", lines.as_bytes()),
        ("odd.jsonl", b"{\"id\": \"a\", \"famly\": [], \"family\": [\"99999\"]}\n"),
        ("good.csv", b"id,family,must_query\na,,no\nb,,no\n"),
        ("twice.csv", b"id,family\na,\na,\n"),
        ("parts.csv", b"id,family,site,service_date\na,,North,2026-05-02\nb,,,2026-06-01\n"),
    ]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let output = run(&["evaluate", "--gold", &at("odd.jsonl"), &at("notes.jsonl")]);
    let said = stderr(&output);
    assert!(said.contains("`famly`; did you mean `family`?"), "{said}");
    assert!(said.contains("99999") && said.contains("1 note has no label"), "{said}");
    let output = run(&["evaluate", "--gold", &at("twice.csv"), &at("notes.jsonl")]);
    assert!(
        code(&output) == 2 && stderr(&output).contains("twice.csv:3: `id` is not an id of its own"),
        "{}",
        stderr(&output)
    );
    let parts = run(&["evaluate", "--gold", &at("parts.csv"), "--by", "site,month", &at("notes.jsonl")]);
    let text = stdout(&parts);
    assert!(["North", "not stated", "2026-05"].iter().all(|it| text.contains(it)), "{text}");
    let output = run(&["evaluate", "--gold", &at("good.csv"), "--by", "payer", &at("notes.jsonl")]);
    assert!(code(&output) == 2 && stderr(&output).contains("no label states \"payer\""), "{}", stderr(&output));
    let output = run(&["evaluate", "--gold", &at("good.csv"), &at("notes.jsonl")]);
    assert_eq!((code(&output), stderr(&output)), (0, String::new()));
}
