//! Documents and containers, which may be hostile, are parsed in a process of their own: this program again, with
//! limits on memory, time and size. A crash there, or a parser that does not end, is one failed file here.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use opnote_ingest::{Columns, Format, Limits, Options, read_each};
use serde::{Deserialize, Serialize};

use super::incoming::Frame;
use crate::failure::{UNREAD, USAGE};
use crate::guard;

/// The hidden command that parses.
pub(crate) const COMMAND: &str = "read-contained";
/// The variable that holds the request: arguments could be seen by every user of the machine.
const REQUEST: &str = "OPNOTE_READ";
/// Address space of a reader, in bytes.
const MEMORY: u64 = 1 << 29;
/// Processor time of a reader that its parent has left behind, in seconds.
const ABANDONED: u64 = 3600;
/// Frames that are read ahead.
const AHEAD: usize = 16;
/// Size of a frame against the limit on a note: escapes make a text up to six times longer, places come on top.
const FRAME: usize = 16;

/// What a reader is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    name: String,
    format: Option<String>,
    columns: [Option<String>; 4],
    day_first: Option<bool>,
    text_bytes: usize,
    memory: u64,
}

/// The bytes of a file.
#[derive(Clone)]
pub(super) enum Bytes {
    /// On disk.
    File(PathBuf),
    /// Already read.
    Memory(Arc<[u8]>),
}

impl Request {
    /// The request to read a file of this name.
    pub(super) fn new(name: &str, options: &Options) -> Request {
        let columns = options.columns.clone();
        Request {
            name: name.to_owned(),
            format: options.format.map(|it| it.name().to_owned()),
            columns: [columns.id, columns.text, columns.date, columns.billed],
            day_first: options.day_first,
            text_bytes: options.limits.text_bytes,
            memory: MEMORY,
        }
    }

    fn options(&self) -> Options {
        let [id, text, date, billed] = self.columns.clone();
        Options {
            format: self.format.as_deref().and_then(Format::named),
            columns: Columns { id, text, date, billed },
            day_first: self.day_first,
            limits: Limits { text_bytes: self.text_bytes, ..Limits::default() },
        }
    }
}

/// Reads a file in a process of its own; `patience` is how long it may go without giving an item.
pub(super) fn read(bytes: &Bytes, request: &Request, patience: Duration) -> Frames {
    // Serializing a request does not fail: it is text and numbers.
    let asked = serde_json::to_string(request).unwrap_or_default();
    let mut command = Command::new(program());
    command.arg(COMMAND).env_clear().env(REQUEST, asked);
    Frames::of(command, bytes, request, patience)
}

/// This program, even if its file was replaced while it runs.
fn program() -> PathBuf {
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() { own } else { std::env::current_exe().unwrap_or(own) }
}

/// The frames that a reader gives; when it fails, the last one says so.
pub(super) struct Frames {
    child: Option<Child>,
    receiver: Receiver<Result<Frame, &'static str>>,
    name: String,
    memory: u64,
    patience: Duration,
    ended: bool,
    early: Option<String>,
}

impl Frames {
    fn of(mut command: Command, bytes: &Bytes, request: &Request, patience: Duration) -> Frames {
        let (sender, receiver) = sync_channel(AHEAD);
        let limit = request.text_bytes.saturating_mul(FRAME).saturating_add(1 << 20);
        let name = request.name.clone();
        let mut reader =
            Frames { child: None, receiver, name, memory: request.memory, patience, ended: false, early: None };
        match start(&mut command, bytes) {
            Ok((child, stdout)) => {
                reader.child = Some(child);
                thread::spawn(move || {
                    let mut stdout = BufReader::with_capacity(1 << 16, stdout);
                    while let Some(frame) = next(&mut stdout, limit) {
                        let last = frame.is_err();
                        if sender.send(frame).is_err() || last {
                            return;
                        }
                    }
                });
            }
            Err(error) => reader.early = Some(format!("the process that reads it did not start: {}", plain(&error))),
        }
        reader
    }

