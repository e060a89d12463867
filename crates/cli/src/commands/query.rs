//! `opnote query`: the questions to the provider, as text, Markdown or JSON lines.

use std::ops::ControlFlow;
use std::process::ExitCode;

use opnote_review::query::{Draft, drafts};

use crate::analysis::analyze_incoming;
use crate::args::{self, Query, QueryFormat};
use crate::batch::Batch;
use crate::failure::{Failure, UNREAD};
use crate::inputs::inputs;
use crate::messages;
use crate::output::Output;
use crate::remarks::{Read, Remarks, each};
use crate::render::excerpt::shown;
use crate::render::text::{Style, put, wrapped};

/// What every draft ends with.
const CLOSING: &str = "Please answer from your own knowledge of the procedure, as a dated and signed addendum to the \
                       note. No particular answer is expected.";

/// Reads notes and writes the questions that they leave open.
pub(crate) fn run(args: Query) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon(args.notes.lexicon.as_deref())?;
    let batch = Batch::new(args.notes.threads).map_err(Failure::usage)?;
    let (date, format, style) = (args.notes.date, args.format, Style::for_stdout());
    let work = |input| {
        each(input, |it| {
            let analysis = analyze_incoming(it, date, lexicon);
            drafts(&it.note, &analysis, lexicon)
        })
    };
    let mut output = Output::new();
    let (mut notes, mut questions, mut lost) = (0, 0, false);
    let mut failure = None;
    let mut remarks = Remarks::default();
    let reading = args.notes.reading();
    let end = batch.run(inputs(args.notes.paths, reading), work, |results| {
        for drafts in results.into_iter().filter_map(|it: Read<Vec<Draft>>| remarks.take(it, &mut lost)) {
            notes += 1;
            for it in &drafts {
                let gap = if questions > 0 && format != QueryFormat::Jsonl { "\n" } else { "" };
                questions += 1;
                if let Err(it) = output.put(format!("{gap}{}", written(it, format, &style)).as_bytes()) {
                    failure = Some(it);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    });
    if let Some(it) = failure {
        return Err(it);
    }
    end.map_err(Failure::input)?;
    output.finish()?;
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    messages::note(format_args!("{notes} note{}: {questions} question{}", plural(notes), plural(questions)));
    Ok(if lost { UNREAD.into() } else { ExitCode::SUCCESS })
}

fn written(draft: &Draft, format: QueryFormat, style: &Style) -> String {
    match format {
        QueryFormat::Text => text(draft, style),
        QueryFormat::Markdown => markdown(draft),
        // A draft serializes: it is text and numbers.
        QueryFormat::Jsonl => serde_json::to_string(draft).unwrap_or_default() + "\n",
    }
}

fn text(draft: &Draft, style: &Style) -> String {
    let Style { strong, dim, .. } = style;
    let mut out =
        format!("{strong}{}{strong:#}  {}  {dim}({}){dim:#}\n", shown(&draft.note), draft.procedure, draft.finding);
    if !draft.quotes.is_empty() {
        out.push_str("\n    The note says\n");
        for it in &draft.quotes {
            put(&mut out, format_args!("      line {}: \"{}\"\n", it.line, shown(&it.text)));
        }
    }
    if !draft.searched.is_empty() {
        put(&mut out, format_args!("\n    Not found in {}\n", lines(draft)));
    }
    put(&mut out, format_args!("\n{strong}{}{strong:#}", wrapped(&draft.question, "    ")));
    for it in &draft.choices {
        put(&mut out, format_args!("      [ ] {it}\n"));
    }
    put(&mut out, format_args!("\n{dim}{}{dim:#}", wrapped(CLOSING, "    ")));
    if draft.second_look {
        put(&mut out, format_args!("{dim}    A second coder may resolve this without a query.{dim:#}\n"));
    }
    out
}

fn markdown(draft: &Draft) -> String {
    let mut out = format!("## {}: {}\n", escaped(&draft.note), draft.procedure);
    if !draft.quotes.is_empty() {
        out.push_str("\nThe note says:\n\n");
        for it in &draft.quotes {
            put(&mut out, format_args!("> line {}: {}\n", it.line, escaped(&it.text)));
        }
    }
    if !draft.searched.is_empty() {
        put(&mut out, format_args!("\nNot found in {}.\n", lines(draft)));
    }
    put(&mut out, format_args!("\n**{}**\n\n", draft.question));
    for it in &draft.choices {
        put(&mut out, format_args!("- [ ] {it}\n"));
    }
    put(&mut out, format_args!("\n{CLOSING}\n"));
    out
}

/// Words of a note in Markdown: signs that would be read as format are set off.
fn escaped(words: &str) -> String {
    let mut out = String::new();
    for it in words.chars() {
        if matches!(it, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~') {
            out.push('\\');
        }
        out.push(it);
    }
    out
}

/// `lines 3-9 and 12`.
fn lines(draft: &Draft) -> String {
    let range = |[first, last]: &[usize; 2]| if first == last { first.to_string() } else { format!("{first}-{last}") };
    let parts: Vec<String> = draft.searched.iter().map(range).collect();
    format!("line{} {}", if parts.len() == 1 && !parts[0].contains('-') { "" } else { "s" }, parts.join(", "))
}
