//! Amounts and weights as written, summed exactly.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits after the point that are kept.
const DIGITS: u32 = 6;
/// Millionths of one.
const ONE: i128 = 1_000_000;
/// Largest amount, in millionths: sums of a frame stay far from overflow.
const LARGEST: i128 = 1_000_000_000_000 * ONE;

/// A decimal number with at most six digits after the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i128);

impl Decimal {
    /// The form that a cell must have.
    pub const EXPECTED: &str = "a number such as 1234.56 (a leading $ and commas before groups of three are read, too)";

    /// Reads a number; none where the text is another one, or ambiguous (`12,5`).
    ///
    /// ```
    /// use opnote_audit::sampling::Decimal;
    ///
    /// assert_eq!(Decimal::read("$1,234.50").map(|it| it.to_string()), Some("1234.5".to_owned()));
    /// assert_eq!(Decimal::read("12,5"), None);
    /// ```
    pub fn read(text: &str) -> Option<Decimal> {
        let text = text.trim();
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |it| (true, it));
        let text = text.strip_prefix('$').unwrap_or(text);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = ungrouped(whole)?;
        let is_number = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        if !is_number(&digits) || !is_number(fraction) || digits.is_empty() && fraction.is_empty() {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if digits.len() > 13 || fraction.len() > DIGITS as usize {
            return None;
        }
        let whole: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        let value = whole * ONE + part * 10_i128.pow(DIGITS - fraction.len() as u32);
        (value <= LARGEST).then_some(Decimal(if negative { -value } else { value }))
    }

    /// The number in millionths.
    pub(crate) fn millionths(self) -> i128 {
        self.0
    }

    /// The nearest floating-point number.
    pub fn value(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// Digits without the commas of groups of three; none where a comma stands elsewhere.
fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let sound = rest.iter().all(|it| it.len() == 3) && (rest.is_empty() || (1..=3).contains(&first.len()));
    sound.then(|| format!("{first}{}", rest.concat()))
}

impl std::iter::Sum for Decimal {
    fn sum<I: Iterator<Item = Decimal>>(values: I) -> Decimal {
        Decimal(values.map(|it| it.0).sum())
    }
}

impl std::ops::Sub for Decimal {
    type Output = Decimal;

    fn sub(self, other: Decimal) -> Decimal {
        Decimal(self.0 - other.0)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, part) = (size / ONE.unsigned_abs(), size % ONE.unsigned_abs());
        let fraction = format!("{part:06}");
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Sums may be larger than any one number.
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let number = format!("{whole}{part:0<6}").parse::<i128>().ok().filter(|_| part.len() <= DIGITS as usize);
        number.map(Decimal).ok_or_else(|| serde::de::Error::custom("expected a decimal number in quotation marks"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_written_or_not_at_all() {
        let read = |it: &str| Decimal::read(it).map(|it| it.to_string());
        for (text, expected) in [
            ("0", "0"),
            (" 12.30 ", "12.3"),
            ("-0.000001", "-0.000001"),
            ("$1,234,567.89", "1234567.89"),
            (".5", "0.5"),
            ("1000000000000", "1000000000000"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "-", ".", "1,5", "1,2345", "12a", "1e5", "0.0000001", "10000000000000", "(5)", "1 000", "١"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["0", "-0.5", "1234567.890001", "-12"] {
            let number = Decimal::read(text).expect("a number");
            let json = serde_json::to_string(&number).expect("JSON");
            assert_eq!(serde_json::from_str::<Decimal>(&json).expect("a number"), number, "{text}");
        }
        assert!(serde_json::from_str::<Decimal>("\"x\"").is_err() && serde_json::from_str::<Decimal>("1").is_err());
    }
}
