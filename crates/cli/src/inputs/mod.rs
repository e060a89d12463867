//! Paths to notes: files, folders, archives and standard input, opened one after the other while they are read.

mod amendments;
pub(crate) mod contained;
mod files;
mod incoming;
mod kind;
mod open;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use opnote::formats::{self, Fault, FaultKind, Place};
use opnote_ingest::Options;

use crate::failure::Failure;
use crate::messages;

use amendments::{Collator, Plan, Survey};
use contained::{Bytes, Request};
use files::{Item, Items, Origin};
pub(crate) use files::{files_below, is_file_or_folder};
pub(crate) use incoming::{Incoming, Left, Remark, Source};

/// How inputs are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Format, columns, limits.
    pub options: Options,
    /// How long a document may take to parse.
    pub patience: Duration,
}

/// One thing that came in.
pub(crate) enum Input {
    /// A note.
    Note(Box<Incoming>),
    /// A document that is still to be parsed, see [`parsed`].
    Pending(Box<Pending>),
    /// What could not be read.
    Fault(String),
    /// No note of a known kind.
    Skipped(Left),
    /// A source without notes.
    Empty(String),
}

/// A document that is still to be parsed, so that several can be at once.
pub(crate) struct Pending {
    bytes: Bytes,
    request: Request,
    patience: Duration,
}

/// The inputs of all paths in order; without paths those of standard input.
pub(crate) fn inputs(mut paths: Vec<PathBuf>, reading: Reading) -> impl Iterator<Item = Input> + Send + 'static {
    if paths.is_empty() {
        paths.push(PathBuf::from("-"));
    }
    if paths.iter().any(|it| is_stdin(it)) && io::stdin().is_terminal() {
        messages::hint("reading from the terminal; end with Ctrl-D, or name a file or folder");
    }
    let mut origins: VecDeque<Origin> = paths.iter().map(|it| Origin::of(it, &reading)).collect();
    let mut collator = Collator::new(plan(&origins, &reading));
    let mut items: Items = Box::new(std::iter::empty());
    let mut ready: VecDeque<Input> = VecDeque::new();
    let mut ended = false;
    std::iter::from_fn(move || {
        loop {
            if let Some(it) = ready.pop_front() {
                return Some(it);
            }
            match items.next() {
                Some(Item::Input(it)) => return Some(it),
                Some(Item::Frame(it)) => ready.extend(collator.take(it)),
                None if ended => return None,
                None => {
                    if let Some(it) = origins.pop_front() {
                        items = it.items(&reading);
                    } else {
                        ended = true;
                        ready.extend(collator.finish());
                    }
                }
            }
        }
    })
}

/// An input whose document, if it was pending, is parsed now.
pub(crate) fn parsed(input: Input) -> Vec<Input> {
    let Input::Pending(it) = input else { return vec![input] };
    let mut alone = Collator::new(Plan::default());
    contained::read(&it.bytes, &it.request, it.patience).flat_map(|it| alone.take(it)).collect()
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
    Fault::new(Place::file(path.display().to_string()), FaultKind::Io(error))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// A first look at all files that may hold amendments.
fn plan(origins: &VecDeque<Origin>, reading: &Reading) -> Plan {
    let mut survey = Survey::default();
    for origin in origins {
        origin.survey(reading, &mut survey);
    }
    survey.plan()
}
