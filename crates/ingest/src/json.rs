//! JSON objects with an id and a text: one, an array of them, or one a line.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::body::{Body, document, read_text};
use crate::table::{self, BILLED, DATES, IDS, TEXTS, normalized};
use crate::{
    DateCandidate, DateKind, ErrorKind, Format, Item, Notice, Options, Place, SkipReason, Skipped, Step, date, decode,
    detect,
};

/// The documents of a JSON file: an object, an array, or an object with one array of objects.
pub(crate) fn read(file: &str, bytes: &[u8], options: &Options, emit: &mut dyn FnMut(Item)) {
    let decoded = decode::text(bytes);
    let value = match raw(&decoded.text) {
        Ok(it) => it,
        Err((line, kind)) => return emit(Item::Error(kind.at(file, &Place::from(Step::Line(line))))),
    };
    let reader = Reader { file, format: Format::Json, options, notices: &decoded.notices };
    let (key, values) = match elements(value) {
        Some(values) => (String::new(), values),
        None => match inner_array(value) {
            Some(found) => found,
            None => return emit(reader.item(value, &Place::whole(), 1)),
        },
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
        emit(match raw(line) {
            Ok(value) => reader.item(value, &place, index + 1),
            Err((_, kind)) => Item::Error(kind.at(file, &place)),
        });
    }
    if empty {
        emit(reader.empty());
    }
}

/// Parses JSON; the error gives a line and never text. The library refuses values nested more than 128 deep.
pub(crate) fn parse(text: &str) -> Result<Value, (u32, ErrorKind)> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|it| kind_of(&it))
}

/// Checks the syntax of JSON and keeps it as it is written, so that numbers keep their digits.
fn raw(text: &str) -> Result<&RawValue, (u32, ErrorKind)> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|it| kind_of(&it))
}

fn kind_of(error: &serde_json::Error) -> (u32, ErrorKind) {
    let kind = if error.is_eof() {
        ErrorKind::Truncated("the end of a JSON value")
    } else {
        ErrorKind::Malformed { format: Format::Json, expected: "one JSON value, nested at most 128 deep" }
    };
    (error.line() as u32, kind)
}

/// The members of an object in their order, repeated keys included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

/// The members of an object; none if the value is no object.
fn members(value: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str::<Members<'_>>(value.get()).ok().map(|it| it.0)
}

/// The elements of an array; none if the value is no array.
fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    if value.get().starts_with('[') { serde_json::from_str(value.get()).ok() } else { None }
}

/// The characters of a string; none if the value is no string.
fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// The only array of objects among the members of an object that has no text itself, with its key.
fn inner_array(value: &RawValue) -> Option<(String, Vec<&RawValue>)> {
    let members = members(value)?;
    let is_text = |key: &String| TEXTS.contains(&normalized(key).as_str());
    if members.iter().any(|(key, value)| is_text(key) && value.get().starts_with('"')) {
        return None;
    }
    let mut arrays = members.into_iter().filter_map(|(key, value)| {
        let values = elements(value).filter(|it| it.first().is_some_and(|it| it.get().starts_with('{')))?;
        Some((key, values))
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
    fn item(&self, value: &RawValue, place: &Place, number: usize) -> Item {
        let fault = |kind: ErrorKind| Item::Error(kind.at(self.file, place));
        let object = members(value).filter(|it| !has_repeated_key(it));
        let Some(object) = object else {
            let expected = "an object with an id and a text, each once";
            return fault(ErrorKind::Malformed { format: self.format, expected });
        };
        let columns = &self.options.columns;
        let member = |named: Option<&String>, known: &[&str]| {
            let by = |wanted: &dyn Fn(&str) -> bool| object.iter().find(|it| wanted(&it.0)).map(|it| it.1);
            match named {
                Some(name) => by(&|key| key == name),
                None => known.iter().find_map(|it| by(&|key| normalized(key) == *it)),
            }
            .filter(|it| it.get() != "null")
        };
        let Some(text) = member(columns.text.as_ref(), &TEXTS) else {
            return fault(ErrorKind::Missing("text", "a member such as `text`, `note` or `note_text`"));
        };
        let Some(text) = string(text) else {
            return fault(ErrorKind::Wrong("the text", "a string of characters"));
        };
        if text.trim().is_empty() {
            let (file, place) = (self.file.to_owned(), place.clone());
            return Item::Skipped(Skipped { file, place, reason: SkipReason::Empty });
        }
        let mut body = match read_text(&text, place, &self.options.limits) {
            Ok(it) => it,
            Err(fault) => return Item::Error(fault.of_file(self.file)),
        };
        body.notices.extend(self.notices.iter().cloned());
        let Some(id) = self.id(member(columns.id.as_ref(), &IDS), number) else {
            return fault(ErrorKind::Wrong("the id", "a string or a number"));
        };
        if let Some(date) = member(columns.date.as_ref(), &DATES) {
            match string(date) {
                Some(text) if text.trim().is_empty() => {}
                Some(text) => self.date(&text, place, &mut body),
                None => body.notices.push(Notice::DateNotRead(place.clone())),
            }
        }
        let codes = member(columns.billed.as_ref(), &BILLED).and_then(|it| serde_json::from_str(it.get()).ok());
        body.metadata.billed_codes = codes.map(|it| billed(&it)).unwrap_or_default();
        Item::Document(Box::new(document(body, id, self.file, place, self.format)))
    }

    /// The id as text, a number with the digits it is written with; none if it is neither.
    fn id(&self, value: Option<&RawValue>, number: usize) -> Option<String> {
        let numbered = || format!("{}#{number}", detect::stem(self.file));
        let Some(value) = value else { return Some(numbered()) };
        if value.get().starts_with(|it: char| it.is_ascii_digit() || it == '-') {
            return Some(value.get().to_owned());
        }
        string(value).map(|it| if it.trim().is_empty() { numbered() } else { it })
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

fn has_repeated_key(members: &[(String, &RawValue)]) -> bool {
    let keys: BTreeSet<&str> = members.iter().map(|it| it.0.as_str()).collect();
    keys.len() < members.len()
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
