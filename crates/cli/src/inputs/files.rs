//! One path at a time: the files below it, and what each holds.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use opnote::formats::jsonl::Lines;
use opnote::formats::{self, Fault, FaultKind, Place, Received, text};
use opnote_ingest::{Options, Skipped};
use walkdir::WalkDir;

use super::amendments::Survey;
use super::contained::{self, Bytes, Request};
use super::incoming::{Frame, Incoming, Left};
use super::kind::{HEAD, Head, Kind, has_documents_inside, kind};
use super::{Input, Pending, Reading, io_fault, is_stdin, open};

/// First line of standard input that is waited for, in bytes.
const FIRST_LINE: usize = 1 << 20;

/// An input, or what a reader gives before amendments find their documents.
pub(super) enum Item {
    Input(Input),
    Frame(Frame),
}

pub(super) type Items = Box<dyn Iterator<Item = Item> + Send>;

/// A path that was named.
pub(super) enum Origin {
    /// A file or folder.
    Path(PathBuf),
    /// Standard input, or another stream that can be read once only, as JSON lines.
    Stream(Box<dyn BufRead + Send>, String),
    /// All of such a stream, with its name and the id of its note.
    Memory(Arc<[u8]>, String, String),
    /// One that could not be read.
    Failed(Fault),
}

/// A file to read.
struct Source<'a> {
    bytes: Bytes,
    name: String,
    id: String,
    reading: &'a Reading,
}

impl Origin {
    /// The origin of a path; what can be read once only is read as far as its format needs.
    pub(super) fn of(path: &Path, reading: &Reading) -> Origin {
        if is_stdin(path) {
            let stream = once(BufReader::new(io::stdin()), STDIN, "stdin", reading);
            return stream.unwrap_or_else(|it| Origin::Failed(Fault::new(Place::file(STDIN), FaultKind::Io(it))));
        }
        if is_file_or_folder(path) {
            return Origin::Path(path.to_owned());
        }
        let (name, id) = (path.display().to_string(), stem(path));
        let stream = File::open(path).and_then(|it| once(BufReader::new(it), &name, &id, reading));
        stream.unwrap_or_else(|it| Origin::Failed(io_fault(path, it)))
    }

    /// All that is below it.
    pub(super) fn items(self, reading: &Reading) -> Items {
        match self {
            Origin::Stream(stream, name) => lines(stream, &Place::file(name), reading.options.limits.text_bytes),
            Origin::Memory(bytes, name, id) => Source { bytes: Bytes::Memory(bytes), name, id, reading }.items(true),
            Origin::Failed(fault) => one(Input::Fault(fault.to_string())),
            Origin::Path(path) if path.is_dir() => folder(&path, reading),
            Origin::Path(path) => Source::of(&path, reading).items(true),
        }
    }

    /// Sees all documents that may amend others.
    pub(super) fn survey(&self, reading: &Reading, survey: &mut Survey) {
        match self {
            Origin::Stream(..) | Origin::Failed(_) => {}
            Origin::Memory(bytes, name, id) => {
                let (bytes, name, id) = (Bytes::Memory(Arc::clone(bytes)), name.clone(), id.clone());
                Source { bytes, name, id, reading }.survey(true, survey);
            }
            Origin::Path(path) if path.is_dir() => {
                for file in walk(path).flatten().filter(|it| it.file_type().is_file()) {
                    Source::of(file.path(), reading).survey(false, survey);
                }
            }
            Origin::Path(path) => Source::of(path, reading).survey(true, survey),
        }
    }
}

/// Standard input in messages.
const STDIN: &str = "standard input";

