//! Diagnoses: conditions that the note gives as the reason of the procedure, as dated diagnosis codes. What is
//! only thought of, denied, past or someone else's is left out; where a detail is missing, every code stays open.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::coding::written_codes;
use crate::context::{SentenceContext, Temporality};
use crate::document::Document;
use crate::lexicon::diagnoses::{ConditionMeaning, DiagnosisRow};
use crate::lexicon::trie::words_of;
use crate::model::{Analysis, Diagnosis, Evidence, Finding, Id, Outcome, Provenance, Status};
use crate::spine::levels::levels;

/// Details that hold for every condition of the same part of the body, wherever they are documented.
const SHARED: [&str; 5] = ["radiculopathy", "claudication", "myelopathy", "back_pain", "pain"];
/// Words that begin another statement inside a clause.
const JOINS: [&str; 8] = [" with ", " and ", " due to ", " secondary to ", " from ", " without ", " w/ ", " & "];
/// Words of evidence of one diagnosis.
const EVIDENCE: usize = 6;

/// A condition as one sentence documents it.
struct StatedCondition {
    condition: Id,
    /// Axis, the values it may have, and the words.
    details: Vec<(Id, Vec<Id>, Range<usize>)>,
    words: Range<usize>,
}

/// A detail that holds for a part of the body.
struct Shared {
    axis: Id,
    value: Id,
    /// None where the part of the body is not documented.
    area: Option<Area>,
    words: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Area {
    Neck,
    Chest,
    Low,
}

/// Documented state of an axis.
enum AxisState<'a> {
    Known(&'a [Id]),
    Unsaid,
    /// Documented in a way that leaves it open.
    Unclear,
}

/// Reads the diagnoses of a note in which something was done, and the findings about them.
pub(crate) fn add(doc: &Document<'_>, analysis: &mut Analysis) {
    let done = |it: &crate::model::Procedure| matches!(it.assertion.status, Status::Performed | Status::Attempted);
    if !analysis.encounter.procedures.iter().any(done) {
        return;
    }
    let (stated, shared) = read(doc);
    let mut found = Vec::new();
    for it in &stated {
        for details in spread(doc, it) {
            add_one(&mut found, entry(doc, it, details, &shared, &stated, analysis));
        }
    }
    drop_absorbed(doc, &mut found);
    analysis.findings.extend(exclusions(doc, &found));
    for it in &found {
        analysis.findings.extend(open(it));
    }
    analysis.diagnoses = found;
    written_codes::check(doc, analysis);
}

/// Every condition of the sections that give reasons, and the details that hold beyond their sentence.
fn read(doc: &Document<'_>) -> (Vec<StatedCondition>, Vec<Shared>) {
    let (mut stated, mut shared) = (Vec::new(), Vec::new());
    for sentence in &doc.sentences {
        if doc.is_section_of(sentence.section, &doc.lexicon.diagnoses.sections) {
            read_sentence(doc, sentence.lead..sentence.end, &mut stated, &mut shared);
        }
    }
    (stated, shared)
}

/// A word of a sentence: its place, and its meaning.
struct ConditionWord {
    at: Range<usize>,
    meaning: ConditionMeaning,
}

fn read_sentence(doc: &Document<'_>, range: Range<usize>, stated: &mut Vec<StatedCondition>, shared: &mut Vec<Shared>) {
    let text = &doc.normalized.text[range.clone()];
    let words = words(doc, text);
    let says = |it: &ConditionWord| matches!(it.meaning, ConditionMeaning::Condition(_) | ConditionMeaning::Detail(..));
    if !words.iter().any(says) || words.iter().any(|it| it.meaning == ConditionMeaning::Risk) {
        return;
    }
    let conditions: Vec<&ConditionWord> =
        words.iter().filter(|it| matches!(it.meaning, ConditionMeaning::Condition(_))).collect();
    let context = SentenceContext::new(&doc.lexicon.cues, &doc.normalized.text, &doc.words, range.clone());
    let decide = |at: &Range<usize>| context.decide(range.start + at.start..range.start + at.end);
    let clauses = cuts(text, &[',', ';'], &[]);
    let statements = cuts(text, &[',', ';'], &JOINS);
    let counts = |at: &Range<usize>| {
        let clause = part(&clauses, at.start);
        let doubted =
            words.iter().any(|it| it.meaning == ConditionMeaning::Uncertain && part(&clauses, it.at.start) == clause);
        let past = words.iter().any(|it| {
            it.meaning == ConditionMeaning::Past && it.at.start < at.start && part(&clauses, it.at.start) == clause
        });
        let decision = decide(at);
        !doubted && !past && !decision.other && decision.temporality == Temporality::Recent
    };
    let first = stated.len();
    let mut index_of = vec![None; conditions.len()];
    for (index, word) in conditions.iter().enumerate() {
        let ConditionMeaning::Condition(condition) = &word.meaning else { continue };
        if counts(&word.at) && !decide(&word.at).negated {
            index_of[index] = Some(stated.len());
            let words = range.start + word.at.start..range.start + word.at.end;
            stated.push(StatedCondition { condition: condition.clone(), details: Vec::new(), words });
        }
    }
    for word in &words {
        let ConditionMeaning::Detail(axis, values) = &word.meaning else { continue };
        let owner = owner(&conditions, &statements, &word.at);
        let same = |it: usize| part(&statements, conditions[it].at.start) == part(&statements, word.at.start);
        let at = range.start + word.at.start..range.start + word.at.end;
        if SHARED.contains(&axis.as_str()) {
            if counts(&word.at) {
                let denied = decide(&word.at).negated && values.iter().any(|it| it.as_str() == "yes");
                let value = if denied { Id::from("no") } else { values[0].clone() };
                shared.push(Shared { axis: axis.clone(), value, area: None, words: at });
            }
        } else if let Some((owner, index)) = owner.and_then(|it| Some((it, index_of[it]?)))
            // A statement without a condition adds what the condition lacks, and contradicts nothing.
            && (same(owner) || adds(doc, axis, &stated[index].details, &at))
        {
            stated[index].details.push((axis.clone(), values.clone(), at));
        }
    }
    inherit(&mut stated[first..]);
    // A shared detail belongs to the part of the body that its sentence names.
    let area = stated[first..].iter().find_map(area);
    for it in shared.iter_mut().filter(|it| range.contains(&it.words.start) && it.area.is_none()) {
        it.area = area;
    }
}

/// Whether a detail of another statement adds to those known: levels do where only words gave the place.
fn adds(doc: &Document<'_>, axis: &Id, known: &[(Id, Vec<Id>, Range<usize>)], at: &Range<usize>) -> bool {
    let written = |it: &Range<usize>| doc.normalized.text[it.clone()].bytes().any(|it| it.is_ascii_digit());
    let mut same = known.iter().filter(|it| it.0 == *axis).peekable();
    let in_list = |it: &Range<usize>| at.start >= it.start && at.start - it.end.min(at.start) <= 6;
    same.peek().is_none() || written(at) && same.all(|it| !written(&it.2) || in_list(&it.2))
}

/// The words of a sentence, vertebral levels among them.
fn words(doc: &Document<'_>, text: &str) -> Vec<ConditionWord> {
    let diagnoses = &doc.lexicon.diagnoses;
    let mut words = Vec::new();
    for it in diagnoses.find(text) {
        for meaning in &diagnoses.terms[it.term] {
            words.push(ConditionWord { at: it.start..it.end, meaning: meaning.clone() });
        }
    }
    if words.iter().any(|it| matches!(it.meaning, ConditionMeaning::Condition(_))) {
        for it in levels(text, &words_of(text), &doc.lexicon.patterns) {
            let region = ConditionMeaning::Detail(Id::from("region"), vec![Id::from(region(&it.name))]);
            words.push(ConditionWord { at: it.start..it.end, meaning: region });
            if it.pair {
                let level = ConditionMeaning::Detail(Id::from("level"), vec![Id::from(it.name.as_str())]);
                words.push(ConditionWord { at: it.start..it.end, meaning: level });
            }
        }
    }
    words.sort_by_key(|it| it.at.start);
    words
}

/// The region of a diagnosis at a level or root.
fn region(level: &str) -> &'static str {
    match level {
        "C7-T1" => "cervicothoracic",
        "T12-L1" => "thoracolumbar",
        "L5-S1" | "L6-S1" | "S1" => "lumbosacral",
        it if it.starts_with('C') => "cervical",
        it if it.starts_with('T') => "thoracic",
        it if it.starts_with('L') => "lumbar",
        _ => "sacral",
    }
}

