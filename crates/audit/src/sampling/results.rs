//! Results of opnote as a table: one row a note, with the columns that samples are made by. It holds no text of a note.

use std::borrow::Cow;
use std::collections::BTreeSet;

use memchr::memchr_iter;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::fault::Fault;
use super::strata::month;
use super::table::{Row, Table};

/// Columns of the table.
pub const COLUMNS: [&str; 14] = [
    "id",
    "service_date",
    "month",
    "code",
    "disposition",
    "confidence",
    "confidence_band",
    "family",
    "region",
    "delivery",
    "imaging",
    "open_findings",
    "conflicts",
    "billing",
];

/// Lower limits of the bands of confidence.
const BANDS: [(f64, &str); 6] = [
    (0.98, "0.98 or more"),
    (0.95, "0.95 to below 0.98"),
    (0.90, "0.90 to below 0.95"),
    (0.80, "0.80 to below 0.90"),
    (0.50, "0.50 to below 0.80"),
    (0.0, "below 0.50"),
];

/// Results that were read.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// One row a note.
    pub table: Table,
    /// Lines that say that an input could not be read.
    pub unread: u64,
    /// Versions of program and lexicon that made them.
    pub made_by: BTreeSet<String>,
}

// Text of a line is borrowed, since most of it is skipped.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default)]
    error: Option<IgnoredAny>,
    #[serde(borrow, default)]
    note: Option<Note<'a>>,
    #[serde(borrow, default)]
    encounter: Encounter<'a>,
    #[serde(borrow, default)]
    source: Option<Source<'a>>,
    #[serde(borrow, default)]
    proposals: Vec<Proposal<'a>>,
    #[serde(borrow, default)]
    findings: Vec<Finding<'a>>,
    #[serde(borrow, default)]
    made_by: Option<MadeBy<'a>>,
}

#[derive(Deserialize)]
struct Note<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    service_date: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
struct Encounter<'a> {
    #[serde(borrow)]
    procedures: Vec<Procedure<'a>>,
}

#[derive(Deserialize)]
struct Procedure<'a> {
    #[serde(borrow)]
    family: Cow<'a, str>,
    #[serde(borrow)]
    attributes: Attributes<'a>,
}

#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow, default)]
    region: Vec<Attribute<'a>>,
    #[serde(borrow, default)]
    delivery: Vec<Attribute<'a>>,
    #[serde(borrow, default)]
    imaging: Vec<Attribute<'a>>,
}

#[derive(Deserialize)]
struct Attribute<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow, default)]
    billed_codes: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Proposal<'a> {
    #[serde(borrow)]
    code: Option<Cow<'a, str>>,
    procedure: usize,
    confidence: Option<f64>,
    #[serde(borrow)]
    disposition: Cow<'a, str>,
    #[serde(borrow, default)]
    alternatives: Vec<Alternative<'a>>,
}

#[derive(Deserialize)]
struct Alternative<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Finding<'a> {
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
}

#[derive(Deserialize)]
struct MadeBy<'a> {
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow)]
    lexicon: Cow<'a, str>,
}

impl Results {
    /// An empty table.
    pub fn new() -> Results {
        let header = COLUMNS.map(str::to_owned).to_vec();
        Results { table: Table { header, ..Table::default() }, ..Results::default() }
    }

    /// Names the file of the chunks that follow.
    pub fn begin(&mut self, file: &str) {
        self.table.files.push(file.to_owned());
    }

    /// Adds a chunk of the file that was named last.
    pub fn push(&mut self, chunk: Chunk) {
        let file = self.table.files.len().saturating_sub(1);
        self.table.rows.extend(chunk.rows.into_iter().map(|(line, cells)| Row { file, line, cells }));
        self.unread += chunk.unread;
        self.made_by.extend(chunk.made_by);
    }
}

/// Some lines of a file, read apart from the others, so that several threads can.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    rows: Vec<(u64, Vec<String>)>,
    unread: u64,
    made_by: BTreeSet<String>,
}

