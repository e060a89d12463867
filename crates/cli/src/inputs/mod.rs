//! Paths to notes: files, folders and standard input, opened one after the other while they are read.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{self, BufRead, IsTerminal};
use std::iter;
use std::path::{Path, PathBuf};

use opnote::formats::jsonl::Lines;
use opnote::formats::{self, Fault, FaultKind, Format, Place, Received, text};
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::messages;

/// One thing that came in.
pub(crate) enum Input {
    /// A note, and whether its id is a duplicate.
    Note(Received, bool),
    /// What could not be read.
    Fault(Fault),
    /// A source without notes.
    Empty(Place),
}

/// The notes of all paths in order; without paths those of standard input.
pub(crate) fn inputs(mut paths: Vec<PathBuf>, limit: usize) -> impl Iterator<Item = Input> + Send + 'static {
    if paths.is_empty() {
        paths.push(PathBuf::from("-"));
    }
    if paths.iter().any(|it| is_stdin(it)) && io::stdin().is_terminal() {
        messages::hint("reading from the terminal; end with Ctrl-D, or name a file or folder");
    }
    let mut seen = HashSet::new();
    paths.into_iter().flat_map(move |it| of_path(&it, limit)).map(move |it| mark_repeated(it, &mut seen))
}

/// A file or standard input, for commands that read one stream.
pub(crate) fn open(path: Option<&Path>) -> Result<Box<dyn BufRead>, Failure> {
    match path {
        Some(path) if !is_stdin(path) => {
            let file = File::open(path).map_err(|it| Failure::input(io_fault(path, it)))?;
            Ok(Box::new(formats::decoded(file)))
        }
        _ => Ok(Box::new(formats::decoded(io::stdin()))),
    }
}

/// The fault of a path that the system could not read.
pub(crate) fn io_fault(path: &Path, error: io::Error) -> Fault {
    Fault::new(place(path), FaultKind::Io(error))
}

type Items = Box<dyn Iterator<Item = Input> + Send>;

fn of_path(path: &Path, limit: usize) -> Items {
    if is_stdin(path) {
        return of_stream(io::stdin(), Place::file("standard input"), "stdin", limit);
    }
    if path.is_dir() {
        return of_folder(path, limit);
    }
    of_file(path, limit)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Every `.txt` and `.jsonl` below a folder, sorted; hidden files and folders are left out.
fn of_folder(folder: &Path, limit: usize) -> Items {
    let hidden = |it: &OsStr| it.as_encoded_bytes().first() == Some(&b'.');
    let entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    let entries = entries.filter_entry(move |it| it.depth() == 0 || !hidden(it.file_name()));
    let place = place(folder);
    let found = entries.flat_map(move |entry| match entry {
        Ok(it) if it.file_type().is_file() && format_named(it.path()).is_some() => of_file(it.path(), limit),
        Ok(_) => Box::new(iter::empty()),
        Err(error) => one(Input::Fault(walk_fault(error))),
    });
    or_empty(found, place)
}

fn of_file(path: &Path, limit: usize) -> Items {
    let id = path.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let file = match File::open(path) {
        Ok(it) => it,
        Err(error) => return one(Input::Fault(io_fault(path, error))),
    };
    let place = place(path);
    match format_named(path) {
        Some(Format::Text) => one(item(text::read(formats::decoded(file), &id, &place, limit))),
        Some(Format::Jsonl) => of_lines(formats::decoded(file), place, limit),
        None => of_stream(file, place, &id, limit),
    }
}

/// A stream of unknown format: JSON lines if it begins like one, else one note.
fn of_stream(stream: impl io::Read + Send + 'static, place: Place, id: &str, limit: usize) -> Items {
    match formats::sniff(formats::decoded(stream)) {
        Ok((Format::Text, reader)) => one(item(text::read(reader, id, &place, limit))),
        Ok((Format::Jsonl, reader)) => of_lines(reader, place, limit),
        Err(error) => one(Input::Fault(Fault::new(place, FaultKind::Io(error)))),
    }
}

fn of_lines(reader: impl BufRead + Send + 'static, place: Place, limit: usize) -> Items {
    or_empty(Lines::new(reader, place.file.clone(), limit).map(item), place)
}

/// The items, or that there were none.
fn or_empty(items: impl Iterator<Item = Input> + Send + 'static, place: Place) -> Items {
    let mut items = items.peekable();
    match items.peek() {
        Some(_) => Box::new(items),
        None => one(Input::Empty(place)),
    }
}

fn item(read: Result<Received, Fault>) -> Input {
    match read {
        Ok(it) => Input::Note(it, false),
        Err(it) => Input::Fault(it),
    }
}

fn one(item: Input) -> Items {
    Box::new(iter::once(item))
}

/// Marks a note whose id was seen before. Hashes of the ids are enough, whatever their number.
fn mark_repeated(item: Input, seen: &mut HashSet<u64>) -> Input {
    match item {
        Input::Note(it, _) => {
            let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&it.note.id);
            let repeated = !seen.insert(hash);
            Input::Note(it, repeated)
        }
        it => it,
    }
}

fn format_named(path: &Path) -> Option<Format> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "txt" => Some(Format::Text),
        "jsonl" => Some(Format::Jsonl),
        _ => None,
    }
}

fn place(path: &Path) -> Place {
    Place::file(path.display().to_string())
}

fn walk_fault(error: walkdir::Error) -> Fault {
    let path = error.path().unwrap_or(Path::new("")).to_owned();
    let error = match error.loop_ancestor() {
        Some(_) => io::Error::other("a link leads back to a folder that contains it"),
        None => error.into_io_error().unwrap_or_else(|| io::Error::other("unknown error")),
    };
    io_fault(&path, error)
}