/// Offsets at which a text is cut.
fn cuts(text: &str, marks: &[char], joins: &[&str]) -> Vec<usize> {
    let mut cuts: Vec<usize> = text.match_indices(marks).map(|it| it.0).collect();
    let lower = text.to_ascii_lowercase();
    cuts.extend(joins.iter().flat_map(|join| lower.match_indices(join).map(|it| it.0 + 1)));
    cuts.sort_unstable();
    cuts
}

/// The index of the part that holds an offset.
fn part(cuts: &[usize], at: usize) -> usize {
    cuts.partition_point(|it| *it <= at)
}

/// The condition that a detail belongs to: the next in its statement, else the last before it, else the next.
fn owner(conditions: &[&ConditionWord], statements: &[usize], at: &Range<usize>) -> Option<usize> {
    let own = part(statements, at.start);
    let here = |index: &usize| part(statements, conditions[*index].at.start) == own;
    let after = |index: &usize| conditions[*index].at.start >= at.start;
    let all = || 0..conditions.len();
    let next = all().find(|it| here(it) && after(it));
    let previous = || all().rev().find(|it| here(it));
    let before = || all().rev().find(|it| conditions[*it].at.start < at.start);
    next.or_else(previous).or_else(before).or_else(|| all().next())
}

/// A condition without a region has that of the condition before it in the sentence.
fn inherit(stated: &mut [StatedCondition]) {
    let has_region = |it: &StatedCondition| it.details.iter().any(|it| it.0.as_str() == "region");
    for index in 1..stated.len() {
        if !has_region(&stated[index]) {
            let regions = stated[index - 1].details.iter().filter(|it| matches!(it.0.as_str(), "region" | "side"));
            let regions: Vec<_> = regions.cloned().collect();
            let sided = stated[index].details.iter().any(|it| it.0.as_str() == "side");
            stated[index].details.extend(regions.into_iter().filter(|it| it.0.as_str() == "region" || !sided));
        }
    }
}

