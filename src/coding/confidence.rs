//! From features to a calibrated chance, and from there to the disposition.

use std::collections::BTreeMap;

use crate::Lexicon;
use crate::coding::claim_lines::selecting;
use crate::lexicon::families::{Family, NEURAXIAL, Sides};
use crate::model::evidence_features::{EvidenceFeature, Shape};
use crate::model::{Analysis, Disposition, Fact, Finding, Outcome, Procedure, Provenance, Severity, Slot, Status};

/// Sets features, confidence and disposition of every proposal; `details` holds the technique details of each procedure.
pub(crate) fn rate(analysis: &mut Analysis, details: &[Option<f64>], lexicon: &Lexicon) {
    for index in 0..analysis.proposals.len() {
        let proposal = &analysis.proposals[index];
        let procedure = &analysis.encounter.procedures[proposal.procedure];
        let Some(family) = lexicon.families.iter().find(|it| it.id == procedure.family) else { continue };
        let own: Vec<&Finding> =
            analysis.findings.iter().filter(|it| it.procedure == Some(proposal.procedure)).collect();
        let mut found = of_analysis(analysis, proposal.procedure, procedure, family, &own);
        let detail = details.get(proposal.procedure).copied().flatten();
        found.extend(detail.map(|it| ("technique_details".to_owned(), it)));
        let confidence = match (&lexicon.calibration, &proposal.code) {
            (Some(model), Some(_)) => Some(model.chance(&found)),
            _ => None,
        };
        let neuraxial = family.id.as_str() == NEURAXIAL;
        let threshold =
            lexicon.calibration.as_ref().map_or(0.0, |it| if neuraxial { it.ready_from } else { it.others_from });
        let ready = is_ready(procedure, family, &own)
            && (found["conflicting"] == 0.0)
            && proposal.code.is_some()
            && confidence.is_none_or(|it| it >= threshold);
        let proposal = &mut analysis.proposals[index];
        if proposal.disposition == Disposition::Review && ready {
            proposal.disposition = Disposition::Ready;
        }
        proposal.features = found;
        proposal.confidence = confidence;
    }
}

/// Hard rules outrank the model: an open question that decides the code, or an assumed fact, is never ready.
fn is_ready(procedure: &Procedure, family: &Family, own: &[&Finding]) -> bool {
    let open = own.iter().any(|it| it.severity == Severity::Code && it.outcome != Outcome::Met);
    !open && !assumes(procedure, &selecting(family))
}

/// The doubt of a chance: its binary logarithm with its sign turned, at most 1.
fn doubt(chance: f64) -> f64 {
    (-chance.max(1e-9).log2()).clamp(0.0, 1.0)
}

/// The doubts of the facts of a procedure, by the names of their features.
pub fn doubts(chances: &[(Slot, f64)]) -> Vec<(String, f64)> {
    let neuraxial = chances.iter().any(|it| it.0 == Slot::Region);
    let of = |slot: Slot| chances.iter().find(|it| it.0 == slot).map_or(0.0, |it| doubt(it.1));
    let mut found: Vec<(String, f64)> = [Slot::Performed, Slot::Region, Slot::Delivery, Slot::Imaging]
        .into_iter()
        .map(|slot| (format!("doubt_{}", slot.name()), of(slot)))
        .collect();
    let any: f64 = found.iter().map(|it| it.1).sum();
    found.push(("doubt_any".to_owned(), any.min(1.0)));
    let all: f64 = chances.iter().map(|it| it.1.min(1.0)).product();
    let tenths = -(1.0 - all).max(1e-6).log10() / 4.0;
    found.push(("sure_any".to_owned(), tenths.clamp(0.0, 1.0)));
    found.push(("sure_neuraxial".to_owned(), if neuraxial { tenths.clamp(0.0, 1.0) } else { 0.0 }));
    found
}

