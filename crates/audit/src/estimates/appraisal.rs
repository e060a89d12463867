//! The appraisal of a reviewed sample: the reviewer's answers read row by row, and every figure that follows from them.

use serde::Serialize;

use super::{
    AmountStratum, AttributeStratum, LEVELS, PROJECTION, PairStratum, RateEstimate, TotalEstimate, WeightedUnit, rate,
    ratio_total, total, weighted_total,
};
use crate::sampling::{
    AMOUNT, Decimal, Drawn, ERROR, Fault, Method, ORDER, Purpose, Row, Sample, Table, deviation, guarded,
    rows_by_order, size_to_show,
};
use crate::statistics::{Hypergeometric, Tail, clopper_pearson};

/// Share right that audits commonly ask for.
const TARGET: f64 = 0.95;
/// Level of one-sided statements.
const ONE_SIDED: f64 = 0.95;
/// Fewer errors than this make limits of amounts rough.
const FEW_ERRORS: usize = 5;

/// Names of the columns that the reviewer filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewColumns {
    /// Yes or no: whether the unit is in error.
    pub error: String,
    /// The amount that would have been right.
    pub amount: String,
}

impl Default for ReviewColumns {
    fn default() -> ReviewColumns {
        ReviewColumns { error: ERROR.to_owned(), amount: AMOUNT.to_owned() }
    }
}

/// What the reviewer found in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Whether it is in error.
    pub error: bool,
    /// Examined amount and right amount.
    pub amounts: Option<(Decimal, Decimal)>,
}

/// The answers to all units, in the order of drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// One for each unit drawn.
    pub units: Vec<Unit>,
}

/// Reads the answers; every unit must have one, and must be the unit that was drawn.
pub fn reviewed(sample: &Sample, table: &Table, columns: &ReviewColumns) -> Result<Reviewed, Fault> {
    let order = table.column(ORDER)?;
    let id = table.column(&sample.frame.id_column)?;
    let error = table.column(&columns.error)?;
    let examined = sample.frame.amount_column.as_ref().map(|it| table.column(it)).transpose()?;
    let rows = rows_by_order(table, order, sample.drawn.len())?;
    let right = match examined {
        Some(_) => {
            let column = table.column(&columns.amount)?;
            rows.iter().any(|it| !it.cells[column].is_empty()).then_some(column)
        }
        None => None,
    };
    let mut units = Vec::with_capacity(rows.len());
    for (row, drawn) in rows.into_iter().zip(&sample.drawn) {
        if guarded(&row.cells[id]) != drawn.id {
            let hint = "a spreadsheet may have changed it (zeros in front, long numbers): import the column as text";
            return Err(table.fault(row, id, "not the id that was drawn at this place").hint(hint));
        }
        if let (Some(column), Some(amount)) = (examined, drawn.amount)
            && Decimal::read(&row.cells[column]) != Some(amount)
        {
            return Err(table.fault(row, column, format!("expected {amount}, the amount at the draw")));
        }
        units.push(unit(table, row, drawn, error, right)?);
    }
    Ok(Reviewed { units })
}

fn unit(table: &Table, row: &Row, drawn: &Drawn, error: usize, right: Option<usize>) -> Result<Unit, Fault> {
    let yes = match row.cells[error].to_ascii_lowercase().as_str() {
        "yes" | "y" | "1" | "true" => true,
        "no" | "n" | "0" | "false" => false,
        _ => {
            let hint = "every unit needs an answer; documentation that cannot be found is an error (yes)";
            return Err(table.fault(row, error, "expected yes or no").hint(hint));
        }
    };
    let Some((column, examined)) = right.zip(drawn.amount) else { return Ok(Unit { error: yes, amounts: None }) };
    let amount = Decimal::read(&row.cells[column]).ok_or_else(|| {
        let hint = "the amount that would have been right; the same as the examined one where nothing is wrong";
        table.fault(row, column, format!("expected {}", Decimal::EXPECTED)).hint(hint)
    })?;
    if !yes && amount != examined {
        let message = format!("expected {examined}, the examined amount, where there is no error");
        return Err(table.fault(row, column, message).hint("answer yes in the column of errors, or mend the amount"));
    }
    Ok(Unit { error: yes, amounts: Some((examined, amount)) })
}