fn area(stated: &StatedCondition) -> Option<Area> {
    stated.details.iter().find(|it| it.0.as_str() == "region").and_then(|it| area_of(it.1.first()?.as_str()))
}

fn area_of(region: &str) -> Option<Area> {
    match region {
        it if it.starts_with("cervic") => Some(Area::Neck),
        "thoracic" => Some(Area::Chest),
        "thoracolumbar" | "lumbar" | "lumbosacral" | "sacral" => Some(Area::Low),
        _ => None,
    }
}

type Details = Vec<(Id, Vec<Id>)>;

/// The details of a condition, once for each region and level that it is documented at; only axes that its rows use.
fn spread(doc: &Document<'_>, it: &StatedCondition) -> Vec<Details> {
    let rows = || doc.lexicon.diagnoses.rows.iter().filter(|row| row.conditions.contains(&it.condition));
    let used: BTreeSet<&Id> = rows().flat_map(|row| row.cells.iter().map(|cell| &cell.0)).collect();
    // Whether rows of these regions ask for the level.
    let by_level = |regions: &[Id]| {
        let cell = |row: &DiagnosisRow, axis: &str, ok: &dyn Fn(&[Id]) -> bool| {
            row.cells.iter().any(|it| it.0.as_str() == axis && ok(&it.1))
        };
        rows().any(|row| {
            cell(row, "level", &|_| true) && cell(row, "region", &|it| it.iter().any(|it| regions.contains(it)))
        })
    };
    let mut rest: Details = Vec::new();
    let mut places: Vec<Details> = Vec::new();
    let mut named: Vec<&Vec<Id>> = Vec::new();
    for (axis, values, words) in &it.details {
        if !used.contains(axis) {
            continue;
        }
        match axis.as_str() {
            "region" => {
                let level = it.details.iter().find(|(axis, _, at)| axis.as_str() == "level" && at == words);
                let written = doc.normalized.text[words.clone()].bytes().any(|it| it.is_ascii_digit());
                let mut place = vec![(axis.clone(), values.clone())];
                place.extend(level.filter(|_| by_level(values)).map(|it| (it.0.clone(), it.1.clone())));
                match written {
                    true if !places.contains(&place) => places.push(place),
                    true => {}
                    false => named.push(values),
                }
            }
            "level" => {}
            _ => match rest.iter_mut().find(|it| it.0 == *axis) {
                Some(known) if axis.as_str() == "side" && known.1 != *values => known.1 = vec![Id::from("bilateral")],
                Some(_) => {}
                None => rest.push((axis.clone(), values.clone())),
            },
        }
    }
    if places.is_empty() {
        let mut seen: Vec<&Vec<Id>> = Vec::new();
        for values in named {
            if !seen.contains(&values) {
                seen.push(values);
                places.push(vec![(Id::from("region"), values.clone())]);
            }
        }
    }
    if places.is_empty() {
        places.push(Vec::new());
    }
    places.into_iter().map(|place| place.into_iter().chain(rest.iter().cloned()).collect()).collect()
}

