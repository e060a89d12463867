//! Types of errors, read from `audit_errors.csv` of the lexicon: what a finding is tagged with, and where to look first.

use std::collections::BTreeMap;

use opnote::lexicon::{Error, Files};
use serde::{Deserialize, Serialize};

/// The file of the lexicon.
const FILE: &str = "audit_errors.csv";

/// The likely origin of an error; a reviewer has the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RootCause {
    /// The note does not say, or contradicts itself.
    Documentation,
    /// The note says it, and another code was chosen.
    Coder,
    /// Text of a template or of another note.
    Template,
    /// A table of codes or prices that is out of date.
    RuleTable,
    /// The program may have read the note wrongly.
    Program,
}

impl RootCause {
    /// Every cause, in the order of worksheets.
    pub const ALL: [RootCause; 5] =
        [RootCause::Documentation, RootCause::Coder, RootCause::Template, RootCause::RuleTable, RootCause::Program];

    /// The name in results and worksheets.
    pub const fn name(self) -> &'static str {
        match self {
            RootCause::Documentation => "documentation",
            RootCause::Coder => "coder",
            RootCause::Template => "template",
            RootCause::RuleTable => "rule_table",
            RootCause::Program => "program",
        }
    }

    /// The cause of a name.
    pub fn named(name: &str) -> Option<RootCause> {
        RootCause::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// A type of errors. The lists say what the comparison recognizes it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorType {
    /// Its id, `E01` and so on.
    pub id: String,
    /// What is wrong, in our own words.
    pub title: String,
    /// Where to look first.
    pub root_cause: RootCause,
    /// Whether another code or number of units is right.
    pub code_changing: bool,
    /// Families one of which was billed for the other procedure, or the reverse.
    pub families: Vec<String>,
    /// Attributes that differ between the billed and the documented code.
    pub attributes: Vec<String>,
    /// Ids of open findings of a result.
    pub findings: Vec<String>,
    /// Modifiers that are missing or too many.
    pub modifiers: Vec<String>,
    /// Codes that are part of a documented one.
    pub codes: Vec<String>,
    /// Where the rule is from, as `docs/sources.md` lists it.
    pub source: String,
}

/// All types by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taxonomy {
    types: BTreeMap<String, ErrorType>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeRow {
    id: String,
    title: String,
    root_cause: RootCause,
    code_changing: String,
    families: String,
    attributes: String,
    findings: String,
    modifiers: String,
    codes: String,
    source: String,
}

impl Taxonomy {
    /// Reads the types; without the file there are none.
    pub fn load(files: &Files) -> Result<Taxonomy, Error> {
        let mut types = BTreeMap::new();
        let names = [FILE.to_owned(), FILE.replace(".csv", ".add.csv")];
        for (path, bytes) in files.iter().filter(|it| names.iter().any(|name| name == it.0)) {
            let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(bytes);
            for row in reader.deserialize::<TypeRow>() {
                let row = row.map_err(|it| Error::new(path, fault(&it)))?;
                let code_changing = match row.code_changing.as_str() {
                    "yes" => true,
                    "no" => false,
                    _ => return Err(Error::new(path, format!("row {}: code_changing: expected yes or no", row.id))),
                };
                let list = |cell: &str| cell.split('|').filter(|it| !it.is_empty()).map(str::to_owned).collect();
                let read = ErrorType {
                    id: row.id.clone(),
                    title: row.title,
                    root_cause: row.root_cause,
                    code_changing,
                    families: list(&row.families),
                    attributes: list(&row.attributes),
                    findings: list(&row.findings),
                    modifiers: list(&row.modifiers),
                    codes: list(&row.codes),
                    source: row.source,
                };
                types.insert(row.id, read);
            }
        }
        Ok(Taxonomy { types })
    }

    /// The type with an id.
    pub fn get(&self, id: &str) -> Option<&ErrorType> {
        self.types.get(id)
    }

    /// All types, by id.
    pub fn iter(&self) -> impl Iterator<Item = &ErrorType> {
        self.types.values()
    }

    /// The first type that fits.
    pub(crate) fn first(&self, fits: impl Fn(&ErrorType) -> bool) -> Option<&ErrorType> {
        self.iter().find(|it| fits(it))
    }
}

fn fault(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => format!("line {line}: {err}"),
        _ => format!("line {line}: not a row of this table"),
    }
}
