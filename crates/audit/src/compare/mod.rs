//! Billed codes against documented ones: agreement and errors by type, each with the words of the note behind it.
//!
//! The rules of comparing, fixed so that every audit is made alike:
//!
//! 1. Lines of a claim are paired with the proposals of its note: first the same code, then the same family with the
//!    fewest attributes that differ, then one of another family.
//! 2. What is paired with another code is wrong by the attribute that differs; what is left over is over-coding (billed)
//!    or under-coding (documented). A proposal that needs the provider's answer makes neither: it is missing
//!    documentation.
//! 3. The direction is that of the relative value units where a table is given; else only that of lines that are left
//!    over or have other units.
//! 4. Codes that the tables do not know are named and not compared.
//! 5. Modifiers, and drugs and supplies, are compared only where the table bills any.
//! 6. Nothing is said of notes without a claim; a claim without its note is missing documentation.

mod billed;
mod charts;
mod errors;
pub(crate) mod excerpt;
mod figures;
mod finding;
mod matching;
mod page;
mod rvu;
mod supplies;
mod table;
mod taxonomy;

use std::collections::{BTreeMap, BTreeSet};

use opnote::Lexicon;
use opnote::report::Report;

pub use billed::{Billing, Claim, Columns, Line};
pub use figures::{Accuracy, Figures, GroupFigures, KindFigures, Settled, figures, settled};
pub use finding::{AuditFinding, Direction, Kind, RvuDifference};
pub use page::{AuditPage, Reproduction, audit_page};
pub use rvu::{Rvu, RvuTable};
pub use table::TableError;
pub use taxonomy::{ErrorType, RootCause, Taxonomy};

use matching::Comparison;

/// An audit: its findings, and what was not compared.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// One finding a line, in the order of the claims.
    pub findings: Vec<AuditFinding>,
    /// Claims that were compared with a note.
    pub claims: usize,
    /// Notes without a claim, in their order.
    pub without_claim: Vec<String>,
    /// Notes of claims that were not among those read.
    pub without_note: Vec<String>,
    /// Billed codes that the tables do not know.
    pub unknown_codes: BTreeSet<String>,
    /// Codes that the table of relative value units does not hold.
    pub codes_without_rvu: BTreeSet<String>,
    /// Names of the groups.
    pub groups: Vec<String>,
}

/// Compares claims with the results of their notes. A note whose source names billed codes is a claim of its own where
/// the table has none for it.
pub fn compare(
    reports: &[Report],
    billing: &Billing,
    rvus: Option<&RvuTable>,
    taxonomy: &Taxonomy,
    lexicon: &Lexicon,
) -> Audit {
    let mut audit = Audit { groups: billing.groups.clone(), ..Audit::default() };
    let by_note: BTreeMap<&str, &Report> = reports.iter().map(|it| (it.note.id.as_str(), it)).collect();
    let mut claims = billing.claims.clone();
    let billed: BTreeSet<&str> = billing.claims.iter().map(|it| it.note.as_str()).collect();
    for report in reports.iter().filter(|it| !billed.contains(it.note.id.as_str())) {
        match of_source(report) {
            Some(claim) => claims.push(claim),
            None => audit.without_claim.push(report.note.id.clone()),
        }
    }
    let modifiers_billed = claims.iter().flat_map(|it| &it.lines).any(|it| !it.modifiers.is_empty());
    let supplies_billed = claims.iter().flat_map(|it| &it.lines).any(|it| lexicon.is_supply_code(&it.code));
    for mut claim in claims {
        let report = by_note.get(claim.note.as_str()).copied();
        claim.month_of(report.and_then(|it| it.note.service_date.as_deref()));
        let mut comparison = Comparison {
            claim: &claim,
            modifiers: modifiers_billed,
            supplies: supplies_billed,
            rvus,
            taxonomy,
            lexicon,
            audit: &mut audit,
        };
        match report {
            Some(report) => {
                comparison.note(report);
                audit.claims += 1;
            }
            None => comparison.without_note(),
        }
    }
    for (index, it) in audit.findings.iter_mut().enumerate() {
        it.id = format!("F{:05}", index + 1);
    }
    if !audit.groups.iter().any(|it| it == "month") && audit.findings.iter().any(|it| it.groups.contains_key("month")) {
        audit.groups.push("month".to_owned());
    }
    audit
}

/// The claim of a note that names its billed codes, or else its ordered ones.
fn of_source(report: &Report) -> Option<Claim> {
    let source = report.source.as_ref()?;
    let ordered = source.ordered_procedures.iter().filter_map(|it| it.code.as_ref());
    let words: Vec<&String> =
        if source.billed_codes.is_empty() { ordered.collect() } else { source.billed_codes.iter().collect() };
    let lines: Vec<Line> = words.into_iter().filter_map(|it| Line::parse(it)).collect();
    (!lines.is_empty()).then(|| Claim { note: report.note.id.clone(), lines, ..Claim::default() })
}
