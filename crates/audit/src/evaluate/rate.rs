//! Rates with exact intervals, and overlaps of two lists.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use statrs::distribution::{Beta, ContinuousCDF};

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
}

impl Rate {
    /// Counts one more.
    pub fn count(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }

    /// The share; none of nothing.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// The exact (Clopper-Pearson) 95% interval of the share; everything is possible where nothing was counted.
    ///
    /// ```
    /// use opnote_audit::evaluate::Rate;
    ///
    /// let (low, high) = Rate { hits: 10, of: 10 }.interval();
    /// assert!((low - 0.6915).abs() < 1e-4 && high == 1.0);
    /// ```
    pub fn interval(self) -> (f64, f64) {
        self.interval_at(0.95)
    }

    /// The exact two-sided interval that is `level` sure (0 to 1).
    pub fn interval_at(self, level: f64) -> (f64, f64) {
        let tail = (1.0 - level) / 2.0;
        (self.lower(tail), self.upper(tail))
    }

    /// The exact one-sided lower limit of the share that is `level` sure (0 to 1).
    pub fn at_least(self, level: f64) -> f64 {
        self.lower(1.0 - level)
    }

    fn lower(self, tail: f64) -> f64 {
        let (hits, misses) = (self.hits as f64, (self.of - self.hits) as f64);
        let beta = if self.hits == 0 { None } else { Beta::new(hits, misses + 1.0).ok() };
        beta.map_or(0.0, |it| it.inverse_cdf(tail))
    }

    fn upper(self, tail: f64) -> f64 {
        let (hits, misses) = (self.hits as f64, (self.of - self.hits) as f64);
        let beta = if self.hits == self.of { None } else { Beta::new(hits + 1.0, misses).ok() };
        beta.map_or(1.0, |it| it.inverse_cdf(1.0 - tail))
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (low, high) = self.interval();
        let mut fields = serializer.serialize_struct("Rate", 5)?;
        fields.serialize_field("hits", &self.hits)?;
        fields.serialize_field("of", &self.of)?;
        fields.serialize_field("share", &self.share())?;
        fields.serialize_field("low", &low)?;
        fields.serialize_field("high", &high)?;
        fields.end()
    }
}

/// What two lists have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// In both.
    pub both: usize,
    /// Given and not expected.
    pub extra: usize,
    /// Expected and not given.
    pub missed: usize,
}

impl Overlap {
    /// Compares two sorted lists, repeated entries counted as often as they stand there.
    pub fn count(&mut self, expected: &[String], given: &[String]) {
        let (mut left, mut right) = (expected.iter().peekable(), given.iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => {
                    self.missed += 1;
                    left.next();
                }
                std::cmp::Ordering::Greater => {
                    self.extra += 1;
                    right.next();
                }
                std::cmp::Ordering::Equal => {
                    self.both += 1;
                    left.next();
                    right.next();
                }
            }
        }
        self.missed += left.count();
        self.extra += right.count();
    }

    /// The share of the given that is expected; 1 where nothing was given.
    pub fn precision(self) -> f64 {
        ratio(self.both, self.both + self.extra)
    }

    /// The share of the expected that is given; 1 where nothing was expected.
    pub fn recall(self) -> f64 {
        ratio(self.both, self.both + self.missed)
    }

    /// The harmonic mean of both.
    pub fn f1(self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

impl Serialize for Overlap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Overlap", 6)?;
        fields.serialize_field("both", &self.both)?;
        fields.serialize_field("extra", &self.extra)?;
        fields.serialize_field("missed", &self.missed)?;
        fields.serialize_field("precision", &self.precision())?;
        fields.serialize_field("recall", &self.recall())?;
        fields.serialize_field("f1", &self.f1())?;
        fields.end()
    }
}
