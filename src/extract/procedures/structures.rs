//! Structures, methods and devices of an act, and how many.

use super::ProcedureBuilder;
use super::body_site::both;
use super::performed_status::in_title;
use crate::document::Mention;
use crate::extract::mentions::in_sentence;
use crate::lexicon::families::CountingUnit;
use crate::lexicon::terms::SemanticType;
use crate::model::{Evidence, Outcome, Provenance, Slot};
/// Maximum distance, in bytes, of an action behind its device.
const DEED_REACH: usize = 45;

impl<'a> ProcedureBuilder<'a> {
    /// The structures treated: those of the titles; where they name none, those of the narrative.
    pub(super) fn sites(&mut self) {
        self.named(SemanticType::Site, Slot::Site);
        if !self.event.attributes.iter().any(|it| it.slot == Slot::Site) {
            self.gap("site-documented", Outcome::Missing, Vec::new());
        }
    }

    pub(super) fn methods(&mut self) {
        self.named(SemanticType::Method, Slot::Method);
    }

    fn named(&mut self, kind: SemanticType, slot: Slot) {
        let doc = self.doc;
        let many = match slot {
            Slot::Site => matches!(self.by(), CountingUnit::Site | CountingUnit::Sites | CountingUnit::Limb),
            _ => self.by() == CountingUnit::Method,
        };
        let own = |it: &&Mention| it.entry(doc).family == Some(self.family) && it.assertion.happened();
        let specific =
            doc.of_kind(kind).any(|it| own(&it) && !it.entry(doc).generic && self.scope.weights[it.sentence] > 0);
        for tier in self.tiers() {
            let found: Vec<&Mention> = doc
                .of_kind(kind)
                .filter(own)
                .filter(|it| tier.binary_search(&it.sentence).is_ok() && !(specific && it.entry(doc).generic))
                .collect();
            if found.is_empty() {
                continue;
            }
            let mut values: Vec<(String, Option<&'static str>, Vec<Evidence>)> = Vec::new();
            // Where something was taken out, replaced or revised, a device without an action of its own stayed as it was.
            let of_title = self.action_of_title();
            let documented: Vec<Option<(String, bool)>> =
                found.iter().map(|it| self.value(it, &found, of_title)).collect();
            let changes = |it: &&(String, bool)| {
                it.1 && ["remove_", "replace_", "revise_"].iter().any(|action| it.0.starts_with(action))
            };
            let explicit = documented.iter().flatten().any(|it| changes(&it));
            for (it, value) in found.iter().zip(documented) {
                let Some((concept, _)) = value.filter(|it| it.1 || !explicit) else { continue };
                let side = self.side_of(it);
                match values.iter_mut().find(|other| other.0 == concept) {
                    Some(other) => {
                        other.1 = both(other.1, side);
                        if other.2.len() < 3 {
                            other.2.push(it.evidence(doc));
                        }
                    }
                    None => values.push((concept, side, vec![it.evidence(doc)])),
                }
            }
            if values.is_empty() {
                continue;
            }
            leave_out_replaced(&mut values);
            values.truncate(if many { usize::MAX } else { 1 });
            for (value, side, evidence) in values {
                self.set(slot, &value, side, Provenance::Explicit { evidence });
            }
            return;
        }
    }

    /// The value that a mention represents: its concept, or what was done to what where the family names actions
    /// (`remove_`) and devices (`_lead`) apart; and whether its own words document the action. An action alone is none.
    fn value(&self, it: &Mention, found: &[&'a Mention], of_title: Option<&'a Mention>) -> Option<(String, bool)> {
        let concept = it.entry(self.doc).concept.as_str();
        if concept.ends_with('_') {
            return None;
        }
        if !concept.starts_with('_') {
            return Some((concept.to_owned(), true));
        }
        let text = &self.doc.normalized.text;
        let actions = || {
            let first = found.partition_point(|other| other.sentence < it.sentence);
            let last = found.partition_point(|other| other.sentence <= it.sentence);
            found[first..last].iter().filter(|other| other.entry(self.doc).concept.as_str().ends_with('_'))
        };
        let apart = |from: usize, to: usize| {
            let between = text.get(from..to).unwrap_or_default();
            // What is in brackets behind a device does not part it from its verb.
            let between = match (between.find('('), between.find(')')) {
                (Some(open), Some(close)) if open < close => [&between[..open], &between[close + 1..]].concat(),
                _ => between.to_owned(),
            };
            between.contains([',', ';', ':', '.']) || between.contains(" and ")
        };
        // `lead placement`, `leads were removed`; else `removal of leads and generator`.
        let behind = actions().find(|other| other.start >= it.end && other.start <= it.end + DEED_REACH);
        let behind = behind.filter(|other| !apart(it.end, other.start));
        let action = behind.or_else(|| actions().rfind(|other| other.end <= it.start)).copied();
        let own = action.is_some();
        let action = action.or(of_title);
        let action = action.map_or("place_", |it| it.entry(self.doc).concept.as_str());
        Some((format!("{}{}", action.trim_end_matches('_'), concept), own))
    }

    /// Whether the note documents actions (`removed`) apart from the devices that they were done to.
    pub(super) fn has_actions(&self) -> bool {
        let doc = self.doc;
        let own = |it: &Mention| it.entry(doc).family == Some(self.family);
        doc.of_kind(SemanticType::Method).any(|it| own(it) && it.entry(doc).concept.as_str().starts_with('_'))
    }

    /// The first action that a title documents.
    fn action_of_title(&self) -> Option<&'a Mention> {
        let doc = self.doc;
        doc.of_kind(SemanticType::Method).find(|it| {
            let entry = it.entry(doc);
            entry.family == Some(self.family) && entry.concept.as_str().ends_with('_') && in_title(doc, it.sentence)
        })
    }

    pub(super) fn counts(&mut self) {
        let doc = self.doc;
        let names_own = |at: usize| {
            let mut all = in_sentence(doc, at).iter();
            all.any(|it| it.kind == SemanticType::Site && it.entry(doc).family == Some(self.family))
        };
        for tier in self.tiers() {
            let found = doc.of_kind(SemanticType::Count).find(|it| {
                it.entry(doc).family == Some(self.family)
                    && tier.binary_search(&it.sentence).is_ok()
                    && it.assertion.happened()
            });
            if let Some(it) = found {
                let value = it.entry(doc).concept.as_str().to_owned();
                self.set(Slot::Count, &value, None, Provenance::Explicit { evidence: vec![it.evidence(doc)] });
                return;
            }
        }
        // `the same was done at the second costochondral junction`
        let again = doc.of_kind(SemanticType::Repeat).find(|it| {
            self.scope.weights[it.sentence] > 0
                && it.assertion.happened()
                && names_own(it.sentence)
                && !in_sentence(doc, it.sentence).iter().any(|it| it.kind == SemanticType::Side)
        });
        if let Some(it) = again.filter(|_| !doc.lexicon.families[self.family].count.many.is_empty()) {
            self.set(Slot::Count, "2", None, Provenance::Explicit { evidence: vec![it.evidence(doc)] });
        }
    }
}

/// A device taken out and put in again was replaced: the taking out counts for nothing.
fn leave_out_replaced(values: &mut Vec<(String, Option<&'static str>, Vec<Evidence>)>) {
    let new: Vec<String> = ["place", "replace"]
        .iter()
        .flat_map(|action| values.iter().filter_map(move |it| it.0.strip_prefix(action)))
        .map(|device| format!("remove{device}"))
        .collect();
    values.retain(|it| !new.contains(&it.0));
    let replaced: Vec<String> =
        values.iter().filter_map(|it| it.0.strip_prefix("replace")).map(str::to_owned).collect();
    values.retain(|it| !it.0.strip_prefix("place").is_some_and(|device| replaced.iter().any(|it| it == device)));
}
