//! The right answer by construction: from the facts that were drawn, never from the text.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::banks::{Banks, CodeRow};
use crate::case::{Act, Case};
use crate::facts::{Facts, region_of};

/// The label of a note, in the format of `corpus/gold.jsonl`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Label {
    /// The note.
    pub id: String,
    /// `generated`.
    pub set: String,
    /// The layout: notes of one skeleton share it.
    pub template: String,
    /// Codes of the family.
    pub family: Vec<String>,
    /// Other lists that are right, or the candidates where the provider must be asked.
    pub acceptable: Vec<Vec<String>>,
    /// Codes of other families.
    pub neighbours: Vec<String>,
    /// Another list of them that is accepted.
    pub neighbours_also: Vec<String>,
    /// The facts that decide.
    pub axes: Map<String, Value>,
    /// Generic names of what went into the target space.
    pub injectate: Vec<String>,
    /// A fact is missing: the right answer is to ask.
    pub must_query: bool,
    /// What must be asked.
    pub query: Vec<String>,
    /// `firm`, `policy` or `debatable`.
    pub certainty: String,
    /// The gate of the coding rules that the note is about.
    pub gate: String,
    /// The scenario, with the defect and the second act, if any.
    pub scenario: String,
    /// What was done to the text after it was written.
    pub noise: Vec<String>,
    /// Why the answer is right.
    pub why: String,
}

/// The label of a case.
pub(crate) fn label(banks: &Banks, case: &Case, template: &str) -> Label {
    let (scenario, facts) = (case.act.scenario, &case.act.facts);
    let mut label = Label {
        set: "generated".to_owned(),
        template: template.to_owned(),
        gate: scenario.gate.clone(),
        scenario: scenario.id.clone(),
        why: scenario.why.clone(),
        certainty: certainty(scenario.certainty.as_str(), facts).to_owned(),
        ..Label::default()
    };
    match scenario.codes.as_str() {
        "axes" => family(banks, case, &mut label),
        "ask" => {
            label.must_query = true;
            label.query = vec![scenario.ask.clone()];
            label.acceptable = candidates(banks, facts, facts.get("open"));
        }
        _ => {}
    }
    neighbors(&case.act, &mut label);
    if let Some(second) = &case.second {
        label.scenario = format!("{} + {}", label.scenario, second.scenario.id);
        neighbors(second, &mut label);
        if second.scenario.codes == "axes" {
            label.family.extend(code(banks, &second.facts));
            label.family.sort();
            // Two acts, two sets of facts: one set of labels cannot name both.
            label.axes.clear();
            label.injectate.clear();
        }
    }
    label
}

fn family(banks: &Banks, case: &Case, label: &mut Label) {
    let facts = &case.act.facts;
    if let Some(defect) = case.defect {
        label.must_query = true;
        label.query = vec![defect.ask.clone()];
        label.why.clone_from(&defect.why);
        label.scenario = format!("{} - {}", label.scenario, defect.id);
        label.acceptable = candidates(banks, facts, &defect.open);
        return;
    }
    label.family = code(banks, facts).into_iter().collect();
    label.acceptable = match facts.get("imaging") {
        "marking" => candidates(banks, facts, "imaging"),
        _ if facts.get("level") == "T12-L1" => candidates(banks, facts, "region"),
        _ => Vec::new(),
    };
    label.acceptable.retain(|it| *it != label.family);
    label.axes = axes(facts);
    label.injectate = facts.get("injectate").split_whitespace().map(str::to_owned).collect();
    if facts.get("mix") == "unstated" {
        label.injectate.clear();
    }
}

/// What is open to policy: imaging told by its views only, marking of the skin, the thoracolumbar junction.
fn certainty<'a>(scenario: &'a str, facts: &Facts) -> &'a str {
    match facts.get("imaging") {
        "views" => "policy",
        "marking" => "debatable",
        _ if facts.get("level") == "T12-L1" => "policy",
        _ if scenario.is_empty() => "firm",
        _ => scenario,
    }
}

/// The imaging that counts: views are those of fluoroscopy; a mark on the skin guides no needle.
fn imaging(facts: &Facts) -> &str {
    match facts.get("imaging") {
        "views" => "fluoroscopy",
        "marking" => "none",
        other => other,
    }
}

/// Needle, or catheter beyond a day; a catheter that is out again at the end counts as a needle.
fn delivery(facts: &Facts) -> &str {
    if facts.get("delivery") == "catheter" { "catheter" } else { "single" }
}

fn axes(facts: &Facts) -> Map<String, Value> {
    let value = json!({
        "region": facts.get("region"),
        "space": facts.get("space"),
        "approach": facts.get("approach"),
        "delivery": delivery(facts),
        "imaging": imaging(facts),
        "contrast": facts.get("contrast") == "yes",
        "level_entry": facts.get("level"),
    });
    value.as_object().cloned().unwrap_or_default()
}

/// The code of the family that the facts give.
fn code(banks: &Banks, facts: &Facts) -> Option<String> {
    row(banks, facts, facts.get("region"), delivery(facts), imaging(facts))
}

fn row(banks: &Banks, facts: &Facts, region: &str, delivery: &str, imaging: &str) -> Option<String> {
    let guided = if matches!(imaging, "fluoroscopy" | "ct") { "yes" } else { "no" };
    let year: u16 = facts.get("year").parse().unwrap_or(u16::MAX);
    let fits = |it: &&CodeRow| {
        it.region == region
            && it.delivery == delivery
            && (it.guided == guided || it.guided == "any")
            && (it.years[0]..=it.years[1]).contains(&year)
    };
    banks.rules.code.iter().find(fits).map(|it| it.code.clone())
}

/// The codes that stay possible while one axis is open.
fn candidates(banks: &Banks, facts: &Facts, open: &str) -> Vec<Vec<String>> {
    let both = |open_axis: &str, values: [&'static str; 2], known: &str| -> Vec<String> {
        if open == open_axis { values.map(str::to_owned).to_vec() } else { vec![known.to_owned()] }
    };
    let regions = match open {
        "title_level" => vec![facts.get("region").to_owned(), region_of(facts.get("title_level")).to_owned()],
        _ => both("region", ["cervical_thoracic", "lumbar_sacral"], facts.get("region")),
    };
    let deliveries = both("delivery", ["single", "catheter"], delivery(facts));
    let images = both("imaging", ["none", "fluoroscopy"], imaging(facts));
    let mut lists = Vec::new();
    for region in &regions {
        for delivery in &deliveries {
            lists.extend(images.iter().filter_map(|it| row(banks, facts, region, delivery, it)).map(|it| vec![it]));
        }
    }
    lists.sort();
    lists.dedup();
    lists
}

fn neighbors(act: &Act, label: &mut Label) {
    let Some(found) = act.scenario.neighbors.iter().find(|it| act.facts.meet(&it.when)) else { return };
    label.neighbours.extend(found.codes.iter().cloned());
    label.neighbours_also.extend(found.also.iter().cloned());
    label.neighbours.sort();
}
