//! What was rejected and why, statements and scores, as results show them on request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EvidenceReport;

/// A code, an act or a detail that the note brings to mind and that was not proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WhyNot")]
pub struct RejectedCandidate {
    /// `code`, `act`, or a detail: `level`, `space`, `approach`, `technique`, `device`.
    pub kind: String,
    /// The code, the family of the act, or the words of the detail.
    pub what: String,
    /// Index of the proposal that stands instead; none where there is none.
    pub proposal: Option<usize>,
    /// Why it is not proposed, in our own words.
    pub because: String,
    /// The words that name it, or that decided against the code.
    pub evidence: Vec<EvidenceReport>,
    /// The words, or the heading, that took them out of what was done here.
    pub cue: Vec<EvidenceReport>,
}

/// What one mention says about one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatementReport {
    /// The words.
    pub words: EvidenceReport,
    /// The attribute.
    pub attribute: String,
    /// The value; for acts the family.
    pub value: String,
    /// `supports`, `denies` or `open`.
    pub stance: String,
    /// `now`, `earlier`, `later` or `never`.
    pub time: String,
    /// What decided the time: `nothing`, `cue`, `heading`, `act` or `row`.
    pub decided_by: String,
    /// Whether it is about someone other than the patient.
    pub other: bool,
    /// Kind of the section, empty outside of known headings.
    pub zone: String,
    /// Id of the construction, as in `constructions/`.
    pub construction: String,
    /// Whether it is a full statement.
    pub full: bool,
    /// Weight of the construction.
    pub weight: f64,
}

/// One part of the score of a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartReport {
    /// Name of the feature, as in `weights.toml`.
    pub feature: String,
    /// How often it counts; negative where it speaks against the value.
    pub count: f64,
    /// Its weight.
    pub weight: f64,
}

/// The score of one value of a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreReport {
    /// Index of the procedure.
    pub procedure: usize,
    /// The attribute.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// Its chance, 0 to 1.
    pub chance: f64,
    /// What its score is the sum of, the largest part first.
    pub parts: Vec<PartReport>,
}
