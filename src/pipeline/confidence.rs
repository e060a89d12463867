//! Features -> calibrated chance -> disposition.

use std::collections::BTreeMap;

use super::encounter::{Features, assumes};
use super::procedures::NEURAXIAL;
use crate::Lexicon;
use crate::families::selecting;
use crate::lexicon::families::Family;
use crate::model::{Analysis, Disposition, Finding, Outcome, Procedure, Severity, Slot, Status, Why};

/// The slots whose support the model weighs.
const WEIGHED: [Slot; 5] = [Slot::Region, Slot::Space, Slot::Approach, Slot::Delivery, Slot::Imaging];

/// Sets features, confidence and disposition of every proposal.
pub(crate) fn rate(analysis: &mut Analysis, features: &Features, lexicon: &Lexicon) {
    for index in 0..analysis.proposals.len() {
        let proposal = &analysis.proposals[index];
        let procedure = &analysis.encounter.procedures[proposal.procedure];
        let Some(family) = lexicon.families.iter().find(|it| it.id == procedure.family) else { continue };
        let own: Vec<&Finding> =
            analysis.findings.iter().filter(|it| it.procedure == Some(proposal.procedure)).collect();
        let mut found = of_analysis(analysis, procedure, &own);
        found.extend(
            features.get(proposal.procedure).into_iter().flatten().map(|(name, value)| ((*name).to_owned(), *value)),
        );
        // The model knows one family: for any other there is no number, and no code is ready.
        let calibrated = family.id.as_str() == NEURAXIAL;
        let confidence = match (&lexicon.calibration, &proposal.code) {
            (Some(model), Some(_)) if calibrated => Some(model.chance(&found)),
            _ => None,
        };
        let threshold = lexicon.calibration.as_ref().map_or(0.0, |it| it.ready_from);
        let ready = calibrated
            && is_ready(procedure, family, &own)
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

/// Named, bounded numbers that the analysis alone gives, all from 0 to 1.
fn of_analysis(analysis: &Analysis, procedure: &Procedure, own: &[&Finding]) -> BTreeMap<String, f64> {
    let count = |wanted: &dyn Fn(&Why) -> bool| {
        WEIGHED.iter().filter(|slot| procedure.values(**slot).next().is_some_and(|it| wanted(&it.why))).count() as f64
    };
    let slots = WEIGHED.len() as f64;
    let yes = |it: bool| f64::from(u8::from(it));
    let open = own.iter().filter(|it| it.severity == Severity::Code && it.outcome != Outcome::Met).count();
    let inferred_imaging =
        procedure.values(Slot::Imaging).next().is_some_and(|it| !matches!(it.why, Why::Stated { .. }));
    let supports: usize =
        WEIGHED.iter().flat_map(|slot| procedure.values(*slot)).map(|it| it.why.evidence().len()).sum();
    let others = analysis.encounter.procedures.iter().filter(|it| it.assertion.status == Status::Performed).count();
    let not_now = analysis.encounter.procedures.iter().filter(|it| it.assertion.status != Status::Performed).count();
    BTreeMap::from([
        ("stated_share".to_owned(), count(&|it| matches!(it, Why::Stated { .. })) / slots),
        ("known_share".to_owned(), count(&|it| !matches!(it, Why::Assumed { .. })) / slots),
        ("assumed_share".to_owned(), count(&|it| matches!(it, Why::Assumed { .. })) / slots),
        ("open_questions".to_owned(), open.min(2) as f64 / 2.0),
        ("imaging_inferred".to_owned(), yes(inferred_imaging)),
        ("support".to_owned(), supports.min(12) as f64 / 12.0),
        ("catheter".to_owned(), yes(procedure.value(Slot::Delivery) == Some("catheter"))),
        ("other_acts".to_owned(), yes(others > 1)),
        ("acts_of_other_times".to_owned(), yes(not_now > 0)),
    ])
}
