//! Files that are read in this process: tables, JSON, HL7 messages without documents inside.

use std::fs::File;
use std::io::Read;
use std::sync::mpsc::{IntoIter, sync_channel};
use std::thread;

use opnote_ingest::{Options, read_each};

use super::contained::{Bytes, plain};
use super::incoming::Frame;
use crate::guard;

/// Frames that are read ahead.
const AHEAD: usize = 64;

/// All bytes of a file, as far as one more than the limit.
pub(super) fn bytes(source: &Bytes, name: &str, options: &Options) -> Result<Vec<u8>, Frame> {
    match source {
        Bytes::Memory(bytes) => Ok(bytes.to_vec()),
        Bytes::File(path) => {
            let mut bytes = Vec::new();
            let limit = options.limits.file_bytes as u64 + 1;
            let read = File::open(path).and_then(|it| it.take(limit).read_to_end(&mut bytes));
            read.map_err(|it| Frame::Fault(format!("{name}: cannot be read: {}", plain(&it))))?;
            Ok(bytes)
        }
    }
}

/// The frames of a file, read on a thread of its own a little ahead of their use.
pub(super) fn read(name: String, bytes: Vec<u8>, options: Options) -> IntoIter<Frame> {
    let (sender, frames) = sync_channel(AHEAD);
    thread::spawn(move || {
        let done = guard::guarded(|| {
            read_each(&name, &bytes, &options, &mut |item| {
                // Whoever has seen enough hangs up.
                let _ = sender.send(Frame::of(item));
            });
        });
        if let Err(at) = done {
            let _ = sender.send(Frame::Fault(format!("{name}: internal error at {at}; the rest was not read")));
        }
    });
    frames.into_iter()
}
