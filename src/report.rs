//! Analysis + Note -> what people and programs read.

mod explanations;
mod reviews;
mod source;
mod supplies_and_diagnoses;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lexicon::calibration::CODER;
use crate::model::evidence_features::EvidenceFeature;
use crate::model::{Analysis, Attribute, Evidence, Fact, Note, Outcome, Procedure, Provenance, Severity, Slot, Status};
use crate::{Disposition, Lexicon};
pub use explanations::{PartReport, RejectedCandidate, ScoreReport, StatementReport};
pub use reviews::{ChecklistAnswer, Coverage, QuotedWords, Requirement};
pub use source::{ClaimReport, SourceDateReport, SourceReport};
pub use supplies_and_diagnoses::{DiagnosisReport, SupplyOptionReport, SupplyReport};

/// The number of the result's schema; anything removed or changed in it raises the number.
pub const SCHEMA: u32 = 1;

/// The result for one note, as one line of `jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Number of this schema.
    pub schema: u32,
    /// The note.
    pub note: NoteReport,
    /// What happened.
    pub encounter: EncounterReport,
    /// The document that the note was read from, where that says more than its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceReport>,
    /// The codes.
    pub proposals: Vec<ProposalReport>,
    /// The checklist.
    pub findings: Vec<FindingReport>,
    /// Drugs and contrast that were used, with their supply codes.
    pub supplies: Vec<SupplyReport>,
    /// Conditions given as the reason, with their diagnosis codes.
    pub diagnoses: Vec<DiagnosisReport>,
    /// The chance of each fact that was settled by weighing statements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<FactReport>,
    /// The reviewer's checklist, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checklist: Option<Vec<ChecklistAnswer>>,
    /// What coverage policies say, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Vec<Coverage>>,
    /// What was rejected and why, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<Vec<RejectedCandidate>>,
    /// The table of statements, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statements: Option<Vec<StatementReport>>,
    /// What the score of every value of every fact is made of, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<Vec<ScoreReport>>,
    /// What made this result.
    pub made_by: MadeBy,
}

/// The note that a result is about.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NoteReport {
    /// The caller's name for it.
    pub id: String,
    /// Date of service, given or stated in the note.
    pub service_date: Option<String>,
}

/// What happened, in clinical terms.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EncounterReport {
    /// Every procedure that the note mentions.
    pub procedures: Vec<ProcedureReport>,
    /// Indices of performed procedures that no proposal explains.
    pub leftovers: Vec<usize>,
}

/// One procedure.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProcedureReport {
    /// Family id.
    pub family: String,
    /// `performed`, `attempted`, `planned`, `negated`, `historical`, `hypothetical`, `existing`.
    pub status: String,
    /// The words that name it.
    pub evidence: Vec<EvidenceReport>,
    /// Its facts by slot.
    pub attributes: BTreeMap<String, Vec<AttributeReport>>,
}

/// One fact.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AttributeReport {
    /// The value.
    pub value: String,
    /// The side of the body, where the note gives it for this value alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<String>,
    /// Class of a substance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// What a substance was given for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Amount as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<String>,
    /// Volume as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
    /// Strength as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concentration: Option<String>,
    /// `stated`, `inferred` or `assumed`.
    pub why: String,
    /// The rule, where inferred or assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The words behind it.
    pub evidence: Vec<EvidenceReport>,
}

/// Words of the note: byte offsets into its UTF-8 text, end exclusive, and exactly that text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceReport {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// The text between.
    pub quote: String,
    /// The lexicon entry that read it.
    pub rule: String,
    /// The place in the file, such as a page, a segment or a cell, where the note was read from a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// One proposed code.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProposalReport {
    /// The code that the documentation as it stands supports, if any.
    pub code: Option<String>,
    /// All codes still possible.
    pub candidates: Vec<String>,
    /// How often it is reported.
    pub units: u16,
    /// Modifiers.
    pub modifiers: Vec<String>,
    /// Index of the procedure.
    pub procedure: usize,
    /// Calibrated chance that a careful coder would report it.
    pub confidence: Option<f64>,
    /// `ready`, `review` or `query`.
    pub disposition: String,
    /// The row of the code table.
    pub rule: Option<String>,
    /// The words behind the facts that select it.
    pub evidence: Vec<EvidenceReport>,
    /// Words that speak against it.
    pub against: Vec<EvidenceReport>,
    /// Neighboring codes and what would have to be different.
    pub alternatives: Vec<AlternativeReport>,
    /// What the confidence model sees: named numbers from 0 to 1.
    pub features: BTreeMap<String, f64>,
}

