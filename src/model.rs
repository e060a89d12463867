//! The types that cross stages and leave the crate: plain data, no logic beyond guarding one invariant.

pub(crate) mod evidence_features;
mod supplies_and_diagnoses;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use evidence_features::EvidenceFeature;
pub use supplies_and_diagnoses::{Diagnosis, Supply, SupplyOption};

/// One note exactly as received. Nothing edits `text`; every [`Span`] points into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The caller's name for the note; it comes back in the result.
    pub id: String,
    /// The text as received (decoded to UTF-8), never edited.
    pub text: String,
    /// The date of service if the caller knows it, which wins over one stated in the note.
    pub service_date: Option<Date>,
}

impl Note {
    /// A note without a known date of service.
    ///
    /// ```
    /// let note = opnote::Note::new("7", "Lumbar epidural at L4-5.");
    /// assert_eq!(note.id, "7");
    /// ```
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Note {
        Note { id: id.into(), text: text.into(), service_date: None }
    }
}

/// A half-open byte range `[start, end)` of [`Note::text`], on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The span from `start` to `end`; an `end` before `start` gives an empty span at `start`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end.max(start) as u32 }
    }

    /// Byte offset of the first byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Byte offset just past the last byte.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// The span as a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start()..self.end()
    }
}

/// The stable name of a lexicon entry: a term, a cue, a rule, a family, a question.
/// `opnote explain ID` works on every one that a result names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Arc<str>);

impl Id {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Id {
        Id(Arc::from(text))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Words of the note, and the lexicon entry that read them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Where the words stand.
    pub span: Span,
    /// Which entry read them.
    pub rule: Id,
}

/// The provenance of a conclusion. Every conclusion has one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provenance {
    /// The note says it.
    Explicit {
        /// The words that say it.
        evidence: Vec<Evidence>,
    },
    /// A rule concluded it from other words.
    Inferred {
        /// The rule.
        rule: Id,
        /// The words it read.
        evidence: Vec<Evidence>,
    },
    /// The note is silent. Never leads to [`Disposition::Ready`].
    Assumed {
        /// The rule that names the assumption.
        rule: Id,
    },
}

impl Provenance {
    /// The words behind the conclusion; none where it is assumed.
    pub fn evidence(&self) -> &[Evidence] {
        match self {
            Provenance::Explicit { evidence } | Provenance::Inferred { evidence, .. } => evidence,
            Provenance::Assumed { .. } => &[],
        }
    }

    /// The rule that concluded it; none where the note says it.
    pub fn rule(&self) -> Option<&Id> {
        match self {
            Provenance::Explicit { .. } => None,
            Provenance::Inferred { rule, .. } | Provenance::Assumed { rule } => Some(rule),
        }
    }
}

/// Whether an act happened, and when. Only `Performed` and `Attempted` get proposals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Status {
    Performed,
    Attempted,
    Planned,
    Negated,
    Historical,
    Hypothetical,
    Existing,
}

/// Whom a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Experiencer {
    Patient,
    Other,
}

/// Assertion of a procedure: status and experiencer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Did it happen?
    pub status: Status,
    /// To whom?
    pub experiencer: Experiencer,
    /// The cues or the section default that decided.
    pub provenance: Provenance,
}

/// The subject of a fact. Closed, so that a typing error in a data file is a load error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Slot {
    Region,
    Level,
    Space,
    Approach,
    Delivery,
    Imaging,
    Contrast,
    Side,
    Substance,
    Purpose,
    Device,
    Site,
    Method,
    Count,
    Ordinal,
    Performed,
}

impl Slot {
    /// Every slot, in the order in which results list them.
    pub const ALL: [Slot; 16] = [
        Slot::Region,
        Slot::Level,
        Slot::Space,
        Slot::Approach,
        Slot::Delivery,
        Slot::Imaging,
        Slot::Contrast,
        Slot::Side,
        Slot::Substance,
        Slot::Purpose,
        Slot::Device,
        Slot::Site,
        Slot::Method,
        Slot::Count,
        Slot::Ordinal,
        Slot::Performed,
    ];

