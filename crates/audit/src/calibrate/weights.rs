//! Fits the weights of statements: a multinomial logistic model for each attribute, drawn to its priors.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use opnote::fitting::{
    FEATURES, NEURAXIAL, NOT_DOCUMENTED, WEIGHED, WeightFeature, WeightsFile, features, together, values,
};
use opnote::report::{FactReport, Report};
use opnote::{Lexicon, Slot};

use crate::evaluate::Label;

/// Strength with which a weight is drawn to its prior.
const PENALTY: f64 = 0.6;
/// Steps of the fit; each goes along the gradient with a rate of its own for each weight, which falls to nothing.
const STEPS: usize = 400;
/// Length of the first step, for a slope of average size.
const RATE: f64 = 0.09;
/// What a fact that is not documented weighs: to take one as documented costs more than to ask in vain.
const MISSING: f64 = 1.5;

/// One settled attribute of a labelled note: what each value shows, and which values are right.
pub struct FactSample {
    slot: Slot,
    /// Author or template of the note, for folds.
    group: String,
    features: Vec<Vec<(WeightFeature, f64)>>,
    right: Vec<usize>,
}

/// The facts of reports whose labels say which value is right.
pub fn fact_samples(reports: &[Report], labels: &[Label], lexicon: &Lexicon) -> Vec<FactSample> {
    let by_id: BTreeMap<&str, &Label> = labels.iter().map(|it| (it.id.as_str(), it)).collect();
    let mut samples = Vec::new();
    for report in reports {
        let Some(label) = by_id.get(report.note.id.as_str()) else { continue };
        for it in report.facts.iter().filter(|it| it.attribute == Slot::Performed.name()) {
            let family = report.encounter.procedures.get(it.procedure).map_or("", |it| it.family.as_str());
            if let Some(done) = is_reported(family, label, lexicon) {
                let right = vec![usize::from(!done)];
                let (slot, group) = (Slot::Performed, super::template(label));
                samples.push(FactSample { slot, group, features: features(it), right });
            }
        }
        for it in report.facts.iter().filter(|it| it.attribute == Slot::Purpose.name()) {
            if let Some(right) = right_purpose(label) {
                let (slot, group) = (Slot::Purpose, super::template(label));
                samples.push(FactSample { slot, group, features: features(it), right: vec![right] });
            }
        }
        let neuraxial = |it: &FactReport| {
            !matches!(Slot::named(&it.attribute), Some(Slot::Performed | Slot::Purpose))
                && report.encounter.procedures.get(it.procedure).is_some_and(|it| it.family == NEURAXIAL)
        };
        let facts: Vec<&FactReport> = report.facts.iter().filter(|it| neuraxial(it)).collect();
        // Two acts of one note have labels that do not say which is which.
        if facts.iter().map(|it| it.procedure).collect::<BTreeSet<_>>().len() > 1 {
            continue;
        }
        for it in facts {
            let Some(slot) = Slot::named(&it.attribute) else { continue };
            let right = right_values(slot, label);
            if !right.is_empty() {
                let group = super::template(label);
                samples.push(FactSample { slot, group, features: features(it), right });
            }
        }
    }
    samples
}

/// Whether a label reports an act of a family; none where it leaves it open, or the family has no codes.
fn is_reported(family: &str, label: &Label, lexicon: &Lexicon) -> Option<bool> {
    let of_family = lexicon.family_codes(family);
    if of_family.is_empty() {
        return None;
    }
    let own = |codes: &[String]| codes.iter().any(|it| of_family.contains(it));
    let firm = own(&label.family) || own(&label.neighbors);
    let accepted = own(&label.neighbors_also) || label.acceptable.iter().any(|it| own(it));
    match (firm, accepted) {
        (true, _) => Some(true),
        (false, true) => label.must_query.then_some(true),
        (false, false) => Some(false),
    }
}

/// Index of the purpose that a label implies; none where it leaves it open.
fn right_purpose(label: &Label) -> Option<usize> {
    let index = |name: &str| values(Slot::Purpose).iter().position(|it| *it == name);
    // A label that says it decides: `none` where no act of the note was done here.
    if let Some(said) = label.axes.get(Slot::Purpose.name()).and_then(|it| it.as_str()) {
        return index(said);
    }
    let nothing = label.acceptable.iter().any(Vec::is_empty);
    if label.must_query {
        // Either a code or none: the purpose decides.
        return if nothing { index(NOT_DOCUMENTED) } else { None };
    }
    if !label.family.is_empty() {
        return if nothing { None } else { index("pain") };
    }
    let labor = label.neighbors.iter().chain(&label.neighbors_also).any(|it| it.starts_with("0196"));
    if label.acceptable.is_empty() { index(if labor { "labor" } else { "surgical_anesthesia" }) } else { None }
}

