//! Fits the confidence model offline: L2 logistic regression, folds grouped by template.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::{Label, Rate};
use crate::lexicon::calibration::{Calibration, OutOfFold};
use crate::report::Report;

/// One proposal with a code: what the model sees, and whether the label accepts the code.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Notes of one template stay in one fold.
    pub template: String,
    /// Named features, from 0 to 1.
    pub features: BTreeMap<String, f64>,
    /// Whether the code is right.
    pub right: bool,
}

/// The family that the model is fitted on.
const FAMILY: &str = "neuraxial_injection";

/// One sample for each proposal of the family with a code on a labelled note, in the order of the reports.
pub fn samples(reports: &[Report], labels: &[Label]) -> Vec<Sample> {
    let by_id: BTreeMap<&str, &Label> = labels.iter().map(|it| (it.id.as_str(), it)).collect();
    let mut samples = Vec::new();
    for report in reports {
        let Some(label) = by_id.get(report.note.id.as_str()) else { continue };
        // Labels hold the codes of one family; those of others are not theirs to judge.
        let own = |procedure: usize| report.encounter.procedures.get(procedure).is_some_and(|it| it.family == FAMILY);
        for it in report.proposals.iter().filter(|it| own(it.procedure)) {
            let Some(code) = &it.code else { continue };
            let template = if label.template.is_empty() { label.id.clone() } else { label.template.clone() };
            samples.push(Sample { template, features: it.features.clone(), right: label.allows(code) });
        }
    }
    samples
}

/// Seed of the misread copies, so that every fit reads the same ones.
pub const SEED: u64 = 7;

/// A note's text with reading errors: about `rate` of its letters (0 to 1) are dropped, doubled or replaced by a
/// look-alike. Figures stay as they are: a wrong level would be another note. The same seed gives the same text.
pub fn misread(text: &str, rate: f64, seed: u64) -> String {
    const LOOKALIKES: [(char, char); 10] = [
        ('e', 'c'),
        ('o', 'a'),
        ('l', 'i'),
        ('n', 'u'),
        ('i', 'l'),
        ('r', 'n'),
        ('a', 'o'),
        ('t', 'f'),
        ('u', 'v'),
        ('c', 'e'),
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        // Xorshift: enough to scatter errors, and the same on every machine.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if !letter.is_ascii_lowercase() || next() >= rate {
            out.push(letter);
            continue;
        }
        let kind = next();
        match LOOKALIKES.iter().find(|it| it.0 == letter) {
            Some((_, other)) if kind < 0.6 => out.push(*other),
            _ if kind < 0.8 => {}
            _ => {
                out.push(letter);
                out.push(letter);
            }
        }
    }
    out
}

/// Strength of the penalty on weights (not on the intercept).
const PENALTY: f64 = 1.0;
/// Share of ready proposals that is to be right, as the lower end of an exact interval.
const TARGET: f64 = 0.95;
/// Folds of the out-of-fold figures.
const FOLDS: usize = 5;
/// Newton steps; the fit is convex and settles in fewer.
const STEPS: usize = 40;

/// The model as the text of `calibration.toml`.
pub fn to_toml(model: &Calibration) -> Result<String, toml::ser::Error> {
    let head = "# The confidence model; written by `opnote calibrate`, explained in docs/confidence.md.\n";
    Ok(head.to_owned() + &toml::to_string(model)?)
}

