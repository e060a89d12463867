//! Any bytes are read as a note and as JSON lines without a panic.
#![no_main]

use std::io::{BufReader, Cursor};

use libfuzzer_sys::fuzz_target;
use opnote::formats::Place;
use opnote::formats::jsonl::Lines;

const LIMIT: usize = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    let _ = opnote::formats::text::read(Cursor::new(bytes), "fuzz", &Place::file("fuzz.txt"), LIMIT);
    for line in Lines::new(BufReader::new(Cursor::new(bytes)), "fuzz.jsonl", LIMIT) {
        let _ = line;
    }
});
