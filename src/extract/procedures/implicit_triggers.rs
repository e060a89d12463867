//! Implicit triggers: words of a family with a needle, a drug or a space next to them, as its `family.toml` says.

use super::performed_status::{is_part_of_operation, names_only_others};
use crate::document::{Document, Mention};
use crate::extract::mentions::in_sentence;
use crate::extract::prefilter::is_word;
use crate::extract::scope::{EvidenceWeights, TITLE};
use crate::lexicon::families::{ImplicitTriggerRule, TriggerWord};
use crate::lexicon::terms::SemanticType;

/// The words that document acts without their names, each proven by what is next to it; by family, then by place.
pub(crate) fn implied_mentions<'a>(doc: &'a Document<'_>, whole: &EvidenceWeights) -> Vec<&'a Mention> {
    let mut own: Vec<Vec<&Mention>> = vec![Vec::new(); doc.lexicon.families.len()];
    for it in doc.mentions.iter().filter(|it| it.assertion.happened()) {
        if let Some(family) = it.entry(doc).family {
            own[family].push(it);
        }
    }
    own.iter().enumerate().flat_map(|(family, own)| implied_of_family(doc, whole, family, own)).collect()
}

/// The same of one family, whose mentions that happened are given.
fn implied_of_family<'a>(
    doc: &'a Document<'_>,
    whole: &EvidenceWeights,
    family: usize,
    own: &[&'a Mention],
) -> Vec<&'a Mention> {
    let data = &doc.lexicon.families[family];
    let reader = ImplicitTriggerReader { doc, whole, family };
    if data.implicit_triggers.is_empty() || own.is_empty() || reader.is_left_out_of_titles() {
        return Vec::new();
    }
    let mut found: Vec<&Mention> = Vec::new();
    for same in own.chunk_by(|it, next| it.sentence == next.sentence) {
        found.extend(reader.implied_in_sentence(same));
    }
    if !found.is_empty() && data.count.anesthesia && is_part_of_operation(doc, whole, family, &found) {
        found.clear();
    }
    found
}

/// Whether a sentence is in a title, in the narrative, or in text under no known heading.
pub(crate) fn describes_what_was_done(doc: &Document<'_>, whole: &EvidenceWeights, sentence: usize) -> bool {
    let weight = whole.weights[sentence];
    weight >= TITLE || weight > 0 && doc.sections[doc.sentences[sentence].section].kind.is_none()
}

struct ImplicitTriggerReader<'a> {
    doc: &'a Document<'a>,
    whole: &'a EvidenceWeights,
    family: usize,
}

impl ImplicitTriggerReader<'_> {
    /// Whether titles name acts, and nothing of this family: they list what was done, and the rest is a landmark.
    fn is_left_out_of_titles(&self) -> bool {
        let doc = self.doc;
        let title = Some(doc.lexicon.sections.title);
        let titled =
            |it: &&Mention| it.assertion.happened() && doc.sections[doc.sentences[it.sentence].section].kind == title;
        let mut acts = doc.of_kind(SemanticType::Trigger).filter(titled).filter(|it| !it.entry(doc).generic).peekable();
        let own = |it: &Mention| it.entry(doc).family == Some(self.family);
        acts.peek().is_some() && !doc.mentions.iter().filter(titled).any(own)
    }

    /// Those of the mentions of one sentence that an implicit trigger proves.
    fn implied_in_sentence<'a>(&self, same: &[&'a Mention]) -> Vec<&'a Mention> {
        let sentence = same[0].sentence;
        if !describes_what_was_done(self.doc, self.whole, sentence) {
            return Vec::new();
        }
        let mut documented = vec![false; same.len()];
        for rule in &self.doc.lexicon.families[self.family].implicit_triggers {
            let own: Vec<bool> = same.iter().map(|it| rule.of.iter().any(|word| self.is(word, it))).collect();
            if own.contains(&true) && self.is_fulfilled(rule, sentence) {
                documented.iter_mut().zip(own).for_each(|(documented, own)| *documented |= own);
            }
        }
        same.iter().zip(documented).filter(|it| it.1).map(|it| *it.0).collect()
    }

    /// Whether everything that an implicit trigger needs is around a sentence, and nothing that rules it out.
    fn is_fulfilled(&self, rule: &ImplicitTriggerRule, sentence: usize) -> bool {
        let near = self.around(sentence, rule.around);
        let is_present = |word: &TriggerWord| {
            near.iter().any(|at| {
                let mut all = in_sentence(self.doc, *at).iter();
                all.any(|other| other.assertion.happened() && self.is(word, other))
            })
        };
        rule.with.iter().all(|words| words.iter().any(is_present)) && !rule.unless.iter().any(is_present)
    }

    /// The sentences around one of the same section, up to where another act is named.
    fn around(&self, sentence: usize, reach: usize) -> Vec<usize> {
        let doc = self.doc;
        let section = doc.sentences[sentence].section;
        let is_own = |at: &usize| {
            (doc.sentences[*at].section == section || describes_what_was_done(doc, self.whole, *at))
                && !names_only_others(doc, in_sentence(doc, *at), self.family)
        };
        // Words before a mention count only within its paragraph.
        let furthest = sentence.saturating_sub(reach);
        let first = (furthest..=sentence).rev().find(|at| doc.sentences[*at].paragraph).unwrap_or(furthest);
        let before = (first..sentence).rev().take_while(is_own);
        let last = (sentence + reach).min(doc.sentences.len() - 1);
        let behind = (sentence + 1..=last).take_while(is_own);
        let counts = |at: &usize| self.whole.weights[*at] > 0;
        std::iter::once(sentence).chain(before).chain(behind).filter(counts).collect()
    }

    fn is(&self, word: &TriggerWord, it: &Mention) -> bool {
        is_word(self.doc.lexicon, self.family, word, it.entry(self.doc))
    }
}
