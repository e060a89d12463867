//! Words that say what a date is the date of, from `dates.toml`.

use serde::Deserialize;

use super::{Error, Files};

/// Words before a date, in lower case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dates {
    /// Labels of the date of service.
    pub service: Vec<String>,
    /// Labels of the date of the note.
    pub note: Vec<String>,
    /// Words of another date.
    pub other: Vec<String>,
    /// Words before the day of something else than the act.
    pub beside: Vec<String>,
}

const FILE: &str = "dates.toml";

impl Dates {
    /// Reads `dates.toml`.
    pub(crate) fn load(files: &Files) -> Result<Dates, Error> {
        let text = files.text(FILE)?.ok_or_else(|| Error::new(FILE, "is missing"))?;
        toml::from_str(text).map_err(|error| Error::toml(FILE, text, &error))
    }
}
