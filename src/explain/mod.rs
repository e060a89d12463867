//! Explanations on request: what an id means, why a code was not proposed, the statements behind a fact, facts to codes.

mod cards;
pub mod catalog;
pub mod find;
mod look_up;
pub mod outline;
pub mod rejected;
pub(crate) mod rejected_candidates;
mod reviews;
pub mod statements;
mod supplies_and_diagnoses;
