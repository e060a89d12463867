//! The fitted model of `calibration.toml`: readable, and the same for everyone who reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Error, Files};

/// The profile of those who code notes, and the one in use where none is chosen.
pub const CODER: &str = "coder";

/// A logistic model over named features, from which chance on a proposal may be ready, and what it was fitted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Samples of the fit.
    pub fitted_on: String,
    /// Proposals it was fitted on, misread copies among them and generated notes not.
    pub proposals: usize,
    /// Notes that they come from.
    pub notes: usize,
    /// Templates that the notes come from; one template is never on both sides of a fold.
    pub templates: usize,
    /// Strength of the L2 penalty.
    pub penalty: f64,
    /// Weight of a generated note in the fit, where any other sample weighs 1.
    pub weight_of_generated: f64,
    /// Log odds where every feature is 0.
    pub intercept: f64,
    /// Figures on templates that the model did not see: of the `notes` as they are, of their `misread` copies and of
    /// `generated` notes, each apart.
    pub out_of_fold: BTreeMap<String, OutOfFold>,
    /// From which chance on a proposal may be ready, for each kind of reader.
    pub profiles: BTreeMap<String, Profile>,
    /// Weight of each feature, its worth, and how it was distributed.
    pub features: BTreeMap<String, ModelFeature>,
    /// A proposal without open questions and assumed facts is ready from this chance on, in the profile in use.
    #[serde(skip)]
    pub ready_from: f64,
    /// The same for codes of other families.
    #[serde(skip)]
    pub others_from: f64,
    /// The profile in use.
    #[serde(skip)]
    pub profile: String,
}

/// How good the model is on notes of templates that it was not fitted on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfFold {
    /// Proposals that were rated.
    pub proposals: usize,
    /// Those of them whose code is right.
    pub right: usize,
    /// Mean squared error.
    pub brier: f64,
    /// Mean negative log likelihood (natural logarithm).
    pub log_loss: f64,
    /// The same of a model that gives every proposal the share right of the other folds.
    pub log_loss_of_share: f64,
    /// Expected calibration error over ten equal bins.
    pub ece: f64,
    /// Share wrong among the surest proposals: pairs of the share kept and the share wrong.
    pub risk: Vec<[f64; 2]>,
}

/// Readiness profile: the demands on `ready`, and the thresholds of the fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Cost of one wrong ready proposal, in reviews of a proposal.
    pub wrong_costs: f64,
    /// The precision that is to be shown.
    pub target: f64,
    /// The chance from which on a proposal may be ready.
    pub ready_from: f64,
    /// The same for codes of other families; above 1 where the figures do not carry it.
    pub others_from: f64,
    /// Notes with a ready proposal out of fold, misread copies left out.
    pub ready: usize,
    /// Those of them with a wrong ready proposal.
    pub wrong: usize,
    /// Share of the notes without an open question that are ready.
    pub coverage: f64,
    /// The exact lower limit of the precision, 95 % sure and to one side. Below the target it is not shown.
    pub shown: f64,
}

/// One feature of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFeature {
    /// Log odds that a value of 1 adds.
    pub weight: f64,
    /// How much the log loss out of fold rises without it; below 0 the model would do better without.
    pub worth: f64,
    /// Mean over the notes as they are.
    pub mean: f64,
    /// Shares of the proposals of the notes as they are in ten equal bins from 0 to 1.
    pub shares: Vec<f64>,
}

/// Bins of a feature's distribution.
pub const BINS: usize = 10;

const FILE: &str = "calibration.toml";

impl Calibration {
    /// Reads `calibration.toml`; none where it is absent: then there is no number.
    pub(crate) fn load(files: &Files) -> Result<Option<Calibration>, Error> {
        let Some(text) = files.text(FILE)? else { return Ok(None) };
        let mut model: Calibration = toml::from_str(text).map_err(|error| Error::toml(FILE, text, &error))?;
        if !model.choose(CODER) {
            return Err(Error::new(FILE, "no profile `coder`"));
        }
        if model.features.values().any(|it| it.shares.len() != BINS) {
            return Err(Error::new(FILE, "a feature whose `shares` are not ten"));
        }
        Ok(Some(model))
    }

    /// Uses the thresholds of a profile; false where there is none of that name.
    pub fn choose(&mut self, profile: &str) -> bool {
        let Some(found) = self.profiles.get(profile) else { return false };
        self.ready_from = found.ready_from;
        self.others_from = found.others_from;
        profile.clone_into(&mut self.profile);
        true
    }

    /// The chance of a proposal with these features, to three digits; never above that of its least sure fact.
    pub fn chance(&self, features: &BTreeMap<String, f64>) -> f64 {
        let term = |(name, it): (&String, &ModelFeature)| it.weight * features.get(name).copied().unwrap_or(0.0);
        let sum: f64 = self.features.iter().map(term).sum();
        thousandths((1.0 / (1.0 + (-(self.intercept + sum)).exp())).min(least_sure(features)))
    }
}

/// The chance of the least sure fact, from the doubts of them all.
pub fn least_sure(features: &BTreeMap<String, f64>) -> f64 {
    let doubts = features.iter().filter(|it| it.0.starts_with("doubt_") && it.0 != "doubt_any");
    doubts.map(|it| (-it.1).exp2()).fold(1.0, f64::min)
}

/// A chance to three digits.
pub fn thousandths(chance: f64) -> f64 {
    (chance * 1000.0).round() / 1000.0
}
