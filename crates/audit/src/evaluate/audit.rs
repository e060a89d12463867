//! The arithmetic of audits: exact limits of an error count, how many notes a review needs, and the paired test.

use statrs::distribution::{Binomial, DiscreteCDF};

use crate::sampling::size_to_show;
use crate::statistics::{Hypergeometric, Tail};

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
        let AuditSample { frame, drawn, errors } = self;
        Hypergeometric { frame, drawn, errors }.limits(Tail::two_sided(level))
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
    (0..=most_errors).map(|errors| Needed { errors, notes: size_to_show(errors, TARGET, LEVEL, frame) }).collect()
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
