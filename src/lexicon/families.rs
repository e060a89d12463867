//! Procedure families: `families/<id>/family.toml`, its checklist and its dated code table.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::error::did_you_mean;
use super::terms::{SemanticType, read_csv};
use super::{Error, Files};
use crate::model::{Id, Severity, Slot};

/// The family that this program reads in full.
pub const NEURAXIAL: &str = "neuraxial_injection";

/// One procedure family.
pub(crate) struct Family {
    pub id: Id,
    pub label: String,
    pub about: String,
    /// Whether its acts use the words of a neuraxial injection (needle, space, contrast) as their own.
    pub shares_neuraxial_terms: bool,
    /// Families whose acts include this one: together with them it is part of what they do.
    pub bundled_into: Vec<Id>,
    /// How its pieces are counted on a claim.
    pub count: Count,
    /// Values taken for unknown slots.
    pub fallback: BTreeMap<Slot, Id>,
    pub questions: Vec<Question>,
    /// Implicit triggers: what documents the act where no word names it.
    pub implicit_triggers: Vec<ImplicitTriggerRule>,
    /// Whether a structure that heads an item (`A. L4-L5 facet joints, R and L: 25 ga, …`) names an act of the family.
    pub structures_head_items: bool,
    /// Words of which the note must document one for an act of the family to be one; empty for none.
    pub needs: Vec<TriggerWord>,
    pub codes: Vec<CodeRow>,
}

/// An implicit trigger: a word of the family, and near it words of other semantic types.
pub(crate) struct ImplicitTriggerRule {
    /// Words of the family, one of which must be there.
    pub of: Vec<TriggerWord>,
    /// Words that must be near it: one of each list.
    pub with: Vec<Vec<TriggerWord>>,
    /// Words that must not be near it.
    pub unless: Vec<TriggerWord>,
    /// Number of sentences around that are searched; 0 for the sentence itself.
    pub around: usize,
}

/// Terms of a semantic type: all of them, or those of some concepts or classes; or the supporting terms and triggers of
/// another family.
pub(crate) enum TriggerWord {
    Term { kind: SemanticType, names: Vec<Id> },
    Family(Id),
}

/// How the pieces of a procedure are counted on a claim; see `docs/lexicons.md`.
pub(crate) struct Count {
    pub by: CountingUnit,
    /// Names of successive pieces, for the column `ordinal`; the last one stands for all that follow.
    pub ordinals: Vec<Id>,
    /// Whether the last ordinal is reported for each piece, or once for all of them.
    pub repeats: bool,
    /// Structures or methods that are reported as often as the note counts them.
    pub many: Vec<Id>,
    pub sides: Sides,
    /// Whether the act is part of an operation's anesthesia unless the note says otherwise.
    pub anesthesia: bool,
}

/// The counting unit of a family: one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CountingUnit {
    /// One line, whatever was done.
    Once,
    /// A root or foramen: `L4-5`, `S1`.
    Root,
    /// The joint between two neighbors, also where nerves are listed.
    Joint,
    /// The disc between two neighbors.
    Disc,
    /// A vertebra.
    Vertebra,
    /// A numbered space: ribs, intercostal nerves.
    Numbered,
    /// A named structure, each its own line.
    Site,
    /// Named structures, counted together.
    Sites,
    /// A way of doing it, each its own line.
    Method,
    /// A limb or the trunk, by the number of its named muscles: structures are named `arm.biceps`.
    Limb,
}

/// Effect of the side of the body on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sides {
    /// It is a modifier.
    Modifier,
    /// Both sides are two units.
    Units,
    /// Nothing.
    Ignored,
}

/// One line of the documentation checklist.
pub(crate) struct Question {
    pub id: Id,
    pub slot: Slot,
    pub severity: Severity,
    /// A hit asks for a second coder and not for the provider.
    pub review: bool,
    /// While it is open no code is supported.
    pub voids: bool,
    pub met: String,
    pub missing: Option<String>,
    pub conflicting: Option<String>,
    pub ask: String,
    pub source: String,
}

/// One row of a code table.
#[derive(Clone, Debug)]
pub(crate) struct CodeRow {
    pub id: Id,
    pub code: String,
    pub from: Date,
    /// Exclusive.
    pub until: Option<Date>,
    /// The primary codes of an add-on code.
    pub add_on_to: Option<String>,
    /// The values that a slot must have one of; a slot without a cell may have any.
    pub cells: Vec<(Slot, Vec<Id>)>,
    pub source: String,
}

