//! The facts of a neuraxial injection: region, level, space, approach, delivery, imaging, contrast, side, purpose.

mod approach;
mod delivery;
mod imaging;
mod level;
#[path = "proximity.rs"]
mod nearby;
mod purpose;
mod weighing;

use crate::lexicon::terms::Kind;
use crate::model::{Attribute, Evidence, Id, Outcome, Slot, Status, Why};
use crate::pipeline::Page;
use crate::pipeline::mentions::Mention;
use crate::pipeline::procedures::{Frame, Issue, NEURAXIAL};
use crate::pipeline::scope::{Scope, TITLE};
use crate::pipeline::substances;
use nearby::{is_act_word, near};

pub(crate) use level::is_entry;
use level::regions_apart;
pub(crate) use nearby::{in_sentence, levels_in_sentence, sentence_tells_doing};

/// Builds the frames of the neuraxial acts of a note: one, or one for each region where both were entered.
pub(crate) fn neuraxial(page: &Page<'_>, scope: &Scope, acts: &[&Mention]) -> Vec<Frame> {
    match regions_apart(page, scope) {
        Some(by_sentence) => ["cervical_thoracic", "lumbar_sacral"]
            .into_iter()
            .map(|region| {
                let own = scope.only(|index| by_sentence[index].is_none_or(|it| it == region));
                let acts: Vec<&Mention> = acts.iter().copied().filter(|it| own.weights[it.sentence] > 0).collect();
                Builder::new(page, own, &acts, Some(region)).build()
            })
            .collect(),
        None => vec![Builder::new(page, scope.clone(), acts, None).build()],
    }
}

/// Gathers the facts of one frame.
struct Builder<'a> {
    page: &'a Page<'a>,
    scope: Scope,
    frame: Frame,
    /// The region this frame is about where the note tells of two.
    region: Option<&'static str>,
    /// For each attribute where the last attempt that failed ends.
    failed_before: Vec<(Slot, usize)>,
}