/// Indices of the values that a label accepts; none where it does not say.
fn right_values(slot: Slot, label: &Label) -> Vec<usize> {
    let index = |name: &str| values(slot).iter().position(|it| *it == name);
    let axis = label.axes.get(slot.name()).and_then(|it| it.as_str()).and_then(index);
    if !label.must_query && axis.is_some() {
        return axis.into_iter().collect();
    }
    let lists: Vec<&Vec<String>> = std::iter::once(&label.family).chain(&label.acceptable).collect();
    let codes: BTreeSet<&str> = lists.into_iter().flatten().map(String::as_str).collect();
    if codes.is_empty() || !label.must_query && !label.acceptable.is_empty() {
        return Vec::new();
    }
    let bits: BTreeSet<Option<&[&str]>> = codes.iter().map(|it| bit(slot, it)).collect();
    match bits.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(names)] => names.iter().filter_map(|it| index(it)).collect(),
        [Some(_), Some(_)] => index(NOT_DOCUMENTED).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The values of an attribute that a code of the family stands for; none where the code does not say.
fn bit(slot: Slot, code: &str) -> Option<&'static [&'static str]> {
    let last = code.strip_prefix("6232").and_then(|it| it.parse::<u8>().ok()).filter(|it| *it < 8);
    let number = last?;
    match slot {
        Slot::Region => Some(if number & 2 == 0 { &["cervical_thoracic"] } else { &["lumbar_sacral"] }),
        Slot::Delivery => Some(if number & 4 == 0 { &["single"] } else { &["catheter"] }),
        Slot::Imaging if number & 1 == 1 => Some(&["fluoroscopy", "ct"]),
        Slot::Imaging => Some(&["none", "ultrasound", "mri"]),
        _ => None,
    }
}

/// Weights by feature.
type WeightsByFeature = BTreeMap<WeightFeature, f64>;

/// Fits the weights of all attributes; the same samples give the same weights.
pub fn fit_weights(samples: &[FactSample], lexicon: &Lexicon, fitted_on: &str) -> String {
    let weights = fit(&samples.iter().collect::<Vec<_>>(), lexicon);
    let mut file = WeightsFile { features: FEATURES, fitted_on: fitted_on.to_owned(), weights: BTreeMap::new() };
    for (feature, weight) in weights {
        let (slot, name) = feature.name(lexicon);
        let weight = (weight * 1000.0).round() / 1000.0;
        file.weights.entry(slot.name().to_owned()).or_default().insert(name, weight);
    }
    let head = "# The weights of statements; written by `opnote calibrate`, explained in docs/confidence.md.\n";
    head.to_owned() + &toml::to_string(&file).unwrap_or_default()
}