    /// Ends the process and says what went wrong.
    fn fail(&mut self, what: &str) -> Frame {
        self.ended = true;
        self.stop();
        Frame::Fault(format!("{}: {what}", self.name))
    }

    fn stop(&mut self) -> Option<(ExitStatus, String)> {
        let mut child = self.child.take()?;
        // A process that has ended cannot be killed, and need not.
        let _ = child.kill();
        let mut words = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            let _ = stderr.take(4096).read_to_end(&mut words);
        }
        child.wait().ok().map(|it| (it, String::from_utf8_lossy(&words).into_owned()))
    }

    /// What a process that closed its output early died of.
    fn cause(&mut self) -> String {
        // It closed its output, so it is about to end by itself.
        let ended = self.child.as_mut().and_then(|it| wait(it, self.patience));
        let Some((status, words)) = self.stop() else { return "the process that reads it was lost".to_owned() };
        let status = ended.unwrap_or(status);
        if words.starts_with("memory allocation of") {
            return beyond_memory(self.memory);
        }
        match status.code() {
            Some(code) => format!("the process that reads it failed (exit code {code}); this file has no result"),
            None => "the process that reads it crashed; this file has no result".to_owned(),
        }
    }
}

impl Iterator for Frames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        if self.ended {
            return None;
        }
        if let Some(what) = self.early.take() {
            return Some(self.fail(&what));
        }
        match self.receiver.recv_timeout(self.patience) {
            Ok(Ok(Frame::End)) => {
                self.ended = true;
                self.stop();
                None
            }
            Ok(Ok(frame)) => Some(frame),
            Ok(Err(what)) => Some(self.fail(what)),
            Err(RecvTimeoutError::Timeout) => {
                let what = format!("not read within {} seconds; given up", self.patience.as_secs());
                Some(self.fail(&what))
            }
            Err(RecvTimeoutError::Disconnected) => {
                let what = self.cause();
                Some(self.fail(&what))
            }
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start(command: &mut Command, bytes: &Bytes) -> io::Result<(Child, ChildStdout)> {
    let input = match bytes {
        Bytes::File(path) => Stdio::from(File::open(path)?),
        Bytes::Memory(_) => Stdio::piped(),
    };
    let mut child = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let (Bytes::Memory(bytes), Some(mut stdin)) = (bytes, child.stdin.take()) {
        let bytes = Arc::clone(bytes);
        // A reader that has seen enough closes the pipe.
        thread::spawn(move || stdin.write_all(&bytes));
    }
    let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    Ok((child, stdout))
}

/// The next frame; none at the end of the output, an error where it is no frame.
fn next(stdout: &mut impl BufRead, limit: usize) -> Option<Result<Frame, &'static str>> {
    let mut line = Vec::new();
    match stdout.take(limit as u64).read_until(b'\n', &mut line) {
        Ok(0) | Err(_) => None,
        // A line without its end is what a crash leaves, and a line at the limit is no honest answer.
        Ok(read) if line.last() != Some(&b'\n') => (read == limit).then_some(Err("expands to more than the limit")),
        Ok(_) => Some(serde_json::from_slice(&line).map_err(|_| "the process that reads it gave no sound answer")),
    }
}

/// Waits for a process that is about to end.
fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    const STEP: Duration = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    while waited < patience {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => thread::sleep(STEP),
            Err(_) => return None,
        }
        waited += STEP;
    }
    None
}

fn beyond_memory(limit: u64) -> String {
    format!("needs more memory than the limit of {} MiB", limit >> 20)
}

/// The message of a system error without its number.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |it| it.0.to_owned())
}

