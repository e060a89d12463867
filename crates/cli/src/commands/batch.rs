//! `opnote batch`: a run over many inputs whose results lie in parts, and which can be stopped and resumed.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::thread;

use jiff::civil::Date;
use opnote::Lexicon;
use opnote::report::report;
use serde::Serialize;

use crate::analysis::{add_source, analyze_incoming};
use crate::args::{self, Batch, Only};
use crate::batch::{Batch as Workers, End};
use crate::failure::{Failure, UNREAD};
use crate::inputs::{Input, Left, Remark, inputs, is_file_or_folder, parsed};
use crate::remarks::Remarks;
use crate::run::files::input_files;
use crate::run::log::{Header, RunLog, begin, digest_of};
use crate::run::meter::Meter;
use crate::run::part::Whole;
use crate::run::tally::{Tally, disposition};
use crate::{guard, messages};

/// What became of one input, or of one note of it.
enum Row {
    /// A note: its line, if it was asked for, and what there is to say about it.
    Result { line: Option<String>, tally: Tally, id: String, place: String, notices: Vec<Remark> },
    /// Could not be read or worked.
    Error(String),
    /// No note of a known kind.
    Left(Left),
}

/// A line for an input without a result.
#[derive(Serialize)]
struct ErrorRow<'a> {
    schema: u32,
    error: &'a str,
}

/// The part that is being written.
struct Open {
    file: Whole,
    inputs: u64,
    rows: u64,
    tally: Tally,
}

/// Reads all notes and writes their results part by part.
pub(crate) fn run(args: &Batch) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon_for(args.notes.lexicon.as_deref(), args.profile)?;
    check(args)?;
    let files = input_files(&args.notes.paths);
    let header = Header {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lexicon: lexicon.fingerprint.clone(),
        options: options(args),
        inputs: digest_of(&files),
    };
    let mut log = RunLog::open(&args.out, header, &files, args.resume)?;
    if !log.ended {
        work_all(args, lexicon, &mut log, files.iter().map(|it| it.notes_at_most).sum())?;
    }
    let tally = log.tally();
    messages::note(tally.summary(files.len()));
    Ok(if tally.errors > 0 { UNREAD.into() } else { ExitCode::SUCCESS })
}

/// A run reads files, so that it can be resumed, and never its own results.
fn check(args: &Batch) -> Result<(), Failure> {
    if args.notes.paths.iter().any(|it| it == Path::new("-") || !is_file_or_folder(it)) {
        let said = "standard input and pipes cannot be read again after a stop";
        return Err(Failure::usage(said).hint("name files or folders, or use `opnote code`"));
    }
    let absolute = |it: &Path| it.canonicalize().or_else(|_| std::path::absolute(it)).unwrap_or_else(|_| it.to_owned());
    let out = absolute(&args.out);
    match args.notes.paths.iter().find(|it| out.starts_with(absolute(it))) {
        Some(it) => {
            let said = format!("{} lies in {}, which is read", args.out.display(), it.display());
            Err(Failure::usage(said).hint("name a folder outside of the inputs"))
        }
        None => Ok(()),
    }
}

/// The options that change results, by name.
fn options(args: &Batch) -> BTreeMap<String, String> {
    let notes = &args.notes;
    let columns = [
        ("input-format", &notes.input_format),
        ("id-column", &notes.id_column),
        ("text-column", &notes.text_column),
        ("date-column", &notes.date_column),
        ("billed-column", &notes.billed_column),
    ];
    let mut options: BTreeMap<String, String> =
        columns.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect();
    options.extend(notes.date.map(|it| ("date".to_owned(), it.to_string())));
    options.extend(notes.day_first.then(|| ("day-first".to_owned(), "yes".to_owned())));
    options.insert("max-note-bytes".to_owned(), notes.max_note_bytes.to_string());
    options.insert("part-size".to_owned(), args.part_size.to_string());
    options.insert("profile".to_owned(), args.profile.name().to_owned());
    let only: Vec<&str> = args.only.iter().map(|it| it.name()).collect();
    if !only.is_empty() {
        options.insert("only".to_owned(), only.join(","));
    }
    options
}

