//! Draws a sample from a frame, by a method and a seed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::frame::Frame;
use super::random::Seed;
use super::strata::{Allocation, StratumColumn, StratumSize, allocate};
use super::{Condition, Decimal};

/// Name of the only stratum of methods without strata.
const WHOLE: &str = "all";

/// How units are chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// Every set of units of the size is as likely as any other.
    Simple,
    /// A simple sample from each stratum.
    Stratified {
        /// Columns that make the strata.
        strata: Vec<StratumColumn>,
        /// How the size is divided.
        allocation: Allocation,
        /// Fewest units drawn from a stratum, or all that it has.
        least: usize,
        /// For Neyman's allocation: the column whose standard deviation in each stratum is used.
        #[serde(skip_serializing_if = "Option::is_none")]
        spread: Option<String>,
    },
    /// Every k-th unit from a random start, in the order of the frame or of columns.
    Systematic {
        /// Columns that the frame is sorted by first, as text, or as numbers where all cells are.
        order: Vec<String>,
    },
    /// One unit from each of as many random groups as units are drawn, with a probability proportional to a weight
    /// (Rao, Hartley, Cochran 1962).
    Proportional {
        /// Column with the weight, above zero.
        weight: String,
    },
    /// The units that matter most, by a rule: not a random sample, so that nothing can be projected from it.
    Targeted(Target),
}

/// A rule of a targeted sample. Ties are in random order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// Lowest numbers of a column first; empty cells are left out.
    Lowest {
        /// The column.
        column: String,
    },
    /// Highest numbers of a column first; empty cells and what is not above zero are left out.
    Highest {
        /// The column.
        column: String,
    },
    /// Units that meet a condition, in random order.
    Matching(Condition),
}

impl Method {
    /// Whether the sample stands for the frame.
    pub fn is_projectable(&self) -> bool {
        !matches!(self, Method::Targeted(_))
    }

    /// The method in words.
    pub fn describe(&self) -> String {
        match self {
            Method::Simple => "simple random".to_owned(),
            Method::Stratified { strata, allocation, .. } => {
                let columns: Vec<&str> = strata.iter().map(|it| it.column.as_str()).collect();
                let allocation = match allocation {
                    Allocation::Proportional => "proportional",
                    Allocation::Equal => "equal",
                    Allocation::Neyman => "Neyman",
                };
                format!("stratified by {}, {allocation} allocation", columns.join(" and "))
            }
            Method::Systematic { order } if order.is_empty() => "systematic".to_owned(),
            Method::Systematic { order } => format!("systematic, ordered by {}", order.join(" and ")),
            Method::Proportional { weight } => format!("probability proportional to {weight}"),
            Method::Targeted(target) => format!("targeted ({}), not projectable", target.describe()),
        }
    }
}

impl Target {
    fn describe(&self) -> String {
        match self {
            Target::Lowest { column } => format!("lowest {column}"),
            Target::Highest { column } => format!("highest {column}"),
            Target::Matching(it) => format!("{} is {}", it.column, it.values.join(" or ")),
        }
    }
}

/// A stratum of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stratum {
    /// Its name.
    pub name: String,
    /// Units in the frame.
    pub units: usize,
    /// Units drawn.
    pub drawn: usize,
    /// Sum of the examined amounts of its units, where the frame has such a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Standard deviation that Neyman's allocation used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
}

/// A unit that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// Place in the order of drawing, from 1.
    pub order: usize,
    /// Place in the frame, from 1.
    pub unit: usize,
    /// Its id.
    pub id: String,
    /// Index of its stratum.
    pub stratum: usize,
    /// Its examined amount, where the frame has such a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Its random group, where the probability is proportional to a weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
}

/// The random group that a unit was drawn from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Units in the group.
    pub units: usize,
    /// Sum of the weights of the group.
    pub total: Decimal,
    /// Weight of the unit.
    pub weight: Decimal,
}

/// A sample that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// Strata; one where the method has none.
    pub strata: Vec<Stratum>,
    /// Units drawn, in order.
    pub drawn: Vec<Drawn>,
}

