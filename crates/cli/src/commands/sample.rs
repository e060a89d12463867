//! `opnote sample`: draws units for an audit, writes how, and draws the same again.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use memchr::{memchr_iter, memrchr};
use opnote::formats;
use opnote_audit::sampling::results::{Results, chunk};
use opnote_audit::sampling::{
    self, Condition, Draw, Fault, FileDigest, Frame, FrameRecord, Method, Purpose, Sample as SampleFile, Seed,
    Settings, Table, compare_rows, draw, rows,
};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sha2::{Digest, Sha256};

use crate::args::{Allocation, Sample};
use crate::failure::Failure;
use crate::inputs::io_fault;
use crate::messages;
use crate::run::files::{hex, measured};
use crate::run::log::{LOG, ended_parts};
use crate::run::part::Whole;

/// Bytes of results that are read at a time: few, so that they are still in the processor's cache when they are parsed.
const BLOCK: u64 = 1 << 22;
/// Parts of a block that are parsed at once.
const PIECES: usize = 16;

/// Where a frame comes from.
struct FrameSource<'a> {
    paths: &'a [PathBuf],
    join: Option<(&'a Path, &'a str)>,
    id_column: &'a str,
    conditions: &'a [Condition],
}

/// A frame with what its record needs.
struct Loaded {
    frame: Frame,
    record: FrameRecord,
}

/// Draws a sample and writes it, or draws one again.
pub(crate) fn run(args: &Sample) -> Result<ExitCode, Failure> {
    if let Some(file) = &args.again {
        return again(file, args);
    }
    // The arguments require these.
    let (Some(size), Some(seed), Some(out)) = (args.size, &args.seed, &args.out) else {
        return Err(Failure::usage("--size, --seed and --out are needed"));
    };
    let rows_file = rows_path(out)?;
    let method = method(args)?;
    let join = args.join.as_deref().map(|it| (it, args.join_id.as_str()));
    let source = FrameSource { paths: &args.frame, join, id_column: &args.id_column, conditions: &args.conditions };
    let mut loaded = load(&source)?;
    loaded.record.amount_column.clone_from(&args.amount);
    let size = size as usize;
    let drawn = draw(&loaded.frame, &method, size, seed, args.amount.as_deref()).map_err(faulty)?;
    if drawn.drawn.len() < size {
        messages::warning(format_args!("{} units meet the rule, fewer than {size}; all are drawn", drawn.drawn.len()));
    }
    let table = rows(&loaded.frame, &method, &drawn, args.amount.is_some()).map_err(faulty)?.to_csv();
    let purpose = if args.probe { Purpose::Probe } else { Purpose::Audit };
    let name = rows_file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let settings = Settings { purpose, size, seed: seed.clone(), rows_file: name };
    let sample = SampleFile::new(&settings, &method, loaded.record, drawn, &table);
    if let Some(path) = &args.frame_out {
        whole(path, loaded.frame.table.to_csv().as_bytes())?;
    }
    // The sample file last: where it is, the rows are.
    whole(&rows_file, table.as_bytes())?;
    whole(out, sample.to_json().as_bytes())?;
    say(&sample, out, &rows_file);
    Ok(ExitCode::SUCCESS)
}

/// The file of the rows; neither it nor the sample file is ever overwritten, since a reviewer's work may be in them.
fn rows_path(out: &Path) -> Result<PathBuf, Failure> {
    if out.extension().is_none_or(|it| !it.eq_ignore_ascii_case("json")) {
        let said = format!("{}: expected a name that ends in .json", out.display());
        return Err(Failure::usage(said).hint("the drawn rows are written beside it as .csv"));
    }
    let rows = out.with_extension("csv");
    for it in [out, &rows] {
        if it.exists() {
            let said = format!("{} is there already, and a review may be in it", it.display());
            return Err(Failure::usage(said).hint("name another file, or move this one away"));
        }
    }
    Ok(rows)
}

