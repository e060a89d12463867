//! Results against labels: accuracy, calibration, confusion and failures, each rate with its exact interval.
//!
//! The rules of counting, fixed so that every run is scored alike:
//!
//! 1. The family is the code table in question. A proposal counts once a unit.
//! 2. The family is exact where the sorted codes equal the label or one of its `acceptable` lists. A label with
//!    `must_query` is met only by asking: a proposal with disposition `query` (its code, if any, in the label or an
//!    acceptable list), or no code of the family and an open finding that decides the code.
//! 3. A false code is a code of the family on a note whose label, or lack of one, allows none.
//! 4. Facts and injectates are read from the procedure of the first proposal of the family; only labelled values count.
//! 5. Codes of other families are compared as a multiset.
//! 6. Calibration: every proposal with a code and a confidence, right if the label or an acceptable list holds the code.

mod against;
mod audit;
mod calibration;
pub(crate) mod charts;
mod labels;
mod markdown;
pub(crate) mod page;
mod parts;
mod rate;
mod reviewers;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use opnote::report::{AttributeReport, EvidenceReport, ProposalReport, Report};
use serde::Serialize;
use serde_json::Value;

use crate::calibrate::Drift;

pub use against::{Changed, Difference, Earlier, NoteAnswer};
pub use audit::{AuditSample, LEVEL, Needed, TARGET, mcnemar, needed};
pub use calibration::{Bin, CalibrationFigures, Risk};
pub use labels::{Label, read_labels, unknown_fields};
pub use markdown::{interval, markdown, share};
pub use page::{Source, audit_sentence, page};
pub use parts::{NOT_STATED, PartFigures, parts};
pub use rate::{Overlap, Rate};
pub use reviewers::{DisputedNote, Labeling, ReviewedLabels, shared_labels};

/// All figures of one run over one set of notes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Evaluation {
    /// Notes read.
    pub notes: usize,
    /// Labels whose note was not among them.
    pub labels_without_note: usize,
    /// Notes without a label: each counts as one that allows no code, unless it was left out before.
    pub without_label: Vec<String>,
    /// Notes with a code of the family whose label is firm: the codes are exact.
    pub family_firm: Rate,
    /// The same over all labels.
    pub family_all: Rate,
    /// Notes on which the provider must be asked: it is.
    pub query: Rate,
    /// Notes on which the provider is asked: the label wants it.
    pub query_precision: Rate,
    /// Notes on which the provider is asked, of all notes.
    pub query_rate: Rate,
    /// Notes that allow no code of the family: one was given all the same.
    pub false_codes: Rate,
    /// Facts, by the label's name.
    pub axes: BTreeMap<String, Rate>,
    /// Generic names of what was injected.
    pub injectate: Overlap,
    /// Codes of other families.
    pub neighbors: Overlap,
    /// Notes with codes of other families: all of them are right.
    pub neighbors_exact: Rate,
    /// Proposals marked ready: the code is right.
    pub ready_precision: Rate,
    /// Notes with a certain code: every proposal of the family is ready.
    pub ready_coverage: Rate,
    /// How good the confidence is, where there is one.
    pub calibration: Option<CalibrationFigures>,
    /// How far the notes are from those that the confidence was fitted on; set by who has the model.
    pub drift: Vec<Drift>,
    /// Expected answer → given answer → notes.
    pub confusion: BTreeMap<String, BTreeMap<String, usize>>,
    /// Everything that is not as labelled, in the order of the notes.
    pub failures: Vec<Failure>,
    /// The answer to every note, for a later run to compare with.
    pub answers: Vec<NoteAnswer>,
    /// Figures by provider, site and so on; set by who asks for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartFigures>,
    /// Agreement of several reviewers, and the notes left out since they disagree; set by who has their labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewers: Option<ReviewedLabels>,
}

/// Something that is not as labelled.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The note.
    pub id: String,
    /// `family`, `axis region`, `injectate`, `neighbors` …
    pub what: String,
    /// What the label says.
    pub expected: String,
    /// What the result says.
    pub got: String,
    /// How sure the label is.
    pub certainty: String,
    /// Why the label says so.
    pub why: String,
    /// Words that the label rests on, where it names them.
    pub quotes: Vec<String>,
    /// Words that the result rests on.
    pub evidence: Vec<Shown>,
}

