//! The stages by themselves, and the terms for a bare pass: for the benchmark alone, not part of the interface.

use crate::Lexicon;
use crate::document::Document;
use crate::extract::{events, mentions};
use crate::lexicon::trie::words_of;
use crate::model::Note;
use crate::spine::levels;
use crate::text::{normalize, sections};

/// The stages in running order, each a function that gives a number so that its work cannot be left out; each includes those before it, and none leaves a note early.
pub const STAGES: [(&str, fn(&Note, &Lexicon) -> usize); 9] = [
    ("  normalize", |note, _| normalize::normalize(&note.text).text.len()),
    ("  + anchors (most notes end here)", |note, lexicon| {
        let normalized = normalize::normalize(&note.text);
        lexicon.terms.screen(&normalized.text, &words_of(&normalized.text)) as usize
    }),
    ("  all notes: + sections", |note, lexicon| {
        sections::sections(&normalize::normalize(&note.text), &lexicon.sections).len()
    }),
    ("  all notes: + sentences", |note, lexicon| doc(note, lexicon).sentences.len()),
    ("  all notes: terms by themselves", |note, lexicon| lexicon.terms.find(&note.text, &words_of(&note.text)).len()),
    ("  all notes: levels by themselves", |note, lexicon| {
        levels::levels(&note.text, &words_of(&note.text), &lexicon.patterns).len()
    }),
    ("  all notes: + mentions, levels", |note, lexicon| {
        let mut doc = doc(note, lexicon);
        find(&mut doc);
        doc.mentions.len()
    }),
    ("  all notes: + context", |note, lexicon| {
        let mut doc = doc(note, lexicon);
        find(&mut doc);
        mentions::assert(&mut doc, true);
        doc.mentions.len()
    }),
    ("  all notes: + procedures", |note, lexicon| {
        let mut doc = doc(note, lexicon);
        find(&mut doc);
        mentions::assert(&mut doc, true);
        events::events(&doc).len()
    }),
];

/// Every term of the lexicon as the matcher searches for it.
pub fn patterns(lexicon: &Lexicon) -> Vec<String> {
    lexicon.terms.patterns()
}

fn find(doc: &mut Document<'_>) {
    let hits = doc.lexicon.terms.find(&doc.normalized.text, &doc.words);
    mentions::find(doc, &hits);
    mentions::find_levels(doc);
}

fn doc<'a>(note: &'a Note, lexicon: &'a Lexicon) -> Document<'a> {
    let normalized = normalize::normalize(&note.text);
    let words = words_of(&normalized.text);
    Document::read(note, lexicon, normalized, words)
}
