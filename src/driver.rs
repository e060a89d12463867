//! The stages, in running order, and the driver that calls them.

#[path = "bench.rs"]
pub(crate) mod bench;
#[path = "coding/codes.rs"]
pub(crate) mod codes;
#[path = "coding/confidence.rs"]
pub(crate) mod confidence;
#[path = "context/mod.rs"]
pub(crate) mod context;
#[path = "extract/dates.rs"]
mod dates;
#[path = "coding/diagnoses.rs"]
pub(crate) mod diagnoses;
#[path = "coding/edits.rs"]
pub(crate) mod edits;
#[path = "extract/encounter.rs"]
pub(crate) mod encounter;
#[path = "text/pattern_candidates.rs"]
pub(crate) mod forms;
#[path = "extract/prefilter.rs"]
mod glance;
#[path = "spine/level_lists.rs"]
pub(crate) mod level_lists;
#[path = "spine/levels.rs"]
pub(crate) mod levels;
#[path = "extract/mentions.rs"]
pub(crate) mod mentions;
#[path = "coding/ncci.rs"]
mod ncci;
#[path = "extract/procedures/mod.rs"]
pub(crate) mod neighbors;
#[path = "text/normalize.rs"]
pub(crate) mod normalize;
#[path = "spine/ribs.rs"]
mod numbered;
#[path = "extract/performed.rs"]
mod performed;
#[path = "extract/events.rs"]
pub(crate) mod procedures;
#[path = "extract/scope.rs"]
pub(crate) mod scope;
#[path = "text/sections.rs"]
pub(crate) mod sections;
#[path = "text/sentences.rs"]
pub(crate) mod sentences;
#[path = "explain/rejected_candidates.rs"]
pub(crate) mod sightings;
#[path = "extract/slots/mod.rs"]
pub(crate) mod slots;
#[path = "extract/substances.rs"]
pub(crate) mod substances;
#[path = "coding/supplies.rs"]
pub(crate) mod supplies;
#[path = "coding/written_codes.rs"]
mod written_codes;

use crate::Lexicon;
use crate::extract::statements::{self, Statement};
use crate::lexicon::families;
use crate::lexicon::terms::{Anchors, Kind};
use crate::lexicon::trie::{Word, words_of};
use crate::model::{Analysis, Evidence, Id, Note, Span, Status};
use mentions::{LevelMention, Mention};
use normalize::Search;
use sections::Section;
use sentences::Sentence;

/// A note as the stages see it: each stage adds its part.
pub(crate) struct Page<'a> {
    pub note: &'a Note,
    pub lexicon: &'a Lexicon,
    pub search: Search,
    /// The search text in lower case; empty where no act may be documented.
    pub lower: String,
    /// The words of the search text.
    pub words: Vec<Word>,
    pub sections: Vec<Section>,
    pub sentences: Vec<Sentence>,
    /// Words that name something, by start, each with what its context says of it.
    pub mentions: Vec<Mention>,
    /// Indices of the mentions of each kind, by start.
    pub by_kind: Vec<Vec<u32>>,
    /// Vertebral levels, by start.
    pub levels: Vec<LevelMention>,
    /// What the mentions and levels state, by sentence; empty where no act may be documented.
    pub statements: Vec<Statement>,
}

impl<'a> Page<'a> {
    /// A page up to its sentences, without mentions.
    pub(crate) fn read(note: &'a Note, lexicon: &'a Lexicon, search: Search, words: Vec<Word>) -> Page<'a> {
        let sections = sections::sections(&search, &lexicon.sections);
        let sentences = sentences::sentences(&search, &sections, &lexicon.sentences);
        let (mentions, by_kind, levels, statements) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Page {
            note,
            lexicon,
            search,
            lower: String::new(),
            words,
            sections,
            sentences,
            mentions,
            by_kind,
            levels,
            statements,
        }
    }

    /// The mentions of one kind, by start.
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Mention> {
        self.by_kind.get(kind as usize).into_iter().flatten().map(|it| &self.mentions[*it as usize])
    }

    /// The mentions of a semantic type in one sentence.
    pub(crate) fn of_kind_in(&self, kind: Kind, sentence: usize) -> impl Iterator<Item = &Mention> {
        let all = self.by_kind.get(kind as usize).map_or(&[][..], |it| it);
        let from = all.partition_point(|it| self.mentions[*it as usize].sentence < sentence);
        let own = all[from..].iter().map(|it| &self.mentions[*it as usize]);
        own.take_while(move |it| it.sentence == sentence)
    }

    /// The span of the note behind a range of the search text, widened to whole characters.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let range = self.search.span(start, end).range();
        let (mut from, mut to) = (range.start, range.end);
        while !self.note.text.is_char_boundary(from) {
            from -= 1;
        }
        while !self.note.text.is_char_boundary(to) {
            to += 1;
        }
        Span::new(from, to)
    }

    /// Evidence for a range of the search text.
    pub(crate) fn evidence(&self, start: usize, end: usize, rule: &Id) -> Evidence {
        Evidence { span: self.span(start, end), rule: rule.clone() }
    }
}

