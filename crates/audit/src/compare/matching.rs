//! One claim against one note: which line belongs to which proposal.

use opnote::report::{ProposalReport, Report};
use opnote::{Lexicon, Slot};

use super::Audit;
use super::billed::{Claim, Line};
use super::errors::{day, values};
use super::rvu::RvuTable;
use super::taxonomy::{ErrorType, Taxonomy};

/// A claim with everything that it is compared by.
pub(super) struct Comparison<'a> {
    pub(super) claim: &'a Claim,
    /// Whether the table bills modifiers at all.
    pub(super) modifiers: bool,
    /// Whether it bills drugs and supplies at all.
    pub(super) supplies: bool,
    pub(super) rvus: Option<&'a RvuTable>,
    pub(super) taxonomy: &'a Taxonomy,
    pub(super) lexicon: &'a Lexicon,
    pub(super) audit: &'a mut Audit,
}

/// A proposal whose line is not accounted for yet.
pub(super) struct Open<'a> {
    pub(super) proposal: &'a ProposalReport,
    /// Its line; none where the note supports no code.
    pub(super) line: Option<Line>,
}

impl Comparison<'_> {
    /// A claim with its note.
    pub(super) fn note(&mut self, report: &Report) {
        let mut billed: Vec<Line> = Vec::new();
        let mut drugs: Vec<Line> = Vec::new();
        for line in self.claim.lines.clone() {
            match () {
                () if !self.lexicon.code_entries(&line.code).is_empty() => billed.push(line),
                () if self.lexicon.is_supply_code(&line.code) => drugs.push(line),
                () if self.included(report, &line) => {}
                () => self.not_compared(Some(report), line),
            }
        }
        let mut open: Vec<Open<'_>> = report.proposals.iter().map(open).collect();
        self.same_codes(report, &mut billed, &mut open);
        self.undecided(report, &mut billed, &mut open);
        self.same_family(report, &mut billed, &mut open);
        self.other_family(report, &mut billed, &mut open);
        for line in billed {
            self.unsupported(report, line);
        }
        for it in open {
            self.not_billed(report, &it);
        }
        if self.supplies {
            self.supplies(report, drugs);
        }
        if !self.claim.lines.is_empty() {
            self.remarks(report);
        }
    }

    /// Whether the tables know a code.
    pub(super) fn is_known(&self, code: &str) -> bool {
        !self.lexicon.code_entries(code).is_empty() || self.lexicon.is_supply_code(code)
    }

    /// Lines with the code of a proposal: units and modifiers remain.
    fn same_codes(&mut self, report: &Report, billed: &mut Vec<Line>, open: &mut Vec<Open<'_>>) {
        let mut rest = Vec::new();
        for line in billed.drain(..) {
            let same = |it: &Open<'_>| it.line.as_ref().is_some_and(|it| it.code == line.code);
            match open.iter().position(same) {
                Some(at) if !is_asked(open[at].proposal) => {
                    let it = open.remove(at);
                    self.same_code(report, line, &it);
                }
                _ => rest.push(line),
            }
        }
        *billed = rest;
    }

    /// Lines beside a proposal that only the provider can settle, or that supports no code.
    fn undecided(&mut self, report: &Report, billed: &mut Vec<Line>, open: &mut Vec<Open<'_>>) {
        let mut rest = Vec::new();
        for line in billed.drain(..) {
            let fits = |it: &Open<'_>| {
                let own = it.proposal.code.iter().chain(&it.proposal.candidates);
                is_asked(it.proposal) && own.into_iter().any(|it| self.related(it, &line.code))
            };
            match open.iter().position(fits) {
                Some(at) => {
                    let it = open.remove(at);
                    self.ask(report, Some(line), &it);
                }
                None => rest.push(line),
            }
        }
        *billed = rest;
    }

    /// Whether two codes are of one family.
    pub(super) fn related(&self, one: &str, other: &str) -> bool {
        let (one, other) = (self.lexicon.code_entries(one), self.lexicon.code_entries(other));
        one.iter().any(|it| other.iter().any(|of| of.family == it.family))
    }

    /// Lines beside a proposal of the same family, those that differ least first.
    fn same_family(&mut self, report: &Report, billed: &mut Vec<Line>, open: &mut Vec<Open<'_>>) {
        loop {
            let mut best: Option<(usize, usize, Vec<Slot>)> = None;
            for (at, line) in billed.iter().enumerate() {
                for (of, it) in open.iter().enumerate() {
                    let Some(code) = it.line.as_ref().map(|it| &it.code) else { continue };
                    if !self.related(code, &line.code) {
                        continue;
                    }
                    let differ = self.differing(code, &line.code, report, it.proposal);
                    if best.as_ref().is_none_or(|it| differ.len() < it.2.len()) {
                        best = Some((at, of, differ));
                    }
                }
            }
            let Some((at, of, differ)) = best else { return };
            let (line, it) = (billed.remove(at), open.remove(of));
            self.other_code(report, line, &it, &differ);
        }
    }

    /// The attributes in which a billed code wants other values than those that were documented.
    fn differing(&self, documented: &str, billed: &str, report: &Report, proposal: &ProposalReport) -> Vec<Slot> {
        let day = day(report);
        let of = |code: &str| -> Vec<(Slot, Vec<String>)> {
            let entries = self.lexicon.code_entries(code);
            let entry = entries.iter().find(|it| it.covers(day)).or_else(|| entries.first());
            let values = entry.map(|it| it.values.clone()).unwrap_or_default();
            values.into_iter().map(|it| (it.0, it.1.into_iter().map(str::to_owned).collect())).collect()
        };
        let (documented, billed) = (of(documented), of(billed));
        let procedure = report.encounter.procedures.get(proposal.procedure);
        let differs = |(slot, wanted): &(Slot, Vec<String>)| {
            let own = documented.iter().find(|it| it.0 == *slot).map(|it| it.1.clone());
            let own = own.or_else(|| Some(values(procedure?, slot.name()))).unwrap_or_default();
            !own.is_empty() && !own.iter().any(|it| wanted.contains(it))
        };
        billed.iter().filter(|it| differs(it)).map(|it| it.0).collect()
    }

    /// Lines beside a proposal of another family.
    fn other_family(&mut self, report: &Report, billed: &mut Vec<Line>, open: &mut Vec<Open<'_>>) {
        let mut rest = Vec::new();
        for line in billed.drain(..) {
            let family = self.family(&line.code);
            let at = open
                .iter()
                .position(|it| it.line.as_ref().is_some_and(|it| self.gate(&family, &self.family(&it.code)).is_some()));
            let Some(at) = at else {
                rest.push(line);
                continue;
            };
            let it = open.remove(at);
            self.other_procedure(report, line, &it);
        }
        *billed = rest;
    }

    /// The family of a code.
    pub(super) fn family(&self, code: &str) -> String {
        self.lexicon.code_entries(code).first().map(|it| it.family.to_owned()).unwrap_or_default()
    }

    /// The type of taking one family for the other.
    pub(super) fn gate(&self, one: &str, other: &str) -> Option<&ErrorType> {
        let own = |family: &str| self.taxonomy.first(|it| it.families.iter().any(|of| of == family));
        if one == other {
            return None;
        }
        own(other).or_else(|| own(one))
    }
}

fn open(proposal: &ProposalReport) -> Open<'_> {
    let line = proposal.code.as_ref().map(|code| {
        let mut modifiers = proposal.modifiers.clone();
        modifiers.sort();
        Line { code: code.clone(), modifiers, units: proposal.units.max(1) }
    });
    Open { proposal, line }
}

/// Whether only the provider can settle the code.
pub(super) fn is_asked(proposal: &ProposalReport) -> bool {
    proposal.disposition == "query"
}