/// Words of the note, and what the result read from them.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// What they were read as, such as `imaging: fluoroscopy`.
    pub about: String,
    /// The words and where they stand.
    #[serde(flatten)]
    pub words: EvidenceReport,
}

/// Counts results against labels; a note without a label has no code. `family` holds the codes in question.
///
/// ```
/// use opnote_audit::evaluate::evaluate;
///
/// let evaluation = evaluate(&[], &[], &Default::default());
/// assert_eq!(evaluation.notes, 0);
/// ```
pub fn evaluate(reports: &[Report], labels: &[Label], family: &BTreeSet<String>) -> Evaluation {
    counted(&reports.iter().collect::<Vec<_>>(), labels, family)
}

fn counted(reports: &[&Report], labels: &[Label], family: &BTreeSet<String>) -> Evaluation {
    let by_id: HashMap<&str, &Label> = labels.iter().map(|it| (it.id.as_str(), it)).collect();
    let read: BTreeSet<&str> = reports.iter().map(|it| it.note.id.as_str()).collect();
    let mut counter = Counter { family, sums: Evaluation::default(), rated: Vec::new() };
    let none = Label::default();
    for report in reports {
        let label = by_id.get(report.note.id.as_str()).copied().unwrap_or(&none);
        counter.note(report, label);
    }
    let mut sums = counter.sums;
    sums.notes = reports.len();
    let unlabelled = reports.iter().filter(|it| !by_id.contains_key(it.note.id.as_str()));
    sums.without_label = unlabelled.map(|it| it.note.id.clone()).collect();
    sums.labels_without_note = labels.iter().filter(|it| !read.contains(it.id.as_str())).count();
    sums.calibration = CalibrationFigures::of(&counter.rated);
    sums
}

struct Counter<'a> {
    family: &'a BTreeSet<String>,
    sums: Evaluation,
    /// Confidence and whether the code was right.
    rated: Vec<(f64, bool)>,
}