/// How the fit does, attribute by attribute, out of fold and on what it was fitted on.
pub fn weights_summary(samples: &[FactSample], lexicon: &Lexicon) -> String {
    let mut groups: Vec<&str> = samples.iter().map(|it| it.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    let fold = |it: &FactSample| groups.binary_search(&it.group.as_str()).unwrap_or(0) % super::FOLDS;
    let all: Vec<&FactSample> = samples.iter().collect();
    let whole = fit(&all, lexicon);
    let apart: Vec<WeightsByFeature> = (0..super::FOLDS)
        .map(|out| fit(&all.iter().copied().filter(|it| fold(it) != out).collect::<Vec<_>>(), lexicon))
        .collect();
    let mut text = String::new();
    for slot in WEIGHED {
        let own: Vec<&FactSample> = samples.iter().filter(|it| it.slot == slot).collect();
        if own.is_empty() {
            continue;
        }
        let right = |weights: &dyn Fn(&FactSample) -> WeightsByFeature| {
            own.iter().filter(|it| it.right.contains(&best(&chances(it, &weights(it), lexicon)))).count()
        };
        let (inside, outside) = (right(&|_| whole.clone()), right(&|it| apart[fold(it)].clone()));
        let loss: f64 = own
            .iter()
            .map(|it| {
                let chances = chances(it, &apart[fold(it)], lexicon);
                -it.right.iter().map(|index| chances[*index]).sum::<f64>().max(1e-9).ln()
            })
            .sum();
        let loss = loss / own.len() as f64;
        let _ = writeln!(
            text,
            "{:10} {:4} facts, {inside:4} right; out of fold {outside:4} right, log loss {loss:.4}",
            slot.name(),
            own.len()
        );
    }
    text
}

/// Weights that did not see a note: fitted without the notes of its author.
pub struct CrossFitted {
    groups: Vec<String>,
    apart: Vec<WeightsByFeature>,
}

impl CrossFitted {
    /// Fits the weights of each fold.
    pub fn of(samples: &[FactSample], lexicon: &Lexicon) -> CrossFitted {
        let mut groups: Vec<String> = samples.iter().map(|it| it.group.clone()).collect();
        groups.sort_unstable();
        groups.dedup();
        let fold = |it: &FactSample| groups.binary_search(&it.group).unwrap_or(0) % super::FOLDS;
        let others = |out: usize| samples.iter().filter(|it| fold(it) != out).collect::<Vec<_>>();
        let apart = (0..super::FOLDS).map(|out| fit(&others(out), lexicon)).collect();
        CrossFitted { groups, apart }
    }

    /// The chance of what a procedure of a labelled note reports of each of its facts.
    pub(super) fn chances(
        &self,
        report: &Report,
        label: &Label,
        procedure: usize,
        lexicon: &Lexicon,
    ) -> Vec<(Slot, f64)> {
        let fold = self.groups.binary_search(&super::template(label)).unwrap_or(0) % super::FOLDS;
        let weights = &self.apart[fold];
        let own = report.facts.iter().filter(|it| it.procedure == procedure);
        let attributes = &report.encounter.procedures[procedure].attributes;
        own.filter_map(|it| {
            let slot = Slot::named(&it.attribute)?;
            let reported = match slot {
                Slot::Performed => "yes",
                _ => attributes.get(slot.name()).and_then(|it| it.first()).map_or("", |it| it.value.as_str()),
            };
            let chances = chances_of(&features(it), weights, lexicon);
            let counts = |value: &str| together(slot, value, reported);
            let sum = values(slot).iter().zip(&chances).filter(|it| counts(it.0)).map(|it| *it.1).sum();
            Some((slot, sum))
        })
        .collect()
    }
}

fn best(chances: &[f64]) -> usize {
    (0..chances.len()).rev().max_by(|a, b| chances[*a].total_cmp(&chances[*b])).unwrap_or(0)
}

fn fit(samples: &[&FactSample], lexicon: &Lexicon) -> WeightsByFeature {
    let mut weights: WeightsByFeature = BTreeMap::new();
    for it in samples {
        for (feature, _) in it.features.iter().flatten() {
            weights.entry(*feature).or_insert_with(|| feature.prior(lexicon));
        }
    }
    let priors = weights.clone();
    let mut squares: WeightsByFeature = weights.keys().map(|it| (*it, 1e-6)).collect();
    for step in 0..STEPS {
        let rate = RATE * (STEPS - step) as f64 / STEPS as f64;
        let mut gradient: WeightsByFeature =
            weights.iter().map(|(feature, weight)| (*feature, PENALTY * (weight - priors[feature]))).collect();
        for it in samples {
            let chances = chances(it, &weights, lexicon);
            let missing = it.right.iter().all(|index| values(it.slot)[*index] == NOT_DOCUMENTED);
            let weight = if missing { MISSING } else { 1.0 };
            let mass: f64 = it.right.iter().map(|index| chances[*index]).sum::<f64>().max(1e-9);
            for (index, features) in it.features.iter().enumerate() {
                let target = if it.right.contains(&index) { chances[index] / mass } else { 0.0 };
                for (feature, count) in features {
                    if let Some(slope) = gradient.get_mut(feature) {
                        *slope += weight * (chances[index] - target) * count;
                    }
                }
            }
        }
        for (feature, weight) in &mut weights {
            let slope = gradient[feature];
            let square = squares.entry(*feature).or_default();
            *square = 0.95 * *square + 0.05 * slope * slope;
            *weight -= rate * slope / (square.sqrt() + 1e-3);
            *weight = feature.bounded(*weight, lexicon);
        }
    }
    weights
}

fn chances(sample: &FactSample, weights: &WeightsByFeature, lexicon: &Lexicon) -> Vec<f64> {
    chances_of(&sample.features, weights, lexicon)
}

fn chances_of(features: &[Vec<(WeightFeature, f64)>], weights: &WeightsByFeature, lexicon: &Lexicon) -> Vec<f64> {
    let weight = |feature: &WeightFeature| weights.get(feature).copied().unwrap_or_else(|| feature.prior(lexicon));
    let scores: Vec<f64> =
        features.iter().map(|it| it.iter().map(|(feature, count)| weight(feature) * count).sum()).collect();
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = scores.iter().map(|it| (it - highest).exp()).sum();
    scores.iter().map(|it| (it - highest).exp() / total).collect()
}