fn work_all(args: &Batch, lexicon: &'static Lexicon, log: &mut RunLog, expected: u64) -> Result<(), Failure> {
    let workers = Workers::new(args.notes.threads).map_err(Failure::usage)?;
    let mut total = log.tally();
    let mut meter = Meter::new(expected, total.notes);
    let mut remarks = Remarks::default();
    let mut failure = None;
    let (date, only) = (args.notes.date, args.only.clone());
    let done = usize::try_from(log.inputs()).unwrap_or(usize::MAX);
    let todo = inputs(args.notes.paths.clone(), args.notes.reading()).skip(done);
    let work = |input| parsed(input).into_iter().map(|it| row(it, date, &only, lexicon)).collect::<Vec<_>>();
    let mut next = log.parts.len() as u64 + 1;
    let (sender, full) = sync_channel::<Open>(1);
    let kept = thread::scope(|scope| {
        // Waiting for the disk would keep the workers waiting.
        let keeper =
            scope.spawn(|| full.into_iter().try_for_each(|it| log.keep(it.file, it.inputs, it.rows, it.tally)));
        let mut part: Option<Open> = None;
        let end = workers.run(todo, work, |rows| {
            let step = || -> Result<(), Failure> {
                let mut open = match part.take() {
                    Some(it) => it,
                    None => Open { file: begin(&args.out, next)?, inputs: 0, rows: 0, tally: Tally::default() },
                };
                take(rows, &mut open, &mut total, &mut remarks, &meter)?;
                if open.inputs < args.part_size {
                    part = Some(open);
                    return Ok(());
                }
                next += 1;
                sender.send(open).map_err(|_| Failure::output(io::Error::other("a part could not be kept")))
            };
            let done = step();
            let query = total.dispositions.get("query").copied().unwrap_or(0);
            meter.show(total.notes, query, total.errors);
            match done {
                Ok(()) => ControlFlow::Continue(()),
                Err(it) => {
                    failure = Some(it);
                    ControlFlow::Break(())
                }
            }
        });
        if let (Ok(End::Complete), Some(it)) = (&end, part) {
            // A keeper that has failed says why.
            let _ = sender.send(it);
        }
        drop(sender);
        let kept = keeper.join().unwrap_or_else(|_| Err(Failure::output(io::Error::other("a part could not be kept"))));
        kept.map(|()| end)
    });
    drop(meter);
    let end = kept?;
    if let Some(it) = failure {
        return Err(it);
    }
    end.map_err(Failure::input)?;
    log.end()
}

/// Writes the rows of one input.
fn take(
    rows: Vec<Row>,
    open: &mut Open,
    total: &mut Tally,
    remarks: &mut Remarks,
    meter: &Meter,
) -> Result<(), Failure> {
    open.inputs += 1;
    for it in rows {
        let mut own = Tally::default();
        let line = match it {
            Row::Result { line, tally, id, place, notices } => {
                own = tally;
                let repeated = remarks.is_repeated(&id);
                meter.aside(notices.is_empty() && !repeated, || {
                    remarks.say(&place, &notices);
                    if repeated {
                        messages::warning(format_args!("{place}: duplicate note id; both kept"));
                    }
                });
                line
            }
            Row::Error(message) => {
                own.errors = 1;
                meter.aside(false, || messages::error(&message));
                Some(error_line(&message))
            }
            Row::Left(it) => {
                own.skip(&it.reason);
                meter.aside(false, || Remarks::left(&it));
                // What may be a note that cannot be read must not be missing.
                own.errors = u64::from(it.unread);
                it.unread.then(|| error_line(&it.message))
            }
        };
        open.tally.add(&own);
        total.add(&own);
        if let Some(line) = line {
            open.rows += 1;
            open.file.write_all(line.as_bytes()).map_err(Failure::output)?;
        }
    }
    Ok(())
}

fn error_line(message: &str) -> String {
    let row = ErrorRow { schema: opnote::report::SCHEMA, error: message };
    // A row serializes: it is text and a number.
    serde_json::to_string(&row).unwrap_or_default() + "\n"
}

fn row(input: Input, date: Option<Date>, only: &[Only], lexicon: &Lexicon) -> Row {
    let mut incoming = match input {
        Input::Note(it) => it,
        Input::Fault(it) => return Row::Error(it),
        Input::Skipped(it) => return Row::Left(it),
        Input::Empty(it) => {
            let reason = "holds no notes".to_owned();
            return Row::Left(Left { message: format!("{it}: {reason}"), reason, unread: false });
        }
        // It was parsed before.
        Input::Pending(_) => return Row::Error("internal error; a document was not read".to_owned()),
    };
    let done = guard::guarded(|| {
        let analysis = analyze_incoming(&mut incoming, date, lexicon);
        let mut report = report(&incoming.note, &analysis, lexicon);
        add_source(&mut report, &incoming);
        let wanted = only.is_empty() || only.iter().any(|it| it.name() == disposition(&report));
        // A report serializes: it holds no maps with keys other than text and no fallible parts.
        let line = wanted.then(|| serde_json::to_string(&report).unwrap_or_default() + "\n");
        (line, Tally::of(&report))
    });
    match done {
        Ok((line, tally)) => {
            Row::Result { line, tally, id: incoming.note.id, place: incoming.place, notices: incoming.notices }
        }
        Err(at) => Row::Error(format!("{}: internal error at {at}; this note has no result", incoming.place)),
    }
}