impl Counter<'_> {
    fn note(&mut self, report: &Report, label: &Label) {
        self.family(report, label);
        if !label.family.is_empty() && !label.must_query {
            self.axes(report, label);
            self.injectate(report, label);
        }
        self.neighbors(report, label);
        self.confidence(report, label);
    }

    fn fail(&mut self, report: &Report, label: &Label, what: &str, expected: String, got: String) {
        let (certainty, why, quotes) = (label.certainty.clone(), label.why.clone(), label.quotes.clone());
        let evidence = self.shown(report, what);
        let (id, what) = (report.note.id.clone(), what.to_owned());
        self.sums.failures.push(Failure { id, what, expected, got, certainty, why, quotes, evidence });
    }

    /// The words behind what the result says of a matter: an axis, the injectate, the codes, or what was seen at all.
    fn shown(&self, report: &Report, what: &str) -> Vec<Shown> {
        let slot = match what.strip_prefix("axis ") {
            Some("level_entry") => "level",
            Some(axis) => axis,
            None if what == "injectate" => "substance",
            None => "",
        };
        let of_slot: Vec<Shown> = self.slot(report, slot).iter().flat_map(|it| fact(slot, it)).collect();
        if !of_slot.is_empty() {
            return of_slot;
        }
        let first = self.proposals(report).first().map(|it| it.procedure);
        let procedure = first.filter(|_| what != "neighbors").and_then(|it| report.encounter.procedures.get(it));
        if let Some(it) = procedure {
            return it
                .attributes
                .iter()
                .flat_map(|(slot, values)| values.iter().flat_map(|it| fact(slot, it)))
                .collect();
        }
        let seen = report.encounter.procedures.iter();
        seen.flat_map(|it| shown(&format!("{}, {}", it.family.replace('_', " "), it.status), &it.evidence, 2)).collect()
    }

    /// Proposals of the family: by their code or by one that is still possible.
    fn proposals<'a>(&self, report: &'a Report) -> Vec<&'a ProposalReport> {
        let of = |it: &&ProposalReport| it.code.iter().chain(&it.candidates).any(|code| self.family.contains(code));
        report.proposals.iter().filter(of).collect()
    }

    fn family(&mut self, report: &Report, label: &Label) {
        let (given, _) = self.codes(report);
        let proposals = self.proposals(report);
        let accepted = label.accepted().any(|it| it == given);
        let asked = asked(report, &proposals, given.is_empty());
        let right = if label.must_query { asked && (given.is_empty() || accepted) } else { accepted };
        if label.must_query {
            self.sums.query.count(right);
        }
        self.sums.query_rate.count(asked);
        if asked {
            self.sums.query_precision.count(label.must_query);
        }
        if label.is_positive() {
            self.sums.family_all.count(right);
            if label.certainty == "firm" {
                self.sums.family_firm.count(right);
            }
            if !label.must_query && !label.family.is_empty() {
                let ready = !proposals.is_empty() && proposals.iter().all(|it| it.disposition == "ready");
                self.sums.ready_coverage.count(ready);
            }
        } else if label.acceptable.is_empty() && !label.must_query {
            self.sums.false_codes.count(!given.is_empty());
        }
        let expected = if label.must_query { "ask".to_owned() } else { joined(&label.sorted_family()) };
        let got = match () {
            () if right => expected.clone(),
            () if given.is_empty() && asked => "ask".to_owned(),
            () => joined(&given),
        };
        let dispositions: Vec<String> = proposals.iter().map(|it| it.disposition.clone()).collect();
        self.sums.answers.push(NoteAnswer {
            id: report.note.id.clone(),
            expected: expected.clone(),
            given: if given.is_empty() && asked { "ask".to_owned() } else { joined(&given) },
            dispositions: dispositions.clone(),
            confidence: proposals.first().and_then(|it| it.confidence),
            right,
        });
        if !right {
            let also: Vec<String> = label.acceptable.iter().map(|it| joined(it)).collect();
            let also = if also.is_empty() { String::new() } else { format!(" (or {})", also.join(", ")) };
            let got = [got.as_str(), dispositions.join(" ").as_str()].join(" ").trim().to_owned();
            self.fail(report, label, "family", format!("{expected}{also}"), got);
        }
        *self.sums.confusion.entry(expected).or_default().entry(got).or_default() += 1;
    }

    /// Codes given: those of the family, and the others; each as often as its units say, sorted.
    fn codes(&self, report: &Report) -> (Vec<String>, Vec<String>) {
        let mut codes: Vec<String> = Vec::new();
        for it in &report.proposals {
            let units = usize::from(it.units.max(1));
            codes.extend(it.code.iter().flat_map(|code| std::iter::repeat_n(code.clone(), units)));
        }
        codes.sort();
        codes.into_iter().partition(|it| self.family.contains(it))
    }

    /// The values of a slot in the procedure of the first proposal of the family.
    fn slot<'a>(&self, report: &'a Report, name: &str) -> &'a [AttributeReport] {
        let first = self.proposals(report).first().map(|it| it.procedure);
        let procedure = first.and_then(|it| report.encounter.procedures.get(it));
        procedure.and_then(|it| it.attributes.get(name)).map_or(&[], Vec::as_slice)
    }

    fn axes(&mut self, report: &Report, label: &Label) {
        for (axis, wanted) in &label.axes {
            let Some(wanted) = wanted_value(axis, wanted) else { continue };
            let slot = if axis == "level_entry" { "level" } else { axis };
            let have: Vec<String> = self.slot(report, slot).iter().map(|it| it.value.clone()).collect();
            let hit = match wanted {
                Value::Bool(wanted) => have.iter().any(|it| it.eq_ignore_ascii_case("true")) == wanted,
                Value::String(ref wanted) => have.contains(wanted),
                _ => false,
            };
            self.sums.axes.entry(axis.clone()).or_default().count(hit);
            if !hit {
                let expected = match wanted.as_str() {
                    // Not to be taken for "no value": that the note uses no imaging is a value.
                    Some("none") => "\"none\" (the value)".to_owned(),
                    Some(value) => value.to_owned(),
                    None => wanted.to_string(),
                };
                self.fail(report, label, &format!("axis {axis}"), expected, found(&have));
            }
        }
    }

    fn injectate(&mut self, report: &Report, label: &Label) {
        if label.injectate.is_empty() {
            return;
        }
        let injected = |it: &&AttributeReport| it.role.as_deref().unwrap_or("injectate") == "injectate";
        let have: BTreeSet<String> =
            self.slot(report, "substance").iter().filter(injected).map(|it| labels::generic(&it.value)).collect();
        let wanted: BTreeSet<String> = label.injectate.iter().cloned().collect();
        let (have, wanted): (Vec<_>, Vec<_>) = (have.into_iter().collect(), wanted.into_iter().collect());
        self.sums.injectate.count(&wanted, &have);
        if have != wanted {
            self.fail(report, label, "injectate", found(&wanted), found(&have));
        }
    }

    fn neighbors(&mut self, report: &Report, label: &Label) {
        let (_, have) = self.codes(report);
        let sorted = |codes: &[String]| {
            let mut codes = codes.to_vec();
            codes.sort();
            codes
        };
        let mut wanted = sorted(&label.neighbors);
        if !label.neighbors_also.is_empty() && sorted(&label.neighbors_also) == have {
            wanted.clone_from(&have);
        }
        self.sums.neighbors.count(&wanted, &have);
        if !wanted.is_empty() {
            self.sums.neighbors_exact.count(wanted == have);
        }
        if wanted != have {
            self.fail(report, label, "neighbors", joined(&wanted), joined(&have));
        }
    }

    fn confidence(&mut self, report: &Report, label: &Label) {
        for it in &report.proposals {
            let Some(code) = &it.code else { continue };
            let right = label.allows(code);
            self.rated.extend(it.confidence.map(|it| (it, right)));
            if it.disposition == "ready" {
                self.sums.ready_precision.count(right);
            }
        }
    }
}

