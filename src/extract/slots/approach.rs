//! Space and approach.

use super::NeuraxialBuilder;
use super::proximity::{REACH, in_act, is_sacral, near};
use crate::document::Mention;
use crate::extract::mentions::in_sentence;
use crate::extract::scope::TECHNIQUE;
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::terms::SemanticType;
use crate::model::{Evidence, Outcome, Provenance, Slot, Status};

impl NeuraxialBuilder<'_> {
    /// Words that the sacral hiatus was the way in.
    pub(super) fn sacral(&self) -> Vec<Evidence> {
        let words = self
            .scope
            .concept(self.doc, SemanticType::Approach, "caudal")
            .filter(|it| is_sacral(self.doc, &self.scope, it));
        words.take(3).map(|it| it.evidence(self.doc)).collect()
    }

    pub(super) fn space(&mut self) {
        let mut scores = [("epidural", 0_u32), ("subarachnoid", 0_u32)];
        let weight = |it: &Mention| u32::from(self.scope.weights[it.sentence]);
        for it in self.scope.happened(self.doc, SemanticType::Space) {
            let act = in_act(self.doc, it);
            let points = if act { 4 * weight(it) } else { weight(it) };
            match it.entry(self.doc).concept.as_str() {
                "epidural" => scores[0].1 += points,
                "subarachnoid" => scores[1].1 += points,
                _ => {}
            }
        }
        let felt = self.scope.concept(self.doc, SemanticType::Technique, "loss_of_resistance").count() as u32;
        let fluid = self.scope.concept(self.doc, SemanticType::Technique, "csf_return").count() as u32;
        let caudal = self.sacral().len() as u32;
        let documented = scores[0].1 + scores[1].1 > 0;
        scores[0].1 += 3 * (felt + caudal);
        // Fluid without a loss of resistance: the dura was passed on purpose, whatever the catheter is called.
        scores[1].1 += if felt == 0 { 12 * fluid.min(2) } else { 4 * fluid };
        let (space, points) = if scores[1].1 > scores[0].1 { scores[1] } else { scores[0] };
        if points == 0 {
            self.space_from_needle();
            return;
        }
        let stated = self.several(SemanticType::Space, space);
        if documented && !stated.is_empty() {
            self.set(Slot::Space, space, Provenance::Explicit { evidence: stated });
        } else {
            let mut evidence = self.several(
                SemanticType::Technique,
                if space == "epidural" { "loss_of_resistance" } else { "csf_return" },
            );
            evidence.extend(self.sacral().into_iter().take(1).filter(|_| space == "epidural"));
            self.infer(Slot::Space, space, "space-from-technique", evidence);
        }
    }

    /// An epidural needle or a catheter threaded through it, and no fluid.
    fn space_from_needle(&mut self) {
        let evidence = self.several(SemanticType::Device, "epidural_needle");
        if !evidence.is_empty() {
            self.infer(Slot::Space, "epidural", "space-from-technique", evidence);
        }
    }

    /// `A catheter was threaded to the C5-6 foramen`: where it was led to, not the way in.
    fn is_led_to(&self, foramen: &Mention) -> bool {
        let before = near(self.doc, foramen.sentence, foramen.start, foramen.start, 2 * REACH)
            .filter(|it| it.kind == SemanticType::Device && it.end <= foramen.start);
        before.last().is_some_and(|it| it.entry(self.doc).concept.as_str() == "catheter")
    }

    /// Whether a word of the way in is where the approach is described: in a narrative, or next to a needle.
    fn describes_approach(&self, it: &Mention) -> bool {
        let needle = |it: &Mention| matches!(it.entry(self.doc).concept.as_str(), "needle" | "spinal_needle");
        self.scope.weights[it.sentence] >= TECHNIQUE || in_sentence(self.doc, it.sentence).iter().any(needle)
    }

    /// `Tumor within the right T1-T2 foramen`: where something was seen, and no needle went.
    fn is_found_there(&self, foramen: &Mention) -> bool {
        let all = in_sentence(self.doc, foramen.sentence);
        let is_contrast = |it: &Mention| {
            it.kind == SemanticType::Contrast
                || it.entry(self.doc).class.as_ref().is_some_and(|it| it.as_str() == "contrast")
        };
        let beside =
            |it: &Mention| it.start.saturating_sub(foramen.end).max(foramen.start.saturating_sub(it.end)) <= REACH;
        let found = all.iter().any(|it| it.kind == SemanticType::Finding && beside(it)) || all.iter().any(is_contrast);
        let is_drug = |it: &Mention| it.kind == SemanticType::Substance && !is_contrast(it);
        found && !all.iter().any(|it| matches!(it.kind, SemanticType::Device | SemanticType::Thread) || is_drug(it))
    }

    /// A thin needle without a loss of resistance, led by fluoroscopy or CT: the words fit a way through the foramen
    /// just as well.
    fn is_open_to_foramen(&self) -> bool {
        let has = |kind: SemanticType, concept: &str| self.scope.concept(self.doc, kind, concept).next().is_some();
        let guided = has(SemanticType::Imaging, "fluoroscopy") || has(SemanticType::Imaging, "ct");
        let thin = has(SemanticType::Device, "spinal_needle") || self.names_thin_needle();
        guided && thin && !has(SemanticType::Device, "catheter") && self.value(Slot::Space) != Some("subarachnoid")
    }

    /// `22G`, the gauge of a spinal needle: a finer one numbs the skin, a thicker one feels the space.
    fn names_thin_needle(&self) -> bool {
        const GAUGE: [&str; 3] = ["22g", "22 g", "22-g"];
        let doc = self.doc;
        let in_scope = doc.sentences.iter().zip(&self.scope.weights).filter(|it| *it.1 > 0);
        in_scope
            .map(|(it, _)| doc.normalized.text[it.start..it.end].to_ascii_lowercase())
            .any(|it| GAUGE.iter().any(|gauge| it.contains(gauge)))
    }

    /// Whether a word names the way through the hiatus, and not only the canal behind it, which a needle through a
    /// sacral foramen reaches as well.
    fn names_hiatus(&self) -> bool {
        let text = &self.doc.normalized.text;
        let words = self
            .scope
            .concept(self.doc, SemanticType::Approach, "caudal")
            .filter(|it| is_sacral(self.doc, &self.scope, it));
        words.map(|it| &text[it.start..it.end]).any(|it| !it.to_ascii_lowercase().ends_with("canal"))
    }

    pub(super) fn approach(&mut self) {
        let laminae = self.several(SemanticType::Approach, "interlaminar");
        let caudal = self.sacral();
        let foramen = self.several(SemanticType::Approach, "transforaminal");
        let felt = self.several(SemanticType::Technique, "loss_of_resistance");
        let mut technique = felt.clone();
        technique.extend(self.first(SemanticType::Technique, "ligamentum_flavum"));
        technique.extend(self.first(SemanticType::Technique, "csf_return"));
        technique.extend(self.first(SemanticType::Device, "epidural_needle"));
        let interspace =
            self.event.attributes.iter().any(|it| it.slot == Slot::Level && it.value.as_str().contains('-'));
        let narrative_foramen = self
            .scope
            .concept(self.doc, SemanticType::Approach, "transforaminal")
            .filter(|it| self.describes_approach(it) && !self.is_led_to(it))
            .filter(|it| !self.is_found_there(it))
            .count();
        let narrative_laminae = self
            .scope
            .concept(self.doc, SemanticType::Approach, "interlaminar")
            .filter(|it| self.scope.weights[it.sentence] >= TECHNIQUE)
            .count()
            + felt.len();
        let sacral_route = caudal.is_empty() || narrative_foramen >= 2 && !self.names_hiatus();
        if sacral_route && narrative_foramen > 0 {
            let mut both = foramen.clone();
            both.extend(laminae.iter().cloned());
            if narrative_laminae == 0 || narrative_foramen >= 3 && felt.is_empty() {
                self.infer(Slot::Approach, "transforaminal", "foramen-in-narrative", foramen);
            } else {
                both.extend(felt);
                self.gap("approach-documented", Outcome::Conflicting, both);
            }
            return;
        }
        if !caudal.is_empty() {
            self.set(Slot::Approach, "caudal", Provenance::Explicit { evidence: caudal });
        } else if !laminae.is_empty() {
            self.set(Slot::Approach, "interlaminar", Provenance::Explicit { evidence: laminae });
        } else if !technique.is_empty() {
            self.infer(Slot::Approach, "interlaminar", "approach-from-technique", technique);
        } else if interspace && !self.is_open_to_foramen() {
            let evidence = self
                .event
                .attributes
                .iter()
                .filter(|it| it.slot == Slot::Level)
                .flat_map(|it| it.provenance.evidence())
                .take(2)
                .cloned()
                .collect();
            self.infer(Slot::Approach, "interlaminar", "approach-from-technique", evidence);
        } else if self.value(Slot::Space) == Some("subarachnoid") {
            let evidence = self.several(SemanticType::Space, "subarachnoid");
            self.infer(Slot::Approach, "interlaminar", "approach-from-technique", evidence);
        } else if let Some(named) = self.named_way() {
            self.set(Slot::Approach, named.0, Provenance::Explicit { evidence: vec![named.1] });
        } else {
            self.gap("approach-documented", Outcome::Missing, Vec::new());
        }
    }

    /// The way in that the name of the act states, whatever else its sentence says of the act: `the interlaminar epidural
    /// that was advised last month was given today`.
    fn named_way(&self) -> Option<(&'static str, Evidence)> {
        let doc = self.doc;
        let neuraxial = doc.lexicon.family(NEURAXIAL);
        let named = doc.of_kind(SemanticType::Approach).find(|it| {
            let mut acts = doc.of_kind_in(SemanticType::Trigger, it.sentence);
            it.assertion.status != Status::Negated
                && acts.any(|act| act.entry(doc).family == neuraxial && act.start <= it.end && it.start <= act.end)
        })?;
        let way = ["interlaminar", "caudal"].into_iter().find(|way| named.is(doc, SemanticType::Approach, way))?;
        Some((way, named.evidence(doc)))
    }
}
