//! Relative value units of codes from a table that the user supplies: exact to a ten-thousandth, never guessed.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Neg, Sub};

use serde::{Serialize, Serializer};

use super::table::{Table, TableError};

/// Relative value units, in ten-thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rvu(pub i64);

impl Rvu {
    /// Reads a number such as `1.54`; at most four decimals.
    ///
    /// ```
    /// use opnote_audit::compare::Rvu;
    ///
    /// assert_eq!(Rvu::parse("1.54"), Some(Rvu(15_400)));
    /// assert_eq!(Rvu::parse("1,54"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Rvu> {
        let text = text.trim();
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        if whole.is_empty() && part.is_empty() || !digits(whole) || !digits(part) || part.len() > 4 || whole.len() > 9 {
            return None;
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part: i64 = format!("{part:0<4}").parse().ok()?;
        Some(Rvu(whole * 10_000 + part))
    }

    /// The value as a number, for charts and workbooks.
    pub fn value(self) -> f64 {
        self.0 as f64 / 10_000.0
    }

    /// The value without its sign.
    #[must_use]
    pub fn abs(self) -> Rvu {
        Rvu(self.0.saturating_abs())
    }
}

impl fmt::Display for Rvu {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / 10_000, self.0.unsigned_abs() % 10_000);
        let part = format!("{part:04}");
        let kept = part.trim_end_matches('0').len().max(2);
        write!(formatter, "{sign}{whole}.{}", &part[..kept])
    }
}

impl Serialize for Rvu {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

impl Add for Rvu {
    type Output = Rvu;
    fn add(self, other: Rvu) -> Rvu {
        Rvu(self.0.saturating_add(other.0))
    }
}

impl Sub for Rvu {
    type Output = Rvu;
    fn sub(self, other: Rvu) -> Rvu {
        Rvu(self.0.saturating_sub(other.0))
    }
}

impl Neg for Rvu {
    type Output = Rvu;
    fn neg(self) -> Rvu {
        Rvu(self.0.saturating_neg())
    }
}

impl Mul<u16> for Rvu {
    type Output = Rvu;
    fn mul(self, units: u16) -> Rvu {
        Rvu(self.0.saturating_mul(i64::from(units)))
    }
}

impl Sum for Rvu {
    fn sum<I: Iterator<Item = Rvu>>(values: I) -> Rvu {
        values.fold(Rvu(0), Add::add)
    }
}

/// A table of relative value units: code to dated values.
#[derive(Clone, Debug, Default)]
pub struct RvuTable {
    rows: BTreeMap<String, Vec<Dated>>,
}

#[derive(Clone, Debug)]
struct Dated {
    /// First day, `YYYY-MM-DD`; empty for any.
    from: String,
    /// First day on which the value no longer holds; empty for none.
    until: String,
    value: Rvu,
}

impl RvuTable {
    /// Reads a table with the columns `code` and `rvu`, and if wanted `from` and `until` (`YYYY-MM-DD`).
    pub fn read(bytes: &[u8], file: &str) -> Result<RvuTable, Vec<TableError>> {
        let table = Table::read(bytes, file)?;
        let code = table.needed(None, &["code", "cpt", "hcpcs", "cpt_code", "hcpcs_code"], "the codes")?;
        let rvu = table.needed(None, &["rvu", "work_rvu", "wrvu", "total_rvu", "rvus"], "the relative value units")?;
        let (from, until) = (table.find(&["from", "effective_from"]), table.find(&["until", "effective_until"]));
        let (mut rows, mut errors): (BTreeMap<String, Vec<Dated>>, _) = (BTreeMap::new(), Vec::new());
        for row in &table.rows {
            let mut day = |column: Option<usize>| {
                let text = column.map_or("", |it| row.cell(it));
                if !text.is_empty() && !is_day(text) {
                    errors.extend(column.map(|it| table.fault(row, it, "a day written YYYY-MM-DD, or nothing")));
                }
                text.to_owned()
            };
            let (from, until) = (day(from), day(until));
            let Some(value) = Rvu::parse(row.cell(rvu)) else {
                errors.push(table.fault(row, rvu, "a number such as 1.54, without a sign"));
                continue;
            };
            if row.cell(code).is_empty() {
                errors.push(table.fault(row, code, "a code"));
                continue;
            }
            let dated = rows.entry(row.cell(code).to_uppercase()).or_default();
            let overlaps =
                |it: &Dated| (it.until.is_empty() || from < it.until) && (until.is_empty() || it.from < until);
            if dated.iter().any(overlaps) {
                errors.push(table.fault(row, code, "each code once for every day"));
                continue;
            }
            dated.push(Dated { from, until, value });
        }
        if errors.is_empty() { Ok(RvuTable { rows }) } else { Err(errors) }
    }

    /// The value of one unit of a code on a day (`YYYY-MM-DD`); without a day, of one that holds without an end.
    pub fn value(&self, code: &str, day: Option<&str>) -> Option<Rvu> {
        let holds = |it: &&Dated| match day {
            Some(day) => it.from.as_str() <= day && (it.until.is_empty() || day < it.until.as_str()),
            None => it.until.is_empty(),
        };
        self.rows.get(code)?.iter().find(holds).map(|it| it.value)
    }
}

/// Whether a text is a day as results write it.
pub(super) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, it)| if at == 4 || at == 7 { *it == b'-' } else { it.is_ascii_digit() })
}
