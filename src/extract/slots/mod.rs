//! The facts of a neuraxial injection: region, level, space, approach, delivery, imaging, contrast, side, purpose.

mod approach;
mod delivery;
mod imaging;
mod level;
mod proximity;
mod purpose;
mod weighing;

use crate::document::{Document, Mention};
use crate::extract::mentions::levels_in_sentence;
use crate::extract::performed::WITHHELD;
use crate::extract::procedure_event::{DocumentationGap, ProcedureEvent};
use crate::extract::scope::{EvidenceWeights, TITLE};
use crate::extract::substances;
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::terms::SemanticType;
use crate::model::{Attribute, Evidence, Id, Outcome, Provenance, Slot, Status};
use proximity::{is_act_word, near};

pub(crate) use level::is_entry;
use level::regions_apart;
pub(crate) use proximity::sentence_describes_technique;

/// Builds the events of the neuraxial acts of a note: one, or one for each region where both were entered.
pub(crate) fn neuraxial(doc: &Document<'_>, scope: &EvidenceWeights, acts: &[&Mention]) -> Vec<ProcedureEvent> {
    match regions_apart(doc, scope) {
        Some(by_sentence) => ["cervical_thoracic", "lumbar_sacral"]
            .into_iter()
            .map(|region| {
                let own = scope.only(|index| by_sentence[index].is_none_or(|it| it == region));
                let acts: Vec<&Mention> = acts.iter().copied().filter(|it| own.weights[it.sentence] > 0).collect();
                NeuraxialBuilder::new(doc, own, &acts, Some(region)).build()
            })
            .collect(),
        None => vec![NeuraxialBuilder::new(doc, scope.clone(), acts, None).build()],
    }
}

/// Gathers the facts of one event.
struct NeuraxialBuilder<'a> {
    doc: &'a Document<'a>,
    scope: EvidenceWeights,
    event: ProcedureEvent,
    /// The region of this event where the note documents two.
    region: Option<&'static str>,
    /// For each attribute where the last attempt that failed ends.
    failed_before: Vec<(Slot, usize)>,
    /// Start of the needle, where a catheter goes through it.
    placed_from: Option<usize>,
}

