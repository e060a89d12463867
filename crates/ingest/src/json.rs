//! JSON objects with an id and a text: one, an array of them, or one a line.

use serde_json::Value;

use crate::body::{Body, document, read_text};
use crate::table::{self, BILLED, DATES, IDS, TEXTS, normalized};
use crate::{
    DateCandidate, DateKind, ErrorKind, Format, Item, Notice, Options, Place, SkipReason, Skipped, Step, date, decode,
    detect,
};

/// The documents of a JSON file: an object, an array, or an object with one array of objects.
pub(crate) fn read(file: &str, bytes: &[u8], options: &Options, emit: &mut dyn FnMut(Item)) {
    let decoded = decode::text(bytes);
    let value = match parse(&decoded.text) {
        Ok(it) => it,
        Err((line, kind)) => return emit(Item::Error(kind.at(file, &Place::from(Step::Line(line))))),
    };
    let reader = Reader { file, format: Format::Json, options, notices: &decoded.notices };
    let (key, values) = match &value {
        Value::Array(values) => ("", values.as_slice()),
        Value::Object(object) => match inner_array(object) {
            Some(found) => found,
            None => return emit(reader.item(&value, &Place::whole(), 1)),
        },
        _ => return emit(reader.item(&value, &Place::whole(), 1)),
    };
    for (index, value) in values.iter().enumerate() {
        emit(reader.item(value, &Place::from(Step::Path(format!("{key}[{index}]"))), index + 1));
    }
    if values.is_empty() {
        emit(reader.empty());
    }
}

/// The documents of a file of JSON lines; a broken line costs itself only.
pub(crate) fn read_lines(file: &str, bytes: &[u8], options: &Options, emit: &mut dyn FnMut(Item)) {
    let decoded = decode::text(bytes);
    let reader = Reader { file, format: Format::Jsonl, options, notices: &decoded.notices };
    let mut empty = true;
    for (index, line) in decoded.text.split('\n').enumerate() {
        // Files glued together carry a byte order mark in the middle.
        let line = line.trim_start_matches('\u{feff}');
        if line.trim().is_empty() {
            continue;
        }
        empty = false;
        let place = Place::from(Step::Line(index as u32 + 1));
        emit(match parse(line) {
            Ok(value) => reader.item(&value, &place, index + 1),
            Err((_, kind)) => Item::Error(kind.at(file, &place)),
        });
    }
    if empty {
        emit(reader.empty());
    }
}

/// Parses JSON; the error gives a line and never text. The library refuses values nested more than 128 deep.
pub(crate) fn parse(text: &str) -> Result<Value, (u32, ErrorKind)> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).map_err(|error| {
        let kind = if error.is_eof() {
            ErrorKind::Truncated("the end of a JSON value")
        } else {
            ErrorKind::Malformed { format: Format::Json, expected: "one JSON value, nested at most 128 deep" }
        };
        (error.line() as u32, kind)
    })
}

/// The only array of objects among the members of an object that has no text itself.
fn inner_array(object: &serde_json::Map<String, Value>) -> Option<(&str, &[Value])> {
    let is_text = |key: &String| TEXTS.contains(&normalized(key).as_str());
    if object.iter().any(|(key, value)| is_text(key) && value.is_string()) {
        return None;
    }
    let mut arrays = object.iter().filter_map(|(key, value)| {
        let values = value.as_array().filter(|it| it.first().is_some_and(Value::is_object))?;
        Some((key.as_str(), values.as_slice()))
    });
    let first = arrays.next()?;
    arrays.next().is_none().then_some(first)
}

struct Reader<'a> {
    file: &'a str,
    format: Format,
    options: &'a Options,
    notices: &'a [Notice],
}

impl Reader<'_> {
    fn empty(&self) -> Item {
        Item::Skipped(Skipped { file: self.file.to_owned(), place: Place::whole(), reason: SkipReason::Empty })
    }

    /// The document of an object; `number` is its position, for an id where it has none.
    fn item(&self, value: &Value, place: &Place, number: usize) -> Item {
        let fault = |kind: ErrorKind| Item::Error(kind.at(self.file, place));
        let Value::Object(object) = value else {
            return fault(ErrorKind::Malformed { format: self.format, expected: "an object with an id and a text" });
        };
        let columns = &self.options.columns;
        let member = |named: Option<&String>, known: &[&str]| match named {
            Some(name) => object.get(name.as_str()),
            None => known.iter().find_map(|it| object.iter().find(|(key, _)| normalized(key) == *it)).map(|it| it.1),
        };
        let text = match member(columns.text.as_ref(), &TEXTS) {
            Some(Value::String(text)) => text,
            Some(_) => return fault(ErrorKind::Wrong("the text", "a string of characters")),
            None => return fault(ErrorKind::Missing("text", "a member such as `text`, `note` or `note_text`")),
        };
        if text.trim().is_empty() {
            let (file, place) = (self.file.to_owned(), place.clone());
            return Item::Skipped(Skipped { file, place, reason: SkipReason::Empty });
        }
        let mut body = match read_text(text, place, &self.options.limits) {
            Ok(it) => it,
            Err(fault) => return Item::Error(fault.of_file(self.file)),
        };
        body.notices.extend(self.notices.iter().cloned());
        let id = match member(columns.id.as_ref(), &IDS) {
            Some(Value::String(id)) if !id.trim().is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            Some(Value::String(_) | Value::Null) | None => format!("{}#{number}", detect::stem(self.file)),
            Some(_) => return fault(ErrorKind::Wrong("the id", "a string or a number")),
        };
        match member(columns.date.as_ref(), &DATES) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.trim().is_empty() => {}
            Some(Value::String(text)) => self.date(text, place, &mut body),
            Some(_) => body.notices.push(Notice::DateNotRead(place.clone())),
        }
        if let Some(codes) = member(columns.billed.as_ref(), &BILLED) {
            body.metadata.billed_codes = billed(codes);
        }
        Item::Document(Box::new(document(body, id, self.file, place, self.format)))
    }

    fn date(&self, text: &str, place: &Place, body: &mut Body) {
        let Some(reading) = date::read(text) else {
            body.notices.push(Notice::DateNotRead(place.clone()));
            return;
        };
        if matches!(reading, date::Reading::Either(..)) && self.options.day_first.is_none() {
            body.notices.push(Notice::DateOrder { day_first: false });
        }
        let date = reading.date(self.options.day_first.unwrap_or(false));
        body.dates.push(DateCandidate { date, kind: DateKind::Service, label: "service date".to_owned() });
    }
}

/// The codes of a member: a string or number, or a list of them.
fn billed(value: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => table::codes(text),
        Value::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    };
    match value {
        Value::Array(values) => values.iter().flat_map(one).collect(),
        value => one(value),
    }
}
