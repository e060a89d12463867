//! Strata: which unit belongs to which, and how many units are drawn from each.

use serde::{Deserialize, Serialize};

use super::Decimal;

/// A column that makes strata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StratumColumn {
    /// Name of the column.
    pub column: String,
    /// How its cells become names of strata.
    pub by: By,
}

/// How cells become names of strata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Each value is a stratum.
    Value,
    /// Each month of a date is one.
    Month,
    /// Each band of a number is one; a limit belongs to the band above it.
    Bands(Vec<Decimal>),
}

/// The stratum of units without a value.
const EMPTY: &str = "(empty)";

impl StratumColumn {
    /// Reads `COLUMN`, `COLUMN:month` or `COLUMN:LIMIT,LIMIT`.
    pub fn read(text: &str) -> Result<StratumColumn, String> {
        let whole = StratumColumn { column: text.to_owned(), by: By::Value };
        let Some((column, by)) = text.rsplit_once(':') else { return Ok(whole) };
        if by == "month" {
            return Ok(StratumColumn { column: column.to_owned(), by: By::Month });
        }
        let limits: Option<Vec<Decimal>> = by.split(',').map(Decimal::read).collect();
        match limits {
            Some(limits) if limits.is_sorted_by(|a, b| a < b) => {
                Ok(StratumColumn { column: column.to_owned(), by: By::Bands(limits) })
            }
            _ => Err("expected COLUMN, COLUMN:month, or COLUMN:LIMIT,LIMIT with rising numbers".to_owned()),
        }
    }

    /// The name of the stratum of a cell, or what was expected of it.
    pub(crate) fn name_of(&self, cell: &str) -> Result<String, String> {
        if cell.is_empty() {
            return Ok(EMPTY.to_owned());
        }
        match &self.by {
            By::Value => Ok(cell.to_owned()),
            By::Month => month(cell).map(str::to_owned).ok_or_else(|| "expected a day written YYYY-MM-DD".to_owned()),
            By::Bands(limits) => {
                let number = Decimal::read(cell).ok_or_else(|| format!("expected {}", Decimal::EXPECTED))?;
                let above = limits.partition_point(|it| *it <= number);
                Ok(match (above.checked_sub(1).and_then(|it| limits.get(it)), limits.get(above)) {
                    (None, Some(high)) => format!("below {high}"),
                    (Some(low), Some(high)) => format!("{low} to below {high}"),
                    (Some(low), None) => format!("{low} or more"),
                    (None, None) => EMPTY.to_owned(),
                })
            }
        }
    }
}

/// The month of a day, `YYYY-MM`.
pub(crate) fn month(day: &str) -> Option<&str> {
    let shape = |(index, byte): (usize, u8)| if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let month = day.get(..7).filter(|_| day.len() >= 10)?;
    let number: u8 = month.get(5..)?.parse().ok()?;
    (day.bytes().take(10).enumerate().all(shape) && (1..=12).contains(&number)).then_some(month)
}

/// How a sample is divided among strata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// By the number of units.
    Proportional,
    /// The same number from each.
    Equal,
    /// By the number of units times the standard deviation (Neyman).
    Neyman,
}

/// A stratum to draw from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StratumSize {
    /// Units.
    pub units: usize,
    /// Standard deviation of what is estimated; for Neyman's allocation.
    pub deviation: f64,
}

/// The shares of an allocation before rounding and limits; they sum to `size`.
pub fn shares(size: usize, strata: &[StratumSize], allocation: Allocation) -> Vec<f64> {
    let weight = |it: &StratumSize| match allocation {
        Allocation::Proportional => it.units as f64,
        Allocation::Equal => f64::from(u8::from(it.units > 0)),
        Allocation::Neyman => it.units as f64 * it.deviation,
    };
    let total: f64 = strata.iter().map(weight).sum();
    strata.iter().map(|it| if total > 0.0 { size as f64 * weight(it) / total } else { 0.0 }).collect()
}

/// Whole numbers of units to draw: at least `least` of each stratum or all that it has, never more than it has, the
/// rest by `allocation` and largest remainder. None where the size does not suffice, or no stratum varies.
pub fn allocate(size: usize, strata: &[StratumSize], allocation: Allocation, least: usize) -> Option<Vec<usize>> {
    let floor = |it: &StratumSize| least.min(it.units);
    let most: usize = strata.iter().map(|it| it.units).sum();
    if size > most || size < strata.iter().map(floor).sum() {
        return None;
    }
    if allocation == Allocation::Neyman && !strata.iter().any(|it| it.units > 0 && it.deviation > 0.0) {
        return None;
    }
    let mut fixed: Vec<Option<usize>> = vec![None; strata.len()];
    loop {
        let open = |index: &usize| fixed[*index].is_none();
        let rest = size - fixed.iter().flatten().sum::<usize>();
        let indexes: Vec<usize> = (0..strata.len()).filter(open).collect();
        let free: Vec<StratumSize> = indexes.iter().map(|it| strata[*it]).collect();
        let mut parts = shares(rest, &free, allocation);
        if parts.iter().sum::<f64>() <= 0.0 {
            // Only strata without spread are left: they share by their size.
            parts = shares(rest, &free, Allocation::Proportional);
        }
        // Full strata first, as they free units for others; then those below the least.
        let over = |(part, it): (&f64, &StratumSize)| *part >= it.units as f64;
        let under = |(part, it): (&f64, &StratumSize)| *part < floor(it) as f64;
        let full: Vec<usize> = (0..free.len()).filter(|it| over((&parts[*it], &free[*it]))).collect();
        let short: Vec<usize> = (0..free.len()).filter(|it| under((&parts[*it], &free[*it]))).collect();
        match (full.as_slice(), short.as_slice()) {
            ([], []) => {
                let whole = rounded(rest, &parts, &free);
                indexes.into_iter().zip(whole).for_each(|(index, count)| fixed[index] = Some(count));
                let counts: Vec<usize> = fixed.into_iter().flatten().collect();
                return topped_up(size, counts, strata);
            }
            (_, [_, ..]) => short.iter().for_each(|it| fixed[indexes[*it]] = Some(floor(&free[*it]))),
            _ => full.iter().for_each(|it| fixed[indexes[*it]] = Some(free[*it].units)),
        }
    }
}

