//! Procedures -> lines -> dated rules -> candidates. This stage cannot see the text.

use jiff::civil::Date;

use crate::Lexicon;
use crate::coding::claim_lines::lines;
use crate::lexicon::families::{CodeRow, Family, Question};
use crate::model::{
    Alternative, Analysis, Disposition, Evidence, Finding, Id, Line, Outcome, Procedure, Proposal, Provenance,
    Severity, Slot, Status,
};

/// Proposes a code for every line of every performed procedure whose family has a code table.
pub(crate) fn propose(analysis: &mut Analysis, lexicon: &Lexicon) {
    for (index, procedure) in analysis.encounter.procedures.iter().enumerate() {
        if !matches!(procedure.assertion.status, Status::Performed | Status::Attempted) {
            continue;
        }
        let Some(family) = lexicon.families.iter().find(|it| it.id == procedure.family) else { continue };
        if family.codes.is_empty() {
            continue;
        }
        let findings: Vec<&Finding> = analysis.findings.iter().filter(|it| it.procedure == Some(index)).collect();
        let date = analysis.encounter.service_date;
        let mut own: Vec<Proposal> = lines(index, procedure, family)
            .iter()
            .filter_map(|line| proposal(line, procedure, family, &findings, date))
            .collect();
        leave_out_add_ons(&mut own, family);
        analysis.proposals.append(&mut own);
    }
}

/// An add-on code needs one of its primary codes.
fn leave_out_add_ons(proposals: &mut Vec<Proposal>, family: &Family) {
    let codes: Vec<String> = proposals.iter().filter_map(|it| it.code.clone()).collect();
    let is_supported = |it: &Proposal| {
        let row = family.codes.iter().find(|row| Some(&row.code) == it.code.as_ref());
        let base = row.and_then(|row| row.add_on_to.as_ref());
        base.is_none_or(|base| base.split('|').any(|it| codes.iter().any(|other| other == it)))
    };
    proposals.retain(is_supported);
}

fn proposal(
    line: &Line,
    procedure: &Procedure,
    family: &Family,
    findings: &[&Finding],
    date: Option<Date>,
) -> Option<Proposal> {
    let rows = in_force(family, date);
    let open = |it: &&&Finding| it.severity == Severity::Code && it.outcome != Outcome::Met;
    let open: Vec<&Finding> = findings.iter().filter(open).copied().collect();
    let voids = |question: &&Question| question.voids && open.iter().any(|it| it.rule == question.id);
    let void: Vec<Slot> = family.questions.iter().filter(voids).map(|it| it.slot).collect();
    // Where silence supports no code, what it is taken for rules none out.
    let silent = |slot: Slot| void.contains(&slot) && is_assumed(procedure, slot);
    let known: Vec<(Slot, Id)> = line.facts.iter().filter(|it| !silent(it.0)).cloned().collect();
    let fits: Vec<&CodeRow> = rows.iter().copied().filter(|row| compatible(row, &known)).collect();
    if fits.is_empty() {
        return None;
    }
    // What the documentation as it stands supports: unknown slots read as the family's table says, if it does.
    let mut facts = line.facts.clone();
    for (slot, value) in &family.fallback {
        if !facts.iter().any(|it| it.0 == *slot) {
            facts.push((*slot, value.clone()));
        }
    }
    let supported: Vec<&CodeRow> = rows.iter().copied().filter(|row| decided(row, &facts)).collect();
    // A contradiction supports nothing: either reading may be the right one.
    let contradicted = open.iter().any(|it| it.outcome == Outcome::Conflicting && fits.len() > 1);
    let chosen = match supported.as_slice() {
        [row] if !contradicted && void.is_empty() => Some(*row),
        _ => None,
    };
    let asks = open.iter().any(|it| asks_provider(family, &it.rule));
    let disposition = if asks { Disposition::Query } else { Disposition::Review };
    let mut candidates: Vec<String> = fits.iter().map(|it| it.code.clone()).collect();
    candidates.sort();
    candidates.dedup();
    let evidence: Vec<Evidence> = line
        .facts
        .iter()
        .flat_map(|(slot, _)| procedure.values(*slot))
        .flat_map(|it| it.provenance.evidence().iter().take(2))
        .cloned()
        .collect();
    let rule = chosen.map_or_else(|| procedure.family.clone(), |it| it.id.clone());
    let alternatives = chosen.map(|row| alternatives(row, &rows, &line.facts)).unwrap_or_default();
    Some(Proposal {
        code: chosen.map(|it| it.code.clone()),
        candidates,
        modifiers: line.modifiers.clone(),
        units: line.units,
        procedure: line.procedure,
        confidence: None,
        disposition,
        provenance: Provenance::Inferred { rule, evidence },
        against: open.iter().flat_map(|it| it.evidence.iter().cloned()).take(6).collect(),
        alternatives,
        features: std::collections::BTreeMap::new(),
    })
}

