//! How alike notes are: the share of word runs that two of them have in common.

use std::collections::BTreeSet;

/// Words in a run.
const RUN: usize = 4;

/// Runs of four words of a text, lower case.
pub fn shingles(text: &str) -> BTreeSet<String> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.windows(RUN).map(|it| it.join(" ")).collect()
}

/// Jaccard similarity: shared runs of all runs, 0 to 1.
pub fn jaccard(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let shared = one.intersection(other).count();
    let all = one.len() + other.len() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

/// Similarities of many pairs of notes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Pairs compared.
    pub pairs: usize,
    /// Mean of all pairs.
    pub mean: f64,
    /// Half of the pairs are below.
    pub median: f64,
    /// 99 of 100 pairs are below.
    pub p99: f64,
    /// The most alike pair.
    pub max: f64,
}

/// The spread of these similarities.
pub fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = values.len().saturating_sub(1);
        values.get((last as f64 * share) as usize).copied().unwrap_or_default()
    };
    let mean = if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 };
    Spread { pairs: values.len(), mean, median: at(0.5), p99: at(0.99), max: at(1.0) }
}

#[cfg(test)]
mod tests {
    use super::{jaccard, shingles};

    #[test]
    fn shared_runs() {
        let (one, other) = (shingles("a b c d e"), shingles("a b c d f"));
        assert!((jaccard(&one, &other) - 1.0 / 3.0).abs() < 1e-9);
        assert!(jaccard(&shingles(""), &shingles("")) < f64::EPSILON);
    }
}
