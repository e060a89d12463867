//! The text of a note: normalized, then cut into sections and sentences.

pub(crate) mod normalize;
pub(crate) mod pattern_candidates;
pub(crate) mod sections;
pub(crate) mod sentences;
