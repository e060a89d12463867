//! The weights of statements, `weights.toml`: fitted by `opnote calibrate`, never typed by hand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::constructions::Constructions;
use super::error::did_you_mean;
use super::sections::Sections;
use super::{Error, Files};
use crate::model::Slot;
use crate::model::evidence_features::{DECIDED, EvidenceFeature, OWNERS, Owner, SHAPES, Shape, Time, name_of};

/// The value that says that the note does not establish any.
pub const NOT_DOCUMENTED: &str = "not_documented";

/// The values of an attribute that are weighed against each other, in the order of results; the last one is
/// [`NOT_DOCUMENTED`].
pub fn values(slot: Slot) -> &'static [&'static str] {
    match slot {
        Slot::Imaging => &["none", "fluoroscopy", "ct", "ultrasound", "mri", NOT_DOCUMENTED],
        Slot::Delivery => &["single", "catheter", NOT_DOCUMENTED],
        Slot::Region => &["cervical_thoracic", "lumbar_sacral", NOT_DOCUMENTED],
        Slot::Purpose => &["pain", "surgical_anesthesia", "labor", NOT_DOCUMENTED],
        Slot::Performed => &["yes", "no"],
        _ => &[],
    }
}

/// The attributes that are settled by weighing statements.
pub const WEIGHED: [Slot; 5] = [Slot::Region, Slot::Delivery, Slot::Imaging, Slot::Purpose, Slot::Performed];

/// Contents of `weights.toml`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsFile {
    /// Version of the features; weights of another version are refused.
    pub features: u32,
    /// Samples of the fit.
    pub fitted_on: String,
    /// Weights by attribute, then by the name of the feature.
    pub weights: BTreeMap<String, BTreeMap<String, f64>>,
}

/// Version of the features: raised when their meaning changes.
pub const FEATURES: u32 = 5;

const FILE: &str = "weights.toml";

/// The weight of each feature.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights {
    values: BTreeMap<EvidenceFeature, f64>,
    /// Weights of constructions, by their index.
    rows: Vec<f64>,
}

impl Weights {
    /// Reads `weights.toml`; features without a weight have their prior.
    pub(crate) fn load(files: &Files, constructions: &Constructions, sections: &Sections) -> Result<Weights, Error> {
        let mut weights = Weights {
            values: BTreeMap::new(),
            rows: constructions.rows.iter().map(|it| prior_of_row(it.full)).collect(),
        };
        let Some(text) = files.text(FILE)? else { return Ok(weights) };
        let data: WeightsFile = toml::from_str(text).map_err(|error| Error::toml(FILE, text, &error))?;
        if data.features != FEATURES {
            let message = format!(
                "made for version {} of the features, this program has version {FEATURES}; fit it anew with `opnote calibrate`",
                data.features
            );
            return Err(Error::new(FILE, message));
        }
        for (slot, entries) in &data.weights {
            let slot = Slot::named(slot).filter(|it| WEIGHED.contains(it)).ok_or_else(|| {
                Error::new(FILE, format!("unknown attribute \"{slot}\"{}", did_you_mean(slot, WEIGHED.map(Slot::name))))
            })?;
            for (name, weight) in entries {
                if !weight.is_finite() {
                    return Err(Error::new(FILE, format!("{}.{name}: expected a finite number", slot.name())));
                }
                // A row that a site has taken out leaves its weight without use.
                if let Some(feature) = feature(slot, name, constructions, sections) {
                    weights.set(feature, *weight);
                }
            }
        }
        Ok(weights)
    }

    /// The weight of a feature.
    pub(crate) fn of(&self, feature: EvidenceFeature) -> f64 {
        match feature {
            EvidenceFeature::Row(row) => self.rows.get(usize::from(row)).copied().unwrap_or(0.0),
            other => self.values.get(&other).copied().unwrap_or_else(|| prior(other)),
        }
    }

    /// Gives a feature its weight.
    pub(crate) fn set(&mut self, feature: EvidenceFeature, weight: f64) {
        match feature {
            EvidenceFeature::Row(row) => {
                if let Some(it) = self.rows.get_mut(usize::from(row)) {
                    *it = weight;
                }
            }
            other => {
                self.values.insert(other, weight);
            }
        }
    }
}

