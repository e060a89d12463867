//! The set of procedures, the answers of the checklist, and what is left over; still no codes.

use crate::document::Document;
use crate::extract::dates::stated_date;
use crate::extract::procedure_event::ProcedureEvent;
use crate::extract::resolver::Resolution;
use crate::lexicon::sections::DefaultAssertion;
use crate::model::{
    Analysis, Assertion, Encounter, Experiencer, Fact, Finding, Id, Note, Outcome, Procedure, Provenance, Span, Status,
};
use crate::text::sections::default_of;

/// The answer to a note that names no act at all.
pub(crate) fn empty(note: &Note) -> Analysis {
    Analysis { encounter: Encounter { service_date: note.service_date, ..Encounter::default() }, ..Analysis::default() }
}

/// Turns events into procedures and the family's questions into findings, with the technique details of each procedure.
pub(crate) fn assemble(
    doc: &Document<'_>,
    events: Vec<ProcedureEvent>,
) -> (Encounter, Vec<Finding>, Vec<Fact>, Vec<Option<f64>>) {
    // The date matters to what was done alone.
    let stated = || if events.is_empty() { None } else { stated_date(doc) };
    let mut encounter = Encounter { service_date: doc.note.service_date.or_else(stated), ..Encounter::default() };
    let mut findings = Vec::new();
    let (mut facts, mut details) = (Vec::new(), Vec::new());
    for event in events {
        let index = encounter.procedures.len();
        findings.extend(answers(doc, &event, index));
        facts.extend(event.facts.iter().map(|it| fact(doc, it, index)));
        details.push(event.technique_details);
        let provenance = Provenance::Explicit { evidence: event.evidence };
        encounter.procedures.push(Procedure {
            family: event.family,
            assertion: Assertion { status: event.status, experiencer: Experiencer::Patient, provenance },
            attributes: event.attributes,
            reported: event.reported,
        });
    }
    (encounter, findings, facts, details)
}

/// A settled attribute as it leaves the engine.
fn fact(doc: &Document<'_>, found: &Resolution, procedure: usize) -> Fact {
    let mut chances: Vec<(Id, f64)> = found.candidates.iter().map(|it| (Id::from(it.value), it.chance)).collect();
    chances.sort_by(|a, b| b.1.total_cmp(&a.1));
    Fact {
        procedure,
        slot: found.slot,
        chances,
        conflicting: found.conflicting,
        evidence: found.shown.iter().map(|it| (it.0.clone(), doc.evidence(it.1.start, it.1.end, &it.2))).collect(),
        features: found.candidates.iter().map(|it| it.features.clone()).collect(),
    }
}

/// The checklist of the event's family: each question met, missing or conflicting.
fn answers(doc: &Document<'_>, event: &ProcedureEvent, procedure: usize) -> Vec<Finding> {
    let Some(family) = doc.lexicon.families.iter().find(|it| it.id == event.family) else { return Vec::new() };
    if !matches!(event.status, Status::Performed | Status::Attempted) {
        return Vec::new();
    }
    let searched = searched(doc);
    let mut findings = Vec::new();
    for question in &family.questions {
        let gap = event.gaps.iter().find(|it| it.question == question.id.as_str());
        let met = || {
            event
                .attributes
                .iter()
                .filter(|it| it.slot == question.slot)
                .flat_map(|it| it.provenance.evidence())
                .take(3)
                .cloned()
                .collect()
        };
        let (outcome, message, evidence) = match gap {
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
fn searched(doc: &Document<'_>) -> Vec<Span> {
    let kinds = &doc.lexicon.sections;
    let counts = |it: &&crate::text::sections::Section| {
        matches!(default_of(it, kinds), DefaultAssertion::Performed | DefaultAssertion::Neutral)
            && it.kind.is_none_or(|kind| kinds.kinds[kind].weight > 0)
    };
    let sections = doc.sections.iter().filter(counts).filter(|it| !it.body.is_empty());
    sections.take(12).map(|it| doc.span(it.body.start, it.body.end)).collect()
}
