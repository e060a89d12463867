//! Fits the confidence model offline: L2 logistic regression, folds grouped by template, thresholds from exact limits.

mod drift;
mod logistic;
mod misread;
mod weights;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use logistic::PENALTY;
use opnote::Lexicon;
use opnote::fitting::doubts;
use opnote::lexicon::calibration::{
    BINS, CODER, Calibration, ModelFeature, OutOfFold, Profile, least_sure, thousandths,
};
use opnote::lexicon::features::{Direction, FEATURES};
use opnote::report::Report;

use crate::evaluate::{self, LEVEL, Label, Rate};

pub use drift::{Distribution, Drift, FeatureCounts, drift};
pub use misread::{SEED, misread};
pub use weights::{CrossFitted, FactSample, fact_samples, fit_weights, weights_summary};
pub use whole::{Fitted, Plan, fit_all};

/// Folds of the out-of-fold figures.
const FOLDS: usize = 5;
/// The precision of `ready` that is to be shown.
const TARGET: f64 = 0.985;
/// Chance below which nothing is ready, whatever was counted.
const LEAST: f64 = 0.94;
/// Ready notes out of fold below which a threshold shows nothing.
const FEWEST: usize = 20;
/// A chance that no proposal reaches.
const NEVER: f64 = 1.1;
/// What a wrong ready proposal costs in reviews: for those who code, what the common benchmark of 95 right in 100
/// implies; for those who audit, what 96 in 100 does.
const COSTS: [(&str, f64); 2] = [("coder", 20.0), ("qa", 25.0)];
/// What all generated notes together weigh in the fit, at most, as a share of what the other samples weigh: they show
/// what doubt looks like in other layouts, but how often they are wrong is the choice of who wrote their phrases.
const GENERATED: f64 = 0.25;
/// What a copy of a note weighs in the fit: all copies of one together weigh about as much as the note.
const COPY: f64 = 0.1;
/// The names of the origins in the file.
const ORIGINS: [(&str, Origin); 4] = [
    ("notes", Origin::Note),
    ("misread", Origin::Copy),
    ("dropout", Origin::Dropout),
    ("generated", Origin::Generated),
];
/// Shares kept at which the risk is stored.
const KEPT: [f64; 6] = [0.25, 0.5, 0.75, 0.9, 0.95, 1.0];

/// One proposal with a code: what the model sees, and whether the label accepts the code.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The note; its misread copies have the same name.
    pub note: String,
    /// Notes of one template stay in one fold.
    pub template: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Named features, from 0 to 1.
    pub features: BTreeMap<String, f64>,
    /// The same as the program gives them: its weights saw the note.
    pub seen: BTreeMap<String, f64>,
    /// Whether the code is right.
    pub right: bool,
}

/// Where a sample comes from. Only notes as they are count for the thresholds, and figures of one origin are never
/// added to those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A labelled note as it is.
    Note,
    /// A misread copy of one.
    Copy,
    /// The note as it is, read without some of the terms and constructions.
    Dropout,
    /// A note that a generator composed: its label's `set` says so.
    Generated,
}

impl Sample {
    fn feature(&self, name: &str) -> f64 {
        self.features.get(name).copied().unwrap_or(0.0)
    }

    /// Whether the rules leave it to the model: nothing that decides is open or assumed.
    fn is_settled(&self) -> bool {
        self.feature("open_questions") == 0.0
            && self.feature("conflicting") == 0.0
            && self.feature("imaging_assumed") == 0.0
    }
}

/// One sample for each proposal with a code on a labelled note, in the order of the reports. The doubts of its facts
/// come from weights that did not see the note. Generated notes count as they are alone: they hold errors already.
pub fn samples(
    reports: &[Report],
    labels: &[Label],
    origin: Origin,
    weights: &CrossFitted,
    lexicon: &Lexicon,
) -> Vec<Sample> {
    let by_id: BTreeMap<&str, &Label> = labels.iter().map(|it| (it.id.as_str(), it)).collect();
    let mut samples = Vec::new();
    for report in reports {
        let Some(label) = by_id.get(report.note.id.as_str()) else { continue };
        let origin = match (label.is_generated(), origin) {
            (true, Origin::Note) => Origin::Generated,
            (true, _) => continue,
            (false, origin) => origin,
        };
        for it in report.proposals.iter().filter(|it| it.code.is_some()) {
            // What must be asked about is wrong as it stands.
            let right = !label.must_query && it.code.as_ref().is_some_and(|code| label.allows(code));
            let (note, template) = (label.id.clone(), template(label));
            let seen = it.features.clone();
            let mut features = seen.clone();
            features.extend(doubts(&weights.chances(report, label, it.procedure, lexicon)));
            samples.push(Sample { note, template, origin, features, seen, right });
        }
    }
    samples
}