/// Draws `size` units. The same frame, method, size and seed give the same sample; a larger size keeps the units of a
/// smaller one, except for systematic samples and those proportional to a weight.
pub fn draw(frame: &Frame, method: &Method, size: usize, seed: &Seed, amount: Option<&str>) -> Result<Draw, Fault> {
    let units = frame.units();
    if size == 0 || size > units && method.is_projectable() {
        return Err(whole_frame(frame, format!("size {size}, expected 1 to {units}, the units of the frame")));
    }
    let mut draw = match method {
        Method::Simple => one_stratum(frame, by_key(frame, 0..units, seed).into_iter().take(size)),
        Method::Stratified { strata, allocation, least, spread } => {
            stratified(frame, strata, *allocation, *least, spread.as_deref(), size, seed)?
        }
        Method::Systematic { order } => {
            let sorted = sorted(frame, order)?;
            let start = u128::from(seed.number("start", 0, units as u64));
            let place = |it: usize| ((start + it as u128 * units as u128) / size as u128) as usize;
            one_stratum(frame, (0..size).map(|it| sorted[place(it)]))
        }
        Method::Proportional { weight } => proportional(frame, weight, size, seed)?,
        Method::Targeted(target) => one_stratum(frame, targeted(frame, target, seed)?.into_iter().take(size)),
    };
    if draw.drawn.is_empty() {
        return Err(whole_frame(frame, "no unit meets the rule of the targeted sample"));
    }
    if let Some(column) = amount {
        add_amounts(frame, method, column, &mut draw)?;
    }
    Ok(draw)
}

fn whole_frame(frame: &Frame, message: impl Into<String>) -> Fault {
    Fault::file(frame.table.files.first().map_or("", String::as_str), message)
}

/// Units in the order of their random keys.
fn by_key(frame: &Frame, units: impl Iterator<Item = usize>, seed: &Seed) -> Vec<usize> {
    let mut keyed: Vec<([u8; 32], usize)> = units.map(|it| (seed.key(frame.unit_id(it)), it)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|it| it.1).collect()
}

fn one_stratum(frame: &Frame, units: impl Iterator<Item = usize>) -> Draw {
    let drawn: Vec<Drawn> = units.enumerate().map(|(index, unit)| drawn(frame, index, unit, 0)).collect();
    let whole =
        Stratum { name: WHOLE.to_owned(), units: frame.units(), drawn: drawn.len(), amount: None, deviation: None };
    Draw { strata: vec![whole], drawn }
}

fn drawn(frame: &Frame, index: usize, unit: usize, stratum: usize) -> Drawn {
    Drawn { order: index + 1, unit: unit + 1, id: frame.unit_id(unit).to_owned(), stratum, amount: None, group: None }
}

fn stratified(
    frame: &Frame,
    columns: &[StratumColumn],
    allocation: Allocation,
    least: usize,
    spread: Option<&str>,
    size: usize,
    seed: &Seed,
) -> Result<Draw, Fault> {
    let strata = members(frame, columns)?;
    let numbers = spread.map(|it| frame.numbers(it)).transpose()?;
    let deviation = |units: &[usize]| numbers.as_ref().map(|it| deviation(units.iter().map(|unit| it[*unit].value())));
    let sizes: Vec<StratumSize> = strata
        .values()
        .map(|it| StratumSize { units: it.len(), deviation: deviation(it).unwrap_or_default() })
        .collect();
    let counts = allocate(size, &sizes, allocation, least).ok_or_else(|| {
        let needed: usize = sizes.iter().map(|it| least.min(it.units)).sum();
        let message = if size < needed {
            format!("size {size}, expected at least {needed} for {} strata of at least {least} each", sizes.len())
        } else {
            "no stratum varies in the column of the spread, so that Neyman's allocation has nothing to go by".to_owned()
        };
        whole_frame(frame, message).hint("use fewer strata (bands, fewer columns), a larger size or another allocation")
    })?;
    let mut draw = Draw { strata: Vec::new(), drawn: Vec::new() };
    for (index, ((name, units), count)) in strata.into_iter().zip(counts).enumerate() {
        let deviation = deviation(&units);
        draw.strata.push(Stratum { name, units: units.len(), drawn: count, amount: None, deviation });
        for unit in by_key(frame, units.into_iter(), seed).into_iter().take(count) {
            draw.drawn.push(drawn(frame, draw.drawn.len(), unit, index));
        }
    }
    Ok(draw)
}

/// The units of each stratum, strata in the order of their names.
fn members(frame: &Frame, columns: &[StratumColumn]) -> Result<BTreeMap<String, Vec<usize>>, Fault> {
    let mut strata: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (unit, name) in frame.strata_of(columns)?.into_iter().enumerate() {
        strata.entry(name).or_default().push(unit);
    }
    Ok(strata)
}

/// The standard deviation with n - 1; 0 of fewer than two.
pub(crate) fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    if count < 2.0 {
        return 0.0;
    }
    let mean = values.clone().sum::<f64>() / count;
    (values.map(|it| (it - mean) * (it - mean)).sum::<f64>() / (count - 1.0)).sqrt()
}

