//! Cards: `cards.toml`, codes in plain words for `opnote explain`.

use serde::Deserialize;

use super::{Error, Files};

/// One code in plain words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    pub code: String,
    pub covers: String,
    #[serde(default)]
    pub excludes: Vec<String>,
    /// Documentation requirements beyond the questions of the family.
    #[serde(default)]
    pub shows: Vec<String>,
    pub patient: String,
    pub source: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardsFile {
    #[serde(default)]
    card: Vec<Card>,
}

pub(super) fn load(files: &Files) -> Result<Vec<Card>, Error> {
    const PATH: &str = "cards.toml";
    let Some(text) = files.text(PATH)? else { return Ok(Vec::new()) };
    let data: CardsFile = toml::from_str(text).map_err(|error| Error::toml(PATH, text, &error))?;
    Ok(data.card)
}
