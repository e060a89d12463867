//! The answers of a review: computed by those who review, held by the report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An answer of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Answer")]
pub struct ChecklistAnswer {
    /// The item.
    pub id: String,
    /// What it asks for, in our own words.
    pub what: String,
    /// Index of the procedure.
    pub procedure: usize,
    /// `code`, `payment` or `advice`.
    pub severity: String,
    /// `met`, `missing`, `conflicting` or `not-applicable`.
    pub outcome: String,
    /// Why it is not applicable; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// What was found, where the item asks for the absence of something and it is there; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub failed: String,
    /// The words behind it, as byte ranges with their text.
    pub evidence: Vec<QuotedWords>,
    /// Where it was looked for: `facts` of the analysis, or the whole `note`.
    pub looked_in: String,
}

/// Words of the note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Words")]
pub struct QuotedWords {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// The text between.
    pub quote: String,
}

/// What a policy says of one proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// The policy.
    pub policy: String,
    /// Index of the procedure.
    pub procedure: usize,
    /// The proposed code.
    pub code: String,
    /// `supported`, `not-supported`, `open` (one note cannot show it) or `not-applicable`.
    pub outcome: String,
    /// Why, in our own words.
    pub because: String,
    /// Whether policy and rules were checked against their source.
    pub verified: bool,
    /// The requirements.
    pub rules: Vec<Requirement>,
}

/// How one requirement of a policy came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// The rule.
    pub id: String,
    /// What it asks for.
    pub what: String,
    /// `met`, `missing`, `conflicting`, `open` or `not-applicable`.
    pub outcome: String,
    /// What the rule rests on.
    pub source: String,
}