/// All figures of a reviewed sample.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Appraisal {
    /// How units were chosen, in words.
    pub method: String,
    /// What the sample is for.
    pub purpose: Purpose,
    /// The seed.
    pub seed: String,
    /// Units of the frame.
    pub frame: usize,
    /// SHA-256 of the frame.
    pub frame_sha256: String,
    /// Whether figures stand for the frame; if not, they stand for the units drawn alone.
    pub projectable: bool,
    /// Units drawn and reviewed.
    pub drawn: usize,
    /// Units in error.
    pub errors: usize,
    /// The error rate of the frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AttributeFigures>,
    /// Amounts, where they were reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<AmountFigures>,
    /// Figures of each stratum, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub strata: Vec<StratumFigures>,
    /// What must be known to read the figures.
    pub cautions: Vec<String>,
}

/// The error rate, and what the sample shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributeFigures {
    /// The rate with exact limits; not for a sample proportional to a weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<RateEstimate>,
    /// The number of errors in the frame, for a sample proportional to a weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weighted: Option<TotalEstimate>,
    /// What it shows of the share right, for a sample in which every unit had the same chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<Right>,
}

/// What a sample shows of the share of units that are right; one-sided at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Right {
    /// At least this share of the frame is right (exact, hypergeometric).
    pub frame: f64,
    /// At least this share of an endless list is right (exact, Clopper-Pearson).
    pub endless: f64,
    /// Units that would show 95 % with as many errors on this frame; none where no sample does.
    pub needed: Option<u64>,
    /// Units that would show it without any error.
    pub needed_without_errors: Option<u64>,
}

/// Amounts of the sample and of the frame: examined minus right, so that an overpayment is positive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AmountFigures {
    /// Examined amount of the units drawn.
    pub examined: Decimal,
    /// Examined amount of the frame.
    pub frame_examined: Decimal,
    /// Difference in the units drawn.
    pub difference: Decimal,
    /// Mean difference of a unit drawn.
    pub mean: f64,
    /// Standard deviation of the differences, n - 1.
    pub deviation: f64,
    /// Units drawn whose amounts differ.
    pub different: usize,
    /// The difference of the frame, by expansion (the difference estimator).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_difference: Option<TotalEstimate>,
    /// The same by the ratio to the examined amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_ratio: Option<TotalEstimate>,
    /// The right amount of the frame: examined amount minus difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_total: Option<f64>,
    /// The lower limit of the two-sided 90 % interval of the difference, not below zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projection: Option<f64>,
}

/// Figures of a stratum.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StratumFigures {
    /// Its name.
    pub name: String,
    /// Units in the frame.
    pub frame: usize,
    /// Units drawn.
    pub drawn: usize,
    /// Units in error.
    pub errors: usize,
    /// Exact two-sided 90 % limits of the errors in the stratum.
    pub limits: [u64; 2],
    /// Difference of the units drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Decimal>,
    /// Standard deviation of the differences, n - 1; what Neyman's allocation of the next sample needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
}

/// Makes all figures of a reviewed sample.
pub fn appraise(sample: &Sample, reviewed: &Reviewed) -> Appraisal {
    let mut cautions = Vec::new();
    let errors = reviewed.units.iter().filter(|it| it.error).count();
    let several = sample.strata.len() > 1;
    let strata = if several { stratum_figures(sample, reviewed) } else { Vec::new() };
    let attribute = if sample.projectable { attribute(sample, reviewed, &mut cautions) } else { None };
    let amount = amounts(sample, reviewed, &mut cautions);
    caution(sample, amount.as_ref(), &mut cautions);
    Appraisal {
        method: sample.method.describe(),
        purpose: sample.purpose,
        seed: sample.seed.clone(),
        frame: sample.frame.units,
        frame_sha256: sample.frame.sha256.clone(),
        projectable: sample.projectable,
        drawn: sample.drawn.len(),
        errors,
        attribute,
        amount,
        strata,
        cautions,
    }
}

