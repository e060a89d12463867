//! `opnote batch`: a run over many inputs whose results lie in parts, and which can be stopped and resumed.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::thread;

use jiff::civil::Date;
use opnote::report::report;
use opnote::{Analysis, Lexicon};

use crate::analysis::{add_source, analyze_incoming};
use crate::args::{self, Batch, Only, PartFormat};
use crate::batch::{Batch as Workers, End};
use crate::failure::{Failure, UNREAD};
use crate::inputs::{Incoming, Input, Left, Remark, inputs, is_file_or_folder, parsed};
use crate::remarks::Remarks;
use crate::run::files::input_files;
use crate::run::log::{Header, RunLog, digest_of};
use crate::run::meter::Meter;
use crate::run::rows::{PartFile, Rows, error_row, rows};
use crate::run::tally::{Summary, Tally, disposition};
use crate::{guard, messages};

/// What became of one input, or of one note of it.
enum Row {
    /// A note: its rows, if it was asked for, and what there is to say about it.
    Result { rows: Option<Rows>, tally: Box<Tally>, id: String, place: String, notices: Vec<Remark> },
    /// Could not be read or worked.
    Error(String),
    /// No note of a known kind.
    Left(Left),
}

/// The part that is being written.
struct Open {
    file: PartFile,
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
    let mut log = RunLog::open(&args.out, header, &files, args.format.ending(), args.resume)?;
    if !log.ended {
        work_all(args, lexicon, &mut log, files.iter().map(|it| it.notes_at_most).sum())?;
    }
    let tally = log.tally();
    let drift = lexicon.calibration().map(|it| tally.distribution.drift(it)).unwrap_or_default();
    if !log.ended {
        log.end(&Summary { files: files.len(), tally: &tally, drift: &drift })?;
    }
    messages::note(tally.summary(files.len(), &drift));
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
    options.insert("format".to_owned(), args.format.name().to_owned());
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
    let analyze = analyze_incoming;
    let asked = Asked { date: args.notes.date, only: &args.only, format: args.format, lexicon, analyze };
    let done = usize::try_from(log.inputs()).unwrap_or(usize::MAX);
    let todo = inputs(args.notes.paths.clone(), args.notes.reading()).skip(done);
    let work = |input| parsed(input).into_iter().map(|it| row(it, &asked)).collect::<Vec<_>>();
    let mut next = log.parts.len() as u64 + 1;
    let (sender, full) = sync_channel::<Open>(1);
    let kept = thread::scope(|scope| {
        // Waiting for the disk would keep the workers waiting.
        let keeper = scope
            .spawn(|| full.into_iter().try_for_each(|it| log.keep(it.file.finish()?, it.inputs, it.rows, it.tally)));
        let mut part: Option<Open> = None;
        let end = workers.run(todo, work, |rows| {
            let step = || -> Result<(), Failure> {
                let mut open = if let Some(it) = part.take() {
                    it
                } else {
                    let file = PartFile::begin(&args.out, next, args.format)?;
                    Open { file, inputs: 0, rows: 0, tally: Tally::default() }
                };
                take(rows, args.format, &mut open, &mut total, &mut remarks, &meter)?;
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
    end.map_err(Failure::input).map(|_| ())
}

/// Writes the rows of one input.
fn take(
    rows: Vec<Row>,
    format: PartFormat,
    open: &mut Open,
    total: &mut Tally,
    remarks: &mut Remarks,
    meter: &Meter,
) -> Result<(), Failure> {
    open.inputs += 1;
    for it in rows {
        let mut own = Tally::default();
        let written = match it {
            Row::Result { rows, tally, id, place, notices } => {
                own = *tally;
                let repeated = remarks.is_repeated(&id);
                meter.aside(notices.is_empty() && !repeated, || {
                    remarks.say(&place, &notices);
                    if repeated {
                        messages::warning(format_args!("{place}: duplicate note id; both kept"));
                    }
                });
                rows
            }
            Row::Error(message) => {
                own.errors = 1;
                meter.aside(false, || messages::error(&message));
                Some(error_row(format, &message))
            }
            Row::Left(it) => {
                own.skip(&it.reason);
                meter.aside(false, || Remarks::left(&it));
                // What may be a note that cannot be read must not be missing.
                own.errors = u64::from(it.unread);
                it.unread.then(|| error_row(format, &it.message))
            }
        };
        open.tally.add(&own);
        total.add(&own);
        if let Some(rows) = written {
            open.rows += 1;
            open.file.put(&rows)?;
        }
    }
    Ok(())
}

/// What is made of each note.
struct Asked<'a> {
    date: Option<Date>,
    only: &'a [Only],
    format: PartFormat,
    lexicon: &'static Lexicon,
    /// How a note is read.
    analyze: fn(&mut Incoming, Option<Date>, &Lexicon) -> Analysis,
}

fn row(input: Input, asked: &Asked<'_>) -> Row {
    let Asked { date, only, format, lexicon, analyze } = *asked;
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
        let analysis = analyze(&mut incoming, date, lexicon);
        let mut report = report(&incoming.note, &analysis, lexicon);
        add_source(&mut report, &incoming);
        let wanted = only.is_empty() || only.iter().any(|it| it.name() == disposition(&report));
        let rows = wanted.then(|| rows(format, &report, &incoming.note.text, lexicon));
        (rows, Box::new(Tally::of(&report)))
    });
    match done {
        Ok((rows, tally)) => {
            Row::Result { rows, tally, id: incoming.note.id, place: incoming.place, notices: incoming.notices }
        }
        Err(at) => Row::Error(format!("{}: internal error at {at}; this note has no result", incoming.place)),
    }
}

#[cfg(test)]
mod tests {
    use opnote::Note;
    use opnote::formats::{Place, Received};

    use super::*;

    #[test]
    fn a_note_that_panics_is_an_error_row_without_its_words() {
        guard::quiet_panics();
        let note = |text: &str| {
            let (note, place) = (Note::new("7", text), Place::file("a.txt"));
            Input::Note(Box::new(Incoming::plain(Received { note, place, notices: Vec::new() })))
        };
        let analyze: fn(&mut Incoming, Option<Date>, &Lexicon) -> Analysis = |incoming, date, lexicon| {
            assert!(!incoming.note.text.contains("secret"), "{}", incoming.note.text);
            analyze_incoming(incoming, date, lexicon)
        };
        let lexicon = Lexicon::embedded();
        for format in [PartFormat::Jsonl, PartFormat::Csv, PartFormat::Fhir, PartFormat::Parquet] {
            let asked = Asked { date: None, only: &[], format, lexicon, analyze };
            let said = match row(note("a secret word"), &asked) {
                Row::Error(message) => message,
                _ => "a result".to_owned(),
            };
            assert!(
                said.starts_with("a.txt: internal error at ") && said.ends_with("this note has no result"),
                "{said}"
            );
            assert!(!said.contains("secret"), "{said}");
            match error_row(format, &said) {
                Rows::Lines(line) => assert!(line.contains("internal error"), "{line}"),
                Rows::Nested(row) => assert_eq!(row["error"], said),
            }
            assert!(matches!(row(note("Lumbar epidural."), &asked), Row::Result { rows: Some(_), .. }));
        }
    }
}