/// The diagnosis of a condition with its details: the rows that fit.
fn entry(
    doc: &Document<'_>,
    it: &StatedCondition,
    mut details: Details,
    shared: &[Shared],
    all: &[StatedCondition],
    analysis: &Analysis,
) -> Diagnosis {
    let day = analysis.encounter.service_date;
    let rows = doc.lexicon.diagnoses.rows.iter().filter(|row| row.conditions.contains(&it.condition));
    let rows: Vec<&DiagnosisRow> = rows.filter(|row| row.covers(day)).collect();
    let region = details.iter().find(|it| it.0.as_str() == "region").and_then(|it| it.1.first());
    let here = region.and_then(|it| area_of(it.as_str()));
    let mut borrowed: Vec<&Shared> = Vec::new();
    for axis in SHARED {
        if rows.iter().all(|row| row.cells.iter().all(|cell| cell.0.as_str() != axis)) {
            continue;
        }
        let near = |it: &&Shared| it.axis.as_str() == axis && (it.area.is_none() || here.is_none() || it.area == here);
        let stated: Vec<&Shared> = shared.iter().filter(near).collect();
        let values: BTreeSet<&Id> = stated.iter().map(|it| &it.value).collect();
        let value = match axis {
            "pain" if values.len() > 1 => Some(Id::from("both")),
            // Said somewhere and denied elsewhere: what is said once counts.
            _ if values.iter().any(|it| it.as_str() == "yes") => Some(Id::from("yes")),
            _ => values.first().map(|it| (*it).clone()),
        };
        if let Some(value) = value {
            borrowed.extend(stated.iter().copied().filter(|it| it.value == value || value.as_str() == "both").take(2));
            details.push((Id::from(axis), vec![value]));
        }
    }
    let mut needs_pain = false;
    if it.condition.as_str() == "disc_degeneration" {
        let hurts = |it: &StatedCondition| matches!(it.condition.as_str(), "low_back_pain" | "sciatica");
        needs_pain = all.iter().any(hurts) && details.iter().all(|it| it.0.as_str() != "pain");
    }
    let state = |axis: &Id| match details.iter().find(|it| it.0 == *axis) {
        Some((_, values)) => AxisState::Known(values),
        None if needs_pain && axis.as_str() == "pain" => AxisState::Unclear,
        None => AxisState::Unsaid,
    };
    let fits: Vec<&DiagnosisRow> = rows.iter().filter(|row| row_fits(row, &rows, &state)).copied().collect();
    let candidates: BTreeSet<String> = fits.iter().map(|it| it.code.clone()).collect();
    let code = candidates.first().filter(|_| candidates.len() == 1).cloned();
    let needs = if candidates.len() > 1 { differing(&fits) } else { Vec::new() };
    let mut evidence = vec![doc.evidence(it.words.start, it.words.end, &it.condition)];
    let own = it.details.iter().map(|it| &it.2).chain(borrowed.iter().map(|it| &it.words));
    for words in own {
        let found: Evidence = doc.evidence(words.start, words.end, &it.condition);
        if evidence.len() < EVIDENCE && !evidence.contains(&found) {
            evidence.push(found);
        }
    }
    let provenance = if borrowed.iter().any(|it| it.axis.as_str() == "radiculopathy") {
        Provenance::Inferred { rule: Id::from("radiculopathy-in-combination"), evidence }
    } else {
        Provenance::Explicit { evidence }
    };
    Diagnosis {
        condition: it.condition.clone(),
        details: details.into_iter().map(|(axis, values)| (axis, Id::from(joined(&values).as_str()))).collect(),
        code,
        candidates: candidates.into_iter().collect(),
        needs,
        verified: !fits.is_empty() && fits.iter().all(|it| it.verified),
        rules: fits.iter().map(|it| it.id.clone()).collect(),
        provenance,
    }
}

