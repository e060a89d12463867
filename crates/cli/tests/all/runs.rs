//! `opnote batch`: runs that are stopped, resumed and refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::faults::{Random, number};
use crate::fixtures::{docx, paragraph, zip};
use crate::program::{NOTE, code, folder, ids, path, program, results, run, stderr, stdout};
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
    for threads in ["2", "8", "64"] {
        assert!(one == by(threads), "{threads} threads");
    }
}

/// `OPNOTE_KILLS` sets how often a run is killed; `.ci/soak` does so a thousand times.
#[test]
fn a_run_that_is_killed_gives_the_same_bytes() {
    let (inputs, out) = (inputs(2), TempDir::new().expect("a folder"));
    let whole = path(&out, "whole");
    let begun = Instant::now();
    assert_eq!(code(&batch(&inputs, &whole, &[])), 3);
    // Stops come at any time: while the program starts, reads, writes; a run has a few of them.
    let longest = begun.elapsed().as_micros() as usize / 3;
    let whole = files(Path::new(&whole));
    let killed = path(&out, "killed");
    let same = |after: usize| {
        let resumed = files(Path::new(&killed));
        assert_eq!(resumed.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "after {after} kills");
        assert!(resumed == whole, "after {after} kills");
    };
    let mut random = Random(u64::from(std::process::id()));
    let (mut kills, wanted) = (0, number("OPNOTE_KILLS", 50) as usize);
    while kills < wanted {
        let args = ["batch", &inputs.path().display().to_string(), "--out", &killed, "--part-size", "40", "--resume"];
        let mut command = program();
        let child = command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the program starts");
        sleep(Duration::from_micros(random.below(longest) as u64));
        if child.try_wait().expect("a state").is_some() {
            same(kills);
            fs::remove_dir_all(&killed).expect("the next run begins anew");
            continue;
        }
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        kills += 1;
    }
    assert_eq!(code(&batch(&inputs, &killed, &["--resume"])), 3);
    same(kills);
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
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
#[test]
fn a_folder_that_cannot_be_written_is_exit_code_4() {
    use std::os::unix::fs::PermissionsExt;
    let inputs = inputs(0);
    assert_eq!(code(&batch(&inputs, "/proc/no-such-folder", &[])), 4);
    let out = TempDir::new().expect("a folder");
    let locked = |mode| fs::set_permissions(out.path(), fs::Permissions::from_mode(mode)).expect("a mode");
    locked(0o555);
    if fs::write(out.path().join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write to read-only folders");
        return;
    }
    let output = batch(&inputs, &out.path().display().to_string(), &[]);
    locked(0o755);
    assert!(code(&output) == 4 && stderr(&output).contains("Permission denied"), "{}", stderr(&output));
}

/// A full disk, as a limit on the size of files: the run stops, and goes on when there is room.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_a_run_that_can_go_on() {
    let (inputs, out) = (inputs(1), TempDir::new().expect("a folder"));
    let (whole, full) = (path(&out, "whole"), path(&out, "full"));
    assert_eq!(code(&batch(&inputs, &whole, &[])), 3);
    // Beyond the limit the system refuses to write; the signal that goes with it is ignored.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_opnote"), "batch", &inputs.path().display().to_string()]);
    let output = command.args(["--no-config", "--out", &full, "--part-size", "40"]).output().expect("a shell");
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(stderr(&output).contains("the output could not be written"), "{}", stderr(&output));
    assert!(files(Path::new(&full)).keys().all(|it| !it.ends_with(".partial")), "half a file was left behind");
    assert_eq!(code(&batch(&inputs, &full, &["--resume"])), 3);
    assert!(files(Path::new(&full)) == files(Path::new(&whole)));
}

#[test]
fn a_run_goes_on_when_nobody_listens() {
    let (inputs, out) = (inputs(1), TempDir::new().expect("a folder"));
    let done = path(&out, "run");
    let mut command = program();
    let args = ["batch", &inputs.path().display().to_string(), "--out", &done];
    let mut child = command.args(args).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
    assert!(Path::new(&done).join("summary.json").exists());
}

