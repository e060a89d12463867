//! `opnote code`: notes in, results out in the order of the input, remarks on standard error.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::process::ExitCode;

use jiff::civil::Date;
use opnote::Lexicon;
use opnote::explain::rejected::rejected;
use opnote::explain::statements::{scores, statements};
use opnote::report::{Report, report};
use opnote_parquet::Table;
use serde_json::Value;

use super::reviewer;
use crate::analysis::{add_source, analyze_incoming};
use crate::args::{self, Code, FailOn, Format, Only};
use crate::batch::Batch;
use crate::failure::{FAILED_ON, Failure, UNREAD};
use crate::inputs::{Incoming, Input, Left, inputs, parsed};
use crate::output::Output;
use crate::progress::Progress;
use crate::remarks::Remarks;
use crate::render::text::{Style, put};
use crate::render::workbook::Worklist;
use crate::render::{brief, fhir, parquet, sarif, table, text};
use crate::run::tally::disposition;
use crate::{guard, messages};

/// Reads all notes and writes their results.
pub(crate) fn run(args: Code) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon_for(args.notes.lexicon.as_deref(), args.profile)?;
    let batch = Batch::new(args.notes.threads).map_err(Failure::usage)?;
    if args.policy.iter().any(|it| it == "list") {
        return reviewer::list(lexicon);
    }
    let asked = reviewer::Asked::new(&args, lexicon)?;
    if args.format.is_binary() && args.output.is_none() {
        let said = "workbooks and Parquet files are not for standard output";
        return Err(Failure::usage(said).hint("--output FILE names a file"));
    }
    if args.brief && args.format != Format::Text {
        return Err(Failure::usage("--brief is for --format text").hint("--only and --format csv make tables short"));
    }
    refuse_unused(&args)?;
    let writer = Writer {
        format: args.format,
        brief: args.brief,
        only: args.only.clone(),
        style: if args.output.is_some() { Style::plain() } else { Style::for_stdout() },
        lexicon,
        asked,
        why: args.why,
        statements: args.statements,
    };
    let date = args.notes.date;
    let mut sink = Sink::new(args.format, Output::to(args.output.as_deref())?)?;
    sink.put(writer.opening().as_bytes())?;
    let mut tally = Tally::default();
    let mut remarks = Remarks::default();
    let mut progress = Progress::new();
    let mut failure = None;
    let reading = args.notes.reading();
    let work = |input| parsed(input).into_iter().map(|it| work(it, date, &writer)).collect::<Vec<_>>();
    let end = batch.run(inputs(args.notes.paths, reading), work, |all| {
        for worked in all {
            progress.advance();
            let repeated = worked.note().is_some_and(|it| remarks.is_repeated(&it.note.id));
            let quiet = !repeated && worked.note().is_some_and(|it| it.notices.is_empty());
            let taken = progress.aside(quiet, || take(worked, repeated, &mut tally, &mut remarks, &writer, &mut sink));
            if let Err(it) = taken {
                failure = Some(it);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    drop(progress);
    if let Some(it) = failure {
        return Err(it);
    }
    end.map_err(Failure::input)?;
    sink.put(writer.closing(&tally).as_bytes())?;
    sink.finish()?;
    remarks.finish();
    messages::note(tally.summary());
    Ok(tally.exit_code(args.fail_on))
}

/// Refuses options that the format has no place for.
fn refuse_unused(args: &Code) -> Result<(), Failure> {
    let table = matches!(args.format, Format::Csv | Format::Xlsx | Format::Parquet);
    let asked = [
        ("--checklist", args.checklist.is_some()),
        ("--policy", !args.policy.is_empty()),
        ("--why", args.why),
        ("--statements", args.statements),
    ];
    match asked.into_iter().find(|it| it.1) {
        Some((option, _)) if table => {
            Err(Failure::usage(format!("{option} has no place in a table"))
                .hint("--format text, json or jsonl holds it"))
        }
        Some((option, _)) if args.brief => {
            Err(Failure::usage(format!("{option} has no place in one line a note")).hint("leave out --brief"))
        }
        _ => Ok(()),
    }
}

/// What became of one input.
enum Worked {
    /// A note, its result as written, and the count of its proposals.
    Result { incoming: Box<Incoming>, dated: bool, result: Made, proposals: Counts, rules: BTreeSet<String> },
    /// Something that could not be read or worked: where, and what.
    Lost(String),
    /// No note of a known kind.
    Left(Left),
    /// A source without notes.
    Empty(String),
}

/// A result as it goes out.
enum Made {
    /// As text.
    Bytes(Vec<u8>),
    /// For a workbook, which is written by one thread.
    Report(Box<Report>),
    /// For a Parquet file.
    Row(Box<Value>),
    /// Not asked for.
    Nothing,
}

impl Worked {
    fn note(&self) -> Option<&Incoming> {
        match self {
            Worked::Result { incoming, .. } => Some(incoming),
            _ => None,
        }
    }
}

fn work(input: Input, date: Option<Date>, writer: &Writer) -> Worked {
    let mut incoming = match input {
        Input::Note(it) => it,
        Input::Fault(it) => return Worked::Lost(it),
        Input::Skipped(it) => return Worked::Left(it),
        Input::Empty(it) => return Worked::Empty(it),
        // It was parsed before.
        Input::Pending(_) => return Worked::Lost("internal error; a document was not read".to_owned()),
    };
    let done = guard::guarded(|| {
        let analysis = analyze_incoming(&mut incoming, date, writer.lexicon);
        let mut report = report(&incoming.note, &analysis, writer.lexicon);
        writer.asked.add(&mut report, &incoming.note, &analysis);
        if writer.why {
            report.why_not = Some(rejected(&incoming.note, &report, writer.lexicon));
        }
        if writer.statements {
            report.statements = Some(statements(&incoming.note, writer.lexicon));
            report.scores = Some(scores(&analysis, writer.lexicon));
        }
        add_source(&mut report, &incoming);
        let dated = report.note.service_date.is_some();
        let proposals = Counts::of(&report);
        let rules = if writer.format == Format::Sarif { sarif::rules(&report) } else { BTreeSet::new() };
        (writer.made(report, &incoming), proposals, dated, rules)
    });
    match done {
        Ok((result, proposals, dated, rules)) => Worked::Result { incoming, dated, result, proposals, rules },
        Err(at) => Worked::Lost(format!("{}: internal error at {at}; this note has no result", incoming.place)),
    }
}

/// Writes a result and says what there is to say about its note.
fn take(
    worked: Worked,
    repeated: bool,
    tally: &mut Tally,
    remarks: &mut Remarks,
    writer: &Writer,
    sink: &mut Sink,
) -> Result<(), Failure> {
    match worked {
        Worked::Result { incoming, dated, result, proposals, rules } => {
            remarks.say(&incoming.place, &incoming.notices);
            if repeated {
                messages::warning(format_args!("{}: duplicate note id; both kept", incoming.place));
            }
            // Said once at the end, and only where the day may have changed a code.
            if !dated && (incoming.source.is_some() || proposals.total() > 0) {
                remarks.undated();
            }
            tally.add(&proposals);
            tally.rules.extend(rules);
            if let Made::Bytes(bytes) = &result {
                // A note without findings is no result of SARIF.
                if bytes.is_empty() {
                    return Ok(());
                }
                sink.put(writer.between(tally, bytes).as_bytes())?;
                tally.spacious = is_spacious(bytes);
                tally.written += 1;
            }
            sink.take(result, writer.lexicon)?;
        }
        Worked::Lost(message) => {
            messages::error(message);
            tally.lost += 1;
        }
        Worked::Left(it) => {
            if Remarks::left(&it) {
                tally.lost += 1;
            } else {
                tally.skipped += 1;
            }
        }
        Worked::Empty(place) => messages::warning(format_args!("{place}: holds no notes")),
    }
    Ok(())
}

/// Where results go, in the way of their format.
enum Sink {
    /// One after the other.
    Stream(Output),
    /// A workbook, written at the end.
    Workbook(Output, Box<Worklist>),
    /// A Parquet file.
    Table(Box<Table<Output>>),
}

impl Sink {
    fn new(format: Format, output: Output) -> Result<Sink, Failure> {
        Ok(match format {
            Format::Xlsx => Sink::Workbook(output, Box::new(Worklist::new().map_err(Failure::output)?)),
            Format::Parquet => Sink::Table(Box::new(Table::new(output, &parquet::schema()).map_err(Failure::output)?)),
            _ => Sink::Stream(output),
        })
    }

    /// Writes text that belongs to no note.
    fn put(&mut self, text: &[u8]) -> Result<(), Failure> {
        match self {
            Sink::Stream(output) => output.put(text),
            Sink::Workbook(..) | Sink::Table(_) => Ok(()),
        }
    }

    fn take(&mut self, made: Made, lexicon: &Lexicon) -> Result<(), Failure> {
        match (self, made) {
            (Sink::Stream(output), Made::Bytes(bytes)) => output.put(&bytes),
            (Sink::Workbook(_, worklist), Made::Report(report)) => {
                worklist.add(&report, lexicon).map_err(Failure::output)
            }
            (Sink::Table(table), Made::Row(row)) => table.push(&row).map_err(Failure::output),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Sink::Stream(mut output) => output.finish(),
            Sink::Workbook(mut output, worklist) => {
                output.put(&worklist.finish().map_err(Failure::output)?)?;
                output.finish()
            }
            Sink::Table(table) => table.finish().map_err(Failure::output)?.finish(),
        }
    }
}

/// Results as bytes.
struct Writer {
    format: Format,
    style: Style,
    lexicon: &'static Lexicon,
    asked: reviewer::Asked,
    /// Whether to say what was rejected.
    why: bool,
    /// Whether to print the table of statements.
    statements: bool,
    /// Whether text is one line a note.
    brief: bool,
    /// The dispositions of the notes that are written; all if none is named.
    only: Vec<Only>,
}

impl Writer {
    fn opening(&self) -> String {
        match self.format {
            Format::Json => "[".to_owned(),
            Format::Csv => table::header(),
            Format::Sarif => sarif::OPENING.to_owned(),
            Format::Text | Format::Jsonl | Format::Fhir | Format::Xlsx | Format::Parquet => String::new(),
        }
    }

    /// The result as it goes out, if its note was asked for.
    fn made(&self, report: Report, incoming: &Incoming) -> Made {
        let wanted = self.only.is_empty() || self.only.iter().any(|it| it.name() == disposition(&report));
        match self.format {
            _ if !wanted => Made::Nothing,
            Format::Xlsx => Made::Report(Box::new(report)),
            Format::Parquet => Made::Row(Box::new(parquet::row(&report, self.lexicon))),
            _ => Made::Bytes(self.result(&report, incoming)),
        }
    }

    /// What stands before a result. In text, short results stand together.
    fn between(&self, before: &Tally, result: &[u8]) -> &'static str {
        match (self.format, before.written) {
            (Format::Json | Format::Sarif, 0) => "\n",
            (Format::Json | Format::Sarif, _) => ",\n",
            (Format::Text, 1..) if before.spacious || is_spacious(result) => "\n",
            _ => "",
        }
    }

    fn closing(&self, tally: &Tally) -> String {
        match (self.format, tally.written) {
            (Format::Json, 0) => "]\n".to_owned(),
            (Format::Json, _) => "\n]\n".to_owned(),
            (Format::Sarif, _) => sarif::closing(&tally.rules, self.lexicon),
            _ => String::new(),
        }
    }

    fn result(&self, report: &Report, incoming: &Incoming) -> Vec<u8> {
        let note = incoming.note.text.as_str();
        let text = match self.format {
            Format::Text if self.brief => brief::render(report, self.lexicon, &self.style),
            Format::Text => {
                let rows = report.statements.as_deref().zip(report.scores.as_deref());
                let table = rows.map(|(rows, scores)| crate::render::statements::render(rows, scores, note));
                text::render(report, note, self.lexicon, &self.style) + &table.unwrap_or_default()
            }
            Format::Csv => table::rows(report, self.lexicon),
            // A report serializes: it holds no maps with keys other than text and no fallible parts.
            Format::Json => indented(&serde_json::to_string_pretty(report).unwrap_or_default()),
            Format::Jsonl => serde_json::to_string(report).unwrap_or_default() + "\n",
            Format::Fhir => fhir::render(report, note, self.lexicon),
            Format::Sarif => sarif::results(report, incoming, self.lexicon),
            // They are made of rows, not of bytes.
            Format::Xlsx | Format::Parquet => String::new(),
        };
        text.into_bytes()
    }
}

/// Whether a result has more than one paragraph.
fn is_spacious(result: &[u8]) -> bool {
    result.windows(2).any(|it| it == b"\n\n")
}

/// Every line two spaces to the right: an element of the array.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|it| format!("  {it}")).collect();
    lines.join("\n")
}

/// How many proposals there are of each disposition.
#[derive(Default)]
struct Counts {
    ready: usize,
    review: usize,
    query: usize,
}

impl Counts {
    fn of(report: &Report) -> Counts {
        let count = |name: &str| report.proposals.iter().filter(|it| it.disposition == name).count();
        Counts { ready: count("ready"), review: count("review"), query: count("query") }
    }

    fn total(&self) -> usize {
        self.ready + self.review + self.query
    }
}

/// The counts of a run.
#[derive(Default)]
struct Tally {
    notes: usize,
    without: usize,
    lost: usize,
    /// Inputs that are no notes.
    skipped: usize,
    proposals: Counts,
    /// Results that were written.
    written: usize,
    /// Whether the last result had more than one paragraph.
    spacious: bool,
    /// Rules that the results of SARIF name.
    rules: BTreeSet<String>,
}

impl Tally {
    fn add(&mut self, note: &Counts) {
        self.notes += 1;
        self.without += usize::from(note.total() == 0);
        self.proposals.ready += note.ready;
        self.proposals.review += note.review;
        self.proposals.query += note.query;
    }

    fn summary(&self) -> String {
        let Counts { ready, review, query } = self.proposals;
        let counted = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let mut text = format!(
            "{}: {} ({ready} ready, {review} review, {query} query), {} without a code",
            counted(self.notes, "note"),
            counted(self.proposals.total(), "proposal"),
            counted(self.without, "note"),
        );
        if self.skipped > 0 {
            put(&mut text, format_args!("; {} skipped", counted(self.skipped, "input")));
        }
        if self.lost > 0 {
            put(&mut text, format_args!("; {} could not be read", counted(self.lost, "input")));
        }
        text
    }

    fn exit_code(&self, fail_on: Option<FailOn>) -> ExitCode {
        let bad = match fail_on {
            Some(FailOn::Query) => self.proposals.query,
            Some(FailOn::Review) => self.proposals.query + self.proposals.review,
            None => 0,
        };
        match (self.lost, bad) {
            (1.., _) => UNREAD.into(),
            (0, 1..) => FAILED_ON.into(),
            (0, 0) => ExitCode::SUCCESS,
        }
    }
}
