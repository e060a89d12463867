//! `opnote evaluate`: accuracy, calibration and confusion on labelled notes.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::process::ExitCode;

use comfy_table::{Cell, CellAlignment, Table, presets};
use opnote::Lexicon;
use opnote::batch::{Batch, analyze_dated};
use opnote::evaluate::{Evaluation, evaluate, interval, read_labels, share};
use opnote::report::{Report, report};

use crate::args::{self, Evaluate, Notes};
use crate::failure::{Failure, UNREAD};
use crate::inputs::{Input, inputs, io_fault};
use crate::output::Output;
use crate::text::{put, wrapped};
use crate::{guard, messages};

/// The family whose codes are scored.
const FAMILY: &str = "neuraxial_injection";

/// Reads labels and notes, and prints the figures.
pub(crate) fn run(args: Evaluate) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon(args.notes.lexicon.as_deref())?;
    let gold = fs::read_to_string(&args.gold).map_err(|it| Failure::usage(io_fault(&args.gold, it)))?;
    let labels = read_labels(&gold, &args.gold.display().to_string()).map_err(Failure::usage)?;
    let codes: BTreeSet<String> = lexicon.family_codes(FAMILY);
    let (reports, lost) = reports(args.notes, lexicon, str::to_owned)?;
    let evaluation = evaluate(&reports, &labels, &codes);
    let text = if args.json {
        serde_json::to_string_pretty(&evaluation).map_err(Failure::output)? + "\n"
    } else {
        render(&evaluation)
    };
    let mut output = Output::new();
    output.put(text.as_bytes())?;
    output.finish()?;
    if evaluation.labels_without_note > 0 {
        messages::warning(format_args!("{} labels have no note among those read", evaluation.labels_without_note));
    }
    Ok(if lost { UNREAD.into() } else { ExitCode::SUCCESS })
}

/// The results of all notes, each with its text changed first, and whether something could not be read.
pub(crate) fn reports(
    notes: Notes,
    lexicon: &'static Lexicon,
    change: impl Fn(&str) -> String + Sync,
) -> Result<(Vec<Report>, bool), Failure> {
    let (mut reports, mut lost) = (Vec::new(), false);
    let date = notes.date;
    let work = |input| match input {
        Input::Note(mut it, _) => guard::guarded(|| {
            it.note.text = change(&it.note.text);
            let analysis = analyze_dated(&mut it.note, date, lexicon);
            report(&it.note, &analysis, lexicon)
        })
        .map_err(|at| format!("{}: internal error at {at}", it.place)),
        Input::Fault(it) => Err(it.to_string()),
        Input::Empty(it) => Err(format!("{it}: holds no notes")),
    };
    let batch = Batch::new(notes.threads).map_err(Failure::usage)?;
    let end = batch.run(inputs(notes.paths, notes.max_note_bytes), work, |result| {
        match result {
            Ok(it) => reports.push(it),
            Err(message) => {
                messages::error(message);
                lost = true;
            }
        }
        ControlFlow::Continue(())
    });
    end.map_err(Failure::input)?;
    Ok((reports, lost))
}

fn render(evaluation: &Evaluation) -> String {
    let mut out = format!("{} notes\n\n", evaluation.notes);
    put(&mut out, format_args!("{}\n", rates(evaluation)));
    let lists = [("injectate", evaluation.injectate), ("codes of other families", evaluation.neighbors)];
    for (name, it) in lists {
        let (precision, recall) = (it.precision(), it.recall());
        put(&mut out, format_args!("{name}: precision {precision:.3}, recall {recall:.3}, F1 {:.3}\n", it.f1()));
    }
    if let Some(it) = &evaluation.calibration {
        let (ece, brier) = (it.ece, it.brier);
        put(&mut out, format_args!("confidence: ECE {ece:.4}, Brier {brier:.4} over {} proposals\n", it.proposals));
    }
    put(&mut out, format_args!("\n{}\n", confusion(evaluation)));
    for it in &evaluation.failures {
        let why = if it.why.is_empty() { String::new() } else { format!(" [{}: {}]", it.certainty, it.why) };
        let line = format!("{}  {}: expected {}, got {}{why}", it.id, it.what, it.expected, it.got);
        let lines = wrapped(&line, "    ");
        out.push_str(lines.trim_start_matches(' '));
    }
    out
}

fn rates(evaluation: &Evaluation) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(["figure", "share", "of", "95% interval"]);
    for (name, rate) in evaluation.rates().into_iter().filter(|it| it.1.of > 0) {
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        table.add_row([
            Cell::new(name),
            right(share(rate)),
            right(format!("{}/{}", rate.hits, rate.of)),
            right(interval(rate)),
        ]);
    }
    table
}

/// Expected answers down, given answers across.
fn confusion(evaluation: &Evaluation) -> Table {
    let given: BTreeSet<&str> = evaluation.confusion.values().flat_map(|it| it.keys().map(String::as_str)).collect();
    let mut table = Table::new();
    let header = ["expected \\ given"].into_iter().chain(given.iter().copied());
    table.load_style(presets::ASCII_MARKDOWN).set_header(header);
    for (expected, row) in &evaluation.confusion {
        let counts = given.iter().map(|it| row.get(*it).map(ToString::to_string).unwrap_or_default());
        table.add_row(std::iter::once(expected.clone()).chain(counts));
    }
    table
}
