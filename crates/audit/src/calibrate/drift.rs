//! Drift: whether notes look to the model like those it was fitted on.

use opnote::lexicon::calibration::Calibration;
use opnote::report::Report;
use serde::Serialize;

use super::histogram;

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

/// Compares the proposals of these reports with those of the fit, the farthest feature first; empty where there are
/// no proposals that the model rates.
pub fn drift(reports: &[Report], model: &Calibration) -> Vec<Drift> {
    let rated: Vec<_> =
        reports.iter().flat_map(|report| report.proposals.iter().filter(|it| it.code.is_some())).collect();
    if rated.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Drift> = model
        .features
        .iter()
        .map(|(name, fitted)| {
            let values: Vec<f64> = rated.iter().map(|it| it.features.get(name).copied().unwrap_or(0.0)).collect();
            let here = values.iter().sum::<f64>() / values.len() as f64;
            let (stability, by_chance) = index(&fitted.shares, model.notes, &histogram(&values), values.len());
            let sentence = sentence(name, fitted.mean, here, stability, by_chance, values.len());
            Drift { feature: name.clone(), fitted: fitted.mean, here, stability, by_chance, sentence }
        })
        .collect();
    found.sort_by(|a, b| b.stability.total_cmp(&a.stability).then_with(|| a.feature.cmp(&b.feature)));
    found
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
        (_, ..0.1) => "like the notes of the fit",
        (_, ..0.25) => "somewhat unlike the notes of the fit",
        _ => "unlike the notes of the fit: refit on labels of your own before trusting the confidence",
    };
    format!("{name}: {moved} (mean {here:.2}, then {fitted:.2}).")
}
