//! Labels: what a careful coder would report from a note, one JSON object a line or one row of CSV.

use std::collections::{BTreeMap, HashMap};

use opnote::formats::{Fault, FaultKind, Place};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The label of one note.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Label {
    /// The note.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Codes of the family; one code may be written without its list.
    #[serde(deserialize_with = "codes")]
    pub family: Vec<String>,
    /// Other lists that a reasonable auditor accepts.
    pub acceptable: Vec<Vec<String>>,
    /// Codes of other families.
    #[serde(rename = "neighbours")]
    pub neighbors: Vec<String>,
    /// Another list of them that is accepted.
    #[serde(rename = "neighbours_also")]
    pub neighbors_also: Vec<String>,
    /// The facts that decide.
    pub axes: BTreeMap<String, Value>,
    /// Generic names of what went into the target space.
    pub injectate: Vec<String>,
    /// A fact is missing: the right answer is to ask.
    pub must_query: bool,
    /// `firm`, `policy` or `debatable`.
    pub certainty: String,
    /// Why the label says so.
    pub why: String,
    /// Words of the note that the label rests on.
    pub quotes: Vec<String>,
    /// Notes of one template share a skeleton.
    pub template: String,
    /// Where the note comes from; `generated` for one that a generator composed.
    pub set: String,
    /// Any other field, such as `provider`, `site`, `payer` or `service_date`, by which figures can be grouped.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Default for Label {
    /// A note without a label: no code of any family, for certain.
    fn default() -> Label {
        Label {
            id: String::new(),
            family: Vec::new(),
            acceptable: Vec::new(),
            neighbors: Vec::new(),
            neighbors_also: Vec::new(),
            axes: BTreeMap::new(),
            injectate: Vec::new(),
            must_query: false,
            certainty: "firm".to_owned(),
            why: String::new(),
            quotes: Vec::new(),
            template: String::new(),
            set: String::new(),
            other: BTreeMap::new(),
        }
    }
}

impl Label {
    /// Whether a generator composed the note: figures on such notes are never added to others.
    pub(crate) fn is_generated(&self) -> bool {
        self.set == "generated"
    }

    /// What the label answers, in one word for each code: `ask`, `none`, or all codes, sorted.
    pub fn answer(&self) -> String {
        if self.must_query {
            return "ask".to_owned();
        }
        let mut codes: Vec<&str> = self.family.iter().chain(&self.neighbors).map(String::as_str).collect();
        codes.sort_unstable();
        if codes.is_empty() { "none".to_owned() } else { codes.join(" + ") }
    }

    /// The value of a field that is no part of the answer; none where it is empty.
    pub(super) fn stated(&self, column: &str) -> Option<String> {
        match self.other.get(column)? {
            Value::String(it) => Some(it.trim().to_owned()).filter(|it| !it.is_empty()),
            Value::Number(it) => Some(it.to_string()),
            _ => None,
        }
    }

    /// The codes of the family, sorted.
    pub(super) fn sorted_family(&self) -> Vec<String> {
        sorted(&self.family)
    }

    /// The lists that are right, sorted.
    pub(super) fn accepted(&self) -> impl Iterator<Item = Vec<String>> {
        std::iter::once(&self.family).chain(&self.acceptable).map(|it| sorted(it))
    }

    /// Whether the note has a code of the family, or may have one once the provider has answered.
    pub(super) fn is_positive(&self) -> bool {
        !self.family.is_empty() || self.must_query && !self.acceptable.is_empty()
    }

    /// Whether a code, of whatever family, is right on this note.
    pub(crate) fn allows(&self, code: &str) -> bool {
        let lists = [&self.family, &self.neighbors, &self.neighbors_also];
        lists.into_iter().chain(&self.acceptable).flatten().any(|it| it == code)
    }
}

fn sorted(codes: &[String]) -> Vec<String> {
    let mut codes = codes.to_vec();
    codes.sort();
    codes
}

/// An id as text, also where it was written as a number.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(it) => Ok(it),
        Value::Number(it) => Ok(it.to_string()),
        _ => Err(serde::de::Error::custom("expected an id")),
    }
}

/// Codes as a list, or one as text.
fn codes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(it) => Ok(vec![it]),
        Value::Null => Ok(Vec::new()),
        other => serde_json::from_value(other).map_err(|_| serde::de::Error::custom("expected a list of codes")),
    }
}

/// Fields of labels, those that only people read among them.
const FIELDS: [&str; 25] = [
    "id",
    "set",
    "service_date",
    "family",
    "acceptable",
    "neighbours",
    "neighbours_also",
    "axes",
    "injectate",
    "must_query",
    "query",
    "status",
    "certainty",
    "annotators",
    "why",
    "quotes",
    "template",
    "text",
    "level",
    "note",
    "provider",
    "site",
    "payer",
    "month",
    "coder",
];

