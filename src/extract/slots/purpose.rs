//! What the act was for, and the acts that only look like it: operations, labor, catheters placed earlier.

use super::Builder;
use super::nearby::{REACH, in_sentence, near, sentence_has_word};
use crate::lexicon::terms::Kind;
use crate::model::{Evidence, Id, Outcome, Slot, Status, Why};
use crate::pipeline::Page;
use crate::pipeline::mentions::Mention;
use crate::pipeline::procedures::NEURAXIAL;
use crate::pipeline::scope::{Scope, TITLE};
use crate::pipeline::substances;

/// Chance from which hints alone say that a block was for the pain after an operation.
const HINTED: f64 = 0.75;

impl Builder<'_> {
    /// Routes the blocks that belong to an operation, to labor or to a catheter placed earlier.
    pub(super) fn purpose(&mut self) {
        let page = self.page;
        let everywhere = Scope { weights: vec![1; page.sentences.len()], own: vec![true; page.sentences.len()] };
        let happened = |kind: Kind, concept: &'static str| everywhere.concept(page, kind, concept);
        let labor: Vec<Evidence> = happened(Kind::Purpose, "labor").take(3).map(|it| it.evidence(page)).collect();
        let labor_strong = happened(Kind::Purpose, "labor").count() >= 2
            || page.of_kind(Kind::Act).any(|it| {
                it.said.happened() && it.kind == Kind::Act && it.entry(page).concept.as_str() == "labor_analgesia"
            });
        let not_labor = everywhere
            .all(page, Kind::Purpose)
            .any(|it| it.is(page, Kind::Purpose, "labor") && it.said.status == Status::Negated);
        // `general anesthesia for surgery` says that the block was not for it.
        let is_general = |it: &&Mention| {
            let mut over = near(page, it.sentence, it.start, it.end, 12);
            over.any(|other| other.is(page, Kind::Anesthesia, "general") && other.end >= it.start)
        };
        let surgical = happened(Kind::Purpose, "surgical_anesthesia").filter(|it| !is_general(it));
        let surgical: Vec<Evidence> = surgical.take(3).map(|it| it.evidence(page)).collect();
        let surgical: Vec<Evidence> = surgical.into_iter().chain(self.named_as_anesthetic()).take(3).collect();
        let after: Vec<Evidence> = everywhere
            .all(page, Kind::Purpose)
            .filter(|it| {
                matches!(it.entry(page).concept.as_str(), "postoperative_analgesia" | "pain_service")
                    && !matches!(it.said.status, Status::Negated | Status::Historical)
            })
            .take(3)
            .map(|it| it.evidence(page))
            .collect();
        let operations: Vec<Evidence> = page
            .mentions
            .iter()
            .filter(|it| {
                it.kind == Kind::Operation
                    && !is_no_operation(page, it)
                    && !matches!(it.said.status, Status::Historical | Status::Hypothetical | Status::Negated)
                    && section_may_tell_operation(page, it)
            })
            .take(3)
            .map(|it| it.evidence(page))
            .collect();
        // Who is not in labor and is delivered all the same has an operation.
        let operations = if operations.is_empty() && not_labor { self.cesarean() } else { operations };
        let details = self.technique_details();
        let chemotherapy: Vec<Evidence> = self
            .frame
            .attributes
            .iter()
            .filter(|it| it.substance.as_ref().is_some_and(|it| it.class.as_str() == "chemotherapy"))
            .flat_map(|it| it.why.evidence())
            .take(2)
            .cloned()
            .collect();
        let steroid = self.frame.attributes.iter().any(|it| {
            substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == "steroid")
        });
        // No one destroys nerves for an operation or a delivery.
        let neurolytic = self.frame.attributes.iter().any(|it| {
            substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == "neurolytic")
        });
        let surgeon = !operations.is_empty() && self.is_surgeons_note();
        let needed = if surgeon { 4 } else { 2 };
        let existing: Vec<Evidence> = self.managed();
        self.frame.technique_details = Some(f64::from(details.min(5)) / 5.0);
        let only_removed = !self.placed_today()
            && !self.removals().is_empty()
            && self.value(Slot::Delivery) == Some("single")
            && !self.frame.attributes.iter().any(substances::is_injectate);
        if only_removed {
            let out = self.removals().iter().map(|it| it.evidence(page)).take(2).collect();
            self.reroute("catheter_management", "existing-catheter", out);
        } else if self.value(Slot::Approach) == Some("transforaminal") {
            let foramen = self.several(Kind::Approach, "transforaminal");
            self.reroute("transforaminal_injection", "foramen-in-narrative", foramen);
        } else if self.is_only_watched() {
            let acts = self.frame.evidence.clone();
            self.reroute("surgical_anesthesia", "anesthesia-for-another", acts);
        } else if self.is_blood() {
            let blood = self.class_evidence("blood").into_iter().chain(self.drawn_blood()).take(2).collect();
            self.reroute("blood_patch", "blood-injectate", blood);
        } else if self.is_cancelled() {
            self.frame.status = Status::Negated;
            self.frame.issues.clear();
        } else if !chemotherapy.is_empty() {
            self.reroute("intrathecal_chemotherapy", "chemotherapy-injectate", chemotherapy);
        } else if !existing.is_empty() && !self.placed_today() {
            self.reroute("catheter_management", "existing-catheter", existing);
        } else if neurolytic {
            // Which family it is, its drug says.
        } else if steroid && !self.value_is_labor(&labor, labor_strong) {
            // A steroid is no anesthetic: the operation named is another matter.
        } else if surgeon && !self.placed_today() || !operations.is_empty() && details < needed {
            let evidence = operations.into_iter().chain(surgical).take(3).collect();
            self.reroute("surgical_anesthesia", "surgical-anesthetic", evidence);
        } else if !operations.is_empty()
            || !surgical.is_empty()
            || !labor.is_empty() && !not_labor
            || self.is_heavy_spinal()
        {
            self.weigh_purpose();
        } else if details < 2 && !self.is_titled() {
            // Named, not described: nothing shows that the author did it.
            self.issue("technique-documented", Outcome::Missing, Vec::new());
        } else if !after.is_empty() {
            self.set(Slot::Purpose, "postoperative_analgesia", Why::Stated { evidence: after });
        }
    }

    /// Whether words of labor are strong enough to outweigh a steroid.
    fn value_is_labor(&self, labor: &[Evidence], strong: bool) -> bool {
        strong && !labor.is_empty() && self.class_evidence("steroid").is_empty()
    }

    /// What the block was for, where an operation or a labor is part of the encounter.
    fn weigh_purpose(&mut self) {
        let found = self.weigh(Slot::Purpose);
        let evidence = self.supporting(&found, found.value());
        // Beside an operation a hint is not enough to say that the block was for the pain after it.
        let hinted = found.value() == "pain" && found.is_weak() && found.candidates[found.best].chance < HINTED;
        match found.value() {
            _ if hinted => self.issue("purpose-documented", Outcome::Missing, evidence),
            "labor" => self.reroute("labor_analgesia", "labor-analgesia", evidence),
            "surgical_anesthesia" => self.reroute("surgical_anesthesia", "surgical-anesthetic", evidence),
            "pain" if !evidence.is_empty() => {
                self.set(Slot::Purpose, "postoperative_analgesia", Why::Stated { evidence });
            }
            "pain" => {}
            _ if found.conflicting => {
                let both = self.both_sides(&found);
                self.issue("purpose-documented", Outcome::Conflicting, both);
            }
            _ => self.issue("purpose-documented", Outcome::Missing, evidence),
        }
        self.frame.facts.push(found);
    }

    /// `Epidural anesthesia for bypass`: words that name the block as the anesthetic of an operation; a spinal
    /// anesthetic with a hyperbaric drug is one by itself.
    fn named_as_anesthetic(&self) -> Vec<Evidence> {
        let page = self.page;
        let text = &page.search.text;
        let of_operation = |act: &&Mention| {
            let words = text[act.start..act.end].to_ascii_lowercase();
            let rest = &text[act.end..page.sentences[act.sentence].end.max(act.end)];
            let after = ["for ", "was used for "].iter().find_map(|it| rest.trim_start().strip_prefix(it));
            let end = act.end + REACH;
            (words.ends_with("anesthesia") || words.ends_with("anaesthesia") || words.ends_with("thetic"))
                && after.is_some()
                && near(page, act.sentence, act.end, end, 0).any(|it| it.kind == Kind::Operation && it.start >= act.end)
        };
        let hyperbaric = |act: &&Mention| {
            let words = text[act.start..act.end].to_ascii_lowercase();
            words.starts_with("spinal an")
                && page.of_kind(Kind::Substance).any(|it| {
                    it.said.happened() && text[it.start..it.end].to_ascii_lowercase().starts_with("hyperbaric")
                })
        };
        let acts = self.scope.happened(page, Kind::Act);
        acts.filter(|it| of_operation(it) || hyperbaric(it)).take(2).map(|it| it.evidence(page)).collect()
    }

    /// A hyperbaric (`heavy`) local anesthetic in one dose into the fluid: made to numb for an operation.
    fn is_heavy_spinal(&self) -> bool {
        let page = self.page;
        self.value(Slot::Space) != Some("epidural")
            && self.value(Slot::Delivery) == Some("single")
            && self.scope.happened(page, Kind::Substance).any(|it| {
                let hyperbaric = page.search.text[it.start..it.end].to_ascii_lowercase().starts_with("hyperbaric");
                let numbs = it.entry(page).class.as_ref().is_some_and(|it| it.as_str() == "anesthetic");
                numbs && (hyperbaric || sentence_has_word(page, it.sentence, "heavy"))
            })
    }

    /// The words of a cesarean delivery.
    fn cesarean(&self) -> Vec<Evidence> {
        let page = self.page;
        let named = page.of_kind(Kind::Method).filter(|it| it.said.happened() && it.is(page, Kind::Method, "cesarean"));
        named.take(2).map(|it| it.evidence(page)).collect()
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
            self.frame.attributes.iter().any(|it| substances::is_injectate(it) && it.value.as_str() != "saline");
        !gave_drug && !self.drawn_blood().is_empty()
    }

    /// Blood drawn from a vein: a word of the vein or the drawing in a sentence about blood.
    fn drawn_blood(&self) -> Vec<Evidence> {
        let page = self.page;
        let patch = page.lexicon.family("blood_patch");
        let signs = self.scope.happened(page, Kind::Sign).filter(|it| it.entry(page).family == patch);
        let drawn = signs.filter(|it| {
            sentence_has_word(page, it.sentence, "blood")
                && page.lexicon.phrases.blood.drawn.iter().any(|word| sentence_has_word(page, it.sentence, word))
        });
        drawn.take(2).map(|it| it.evidence(page)).collect()
    }

    /// The record of whoever gave the sedation for another's injection.
    pub(super) fn is_only_watched(&self) -> bool {
        let page = self.page;
        let service = page.of_kind(Kind::Author).any(|it| it.entry(page).concept.as_str() == "anesthesia_service");
        let needle =
            self.scope.happened(page, Kind::Device).any(|it| it.entry(page).concept.as_str() != "other_catheter")
                || self.scope.happened(page, Kind::Technique).next().is_some();
        service && !needle && self.class_evidence("steroid").is_empty()
    }

    /// Called off before a needle was used or a drug given.
    pub(super) fn is_cancelled(&self) -> bool {
        let page = self.page;
        let needle = self
            .scope
            .concept(page, Kind::Device, "epidural_needle")
            .chain(self.scope.concept(page, Kind::Device, "spinal_needle"))
            .next()
            .is_some();
        let told = self.scope.happened(page, Kind::Technique).next().is_some()
            || self.scope.happened(page, Kind::View).next().is_some()
            || !self.contrast_given().is_empty();
        let drug = self.frame.attributes.iter().any(substances::is_injectate);
        self.scope.all(page, Kind::Abort).next().is_some() && !needle && !told && !drug
    }

    pub(super) fn reroute(&mut self, family: &str, rule: &str, evidence: Vec<Evidence>) {
        self.frame.family = Id::from(family);
        self.frame.issues.clear();
        self.frame.attributes.retain(|it| it.slot != Slot::Purpose);
        if matches!(family, "transforaminal_injection" | "intrathecal_chemotherapy" | "blood_patch") {
            return;
        }
        self.set(Slot::Purpose, family, Why::Inferred { rule: Id::from(rule), evidence });
        self.frame.attributes.sort_by_key(|it| it.slot);
    }

    /// Whether a title names the act.
    fn is_titled(&self) -> bool {
        let page = self.page;
        let acts = page.of_kind(Kind::Act).filter(|it| it.said.happened() && !it.entry(page).generic);
        let mut own = acts.filter(|it| it.entry(page).family == page.lexicon.family(NEURAXIAL));
        own.any(|it| {
            self.scope.weights[it.sentence] == TITLE
                && page.sections[page.sentences[it.sentence].section].kind.is_some()
        }) && self.technique_details() > 0
    }

    /// Whether the note is the surgeon's: an operation is its title and the block is not, or another did the block.
    pub(super) fn is_surgeons_note(&self) -> bool {
        let page = self.page;
        let in_title = |it: &&Mention| self.scope.weights[it.sentence] == TITLE;
        let operation = page.of_kind(Kind::Operation).any(|it| in_title(&it));
        let own =
            self.scope.happened(page, Kind::Act).filter(|it| it.entry(page).family == page.lexicon.family(NEURAXIAL));
        let approach = self.scope.concept(page, Kind::Approach, "caudal").any(|it| in_title(&it));
        let block = approach || own.filter(in_title).any(|it| !it.entry(page).generic);
        let by_other = self
            .scope
            .happened(page, Kind::Act)
            .any(|it| near(page, it.sentence, it.start, it.end, REACH).any(|other| other.kind == Kind::Author));
        (operation && !block) || by_other
    }

    /// How many kinds of detail of a placement the note gives.
    pub(super) fn technique_details(&self) -> u32 {
        let page = self.page;
        let has = |kind: Kind, concept: &str| self.scope.concept(page, kind, concept).next().is_some();
        let needle = has(Kind::Device, "epidural_needle") || has(Kind::Device, "spinal_needle");
        let felt = has(Kind::Technique, "loss_of_resistance")
            || has(Kind::Technique, "csf_return")
            || has(Kind::Technique, "ligamentum_flavum");
        let entered = self.scope.concept(page, Kind::Approach, "caudal").any(|it| !it.entry(page).generic);
        let level = self.frame.attributes.iter().any(|it| it.slot == Slot::Level && it.value.as_str() != "caudal");
        let drug = self.frame.attributes.iter().any(substances::is_injectate);
        let imaging = matches!(self.value(Slot::Imaging), Some("fluoroscopy" | "ct" | "ultrasound"));
        let approach = has(Kind::Approach, "interlaminar");
        let catheter = has(Kind::Device, "catheter");
        [needle, felt, entered, level, drug, imaging, approach, catheter].into_iter().map(u32::from).sum()
    }

    /// Words of looking after a catheter that is there already.
    pub(super) fn managed(&self) -> Vec<Evidence> {
        let page = self.page;
        page.mentions
            .iter()
            .filter(|it| {
                it.kind == Kind::Existing
                    && !matches!(
                        it.said.status,
                        Status::Planned | Status::Historical | Status::Hypothetical | Status::Negated
                    )
            })
            .take(3)
            .map(|it| it.evidence(page))
            .collect()
    }

    /// Whether the note documents placing the needle or catheter at this encounter.
    pub(super) fn placed_today(&self) -> bool {
        let page = self.page;
        let now = |it: &&Mention| !tells_of_earlier_placement(page, it.sentence);
        let felt = self.scope.concept(page, Kind::Technique, "loss_of_resistance").any(|it| now(&it))
            || self.scope.concept(page, Kind::Technique, "csf_return").any(|it| now(&it));
        let needle = self.scope.concept(page, Kind::Device, "epidural_needle").any(|it| now(&it))
            || self.scope.concept(page, Kind::Device, "spinal_needle").any(|it| now(&it));
        let threaded = self
            .scope
            .concept(page, Kind::Device, "catheter")
            .any(|it| near(page, it.sentence, it.start, it.end, 40).any(|other| other.kind == Kind::Thread));
        felt || needle || threaded || self.enters_the_hiatus()
    }

    /// `22G needle through the sacral hiatus`.
    fn enters_the_hiatus(&self) -> bool {
        let page = self.page;
        let mut hiatus = self.scope.concept(page, Kind::Approach, "caudal").filter(|it| !it.entry(page).generic);
        hiatus.any(|it| {
            near(page, it.sentence, it.start, it.end, REACH).any(|other| other.is(page, Kind::Device, "needle"))
        })
    }
}

