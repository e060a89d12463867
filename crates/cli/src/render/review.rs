//! The checklist and coverage policies for people.

use opnote::report::{ChecklistAnswer, Coverage};

use super::excerpt::{shown, width};
use super::page_width;
use super::text::{Style, put, wrapped};

/// What the chosen policies say, and the checklist.
pub(crate) fn render(coverage: &[Coverage], checklist: &[ChecklistAnswer], style: &Style) -> String {
    let Style { strong, good, fair, bad, dim } = style;
    let mut out = String::new();
    for it in coverage {
        let color = match it.outcome.as_str() {
            "supported" => good,
            "not-supported" => bad,
            _ => fair,
        };
        let verified = if it.verified { "" } else { "; rests on unverified facts" };
        let (policy, code, outcome) = (&it.policy, &it.code, it.outcome.replace('-', " "));
        let because = format!("{}{verified}", it.because);
        let fits = 19 + width(policy) + width(code) + width(&outcome) + width(&because) <= page_width::running();
        let gap = if fits { "  " } else { "\n      " };
        let because = if fits { because } else { wrapped(&because, "      ").trim().to_owned() };
        put(
            &mut out,
            format_args!(
                "\n    policy {strong}{policy}{strong:#}  {code}  {color}{outcome}{color:#}{gap}{dim}{because}{dim:#}\n",
            ),
        );
        for rule in &it.rules {
            let what = wrapped(&format!("{} ({})", rule.what, rule.id), "                      ");
            put(&mut out, format_args!("      {:14}  {}", rule.outcome, what.trim_start()));
        }
    }
    if !checklist.is_empty() {
        out.push_str("\n    checklist\n");
    }
    for it in checklist {
        let words = match (it.evidence.first(), it.because.as_str()) {
            (Some(words), _) => format!("\"{}\"", shown(&words.quote.split_whitespace().collect::<Vec<_>>().join(" "))),
            (None, because) => because.to_owned(),
        };
        let (outcome, what) = match it.failed.as_str() {
            "" => (it.outcome.as_str(), &it.what),
            _ => ("failed", &it.failed),
        };
        let fits = 29 + width(what) + width(&words) <= page_width::running();
        let gap = if fits { "  " } else { "\n                           " };
        let what = wrapped(what, "                           ");
        let what = what.trim();
        let words = if fits { words } else { wrapped(&words, "                           ").trim().to_owned() };
        let line = format!("      {}  {outcome:14}  {what}{gap}{dim}{words}{dim:#}", it.id);
        put(&mut out, format_args!("{}\n", line.trim_end()));
    }
    out
}
