//! The one integration-test binary of the audit trail.

/// Files that are changed, reordered, cut, damaged, or are something else.
#[path = "all/tampering.rs"]
mod tampering;
/// Several processes at once, and processes that are killed.
#[path = "all/writers.rs"]
mod writers;

use std::path::Path;

use opnote_trail::{Decision, Trail};

/// The n-th decision of a person.
fn decision(who: &str, number: usize) -> Decision {
    Decision {
        at: format!("2026-11-30T12:00:{:02}Z", number % 60),
        who: who.to_owned(),
        subject: format!("finding {number}"),
        shown: "opnote 0.1.0; lexicon abc".to_owned(),
        verdict: "upheld".to_owned(),
        reason: "coder".to_owned(),
    }
}

/// A trail with so many entries.
fn trail(path: &Path, entries: usize) -> Trail {
    let mut trail = Trail::open(path).expect("a trail");
    let decisions: Vec<Decision> = (1..=entries).map(|it| decision("a", it)).collect();
    trail.append(&decisions).expect("entries");
    trail
}
