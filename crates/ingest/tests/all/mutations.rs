//! Good files with seeded faults: no panic, no error with words of the note, each done within two seconds.
//! `OPNOTE_MUTATIONS` sets how many faulty copies of each file are read, `OPNOTE_SEED` the first seed,
//! `OPNOTE_FILES` a folder of more good files.

use std::time::{Duration, Instant};

use opnote_ingest::{Item, Options, read_file};

use crate::fixtures::{docx, good, paragraph, xlsx, zip};

/// Numbers by seed (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(default)
}

/// One to four faults: a byte, a bit, a cut, a copy of a part, a piece of another file, a word of the format.
fn mutate(bytes: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    const WORDS: [&[u8]; 16] = [
        b"{",
        b"}",
        b"\\",
        b"<",
        b">",
        b"</",
        b"\"",
        b"|",
        b"\r",
        b"\x00\x00\x00\x00",
        b"\xff\xff\xff\xff",
        b"\\u-1?",
        b"<w:tbl>",
        b"99999999999",
        b"/",
        b"]]>",
    ];
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        let length = random.below(40.min(bytes.len() - at)) + 1;
        match random.below(8) {
            0 => bytes[at] = random.next() as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..(at + length).min(bytes.len()))),
            4 => {
                let piece = bytes[at..(at + length).min(bytes.len())].repeat(1 + random.below(50));
                bytes.splice(at..at, piece);
            }
            5 => {
                let from = random.below(other.len());
                let piece = other[from..(from + length).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => drop(bytes.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied())),
            _ => {
                let to = random.below(bytes.len());
                bytes.swap(at, to);
            }
        }
    }
    bytes
}

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
