//! Proposals of one session checked against each other: modifiers, bundling, units; dated data, see `edits.csv`.

use crate::Lexicon;
use crate::coding::ncci;
use crate::lexicon::edits::{Codes, Edit};
use crate::model::{Analysis, Attribute, Finding, Id, Outcome, Procedure, Proposal, Slot, Status};

/// Adds the modifiers and findings of every edit that applies on the date of service.
pub(crate) fn apply(analysis: &mut Analysis, lexicon: &Lexicon) {
    if analysis.proposals.is_empty() {
        return;
    }
    let day = analysis.encounter.service_date;
    let mut given: Vec<(usize, String)> = Vec::new();
    let mut findings = Vec::new();
    for edit in lexicon.edits.iter().filter(|it| it.covers(day)) {
        for (index, proposal) in analysis.proposals.iter().enumerate() {
            let Some(other) = applies(edit, index, proposal, analysis) else { continue };
            if let Some(modifier) = &edit.modifier {
                given.push((index, modifier.clone()));
            }
            findings.push(finding(edit, proposal, other, analysis));
        }
    }
    for (index, modifier) in given {
        let modifiers = &mut analysis.proposals[index].modifiers;
        if !modifiers.contains(&modifier) {
            modifiers.push(modifier);
        }
    }
    findings.extend(ncci::findings(analysis, lexicon));
    findings.extend(lone_add_ons(analysis, lexicon));
    analysis.findings.extend(findings);
}

/// The procedure whose code is reported with this one, or this one's own for a rule about it alone.
fn applies(edit: &Edit, index: usize, proposal: &Proposal, analysis: &Analysis) -> Option<usize> {
    let procedure = &analysis.encounter.procedures[proposal.procedure];
    let meant = names(&edit.codes, proposal) && holds(edit, procedure) && proposal.units >= edit.over_units;
    if !meant {
        return None;
    }
    if edit.with_codes.is_empty() {
        return Some(proposal.procedure);
    }
    // Of two that are alike (`a code with itself`) the later one is meant.
    let mut others = analysis
        .proposals
        .iter()
        .enumerate()
        .filter(|(at, it)| *at != index && names(&edit.with_codes, it) && (!names(&edit.codes, it) || *at < index));
    let region = |it: &Proposal| analysis.encounter.procedures[it.procedure].value(Slot::Region).map(str::to_owned);
    others.find(|(_, it)| !edit.same_region || region(it) == region(proposal)).map(|(_, it)| it.procedure)
}

fn names(codes: &[Codes], proposal: &Proposal) -> bool {
    proposal.code.as_ref().is_some_and(|code| codes.iter().any(|it| it.holds(code)))
}

/// Whether the procedure is what the edit asks for; `status` and `modifier` are asked for like a slot.
fn holds(edit: &Edit, procedure: &Procedure) -> bool {
    edit.facts.iter().all(|(slot, values)| match slot.as_str() {
        "status" => values.iter().any(|it| *it == status(procedure)),
        name => Slot::named(name).is_some_and(|slot| {
            procedure
                .values(slot)
                .any(|it| values.iter().any(|value| value == it.value.as_str()) && documents(edit, it))
        }),
    })
}

/// Whether other words than those that do not suffice document a fact: "pain service" says nothing of the purpose.
fn documents(edit: &Edit, it: &Attribute) -> bool {
    let words = it.provenance.evidence();
    words.is_empty() || words.iter().any(|it| edit.not_by.iter().all(|concept| concept != it.rule.as_str()))
}

fn status(procedure: &Procedure) -> &'static str {
    match procedure.assertion.status {
        Status::Attempted => "attempted",
        _ => "performed",
    }
}

fn finding(edit: &Edit, proposal: &Proposal, other: usize, analysis: &Analysis) -> Finding {
    let mut evidence = analysis.encounter.procedures[proposal.procedure].assertion.provenance.evidence().to_vec();
    evidence.truncate(1);
    if other != proposal.procedure {
        evidence.extend(analysis.encounter.procedures[other].assertion.provenance.evidence().iter().take(1).cloned());
    }
    Finding {
        rule: edit.id.clone(),
        procedure: Some(proposal.procedure),
        outcome: Outcome::Met,
        severity: edit.severity,
        message: edit.message.clone(),
        ask: None,
        evidence,
        searched: Vec::new(),
    }
}

/// An add-on code without its primary code.
fn lone_add_ons(analysis: &Analysis, lexicon: &Lexicon) -> Vec<Finding> {
    let rows = || lexicon.families.iter().flat_map(|it| &it.codes);
    let proposed = |code: &str| analysis.proposals.iter().any(|it| it.code.as_deref() == Some(code));
    let alone = |proposal: &&Proposal| {
        let row = proposal.provenance.rule().and_then(|rule| rows().find(|it| it.id == *rule));
        row.and_then(|it| it.add_on_to.as_ref()).is_some_and(|it| !it.split('|').any(proposed))
    };
    analysis
        .proposals
        .iter()
        .filter(|it| it.code.is_some())
        .filter(alone)
        .map(|it| Finding {
            rule: Id::from("add-on-without-first"),
            procedure: Some(it.procedure),
            outcome: Outcome::Conflicting,
            severity: crate::model::Severity::Code,
            message: "add-on code without its primary code".to_owned(),
            ask: None,
            evidence: it.provenance.evidence().iter().take(2).cloned().collect(),
            searched: Vec::new(),
        })
        .collect()
}