/// Whether the values of a slot are taken from silence.
fn is_assumed(procedure: &Procedure, slot: Slot) -> bool {
    let mut values = procedure.values(slot).peekable();
    values.peek().is_some() && values.all(|it| matches!(it.provenance, Provenance::Assumed { .. }))
}

/// Whether an open question goes to the provider rather than to a second coder.
pub(crate) fn asks_provider(family: &Family, question: &Id) -> bool {
    family.questions.iter().any(|it| it.id == *question && !it.review)
}

/// The rows in force on the date of service; without one, those in force last.
fn in_force(family: &Family, date: Option<Date>) -> Vec<&CodeRow> {
    match date {
        Some(day) => family.codes.iter().filter(|it| it.covers(day)).collect(),
        None => family.codes.iter().filter(|it| it.until.is_none()).collect(),
    }
}

/// Whether a row could still be right: no known fact speaks against it.
fn compatible(row: &CodeRow, facts: &[(Slot, Id)]) -> bool {
    row.cells.iter().all(|(slot, values)| facts.iter().find(|it| it.0 == *slot).is_none_or(|it| fits(values, &it.1)))
}

/// Whether every cell of a row is met by a known fact.
fn decided(row: &CodeRow, facts: &[(Slot, Id)]) -> bool {
    row.cells.iter().all(|(slot, values)| facts.iter().any(|it| it.0 == *slot && fits(values, &it.1)))
}

/// Rows that would fit if one fact were different.
fn alternatives(row: &CodeRow, rows: &[&CodeRow], facts: &[(Slot, Id)]) -> Vec<Alternative> {
    let mut found = Vec::new();
    for other in rows.iter().filter(|it| it.code != row.code) {
        let missed: Vec<&(Slot, Vec<Id>)> = other
            .cells
            .iter()
            .filter(|(slot, values)| !facts.iter().any(|it| it.0 == *slot && fits(values, &it.1)))
            .collect();
        if let [(slot, values)] = missed.as_slice() {
            let named: Vec<&str> = values.iter().map(Id::as_str).collect();
            found.push(Alternative {
                code: other.code.clone(),
                when: format!("{} were {}", slot.name(), named.join(" or ")),
                slot: *slot,
                values: values.clone(),
            });
        }
    }
    found
}

/// Whether a value is one of those of a cell: the value itself, or a number from `>=n` or `lo..hi` (both included).
pub(crate) fn fits(cell: &[Id], value: &Id) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    cell.iter().any(|it| {
        if it == value {
            return true;
        }
        let Some(value) = number(value.as_str()) else { return false };
        if let Some(least) = it.as_str().strip_prefix(">=") {
            return number(least).is_some_and(|it| value >= it);
        }
        let range = it.as_str().split_once("..").and_then(|it| Some((number(it.0)?, number(it.1)?)));
        range.is_some_and(|(from, to)| (from..=to).contains(&value))
    })
}
