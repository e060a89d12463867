//! Constructions: short patterns around a mention that say what it states; one file an attribute in `constructions/`.
//!
//! A row reads as `before [target] after`. Elements are separated by spaces:
//!
//! | element | matches |
//! | --- | --- |
//! | `down\|broken\|tied_up` | one of these words; `_` joins words, a final `*` stands for any ending |
//! | `<device:catheter>` | a mention of this semantic type (and concept); `<level>`, `<number>`, `<date>` (a year, a month with or without its year) |
//! | `?` at the end of an element | the element may be absent |
//! | `..`, `..6` | up to four (six) words, no comma among them |
//! | `...`, `...6` | the same, commas included |
//! | `^`, `$` | the start, the end of the sentence |

use serde::Deserialize;

use super::anchors::{Anchors, Bitset};
use super::error::did_you_mean;
use super::terms::{SemanticType, read_csv};
use super::{Error, Files};
use crate::model::evidence_features::{TIMES, Time};
use crate::model::{Id, Slot};

/// Effect of a statement on its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stance {
    /// The value holds.
    Supports,
    /// The value does not hold.
    Denies,
    /// A choice that nobody made, a blank, an alternative.
    Open,
    /// The words are about something else; no further row reads them.
    Silent,
}

const STANCES: [(&str, Stance); 4] =
    [("supports", Stance::Supports), ("denies", Stance::Denies), ("open", Stance::Open), ("silent", Stance::Silent)];

impl Stance {
    /// The name in data files and tables.
    pub(crate) fn name(self) -> &'static str {
        STANCES.iter().find(|it| it.1 == self).map_or("", |it| it.0)
    }
}

/// A mention that a row is about, or that an element matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A mention of a semantic type, of any concept where the list is empty.
    Mention { kind: SemanticType, concepts: Vec<Id> },
    /// A vertebral level; a pair such as `L4-L5` only where `pair` is set.
    Level { pair: bool },
    /// A number.
    Number,
    /// A month of a year or a year, as written; the day is no part of it.
    Date,
}

/// One element of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// One of several alternatives; absent where `optional`.
    One { alternatives: Vec<WordAlternative>, optional: bool },
    /// Up to `words` words; a comma ends it unless `commas`.
    Gap { words: usize, commas: bool },
}

/// A matcher of words or mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WordAlternative {
    /// Words in a row, each with whether only its beginning is given.
    Words(Vec<(String, bool)>),
    /// A mention, a level, a number.
    Target(Target),
    /// The start or the end of the sentence.
    Edge,
}

