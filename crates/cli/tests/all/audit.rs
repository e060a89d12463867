//! Audits from a billing table to the page, worksheets out and in, the trail; and nothing is written on bad input.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::edited::edited;
use crate::program::{NOTE, code, folder, path, run, stderr, stdout};
use crate::support::root;

const BILLED: &str = "note_id,code,provider,service_date\na,62321,Adler,2025-10-14\nb,62323,Brandt,2025-11-02\n";

/// Two notes, one billed wrongly, and one note that was not billed.
fn bench() -> TempDir {
    let note = NOTE.as_bytes();
    folder(&[
        ("notes/a.txt", note),
        ("notes/b.txt", note),
        ("notes/c.txt", b"Knee exam."),
        ("billed.csv", BILLED.as_bytes()),
        ("rvu.csv", b"code,rvu\n62323,1.8\n62321,1.95\n"),
    ])
}

/// Runs `opnote audit` over the folder; words that begin with `@` are files of it.
fn audit(folder: &TempDir, more: &[&str]) -> std::process::Output {
    let words = ["audit", "--billed", "@billed.csv", "--rvu", "@rvu.csv"].iter().chain(more).chain(&["@notes"]);
    let words: Vec<String> =
        words.map(|it| it.strip_prefix('@').map_or_else(|| (*it).to_owned(), |it| path(folder, it))).collect();
    run(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|it| serde_json::from_str(it).expect("a line is JSON")).collect()
}

#[test]
fn findings_are_text_lines_and_tables() {
    let folder = bench();
    let output = audit(&folder, &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    for part in [
        "2 claims compared",
        "code-level, as read",
        "F00001  a  E01 wrong region  over",
        "region is lumbar/sacral",
        "^^^^",
        "-0.15",
        "Adler",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(stderr(&output).contains("notes without a claim, of which nothing is said: 1 (c)"), "{}", stderr(&output));
    let found = lines(&stdout(&audit(&folder, &["--format", "jsonl"])));
    assert_eq!(
        (found[0]["finding"]["kind"].as_str(), found[0]["finding"]["direction"].as_str()),
        (Some("wrong_region"), Some("over"))
    );
    assert!(found[0]["finding"]["evidence"][0]["quote"].is_string());
    assert_eq!(found.last().expect("figures")["summary"]["figures"]["accuracy"]["claim_level"]["hits"], 1);
    let table = stdout(&audit(&folder, &["--format", "csv"]));
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(|it| it.expect("a row")).collect();
    let last = rows[0].len() - 1;
    assert_eq!((&rows[0][9], &rows[0][10], &rows[0][last], &rows[2][4]), ("62321", "62323", "-0.15", "agreement"));
    assert!(!table.contains("Sekretowitz") && !table.contains("Tuohy"));
}

#[test]
fn bad_input_is_named_and_nothing_is_written() {
    let folder = bench();
    let before = fs::read_dir(folder.path()).expect("a folder").count();
    let refused = |more: &[&str], expected: &str| {
        let all: Vec<&str> = ["--html", "@page.html", "--output", "@out.txt"].iter().chain(more).copied().collect();
        let output = audit(&folder, &all);
        assert_eq!(code(&output), 2, "{more:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{more:?}: {}", stderr(&output));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), before, "something was written: {more:?}");
    };
    refused(&["--column", "note=Nothing"], "a column \"Nothing\"");
    refused(&["--column", "note"], "expected ROLE=HEADER");
    refused(&["--worksheet", "@ann.xlsx"], "--reviewer");
    refused(&["--reviewed", "@billed.csv"], "not a worksheet");
    refused(&["--reconcile", "@c.xlsx", "--reviewer", "Cem"], "--reviewed twice");
    refused(&["@notes/a.txt"], "two notes have the id \"a\"");
    fs::write(folder.path().join("rvu.csv"), "code\n62323\n").expect("a file");
    refused(&[], "rvu.csv:1: expected a column with the relative value units");
    fs::write(folder.path().join("rvu.csv"), "code,rvu\n62323,1\n").expect("a file");
    fs::write(folder.path().join("billed.csv"), "note_id,code\nz,62323\n").expect("a file");
    refused(&[], "no claim of the billing table has its note");
    fs::write(folder.path().join("billed.csv"), "note_id,code\na,62323\na,62323\n").expect("a file");
    refused(&[], "billed.csv:3: column \"code\": expected each line of a claim once");
}

