//! The stages, in running order, and the driver that calls them.

pub(crate) mod bench;
pub(crate) mod codes;
pub(crate) mod confidence;
pub(crate) mod context;
pub(crate) mod encounter;
pub(crate) mod levels;
pub(crate) mod mentions;
pub(crate) mod normalize;
pub(crate) mod procedures;
pub(crate) mod scope;
pub(crate) mod sections;
pub(crate) mod sentences;
pub(crate) mod slots;
pub(crate) mod substances;

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

/// TEMPORARY: what the stages see.
pub fn debug(note: &Note, lexicon: &Lexicon) -> String {
    use std::fmt::Write;
    let search = normalize::normalize(&note.text);
    let sections = sections::sections(&search, &lexicon.sections);
    let sentences = sentences::sentences(&search, &sections, &lexicon.sentences);
    let mut page = Page { note, lexicon, search, sections, sentences, mentions: Vec::new(), levels: Vec::new() };
    mentions::find(&mut page);
    mentions::assert(&mut page);
    let whole = scope::whole(&page);
    let mut out = String::new();
    let mut section = usize::MAX;
    for (index, s) in page.sentences.iter().enumerate() {
        if s.section != section {
            section = s.section;
            let sec = &page.sections[section];
            let _ = writeln!(
                out,
                "## {:?} [{}]",
                &page.search.text[sec.heading.clone()],
                sec.kind.map_or("-", |k| lexicon.sections.kinds[k].id.as_str())
            );
        }
        let _ = writeln!(out, "{index} w{} | {}", whole.weights[index], &page.search.text[s.start..s.end]);
        let list: Vec<String> = page
            .mentions
            .iter()
            .filter(|m| m.sentence == index)
            .map(|m| {
                format!(
                    "{}:{}/{}{}",
                    m.kind.name(),
                    &page.search.text[m.start..m.end],
                    m.entry(&page).concept,
                    if m.said.status == crate::Status::Performed {
                        String::new()
                    } else {
                        format!(
                            "!{:?}({})",
                            m.said.status,
                            m.said.cue.map_or(String::new(), |c| page.search.text[c.0..c.1].to_owned())
                        )
                    }
                )
            })
            .collect();
        let levels: Vec<String> = page
            .levels
            .iter()
            .filter(|m| m.sentence == index)
            .map(|m| format!("{}!{:?}!{}", m.level.name, m.said.status, slots::debug_role(&page, m)))
            .collect();
        let _ = writeln!(out, "      {} {}", list.join("; "), levels.join("; "));
    }
    out
}
