//! The stages, in running order, and the driver that calls them.

pub(crate) mod normalize;
pub(crate) mod sections;
pub(crate) mod sentences;
pub(crate) mod levels;
pub(crate) mod mentions;
pub(crate) mod context;
pub(crate) mod scope;
pub(crate) mod slots;
pub(crate) mod substances;
pub(crate) mod procedures;
pub(crate) mod encounter;
pub(crate) mod codes;
pub(crate) mod confidence;

use crate::Lexicon;
use crate::model::{Analysis, Evidence, Id, Note};
use mentions::{LevelMention, Mention};
use normalize::Search;
use sections::Section;
use sentences::Sentence;

/// A note as the stages see it: each stage adds its part.
pub(crate) struct Page<'a> {
    pub note: &'a Note,
    pub lexicon: &'a Lexicon,
    pub search: Search,
    pub sections: Vec<Section>,
    pub sentences: Vec<Sentence>,
    /// Words that name something, by start, each with what its context says of it.
    pub mentions: Vec<Mention>,
    /// Vertebral levels, by start.
    pub levels: Vec<LevelMention>,
}

impl Page<'_> {
    /// Evidence for a range of the search text.
    pub(crate) fn evidence(&self, start: usize, end: usize, rule: &Id) -> Evidence {
        Evidence { span: self.search.span(start, end), rule: rule.clone() }
    }
}

/// Runs all stages on one note.
pub(crate) fn run(note: &Note, lexicon: &Lexicon) -> Analysis {
    let search = normalize::normalize(&note.text);
    if !lexicon.terms.has_anchor(&search.text) {
        return encounter::empty(note);
    }
    let sections = sections::sections(&search, &lexicon.sections);
    let sentences = sentences::sentences(&search, &sections, &lexicon.sentences);
    let mut page = Page { note, lexicon, search, sections, sentences, mentions: Vec::new(), levels: Vec::new() };
    mentions::find(&mut page);
    mentions::assert(&mut page);
    let frames = procedures::frames(&page);
    let (encounter, findings, features) = encounter::assemble(&page, frames);
    let mut analysis = Analysis { encounter, proposals: Vec::new(), findings };
    codes::propose(&mut analysis, lexicon);
    confidence::rate(&mut analysis, &features, lexicon);
    encounter::leftovers(&mut analysis);
    analysis
}
