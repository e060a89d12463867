//! Good files with seeded faults, read as a batch: each ends in time and memory, and the batch goes on.
//! `OPNOTE_MUTATIONS` sets how many faulty copies of each file are read, `OPNOTE_SEED` the first seed.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::faults::{Random, mutate, number};
use crate::fixtures::{cda, docx, good, paragraph};
use crate::program::{NOTE, code, path, run, stderr};

/// A good file of each format that is attacked, with words that must not be quoted.
fn originals() -> Vec<(String, Vec<u8>)> {
    let kinds = [".rtf", ".docx", ".pdf", ".hl7", ".csv"];
    let mut files: Vec<(String, Vec<u8>)> = good()
        .into_iter()
        .filter_map(|(name, bytes)| Some(((*kinds.iter().find(|it| name.ends_with(**it))?).to_owned(), bytes)))
        .collect();
    let section = format!("<component><section><title>Procedure</title><text>{NOTE}</text></section></component>");
    files.push((".xml".to_owned(), cda("<id extension=\"1\"/><title>Note</title>", &section).into_bytes()));
    files.push((".docx".to_owned(), docx(&paragraph(NOTE))));
    files
}

#[test]
fn faulty_files_end_in_time_and_the_batch_goes_on() {
    let (count, seed) = (number("OPNOTE_MUTATIONS", 20), number("OPNOTE_SEED", 1));
    // A busy machine may take long to start a process.
    let seconds = number("OPNOTE_SECONDS", 20).to_string();
    let folder = TempDir::new().expect("a folder");
    let files = folder.path().join("in");
    fs::create_dir(&files).expect("a folder");
    let originals = originals();
    let mut written = 0;
    for (index, (ending, bytes)) in originals.iter().enumerate() {
        for step in seed..seed + count {
            let mut random = Random(step.wrapping_mul(1000).wrapping_add(index as u64));
            let other = &originals[random.below(originals.len())].1;
            let faulty = mutate(bytes, other, &mut random);
            fs::write(files.join(format!("m{index}-{step:06}{ending}")), faulty).expect("a file");
            written += 1;
        }
    }
    for name in ["a.docx", "z.docx"] {
        fs::write(files.join(name), docx(&paragraph(NOTE))).expect("a file");
    }
    let out = path(&folder, "out");
    let output = run(&[
        "batch",
        &files.display().to_string(),
        "--out",
        &out,
        "--max-read-seconds",
        &seconds,
        "--part-size",
        "500",
    ]);
    let said = stderr(&output);
    assert!(matches!(code(&output), 0 | 3), "{said}");
    for fault in ["crashed", "internal error", "not read within", "exit code", "no sound answer"] {
        let line = said.lines().find(|it| it.contains(fault));
        assert_eq!(line, None, "a reader failed otherwise than with an error of its own");
    }
    let summary = fs::read(Path::new(&out).join("summary.json")).expect("a summary");
    let summary: Value = serde_json::from_slice(&summary).expect("JSON");
    let skipped: u64 = summary["skipped"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
    let counted = |name: &str| summary[name].as_u64().unwrap_or(0);
    assert_eq!(counted("files"), written + 2);
    assert!(counted("notes") + counted("errors") + skipped >= written + 2, "{summary}");
    let parts = fs::read_dir(&out)
        .expect("a folder")
        .flatten()
        .filter(|it| it.file_name().as_encoded_bytes().starts_with(b"part-"));
    let text: String = parts.map(|it| fs::read_to_string(it.path()).expect("a part")).collect();
    for id in ["a", "z"] {
        assert!(text.contains(&format!("\"note\":{{\"id\":\"{id}\",")), "the good note {id} has a result");
    }
}