#[test]
fn a_summary_has_reasons_and_drift() {
    let (inputs, out) = (inputs(1), TempDir::new().expect("a folder"));
    let done = path(&out, "run");
    let said = stderr(&batch(&inputs, &done, &[]));
    let summary: Value = serde_json::from_slice(&files(Path::new(&done))["summary.json"]).expect("JSON");
    assert_eq!(summary["files"], 7);
    for counts in ["codes", "dispositions", "reasons", "doubts", "skipped"] {
        assert!(summary[counts].as_object().is_some_and(|it| !it.is_empty()), "{counts}: {summary}");
    }
    let drift = summary["drift"].as_array().expect("drift");
    let far: Vec<f64> = drift.iter().filter_map(|it| it["stability"].as_f64()).collect();
    assert!(!far.is_empty() && far.is_sorted_by(|one, other| one >= other), "{far:?}");
    assert_eq!(summary["distribution"]["proposals"].as_u64().map(|it| it > 100), Some(true));
    assert!(said.contains("facts in doubt: ") && said.contains("open findings: "), "{said}");
}

#[test]
fn parts_come_in_other_formats_and_can_be_resumed() {
    let (inputs, out) = (inputs(1), TempDir::new().expect("a folder"));
    let coded = results(&run(&["code", "--format", "jsonl", &inputs.path().display().to_string()]));
    for (format, ending) in [("csv", "csv"), ("fhir", "ndjson"), ("parquet", "parquet")] {
        let done = path(&out, format);
        let output = batch(&inputs, &done, &["--format", format]);
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        let whole = files(Path::new(&done));
        let log = &whole["run.jsonl"];
        fs::write(Path::new(&done).join("run.jsonl"), &log[..log.len() / 2]).expect("a file");
        assert_eq!(code(&batch(&inputs, &done, &["--format", format, "--resume"])), 3);
        assert!(files(Path::new(&done)) == whole, "{format}");
        let refused = batch(&inputs, &done, &["--resume"]);
        assert!(code(&refused) == 2 && stderr(&refused).contains("--format was"), "{}", stderr(&refused));
        let parts: Vec<&Vec<u8>> =
            whole.iter().filter(|it| it.0.starts_with("part-") && it.0.ends_with(ending)).map(|it| it.1).collect();
        assert!(parts.len() > 2, "{:?}", whole.keys());
        let (notes, errors) = match format {
            "csv" => rows_of_csv(&parts),
            "fhir" => rows_of_fhir(&parts),
            _ => rows_of_parquet(&parts),
        };
        assert_eq!((notes, errors), (coded.len(), 3), "{format}");
    }
}

/// Notes and errors.
fn rows_of_csv(parts: &[&Vec<u8>]) -> (usize, usize) {
    let (mut ids, mut errors) = (Vec::new(), 0);
    for part in parts {
        let mut reader = csv::Reader::from_reader(part.as_slice());
        let error = reader.headers().expect("a header").iter().position(|it| it == "error").expect("a column");
        for row in reader.records() {
            let row = row.expect("a row");
            errors += usize::from(!row[error].is_empty());
            if row[error].is_empty() && ids.last().is_none_or(|it| *it != row[0]) {
                ids.push(row[0].to_owned());
            }
        }
    }
    (ids.len(), errors)
}

fn rows_of_fhir(parts: &[&Vec<u8>]) -> (usize, usize) {
    let lines: Vec<Value> = parts
        .iter()
        .flat_map(|it| it.split(|it| *it == b'\n'))
        .filter(|it| !it.is_empty())
        .map(|it| serde_json::from_slice(it).expect("JSON"))
        .collect();
    let of = |kind: &str| lines.iter().filter(|it| it["resourceType"] == kind).count();
    assert_eq!(of("Bundle") + of("OperationOutcome"), lines.len());
    (of("Bundle"), of("OperationOutcome"))
}

fn rows_of_parquet(parts: &[&Vec<u8>]) -> (usize, usize) {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let (mut notes, mut errors) = (0, 0);
    for part in parts {
        let reader = SerializedFileReader::new(bytes::Bytes::from((*part).clone())).expect("a file");
        for row in reader.get_row_iter(None).expect("rows") {
            let row = row.expect("a row");
            let error = row.get_column_iter().find(|it| it.0 == "error").expect("a column").1.to_string();
            if error == "null" {
                notes += 1;
            } else {
                errors += 1;
            }
        }
    }
    (notes, errors)
}
