//! The figures of an audit: accuracy by code, by claim and by payment, errors by type, and groups; each rate exact.
//!
//! Three accuracies, which are never mixed:
//!
//! - *code-level*: billed codes that are right, of the codes that are right; codes that were billed on top are counted
//!   beside it and not subtracted;
//! - *claim-level*: claims without any error in codes, units or modifiers;
//! - *financial*: claims whose relative value units stay the same, of those whose codes the table knows.
//!
//! Lines that only the provider can settle are open: their claims are in no claim-level or financial figure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::billed::Line;
use super::finding::{AuditFinding, Direction, Kind, RvuDifference};
use super::rvu::{Rvu, RvuTable};
use super::{Audit, Taxonomy};
use crate::evaluate::Rate;

/// What is right about a line: as the note was read, or as a reviewer decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The line as billed.
    pub billed: Option<Line>,
    /// The right line; none where nothing should have been billed.
    pub correct: Option<Line>,
    /// Whether it is known what is right.
    pub is_decided: bool,
    /// Whether the finding stands: the line is wrong, or only the provider can say.
    pub is_error: bool,
}

/// The three accuracies and the relative value units behind the last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Accuracy {
    /// Billed codes that are right, of the codes that are right.
    pub code_level: Rate,
    /// Codes that were billed and should not have been.
    pub extra_codes: usize,
    /// Claims without an error.
    pub claim_level: Rate,
    /// Claims whose relative value units stay the same.
    pub financial: Rate,
    /// Relative value units of the claims of the financial figure.
    pub rvu: RvuDifference,
    /// Relative value units of the lines that were billed too high, without sign.
    pub rvu_over: Rvu,
    /// Relative value units of the lines that were billed too low.
    pub rvu_under: Rvu,
    /// Lines that only the provider can settle, or that are not reviewed.
    pub open_lines: usize,
    /// Claims with such a line.
    pub open_claims: usize,
}

/// Counts of one kind or type of findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KindFigures {
    /// Findings.
    pub findings: usize,
    /// Among them, billed too high.
    pub over: usize,
    /// Among them, billed too low.
    pub under: usize,
    /// Documented less billed, over those with relative value units.
    pub rvu_difference: Rvu,
}

/// The figures of one group, such as a provider or a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupFigures {
    /// The column.
    pub column: String,
    /// Its value.
    pub value: String,
    /// Claims.
    pub claims: usize,
    /// Claims without an error, of those that are settled.
    pub claim_level: Rate,
    /// Findings that are errors.
    pub errors: usize,
    /// Among them, billed too high.
    pub over: usize,
    /// Among them, billed too low.
    pub under: usize,
    /// Documented less billed.
    pub rvu_difference: Rvu,
}

/// All figures of an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Claims that were compared with a note.
    pub claims: usize,
    /// Claims whose note was not read.
    pub claims_without_note: usize,
    /// Notes without a claim.
    pub notes_without_claim: usize,
    /// The accuracies.
    pub accuracy: Accuracy,
    /// Findings by kind.
    pub kinds: BTreeMap<Kind, KindFigures>,
    /// Errors by type of the taxonomy; those of no type are `other`.
    pub errors: BTreeMap<String, KindFigures>,
    /// Errors by root cause.
    pub root_causes: BTreeMap<String, usize>,
    /// By column and value.
    pub groups: Vec<GroupFigures>,
}

/// What is right about each counted line of an audit, as the notes were read.
pub fn settled(audit: &Audit) -> Vec<(&AuditFinding, Settled)> {
    let counted = audit.findings.iter().filter(|it| it.is_counted());
    counted
        .map(|it| {
            let settled = Settled {
                billed: it.billed.clone(),
                correct: it.documented.clone(),
                is_decided: !it.is_open(),
                is_error: it.is_error(),
            };
            (it, settled)
        })
        .collect()
}

/// The figures over settled lines.
pub fn figures(
    audit: &Audit,
    lines: &[(&AuditFinding, Settled)],
    rvus: Option<&RvuTable>,
    taxonomy: &Taxonomy,
) -> Figures {
    let mut figures = Figures {
        claims: audit.claims,
        claims_without_note: audit.without_note.len(),
        notes_without_claim: audit.without_claim.len(),
        accuracy: accuracy(lines.iter(), rvus),
        ..Figures::default()
    };
    let standing = standing(lines);
    for it in &audit.findings {
        count(figures.kinds.entry(it.kind).or_default(), it);
        if it.is_remark || standing.contains(it.id.as_str()) {
            let id = it.error.clone().filter(|it| taxonomy.get(it).is_some()).unwrap_or_else(|| "other".to_owned());
            count(figures.errors.entry(id).or_default(), it);
            if let Some(cause) = it.root_cause {
                *figures.root_causes.entry(cause.name().to_owned()).or_default() += 1;
            }
        }
    }
    for column in &audit.groups {
        figures.groups.extend(groups(audit, lines, rvus, column, &standing));
    }
    figures
}

