//! The weights of statements, `weights.toml`: fitted by `opnote calibrate`, never typed by hand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::constructions::{Constructions, Time};
use super::error::did_you_mean;
use super::sections::Sections;
use super::{Error, Files};
use crate::model::Slot;

/// What decided when a statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DecidedBy {
    /// Nothing said otherwise.
    Nothing,
    /// A cue around the mention.
    Cue,
    /// The heading above it: a hint and no verdict.
    Heading,
    /// The acts of its sentence, all of another time.
    Act,
    /// The construction.
    Row,
}

/// To which act a statement belongs, seen from one act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// A word of the act, its needle or its space stands in the same sentence.
    Sentence,
    /// The same part of the note.
    Part,
    /// Another act.
    OtherAct,
}

/// What the statements of an attribute show together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// No value has a statement that holds now.
    Silent,
    /// Two values have a full statement each that holds now.
    Conflict,
    /// A value is denied.
    Denied,
    /// The only statements that hold now are weak.
    WeakOnly,
    /// A choice is open, and no full statement settles it.
    Open,
    /// Something is given whose kind is not named: contrast without a modality, a catheter without its end.
    Unnamed,
    /// A title names the act.
    Titled,
    /// A needle, a drug or another sign of doing it follows the act before another act is named.
    Described,
    /// The structural reading of titles and narrative finds the act documented.
    Documented,
    /// An operation took place whose anesthetic the act may be.
    PartOfOperation,
    /// Another act explains the same words.
    ExplainedByOther,
    /// No mention of the act is at this encounter.
    NotNow,
    /// Its details imply the act without its name.
    Implied,
    /// No other act of this encounter is named.
    Sole,
    /// Only weak statements support a value, and a full one supports another.
    Outweighed,
    /// No needle, technique, drug or preparation of this encounter belongs to the act.
    Undetailed,
    /// No drug with an amount belongs to the act, which injects one.
    Undosed,
    /// A needle or a drug of the act is denied.
    Withheld,
    /// The title says that the text is a request, a schedule, a form or an instruction.
    TitledOtherwise,
}

/// One thing that the score of a value is a sum of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    /// The value itself, by its place among the values of the attribute.
    Value(Slot, u8),
    /// A statement that holds now, by its construction; negative where it denies the value.
    Row(u16),
    /// The zone of a statement that holds now: index of the section kind plus one, 0 for none.
    Zone(Slot, u8),
    /// A statement of another time.
    Time(Slot, Time, DecidedBy),
    /// The owner of a statement that holds now.
    Owner(Slot, Owner),
    /// What the statements show together, for one value.
    Shape(Slot, Shape, u8),
}

const DECIDED: [(&str, DecidedBy); 5] = [
    ("nothing", DecidedBy::Nothing),
    ("cue", DecidedBy::Cue),
    ("heading", DecidedBy::Heading),
    ("act", DecidedBy::Act),
    ("row", DecidedBy::Row),
];
const OWNERS: [(&str, Owner); 3] =
    [("sentence", Owner::Sentence), ("part", Owner::Part), ("other-act", Owner::OtherAct)];
const SHAPES: [(&str, Shape); 19] = [
    ("silent", Shape::Silent),
    ("conflict", Shape::Conflict),
    ("denied", Shape::Denied),
    ("weak-only", Shape::WeakOnly),
    ("open", Shape::Open),
    ("unnamed", Shape::Unnamed),
    ("titled", Shape::Titled),
    ("described", Shape::Described),
    ("documented", Shape::Documented),
    ("part-of-operation", Shape::PartOfOperation),
    ("explained-by-other", Shape::ExplainedByOther),
    ("not-now", Shape::NotNow),
    ("implied", Shape::Implied),
    ("sole", Shape::Sole),
    ("outweighed", Shape::Outweighed),
    ("undetailed", Shape::Undetailed),
    ("undosed", Shape::Undosed),
    ("withheld", Shape::Withheld),
    ("titled-otherwise", Shape::TitledOtherwise),
];

fn name_of<T: Copy + PartialEq>(table: &[(&'static str, T)], wanted: T) -> &'static str {
    table.iter().find(|it| it.1 == wanted).map_or("", |it| it.0)
}

impl DecidedBy {
    /// The name in tables and weights.
    pub(crate) fn name(self) -> &'static str {
        name_of(&DECIDED, self)
    }
}

impl Owner {
    /// The name in tables and weights.
    pub(crate) fn name(self) -> &'static str {
        name_of(&OWNERS, self)
    }
}

/// The value that says that the note does not establish any.
pub(crate) const NOT_DOCUMENTED: &str = "not_documented";

/// The values of an attribute that are weighed against each other, in the order of results; the last one is
/// [`NOT_DOCUMENTED`].
pub(crate) fn values(slot: Slot) -> &'static [&'static str] {
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
pub(crate) const WEIGHED: [Slot; 5] = [Slot::Region, Slot::Delivery, Slot::Imaging, Slot::Purpose, Slot::Performed];

/// What `weights.toml` holds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeightsFile {
    /// Version of the features; weights of another version are refused.
    pub features: u32,
    /// What they were fitted on.
    pub fitted_on: String,
    /// Weights by attribute, then by the name of the feature.
    pub weights: BTreeMap<String, BTreeMap<String, f64>>,
}

