//! Purpose of the act, and acts that only look like it: operations, labor, catheters placed earlier.

use super::NeuraxialBuilder;
use super::proximity::{REACH, near, sentence_has_word};
use crate::document::{Document, Mention};
use crate::extract::mentions::in_sentence;
use crate::extract::performed::is_in_body;
use crate::extract::procedures::performed_status::in_title;
use crate::extract::scope::{EvidenceWeights, TITLE};
use crate::extract::substances;
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::terms::SemanticType;
use crate::model::{Attribute, Evidence, Id, Outcome, Provenance, Slot, Span, Status, Substance};

/// Chance from which hints alone say that a block was for the pain after an operation.
const HINTED: f64 = 0.75;

impl NeuraxialBuilder<'_> {
    /// Routes the blocks that belong to an operation, to labor or to a catheter placed earlier.
    pub(super) fn purpose(&mut self) {
        let doc = self.doc;
        let everywhere =
            EvidenceWeights { weights: vec![1; doc.sentences.len()], own: vec![true; doc.sentences.len()] };
        let happened = |kind: SemanticType, concept: &'static str| everywhere.concept(doc, kind, concept);
        let labor: Vec<Evidence> =
            happened(SemanticType::Purpose, "labor").take(3).map(|it| it.evidence(doc)).collect();
        let labor_strong = happened(SemanticType::Purpose, "labor").count() >= 2
            || doc.of_kind(SemanticType::Trigger).any(|it| {
                it.assertion.happened()
                    && it.kind == SemanticType::Trigger
                    && it.entry(doc).concept.as_str() == "labor_analgesia"
            });
        let not_labor = everywhere
            .all(doc, SemanticType::Purpose)
            .any(|it| it.is(doc, SemanticType::Purpose, "labor") && it.assertion.status == Status::Negated);
        // `general anesthesia for surgery` says that the block was not for it.
        let is_general = |it: &&Mention| {
            let mut over = near(doc, it.sentence, it.start, it.end, 12);
            over.any(|other| other.is(doc, SemanticType::Anesthesia, "general") && other.end >= it.start)
        };
        let surgical = happened(SemanticType::Purpose, "surgical_anesthesia").filter(|it| !is_general(it));
        let surgical: Vec<Evidence> = surgical.take(3).map(|it| it.evidence(doc)).collect();
        let surgical: Vec<Evidence> = surgical.into_iter().chain(self.named_as_anesthetic()).take(3).collect();
        let after: Vec<Evidence> = everywhere
            .all(doc, SemanticType::Purpose)
            .filter(|it| {
                matches!(it.entry(doc).concept.as_str(), "postoperative_analgesia" | "pain_service")
                    && !matches!(it.assertion.status, Status::Negated | Status::Historical)
            })
            .take(3)
            .map(|it| it.evidence(doc))
            .collect();
        let operations: Vec<Evidence> = doc
            .mentions
            .iter()
            .filter(|it| {
                it.kind == SemanticType::Operation
                    && !is_no_operation(doc, it)
                    && !matches!(it.assertion.status, Status::Historical | Status::Hypothetical | Status::Negated)
                    && section_may_describe_operation(doc, it)
            })
            .take(3)
            .map(|it| it.evidence(doc))
            .collect();
        // Who is not in labor and is delivered all the same has an operation.
        let operations = if operations.is_empty() && not_labor { self.cesarean() } else { operations };
        let details = self.technique_details();
        let chemotherapy: Vec<Evidence> = self
            .event
            .attributes
            .iter()
            .filter(|it| {
                let has_amount = |it: &Substance| it.dose.is_some() || it.volume.is_some();
                it.substance.as_ref().is_some_and(|drug| {
                    drug.class.as_str() == "chemotherapy" && (has_amount(drug) || self.is_in_name_of_act(it))
                })
            })
            .flat_map(|it| it.provenance.evidence())
            .take(2)
            .cloned()
            .collect();
        let steroid = self.event.attributes.iter().any(|it| {
            substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == "steroid")
        });
        // No one destroys nerves for an operation or a delivery.
        let neurolytic = self.event.attributes.iter().any(|it| {
            substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == "neurolytic")
        });
        let surgeon = !operations.is_empty() && self.is_surgeons_note();
        let needed = if surgeon { 4 } else { 2 };
        let existing: Vec<Evidence> = self.managed();
        self.event.technique_details = Some(f64::from(details.min(5)) / 5.0);
        let only_removed = !self.placed_today()
            && !self.removals().is_empty()
            && self.value(Slot::Delivery) == Some("single")
            && !self.event.attributes.iter().any(substances::is_injectate);
        if only_removed {
            let out = self.removals().iter().map(|it| it.evidence(doc)).take(2).collect();
            self.reclassify("catheter_management", "existing-catheter", out);
        } else if self.value(Slot::Approach) == Some("transforaminal") {
            let foramen = self.several(SemanticType::Approach, "transforaminal");
            self.reclassify("transforaminal_injection", "foramen-in-narrative", foramen);
        } else if self.is_only_watched() {
            let acts = self.event.evidence.clone();
            self.reclassify("surgical_anesthesia", "anesthesia-for-another", acts);
        } else if self.is_blood() {
            let blood = self.class_evidence("blood").into_iter().chain(self.drawn_blood()).take(2).collect();
            self.reclassify("blood_patch", "blood-injectate", blood);
        } else if self.is_cancelled() {
            self.event.status = Status::Negated;
            self.event.gaps.clear();
        } else if !chemotherapy.is_empty() {
            self.reclassify("intrathecal_chemotherapy", "chemotherapy-injectate", chemotherapy);
        } else if !existing.is_empty() && !self.placed_today() {
            self.reclassify("catheter_management", "existing-catheter", existing);
        } else if neurolytic {
            // Which family it is, its drug says.
        } else if self.is_only_listed() {
            // The body documents another act of the title.
            self.gap("technique-documented", Outcome::Missing, self.event.evidence.clone());
        } else if steroid && !self.value_is_labor(&labor, labor_strong) {
            // A steroid is no anesthetic: the operation named is another matter.
        } else if after.is_empty() && (surgeon && !self.placed_today() || !operations.is_empty() && details < needed) {
            let evidence = operations.into_iter().chain(surgical).take(3).collect();
            self.reclassify("surgical_anesthesia", "surgical-anesthetic", evidence);
        } else if !operations.is_empty()
            || !surgical.is_empty()
            || !labor.is_empty() && !not_labor
            || self.is_heavy_spinal()
        {
            self.weigh_purpose();
        } else if details < 2 && !self.is_titled() {
            // Named, not described: nothing shows that the author did it.
            self.gap("technique-documented", Outcome::Missing, Vec::new());
        } else if !after.is_empty() {
            self.set(Slot::Purpose, "postoperative_analgesia", Provenance::Explicit { evidence: after });
        }
    }

    /// Whether a drug is part of the name of the act: `intrathecal methotrexate`.
    fn is_in_name_of_act(&self, drug: &Attribute) -> bool {
        let within = |name: Span| {
            drug.provenance.evidence().iter().any(|it| name.start() <= it.span.start() && it.span.end() <= name.end())
        };
        self.event.evidence.iter().any(|it| within(it.span))
    }

    /// Whether a title lists the act next to others, and the body is about one of the others.
    fn is_only_listed(&self) -> bool {
        let doc = self.doc;
        let neuraxial = doc.lexicon.family(NEURAXIAL);
        let other = doc.of_kind(SemanticType::Trigger).any(|it| {
            it.assertion.happened()
                && in_title(doc, it.sentence)
                && it.entry(doc).family != neuraxial
                && it.entry(doc).family.is_some_and(|family| {
                    !doc.lexicon.families[family].shares_neuraxial_terms && is_in_body(doc, family)
                })
        });
        other && neuraxial.is_some_and(|it| !is_in_body(doc, it))
    }

    /// Whether words of labor are strong enough to outweigh a steroid.
    fn value_is_labor(&self, labor: &[Evidence], strong: bool) -> bool {
        strong && !labor.is_empty() && self.class_evidence("steroid").is_empty()
    }

    /// Purpose of the block, where an operation or a labor is part of the encounter.
    fn weigh_purpose(&mut self) {
        let found = self.weigh(Slot::Purpose);
        let evidence = self.supporting(&found, found.value());
        // Beside an operation a hint is not enough to say that the block was for the pain after it.
        let hinted = found.value() == "pain" && found.is_weak() && found.candidates[found.best].chance < HINTED;
        match found.value() {
            _ if hinted => self.gap("purpose-documented", Outcome::Missing, evidence),
            "labor" => self.reclassify("labor_analgesia", "labor-analgesia", evidence),
            "surgical_anesthesia" => self.reclassify("surgical_anesthesia", "surgical-anesthetic", evidence),
            "pain" if !evidence.is_empty() => {
                self.set(Slot::Purpose, "postoperative_analgesia", Provenance::Explicit { evidence });
            }
            "pain" => {}
            _ if found.conflicting => {
                let both = self.both_sides(&found);
                self.gap("purpose-documented", Outcome::Conflicting, both);
            }
            _ => self.gap("purpose-documented", Outcome::Missing, evidence),
        }
        self.event.facts.push(found);
    }

    /// `Epidural anesthesia for bypass`: words that name the block as the anesthetic of an operation; a spinal
    /// anesthetic with a hyperbaric drug is one by itself.
    fn named_as_anesthetic(&self) -> Vec<Evidence> {
        let doc = self.doc;
        let text = &doc.normalized.text;
        let of_operation = |act: &&Mention| {
            let words = text[act.start..act.end].to_ascii_lowercase();
            let rest = &text[act.end..doc.sentences[act.sentence].end.max(act.end)];
            let after = ["for ", "was used for "].iter().find_map(|it| rest.trim_start().strip_prefix(it));
            let end = act.end + REACH;
            (words.ends_with("anesthesia") || words.ends_with("anaesthesia") || words.ends_with("thetic"))
                && after.is_some()
                && near(doc, act.sentence, act.end, end, 0)
                    .any(|it| it.kind == SemanticType::Operation && it.start >= act.end)
        };
        let hyperbaric = |act: &&Mention| {
            let words = text[act.start..act.end].to_ascii_lowercase();
            words.starts_with("spinal an")
                && doc.of_kind(SemanticType::Substance).any(|it| {
                    it.assertion.happened() && text[it.start..it.end].to_ascii_lowercase().starts_with("hyperbaric")
                })
        };
        let acts = self.scope.happened(doc, SemanticType::Trigger);
        acts.filter(|it| of_operation(it) || hyperbaric(it)).take(2).map(|it| it.evidence(doc)).collect()
    }

    /// A hyperbaric (`heavy`) local anesthetic in one dose into the fluid: made to numb for an operation.
    fn is_heavy_spinal(&self) -> bool {
        let doc = self.doc;
        self.value(Slot::Space) != Some("epidural")
            && self.value(Slot::Delivery) == Some("single")
            && self.scope.happened(doc, SemanticType::Substance).any(|it| {
                let hyperbaric = doc.normalized.text[it.start..it.end].to_ascii_lowercase().starts_with("hyperbaric");
                let numbs = it.entry(doc).class.as_ref().is_some_and(|it| it.as_str() == "anesthetic");
                numbs && (hyperbaric || sentence_has_word(doc, it.sentence, "heavy"))
            })
    }

    /// The words of a cesarean delivery.
    fn cesarean(&self) -> Vec<Evidence> {
        let doc = self.doc;
        let named = doc
            .of_kind(SemanticType::Method)
            .filter(|it| it.assertion.happened() && it.is(doc, SemanticType::Method, "cesarean"));
        named.take(2).map(|it| it.evidence(doc)).collect()
    }

    /// Blood went in and no steroid, or it was drawn for the patch and no drug is named that went in.
    pub(super) fn is_blood(&self) -> bool {
        if self.value(Slot::Space) == Some("subarachnoid") || !self.class_evidence("biologic").is_empty() {
            return false;
        }
        if !self.class_evidence("blood").is_empty() {
            return self.class_evidence("steroid").is_empty();
        }
        let gave_drug =
            self.event.attributes.iter().any(|it| substances::is_injectate(it) && it.value.as_str() != "saline");
        !gave_drug && !self.drawn_blood().is_empty()
    }

    /// Blood drawn from a vein: a word of the vein or the drawing in a sentence about blood.
    fn drawn_blood(&self) -> Vec<Evidence> {
        let doc = self.doc;
        let patch = doc.lexicon.family("blood_patch");
        let signs = self.scope.happened(doc, SemanticType::SupportingTerm).filter(|it| it.entry(doc).family == patch);
        let drawn = signs.filter(|it| {
            sentence_has_word(doc, it.sentence, "blood")
                && doc.lexicon.phrases.blood.drawn.iter().any(|word| sentence_has_word(doc, it.sentence, word))
        });
        drawn.take(2).map(|it| it.evidence(doc)).collect()
    }

    /// The record of whoever gave the sedation for another's injection.
    pub(super) fn is_only_watched(&self) -> bool {
        let doc = self.doc;
        let service =
            doc.of_kind(SemanticType::Author).any(|it| it.entry(doc).concept.as_str() == "anesthesia_service");
        let needle =
            self.scope.happened(doc, SemanticType::Device).any(|it| it.entry(doc).concept.as_str() != "other_catheter")
                || self.scope.happened(doc, SemanticType::Technique).next().is_some();
        service && !needle && self.class_evidence("steroid").is_empty()
    }

    /// Called off before a needle was used or a drug given.
    pub(super) fn is_cancelled(&self) -> bool {
        let doc = self.doc;
        let needle = self
            .scope
            .concept(doc, SemanticType::Device, "epidural_needle")
            .chain(self.scope.concept(doc, SemanticType::Device, "spinal_needle"))
            .next()
            .is_some();
        let documented = self.scope.happened(doc, SemanticType::Technique).next().is_some()
            || self.scope.happened(doc, SemanticType::View).next().is_some()
            || !self.contrast_given().is_empty();
        let drug = self.event.attributes.iter().any(substances::is_injectate);
        self.scope.all(doc, SemanticType::Abort).next().is_some() && !needle && !documented && !drug
    }

    pub(super) fn reclassify(&mut self, family: &str, rule: &str, evidence: Vec<Evidence>) {
        self.event.family = Id::from(family);
        self.event.gaps.clear();
        self.event.attributes.retain(|it| it.slot != Slot::Purpose);
        if matches!(family, "transforaminal_injection" | "intrathecal_chemotherapy" | "blood_patch") {
            return;
        }
        self.set(Slot::Purpose, family, Provenance::Inferred { rule: Id::from(rule), evidence });
        self.event.attributes.sort_by_key(|it| it.slot);
    }

    /// Whether a title names the act.
    fn is_titled(&self) -> bool {
        let doc = self.doc;
        let acts = doc.of_kind(SemanticType::Trigger).filter(|it| it.assertion.happened() && !it.entry(doc).generic);
        let mut own = acts.filter(|it| it.entry(doc).family == doc.lexicon.family(NEURAXIAL));
        own.any(|it| {
            self.scope.weights[it.sentence] == TITLE && doc.sections[doc.sentences[it.sentence].section].kind.is_some()
        }) && self.technique_details() > 0
    }

    /// Whether the note is the surgeon's: an operation is its title and the block is not, or another did the block.
    pub(super) fn is_surgeons_note(&self) -> bool {
        let doc = self.doc;
        let in_title = |it: &&Mention| self.scope.weights[it.sentence] == TITLE;
        let operation = doc.of_kind(SemanticType::Operation).any(|it| in_title(&it));
        let own = self
            .scope
            .happened(doc, SemanticType::Trigger)
            .filter(|it| it.entry(doc).family == doc.lexicon.family(NEURAXIAL));
        let approach = self.scope.concept(doc, SemanticType::Approach, "caudal").any(|it| in_title(&it));
        let block = approach || own.filter(in_title).any(|it| !it.entry(doc).generic);
        let by_other = self
            .scope
            .happened(doc, SemanticType::Trigger)
            .any(|it| near(doc, it.sentence, it.start, it.end, REACH).any(|other| other.kind == SemanticType::Author));
        (operation && !block) || by_other
    }

    /// Number of kinds of detail of a placement that the note gives.
    pub(super) fn technique_details(&self) -> u32 {
        let doc = self.doc;
        let has = |kind: SemanticType, concept: &str| self.scope.concept(doc, kind, concept).next().is_some();
        let needle = has(SemanticType::Device, "epidural_needle") || has(SemanticType::Device, "spinal_needle");
        let felt = has(SemanticType::Technique, "loss_of_resistance")
            || has(SemanticType::Technique, "csf_return")
            || has(SemanticType::Technique, "ligamentum_flavum");
        let entered = self.scope.concept(doc, SemanticType::Approach, "caudal").any(|it| !it.entry(doc).generic);
        let level = self.event.attributes.iter().any(|it| it.slot == Slot::Level && it.value.as_str() != "caudal");
        let drug = self.event.attributes.iter().any(substances::is_injectate);
        let imaging = matches!(self.value(Slot::Imaging), Some("fluoroscopy" | "ct" | "ultrasound"));
        let approach = has(SemanticType::Approach, "interlaminar");
        let catheter = has(SemanticType::Device, "catheter");
        [needle, felt, entered, level, drug, imaging, approach, catheter].into_iter().map(u32::from).sum()
    }

    /// Words of looking after a catheter that is there already.
    pub(super) fn managed(&self) -> Vec<Evidence> {
        let doc = self.doc;
        doc.mentions
            .iter()
            .filter(|it| {
                it.kind == SemanticType::Existing
                    && !matches!(
                        it.assertion.status,
                        Status::Planned | Status::Historical | Status::Hypothetical | Status::Negated
                    )
            })
            .take(3)
            .map(|it| it.evidence(doc))
            .collect()
    }

    /// Whether the note documents placing the needle or catheter at this encounter.
    pub(super) fn placed_today(&self) -> bool {
        let doc = self.doc;
        let now = |it: &&Mention| !describes_earlier_placement(doc, it.sentence);
        let felt = self.scope.concept(doc, SemanticType::Technique, "loss_of_resistance").any(|it| now(&it))
            || self.scope.concept(doc, SemanticType::Technique, "csf_return").any(|it| now(&it));
        let needle = self.scope.concept(doc, SemanticType::Device, "epidural_needle").any(|it| now(&it))
            || self.scope.concept(doc, SemanticType::Device, "spinal_needle").any(|it| now(&it));
        let threaded = self
            .scope
            .concept(doc, SemanticType::Device, "catheter")
            .any(|it| near(doc, it.sentence, it.start, it.end, 40).any(|other| other.kind == SemanticType::Thread));
        felt || needle || threaded || self.enters_the_hiatus()
    }

    /// `22G needle through the sacral hiatus`.
    fn enters_the_hiatus(&self) -> bool {
        let doc = self.doc;
        let mut hiatus = self.scope.concept(doc, SemanticType::Approach, "caudal").filter(|it| !it.entry(doc).generic);
        hiatus.any(|it| {
            near(doc, it.sentence, it.start, it.end, REACH).any(|other| other.is(doc, SemanticType::Device, "needle"))
        })
    }
}