    /// The name used in data files and results.
    pub fn name(self) -> &'static str {
        match self {
            Slot::Region => "region",
            Slot::Level => "level",
            Slot::Space => "space",
            Slot::Approach => "approach",
            Slot::Delivery => "delivery",
            Slot::Imaging => "imaging",
            Slot::Contrast => "contrast",
            Slot::Side => "side",
            Slot::Substance => "substance",
            Slot::Purpose => "purpose",
            Slot::Device => "device",
            Slot::Site => "site",
            Slot::Method => "method",
            Slot::Count => "count",
            Slot::Ordinal => "ordinal",
            Slot::Performed => "performed",
        }
    }

    /// The slot with this name.
    pub fn named(name: &str) -> Option<Slot> {
        Slot::ALL.into_iter().find(|slot| slot.name() == name)
    }
}

/// The purpose that a drug was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Role {
    Injectate,
    Skin,
    Sedation,
    Contrast,
    TestDose,
}

impl Role {
    /// The name used in results.
    pub fn name(self) -> &'static str {
        match self {
            Role::Injectate => "injectate",
            Role::Skin => "skin",
            Role::Sedation => "sedation",
            Role::Contrast => "contrast",
            Role::TestDose => "test_dose",
        }
    }
}

/// A drug or other substance as the note gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substance {
    /// `steroid`, `anesthetic`, `opioid`, `antispasmodic`, `neurolytic`, `contrast`, `other`.
    pub class: Id,
    /// Its role.
    pub role: Role,
    /// Amount of drug as written, such as `80 mg`.
    pub dose: Option<String>,
    /// Amount of fluid as written, such as `3 mL`.
    pub volume: Option<String>,
    /// Strength as written, such as `0.25%` or `40 mg/mL`.
    pub concentration: Option<String>,
}

/// One fact about a procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The slot.
    pub slot: Slot,
    /// The value: a lexicon concept, a level such as `L4-L5`, or a substance's generic name.
    pub value: Id,
    /// More about the value where the slot is [`Slot::Substance`].
    pub substance: Option<Substance>,
    /// The side of the body, where the note gives it for this value alone: `left`, `right`, `bilateral`.
    pub side: Option<Id>,
    /// Its provenance.
    pub provenance: Provenance,
}

/// Something that was done, or said of: a family, whether it happened, and its facts. Knows no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// The procedure family, a folder of `lexicons/families/`.
    pub family: Id,
    /// Whether it happened, and the words that say so.
    pub assertion: Assertion,
    /// Its facts, in the order of [`Slot::ALL`].
    pub attributes: Vec<Attribute>,
    /// Whether it is reported for itself; not where it is only named or part of another service.
    pub reported: bool,
}

impl Procedure {
    /// The facts of one slot.
    pub fn values(&self, slot: Slot) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(move |it| it.slot == slot)
    }

    /// The first value of one slot, if any.
    pub fn value(&self, slot: Slot) -> Option<&str> {
        self.values(slot).next().map(|it| it.value.as_str())
    }
}

/// The encounter, in clinical terms only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encounter {
    /// Date of service: the caller's, else the one stated in the note.
    pub service_date: Option<Date>,
    /// Every procedure that the note documents, performed ones first, in the order of the text.
    pub procedures: Vec<Procedure>,
    /// Indices of performed procedures that no proposal explains.
    pub leftovers: Vec<usize>,
}

/// One countable piece of a procedure, still without a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Index of the procedure.
    pub procedure: usize,
    /// The facts that select a code, one value a slot; a slot that is unknown is absent.
    pub facts: Vec<(Slot, Id)>,
    /// How often it was done.
    pub units: u16,
    /// Modifiers from the sides: `LT`, `RT`, `50`.
    pub modifiers: Vec<String>,
}