/// The weight of a construction before anything was fitted.
pub(crate) fn prior_of_row(full: bool) -> f64 {
    if full { 3.0 } else { 1.0 }
}

/// The weight of any other feature before anything was fitted.
pub(crate) fn prior(feature: EvidenceFeature) -> f64 {
    match feature {
        EvidenceFeature::Value(slot, value) if usize::from(value) + 1 == values(slot).len() => 0.5,
        EvidenceFeature::Shape(_, Shape::Conflict, _) => 4.0,
        EvidenceFeature::Shape(_, Shape::Silent, _) => 1.5,
        EvidenceFeature::Shape(
            _,
            Shape::Open | Shape::Unnamed | Shape::Documented | Shape::Implied | Shape::Narrated,
            _,
        ) => 2.0,
        EvidenceFeature::Shape(
            _,
            Shape::WeakOnly | Shape::Titled | Shape::Described | Shape::Sole | Shape::Told,
            _,
        )
        | EvidenceFeature::Owner(_, Owner::Sentence) => 0.5,
        EvidenceFeature::Shape(_, Shape::ExplainedByOther | Shape::PartOfOperation | Shape::NotNow, _) => -2.0,
        EvidenceFeature::Shape(
            _,
            Shape::Undetailed | Shape::Undosed | Shape::Withheld | Shape::TitledOtherwise | Shape::OtherDay,
            _,
        ) => -1.0,
        _ => 0.0,
    }
}

/// The name of a feature in `weights.toml`.
pub(crate) fn name(feature: EvidenceFeature, constructions: &Constructions, sections: &Sections) -> (Slot, String) {
    match feature {
        EvidenceFeature::Value(slot, value) => (slot, format!("value/{}", values(slot)[usize::from(value)])),
        EvidenceFeature::Row(row) => {
            let row = &constructions.rows[usize::from(row)];
            (row.slot, format!("construction/{}", row.id))
        }
        EvidenceFeature::Zone(slot, zone) => (slot, format!("zone/{}", zone_name(zone, sections))),
        EvidenceFeature::Time(slot, time, by) => (slot, format!("time/{}/{}", time.name(), by.name())),
        EvidenceFeature::Owner(slot, owner) => (slot, format!("owner/{}", owner.name())),
        EvidenceFeature::Shape(slot, shape, value) => {
            (slot, format!("shape/{}/{}", name_of(&SHAPES, shape), values(slot)[usize::from(value)]))
        }
    }
}

fn zone_name(zone: u8, sections: &Sections) -> &str {
    usize::from(zone).checked_sub(1).map_or("none", |it| sections.kinds[it].id.as_str())
}

fn feature(slot: Slot, name: &str, constructions: &Constructions, sections: &Sections) -> Option<EvidenceFeature> {
    let (kind, rest) = name.split_once('/')?;
    let value = |name: &str| values(slot).iter().position(|it| *it == name).map(|it| it as u8);
    match kind {
        "value" => Some(EvidenceFeature::Value(slot, value(rest)?)),
        "construction" => {
            let row = constructions.rows.iter().position(|it| it.slot == slot && it.id.as_str() == rest)?;
            Some(EvidenceFeature::Row(row as u16))
        }
        "zone" if rest == "none" => Some(EvidenceFeature::Zone(slot, 0)),
        "zone" => {
            let kind = sections.kinds.iter().position(|it| it.id.as_str() == rest)?;
            Some(EvidenceFeature::Zone(slot, kind as u8 + 1))
        }
        "time" => {
            let (time, by) = rest.split_once('/')?;
            let by = DECIDED.iter().find(|it| it.0 == by)?.1;
            Some(EvidenceFeature::Time(slot, Time::named(time)?, by))
        }
        "owner" => Some(EvidenceFeature::Owner(slot, OWNERS.iter().find(|it| it.0 == rest)?.1)),
        "shape" => {
            let (shape, of) = rest.split_once('/')?;
            Some(EvidenceFeature::Shape(slot, SHAPES.iter().find(|it| it.0 == shape)?.1, value(of)?))
        }
        _ => None,
    }
}
