//! Supplies: `hcpcs.csv`, the dated table of drug and contrast codes, and `supplies.toml`, how amounts are read.

use std::collections::BTreeMap;

use jiff::civil::Date;
use regex::Regex;
use serde::Deserialize;

use super::terms::read_csv;
use super::{Error, Files, Lexicon};
use crate::amount::{Amount, Unit, decimal};
use crate::model::Id;

/// Data of the supply stage.
pub(crate) struct Supplies {
    pub rows: Vec<SupplyRow>,
    pub per_site: Vec<String>,
    /// Of these, words of the amount of one side.
    pub per_side: Vec<String>,
    /// Of these, words of the amount of one level.
    pub per_level: Vec<String>,
    /// A part of a mixture, and the whole of it: volumes in milliliters.
    pub mixture: Option<(Regex, Regex)>,
    pub running: Vec<String>,
    pub bare_classes: Vec<String>,
    /// In milligrams.
    pub bare_from: u64,
    pub discarded: Regex,
    pub discarded_modifier: String,
    pub none: Regex,
    pub none_modifier: String,
    /// First day of the modifier for no waste.
    pub none_from: Option<Date>,
    /// Words of containers for several doses, which the modifier for no waste does not fit.
    pub several_doses: Regex,
    pub waste_source: String,
}

/// One row of the table.
pub(crate) struct SupplyRow {
    pub id: Id,
    pub code: String,
    pub from: Date,
    /// Exclusive.
    pub until: Option<Date>,
    pub substances: Vec<Id>,
    /// Amount of one unit.
    pub per: Amount,
    /// Whether partial units round up; else the amount must be a multiple.
    pub rounds_up: bool,
    /// Strength in mg/mL, both inclusive; none where any.
    pub strength: Option<(u64, u64)>,
    /// Words near the drug of which one must stand there.
    pub only: Vec<String>,
    /// Words near the drug of which none may stand there.
    pub unless: Vec<String>,
    pub remark: String,
    pub source: String,
    pub verified: bool,
}

impl SupplyRow {
    /// Whether the row is in force on a day; without one, whether it is in force now.
    pub(crate) fn covers(&self, day: Option<Date>) -> bool {
        super::in_force(self.from, self.until, day)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuppliesFile {
    per_site: Vec<String>,
    #[serde(default)]
    per_side: Vec<String>,
    #[serde(default)]
    per_level: Vec<String>,
    #[serde(default)]
    mixture: Option<Mixture>,
    running: Vec<String>,
    bare_classes: Vec<String>,
    bare_from: u64,
    waste: Waste,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mixture {
    part: String,
    whole: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waste {
    discarded: String,
    discarded_modifier: String,
    none: String,
    none_modifier: String,
    none_from: Option<Date>,
    several_doses: String,
    source: String,
}

/// The text of the rules where the file is absent: nothing is read as waste.
const NOTHING: &str = "per_site = []\nrunning = []\nbare_classes = []\nbare_from = 0\n[waste]\ndiscarded = '[^\\s\\S]'\n\
                       discarded_modifier = ''\nnone = '[^\\s\\S]'\nnone_modifier = ''\nseveral_doses = '[^\\s\\S]'\nsource = ''\n";

impl Supplies {
    pub(super) fn load(files: &Files) -> Result<Supplies, Error> {
        const PATH: &str = "supplies.toml";
        let text = files.text(PATH)?.unwrap_or(NOTHING);
        let data: SuppliesFile = toml::from_str(text).map_err(|error| Error::toml(PATH, text, &error))?;
        let regex = |text: &str| Regex::new(text).map_err(|error| Error::new(PATH, format!("waste: {error}")));
        let mixture = match &data.mixture {
            Some(it) => Some((regex(&it.part)?, regex(&it.whole)?)),
            None => None,
        };
        let mut rows = Vec::new();
        read_csv(files, "hcpcs.csv", |file, line, record: BTreeMap<String, String>| {
            rows.push(row(file, line, record)?);
            Ok(())
        })?;
        Ok(Supplies {
            rows,
            per_site: data.per_site,
            per_side: data.per_side,
            per_level: data.per_level,
            mixture,
            running: data.running,
            bare_classes: data.bare_classes,
            bare_from: data.bare_from,
            discarded: regex(&data.waste.discarded)?,
            discarded_modifier: data.waste.discarded_modifier,
            none: regex(&data.waste.none)?,
            none_modifier: data.waste.none_modifier,
            none_from: data.waste.none_from,
            several_doses: regex(&data.waste.several_doses)?,
            waste_source: data.waste.source,
        })
    }
}

fn row(file: &str, line: usize, mut record: BTreeMap<String, String>) -> Result<SupplyRow, Error> {
    let mut take =
        |name: &str| record.remove(name).ok_or_else(|| Error::new(file, format!("needs a column \"{name}\"")));
    let id = take("id")?;
    let wrong = |what: &str| Error::at(file, line, format!("row {id}: {what}"));
    let day =
        |text: &str| text.parse::<Date>().map_err(|_| wrong(&format!("\"{text}\" is no date (expected YYYY-MM-DD)")));
    let list = |text: String| text.split('|').filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (from, until) = (day(&take("from")?)?, take("until")?);
    let until = if until.is_empty() { None } else { Some(day(&until)?) };
    if until.is_some_and(|it| it <= from) {
        return Err(wrong("ends before it begins"));
    }
    let unit = take("unit")?;
    let unit = Unit::named(&unit).ok_or_else(|| wrong("the unit must be mg, mcg, mL or units"))?;
    let per = decimal(&take("per_amount")?).filter(|it| *it > 0).ok_or_else(|| wrong("per_amount is no number"))?;
    let rounds_up = match take("rounding")?.as_str() {
        "up" => true,
        "exact" => false,
        _ => return Err(wrong("rounding must be \"up\" or \"exact\"")),
    };
    let verified = match take("verified")?.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(wrong("verified must be \"yes\" or \"no\"")),
    };
    let (minimum, maximum) = (take("minimum")?, take("maximum")?);
    let strength = match (minimum.as_str(), maximum.as_str()) {
        ("", "") => None,
        (low, high) => {
            let number = |text: &str| text.parse::<u64>().map_err(|_| wrong("a strength is a whole number of mg/mL"));
            Some((number(low)?, number(high)?))
        }
    };
    let (code, substances) = (take("code")?, list(take("substance")?));
    let (only, unless) = (list(take("only")?), list(take("unless")?));
    let (remark, source) = (take("remark")?, take("source")?);
    if let Some(column) = record.keys().next() {
        return Err(Error::new(file, format!("unknown column \"{column}\"")));
    }
    Ok(SupplyRow {
        id: Id::from(id.as_str()),
        code,
        from,
        until,
        substances: substances.iter().map(|it| Id::from(it.as_str())).collect(),
        per: unit.amount(per),
        rounds_up,
        strength,
        only,
        unless,
        remark,
        source,
        verified,
    })
}

impl Lexicon {
    /// Every supply code of the table, of whatever date, with the row's id.
    pub fn supply_codes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.supplies.rows.iter().map(|it| (it.code.as_str(), it.id.as_str()))
    }
}