/// Gives what no stratum took to those with units left, by how many they have left.
fn topped_up(size: usize, counts: Vec<usize>, strata: &[StratumSize]) -> Option<Vec<usize>> {
    let rest = size - counts.iter().sum::<usize>();
    if rest == 0 {
        return Some(counts);
    }
    let left = |(it, count): (&StratumSize, &usize)| StratumSize { units: it.units - count, deviation: 0.0 };
    let rooms: Vec<StratumSize> = strata.iter().zip(&counts).map(left).collect();
    let more = allocate(rest, &rooms, Allocation::Proportional, 0)?;
    Some(counts.into_iter().zip(more).map(|(count, more)| count + more).collect())
}

/// Rounds to whole numbers with the same sum, by largest remainder, the earlier one at a tie.
fn rounded(sum: usize, parts: &[f64], strata: &[StratumSize]) -> Vec<usize> {
    let mut whole: Vec<usize> = parts.iter().map(|it| it.floor() as usize).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| parts[*b].fract().total_cmp(&parts[*a].fract()).then(a.cmp(b)));
    let mut missing = sum.saturating_sub(whole.iter().sum());
    for index in order.iter().cycle().take(2 * order.len()) {
        if missing > 0 && whole[*index] < strata[*index].units {
            whole[*index] += 1;
            missing -= 1;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strata(sizes: &[(usize, f64)]) -> Vec<StratumSize> {
        sizes.iter().map(|(units, deviation)| StratumSize { units: *units, deviation: *deviation }).collect()
    }

    #[test]
    fn names_of_strata_come_from_values_months_and_bands() {
        let name = |spec: &str, cell: &str| StratumColumn::read(spec).and_then(|it| it.name_of(cell));
        assert_eq!(name("code", "x").as_deref(), Ok("x"));
        assert_eq!(name("code", "").as_deref(), Ok("(empty)"));
        assert_eq!(name("day:month", "2026-03-31").as_deref(), Ok("2026-03"));
        assert!(name("day:month", "2026-13-31").is_err() && name("day:month", "03/31/2026").is_err());
        let bands = ["0.4", "0.5", "0.89", "0.9"].map(|it| name("c:0.5,0.9", it).expect("a band"));
        assert_eq!(bands, ["below 0.5", "0.5 to below 0.9", "0.5 to below 0.9", "0.9 or more"]);
        assert!(name("c:0.9,0.5", "1").is_err() && name("c:0.5", "x").is_err());
    }

    /// The vector of the domain's description: 43.48, 34.78, 21.74.
    #[test]
    fn neyman_shares_follow_size_and_spread() {
        let three = strata(&[(1500, 20.0), (400, 60.0), (100, 150.0)]);
        let parts = shares(100, &three, Allocation::Neyman).iter().map(|it| format!("{it:.2}")).collect::<Vec<_>>();
        assert_eq!(parts, ["43.48", "34.78", "21.74"]);
        assert_eq!(allocate(100, &three, Allocation::Neyman, 2), Some(vec![43, 35, 22]));
        assert_eq!(allocate(100, &three, Allocation::Proportional, 2), Some(vec![75, 20, 5]));
        assert_eq!(allocate(100, &three, Allocation::Equal, 2), Some(vec![34, 33, 33]));
    }

    #[test]
    fn no_stratum_gives_more_than_it_has_or_less_than_the_least() {
        let uneven = strata(&[(1000, 1.0), (5, 900.0), (40, 0.0), (1, 0.0)]);
        for allocation in [Allocation::Proportional, Allocation::Equal, Allocation::Neyman] {
            for size in 0..=1046 {
                let Some(counts) = allocate(size, &uneven, allocation, 2) else {
                    assert!(size < 7, "{size}");
                    continue;
                };
                assert_eq!(counts.iter().sum::<usize>(), size);
                assert!(counts.iter().zip(&uneven).all(|(count, it)| *count <= it.units && *count >= 2.min(it.units)));
            }
        }
        assert_eq!(allocate(10, &strata(&[(20, 0.0), (20, 0.0)]), Allocation::Neyman, 2), None);
    }
}
