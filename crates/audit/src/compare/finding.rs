//! What a comparison finds: one finding a line of a claim, with its type, direction, root cause and the note's words.

use std::collections::BTreeMap;

use opnote::report::EvidenceReport;
use serde::Serialize;

use super::billed::Line;
use super::rvu::Rvu;
use super::taxonomy::RootCause;

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Billed as documented.
    Agreement,
    /// Billed, and the note documents no such service.
    OverCoding,
    /// Documented, and not billed.
    UnderCoding,
    /// The code of another region of the spine.
    WrongRegion,
    /// The code of a needle for a catheter, or the reverse.
    WrongDelivery,
    /// The code with imaging guidance for one without, or the reverse.
    WrongImaging,
    /// The code of another procedure.
    WrongProcedure,
    /// Another code of the same procedure, or one that is not in force.
    WrongCode,
    /// Another number of units.
    WrongUnits,
    /// A modifier is missing, or one is not documented.
    WrongModifier,
    /// The note does not support one code, or lacks what a claim must show.
    MissingDocumentation,
    /// The tables do not know the code, so nothing is said about it.
    NotCompared,
}

impl Kind {
    /// Every kind, in the order of tables.
    pub const ALL: [Kind; 12] = [
        Kind::Agreement,
        Kind::OverCoding,
        Kind::UnderCoding,
        Kind::WrongRegion,
        Kind::WrongDelivery,
        Kind::WrongImaging,
        Kind::WrongProcedure,
        Kind::WrongCode,
        Kind::WrongUnits,
        Kind::WrongModifier,
        Kind::MissingDocumentation,
        Kind::NotCompared,
    ];

    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Agreement => "agreement",
            Kind::OverCoding => "over_coding",
            Kind::UnderCoding => "under_coding",
            Kind::WrongRegion => "wrong_region",
            Kind::WrongDelivery => "wrong_delivery",
            Kind::WrongImaging => "wrong_imaging",
            Kind::WrongProcedure => "wrong_procedure",
            Kind::WrongCode => "wrong_code",
            Kind::WrongUnits => "wrong_units",
            Kind::WrongModifier => "wrong_modifier",
            Kind::MissingDocumentation => "missing_documentation",
            Kind::NotCompared => "not_compared",
        }
    }

    /// The name for people.
    pub fn title(self) -> String {
        self.name().replace('_', " ")
    }
}

/// Whether more or less was billed than the note supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More.
    Over,
    /// Less.
    Under,
    /// The same.
    Neutral,
    /// Not known without a table of relative value units, or before the provider has answered.
    Unknown,
}

impl Direction {
    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Over => "over",
            Direction::Under => "under",
            Direction::Neutral => "neutral",
            Direction::Unknown => "unknown",
        }
    }
}

/// Relative value units of a line; the difference is documented less billed, so that an overpayment is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RvuDifference {
    /// As billed.
    pub billed: Rvu,
    /// As documented.
    pub documented: Rvu,
    /// Documented less billed.
    pub difference: Rvu,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub struct AuditFinding {
    /// Its id, `F00001` and so on, in the order of the claims.
    pub id: String,
    /// The note.
    pub note: String,
    /// Number of the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Date of service, as the note or the claim gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_date: Option<String>,
    /// The kind.
    pub kind: Kind,
    /// The type of error, by the taxonomy; none for an agreement, and where no type fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether another code or number of units is right.
    pub code_changing: bool,
    /// Whether more or less was billed than the note supports.
    pub direction: Direction,
    /// Where to look first; none for an agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<RootCause>,
    /// The line as billed.
    pub billed: Option<Line>,
    /// The line as documented.
    pub documented: Option<Line>,
    /// Every code that is still possible, where the note does not support one alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// What was found, in words.
    pub message: String,
    /// Whether the finding is about what a claim must show, beside the finding on the same line.
    pub is_remark: bool,
    /// The question to the provider, where one is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// The words of the note that decide.
    pub evidence: Vec<EvidenceReport>,
    /// Words that speak against the documented code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<EvidenceReport>,
    /// Calibrated chance of the documented code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// `ready`, `review` or `query` of the documented code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// Relative value units, where the table knows both codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rvu: Option<RvuDifference>,
    /// The groups that the claim belongs to.
    pub groups: BTreeMap<String, String>,
}

impl AuditFinding {
    /// Whether something is wrong or open.
    pub fn is_error(&self) -> bool {
        !matches!(self.kind, Kind::Agreement | Kind::NotCompared)
    }

    /// Whether the line counts in figures of lines and claims: it was compared, and no other finding stands for it.
    pub fn is_counted(&self) -> bool {
        self.kind != Kind::NotCompared && !self.is_remark
    }

    /// Whether the note leaves open which code is right.
    pub fn is_open(&self) -> bool {
        self.kind == Kind::MissingDocumentation && !self.is_remark && self.ask.is_some()
    }
}
