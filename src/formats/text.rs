//! Plain text: one note a file.

use std::io::Read;

use super::{Fault, FaultKind, Place, Received, decode, notices};
use crate::Note;

/// Reads one note of at most `limit` bytes; `reader` gives UTF-8 or bytes of an unknown code page
/// (see [`super::decoded`]).
///
/// ```
/// use opnote::formats::{Place, text};
///
/// let read = text::read(&b"Lumbar epidural."[..], "7", &Place::file("7.txt"), 1000)?;
/// assert_eq!(read.note.text, "Lumbar epidural.");
/// # Ok::<(), opnote::formats::Fault>(())
/// ```
pub fn read(reader: impl Read, id: &str, place: &Place, limit: usize) -> Result<Received, Fault> {
    let fault = |kind| Fault::new(place.clone(), kind);
    let mut bytes = Vec::new();
    // One byte more than allowed shows that there is more, and no more than that is read.
    let read = reader.take(limit as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|it| fault(FaultKind::Io(it)))?;
    if bytes.len() > limit {
        return Err(fault(FaultKind::TooLarge(limit)));
    }
    if is_binary(&bytes) {
        return Err(fault(FaultKind::NotText));
    }
    let (text, decoding) = decode(bytes);
    let notices = notices(&text, decoding);
    Ok(Received { note: Note::new(id, text), place: place.clone(), notices })
}

/// Whether a tenth or more of the bytes are NUL: a stray one is a blemish, many are another format.
fn is_binary(bytes: &[u8]) -> bool {
    let nuls = bytes.split(|it| *it == 0).count() - 1;
    nuls > 0 && nuls * 10 >= bytes.len()
}
