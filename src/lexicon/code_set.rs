//! Code sets: `icd10cm.csv` and `hcpcs_level2.csv`, the days on which each code is valid, for checking the codes that a
//! note writes; `icd10cm_exclusions.csv`, pairs of codes that are not reported together.

use jiff::civil::Date;
use serde::Deserialize;

use super::terms::read_csv;
use super::{Error, Files};

/// The code of the row that states the days a whole table covers.
const WHOLE_TABLE: &str = "*";

/// The codes of one set with their days, sorted by code and first day.
#[derive(Default)]
pub(crate) struct CodeSet {
    rows: Vec<CodeSetRow>,
    /// First day covered and first day no longer covered, where the table holds every code of the set.
    span: Option<(Date, Option<Date>)>,
}

/// One code during one span of days.
pub(crate) struct CodeSetRow {
    pub code: Box<str>,
    /// Whether it is reported; else it is the header of longer codes.
    pub billable: bool,
    pub from: Date,
    /// Exclusive.
    pub until: Option<Date>,
    successors: Box<[Box<str>]>,
}

/// The validity of a code on a day.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Validity<'a> {
    Valid,
    /// The header of longer codes, of which these are valid on the day.
    Header(Vec<&'a str>),
    /// No longer valid from this day on; the codes that replaced it.
    Ended(Date, Vec<&'a str>),
    /// First valid on this day; the code that was valid in its place, if any.
    NotYet(Date, Option<&'a str>),
    /// Absent from a table that holds every code of that day.
    Unknown,
    /// Absent from a table that holds some codes only.
    NotListed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeSetRecord {
    code: String,
    billable: String,
    from: String,
    until: String,
    successors: String,
}

impl CodeSet {
    /// Reads a table of codes; an empty `from` is the first day of the table.
    pub(super) fn load(files: &Files, path: &str) -> Result<CodeSet, Error> {
        let mut set = CodeSet::default();
        read_csv(files, path, |file, line, row: CodeSetRecord| {
            let fault = |message: String| Error::at(file, line, format!("code {}: {message}", row.code));
            let day = |text: &str| {
                text.parse::<Date>().map_err(|_| fault(format!("\"{text}\" is no date (expected YYYY-MM-DD)")))
            };
            let until = if row.until.is_empty() { None } else { Some(day(&row.until)?) };
            let from = match (row.from.as_str(), set.span) {
                ("", Some((first, _))) => first,
                ("", None) => {
                    let expected = "expected YYYY-MM-DD, or a row with the code * and the first day before it";
                    return Err(fault(format!("no first day ({expected})")));
                }
                (text, _) => day(text)?,
            };
            if until.is_some_and(|it| it <= from) {
                return Err(fault(format!("ends on {} before it begins on {from}", row.until)));
            }
            if row.code == WHOLE_TABLE {
                set.span = Some((from, until));
                return Ok(());
            }
            let billable = match row.billable.as_str() {
                "yes" => true,
                "no" => false,
                other => return Err(fault(format!("billable \"{other}\" (expected yes or no)"))),
            };
            let successors = row.successors.split('|').filter(|it| !it.is_empty()).map(Box::from).collect();
            set.rows.push(CodeSetRow { code: row.code.into(), billable, from, until, successors });
            Ok(())
        })?;
        set.rows.sort_by(|a, b| (&a.code, a.from).cmp(&(&b.code, b.from)));
        Ok(set)
    }

    /// The rows of a code, by first day.
    pub(crate) fn rows(&self, code: &str) -> &[CodeSetRow] {
        let start = self.rows.partition_point(|it| &*it.code < code);
        let count = self.rows[start..].iter().take_while(|it| &*it.code == code).count();
        &self.rows[start..start + count]
    }

    /// Whether the table has the code, on whatever day.
    pub(crate) fn lists(&self, code: &str) -> bool {
        !self.rows(code).is_empty()
    }

    /// Every code, once for each span of days.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|it| &*it.code)
    }

    /// The validity of a code on a day; without one, now.
    pub(crate) fn validity(&self, code: &str, day: Option<Date>) -> Validity<'_> {
        let rows = self.rows(code);
        let Some(last) = rows.last() else {
            let covered = self.span.is_some_and(|(from, until)| super::in_force(from, until, day) || day.is_none());
            return if covered { Validity::Unknown } else { Validity::NotListed };
        };
        let in_force = rows.iter().find(|it| super::in_force(it.from, it.until, day));
        let was = rows.iter().rfind(|it| {
            let over = |until: Date| day.is_none_or(|day| until <= day);
            it.billable && it.until.is_some_and(over)
        });
        match (in_force, was) {
            (Some(row), _) if row.billable => Validity::Valid,
            (_, Some(row)) => {
                let end = row.until.unwrap_or(row.from);
                Validity::Ended(end, self.successors(row, end))
            }
            (Some(_), None) => Validity::Header(self.below(code, day)),
            (None, None) => {
                let first = rows.iter().find(|it| it.billable).unwrap_or(last).from;
                Validity::NotYet(first, self.above(code, day))
            }
        }
    }

    /// The codes that replaced a row: those named, else the longer ones that began on the day it ended.
    fn successors<'a>(&'a self, row: &'a CodeSetRow, end: Date) -> Vec<&'a str> {
        if !row.successors.is_empty() {
            return row.successors.iter().map(|it| &**it).collect();
        }
        self.longer(&row.code).filter(|it| it.billable && it.from == end).map(|it| &*it.code).collect()
    }

    /// The billable codes below a header that are valid on a day.
    fn below(&self, code: &str, day: Option<Date>) -> Vec<&str> {
        let valid = |it: &&CodeSetRow| it.billable && super::in_force(it.from, it.until, day);
        self.longer(code).filter(valid).map(|it| &*it.code).collect()
    }

    /// The rows of the longer codes that begin with a code.
    fn longer<'a, 'b>(&'a self, code: &'b str) -> impl Iterator<Item = &'a CodeSetRow> + use<'a, 'b> {
        let start = self.rows.partition_point(|it| &*it.code <= code);
        self.rows[start..].iter().take_while(move |it| it.code.starts_with(code))
    }

    /// The longest shorter code that a code begins with and that was billable on a day.
    fn above(&self, code: &str, day: Option<Date>) -> Option<&str> {
        let starts = (1..code.len()).rev().filter_map(|end| code.get(..end));
        starts
            .flat_map(|it| self.rows(it))
            .find(|it| it.billable && super::in_force(it.from, it.until, day))
            .map(|it| &*it.code)
    }
}

/// Two codes, or the beginnings of codes, that are not reported together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exclusion {
    /// The code whose note excludes the other one.
    pub code: String,
    pub excludes: String,
}

/// Reads `icd10cm_exclusions.csv`.
pub(super) fn exclusions(files: &Files) -> Result<Vec<Exclusion>, Error> {
    let mut found = Vec::new();
    read_csv(files, "icd10cm_exclusions.csv", |file, line, row: Exclusion| {
        if row.code.is_empty() || row.excludes.is_empty() {
            return Err(Error::at(file, line, "expected two codes or beginnings of codes"));
        }
        found.push(row);
        Ok(())
    })?;
    Ok(found)
}

impl Exclusion {
    /// Whether a note at the first code excludes the second one.
    pub(crate) fn holds(&self, code: &str, other: &str) -> bool {
        code.starts_with(&self.code) && other.starts_with(&self.excludes)
    }
}
