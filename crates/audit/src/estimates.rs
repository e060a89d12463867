//! From a sample to its frame: error rates and amounts, with limits; formulas of W. G. Cochran, Sampling Techniques (1977).

mod appraisal;

pub use appraisal::{
    AmountFigures, Appraisal, AttributeFigures, ReviewColumns, Reviewed, Right, StratumFigures, Unit, appraise,
    reviewed,
};

use serde::Serialize;

use crate::statistics::{Hypergeometric, Tail, normal_quantile, student_quantile};

/// Two-sided levels that estimates give limits at.
pub const LEVELS: [f64; 3] = [0.80, 0.90, 0.95];
/// The level whose lower limit is what overpayments are commonly projected to.
pub const PROJECTION: f64 = 0.90;

/// Reasons why nothing can be estimated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unestimated {
    /// There is no unit, or a stratum without any.
    #[error("stratum {0} has no unit in the sample, expected at least two of each")]
    Empty(usize),
    /// The variation within a stratum cannot be seen in one unit.
    #[error("stratum {0} has one unit of several in the sample, expected at least two")]
    OneUnit(usize),
    /// The examined amounts of the sample sum to zero.
    #[error("the examined amounts of the sample sum to zero, so that there is no ratio to them")]
    NoAmount,
}

/// A stratum whose drawn units are right or in error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeStratum {
    /// Units in the frame.
    pub frame: u64,
    /// Units drawn.
    pub drawn: u64,
    /// Units drawn that are in error.
    pub errors: u64,
}

/// An error rate and the errors of the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateEstimate {
    /// Share in error, 0 to 1.
    pub rate: f64,
    /// Standard error of the share.
    pub standard_error: f64,
    /// Units of the frame in error: frame times rate.
    pub projected: f64,
    /// Limits, in the order of the levels.
    pub limits: Vec<CountLimits>,
}

/// Two-sided limits of the number of errors in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CountLimits {
    /// Level, 0 to 1.
    pub level: f64,
    /// Fewest errors.
    pub low: u64,
    /// Most errors.
    pub high: u64,
    /// Limits of the share by the normal approximation, without the exact method; 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normal: Option<[f64; 2]>,
}

/// The error rate of one or more strata. The limits of a single stratum are exact (hypergeometric). Those of several
/// are the sums of exact limits of each at a level such that all hold together (Bonferroni): never too narrow; the
/// normal approximation is given next to them.
pub fn rate(strata: &[AttributeStratum], levels: &[f64]) -> Result<RateEstimate, Unestimated> {
    if let Some(index) = strata.iter().position(|it| it.drawn == 0 && it.frame > 0) {
        return Err(Unestimated::Empty(index));
    }
    let frame = strata.iter().map(|it| it.frame).sum::<u64>() as f64;
    let weight = |it: &AttributeStratum| it.frame as f64 / frame;
    let share = |it: &AttributeStratum| it.errors as f64 / it.drawn as f64;
    let rate: f64 = strata.iter().map(|it| weight(it) * share(it)).sum();
    let mut variance = 0.0;
    for (index, it) in strata.iter().enumerate().filter(|it| it.1.drawn < it.1.frame) {
        if it.drawn < 2 && strata.len() > 1 {
            return Err(Unestimated::OneUnit(index));
        }
        let left = 1.0 - it.drawn as f64 / it.frame as f64;
        let spread = share(it) * (1.0 - share(it)) / (it.drawn as f64 - 1.0).max(1.0);
        variance += weight(it).powi(2) * left * spread;
    }
    let standard_error = variance.sqrt();
    let sampled = strata.iter().filter(|it| it.drawn < it.frame).count().max(1) as f64;
    let limits = levels.iter().map(|level| {
        let tail = Tail::two_sided(1.0 - (1.0 - level) / sampled);
        let of =
            |it: &AttributeStratum| Hypergeometric { frame: it.frame, drawn: it.drawn, errors: it.errors }.limits(tail);
        let (low, high) = strata.iter().map(of).fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let half = normal_quantile(f64::midpoint(1.0, *level)) * standard_error;
        let normal = (strata.len() > 1).then(|| [(rate - half).max(0.0), (rate + half).min(1.0)]);
        CountLimits { level: *level, low, high, normal }
    });
    Ok(RateEstimate { rate, standard_error, projected: frame * rate, limits: limits.collect() })
}

/// A stratum whose drawn units have amounts.
#[derive(Clone, Debug, PartialEq)]
pub struct AmountStratum {
    /// Units in the frame.
    pub frame: u64,
    /// The amounts of the units drawn.
    pub values: Vec<f64>,
}

/// A total of the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TotalEstimate {
    /// The estimate.
    pub total: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Degrees of freedom of Student's t; 0 where every unit was drawn.
    pub degrees: u64,
    /// Limits, in the order of the levels.
    pub limits: Vec<TotalLimits>,
}