/// The label's template, else the letters that its note's id begins with (notes of one author), else the id.
fn template(label: &Label) -> String {
    if !label.template.is_empty() {
        return label.template.clone();
    }
    let letters: String = label.id.chars().take_while(|it| it.is_alphabetic()).collect();
    if letters.is_empty() { label.id.clone() } else { letters }
}

/// The model as the text of `calibration.toml`.
pub fn to_toml(model: &Calibration) -> Result<String, toml::ser::Error> {
    let head = "# The confidence model; written by `opnote calibrate`, explained in docs/confidence.md.\n";
    Ok(head.to_owned() + &toml::to_string(model)?)
}

/// Fits the model. The same samples in the same order give the same model, to the digit that is stored.
pub fn fit(samples: &[Sample], fitted_on: &str) -> Calibration {
    let names: BTreeSet<&str> = samples.iter().flat_map(|it| it.features.keys().map(String::as_str)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let folds = folds(samples);
    let table = Table::new(samples, &names);
    let model = table.fit(|_| true);
    let chances = table.out_of_fold(&folds);
    let is_own = |it: &Sample| it.origin != Origin::Generated;
    let distinct =
        |name: fn(&Sample) -> &str| samples.iter().filter(|it| is_own(it)).map(name).collect::<BTreeSet<_>>().len();
    let loss = |chances: &[f64]| {
        let of_own = samples.iter().zip(chances).filter(|it| is_own(it.0));
        mean_loss(of_own.map(|(it, chance)| (*chance, it.right)))
    };
    let features = names.iter().enumerate().map(|(index, name)| {
        let without: Vec<&str> = names.iter().copied().filter(|it| it != name).collect();
        let worth = loss(&Table::new(samples, &without).out_of_fold(&folds)) - loss(&chances);
        let notes = samples.iter().filter(|it| it.origin == Origin::Note);
        let values: Vec<f64> = notes.map(|it| it.seen.get(*name).copied().unwrap_or(0.0)).collect();
        let mean = rounded(values.iter().sum::<f64>() / values.len().max(1) as f64);
        let shares = histogram(&values).into_iter().map(rounded).collect();
        let weight = rounded(model.weights.get(index).copied().unwrap_or(0.0));
        ((*name).to_owned(), ModelFeature { weight, worth: rounded(worth), mean, shares })
    });
    let mut fitted = Calibration {
        fitted_on: fitted_on.to_owned(),
        proposals: samples.iter().filter(|it| is_own(it)).count(),
        notes: distinct(|it| &it.note),
        templates: distinct(|it| &it.template),
        penalty: PENALTY,
        weight_of_generated: rounded(weight_of_generated(samples)),
        intercept: rounded(model.intercept),
        out_of_fold: BTreeMap::new(),
        profiles: BTreeMap::new(),
        features: features.collect(),
        ready_from: 1.0,
        others_from: NEVER,
        profile: String::new(),
    };
    for (name, origin) in ORIGINS {
        let figures = figures(samples, &chances, &folds, origin);
        fitted.out_of_fold.extend(figures.map(|it| (name.to_owned(), it)));
    }
    let rated: Vec<(&Sample, f64)> = samples.iter().zip(chances.iter().map(|it| thousandths(*it))).collect();
    for (name, costs) in COSTS {
        let of = |neighbor: bool| {
            rated.iter().copied().filter(|it| (it.0.feature("neighbor") > 0.5) == neighbor).collect::<Vec<_>>()
        };
        let mut profile = threshold(&of(false), costs);
        let others = threshold(&of(true), costs);
        // Other families are ready only where their figures alone show that they are worth it.
        let worth = costs / (costs + 1.0);
        profile.others_from = if others.shown >= worth { others.ready_from } else { NEVER };
        fitted.profiles.insert(name.to_owned(), profile);
    }
    fitted.choose(CODER);
    fitted
}

/// What one generated note weighs in the fit, where any other sample weighs 1.
fn weight_of_generated(samples: &[Sample]) -> f64 {
    let generated = samples.iter().filter(|it| it.origin == Origin::Generated).count();
    let others = samples.len() - generated;
    if generated == 0 || others == 0 {
        return 1.0;
    }
    (GENERATED * others as f64 / generated as f64).min(1.0)
}

/// The values of the samples, one row each.
struct Table<'a> {
    samples: &'a [Sample],
    rows: Vec<Vec<f64>>,
    directions: Vec<Direction>,
    weight_of_generated: f64,
}