/// `Thoracic epidural (placed Tuesday, 17G Tuohy, loss at 6 cm)`: a sentence whose every neuraxial act was there before
/// documents how that one was placed.
fn tells_of_earlier_placement(page: &Page<'_>, sentence: usize) -> bool {
    let neuraxial = page.lexicon.family(NEURAXIAL);
    let all = in_sentence(page, sentence).iter();
    let mut acts = all.filter(|it| it.kind == Kind::Act && it.entry(page).family == neuraxial).peekable();
    acts.peek().is_some() && acts.all(|it| matches!(it.said.status, Status::Existing | Status::Historical))
}

/// `cordotomy` ends like an operation, and its whole word is listed as none.
fn is_no_operation(page: &Page<'_>, it: &Mention) -> bool {
    near(page, it.sentence, it.start, it.end, 0)
        .any(|other| other.kind == Kind::NotOperation && other.start <= it.start && other.end >= it.end)
}

/// An operation counts where the note documents what was done, or plainly in running text; not among diagnoses.
pub(super) fn section_may_tell_operation(page: &Page<'_>, it: &Mention) -> bool {
    let section = &page.sections[page.sentences[it.sentence].section];
    section.kind.is_none_or(|kind| {
        page.lexicon.sections.kinds[kind].weight > 0 || page.lexicon.sections.kinds[kind].id.as_str() == "indication"
    })
}
