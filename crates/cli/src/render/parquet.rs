//! Results as Parquet: one row a note, its proposals with the columns of tables, evidence nested in all of them.

use jiff::civil::Date;
use opnote::Lexicon;
use opnote::report::{EvidenceReport, ProcedureReport, Report};
use serde_json::{Map, Value, json};

use super::columns::{COLUMNS, Cell, Column, Kind, rows};
use crate::run::tally::disposition;

/// Columns of tables that belong to the note and not to a proposal.
const OF_NOTE: [&str; 2] = ["id", "service_date"];
/// Columns of tables in whose place the words themselves stand.
const QUOTED: [&str; 2] = ["evidence", "against"];
/// A list of words of the note.
const WORDS: &str = "(LIST) { repeated group list { required group element {
    required int64 start; required int64 end; required binary quote (STRING); required binary rule (STRING);
    optional binary place (STRING); } } }";

/// The schema of a file.
pub(crate) fn schema() -> String {
    let of_note: String = COLUMNS.iter().filter(|it| OF_NOTE.contains(&it.name)).map(field).collect();
    let of_proposals: String = COLUMNS.iter().filter(|it| is_plain(it)).map(field).collect();
    format!(
        "message note {{
  {of_note}optional binary disposition (STRING);
  required group proposals (LIST) {{ repeated group list {{ required group element {{
    {of_proposals}required group evidence {WORDS}
    required group against {WORDS}
  }} }} }}
  required group procedures (LIST) {{ repeated group list {{ required group element {{
    required binary family (STRING);
    required binary status (STRING);
    required group evidence {WORDS}
    required group facts (LIST) {{ repeated group list {{ required group element {{
      required binary attribute (STRING);
      required binary value (STRING);
      required binary why (STRING);
      optional binary rule (STRING);
      required group evidence {WORDS}
    }} }} }}
  }} }} }}
  required group findings (LIST) {{ repeated group list {{ required group element {{
    required binary id (STRING);
    optional int64 procedure;
    required binary outcome (STRING);
    required binary severity (STRING);
    required binary message (STRING);
    optional binary ask (STRING);
    required group evidence {WORDS}
  }} }} }}
  optional binary version (STRING);
  optional binary lexicon (STRING);
  optional binary error (STRING);
}}
"
    )
}

/// The row of a note.
pub(crate) fn row(report: &Report, lexicon: &Lexicon) -> Value {
    let table = rows(report, lexicon);
    let mut row = Map::new();
    if let Some(first) = table.first() {
        row.extend(COLUMNS.iter().filter(|it| OF_NOTE.contains(&it.name)).map(|it| member(it, (it.cell)(first))));
    }
    let proposals = table.iter().filter_map(|row| {
        let proposal = row.proposal?;
        let plain = COLUMNS.iter().filter(|it| is_plain(it)).map(|it| member(it, (it.cell)(row)));
        let mut members: Map<String, Value> = plain.collect();
        members.insert("evidence".to_owned(), words(&proposal.evidence));
        members.insert("against".to_owned(), words(&proposal.against));
        Some(Value::Object(members))
    });
    row.insert("proposals".to_owned(), proposals.collect());
    row.insert("disposition".to_owned(), disposition(report).into());
    row.insert("procedures".to_owned(), report.encounter.procedures.iter().map(procedure).collect());
    let findings = report.findings.iter().map(|it| {
        json!({"id": it.id, "procedure": it.procedure, "outcome": it.outcome, "severity": it.severity,
            "message": it.message, "ask": it.ask, "evidence": words(&it.evidence)})
    });
    row.insert("findings".to_owned(), findings.collect());
    row.insert("version".to_owned(), report.made_by.version.clone().into());
    row.insert("lexicon".to_owned(), report.made_by.lexicon.clone().into());
    Value::Object(row)
}

/// The row of an input without a result.
pub(crate) fn error_row(message: &str) -> Value {
    json!({"error": message})
}

fn procedure(it: &ProcedureReport) -> Value {
    let facts = it.attributes.iter().flat_map(|(attribute, values)| {
        values.iter().map(move |it| {
            json!({"attribute": attribute, "value": it.value, "why": it.why, "rule": it.rule,
                "evidence": words(&it.evidence)})
        })
    });
    json!({"family": it.family, "status": it.status, "evidence": words(&it.evidence),
        "facts": facts.collect::<Vec<_>>()})
}

fn words(evidence: &[EvidenceReport]) -> Value {
    let one = |it: &EvidenceReport| json!({"start": it.start, "end": it.end, "quote": it.quote, "rule": it.rule, "place": it.place});
    evidence.iter().map(one).collect()
}

fn is_plain(column: &Column) -> bool {
    !OF_NOTE.contains(&column.name) && !QUOTED.contains(&column.name)
}

/// The line of the schema for a column of tables.
fn field(column: &Column) -> String {
    let (kind, logical) = match column.kind {
        Kind::Text => ("binary", " (STRING)"),
        Kind::Count => ("int64", ""),
        Kind::Chance => ("double", ""),
        Kind::Day => ("int32", " (DATE)"),
    };
    format!("optional {kind} {}{logical};\n  ", column.name)
}

fn member(column: &Column, cell: Cell) -> (String, Value) {
    let value = match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Count(count) => count.into(),
        Cell::Chance(chance) => chance.into(),
        Cell::Day(day) => days(day).into(),
    };
    (column.name.to_owned(), value)
}

/// Days since 1970-01-01.
fn days(day: Date) -> i64 {
    day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_one_and_the_documented_one() {
        assert!(opnote_parquet::Table::new(Vec::new(), &schema()).is_ok(), "{}", schema());
        let page = include_str!("../../../../docs/outputs.md");
        let squashed = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            squashed(page).contains(&squashed(&schema())),
            "docs/outputs.md shows another schema than\n{}",
            schema()
        );
        assert_eq!(days(jiff::civil::date(2025, 10, 14)), 20_375);
    }
}
