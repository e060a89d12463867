//! Where a neighboring act was done: region, space, side.

use super::{Builder, REACH};
use crate::lexicon::families::By;
use crate::lexicon::terms::Kind;
use crate::model::{Evidence, Id, Outcome, Slot, Why};
use crate::pipeline::levels;
use crate::pipeline::mentions::Mention;
use crate::pipeline::slots::in_sentence;
/// How far, in bytes, the two sides of `right and left` stand apart.
const PAIR_REACH: usize = 5;

impl Builder<'_> {
    pub(super) fn region(&mut self) {
        let page = self.page;
        let of_levels: Option<(String, Why)> =
            self.frame.attributes.iter().find(|it| it.slot == Slot::Level).map(|it| {
                let rule = Id::from("level-to-region");
                (
                    levels::region(it.value.as_str()).to_owned(),
                    Why::Inferred { rule, evidence: it.why.evidence().to_vec() },
                )
            });
        if let Some((region, why)) = of_levels {
            self.set(Slot::Region, &region, None, why);
            return;
        }
        // The sacral hiatus is one place.
        let hiatus = self.hiatus().map(|it| it.evidence(page));
        if let Some(evidence) = hiatus {
            let why = Why::Inferred { rule: Id::from("caudal-to-region"), evidence: vec![evidence] };
            self.set(Slot::Region, "lumbar_sacral", None, why);
            return;
        }
        for tier in self.tiers() {
            let word = page.of_kind(Kind::Region).find(|it| {
                tier.binary_search(&it.sentence).is_ok()
                    && it.said.happened()
                    && matches!(it.entry(page).concept.as_str(), "cervical_thoracic" | "lumbar_sacral")
            });
            if let Some(word) = word {
                let region = word.entry(page).concept.as_str().to_owned();
                let why = Why::Inferred { rule: Id::from("title-to-region"), evidence: vec![word.evidence(page)] };
                self.set(Slot::Region, &region, None, why);
                return;
            }
            let level = page.levels.iter().find(|it| tier.binary_search(&it.sentence).is_ok() && it.said.happened());
            if let Some(level) = level {
                let region = levels::region(&level.level.name);
                let why = Why::Inferred { rule: Id::from("level-to-region"), evidence: vec![level.evidence(page)] };
                self.set(Slot::Region, region, None, why);
                return;
            }
        }
    }

    /// Words of the way through the sacral hiatus, where the family's codes ask for the space.
    fn hiatus(&self) -> Option<&Mention> {
        let rows = &self.page.lexicon.families[self.family].codes;
        let asks = rows.iter().any(|it| it.cells.iter().any(|cell| cell.0 == Slot::Space));
        let mut all = self.scope.concept(self.page, Kind::Approach, "caudal");
        all.find(|it| asks && !it.entry(self.page).generic)
    }

    /// The space that the drug went into, by the words of the title, else of the narrative.
    pub(super) fn space(&mut self) {
        let page = self.page;
        for tier in self.tiers() {
            let named = |concept: &str| {
                let mut of_tier = page
                    .of_kind(Kind::Space)
                    .filter(|it| tier.binary_search(&it.sentence).is_ok() && it.said.happened());
                of_tier.find(|it| it.entry(page).concept.as_str() == concept).map(|it| it.evidence(page))
            };
            let csf = || self.scope.concept(page, Kind::Technique, "csf_return").next().map(|it| it.evidence(page));
            let (epidural, subarachnoid) = (named("epidural"), named("subarachnoid"));
            let found = match (epidural, subarachnoid) {
                (Some(it), None) => Some(("epidural", it)),
                (None, Some(it)) => Some(("subarachnoid", it)),
                (Some(it), Some(other)) => Some(csf().map_or(("epidural", it), |_| ("subarachnoid", other))),
                (None, None) => None,
            };
            if let Some((space, evidence)) = found {
                self.set(Slot::Space, space, None, Why::Stated { evidence: vec![evidence] });
                return;
            }
        }
        // Not named: fluid that comes back tells it, else the hiatus or the loss of resistance.
        let technique = |concept| self.scope.concept(page, Kind::Technique, concept).next();
        let fluid = technique("csf_return").map(|it| ("subarachnoid", "space-from-technique", it));
        let epidural = || self.hiatus().or_else(|| technique("loss_of_resistance"));
        let found = fluid.or_else(|| epidural().map(|it| ("epidural", "space-from-technique", it)));
        if let Some((space, rule, it)) = found {
            let why = Why::Inferred { rule: Id::from(rule), evidence: vec![it.evidence(page)] };
            self.set(Slot::Space, space, None, why);
        }
    }

    /// The side that stands with a structure: right before it, or right behind; `right and left` are both.
    pub(super) fn side_of(&self, it: &Mention) -> Option<&'static str> {
        let page = self.page;
        let reach = if self.by() == By::Limb { usize::MAX / 2 } else { REACH };
        let concept = |it: &Mention| side_name(it.entry(page).concept.as_str());
        let sides: Vec<&Mention> =
            in_sentence(page, it.sentence).iter().filter(|other| other.kind == Kind::Side).collect();
        let inside = sides.iter().position(|other| other.start >= it.start && other.end <= it.end);
        let before = sides.iter().rposition(|other| other.end <= it.start && other.end + reach >= it.start);
        let behind = sides.iter().position(|other| other.start >= it.end && other.start <= it.end + 20);
        let at = inside.or(before).or(behind)?;
        let near = |one: &Mention, other: &Mention| one.end <= other.start && other.start <= one.end + PAIR_REACH;
        let pair = if before == Some(at) {
            at.checked_sub(1).map(|it| sides[it]).filter(|it| near(it, sides[at]))
        } else {
            sides.get(at + 1).copied().filter(|it| near(sides[at], it))
        };
        both(concept(sides[at]), pair.and_then(concept))
    }

    /// The side of the whole act: the titles', widened by "the same on the other side".
    pub(super) fn sides(&mut self) {
        let page = self.page;
        let repeated = page.of_kind(Kind::Repeat).find(|it| self.scope.weights[it.sentence] > 0 && it.said.happened());
        let other_side = repeated.filter(|it| {
            it.entry(page).concept.as_str() == "other_side"
                || in_sentence(page, it.sentence).iter().any(|other| other.kind == Kind::Side && other.start > it.start)
        });
        let mut found: Option<(&'static str, Vec<Evidence>)> = None;
        for tier in self.tiers() {
            for it in
                page.of_kind(Kind::Side).filter(|it| tier.binary_search(&it.sentence).is_ok() && it.said.happened())
            {
                let Some(side) = side_name(it.entry(page).concept.as_str()) else { continue };
                let evidence = it.evidence(page);
                found = Some(match found {
                    None => (side, vec![evidence]),
                    Some((one, mut list)) => {
                        if list.len() < 3 {
                            list.push(evidence);
                        }
                        (both(Some(one), Some(side)).unwrap_or(side), list)
                    }
                });
            }
            if found.is_some() {
                break;
            }
        }
        if let Some(it) = other_side {
            let mut evidence = found.map(|it| it.1).unwrap_or_default();
            evidence.push(it.evidence(page));
            found = Some(("bilateral", evidence));
        }
        match found {
            Some((side, evidence)) => {
                self.set(Slot::Side, side, None, Why::Stated { evidence });
                // What is told again for the other side holds for each piece.
                if other_side.is_some() {
                    for it in &mut self.frame.attributes {
                        it.side = None;
                    }
                }
            }
            None => self.issue("side-documented", Outcome::Missing, Vec::new()),
        }
    }
}

pub(super) fn side_name(concept: &str) -> Option<&'static str> {
    ["left", "right", "bilateral"].into_iter().find(|it| *it == concept)
}

/// Two sides told of one thing.
pub(super) fn both(one: Option<&'static str>, other: Option<&'static str>) -> Option<&'static str> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some("bilateral"),
        (one, other) => one.or(other),
    }
}