/// The units of a frame sorted by columns; those that are the same stay in the order of the frame.
fn sorted(frame: &Frame, columns: &[String]) -> Result<Vec<usize>, Fault> {
    let mut units: Vec<usize> = (0..frame.units()).collect();
    // Later columns first: each sort keeps the order of what is the same in it.
    for column in columns.iter().rev() {
        let index = frame.table.column(column)?;
        match frame.numbers(column) {
            Ok(numbers) => units.sort_by_key(|it| numbers[*it]),
            Err(_) => units.sort_by_key(|it| &frame.table.rows[*it].cells[index]),
        }
    }
    Ok(units)
}

/// Deals the units in the order of their keys into as many groups as units are drawn, and draws one of each.
fn proportional(frame: &Frame, weight: &str, size: usize, seed: &Seed) -> Result<Draw, Fault> {
    let weights = frame.numbers(weight)?;
    let column = frame.table.column(weight)?;
    if let Some(unit) = weights.iter().position(|it| !it.is_positive()) {
        let fault = frame.table.fault(&frame.table.rows[unit], column, "expected a weight above zero");
        return Err(fault.hint("units of no weight can never be drawn; leave them out of the frame and say so"));
    }
    let dealt = by_key(frame, 0..frame.units(), seed);
    let mut draw = one_stratum(frame, std::iter::empty());
    for group in 0..size {
        let members = || dealt.iter().skip(group).step_by(size).copied();
        let total: i128 = members().map(|it| weights[it].millionths()).sum();
        let total = u64::try_from(total).map_err(|_| whole_frame(frame, "the weights are too large to be added up"))?;
        let mut rest = i128::from(seed.number("group", group + 1, total));
        let unit = members().find(|it| {
            rest -= weights[*it].millionths();
            rest < 0
        });
        // The number is below the sum of the weights, so that there is one.
        let Some(unit) = unit else { continue };
        let mut one = drawn(frame, group, unit, 0);
        let total = members().map(|it| weights[it]).sum();
        one.group = Some(Group { units: members().count(), total, weight: weights[unit] });
        draw.drawn.push(one);
    }
    draw.strata[0].drawn = draw.drawn.len();
    Ok(draw)
}

/// All units that a rule names, those that matter most first.
fn targeted(frame: &Frame, target: &Target, seed: &Seed) -> Result<Vec<usize>, Fault> {
    let random = by_key(frame, 0..frame.units(), seed);
    let cell = |column: usize, unit: usize| frame.table.rows[unit].cells[column].as_str();
    let numbered = |name: &str| -> Result<Vec<(Decimal, usize)>, Fault> {
        let column = frame.table.column(name)?;
        let given = random.iter().filter(|it| !cell(column, **it).is_empty());
        let number = |unit: &usize| {
            let fault =
                || frame.table.fault(&frame.table.rows[*unit], column, format!("expected {}", Decimal::EXPECTED));
            Decimal::read(cell(column, *unit)).map(|it| (it, *unit)).ok_or_else(fault)
        };
        given.map(number).collect()
    };
    match target {
        Target::Lowest { column } => {
            let mut units = numbered(column)?;
            units.sort_by_key(|it| it.0);
            Ok(units.into_iter().map(|it| it.1).collect())
        }
        Target::Highest { column } => {
            let mut units = numbered(column)?;
            units.retain(|it| it.0.is_positive());
            units.sort_by_key(|it| Reverse(it.0));
            Ok(units.into_iter().map(|it| it.1).collect())
        }
        Target::Matching(condition) => {
            let column = frame.table.column(&condition.column)?;
            let matching = random.into_iter().filter(|it| condition.values.iter().any(|own| own == cell(column, *it)));
            Ok(matching.collect())
        }
    }
}

/// Adds the sums of the examined amounts of each stratum.
fn add_amounts(frame: &Frame, method: &Method, column: &str, draw: &mut Draw) -> Result<(), Fault> {
    let amounts = frame.numbers(column)?;
    let groups: Vec<Vec<usize>> = match method {
        Method::Stratified { strata, .. } => members(frame, strata)?.into_values().collect(),
        _ => vec![(0..frame.units()).collect()],
    };
    for (stratum, units) in draw.strata.iter_mut().zip(groups) {
        stratum.amount = Some(units.into_iter().map(|it| amounts[it]).sum());
    }
    for it in &mut draw.drawn {
        it.amount = Some(amounts[it.unit - 1]);
    }
    Ok(())
}
