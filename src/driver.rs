//! The driver: the stages in running order.

use crate::Lexicon;
use crate::coding::{codes, confidence, diagnoses, edits, supplies, uncoded};
use crate::document::Document;
use crate::extract::procedures::performed_status;
use crate::extract::{encounter, events, mentions, narratives, prefilter, statements};
use crate::lexicon::families;
use crate::lexicon::terms::{ScreeningResult, SemanticType};
use crate::lexicon::trie::words_of;
use crate::model::{Analysis, Note, Status};
use crate::text::normalize;

/// Whether an act of a family with codes may have been done here.
fn has_coded_act(doc: &Document<'_>) -> bool {
    let neuraxial = doc.lexicon.family(families::NEURAXIAL);
    // An act that is only mentioned may be documented by an implicit trigger of one of its structures.
    let unnamed = |it: &families::Family| it.count.by == families::CountingUnit::Site && !it.count.anesthesia;
    doc.of_kind(SemanticType::Trigger).any(|it| {
        let Some(index) = it.entry(doc).family else { return false };
        let family = &doc.lexicon.families[index];
        let done = it.assertion.happened() || it.assertion.status != Status::Negated && unnamed(family);
        !family.codes.is_empty() && done && (Some(index) == neuraxial || performed_status::is_act(doc, it))
    })
}

/// The document of a note, up to its statements; none where no word of it documents an act.
pub(crate) fn read<'a>(note: &'a Note, lexicon: &'a Lexicon) -> Option<Document<'a>> {
    let normalized = normalize::normalize(&note.text);
    let words = words_of(&normalized.text);
    let screening = lexicon.terms.screen(&normalized.text, &words);
    if screening == ScreeningResult::None {
        return None;
    }
    let acts = lexicon.terms.find_acts(&normalized.text, &words);
    let seen = prefilter::seen(&acts, lexicon);
    if screening == ScreeningResult::OtherActs && !prefilter::leads(&seen, lexicon) {
        return None;
    }
    let mut doc = Document::read(note, lexicon, normalized, words);
    if screening == ScreeningResult::OtherActs && !prefilter::have_trigger_words(&seen, lexicon) {
        // Names of acts, none of which has codes and was done here, need no other words.
        mentions::find(&mut doc, &acts);
        mentions::assert(&mut doc, false);
        if !has_coded_act(&doc) {
            return Some(doc);
        }
    }
    let hits = lexicon.terms.find_rest(&doc.normalized.text, &doc.words, acts);
    if !prefilter::may_document_act(&prefilter::seen(&hits, lexicon), lexicon) {
        return None;
    }
    mentions::find(&mut doc, &hits);
    narratives::split_off(&mut doc);
    let implied = may_be_implied(&mut doc);
    if !implied {
        // The rest is read only where an act that has codes may have been done.
        mentions::assert(&mut doc, false);
    }
    if implied || has_coded_act(&doc) {
        mentions::find_levels(&mut doc);
        mentions::assert(&mut doc, true);
        doc.lower = doc.normalized.text.to_ascii_lowercase();
        doc.statements = statements::read(&doc);
    }
    Some(doc)
}

/// Whether an act may be documented by an implicit trigger alone.
fn may_be_implied(doc: &mut Document<'_>) -> bool {
    let seen = prefilter::seen_here(doc);
    let implied = prefilter::implied(&seen);
    if implied == 1 {
        mentions::find_levels(doc);
    }
    let level = implied == 1 && doc.levels.iter().any(|it| it.level.pair);
    implied > 1 || level || prefilter::may_be_implied(&seen, doc.lexicon)
}

/// Runs all stages on one note.
pub(crate) fn run(note: &Note, lexicon: &Lexicon) -> Analysis {
    let Some(doc) = read(note, lexicon) else { return encounter::empty(note) };
    let events = events::events(&doc);
    let (encounter, findings, facts, details) = encounter::assemble(&doc, events);
    let mut analysis = Analysis { encounter, findings, facts, ..Analysis::default() };
    codes::propose(&mut analysis, lexicon);
    edits::apply(&mut analysis, lexicon);
    confidence::rate(&mut analysis, &details, lexicon);
    uncoded::uncoded(&mut analysis);
    supplies::add(&note.text, &mut analysis, lexicon);
    diagnoses::add(&doc, &mut analysis);
    analysis
}
