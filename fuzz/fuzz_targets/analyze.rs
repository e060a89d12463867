//! Any text is analyzed without a panic and always alike; every span lies in it, on characters, and quotes are its text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opnote::report::report;
use opnote::{Lexicon, Note, analyze};

fuzz_target!(|bytes: &[u8]| {
    let lexicon = Lexicon::embedded();
    let note = Note::new("fuzz", String::from_utf8_lossy(bytes).into_owned());
    let made = || report(&note, &analyze(&note, lexicon), lexicon);
    let mut report = made();
    let shown = serde_json::to_string(&report).expect("a report is JSON");
    assert!(serde_json::to_string(&made()).expect("a report is JSON") == shown, "the same note gives the same result");
    for it in report.evidence_mut() {
        assert!(note.text.get(it.start..it.end) == Some(it.quote.as_str()), "a quote is the text of its span");
    }
    for it in &report.proposals {
        assert!(it.procedure < report.encounter.procedures.len(), "a proposal has its procedure");
        assert!(it.confidence.is_none_or(|it| (0.0..=1.0).contains(&it)), "a confidence is a chance");
    }
});
