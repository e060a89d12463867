//! Implicit triggers: words of a family with a needle, a drug or a space next to them, as its `family.toml` says.

use super::told::{is_part_of_operation, names_only_others};
use crate::Lexicon;
use crate::lexicon::families::{Deed, Word};
use crate::lexicon::terms::{Entry, Kind};
use crate::pipeline::Page;
use crate::pipeline::glance::Seen;
use crate::pipeline::mentions::Mention;
use crate::pipeline::scope::{Scope, TITLE};
use crate::pipeline::slots::in_sentence;

/// Methods that so many families share that they identify none of them.
const COMMON: [&str; 4] = ["block", "drug", "injection", "joint"];

/// The words that document acts without their names, each proven by what is next to it; by family, then by place.
pub(crate) fn told<'a>(page: &'a Page<'_>, whole: &Scope) -> Vec<&'a Mention> {
    let mut own: Vec<Vec<&Mention>> = vec![Vec::new(); page.lexicon.families.len()];
    for it in page.mentions.iter().filter(|it| it.said.happened()) {
        if let Some(family) = it.entry(page).family {
            own[family].push(it);
        }
    }
    own.iter().enumerate().flat_map(|(family, own)| told_of(page, whole, family, own)).collect()
}

/// The same of one family, whose mentions that happened are given.
fn told_of<'a>(page: &'a Page<'_>, whole: &Scope, family: usize, own: &[&'a Mention]) -> Vec<&'a Mention> {
    let data = &page.lexicon.families[family];
    let reader = Reader { page, whole, family };
    if data.deeds.is_empty() || own.is_empty() || reader.is_left_out_of_titles() {
        return Vec::new();
    }
    let mut found: Vec<&Mention> = Vec::new();
    for same in own.chunk_by(|it, next| it.sentence == next.sentence) {
        found.extend(reader.told_in(same));
    }
    if !found.is_empty() && data.count.anesthesia && is_part_of_operation(page, whole, family, &found) {
        found.clear();
    }
    found
}

/// Whether the note documents what an act of the family cannot be without.
pub(super) fn has_needed(page: &Page<'_>, whole: &Scope, family: usize) -> bool {
    let needs = &page.lexicon.families[family].needs;
    let reader = Reader { page, whole, family };
    let tells = |it: &Mention| {
        it.said.happened() && whole.weights[it.sentence] > 0 && needs.iter().any(|word| reader.is(word, it))
    };
    needs.is_empty() || page.mentions.iter().any(tells)
}

/// Whether a sentence is in a title, in the narrative, or in text under no known heading.
pub(crate) fn tells_what_was_done(page: &Page<'_>, whole: &Scope, sentence: usize) -> bool {
    let weight = whole.weights[sentence];
    weight >= TITLE || weight > 0 && page.sections[page.sentences[sentence].section].kind.is_none()
}

/// Whether the words of an implicit trigger occur together somewhere, whatever is said of them.
pub(crate) fn may_be_told(seen: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    let mut here = vec![false; lexicon.families.len()];
    seen.iter().filter_map(|it| it.entry.family).for_each(|it| here[it] = true);
    let families = lexicon.families.iter().enumerate().filter(|it| here[it.0]);
    families.into_iter().any(|(family, data)| data.deeds.iter().any(|it| may_be_done(seen, lexicon, family, it)))
}

/// Whether one of the words is there that an implicit trigger begins with.
pub(crate) fn have_words(seen: &[Seen<'_>], lexicon: &Lexicon) -> bool {
    seen.iter().any(|it| {
        it.entry.family.is_some_and(|family| {
            let mut words = lexicon.families[family].deeds.iter().flat_map(|it| &it.of);
            words.any(|word| is(lexicon, family, word, it.entry))
        })
    })
}

fn may_be_done(seen: &[Seen<'_>], lexicon: &Lexicon, family: usize, deed: &Deed) -> bool {
    let is = |words: &[Word], it: &Seen<'_>| words.iter().any(|word| is(lexicon, family, word, it.entry));
    let own = seen.iter().filter(|it| it.entry.family == Some(family) && is(&deed.of, it));
    let sentences: Vec<usize> = own.map(|it| it.sentence).collect();
    let near = |it: &Seen<'_>| {
        let first = sentences.partition_point(|at| at + deed.around < it.sentence);
        sentences.get(first).is_some_and(|at| *at <= it.sentence + deed.around)
    };
    !sentences.is_empty() && deed.with.iter().all(|words| seen.iter().any(|it| is(words, it) && near(it)))
}

struct Reader<'a> {
    page: &'a Page<'a>,
    whole: &'a Scope,
    family: usize,
}

