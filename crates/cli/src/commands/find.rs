//! `opnote find`: codes by the facts in a question, best first.

use std::process::ExitCode;

use opnote::explain::find::{CodeSearch, Match, find};

use crate::args::{self, Find};
use crate::failure::Failure;
use crate::messages;
use crate::output::Output;
use crate::render::excerpt::shown;
use crate::render::text::{Style, put, wrapped};

/// Answers the question.
pub(crate) fn run(args: &Find) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon(args.lexicon.as_deref())?;
    let question = args.question.join(" ");
    let answer = find(&question, args.date, lexicon);
    let text = if args.json {
        serde_json::to_string_pretty(&answer).map_err(Failure::output)? + "\n"
    } else {
        render(&answer, &Style::for_stdout())
    };
    let mut output = Output::new();
    output.put(text.as_bytes())?;
    output.finish()?;
    if answer.matches.is_empty() {
        if !lexicon.look_up(&question).is_empty() {
            messages::hint(format_args!("opnote explain {} says what it means", shown(&question)));
        }
        messages::hint("name an act, a region, an approach, imaging or a catheter: cervical epidural with fluoroscopy");
    }
    Ok(ExitCode::SUCCESS)
}

fn render(answer: &CodeSearch, style: &Style) -> String {
    let Style { strong, dim, .. } = style;
    let mut out = String::new();
    for it in &answer.facts {
        let words = shown(&it.words);
        put(&mut out, format_args!("{dim}{:8}{dim:#}  {}  {dim}\"{words}\"{dim:#}\n", it.slot, in_words(&it.value)));
    }
    if answer.matches.is_empty() {
        out.push_str("no code of the tables fits\n");
        return out;
    }
    out.push('\n');
    for it in &answer.matches {
        let how = how(it);
        let gap = if how.is_empty() { "" } else { "  " };
        let line = wrapped(&format!("{}  {}{gap}{how}", it.code, it.family), "       ");
        let rest = line.trim_start().strip_prefix(it.code.as_str()).unwrap_or_default();
        put(&mut out, format_args!("{strong}{}{strong:#} {rest}", it.code));
    }
    if !answer.corrected.is_empty() {
        let pairs: Vec<String> =
            answer.corrected.iter().map(|it| format!("\"{}\" as \"{}\"", shown(&it.0), shown(&it.1))).collect();
        put(&mut out, format_args!("\n{dim}read {}{dim:#}\n", pairs.join(", ")));
    }
    if !answer.open.is_empty() {
        out.push_str("\nWhat would separate the first:\n");
    }
    for it in &answer.open {
        for (values, codes) in &it.choices {
            let values = choice(values);
            put(&mut out, format_args!("  {} {values}  {strong}{}{strong:#}\n", it.slot, codes.join(", ")));
        }
    }
    if let Some(first) = answer.matches.first() {
        put(&mut out, format_args!("\n{dim}opnote explain {} says what a code needs{dim:#}\n", first.code));
    }
    out
}

/// What fits, what does not, and what is open.
fn how(it: &Match) -> String {
    let mut parts = Vec::new();
    if !it.fits.is_empty() {
        parts.push(format!("fits {}", it.fits.join(", ")));
    }
    for (slot, values) in &it.differs {
        parts.push(format!("only if {slot} were {}", choice(values)));
    }
    if !it.open.is_empty() {
        let open = it.open.iter().map(|(slot, values)| format!("{slot} ({})", choice(values)));
        parts.push(format!("open {}", open.collect::<Vec<_>>().join(", ")));
    }
    if !it.add_on_to.is_empty() {
        parts.push(format!("beside {}", it.add_on_to.join(" or ")));
    }
    parts.join("; ")
}

/// Values as people say them, a long list cut short.
fn choice(values: &[String]) -> String {
    const SHOWN: usize = 4;
    let more = values.len().saturating_sub(SHOWN);
    let text = values.iter().take(SHOWN).map(|it| in_words(it)).collect::<Vec<_>>().join(" or ");
    if more > 0 { format!("{text} or {more} others") } else { text }
}

fn in_words(value: &str) -> String {
    match (value.strip_prefix(">="), value.split_once("..")) {
        (Some(least), _) => format!("{least} or more"),
        (_, Some((from, to))) => format!("{from} to {to}"),
        _ => value
            .replace("cervical_thoracic", "cervical/thoracic")
            .replace("lumbar_sacral", "lumbar/sacral")
            .replace('_', " "),
    }
}
