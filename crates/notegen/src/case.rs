//! Draws what happened, before a word is written: scenario, facts, what is left open, and a second act.

use crate::banks::{Banks, Choice, Defect, Drug, Scenario};
use crate::dice::Dice;
use crate::facts::{Facts, higher, region_of};

/// What a note is about.
#[derive(Clone)]
pub(crate) struct Case<'a> {
    pub(crate) act: Act<'a>,
    /// Another act of the same session.
    pub(crate) second: Option<Act<'a>>,
    /// What the note leaves open.
    pub(crate) defect: Option<&'a Defect>,
}

/// One act: its scenario and facts.
#[derive(Clone)]
pub(crate) struct Act<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) facts: Facts,
}

/// Percent of acts of the family of which a deciding fact is left open.
const DEFECTS: u32 = 14;
/// Percent of acts that may have company and have it.
const COMPANY: u32 = 30;
/// Percent of notes with a date of service; of them, percent before 2017.
const DATED: u32 = 55;
const OLD: u32 = 8;

/// Draws a case; `given` facts win over drawn ones.
pub(crate) fn draw<'a>(banks: &'a Banks, dice: &mut Dice, given: &[(&str, &str)]) -> Option<Case<'a>> {
    let scenario = dice.weighted(&banks.scenarios, |it| it.weight)?;
    let mut act = act(banks, scenario, dice);
    date(&mut act.facts, scenario.codes == "axes", dice);
    let second = company(banks, &act, dice);
    let open = scenario.codes == "axes" && second.is_none() && dice.chance(DEFECTS);
    let fit: Vec<&Defect> = banks.rules.defect.iter().filter(|it| act.facts.meet(&it.when)).collect();
    let defect = if open { dice.weighted(&fit, |it| it.weight).copied() } else { None };
    if let Some(defect) = defect {
        defect.set.iter().for_each(|(name, value)| act.facts.set(name, value.as_str()));
        if defect.open == "title_level" {
            let steps = dice.between(1, 4);
            let other = higher(act.facts.get("level"), steps).unwrap_or_default();
            act.facts.set("title_level", other);
        }
    }
    for (name, value) in given {
        act.facts.set(name, *value);
    }
    if given.iter().any(|it| it.0 == "level") {
        place(&mut act.facts, dice);
    }
    Some(Case { act, second, defect })
}

/// Draws the facts of one act.
fn act<'a>(banks: &'a Banks, scenario: &'a Scenario, dice: &mut Dice) -> Act<'a> {
    let mut facts = Facts::default();
    facts.set("scenario", scenario.id.as_str());
    facts.set("gate", scenario.gate.as_str());
    for (name, choice) in &scenario.facts {
        facts.set(name, chosen(choice, dice));
    }
    if !facts.has("shape") {
        facts.set("shape", "procedure");
    }
    facts.set("side", if dice.chance(50) { "left" } else { "right" });
    place(&mut facts, dice);
    contrast(&mut facts, dice);
    drugs(banks, &mut facts, dice);
    let forms = [("dash", 50), ("long", 22), ("slash", 12), ("slash_long", 6), ("en_dash", 10)];
    facts.set("level_form", dice.weighted(&forms, |it| it.1).map_or("dash", |it| it.0));
    Act { scenario, facts }
}

fn chosen(choice: &Choice, dice: &mut Dice) -> String {
    match choice {
        Choice::Fixed(value) => value.clone(),
        Choice::Weighted(values) => {
            let list: Vec<(&String, u32)> = values.iter().map(|(value, weight)| (value, *weight)).collect();
            dice.weighted(&list, |it| it.1).map(|it| it.0.clone()).unwrap_or_default()
        }
    }
}

/// What follows from the level: region, the letter of the spine, the level of the title and a tip further up.
fn place(facts: &mut Facts, dice: &mut Dice) {
    let level = facts.get("level").to_owned();
    if level.is_empty() {
        return;
    }
    facts.set("region", region_of(&level));
    let spine = match level.chars().next() {
        Some('C') => "cervical",
        Some('T') => "thoracic",
        Some('L') => "lumbar",
        Some('S') => "sacral",
        _ => "caudal",
    };
    facts.set("spine", spine);
    facts.set("title_level", level.as_str());
    let from = if level == "caudal" { "L5-S1" } else { &level };
    let tip = (1..=3).rev().map(|it| it.min(dice.between(1, 3))).find_map(|it| higher(from, it));
    facts.set("tip", tip.as_deref().and_then(|it| it.split('-').next()).unwrap_or("L2"));
}

fn contrast(facts: &mut Facts, dice: &mut Dice) {
    if facts.has("contrast") || !facts.has("imaging") {
        return;
    }
    let percent = match facts.get("imaging") {
        "fluoroscopy" | "views" => 85,
        "ct" => 60,
        _ => 0,
    };
    facts.set("contrast", if dice.chance(percent) { "yes" } else { "no" });
}

/// Draws a drug for each class of `mix`, such as `steroid+saline`, with one of its names and an amount.
fn drugs(banks: &Banks, facts: &mut Facts, dice: &mut Dice) {
    let mix = facts.get("mix").to_owned();
    let mut generics = Vec::new();
    for class in mix.split('+').filter(|it| !it.is_empty()) {
        let fit = |it: &&Drug| it.class == class && facts.meet(&it.when);
        let list: Vec<&Drug> = banks.drugs.iter().filter(fit).collect();
        let Some(drug) = dice.pick(&list) else { continue };
        let brand = !drug.brands.is_empty() && dice.chance(45);
        let names = if brand { &drug.brands } else { &drug.names };
        facts.set(class, dice.pick(names).cloned().unwrap_or_default());
        facts.set(&format!("{class}_short"), dice.pick(&drug.short).or(names.first()).cloned().unwrap_or_default());
        facts.set(&format!("{class}_amount"), dice.pick(&drug.amounts).cloned().unwrap_or_default());
        generics.push(drug.generic.as_str());
    }
    generics.sort_unstable();
    facts.set("injectate", generics.join(" "));
}

/// Draws the date of service. Only acts of the family are old: the truth holds its old codes and not those of others.
fn date(facts: &mut Facts, may_be_old: bool, dice: &mut Dice) {
    if !dice.chance(DATED) {
        return;
    }
    let year = if may_be_old && dice.chance(OLD) { dice.between(2009, 2016) } else { dice.between(2017, 2025) };
    let (month, day) = (dice.between(1, 12), dice.between(1, 28));
    facts.set("year", year.to_string());
    let form = dice.below(3);
    facts.set(
        "date",
        match form {
            0 => format!("{month:02}/{day:02}/{year}"),
            1 => format!("{year}-{month:02}-{day:02}"),
            _ => format!("{} {day}, {year}", MONTHS[month - 1]),
        },
    );
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn company<'a>(banks: &'a Banks, first: &Act, dice: &mut Dice) -> Option<Act<'a>> {
    let old = first.facts.get("year").parse().is_ok_and(|it: u16| it < 2017);
    if old || !dice.chance(COMPANY) {
        return None;
    }
    let id = dice.pick(&first.scenario.with)?;
    let mut second = act(banks, banks.scenario(id)?, dice);
    for name in ["date", "year"] {
        if first.facts.has(name) {
            second.facts.set(name, first.facts.get(name));
        }
    }
    second.facts.set("level_form", first.facts.get("level_form"));
    Some(second)
}
