//! How well a confidence tells how often the code is right.

use serde::Serialize;

use super::Rate;

/// Figures of calibration, and the bins behind them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationFigures {
    /// Proposals with a code and a confidence.
    pub proposals: usize,
    /// Expected calibration error over ten bins of equal width.
    pub ece: f64,
    /// Mean squared difference between confidence and outcome.
    pub brier: f64,
    /// Mean negative log likelihood (natural logarithm).
    pub log_loss: f64,
    /// Bins that hold something, from low to high confidence.
    pub bins: Vec<Bin>,
    /// What would be wrong if only the surest proposals were kept, from the surest on.
    pub risk: Vec<Risk>,
}

/// Proposals of like confidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Lowest confidence of the bin.
    pub from: f64,
    /// How many proposals it holds.
    pub proposals: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them that is right.
    pub right: f64,
}

/// The proposals of at least one confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Risk {
    /// The confidence from which on they are kept.
    pub from: f64,
    /// The share of all proposals that is kept.
    pub coverage: f64,
    /// The wrong ones among those kept.
    pub wrong: Rate,
}

impl Bin {
    /// The right ones of the bin.
    pub fn rate(&self) -> Rate {
        Rate { hits: (self.right * self.proposals as f64).round() as usize, of: self.proposals }
    }
}

impl CalibrationFigures {
    /// The figures of pairs of confidence and outcome; none where there are no pairs.
    pub(crate) fn of(rated: &[(f64, bool)]) -> Option<CalibrationFigures> {
        const BINS: usize = 10;
        if rated.is_empty() {
            return None;
        }
        let all = rated.len() as f64;
        let mut parts: Vec<Vec<(f64, bool)>> = vec![Vec::new(); BINS];
        for it in rated {
            // The bin whose lower edge is the last one not above the confidence.
            let index = (1..BINS).rev().find(|index| it.0 * BINS as f64 >= *index as f64).unwrap_or(0);
            parts[index].push(*it);
        }
        let filled = parts.iter().enumerate().filter(|it| !it.1.is_empty());
        let bins: Vec<Bin> = filled.map(|(index, part)| bin(index as f64 / BINS as f64, part)).collect();
        let ece = bins.iter().map(|it| it.proposals as f64 / all * (it.confidence - it.right).abs()).sum();
        let brier = rated.iter().map(|(chance, right)| (chance - number(*right)).powi(2)).sum::<f64>() / all;
        let log_loss = rated.iter().map(|it| loss(it.0, it.1)).sum::<f64>() / all;
        Some(CalibrationFigures { proposals: rated.len(), ece, brier, log_loss, bins, risk: risk(rated) })
    }
}

fn bin(from: f64, part: &[(f64, bool)]) -> Bin {
    let n = part.len() as f64;
    let confidence = part.iter().map(|it| it.0).sum::<f64>() / n;
    let right = part.iter().map(|it| number(it.1)).sum::<f64>() / n;
    Bin { from, proposals: part.len(), confidence, right }
}

/// One point for each confidence that occurs, from the surest on.
fn risk(rated: &[(f64, bool)]) -> Vec<Risk> {
    let mut sorted = rated.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut wrong = Rate::default();
    let mut points = Vec::new();
    for (index, (from, right)) in sorted.iter().enumerate() {
        wrong.count(!right);
        if sorted.get(index + 1).is_none_or(|it| it.0 < *from) {
            points.push(Risk { from: *from, coverage: wrong.of as f64 / sorted.len() as f64, wrong });
        }
    }
    points
}

/// The negative log likelihood of one outcome; a chance of nothing is taken as one in a billion.
fn loss(chance: f64, right: bool) -> f64 {
    -(if right { chance } else { 1.0 - chance }).max(1e-9).ln()
}

fn number(right: bool) -> f64 {
    if right { 1.0 } else { 0.0 }
}
