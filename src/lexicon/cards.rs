//! Cards: `cards.toml`, codes in plain words for `opnote explain`.

use serde::Deserialize;

use super::catalog::Entry;
use super::families::Family;
use super::{Error, Files, Lexicon};
use crate::model::{Severity, Slot};

/// One code in plain words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    pub code: String,
    pub covers: String,
    #[serde(default)]
    pub excludes: Vec<String>,
    pub patient: String,
    pub source: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde(default)]
    card: Vec<Card>,
}

pub(super) fn load(files: &Files) -> Result<Vec<Card>, Error> {
    const PATH: &str = "cards.toml";
    let Some(text) = files.text(PATH)? else { return Ok(Vec::new()) };
    let data: Data = toml::from_str(text).map_err(|error| Error::toml(PATH, text, &error))?;
    Ok(data.card)
}

impl Lexicon {
    /// The card of a code; none where the file holds none. What tables know is taken from them.
    pub(super) fn card_entry(&self, id: &str) -> Option<Entry> {
        let card = self.cards.iter().find(|it| it.code == id)?;
        let mut entry = Entry::new(id, "card", &card.covers);
        let family = self.families.iter().find(|it| it.codes.iter().any(|it| it.code == id));
        if let Some(family) = family {
            entry = entry.with("decided by", decides(family));
        }
        for it in &card.excludes {
            entry = entry.with("not for", it);
        }
        if let Some(family) = family {
            for it in family.questions.iter().filter(|it| it.severity != Severity::Advice && !it.review) {
                entry = entry.with("the note must show", format!("{} ({})", it.met, it.id));
            }
        }
        let unverified = if card.source == "general-knowledge" { "not checked against a source" } else { "" };
        Some(entry.with("to a patient", &card.patient).with("source", &card.source).with("standing", unverified))
    }

    /// Every source that a card cites, with the code.
    pub(super) fn card_sources(&self) -> impl Iterator<Item = (&String, &str)> {
        self.cards.iter().map(|it| (&it.source, it.code.as_str()))
    }
}

/// The slots that select a code of the family.
fn decides(family: &Family) -> String {
    let slots = |slot: &Slot| family.codes.iter().any(|it| it.cells.iter().any(|cell| cell.0 == *slot));
    Slot::ALL.into_iter().filter(slots).map(Slot::name).collect::<Vec<_>>().join(", ")
}
