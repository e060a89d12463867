//! Quantiles and intervals of audits: distributions of a kept library, hypergeometric limits exact to the integer.

use num_bigint::BigUint;
use statrs::distribution::{Beta, Continuous, ContinuousCDF, Normal, StudentsT};
use statrs::function::factorial::ln_binomial;

/// Denominator of a tail probability: levels are exact to twelve digits.
const TAIL_UNITS: u64 = 1_000_000_000_000;
/// Degrees of freedom beyond which the library's cumulative distribution loses digits.
const MANY_DEGREES: u64 = 10_000;
/// Newton steps that follow the library's quantile.
const STEPS: usize = 4;

/// A probability of one tail as a fraction with the denominator 10^12, so that ties are decided as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail(u64);

impl Tail {
    /// One tail of a two-sided interval; `level` is between 0 and 1.
    ///
    /// ```
    /// use opnote_audit::statistics::Tail;
    ///
    /// assert_eq!(Tail::two_sided(0.90), Tail::one_sided(0.95));
    /// ```
    pub fn two_sided(level: f64) -> Tail {
        Tail::of((1.0 - level) / 2.0)
    }

    /// The tail of a one-sided limit; `level` is between 0 and 1.
    pub fn one_sided(level: f64) -> Tail {
        Tail::of(1.0 - level)
    }

    fn of(share: f64) -> Tail {
        Tail((share.clamp(0.0, 1.0) * TAIL_UNITS as f64).round() as u64)
    }

    /// The probability, 0 to 1.
    pub fn share(self) -> f64 {
        self.0 as f64 / TAIL_UNITS as f64
    }
}

/// The value of the standard normal distribution below which `share` of it lies; `share` is between 0 and 1. This is the
/// library's quantile as it is, right to the last digits: its cumulative distribution, with which the others are polished,
/// has constants of ten digits and would spoil it by up to 1e-10.
///
/// ```
/// assert!((opnote_audit::statistics::normal_quantile(0.975) - 1.959963984540054).abs() < 1e-12);
/// ```
pub fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share.clamp(0.0, 1.0))
}

/// The same of Student's t distribution; NaN without degrees of freedom.
///
/// ```
/// assert!((opnote_audit::statistics::student_quantile(0.95, 29) - 1.6991270265334972).abs() < 1e-12);
/// ```
pub fn student_quantile(share: f64, degrees: u64) -> f64 {
    if degrees > MANY_DEGREES {
        return near_normal(normal_quantile(share), degrees as f64);
    }
    let Ok(student) = StudentsT::new(0.0, 1.0, degrees as f64) else { return f64::NAN };
    polished(student.inverse_cdf(share.clamp(0.0, 1.0)), share, |it| student.cdf(it), |it| student.pdf(it))
}

/// Student's quantile from the normal one, by its expansion in 1 / degrees (Abramowitz and Stegun 26.7.5).
fn near_normal(z: f64, degrees: f64) -> f64 {
    let square = z * z;
    let first = z * (square + 1.0) / 4.0;
    let second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    z + first / degrees + second / degrees.powi(2) + third / degrees.powi(3)
}

/// The quantile that Newton's method finds from a near one.
fn polished(start: f64, share: f64, cdf: impl Fn(f64) -> f64, pdf: impl Fn(f64) -> f64) -> f64 {
    let mut value = start;
    for _ in 0..STEPS {
        let next = value - (cdf(value) - share) / pdf(value);
        if !next.is_finite() {
            break;
        }
        value = next;
    }
    value
}

/// The exact (Clopper-Pearson) limits of a share, 0 to 1, for `hits` of `of` drawn from an endless list.
pub fn clopper_pearson(hits: u64, of: u64, tail: Tail) -> (f64, f64) {
    let (found, misses) = (hits as f64, of.saturating_sub(hits) as f64);
    let low = if hits == 0 { None } else { beta_quantile(found, misses + 1.0, tail.share()) };
    let high = if hits >= of { None } else { beta_quantile(found + 1.0, misses, 1.0 - tail.share()) };
    (low.unwrap_or(0.0), high.unwrap_or(1.0))
}

