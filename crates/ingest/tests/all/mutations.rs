//! Good files with seeded faults: no panic, no error with words of the note, each done within two seconds.
//! `OPNOTE_MUTATIONS` sets how many faulty copies of each file are read, `OPNOTE_SEED` the first seed,
//! `OPNOTE_FILES` a folder of more good files.

use std::time::{Duration, Instant};

use opnote_ingest::{Item, Options, read_file};

use crate::faults::{Random, mutate, number};
use crate::fixtures::{docx, good, paragraph, xlsx, zip};

/// The good files, and those of a folder.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = good().into_iter().map(|it| (it.0.to_owned(), it.1)).collect();
    if let Ok(folder) = std::env::var("OPNOTE_FILES") {
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
        paths.sort();
        files.extend(paths.iter().map(|it| (it.display().to_string(), std::fs::read(it).unwrap())));
    }
    files
}

#[test]
fn faulty_files() {
    let files = files();
    for (index, (name, bytes)) in files.iter().enumerate() {
        let other = |random: &mut Random| files[random.below(files.len())].1.clone();
        run(name, index, |random| {
            let other = other(random);
            mutate(bytes, &other, random)
        });
    }
}

/// Faults inside the parts of containers, which the check sums of a container would find first.
#[test]
fn faulty_parts() {
    let row = format!("<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>", paragraph("Level"), paragraph("L4-5"));
    let parts = [
        ("a.docx", docx(&format!("{}<w:tbl>{row}</w:tbl>{}", paragraph("PROCEDURE: epidural"), paragraph("Done.")))),
        ("a.xlsx", xlsx(&[&["Note ID", "Surgery Date", "Report"], &["1", "45944", "Lumbar epidural."]])),
    ];
    for (index, (name, bytes)) in parts.iter().enumerate() {
        let entries = unzip(bytes);
        run(name, index + 1000, |random| {
            let mut entries = entries.clone();
            let at = random.below(entries.len());
            let other = entries[random.below(entries.len())].1.clone();
            entries[at].1 = mutate(&entries[at].1, &other, random);
            zip(&entries.iter().map(|it| (it.0.as_str(), it.1.as_slice())).collect::<Vec<_>>())
        });
    }
}

fn unzip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let read = |index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        (entry.name().unwrap().to_string(), bytes)
    };
    (0..count).map(read).collect()
}

/// Reads the faulty copies of one file.
fn run(name: &str, index: usize, mut faulty: impl FnMut(&mut Random) -> Vec<u8>) {
    let (count, seed) = (number("OPNOTE_MUTATIONS", 200), number("OPNOTE_SEED", 1));
    let mut slowest = (Duration::ZERO, 0);
    for run in seed..seed + count {
        let mut random = Random(run.wrapping_mul(1000).wrapping_add(index as u64));
        let bytes = faulty(&mut random);
        let start = Instant::now();
        let read = std::panic::catch_unwind(|| read_file(name, &bytes, &Options::default()));
        let items = read.unwrap_or_else(|_| panic!("{name}, seed {run}: panic"));
        slowest = slowest.max((start.elapsed(), run));
        assert!(!items.is_empty(), "{name}, seed {run}: nothing");
        for item in &items {
            check(item, name, run);
        }
    }
    assert!(slowest.0 < Duration::from_secs(2), "{name}, seed {}: {:?}", slowest.1, slowest.0);
}

/// Spans lie in the text, in order, on characters; messages say nothing of the note.
fn check(item: &Item, name: &str, run: u64) {
    let messages = match item {
        Item::Document(note) => {
            let mut end = 0;
            for origin in &note.source_map.0 {
                let valid = end <= origin.start && origin.start < origin.end;
                assert!(valid && note.text.get(origin.start..origin.end).is_some(), "{name}, seed {run}: {origin:?}");
                end = origin.end;
            }
            note.notices.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        }
        // Messages contain names of files; a fault may write words of the note into the name of an entry.
        Item::Error(it) => format!("{}: {}", it.place, it.kind),
        Item::Skipped(it) => format!("{}: {}", it.place, it.reason),
        Item::Status(_) => return,
    };
    assert!(!messages.to_lowercase().contains("epidural"), "{name}, seed {run}: {messages}");
}
