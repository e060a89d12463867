//! `opnote verify`: an audit trail checked from its first entry to its last.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use opnote_trail::{Head, Trail};

use crate::args::Verify;
use crate::failure::{Failure, UNREAD};
use crate::inputs::io_fault;
use crate::messages;
use crate::output::Output;

/// Checks a trail; exit code 3 if anything is wrong with it.
pub(crate) fn run(args: &Verify) -> Result<ExitCode, Failure> {
    let mut heads = args.head.clone();
    for path in &args.against {
        let found = noted(path)?;
        if found.is_empty() {
            let message = format!("{}: notes no end of a trail; expected NUMBER:HASH", path.display());
            return Err(Failure::usage(message).hint("`opnote audit --trail … --html FILE` notes one on the page"));
        }
        heads.extend(found);
    }
    let trail = Trail::read(&args.trail).map_err(Failure::usage)?;
    let check = trail.verify(&heads).map_err(Failure::input)?;
    let mut output = Output::new();
    if args.list {
        for it in trail.entries().map_err(Failure::input)? {
            let decision = &it.decision;
            // What was shown is JSON of our own; other text stays text.
            let shown: serde_json::Value =
                serde_json::from_str(&decision.shown).unwrap_or_else(|_| decision.shown.clone().into());
            let line = serde_json::json!({
                "number": it.number, "at": decision.at, "who": decision.who, "subject": decision.subject,
                "shown": shown, "verdict": decision.verdict, "reason": decision.reason,
                "previous": it.previous, "hash": it.hash,
            });
            output.put(format!("{line}\n").as_bytes())?;
        }
    } else if check.problems.is_empty() {
        let heads = if heads.is_empty() { String::new() } else { format!(", {} noted ends among them", heads.len()) };
        output.put(format!("{} entries, all in order{heads}\nend {}\n", check.entries, check.head).as_bytes())?;
    }
    output.finish()?;
    for it in &check.problems {
        messages::error(format_args!("{}: {it}", args.trail.display()));
    }
    if check.problems.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    messages::hint("compare with a copy from before; an audit trail is never mended, a new one notes why it begins");
    Ok(UNREAD.into())
}

/// The ends of trails that a text notes.
fn noted(path: &Path) -> Result<Vec<Head>, Failure> {
    let bytes = fs::read(path).map_err(|it| Failure::usage(io_fault(path, it)))?;
    let text = String::from_utf8_lossy(&bytes);
    let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != ':');
    Ok(words.filter_map(|it| it.parse().ok()).collect())
}
