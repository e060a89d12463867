//! `opnote batch`: runs that are stopped, resumed and refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::fixtures::{docx, paragraph, zip};
use crate::program::{NOTE, code, folder, ids, path, results, run, stderr, stdout};
use crate::support::corpus;

/// All files of a folder with their bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|it| (it.file_name().to_string_lossy().into_owned(), fs::read(it.path()).expect("a file"))).collect()
}

/// All rows of all parts.
fn rows(folder: &Path) -> Vec<Value> {
    let parts = files(folder).into_iter().filter(|it| it.0.starts_with("part-"));
    let text = parts.map(|it| String::from_utf8(it.1).expect("UTF-8")).collect::<String>();
    text.lines().map(|it| serde_json::from_str(it).expect("a row is JSON")).collect()
}

/// Inputs of several kinds: many notes, documents, an archive, what is no note, what cannot be read.
fn inputs(copies: usize) -> TempDir {
    let mut lines = String::new();
    for copy in 0..copies {
        for it in corpus() {
            let line = serde_json::json!({"id": format!("{}-{copy}", it.id), "text": it.text});
            lines.push_str(&(line.to_string() + "\n"));
        }
    }
    let word = docx(&paragraph(NOTE));
    folder(&[
        ("a.docx", &word),
        ("b.jsonl", lines.as_bytes()),
        ("c.jsonl", b"{\"id\": 1, \"text\": \"x\"}\nbroken Sekretowitz\n{\"id\": 2, \"text\": \"x\"}\n"),
        ("d.png", b"\x89PNG\r\n\x1a\n"),
        ("e.zip", &zip(&[("1.txt", NOTE.as_bytes()), ("2.docx", &word), ("3.txt", b"")])),
        ("f.docx", b"PK\x03\x04 broken"),
        ("g.txt", NOTE.as_bytes()),
    ])
}

fn batch(inputs: &TempDir, out: &str, more: &[&str]) -> Output {
    let inputs = inputs.path().display().to_string();
    let size = if more.contains(&"--part-size") { &[][..] } else { &["--part-size", "40"] };
    run(&[&["batch", &inputs, "--out", out], size, more].concat())
}

#[test]
fn a_run_has_a_row_for_every_note_and_every_failure() {
    let (inputs, out) = (inputs(1), TempDir::new().expect("a folder"));
    let done = path(&out, "run");
    let output = batch(&inputs, &done, &[]);
    assert_eq!((code(&output), stdout(&output)), (3, String::new()), "{}", stderr(&output));
    let coded = run(&["code", "--format", "jsonl", &inputs.path().display().to_string()]);
    let rows = rows(Path::new(&done));
    let notes: Vec<&Value> = rows.iter().filter(|it| it["error"].is_null()).collect();
    assert_eq!(notes, results(&coded).iter().collect::<Vec<_>>());
    let errors: Vec<&str> = rows.iter().filter_map(|it| it["error"].as_str()).collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    for (error, part) in
        errors.iter().zip(["c.jsonl:2:1: is not JSON", "d.png: skipped, an image", "f.docx: not valid"])
    {
        assert!(error.contains(part) && !error.contains("Sekretowitz"), "{error}");
    }
    let summary: Value = serde_json::from_slice(&files(Path::new(&done))["summary.json"]).expect("JSON");
    assert_eq!((summary["notes"].as_u64(), &summary["errors"]), (Some(notes.len() as u64), &3.into()));
    assert_eq!(summary["skipped"].as_object().expect("reasons").len(), 2, "{summary}");
    assert!(stderr(&output).contains(&format!("7 files, {} notes, 3 errors", notes.len())), "{}", stderr(&output));
    // What is done stays done, and is refused where nobody asked to go on.
    let before = files(Path::new(&done));
    assert_eq!(code(&batch(&inputs, &done, &["--resume"])), 3);
    assert_eq!(files(Path::new(&done)), before);
    let again = batch(&inputs, &done, &[]);
    assert!(code(&again) == 2 && stderr(&again).contains("--resume"), "{}", stderr(&again));
}

#[test]
fn any_number_of_threads_gives_the_same_run() {
    let (inputs, out) = (inputs(1), TempDir::new().expect("a folder"));
    let by = |threads: &str| {
        let done = path(&out, threads);
        assert_eq!(code(&batch(&inputs, &done, &["--threads", threads])), 3);
        files(Path::new(&done))
    };
    let one = by("1");
    assert!(one == by("2") && one == by("8"));
}

