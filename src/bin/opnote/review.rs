//! The checklist and coverage policies for people.

use std::process::ExitCode;

use opnote::report::Report;
use opnote::review::{ChecklistAnswer, Coverage, Reviewer};
use opnote::{Analysis, Lexicon, Note};

use crate::args::Code;
use crate::excerpt::shown;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{Style, put};

/// Prints the policies there are.
pub(crate) fn list(lexicon: &Lexicon) -> Result<ExitCode, Failure> {
    let mut output = Output::new();
    for (id, about) in lexicon.policies() {
        output.put(format!("{id}  {about}\n").as_bytes())?;
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// What was asked for beside the codes.
pub(crate) struct Asked {
    reviewer: Option<Reviewer<'static>>,
    checklist: bool,
}

impl Asked {
    /// Makes checklist and policies ready if one of them was asked for.
    pub(crate) fn new(args: &Code, lexicon: &'static Lexicon) -> Result<Asked, Failure> {
        let asked = args.checklist || !args.policy.is_empty();
        let reviewer = asked.then(|| Reviewer::new(lexicon, &args.policy)).transpose();
        Ok(Asked { reviewer: reviewer.map_err(Failure::usage)?, checklist: args.checklist })
    }

    /// Adds the answers to a report.
    pub(crate) fn add(&self, report: &mut Report, note: &Note, analysis: &Analysis) {
        let Some(reviewer) = &self.reviewer else { return };
        report.checklist = self.checklist.then(|| reviewer.checklist(note, analysis));
        report.coverage = Some(reviewer.coverage(note, analysis)).filter(|it| !it.is_empty());
    }
}

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
        put(
            &mut out,
            format_args!(
                "\n    policy {strong}{policy}{strong:#}  {code}  {color}{outcome}{color:#}  {dim}{}{verified}{dim:#}\n",
                it.because
            ),
        );
        for rule in &it.rules {
            put(&mut out, format_args!("      {:14}  {}  {dim}{}{dim:#}\n", rule.outcome, rule.what, rule.id));
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
        let line = format!("      {}  {:14}  {}  {dim}{words}{dim:#}", it.id, it.outcome, it.what);
        put(&mut out, format_args!("{}\n", line.trim_end()));
    }
    out
}
