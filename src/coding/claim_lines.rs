//! Counting: from the facts of a procedure to the lines of a claim, still without codes.

use crate::lexicon::families::{CodeRow, CountingUnit, Family, Sides};
use crate::model::{Attribute, Id, Line, Procedure, Slot};
use crate::spine::levels;

/// The lines of one procedure: what is counted once, for each level, structure or method, with its units and sides.
pub(crate) fn lines(index: usize, procedure: &Procedure, family: &Family) -> Vec<Line> {
    if !procedure.reported {
        return Vec::new();
    }
    let slots = selecting(family);
    let general: Vec<(Slot, Id)> =
        slots.iter().filter_map(|slot| Some((*slot, procedure.values(*slot).next()?.value.clone()))).collect();
    let counter = ClaimLineCounter { index, procedure, family, general };
    let lines = match family.count.by {
        CountingUnit::Once => counter.once(),
        CountingUnit::Root
        | CountingUnit::Joint
        | CountingUnit::Disc
        | CountingUnit::Vertebra
        | CountingUnit::Numbered => counter.levels(),
        CountingUnit::Site => counter.each(Slot::Site),
        CountingUnit::Sites => counter.together(),
        CountingUnit::Method => counter.each(Slot::Method),
        CountingUnit::Limb => counter.limbs(),
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

struct ClaimLineCounter<'a> {
    index: usize,
    procedure: &'a Procedure,
    family: &'a Family,
    /// The facts that hold for the whole procedure.
    general: Vec<(Slot, Id)>,
}

impl ClaimLineCounter<'_> {
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
        let mut levels: Vec<&Attribute> = self.procedure.values(Slot::Level).collect();
        // The sacrum has no facet joints: a branch of S1 next to others is no further joint.
        if self.family.count.by == CountingUnit::Joint && levels.iter().any(|it| is_joint(it)) {
            levels.retain(|it| is_joint(it));
        }
        if levels.is_empty() {
            let line = |at: usize| {
                let ordinal = self.ordinal(at).map(|it| (Slot::Ordinal, it));
                self.line(self.with(ordinal.as_slice()), self.side(None), 1)
            };
            return (0..self.counted().unwrap_or(1).max(1)).map(|at| line(usize::from(at))).collect();
        }
        let mut seen: Vec<&str> = Vec::new();
        let mut lines = Vec::new();
        for level in levels {
            let region = region(self.family.count.by, level.value.as_str());
            // The first vertebra of the session is the first, whatever its region.
            let group = if self.family.count.by == CountingUnit::Vertebra { "" } else { region };
            let count = seen.iter().filter(|it| **it == group).count();
            seen.push(group);
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

    /// The number that the note gives.
    fn counted(&self) -> Option<u16> {
        self.procedure.value(Slot::Count).and_then(|it| it.parse().ok())
    }

    /// Whether a piece was done on both sides where both sides are two.
    fn both(&self, of: &Attribute) -> bool {
        self.family.count.sides == Sides::Units && self.side(Some(of)) == Some("bilateral")
    }

    /// A line for each value of a slot; both sides are two lines where the family counts them so.
    fn each(&self, slot: Slot) -> Vec<Line> {
        // What is not documented is one piece, of the value that the family takes then.
        if self.procedure.values(slot).next().is_none() && self.family.fallback.contains_key(&slot) {
            return self.once();
        }
        let mut lines = Vec::new();
        for it in self.procedure.values(slot) {
            let many = self.family.count.many.contains(&it.value);
            let units = if many { self.counted().unwrap_or(1).max(1) } else { 1 };
            for _ in 0..=usize::from(self.both(it) && units == 1) {
                let mut own = vec![(slot, it.value.clone())];
                own.extend(self.ordinal(lines.len()).map(|it| (Slot::Ordinal, it)));
                // Where the side selects the code it is that of the piece.
                own.extend(self.side(Some(it)).map(|it| (Slot::Side, Id::from(it))));
                lines.push(self.line(self.with(&own), self.side(Some(it)), units));
            }
        }
        lines
    }

    /// One line for all named structures together, by their number.
    fn together(&self) -> Vec<Line> {
        let named: usize = self.procedure.values(Slot::Site).map(|it| 1 + usize::from(self.both(it))).sum();
        let count = self.counted().map_or(named, usize::from);
        if count == 0 {
            return vec![self.line(self.general.clone(), None, 1)];
        }
        vec![self.line(self.with(&[(Slot::Count, Id::from(count.to_string().as_str()))]), None, 1)]
    }

    /// A line for each limb, the one with most muscles first, and for each other part of the body.
    fn limbs(&self) -> Vec<Line> {
        let mut parts: Vec<(&str, Option<&str>, usize)> = Vec::new();
        for it in self.procedure.values(Slot::Site) {
            let part = it.value.as_str().split_once('.').map_or(it.value.as_str(), |it| it.0);
            let sides = match self.side(Some(it)) {
                _ if !LIMBS.contains(&part) => vec![None],
                Some("bilateral") => vec![Some("left"), Some("right")],
                one => vec![one],
            };
            for side in sides {
                match parts.iter_mut().find(|it| it.0 == part && it.1 == side) {
                    Some(it) => it.2 += 1,
                    None => parts.push((part, side, 1)),
                }
            }
        }
        parts.sort_by_key(|it| std::cmp::Reverse(it.2));
        let mut limbs = 0;
        let mut lines = Vec::new();
        for (part, _, muscles) in parts {
            let mut own = vec![(Slot::Site, Id::from(part)), (Slot::Count, Id::from(muscles.to_string().as_str()))];
            own.extend(self.ordinal(limbs).map(|it| (Slot::Ordinal, it)));
            limbs += usize::from(LIMBS.contains(&part));
            lines.push(self.line(self.with(&own), None, 1));
        }
        lines
    }
}

/// Whether a level has a joint: its upper vertebra is not of the sacrum.
fn is_joint(level: &Attribute) -> bool {
    !level.value.as_str().starts_with('S')
}

/// Parts of the body that have a left and a right one.
const LIMBS: [&str; 2] = ["arm", "leg"];

/// The region that a counted level belongs to; none for numbered spaces.
fn region(by: CountingUnit, level: &str) -> &'static str {
    if by == CountingUnit::Numbered { "" } else { levels::region(level) }
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
