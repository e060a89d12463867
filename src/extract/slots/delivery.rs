//! Delivery: a needle, or a catheter that stays; the resolver's verdict as an attribute or a documentation gap.

use super::NeuraxialBuilder;
use crate::document::Statement;
use crate::lexicon::constructions::Stance;
use crate::lexicon::terms::SemanticType;
use crate::lexicon::weights::NOT_DOCUMENTED;
use crate::model::{Evidence, Outcome, Provenance, Slot};

/// Constructions of a needle, beside which a catheter is not mentioned.
pub(super) const NEEDLE: [&str; 1] = ["needle"];
/// Constructions of a catheter or a line that came out.
pub(super) const OUT: [&str; 6] =
    ["both-out", "catheter-taken-out", "line-out", "needle-and-catheter-out", "took-both-out", "took-catheter-out"];

impl<'a> NeuraxialBuilder<'a> {
    pub(super) fn delivery(&mut self) {
        let doc = self.doc;
        let found = self.weigh(Slot::Delivery);
        let value = found.value();
        let evidence = self.supporting(&found, value);
        if value == NOT_DOCUMENTED || found.is_contradicted() {
            let outcome = if found.conflicting { Outcome::Conflicting } else { Outcome::Missing };
            let evidence = if found.conflicting { self.both_sides(&found) } else { evidence };
            self.gap("catheter-fate-documented", outcome, evidence);
        } else if value == "catheter" {
            self.infer(Slot::Delivery, "catheter", "catheter-left", evidence);
        } else {
            let denied = self.denying(&found);
            if !self.removals().is_empty() {
                self.infer(Slot::Delivery, "single", "catheter-removed", evidence);
            } else if !denied.is_empty() {
                self.set(Slot::Delivery, "single", Provenance::Explicit { evidence: denied });
            } else if self.is_read_only_by(&found, "single", &NEEDLE) {
                self.infer(Slot::Delivery, "single", "needle-only", evidence);
            } else if evidence.is_empty() {
                let acts: Vec<Evidence> =
                    self.scope.happened(doc, SemanticType::Trigger).take(1).map(|it| it.evidence(doc)).collect();
                self.infer(Slot::Delivery, "single", "no-catheter-mentioned", acts);
            } else {
                self.set(Slot::Delivery, "single", Provenance::Explicit { evidence });
            }
        }
        self.event.facts.push(found);
    }

    /// Words that say that the catheter came out, done and not merely planned.
    pub(super) fn removals(&self) -> Vec<&'a Statement> {
        let mut found = self.read_by(Slot::Delivery, &OUT);
        found.retain(|it| it.stance == Stance::Supports);
        found
    }
}