/// The drawn units of a stratum with their answers.
fn in_stratum<'a>(sample: &'a Sample, reviewed: &'a Reviewed, stratum: usize) -> impl Iterator<Item = &'a Unit> {
    sample.drawn.iter().zip(&reviewed.units).filter(move |it| it.0.stratum == stratum).map(|it| it.1)
}

fn difference(unit: &Unit) -> Option<Decimal> {
    unit.amounts.map(|(examined, right)| examined - right)
}

fn stratum_figures(sample: &Sample, reviewed: &Reviewed) -> Vec<StratumFigures> {
    let figures = |(index, stratum): (usize, &crate::sampling::Stratum)| {
        let errors = in_stratum(sample, reviewed, index).filter(|it| it.error).count();
        let counts = Hypergeometric { frame: stratum.units as u64, drawn: stratum.drawn as u64, errors: errors as u64 };
        let differences: Option<Vec<Decimal>> = in_stratum(sample, reviewed, index).map(difference).collect();
        let differences = differences.filter(|it| !it.is_empty());
        StratumFigures {
            name: stratum.name.clone(),
            frame: stratum.units,
            drawn: stratum.drawn,
            errors,
            limits: counts.limits(Tail::two_sided(PROJECTION)).into(),
            deviation: differences.as_ref().map(|it| deviation(it.iter().map(|it| it.value()))),
            difference: differences.map(|it| it.into_iter().sum()),
        }
    };
    sample.strata.iter().enumerate().map(figures).collect()
}

fn attribute(sample: &Sample, reviewed: &Reviewed, cautions: &mut Vec<String>) -> Option<AttributeFigures> {
    if let Some(units) = weighted(sample, reviewed, |it| Some(f64::from(u8::from(it.error)))) {
        let estimate = said(weighted_total(&units, &LEVELS), sample, cautions)?;
        return Some(AttributeFigures { exact: None, weighted: Some(estimate), right: None });
    }
    let count = |(index, stratum): (usize, &crate::sampling::Stratum)| AttributeStratum {
        frame: stratum.units as u64,
        drawn: stratum.drawn as u64,
        errors: in_stratum(sample, reviewed, index).filter(|it| it.error).count() as u64,
    };
    let strata: Vec<AttributeStratum> = sample.strata.iter().enumerate().map(count).collect();
    let exact = said(rate(&strata, &LEVELS), sample, cautions)?;
    let right = match strata.as_slice() {
        [it] => Some(right(it)),
        _ => None,
    };
    Some(AttributeFigures { exact: Some(exact), weighted: None, right })
}

fn right(it: &AttributeStratum) -> Right {
    let tail = Tail::one_sided(ONE_SIDED);
    let most = Hypergeometric { frame: it.frame, drawn: it.drawn, errors: it.errors }.most(tail);
    let needed = |errors| size_to_show(errors, TARGET, ONE_SIDED, Some(it.frame));
    Right {
        frame: 1.0 - most as f64 / it.frame as f64,
        endless: 1.0 - clopper_pearson(it.errors, it.drawn, tail).1,
        needed: needed(it.errors),
        needed_without_errors: needed(0),
    }
}

/// The units of a sample proportional to a weight.
fn weighted(sample: &Sample, reviewed: &Reviewed, value: impl Fn(&Unit) -> Option<f64>) -> Option<Vec<WeightedUnit>> {
    if !matches!(sample.method, Method::Proportional { .. }) {
        return None;
    }
    let unit = |(drawn, unit): (&Drawn, &Unit)| {
        let group = drawn.group.as_ref()?;
        let (weight, group_total) = (group.weight.value(), group.total.value());
        Some(WeightedUnit { value: value(unit)?, weight, group_total, group_units: group.units as u64 })
    };
    sample.drawn.iter().zip(&reviewed.units).map(unit).collect()
}

