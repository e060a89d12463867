//! Files of the project for the tests of every crate, which include this one by its path.
#![allow(dead_code, reason = "each crate uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use opnote::Note;

/// The folder that holds `lexicons/` and `corpus/`: that of this crate, or one above it.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().find(|it| it.join("lexicons").is_dir()).expect("the project's folder").to_owned()
}

/// Every note of the corpus, by id.
pub(crate) fn corpus() -> Vec<Note> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root().join("corpus/notes")).expect("corpus").flatten().map(|it| it.path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        Note::new(path.file_stem().expect("name").to_string_lossy(), fs::read_to_string(path).expect("note"))
    };
    let mut notes: Vec<Note> = paths.iter().map(read).collect();
    for line in fs::read_to_string(root().join("corpus/mini.jsonl")).expect("mini.jsonl").lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        notes.push(Note::new(value["id"].as_str().expect("id"), value["text"].as_str().expect("text")));
    }
    notes
}

/// Compares a file of the project with what it should hold; `SNAPSHOTS=overwrite` writes it first.
pub(crate) fn snapshot(path: &str, text: &str) {
    let path = root().join(path);
    if std::env::var("SNAPSHOTS").is_ok_and(|it| it == "overwrite") {
        fs::write(&path, text).expect("snapshot is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{} is not what the project gives; SNAPSHOTS=overwrite cargo test rewrites it:\n{text}",
        path.display()
    );
}

/// A file of the official tables beside the project; none, with a message, where they are absent.
pub(crate) fn official(name: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let path = root().join("../shared/data").join(name);
    let read = if path.extension().is_some_and(|it| it == "gz") {
        Command::new("gzip").arg("-dc").arg(&path).output().ok().filter(|it| it.status.success()).map(|it| it.stdout)
    } else {
        fs::read(&path).ok()
    };
    let Some(bytes) = read else {
        skipped(&format!("{} is not there", path.display()));
        return None;
    };
    Some(csv::Reader::from_reader(&*bytes).deserialize().collect::<Result<_, _>>().expect("rows"))
}

/// Says that a test was skipped, which only the test's own output can.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
