//! How many units a sample needs: for a rate, for an amount, and to show that a list is nearly free of errors.

use crate::statistics::{Hypergeometric, Tail, clopper_pearson, normal_quantile};

/// A sample size, before and after the correction for a finite frame.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SampleSize {
    /// Size for an endless frame, as computed.
    pub endless: f64,
    /// Size for the frame, as computed.
    pub exact: f64,
    /// Units to draw.
    pub units: u64,
}

/// The size that estimates a rate of about `expected` to within `margin` (both 0 to 1) at a two-sided `level`.
///
/// ```
/// let size = opnote_audit::sampling::size_for_rate(0.05, 0.03, 0.90, Some(5000));
/// assert_eq!(size.units, 139);
/// ```
pub fn size_for_rate(expected: f64, margin: f64, level: f64, frame: Option<u64>) -> SampleSize {
    let z = normal_quantile(f64::midpoint(1.0, level));
    let endless = z * z * expected * (1.0 - expected) / (margin * margin);
    let exact = frame.map_or(endless, |it| endless / (1.0 + (endless - 1.0) / it as f64));
    rounded_up(endless, exact, frame)
}

/// The size that estimates a mean, or a total, to within `precision` of itself (0.1 is 10 %) at a two-sided `level`,
/// where a probe sample had this mean and standard deviation.
pub fn size_for_amount(mean: f64, deviation: f64, precision: f64, level: f64, frame: Option<u64>) -> SampleSize {
    let z = normal_quantile(f64::midpoint(1.0, level));
    let endless = (z * deviation / (precision * mean)).powi(2);
    let exact = frame.map_or(endless, |it| endless / (1.0 + endless / it as f64));
    rounded_up(endless, exact, frame)
}

fn rounded_up(endless: f64, exact: f64, frame: Option<u64>) -> SampleSize {
    // What floating point adds to a whole number is no unit.
    let units = (exact - 1e-9).ceil().max(1.0) as u64;
    SampleSize { endless, exact, units: frame.map_or(units, |it| units.min(it)) }
}

/// The smallest sample that shows, one-sided at `level`, that at least `target` of the frame is right, where `errors`
/// are found in it; none where no sample does. Exact; `target` and `level` are 0 to 1.
///
/// ```
/// use opnote_audit::sampling::size_to_show;
///
/// assert_eq!(size_to_show(0, 0.95, 0.95, None), Some(59));
/// ```
pub fn size_to_show(errors: u64, target: f64, level: f64, frame: Option<u64>) -> Option<u64> {
    // More units with the same errors show more, so that the smallest is found by halving.
    let endless = (20.0 * (errors as f64 + 1.0) / (1.0 - target)).min(1e9) as u64;
    let (mut low, mut high) = (errors.max(1), frame.unwrap_or(endless));
    if high < low || !shows(high, errors, target, level, frame) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if shows(middle, errors, target, level, frame) { high = middle } else { low = middle + 1 }
    }
    Some(low)
}

/// Whether a sample shows, one-sided at `level`, that at least `target` of the frame is right.
pub fn shows(drawn: u64, errors: u64, target: f64, level: f64, frame: Option<u64>) -> bool {
    let tail = Tail::one_sided(level);
    let Some(units) = frame else { return 1.0 - clopper_pearson(errors, drawn, tail).1 >= target };
    // The fewest errors that would be too many.
    let too_many = ((1.0 - target) * units as f64 + 1e-9).floor() as u64 + 1;
    let sample = Hypergeometric { frame: units, drawn, errors };
    errors < too_many && (too_many > units - (drawn - errors) || !sample.as_many_or_fewer(too_many, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of the domain's description.
    #[test]
    fn sizes_are_those_of_the_formulas() {
        let size = size_for_rate(0.05, 0.03, 0.90, Some(5000));
        assert_eq!(
            (format!("{:.2}", size.endless), format!("{:.2}", size.exact), size.units),
            ("142.79".into(), "138.85".into(), 139)
        );
        let size = size_for_rate(0.10, 0.05, 0.95, Some(5000));
        assert_eq!((format!("{:.2}", size.exact), size.units), ("134.60".into(), 135));
        let size = size_for_amount(21.425, 53.720_026, 0.25, 0.90, Some(1000));
        assert_eq!((format!("{:.2}", size.endless), size.units), ("272.15".into(), 214));
    }

    #[test]
    fn the_smallest_size_that_shows_it_is_the_smallest() {
        let endless: Vec<Option<u64>> = (0..4).map(|it| size_to_show(it, 0.95, 0.95, None)).collect();
        assert_eq!(endless, [Some(59), Some(93), Some(124), Some(153)]);
        for (frame, errors) in [(40, 0), (100, 1), (614, 3), (5000, 0)] {
            let size = size_to_show(errors, 0.95, 0.95, Some(frame)).expect("a size");
            let most = |drawn| Hypergeometric { frame, drawn, errors }.most(Tail::one_sided(0.95));
            let share = |drawn| 1.0 - most(drawn) as f64 / frame as f64;
            assert!(share(size) >= 0.95 && share(size - 1) < 0.95, "{frame}: {size}");
        }
        // Six errors of a hundred are never five in a hundred.
        assert_eq!(size_to_show(6, 0.95, 0.95, Some(100)), None);
    }
}