impl<'a> Table<'a> {
    fn new(samples: &'a [Sample], names: &[&str]) -> Table<'a> {
        let row = |it: &Sample| names.iter().map(|name| it.feature(name)).collect();
        let direction = |name: &&str| FEATURES.iter().find(|it| it.0 == *name).map_or(Direction::Either, |it| it.1);
        let directions = names.iter().map(direction).collect();
        let weight_of_generated = weight_of_generated(samples);
        Table { samples, rows: samples.iter().map(row).collect(), directions, weight_of_generated }
    }

    fn fit(&self, of: impl Fn(usize) -> bool) -> logistic::Model {
        let rows = self.rows.iter().zip(self.samples).enumerate().filter(|it| of(it.0));
        let weight = |it: &Sample| match it.origin {
            Origin::Note => 1.0,
            Origin::Copy | Origin::Dropout => COPY,
            Origin::Generated => self.weight_of_generated,
        };
        let rows: Vec<logistic::TrainingRow> = rows
            .map(|(_, (row, it))| logistic::TrainingRow { values: row, right: it.right, weight: weight(it) })
            .collect();
        logistic::fit(&rows, &self.directions)
    }

    /// The chance of every sample by a model that did not see its fold.
    fn out_of_fold(&self, folds: &[usize]) -> Vec<f64> {
        let mut chances = vec![0.0; self.samples.len()];
        for fold in 0..FOLDS {
            if !folds.contains(&fold) {
                continue;
            }
            let model = self.fit(|index| folds[index] != fold);
            for (index, row) in self.rows.iter().enumerate().filter(|it| folds[it.0] == fold) {
                chances[index] = model.chance(row).min(least_sure(&self.samples[index].features));
            }
        }
        chances
    }
}

/// The fold of every sample: the templates, largest first, each into the fold that holds least so far.
fn folds(samples: &[Sample]) -> Vec<usize> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for it in samples {
        *sizes.entry(&it.template).or_default() += 1;
    }
    let mut templates: Vec<(&str, usize)> = sizes.into_iter().collect();
    templates.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut filled = [0_usize; FOLDS];
    let mut fold_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (template, size) in templates {
        let fold = (0..FOLDS).min_by_key(|it| filled[*it]).unwrap_or(0);
        filled[fold] += size;
        fold_of.insert(template, fold);
    }
    samples.iter().map(|it| fold_of[it.template.as_str()]).collect()
}

/// The figures of the samples of one origin; none where there are none.
fn figures(samples: &[Sample], chances: &[f64], folds: &[usize], origin: Origin) -> Option<OutOfFold> {
    let of_origin = || samples.iter().zip(folds).zip(chances).filter(|((it, _), _)| it.origin == origin);
    let rated: Vec<(f64, bool)> = of_origin().map(|((it, _), chance)| (*chance, it.right)).collect();
    let found = evaluate::CalibrationFigures::of(&rated)?;
    let share = |fold: usize| {
        let others = of_origin().filter(|((_, other), _)| **other != fold).map(|((it, _), _)| it.right);
        let (right, all) = others.fold((0_u32, 0_u32), |(right, all), it| (right + u32::from(it), all + 1));
        f64::from(right) / f64::from(all.max(1))
    };
    let shares: Vec<f64> = (0..FOLDS).map(share).collect();
    let by_share = of_origin().map(|((it, fold), _)| (shares[*fold], it.right));
    let risk = KEPT.iter().filter_map(|kept| {
        let point = found.risk.iter().find(|it| it.coverage + 1e-9 >= *kept)?;
        Some([rounded(point.coverage), rounded(point.wrong.share().unwrap_or(0.0))])
    });
    Some(OutOfFold {
        proposals: rated.len(),
        right: rated.iter().filter(|it| it.1).count(),
        brier: rounded(found.brier),
        log_loss: rounded(found.log_loss),
        log_loss_of_share: rounded(mean_loss(by_share)),
        ece: rounded(found.ece),
        risk: risk.collect(),
    })
}

/// Mean negative log likelihood; a chance of nothing is taken as one in a billion.
fn mean_loss(rated: impl Iterator<Item = (f64, bool)>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for (chance, right) in rated {
        sum -= (if right { chance } else { 1.0 - chance }).max(1e-9).ln();
        count += 1;
    }
    sum / count.max(1) as f64
}