/// Version of the features: raised when their meaning changes.
pub(crate) const FEATURES: u32 = 2;

const FILE: &str = "weights.toml";

/// The weight of each feature.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights {
    values: BTreeMap<Feature, f64>,
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
    pub(crate) fn of(&self, feature: Feature) -> f64 {
        match feature {
            Feature::Row(row) => self.rows.get(usize::from(row)).copied().unwrap_or(0.0),
            other => self.values.get(&other).copied().unwrap_or_else(|| prior(other)),
        }
    }

    /// Gives a feature its weight.
    pub(crate) fn set(&mut self, feature: Feature, weight: f64) {
        match feature {
            Feature::Row(row) => {
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
pub(crate) fn prior(feature: Feature) -> f64 {
    match feature {
        Feature::Value(slot, value) if usize::from(value) + 1 == values(slot).len() => 0.5,
        Feature::Shape(_, Shape::Conflict, _) => 4.0,
        Feature::Shape(_, Shape::Silent, _) => 1.5,
        Feature::Shape(_, Shape::Open | Shape::Unnamed | Shape::Documented | Shape::Implied, _) => 2.0,
        Feature::Shape(_, Shape::WeakOnly | Shape::Titled | Shape::Described | Shape::Sole, _)
        | Feature::Owner(_, Owner::Sentence) => 0.5,
        Feature::Shape(_, Shape::ExplainedByOther | Shape::PartOfOperation | Shape::NotNow, _) => -2.0,
        Feature::Shape(_, Shape::Undetailed | Shape::Undosed | Shape::Withheld | Shape::TitledOtherwise, _) => -1.0,
        _ => 0.0,
    }
}

/// The name of a feature in `weights.toml`.
pub(crate) fn name(feature: Feature, constructions: &Constructions, sections: &Sections) -> (Slot, String) {
    match feature {
        Feature::Value(slot, value) => (slot, format!("value/{}", values(slot)[usize::from(value)])),
        Feature::Row(row) => {
            let row = &constructions.rows[usize::from(row)];
            (row.slot, format!("construction/{}", row.id))
        }
        Feature::Zone(slot, zone) => (slot, format!("zone/{}", zone_name(zone, sections))),
        Feature::Time(slot, time, by) => (slot, format!("time/{}/{}", time.name(), by.name())),
        Feature::Owner(slot, owner) => (slot, format!("owner/{}", owner.name())),
        Feature::Shape(slot, shape, value) => {
            (slot, format!("shape/{}/{}", name_of(&SHAPES, shape), values(slot)[usize::from(value)]))
        }
    }
}

fn zone_name(zone: u8, sections: &Sections) -> &str {
    usize::from(zone).checked_sub(1).map_or("none", |it| sections.kinds[it].id.as_str())
}

fn feature(slot: Slot, name: &str, constructions: &Constructions, sections: &Sections) -> Option<Feature> {
    let (kind, rest) = name.split_once('/')?;
    let value = |name: &str| values(slot).iter().position(|it| *it == name).map(|it| it as u8);
    match kind {
        "value" => Some(Feature::Value(slot, value(rest)?)),
        "construction" => {
            let row = constructions.rows.iter().position(|it| it.slot == slot && it.id.as_str() == rest)?;
            Some(Feature::Row(row as u16))
        }
        "zone" if rest == "none" => Some(Feature::Zone(slot, 0)),
        "zone" => {
            let kind = sections.kinds.iter().position(|it| it.id.as_str() == rest)?;
            Some(Feature::Zone(slot, kind as u8 + 1))
        }
        "time" => {
            let (time, by) = rest.split_once('/')?;
            let by = DECIDED.iter().find(|it| it.0 == by)?.1;
            Some(Feature::Time(slot, Time::named(time)?, by))
        }
        "owner" => Some(Feature::Owner(slot, OWNERS.iter().find(|it| it.0 == rest)?.1)),
        "shape" => {
            let (shape, of) = rest.split_once('/')?;
            Some(Feature::Shape(slot, SHAPES.iter().find(|it| it.0 == shape)?.1, value(of)?))
        }
        _ => None,
    }
}
