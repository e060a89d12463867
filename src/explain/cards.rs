//! Cards: a code in plain words, with what the tables know of it.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{Explanation, ended, overlap, slot_about};
use crate::Lexicon;
use crate::lexicon::cards::Card;
use crate::lexicon::families::{CodeRow, CountingUnit, Family, Sides};
use crate::model::{Id, Severity, Slot};

impl Lexicon {
    /// The card of a code; none where the file holds none. What tables know is taken from them.
    pub(super) fn card_entry(&self, id: &str) -> Option<Explanation> {
        let card = self.cards.iter().find(|it| it.code == id)?;
        let of: Vec<(&Family, Vec<&CodeRow>)> = self
            .families
            .iter()
            .map(|family| (family, family.codes.iter().filter(|it| it.code == id).collect::<Vec<_>>()))
            .filter(|it| !it.1.is_empty())
            .collect();
        let mut entry = Explanation::new(id, "card", &card.covers).with("holds", held(&of));
        // A code of several families needs their names.
        let several = of.len() > 1;
        for (family, rows) in &of {
            let name = if several { format!("{}: ", family.label) } else { String::new() };
            for row in rows.iter().filter(|it| it.until.is_none() || rows.iter().all(|it| it.until.is_some())) {
                entry = entry.with("decided by", format!("{name}{}", decides(row)));
                let primary = row.add_on_to.as_ref().map(|it| it.replace('|', " or ")).unwrap_or_default();
                entry = entry.with("only with", primary);
            }
        }
        if !several {
            for (family, rows) in &of {
                entry = entry.with("counted", counted(family));
                for it in neighbors(family, rows, id) {
                    entry = entry.with("neighbors", it);
                }
            }
        }
        for it in &card.excludes {
            entry = entry.with("not for", it);
        }
        let mut shown: Vec<String> = Vec::new();
        for (family, rows) in &of {
            shown.extend(must_show(family, rows, card));
        }
        shown.extend(card.shows.iter().cloned());
        let mut seen = BTreeSet::new();
        for it in shown.iter().filter(|it| seen.insert(it.as_str())) {
            entry = entry.with("the note must show", it);
        }
        let unverified = if card.source == "general-knowledge" { "not checked against a source" } else { "" };
        Some(entry.with("to a patient", &card.patient).with("source", &card.source).with("standing", unverified))
    }

    /// Every source that a card cites, with the code.
    pub(super) fn card_sources(&self) -> impl Iterator<Item = (&String, &str)> {
        self.cards.iter().map(|it| (&it.source, it.code.as_str()))
    }
}

/// The days on which a code holds.
fn held(of: &[(&Family, Vec<&CodeRow>)]) -> String {
    let rows = || of.iter().flat_map(|it| &it.1);
    let Some(from) = rows().map(|it| it.from).min() else { return String::new() };
    let open = rows().any(|it| it.until.is_none());
    match rows().filter_map(|it| it.until).max().filter(|_| !open) {
        Some(until) => format!("from {from} until before {until}"),
        None => format!("from {from}"),
    }
}

/// The facts that select a row.
fn decides(row: &CodeRow) -> String {
    if row.cells.is_empty() {
        return "the act alone".to_owned();
    }
    row.cells.iter().map(cell).collect::<Vec<_>>().join("; ")
}

/// The values of a cell, as people say them, a long list cut short.
fn cell((slot, values): &(Slot, Vec<Id>)) -> String {
    const SHOWN: usize = 6;
    let value = |it: &Id| match (it.as_str().strip_prefix(">="), it.as_str().split_once("..")) {
        (Some(least), _) => format!("{least} or more"),
        (_, Some((from, to))) => format!("{from} to {to}"),
        _ => it.as_str().replace('_', " "),
    };
    let named = values.iter().take(SHOWN).map(value).collect::<Vec<_>>().join(" or ");
    let more = values.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" or {more} others") } else { String::new() };
    let name = if *slot == Slot::Ordinal { "the piece" } else { slot.name() };
    format!("{name} is {named}{more}")
}

