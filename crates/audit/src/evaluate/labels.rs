//! Labels: what a careful coder would report from a note, one JSON object a line.

use std::collections::BTreeMap;

use opnote::formats::{Fault, FaultKind, Place};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The label of one note. Fields that are not listed here are ignored.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Label {
    /// The note.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Codes of the family.
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
        }
    }
}

impl Label {
    /// Whether a generator composed the note: figures on such notes are never added to others.
    pub(crate) fn is_generated(&self) -> bool {
        self.set == "generated"
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

/// Reads labels, one a line; a faulty line is a fault of the whole, since figures over a part would mislead.
pub fn read_labels(text: &str, file: &str) -> Result<Vec<Label>, Fault> {
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
            if label.id.is_empty() { Err(fault(FaultKind::Missing("id", "a string or a number"))) } else { Ok(label) }
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
