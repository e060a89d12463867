//! From the statements of a note to the facts of one act: who owns a statement, and what speaks for a value.

use super::NeuraxialBuilder;
use super::delivery::OUT;
use super::imaging::for_something_else;
use super::proximity::is_act_word;
use crate::document::{Mention, Statement};
use crate::extract::mentions::in_sentence;
use crate::extract::resolver::{Resolution, resolve};
use crate::extract::scope::TECHNIQUE;
use crate::lexicon::constructions::Stance;
use crate::lexicon::terms::SemanticType;
use crate::lexicon::weights::NOT_DOCUMENTED;
use crate::model::evidence_features::Owner;
use crate::model::{Evidence, Slot};

/// Maximum number of words of a sentence that are asked whether they belong to the act.
const WORDS: usize = 64;

impl<'a> NeuraxialBuilder<'a> {
    /// Settles an attribute of the act.
    pub(super) fn weigh(&self, slot: Slot) -> Resolution {
        resolve(self.doc, slot, self.doc.statements.iter().map(|it| (it, self.owner_of(it))), &[])
    }

    /// To which act a statement belongs: one about an attempt that failed belongs to that attempt.
    pub(super) fn owner_of(&self, it: &Statement) -> Owner {
        let failed = self.failed_before.iter().any(|(slot, at)| *slot == it.slot && it.range.start < *at);
        let superseded = failed || self.is_of_old_catheter(it);
        if superseded && self.scope.weights[it.sentence] >= TECHNIQUE { Owner::OtherAct } else { self.owner(it) }
    }

    /// `Old catheter removed … T9-10, 17G Tuohy, new catheter to 11 cm`: what came out before the needle went in is the
    /// catheter that the new one replaces.
    fn is_of_old_catheter(&self, it: &Statement) -> bool {
        it.slot == Slot::Delivery
            && OUT.contains(&it.construction(self.doc).id.as_str())
            && self.placed_from.is_some_and(|placed| it.range.end <= placed)
    }

    /// Start of the first needle of the act, if a catheter is named behind it.
    pub(super) fn placed_from(&self) -> Option<usize> {
        let doc = self.doc;
        let needle = self.scope.concept(doc, SemanticType::Device, "epidural_needle").map(|it| it.start).next()?;
        self.scope.concept(doc, SemanticType::Device, "catheter").any(|it| it.start > needle).then_some(needle)
    }

    /// For each attribute where the last attempt that failed ends, if a full statement about a later one follows.
    pub(super) fn failed_attempts(&self) -> Vec<(Slot, usize)> {
        const AGAIN: [Slot; 3] = [Slot::Region, Slot::Imaging, Slot::Delivery];
        let doc = self.doc;
        let documented = |it: &Mention| {
            it.is(doc, SemanticType::Attempt, "failed")
                && self.scope.weights[it.sentence] >= TECHNIQUE
                && in_sentence(doc, it.sentence).iter().any(|it| {
                    matches!(
                        it.kind,
                        SemanticType::Device
                            | SemanticType::Technique
                            | SemanticType::Motion
                            | SemanticType::Thread
                            | SemanticType::Removal
                    )
                })
        };
        let Some(failed) = doc.of_kind(SemanticType::Attempt).filter(|it| documented(it)).last() else {
            return Vec::new();
        };
        let follows = |slot: &Slot| {
            doc.statements.iter().any(|it| {
                it.slot == *slot
                    && it.range.start > failed.start
                    && it.is_now()
                    && it.stance == Stance::Supports
                    && it.value.as_str() != NOT_DOCUMENTED
                    && it.construction(doc).full
                    && self.scope.weights[it.sentence] >= TECHNIQUE
            })
        };
        AGAIN.into_iter().filter(follows).map(|slot| (slot, failed.start)).collect()
    }

    /// The same, whatever became of it.
    pub(super) fn owner(&self, it: &Statement) -> Owner {
        let doc = self.doc;
        if !self.scope.own[it.sentence]
            || it.slot == Slot::Imaging && for_something_else(doc, it.sentence, it.range.start, it.range.end)
        {
            return Owner::OtherAct;
        }
        let mut words = in_sentence(doc, it.sentence).iter().take(WORDS);
        let of_act = words.any(|it| {
            is_act_word(doc, it)
                || it.is(doc, SemanticType::Device, "spinal_needle")
                || it.is(doc, SemanticType::Device, "needle")
                || it.kind == SemanticType::Motion
        });
        if of_act { Owner::Sentence } else { Owner::Part }
    }

    /// The statements about an attribute that do not belong to another act.
    pub(super) fn own_statements(&self, slot: Slot) -> impl Iterator<Item = &'a Statement> {
        let own = move |it: &&Statement| it.slot == slot && self.owner_of(it) != Owner::OtherAct;
        self.doc.statements.iter().filter(own)
    }

    /// Statements that hold now and support a value, those of the technique first.
    pub(super) fn supports(&self, slot: Slot, value: &str) -> Vec<&'a Statement> {
        let own = self.own_statements(slot);
        let mut found: Vec<&Statement> =
            own.filter(|it| it.is_now() && it.stance == Stance::Supports && it.value.as_str() == value).collect();
        found.sort_by_key(|it| {
            (std::cmp::Reverse((it.construction(self.doc).full, self.scope.weights[it.sentence])), it.range.start)
        });
        found
    }

    /// Up to four pieces of evidence for a value.
    pub(super) fn supporting(&self, found: &Resolution, value: &str) -> Vec<Evidence> {
        self.supports(found.slot, value).iter().take(4).map(|it| it.evidence(self.doc)).collect()
    }

    /// Up to three pieces of evidence that a value does not hold.
    pub(super) fn denying(&self, found: &Resolution) -> Vec<Evidence> {
        let denies = self.own_statements(found.slot).filter(|it| it.is_now() && it.stance == Stance::Denies);
        denies.take(3).map(|it| it.evidence(self.doc)).collect()
    }

    /// Statements of an attribute that one of some constructions read.
    pub(super) fn read_by(&self, slot: Slot, rows: &[&str]) -> Vec<&'a Statement> {
        let own = self.own_statements(slot).filter(|it| it.is_now());
        own.filter(|it| rows.contains(&it.construction(self.doc).id.as_str())).collect()
    }

    /// Whether all that supports a value was read by some constructions.
    pub(super) fn is_read_only_by(&self, found: &Resolution, value: &str, rows: &[&str]) -> bool {
        let supports = self.supports(found.slot, value);
        !supports.is_empty() && supports.iter().all(|it| rows.contains(&it.construction(self.doc).id.as_str()))
    }
}