impl Reader<'_> {
    /// Whether titles name acts, and nothing of this family: they list what was done, and the rest is a landmark.
    fn is_left_out_of_titles(&self) -> bool {
        let page = self.page;
        let title = Some(page.lexicon.sections.title);
        let titled =
            |it: &&Mention| it.said.happened() && page.sections[page.sentences[it.sentence].section].kind == title;
        let mut acts = page.of_kind(Kind::Act).filter(titled).filter(|it| !it.entry(page).generic).peekable();
        let own = |it: &Mention| it.entry(page).family == Some(self.family);
        acts.peek().is_some() && !page.mentions.iter().filter(titled).any(own)
    }

    /// Those of the mentions of one sentence that an implicit trigger proves.
    fn told_in<'a>(&self, same: &[&'a Mention]) -> Vec<&'a Mention> {
        let sentence = same[0].sentence;
        if !tells_what_was_done(self.page, self.whole, sentence) {
            return Vec::new();
        }
        let mut told = vec![false; same.len()];
        for deed in &self.page.lexicon.families[self.family].deeds {
            let own: Vec<bool> = same.iter().map(|it| deed.of.iter().any(|word| self.is(word, it))).collect();
            if own.contains(&true) && self.is_fulfilled(deed, sentence) {
                told.iter_mut().zip(own).for_each(|(told, own)| *told |= own);
            }
        }
        same.iter().zip(told).filter(|it| it.1).map(|it| *it.0).collect()
    }

    /// Whether everything that an implicit trigger needs is around a sentence, and nothing that rules it out.
    fn is_fulfilled(&self, deed: &Deed, sentence: usize) -> bool {
        let near = self.around(sentence, deed.around);
        let stands = |word: &Word| {
            near.iter().any(|at| {
                let mut all = in_sentence(self.page, *at).iter();
                all.any(|other| other.said.happened() && self.is(word, other))
            })
        };
        deed.with.iter().all(|words| words.iter().any(stands)) && !deed.unless.iter().any(stands)
    }

    /// The sentences around one of the same section, up to where another act is named.
    fn around(&self, sentence: usize, reach: usize) -> Vec<usize> {
        let page = self.page;
        let section = page.sentences[sentence].section;
        let is_own = |at: &usize| {
            (page.sentences[*at].section == section || tells_what_was_done(page, self.whole, *at))
                && !names_only_others(page, in_sentence(page, *at), self.family)
        };
        // Words before a mention count only within its paragraph.
        let furthest = sentence.saturating_sub(reach);
        let first = (furthest..=sentence).rev().find(|at| page.sentences[*at].paragraph).unwrap_or(furthest);
        let before = (first..sentence).rev().take_while(is_own);
        let last = (sentence + reach).min(page.sentences.len() - 1);
        let behind = (sentence + 1..=last).take_while(is_own);
        let counts = |at: &usize| self.whole.weights[*at] > 0;
        std::iter::once(sentence).chain(before).chain(behind).filter(counts).collect()
    }

    fn is(&self, word: &Word, it: &Mention) -> bool {
        is(self.page.lexicon, self.family, word, it.entry(self.page))
    }
}

/// Whether a term is such a word for acts of a family.
fn is(lexicon: &Lexicon, family: usize, word: &Word, entry: &Entry) -> bool {
    match word {
        Word::Family(id) => {
            let own = entry.family.is_some_and(|it| lexicon.family_id(it) == id);
            own && match entry.kind {
                Kind::Act => !entry.generic,
                // A bare action (`removed`) may be done to anything.
                Kind::Method => {
                    let concept = entry.concept.as_str();
                    !entry.generic && !COMMON.contains(&concept) && !concept.ends_with('_')
                }
                Kind::Sign => entry.concept == *id,
                _ => false,
            }
        }
        Word::Term { kind, names } => {
            entry.kind == *kind
                && entry.family.is_none_or(|it| it == family)
                && (names.is_empty()
                    || names.contains(&entry.concept)
                    || entry.class.as_ref().is_some_and(|it| names.contains(it)))
        }
    }
}