/// Reads whole lines of a file, the first of which has this number.
pub fn chunk(file: &str, first_line: u64, bytes: &[u8]) -> Result<Chunk, Fault> {
    let mut chunk = Chunk::default();
    let mut from = 0;
    for (end, number) in memchr_iter(b'\n', bytes).chain([bytes.len()]).zip(first_line..) {
        let line = &bytes[from..end];
        from = end + 1;
        let line = if number == 1 { line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line) } else { line };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let read = std::str::from_utf8(line).ok().and_then(|it| serde_json::from_str::<Line>(it).ok());
        let line = read.ok_or_else(|| {
            let message = "no result of opnote (expected a line of `opnote code --format jsonl` or of `opnote batch`)";
            Fault::line(file, number, message)
        })?;
        if line.error.is_some() {
            chunk.unread += 1;
            continue;
        }
        let Some(note) = &line.note else {
            return Err(Fault::line(file, number, "no \"note\", expected a result of opnote"));
        };
        if let Some(it) = &line.made_by {
            let made_by = format!("opnote {}, lexicon {}", it.version, it.lexicon);
            if !chunk.made_by.contains(&made_by) {
                chunk.made_by.insert(made_by);
            }
        }
        chunk.rows.push((number, cells(note, &line)));
    }
    Ok(chunk)
}

/// The cells of a note, in the order of [`COLUMNS`].
fn cells(note: &Note<'_>, line: &Line<'_>) -> Vec<String> {
    let date = note.service_date.as_deref().unwrap_or_default();
    let has = |name: &str| line.proposals.iter().any(|it| it.disposition == name);
    let disposition = ["query", "review", "ready"].into_iter().find(|it| has(it)).unwrap_or("none");
    let lowest = line.proposals.iter().filter_map(|it| it.confidence).min_by(f64::total_cmp);
    let band = |it: f64| BANDS.iter().find(|band| it >= band.0).map_or("", |band| band.1).to_owned();
    let coded = || line.proposals.iter().filter_map(|it| line.encounter.procedures.get(it.procedure));
    let open = |it: &&Finding<'_>| it.outcome != "met" && it.severity != "advice";
    vec![
        note.id.clone().into_owned(),
        month(date).map_or_else(String::new, |_| date.to_owned()),
        month(date).unwrap_or_default().to_owned(),
        if line.proposals.is_empty() {
            "none".to_owned()
        } else {
            joined(line.proposals.iter().map(|it| it.code.as_deref().unwrap_or("undecided")))
        },
        disposition.to_owned(),
        lowest.map_or_else(String::new, |it| format!("{it:.6}").trim_end_matches('0').trim_end_matches('.').to_owned()),
        lowest.map_or_else(String::new, band),
        joined(coded().map(|it| it.family.as_ref())),
        joined(coded().flat_map(|it| &it.attributes.region).map(|it| it.value.as_ref())),
        joined(coded().flat_map(|it| &it.attributes.delivery).map(|it| it.value.as_ref())),
        joined(coded().flat_map(|it| &it.attributes.imaging).map(|it| it.value.as_ref())),
        line.findings.iter().filter(open).count().to_string(),
        line.findings.iter().filter(|it| it.outcome == "conflicting").count().to_string(),
        billing(line).to_owned(),
    ]
}

/// Different values in their order, separated by semicolons.
fn joined<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut shown: Vec<&str> = Vec::new();
    for it in values {
        if !shown.contains(&it) {
            shown.push(it);
        }
    }
    shown.join(";")
}

/// Whether the codes that came with the note are those proposed; empty where none came. Codes that no proposal knows,
/// such as those of supplies, are not compared.
fn billing(line: &Line<'_>) -> &'static str {
    let billed = line.source.as_ref().map_or(&[][..], |it| &it.billed_codes);
    if billed.is_empty() {
        return "";
    }
    let is_billed = |code: &str| billed.iter().any(|it| it == code);
    let proposed: Vec<&str> = line.proposals.iter().filter_map(|it| it.code.as_deref()).collect();
    let rivals = line.proposals.iter().flat_map(|it| &it.alternatives).map(|it| it.code.as_ref());
    let other = rivals.into_iter().any(|it| is_billed(it) && !proposed.contains(&it));
    if proposed.is_empty() || other || proposed.iter().any(|it| !is_billed(it)) { "disagrees" } else { "agrees" }
}