/// `Thoracic epidural (placed Tuesday, 17G Tuohy, loss at 6 cm)`: a sentence whose every neuraxial act was there before
/// documents how that one was placed.
fn describes_earlier_placement(doc: &Document<'_>, sentence: usize) -> bool {
    let neuraxial = doc.lexicon.family(NEURAXIAL);
    let all = in_sentence(doc, sentence).iter();
    let mut acts = all.filter(|it| it.kind == SemanticType::Trigger && it.entry(doc).family == neuraxial).peekable();
    acts.peek().is_some() && acts.all(|it| matches!(it.assertion.status, Status::Existing | Status::Historical))
}

/// `cordotomy` ends like an operation, and its whole word is listed as none.
fn is_no_operation(doc: &Document<'_>, it: &Mention) -> bool {
    near(doc, it.sentence, it.start, it.end, 0)
        .any(|other| other.kind == SemanticType::NotOperation && other.start <= it.start && other.end >= it.end)
}

/// An operation counts where the note documents what was done, or plainly in running text; not among diagnoses.
pub(super) fn section_may_describe_operation(doc: &Document<'_>, it: &Mention) -> bool {
    let section = &doc.sections[doc.sentences[it.sentence].section];
    section.kind.is_none_or(|kind| {
        doc.lexicon.sections.kinds[kind].weight > 0 || doc.lexicon.sections.kinds[kind].id.as_str() == "indication"
    })
}
