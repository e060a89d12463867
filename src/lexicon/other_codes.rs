//! Codes that are never proposed and often asked about: `other_codes.csv`.

use serde::Deserialize;

use super::terms::read_csv;
use super::{Error, Files};

/// A code and what it is for, in our own words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OtherCode {
    pub code: String,
    pub about: String,
    /// When it is reported next to a code of the tables, and when it is part of one.
    pub remark: String,
    pub source: String,
}

/// Reads `other_codes.csv`; none where the file is absent.
pub(crate) fn other_codes(files: &Files) -> Result<Vec<OtherCode>, Error> {
    let mut found = Vec::new();
    read_csv(files, "other_codes.csv", |_, _, row: OtherCode| {
        found.push(row);
        Ok(())
    })?;
    Ok(found)
}
