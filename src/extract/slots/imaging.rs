//! Imaging of this act, and contrast: the resolver's verdict as an attribute or a documentation gap.

use super::NeuraxialBuilder;
use super::proximity::{REACH, is_act_word, near};
use crate::document::{Document, Mention, Statement};
use crate::extract::mentions::in_sentence;
use crate::extract::resolver::Resolution;
use crate::lexicon::constructions::Stance;
use crate::lexicon::terms::SemanticType;
use crate::lexicon::weights::NOT_DOCUMENTED;
use crate::model::{Evidence, Id, Outcome, Provenance, Slot, Status};

/// Constructions of imaging that only found the level or marked the skin.
pub(super) const MARKING: [&str; 2] = ["marked-with", "scan-before"];
/// Constructions of views, from which the modality is inferred.
pub(super) const VIEWS: [&str; 1] = ["view"];
/// Constructions of a technique by feel, from which the absence of imaging is inferred.
pub(super) const BY_FEEL: [&str; 1] = ["by-feel"];

impl NeuraxialBuilder<'_> {
    pub(super) fn imaging(&mut self) {
        let doc = self.doc;
        let found = self.weigh(Slot::Imaging);
        let marks = self.read_by(Slot::Imaging, &MARKING);
        let value = found.value();
        let evidence = self.supporting(&found, value);
        let only = |rows: &[&str]| self.is_read_only_by(&found, value, rows);
        if value == NOT_DOCUMENTED || found.conflicting {
            let outcome = if found.conflicting { Outcome::Conflicting } else { Outcome::Missing };
            let evidence = if found.conflicting { self.both_sides(&found) } else { evidence };
            self.gap("imaging-documented", outcome, evidence);
        } else if value == "none" && !marks.is_empty() && only(&[MARKING[0], MARKING[1], BY_FEEL[0]]) {
            let evidence = marks.iter().take(3).map(|it| it.evidence(doc)).collect::<Vec<_>>();
            self.infer(Slot::Imaging, "none", "marking-only", evidence.clone());
            let by_beam = |it: &&&Statement| matches!(it.rule.as_str(), "fluoroscopy" | "ct");
            if marks.iter().any(|it| by_beam(&it)) {
                self.gap("imaging-marking-only", Outcome::Conflicting, evidence);
            }
        } else if value == "none" && (evidence.is_empty() || only(&BY_FEEL)) {
            let denied = self.denying(&found);
            if !denied.is_empty() {
                self.set(Slot::Imaging, "none", Provenance::Explicit { evidence: denied });
            } else if evidence.is_empty() {
                self.silent_imaging();
            } else {
                self.infer(Slot::Imaging, "none", "technique-without-imaging", evidence);
            }
        } else if only(&VIEWS) {
            self.infer(Slot::Imaging, value, "views-to-fluoroscopy", evidence);
        } else {
            self.set(Slot::Imaging, value, Provenance::Explicit { evidence });
        }
        self.event.facts.push(found);
    }

    /// No word of imaging and none of feeling the way: a needle of the canal still documents a technique.
    fn silent_imaging(&mut self) {
        let needles: Vec<Evidence> = ["epidural_needle", "spinal_needle"]
            .iter()
            .flat_map(|it| self.several(SemanticType::Device, it))
            .take(2)
            .collect();
        if needles.is_empty() {
            self.set(Slot::Imaging, "none", Provenance::Assumed { rule: Id::from("imaging-not-mentioned") });
        } else {
            self.infer(Slot::Imaging, "none", "technique-without-imaging", needles);
        }
    }

    pub(super) fn contrast_given(&self) -> Vec<Evidence> {
        let doc = self.doc;
        let words = self.scope.all(doc, SemanticType::Contrast).filter(|it| {
            it.assertion.happened()
                || it.entry(doc).concept.as_str() == "spread" && it.assertion.status == Status::Negated
        });
        let agents = self
            .scope
            .happened(doc, SemanticType::Substance)
            .filter(|it| it.entry(doc).class.as_ref().is_some_and(|it| it.as_str() == "contrast"));
        words.chain(agents).take(3).map(|it| it.evidence(doc)).collect()
    }

    /// Whether contrast, or an agent by its name, is documented as given.
    fn names_contrast(&self) -> bool {
        let doc = self.doc;
        let agent = |it: &Mention| it.entry(doc).class.as_ref().is_some_and(|it| it.as_str() == "contrast");
        self.scope.concept(doc, SemanticType::Contrast, "contrast").next().is_some()
            || self.scope.happened(doc, SemanticType::Substance).any(agent)
    }

    pub(super) fn contrast(&mut self) {
        let mut given = self.contrast_given();
        if self.value(Slot::Imaging) == Some("ultrasound") && !self.names_contrast() {
            // `No intravascular flow` on ultrasound is about the drug.
            given.clear();
        }
        let denied = self
            .scope
            .all(self.doc, SemanticType::Contrast)
            .find(|it| it.assertion.status == Status::Negated && it.entry(self.doc).concept.as_str() == "contrast")
            .map(|it| it.evidence(self.doc));
        if !given.is_empty() && denied.is_none() || given.len() > 1 {
            self.set(Slot::Contrast, "true", Provenance::Explicit { evidence: given });
            return;
        }
        match denied {
            Some(evidence) => self.set(Slot::Contrast, "false", Provenance::Explicit { evidence: vec![evidence] }),
            None => self.set(Slot::Contrast, "false", Provenance::Assumed { rule: Id::from("contrast-not-mentioned") }),
        }
        let guided = matches!(self.value(Slot::Imaging), Some("fluoroscopy" | "ct"));
        if guided && self.value(Slot::Delivery) == Some("single") {
            self.gap("contrast-documented", Outcome::Missing, Vec::new());
        }
    }

    /// Words behind both sides of a contradiction.
    pub(super) fn both_sides(&self, found: &Resolution) -> Vec<Evidence> {
        let doc = self.doc;
        let own = self.own_statements(found.slot).filter(|it| it.is_now() && it.construction(doc).full);
        let own = own.filter(|it| it.stance != Stance::Open && it.value.as_str() != NOT_DOCUMENTED);
        own.take(6).map(|it| it.evidence(doc)).collect()
    }
}

/// Imaging in a sentence about another device, service or operation is not for this act, unless a word of
/// this act is nearer.
pub(super) fn for_something_else(doc: &Document<'_>, sentence: usize, start: usize, end: usize) -> bool {
    let distance =
        |other: &Mention| if other.end <= start { start - other.end } else { other.start.saturating_sub(end) };
    let (mut other_nearest, mut own_nearest) = (usize::MAX, usize::MAX);
    if in_sentence(doc, sentence).len() < 2 {
        return false;
    }
    for it in near(doc, sentence, start, end, 3 * REACH) {
        let is_other = it.is(doc, SemanticType::Device, "other_catheter")
            || matches!(it.kind, SemanticType::OtherService | SemanticType::Operation);
        if is_other {
            other_nearest = other_nearest.min(distance(it));
        } else if is_act_word(doc, it) {
            own_nearest = own_nearest.min(distance(it));
        }
    }
    other_nearest < own_nearest
}
