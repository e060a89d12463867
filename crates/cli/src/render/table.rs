//! Results as CSV: one row a proposal, one row for a note without any.

use std::collections::BTreeMap;

use opnote::report::{AttributeReport, FindingReport, ProposalReport, Report};

const COLUMNS: [&str; 21] = [
    "id",
    "service_date",
    "procedure",
    "family",
    "code",
    "candidates",
    "units",
    "modifiers",
    "confidence",
    "disposition",
    "region",
    "level",
    "space",
    "approach",
    "delivery",
    "imaging",
    "contrast",
    "side",
    "injectate",
    "missing",
    "ask",
];

/// The slots that have a column of their own.
const SLOTS: [&str; 8] = ["region", "level", "space", "approach", "delivery", "imaging", "contrast", "side"];

/// The line of column names.
pub(crate) fn header() -> String {
    line(&COLUMNS.map(str::to_owned))
}

/// The rows of one note. Several values in a cell are separated by semicolons.
pub(crate) fn rows(report: &Report) -> String {
    if report.proposals.is_empty() {
        return line(&without_proposal(report));
    }
    report.proposals.iter().map(|it| line(&row(report, it))).collect()
}

fn row(report: &Report, it: &ProposalReport) -> Vec<String> {
    let procedure = report.encounter.procedures.get(it.procedure);
    let nothing = BTreeMap::new();
    let attributes = procedure.map_or(&nothing, |it| &it.attributes);
    let mut cells = start(report);
    cells.push(it.procedure.to_string());
    cells.push(procedure.map(|it| it.family.clone()).unwrap_or_default());
    cells.push(it.code.clone().unwrap_or_default());
    cells.push(it.candidates.join(";"));
    cells.push(it.units.to_string());
    cells.push(it.modifiers.join(";"));
    cells.push(it.confidence.map(|it| format!("{it:.3}")).unwrap_or_default());
    cells.push(it.disposition.clone());
    cells.extend(SLOTS.iter().map(|slot| values(attributes, slot, |_| true)));
    cells.push(values(attributes, "substance", |it| it.role.as_deref() == Some("injectate")));
    cells.extend(open(report, |finding| finding.procedure.is_none_or(|of| of == it.procedure)));
    cells
}

/// What a note without a proposal tells: the families that were performed, and open questions.
fn without_proposal(report: &Report) -> Vec<String> {
    let performed = |it: &str| matches!(it, "performed" | "attempted");
    let procedures = report.encounter.procedures.iter().filter(|it| performed(&it.status));
    let families: Vec<&str> = procedures.map(|it| it.family.as_str()).collect();
    let mut cells = start(report);
    cells.push(String::new());
    cells.push(families.join(";"));
    cells.extend(COLUMNS[4..19].iter().map(|_| String::new()));
    cells.extend(open(report, |_| true));
    cells
}

fn start(report: &Report) -> Vec<String> {
    vec![report.note.id.clone(), report.note.service_date.clone().unwrap_or_default()]
}

fn values(
    attributes: &BTreeMap<String, Vec<AttributeReport>>,
    slot: &str,
    keep: impl Fn(&AttributeReport) -> bool,
) -> String {
    let values = attributes.get(slot).into_iter().flatten().filter(|it| keep(it));
    values.map(|it| it.value.as_str()).collect::<Vec<_>>().join(";")
}

/// The open questions that bear on code or payment, and what to ask.
fn open(report: &Report, of: impl Fn(&FindingReport) -> bool) -> [String; 2] {
    let open = |it: &&FindingReport| it.outcome != "met" && it.severity != "advice" && of(it);
    let findings: Vec<&FindingReport> = report.findings.iter().filter(open).collect();
    let ids: Vec<&str> = findings.iter().map(|it| it.id.as_str()).collect();
    let asks: Vec<&str> = findings.iter().filter_map(|it| it.ask.as_deref()).collect();
    [ids.join(";"), asks.join(" ")]
}

fn line(cells: &[String]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(cells);
    writer.into_inner().map(|it| String::from_utf8_lossy(&it).into_owned()).unwrap_or_default()
}