/// Fits the model. `allowance` is the share of codes taken to be wrong beyond those seen (0 to 0.5).
///
/// The same samples in the same order give the same model, to the digit that is stored.
pub fn fit(samples: &[Sample], allowance: f64, fitted_on: &str) -> Calibration {
    let names: BTreeSet<&str> = samples.iter().flat_map(|it| it.features.keys().map(String::as_str)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let (intercept, weights) = newton(samples.iter(), &names, allowance);
    let mut model = Calibration {
        fitted_on: fitted_on.to_owned(),
        proposals: samples.len(),
        allowance,
        penalty: PENALTY,
        ready_from: 0.0,
        out_of_fold: out_of_fold(samples, &names, allowance),
        intercept: rounded(intercept),
        weights: names.iter().map(|it| (*it).to_owned()).zip(weights.into_iter().map(rounded)).collect(),
    };
    model.ready_from = threshold(samples, &model);
    model
}

/// The lowest chance from which on the exact 95 % interval of the share right starts at the target or above,
/// over the samples without open questions; where none does, the chance of the best of them.
fn threshold(samples: &[Sample], model: &Calibration) -> f64 {
    let settled = samples.iter().filter(|it| it.features.get("open_questions").copied().unwrap_or(0.0) == 0.0);
    let mut rated: Vec<(f64, bool)> = settled.map(|it| (model.chance(&it.features), it.right)).collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut sums = Rate::default();
    let mut lowest = None;
    for (index, (chance, right)) in rated.iter().enumerate() {
        sums.count(*right);
        let last_of_equals = rated.get(index + 1).is_none_or(|it| it.0 < *chance);
        if last_of_equals && sums.interval().0 >= TARGET {
            lowest = Some(*chance);
        }
    }
    let best = rated.first().map_or(1.0, |it| it.0);
    rounded(lowest.unwrap_or(best))
}

fn out_of_fold(samples: &[Sample], names: &[&str], allowance: f64) -> OutOfFold {
    let templates: BTreeSet<&str> = samples.iter().map(|it| it.template.as_str()).collect();
    let fold_of: BTreeMap<&str, usize> =
        templates.into_iter().enumerate().map(|(index, it)| (it, index % FOLDS)).collect();
    let mut rated = Vec::with_capacity(samples.len());
    for fold in 0..FOLDS {
        let inside = |it: &&Sample| fold_of[it.template.as_str()] == fold;
        let (intercept, weights) = newton(samples.iter().filter(|it| !inside(it)), names, allowance);
        rated
            .extend(samples.iter().filter(inside).map(|it| (sigmoid(score(it, names, intercept, &weights)), it.right)));
    }
    if rated.is_empty() {
        return OutOfFold::default();
    }
    let count = rated.len() as f64;
    let target = |right: bool| f64::from(u8::from(right));
    let brier = rated.iter().map(|(chance, right)| (chance - target(*right)).powi(2)).sum::<f64>() / count;
    let log_loss =
        rated.iter().map(|(chance, right)| -(if *right { *chance } else { 1.0 - chance }).max(1e-9).ln()).sum::<f64>()
            / count;
    let ece = (0..10)
        .map(|bin| {
            let inside = rated.iter().filter(|it| ((it.0 * 10.0) as usize).min(9) == bin);
            let gap: f64 = inside.map(|(chance, right)| chance - target(*right)).sum();
            gap.abs() / count
        })
        .sum();
    OutOfFold { brier: rounded(brier), log_loss: rounded(log_loss), ece: rounded(ece) }
}

/// Newton's method for L2 logistic regression; returns intercept and weights.
#[allow(clippy::needless_pass_by_value, clippy::needless_range_loop)] // the iterator is cheap and walked anew
fn newton<'a>(samples: impl Iterator<Item = &'a Sample> + Clone, names: &[&str], allowance: f64) -> (f64, Vec<f64>) {
    let size = names.len() + 1;
    let mut weights = vec![0.0; size];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; size];
        let mut curvature = vec![vec![0.0; size]; size];
        for index in 1..size {
            gradient[index] = PENALTY * weights[index];
            curvature[index][index] = PENALTY;
        }
        // Keeps the system solvable where there is no sample at all.
        curvature[0][0] = 1e-6;
        for sample in samples.clone() {
            let row = row(sample, names);
            let chance = sigmoid(row.iter().zip(&weights).map(|(it, weight)| it * weight).sum());
            let target = if sample.right { 1.0 - allowance } else { allowance.min(0.5) };
            for left in 0..size {
                gradient[left] += (chance - target) * row[left];
                for right in 0..size {
                    curvature[left][right] += chance * (1.0 - chance) * row[left] * row[right];
                }
            }
        }
        for (weight, step) in weights.iter_mut().zip(solve(curvature, gradient)) {
            *weight -= step;
        }
    }
    let intercept = weights.remove(0);
    (intercept, weights)
}

fn row(sample: &Sample, names: &[&str]) -> Vec<f64> {
    std::iter::once(1.0).chain(names.iter().map(|it| sample.features.get(*it).copied().unwrap_or(0.0))).collect()
}

fn score(sample: &Sample, names: &[&str], intercept: f64, weights: &[f64]) -> f64 {
    intercept + row(sample, names)[1..].iter().zip(weights).map(|(it, weight)| it * weight).sum::<f64>()
}

fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// Solves a symmetric system by elimination with pivots.
#[allow(clippy::needless_range_loop)] // rows and columns by number read as the textbook does
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))
            .unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        if matrix[column][column].abs() < 1e-12 {
            continue;
        }
        for below in column + 1..size {
            let factor = matrix[below][column] / matrix[column][column];
            for index in column..size {
                matrix[below][index] -= factor * matrix[column][index];
            }
            right[below] -= factor * right[column];
        }
    }
    let mut solution = vec![0.0; size];
    for index in (0..size).rev() {
        let known: f64 = (index + 1..size).map(|it| matrix[index][it] * solution[it]).sum();
        let pivot = matrix[index][index];
        solution[index] = if pivot.abs() < 1e-12 { 0.0 } else { (right[index] - known) / pivot };
    }
    solution
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::{Sample, fit};

    /// The feature that goes with right codes gets a positive weight, and the mean chance meets the share right.
    #[test]
    fn recovers_a_known_relation() {
        let sample = |index: usize| {
            let good = index.is_multiple_of(2);
            let right = if good { !index.is_multiple_of(10) } else { index % 10 < 5 };
            let features = [("good".to_owned(), f64::from(u8::from(good)))].into_iter().collect();
            Sample { template: (index % 7).to_string(), features, right }
        };
        let samples: Vec<Sample> = (0..400).map(sample).collect();
        let model = fit(&samples, 0.0, "test");
        assert!(model.weights["good"] > 0.5, "{model:?}");
        let mean = samples.iter().map(|it| model.chance(&it.features)).sum::<f64>() / 400.0;
        let share = samples.iter().filter(|it| it.right).count() as f64 / 400.0;
        assert!((mean - share).abs() < 0.01, "{mean} against {share}");
        assert_eq!(model, fit(&samples, 0.0, "test"));
    }
}
