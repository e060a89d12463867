//! Code numbers that a note writes itself: claims, reported as such, never translated, and checked against the tables
//! of valid codes on the date of service.

use std::collections::BTreeMap;

use jiff::civil::Date;
use regex::Regex;

use crate::document::Document;
use crate::lexicon::code_set::{CodeSet, Validity};
use crate::model::{Analysis, Evidence, Finding, Id, Outcome};

/// Maximum number of written codes of one form, in one section.
const PER_SECTION: usize = 12;
/// Maximum number of listed codes of one form, in a note.
const PER_NOTE: usize = 40;
/// Maximum number of successors that a message names.
const NAMED: usize = 8;

/// First day on which diagnosis codes of the old set are no longer valid (S301).
const OLD_SET_UNTIL: Date = jiff::civil::date(2015, 10, 1);

/// Adds the findings about the codes that the note writes.
pub(super) fn check(doc: &Document<'_>, analysis: &mut Analysis) {
    let Some(forms) = &doc.lexicon.diagnoses.written else { return };
    let day = analysis.encounter.service_date;
    let (icd10cm, hcpcs) = (&doc.lexicon.icd10cm, &doc.lexicon.hcpcs);
    let old = in_code_sections(doc, &forms.old, "written-icd9-number");
    let mut new = in_code_sections(doc, &forms.new, "written-diagnosis-code");
    for (code, evidence) in forms.undotted.iter().flat_map(|it| in_code_sections(doc, it, "written-diagnosis-code")) {
        let code = dotted(&code);
        if icd10cm.lists(&code) {
            new.entry(code).or_default().extend(evidence);
        }
    }
    let claims = [
        (
            "written-icd9-number",
            "the note gives diagnosis numbers of the set used before October 2015",
            all(old.values()),
        ),
        (
            "written-diagnosis-code",
            "the note gives diagnosis codes; they are a claim and no evidence",
            all(new.values()),
        ),
    ];
    for (rule, message, evidence) in claims {
        if !evidence.is_empty() {
            let mut it = Finding::advice(rule, message.to_owned(), evidence);
            it.outcome = Outcome::Met;
            analysis.findings.push(it);
        }
    }
    // Outside the sections of codes, only what a table lists is taken for a code.
    let everywhere = |form: &Regex, rule: &str, set: &CodeSet, write: fn(&str) -> String| {
        let mut found: BTreeMap<String, Vec<Evidence>> = BTreeMap::new();
        let text = &doc.normalized.text;
        for code in form.find_iter(text).filter(|it| set.lists(&write(it.as_str()))).take(PER_NOTE) {
            let evidence = doc.evidence(code.start(), code.end(), &Id::from(rule));
            found.entry(write(code.as_str())).or_default().push(evidence);
        }
        found
    };
    for (code, evidence) in everywhere(&forms.new, "written-diagnosis-code", icd10cm, str::to_owned) {
        new.insert(code, evidence);
    }
    for (code, evidence) in
        forms.undotted.iter().flat_map(|it| everywhere(it, "written-diagnosis-code", icd10cm, dotted))
    {
        new.entry(code).or_insert(evidence);
    }
    let supplies = forms.supply.iter().flat_map(|it| everywhere(it, "written-supply-code", hcpcs, str::to_owned));
    let since = day.filter(|it| *it >= OLD_SET_UNTIL);
    let ended = old.iter().filter(|_| since.is_some()).map(|(code, evidence)| {
        let message = format!("{code} is of the set of diagnosis codes that ended on {OLD_SET_UNTIL}");
        let mut found = Finding::advice("written-code-not-valid", message, evidence.clone());
        found.outcome = Outcome::Conflicting;
        found
    });
    analysis.findings.extend(ended);
    let checked = new.iter().filter_map(|(code, evidence)| invalid(icd10cm, code, day, evidence));
    let mut checked: Vec<Finding> = checked.collect();
    checked.extend(supplies.filter_map(|(code, evidence)| invalid(hcpcs, &code, day, &evidence)));
    analysis.findings.extend(checked);
}

/// A diagnosis code with its dot, which stands behind the third character.
fn dotted(code: &str) -> String {
    let (category, rest) = code.split_at(3);
    format!("{category}.{rest}")
}

/// The codes of a form in the sections in which numbers are codes, each with its evidence.
fn in_code_sections(doc: &Document<'_>, form: &Regex, rule: &str) -> BTreeMap<String, Vec<Evidence>> {
    let mut found: BTreeMap<String, Vec<Evidence>> = BTreeMap::new();
    for (index, section) in doc.sections.iter().enumerate() {
        if doc.is_section_of(index, &doc.lexicon.diagnoses.written_sections) {
            let body = &doc.normalized.text[section.body.clone()];
            for code in form.find_iter(body).take(PER_SECTION) {
                let (start, end) = (section.body.start + code.start(), section.body.start + code.end());
                found.entry(code.as_str().to_owned()).or_default().push(doc.evidence(start, end, &Id::from(rule)));
            }
        }
    }
    found
}

/// The evidence of several codes, in the order of the note.
fn all<'a>(evidence: impl Iterator<Item = &'a Vec<Evidence>>) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = evidence.flatten().cloned().collect();
    evidence.sort_by_key(|it| it.span.start());
    evidence
}

/// The finding about a code that is not valid on the day; none where it is valid or the table does not list it.
fn invalid(set: &CodeSet, code: &str, day: Option<Date>, evidence: &[Evidence]) -> Option<Finding> {
    let or = |codes: &[&str]| match codes {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [many @ .., last] if many.len() < NAMED => format!("{} or {last}", many.join(", ")),
        [first, .., last] => format!("one of {first} to {last}"),
    };
    let (rule, message) = match set.validity(code, day) {
        Validity::Valid | Validity::NotListed => return None,
        Validity::Header(below) if below.is_empty() => {
            ("written-code-incomplete", format!("{code} is not a complete code: it needs more characters"))
        }
        Validity::Header(below) => {
            ("written-code-incomplete", format!("{code} is not a complete code: {}", or(&below)))
        }
        Validity::Ended(end, successors) => {
            let instead = or(&successors);
            let instead = if instead.is_empty() { String::new() } else { format!("; since then {instead}") };
            ("written-code-not-valid", format!("{code} is not valid from {end} on{instead}"))
        }
        Validity::NotYet(first, before) => {
            let before = before.map(|it| format!("; before it {it}")).unwrap_or_default();
            ("written-code-not-valid", format!("{code} is not valid before {first}{before}"))
        }
        Validity::Unknown => ("written-code-unknown", format!("{code} is not a code of the set")),
    };
    let mut found = Finding::advice(rule, message, evidence.to_vec());
    found.outcome = Outcome::Conflicting;
    Some(found)
}