/// A neighboring code.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AlternativeReport {
    /// The code.
    pub code: String,
    /// What would have to be different.
    pub when: String,
    /// The attribute that would have to be different.
    #[serde(skip)]
    #[schemars(skip)]
    pub attribute: String,
    /// The values that it would have to have.
    #[serde(skip)]
    #[schemars(skip)]
    pub values: Vec<String>,
}

/// A fact with its chance.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FactReport {
    /// Index of the procedure.
    pub procedure: usize,
    /// The attribute.
    pub attribute: String,
    /// The most likely value; `not_documented` where the note establishes none.
    pub value: String,
    /// Its chance, 0 to 1.
    pub chance: f64,
    /// The value that comes next.
    pub runner_up: String,
    /// Its chance.
    pub runner_up_chance: f64,
    /// Whether two values have a full statement each.
    pub conflicting: bool,
    /// Words that speak for the value.
    pub evidence: Vec<EvidenceReport>,
    /// Words that speak for the value that comes next.
    pub against: Vec<EvidenceReport>,
    /// What the score of each value is the sum of.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) features: Vec<Vec<(EvidenceFeature, f64)>>,
}

/// One answer of the checklist.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FindingReport {
    /// The question.
    pub id: String,
    /// Index of the procedure.
    pub procedure: Option<usize>,
    /// `met`, `missing` or `conflicting`.
    pub outcome: String,
    /// `code`, `payment` or `advice`.
    pub severity: String,
    /// What was found or looked for.
    pub message: String,
    /// What to ask the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// The words behind it.
    pub evidence: Vec<EvidenceReport>,
    /// Where it was looked for, as byte ranges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub searched: Vec<[usize; 2]>,
}

/// What made a result.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MadeBy {
    /// Version of the program.
    pub version: String,
    /// Fingerprint of the lexicon.
    pub lexicon: String,
    /// For whom proposals are ready, where not for those who code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// The report of one note.
pub fn report(note: &Note, analysis: &Analysis, lexicon: &Lexicon) -> Report {
    let words = |it: &Evidence| evidence(note, it);
    Report {
        schema: SCHEMA,
        note: NoteReport {
            id: note.id.clone(),
            service_date: analysis.encounter.service_date.map(|it| it.to_string()),
        },
        encounter: EncounterReport {
            procedures: analysis.encounter.procedures.iter().map(|it| procedure(note, it)).collect(),
            leftovers: analysis.encounter.leftovers.clone(),
        },
        proposals: analysis
            .proposals
            .iter()
            .map(|it| ProposalReport {
                code: it.code.clone(),
                candidates: it.candidates.clone(),
                units: it.units,
                modifiers: it.modifiers.clone(),
                procedure: it.procedure,
                confidence: it.confidence,
                disposition: disposition_name(it.disposition).to_owned(),
                rule: it.provenance.rule().map(ToString::to_string),
                evidence: it.provenance.evidence().iter().map(words).collect(),
                against: it.against.iter().map(words).collect(),
                alternatives: it
                    .alternatives
                    .iter()
                    .map(|it| AlternativeReport {
                        code: it.code.clone(),
                        when: it.when.clone(),
                        attribute: it.slot.name().to_owned(),
                        values: it.values.iter().map(ToString::to_string).collect(),
                    })
                    .collect(),
                features: it.features.clone(),
            })
            .collect(),
        findings: analysis
            .findings
            .iter()
            .map(|it| FindingReport {
                id: it.rule.to_string(),
                procedure: it.procedure,
                outcome: outcome_name(it.outcome).to_owned(),
                severity: severity_name(it.severity).to_owned(),
                message: it.message.clone(),
                ask: it.ask.clone(),
                evidence: it.evidence.iter().map(words).collect(),
                searched: it.searched.iter().map(|it| [it.start(), it.end()]).collect(),
            })
            .collect(),
        source: None,
        supplies: analysis.supplies.iter().map(|it| supplies_and_diagnoses::supply(note, it)).collect(),
        diagnoses: analysis.diagnoses.iter().map(|it| supplies_and_diagnoses::diagnosis(note, it)).collect(),
        facts: analysis.facts.iter().map(|it| fact(note, it)).collect(),
        checklist: None,
        coverage: None,
        why_not: None,
        statements: None,
        scores: None,
        made_by: MadeBy {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lexicon: lexicon.fingerprint.clone(),
            profile: lexicon.calibration().map(|it| it.profile.clone()).filter(|it| it != CODER),
        },
    }
}

