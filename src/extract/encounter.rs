//! The set of procedures, the answers of the checklist, and what is left over; still no codes.

use super::Page;
use super::dates::stated_date;
use super::procedures::Frame;
use super::sections::default_of;
use crate::extract::resolver::Resolution;
use crate::lexicon::sections::Default;
use crate::model::{
    Analysis, Assertion, Encounter, Experiencer, Fact, Finding, Id, Note, Outcome, Procedure, Severity, Slot, Span,
    Status, Why,
};

/// The answer to a note that names no act at all.
pub(crate) fn empty(note: &Note) -> Analysis {
    Analysis { encounter: Encounter { service_date: note.service_date, ..Encounter::default() }, ..Analysis::default() }
}

/// Turns frames into procedures and the family's questions into findings, with the technique details of each procedure.
pub(crate) fn assemble(page: &Page<'_>, frames: Vec<Frame>) -> (Encounter, Vec<Finding>, Vec<Fact>, Vec<Option<f64>>) {
    // The date matters to what was done alone.
    let stated = || if frames.is_empty() { None } else { stated_date(page) };
    let mut encounter = Encounter { service_date: page.note.service_date.or_else(stated), ..Encounter::default() };
    let mut findings = Vec::new();
    let (mut facts, mut details) = (Vec::new(), Vec::new());
    for frame in frames {
        let index = encounter.procedures.len();
        findings.extend(answers(page, &frame, index));
        facts.extend(frame.facts.iter().map(|it| fact(page, it, index)));
        details.push(frame.technique_details);
        let why = Why::Stated { evidence: frame.evidence };
        encounter.procedures.push(Procedure {
            family: frame.family,
            assertion: Assertion { status: frame.status, experiencer: Experiencer::Patient, why },
            attributes: frame.attributes,
            reported: frame.reported,
        });
    }
    (encounter, findings, facts, details)
}

/// A settled attribute as it leaves the engine.
fn fact(page: &Page<'_>, found: &Resolution, procedure: usize) -> Fact {
    let mut chances: Vec<(Id, f64)> = found.candidates.iter().map(|it| (Id::from(it.value), it.chance)).collect();
    chances.sort_by(|a, b| b.1.total_cmp(&a.1));
    Fact {
        procedure,
        slot: found.slot,
        chances,
        conflicting: found.conflicting,
        evidence: found.shown.iter().map(|it| (it.0.clone(), page.evidence(it.1.start, it.1.end, &it.2))).collect(),
        features: found.candidates.iter().map(|it| it.features.clone()).collect(),
    }
}

/// The checklist of the frame's family: each question met, missing or conflicting.
fn answers(page: &Page<'_>, frame: &Frame, procedure: usize) -> Vec<Finding> {
    let Some(family) = page.lexicon.families.iter().find(|it| it.id == frame.family) else { return Vec::new() };
    if !matches!(frame.status, Status::Performed | Status::Attempted) {
        return Vec::new();
    }
    let searched = searched(page);
    let mut findings = Vec::new();
    for question in &family.questions {
        let issue = frame.issues.iter().find(|it| it.question == question.id.as_str());
        let met = || {
            frame
                .attributes
                .iter()
                .filter(|it| it.slot == question.slot)
                .flat_map(|it| it.why.evidence())
                .take(3)
                .cloned()
                .collect()
        };
        let (outcome, message, evidence) = match issue {
            Some(it) if it.outcome == Outcome::Missing => (it.outcome, question.missing.as_ref(), it.evidence.clone()),
            Some(it) => (it.outcome, question.conflicting.as_ref(), it.evidence.clone()),
            None => (Outcome::Met, Some(&question.met), met()),
        };
        let open = outcome != Outcome::Met;
        // A question about a slot that the note leaves empty without an issue is not met, it does not arise.
        if !open && evidence.is_empty() {
            continue;
        }
        findings.push(Finding {
            rule: question.id.clone(),
            procedure: Some(procedure),
            outcome,
            severity: question.severity,
            message: message.cloned().unwrap_or_default(),
            ask: open.then(|| question.ask.clone()),
            evidence,
            searched: if outcome == Outcome::Missing { searched.clone() } else { Vec::new() },
        });
    }
    findings
}

/// Where facts of this encounter were looked for: the sections that are not history, plans or consent.
fn searched(page: &Page<'_>) -> Vec<Span> {
    let kinds = &page.lexicon.sections;
    let counts = |it: &&super::sections::Section| {
        matches!(default_of(it, kinds), Default::Performed | Default::Neutral)
            && it.kind.is_none_or(|kind| kinds.kinds[kind].weight > 0)
    };
    let sections = page.sections.iter().filter(counts).filter(|it| !it.body.is_empty());
    sections.take(12).map(|it| page.span(it.body.start, it.body.end)).collect()
}

/// Lists the performed procedures that no proposal explains, and says so in a finding.
pub(crate) fn leftovers(analysis: &mut Analysis) {
    for (index, procedure) in analysis.encounter.procedures.iter().enumerate() {
        let done = matches!(procedure.assertion.status, Status::Performed | Status::Attempted);
        if done && !analysis.proposals.iter().any(|it| it.procedure == index) {
            analysis.encounter.leftovers.push(index);
            analysis.findings.push(Finding {
                rule: Id::from("not-explained"),
                procedure: Some(index),
                outcome: Outcome::Missing,
                severity: Severity::Advice,
                message: "performed, and not explained by a proposal".to_owned(),
                ask: None,
                evidence: procedure.assertion.why.evidence().to_vec(),
                searched: Vec::new(),
            });
        }
    }
}

/// Whether a fact of a procedure is assumed where it selects a code.
pub(crate) fn assumes(procedure: &Procedure, slots: &[Slot]) -> bool {
    procedure.attributes.iter().any(|it| slots.contains(&it.slot) && matches!(it.why, Why::Assumed { .. }))
}
