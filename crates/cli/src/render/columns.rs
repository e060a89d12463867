//! The columns of tables, defined once: one row a proposal, one row for a note without any.

use std::collections::BTreeMap;

use jiff::civil::Date;
use opnote::Lexicon;
use opnote::report::{AttributeReport, EvidenceReport, FindingReport, ProposalReport, Report};

use super::session;
use super::supplies_and_diagnoses::codes_of;

/// Quotes of evidence that a cell shows.
const QUOTES: usize = 6;

/// A column.
pub(crate) struct Column {
    /// Its name.
    pub name: &'static str,
    /// Width in a workbook, in characters.
    pub width: u16,
    /// Whether it is in CSV, too. CSV quotes nothing of a note.
    pub in_csv: bool,
    /// Kind of its cells.
    pub kind: Kind,
    /// Its cell in a row.
    pub cell: fn(&Row<'_>) -> Cell,
}

/// Kind of the cells of a column; each may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words.
    Text,
    /// Whole numbers.
    Count,
    /// Chances.
    Chance,
    /// Days.
    Day,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Empty,
    /// Words; several values are separated by semicolons.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A chance from 0 to 1.
    Chance(f64),
    /// A day.
    Day(Date),
}

/// A row: a report and one of its proposals, or none where it has none.
pub(crate) struct Row<'a> {
    /// The data that the report was made with.
    pub lexicon: &'a Lexicon,
    /// The report.
    pub report: &'a Report,
    /// The proposal.
    pub proposal: Option<&'a ProposalReport>,
}

/// The rows of a report.
pub(crate) fn rows<'a>(report: &'a Report, lexicon: &'a Lexicon) -> Vec<Row<'a>> {
    if report.proposals.is_empty() {
        return vec![Row { lexicon, report, proposal: None }];
    }
    report.proposals.iter().map(|it| Row { lexicon, report, proposal: Some(it) }).collect()
}

/// All columns in their order.
pub(crate) const COLUMNS: [Column; 31] = [
    csv("id", 18, |it| text(&it.report.note.id)),
    csv("service_date", 12, service_date).of(Kind::Day),
    csv("procedure", 10, |it| it.proposal.map_or(Cell::Empty, |it| Cell::Count(it.procedure as u64))).of(Kind::Count),
    csv("family", 24, family),
    csv("code", 9, |it| it.proposal.and_then(|it| it.code.as_deref()).map_or(Cell::Empty, text)),
    csv("candidates", 14, |it| it.list(|it| it.candidates.clone())),
    csv("units", 7, |it| it.proposal.map_or(Cell::Empty, |it| Cell::Count(it.units.into()))).of(Kind::Count),
    csv("modifiers", 10, |it| it.list(|it| it.modifiers.clone())),
    csv("confidence", 11, |it| it.proposal.and_then(|it| it.confidence).map_or(Cell::Empty, Cell::Chance))
        .of(Kind::Chance),
    csv("disposition", 11, |it| it.proposal.map_or(Cell::Empty, |it| text(&it.disposition))),
    csv("region", 16, |it| it.attribute("region")),
    csv("level", 12, |it| it.attribute("level")),
    csv("space", 12, |it| it.attribute("space")),
    csv("approach", 14, |it| it.attribute("approach")),
    csv("delivery", 10, |it| it.attribute("delivery")),
    csv("imaging", 12, |it| it.attribute("imaging")),
    csv("contrast", 9, |it| it.attribute("contrast")),
    csv("side", 9, |it| it.attribute("side")),
    csv("injectate", 24, |it| it.values("substance", |it| it.role.as_deref() == Some("injectate"))),
    csv("missing", 24, |it| it.findings(";", |it| Some(it.id.clone()))),
    csv("ask", 50, |it| it.findings(" ", |it| it.ask.clone())),
    csv("edits", 40, edits),
    csv("supplies", 24, supplies),
    csv("diagnoses", 24, diagnoses),
    csv("written_codes", 16, written_codes),
    more("reasons", 50, |it| it.findings("; ", |it| Some(it.message.clone()))),
    more("evidence", 60, |it| it.proposal.map_or(Cell::Empty, |it| quotes(&it.evidence))),
    more("against", 40, |it| it.proposal.map_or(Cell::Empty, |it| quotes(&it.against))),
    more("alternatives", 40, alternatives),
    more("billed", 12, |it| list(it.report.source.iter().flat_map(|it| it.billed_codes.iter().cloned()), "; ")),
    more("source", 24, source),
];

const fn csv(name: &'static str, width: u16, cell: fn(&Row<'_>) -> Cell) -> Column {
    Column { name, width, in_csv: true, kind: Kind::Text, cell }
}

const fn more(name: &'static str, width: u16, cell: fn(&Row<'_>) -> Cell) -> Column {
    Column { name, width, in_csv: false, kind: Kind::Text, cell }
}

impl Column {
    const fn of(self, kind: Kind) -> Column {
        Column { kind, ..self }
    }
}

