//! The engine as a fit of its weights sees it: the features behind each fact, opaque, and what the fit must respect.

pub use crate::coding::confidence::{doubts, together};
pub use crate::lexicon::families::NEURAXIAL;
pub use crate::lexicon::weights::{FEATURES, NOT_DOCUMENTED, WEIGHED, WeightsFile, values};

use crate::lexicon::constructions::Stance;
use crate::lexicon::weights;
use crate::model::evidence_features::{EvidenceFeature, Shape};
use crate::report::FactReport;
use crate::{Lexicon, Slot};

/// One thing that the score of a value is a sum of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeightFeature(EvidenceFeature);

/// What the score of each value of a fact is the sum of: features with their counts, by the order of [`values`].
pub fn features(fact: &FactReport) -> Vec<Vec<(WeightFeature, f64)>> {
    let of_value = |it: &Vec<(EvidenceFeature, f64)>| it.iter().map(|it| (WeightFeature(it.0), it.1)).collect();
    fact.features.iter().map(of_value).collect()
}

impl WeightFeature {
    /// The attribute, and the name in `weights.toml`.
    pub fn name(self, lexicon: &Lexicon) -> (Slot, String) {
        weights::name(self.0, &lexicon.constructions, &lexicon.sections)
    }

    /// The weight before the fit.
    pub fn prior(self, lexicon: &Lexicon) -> f64 {
        match self.0 {
            EvidenceFeature::Row(row) => weights::prior_of_row(lexicon.constructions.rows[usize::from(row)].full),
            other => weights::prior(other),
        }
    }

    /// Holds a weight to the direction of its feature, where one is known.
    pub fn bounded(self, weight: f64, lexicon: &Lexicon) -> f64 {
        let positive = match self.0 {
            EvidenceFeature::Row(row) => lexicon.constructions.rows[usize::from(row)].stance != Stance::Silent,
            EvidenceFeature::Shape(
                _,
                Shape::Conflict
                | Shape::Open
                | Shape::Denied
                | Shape::Unnamed
                | Shape::Narrated
                | Shape::Titled
                | Shape::Described
                | Shape::Documented
                | Shape::Implied
                | Shape::Told
                | Shape::Sole,
                _,
            ) => true,
            _ => false,
        };
        let negative = matches!(
            self.0,
            EvidenceFeature::Shape(
                _,
                Shape::Outweighed
                    | Shape::Undetailed
                    | Shape::Undosed
                    | Shape::Withheld
                    | Shape::TitledOtherwise
                    | Shape::OtherDay
                    | Shape::NotNow
                    | Shape::ExplainedByOther
                    | Shape::PartOfOperation,
                _
            )
        );
        match (positive, negative) {
            (true, _) => weight.max(0.0),
            (_, true) => weight.min(0.0),
            _ => weight,
        }
    }
}
