//! Runs of the program, and short ways to look at what it gives.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Words that must never appear on standard error.
const SECRET: &str = "Sekretowitz";

pub(crate) const NOTE: &str = "PROCEDURE: L4-5 interlaminar epidural steroid injection.\n\
    TECHNIQUE: Mrs. Sekretowitz lay prone. Under fluoroscopy a Tuohy needle was advanced to the L4-5 interspace with \
    loss of resistance to air. 80 mg of methylprednisolone in 3 mL of saline was injected.";

/// The program, without the configuration of whoever runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opnote"));
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR")).env_remove("APPDATA");
    command
}

/// Runs the program with text on its standard input.
pub(crate) fn run_with(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = program()
        .args(args)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that does not read its input closes it.
    let _ = child.stdin.take().expect("piped").write_all(stdin);
    let output = child.wait_with_output().expect("the program ends");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!errors.contains(SECRET), "a note is quoted on standard error: {errors}");
    output
}

pub(crate) fn run(args: &[&str]) -> Output {
    run_with(args, b"")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

/// The results of `opnote code --format jsonl`.
pub(crate) fn results(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|it| serde_json::from_str(it).expect("a line is JSON")).collect()
}

pub(crate) fn ids(output: &Output) -> Vec<String> {
    results(output).iter().map(|it| it["note"]["id"].as_str().expect("an id").to_owned()).collect()
}

/// A folder with files.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    folder
}

pub(crate) fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}
