//! National correct coding edits on the proposals of one session: pairs, limits of units, add-on codes.

use crate::Lexicon;
use crate::lexicon::ncci::Adjudication;
use crate::model::{Analysis, Evidence, Finding, Id, Outcome, Proposal, Severity};

/// The findings of every edit that the proposals meet on the date of service.
pub(super) fn findings(analysis: &Analysis, lexicon: &Lexicon) -> Vec<Finding> {
    let mut found = pairs(analysis, lexicon);
    found.extend(units(analysis, lexicon));
    found.extend(lone_add_ons(analysis, lexicon));
    found
}

fn coded(analysis: &Analysis) -> impl Iterator<Item = (&str, &Proposal)> {
    analysis.proposals.iter().filter_map(|it| Some((it.code.as_deref()?, it)))
}

fn pairs(analysis: &Analysis, lexicon: &Lexicon) -> Vec<Finding> {
    let day = analysis.encounter.service_date;
    let mut found: Vec<Finding> = Vec::new();
    for (column1, first) in coded(analysis) {
        for (column2, second) in coded(analysis) {
            let Some(pair) = lexicon.ncci.pair(column1, column2, day) else { continue };
            let rest = if pair.modifier_allowed {
                "unless it was distinct; then a modifier on it (59, XE, XP, XS, XU, or one of side)"
            } else {
                "and no modifier changes that"
            };
            let message = format!("{} is not paid beside {}, {rest}", pair.column2, pair.column1);
            if found.iter().all(|it| it.message != message) {
                found.push(finding("ncci-pair", second, Some(first), message, Severity::Payment, analysis));
            }
        }
    }
    found
}

fn units(analysis: &Analysis, lexicon: &Lexicon) -> Vec<Finding> {
    let day = analysis.encounter.service_date;
    let mut found: Vec<Finding> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (code, proposal) in coded(analysis) {
        let Some(limit) = lexicon.ncci.limit(code, day).filter(|_| !seen.contains(&code)) else { continue };
        seen.push(code);
        let lines = || coded(analysis).filter(|it| it.0 == code).map(|it| it.1.units);
        let (given, of) = match limit.adjudication {
            Adjudication::Line => (lines().max().unwrap_or(0), "a line"),
            Adjudication::DayByPolicy => (lines().sum(), "a day, without exception"),
            Adjudication::DayByExperience => (lines().sum(), "a day, more only where the record shows the need"),
        };
        if given > limit.units {
            let message = format!("{code}: {given} units, the limit is {} {of}", limit.units);
            found.push(finding("ncci-units", proposal, None, message, Severity::Payment, analysis));
        }
    }
    found
}

fn lone_add_ons(analysis: &Analysis, lexicon: &Lexicon) -> Vec<Finding> {
    let day = analysis.encounter.service_date;
    let lone = |(code, proposal): (&str, &Proposal)| {
        let primaries = lexicon.ncci.primaries(code, day);
        let alone = !primaries.is_empty() && !coded(analysis).any(|it| primaries.contains(&it.0));
        let message = format!("{code} is an add-on code without its primary code");
        alone.then(|| finding("ncci-add-on", proposal, None, message, Severity::Code, analysis))
    };
    coded(analysis).filter_map(lone).collect()
}

fn finding(
    rule: &str,
    of: &Proposal,
    other: Option<&Proposal>,
    message: String,
    severity: Severity,
    analysis: &Analysis,
) -> Finding {
    let words = |it: &Proposal| {
        analysis.encounter.procedures[it.procedure].assertion.provenance.evidence().iter().take(1).cloned()
    };
    let mut evidence: Vec<Evidence> = words(of).collect();
    evidence.extend(other.filter(|it| it.procedure != of.procedure).into_iter().flat_map(words));
    Finding {
        rule: Id::from(rule),
        procedure: Some(of.procedure),
        outcome: if severity == Severity::Code { Outcome::Conflicting } else { Outcome::Met },
        severity,
        message,
        ask: None,
        evidence,
        searched: Vec::new(),
    }
}