/// The threshold of a profile, from chances out of fold.
///
/// It is the chance from which most is saved, counted and not taken from the model, which thinks less of the notes than
/// they deserve: each right note a review, less the costs of the wrong ones, of the notes as they are; and notes read
/// without some of the words must not lose by it. Where fewer than [`FEWEST`] notes would be ready, none is: so few show nothing.
fn threshold(rated: &[(&Sample, f64)], wrong_costs: f64) -> Profile {
    let settled: Vec<&(&Sample, f64)> = rated.iter().filter(|it| it.0.is_settled()).collect();
    let of = |origin: Origin, ready_from: f64| {
        // A note is wrong if one of its ready proposals is.
        let mut notes: BTreeMap<&str, bool> = BTreeMap::new();
        for (sample, _) in settled.iter().filter(|it| it.0.origin == origin && it.1 >= ready_from) {
            *notes.entry(&sample.note).or_default() |= !sample.right;
        }
        (notes.len(), notes.values().filter(|it| **it).count())
    };
    let saved = |origin: Origin, ready_from: f64| {
        let (all, wrong) = of(origin, ready_from);
        (all - wrong) as f64 - wrong_costs * wrong as f64
    };
    let mut steps: Vec<f64> = settled.iter().map(|it| it.1).filter(|it| *it > LEAST).collect();
    steps.push(LEAST);
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let holds = |it: f64| {
        of(Origin::Note, it).0 >= FEWEST && saved(Origin::Note, it) > 0.0 && saved(Origin::Dropout, it) >= 0.0
    };
    steps.retain(|it| holds(*it));
    let most = steps.iter().map(|it| saved(Origin::Note, *it)).fold(0.0, f64::max);
    // One wrong note more or less is chance: the lowest threshold within its costs.
    let ready_from = steps.into_iter().find(|it| saved(Origin::Note, *it) + wrong_costs >= most).unwrap_or(NEVER);
    let (all, _) = of(Origin::Note, 0.0);
    let (ready, wrong) = of(Origin::Note, ready_from);
    // Rounded down: 298 notes do not show what 299 do.
    let limit = Rate { hits: ready - wrong, of: ready }.at_least(LEVEL);
    let shown = (limit * 10_000.0).floor() / 10_000.0;
    let coverage = rounded(ready as f64 / all.max(1) as f64);
    Profile { wrong_costs, target: TARGET, ready_from, others_from: NEVER, ready, wrong, coverage, shown }
}

