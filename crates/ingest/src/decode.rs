//! Bytes to text: byte order marks, UTF-8, UTF-16 without a mark, else Windows-1252 with a notice.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::Notice;

/// Size of the sample that UTF-16 without a byte order mark is recognized by, in bytes.
const SAMPLE: usize = 4096;

/// A decoded text.
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) notices: Vec<Notice>,
}

/// Decodes a text of unknown encoding.
pub(crate) fn text(bytes: &[u8]) -> Decoded<'_> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(bytes.get(mark..).unwrap_or_default(), encoding);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return with(bytes, encoding);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), notices: Vec::new() },
        Err(_) => with(bytes, WINDOWS_1252),
    }
}

/// Decodes a text whose source names its encoding; an unknown name is as good as none.
pub(crate) fn labeled<'a>(bytes: &'a [u8], label: Option<&str>) -> Decoded<'a> {
    match label.and_then(|it| Encoding::for_label(it.trim().as_bytes())) {
        Some(encoding) if Encoding::for_bom(bytes).is_none() && encoding != UTF_8 => with(bytes, encoding),
        _ => text(bytes),
    }
}

/// UTF-16 by its NUL bytes: nearly every second byte of Latin text is one.
pub(crate) fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..SAMPLE.min(bytes.len() & !1)).unwrap_or_default();
    let pairs = sample.len() / 2;
    let nuls = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|it| **it == 0).count();
    let (first, second) = (nuls(0), nuls(1));
    match () {
        () if pairs < 2 => None,
        () if second * 10 >= pairs * 7 && first * 10 < pairs => Some(UTF_16LE),
        () if first * 10 >= pairs * 7 && second * 10 < pairs => Some(UTF_16BE),
        () => None,
    }
}

fn with<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Decoded<'a> {
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    let mut notices = Vec::new();
    if encoding != UTF_8 {
        notices.push(Notice::Decoded(encoding.name()));
    }
    if replaced {
        notices.push(Notice::Replaced);
    }
    Decoded { text, notices }
}