/// The counting unit, and the meaning of both sides.
fn counted(family: &Family) -> String {
    let by = match family.count.by {
        CountingUnit::Once => "once a session",
        CountingUnit::Root => "by nerve root or foramen",
        CountingUnit::Joint => "by joint",
        CountingUnit::Disc => "by disc",
        CountingUnit::Vertebra => "by vertebra",
        CountingUnit::Numbered => "by nerve or space",
        CountingUnit::Site => "by structure",
        CountingUnit::Sites => "by the number of structures together",
        CountingUnit::Method => "by what was done to which device",
        CountingUnit::Limb => "by limb, with the number of its muscles",
    };
    let sides = match family.count.sides {
        Sides::Modifier => "; the side is a modifier",
        Sides::Units => "; both sides are two",
        Sides::Ignored => "",
    };
    format!("{by}{sides}")
}

/// Other codes of the family from which one fact separates a code: each with that fact, or where they are many, the
/// codes alone.
fn neighbors(family: &Family, rows: &[&CodeRow], id: &str) -> Vec<String> {
    const EACH: usize = 4;
    let mut by_slot: BTreeMap<Slot, Vec<(&str, String)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for other in family.codes.iter().filter(|it| it.code != id) {
        let found = rows.iter().filter(|it| overlap(it, other)).find_map(|it| change(it, other));
        let Some((slot, text)) = found.filter(|_| seen.insert(&other.code)) else { continue };
        by_slot.entry(slot).or_default().push((&other.code, format!("{text}{}", ended(other))));
    }
    let lines = by_slot.into_iter().flat_map(|(slot, others)| {
        if others.len() <= EACH {
            return others.into_iter().map(|(code, text)| format!("{code} if {text}")).collect();
        }
        let codes: Vec<&str> = others.iter().map(|it| it.0).collect();
        vec![format!("with another {}: {}", slot.name(), codes.join(", "))]
    });
    lines.collect()
}

/// The one fact in which another row contradicts a row, and all that the other row asks for besides.
fn change(row: &CodeRow, other: &CodeRow) -> Option<(Slot, String)> {
    let differing: Vec<&(Slot, Vec<Id>)> = other.cells.iter().filter(|it| !row.cells.contains(it)).collect();
    let asked = |slot: Slot| row.cells.iter().any(|it| it.0 == slot);
    let mut against = differing.iter().filter(|it| asked(it.0));
    let first = against.next().or_else(|| differing.first())?;
    let text = differing.iter().map(|it| cell(it)).collect::<Vec<_>>().join("; ");
    against.next().is_none().then_some((first.0, text))
}

/// Documentation requirements: the family's questions, and the facts that select a row and that no question asks for.
/// Structures and methods are left to the card where it has words of its own.
fn must_show(family: &Family, rows: &[&CodeRow], card: &Card) -> Vec<String> {
    let asks = |slot: Slot| family.questions.iter().any(|it| it.slot == slot);
    let questions = family.questions.iter().filter(|it| it.severity != Severity::Advice && !it.review);
    let mut shown: Vec<String> = questions.map(|it| format!("{} ({})", it.met, it.id)).collect();
    let documented = |slot: Slot| match slot {
        Slot::Ordinal => true,
        Slot::Region => asks(Slot::Region) || asks(Slot::Level),
        Slot::Site | Slot::Method | Slot::Count => asks(slot) || !card.shows.is_empty(),
        _ => asks(slot),
    };
    let selecting = |slot: &Slot| rows.iter().any(|it| it.cells.iter().any(|cell| cell.0 == *slot));
    shown.extend(
        Slot::ALL.into_iter().filter(|it| selecting(it) && !documented(*it)).map(|it| slot_about(it).to_owned()),
    );
    shown
}
