//! The facts of the neighboring families: what was treated, where, on which side, under which imaging, how.
//!
//! One builder serves all of them: what a family counts stands in its `family.toml`, its structures and methods in
//! its `terms.csv`. Titles come before the narrative, since they list what was done; the narrative fills what they
//! leave open.

#[path = "implicit_triggers.rs"]
mod deeds;
mod levels;
#[path = "technique.rs"]
mod means;
#[path = "body_site.rs"]
mod place;
mod structures;
#[path = "performed_status.rs"]
mod told;

use crate::lexicon::families::By;
use crate::lexicon::terms::Kind;
use crate::model::{Attribute, Evidence, Id, Outcome, Slot, Status, Why};
use crate::pipeline::Page;
use crate::pipeline::mentions::Mention;
use crate::pipeline::procedures::{Frame, Issue};
use crate::pipeline::scope::{Scope, TECHNIQUE};
use crate::pipeline::slots::in_sentence;
use crate::pipeline::substances;
pub(crate) use deeds::{
    have_words as have_words_of_deeds, may_be_told as may_have_deeds, tells_what_was_done, told as told_by_deeds,
};
use told::names_only_others;
pub(crate) use told::{
    in_title, is_act, is_described, is_described_within, is_part_of_operation, is_told, names_a_place,
    names_sacral_nerves, sentences_of,
};

/// How far, in bytes, a side may stand from the structure it is the side of.
const REACH: usize = 45;

/// The frame of one neighboring family.
pub(crate) fn frame(page: &Page<'_>, scope: &Scope, family: usize, acts: &[&Mention]) -> Frame {
    let frame = Frame {
        family: page.lexicon.family_id(family).clone(),
        status: Status::Performed,
        evidence: acts.iter().take(4).map(|it| it.evidence(page)).collect(),
        attributes: Vec::new(),
        reported: true,
        issues: Vec::new(),
        technique_details: None,
        facts: Vec::new(),
    };
    let titles = acts.iter().filter(|it| in_title(page, it.sentence)).map(|it| it.sentence).collect();
    // Where a name stands, what only tells the doing is narrative.
    let named = acts.iter().any(|it| it.kind == Kind::Act);
    let acts = acts.iter().filter(|it| !named || it.kind == Kind::Act).map(|it| it.sentence).collect();
    let mut builder = Builder { page, scope, family, titles, acts, frame };
    builder.levels();
    builder.region();
    builder.space();
    builder.imaging();
    builder.delivery();
    builder.sites();
    builder.methods();
    builder.counts();
    builder.sides();
    let substances = substances::substances(page, scope);
    builder.destroys(&substances);
    builder.frame.attributes.extend(substances);
    builder.frame.attributes.sort_by_key(|it| it.slot);
    builder.frame
}

struct Builder<'a> {
    page: &'a Page<'a>,
    scope: &'a Scope,
    family: usize,
    /// Sentences of titles that name the act.
    titles: Vec<usize>,
    /// Sentences that name the act.
    acts: Vec<usize>,
    frame: Frame,
}

impl Builder<'_> {
    fn by(&self) -> By {
        self.page.lexicon.families[self.family].count.by
    }

    fn asks(&self, question: &str) -> bool {
        self.page.lexicon.families[self.family].questions.iter().any(|it| it.id.as_str() == question)
    }

    fn issue(&mut self, question: &'static str, outcome: Outcome, evidence: Vec<Evidence>) {
        if self.asks(question) {
            self.frame.issues.push(Issue { question, outcome, evidence });
        }
    }

    fn set(&mut self, slot: Slot, value: &str, side: Option<&str>, why: Why) {
        let side = side.map(Id::from);
        self.frame.attributes.push(Attribute { slot, value: Id::from(value), substance: None, side, why });
    }

    /// The sentences to read, the telling ones first: titles, sentences that name the act, the narrative; each in
    /// the order of the text.
    fn tiers(&self) -> [Vec<usize>; 5] {
        let all = |keep: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..self.page.sentences.len()).filter(|it| self.scope.weights[*it] > 0 && keep(*it)).collect()
        };
        let mut titles = self.titles.clone();
        titles.dedup();
        let title_sections = all(&|it| {
            in_title(self.page, it) && !names_only_others(self.page, in_sentence(self.page, it), self.family)
        });
        // What was done to which device or limb stands in items of its own.
        if matches!(self.by(), By::Method | By::Limb) && !titles.is_empty() {
            titles.clone_from(&title_sections);
        }
        let acts = all(&|it| self.acts.binary_search(&it).is_ok());
        let does = |it: &Mention| {
            matches!(
                it.kind,
                Kind::Motion
                    | Kind::Device
                    | Kind::Technique
                    | Kind::Imaging
                    | Kind::Substance
                    | Kind::Act
                    | Kind::Sign
            )
        };
        let narrative = all(&|it| self.scope.weights[it] >= TECHNIQUE && in_sentence(self.page, it).iter().any(does));
        let (acts, narrative) = if self.has_deeds() {
            (Vec::new(), all(&|it| acts.binary_search(&it).is_ok() || narrative.binary_search(&it).is_ok()))
        } else {
            (acts, narrative)
        };
        // Lists of structures without a verb: `Right arm: biceps, brachialis`; a change told alone: `Rate up by a tenth`.
        let lists =
            if matches!(self.by(), By::Once | By::Site | By::Sites | By::Limb) { all(&|_| true) } else { Vec::new() };
        [titles, title_sections, acts, narrative, lists]
    }
}
