//! The table of statements of a note: what each mention says, and which row of data read it.

use crate::Lexicon;
use crate::driver::read;
use crate::lexicon::weights::{name, values};
use crate::model::evidence_features::EvidenceFeature;
use crate::model::{Analysis, Note};
use crate::report::{PartReport, ScoreReport, StatementReport, evidence};

/// Reads the statements of a note, in the order of the text; none where no act may have been performed.
///
/// ```
/// use opnote::{Lexicon, Note, explain::statements::statements};
///
/// let note = Note::new("1", "L4-5 epidural steroid injection. The C-arm was down. Loss of resistance to air.");
/// let rows = statements(&note, Lexicon::embedded());
/// assert!(rows.iter().any(|it| it.construction == "down" && it.words.quote == "C-arm"));
/// ```
pub fn statements(note: &Note, lexicon: &Lexicon) -> Vec<StatementReport> {
    let Some(doc) = read(note, lexicon) else { return Vec::new() };
    let row = |it: &crate::document::Statement| {
        let construction = it.construction(&doc);
        let family = it.family.map(|family| format!(" {}", lexicon.family_id(family))).unwrap_or_default();
        StatementReport {
            words: evidence(note, &it.evidence(&doc)),
            attribute: it.slot.name().to_owned(),
            value: format!("{}{family}", it.value),
            stance: it.stance.name().to_owned(),
            time: it.time.name().to_owned(),
            decided_by: it.decided_by.name().to_owned(),
            other: it.other,
            zone: it.zone.map_or_else(String::new, |zone| lexicon.sections.kinds[zone].id.to_string()),
            construction: construction.id.to_string(),
            full: construction.full,
            weight: lexicon.weights.of(EvidenceFeature::Row(it.row)),
        }
    };
    doc.statements.iter().map(row).collect()
}

/// The parts of the score of every value of every weighed fact, in the order of the facts.
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
