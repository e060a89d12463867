//! National correct coding edits: pairs of codes (`ncci_ptp.csv`), limits of units (`ncci_mue.csv`) and add-on codes
//! with their primary codes (`ncci_add_ons.csv`), each with its days.

use jiff::civil::Date;
use serde::Deserialize;

use super::error::did_you_mean;
use super::terms::read_csv;
use super::{Error, Files};

/// The edits, pairs sorted by both columns.
#[derive(Default)]
pub(crate) struct Ncci {
    pairs: Vec<Pair>,
    limits: Vec<UnitsLimit>,
    add_ons: Vec<AddOn>,
}

/// Who an edit is for; the same edit may be in the files of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    Practitioner,
    Hospital,
    Supplier,
}

const SETTINGS: [(&str, Setting); 3] =
    [("practitioner", Setting::Practitioner), ("hospital", Setting::Hospital), ("supplier", Setting::Supplier)];

/// A pair of codes of which the second is not paid with the first.
pub(crate) struct Pair {
    pub column1: String,
    pub column2: String,
    days: Days,
    /// Whether a modifier bypasses the edit.
    pub modifier_allowed: bool,
    pub setting: Setting,
}

/// The most units of a code that are paid.
pub(crate) struct UnitsLimit {
    pub code: String,
    days: Days,
    pub units: u16,
    pub adjudication: Adjudication,
    pub setting: Setting,
}

/// The counting unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adjudication {
    /// One line of a claim.
    Line,
    /// A day, without exception.
    DayByPolicy,
    /// A day; more is paid where the record shows the need.
    DayByExperience,
}

/// An add-on code and one of its primary codes.
struct AddOn {
    code: String,
    primary: String,
    days: Days,
}

#[derive(Clone, Copy)]
struct Days {
    from: Date,
    /// Exclusive.
    until: Option<Date>,
}

impl Days {
    fn hold(self, day: Option<Date>) -> bool {
        super::in_force(self.from, self.until, day)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairRow {
    column1: String,
    column2: String,
    from: Date,
    until: Option<Date>,
    indicator: String,
    setting: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitRow {
    code: String,
    from: Date,
    until: Option<Date>,
    units: u16,
    adjudication: String,
    setting: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddOnRow {
    add_on: String,
    primary: String,
    from: Date,
    until: Option<Date>,
    /// `1`: never without one of these; `2`, `3`: the payer may name more.
    #[serde(rename = "type")]
    kind: String,
}

impl Ncci {
    pub(super) fn load(files: &Files) -> Result<Ncci, Error> {
        let mut ncci = Ncci::default();
        read_csv(files, "ncci_ptp.csv", |file, line, row: PairRow| {
            let fault = |message: String| Error::at(file, line, format!("{} {}: {message}", row.column1, row.column2));
            let days = days(row.from, row.until).map_err(fault)?;
            let setting = setting(&row.setting).map_err(fault)?;
            let modifier_allowed = match row.indicator.as_str() {
                "0" => false,
                "1" => true,
                // Not applicable: the pair was deleted from its first day on.
                "9" => return Ok(()),
                other => return Err(fault(format!("indicator \"{other}\" (expected 0, 1 or 9)"))),
            };
            ncci.pairs.push(Pair { column1: row.column1, column2: row.column2, days, modifier_allowed, setting });
            Ok(())
        })?;
        let key = |a: &Pair, b: &Pair| {
            let of = |it: &Pair| (it.column1.clone(), it.column2.clone(), it.setting, it.days.from);
            of(a).cmp(&of(b))
        };
        ncci.pairs.sort_by(key);
        read_csv(files, "ncci_mue.csv", |file, line, row: LimitRow| {
            let fault = |message: String| Error::at(file, line, format!("{}: {message}", row.code));
            let days = days(row.from, row.until).map_err(fault)?;
            let setting = setting(&row.setting).map_err(fault)?;
            let adjudication = match row.adjudication.as_str() {
                "1" => Adjudication::Line,
                "2" => Adjudication::DayByPolicy,
                "3" => Adjudication::DayByExperience,
                other => return Err(fault(format!("adjudication \"{other}\" (expected 1, 2 or 3)"))),
            };
            ncci.limits.push(UnitsLimit { code: row.code, days, units: row.units, adjudication, setting });
            Ok(())
        })?;
        read_csv(files, "ncci_add_ons.csv", |file, line, row: AddOnRow| {
            let fault = |message: String| Error::at(file, line, format!("{}: {message}", row.add_on));
            let days = days(row.from, row.until).map_err(fault)?;
            match row.kind.as_str() {
                "1" => ncci.add_ons.push(AddOn { code: row.add_on, primary: row.primary, days }),
                "2" | "3" => {}
                other => return Err(fault(format!("type \"{other}\" (expected 1, 2 or 3)"))),
            }
            Ok(())
        })?;
        Ok(ncci)
    }

    /// The pair with these columns on a day; that for practitioners where several settings have one.
    pub(crate) fn pair(&self, column1: &str, column2: &str, day: Option<Date>) -> Option<&Pair> {
        let before = |it: &Pair| (it.column1.as_str(), it.column2.as_str()) < (column1, column2);
        let start = self.pairs.partition_point(before);
        let same = self.pairs[start..].iter().take_while(|it| it.column1 == column1 && it.column2 == column2);
        same.into_iter().find(|it| it.days.hold(day))
    }

    /// The limits of a code on a day; that for practitioners first.
    pub(crate) fn limit(&self, code: &str, day: Option<Date>) -> Option<&UnitsLimit> {
        self.limits.iter().filter(|it| it.code == code && it.days.hold(day)).min_by_key(|it| it.setting)
    }

    /// The primary codes of a code that is never reported without one of them; none where it is no such code.
    pub(crate) fn primaries(&self, code: &str, day: Option<Date>) -> Vec<&str> {
        let of = self.add_ons.iter().filter(|it| it.code == code && it.days.hold(day));
        of.map(|it| it.primary.as_str()).collect()
    }
}

fn days(from: Date, until: Option<Date>) -> Result<Days, String> {
    if until.is_some_and(|it| it <= from) {
        return Err("ends before it begins".to_owned());
    }
    Ok(Days { from, until })
}

fn setting(name: &str) -> Result<Setting, String> {
    SETTINGS.iter().find(|it| it.0 == name).map(|it| it.1).ok_or_else(|| {
        let hint = did_you_mean(name, SETTINGS.iter().map(|it| it.0));
        format!("unknown setting \"{name}\" (expected practitioner, hospital or supplier){hint}")
    })
}