/// The method that the options name.
fn method(args: &Sample) -> Result<Method, Failure> {
    if let Some(it) = &args.target {
        return Ok(Method::Targeted(it.clone()));
    }
    if let Some(weight) = &args.weight {
        return Ok(Method::Proportional { weight: weight.clone() });
    }
    if args.systematic {
        return Ok(Method::Systematic { order: args.order.clone() });
    }
    if args.strata.is_empty() {
        return Ok(Method::Simple);
    }
    if (args.allocation == Allocation::Neyman) != args.spread.is_some() {
        let said = "Neyman's allocation and --spread go together";
        return Err(Failure::usage(said).hint("--allocation neyman --spread COLUMN, such as the paid amount"));
    }
    Ok(Method::Stratified {
        strata: args.strata.clone(),
        allocation: args.allocation.kind(),
        least: args.least,
        spread: args.spread.clone(),
    })
}

/// Reads a frame: results, or one table, with the columns of another one.
fn load(source: &FrameSource<'_>) -> Result<Loaded, Failure> {
    let mut record = FrameRecord {
        files: Vec::new(),
        joined: None,
        join_id: None,
        id_column: source.id_column.to_owned(),
        amount_column: None,
        conditions: source.conditions.to_vec(),
        units: 0,
        sha256: String::new(),
        unread: 0,
        results_made_by: Vec::new(),
    };
    let mut results = Results::new();
    let mut table = None;
    for path in source.paths {
        if path == Path::new("-") {
            let said = "a frame is read from files, so that it can be read again";
            return Err(Failure::usage(said).hint("write standard input to a file first"));
        }
        if path.is_dir() {
            add_run(path, &mut results, &mut record)?;
            continue;
        }
        let name = path.display().to_string();
        if holds_results(path)? {
            let sha256 = add_results(path, &mut results)?;
            record.files.push(FileDigest { file: name, sha256 });
            continue;
        }
        let text = text_of(path)?;
        record.files.push(digest(path)?);
        if table.replace(Table::read(&name, &text).map_err(faulty)?).is_some() {
            return Err(Failure::usage("several tables, expected one").hint("put their rows into one file first"));
        }
    }
    record.unread = results.unread;
    record.results_made_by = results.made_by.into_iter().collect();
    let mut table = match table {
        None => results.table,
        Some(it) if results.table.files.is_empty() => it,
        Some(_) => {
            let hint = "name the results as the frame, and the table with --join";
            return Err(Failure::usage("a table and results, expected one of them").hint(hint));
        }
    };
    if let Some((path, id)) = source.join {
        let other = Table::read(&path.display().to_string(), &text_of(path)?).map_err(faulty)?;
        let without = sampling::join(&mut table, source.id_column, &other, id).map_err(faulty)?;
        if without > 0 {
            let said = format!("{}: no row for {without} of {} units", path.display(), table.rows.len());
            messages::warning(format_args!("{said}; their cells are empty"));
        }
        record.joined = Some(digest(path)?);
        record.join_id = Some(id.to_owned());
    }
    let frame = Frame::new(table, source.id_column, source.conditions).map_err(faulty)?;
    record.units = frame.units();
    record.sha256 = frame.table.digest();
    Ok(Loaded { frame, record })
}

/// Adds the results of a run of `opnote batch`.
fn add_run(folder: &Path, results: &mut Results, record: &mut FrameRecord) -> Result<(), Failure> {
    let (parts, only) = ended_parts(folder)?;
    if let Some(it) = only {
        let said = format!("{}: the run wrote notes of disposition {it} alone", folder.display());
        messages::warning(format_args!("{said}; no others are in the frame"));
    }
    for part in parts {
        let path = folder.join(&part.file);
        if add_results(&path, results)? != part.sha256 {
            let said = format!("{} is not as the run wrote it", path.display());
            return Err(Failure::input(said).hint("code the notes again into another folder"));
        }
    }
    // The log holds the digests of the parts.
    record.files.push(digest(&folder.join(LOG))?);
    Ok(())
}

/// Whether a file holds results: JSON lines rather than a table.
fn holds_results(path: &Path) -> Result<bool, Failure> {
    let mut head = Vec::new();
    let file = fs::File::open(path).map_err(|it| Failure::input(io_fault(path, it)))?;
    file.take(1 << 12).read_to_end(&mut head).map_err(|it| Failure::input(io_fault(path, it)))?;
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&head);
    Ok(head.trim_ascii_start().starts_with(b"{"))
}

