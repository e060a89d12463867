//! JSON lines: one object a line with `id`, `text` and optionally `service_date`; other fields are ignored.

use std::io::{self, BufRead, Read};

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Fault, FaultKind, Notice, Place, Received, decode, notices};
use crate::Note;

/// The notes of a stream, one a line; blank lines are skipped, a broken line costs itself only.
///
/// ```
/// use opnote::formats::jsonl::Lines;
///
/// let mut lines = Lines::new(&b"{\"id\": 7, \"text\": \"Lumbar epidural.\"}\n"[..], "notes.jsonl", 1000);
/// assert_eq!(lines.next().unwrap()?.note.id, "7");
/// # Ok::<(), opnote::formats::Fault>(())
/// ```
pub struct Lines<R> {
    reader: R,
    name: String,
    limit: usize,
    line: usize,
    ended: bool,
}

/// One line. The fields stay raw so that no message of the JSON reader can quote them.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    service_date: Option<&'a RawValue>,
}

impl<R: BufRead> Lines<R> {
    /// The notes of `reader`, each of at most `limit` bytes of text; `name` is for messages.
    pub fn new(reader: R, name: impl Into<String>, limit: usize) -> Lines<R> {
        Lines { reader, name: name.into(), limit, line: 0, ended: false }
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault::new(Place::line(&self.name, self.line), kind)
    }

    /// The next line without its end; none at the end of the stream.
    fn line(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        // Escapes make a text up to six times longer; what is longer still is too large for certain.
        let limit = self.limit.saturating_mul(6).saturating_add(1 << 16);
        let mut bytes = Vec::new();
        self.line += 1;
        let read = (&mut self.reader).take(limit as u64 + 1).read_until(b'\n', &mut bytes);
        read.map_err(|it| self.fault(FaultKind::Io(it)))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.len() > limit && bytes.last() != Some(&b'\n') {
            skip_line(&mut self.reader).map_err(|it| self.fault(FaultKind::Io(it)))?;
            return Err(self.fault(FaultKind::TooLarge(self.limit)));
        }
        Ok(Some(bytes))
    }

    fn note(&self, bytes: Vec<u8>) -> Result<Received, Fault> {
        let (line, decoding) = decode(bytes);
        // Files glued together carry a byte order mark in the middle.
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        let fields = self.fields(line)?;
        let id = self.id(fields.id)?;
        let text = fields.text.ok_or_else(|| self.fault(FaultKind::Missing("text", "a string")))?;
        let text: String = serde_json::from_str(text.get())
            .map_err(|_| self.fault(FaultKind::Wrong("text", "a string of characters")))?;
        if text.len() > self.limit {
            return Err(self.fault(FaultKind::TooLarge(self.limit)));
        }
        let service_date = self.date(fields.service_date)?;
        let notices: Vec<Notice> = notices(&text, decoding);
        Ok(Received { note: Note { id, text, service_date }, place: Place::line(&self.name, self.line), notices })
    }

    fn fields<'a>(&self, line: &'a str) -> Result<Fields<'a>, Fault> {
        let fields = serde_json::from_str(line).map_err(|it| self.not_json(&it))?;
        // An array would do for the JSON reader.
        if line.trim_start().starts_with('{') { Ok(fields) } else { Err(self.fault(FaultKind::NotObject)) }
    }

    fn not_json(&self, error: &serde_json::Error) -> Fault {
        if error.is_data() {
            return self.fault(FaultKind::NotObject);
        }
        let mut fault = self.fault(FaultKind::NotJson);
        fault.place.column = Some(error.column().max(1));
        fault
    }

    /// The id as text; a number keeps the digits it was written with.
    fn id(&self, raw: Option<&RawValue>) -> Result<String, Fault> {
        const EXPECTED: &str = "a string or a number";
        let raw = raw.ok_or_else(|| self.fault(FaultKind::Missing("id", EXPECTED)))?.get();
        if raw.starts_with(|it: char| it.is_ascii_digit() || it == '-') {
            return Ok(raw.to_owned());
        }
        serde_json::from_str(raw).map_err(|_| self.fault(FaultKind::Wrong("id", EXPECTED)))
    }

    /// The date of service; `null` and an empty string are no date.
    fn date(&self, raw: Option<&RawValue>) -> Result<Option<Date>, Fault> {
        let Some(raw) = raw else { return Ok(None) };
        let wrong = || self.fault(FaultKind::Wrong("service_date", "a day written YYYY-MM-DD"));
        let text: String = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
        match text.as_str() {
            "" => Ok(None),
            day => parse_date(day).map(Some).ok_or_else(wrong),
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Received, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.line() {
                Ok(None) => self.ended = true,
                Ok(Some(bytes)) if bytes.iter().all(u8::is_ascii_whitespace) => {}
                Ok(Some(bytes)) => return Some(self.note(bytes)),
                Err(fault) => {
                    self.ended = matches!(fault.kind, FaultKind::Io(_));
                    return Some(Err(fault));
                }
            }
        }
        None
    }
}

/// A day written exactly `YYYY-MM-DD` that is in the calendar.
///
/// ```
/// assert!(opnote::formats::jsonl::parse_date("2026-02-28").is_some());
/// assert!(opnote::formats::jsonl::parse_date("2026-02-30").is_none());
/// ```
pub fn parse_date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// Reads past the next line end and keeps nothing.
fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(());
        }
        let end = chunk.iter().position(|it| *it == b'\n');
        let used = end.map_or(chunk.len(), |it| it + 1);
        reader.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}