fn amounts(sample: &Sample, reviewed: &Reviewed, cautions: &mut Vec<String>) -> Option<AmountFigures> {
    let pairs: Vec<(Decimal, Decimal)> = reviewed.units.iter().map(|it| it.amounts).collect::<Option<_>>()?;
    let differences: Vec<Decimal> = pairs.iter().map(|it| it.0 - it.1).collect();
    let frame_examined: Decimal = sample.strata.iter().filter_map(|it| it.amount).sum();
    let values = || differences.iter().map(|it| it.value());
    let mut figures = AmountFigures {
        examined: pairs.iter().map(|it| it.0).sum(),
        frame_examined,
        difference: differences.iter().copied().sum(),
        mean: values().sum::<f64>() / pairs.len() as f64,
        deviation: deviation(values()),
        different: pairs.iter().filter(|it| it.0 != it.1).count(),
        by_difference: None,
        by_ratio: None,
        right_total: None,
        projection: None,
    };
    if !sample.projectable {
        return Some(figures);
    }
    let value = |it: &Unit| difference(it).map(Decimal::value);
    if let Some(units) = weighted(sample, reviewed, value) {
        figures.by_difference = said(weighted_total(&units, &LEVELS), sample, cautions);
    } else {
        let strata = sample.strata.iter().enumerate();
        let of = |(index, stratum): (usize, &crate::sampling::Stratum)| PairStratum {
            frame: stratum.units as u64,
            values: in_stratum(sample, reviewed, index)
                .filter_map(|it| it.amounts.map(|(examined, right)| (examined.value(), (examined - right).value())))
                .collect(),
        };
        let pairs: Vec<PairStratum> = strata.map(of).collect();
        let amounts: Vec<AmountStratum> = pairs
            .iter()
            .map(|it| AmountStratum { frame: it.frame, values: it.values.iter().map(|it| it.1).collect() })
            .collect();
        figures.by_difference = said(total(&amounts, &LEVELS), sample, cautions);
        if figures.by_difference.is_some() {
            figures.by_ratio = said(ratio_total(&pairs, frame_examined.value(), &LEVELS), sample, cautions);
        }
    }
    if let Some(it) = &figures.by_difference {
        figures.right_total = Some(frame_examined.value() - it.total);
        figures.projection = it.at(PROJECTION).map(|it| it.low.max(0.0));
    }
    Some(figures)
}

/// The estimate, or a caution that says why there is none.
fn said<T>(estimate: Result<T, super::Unestimated>, sample: &Sample, cautions: &mut Vec<String>) -> Option<T> {
    use super::Unestimated;

    let error = match estimate {
        Ok(it) => return Some(it),
        Err(it) => it,
    };
    let name = |index: usize| sample.strata.get(index).map_or("", |it| it.name.as_str());
    let text = match &error {
        Unestimated::Empty(index) => {
            format!("stratum \"{}\" has no unit in the sample: nothing is projected", name(*index))
        }
        Unestimated::OneUnit(index) => {
            format!(
                "stratum \"{}\" has one unit in the sample, and its variation cannot be seen: nothing is projected",
                name(*index)
            )
        }
        Unestimated::NoAmount => format!("no ratio estimate: {error}"),
    };
    if !cautions.contains(&text) {
        cautions.push(text);
    }
    None
}

fn caution(sample: &Sample, amount: Option<&AmountFigures>, cautions: &mut Vec<String>) {
    if !sample.projectable {
        cautions.push(
            "not projectable: the units were chosen for a reason, so that the figures hold for them alone".to_owned(),
        );
        return;
    }
    if sample.purpose == Purpose::Probe {
        cautions
            .push("a probe sample: it serves to find the size of the audit's sample (`opnote sample-size`)".to_owned());
    }
    if matches!(sample.method, Method::Systematic { .. }) {
        let said = "a systematic sample: limits are those of a simple random one, which hold if the order of the frame \
                    has no pattern of the same period";
        cautions.push(said.to_owned());
    }
    if amount.is_some_and(|it| it.different < FEW_ERRORS) {
        let said = format!(
            "fewer than {FEW_ERRORS} units with a difference: limits of amounts lean on the shape of the distribution and are rough"
        );
        cautions.push(said);
    }
    if sample.frame.unread > 0 {
        let said = format!("{} inputs of the results could not be read and are not in the frame", sample.frame.unread);
        cautions.push(said);
    }
}
