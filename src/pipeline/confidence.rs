//! Features -> calibrated chance -> disposition.

use super::codes::selecting;
use super::encounter::{Features, assumes};
use crate::Lexicon;
use crate::model::{Analysis, Disposition};

/// Sets the confidence and the disposition of every proposal.
pub(crate) fn rate(analysis: &mut Analysis, _features: &Features, lexicon: &Lexicon) {
    for it in &mut analysis.proposals {
        let procedure = &analysis.encounter.procedures[it.procedure];
        let Some(family) = lexicon.families.iter().find(|it| it.id == procedure.family) else { continue };
        let open = analysis.findings.iter().any(|f| {
            f.procedure == Some(it.procedure) && f.severity == crate::Severity::Code && f.outcome != crate::Outcome::Met
        });
        if it.disposition == Disposition::Review
            && !open
            && it.code.is_some()
            && !assumes(procedure, &selecting(family))
        {
            it.disposition = Disposition::Ready;
        }
    }
}