impl CodeRow {
    /// Whether the row is in force on a day.
    pub(crate) fn covers(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|it| day < it)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyFile {
    id: String,
    label: String,
    about: String,
    claims: bool,
    #[serde(default)]
    within: Vec<String>,
    #[serde(default)]
    count: Option<CountData>,
    #[serde(default)]
    fallback: BTreeMap<String, String>,
    #[serde(default)]
    question: Vec<QuestionData>,
    #[serde(default)]
    deed: Vec<ImplicitTriggerData>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    structures_head_items: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImplicitTriggerData {
    of: Vec<String>,
    #[serde(default)]
    with: Vec<Vec<String>>,
    #[serde(default)]
    unless: Vec<String>,
    around: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountData {
    by: CountingUnit,
    #[serde(default)]
    ordinals: Vec<String>,
    #[serde(default)]
    repeats: bool,
    #[serde(default)]
    many: Vec<String>,
    sides: Sides,
    #[serde(default)]
    anesthesia: bool,
}

impl From<Option<CountData>> for Count {
    fn from(data: Option<CountData>) -> Count {
        let once = CountData {
            by: CountingUnit::Once,
            ordinals: Vec::new(),
            repeats: false,
            many: Vec::new(),
            sides: Sides::Ignored,
            anesthesia: false,
        };
        let data = data.unwrap_or(once);
        Count {
            by: data.by,
            ordinals: data.ordinals.iter().map(|it| Id::from(it.as_str())).collect(),
            repeats: data.repeats,
            many: data.many.iter().map(|it| Id::from(it.as_str())).collect(),
            sides: data.sides,
            anesthesia: data.anesthesia,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionData {
    id: String,
    slot: String,
    severity: String,
    #[serde(default)]
    review: bool,
    #[serde(default)]
    voids: bool,
    met: String,
    missing: Option<String>,
    conflicting: Option<String>,
    ask: String,
    source: String,
}

/// The folder names below `families/`, sorted.
pub(crate) fn names(files: &Files) -> Vec<String> {
    let of_family = |path: &str| Some(path.strip_prefix("families/")?.strip_suffix("/family.toml")?.to_owned());
    files.iter().filter_map(|(path, _)| of_family(path)).collect()
}

/// Reads one family.
pub(crate) fn load(files: &Files, name: &str) -> Result<Family, Error> {
    let path = format!("families/{name}/family.toml");
    let text = files.text(&path)?.ok_or_else(|| Error::new(&path, "is missing"))?;
    let data: FamilyFile = toml::from_str(text).map_err(|error| Error::toml(&path, text, &error))?;
    if data.id != name {
        return Err(Error::new(&path, format!("id \"{}\" is not the name of its folder", data.id)));
    }
    let mut fallback = BTreeMap::new();
    for (slot, value) in &data.fallback {
        let slot = slot_named(&path, slot)?;
        known_value(&path, None, slot, value)?;
        fallback.insert(slot, Id::from(value.as_str()));
    }
    let questions = data.question.into_iter().map(|it| question(&path, it)).collect::<Result<_, _>>()?;
    let implicit_triggers = data.deed.iter().map(|it| rule(&path, it)).collect::<Result<_, _>>()?;
    let needs = data.needs.iter().map(|it| word(&path, it)).collect::<Result<_, _>>()?;
    let codes = read_codes(files, &format!("families/{name}/codes.csv"))?;
    Ok(Family {
        id: Id::from(name),
        label: data.label,
        about: data.about,
        shares_neuraxial_terms: data.claims,
        bundled_into: data.within.iter().map(|it| Id::from(it.as_str())).collect(),
        count: Count::from(data.count),
        fallback,
        questions,
        implicit_triggers,
        structures_head_items: data.structures_head_items,
        needs,
        codes,
    })
}

fn rule(path: &str, data: &ImplicitTriggerData) -> Result<ImplicitTriggerRule, Error> {
    let words = |list: &[String]| list.iter().map(|it| word(path, it)).collect::<Result<Vec<TriggerWord>, Error>>();
    Ok(ImplicitTriggerRule {
        of: words(&data.of)?,
        with: data.with.iter().map(|it| words(it)).collect::<Result<_, _>>()?,
        unless: words(&data.unless)?,
        around: data.around,
    })
}

/// Reads `kind`, `kind:concept|concept` or `family:id`.
fn word(path: &str, text: &str) -> Result<TriggerWord, Error> {
    let (kind, names) = text.split_once(':').unwrap_or((text, ""));
    if kind == "family" {
        return Ok(TriggerWord::Family(Id::from(names)));
    }
    let known = SemanticType::named(kind).ok_or_else(|| {
        let hint = did_you_mean(kind, SemanticType::names());
        Error::new(path, format!("unknown kind \"{kind}\"{hint}"))
    })?;
    Ok(TriggerWord::Term { kind: known, names: names.split('|').filter(|it| !it.is_empty()).map(Id::from).collect() })
}

fn question(path: &str, data: QuestionData) -> Result<Question, Error> {
    let severity = Severity::named(&data.severity).ok_or_else(|| {
        let hint = did_you_mean(&data.severity, ["code", "payment", "advice"]);
        Error::new(path, format!("question {}: unknown severity \"{}\"{hint}", data.id, data.severity))
    })?;
    Ok(Question {
        id: Id::from(data.id.as_str()),
        slot: slot_named(path, &data.slot)?,
        severity,
        review: data.review,
        voids: data.voids,
        met: data.met,
        missing: data.missing,
        conflicting: data.conflicting,
        ask: data.ask,
        source: data.source,
    })
}

fn slot_named(path: &str, name: &str) -> Result<Slot, Error> {
    Slot::named(name).ok_or_else(|| {
        let hint = did_you_mean(name, Slot::ALL.iter().map(|it| it.name()));
        Error::new(path, format!("unknown slot \"{name}\"{hint}"))
    })
}

/// The values of slots that can have no others; a slot that is not here takes any id.
const VALUES: [(Slot, &[&str]); 5] = [
    (Slot::Space, &["epidural", "subarachnoid", "subdural"]),
    (Slot::Delivery, &["single", "catheter"]),
    (Slot::Imaging, &["none", "fluoroscopy", "ct", "ultrasound", "mri", "unknown"]),
    (Slot::Contrast, &["true", "false"]),
    (Slot::Side, &["left", "right", "bilateral", "midline"]),
];

/// Refuses a value that its slot can never have: a row with it would never fit, and no one would know.
fn known_value(file: &str, line: Option<usize>, slot: Slot, value: &str) -> Result<(), Error> {
    let Some((_, known)) = VALUES.iter().find(|it| it.0 == slot) else { return Ok(()) };
    if known.contains(&value) {
        return Ok(());
    }
    let hint = did_you_mean(value, known.iter().copied());
    let message = format!("unknown {} \"{value}\"{hint}", slot.name());
    Err(line.map_or_else(|| Error::new(file, message.clone()), |line| Error::at(file, line, message.clone())))
}

/// Reads `codes.csv`: fixed columns, and a column for each slot that selects a code.
fn read_codes(files: &Files, path: &str) -> Result<Vec<CodeRow>, Error> {
    let mut rows = Vec::new();
    read_csv(files, path, |file, line, mut record: BTreeMap<String, String>| {
        let mut take =
            |name: &str| record.remove(name).ok_or_else(|| Error::new(file, format!("needs a column \"{name}\"")));
        let (id, code, from, until) = (take("id")?, take("code")?, take("from")?, take("until")?);
        let (add_on_to, source) = (take("add_on_to")?, take("source")?);
        let mut cells = Vec::new();
        for (column, cell) in record.iter().filter(|it| !it.1.is_empty()) {
            let slot = slot_named(file, column)?;
            for value in cell.split('|') {
                known_value(file, Some(line), slot, value)?;
            }
            cells.push((slot, cell.split('|').map(Id::from).collect()));
        }
        let day = |text: &str| {
            text.parse()
                .map_err(|_| Error::at(file, line, format!("row {id}: \"{text}\" is no date (expected YYYY-MM-DD)")))
        };
        let until = if until.is_empty() { None } else { Some(day(&until)?) };
        rows.push(CodeRow {
            id: Id::from(id.as_str()),
            from: day(&from)?,
            code,
            until,
            add_on_to: Some(add_on_to).filter(|it| !it.is_empty()),
            cells,
            source,
        });
        Ok(())
    })?;
    Ok(rows)
}

impl super::Lexicon {
    /// The codes of which one must be there for an add-on code; none for a code that stands alone.
    pub fn primary_codes(&self, code: &str) -> Vec<&str> {
        let rows = self.families.iter().flat_map(|it| &it.codes).filter(|it| it.code == code);
        rows.filter_map(|it| it.add_on_to.as_deref()).flat_map(|it| it.split('|')).collect()
    }
}