/// One row: how some words state a value.
#[derive(Clone, Debug)]
pub(crate) struct Construction {
    pub id: Id,
    pub slot: Slot,
    pub targets: Vec<Target>,
    pub before: Vec<Element>,
    pub after: Vec<Element>,
    /// Elements that words of the mention itself must match.
    pub inside: Vec<Element>,
    /// Elements that must stand somewhere in the sentence.
    pub with: Vec<Element>,
    /// Elements none of which may stand in the sentence.
    pub without: Vec<Element>,
    /// The value stated; none where it is the concept of the mention.
    pub value: Option<Id>,
    pub stance: Stance,
    /// When it holds; none where the context of the mention decides.
    pub time: Option<Time>,
    /// Whether it alone is a full statement, which a contradicting one makes a question.
    pub full: bool,
    /// A sentence that the row reads, its target in brackets.
    #[cfg_attr(not(test), allow(dead_code))] // run by tests
    pub yes: Vec<String>,
    /// Sentences that look alike and that the row does not read.
    #[cfg_attr(not(test), allow(dead_code))] // run by tests
    pub no: Vec<String>,
    /// File and line, for messages and `explain`.
    pub place: (String, usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConstructionRow {
    id: String,
    target: String,
    before: String,
    after: String,
    inside: String,
    with: String,
    without: String,
    value: String,
    stance: String,
    time: String,
    strength: String,
    yes: String,
    no: String,
}

/// The constructions of all attributes, in the order in which they are tried.
pub(crate) struct Constructions {
    pub rows: Vec<Construction>,
    /// Indices of the rows by the semantic type of their target; the last set is for levels.
    by_kind: Vec<Bitset>,
    /// What the rows ask for.
    pub anchors: Anchors,
}

/// The attributes that have a file of constructions.
const FILES: [(&str, Slot); 5] = [
    ("delivery", Slot::Delivery),
    ("imaging", Slot::Imaging),
    ("performed", Slot::Performed),
    ("purpose", Slot::Purpose),
    ("region", Slot::Region),
];

impl Constructions {
    /// Reads every file of `constructions/`; rows for which `keep` is false are left out.
    pub(crate) fn load(files: &Files, keep: impl Fn(&str) -> bool) -> Result<Constructions, Error> {
        let mut rows: Vec<Construction> = Vec::new();
        for (name, slot) in FILES {
            read_csv(files, &format!("constructions/{name}.csv"), |file, line, row: ConstructionRow| {
                let construction = compile(file, line, slot, &row)?;
                if rows.iter().any(|it| it.slot == slot && it.id == construction.id) {
                    let id = &construction.id;
                    return Err(Error::at(
                        file,
                        line,
                        format!("construction \"{id}\" is used twice; expected one row"),
                    ));
                }
                rows.push(construction);
                Ok(())
            })?;
        }
        rows.retain(|it| keep(it.id.as_str()));
        // What a site adds is tried before what is there: nothing gets past the last rows of a file.
        rows.sort_by_key(|it| !it.place.0.ends_with(".add.csv"));
        let mut by_kind = vec![Bitset::new(rows.len()); super::terms::SEMANTIC_TYPE_COUNT + 1];
        for (index, row) in rows.iter().enumerate() {
            for target in &row.targets {
                let at = match target {
                    Target::Mention { kind, .. } => *kind as usize,
                    Target::Level { .. } | Target::Number | Target::Date => super::terms::SEMANTIC_TYPE_COUNT,
                };
                by_kind[at].insert(index);
            }
        }
        let anchors = Anchors::new(&rows);
        Ok(Constructions { rows, by_kind, anchors })
    }

    /// The rows whose target may be a mention of this semantic type.
    pub(crate) fn of_kind(&self, kind: SemanticType) -> &Bitset {
        &self.by_kind[kind as usize]
    }

    /// The rows whose target may be a level.
    pub(crate) fn of_levels(&self) -> &Bitset {
        &self.by_kind[super::terms::SEMANTIC_TYPE_COUNT]
    }
}

fn compile(file: &str, line: usize, slot: Slot, row: &ConstructionRow) -> Result<Construction, Error> {
    let fault = |what: String| Error::at(file, line, format!("construction \"{}\": {what}", row.id));
    if row.id.is_empty() || !row.id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-') {
        return Err(fault("an id is lower-case words joined by hyphens".to_owned()));
    }
    let targets: Vec<Target> =
        split_alternatives(&row.target).into_iter().map(target).collect::<Result<_, _>>().map_err(&fault)?;
    if targets.is_empty() {
        return Err(fault("target is empty; expected a semantic type such as imaging".to_owned()));
    }
    let elements = |cell: &str| cell.split_whitespace().map(element).collect::<Result<Vec<_>, _>>().map_err(&fault);
    let stance = STANCES.iter().find(|it| it.0 == row.stance).map(|it| it.1).ok_or_else(|| {
        fault(format!("unknown stance \"{}\"{}", row.stance, did_you_mean(&row.stance, STANCES.map(|it| it.0))))
    })?;
    let time = match row.time.as_str() {
        "" => None,
        name => Some(
            Time::named(name)
                .ok_or_else(|| fault(format!("unknown time \"{name}\"{}", did_you_mean(name, TIMES.map(|it| it.0)))))?,
        ),
    };
    let full = match row.strength.as_str() {
        "full" => true,
        "weak" => false,
        other => return Err(fault(format!("unknown strength \"{other}\"; expected full or weak"))),
    };
    let known = super::weights::values(slot);
    if !row.value.is_empty() && !known.contains(&row.value.as_str()) {
        let hint = did_you_mean(&row.value, known.iter().copied());
        return Err(fault(format!("unknown value \"{}\" of {}{hint}", row.value, slot.name())));
    }
    let examples =
        |cell: &str| cell.split(" | ").map(str::to_owned).filter(|it| !it.is_empty()).collect::<Vec<String>>();
    let (yes, no) = (examples(&row.yes), examples(&row.no));
    if stance != Stance::Silent && row.id != "bare" && (yes.is_empty() || no.is_empty()) {
        return Err(fault("needs an example in \"yes\" and a harmless twin in \"no\"".to_owned()));
    }
    if let Some(unmarked) = yes.iter().chain(&no).find(|it| !it.contains('[') || !it.contains(']')) {
        return Err(fault(format!("example \"{unmarked}\" does not mark its target in brackets")));
    }
    Ok(Construction {
        id: Id::from(row.id.as_str()),
        slot,
        targets,
        before: elements(&row.before)?,
        after: elements(&row.after)?,
        inside: elements(&row.inside)?,
        with: elements(&row.with)?,
        without: elements(&row.without)?,
        value: Some(row.value.as_str()).filter(|it| !it.is_empty()).map(Id::from),
        stance,
        time,
        full,
        yes,
        no,
        place: (file.to_owned(), line),
    })
}

/// Splits at `|` outside of angle brackets.
fn split_alternatives(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_i32, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            b'|' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts.into_iter().filter(|it| !it.is_empty()).collect()
}

/// Reads `<kind:concept|concept>`, with or without its brackets.
fn target(text: &str) -> Result<Target, String> {
    let inner = text.strip_prefix('<').and_then(|it| it.strip_suffix('>')).unwrap_or(text);
    let (name, concepts) = inner.split_once(':').unwrap_or((inner, ""));
    match name {
        "level" => return Ok(Target::Level { pair: concepts == "pair" }),
        "number" => return Ok(Target::Number),
        "date" => return Ok(Target::Date),
        _ => {}
    }
    let kind = SemanticType::named(name)
        .ok_or_else(|| format!("unknown semantic type \"{name}\"{}", did_you_mean(name, SemanticType::names())))?;
    let concepts = concepts.split('|').filter(|it| !it.is_empty()).map(Id::from).collect();
    Ok(Target::Mention { kind, concepts })
}

fn element(text: &str) -> Result<Element, String> {
    for (marks, commas) in [("...", true), ("..", false)] {
        if let Some(count) = text.strip_prefix(marks) {
            let words = if count.is_empty() { Ok(4) } else { count.parse() };
            let words = words.map_err(|_| format!("\"{text}\": expected a number of words after the dots"))?;
            if words > 12 {
                return Err(format!("\"{text}\": a gap is at most 12 words"));
            }
            return Ok(Element::Gap { words, commas });
        }
    }
    let optional = text.len() > 1 && text.ends_with('?');
    let text = if optional { &text[..text.len() - 1] } else { text };
    let alternatives = split_alternatives(text).into_iter().map(alternative).collect::<Result<Vec<_>, _>>()?;
    Ok(Element::One { alternatives, optional })
}

fn alternative(text: &str) -> Result<WordAlternative, String> {
    if text.starts_with('<') {
        return target(text).map(WordAlternative::Target);
    }
    if matches!(text, "^" | "$") {
        return Ok(WordAlternative::Edge);
    }
    let word = |it: &str| match it.strip_suffix('*') {
        Some(stem) if !stem.is_empty() => (stem.to_owned(), true),
        _ => (it.to_owned(), false),
    };
    if text.bytes().any(|it| it.is_ascii_uppercase()) {
        return Err(format!("\"{text}\": words are lower case"));
    }
    if text == "_" {
        return Ok(WordAlternative::Words(vec![word(text)]));
    }
    Ok(WordAlternative::Words(text.split('_').map(word).collect()))
}
