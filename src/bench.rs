//! The stages by themselves, for the benchmark.

use super::{Page, levels, mentions, normalize, procedures, sections};
use crate::Lexicon;
use crate::lexicon::trie::words_of;
use crate::model::Note;

/// The stages in running order, each a function that gives a number so that its work cannot be left out; each includes those before it, and none leaves a note early.
pub const STAGES: [(&str, fn(&Note, &Lexicon) -> usize); 9] = [
    ("  normalize", |note, _| normalize::normalize(&note.text).text.len()),
    ("  + anchors (most notes end here)", |note, lexicon| {
        let search = normalize::normalize(&note.text);
        lexicon.terms.anchors(&search.text, &words_of(&search.text)) as usize
    }),
    ("  all notes: + sections", |note, lexicon| {
        sections::sections(&normalize::normalize(&note.text), &lexicon.sections).len()
    }),
    ("  all notes: + sentences", |note, lexicon| page(note, lexicon).sentences.len()),
    ("  all notes: terms by themselves", |note, lexicon| lexicon.terms.find(&note.text, &words_of(&note.text)).len()),
    ("  all notes: levels by themselves", |note, lexicon| {
        levels::levels(&note.text, &words_of(&note.text), &lexicon.patterns).len()
    }),
    ("  all notes: + mentions, levels", |note, lexicon| {
        let mut page = page(note, lexicon);
        find(&mut page);
        page.mentions.len()
    }),
    ("  all notes: + context", |note, lexicon| {
        let mut page = page(note, lexicon);
        find(&mut page);
        mentions::assert(&mut page, true);
        page.mentions.len()
    }),
    ("  all notes: + procedures", |note, lexicon| {
        let mut page = page(note, lexicon);
        find(&mut page);
        mentions::assert(&mut page, true);
        procedures::frames(&page).len()
    }),
];

/// Every term of the lexicon as the matcher searches for it.
pub fn patterns(lexicon: &Lexicon) -> Vec<String> {
    lexicon.terms.patterns()
}

fn find(page: &mut Page<'_>) {
    let hits = page.lexicon.terms.find(&page.search.text, &page.words);
    mentions::find(page, &hits);
    mentions::find_levels(page);
}

fn page<'a>(note: &'a Note, lexicon: &'a Lexicon) -> Page<'a> {
    let search = normalize::normalize(&note.text);
    let words = words_of(&search.text);
    Page::read(note, lexicon, search, words)
}