impl<'a> Builder<'a> {
    fn new(page: &'a Page<'a>, scope: Scope, acts: &[&Mention], region: Option<&'static str>) -> Builder<'a> {
        let best =
            acts.iter().filter(|it| !it.entry(page).generic).chain(acts.iter().filter(|it| it.entry(page).generic));
        let frame = Frame {
            family: Id::from(NEURAXIAL),
            status: Status::Performed,
            evidence: best.take(3).map(|it| it.evidence(page)).collect(),
            attributes: Vec::new(),
            reported: true,
            issues: Vec::new(),
            technique_details: None,
            facts: Vec::new(),
        };
        let mut builder = Builder { page, scope, frame, region, failed_before: Vec::new() };
        builder.failed_before = builder.failed_attempts();
        builder
    }

    fn build(mut self) -> Frame {
        self.region_and_level();
        self.space();
        self.approach();
        self.delivery();
        self.imaging();
        self.contrast();
        self.side();
        self.substances();
        self.purpose();
        self.frame.attributes.sort_by_key(|it| it.slot);
        if self.frame.evidence.is_empty() {
            self.frame.evidence =
                self.frame.attributes.iter().flat_map(|it| it.why.evidence()).take(2).cloned().collect();
        }
        self.frame
    }

    fn set(&mut self, slot: Slot, value: &str, why: Why) {
        self.frame.attributes.push(Attribute { slot, value: Id::from(value), substance: None, side: None, why });
    }

    fn infer(&mut self, slot: Slot, value: &str, rule: &str, evidence: Vec<Evidence>) {
        self.set(slot, value, Why::Inferred { rule: Id::from(rule), evidence });
    }

    fn issue(&mut self, question: &'static str, outcome: Outcome, evidence: Vec<Evidence>) {
        self.frame.issues.push(Issue { question, outcome, evidence });
    }

    fn value(&self, slot: Slot) -> Option<&str> {
        self.frame.attributes.iter().find(|it| it.slot == slot).map(|it| it.value.as_str())
    }

    fn first(&self, kind: Kind, concept: &str) -> Option<Evidence> {
        self.scope.concept(self.page, kind, concept).next().map(|it| it.evidence(self.page))
    }

    /// Up to three pieces of evidence of a concept, the technique's first.
    fn several(&self, kind: Kind, concept: &str) -> Vec<Evidence> {
        let mut found: Vec<&Mention> = self.scope.concept(self.page, kind, concept).collect();
        found.sort_by_key(|it| std::cmp::Reverse(self.scope.weights[it.sentence]));
        found.iter().take(3).map(|it| it.evidence(self.page)).collect()
    }

    fn side(&mut self) {
        let page = self.page;
        let sides = self.scope.happened(page, Kind::Side).filter(|it| self.scope.weights[it.sentence] >= TITLE);
        let with_act = |it: &&Mention| {
            let mut others = near(page, it.sentence, it.start, it.end, 25);
            others.any(|other| is_act_word(page, other) || other.is(page, Kind::Device, "needle"))
                || levels_in_sentence(page, it.sentence).iter().any(|level| level.level.start.abs_diff(it.end) <= 8)
        };
        let Some(found) = sides.filter(with_act).min_by_key(|it| (page.sentences.len() - it.sentence, it.start)) else {
            return;
        };
        let value = found.entry(page).concept.as_str().to_owned();
        let evidence = vec![found.evidence(page)];
        self.set(Slot::Side, &value, Why::Stated { evidence });
    }

    fn substances(&mut self) {
        let mut found = substances::substances(self.page, &self.scope);
        found.retain(|it| !substances::names_a_device(self.page, it));
        let injected: Vec<&Attribute> = found.iter().filter(|it| substances::is_injectate(it)).collect();
        let class_of = |class: &str| {
            injected
                .iter()
                .filter(|it| it.substance.as_ref().is_some_and(|it| it.class.as_str() == class))
                .flat_map(|it| it.why.evidence())
                .cloned()
                .collect::<Vec<_>>()
        };
        let named = injected
            .iter()
            .any(|it| !matches!(it.value.as_str(), "saline" | "steroid_unspecified" | "local_anesthetic"));
        let unspecified: Vec<Evidence> =
            self.scope.happened(self.page, Kind::Unspecified).map(|it| it.evidence(self.page)).take(2).collect();
        let aborted: Vec<Evidence> = self
            .scope
            .all(self.page, Kind::Abort)
            .filter(|it| it.said.status != Status::Historical)
            .map(|it| it.evidence(self.page))
            .take(2)
            .collect();
        let any_drug = !injected.is_empty();
        let no_dose: Vec<Evidence> = injected
            .iter()
            .filter(|it| {
                it.substance
                    .as_ref()
                    .is_some_and(|it| it.dose.is_none() && it.volume.is_none() && it.class.as_str() != "other")
            })
            .flat_map(|it| it.why.evidence())
            .take(3)
            .cloned()
            .collect();
        let hypertonic = class_of("ambiguous");
        let biologic = class_of("biologic");
        let neurolytic = class_of("neurolytic");
        self.frame.attributes.extend(found);
        let is_catheter = self.value(Slot::Delivery) == Some("catheter");
        let given = named && any_drug;
        let by_act = if !named && unspecified.is_empty() { self.named_in_summary() } else { Vec::new() };
        if !given && !aborted.is_empty() {
            self.frame.status = Status::Attempted;
            self.issue("injection-completed", Outcome::Conflicting, aborted);
        } else if !by_act.is_empty() {
            self.issue("dose-named", Outcome::Missing, by_act);
        } else if !named && (!is_catheter || !unspecified.is_empty()) {
            self.issue("injectate-documented", Outcome::Missing, unspecified);
        } else if !no_dose.is_empty() {
            self.issue("dose-named", Outcome::Missing, no_dose);
        }
        if !hypertonic.is_empty() && self.names_concept("hypertonic_saline") {
            self.issue("hypertonic-saline", Outcome::Conflicting, hypertonic);
        }
        if !biologic.is_empty() {
            self.issue("biologic", Outcome::Conflicting, biologic);
        }
        let denied = self.denied_neurolytic();
        if !neurolytic.is_empty() && !denied.is_empty() && !self.class_evidence("steroid").is_empty() {
            let both = neurolytic.into_iter().chain(denied).take(4).collect();
            self.issue("injectate-documented", Outcome::Conflicting, both);
        } else if !neurolytic.is_empty() {
            self.frame.family = Id::from("neuraxial_neurolysis");
        }
    }

    /// `L4-5 ESI with fluoroscopy, contrast to the right`: a summary in running text that tells where the contrast went
    /// names the steroid by the act; which steroid is then a matter of payment. Where steps are told, the one that is
    /// not told may not have been done; and a title, or an act without contrast, may be an order.
    fn named_in_summary(&self) -> Vec<Evidence> {
        const DETAILS: u32 = 2;
        let page = self.page;
        let told = |kind: Kind| self.scope.happened(page, kind).next().is_some();
        let steps = told(Kind::Device) || told(Kind::Technique) || told(Kind::Motion);
        if steps || self.contrast_given().is_empty() || self.technique_details() < DETAILS {
            return Vec::new();
        }
        let says_steroid = |it: &&Mention| {
            let words = page.search.text[it.start..it.end].to_ascii_lowercase();
            let in_text = page.sections[page.sentences[it.sentence].section].kind.is_none();
            in_text && (words.contains("steroid") || words.ends_with("esi"))
        };
        self.scope.happened(page, Kind::Act).filter(says_steroid).take(1).map(|it| it.evidence(page)).collect()
    }

    /// Words that deny the neurolytic that the note tells of elsewhere: `phenol not dispensed`.
    fn denied_neurolytic(&self) -> Vec<Evidence> {
        let page = self.page;
        let denied = self.scope.all(page, Kind::Substance).filter(|it| {
            it.said.status == Status::Negated
                && it.entry(page).class.as_ref().is_some_and(|it| it.as_str() == "neurolytic")
                && self.names_concept(it.entry(page).concept.as_str())
        });
        denied.take(2).map(|it| it.evidence(page)).collect()
    }

    fn names_concept(&self, name: &str) -> bool {
        self.frame.attributes.iter().any(|it| it.slot == Slot::Substance && it.value.as_str() == name)
    }

    fn class_evidence(&self, class: &str) -> Vec<Evidence> {
        self.frame
            .attributes
            .iter()
            .filter(|it| {
                substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == class)
            })
            .flat_map(|it| it.why.evidence())
            .take(2)
            .cloned()
            .collect()
    }
}

fn dedup<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut list = Vec::new();
    for it in values {
        if !list.contains(&it) {
            list.push(it);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::{delivery, imaging, level};
    use crate::Lexicon;

    /// Constructions that the stages name are in the data.
    #[test]
    fn constructions_named_in_code_exist() {
        let rows = &Lexicon::embedded().constructions.rows;
        let lists: [&[&str]; 6] = [
            &imaging::MARKING,
            &imaging::VIEWS,
            &imaging::BY_FEEL,
            &delivery::NEEDLE,
            &delivery::OUT,
            &level::MENTIONED,
        ];
        for id in lists.concat() {
            assert!(rows.iter().any(|row| row.id.as_str() == id), "{id} is in no file of constructions");
        }
    }
}
