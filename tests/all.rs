//! The one integration-test binary.

/// The program as people and scripts call it: exit codes, formats, bad input, order.
#[path = "all/cli.rs"]
mod cli;
/// Assertion: inline-marked sentences, and what the cues say of each mark.
#[path = "all/context.rs"]
mod context;
/// The figures of `evaluate` against a case counted by hand.
#[path = "all/evaluate.rs"]
mod evaluate;
