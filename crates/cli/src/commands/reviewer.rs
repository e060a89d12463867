//! The reviewer's view that `opnote code` adds on request.

use std::process::ExitCode;

use opnote::report::Report;
use opnote::{Analysis, Lexicon, Note};
use opnote_review::Reviewer;

use crate::args::{Checklist, Code};
use crate::failure::Failure;
use crate::output::Output;

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
    checklist: Option<Checklist>,
}

impl Asked {
    /// Makes checklist and policies ready if one of them was asked for.
    pub(crate) fn new(args: &Code, lexicon: &'static Lexicon) -> Result<Asked, Failure> {
        let asked = args.checklist.is_some() || !args.policy.is_empty();
        let reviewer = asked.then(|| Reviewer::new(lexicon, &args.policy)).transpose();
        Ok(Asked { reviewer: reviewer.map_err(Failure::usage)?, checklist: args.checklist })
    }

    /// Adds the answers to a report.
    pub(crate) fn add(&self, report: &mut Report, note: &Note, analysis: &Analysis) {
        let Some(reviewer) = &self.reviewer else { return };
        report.checklist = self.checklist.map(|shown| {
            let mut answers = reviewer.checklist(note, analysis);
            answers.retain(|it| shown == Checklist::All || matches!(it.outcome.as_str(), "missing" | "conflicting"));
            answers
        });
        report.coverage = Some(reviewer.coverage(note, analysis)).filter(|it| !it.is_empty());
    }
}
