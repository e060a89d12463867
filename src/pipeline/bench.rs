//! The stages by themselves, for the benchmark.

use super::{Page, levels, mentions, normalize, procedures, sections, sentences};
use crate::Lexicon;
use crate::model::Note;

/// A stage and all before it: note and lexicon in, a number out that keeps the work from being left out.
pub type Stage = fn(&Note, &Lexicon) -> usize;

/// The stages in running order; each includes those before it, and none leaves a note early.
pub const STAGES: [(&str, Stage); 7] = [
    ("  normalize", |note, _| normalize::normalize(&note.text).text.len()),
    ("  + anchors (most notes end here)", |note, lexicon| {
        usize::from(lexicon.terms.has_anchor(&normalize::normalize(&note.text).text))
    }),
    ("  all notes: + sections", |note, lexicon| {
        sections::sections(&normalize::normalize(&note.text), &lexicon.sections).len()
    }),
    ("  all notes: + sentences", |note, lexicon| page(note, lexicon).sentences.len()),
    ("  all notes: + mentions, levels", |note, lexicon| {
        let mut page = page(note, lexicon);
        mentions::find(&mut page);
        page.mentions.len()
    }),
    ("  all notes: + context", |note, lexicon| {
        let mut page = page(note, lexicon);
        mentions::find(&mut page);
        mentions::assert(&mut page);
        page.mentions.len()
    }),
    ("  all notes: + procedures", |note, lexicon| {
        let mut page = page(note, lexicon);
        mentions::find(&mut page);
        mentions::assert(&mut page);
        procedures::frames(&page).len() + levels::levels(&page.search.text, &lexicon.patterns).len()
    }),
];

/// Every term of the lexicon as the matcher searches for it.
pub fn patterns(lexicon: &Lexicon) -> Vec<String> {
    lexicon.terms.patterns()
}

fn page<'a>(note: &'a Note, lexicon: &'a Lexicon) -> Page<'a> {
    let search = normalize::normalize(&note.text);
    let sections = sections::sections(&search, &lexicon.sections);
    let sentences = sentences::sentences(&search, &sections, &lexicon.sentences);
    Page { note, lexicon, search, sections, sentences, mentions: Vec::new(), levels: Vec::new() }
}

/// TEMPORARY
pub fn timing() {
    use std::time::Instant;
    let files = crate::lexicon::Files::embedded();
    let t = Instant::now();
    let names = crate::lexicon::families::names(&files);
    let _ = crate::lexicon::terms::Terms::load(&files, &names);
    println!("terms {:?}", t.elapsed());
    let t = Instant::now();
    let _ = crate::lexicon::cues::Cues::load(&files);
    println!("cues {:?}", t.elapsed());
    let t = Instant::now();
    let _ = crate::lexicon::patterns::Patterns::load(&files);
    println!("patterns {:?}", t.elapsed());
    let t = Instant::now();
    let _ = crate::lexicon::sections::Sections::load(&files);
    println!("sections {:?}", t.elapsed());
    let lexicon = crate::Lexicon::embedded();
    let text = std::fs::read_to_string("../shared/corpus/mtsamples_dev.jsonl").unwrap();
    let mut count = std::collections::BTreeMap::new();
    let (mut pass, mut bytes, mut all) = (0, 0, 0);
    for l in text.lines() {
        let note = serde_json::from_str::<serde_json::Value>(l).unwrap()["text"].as_str().unwrap().to_owned();
        all += note.len();
        let s = normalize::normalize(&note);
        if lexicon.terms.has_anchor(&s.text) {
            pass += 1;
            bytes += note.len();
            let mut page = page2(&note, lexicon);
            page.search = s;
            let mut seen = std::collections::BTreeSet::new();
            for h in lexicon.terms.find(&page.search.text) {
                let e = &lexicon.terms.entries[h.entry as usize];
                if crate::lexicon::terms::is_anchor(e) { seen.insert((e.kind, e.term.clone())); }
            }
            for s in &seen { *count.entry((s.0, s.1.clone(), seen.len() == 1)).or_insert(0) += 1; }
            if seen.is_empty() { *count.entry((crate::lexicon::terms::Kind::Other, "interspace".to_owned(), true)).or_insert(0) += 1; }
        }
    }
    println!("pass {pass} notes {bytes} of {all}");
    let mut c: Vec<_> = count.into_iter().collect();
    c.sort_by_key(|x| std::cmp::Reverse(x.1));
    for x in c.iter().take(45) { println!("{x:?}"); }
}
fn page2<'a>(_t: &str, lexicon: &'a Lexicon) -> Page<'a> {
    let n: &'static Note = Box::leak(Box::new(Note::new("x", _t)));
    page(n, lexicon)
}