/// Two-sided limits of a total.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TotalLimits {
    /// Level, 0 to 1.
    pub level: f64,
    /// Quantile of Student's t.
    pub t: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// Half the interval over the estimate (relative precision); none where the estimate is zero.
    pub precision: Option<f64>,
}

impl TotalEstimate {
    fn new(total: f64, variance: f64, degrees: u64, levels: &[f64]) -> TotalEstimate {
        let standard_error = variance.max(0.0).sqrt();
        let limits = levels.iter().map(|level| {
            let t = if degrees == 0 { 0.0 } else { student_quantile(f64::midpoint(1.0, *level), degrees) };
            let half = t * standard_error;
            let precision = (total != 0.0).then(|| half / total.abs());
            TotalLimits { level: *level, t, low: total - half, high: total + half, precision }
        });
        TotalEstimate { total, standard_error, degrees, limits: limits.collect() }
    }

    /// The limits at a level.
    pub fn at(&self, level: f64) -> Option<&TotalLimits> {
        self.limits.iter().find(|it| (it.level - level).abs() < 1e-9)
    }
}

/// The total of the frame by expansion: units of each stratum times the mean of its sample. With differences of
/// examined and right amounts this is the difference estimator.
pub fn total(strata: &[AmountStratum], levels: &[f64]) -> Result<TotalEstimate, Unestimated> {
    let (variance, degrees) = variance(strata)?;
    let total = strata.iter().filter(|it| it.frame > 0).map(|it| it.frame as f64 * mean(&it.values)).sum();
    Ok(TotalEstimate::new(total, variance, degrees, levels))
}

/// A stratum whose drawn units have two amounts.
#[derive(Clone, Debug, PartialEq)]
pub struct PairStratum {
    /// Units in the frame.
    pub frame: u64,
    /// Examined amount and the amount that is estimated, of each unit drawn.
    pub values: Vec<(f64, f64)>,
}

/// The total of the frame by the combined ratio to the examined amounts, whose sum over the frame is `examined`.
pub fn ratio_total(strata: &[PairStratum], examined: f64, levels: &[f64]) -> Result<TotalEstimate, Unestimated> {
    let sum = |of: fn(&(f64, f64)) -> f64| -> f64 {
        let one = |it: &PairStratum| it.frame as f64 * mean(&it.values.iter().map(of).collect::<Vec<_>>());
        strata.iter().filter(|it| it.frame > 0).map(one).sum()
    };
    let base = sum(|it| it.0);
    if base == 0.0 {
        return Err(Unestimated::NoAmount);
    }
    let ratio = sum(|it| it.1) / base;
    let residuals: Vec<AmountStratum> = strata
        .iter()
        .map(|it| AmountStratum {
            frame: it.frame,
            values: it.values.iter().map(|(examined, value)| value - ratio * examined).collect(),
        })
        .collect();
    let (variance, degrees) = variance(&residuals)?;
    Ok(TotalEstimate::new(ratio * examined, variance, degrees, levels))
}

/// The variance of an expanded total and its degrees of freedom; strata that were drawn whole have neither.
fn variance(strata: &[AmountStratum]) -> Result<(f64, u64), Unestimated> {
    let (mut variance, mut degrees) = (0.0, 0);
    for (index, it) in strata.iter().enumerate().filter(|it| it.1.frame > 0) {
        let (frame, drawn) = (it.frame as f64, it.values.len() as f64);
        match it.values.len() as u64 {
            0 => return Err(Unestimated::Empty(index)),
            count if count >= it.frame => {}
            1 => return Err(Unestimated::OneUnit(index)),
            count => {
                let deviation = crate::sampling::deviation(it.values.iter().copied());
                variance += frame * frame * (1.0 - drawn / frame) * deviation * deviation / drawn;
                degrees += count - 1;
            }
        }
    }
    Ok((variance, degrees))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A unit that was drawn from a random group with a probability proportional to its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedUnit {
    /// What is estimated.
    pub value: f64,
    /// Its weight.
    pub weight: f64,
    /// Sum of the weights of its group.
    pub group_total: f64,
    /// Units of its group.
    pub group_units: u64,
}

/// The total of the frame from a sample with probability proportional to a weight (Rao, Hartley, Cochran 1962).
pub fn weighted_total(units: &[WeightedUnit], levels: &[f64]) -> Result<TotalEstimate, Unestimated> {
    if units.len() < 2 {
        return Err(Unestimated::OneUnit(0));
    }
    let weight: f64 = units.iter().map(|it| it.group_total).sum();
    let frame = units.iter().map(|it| it.group_units).sum::<u64>() as f64;
    let squares: f64 = units.iter().map(|it| (it.group_units as f64).powi(2)).sum();
    let total: f64 = units.iter().map(|it| it.value * it.group_total / it.weight).sum();
    let spread: f64 =
        units.iter().map(|it| it.group_total / weight * (it.value * weight / it.weight - total).powi(2)).sum();
    let factor = (squares - frame) / (frame * frame - squares);
    Ok(TotalEstimate::new(total, factor * spread, units.len() as u64 - 1, levels))
}
