//! Open-class patterns of `shared/patterns.toml`: levels, quantities, dates.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

use super::{Error, Files};
use crate::model::Id;

/// One compiled pattern with the tests it carries.
pub(crate) struct Pattern {
    pub id: Id,
    pub about: String,
    /// The expression as it stands in the file.
    pub expression: String,
    pub regex: Regex,
    #[cfg_attr(not(test), allow(dead_code))] // run by tests
    pub yes: BTreeMap<String, String>,
    #[cfg_attr(not(test), allow(dead_code))] // run by tests
    pub no: Vec<String>,
}

/// The patterns, each by the stage that reads it.
pub(crate) struct Patterns {
    /// Levels, from the most to the least specific form.
    pub levels: Vec<Pattern>,
    pub quantity: Pattern,
    pub date: Pattern,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatternsFile {
    pattern: Vec<PatternData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatternData {
    id: String,
    about: String,
    regex: String,
    yes: BTreeMap<String, String>,
    no: Vec<String>,
}

const FILE: &str = "shared/patterns.toml";

impl Patterns {
    /// Reads and compiles `shared/patterns.toml`.
    pub(crate) fn load(files: &Files) -> Result<Patterns, Error> {
        let text = files.text(FILE)?.ok_or_else(|| Error::new(FILE, "is missing"))?;
        let data: PatternsFile = toml::from_str(text).map_err(|error| Error::toml(FILE, text, &error))?;
        let mut levels = Vec::new();
        let (mut quantity, mut date) = (None, None);
        for it in data.pattern {
            // Levels and dates are looked for only where one may begin, so their patterns must fit right there.
            let anchored = if it.id == "quantity" { it.regex.clone() } else { format!(r"\A(?:{})", it.regex) };
            let regex =
                Regex::new(&anchored).map_err(|error| Error::new(FILE, format!("pattern {}: {error}", it.id)))?;
            let pattern = Pattern {
                id: Id::from(it.id.as_str()),
                about: it.about,
                expression: it.regex,
                regex,
                yes: it.yes,
                no: it.no,
            };
            match it.id.as_str() {
                "quantity" => quantity = Some(pattern),
                "date" => date = Some(pattern),
                id if id.starts_with("level-") => levels.push(pattern),
                id => return Err(Error::new(FILE, format!("pattern \"{id}\": expected level-…, quantity or date"))),
            }
        }
        let needed =
            |it: Option<Pattern>, id: &str| it.ok_or_else(|| Error::new(FILE, format!("needs a pattern \"{id}\"")));
        Ok(Patterns { levels, quantity: needed(quantity, "quantity")?, date: needed(date, "date")? })
    }
}
