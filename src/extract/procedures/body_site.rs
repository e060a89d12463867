//! Body site and laterality of an act: region, space, side.

use super::{ProcedureBuilder, REACH};
use crate::document::Mention;
use crate::extract::mentions::in_sentence;
use crate::lexicon::families::CountingUnit;
use crate::lexicon::terms::SemanticType;
use crate::model::{Evidence, Id, Outcome, Provenance, Slot};
use crate::spine::levels;
/// Maximum distance, in bytes, between the two sides of `right and left`.
const PAIR_REACH: usize = 5;

impl ProcedureBuilder<'_> {
    pub(super) fn region(&mut self) {
        let doc = self.doc;
        let of_levels: Option<(String, Provenance)> =
            self.event.attributes.iter().find(|it| it.slot == Slot::Level).map(|it| {
                let rule = Id::from("level-to-region");
                (
                    levels::region(it.value.as_str()).to_owned(),
                    Provenance::Inferred { rule, evidence: it.provenance.evidence().to_vec() },
                )
            });
        if let Some((region, provenance)) = of_levels {
            self.set(Slot::Region, &region, None, provenance);
            return;
        }
        // The sacral hiatus is one place.
        let hiatus = self.hiatus().map(|it| it.evidence(doc));
        if let Some(evidence) = hiatus {
            let provenance = Provenance::Inferred { rule: Id::from("caudal-to-region"), evidence: vec![evidence] };
            self.set(Slot::Region, "lumbar_sacral", None, provenance);
            return;
        }
        for tier in self.tiers() {
            let word = doc.of_kind(SemanticType::Region).find(|it| {
                tier.binary_search(&it.sentence).is_ok()
                    && it.assertion.happened()
                    && matches!(it.entry(doc).concept.as_str(), "cervical_thoracic" | "lumbar_sacral")
            });
            if let Some(word) = word {
                let region = word.entry(doc).concept.as_str().to_owned();
                let provenance =
                    Provenance::Inferred { rule: Id::from("title-to-region"), evidence: vec![word.evidence(doc)] };
                self.set(Slot::Region, &region, None, provenance);
                return;
            }
            let level =
                doc.levels.iter().find(|it| tier.binary_search(&it.sentence).is_ok() && it.assertion.happened());
            if let Some(level) = level {
                let region = levels::region(&level.level.name);
                let provenance =
                    Provenance::Inferred { rule: Id::from("level-to-region"), evidence: vec![level.evidence(doc)] };
                self.set(Slot::Region, region, None, provenance);
                return;
            }
        }
    }

    /// Words of the way through the sacral hiatus, where the family's codes ask for the space.
    fn hiatus(&self) -> Option<&Mention> {
        let rows = &self.doc.lexicon.families[self.family].codes;
        let asks = rows.iter().any(|it| it.cells.iter().any(|cell| cell.0 == Slot::Space));
        let mut all = self.scope.concept(self.doc, SemanticType::Approach, "caudal");
        all.find(|it| asks && !it.entry(self.doc).generic)
    }

    /// The space that the drug went into, by the words of the title, else of the narrative.
    pub(super) fn space(&mut self) {
        let doc = self.doc;
        for tier in self.tiers() {
            let named = |concept: &str| {
                let mut of_tier = doc
                    .of_kind(SemanticType::Space)
                    .filter(|it| tier.binary_search(&it.sentence).is_ok() && it.assertion.happened());
                of_tier.find(|it| it.entry(doc).concept.as_str() == concept).map(|it| it.evidence(doc))
            };
            let csf =
                || self.scope.concept(doc, SemanticType::Technique, "csf_return").next().map(|it| it.evidence(doc));
            let (epidural, subarachnoid) = (named("epidural"), named("subarachnoid"));
            let found = match (epidural, subarachnoid) {
                (Some(it), None) => Some(("epidural", it)),
                (None, Some(it)) => Some(("subarachnoid", it)),
                (Some(it), Some(other)) => Some(csf().map_or(("epidural", it), |_| ("subarachnoid", other))),
                (None, None) => None,
            };
            if let Some((space, evidence)) = found {
                self.set(Slot::Space, space, None, Provenance::Explicit { evidence: vec![evidence] });
                return;
            }
        }
        // Not named: fluid that comes back establishes it, else the hiatus or the loss of resistance.
        let technique = |concept| self.scope.concept(doc, SemanticType::Technique, concept).next();
        let fluid = technique("csf_return").map(|it| ("subarachnoid", "space-from-technique", it));
        let epidural = || self.hiatus().or_else(|| technique("loss_of_resistance"));
        let found = fluid.or_else(|| epidural().map(|it| ("epidural", "space-from-technique", it)));
        if let Some((space, rule, it)) = found {
            let provenance = Provenance::Inferred { rule: Id::from(rule), evidence: vec![it.evidence(doc)] };
            self.set(Slot::Space, space, None, provenance);
        }
    }

    /// The side that stands with a structure: right before it, or right behind; `right and left` are both.
    pub(super) fn side_of(&self, it: &Mention) -> Option<&'static str> {
        let doc = self.doc;
        let reach = if self.by() == CountingUnit::Limb { usize::MAX / 2 } else { REACH };
        let concept = |it: &Mention| side_name(it.entry(doc).concept.as_str());
        let sides: Vec<&Mention> =
            in_sentence(doc, it.sentence).iter().filter(|other| other.kind == SemanticType::Side).collect();
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
        let doc = self.doc;
        let repeated =
            doc.of_kind(SemanticType::Repeat).find(|it| self.scope.weights[it.sentence] > 0 && it.assertion.happened());
        let other_side = repeated.filter(|it| {
            it.entry(doc).concept.as_str() == "other_side"
                || in_sentence(doc, it.sentence)
                    .iter()
                    .any(|other| other.kind == SemanticType::Side && other.start > it.start)
        });
        let mut found: Option<(&'static str, Vec<Evidence>)> = None;
        for tier in self.tiers() {
            for it in doc
                .of_kind(SemanticType::Side)
                .filter(|it| tier.binary_search(&it.sentence).is_ok() && it.assertion.happened())
            {
                let Some(side) = side_name(it.entry(doc).concept.as_str()) else { continue };
                let evidence = it.evidence(doc);
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
            evidence.push(it.evidence(doc));
            found = Some(("bilateral", evidence));
        }
        match found {
            Some((side, evidence)) => {
                self.set(Slot::Side, side, None, Provenance::Explicit { evidence });
                // What is repeated for the other side holds for each piece.
                if other_side.is_some() {
                    for it in &mut self.event.attributes {
                        it.side = None;
                    }
                }
            }
            None => self.gap("side-documented", Outcome::Missing, Vec::new()),
        }
    }
}

pub(super) fn side_name(concept: &str) -> Option<&'static str> {
    ["left", "right", "bilateral"].into_iter().find(|it| *it == concept)
}

/// Two sides documented for one thing.
pub(super) fn both(one: Option<&'static str>, other: Option<&'static str>) -> Option<&'static str> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some("bilateral"),
        (one, other) => one.or(other),
    }
}
