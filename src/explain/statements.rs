//! The table of statements of a note: what each mention says, and which row of data read it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::Lexicon;
use crate::lexicon::weights::{Feature, name, values};
use crate::model::{Analysis, Note};
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
/// assert!(rows.iter().any(|it| it.construction == "down" && it.words.quote == "C-arm"));
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

/// One part of the score of a value.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PartReport {
    /// Name of the feature, as in `weights.toml`.
    pub feature: String,
    /// How often it counts; negative where it speaks against the value.
    pub count: f64,
    /// Its weight.
    pub weight: f64,
}

/// The score of one value of a fact.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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

/// What the score of every value of every weighed fact is made of, in the order of the facts.
pub fn scores(analysis: &Analysis, lexicon: &Lexicon) -> Vec<ScoreReport> {
    let mut rows = Vec::new();
    for fact in &analysis.facts {
        for (value, features) in values(fact.slot).iter().zip(&fact.features) {
            let chance = fact.chances.iter().find(|it| it.0.as_str() == *value).map_or(0.0, |it| it.1);
            let mut parts: Vec<PartReport> = features
                .iter()
                .map(|(feature, count)| PartReport {
                    feature: name(*feature, &lexicon.constructions, &lexicon.sections).1,
                    count: *count,
                    weight: lexicon.weights.of(*feature),
                })
                .collect();
            parts.sort_by(|a, b| (b.count * b.weight).abs().total_cmp(&(a.count * a.weight).abs()));
            let (attribute, value) = (fact.slot.name().to_owned(), (*value).to_owned());
            rows.push(ScoreReport { procedure: fact.procedure, attribute, value, chance, parts });
        }
    }
    rows
}