/// Whether a finding is an open question that bears on code or payment.
pub(crate) fn is_open(finding: &FindingReport) -> bool {
    finding.outcome != "met" && finding.severity != "advice"
}

impl Row<'_> {
    fn attribute(&self, name: &str) -> Cell {
        self.values(name, |_| true)
    }

    fn values(&self, name: &str, keep: impl Fn(&AttributeReport) -> bool) -> Cell {
        let nothing = BTreeMap::new();
        let procedure = self.proposal.and_then(|it| self.report.encounter.procedures.get(it.procedure));
        let attributes = procedure.map_or(&nothing, |it| &it.attributes);
        let values = attributes.get(name).into_iter().flatten().filter(|it| keep(it));
        list(values.map(|it| it.value.clone()), ";")
    }

    fn list(&self, of: impl Fn(&ProposalReport) -> Vec<String>) -> Cell {
        self.proposal.map_or(Cell::Empty, |it| list(of(it).into_iter(), ";"))
    }

    /// The open questions that bear on code or payment: of the proposal's procedure, or of the whole note.
    fn findings(&self, separator: &str, of: impl Fn(&FindingReport) -> Option<String>) -> Cell {
        let own = |it: &FindingReport| {
            self.proposal.is_none_or(|proposal| it.procedure.is_none_or(|it| it == proposal.procedure))
        };
        let open = |it: &&FindingReport| is_open(it) && own(it);
        list(self.report.findings.iter().filter(open).filter_map(of), separator)
    }
}

fn text(text: impl AsRef<str>) -> Cell {
    if text.as_ref().is_empty() { Cell::Empty } else { Cell::Text(text.as_ref().to_owned()) }
}

fn list(values: impl Iterator<Item = String>, separator: &str) -> Cell {
    text(values.collect::<Vec<_>>().join(separator))
}

fn service_date(row: &Row<'_>) -> Cell {
    let day = row.report.note.service_date.as_ref();
    day.and_then(|it| it.parse().ok()).map_or(Cell::Empty, Cell::Day)
}

/// The family of the procedure; without a proposal, those of all that were performed.
fn family(row: &Row<'_>) -> Cell {
    let procedures = &row.report.encounter.procedures;
    let Some(proposal) = row.proposal else {
        let performed = procedures.iter().filter(|it| matches!(it.status.as_str(), "performed" | "attempted"));
        return list(performed.map(|it| it.family.clone()), ";");
    };
    procedures.get(proposal.procedure).map_or(Cell::Empty, |it| text(&it.family))
}

/// The edits that the code is subject to, alone or with another one of the session.
fn edits(row: &Row<'_>) -> Cell {
    let Some(proposal) = row.proposal else { return Cell::Empty };
    let found = session::edits_of(row.report, proposal, row.lexicon);
    list(found.into_iter().map(|it| format!("{}: {}", it.id, it.message)), "; ")
}

/// The diagnosis codes that the note gives itself.
fn written_codes(row: &Row<'_>) -> Cell {
    let written = |it: &&FindingReport| it.id == "written-diagnosis-code" || it.id == "written-icd9-number";
    list(row.report.findings.iter().filter(written).flat_map(codes_of), ";")
}

/// Words of the note, each with its place in the file where there is one.
fn quotes(evidence: &[EvidenceReport]) -> Cell {
    let mut shown: Vec<String> = Vec::new();
    for it in evidence {
        let words: Vec<&str> = it.quote.split_whitespace().collect();
        let place = it.place.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let quote = format!("\"{}\"{place}", words.join(" "));
        if !shown.contains(&quote) && shown.len() < QUOTES {
            shown.push(quote);
        }
    }
    list(shown.into_iter(), "; ")
}

fn alternatives(row: &Row<'_>) -> Cell {
    let all = row.proposal.into_iter().flat_map(|it| &it.alternatives);
    list(all.map(|it| format!("{} if {}", it.code, it.when)), "; ")
}

fn supplies(row: &Row<'_>) -> Cell {
    let own = row.report.supplies.iter().filter(|it| row.proposal.is_none_or(|of| of.procedure == it.procedure));
    let one = |it: &opnote::report::SupplyReport| {
        let code = it.code.as_deref().unwrap_or("no single code");
        let units = it.units.map(|it| format!(" x{it}")).unwrap_or_default();
        format!("{} {code}{units}", it.substance)
    };
    list(own.map(one), "; ")
}

fn diagnoses(row: &Row<'_>) -> Cell {
    let one = |it: &opnote::report::DiagnosisReport| match &it.code {
        Some(code) => code.clone(),
        None => format!("{} (open)", it.condition),
    };
    list(row.report.diagnoses.iter().map(one), "; ")
}

/// The number of the document and its place in the file.
fn source(row: &Row<'_>) -> Cell {
    let Some(source) = &row.report.source else { return Cell::Empty };
    let signed = (source.authenticated == Some(false)).then(|| "not signed".to_owned());
    let parts = [Some(source.format.clone()), source.document_number.clone(), Some(source.place.clone()), signed];
    list(parts.into_iter().flatten().filter(|it| !it.is_empty()), ", ")
}