fn beta_quantile(a: f64, b: f64, share: f64) -> Option<f64> {
    let beta = Beta::new(a, b).ok()?;
    let start = beta.inverse_cdf(share);
    let value = polished(start, share, |it| beta.cdf(it.clamp(0.0, 1.0)), |it| beta.pdf(it.clamp(0.0, 1.0)));
    Some(if (0.0..=1.0).contains(&value) { value } else { start })
}

/// Wilson's limits of a share, 0 to 1: an approximation that is never outside of it.
pub fn wilson(hits: u64, of: u64, level: f64) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (of, z) = (of as f64, normal_quantile(f64::midpoint(1.0, level)));
    let share = hits as f64 / of;
    let middle = (share + z * z / (2.0 * of)) / (1.0 + z * z / of);
    let half = z / (1.0 + z * z / of) * (share * (1.0 - share) / of + z * z / (4.0 * of * of)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// A random sample drawn without replacement, and the errors found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hypergeometric {
    /// Units of the frame.
    pub frame: u64,
    /// Units drawn.
    pub drawn: u64,
    /// Units drawn that are in error.
    pub errors: u64,
}

impl Hypergeometric {
    /// The exact limits of the number of errors in the frame: the fewest under which as many errors or more, and the
    /// most under which as many or fewer, are likelier than the tail.
    pub fn limits(self, tail: Tail) -> (u64, u64) {
        (self.fewest(tail), self.most(tail))
    }