/// The hidden command: reads standard input as the request says and writes frames, one a line.
pub(crate) fn serve() -> ExitCode {
    let request = std::env::var(REQUEST).ok().and_then(|it| serde_json::from_str::<Request>(&it).ok());
    let Some(request) = request else { return USAGE.into() };
    limit(request.memory);
    let options = request.options();
    let mut bytes = Vec::new();
    // One byte more than allowed shows that there is more.
    let most = options.limits.file_bytes as u64 + 1;
    let read = io::stdin().lock().take(most).read_to_end(&mut bytes);
    let mut output = io::stdout().lock();
    let mut written = Ok(());
    if let Err(error) = read {
        drop(bytes);
        let what = match error.kind() {
            io::ErrorKind::OutOfMemory => beyond_memory(request.memory),
            _ => format!("cannot be read: {}", plain(&error)),
        };
        let fault = Frame::Fault(format!("{}: {what}", request.name));
        let written = put(&mut output, &fault).and_then(|()| put(&mut output, &Frame::End));
        return if written.is_ok() { ExitCode::SUCCESS } else { UNREAD.into() };
    }
    let done = guard::guarded(|| {
        read_each(&request.name, &bytes, &options, &mut |item| {
            if written.is_ok() {
                written = put(&mut output, &Frame::of(item));
            }
        });
    });
    let end = match done {
        Ok(()) => Ok(()),
        Err(at) => {
            put(&mut output, &Frame::Fault(format!("{}: internal error at {at}; it was not read", request.name)))
        }
    };
    match written.and(end).and_then(|()| put(&mut output, &Frame::End)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => UNREAD.into(),
    }
}

fn put(output: &mut impl Write, frame: &Frame) -> io::Result<()> {
    let mut line = serde_json::to_vec(frame).map_err(io::Error::other)?;
    line.push(b'\n');
    output.write_all(&line)?;
    output.flush()
}

/// Takes from this process what a parser does not need: memory, time, files of its own, core dumps with notes in them.
#[cfg(unix)]
fn limit(memory: u64) {
    use rlimit::Resource;
    let limits = [(Resource::AS, memory), (Resource::CPU, ABANDONED), (Resource::CORE, 0), (Resource::FSIZE, 0)];
    for (resource, most) in limits {
        // A system without one of these limits still has the others, and the parent watches the time.
        let _ = resource.set(most, most);
    }
}

#[cfg(not(unix))]
fn limit(_memory: u64) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What is said of a file whose reader is a shell command.
    fn said(script: &str, patience: Duration) -> Vec<String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let request = Request::new("a.pdf", &Options::default());
        let bytes = Bytes::Memory(Arc::from(&b"x"[..]));
        let frames = Frames::of(command, &bytes, &request, patience);
        let words = |it| match it {
            Frame::Fault(words) => words,
            other => format!("{other:?}"),
        };
        frames.map(words).collect()
    }

    #[test]
    fn a_reader_that_fails_is_one_failed_file() {
        let cases = [
            ("kill -SEGV $$", "crashed"),
            ("exit 70", "exit code 70"),
            ("echo memory allocation of 9 bytes failed >&2; kill -ABRT $$", "limit of 512 MiB"),
            ("exec sleep 60", "not read within"),
            ("printf '{\"Fault\":\"a\"'", "exit code 0"),
            ("echo nonsense", "no sound answer"),
        ];
        // A busy machine may take long to start a shell; only a reader that never ends is waited for in vain.
        let long = Duration::from_secs(50);
        for (script, part) in cases {
            let patience = if script.contains("sleep") { Duration::from_millis(700) } else { long };
            let said = said(script, patience);
            assert!(said.len() == 1 && said[0].starts_with("a.pdf: ") && said[0].contains(part), "{script}: {said:?}");
        }
        assert_eq!(said("echo '{\"Fault\":\"a\"}'; echo '\"End\"'; exec sleep 60", long), ["a"]);
        assert!(said("yes x | tr -d '\\n'", long)[0].contains("more than the limit"));
    }
}
