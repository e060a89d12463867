//! The counts of a run.

use std::collections::BTreeMap;
use std::fmt::Write;

use opnote::report::Report;
use opnote_audit::calibrate::{Distribution, Drift};
use serde::{Deserialize, Serialize};

use crate::render::columns::is_open;

/// A fact below this chance is in doubt.
const IN_DOUBT: f64 = 0.9;
/// Features that the summary names, of those that drifted.
const DRIFTS: usize = 5;

/// Counts; those of parts add up to those of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Notes with a result.
    pub notes: u64,
    /// Notes by disposition: the one of the proposal that needs most, or `none`.
    pub dispositions: BTreeMap<String, u64>,
    /// Proposals by code; those without a single code are `undecided`.
    pub codes: BTreeMap<String, u64>,
    /// Findings that are missing or conflicting and bear on code or payment, by id.
    pub reasons: BTreeMap<String, u64>,
    /// Proposals that are not ready, by each fact of them that is in doubt.
    pub doubts: BTreeMap<String, u64>,
    /// Notes without a date of service.
    pub undated: u64,
    /// Rows that say that something could not be read or worked.
    pub errors: u64,
    /// Inputs that are no notes, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Features of the proposals, for drift.
    pub distribution: Distribution,
}

/// The counts of a run as `summary.json` has them.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'a> {
    /// Files that were seen.
    pub files: usize,
    #[serde(flatten)]
    pub tally: &'a Tally,
    /// How far the proposals are from those that the confidence was fitted on, the farthest feature first.
    pub drift: &'a [Drift],
}

/// The disposition of a note: that of the proposal that needs most; `none` without a proposal.
pub(crate) fn disposition(report: &Report) -> &'static str {
    let has = |name: &str| report.proposals.iter().any(|it| it.disposition == name);
    ["query", "review", "ready"].into_iter().find(|it| has(it)).unwrap_or("none")
}

impl Tally {
    /// The counts of one note.
    pub(crate) fn of(report: &Report) -> Tally {
        let mut tally = Tally { notes: 1, ..Tally::default() };
        add(&mut tally.dispositions, disposition(report), 1);
        for it in &report.proposals {
            add(&mut tally.codes, it.code.as_deref().unwrap_or("undecided"), 1);
        }
        for it in report.findings.iter().filter(|it| is_open(it)) {
            add(&mut tally.reasons, &it.id, 1);
        }
        for proposal in report.proposals.iter().filter(|it| it.disposition != "ready") {
            let own = report.facts.iter().filter(|it| it.procedure == proposal.procedure && it.chance < IN_DOUBT);
            own.for_each(|it| add(&mut tally.doubts, &it.attribute, 1));
        }
        tally.distribution = Distribution::of(report);
        tally.undated = u64::from(report.note.service_date.is_none());
        tally
    }

    /// Adds others.
    pub(crate) fn add(&mut self, other: &Tally) {
        self.notes += other.notes;
        self.undated += other.undated;
        self.errors += other.errors;
        self.distribution.add(&other.distribution);
        let maps = [
            (&mut self.dispositions, &other.dispositions),
            (&mut self.codes, &other.codes),
            (&mut self.reasons, &other.reasons),
            (&mut self.doubts, &other.doubts),
            (&mut self.skipped, &other.skipped),
        ];
        for (own, others) in maps {
            for (key, count) in others {
                add(own, key, *count);
            }
        }
    }

    /// Counts an input that is no note.
    pub(crate) fn skip(&mut self, reason: &str) {
        add(&mut self.skipped, reason, 1);
    }

    /// The counts for people.
    pub(crate) fn summary(&self, files: usize, drift: &[Drift]) -> String {
        let mut out = format!("{files} files, {} notes, {} errors", self.notes, self.errors);
        let blocks = [
            ("skipped", &self.skipped),
            ("notes by disposition", &self.dispositions),
            ("codes", &self.codes),
            ("open findings", &self.reasons),
            ("facts in doubt", &self.doubts),
        ];
        for (name, counts) in blocks.into_iter().filter(|it| !it.1.is_empty()) {
            let mut sorted: Vec<_> = counts.iter().collect();
            sorted.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
            let listed: Vec<String> = sorted.iter().map(|(key, count)| format!("{count} {key}")).collect();
            // Writing to a text does not fail.
            let _ = write!(out, "\n{name}: {}", listed.join(", "));
        }
        if self.undated > 0 {
            let _ = write!(out, "\nwithout a date of service: {}, coded by the newest rules", self.undated);
        }
        for it in drift.iter().filter(|it| it.is_notable(self.distribution.proposals)).take(DRIFTS) {
            let _ = write!(out, "\ndrift: {}", it.sentence);
        }
        out
    }
}

fn add(counts: &mut BTreeMap<String, u64>, key: &str, count: u64) {
    *counts.entry(key.to_owned()).or_default() += count;
}
