//! Phrases that the reasoning compares with the text, from `phrases.toml`; all in lower case.

use serde::Deserialize;

use super::{Error, Files};

/// The tables of the file; it says where each phrase is looked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phrases {
    pub correction: CorrectionPhrases,
    pub no_act: NoActPhrases,
    pub earlier_act: EarlierActPhrases,
    pub approach: ApproachPhrases,
    pub tunnel: TunnelPhrases,
    pub drug: DrugPhrases,
    pub blood: BloodPhrases,
    pub level: LevelPhrases,
    pub narrative: NarrativePhrases,
}

/// An addendum that corrects the note.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectionPhrases {
    pub words: Vec<String>,
}

/// `No procedure was performed today`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoActPhrases {
    pub nothing: Vec<String>,
    pub done: Vec<String>,
    pub today: Vec<String>,
}

/// `She underwent … She returns today`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EarlierActPhrases {
    pub had: Vec<String>,
    pub back: Vec<String>,
}

/// An act that names its own way into the canal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproachPhrases {
    pub own: Vec<String>,
}

/// Where a tunneled catheter goes, or what its tunnel is for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TunnelPhrases {
    pub far: Vec<String>,
    pub to_hold: Vec<String>,
}

/// How a drug was given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrugPhrases {
    pub numbed: Vec<String>,
    pub elsewhere: Vec<String>,
    /// Units of a drug for spasticity that goes into the canal.
    pub canal_units: Vec<String>,
    pub gives: Vec<String>,
    pub rate: Vec<String>,
}

/// Blood drawn from a vein.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BloodPhrases {
    pub drawn: Vec<String>,
}

/// A narrative of another time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NarrativePhrases {
    pub another_time: Vec<String>,
    pub past: Vec<String>,
}

/// Words around a level.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LevelPhrases {
    pub bone: Vec<String>,
    pub nerve: Vec<String>,
    pub another_part: Vec<String>,
    pub second_needle: Vec<String>,
}

const FILE: &str = "phrases.toml";

impl Phrases {
    /// Reads `phrases.toml`.
    pub(crate) fn load(files: &Files) -> Result<Phrases, Error> {
        let text = files.text(FILE)?.ok_or_else(|| Error::new(FILE, "is missing"))?;
        toml::from_str(text).map_err(|error| Error::toml(FILE, text, &error))
    }
}
