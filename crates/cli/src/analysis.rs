//! One note scored with what its source says: its date, whether it is signed, the way back to the file.

use jiff::civil::Date;
use opnote::report::{ClaimReport, Report, SourceDateReport, SourceReport};
use opnote::{Analysis, Disposition, Finding, Id, Lexicon, Note, Outcome, Severity, analyze};

use crate::inputs::{Incoming, Remark, Source};

/// Reads one note; `date` is the date of service where neither the caller nor the note gives one.
pub(crate) fn analyze_dated(note: &mut Note, date: Option<Date>, lexicon: &Lexicon) -> Analysis {
    let analysis = analyze(note, lexicon);
    if date.is_none() || analysis.encounter.service_date.is_some() {
        return analysis;
    }
    note.service_date = date;
    analyze(note, lexicon)
}

/// Reads one note as it arrived, and adds what its source leads to.
pub(crate) fn analyze_incoming(incoming: &mut Incoming, date: Option<Date>, lexicon: &Lexicon) -> Analysis {
    let Incoming { note, source, notices, .. } = incoming;
    let Some(source) = source else { return analyze_dated(note, date, lexicon) };
    let given = note.service_date.take();
    let stated = analyze(note, lexicon);
    let mut analysis = match (given, stated.encounter.service_date) {
        (Some(given), Some(day)) if given == day => stated,
        (Some(given), day) => {
            note.service_date = Some(given);
            let mut analysis = analyze(note, lexicon);
            if day.is_some() {
                disagree(&mut analysis, &stated);
            }
            analysis
        }
        (None, Some(_)) => stated,
        (None, None) => match date.or_else(|| of_paperwork(source, notices)) {
            None => stated,
            day => {
                note.service_date = day;
                analyze(note, lexicon)
            }
        },
    };
    note.service_date = analysis.encounter.service_date;
    if source.authenticated == Some(false) {
        unsigned(&mut analysis, source);
    }
    analysis
}

/// The date of dictation, admission, filing or signature, where there is no better one.
fn of_paperwork(source: &Source, notices: &mut Vec<Remark>) -> Option<Date> {
    let date = source.dates.first()?;
    let text = format!("no date of service; taken from {} ({})", date.label, date.kind);
    notices.push(Remark { text, file: None });
    Some(date.date)
}

/// Adds the finding that two dates of service disagree; where that changes the codes, a person must look.
fn disagree(analysis: &mut Analysis, stated: &Analysis) {
    let codes = |it: &Analysis| it.proposals.iter().map(|it| it.code.clone()).collect::<Vec<_>>();
    let same = codes(analysis) == codes(stated);
    let severity = if same { Severity::Payment } else { Severity::Code };
    let effect = if same { "both lead to the same codes" } else { "they lead to different codes" };
    let message =
        format!("the date of service that arrived with the note is not the one that its text states; {effect}");
    analysis.findings.push(finding("service-dates-agree", Outcome::Conflicting, severity, message));
    if !same {
        lower(analysis);
    }
}

/// Adds the finding that a document is not signed; none of its codes is ready.
fn unsigned(analysis: &mut Analysis, source: &Source) {
    let status = source.completion.as_ref().map(|it| format!(" (completion status {it})")).unwrap_or_default();
    let message =
        format!("the source marks this document as not authenticated{status}; it cannot be billed before it is signed");
    analysis.findings.push(finding("document-authenticated", Outcome::Missing, Severity::Payment, message));
    lower(analysis);
}

fn lower(analysis: &mut Analysis) {
    for it in analysis.proposals.iter_mut().filter(|it| it.disposition == Disposition::Ready) {
        it.disposition = Disposition::Review;
    }
}

fn finding(rule: &str, outcome: Outcome, severity: Severity, message: String) -> Finding {
    Finding {
        rule: Id::from(rule),
        procedure: None,
        outcome,
        severity,
        message,
        ask: None,
        evidence: Vec::new(),
        searched: Vec::new(),
    }
}

/// Adds the source of a note to its report, and to each quote its place in the file.
pub(crate) fn add_source(report: &mut Report, incoming: &Incoming) {
    let Some(source) = &incoming.source else { return };
    for it in report.evidence_mut() {
        it.place = source.place_of(&incoming.note.text, it.start).filter(|it| !it.is_empty());
    }
    report.source = Some(SourceReport {
        format: source.format.clone(),
        place: source.place.clone(),
        document_number: source.number.clone(),
        parent_document: source.parent.clone(),
        amended_by: source.amended_by.clone(),
        document_type: source.document_type.clone(),
        completion: source.completion.clone(),
        authenticated: source.authenticated,
        dates: source
            .dates
            .iter()
            .map(|it| SourceDateReport { date: it.date.to_string(), kind: it.kind.clone(), field: it.label.clone() })
            .collect(),
        ordered_procedures: source
            .ordered
            .iter()
            .map(|it| ClaimReport {
                code: it.code.clone(),
                text: it.text.clone(),
                system: it.system.clone(),
                field: it.label.clone(),
            })
            .collect(),
        billed_codes: source.billed.clone(),
    });
}