/// Adds the results of a file, block by block on all processors: one is parsed while the next one is read and hashed.
/// Gives the file's SHA-256.
fn add_results(path: &Path, results: &mut Results) -> Result<String, Failure> {
    let unread = |it| Failure::input(io_fault(path, it));
    let name = path.display().to_string();
    results.begin(&name);
    let mut file = fs::File::open(path).map_err(unread)?;
    let mut hasher = Sha256::new();
    // What follows the last line end of a block begins the next one. Gives whether the file has ended.
    let mut following = |rest: &[u8], block: &mut Vec<u8>| -> io::Result<bool> {
        block.clear();
        block.extend_from_slice(rest);
        let read = Read::by_ref(&mut file).take(BLOCK).read_to_end(block)?;
        hasher.update(&block[rest.len()..]);
        Ok(read == 0)
    };
    let (mut block, mut next) = (Vec::new(), Vec::new());
    let mut is_end = following(&[], &mut block).map_err(unread)?;
    let mut line = 1;
    while !is_end {
        let (lines, rest) = block.split_at(memrchr(b'\n', &block).map_or(0, |it| it + 1));
        let pieces = pieces(lines, &mut line);
        let parse = || pieces.par_iter().map(|(first, bytes)| chunk(&name, *first, bytes)).collect::<Vec<_>>();
        let (read, chunks) = rayon::join(|| following(rest, &mut next), parse);
        for it in chunks {
            results.push(it.map_err(faulty)?);
        }
        is_end = read.map_err(unread)?;
        std::mem::swap(&mut block, &mut next);
    }
    // A last line without an end.
    results.push(chunk(&name, line, &block).map_err(faulty)?);
    Ok(hex(hasher.finalize().as_slice()))
}

/// Whole lines in about equal pieces, each with the number of its first line; `line` is that of what follows.
fn pieces<'a>(bytes: &'a [u8], line: &mut u64) -> Vec<(u64, &'a [u8])> {
    let (size, mut rest) = (bytes.len() / PIECES + 1, bytes);
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest.get(size..).unwrap_or_default()).map_or(rest.len(), |it| size + it + 1);
        let (piece, after) = rest.split_at(end);
        pieces.push((*line, piece));
        *line += memchr_iter(b'\n', piece).count() as u64;
        rest = after;
    }
    pieces
}

/// Draws a sample again and compares it with its file and its rows.
fn again(file: &Path, args: &Sample) -> Result<ExitCode, Failure> {
    let sample = read_sample(file)?;
    let seed = Seed::read(&sample.seed).map_err(|it| Failure::input(format!("{}: seed: {it}", file.display())))?;
    let recorded: Vec<PathBuf> = sample.frame.files.iter().map(|it| recorded_path(&it.file)).collect();
    let paths = if args.frame.is_empty() { &recorded } else { &args.frame };
    let joined = sample.frame.joined.as_ref().map(|it| PathBuf::from(&it.file));
    let join_id = sample.frame.join_id.clone().unwrap_or_default();
    let source = FrameSource {
        paths,
        join: joined.as_deref().map(|it| (it, join_id.as_str())),
        id_column: &sample.frame.id_column,
        conditions: &sample.frame.conditions,
    };
    let loaded = load(&source)?;
    compare_frames(file, &sample, &loaded.record)?;
    let amount = sample.frame.amount_column.as_deref();
    let drawn = draw(&loaded.frame, &sample.method, sample.size, &seed, amount).map_err(faulty)?;
    let table = rows(&loaded.frame, &sample.method, &drawn, amount.is_some()).map_err(faulty)?;
    if (Draw { strata: sample.strata.clone(), drawn: sample.drawn.clone() }) != drawn {
        let said = format!("{}: its units are not those that its seed draws", file.display());
        return Err(Failure::input(said).hint("the sample file was changed after the draw"));
    }
    let path = beside(file, &sample.rows.file);
    let kept = Table::read(&path.display().to_string(), &text_of(&path)?).map_err(faulty)?;
    compare_rows(&kept, &table).map_err(faulty)?;
    let said = format!("the same {} units of {} are drawn again", sample.drawn.len(), sample.frame.units);
    messages::note(format!("{}: {said}; {} has their rows", file.display(), path.display()));
    Ok(ExitCode::SUCCESS)
}

