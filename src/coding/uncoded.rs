//! Uncoded procedures: performed, and no code proposed.

use crate::model::{Analysis, Finding, Id, Outcome, Severity, Status};

/// Lists the performed procedures for which no code is proposed, and says so in a finding.
pub(crate) fn uncoded(analysis: &mut Analysis) {
    for (index, procedure) in analysis.encounter.procedures.iter().enumerate() {
        let done = matches!(procedure.assertion.status, Status::Performed | Status::Attempted);
        if done && !analysis.proposals.iter().any(|it| it.procedure == index) {
            analysis.encounter.leftovers.push(index);
            analysis.findings.push(Finding {
                rule: Id::from("not-explained"),
                procedure: Some(index),
                outcome: Outcome::Missing,
                severity: Severity::Advice,
                message: "performed, but no code proposed".to_owned(),
                ask: None,
                evidence: procedure.assertion.provenance.evidence().to_vec(),
                searched: Vec::new(),
            });
        }
    }
}
