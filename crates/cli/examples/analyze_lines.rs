//! Bare `analyze` over JSON lines on one thread: what `.ci/throughput` measures `opnote batch` against.

use std::fs::File;
use std::io::{BufReader, Write};
use std::time::Instant;

use opnote::formats::jsonl::Lines;
use opnote::{Lexicon, Note, analyze};

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let lexicon = Lexicon::embedded();
    let (mut seconds, mut notes, mut proposals) = (0.0, 0_u64, 0);
    for read in Lines::new(BufReader::new(File::open(&path)?), path.clone(), 4 << 20) {
        let note: Note = read.map_err(std::io::Error::other)?.note;
        let start = Instant::now();
        proposals += analyze(&note, lexicon).proposals.len();
        seconds += start.elapsed().as_secs_f64();
        notes += 1;
    }
    writeln!(std::io::stdout(), "{notes} notes, {proposals} proposals, {seconds:.3} s")
}