/// The path to read for a file of a record: of a run, its folder.
fn recorded_path(file: &str) -> PathBuf {
    let path = PathBuf::from(file);
    match path.parent() {
        Some(folder) if path.file_name().is_some_and(|it| it == LOG) => folder.to_owned(),
        _ => path,
    }
}

/// Refuses a frame that is not what it was at the draw; says what changed.
fn compare_frames(file: &Path, sample: &SampleFile, now: &FrameRecord) -> Result<(), Failure> {
    let then = &sample.frame;
    if then.sha256 == now.sha256 && then.units == now.units {
        return Ok(());
    }
    let digests = |it: &FrameRecord| it.files.iter().chain(&it.joined).cloned().collect::<Vec<FileDigest>>();
    let (before, after) = (digests(then), digests(now));
    let changed = before.iter().zip(&after).find(|(one, other)| one.sha256 != other.sha256);
    let said = match changed {
        _ if then.units != now.units => format!("it had {} units, and has {}", then.units, now.units),
        Some((_, it)) => format!("{} has other content", it.file),
        None => format!("{} drew from it, which reads it differently", sample.made_by),
    };
    let said = format!("{}: the frame changed since the draw: {said}", file.display());
    let hint = format!("expected the frame with SHA-256 {}; it is {}", then.sha256, now.sha256);
    Err(Failure::input(said).hint(hint))
}

/// Says what was drawn.
fn say(sample: &SampleFile, out: &Path, rows: &Path) {
    let described = sample.method.describe();
    messages::note(format!(
        "{} of {} units drawn: {described}, seed {}",
        sample.drawn.len(),
        sample.frame.units,
        sample.seed
    ));
    if sample.strata.len() > 1 {
        for it in &sample.strata {
            messages::note(format!("  {}: {} of {}", it.name, it.drawn, it.units));
        }
    }
    if sample.frame.unread > 0 {
        let said = "inputs of the results could not be read and are not in the frame";
        messages::warning(format_args!("{} {said}", sample.frame.unread));
    }
    if sample.frame.results_made_by.len() > 1 {
        messages::warning("the results come from several versions or lexicons");
    }
    if !sample.projectable {
        messages::warning("not projectable: figures of this sample hold for its units alone");
    }
    messages::note(format!("{}: the sample; {}: its rows, for the reviewer", out.display(), rows.display()));
}

/// The sample in a file.
pub(crate) fn read_sample(file: &Path) -> Result<SampleFile, Failure> {
    SampleFile::read(&file.display().to_string(), &text_of(file)?).map_err(faulty)
}

/// A file that a sample file names, in the folder of the sample file.
pub(crate) fn beside(file: &Path, name: &str) -> PathBuf {
    let name = Path::new(name).file_name().unwrap_or_default();
    file.with_file_name(name)
}

/// The text of a file: UTF-8, UTF-16 with a byte order mark, or else Windows-1252.
pub(crate) fn text_of(path: &Path) -> Result<String, Failure> {
    let read = || -> io::Result<String> {
        let mut text = String::new();
        formats::decoded(fs::File::open(path)?).read_to_string(&mut text)?;
        Ok(text)
    };
    read().map_err(|it| Failure::input(io_fault(path, it)))
}

/// A fault of a table or sample file as a failure.
pub(crate) fn faulty(fault: Fault) -> Failure {
    let failure = Failure::input(&fault);
    match fault.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn digest(path: &Path) -> Result<FileDigest, Failure> {
    let (sha256, ..) = measured(path).map_err(|it| Failure::input(io_fault(path, it)))?;
    Ok(FileDigest { file: path.display().to_string(), sha256 })
}

fn whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    Whole::write(path, bytes).map_err(|it| Failure::output(io_fault(path, it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_lines_with_their_numbers() {
        let text: Vec<u8> = (0..100).flat_map(|it| format!("line {it}\n").into_bytes()).collect();
        for length in [0, 1, text.len() - 1, text.len()] {
            let mut line = 1;
            let pieces = pieces(&text[..length], &mut line);
            assert_eq!(pieces.iter().map(|it| it.1).collect::<Vec<_>>().concat(), text[..length]);
            assert!(pieces.iter().all(|it| it.1.starts_with(format!("line {}", it.0 - 1).as_bytes()) || length == 1));
        }
    }
}
