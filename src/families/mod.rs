//! Counting: from the facts of a procedure to the lines of a claim, still without codes.

use crate::lexicon::families::{By, CodeRow, Family, Sides};
use crate::model::{Attribute, Id, Line, Procedure, Slot};
use crate::pipeline::levels;

/// The lines of one procedure: what is counted once, for each level, structure or method, with its units and sides.
pub(crate) fn lines(index: usize, procedure: &Procedure, family: &Family) -> Vec<Line> {
    if !procedure.reported {
        return Vec::new();
    }
    let slots = selecting(family);
    let general: Vec<(Slot, Id)> =
        slots.iter().filter_map(|slot| Some((*slot, procedure.values(*slot).next()?.value.clone()))).collect();
    let counter = Counter { index, procedure, family, general };
    let lines = match family.count.by {
        By::Once => counter.once(),
        By::Root | By::Joint | By::Disc | By::Vertebra | By::Numbered => counter.levels(),
        By::Site => counter.each(Slot::Site),
        By::Sites => counter.together(),
        By::Method => counter.each(Slot::Method),
    };
    merged(lines)
}

/// The slots that select a code of the family.
pub(crate) fn selecting(family: &Family) -> Vec<Slot> {
    let mut slots: Vec<Slot> =
        family.codes.iter().flat_map(|it: &CodeRow| it.cells.iter().map(|cell| cell.0)).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}

struct Counter<'a> {
    index: usize,
    procedure: &'a Procedure,
    family: &'a Family,
    /// The facts that hold for the whole procedure.
    general: Vec<(Slot, Id)>,
}

impl Counter<'_> {
    fn line(&self, facts: Vec<(Slot, Id)>, side: Option<&str>, units: u16) -> Line {
        let modifiers = match (self.family.count.sides, side) {
            (Sides::Modifier, Some("left")) => vec!["LT".to_owned()],
            (Sides::Modifier, Some("right")) => vec!["RT".to_owned()],
            (Sides::Modifier, Some("bilateral")) => vec!["50".to_owned()],
            _ => Vec::new(),
        };
        Line { procedure: self.index, facts, units, modifiers }
    }

    fn side<'b>(&'b self, of: Option<&'b Attribute>) -> Option<&'b str> {
        of.and_then(|it| it.side.as_ref()).map(Id::as_str).or_else(|| self.procedure.value(Slot::Side))
    }

    /// The general facts with some of their values replaced.
    fn with(&self, own: &[(Slot, Id)]) -> Vec<(Slot, Id)> {
        let kept = self.general.iter().filter(|it| !own.iter().any(|other| other.0 == it.0)).cloned();
        kept.chain(own.iter().cloned()).collect()
    }

    fn ordinal(&self, at: usize) -> Option<Id> {
        let ordinals = &self.family.count.ordinals;
        ordinals.get(at).or_else(|| ordinals.last()).cloned()
    }

    fn once(&self) -> Vec<Line> {
        vec![self.line(self.general.clone(), self.side(None), 1)]
    }

    /// A line for each level; the first of each region is its first.
    fn levels(&self) -> Vec<Line> {
        let levels: Vec<&Attribute> = self.procedure.values(Slot::Level).collect();
        if levels.is_empty() {
            let first = self.ordinal(0).map(|it| (Slot::Ordinal, it));
            return vec![self.line(self.with(first.as_slice()), self.side(None), 1)];
        }
        let mut seen: Vec<(&str, usize)> = Vec::new();
        let mut lines = Vec::new();
        for level in levels {
            let region = region(self.family.count.by, level.value.as_str());
            // The first vertebra of the session is the first, whatever its region.
            let group = if self.family.count.by == By::Vertebra { "" } else { region };
            let count = match seen.iter_mut().find(|it| it.0 == group) {
                Some(it) => {
                    it.1 += 1;
                    it.1
                }
                None => {
                    seen.push((group, 0));
                    0
                }
            };
            let last = self.family.count.ordinals.len();
            if !self.family.count.repeats && last > 0 && count >= last {
                continue;
            }
            let mut own = vec![(Slot::Level, level.value.clone())];
            if !region.is_empty() {
                own.push((Slot::Region, Id::from(region)));
            }
            own.extend(self.ordinal(count).map(|it| (Slot::Ordinal, it)));
            lines.push(self.line(self.with(&own), self.side(Some(level)), 1));
        }
        lines
    }

    /// A line for each value of a slot; both sides are two lines where the family counts them so.
    fn each(&self, slot: Slot) -> Vec<Line> {
        let mut lines = Vec::new();
        for it in self.procedure.values(slot) {
            let side = self.side(Some(it));
            let both = side == Some("bilateral") && self.family.count.sides == Sides::Units;
            for _ in 0..1 + usize::from(both) {
                let mut own = vec![(slot, it.value.clone())];
                own.extend(self.ordinal(lines.len()).map(|it| (Slot::Ordinal, it)));
                lines.push(self.line(self.with(&own), side, 1));
            }
        }
        lines
    }

    /// One line for all named structures together, by their number.
    fn together(&self) -> Vec<Line> {
        let named = self.procedure.values(Slot::Site).count();
        let count = self.procedure.value(Slot::Count).map_or_else(|| named.to_string(), str::to_owned);
        if count == "0" {
            return vec![self.line(self.general.clone(), None, 1)];
        }
        vec![self.line(self.with(&[(Slot::Count, Id::from(count.as_str()))]), None, 1)]
    }
}

/// The region that a counted level belongs to; none for numbered spaces.
fn region(by: By, level: &str) -> &'static str {
    if by == By::Numbered { "" } else { levels::region(level) }
}

/// Lines that differ only in their level are one line of more units.
fn merged(lines: Vec<Line>) -> Vec<Line> {
    let plain = |it: &Line| it.facts.iter().filter(|it| it.0 != Slot::Level).cloned().collect::<Vec<_>>();
    let mut kept: Vec<Line> = Vec::new();
    for line in lines {
        match kept.iter_mut().find(|it| it.modifiers == line.modifiers && plain(it) == plain(&line)) {
            Some(it) => it.units += line.units,
            None => kept.push(line),
        }
    }
    kept
}