fn joined(values: &[Id]) -> String {
    values.iter().map(Id::as_str).collect::<Vec<_>>().join("|")
}

/// Whether no cell of a row speaks against what is known. Silence fits a cell that names it; where no row of the
/// condition does, it leaves the row open.
fn row_fits<'a>(row: &DiagnosisRow, rows: &[&DiagnosisRow], state: &impl Fn(&Id) -> AxisState<'a>) -> bool {
    let silent = |cell: &[Id]| cell.iter().any(|it| it.as_str() == "unsaid");
    row.cells.iter().all(|(axis, cell)| match state(axis) {
        AxisState::Known(values) => cell.iter().any(|it| values.contains(it)),
        AxisState::Unclear => true,
        AxisState::Unsaid => {
            let names_silence =
                rows.iter().any(|row| row.cells.iter().any(|(other, cell)| other == axis && silent(cell)));
            silent(cell) || !names_silence
        }
    })
}

/// The axes in which rows differ.
fn differing(rows: &[&DiagnosisRow]) -> Vec<Id> {
    let axes: BTreeSet<&Id> = rows.iter().flat_map(|row| row.cells.iter().map(|cell| &cell.0)).collect();
    let cell = |row: &DiagnosisRow, axis: &Id| row.cells.iter().find(|it| it.0 == *axis).map(|it| joined(&it.1));
    let differ = |axis: &&&Id| rows.iter().map(|row| cell(row, axis)).collect::<BTreeSet<_>>().len() > 1;
    axes.iter().filter(differ).map(|it| (*it).clone()).collect()
}

/// Adds a diagnosis, or its words to the same one; one that documents less than another of its condition is the same.
fn add_one(found: &mut Vec<Diagnosis>, it: Diagnosis) {
    let knows = |it: &Diagnosis, axis: &str| it.details.iter().any(|detail| detail.0.as_str() == axis);
    let covers = |more: &Diagnosis, less: &Diagnosis| {
        more.condition == less.condition && less.details.iter().all(|detail| more.details.contains(detail))
    };
    if let Some(known) = found.iter_mut().find(|known| covers(known, &it)) {
        merge(known, &it);
        return;
    }
    let place = |it: &Diagnosis| knows(it, "region");
    if let Some(known) = found.iter_mut().find(|known| covers(&it, known) && (!place(known) || known.code.is_none())) {
        let before = std::mem::replace(known, it);
        merge(known, &before);
        return;
    }
    found.push(it);
}