pub(crate) fn evidence(note: &Note, it: &Evidence) -> EvidenceReport {
    let quote = note.text.get(it.span.range()).unwrap_or_default().to_owned();
    EvidenceReport { start: it.span.start(), end: it.span.end(), quote, rule: it.rule.to_string(), place: None }
}

fn fact(note: &Note, it: &Fact) -> FactReport {
    let rounded = |chance: f64| (chance * 1000.0).round() / 1000.0;
    let at = |index: usize| it.chances.get(index).map_or((String::new(), 0.0), |it| (it.0.to_string(), rounded(it.1)));
    let ((value, chance), (runner_up, runner_up_chance)) = (at(0), at(1));
    let words = |value: &str| {
        let own = it.evidence.iter().filter(|it| it.0.as_str() == value);
        own.take(3).map(|it| evidence(note, &it.1)).collect::<Vec<_>>()
    };
    FactReport {
        evidence: words(&value),
        against: words(&runner_up),
        procedure: it.procedure,
        attribute: it.slot.name().to_owned(),
        value,
        chance,
        runner_up,
        runner_up_chance,
        conflicting: it.conflicting,
        features: it.features.clone(),
    }
}

fn procedure(note: &Note, it: &Procedure) -> ProcedureReport {
    let mut attributes: BTreeMap<String, Vec<AttributeReport>> = BTreeMap::new();
    for slot in Slot::ALL {
        let values: Vec<AttributeReport> = it.values(slot).map(|it| attribute(note, it)).collect();
        if !values.is_empty() {
            attributes.insert(slot.name().to_owned(), values);
        }
    }
    let evidence = it.assertion.provenance.evidence().iter().map(|it| evidence(note, it)).collect();
    ProcedureReport {
        family: it.family.to_string(),
        status: status_name(it.assertion.status).to_owned(),
        evidence,
        attributes,
    }
}

fn attribute(note: &Note, it: &Attribute) -> AttributeReport {
    let substance = it.substance.as_ref();
    AttributeReport {
        value: it.value.to_string(),
        side: it.side.as_ref().map(ToString::to_string),
        class: substance.map(|it| it.class.to_string()),
        role: substance.map(|it| it.role.name().to_owned()),
        dose: substance.and_then(|it| it.dose.clone()),
        volume: substance.and_then(|it| it.volume.clone()),
        concentration: substance.and_then(|it| it.concentration.clone()),
        why: provenance_name(&it.provenance).to_owned(),
        rule: it.provenance.rule().map(ToString::to_string),
        evidence: it.provenance.evidence().iter().map(|it| evidence(note, it)).collect(),
    }
}

/// The name of a reason in results.
pub fn provenance_name(provenance: &Provenance) -> &'static str {
    match provenance {
        Provenance::Explicit { .. } => "stated",
        Provenance::Inferred { .. } => "inferred",
        Provenance::Assumed { .. } => "assumed",
    }
}

/// The name of a status in results.
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Performed => "performed",
        Status::Attempted => "attempted",
        Status::Planned => "planned",
        Status::Negated => "negated",
        Status::Historical => "historical",
        Status::Hypothetical => "hypothetical",
        Status::Existing => "existing",
    }
}

/// The name of a disposition in results.
pub fn disposition_name(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Ready => "ready",
        Disposition::Review => "review",
        Disposition::Query => "query",
    }
}

/// The name of an outcome in results.
pub fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Met => "met",
        Outcome::Missing => "missing",
        Outcome::Conflicting => "conflicting",
    }
}

/// The name of a severity in results.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Code => "code",
        Severity::Payment => "payment",
        Severity::Advice => "advice",
    }
}