/// The names of fields that no label has, each once, with the one that was likely meant.
pub fn unknown_fields(text: &str) -> Vec<(String, Option<&'static str>)> {
    let text = text.trim_start_matches('\u{feff}');
    let names: Vec<String> = if is_csv(text) {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.headers().map(|it| it.iter().map(|it| it.trim().to_owned()).collect()).unwrap_or_default()
    } else {
        let objects = text.lines().filter_map(|it| serde_json::from_str::<serde_json::Map<String, Value>>(it).ok());
        objects.flat_map(|it| it.into_iter().map(|it| it.0)).collect()
    };
    let mut unknown: Vec<(String, Option<&'static str>)> = Vec::new();
    for name in names {
        if FIELDS.contains(&name.as_str()) || unknown.iter().any(|it| it.0 == name) {
            continue;
        }
        let distance = |it: &str| strsim::damerau_levenshtein(&name.to_lowercase(), it);
        let near = FIELDS.into_iter().map(|it| (distance(it), it)).min().filter(|it| it.0 <= 2);
        unknown.push((name, near.map(|it| it.1)));
    }
    unknown
}

/// Whether labels are a table: their first line is no JSON.
fn is_csv(text: &str) -> bool {
    text.lines().find(|it| !it.trim().is_empty()).is_some_and(|it| !it.trim_start().starts_with('{'))
}

/// Reads a table of labels: a column for each field; codes of a cell separated by `;`, accepted lists by `|`.
fn read_table(text: &str, file: &str) -> Result<Vec<(usize, Label)>, Fault> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let fault = |line: usize, kind| Fault::new(Place::line(file, line), kind);
    let names = reader.headers().map_err(|_| fault(1, FaultKind::NotJson))?.clone();
    let column = |name: &str| names.iter().position(|it| it.trim().trim_start_matches('\u{feff}') == name);
    let Some(id) = column("id") else { return Err(fault(1, FaultKind::Missing("id", "a column of this name"))) };
    let mut labels = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let line = record_line(record.as_ref().ok(), index + 2);
        let record = record.map_err(|_| fault(line, FaultKind::Wrong("label", "a row of the table")))?;
        let cell = |name: &str| column(name).and_then(|at| record.get(at)).map(str::trim).unwrap_or_default();
        let codes = |cell: &str| -> Vec<String> {
            cell.split([';', ' ', ',']).filter(|it| !it.is_empty()).map(str::to_owned).collect()
        };
        let id = record.get(id).map(str::trim).unwrap_or_default();
        if id.is_empty() {
            return Err(fault(line, FaultKind::Missing("id", "the name of a note")));
        }
        let must_query = match cell("must_query").to_lowercase().as_str() {
            "" | "no" | "false" | "0" => false,
            "yes" | "true" | "1" => true,
            _ => return Err(fault(line, FaultKind::Wrong("must_query", "yes or no"))),
        };
        let accepted = cell("acceptable").split('|').map(codes).filter(|it| !it.is_empty());
        let mut label = Label {
            id: id.to_owned(),
            family: codes(cell("family")),
            acceptable: accepted.collect(),
            neighbors: codes(cell("neighbours")),
            neighbors_also: codes(cell("neighbours_also")),
            must_query,
            why: cell("why").to_owned(),
            template: cell("template").to_owned(),
            set: cell("set").to_owned(),
            ..Label::default()
        };
        for (name, value) in names.iter().zip(record.iter()) {
            let name = name.trim().trim_start_matches('\u{feff}');
            label.other.insert(name.to_owned(), Value::String(value.trim().to_owned()));
        }
        if !cell("certainty").is_empty() {
            cell("certainty").clone_into(&mut label.certainty);
        }
        labels.push((line, label));
    }
    Ok(labels)
}

fn record_line(record: Option<&csv::StringRecord>, otherwise: usize) -> usize {
    record.and_then(csv::StringRecord::position).map_or(otherwise, |it| it.line() as usize)
}

/// Reads labels, one a line; a faulty line is a fault of the whole, since figures over a part would mislead.
pub fn read_labels(text: &str, file: &str) -> Result<Vec<Label>, Fault> {
    let text = text.trim_start_matches('\u{feff}');
    let labels = if is_csv(text) { read_table(text, file) } else { read_lines(text, file) }?;
    let mut seen = HashMap::with_capacity(labels.len());
    for (line, label) in &labels {
        if seen.insert(label.id.as_str(), line).is_some() {
            let kind = FaultKind::Wrong("id", "an id of its own (expected one label for each note)");
            return Err(Fault::new(Place::line(file, *line), kind));
        }
    }
    Ok(labels.into_iter().map(|it| it.1).collect())
}

/// Labels with the numbers of their lines.
fn read_lines(text: &str, file: &str) -> Result<Vec<(usize, Label)>, Fault> {
    let lines = text.lines().enumerate().filter(|it| !it.1.trim().is_empty());
    lines
        .map(|(index, line)| {
            let fault = |kind| Fault::new(Place::line(file, index + 1), kind);
            let label: Label = serde_json::from_str(line).map_err(|it| {
                fault(if it.is_data() {
                    FaultKind::Wrong("label", "made as corpus/README.md says")
                } else {
                    FaultKind::NotJson
                })
            })?;
            if label.id.is_empty() {
                return Err(fault(FaultKind::Missing("id", "a string or a number")));
            }
            Ok((index + 1, label))
        })
        .collect()
}

/// A drug name as labels write it: the salt and what stands in brackets is left out.
pub(super) fn generic(name: &str) -> String {
    const NAMES: [(&str, &str); 11] = [
        ("methylpred", "methylprednisolone"),
        ("triamcinolone", "triamcinolone"),
        ("betameth", "betamethasone"),
        ("dexameth", "dexamethasone"),
        ("bupiv", "bupivacaine"),
        ("lidoc", "lidocaine"),
        ("ropiv", "ropivacaine"),
        ("saline", "saline"),
        ("sodium_chloride", "saline"),
        ("sodium chloride", "saline"),
        ("hyaluron", "hyaluronidase"),
    ];
    let name = name.to_lowercase();
    let known = NAMES.iter().find(|it| name.contains(it.0)).map(|it| it.1);
    known.or_else(|| name.split([' ', '(', '_']).next()).unwrap_or_default().to_owned()
}
