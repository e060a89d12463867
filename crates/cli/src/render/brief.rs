//! Results as one line a note: id, date, codes with their dispositions, what is open.

use opnote::Lexicon;
use opnote::report::{ProposalReport, Report};

use super::excerpt::shown;
use super::text::Style;

/// The line of a note.
pub(crate) fn render(report: &Report, lexicon: &Lexicon, style: &Style) -> String {
    let day = report.note.service_date.as_deref().unwrap_or("-");
    let codes: Vec<String> = report.proposals.iter().map(|it| proposal(it, style)).collect();
    let codes = if codes.is_empty() { "no code".to_owned() } else { codes.join(", ") };
    let mut open: Vec<&str> = Vec::new();
    let asks = |it: &&opnote::report::FindingReport| it.outcome != "met" || lexicon.is_edit(&it.id);
    for it in report.findings.iter().filter(|it| it.severity != "advice").filter(asks) {
        if !open.contains(&it.id.as_str()) {
            open.push(&it.id);
        }
    }
    let dim = style.dim;
    let open = if open.is_empty() { String::new() } else { format!("  {dim}{}{dim:#}", open.join(" ")) };
    format!("{}  {day}  {codes}{open}\n", shown(&report.note.id))
}

fn proposal(it: &ProposalReport, style: &Style) -> String {
    let code = it.code.clone().unwrap_or_else(|| it.candidates.join("|"));
    let units = if it.units > 1 { format!(" x{}", it.units) } else { String::new() };
    let modifiers = it.modifiers.iter().fold(String::new(), |all, it| all + "-" + it);
    let sure = it.confidence.map(|it| format!(" {:.0}%", it * 100.0)).unwrap_or_default();
    let color = style.of(&it.disposition);
    format!("{code}{modifiers}{units} {color}{}{color:#}{sure}", it.disposition)
}
