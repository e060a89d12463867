//! The document that a note was read from: what its file says beside the text. None of it is evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EvidenceReport, Report};

/// The document that a note was read from.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SourceReport {
    /// Format of the file, such as `hl7` or `docx`.
    pub format: String,
    /// Place of the document in the file; empty for the whole file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Number of the document, unique where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_number: Option<String>,
    /// Number of the document that this one amends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_document: Option<String>,
    /// Documents that amended this one and are part of the note.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amended_by: Vec<String>,
    /// Type of the document, as the source names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_type: Option<String>,
    /// Completion status, as the source codes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<String>,
    /// Whether the author has signed; absent if the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<bool>,
    /// Dates outside the text, the likeliest date of service first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<SourceDateReport>,
    /// Procedures that were ordered or listed: claims to compare with the note, never evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordered_procedures: Vec<ClaimReport>,
    /// Codes that were billed: claims, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub billed_codes: Vec<String>,
}

/// A date outside the text of a note.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SourceDateReport {
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// Meaning: `service`, `procedure`, `encounter`, `dictated`, `admitted`, `filed`, `signed`.
    pub kind: String,
    /// The field it is from.
    pub field: String,
}

/// A procedure that the source names.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ClaimReport {
    /// The code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The code system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The field it is from.
    pub field: String,
}

impl Report {
    /// All quotes: behind codes, findings, procedures and their facts, supplies, diagnoses, and what was rejected.
    pub fn evidence_mut(&mut self) -> impl Iterator<Item = &mut EvidenceReport> {
        let proposals = self.proposals.iter_mut().flat_map(|it| it.evidence.iter_mut().chain(&mut it.against));
        let findings = self.findings.iter_mut().flat_map(|it| &mut it.evidence);
        let procedures = self.encounter.procedures.iter_mut().flat_map(|it| {
            let facts = it.attributes.values_mut().flatten().flat_map(|it| &mut it.evidence);
            it.evidence.iter_mut().chain(facts)
        });
        let supplies = self.supplies.iter_mut().flat_map(|it| &mut it.evidence);
        let diagnoses = self.diagnoses.iter_mut().flat_map(|it| &mut it.evidence);
        let weighed = self.facts.iter_mut().flat_map(|it| it.evidence.iter_mut().chain(&mut it.against));
        let rejected = self.why_not.iter_mut().flatten().flat_map(|it| it.cue.iter_mut().chain(&mut it.evidence));
        let others = supplies.chain(diagnoses).chain(weighed).chain(rejected);
        proposals.chain(findings).chain(procedures).chain(others)
    }
}
