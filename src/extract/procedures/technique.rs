//! How a neighboring act was done: imaging, needle or catheter, a drug that destroys.

use std::collections::BTreeMap;

use super::Builder;
use crate::lexicon::terms::Kind;
use crate::model::{Attribute, Evidence, Id, Outcome, Slot, Status, Why};
use crate::pipeline::mentions::Mention;
use crate::pipeline::slots::in_sentence;
use crate::pipeline::substances;
impl<'a> Builder<'a> {
    /// Whether a row of the family's code table asks for this method.
    fn codes_method(&self, method: &str) -> bool {
        let rows = &self.page.lexicon.families[self.family].codes;
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
            substances.iter().filter(neurolytic).flat_map(|it| it.why.evidence()).take(2).cloned().collect();
        let gave = substances.iter().any(substances::is_injectate);
        if gave {
            self.frame.attributes.retain(|it| it.slot != Slot::Method || it.value.as_str() != "contrast_only");
        }
        if !evidence.is_empty() && self.codes_method("neurolytic") {
            self.frame.attributes.retain(|it| it.slot != Slot::Method);
            let why = Why::Inferred { rule: Id::from("neurolytic-injectate"), evidence };
            self.set(Slot::Method, "neurolytic", None, why);
        }
    }

    pub(super) fn imaging(&mut self) {
        let page = self.page;
        let mut found: BTreeMap<&str, Vec<Evidence>> = BTreeMap::new();
        let mut denied = Vec::new();
        for it in self.scope.all(page, Kind::Imaging) {
            let concept = it.entry(page).concept.as_str();
            let marks = in_sentence(page, it.sentence).iter().any(|it| it.kind == Kind::Marking);
            match it.said.status {
                _ if marks => {}
                _ if concept == "none" => denied.push(it.evidence(page)),
                Status::Negated => denied.push(it.evidence(page)),
                Status::Performed | Status::Attempted | Status::Existing if !it.said.other => {
                    found.entry(concept).or_default().push(it.evidence(page));
                }
                _ => {}
            }
        }
        let stated = ["ct", "fluoroscopy", "ultrasound", "mri"].into_iter().find(|it| found.contains_key(it));
        if let Some(modality) = stated {
            let evidence = found[modality].iter().take(3).cloned().collect();
            self.set(Slot::Imaging, modality, None, Why::Stated { evidence });
            return;
        }
        let views: Vec<Evidence> = self.scope.happened(page, Kind::View).take(2).map(|it| it.evidence(page)).collect();
        if !views.is_empty() && denied.is_empty() {
            let why = Why::Inferred { rule: Id::from("views-to-fluoroscopy"), evidence: views };
            self.set(Slot::Imaging, "fluoroscopy", None, why);
        } else if let Some(session) = self.imaging_of_session().filter(|_| denied.is_empty()) {
            let modality = session.entry(page).concept.as_str().to_owned();
            let why = Why::Inferred { rule: Id::from("imaging-of-session"), evidence: vec![session.evidence(page)] };
            self.set(Slot::Imaging, &modality, None, why);
            self.issue("imaging-documented", Outcome::Missing, vec![session.evidence(page)]);
        } else if denied.is_empty() {
            self.set(Slot::Imaging, "none", None, Why::Assumed { rule: Id::from("imaging-not-mentioned") });
            self.issue("imaging-documented", Outcome::Missing, Vec::new());
        } else {
            self.set(Slot::Imaging, "none", None, Why::Stated { evidence: denied });
        }
    }

    /// Imaging that the note tells with another act of the same session.
    fn imaging_of_session(&self) -> Option<&'a Mention> {
        let page = self.page;
        let mut found = page
            .of_kind(Kind::Imaging)
            .filter(|it| it.said.happened() && matches!(it.entry(page).concept.as_str(), "fluoroscopy" | "ct"));
        found.find(|it| !in_sentence(page, it.sentence).iter().any(|other| other.kind == Kind::Finding))
    }

    /// A catheter that stays, or a needle.
    pub(super) fn delivery(&mut self) {
        let page = self.page;
        let stays: Vec<Evidence> = self
            .scope
            .happened(page, Kind::Device)
            .filter(|it| self.is_own_catheter(it))
            .chain(self.scope.concept(page, Kind::Fate, "infusion"))
            .take(2)
            .map(|it| it.evidence(page))
            .collect();
        if stays.is_empty() || self.catheter_is_removed() {
            let rule = Id::from("no-catheter-mentioned");
            let evidence = self.frame.evidence.iter().take(1).cloned().collect();
            self.set(Slot::Delivery, "single", None, Why::Inferred { rule, evidence });
        } else {
            self.set(Slot::Delivery, "catheter", None, Why::Stated { evidence: stays });
        }
    }

    /// Whether a device is a catheter of this act: one that is not for a vein or the bladder.
    fn is_own_catheter(&self, it: &Mention) -> bool {
        let page = self.page;
        match it.entry(page).concept.as_str() {
            "catheter" => !it.entry(page).generic,
            "other_catheter" => in_sentence(page, it.sentence).iter().any(|other| {
                matches!(other.kind, Kind::Act | Kind::Site)
                    && other.entry(page).family == Some(self.family)
                    && other.start <= it.start
                    && it.start <= other.end
            }),
            _ => false,
        }
    }

    /// Whether the catheter itself came out, and not the needle over it.
    fn catheter_is_removed(&self) -> bool {
        let page = self.page;
        self.scope.concept(page, Kind::Removal, "removal").any(|it| {
            let mut devices = in_sentence(page, it.sentence).iter().filter(|it| it.kind == Kind::Device);
            let nearest = devices.rfind(|other| other.end <= it.start);
            nearest.is_some_and(|it| it.is(page, Kind::Device, "catheter"))
        })
    }
}