/// The shares of values in ten equal bins from 0 to 1.
fn histogram(values: &[f64]) -> Vec<f64> {
    let mut counts = vec![0_usize; BINS];
    for it in values {
        counts[((it * BINS as f64) as usize).min(BINS - 1)] += 1;
    }
    counts.into_iter().map(|it| it as f64 / values.len().max(1) as f64).collect()
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// What was fitted, for people: figures, profiles, and what each feature is worth, the most useful first.
pub fn summary(model: &Calibration) -> String {
    let mut out = format!(
        "{} proposals of {} notes and {} templates ({}).\nOut of fold, each apart from the others:\n",
        model.proposals, model.notes, model.templates, model.fitted_on,
    );
    for (name, _) in ORIGINS {
        let Some(it) = model.out_of_fold.get(name) else { continue };
        let _ = writeln!(
            out,
            "  {name:9} {:4} proposals, {:4} right; log loss {:.4} (share right alone {:.4}), Brier {:.4}, expected \
             calibration error {:.4}",
            it.proposals, it.right, it.log_loss, it.log_loss_of_share, it.brier, it.ece,
        );
    }
    for (name, it) in &model.profiles {
        let verdict = if it.shown >= it.target { "shown" } else { "not shown" };
        let _ = writeln!(
            out,
            "Profile {name}: ready from {:.3}, {} notes ready ({:.1}%), {} wrong; at least {:.1}% right, so {:.0}% is \
             {verdict}.",
            it.ready_from,
            it.ready,
            it.coverage * 100.0,
            it.wrong,
            it.shown * 100.0,
            it.target * 100.0,
        );
    }
    let mut features: Vec<(&String, &ModelFeature)> = model.features.iter().collect();
    features.sort_by(|a, b| b.1.worth.total_cmp(&a.1.worth).then_with(|| a.0.cmp(b.0)));
    out.push_str("Features, the most useful first (worth: how much the log loss rises without it):\n");
    for (name, it) in features {
        let _ = writeln!(out, "  {name:20} weight {:8.4}  worth {:8.4}  mean {:.2}", it.weight, it.worth, it.mean);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, Origin, Sample, fit, folds, threshold};

    fn sample(note: usize, good: bool, right: bool) -> Sample {
        let features: BTreeMap<String, f64> = [("good".to_owned(), f64::from(u8::from(good)))].into_iter().collect();
        let seen = features.clone();
        Sample { note: note.to_string(), template: (note % 7).to_string(), origin: Origin::Note, features, seen, right }
    }

    /// The feature that goes with right codes gets a positive weight and is worth something, and the mean chance
    /// meets the share right.
    #[test]
    fn recovers_a_known_relation() {
        let one = |index: usize| {
            let good = index.is_multiple_of(2);
            sample(index, good, if good { !index.is_multiple_of(10) } else { index % 10 < 5 })
        };
        let samples: Vec<Sample> = (0..400).map(one).collect();
        let model = fit(&samples, "test");
        assert!(model.features["good"].weight > 0.5 && model.features["good"].worth > 0.01, "{model:?}");
        assert!(model.out_of_fold["notes"].log_loss < model.out_of_fold["notes"].log_loss_of_share);
        let mean = samples.iter().map(|it| model.chance(&it.features)).sum::<f64>() / 400.0;
        let share = samples.iter().filter(|it| it.right).count() as f64 / 400.0;
        assert!((mean - share).abs() < 0.01, "{mean} against {share}");
        assert_eq!(model, fit(&samples, "test"));
    }

    /// Generated notes, however many, weigh a quarter of the others, have figures of their own and prove nothing.
    #[test]
    fn generated_notes_are_kept_apart() {
        let own: Vec<Sample> = (0..300).map(|it| sample(it, true, true)).collect();
        let generated = |count: usize| {
            let one = |it: usize| Sample { origin: Origin::Generated, ..sample(it, true, it.is_multiple_of(2)) };
            let samples: Vec<Sample> = own.iter().cloned().chain((0..count).map(one)).collect();
            fit(&samples, "test")
        };
        let (alone, few, many) = (fit(&own, "test"), generated(300), generated(3000));
        assert!((few.weight_of_generated - 0.25).abs() < 1e-9 && (many.weight_of_generated - 0.025).abs() < 1e-9);
        assert!((few.intercept - many.intercept).abs() < 0.05, "{few:?} {many:?}");
        assert_eq!((alone.proposals, alone.notes), (few.proposals, few.notes));
        assert_eq!((few.out_of_fold["notes"].proposals, few.out_of_fold["generated"].proposals), (300, 300));
        assert!(few.profiles["coder"].ready <= 300 && !alone.out_of_fold.contains_key("generated"));
    }

    #[test]
    fn a_template_is_in_one_fold() {
        let samples: Vec<Sample> = (0..70).map(|it| sample(it, true, true)).collect();
        let folds = folds(&samples);
        assert!(samples.iter().zip(&folds).all(|(it, fold)| folds[it.note.parse::<usize>().unwrap_or(0) % 7] == *fold));
    }

    /// 299 notes without an error are the fewest that show 99 in 100; a copy of a note is no further note.
    #[test]
    fn a_threshold_saves_more_than_it_costs_and_says_what_it_shows() {
        let shown = |notes: usize, copies: usize| {
            let mut samples: Vec<Sample> = (0..notes * copies).map(|it| sample(it % notes, true, true)).collect();
            samples.iter_mut().skip(notes).for_each(|it| it.origin = Origin::Copy);
            let rated: Vec<(&Sample, f64)> = samples.iter().map(|it| (it, 0.97)).collect();
            threshold(&rated, 20.0)
        };
        let (enough, few, copied) = (shown(299, 1), shown(298, 1), shown(100, 3));
        assert!(enough.shown >= 0.99 && (enough.ready, enough.wrong) == (299, 0), "{enough:?}");
        assert!(few.shown < 0.99 && copied.ready == 100, "{few:?} {copied:?}");
        // So many wrong ones among the less sure that they cost more than they save: the threshold rises above them.
        let samples: Vec<Sample> = (0..1000).map(|it| sample(it, true, it >= 600 || it % 15 != 0)).collect();
        let sure = |index: usize| if index < 600 { 0.96 } else { 0.99 };
        let rated: Vec<(&Sample, f64)> = samples.iter().enumerate().map(|(index, it)| (it, sure(index))).collect();
        assert!((threshold(&rated, 20.0).ready_from - 0.99).abs() < 1e-9);
        // What costs more than a review is not ready, however right it was.
        let doubtful: Vec<(&Sample, f64)> = samples[600..].iter().map(|it| (it, 0.9)).collect();
        assert_eq!(threshold(&doubtful, 20.0).ready, 0);
    }
}