/// The next step of a coder with a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Disposition {
    Ready,
    Review,
    Query,
}

/// Another code, and the fact that would have to be different for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The other code.
    pub code: String,
    /// The difference, in our own words.
    pub when: String,
    /// The attribute that would have to be different.
    pub slot: Slot,
    /// The values that it would have to have.
    pub values: Vec<Id>,
}

/// A code for one line, and how sure the program is.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The code that the documentation as it stands supports.
    pub code: Option<String>,
    /// All codes still possible, sorted.
    pub candidates: Vec<String>,
    /// Modifiers, none for a spinal injection by itself.
    pub modifiers: Vec<String>,
    /// How often the code is reported.
    pub units: u16,
    /// Index of the procedure.
    pub procedure: usize,
    /// The calibrated chance that a careful coder would report this code; none where not calibrated.
    pub confidence: Option<f64>,
    /// The next step of a coder.
    pub disposition: Disposition,
    /// The row of the code table and the words behind its facts.
    pub provenance: Provenance,
    /// Words that speak against it.
    pub against: Vec<Evidence>,
    /// Neighboring rows.
    pub alternatives: Vec<Alternative>,
    /// Features of the confidence model: named numbers from 0 to 1.
    pub features: BTreeMap<String, f64>,
}

/// How a question of the documentation checklist came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Outcome {
    Met,
    Missing,
    Conflicting,
}

/// The effect of a finding: advice, payment or code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Severity {
    Advice,
    Payment,
    Code,
}

impl Severity {
    /// The severity with this name.
    pub(crate) fn named(name: &str) -> Option<Severity> {
        match name {
            "code" => Some(Severity::Code),
            "payment" => Some(Severity::Payment),
            "advice" => Some(Severity::Advice),
            _ => None,
        }
    }
}

/// One line of the documentation checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The question.
    pub rule: Id,
    /// The procedure it is about.
    pub procedure: Option<usize>,
    /// How it came out.
    pub outcome: Outcome,
    /// Its effect.
    pub severity: Severity,
    /// The words found or looked for, described in our own words.
    pub message: String,
    /// The question to the provider, where something is missing or contradicts itself.
    pub ask: Option<String>,
    /// The words behind it.
    pub evidence: Vec<Evidence>,
    /// Where it was looked for, so that "missing" can be checked.
    pub searched: Vec<Span>,
}

impl Finding {
    /// Advice about the note as a whole, with the outcome missing.
    pub(crate) fn advice(rule: &str, message: String, evidence: Vec<Evidence>) -> Finding {
        Finding {
            rule: Id::from(rule),
            procedure: None,
            outcome: Outcome::Missing,
            severity: Severity::Advice,
            message,
            ask: None,
            evidence,
            searched: Vec::new(),
        }
    }
}

/// One attribute of a procedure that was settled by weighing statements.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Index of the procedure.
    pub procedure: usize,
    /// The attribute.
    pub slot: Slot,
    /// Every value with its chance, 0 to 1, the most likely first.
    pub chances: Vec<(Id, f64)>,
    /// Whether two values have a full statement each.
    pub conflicting: bool,
    /// Words that hold now, each with the value that it speaks for.
    pub evidence: Vec<(Id, Evidence)>,
    /// The parts of the score of each value, in the order of the attribute's values.
    pub(crate) features: Vec<Vec<(EvidenceFeature, f64)>>,
}

/// All that the program says of one note.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// The encounter.
    pub encounter: Encounter,
    /// The codes.
    pub proposals: Vec<Proposal>,
    /// The checklist.
    pub findings: Vec<Finding>,
    /// Drugs and contrast that were used, with their supply codes.
    pub supplies: Vec<Supply>,
    /// Conditions given as the reason, with their diagnosis codes.
    pub diagnoses: Vec<Diagnosis>,
    /// The chance of each fact that was settled by weighing statements.
    pub facts: Vec<Fact>,
}
