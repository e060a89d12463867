//! Logistic regression with an L2 penalty, by Newton's method.

use opnote::lexicon::features::Direction;

/// Strength of the penalty on the weights; the intercept is free. Of 0.5, 1, 2, 4, 8, 16 and 32 the one with the least
/// log loss out of fold on notes and misread copies.
pub(super) const PENALTY: f64 = 4.0;
/// Newton steps at most; the fit is convex and settles in fewer.
const STEPS: usize = 40;
/// A step this small ends the fit.
const SETTLED: f64 = 1e-10;

/// One sample.
pub(super) struct TrainingRow<'a> {
    pub values: &'a [f64],
    pub right: bool,
    /// How many samples it counts as.
    pub weight: f64,
}

/// Intercept and weights.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub intercept: f64,
    pub weights: Vec<f64>,
}

impl Model {
    /// The chance of a row of values.
    pub(super) fn chance(&self, row: &[f64]) -> f64 {
        let sum: f64 = row.iter().zip(&self.weights).map(|(it, weight)| it * weight).sum();
        sigmoid(self.intercept + sum)
    }
}

/// Fits rows of values and whether each was right.
///
/// The targets are those of Platt: with so many right and wrong ones, a right one counts as `(right + 1) / (right + 2)`
/// and a wrong one as `1 / (wrong + 2)`, which is what a flat prior leaves open, and keeps the chance from 0 and 1.
///
/// A weight that comes out against the direction of its feature is held at 0, and the others are fitted again.
pub(super) fn fit(rows: &[TrainingRow<'_>], directions: &[Direction]) -> Model {
    let mut held = vec![false; directions.len()];
    loop {
        let model = fit_free(rows, &held);
        let against = |(weight, direction): (&f64, &Direction)| match direction {
            Direction::Surer => *weight < 0.0,
            Direction::LessSure => *weight > 0.0,
            Direction::Either => false,
        };
        let wrong: Vec<bool> = model.weights.iter().zip(directions).map(against).collect();
        if !wrong.contains(&true) {
            return model;
        }
        held.iter_mut().zip(wrong).for_each(|(held, wrong)| *held |= wrong);
    }
}

/// The same with some weights held at 0, whatever their direction.
#[allow(clippy::needless_range_loop)] // rows and columns by number read as the textbook does
fn fit_free(rows: &[TrainingRow<'_>], held: &[bool]) -> Model {
    let width = rows.first().map_or(0, |it| it.values.len());
    let total: f64 = rows.iter().map(|it| it.weight).sum();
    let right: f64 = rows.iter().filter(|it| it.right).map(|it| it.weight).sum();
    let wrong = total - right;
    let (high, low) = ((right + 1.0) / (right + 2.0), 1.0 / (wrong + 2.0));
    let size = width + 1;
    let mut all = vec![0.0; size];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; size];
        let mut curvature = vec![vec![0.0; size]; size];
        for index in 1..size {
            gradient[index] = PENALTY * all[index];
            curvature[index][index] = PENALTY;
        }
        // Keeps the system solvable where there is no sample at all.
        curvature[0][0] = 1e-6;
        for row in rows {
            let value = |index: usize| if index == 0 { 1.0 } else { row.values[index - 1] };
            let chance = sigmoid((0..size).map(|it| value(it) * all[it]).sum());
            let target = if row.right { high } else { low };
            for left in 0..size {
                gradient[left] += row.weight * (chance - target) * value(left);
                for right in 0..size {
                    curvature[left][right] += row.weight * chance * (1.0 - chance) * value(left) * value(right);
                }
            }
        }
        for index in (1..size).filter(|it| held.get(it - 1) == Some(&true)) {
            gradient[index] = 0.0;
            (0..size).for_each(|other| {
                curvature[index][other] = 0.0;
                curvature[other][index] = 0.0;
            });
            curvature[index][index] = 1.0;
        }
        let steps = solve(curvature, gradient);
        let longest = steps.iter().fold(0.0_f64, |most, it| most.max(it.abs()));
        for (weight, step) in all.iter_mut().zip(steps) {
            *weight -= step;
        }
        if longest < SETTLED {
            break;
        }
    }
    let intercept = all.remove(0);
    Model { intercept, weights: all }
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
