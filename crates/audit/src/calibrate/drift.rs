//! Drift: whether notes look to the model like those it was fitted on.

use std::collections::BTreeMap;

use opnote::lexicon::calibration::Calibration;
use opnote::report::Report;
use serde::{Deserialize, Serialize};

use super::BINS;

/// How far one feature has moved from the notes of the fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// The feature.
    pub feature: String,
    /// Its mean over the notes of the fit.
    pub fitted: f64,
    /// Its mean over these notes.
    pub here: f64,
    /// Population stability index over ten bins.
    pub stability: f64,
    /// The index that chance alone gives on average with so many proposals.
    pub by_chance: f64,
    /// What that means, in a sentence.
    pub sentence: String,
}

/// Fewer proposals than this show nothing of a distribution.
const FEWEST: usize = 30;
/// The index from which on notes have changed.
const SOMEWHAT: f64 = 0.1;

/// Distribution of the features of proposals; the counts of several add up to those of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// Proposals that the model rates.
    pub proposals: u64,
    /// Values by feature.
    pub features: BTreeMap<String, FeatureCounts>,
}

/// Values of one feature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureCounts {
    /// How many lie in each of ten equal bins from 0 to 1.
    pub bins: [u64; BINS],
    /// Their sum in millionths, which adds up in any order.
    pub millionths: u64,
}

impl Distribution {
    /// The distribution of one report.
    pub fn of(report: &Report) -> Distribution {
        let mut distribution = Distribution::default();
        for proposal in report.proposals.iter().filter(|it| it.code.is_some()) {
            distribution.proposals += 1;
            for (name, value) in &proposal.features {
                let counts = distribution.features.entry(name.clone()).or_default();
                counts.bins[((value * BINS as f64) as usize).min(BINS - 1)] += 1;
                counts.millionths += (value * 1e6).round() as u64;
            }
        }
        distribution
    }

    /// Adds another.
    pub fn add(&mut self, other: &Distribution) {
        self.proposals += other.proposals;
        for (name, counts) in &other.features {
            let own = self.features.entry(name.clone()).or_default();
            own.bins.iter_mut().zip(counts.bins).for_each(|(own, other)| *own += other);
            own.millionths += counts.millionths;
        }
    }

    /// Compares with the notes of the fit, the farthest feature first; empty where no proposal is rated.
    pub fn drift(&self, model: &Calibration) -> Vec<Drift> {
        if self.proposals == 0 {
            return Vec::new();
        }
        let proposals = self.proposals as f64;
        let count = usize::try_from(self.proposals).unwrap_or(usize::MAX);
        let mut found: Vec<Drift> = model
            .features
            .iter()
            .map(|(name, fitted)| {
                let mut counts = self.features.get(name).cloned().unwrap_or_default();
                // A proposal without the feature has none of it.
                counts.bins[0] += self.proposals.saturating_sub(counts.bins.iter().sum());
                let shares: Vec<f64> = counts.bins.iter().map(|it| *it as f64 / proposals).collect();
                let here = counts.millionths as f64 / 1e6 / proposals;
                let (stability, by_chance) = index(&fitted.shares, model.notes, &shares, count);
                let sentence = sentence(name, fitted.mean, here, stability, by_chance, count);
                Drift { feature: name.clone(), fitted: fitted.mean, here, stability, by_chance, sentence }
            })
            .collect();
        found.sort_by(|a, b| b.stability.total_cmp(&a.stability).then_with(|| a.feature.cmp(&b.feature)));
        found
    }
}

impl Drift {
    /// Whether the notes are farther from those of the fit than chance explains.
    pub fn is_notable(&self, proposals: u64) -> bool {
        proposals >= FEWEST as u64 && self.stability - self.by_chance >= SOMEWHAT
    }
}

/// Compares the proposals of these reports with those of the fit, the farthest feature first; empty where there are
/// no proposals that the model rates.
pub fn drift(reports: &[Report], model: &Calibration) -> Vec<Drift> {
    let mut distribution = Distribution::default();
    for it in reports {
        distribution.add(&Distribution::of(it));
    }
    distribution.drift(model)
}

/// The population stability index of two distributions, and its mean where both are samples of one.
fn index(then: &[f64], notes_then: usize, now: &[f64], notes_now: usize) -> (f64, f64) {
    let (many_then, many_now) = (notes_then.max(1) as f64, notes_now.max(1) as f64);
    // An empty bin counts as half a note, or one note in it would be infinitely far.
    let filled = |share: f64, many: f64| share.max(0.5 / many);
    let bins = then.iter().zip(now).filter(|it| *it.0 > 0.0 || *it.1 > 0.0);
    let (mut sum, mut count) = (0.0, 0_usize);
    for (then, now) in bins {
        let (then, now) = (filled(*then, many_then), filled(*now, many_now));
        sum += (now - then) * (now / then).ln();
        count += 1;
    }
    let by_chance = count.saturating_sub(1) as f64 * (1.0 / many_then + 1.0 / many_now);
    (sum, by_chance)
}

/// The usual reading of the index (from 0.1 on a change, from 0.25 on a large one), chance taken off.
fn sentence(name: &str, fitted: f64, here: f64, stability: f64, by_chance: f64, proposals: usize) -> String {
    let moved = match (proposals < FEWEST, stability - by_chance) {
        (true, _) => "too few proposals to compare",
        (_, ..SOMEWHAT) => "like the notes of the fit",
        (_, ..0.25) => "somewhat unlike the notes of the fit",
        _ => "unlike the notes of the fit: refit on labels of your own before trusting the confidence",
    };
    format!("{name}: {moved} (mean {here:.2}, then {fitted:.2}).")
}
