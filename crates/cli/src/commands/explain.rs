//! `opnote explain`: what an id or a code means.

use std::process::ExitCode;

use opnote::explain::catalog::Explanation;

use crate::args::{self, Explain};
use crate::failure::Failure;
use crate::output::Output;
use crate::render::excerpt::shown;
use crate::render::text::{Style, put, wrapped};

/// Prints every meaning of the words.
pub(crate) fn run(args: &Explain) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon(args.lexicon.as_deref())?;
    let question = args.words.join(" ");
    let entries = lexicon.look_up(&question);
    if entries.is_empty() {
        let failure = Failure::usage(format!("no id or code \"{}\"", shown(&question)));
        let near = lexicon.nearest(&question);
        return Err(match near.as_slice() {
            [] => failure.hint(
                "any id that a result names can be explained, and any code of the tables; opnote find looks for codes by \
                 facts in plain words",
            ),
            near => failure.hint(format!("did you mean {}?", near.join(", "))),
        });
    }
    let style = Style::for_stdout();
    let mut output = Output::new();
    for (index, it) in entries.iter().enumerate() {
        let gap = if index > 0 { "\n" } else { "" };
        output.put(format!("{gap}{}", render(it, &style)).as_bytes())?;
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn render(entry: &Explanation, style: &Style) -> String {
    let Style { strong, dim, .. } = style;
    let mut out = format!("{strong}{}{strong:#}  {dim}{}{dim:#}\n", entry.id, entry.kind);
    out.push_str(&wrapped(&entry.about, "  "));
    let column = entry.lines.iter().map(|it| it.0.len()).max().unwrap_or(0);
    let mut before = "";
    for (label, text) in &entry.lines {
        let shown = if *label == before { "" } else { label };
        let indent = " ".repeat(column + 4);
        put(&mut out, format_args!("  {dim}{shown:column$}{dim:#}  {}", wrapped(text, &indent).trim_start()));
        before = label;
    }
    out
}
