//! The one integration-test binary.

/// Supplies and diagnoses: tables and cases.
#[path = "all/beside.rs"]
mod beside;
/// Code sets: valid codes by day.
#[path = "all/code_set.rs"]
mod code_set;
/// Codes of other families by date of service.
#[path = "all/codes_by_date.rs"]
mod codes_by_date;
/// Assertion: inline-marked sentences, and what the cues say of each mark.
#[path = "all/context.rs"]
mod context;
/// What holds for every note.
#[path = "all/invariants.rs"]
mod invariants;
/// The data's own rules, and the family's examples.
#[path = "all/lexicon.rs"]
mod lexicon;
/// Time, against the length of hostile text.
#[path = "all/linear.rs"]
mod linear;
/// Codes by facts in plain words, and cards.
#[path = "all/look_up.rs"]
mod look_up;
/// National correct coding edits.
#[path = "all/ncci.rs"]
mod ncci;
/// Files of the project.
mod support;
/// What was rejected, and why.
#[path = "all/why.rs"]
mod why;