/// Adds the words of one diagnosis to another.
fn merge(into: &mut Diagnosis, from: &Diagnosis) {
    if let Provenance::Explicit { evidence } | Provenance::Inferred { evidence, .. } = &mut into.provenance {
        for it in from.provenance.evidence() {
            if evidence.len() < EVIDENCE && !evidence.contains(it) {
                evidence.push(it.clone());
            }
        }
    }
}

/// The part of the spine of a diagnosis, where one is documented.
fn place(it: &Diagnosis) -> Option<Area> {
    let region = it.details.iter().find(|it| it.0.as_str() == "region")?;
    area_of(region.1.as_str().split('|').next()?)
}

/// Whether two diagnoses may be of the same part of the spine.
fn same_area(one: &Diagnosis, other: &Diagnosis) -> bool {
    let (one, other) = (place(one), place(other));
    one.is_none() || other.is_none() || one == other
}

/// Drops conditions that are part of another of the same part of the body.
fn drop_absorbed(doc: &Document<'_>, found: &mut Vec<Diagnosis>) {
    let row = |id: &Id| doc.lexicon.diagnoses.rows.iter().find(|it| it.id == *id);
    let absorbed: Vec<(Id, Option<Area>)> = found
        .iter()
        .filter(|it| !it.rules.is_empty())
        .flat_map(|it| {
            let all =
                |condition: &&Id| it.rules.iter().all(|id| row(id).is_some_and(|it| it.absorbs.contains(condition)));
            let first = it.rules.first().and_then(row).map(|it| it.absorbs.as_slice()).unwrap_or_default();
            first.iter().filter(all).map(|condition| (condition.clone(), place(it))).collect::<Vec<_>>()
        })
        .collect();
    found.retain(|it| {
        let here = place(it);
        !absorbed
            .iter()
            .any(|(condition, area)| *condition == it.condition && (area.is_none() || here.is_none() || *area == here))
    });
}

/// The finding about a diagnosis that stays open.
fn open(it: &Diagnosis) -> Option<Finding> {
    let name = it.condition.as_str().replace('_', " ");
    let (rule, message) = match it.candidates.len() {
        0 => ("diagnosis-not-in-table", format!("{name}: the table holds no diagnosis code for it on the day")),
        1 => return None,
        _ => {
            let needs: Vec<String> = it.needs.iter().map(|it| it.as_str().replace('_', " ")).collect();
            ("diagnosis-needs-detail", format!("{name}: one code needs more detail: {}", needs.join(", ")))
        }
    };
    Some(Finding::advice(rule, message, it.provenance.evidence().to_vec()))
}

/// The findings about proposed diagnoses that exclude each other.
fn exclusions(doc: &Document<'_>, diagnoses: &[Diagnosis]) -> Vec<Finding> {
    let coded = |it: &&Diagnosis| it.code.is_some();
    let mut found = Vec::new();
    for it in diagnoses.iter().filter(coded) {
        for other in diagnoses.iter().filter(coded) {
            let (Some(code), Some(excluded)) = (&it.code, &other.code) else { continue };
            if code != excluded
                && same_area(it, other)
                && doc.lexicon.exclusions.iter().any(|it| it.holds(code, excluded))
            {
                let mut evidence = it.provenance.evidence().iter().take(1).cloned().collect::<Vec<_>>();
                evidence.extend(other.provenance.evidence().iter().take(1).cloned());
                let message = format!("{code} is not reported with {excluded} for the same condition");
                let mut finding = Finding::advice("diagnosis-excludes", message, evidence);
                finding.outcome = Outcome::Conflicting;
                found.push(finding);
            }
        }
    }
    found
}
