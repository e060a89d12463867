//! The hash of an entry: SHA-256 over its parts, each with its length before it, so that no text can pass for another.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::Decision;

/// What every hash begins with, so that it is a hash of nothing else.
const DOMAIN: &str = "opnote-trail-1";

/// The hash of an entry in lower-case hexadecimal.
pub(crate) fn hash(number: u64, decision: &Decision, previous: &str) -> String {
    let Decision { at, who, subject, shown, verdict, reason } = decision;
    let mut hasher = Sha256::new();
    let number = number.to_string();
    for part in [DOMAIN, &number, at, who, subject, shown, verdict, reason, previous] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().fold(String::new(), |mut text, it| {
        // Writing to a text does not fail.
        let _ = write!(text, "{it:02x}");
        text
    })
}