impl<'a> Source<'a> {
    fn of(path: &Path, reading: &'a Reading) -> Source<'a> {
        Source { bytes: Bytes::File(path.to_owned()), name: path.display().to_string(), id: stem(path), reading }
    }

    /// The first bytes, and whether these are all.
    fn head(&self) -> io::Result<(Vec<u8>, bool)> {
        let mut head = Vec::new();
        match &self.bytes {
            Bytes::Memory(bytes) => head.extend_from_slice(&bytes[..bytes.len().min(HEAD + 1)]),
            Bytes::File(path) => {
                File::open(path)?.take(HEAD as u64 + 1).read_to_end(&mut head)?;
            }
        }
        let whole = head.len() <= HEAD;
        head.truncate(HEAD);
        Ok((head, whole))
    }

    fn kind(&self, named: bool) -> io::Result<Kind> {
        let (bytes, whole) = self.head()?;
        // What is called is a name without an ending, as far as formats go.
        let name = if self.name == STDIN { "" } else { &self.name };
        Ok(kind(&Head { name, bytes: &bytes, whole, named }, &self.reading.options))
    }

    fn items(self, named: bool) -> Items {
        let found = match self.kind(named) {
            Ok(it) => it,
            Err(error) => {
                return one(Input::Fault(Fault::new(Place::file(self.name), FaultKind::Io(error)).to_string()));
            }
        };
        let place = Place::file(&self.name);
        let limit = self.reading.options.limits.text_bytes;
        match found {
            Kind::Text => match self.stream() {
                Ok(stream) => {
                    let read = text::read(formats::decoded(stream), &self.id, &place, limit);
                    Box::new(iter::once(item(read)))
                }
                Err(error) => one(Input::Fault(Fault::new(place, FaultKind::Io(error)).to_string())),
            },
            Kind::Lines => match self.stream() {
                Ok(stream) => lines(formats::decoded(stream), &place, limit),
                Err(error) => one(Input::Fault(Fault::new(place, FaultKind::Io(error)).to_string())),
            },
            Kind::Contained { single: true, .. } => {
                let request = Request::new(&self.name, &self.reading.options);
                one(Input::Pending(Box::new(Pending { bytes: self.bytes, request, patience: self.reading.patience })))
            }
            Kind::Open { .. } | Kind::Contained { .. } => Box::new(self.frames(found).map(Item::Frame)),
            Kind::Skipped(reason) => {
                let skipped = Skipped { file: self.name, place: opnote_ingest::Place::whole(), reason };
                one(Input::Skipped(Left::of(&skipped)))
            }
            Kind::OtherText => {
                let reason = "a text without the ending .txt (name the file itself, or give --input-format text)";
                let message = format!("{}: skipped, {reason}", self.name);
                one(Input::Skipped(Left { message, reason: reason.to_owned(), unread: false }))
            }
        }
    }

    fn survey(&self, named: bool, survey: &mut Survey) {
        // What cannot be read is said when its turn comes.
        let Ok(found) = self.kind(named) else { return };
        let related = matches!(found, Kind::Open { related: true, .. } | Kind::Contained { related: true, .. });
        if related {
            self.frames(found).for_each(|it| survey.see(&it));
        }
    }

    /// The frames of a file that is no plain text and no JSON lines.
    fn frames(&self, found: Kind) -> Box<dyn Iterator<Item = Frame> + Send> {
        let contained = |bytes: &Bytes, options: &Options| {
            Box::new(contained::read(bytes, &Request::new(&self.name, options), self.reading.patience))
        };
        let Kind::Open { format, .. } = found else { return contained(&self.bytes, &self.reading.options) };
        let options = Options { format: format.or(self.reading.options.format), ..self.reading.options.clone() };
        match open::bytes(&self.bytes, &self.name, &options) {
            Ok(bytes) if has_documents_inside(&bytes) => contained(&self.bytes, &options),
            Ok(bytes) => Box::new(open::read(self.name.clone(), bytes, options)),
            Err(frame) => Box::new(iter::once(frame)),
        }
    }

    fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.bytes {
            Bytes::File(path) => Box::new(File::open(path)?),
            Bytes::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }
}

/// A stream that can be read once only: JSON lines as they come, anything else whole.
fn once(mut stream: impl BufRead + Send + 'static, name: &str, id: &str, reading: &Reading) -> io::Result<Origin> {
    let mut bytes = Vec::new();
    let mut ended = false;
    let begun = |bytes: &[u8]| bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().to_vec();
    loop {
        let begun = begun(&bytes);
        let object = begun.first() == Some(&b'{');
        if ended || (object && (begun.contains(&b'\n') || bytes.len() > FIRST_LINE)) || (!object && !begun.is_empty()) {
            break;
        }
        let chunk = stream.fill_buf()?;
        let read = chunk.len();
        bytes.extend_from_slice(chunk);
        stream.consume(read);
        ended = read == 0;
    }
    let hint = if name == STDIN { "" } else { name };
    let head = Head { name: hint, bytes: &bytes[..bytes.len().min(HEAD)], whole: ended, named: true };
    if kind(&head, &reading.options) == Kind::Lines {
        let stream = Box::new(formats::decoded(Cursor::new(bytes).chain(stream)));
        return Ok(Origin::Stream(stream, name.to_owned()));
    }
    let limit = reading.options.limits.file_bytes.saturating_add(1).saturating_sub(bytes.len());
    stream.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(Origin::Memory(Arc::from(bytes), name.to_owned(), id.to_owned()))
}

/// Whether a path can be read again; one that does not exist is said to be missing when its turn comes.
pub(crate) fn is_file_or_folder(path: &Path) -> bool {
    path.metadata().map_or(true, |it| it.is_file() || it.is_dir())
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

fn walk(folder: &Path) -> impl Iterator<Item = walkdir::Result<walkdir::DirEntry>> + Send + use<> {
    let hidden = |it: &OsStr| it.as_encoded_bytes().first() == Some(&b'.');
    let entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    entries.filter_entry(move |it| it.depth() == 0 || !hidden(it.file_name()))
}

/// All files that a path leads to, in the order in which they are read; the path itself if it is no folder.
pub(crate) fn files_below(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    walk(path).flatten().filter(|it| it.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

/// Every file below a folder, sorted; hidden files and folders are left out.
fn folder(folder: &Path, reading: &Reading) -> Items {
    let place = Place::file(folder.display().to_string());
    let reading = reading.clone();
    let found = walk(folder).flat_map(move |entry| match entry {
        Ok(it) if it.file_type().is_file() => Source::of(it.path(), &reading).items(false),
        Ok(_) => Box::new(iter::empty()),
        Err(error) => one(Input::Fault(walk_fault(error).to_string())),
    });
    or_empty(found, &place)
}

fn lines(reader: impl BufRead + Send + 'static, place: &Place, limit: usize) -> Items {
    or_empty(Lines::new(reader, place.file.clone(), limit).map(item), place)
}

/// The items, or that there were none.
fn or_empty(items: impl Iterator<Item = Item> + Send + 'static, place: &Place) -> Items {
    let mut items = items.peekable();
    match items.peek() {
        Some(_) => Box::new(items),
        None => one(Input::Empty(place.to_string())),
    }
}

fn item(read: Result<Received, Fault>) -> Item {
    Item::Input(match read {
        Ok(it) => Input::Note(Box::new(Incoming::plain(it))),
        Err(it) => Input::Fault(it.to_string()),
    })
}

fn one(input: Input) -> Items {
    Box::new(iter::once(Item::Input(input)))
}

fn walk_fault(error: walkdir::Error) -> Fault {
    let path = error.path().unwrap_or(Path::new("")).to_owned();
    let error = match error.loop_ancestor() {
        Some(_) => io::Error::other("a link leads back to a folder that contains it"),
        None => error.into_io_error().unwrap_or_else(|| io::Error::other("unknown error")),
    };
    io_fault(&path, error)
}
