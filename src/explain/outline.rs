//! A note as its stages cut it: the normalized text in sentences, each with the kind of its section.

use std::ops::Range;

use crate::Lexicon;
use crate::document::Document;
use crate::driver;
use crate::lexicon::sections::DefaultAssertion;
use crate::lexicon::trie::words_of;
use crate::model::{Id, Note, Span};
use crate::text::normalize::{NormalizedText, normalize};

/// The normalized text of a note and its sentences, in order.
pub struct Outline {
    normalized: NormalizedText,
    /// The sentences, list items and labelled values.
    pub sentences: Vec<OutlineSentence>,
}

/// One sentence of an [`Outline`].
pub struct OutlineSentence {
    /// Its text with the heading or label before it, as bytes of [`Outline::text`].
    pub range: Range<usize>,
    /// The kind of its section; none outside of known headings.
    pub section: Option<Id>,
    /// When a statement there happened, where its words do not say.
    pub time: SectionTime,
}

/// When the statements of a section happened, where their words do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SectionTime {
    /// At this encounter.
    Now,
    /// Before, later, or only perhaps: history, plan, indication, consent.
    Other,
    /// Nothing there is about this patient's care: billing, the family's history.
    Ignored,
}

impl Outline {
    /// The normalized text: white space as single spaces, hard wraps joined.
    pub fn text(&self) -> &str {
        &self.normalized.text
    }

    /// The span of the note behind a range of the normalized text, on character boundaries of `note`.
    pub fn span(&self, note: &Note, range: Range<usize>) -> Span {
        let span = self.normalized.span(range.start, range.end);
        Span::new(note.text.floor_char_boundary(span.start()), note.text.ceil_char_boundary(span.end()))
    }
}

/// Cuts a note into sentences as the stages do.
///
/// ```
/// use opnote::explain::outline::outline;
/// use opnote::{Lexicon, Note};
///
/// let note = Note::new("1", "PLAN: Return in two weeks.\nTECHNIQUE: L4-5 epidural. Prone.");
/// let found = outline(&note, Lexicon::embedded());
/// let sections: Vec<&str> = found.sentences.iter().filter_map(|it| Some(it.section.as_ref()?.as_str())).collect();
/// assert_eq!(sections, ["plan", "technique", "technique"]);
/// ```
pub fn outline(note: &Note, lexicon: &Lexicon) -> Outline {
    let doc = driver::read(note, lexicon).unwrap_or_else(|| {
        let normalized = normalize(&note.text);
        let words = words_of(&normalized.text);
        Document::read(note, lexicon, normalized, words)
    });
    let sentences = doc.sentences.iter().map(|it| {
        let kind = doc.sections[it.section].kind.map(|kind| &lexicon.sections.kinds[kind]);
        OutlineSentence {
            range: it.lead..it.end,
            section: kind.map(|kind| kind.id.clone()),
            time: kind.map_or(SectionTime::Now, |kind| time_of(kind.default)),
        }
    });
    let sentences = sentences.collect();
    Outline { normalized: doc.normalized, sentences }
}

fn time_of(default: DefaultAssertion) -> SectionTime {
    match default {
        DefaultAssertion::Performed | DefaultAssertion::Neutral => SectionTime::Now,
        DefaultAssertion::Historical | DefaultAssertion::Planned | DefaultAssertion::Hypothetical => SectionTime::Other,
        DefaultAssertion::Ignored => SectionTime::Ignored,
    }
}