/// Whether an act of a family with codes may have been done here.
fn has_coded_act(page: &Page<'_>) -> bool {
    let neuraxial = page.lexicon.family(procedures::NEURAXIAL);
    // An act that is only mentioned may be documented by an implicit trigger of one of its structures.
    let unnamed = |it: &families::Family| it.count.by == families::By::Site && !it.count.anesthesia;
    page.of_kind(Kind::Act).any(|it| {
        let Some(index) = it.entry(page).family else { return false };
        let family = &page.lexicon.families[index];
        let done = it.said.happened() || it.said.status != Status::Negated && unnamed(family);
        !family.codes.is_empty() && done && (Some(index) == neuraxial || neighbors::is_act(page, it))
    })
}

/// The note with its mentions and what is said of each; none where no word of it documents an act.
pub(crate) fn page<'a>(note: &'a Note, lexicon: &'a Lexicon) -> Option<Page<'a>> {
    let search = normalize::normalize(&note.text);
    let words = words_of(&search.text);
    let anchors = lexicon.terms.anchors(&search.text, &words);
    if anchors == Anchors::None {
        return None;
    }
    let acts = lexicon.terms.find_acts(&search.text, &words);
    let seen = glance::seen(&acts, lexicon);
    if anchors == Anchors::OtherActs && !glance::leads(&seen, lexicon) {
        return None;
    }
    let mut page = Page::read(note, lexicon, search, words);
    if anchors == Anchors::OtherActs && !neighbors::have_words_of_deeds(&seen, lexicon) {
        // Names of acts, none of which has codes and was done here, need no other words.
        mentions::find(&mut page, &acts);
        mentions::assert(&mut page, false);
        if !has_coded_act(&page) {
            return Some(page);
        }
    }
    let hits = lexicon.terms.find_rest(&page.search.text, &page.words, acts);
    if !glance::may_tell(&glance::seen(&hits, lexicon), lexicon) {
        return None;
    }
    mentions::find(&mut page, &hits);
    let told = may_be_told(&mut page);
    if !told {
        // The rest is read only where an act that has codes may have been done.
        mentions::assert(&mut page, false);
    }
    if told || has_coded_act(&page) {
        mentions::find_levels(&mut page);
        mentions::assert(&mut page, true);
        page.lower = page.search.text.to_ascii_lowercase();
        page.statements = statements::read(&page);
    }
    Some(page)
}

/// Whether an act may be documented by an implicit trigger alone.
fn may_be_told(page: &mut Page<'_>) -> bool {
    let seen = glance::seen_here(page);
    let implied = glance::implied(&seen);
    if implied == 1 {
        mentions::find_levels(page);
    }
    let level = implied == 1 && page.levels.iter().any(|it| it.level.pair);
    implied > 1 || level || neighbors::may_have_deeds(&seen, page.lexicon)
}

/// Runs all stages on one note.
pub(crate) fn run(note: &Note, lexicon: &Lexicon) -> Analysis {
    let Some(page) = page(note, lexicon) else { return encounter::empty(note) };
    let frames = procedures::frames(&page);
    let (encounter, findings, facts, details) = encounter::assemble(&page, frames);
    let mut analysis = Analysis { encounter, findings, facts, ..Analysis::default() };
    codes::propose(&mut analysis, lexicon);
    edits::apply(&mut analysis, lexicon);
    confidence::rate(&mut analysis, &details, lexicon);
    encounter::leftovers(&mut analysis);
    supplies::add(&note.text, &mut analysis, lexicon);
    diagnoses::add(&page, &mut analysis);
    analysis
}
