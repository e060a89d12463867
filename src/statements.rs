//! The table of statements of a note: what each mention says, and which row of data read it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::Lexicon;
use crate::lexicon::weights::Feature;
use crate::model::Note;
use crate::pipeline::page;
use crate::report::{EvidenceReport, evidence};

/// What one mention says about one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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

/// Reads the statements of a note, in the order of the text; none where no act may have been performed.
///
/// ```
/// use opnote::{Lexicon, Note, statements::statements};
///
/// let note = Note::new("1", "L4-5 epidural steroid injection. The C-arm was down. Loss of resistance to air.");
/// let rows = statements(&note, Lexicon::embedded());
/// assert!(rows.iter().any(|it| it.construction == "unavailable" && it.words.quote == "C-arm"));
/// ```
pub fn statements(note: &Note, lexicon: &Lexicon) -> Vec<StatementReport> {
    let Some(page) = page(note, lexicon) else { return Vec::new() };
    let row = |it: &crate::extract::statements::Statement| {
        let construction = it.construction(&page);
        let family = it.family.map(|family| format!(" {}", lexicon.family_id(family))).unwrap_or_default();
        StatementReport {
            words: evidence(note, &it.evidence(&page)),
            attribute: it.slot.name().to_owned(),
            value: format!("{}{family}", it.value),
            stance: it.stance.name().to_owned(),
            time: it.time.name().to_owned(),
            decided_by: it.decided_by.name().to_owned(),
            other: it.other,
            zone: it.zone.map_or_else(String::new, |zone| lexicon.sections.kinds[zone].id.to_string()),
            construction: construction.id.to_string(),
            full: construction.full,
            weight: lexicon.weights.of(Feature::Row(it.row)),
        }
    };
    page.statements.iter().map(row).collect()
}
