//! Supplies and diagnoses as results show them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::{EvidenceReport, evidence, provenance_name};
use crate::model::{Diagnosis, Note, Supply};

/// A drug or contrast that was used, and the supply codes that fit it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SupplyReport {
    /// Index of the procedure.
    pub procedure: usize,
    /// The substance's generic name.
    pub substance: String,
    /// The amount that the units come from; null where the note does not document it.
    pub amount: Option<String>,
    /// The code, where exactly one fits.
    pub code: Option<String>,
    /// How often it is reported; null while the amount is unknown.
    pub units: Option<u64>,
    /// Every row of the table that fits.
    pub options: Vec<SupplyOptionReport>,
    /// Modifiers, only where the note dictates waste or its absence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<String>,
    /// Units that were discarded, where the note dictates them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wasted: Option<u64>,
    /// What coders usually have to know about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
    /// Whether the chosen row, or every row that fits, was checked against a source.
    pub verified: bool,
    /// `stated` or `inferred`.
    pub why: String,
    /// The rule that made an amount of the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The words behind it.
    pub evidence: Vec<EvidenceReport>,
}

/// A row of the supply table that fits.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SupplyOptionReport {
    /// The code.
    pub code: String,
    /// How often it would be reported.
    pub units: Option<u64>,
    /// The row.
    pub rule: String,
    /// Whether the row was checked against a source.
    pub verified: bool,
}

/// A condition that the note gives as the reason, and the diagnosis codes that fit it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosisReport {
    /// The condition.
    pub condition: String,
    /// What is documented about it, by axis.
    pub details: BTreeMap<String, String>,
    /// The code, where exactly one fits.
    pub code: Option<String>,
    /// Every code that fits what is documented.
    pub candidates: Vec<String>,
    /// What would have to be known for a single code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Whether every row that fits was checked against a source.
    pub verified: bool,
    /// The rows of the table.
    pub rules: Vec<String>,
    /// `stated` or `inferred`.
    pub why: String,
    /// The rule, where inferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The words behind it.
    pub evidence: Vec<EvidenceReport>,
}

pub(super) fn supply(note: &Note, it: &Supply) -> SupplyReport {
    let chosen = it.options.iter().filter(|option| it.code.as_ref().is_none_or(|code| *code == option.code));
    SupplyReport {
        procedure: it.procedure,
        substance: it.substance.to_string(),
        amount: it.amount.clone(),
        code: it.code.clone(),
        units: it.units,
        verified: chosen.clone().all(|it| it.verified) && chosen.count() > 0,
        options: it
            .options
            .iter()
            .map(|it| SupplyOptionReport {
                code: it.code.clone(),
                units: it.units,
                rule: it.rule.to_string(),
                verified: it.verified,
            })
            .collect(),
        modifiers: it.modifiers.clone(),
        wasted: it.wasted,
        remark: it.remark.clone(),
        why: provenance_name(&it.provenance).to_owned(),
        rule: it.provenance.rule().map(ToString::to_string),
        evidence: it.provenance.evidence().iter().map(|it| evidence(note, it)).collect(),
    }
}

pub(super) fn diagnosis(note: &Note, it: &Diagnosis) -> DiagnosisReport {
    DiagnosisReport {
        condition: it.condition.to_string(),
        details: it.details.iter().map(|(axis, value)| (axis.to_string(), value.to_string())).collect(),
        code: it.code.clone(),
        candidates: it.candidates.clone(),
        needs: it.needs.iter().map(ToString::to_string).collect(),
        verified: it.verified,
        rules: it.rules.iter().map(ToString::to_string).collect(),
        why: provenance_name(&it.provenance).to_owned(),
        rule: it.provenance.rule().map(ToString::to_string),
        evidence: it.provenance.evidence().iter().map(|it| evidence(note, it)).collect(),
    }
}
