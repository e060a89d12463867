//! Any text is analyzed without a panic, and every span lies in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opnote::report::report;
use opnote::{Lexicon, Note, analyze};

fuzz_target!(|bytes: &[u8]| {
    let lexicon = Lexicon::embedded();
    let note = Note::new("fuzz", String::from_utf8_lossy(bytes).into_owned());
    let analysis = analyze(&note, lexicon);
    // Quoting slices the note at every span.
    let _ = report(&note, &analysis, lexicon);
});
