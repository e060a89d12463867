//! Supplies that were used and diagnoses that the note states, apart from the procedure codes.

use super::{Id, Provenance};

/// A drug or contrast that went into the patient, and the supply codes that fit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Index of the procedure.
    pub procedure: usize,
    /// The substance's generic name.
    pub substance: Id,
    /// The amount that the units come from, such as `80 mg`; none where it is not documented.
    pub amount: Option<String>,
    /// The code, where exactly one fits.
    pub code: Option<String>,
    /// How often it is reported; none while the amount is unknown.
    pub units: Option<u64>,
    /// Every row that fits, the chosen one first.
    pub options: Vec<SupplyOption>,
    /// Modifiers, only where the note dictates waste or its absence.
    pub modifiers: Vec<String>,
    /// Units that were discarded, where the note dictates them.
    pub wasted: Option<u64>,
    /// Remark for coders; empty where there is none.
    pub remark: String,
    /// The words, and the rule that made an amount of them.
    pub provenance: Provenance,
}

/// A row of the supply table that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplyOption {
    /// The code.
    pub code: String,
    /// How often it would be reported; none while the amount is unknown.
    pub units: Option<u64>,
    /// The row.
    pub rule: Id,
    /// Whether the row was checked against a source that names it.
    pub verified: bool,
}

/// A condition that the note gives as the reason of the procedure, and the diagnosis codes that fit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The condition, such as `stenosis`.
    pub condition: Id,
    /// Documented details: axis and value, such as `region` and `lumbar`.
    pub details: Vec<(Id, Id)>,
    /// The code, where exactly one fits.
    pub code: Option<String>,
    /// Every code that fits the documented details, sorted.
    pub candidates: Vec<String>,
    /// The axes that would have to be known for a single code.
    pub needs: Vec<Id>,
    /// Whether every row that fits was checked against a source that names it.
    pub verified: bool,
    /// The rows that fit, and the words.
    pub rules: Vec<Id>,
    /// The words that name the condition and its details.
    pub provenance: Provenance,
}
