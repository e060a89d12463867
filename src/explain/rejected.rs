//! Rejected candidates: the neighboring codes and acts that were rejected, and the words that rejected them.

use std::collections::BTreeSet;

use crate::Lexicon;
use crate::explain::rejected_candidates::{CandidateMention, sightings};
use crate::model::{Evidence, Note, Status};
use crate::report::{RejectedCandidate, Report, evidence, status_name};

/// Reads the note once more for what was rejected: neighboring codes of each proposal, then acts and, where nothing
/// was proposed, the details of an injection into the spinal canal.
///
/// ```
/// use opnote::{Lexicon, Note, analyze, report::report, explain::rejected::rejected};
///
/// let (note, lexicon) = (Note::new("1", "PLAN: L4-5 epidural steroid injection next week."), Lexicon::embedded());
/// let report = report(&note, &analyze(&note, lexicon), lexicon);
/// assert!(rejected(&note, &report, lexicon).iter().any(|it| it.kind == "act"));
/// ```
pub fn rejected(note: &Note, report: &Report, lexicon: &Lexicon) -> Vec<RejectedCandidate> {
    let mut found = codes(report);
    let proposed: BTreeSet<&str> = report
        .proposals
        .iter()
        .filter_map(|it| report.encounter.procedures.get(it.procedure))
        .map(|it| it.family.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    for it in sightings(note, lexicon) {
        let of_proposed = it.family.as_deref().is_some_and(|family| proposed.contains(family));
        if it.kind != "act" && !proposed.is_empty() || of_proposed && it.counts && happened(&it) {
            continue;
        }
        let because = reason(&it, report, lexicon);
        let what = it.family.clone().unwrap_or_else(|| words(note, &it.words).to_lowercase());
        // The same act for the same reason is listed once.
        if !seen.insert((it.kind, what.clone(), because.clone())) {
            continue;
        }
        let cue = it.cue.iter().chain(&it.section).map(|it| evidence(note, it)).collect();
        let named = vec![evidence(note, &it.words)];
        found.push(RejectedCandidate { kind: it.kind.to_owned(), what, proposal: None, because, evidence: named, cue });
    }
    found
}

/// The neighboring codes of each proposal, with the words behind the fact that separates them.
fn codes(report: &Report) -> Vec<RejectedCandidate> {
    let mut found = Vec::new();
    for (index, proposal) in report.proposals.iter().enumerate() {
        let Some(procedure) = report.encounter.procedures.get(proposal.procedure) else { continue };
        for other in &proposal.alternatives {
            let slot = other.when.split_whitespace().next().unwrap_or_default();
            let values = procedure.attributes.get(slot).map_or(&[][..], Vec::as_slice);
            let have: Vec<String> = values.iter().map(|it| it.value.replace('_', " ")).collect();
            let because = match values.first() {
                Some(it) => format!("{slot} is {} ({})", have.join(", "), it.why),
                None => format!("only if {}", other.when.replace('_', " ")),
            };
            found.push(RejectedCandidate {
                kind: "code".to_owned(),
                what: other.code.clone(),
                proposal: Some(index),
                because,
                evidence: values.iter().flat_map(|it| it.evidence.iter().take(2)).cloned().collect(),
                cue: Vec::new(),
            });
        }
    }
    found
}

fn happened(it: &CandidateMention) -> bool {
    !it.other && matches!(it.status, Status::Performed | Status::Attempted)
}

/// Why a candidate is no proposal: whom and when it is said of, where it stands, or what was made of its family.
fn reason(it: &CandidateMention, report: &Report, lexicon: &Lexicon) -> String {
    let said = if it.other { "of someone else" } else { status_name(it.status) };
    match () {
        () if !happened(it) && it.section.is_some() => format!("{said}, as its section says"),
        () if !happened(it) => said.to_owned(),
        () if !it.counts && it.section.is_some() => "in a section that does not document what was done here".to_owned(),
        () if !it.counts => "in a sentence about another time, a plan or another act".to_owned(),
        () => of_family(it, report, lexicon),
    }
}

/// Why an act that counts has no proposal.
fn of_family(it: &CandidateMention, report: &Report, lexicon: &Lexicon) -> String {
    let Some(family) = &it.family else { return "mentioned, but not tied to a documented procedure".to_owned() };
    let procedures = &report.encounter.procedures;
    let documented =
        procedures.iter().any(|it| it.family == *family && matches!(it.status.as_str(), "performed" | "attempted"));
    match (documented, lexicon.family_codes(family).is_empty()) {
        (true, true) => "done here; another family, whose codes are not part of the lexicon".to_owned(),
        (true, false) => "done here; no row of its table fits, see the findings".to_owned(),
        (false, _) => "named, but not documented as performed".to_owned(),
    }
}

fn words<'a>(note: &'a Note, it: &Evidence) -> &'a str {
    note.text.get(it.span.range()).unwrap_or_default()
}
