//! Results as SARIF 2.1.0, for viewers of findings: codes, open questions and places, and no words of a note.

use std::collections::BTreeSet;

use opnote::Lexicon;
use opnote::report::{EvidenceReport, FindingReport, ProposalReport, Report};
use serde_json::{Value, json};

use super::columns::is_open;
use crate::inputs::Incoming;

/// The rule of results that are proposals.
const PROPOSAL: &str = "proposal";

/// The file before its first result.
pub(crate) const OPENING: &str = "{\"version\":\"2.1.0\",\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\
    \"runs\":[{\"columnKind\":\"unicodeCodePoints\",\"results\":[";

/// The file after its last result: the rules that results name.
pub(crate) fn closing(rules: &BTreeSet<String>, lexicon: &Lexicon) -> String {
    let rules: Vec<Value> = rules.iter().map(|it| rule(it, lexicon)).collect();
    let driver = json!({
        "name": "opnote",
        "version": env!("CARGO_PKG_VERSION"),
        "properties": {"lexicon": lexicon.fingerprint},
        "rules": rules,
    });
    format!("\n],\"tool\":{{\"driver\":{driver}}}}}]}}\n")
}

/// The results of one note, one a line, with commas between them.
pub(crate) fn results(report: &Report, incoming: &Incoming, lexicon: &Lexicon) -> String {
    let proposals = report.proposals.iter().map(|it| proposal(it, report, incoming));
    let findings = report.findings.iter().filter(|it| is_open(it)).map(|it| finding(it, report, incoming, lexicon));
    let lines: Vec<String> = proposals.chain(findings).map(|it| format!("{it}")).collect();
    lines.join(",\n")
}

/// The rules that the results of a note name.
pub(crate) fn rules(report: &Report) -> BTreeSet<String> {
    let findings = report.findings.iter().filter(|it| is_open(it)).map(|it| it.id.clone());
    let proposals = (!report.proposals.is_empty()).then(|| PROPOSAL.to_owned());
    findings.chain(proposals).collect()
}

fn rule(id: &str, lexicon: &Lexicon) -> Value {
    let about =
        if id == PROPOSAL { "a code that the note supports, or may support".to_owned() } else { about(id, lexicon) };
    json!({"id": id, "shortDescription": {"text": about}})
}

/// The meaning of a finding: the message of a result may hold words of the note, this does not.
fn about(id: &str, lexicon: &Lexicon) -> String {
    lexicon.explain(id).into_iter().next().map_or_else(|| id.to_owned(), |it| it.about)
}

fn proposal(it: &ProposalReport, report: &Report, incoming: &Incoming) -> Value {
    let kind = match it.disposition.as_str() {
        "ready" => "pass",
        "review" => "review",
        _ => "open",
    };
    let code = it.code.clone().unwrap_or_else(|| it.candidates.join(" or "));
    json!({
        "ruleId": PROPOSAL,
        "kind": kind,
        "level": "none",
        "message": {"text": format!("{code}: {}", it.disposition)},
        "locations": locations(it.evidence.iter().take(1), incoming),
        "relatedLocations": locations(it.evidence.iter().skip(1), incoming),
        "properties": {
            "note": report.note.id,
            "code": it.code,
            "candidates": it.candidates,
            "units": it.units,
            "confidence": it.confidence,
            "disposition": it.disposition,
        },
    })
}

fn finding(it: &FindingReport, report: &Report, incoming: &Incoming, lexicon: &Lexicon) -> Value {
    let level = if it.severity == "code" { "error" } else { "warning" };
    let mut places = locations(it.evidence.iter().take(1), incoming);
    if places.is_empty() {
        places.push(json!({"physicalLocation": {"artifactLocation": {"uri": uri(&incoming.file)}}}));
    }
    json!({
        "ruleId": it.id,
        "level": level,
        "message": {"text": format!("{}: {}", it.outcome, about(&it.id, lexicon))},
        "locations": places,
        "relatedLocations": locations(it.evidence.iter().skip(1), incoming),
        "properties": {"note": report.note.id, "severity": it.severity},
    })
}

/// Places of words: lines of a text file, the line of JSON lines, or a place in a document; bytes of the note in any case.
fn locations<'a>(evidence: impl Iterator<Item = &'a EvidenceReport>, incoming: &Incoming) -> Vec<Value> {
    let location = |it: &EvidenceReport| {
        let mut physical = json!({"artifactLocation": {"uri": uri(&incoming.file)}});
        let region = match (incoming.source.is_some(), incoming.line) {
            (true, _) => None,
            (false, Some(line)) => Some(json!({"startLine": line})),
            (false, None) => region(&incoming.note.text, it.start, it.end),
        };
        if let Some(region) = region {
            physical["region"] = region;
        }
        let mut location =
            json!({"physicalLocation": physical, "properties": {"noteStart": it.start, "noteEnd": it.end}});
        if let Some(place) = &it.place {
            location["logicalLocations"] = json!([{"fullyQualifiedName": place}]);
        }
        location
    };
    evidence.map(location).collect()
}

/// Lines and columns of bytes of a text, from 1, in code points.
fn region(text: &str, start: usize, end: usize) -> Option<Value> {
    let at = |offset: usize| {
        let before = text.get(..offset)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some((line, column))
    };
    let ((line, column), (end_line, end_column)) = (at(start)?, at(end)?);
    Some(json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}))
}

/// A path as a reference: what is no plain character is escaped.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            b'\\' if cfg!(windows) => out.push('/'),
            _ => super::text::put(&mut out, format_args!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_references() {
        let found = region("é\nab c", 3, 5).expect("a region");
        assert_eq!(found, json!({"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 3}));
        assert_eq!(uri("a b/é.txt"), "a%20b/%C3%A9.txt");
    }
}