impl<'a> NeuraxialBuilder<'a> {
    fn new(
        doc: &'a Document<'a>,
        scope: EvidenceWeights,
        acts: &[&Mention],
        region: Option<&'static str>,
    ) -> NeuraxialBuilder<'a> {
        let best =
            acts.iter().filter(|it| !it.entry(doc).generic).chain(acts.iter().filter(|it| it.entry(doc).generic));
        let event = ProcedureEvent {
            family: Id::from(NEURAXIAL),
            status: Status::Performed,
            evidence: best.take(3).map(|it| it.evidence(doc)).collect(),
            attributes: Vec::new(),
            reported: true,
            gaps: Vec::new(),
            technique_details: None,
            facts: Vec::new(),
        };
        let mut builder = NeuraxialBuilder { doc, scope, event, region, failed_before: Vec::new(), placed_from: None };
        builder.placed_from = builder.placed_from();
        builder.failed_before = builder.failed_attempts();
        builder
    }

    fn build(mut self) -> ProcedureEvent {
        self.region_and_level();
        self.space();
        self.approach();
        self.delivery();
        self.imaging();
        self.contrast();
        self.side();
        self.substances();
        self.purpose();
        self.event.attributes.sort_by_key(|it| it.slot);
        if self.event.evidence.is_empty() {
            self.event.evidence =
                self.event.attributes.iter().flat_map(|it| it.provenance.evidence()).take(2).cloned().collect();
        }
        self.event
    }

    fn set(&mut self, slot: Slot, value: &str, provenance: Provenance) {
        self.event.attributes.push(Attribute { slot, value: Id::from(value), substance: None, side: None, provenance });
    }

    fn infer(&mut self, slot: Slot, value: &str, rule: &str, evidence: Vec<Evidence>) {
        self.set(slot, value, Provenance::Inferred { rule: Id::from(rule), evidence });
    }

    fn gap(&mut self, question: &'static str, outcome: Outcome, evidence: Vec<Evidence>) {
        self.event.gaps.push(DocumentationGap { question, outcome, evidence });
    }

    fn value(&self, slot: Slot) -> Option<&str> {
        self.event.attributes.iter().find(|it| it.slot == slot).map(|it| it.value.as_str())
    }

    fn first(&self, kind: SemanticType, concept: &str) -> Option<Evidence> {
        self.scope.concept(self.doc, kind, concept).next().map(|it| it.evidence(self.doc))
    }

    /// Up to three pieces of evidence of a concept, the technique's first.
    fn several(&self, kind: SemanticType, concept: &str) -> Vec<Evidence> {
        let mut found: Vec<&Mention> = self.scope.concept(self.doc, kind, concept).collect();
        found.sort_by_key(|it| std::cmp::Reverse(self.scope.weights[it.sentence]));
        found.iter().take(3).map(|it| it.evidence(self.doc)).collect()
    }

    fn side(&mut self) {
        let doc = self.doc;
        let sides = self.scope.happened(doc, SemanticType::Side).filter(|it| self.scope.weights[it.sentence] >= TITLE);
        let with_act = |it: &&Mention| {
            let mut others = near(doc, it.sentence, it.start, it.end, 25);
            others.any(|other| is_act_word(doc, other) || other.is(doc, SemanticType::Device, "needle"))
                || levels_in_sentence(doc, it.sentence).iter().any(|level| level.level.start.abs_diff(it.end) <= 8)
        };
        let Some(found) = sides.filter(with_act).min_by_key(|it| (doc.sentences.len() - it.sentence, it.start)) else {
            return;
        };
        let value = found.entry(doc).concept.as_str().to_owned();
        let evidence = vec![found.evidence(doc)];
        self.set(Slot::Side, &value, Provenance::Explicit { evidence });
    }

    fn substances(&mut self) {
        let mut found = substances::substances(self.doc, &self.scope);
        found.retain(|it| !substances::names_a_device(self.doc, it));
        let injected: Vec<&Attribute> = found.iter().filter(|it| substances::is_injectate(it)).collect();
        let class_of = |class: &str| {
            injected
                .iter()
                .filter(|it| it.substance.as_ref().is_some_and(|it| it.class.as_str() == class))
                .flat_map(|it| it.provenance.evidence())
                .cloned()
                .collect::<Vec<_>>()
        };
        let named = injected
            .iter()
            .any(|it| !matches!(it.value.as_str(), "saline" | "steroid_unspecified" | "local_anesthetic"));
        let unspecified: Vec<Evidence> =
            self.scope.happened(self.doc, SemanticType::Unspecified).map(|it| it.evidence(self.doc)).take(2).collect();
        let aborted: Vec<Evidence> = self
            .scope
            .all(self.doc, SemanticType::Abort)
            .filter(|it| it.assertion.status != Status::Historical)
            .map(|it| it.evidence(self.doc))
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
            .flat_map(|it| it.provenance.evidence())
            .take(3)
            .cloned()
            .collect();
        let hypertonic = class_of("ambiguous");
        let biologic = class_of("biologic");
        let neurolytic = class_of("neurolytic");
        self.event.attributes.extend(found);
        let is_catheter = self.value(Slot::Delivery) == Some("catheter");
        let given = named && any_drug;
        let withheld = if given { self.withheld_steroid() } else { Vec::new() };
        let by_act = if !named && unspecified.is_empty() { self.named_in_summary() } else { Vec::new() };
        if !given && !aborted.is_empty() {
            self.event.status = Status::Attempted;
            self.gap("injection-completed", Outcome::Conflicting, aborted);
        } else if !withheld.is_empty() {
            let both = withheld.into_iter().chain(self.class_evidence("steroid")).take(4).collect();
            self.gap("injectate-documented", Outcome::Conflicting, both);
        } else if !by_act.is_empty() {
            self.gap("dose-named", Outcome::Missing, by_act);
        } else if !named && (!is_catheter || !unspecified.is_empty()) {
            self.gap("injectate-documented", Outcome::Missing, unspecified);
        } else if !no_dose.is_empty() {
            self.gap("dose-named", Outcome::Missing, no_dose);
        }
        if !hypertonic.is_empty() && self.names_concept("hypertonic_saline") {
            self.gap("hypertonic-saline", Outcome::Conflicting, hypertonic);
        }
        if !biologic.is_empty() {
            self.gap("biologic", Outcome::Conflicting, biologic);
        }
        let denied = self.denied_neurolytic();
        if !neurolytic.is_empty() && !denied.is_empty() && !self.class_evidence("steroid").is_empty() {
            let both = neurolytic.into_iter().chain(denied).take(4).collect();
            self.gap("injectate-documented", Outcome::Conflicting, both);
        } else if !neurolytic.is_empty() {
            self.event.family = Id::from("neuraxial_neurolysis");
        }
    }

    /// `L4-5 ESI with fluoroscopy, contrast to the right`: a summary in running text that states where the contrast went
    /// names the steroid by the act; which steroid is then a matter of payment. Where steps are documented, the one that is
    /// not may not have been done; and a title, or an act without contrast, may be an order.
    fn named_in_summary(&self) -> Vec<Evidence> {
        const DETAILS: u32 = 2;
        let doc = self.doc;
        let documented = |kind: SemanticType| self.scope.happened(doc, kind).next().is_some();
        let steps =
            documented(SemanticType::Device) || documented(SemanticType::Technique) || documented(SemanticType::Motion);
        if steps || self.contrast_given().is_empty() || self.technique_details() < DETAILS {
            return Vec::new();
        }
        let says_steroid = |it: &&Mention| {
            let words = doc.normalized.text[it.start..it.end].to_ascii_lowercase();
            let in_text = doc.sections[doc.sentences[it.sentence].section].kind.is_none();
            in_text && (words.contains("steroid") || words.ends_with("esi"))
        };
        self.scope
            .happened(doc, SemanticType::Trigger)
            .filter(says_steroid)
            .take(1)
            .map(|it| it.evidence(doc))
            .collect()
    }

    /// Words that no steroid was given, where the note says elsewhere that one was.
    fn withheld_steroid(&self) -> Vec<Evidence> {
        let doc = self.doc;
        if self.class_evidence("steroid").is_empty() {
            return Vec::new();
        }
        let steroid = |start: usize| {
            doc.of_kind(SemanticType::Substance)
                .any(|it| it.start == start && it.entry(doc).class.as_ref().is_some_and(|it| it.as_str() == "steroid"))
        };
        let own = doc.statements.iter().filter(|it| self.scope.weights[it.sentence] > 0 && it.is_now());
        let withheld = own.filter(|it| it.construction(doc).id.as_str() == WITHHELD[0] && steroid(it.range.start));
        withheld.take(2).map(|it| it.evidence(doc)).collect()
    }

    /// Words that deny the neurolytic that the note names elsewhere: `phenol not dispensed`.
    fn denied_neurolytic(&self) -> Vec<Evidence> {
        let doc = self.doc;
        let denied = self.scope.all(doc, SemanticType::Substance).filter(|it| {
            it.assertion.status == Status::Negated
                && it.entry(doc).class.as_ref().is_some_and(|it| it.as_str() == "neurolytic")
                && self.names_concept(it.entry(doc).concept.as_str())
        });
        denied.take(2).map(|it| it.evidence(doc)).collect()
    }

    fn names_concept(&self, name: &str) -> bool {
        self.event.attributes.iter().any(|it| it.slot == Slot::Substance && it.value.as_str() == name)
    }

    fn class_evidence(&self, class: &str) -> Vec<Evidence> {
        self.event
            .attributes
            .iter()
            .filter(|it| {
                substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == class)
            })
            .flat_map(|it| it.provenance.evidence())
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