/// The words behind one fact.
fn fact(slot: &str, it: &AttributeReport) -> Vec<Shown> {
    let role = it.role.as_ref().map(|it| format!(" ({})", it.replace('_', " "))).unwrap_or_default();
    shown(&format!("{}: {}{role}", slot.replace('_', " "), it.value.replace('_', " ")), &it.evidence, 2)
}

fn shown(about: &str, words: &[EvidenceReport], most: usize) -> Vec<Shown> {
    words.iter().take(most).map(|it| Shown { about: about.to_owned(), words: it.clone() }).collect()
}

/// Whether the provider is asked: by a proposal, or by an open question where there is no code.
fn asked(report: &Report, proposals: &[&ProposalReport], no_code: bool) -> bool {
    let open = || report.findings.iter().any(|it| it.severity == "code" && it.outcome != "met");
    proposals.iter().any(|it| it.disposition == "query") || no_code && open()
}

/// The value of an axis as it is compared; none where it does not count.
fn wanted_value(axis: &str, wanted: &Value) -> Option<Value> {
    if matches!(axis, "neurolytic" | "laterality") || wanted.is_null() {
        return None;
    }
    if axis == "level_entry" {
        let text = wanted.as_str().map_or_else(|| wanted.to_string(), ToOwned::to_owned);
        if matches!(text.as_str(), "unknown" | "na" | "both" | "other") {
            return None;
        }
        let text: String = text.split_whitespace().collect();
        let text = text.replace("sacralhiatus", "caudal");
        return (text != "caudal").then_some(Value::String(text));
    }
    match wanted.as_str() {
        Some("unknown" | "na" | "both" | "other") => None,
        _ => Some(wanted.clone()),
    }
}

impl Evaluation {
    /// Rows and columns of the confusion matrix: the codes in force in their order, then whatever else occurs,
    /// `ask` and `none` last.
    pub fn matrix_order(&self, in_force: &[String]) -> Vec<String> {
        let seen = self.confusion.iter().flat_map(|(expected, row)| row.keys().chain(std::iter::once(expected)));
        let others: BTreeSet<&String> =
            seen.filter(|it| !in_force.contains(it) && !matches!(it.as_str(), "ask" | "none")).collect();
        let ends = ["ask".to_owned(), "none".to_owned()];
        in_force.iter().chain(others).cloned().chain(ends).collect()
    }

    /// The notes of one cell of the confusion matrix.
    pub fn cell(&self, expected: &str, given: &str) -> usize {
        self.confusion.get(expected).and_then(|it| it.get(given)).copied().unwrap_or(0)
    }
}

/// Values as they are listed; `nothing` where there is none.
fn found(values: &[String]) -> String {
    if values.is_empty() { "nothing".to_owned() } else { joined(values) }
}

fn joined(codes: &[String]) -> String {
    if codes.is_empty() { "none".to_owned() } else { codes.join(" + ") }
}