#[test]
fn a_run_that_is_killed_gives_the_same_bytes() {
    let (inputs, out) = (inputs(3), TempDir::new().expect("a folder"));
    let whole = path(&out, "whole");
    assert_eq!(code(&batch(&inputs, &whole, &[])), 3);
    let whole = files(Path::new(&whole));
    let killed = path(&out, "killed");
    // Stops at any time: while the program starts, reads, writes.
    let mut random: u64 = std::process::id().into();
    let mut kills = 0;
    for _ in 0..8 {
        let args = ["batch", &inputs.path().display().to_string(), "--out", &killed, "--part-size", "40", "--resume"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_opnote"));
        let child = command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the program starts");
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        sleep(Duration::from_millis(20 + (random >> 33) % 600));
        kills += usize::from(child.try_wait().expect("a state").is_none());
        // A program that has ended cannot be killed.
        let _ = child.kill();
        child.wait().expect("it ends");
    }
    assert!(kills > 0, "every run ended by itself");
    assert_eq!(code(&batch(&inputs, &killed, &["--resume"])), 3);
    let resumed = files(Path::new(&killed));
    assert_eq!(resumed.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    assert!(resumed == whole, "after {kills} kills");
}

#[test]
fn a_log_that_was_cut_off_anywhere_gives_the_same_bytes() {
    let (inputs, out) = (inputs(0), TempDir::new().expect("a folder"));
    let done = path(&out, "run");
    assert_eq!(code(&batch(&inputs, &done, &["--part-size", "3"])), 3);
    let whole = files(Path::new(&done));
    let log = &whole["run.jsonl"];
    assert!(whole.len() >= 6, "{:?}", whole.keys());
    for length in (0..log.len()).step_by(97).chain([log.len() - 1]) {
        fs::write(Path::new(&done).join("run.jsonl"), &log[..length]).expect("a file");
        let output = batch(&inputs, &done, &["--part-size", "3", "--resume"]);
        assert_eq!(code(&output), 3, "{length}: {}", stderr(&output));
        assert!(files(Path::new(&done)) == whole, "cut off at {length}");
    }
    fs::write(Path::new(&done).join("run.jsonl"), "{}\n").expect("a file");
    let output = batch(&inputs, &done, &["--part-size", "3", "--resume"]);
    assert!(code(&output) == 2 && stderr(&output).contains("run.jsonl:1"), "{}", stderr(&output));
}

#[test]
fn a_run_is_not_resumed_over_something_else() {
    let (inputs, out) = (inputs(0), TempDir::new().expect("a folder"));
    let done = path(&out, "run");
    assert_eq!(code(&batch(&inputs, &done, &[])), 3);
    let refused = |more: &[&str], part: &str| {
        let output = batch(&inputs, &done, &[more, &["--resume"]].concat());
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains(part), "{part}: {}", stderr(&output));
    };
    refused(&["--date", "2020-01-01"], "--date was not given, and is \"2020-01-01\"");
    refused(&["--only", "query"], "--only");
    let lexicon = folder(&[("misspellings.csv", b"wrong,right\nfluroscopy,fluoroscopy\n")]);
    refused(&["--lexicon", &lexicon.path().display().to_string()], "its lexicon is");
    fs::write(inputs.path().join("g.txt"), "another note").expect("a file");
    refused(&[], "g.txt has other content");
    fs::write(inputs.path().join("h.txt"), "one more").expect("a file");
    refused(&[], "h.txt is new");
    fs::remove_file(inputs.path().join("h.txt")).expect("a file");
    fs::write(inputs.path().join("g.txt"), NOTE).expect("a file");
    assert_eq!(code(&batch(&inputs, &done, &["--resume"])), 3);
    fs::write(Path::new(&done).join("part-00001.jsonl"), "").expect("a file");
    refused(&[], "is not as the run wrote it");
    for (paths, part) in [(vec!["-"], "standard input"), (vec![done.as_str()], "lies in")] {
        let output = run(&[&["batch", "--out", &done], &paths[..]].concat());
        assert!(code(&output) == 2 && stderr(&output).contains(part), "{}", stderr(&output));
    }
}

#[test]
fn only_the_notes_that_were_asked_for_are_written() {
    let (inputs, out) = (inputs(1), TempDir::new().expect("a folder"));
    let mut seen = 0;
    for only in ["ready", "review", "query", "none"] {
        let done = path(&out, only);
        batch(&inputs, &done, &["--only", only]);
        for row in rows(Path::new(&done)).iter().filter(|it| it["error"].is_null()) {
            let found: Vec<&str> = row["proposals"]
                .as_array()
                .expect("proposals")
                .iter()
                .filter_map(|it| it["disposition"].as_str())
                .collect();
            assert!(found.contains(&only) || only == "none" && found.is_empty(), "{only}: {found:?}");
            seen += 1;
        }
    }
    let all = ids(&run(&["code", "--format", "jsonl", &inputs.path().display().to_string()]));
    assert_eq!(seen, all.len());
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_exit_code_4() {
    let inputs = inputs(0);
    assert_eq!(code(&batch(&inputs, "/proc/no-such-folder", &[])), 4);
}
