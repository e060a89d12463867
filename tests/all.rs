//! The one integration-test binary.

/// Supplies and diagnoses: tables and cases.
#[path = "all/beside.rs"]
mod beside;
/// The confidence model.
#[path = "all/calibration.rs"]
mod calibration;
/// Code sets: valid codes by day.
#[path = "all/code_set.rs"]
mod code_set;
/// Codes of other families by date of service.
#[path = "all/codes_by_date.rs"]
mod codes_by_date;
/// Assertion: inline-marked sentences, and what the cues say of each mark.
#[path = "all/context.rs"]
mod context;
/// The labelled corpus: committed figures, fitted confidence.
#[path = "all/corpus.rs"]
mod corpus;
/// The figures of `evaluate` against a case counted by hand.
#[path = "all/evaluate.rs"]
mod evaluate;
/// Generated notes: committed figures, apart from all others.
#[path = "all/generated.rs"]
mod generated;
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
/// What a change of the note does to the answer, and what it does not.
#[path = "all/metamorphic.rs"]
mod metamorphic;
/// National correct coding edits.
#[path = "all/ncci.rs"]
mod ncci;
/// Files of the project.
mod support;
/// What was rejected, and why.
#[path = "all/why.rs"]
mod why;
