//! The facts of every family but the neuraxial one: what was treated, where, on which side, under which imaging, how.
//!
//! One builder serves all of them: what a family counts stands in its `family.toml`, its structures and methods in
//! its `terms.csv`. Titles come before the narrative, since they list what was done; the narrative fills what they
//! leave open.

mod body_site;
pub(crate) mod implicit_triggers;
mod levels;
pub(crate) mod performed_status;
mod structures;
mod technique;

use crate::document::{Document, Mention};
use crate::extract::mentions::in_sentence;
use crate::extract::procedure_event::{DocumentationGap, ProcedureEvent};
use crate::extract::scope::{EvidenceWeights, TECHNIQUE};
use crate::extract::substances;
use crate::lexicon::families::CountingUnit;
use crate::lexicon::terms::SemanticType;
use crate::model::{Attribute, Evidence, Id, Outcome, Provenance, Slot, Status};
use performed_status::{in_title, names_only_others};

/// Maximum distance, in bytes, between a side and its structure.
const REACH: usize = 45;

/// The event of one family.
pub(crate) fn event(doc: &Document<'_>, scope: &EvidenceWeights, family: usize, acts: &[&Mention]) -> ProcedureEvent {
    let event = ProcedureEvent {
        family: doc.lexicon.family_id(family).clone(),
        status: Status::Performed,
        evidence: acts.iter().take(4).map(|it| it.evidence(doc)).collect(),
        attributes: Vec::new(),
        reported: true,
        gaps: Vec::new(),
        technique_details: None,
        facts: Vec::new(),
    };
    let titles = acts.iter().filter(|it| in_title(doc, it.sentence)).map(|it| it.sentence).collect();
    // Where the act is named, implicit triggers are narrative.
    let named = acts.iter().any(|it| it.kind == SemanticType::Trigger);
    let acts = acts.iter().filter(|it| !named || it.kind == SemanticType::Trigger).map(|it| it.sentence).collect();
    let mut builder = ProcedureBuilder { doc, scope, family, titles, acts, event };
    builder.levels();
    builder.region();
    builder.space();
    builder.imaging();
    builder.delivery();
    builder.sites();
    builder.methods();
    builder.counts();
    builder.sides();
    let substances = substances::substances(doc, scope);
    builder.destroys(&substances);
    builder.event.attributes.extend(substances);
    builder.event.attributes.sort_by_key(|it| it.slot);
    builder.event
}

struct ProcedureBuilder<'a> {
    doc: &'a Document<'a>,
    scope: &'a EvidenceWeights,
    family: usize,
    /// Sentences of titles that name the act.
    titles: Vec<usize>,
    /// Sentences that name the act.
    acts: Vec<usize>,
    event: ProcedureEvent,
}

impl ProcedureBuilder<'_> {
    fn by(&self) -> CountingUnit {
        self.doc.lexicon.families[self.family].count.by
    }

    fn asks(&self, question: &str) -> bool {
        self.doc.lexicon.families[self.family].questions.iter().any(|it| it.id.as_str() == question)
    }

    fn gap(&mut self, question: &'static str, outcome: Outcome, evidence: Vec<Evidence>) {
        if self.asks(question) {
            self.event.gaps.push(DocumentationGap { question, outcome, evidence });
        }
    }

    fn set(&mut self, slot: Slot, value: &str, side: Option<&str>, provenance: Provenance) {
        let side = side.map(Id::from);
        self.event.attributes.push(Attribute { slot, value: Id::from(value), substance: None, side, provenance });
    }

    /// The sentences to read, the telling ones first: titles, sentences that name the act, the narrative; each in
    /// the order of the text.
    fn tiers(&self) -> [Vec<usize>; 5] {
        let all = |keep: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..self.doc.sentences.len()).filter(|it| self.scope.weights[*it] > 0 && keep(*it)).collect()
        };
        let mut titles = self.titles.clone();
        titles.dedup();
        let title_sections =
            all(&|it| in_title(self.doc, it) && !names_only_others(self.doc, in_sentence(self.doc, it), self.family));
        // What was done to which device or limb stands in items of its own.
        if matches!(self.by(), CountingUnit::Method | CountingUnit::Limb) && !titles.is_empty() {
            titles.clone_from(&title_sections);
        }
        let acts = all(&|it| self.acts.binary_search(&it).is_ok());
        let does = |it: &Mention| {
            matches!(
                it.kind,
                SemanticType::Motion
                    | SemanticType::Device
                    | SemanticType::Technique
                    | SemanticType::Imaging
                    | SemanticType::Substance
                    | SemanticType::Trigger
                    | SemanticType::SupportingTerm
            )
        };
        let narrative = all(&|it| self.scope.weights[it] >= TECHNIQUE && in_sentence(self.doc, it).iter().any(does));
        let (acts, narrative) = if self.has_actions() {
            (Vec::new(), all(&|it| acts.binary_search(&it).is_ok() || narrative.binary_search(&it).is_ok()))
        } else {
            (acts, narrative)
        };
        // Lists of structures without a verb: `Right arm: biceps, brachialis`; a change on its own: `Rate up by a tenth`.
        let lists = if matches!(
            self.by(),
            CountingUnit::Once | CountingUnit::Site | CountingUnit::Sites | CountingUnit::Limb
        ) {
            all(&|_| true)
        } else {
            Vec::new()
        };
        [titles, title_sections, acts, narrative, lists]
    }
}
