//! Amounts as notes write them, read exactly: whole numbers of millionths, no rounding.

/// The quantity that an amount measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Milligrams.
    Milligram,
    /// Milliliters.
    Milliliter,
    /// Units of activity.
    Activity,
    /// Milligrams in a milliliter.
    Strength,
}

/// An amount in millionths of its measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The quantity.
    pub measure: Measure,
    /// Millionths of one milligram, milliliter, unit, or milligram in a milliliter.
    pub millionths: u64,
}

/// A unit as written, and what one of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    measure: Measure,
    /// One of the unit is `times / parts` of the measure.
    times: u64,
    parts: u64,
}

/// Millionths in one.
const ONE: u64 = 1_000_000;

impl Unit {
    /// The unit of a data file or of a note, in lower case.
    pub(crate) fn named(name: &str) -> Option<Unit> {
        let (measure, times, parts) = match name {
            "mg" | "mgs" | "milligram" | "milligrams" => (Measure::Milligram, 1, 1),
            "mcg" | "ug" | "microgram" | "micrograms" => (Measure::Milligram, 1, 1000),
            "gram" | "grams" => (Measure::Milligram, 1000, 1),
            "mL" | "ml" | "mls" | "cc" | "ccs" | "milliliter" | "milliliters" | "millilitre" | "millilitres" => {
                (Measure::Milliliter, 1, 1)
            }
            "unit" | "units" => (Measure::Activity, 1, 1),
            "mg/ml" | "mg/cc" | "mg per ml" | "milligram per milliliter" | "milligrams per milliliter" => {
                (Measure::Strength, 1, 1)
            }
            "mcg/ml" | "ug/ml" | "mcg/cc" | "microgram per milliliter" | "micrograms per milliliter" => {
                (Measure::Strength, 1, 1000)
            }
            "%" | "percent" => (Measure::Strength, 10, 1),
            _ => return None,
        };
        Some(Unit { measure, times, parts })
    }

    /// An amount in millionths of the unit. What is finer than a millionth of the measure is cut off: data files hold
    /// nothing so fine.
    pub(crate) fn amount(self, millionths: u64) -> Amount {
        Amount { measure: self.measure, millionths: millionths.saturating_mul(self.times) / self.parts }
    }

    fn exact(self, millionths: u64) -> Option<Amount> {
        let product = millionths.checked_mul(self.times)?;
        (product % self.parts == 0).then_some(Amount { measure: self.measure, millionths: product / self.parts })
    }
}

impl Amount {
    /// Reads `80 mg`, `.5 mL`, `1,000 mcg`, `0.25%`, `40 mg/mL`; none for ranges and fractions, which give no
    /// single amount.
    pub fn parse(text: &str) -> Option<Amount> {
        let text = text.trim();
        let split = text.find(|it: char| !(it.is_ascii_digit() || matches!(it, '.' | ',')))?;
        let (number, unit) = text.split_at(split);
        let unit = unit.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        Unit::named(&unit)?.exact(decimal(&number.replace(',', ""))?)
    }

    /// Converts milliliters of a strength to milligrams.
    pub(crate) fn times(self, strength: Amount) -> Option<Amount> {
        if self.measure != Measure::Milliliter || strength.measure != Measure::Strength {
            return None;
        }
        let product = u128::from(self.millionths) * u128::from(strength.millionths);
        let millionths = u64::try_from(product / u128::from(ONE)).ok()?;
        (product % u128::from(ONE) == 0).then_some(Amount { measure: Measure::Milligram, millionths })
    }

    /// The amount given in each of several places, together; none where it is too large to be counted.
    pub(crate) fn in_places(self, places: u64) -> Option<Amount> {
        Some(Amount { measure: self.measure, millionths: self.millionths.checked_mul(places)? })
    }

    /// Number of times that `per` goes into it; partial units round up if `up`, else there must be no remainder.
    pub(crate) fn units(self, per: Amount, up: bool) -> Option<u64> {
        if self.measure != per.measure || per.millionths == 0 || self.millionths == 0 {
            return None;
        }
        let exact = self.millionths.is_multiple_of(per.millionths);
        (up || exact).then(|| self.millionths.div_ceil(per.millionths))
    }

    /// Whole milligrams in a milliliter; none where it is no strength or no whole number.
    pub(crate) fn whole_strength(self) -> Option<u64> {
        (self.measure == Measure::Strength && self.millionths.is_multiple_of(ONE)).then_some(self.millionths / ONE)
    }

    /// As it is read: `80 mg`, `0.05 mg`, `1.5 mL`.
    pub(crate) fn shown(self) -> String {
        let unit = match self.measure {
            Measure::Milligram => "mg",
            Measure::Milliliter => "mL",
            Measure::Activity => "units",
            Measure::Strength => "mg/mL",
        };
        let rest = format!("{:06}", self.millionths % ONE);
        let rest = rest.trim_end_matches('0');
        let point = if rest.is_empty() { "" } else { "." };
        format!("{}{point}{rest} {unit}", self.millionths / ONE)
    }
}

/// A decimal number in millionths; none where it is no plain number or is too long to be read exactly.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() + part.len() == 0 || whole.len() > 9 || part.len() > 6 {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: u64 = format!("{part:0<6}").parse().ok()?;
    Some(whole * ONE + part)
}
