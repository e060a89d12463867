//! The arithmetic of audits: exact limits of an error count, how many notes a review needs, and the paired test.

use statrs::distribution::{Binomial, DiscreteCDF};
use statrs::function::factorial::ln_binomial;

use super::Rate;

/// The share right that a review is to show.
pub const TARGET: f64 = 0.95;
/// How sure a one-sided limit is.
pub const LEVEL: f64 = 0.95;

/// A random sample drawn without replacement from a finite list of notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSample {
    /// Notes on the list that was drawn from.
    pub frame: u64,
    /// Notes drawn.
    pub drawn: u64,
    /// Notes among them that are wrong.
    pub errors: u64,
}

impl AuditSample {
    /// The exact two-sided limits of the number of wrong notes on the whole list, by inverting the hypergeometric
    /// distribution: every count under which neither tail of what was seen is as rare as half of `1 - level`.
    ///
    /// ```
    /// use opnote_audit::evaluate::AuditSample;
    ///
    /// assert_eq!(AuditSample { frame: 2000, drawn: 100, errors: 7 }.limits(0.90), (69, 252));
    /// ```
    pub fn limits(self, level: f64) -> (u64, u64) {
        let tail = (1.0 - level) / 2.0;
        (self.fewest(tail), self.most(tail))
    }

    /// The fewest wrong notes on the list under which as many errors or more are likelier than `tail`.
    fn fewest(self, tail: f64) -> u64 {
        let (mut low, mut high) = (self.errors, self.possible());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.tail(middle, self.errors..=self.drawn) > tail { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// The most wrong notes on the list under which as many errors or fewer are likelier than `tail`.
    fn most(self, tail: f64) -> u64 {
        let (mut low, mut high) = (self.errors, self.possible());
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.tail(middle, 0..=self.errors) > tail { low = middle } else { high = middle - 1 }
        }
        low
    }

    /// The most wrong notes that the list can hold, the right ones of the sample taken away.
    fn possible(self) -> u64 {
        self.frame.saturating_sub(self.drawn.saturating_sub(self.errors)).max(self.errors)
    }

    /// The chance that a sample holds a number of wrong notes within `errors` where the list holds `wrong`.
    fn tail(self, wrong: u64, errors: std::ops::RangeInclusive<u64>) -> f64 {
        let right = self.frame.saturating_sub(wrong);
        let whole = ln_binomial(self.frame, self.drawn);
        let possible = errors.filter(|it| *it <= wrong && self.drawn.saturating_sub(*it) <= right);
        possible.map(|it| (ln_binomial(wrong, it) + ln_binomial(right, self.drawn - it) - whole).exp()).sum()
    }

    /// Whether the sample shows, at `level` and to one side, that the share right on the list is `target` or more.
    pub fn shows(self, target: f64, level: f64) -> bool {
        let most = self.most(1.0 - level) as f64;
        (self.frame as f64 - most) / self.frame as f64 >= target
    }
}

/// One row of the arithmetic: with so many errors, so many reviewed notes are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Needed {
    /// Wrong notes in the sample.
    pub errors: u64,
    /// Notes to review so that the exact one-sided 95 % limit of the share right reaches 95 %; none where the list
    /// is too short to show it.
    pub notes: Option<u64>,
}

/// How many reviewed notes show [`TARGET`] at [`LEVEL`] for each of the first error counts; drawn from a list of
/// `frame` notes, or from an endless one.
pub fn needed(most_errors: u64, frame: Option<u64>) -> Vec<Needed> {
    (0..=most_errors).map(|errors| Needed { errors, notes: notes_for(errors, frame) }).collect()
}

/// The smallest sample that shows the target with this many errors.
fn notes_for(errors: u64, frame: Option<u64>) -> Option<u64> {
    let shows = |drawn: u64| match frame {
        Some(frame) => AuditSample { frame, drawn, errors }.shows(TARGET, LEVEL),
        None => Rate { hits: (drawn - errors) as usize, of: drawn as usize }.at_least(LEVEL) >= TARGET,
    };
    // More notes with the same errors show more, so the smallest is found by halving.
    let (mut low, mut high) = (errors.max(1), frame.unwrap_or(100 * (errors + 1)));
    if high < low || !shows(high) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if shows(middle) { high = middle } else { low = middle + 1 }
    }
    Some(low)
}

/// The exact two-sided p-value of the paired test (`McNemar`): `gained` and `lost` are the notes on which two runs differ.
///
/// ```
/// assert_eq!(opnote_audit::evaluate::mcnemar(0, 0), 1.0);
/// assert!((opnote_audit::evaluate::mcnemar(5, 0) - 0.0625).abs() < 1e-12);
/// ```
pub fn mcnemar(gained: u64, lost: u64) -> f64 {
    let coin = Binomial::new(0.5, gained + lost);
    coin.map_or(1.0, |it| (2.0 * it.cdf(gained.min(lost))).min(1.0))
}
