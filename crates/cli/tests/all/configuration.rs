//! `opnote.toml`: which file holds, what it may say, and what wins.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::program::{NOTE, code, folder, program, stderr, stdout};

/// Runs the program in a folder, with another folder for the files of the user.
fn run_in(folder: &Path, user: &Path, args: &[&str]) -> Output {
    let mut command: Command = program();
    command.args(args).current_dir(folder).env("XDG_CONFIG_HOME", user).stdin(Stdio::null());
    command.output().expect("the program ends")
}

/// A project with a note, and the folder of its user.
fn project(files: &[(&str, &str)], user: &str) -> (TempDir, TempDir) {
    let mut all: Vec<(&str, &[u8])> = vec![("notes/a.txt", NOTE.as_bytes())];
    all.extend(files.iter().map(|it| (it.0, it.1.as_bytes())));
    let own: Vec<(&str, &[u8])> = if user.is_empty() { vec![] } else { vec![("opnote/opnote.toml", user.as_bytes())] };
    (folder(&all), folder(&own))
}

#[test]
fn typed_wins_over_project_over_user() {
    let (project, user) =
        project(&[("opnote.toml", "[code]\nformat = \"csv\"\n")], "[code]\nformat = \"jsonl\"\nbrief = true\n");
    let out = |args: &[&str]| {
        let output = run_in(project.path(), user.path(), args);
        format!("{}{}", stdout(&output), stderr(&output))
    };
    // The user's --brief does not go with the project's format.
    assert!(out(&["code", "notes"]).contains("--brief is for --format text"), "{}", out(&["code", "notes"]));
    assert!(out(&["code", "--no-brief", "notes"]).starts_with("id,service_date"));
    assert!(out(&["code", "--format", "text", "notes"]).starts_with("a  -  "));
    assert!(out(&["code", "--no-config", "notes"]).contains("    region "));
    fs::write(project.path().join("other.toml"), "[code]\nformat = \"json\"\n").expect("a file");
    assert!(out(&["code", "--config", "other.toml", "notes"]).starts_with("[\n"));
    assert!(out(&["code", "--config", "none.toml", "notes"]).contains("none.toml: there is no such file"));
    // A folder below the project has its file, and paths are meant from there.
    let below = project.path().join("notes");
    let output = run_in(&below, user.path(), &["code", "--no-brief", "."]);
    assert!(stdout(&output).starts_with("id,service_date"), "{}", stderr(&output));
}

#[test]
fn a_file_can_hold_what_is_required_and_paths_are_meant_from_it() {
    let text = "[batch]\nout = \"results\"\npart-size = 7\nonly = [\"ready\", \"review\"]\n";
    let (project, user) = project(&[("opnote.toml", text)], "");
    let output = run_in(&project.path().join("notes"), user.path(), &["batch", "a.txt"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let log = fs::read_to_string(project.path().join("results/run.jsonl")).expect("a log");
    assert!(log.contains("\"part-size\":\"7\"") && log.contains("\"only\":\"ready,review\""), "{log}");
    let output = run_in(project.path(), user.path(), &["batch", "notes", "--out", "typed", "--only", "none"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let log = fs::read_to_string(project.path().join("typed/run.jsonl")).expect("a log");
    assert!(log.contains("\"only\":\"none\""), "{log}");
}

#[test]
fn a_fault_ends_with_file_line_and_hint() {
    let (project, user) = project(&[("opnote.toml", "threads = 1\n\n[code]\nformt = \"csv\"\n")], "");
    let output = run_in(project.path(), user.path(), &["code", "notes"]);
    assert_eq!((code(&output), stdout(&output)), (2, String::new()));
    let expected = "error: opnote.toml:4: unknown key `formt`; `opnote code` has no option of this name\n\
        hint: did you mean `format`?\n";
    assert_eq!(stderr(&output), expected);
    // Help, and what needs no options, is there all the same.
    for args in [&["--help"][..], &["schema"], &["code", "--no-config", "--brief", "notes"]] {
        assert_eq!(code(&run_in(project.path(), user.path(), args)), 0, "{args:?}");
    }
}

#[test]
fn what_holds_is_shown_with_its_place_and_is_a_file_itself() {
    let text = "lexicon = \"mine\"\n[code]\nonly = [\"query\"]\nwhy = true\n";
    let (project, user) =
        project(&[("opnote.toml", text), ("mine/misspellings.csv", "wrong,right\n")], "threads = 3\n");
    let shown = |args: &[&str]| stdout(&run_in(project.path(), user.path(), args));
    let all = shown(&["config"]);
    for part in [
        "# project: opnote.toml\n",
        "color = \"auto\"",
        "[codes.import]",
        "# default",
        "[batch]\n",
        "part-size = 1000 ",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    let code_alone = shown(&["config", "code"]);
    let line = |key: &str| {
        let found = code_alone.lines().find(|it| it.starts_with(key)).unwrap_or_default();
        found.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("only"), "only = [\"query\"] # opnote.toml:3");
    assert_eq!(line("why"), "why = true # opnote.toml:4");
    assert_eq!(line("lexicon"), "lexicon = \"mine\" # opnote.toml:1");
    assert!(line("threads").starts_with("threads = 3 # ") && line("threads").ends_with("opnote/opnote.toml:1"));
    assert_eq!(line("# date"), "# date is not set");
    assert!(!code_alone.contains("[batch]"), "{code_alone}");
    // It says the same when it is read again.
    fs::write(project.path().join("again.toml"), &all).expect("a file");
    let again = shown(&["config", "code", "--config", "again.toml"]);
    let values = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|it| !it.starts_with("# ") || it.ends_with("is not set"));
        lines.map(|it| it.split("  #").next().unwrap_or_default().trim_end().to_owned()).collect()
    };
    assert_eq!(values(&again), values(&code_alone));
    let output = run_in(project.path(), user.path(), &["config", "nonsense"]);
    assert!(
        code(&output) == 2 && stderr(&output).contains("those with options are code, batch"),
        "{}",
        stderr(&output)
    );
}