    /// The lower limit alone.
    pub fn fewest(self, tail: Tail) -> u64 {
        let (mut low, mut high) = self.possible();
        while low < high {
            let middle = low + (high - low) / 2;
            if self.as_many_or_more(middle, tail) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// The upper limit alone.
    pub fn most(self, tail: Tail) -> u64 {
        let (mut low, mut high) = self.possible();
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.as_many_or_fewer(middle, tail) { low = middle } else { high = middle - 1 }
        }
        low
    }

    /// The number of errors in the frame that the sample leaves possible.
    fn possible(self) -> (u64, u64) {
        let right = self.drawn.saturating_sub(self.errors);
        (self.errors, self.frame.saturating_sub(right).max(self.errors))
    }

    /// Whether as many errors as found, or fewer, are likelier than the tail if the frame holds `wrong`.
    pub fn as_many_or_fewer(self, wrong: u64, tail: Tail) -> bool {
        self.likelier(wrong, 0, self.errors, tail)
    }

    /// Whether as many errors as found, or more, are likelier than the tail if the frame holds `wrong`.
    pub fn as_many_or_more(self, wrong: u64, tail: Tail) -> bool {
        self.likelier(wrong, self.errors, self.drawn, tail)
    }

    /// Whether from `first` to `last` errors are likelier than the tail. Logarithms decide where the tail is far from
    /// it by their error, whole numbers where it is not.
    fn likelier(self, wrong: u64, first: u64, last: u64, tail: Tail) -> bool {
        if self.drawn > self.frame || wrong > self.frame {
            return false;
        }
        let (low, high) = self.support(wrong);
        let (first, last) = (first.max(low), last.min(high));
        if first > last {
            return false;
        }
        let share: f64 = (first..=last).map(|it| self.ln_chance(wrong, it).exp()).sum();
        let frame = self.frame as f64;
        let margin = 1e-9 + 64.0 * f64::EPSILON * frame * frame.max(2.0).ln();
        if (share - tail.share()).abs() > margin * tail.share() {
            return share > tail.share();
        }
        self.exceeds_exactly(wrong, first, last, tail)
    }

    /// The numbers of errors that a sample can hold.
    fn support(self, wrong: u64) -> (u64, u64) {
        let right = self.frame - wrong;
        (self.drawn.saturating_sub(right), self.drawn.min(wrong))
    }

    fn ln_chance(self, wrong: u64, errors: u64) -> f64 {
        let right = self.frame - wrong;
        ln_binomial(wrong, errors) + ln_binomial(right, self.drawn - errors) - ln_binomial(self.frame, self.drawn)
    }

    fn exceeds_exactly(self, wrong: u64, first: u64, last: u64, tail: Tail) -> bool {
        let right = self.frame - wrong;
        let mut term = binomial(wrong, first) * binomial(right, self.drawn - first);
        let mut sum = term.clone();
        for it in first..last {
            // Each number of samples follows from the one before it, and divides without a rest.
            term *= BigUint::from(wrong - it) * BigUint::from(self.drawn - it);
            term /= BigUint::from(it + 1) * BigUint::from(right + it + 1 - self.drawn);
            sum += &term;
        }
        sum * TAIL_UNITS > binomial(self.frame, self.drawn) * tail.0
    }
}

/// The number of ways to choose `taken` of `of`.
fn binomial(of: u64, taken: u64) -> BigUint {
    let taken = taken.min(of.saturating_sub(taken));
    (0..taken).fold(BigUint::from(1_u8), |product, it| product * (of - it) / (it + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every frame of up to 14 units: the limits are those that counting with whole numbers gives.
    #[test]
    fn limits_of_small_frames_are_those_of_counting() {
        let tails = [Tail::two_sided(0.8), Tail::two_sided(0.9), Tail::one_sided(0.5), Tail::one_sided(0.75)];
        for frame in 1..=14 {
            for (drawn, errors) in (1..=frame).flat_map(|drawn| (0..=drawn).map(move |errors| (drawn, errors))) {
                let sample = Hypergeometric { frame, drawn, errors };
                for tail in tails {
                    let (low, high) = sample.possible();
                    let count = |wrong: u64, errors: std::ops::RangeInclusive<u64>| {
                        let ways = |it| binomial(wrong, it) * binomial(frame - wrong, drawn - it);
                        let possible = errors.filter(|it| *it <= wrong && drawn - it <= frame - wrong);
                        possible.map(ways).sum::<BigUint>() * TAIL_UNITS > binomial(frame, drawn) * tail.0
                    };
                    let fewest = (low..=high).find(|it| count(*it, errors..=drawn));
                    let most = (low..=high).rev().find(|it| count(*it, 0..=errors));
                    let counted = (fewest.unwrap_or(high), most.unwrap_or(low));
                    assert_eq!(sample.limits(tail), counted, "{sample:?} {tail:?}");
                }
            }
        }
    }

    /// Expected: digits of tables to 16 places.
    #[test]
    fn normal_quantiles_are_right_to_the_last_digits() {
        let table = [
            (0.6, 0.253_347_103_135_799_8),
            (0.8, 0.841_621_233_572_914_3),
            (0.9, 1.281_551_565_544_600_4),
            (0.95, 1.644_853_626_951_472_2),
            (0.975, 1.959_963_984_540_054),
            (0.995, 2.575_829_303_548_900_4),
            (0.9995, 3.290_526_731_491_894_5),
        ];
        for (share, expected) in table {
            assert!((normal_quantile(share) - expected).abs() < 1e-13, "{share}: {}", normal_quantile(share));
            assert!((normal_quantile(1.0 - share) + expected).abs() < 1e-11, "{share}");
        }
    }

    #[test]
    fn a_tie_is_decided_by_whole_numbers() {
        // One unit of twenty: with 19 errors the chance of none is 1/20, which is not more than 5 %.
        let sample = Hypergeometric { frame: 20, drawn: 1, errors: 0 };
        assert_eq!(sample.most(Tail::one_sided(0.95)), 18);
    }

    #[test]
    fn senseless_numbers_do_no_harm() {
        let _ = Hypergeometric { frame: 3, drawn: 5, errors: 9 }.limits(Tail::two_sided(0.95));
        let _ = Hypergeometric { frame: 0, drawn: 0, errors: 0 }.limits(Tail::two_sided(0.95));
        assert!(student_quantile(0.9, 0).is_nan());
        assert_eq!((clopper_pearson(0, 0, Tail(0)), wilson(0, 0, 0.9)), ((0.0, 1.0), (0.0, 1.0)));
    }
}