/// Named, bounded numbers that the analysis alone gives, all from 0 to 1.
fn of_analysis(
    analysis: &Analysis,
    index: usize,
    procedure: &Procedure,
    family: &Family,
    own: &[&Finding],
) -> BTreeMap<String, f64> {
    let yes = |it: bool| f64::from(u8::from(it));
    let open = own.iter().filter(|it| it.severity == Severity::Code && it.outcome != Outcome::Met).count();
    let others = analysis.encounter.procedures.iter().filter(|it| it.assertion.status == Status::Performed).count();
    let not_now = analysis.encounter.procedures.iter().filter(|it| it.assertion.status != Status::Performed).count();
    let facts: Vec<&Fact> = analysis.facts.iter().filter(|it| it.procedure == index).collect();
    let chances: Vec<(Slot, f64)> = facts.iter().map(|it| (it.slot, reported_chance(it, procedure))).collect();
    let neuraxial = family.id.as_str() == NEURAXIAL;
    let selects = selecting(family);
    let assumed = |slot: Slot| {
        selects.contains(&slot)
            && procedure.values(slot).next().is_some_and(|it| matches!(it.provenance, Provenance::Assumed { .. }))
    };
    let pieces = [Slot::Level, Slot::Site, Slot::Method].iter().map(|slot| procedure.values(*slot).count()).max();
    let sides = family.count.sides != Sides::Ignored;
    let no_side = procedure.value(Slot::Side).is_none() && procedure.attributes.iter().all(|it| it.side.is_none());
    let inferred_approach =
        procedure.values(Slot::Approach).next().is_none_or(|it| !matches!(it.provenance, Provenance::Explicit { .. }));
    let performed = facts.iter().find(|it| it.slot == Slot::Performed);
    let shows = |index: usize, wanted: &dyn Fn(&EvidenceFeature) -> bool| {
        let own = performed.and_then(|it| it.features.get(index));
        own.map_or(0.0, |it| it.iter().filter(|it| wanted(&it.0)).map(|it| it.1.max(0.0)).sum::<f64>())
    };
    let operation = shows(0, &|it| matches!(it, EvidenceFeature::Shape(_, Shape::PartOfOperation, _))) > 0.0;
    let against = shows(1, &|it| matches!(it, EvidenceFeature::Row(_)));
    let mut found = BTreeMap::from([
        ("neighbor".to_owned(), yes(!neuraxial)),
        ("pieces".to_owned(), (pieces.unwrap_or(0).max(1) - 1).min(3) as f64 / 3.0 * yes(!neuraxial)),
        ("imaging_assumed".to_owned(), yes(assumed(Slot::Imaging))),
        ("side_missing".to_owned(), yes(!neuraxial && sides && no_side)),
        ("open_questions".to_owned(), open.min(2) as f64 / 2.0),
        ("conflicting".to_owned(), yes(facts.iter().any(|it| it.conflicting && it.slot != Slot::Performed))),
        ("operation".to_owned(), yes(operation)),
        ("against_performed".to_owned(), against.min(3.0) / 3.0),
        ("other_acts".to_owned(), yes(others > 1)),
        ("acts_of_other_times".to_owned(), yes(not_now > 0)),
        ("approach_inferred".to_owned(), yes(neuraxial && inferred_approach)),
    ]);
    found.extend(doubts(&chances));
    found
}

/// The chance of what a procedure reports of a fact: values of one side of the code table count together.
fn reported_chance(fact: &Fact, procedure: &Procedure) -> f64 {
    let reported = match fact.slot {
        Slot::Performed => Some("yes"),
        slot => procedure.value(slot),
    };
    let reported = reported.unwrap_or_default();
    fact.chances.iter().filter(|it| together(fact.slot, it.0.as_str(), reported)).map(|it| it.1).sum()
}

/// Whether two values of an attribute select the same codes.
pub fn together(slot: Slot, value: &str, reported: &str) -> bool {
    let guided = |it: &str| matches!(it, "fluoroscopy" | "ct");
    let unguided = |it: &str| matches!(it, "none" | "ultrasound" | "mri");
    value == reported
        || slot == Slot::Imaging && (guided(value) && guided(reported) || unguided(value) && unguided(reported))
}

/// Whether a fact of a procedure is assumed where it selects a code.
fn assumes(procedure: &Procedure, slots: &[Slot]) -> bool {
    procedure
        .attributes
        .iter()
        .any(|it| slots.contains(&it.slot) && matches!(it.provenance, Provenance::Assumed { .. }))
}
