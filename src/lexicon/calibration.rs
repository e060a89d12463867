//! The fitted model of `calibration.toml`: readable, and the same for everyone who reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Error, Files};

/// A logistic model over named features, and from which chance on a proposal may be ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What it was fitted on.
    pub fitted_on: String,
    /// Number of proposals it was fitted on.
    pub proposals: usize,
    /// Share of codes taken to be wrong beyond those seen: notes that a program was built on are kinder than
    /// new ones. Measured on notes at first sight; see `docs/confidence.md`.
    pub allowance: f64,
    /// Strength of the L2 penalty.
    pub penalty: f64,
    /// A proposal without open questions and assumed facts is ready from this chance on.
    pub ready_from: f64,
    /// Out-of-fold figures, for the reader.
    pub out_of_fold: OutOfFold,
    /// Log odds where every feature is 0.
    pub intercept: f64,
    /// Log odds that a feature of 1 adds.
    pub weights: BTreeMap<String, f64>,
}

/// How good the model is on notes of templates it was not fitted on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfFold {
    /// Mean squared error.
    pub brier: f64,
    /// Mean negative log likelihood.
    pub log_loss: f64,
    /// Expected calibration error over ten equal bins.
    pub ece: f64,
}

const FILE: &str = "calibration.toml";

impl Calibration {
    /// Reads `calibration.toml`; none where it is absent: then there is no number.
    pub(crate) fn load(files: &Files) -> Result<Option<Calibration>, Error> {
        let Some(text) = files.text(FILE)? else { return Ok(None) };
        toml::from_str(text).map(Some).map_err(|error| Error::toml(FILE, text, &error))
    }

    /// The chance of a proposal with these features, to three digits.
    pub fn chance(&self, features: &BTreeMap<String, f64>) -> f64 {
        let sum: f64 =
            self.weights.iter().map(|(name, weight)| weight * features.get(name).copied().unwrap_or(0.0)).sum();
        let chance = 1.0 / (1.0 + (-(self.intercept + sum)).exp());
        (chance * 1000.0).round() / 1000.0
    }
}
