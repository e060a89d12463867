//! Imaging of this act, and contrast.

use super::Builder;
use super::nearby::{REACH, in_sentence, is_act_word, near, sentence_has_word};
use crate::lexicon::sections::heading_key;
use crate::lexicon::terms::Kind;
use crate::model::{Evidence, Id, Outcome, Slot, Status, Why};
use crate::pipeline::Page;
use crate::pipeline::mentions::Mention;
use crate::pipeline::scope::{Scope, TECHNIQUE};
use std::collections::BTreeMap;

impl Builder<'_> {
    pub(super) fn imaging(&mut self) {
        let page = self.page;
        let mut found: BTreeMap<&str, Vec<Evidence>> = BTreeMap::new();
        let mut denied: Vec<(&str, Evidence)> = Vec::new();
        let mut unguided: Vec<Evidence> = Vec::new();
        let mut options: Vec<Evidence> = Vec::new();
        for it in self.scope.all(page, Kind::Imaging).filter(|it| !for_something_else(page, it) && !is_loose(page, it))
        {
            if is_option(page, it) {
                options.push(it.evidence(page));
                continue;
            }
            let concept = it.entry(page).concept.as_str();
            let weight = self.scope.weights[it.sentence];
            match it.said.status {
                _ if concept == "none" && it.said.status != Status::Historical => {
                    unguided.push(it.evidence(page));
                }
                Status::Negated => denied.push((concept, it.evidence(page))),
                _ if near(page, it.sentence, it.end, it.end, 2 * REACH)
                    .any(|other| other.start >= it.end && other.is(page, Kind::Attempt, "fault")) =>
                {
                    denied.push(("idle", it.evidence(page)));
                }
                _ if it.said.happened() || weight >= TECHNIQUE && it.said.status == Status::Existing => {
                    found.entry(concept).or_default().push(it.evidence(page));
                }
                _ => {}
            }
        }
        for it in self.scope.all(page, Kind::ImagingAny).filter(|it| it.said.status == Status::Negated) {
            unguided.push(it.evidence(page));
        }
        let views = self.views();
        let marking = self.scope.all(page, Kind::Marking).find(|it| found_in_sentence(page, &self.scope, it));
        let guided: Vec<&str> = ["ct", "fluoroscopy"].into_iter().filter(|it| found.contains_key(it)).collect();
        let contradicted = guided.iter().any(|it| denied.iter().any(|(concept, _)| concept == it));
        // `under fluoroscopy` in the title, and a field that says `Guidance: none`.
        let field_none = !guided.is_empty() && denies_in_a_field(page, &self.scope);
        let boxes = ["fluoroscopy", "ultrasound", "ct"].into_iter().filter(|it| found.contains_key(it)).count() > 1
            && only_boxes(page, &self.scope)
            || !found.is_empty() && ticks_none(page, &self.scope);
        let evidence = |list: &[Evidence]| list.iter().take(3).cloned().collect::<Vec<_>>();
        let all_evidence: Vec<Evidence> = found.values().flatten().take(4).cloned().collect();
        let denied_evidence: Vec<Evidence> =
            denied.iter().map(|it| it.1.clone()).chain(unguided.iter().cloned()).take(3).collect();
        let only_marks = marking.is_some()
            && found.get("fluoroscopy").is_some_and(|it| it.len() <= 2)
            && self.marking_only(&denied_evidence);
        if boxes || field_none || contradicted && !only_marks && self.contradiction_is_real(&guided) {
            let both = all_evidence.into_iter().chain(denied_evidence).take(6).collect();
            self.issue("imaging-documented", Outcome::Conflicting, both);
        } else if only_marks {
            self.infer(Slot::Imaging, "none", "marking-only", all_evidence.clone());
            self.issue("imaging-marking-only", Outcome::Conflicting, all_evidence);
        } else if let Some(modality) = guided.first() {
            self.set(Slot::Imaging, modality, Why::Stated { evidence: evidence(&found[modality]) });
        } else if let Some(list) = found.get("ultrasound").filter(|_| self.only_scouts()) {
            self.infer(Slot::Imaging, "none", "marking-only", evidence(list));
        } else if let Some(list) = found.get("ultrasound") {
            self.set(Slot::Imaging, "ultrasound", Why::Stated { evidence: evidence(list) });
        } else if let Some(list) = found.get("mri") {
            self.set(Slot::Imaging, "mri", Why::Stated { evidence: evidence(list) });
        } else if !denied_evidence.is_empty() && views.is_empty() && !self.is_guided_otherwise(&denied, &unguided) {
            self.set(Slot::Imaging, "none", Why::Stated { evidence: denied_evidence });
        } else if !views.is_empty() && (denied_evidence.is_empty() || self.is_guided_otherwise(&denied, &unguided)) {
            self.infer(Slot::Imaging, "fluoroscopy", "views-to-fluoroscopy", views);
        } else if !views.is_empty() {
            self.issue("imaging-documented", Outcome::Conflicting, views.into_iter().chain(denied_evidence).collect());
        } else if !options.is_empty() {
            self.issue("imaging-documented", Outcome::Missing, options.into_iter().take(4).collect());
        } else {
            self.silent_imaging();
        }
    }

    /// Whether ultrasound only looked for the level before the needle: each sentence about it tells of counting or
    /// marking, and none of a needle that it led.
    fn only_scouts(&self) -> bool {
        const LOOKS: [&str; 14] = [
            "survey",
            "procedural",
            "prescan",
            "pre-scan",
            "scout",
            "mark",
            "label",
            "count",
            "midline only",
            "glance",
            "quick look",
            "put away",
            "level was",
            "beforehand",
        ];
        const LEADS: [&str; 6] = ["real-time", "real time", "in-plane", "in plane", "guid", "watched"];
        let page = self.page;
        let probe = self.scope.concept(page, Kind::Imaging, "ultrasound");
        let told = |it: &Mention, words: &[&str]| {
            let sentence = page.sentences[it.sentence];
            let text = page.search.text[sentence.start..sentence.end].to_ascii_lowercase();
            words.iter().any(|word| text.contains(word))
        };
        let mut scouts = false;
        for it in probe {
            if told(it, &LEADS) {
                return false;
            }
            scouts |= told(it, &LOOKS);
        }
        scouts
    }

    /// Views of the X-ray tube: an oblique view in a sentence about the probe is one of ultrasound.
    fn views(&self) -> Vec<Evidence> {
        let page = self.page;
        let seen = self.scope.concept(page, Kind::View, "view");
        let of_probe =
            |it: &&Mention| in_sentence(page, it.sentence).iter().any(|it| it.is(page, Kind::Imaging, "ultrasound"));
        seen.filter(|it| !of_probe(it)).take(3).map(|it| it.evidence(page)).collect()
    }

    /// Whether only another modality than fluoroscopy is denied while guidance is told: `image-guided, no ultrasound`.
    fn is_guided_otherwise(&self, denied: &[(&str, Evidence)], unguided: &[Evidence]) -> bool {
        let page = self.page;
        let told = self.scope.happened(page, Kind::ImagingAny).any(|it| !is_past_study(page, it));
        let spares_fluoroscopy = denied.iter().all(|(it, _)| matches!(*it, "ct" | "ultrasound" | "mri"));
        unguided.is_empty() && spares_fluoroscopy && (told || !self.contrast_given().is_empty())
    }

    /// No modality is named: contrast leaves it open, a technique told by feel means none.
    pub(super) fn silent_imaging(&mut self) {
        let page = self.page;
        let contrast: Vec<Evidence> =
            self.contrast_given().into_iter().chain(self.several(Kind::Technique, "epidurogram")).take(3).collect();
        let open_guidance: Vec<Evidence> = self
            .scope
            .happened(page, Kind::ImagingAny)
            .filter(|it| !is_past_study(page, it))
            .take(2)
            .map(|it| it.evidence(page))
            .collect();
        if !contrast.is_empty() || !open_guidance.is_empty() {
            self.issue("imaging-documented", Outcome::Missing, contrast.into_iter().chain(open_guidance).collect());
            return;
        }
        let mut technique: Vec<Evidence> = ["loss_of_resistance", "palpation", "csf_return", "ligamentum_flavum"]
            .iter()
            .flat_map(|it| self.several(Kind::Technique, it))
            .take(3)
            .collect();
        if technique.is_empty() {
            technique = ["epidural_needle", "spinal_needle"]
                .iter()
                .flat_map(|it| self.several(Kind::Device, it))
                .take(2)
                .collect();
        }
        if technique.is_empty() {
            self.set(Slot::Imaging, "none", Why::Assumed { rule: Id::from("imaging-not-mentioned") });
        } else {
            self.infer(Slot::Imaging, "none", "technique-without-imaging", technique);
        }
    }

    /// Imaging that only marked the skin: no imaging word outside the marking sentence, or imaging denied afterwards.
    pub(super) fn marking_only(&self, denied: &[Evidence]) -> bool {
        let page = self.page;
        let marks: Vec<usize> = self.scope.all(page, Kind::Marking).map(|it| it.sentence).collect();
        let elsewhere = self
            .scope
            .happened(page, Kind::Imaging)
            .any(|it| !marks.contains(&it.sentence) && it.entry(page).concept.as_str() != "none");
        let only = marks.iter().any(|it| {
            sentence_has_word(page, *it, "only")
                || sentence_has_word(page, *it, "removed")
                || sentence_has_word(page, *it, "rolled")
                || sentence_has_word(page, *it, "wheeled")
                || sentence_has_word(page, *it, "away")
                || sentence_has_word(page, *it, "solely")
                || sentence_has_word(page, *it, "just")
        });
        !elsewhere && (only || !denied.is_empty())
    }

    /// A modality both named and denied contradicts itself where both speak of this act in the same breath of
    /// detail: a title against a narrative, or two plain statements.
    pub(super) fn contradiction_is_real(&self, guided: &[&str]) -> bool {
        let page = self.page;
        let positive = self
            .scope
            .happened(page, Kind::Imaging)
            .filter(|it| guided.contains(&it.entry(page).concept.as_str()))
            .count();
        let negative = self
            .scope
            .all(page, Kind::Imaging)
            .filter(|it| {
                it.said.status == Status::Negated
                    && guided.contains(&it.entry(page).concept.as_str())
                    && it.entry(page).concept.as_str() == "fluoroscopy"
            })
            .count();
        positive > 0 && negative > 0
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

    /// Whether contrast, or an agent by its name, is told as given.
    fn names_contrast(&self) -> bool {
        let page = self.page;
        let agent = |it: &Mention| it.entry(page).class.as_ref().is_some_and(|it| it.as_str() == "contrast");
        self.scope.concept(page, Kind::Contrast, "contrast").next().is_some()
            || self.scope.happened(page, Kind::Substance).any(agent)
    }

    pub(super) fn contrast(&mut self) {
        let mut given = self.contrast_given();
        if self.value(Slot::Imaging) == Some("ultrasound") && !self.names_contrast() {
            // `No intravascular flow` on ultrasound is told of the drug.
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
}

/// Imaging in a sentence about another device, service or operation is not for this act, unless a word of
/// this act stands nearer.
pub(super) fn for_something_else(page: &Page<'_>, it: &Mention) -> bool {
    let distance =
        |other: &Mention| if other.end <= it.start { it.start - other.end } else { other.start.saturating_sub(it.end) };
    let nearest = |wanted: &dyn Fn(&Mention) -> bool| {
        near(page, it.sentence, it.start, it.end, 3 * REACH)
            .filter(|other| wanted(other))
            .map(distance)
            .min()
            .unwrap_or(usize::MAX)
    };
    let other = nearest(&|other| {
        other.is(page, Kind::Device, "other_catheter") || matches!(other.kind, Kind::OtherService | Kind::Operation)
    });
    let own = nearest(&|other| is_act_word(page, other));
    other < own
}

/// A word such as "axial images" is guidance only in a sentence that tells of the needle.
pub(super) fn is_loose(page: &Page<'_>, it: &Mention) -> bool {
    let device = |other: &Mention| other.kind == Kind::Device && !other.is(page, Kind::Device, "other_catheter");
    let needle = |other: &Mention| device(other) || matches!(other.kind, Kind::Space | Kind::Contrast);
    // `Tuohy advanced stepwise; axial images between steps`: the sentence before may tell of the needle.
    let goes_on = it.sentence > 0
        && !page.sentences[it.sentence].paragraph
        && page.sentences[it.sentence - 1].section == page.sentences[it.sentence].section;
    let all = in_sentence(page, it.sentence).iter();
    let told = all.clone().any(|other| other.kind == Kind::Marking) || all.take(64).any(needle);
    let told_before = goes_on && in_sentence(page, it.sentence - 1).iter().take(64).any(device);
    it.entry(page).generic && !told && !told_before
}

/// Imaging in the sense of a study done before.
pub(super) fn is_past_study(page: &Page<'_>, it: &Mention) -> bool {
    in_sentence(page, it.sentence).iter().take(64).any(|other| matches!(other.kind, Kind::Finding | Kind::Diagnostic))
}

pub(super) fn found_in_sentence(page: &Page<'_>, scope: &Scope, it: &Mention) -> bool {
    scope.weights[it.sentence] > 0
        && in_sentence(page, it.sentence).iter().take(64).any(|other| other.is(page, Kind::Imaging, "fluoroscopy"))
}

/// The longest line of choices, in bytes.
const CHOICES: usize = 100;

/// `Guidance: fluoroscopy / CT / ultrasound / none`, `[ ] fluoroscopy [ ] none`: a choice that nobody made names nothing.
fn is_option(page: &Page<'_>, it: &Mention) -> bool {
    let sentence = page.sentences[it.sentence];
    let text = &page.search.text;
    if sentence.end - sentence.start.min(sentence.end) > CHOICES {
        return false;
    }
    let line = text[sentence.start..sentence.end].to_ascii_lowercase();
    let unticked = ["[ ] none", "( ) none", "[] none"].iter().any(|none| line.contains(none));
    if unticked {
        // One that is ticked is a choice.
        return !in_sentence(page, it.sentence).iter().any(|it| it.kind == Kind::Imaging && it.said.happened());
    }
    let joined = |other: &Mention| {
        let before = text[sentence.start.min(other.start)..other.start].trim_end();
        let after = text[other.end..sentence.end.max(other.end)].trim_start();
        before.ends_with('/') || after.starts_with('/')
    };
    let modality = |other: &&Mention| other.kind == Kind::Imaging && joined(other);
    let several = || in_sentence(page, it.sentence).iter().filter(modality).count() > 1;
    joined(it) && line.matches('/').count() > 1 && several()
}

/// Whether a field of a form denies any imaging: `Guidance: none`, `Guidance: None - unit out of service`.
fn denies_in_a_field(page: &Page<'_>, scope: &Scope) -> bool {
    page.sentences.iter().zip(&scope.weights).filter(|it| *it.1 > 0).any(|(sentence, _)| {
        let section = &page.sections[sentence.section];
        let key = heading_key(&page.search.text[section.heading.clone()]);
        let value = page.search.text[section.body.clone()].trim();
        let denies = value.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("none"))
            && (value.len() == 4 || value[4..].trim_start().starts_with(['.', ',', ';', '-', '(']));
        denies && page.lexicon.sections.guidance.iter().any(|it| *it == key.trim_end_matches(':'))
    })
}

/// Whether "none" is ticked in the line of boxes that also holds a ticked modality.
fn ticks_none(page: &Page<'_>, scope: &Scope) -> bool {
    scope.happened(page, Kind::Imaging).filter(|it| it.entry(page).concept.as_str() != "none").any(|it| {
        let sentence = page.sentences[it.sentence];
        let text = page.search.text[sentence.start..sentence.end].to_ascii_lowercase();
        ["[x] none", "(x) none", "[x] no imaging", "(x) no imaging"].iter().any(|none| text.contains(none))
    })
}

/// Whether every imaging word of the act stands in a line of check boxes.
pub(super) fn only_boxes(page: &Page<'_>, scope: &Scope) -> bool {
    let mut found = scope.happened(page, Kind::Imaging).peekable();
    found.peek().is_some()
        && found.all(|it| {
            let sentence = page.sentences[it.sentence];
            let text =
                &page.search.text[page.sections[sentence.section].heading.start.min(sentence.start)..sentence.end];
            text.contains("[x]") || text.contains("[X]") || text.contains("(x)") || text.contains("(X)")
        })
}
