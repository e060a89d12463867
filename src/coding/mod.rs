//! From clinical facts to codes: claim lines, dated rules, edits, supplies, diagnoses, confidence.

pub(crate) mod claim_lines;
pub(crate) mod codes;
pub(crate) mod confidence;
pub(crate) mod diagnoses;
pub(crate) mod edits;
mod ncci;
pub(crate) mod supplies;
pub(crate) mod uncoded;
mod written_codes;
