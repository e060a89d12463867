//! Technique of an act: imaging, needle or catheter, a drug that destroys.

use std::collections::BTreeMap;

use super::ProcedureBuilder;
use crate::document::Mention;
use crate::extract::mentions::in_sentence;
use crate::extract::substances;
use crate::lexicon::terms::SemanticType;
use crate::model::{Attribute, Evidence, Id, Outcome, Provenance, Slot, Status};
impl<'a> ProcedureBuilder<'a> {
    /// Whether a row of the family's code table asks for this method.
    fn codes_method(&self, method: &str) -> bool {
        let rows = &self.doc.lexicon.families[self.family].codes;
        rows.iter()
            .flat_map(|it| &it.cells)
            .any(|(slot, values)| *slot == Slot::Method && values.iter().any(|it| it.as_str() == method))
    }

    /// A drug that destroys nerves makes a block a destruction.
    pub(super) fn destroys(&mut self, substances: &[Attribute]) {
        let neurolytic = |it: &&Attribute| {
            substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == "neurolytic")
        };
        let evidence: Vec<Evidence> =
            substances.iter().filter(neurolytic).flat_map(|it| it.provenance.evidence()).take(2).cloned().collect();
        let gave = substances.iter().any(substances::is_injectate);
        if gave {
            self.event.attributes.retain(|it| it.slot != Slot::Method || it.value.as_str() != "contrast_only");
        }
        if !evidence.is_empty() && self.codes_method("neurolytic") {
            self.event.attributes.retain(|it| it.slot != Slot::Method);
            let provenance = Provenance::Inferred { rule: Id::from("neurolytic-injectate"), evidence };
            self.set(Slot::Method, "neurolytic", None, provenance);
        }
    }

    pub(super) fn imaging(&mut self) {
        let doc = self.doc;
        let mut found: BTreeMap<&str, Vec<Evidence>> = BTreeMap::new();
        let mut denied = Vec::new();
        for it in self.scope.all(doc, SemanticType::Imaging) {
            let concept = it.entry(doc).concept.as_str();
            let marks = in_sentence(doc, it.sentence).iter().any(|it| it.kind == SemanticType::Marking);
            match it.assertion.status {
                _ if marks => {}
                _ if concept == "none" => denied.push(it.evidence(doc)),
                Status::Negated => denied.push(it.evidence(doc)),
                Status::Performed | Status::Attempted | Status::Existing if !it.assertion.other => {
                    found.entry(concept).or_default().push(it.evidence(doc));
                }
                _ => {}
            }
        }
        let stated = ["ct", "fluoroscopy", "ultrasound", "mri"].into_iter().find(|it| found.contains_key(it));
        if let Some(modality) = stated {
            let evidence = found[modality].iter().take(3).cloned().collect();
            self.set(Slot::Imaging, modality, None, Provenance::Explicit { evidence });
            return;
        }
        let views: Vec<Evidence> =
            self.scope.happened(doc, SemanticType::View).take(2).map(|it| it.evidence(doc)).collect();
        if !views.is_empty() && denied.is_empty() {
            let provenance = Provenance::Inferred { rule: Id::from("views-to-fluoroscopy"), evidence: views };
            self.set(Slot::Imaging, "fluoroscopy", None, provenance);
        } else if let Some(session) = self.imaging_of_session().filter(|_| denied.is_empty()) {
            let modality = session.entry(doc).concept.as_str().to_owned();
            let provenance =
                Provenance::Inferred { rule: Id::from("imaging-of-session"), evidence: vec![session.evidence(doc)] };
            self.set(Slot::Imaging, &modality, None, provenance);
            self.gap("imaging-documented", Outcome::Missing, vec![session.evidence(doc)]);
        } else if denied.is_empty() {
            self.set(Slot::Imaging, "none", None, Provenance::Assumed { rule: Id::from("imaging-not-mentioned") });
            self.gap("imaging-documented", Outcome::Missing, Vec::new());
        } else {
            self.set(Slot::Imaging, "none", None, Provenance::Explicit { evidence: denied });
        }
    }

    /// Imaging that the note documents with another act of the same session.
    fn imaging_of_session(&self) -> Option<&'a Mention> {
        let doc = self.doc;
        let mut found = doc
            .of_kind(SemanticType::Imaging)
            .filter(|it| it.assertion.happened() && matches!(it.entry(doc).concept.as_str(), "fluoroscopy" | "ct"));
        found.find(|it| !in_sentence(doc, it.sentence).iter().any(|other| other.kind == SemanticType::Finding))
    }

    /// A catheter that stays, or a needle.
    pub(super) fn delivery(&mut self) {
        let doc = self.doc;
        let stays: Vec<Evidence> = self
            .scope
            .happened(doc, SemanticType::Device)
            .filter(|it| self.is_own_catheter(it))
            .chain(self.scope.concept(doc, SemanticType::CatheterDisposition, "infusion"))
            .take(2)
            .map(|it| it.evidence(doc))
            .collect();
        if stays.is_empty() || self.catheter_is_removed() {
            let rule = Id::from("no-catheter-mentioned");
            let evidence = self.event.evidence.iter().take(1).cloned().collect();
            self.set(Slot::Delivery, "single", None, Provenance::Inferred { rule, evidence });
        } else {
            self.set(Slot::Delivery, "catheter", None, Provenance::Explicit { evidence: stays });
        }
    }

    /// Whether a device is a catheter of this act: one that is not for a vein or the bladder.
    fn is_own_catheter(&self, it: &Mention) -> bool {
        let doc = self.doc;
        match it.entry(doc).concept.as_str() {
            "catheter" => !it.entry(doc).generic,
            "other_catheter" => in_sentence(doc, it.sentence).iter().any(|other| {
                matches!(other.kind, SemanticType::Trigger | SemanticType::Site)
                    && other.entry(doc).family == Some(self.family)
                    && other.start <= it.start
                    && it.start <= other.end
            }),
            _ => false,
        }
    }

    /// Whether the catheter itself came out, and not the needle over it.
    fn catheter_is_removed(&self) -> bool {
        let doc = self.doc;
        self.scope.concept(doc, SemanticType::Removal, "removal").any(|it| {
            let mut devices = in_sentence(doc, it.sentence).iter().filter(|it| it.kind == SemanticType::Device);
            let nearest = devices.rfind(|other| other.end <= it.start);
            nearest.is_some_and(|it| it.is(doc, SemanticType::Device, "catheter"))
        })
    }
}
