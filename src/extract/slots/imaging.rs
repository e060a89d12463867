//! Imaging of this act, and contrast: the resolver's verdict as an attribute or a documentation gap.

use super::Builder;
use super::nearby::{REACH, is_act_word, near};
use crate::extract::resolver::Resolution;
use crate::extract::statements::Statement;
use crate::lexicon::constructions::Stance;
use crate::lexicon::terms::Kind;
use crate::lexicon::weights::NOT_DOCUMENTED;
use crate::model::{Evidence, Id, Outcome, Slot, Status, Why};
use crate::pipeline::Page;
use crate::pipeline::mentions::{Mention, in_sentence};

/// Constructions of imaging that only found the level or marked the skin.
pub(super) const MARKING: [&str; 2] = ["marked-with", "scan-before"];
/// Constructions of views, from which the modality is inferred.
pub(super) const VIEWS: [&str; 1] = ["view"];
/// Constructions of a technique by feel, from which the absence of imaging is inferred.
pub(super) const BY_FEEL: [&str; 1] = ["by-feel"];

impl Builder<'_> {
    pub(super) fn imaging(&mut self) {
        let page = self.page;
        let found = self.weigh(Slot::Imaging);
        let marks = self.read_by(Slot::Imaging, &MARKING);
        let value = found.value();
        let evidence = self.supporting(&found, value);
        let only = |rows: &[&str]| self.is_read_only_by(&found, value, rows);
        if value == NOT_DOCUMENTED || found.conflicting {
            let outcome = if found.conflicting { Outcome::Conflicting } else { Outcome::Missing };
            let evidence = if found.conflicting { self.both_sides(&found) } else { evidence };
            self.issue("imaging-documented", outcome, evidence);
        } else if value == "none" && !marks.is_empty() && only(&[MARKING[0], MARKING[1], BY_FEEL[0]]) {
            let evidence = marks.iter().take(3).map(|it| it.evidence(page)).collect::<Vec<_>>();
            self.infer(Slot::Imaging, "none", "marking-only", evidence.clone());
            let by_beam = |it: &&&Statement| matches!(it.rule.as_str(), "fluoroscopy" | "ct");
            if marks.iter().any(|it| by_beam(&it)) {
                self.issue("imaging-marking-only", Outcome::Conflicting, evidence);
            }
        } else if value == "none" && (evidence.is_empty() || only(&BY_FEEL)) {
            let denied = self.denying(&found);
            if !denied.is_empty() {
                self.set(Slot::Imaging, "none", Why::Stated { evidence: denied });
            } else if evidence.is_empty() {
                self.silent_imaging();
            } else {
                self.infer(Slot::Imaging, "none", "technique-without-imaging", evidence);
            }
        } else if only(&VIEWS) {
            self.infer(Slot::Imaging, value, "views-to-fluoroscopy", evidence);
        } else {
            self.set(Slot::Imaging, value, Why::Stated { evidence });
        }
        self.frame.facts.push(found);
    }

    /// No word of imaging and none of feeling the way: a needle of the canal still documents a technique.
    fn silent_imaging(&mut self) {
        let needles: Vec<Evidence> =
            ["epidural_needle", "spinal_needle"].iter().flat_map(|it| self.several(Kind::Device, it)).take(2).collect();
        if needles.is_empty() {
            self.set(Slot::Imaging, "none", Why::Assumed { rule: Id::from("imaging-not-mentioned") });
        } else {
            self.infer(Slot::Imaging, "none", "technique-without-imaging", needles);
        }
    }

    pub(super) fn contrast_given(&self) -> Vec<Evidence> {
        let page = self.page;
        let words = self.scope.all(page, Kind::Contrast).filter(|it| {
            it.said.happened() || it.entry(page).concept.as_str() == "spread" && it.said.status == Status::Negated
        });
        let agents = self
            .scope
            .happened(page, Kind::Substance)
            .filter(|it| it.entry(page).class.as_ref().is_some_and(|it| it.as_str() == "contrast"));
        words.chain(agents).take(3).map(|it| it.evidence(page)).collect()
    }

    /// Whether contrast, or an agent by its name, is documented as given.
    fn names_contrast(&self) -> bool {
        let page = self.page;
        let agent = |it: &Mention| it.entry(page).class.as_ref().is_some_and(|it| it.as_str() == "contrast");
        self.scope.concept(page, Kind::Contrast, "contrast").next().is_some()
            || self.scope.happened(page, Kind::Substance).any(agent)
    }

    pub(super) fn contrast(&mut self) {
        let mut given = self.contrast_given();
        if self.value(Slot::Imaging) == Some("ultrasound") && !self.names_contrast() {
            // `No intravascular flow` on ultrasound is about the drug.
            given.clear();
        }
        let denied = self
            .scope
            .all(self.page, Kind::Contrast)
            .find(|it| it.said.status == Status::Negated && it.entry(self.page).concept.as_str() == "contrast")
            .map(|it| it.evidence(self.page));
        if !given.is_empty() && denied.is_none() || given.len() > 1 {
            self.set(Slot::Contrast, "true", Why::Stated { evidence: given });
            return;
        }
        match denied {
            Some(evidence) => self.set(Slot::Contrast, "false", Why::Stated { evidence: vec![evidence] }),
            None => self.set(Slot::Contrast, "false", Why::Assumed { rule: Id::from("contrast-not-mentioned") }),
        }
        let guided = matches!(self.value(Slot::Imaging), Some("fluoroscopy" | "ct"));
        if guided && self.value(Slot::Delivery) == Some("single") {
            self.issue("contrast-documented", Outcome::Missing, Vec::new());
        }
    }

    /// Words behind both sides of a contradiction.
    pub(super) fn both_sides(&self, found: &Resolution) -> Vec<Evidence> {
        let page = self.page;
        let own = self.own_statements(found.slot).filter(|it| it.is_now() && it.construction(page).full);
        let own = own.filter(|it| it.stance != Stance::Open && it.value.as_str() != NOT_DOCUMENTED);
        own.take(6).map(|it| it.evidence(page)).collect()
    }
}

/// Imaging in a sentence about another device, service or operation is not for this act, unless a word of
/// this act is nearer.
pub(super) fn for_something_else(page: &Page<'_>, sentence: usize, start: usize, end: usize) -> bool {
    let distance =
        |other: &Mention| if other.end <= start { start - other.end } else { other.start.saturating_sub(end) };
    let (mut other_nearest, mut own_nearest) = (usize::MAX, usize::MAX);
    if in_sentence(page, sentence).len() < 2 {
        return false;
    }
    for it in near(page, sentence, start, end, 3 * REACH) {
        let is_other =
            it.is(page, Kind::Device, "other_catheter") || matches!(it.kind, Kind::OtherService | Kind::Operation);
        if is_other {
            other_nearest = other_nearest.min(distance(it));
        } else if is_act_word(page, it) {
            own_nearest = own_nearest.min(distance(it));
        }
    }
    other_nearest < own_nearest
}
