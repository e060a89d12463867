//! Supplies and diagnoses for people: a line each, below the proposals.

use opnote::report::{DiagnosisReport, FindingReport, Report, SupplyReport};

use super::excerpt::width as columns;
use super::text::{Style, put, wrapped};
use super::{page_width, review};

/// What stands before a name that goes over several lines.
const INDENT: &str = "               ";

/// The lines; none where there is nothing to show.
pub(crate) fn render(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    let supplies = report.supplies.iter().map(supply);
    let diagnoses = report.diagnoses.iter().map(diagnosis);
    block(&mut out, "supplies", supplies.collect(), style);
    block(&mut out, "diagnoses", diagnoses.collect(), style);
    let written =
        report.findings.iter().filter(|it| it.id == "written-diagnosis-code" || it.id == "written-icd9-number");
    block(&mut out, "written", written.map(written_codes).collect(), style);
    block(&mut out, "codes", report.findings.iter().filter(|it| is_code_check(it)).map(code_check).collect(), style);
    let coverage = report.coverage.as_deref().unwrap_or_default();
    let checklist = report.checklist.as_deref().unwrap_or_default();
    out.push_str(&review::render(coverage, checklist, style));
    out
}

/// Name, answer and remark of each line.
fn block(out: &mut String, head: &str, rows: Vec<[String; 3]>, style: &Style) {
    let Style { strong, dim, .. } = style;
    let width = rows.iter().map(|it| it[0].len()).max().unwrap_or(0);
    for (index, [name, answer, remark]) in rows.into_iter().enumerate() {
        let (gap, head) = if index == 0 { ("\n", head) } else { ("", "") };
        // Where the page is narrow answer and remark have lines of their own.
        let long = 17 + width + columns(&answer) + columns(&remark) + 2 > page_width::running();
        let name = if long { wrapped(&name, INDENT).trim().to_owned() } else { format!("{name:width$}") };
        let below = |it: String| if long { wrapped(&it, "                 ").trim().to_owned() } else { it };
        let (answer, remark) = (below(answer), below(remark));
        let before = if long { "\n                 " } else { "  " };
        let answer = if answer.is_empty() { answer } else { format!("{before}{strong}{answer}{strong:#}") };
        let remark = if remark.is_empty() { remark } else { format!("{before}{dim}{remark}{dim:#}") };
        let line = format!("{gap}    {dim}{head:9}{dim:#}  {name}{answer}{remark}");
        put(out, format_args!("{}\n", line.trim_end()));
    }
}

fn supply(it: &SupplyReport) -> [String; 3] {
    let name = [Some(it.substance.replace('_', " ")), it.amount.clone()].into_iter().flatten().collect::<Vec<_>>();
    let times = |units: Option<u64>| units.map(|it| format!(" x{it}")).unwrap_or_default();
    let modifiers: String = it.modifiers.iter().flat_map(|it| ["-", it]).collect();
    let options: Vec<String> = it.options.iter().map(|it| format!("{}{}", it.code, times(it.units))).collect();
    let answer = match (&it.code, &it.amount) {
        (Some(code), _) => format!("{code}{modifiers}{}", times(it.units)),
        (None, Some(_)) if options.is_empty() => "no supply code".to_owned(),
        (None, Some(_)) => format!("{}?", options.join(" or ")),
        (None, None) => "amount not documented".to_owned(),
    };
    let remark = if it.code.is_some() { unverified(it.verified) } else { "" };
    [name.join(" "), answer, remark.to_owned()]
}

fn diagnosis(it: &DiagnosisReport) -> [String; 3] {
    let details: Vec<String> = it
        .details
        .iter()
        .filter(|it| !matches!(it.1.as_str(), "yes" | "no"))
        .map(|it| it.1.replace('|', " or ").replace('_', " "))
        .collect();
    let stated: Vec<&str> = it.details.iter().filter(|it| it.1 == "yes").map(|it| it.0.as_str()).collect();
    let stated =
        if stated.is_empty() { String::new() } else { format!(" with {}", stated.join(", ").replace('_', " ")) };
    let name = format!("{} {}{stated}", it.condition.replace('_', " "), details.join(" "));
    let answer = match (&it.code, it.candidates.as_slice()) {
        (Some(code), _) => code.clone(),
        (None, []) => "no code in the table".to_owned(),
        (None, [only]) => only.clone(),
        (None, [many @ .., last]) if many.len() < 4 => format!("{} or {last}?", many.join(", ")),
        (None, [first, .., last]) => format!("{first} to {last}?"),
    };
    let needs = it.needs.join(", ").replace('_', " ");
    let remark = match (&it.code, it.needs.as_slice()) {
        (Some(_), _) => unverified(it.verified).to_owned(),
        (None, [_, ..]) => format!("needs {needs}"),
        (None, []) => String::new(),
    };
    [name.trim_end().to_owned(), answer, remark]
}

/// The codes that a note gives itself.
fn written_codes(it: &FindingReport) -> [String; 3] {
    let what = if it.id == "written-icd9-number" { "set used before October 2015" } else { "a claim of the note" };
    [codes_of(it).join(", "), String::new(), what.to_owned()]
}

/// The code numbers that a finding quotes, each once.
pub(crate) fn codes_of(it: &FindingReport) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for it in &it.evidence {
        let code = super::excerpt::shown(&it.quote);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// Whether a finding is about the validity of a code, or about codes that exclude each other.
fn is_code_check(it: &FindingReport) -> bool {
    it.id.starts_with("written-code-") || it.id == "diagnosis-excludes"
}

fn code_check(it: &FindingReport) -> [String; 3] {
    [it.message.clone(), String::new(), String::new()]
}

fn unverified(verified: bool) -> &'static str {
    if verified { "" } else { "unverified table row" }
}