/// A worksheet of the folder filled in by a reviewer: verdict and reason of the two findings.
fn filled(folder: &TempDir, reviewer: &str, rows: [[&str; 2]; 2]) -> String {
    let name = format!("{reviewer}.xlsx");
    let file = format!("@{name}");
    let output = audit(folder, &["--worksheet", &file, "--reviewer", reviewer]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let bytes = fs::read(folder.path().join(&name)).expect("a worksheet");
    let edits: Vec<(&str, &str, &str)> =
        [("K2", rows[0][0]), ("M2", rows[0][1]), ("K3", rows[1][0]), ("M3", rows[1][1])]
            .into_iter()
            .filter(|it| !it.1.is_empty())
            .map(|it| ("Findings", it.0, it.1))
            .collect();
    fs::write(folder.path().join(&name), edited(&bytes, &edits)).expect("a file");
    file
}

#[test]
fn two_reviews_a_reconciliation_the_page_and_the_trail() {
    let folder = bench();
    let ann = filled(&folder, "Ann", [["upheld", "coder"], ["upheld", ""]]);
    let bob = filled(&folder, "Bob", [["overturned", "program"], ["upheld", ""]]);
    let reviewed = ["--reviewed", ann.as_str(), "--reviewed", bob.as_str()];
    let with = |more: &[&str]| audit(&folder, &reviewed.iter().chain(more).copied().collect::<Vec<_>>());
    let output = with(&["--reconcile", "@cem.xlsx", "--reviewer", "Cem", "--trail", "@trail.sqlite"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("Ann: upheld; Bob: overturned"), "{}", stdout(&output));
    assert!(stdout(&output).contains("the same verdict on 1: Cohen's kappa 0.000"), "{}", stdout(&output));
    assert!(stderr(&output).contains("trail.sqlite: 4; its end"), "{}", stderr(&output));
    let cem = folder.path().join("cem.xlsx");
    let bytes = fs::read(&cem).expect("a worksheet");
    fs::write(&cem, edited(&bytes, &[("Findings", "M2", "upheld"), ("Findings", "O2", "coder")])).expect("a file");
    let last = ["--reconciled", "@cem.xlsx", "--trail", "@trail.sqlite", "--html", "@page.html"];
    // Nothing of the reviews is new: only the reconciliation is added, and a second time nothing at all.
    let output = with(&last);
    assert!(stderr(&output).contains("trail.sqlite: 1; its end"), "{}", stderr(&output));
    let page = fs::read(folder.path().join("page.html")).expect("a page");
    let again = with(&last);
    assert!(stderr(&again).contains("trail.sqlite: 0; its end"), "{}", stderr(&again));
    assert!(page == fs::read(folder.path().join("page.html")).expect("a page"), "the same audit gives another page");
    let page = String::from_utf8(page).expect("UTF-8");
    for part in ["reviewed by Ann and Bob", "chart-agreement", "chart-funnel", "chart-control", "SHA-256 of billed.csv"]
    {
        assert!(page.contains(part), "{part}");
    }
    let trail = path(&folder, "trail.sqlite");
    let verified = run(&["verify", &trail, "--against", &path(&folder, "page.html")]);
    assert_eq!(code(&verified), 0, "{}", stderr(&verified));
    assert!(stdout(&verified).starts_with("5 entries, all in order, 1 noted ends among them"), "{}", stdout(&verified));
    let entries = lines(&stdout(&run(&["verify", &trail, "--list"])));
    let who: Vec<&str> = entries.iter().filter_map(|it| it["who"].as_str()).collect();
    assert_eq!(who, ["Ann", "Ann", "Bob", "Bob", "Cem"]);
    assert!(
        entries[0]["shown"]["lexicon"].is_string() && entries[0]["at"].as_str().is_some_and(|it| it.ends_with('Z'))
    );
    // Somebody takes the last entry away, and mends the count.
    fs::remove_file(&trail).expect("removed");
    let output = audit(&folder, &["--reviewed", &ann, "--trail", "@trail.sqlite"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let verified = run(&["verify", &trail, "--against", &path(&folder, "page.html")]);
    assert_eq!(code(&verified), 3);
    assert!(stderr(&verified).contains("the end is missing: 5 entries were written"), "{}", stderr(&verified));
    // A worksheet of a name that is not on the list, and one that was read twice.
    let stranger = audit(&folder, &["--reviewed", &ann, "--reviewer", "Dora"]);
    assert!(code(&stranger) == 2 && stderr(&stranger).contains("found reviewer \"Ann\", expected Dora"));
    let twice = audit(&folder, &["--reviewed", &ann, "--reviewed", &ann]);
    assert!(code(&twice) == 2 && stderr(&twice).contains("reviewer \"Ann\" again"), "{}", stderr(&twice));
}

#[test]
fn worksheets_are_labels_of_reviewers() {
    let folder = bench();
    let ann = filled(&folder, "Ann", [["upheld", "coder"], ["upheld", ""]]);
    let bob = filled(&folder, "Bob", [["overturned", "program"], ["upheld", ""]]);
    let evaluated = |files: &[&str], more: &[&str]| {
        let gold = files.iter().flat_map(|it| ["--gold".to_owned(), path(&folder, it.trim_start_matches('@'))]);
        let more = more.iter().map(|it| (*it).to_owned());
        let words: Vec<String> =
            ["evaluate".to_owned()].into_iter().chain(gold).chain(more).chain([path(&folder, "notes")]).collect();
        run(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let output = evaluated(&[&ann], &["--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let figures: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(
        (&figures["notes"], &figures["family_all"]["hits"], &figures["family_all"]["of"]),
        (&2.into(), &2.into(), &2.into())
    );
    assert!(
        stderr(&output).contains("1 note has no label, which keeps it out of the figures: c"),
        "{}",
        stderr(&output)
    );
    let output = evaluated(&[&ann, &bob], &[]);
    let text = stdout(&output);
    assert!(text.contains("2 notes labelled by two or more, the same answer on 1"), "{text}");
    assert!(text.contains("Cohen's kappa 0.000") && text.contains("a: Ann says 62323, Bob says 62321"), "{text}");
    assert!(stderr(&output).contains("which count in no figure: 1 (a)"), "{}", stderr(&output));
    let twice = evaluated(&[&ann, &ann], &[]);
    assert!(code(&twice) == 2 && stderr(&twice).contains("reviewer \"Ann\" again"), "{}", stderr(&twice));
    // Three reviewers, one of them with a table.
    fs::write(folder.path().join("cem.csv"), "id,family,provider\na,62323,Adler\nb,62323,Brandt\n").expect("a file");
    let output = evaluated(&[&ann, &bob, "cem.csv"], &["--by", "provider"]);
    let text = stdout(&output);
    assert!(text.contains("Krippendorff's alpha") && text.contains("Bob and cem: 2 notes"), "{text}");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // Of what the labels of a note state beside the answer, any of them is enough.
    assert!(text.lines().any(|it| it.contains("provider") && it.contains("Brandt")), "{text}");
    let half = filled(&folder, "Dora", [["", ""], ["upheld", ""]]);
    let output = evaluated(&[&half], &[]);
    assert!(stderr(&output).contains("Dora: notes with findings that have no verdict, which are not labelled: 1 (a)"));
    let bytes = fs::read(folder.path().join("Ann.xlsx")).expect("a worksheet");
    let broken = edited(&bytes, &[("Findings", "K2", "yes"), ("Findings", "E3", "x")]);
    fs::write(folder.path().join("broken.xlsx"), broken).expect("a file");
    let output = evaluated(&["broken.xlsx"], &[]);
    assert_eq!((code(&output), stdout(&output)), (2, String::new()));
    assert!(stderr(&output).contains("sheet Findings, cell K2: not a verdict; expected one of"), "{}", stderr(&output));
    assert!(stderr(&output).contains("sheet Findings, cell E3: this locked cell was edited"), "{}", stderr(&output));
}

#[test]
fn a_worksheet_of_other_inputs_is_refused() {
    let folder = bench();
    let ann = filled(&folder, "Ann", [["upheld", "coder"], ["upheld", ""]]);
    fs::write(folder.path().join("billed.csv"), BILLED.replace("62321", "62322")).expect("a file");
    let output = audit(&folder, &["--reviewed", &ann, "--trail", "@trail.sqlite"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("cell B4: the stamp is not that of this audit"), "{}", stderr(&output));
    assert!(!folder.path().join("trail.sqlite").exists());
}

#[test]
fn a_column_of_billed_codes_is_a_claim_of_its_own() {
    let table = format!("id,text,billed\n1,\"{NOTE}\",62321\n2,\"{NOTE}\",62323\n");
    let folder = folder(&[("notes.csv", table.as_bytes())]);
    let output = run(&["audit", &path(&folder, "notes.csv")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("2 claims compared") && text.contains("F00001  1  E01 wrong region"), "{text}");
    let other = bench();
    let none = run(&["audit", &path(&other, "notes")]);
    assert!(code(&none) == 2 && stderr(&none).contains("no note has a claim"), "{}", stderr(&none));
}

#[test]
fn only_what_was_drawn_is_audited() {
    let folder = bench();
    let sample = |id: &str| {
        let sample = serde_json::json!({
            "kind": "opnote-sample", "projectable": true, "seed": "20261130", "method": {"name": "simple"},
            "frame": {"units": 2, "sha256": "ab"}, "drawn": [{"id": id}],
        });
        fs::write(folder.path().join("sample.json"), sample.to_string()).expect("a file");
        audit(&folder, &["--sample", "@sample.json", "--html", "@page.html"])
    };
    let output = sample("b");
    assert!(code(&output) == 0 && stdout(&output).starts_with("1 claims compared"), "{}", stderr(&output));
    let page = fs::read_to_string(folder.path().join("page.html")).expect("a page");
    assert!(page.contains("simple random sample of 1 units") && page.contains("20261130"));
    let changed = sample("z");
    assert!(code(&changed) == 2 && stderr(&changed).contains("not in the billing table: z"), "{}", stderr(&changed));
    let other = audit(&folder, &["--sample", "@billed.csv"]);
    assert!(code(&other) == 2 && stderr(&other).contains("not a sample file"), "{}", stderr(&other));
}

#[test]
fn verify_refuses_what_is_no_trail() {
    let folder = bench();
    for name in ["billed.csv", "absent.sqlite"] {
        let output = run(&["verify", &path(&folder, name)]);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains("audit trail"), "{}", stderr(&output));
    }
    assert!(!folder.path().join("absent.sqlite").exists());
}

#[test]
fn the_worked_example_runs_as_it_is_written() {
    let root = root();
    let file = |name: &str| root.join(name).display().to_string();
    let folder = TempDir::new().expect("a folder");
    let page = path(&folder, "audit.html");
    let (billed, rvu, notes) = (file("docs/examples/billing.csv"), file("docs/examples/rvu.csv"), file("corpus/notes"));
    let output = run(&["audit", "--billed", &billed, "--rvu", &rvu, "--format", "jsonl", "--html", &page, &notes]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = lines(&stdout(&output));
    let figures = &found.last().expect("figures")["summary"]["figures"];
    assert_eq!((figures["claims"].as_u64(), figures["claims_without_note"].as_u64()), (Some(71), Some(0)));
    // Errors were put into the table; most of it is right.
    assert!(figures["accuracy"]["claim_level"]["hits"].as_u64().is_some_and(|it| it > 33), "{figures}");
    assert!(figures["errors"].as_object().is_some_and(|it| it.len() > 4), "{figures}");
    assert!(fs::read_to_string(page).expect("a page").contains("chart-funnel"));
}
