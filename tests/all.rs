//! The one integration-test binary.

/// Assertion: inline-marked sentences, and what the cues say of each mark.
#[path = "all/context.rs"]
mod context;