/// The ids of the findings that stand.
fn standing<'a>(lines: &[(&'a AuditFinding, Settled)]) -> BTreeSet<&'a str> {
    lines.iter().filter(|it| it.1.is_error).map(|it| it.0.id.as_str()).collect()
}

fn count(figures: &mut KindFigures, it: &AuditFinding) {
    figures.findings += 1;
    figures.over += usize::from(it.direction == Direction::Over);
    figures.under += usize::from(it.direction == Direction::Under);
    if let Some(rvu) = it.rvu {
        figures.rvu_difference = figures.rvu_difference + rvu.difference;
    }
}

/// What belongs to one value of a column.
#[derive(Default)]
struct Group<'a> {
    lines: Vec<&'a (&'a AuditFinding, Settled)>,
    notes: BTreeSet<&'a str>,
    errors: KindFigures,
}

/// The figures of every value of a column.
fn groups(
    audit: &Audit,
    lines: &[(&AuditFinding, Settled)],
    rvus: Option<&RvuTable>,
    column: &str,
    standing: &BTreeSet<&str>,
) -> Vec<GroupFigures> {
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for it in &audit.findings {
        let Some(value) = it.groups.get(column) else { continue };
        let group = groups.entry(value).or_default();
        group.notes.insert(&it.note);
        if it.is_remark || standing.contains(it.id.as_str()) {
            count(&mut group.errors, it);
        }
    }
    for line in lines {
        let group = line.0.groups.get(column).and_then(|it| groups.get_mut(it.as_str()));
        if let Some(it) = group {
            it.lines.push(line);
        }
    }
    let figures = |(value, group): (&str, Group<'_>)| {
        let accuracy = accuracy(group.lines.iter().copied(), rvus);
        GroupFigures {
            column: column.to_owned(),
            value: value.to_owned(),
            claims: group.notes.len(),
            claim_level: accuracy.claim_level,
            errors: group.errors.findings,
            over: group.errors.over,
            under: group.errors.under,
            rvu_difference: accuracy.rvu.difference,
        }
    };
    groups.into_iter().map(figures).collect()
}

/// The accuracies over settled lines; the lines of a note are one claim.
fn accuracy<'a>(lines: impl Iterator<Item = &'a (&'a AuditFinding, Settled)>, rvus: Option<&RvuTable>) -> Accuracy {
    let mut sums = Accuracy::default();
    let mut claims: BTreeMap<&str, Vec<&(&AuditFinding, Settled)>> = BTreeMap::new();
    for line in lines {
        claims.entry(line.0.note.as_str()).or_default().push(line);
        let (_, it) = line;
        if !it.is_decided {
            sums.open_lines += 1;
            continue;
        }
        let same = it.billed.as_ref().map(|it| &it.code) == it.correct.as_ref().map(|it| &it.code);
        if it.correct.is_some() {
            sums.code_level.count(same);
        } else {
            sums.extra_codes += 1;
        }
    }
    for lines in claims.values() {
        if lines.iter().any(|it| !it.1.is_decided) {
            sums.open_claims += 1;
            continue;
        }
        sums.claim_level.count(lines.iter().all(|it| !it.1.is_error));
        let values: Option<Vec<RvuDifference>> = lines.iter().map(|it| rvu(it.0, &it.1, rvus)).collect();
        let Some(values) = values else { continue };
        let difference: Rvu = values.iter().map(|it| it.difference).sum();
        sums.financial.count(difference == Rvu(0));
        sums.rvu.billed = sums.rvu.billed + values.iter().map(|it| it.billed).sum();
        sums.rvu.documented = sums.rvu.documented + values.iter().map(|it| it.documented).sum();
        sums.rvu.difference = sums.rvu.difference + difference;
        sums.rvu_over = sums.rvu_over + values.iter().map(|it| it.difference).filter(|it| it.0 < 0).map(Rvu::abs).sum();
        sums.rvu_under = sums.rvu_under + values.iter().map(|it| it.difference).filter(|it| it.0 > 0).sum();
    }
    sums
}

/// The relative value units of a settled line; none where the table does not know a code of it.
fn rvu(finding: &AuditFinding, it: &Settled, rvus: Option<&RvuTable>) -> Option<RvuDifference> {
    let table = rvus?;
    let value = |line: &Option<Line>| match line {
        None => Some(Rvu(0)),
        Some(line) => Some(table.value(&line.code, finding.service_date.as_deref())? * line.units),
    };
    let (billed, documented) = (value(&it.billed)?, value(&it.correct)?);
    Some(RvuDifference { billed, documented, difference: documented - billed })
}
