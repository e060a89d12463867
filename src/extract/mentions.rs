//! Words that name something, in their sentences, and what the context says of each.

use crate::context::{SentenceContext, Temporality};
use crate::document::{Document, LevelMention, Mention, MentionAssertion};
use crate::lexicon::sections::DefaultAssertion;
use crate::lexicon::terms::{self, Hit, SemanticType};
use crate::model::Status;
use crate::spine::levels::levels;
use crate::text::sections::default_of;
use crate::text::sentences::Sentence;

/// The mentions of one sentence.
pub(crate) fn in_sentence<'a>(doc: &'a Document<'_>, sentence: usize) -> &'a [Mention] {
    let from = doc.mentions.partition_point(|it| it.sentence < sentence);
    let to = doc.mentions.partition_point(|it| it.sentence <= sentence);
    &doc.mentions[from..to]
}

pub(crate) fn levels_in_sentence<'a>(doc: &'a Document<'_>, sentence: usize) -> &'a [LevelMention] {
    let from = doc.levels.partition_point(|it| it.sentence < sentence);
    let to = doc.levels.partition_point(|it| it.sentence <= sentence);
    &doc.levels[from..to]
}

/// Places terms in their sentences, in the stead of those placed before. Headings are read with what follows them.
pub(crate) fn find(doc: &mut Document<'_>, hits: &[Hit]) {
    doc.mentions.clear();
    let mut sentence = 0;
    for hit in hits {
        if let Some(index) = place(&doc.sentences, &mut sentence, hit.start) {
            let kind = doc.lexicon.terms.kinds[hit.entry as usize];
            doc.mentions.push(Mention {
                kind,
                start: hit.start,
                end: hit.end,
                entry: hit.entry,
                sentence: index,
                assertion: MentionAssertion::DEFAULT,
            });
        }
    }
    leave_out_general_acts(doc);
    doc.by_kind = vec![Vec::new(); terms::SEMANTIC_TYPE_COUNT];
    for (index, it) in doc.mentions.iter().enumerate() {
        doc.by_kind[it.kind as usize].push(index as u32);
    }
}

/// Places the levels in their sentences; once they are, nothing more is done.
pub(crate) fn find_levels(doc: &mut Document<'_>) {
    if !doc.levels.is_empty() {
        return;
    }
    let mut sentence = 0;
    for level in levels(&doc.normalized.text, &doc.words, &doc.lexicon.patterns) {
        if let Some(index) = place(&doc.sentences, &mut sentence, level.start) {
            doc.levels.push(LevelMention { level, sentence: index, assertion: MentionAssertion::DEFAULT });
        }
    }
}

/// Maximum distance, in bytes, between a general word for an act and the structure that it was done to.
const ACT_REACH: usize = 40;

/// Leaves out general words for an act (`injection`, `block`) where neither a structure of their family is near
/// them nor any of its methods is named.
fn leave_out_general_acts(doc: &mut Document<'_>) {
    let terms = &doc.lexicon.terms;
    let is_general = |it: &Mention| {
        let entry = it.entry(doc);
        it.kind == SemanticType::Trigger && entry.generic && entry.family.is_some_and(|it| terms.has_sites[it])
    };
    if !doc.mentions.iter().any(is_general) {
        return;
    }
    let mut documented = vec![false; doc.lexicon.families.len()];
    let methods = doc.mentions.iter().filter(|it| it.kind == SemanticType::Method);
    methods.filter_map(|it| it.entry(doc).family).for_each(|it| documented[it] = true);
    let keeps = |it: &Mention| {
        !is_general(it) || it.entry(doc).family.is_some_and(|family| documented[family]) || is_near_structure(doc, it)
    };
    let keep: Vec<bool> = doc.mentions.iter().map(keeps).collect();
    let mut keep = keep.into_iter();
    doc.mentions.retain(|_| keep.next().unwrap_or(true));
}

/// Whether a structure of the family of an act is near it.
pub(crate) fn is_near_structure(doc: &Document<'_>, act: &Mention) -> bool {
    let family = act.entry(doc).family;
    let near = |it: &&Mention| it.start <= act.end + ACT_REACH && act.start <= it.end + ACT_REACH;
    let is_site = |it: &Mention| {
        it.kind == SemanticType::Site
            && it.sentence == act.sentence
            && it.entry(doc).family == family
            && !(it.start <= act.start && it.end >= act.end)
    };
    let index = doc.mentions.partition_point(|it| it.start < act.start);
    let before = doc.mentions[..index].iter().rev().take(REACH_MENTIONS).filter(near).any(is_site);
    before || doc.mentions[index..].iter().take(REACH_MENTIONS).filter(near).any(is_site)
}

/// Maximum number of mentions on either side of an act that are checked for its structure.
const REACH_MENTIONS: usize = 40;

/// The sentence that holds `at`, or the first one after it (words of a heading); `from` moves forward only.
fn place(sentences: &[Sentence], from: &mut usize, at: usize) -> Option<usize> {
    while sentences.get(*from).is_some_and(|it| it.end <= at) {
        *from += 1;
    }
    (*from < sentences.len()).then_some(*from)
}

/// Whether the status of a kind is ever asked for.
fn needs_context(kind: SemanticType) -> bool {
    !matches!(
        kind,
        SemanticType::Beam
            | SemanticType::Diagnostic
            | SemanticType::Entry
            | SemanticType::Equipment
            | SemanticType::Finding
            | SemanticType::Marking
            | SemanticType::Motion
            | SemanticType::Other
            | SemanticType::OtherForamen
            | SemanticType::OtherService
            | SemanticType::Role
            | SemanticType::Side
            | SemanticType::Thread
            | SemanticType::Tip
            | SemanticType::Attempt
    )
}

/// Decides the status of the acts, or of all mentions and levels.
pub(crate) fn assert(doc: &mut Document<'_>, all: bool) {
    let mut mentions = std::mem::take(&mut doc.mentions);
    let mut levels = std::mem::take(&mut doc.levels);
    let (mut mention, mut level) = (0, 0);
    for index in 0..doc.sentences.len() {
        let mention_end = mention + mentions[mention..].iter().take_while(|it| it.sentence == index).count();
        let level_end = level + levels[level..].iter().take_while(|it| it.sentence == index).count();
        if mention_end > mention || level_end > level {
            let levels = if all { &mut levels[level..level_end] } else { &mut [] };
            assert_sentence(doc, index, &mut mentions[mention..mention_end], levels, all);
        }
        (mention, level) = (mention_end, level_end);
    }
    doc.mentions = mentions;
    doc.levels = levels;
}

fn assert_sentence(doc: &Document<'_>, index: usize, mentions: &mut [Mention], levels: &mut [LevelMention], all: bool) {
    let wanted = |it: &Mention| if all { needs_context(it.kind) } else { it.kind == SemanticType::Trigger };
    if levels.is_empty() && !mentions.iter().any(wanted) {
        return;
    }
    let sentence = doc.sentences[index];
    let section = &doc.sections[sentence.section];
    let default = default_of(section, &doc.lexicon.sections);
    // A label and its value are one statement: `Fluoroscopy: none`.
    let start = if sentence.start <= section.body.start + 2 { sentence.lead } else { sentence.start };
    let context = SentenceContext::new(&doc.lexicon.cues, &doc.normalized.text, &doc.words, start..sentence.end);
    let said = |start: usize, end: usize, listed: bool| {
        let decision = context.decide(start..end);
        let cue = decision.cues.first().map(|it| (it.start, it.end, it.rule));
        let negated = decision.negated
            && (listed || decision.cues.iter().any(|it| same_list(&doc.normalized.text, it.start, it.end, start, end)));
        let status = match () {
            () if negated => Status::Negated,
            () if decision.temporality == Temporality::Hypothetical => Status::Hypothetical,
            () if decision.planned => Status::Planned,
            () if decision.temporality == Temporality::Historical => Status::Historical,
            () if decision.existing => Status::Existing,
            () if decision.attempted => Status::Attempted,
            () => default_status(default),
        };
        let from_cue = status != default_status(default) || decision.other;
        MentionAssertion { status, other: decision.other, cue: cue.filter(|_| from_cue) }
    };
    for it in mentions.iter_mut().filter(|it| wanted(it)) {
        it.assertion = said(it.start, it.end, may_be_listed(it.kind));
        match field(doc, it.start, it.end) {
            Field::Empty => it.assertion.status = Status::Hypothetical,
            Field::No => it.assertion.status = Status::Negated,
            Field::Filled => {}
        }
        match box_behind(doc, it.end) {
            Some(true) if it.assertion.status == Status::Negated => it.assertion.status = default_status(default),
            Some(false) => it.assertion.status = Status::Negated,
            _ => {}
        }
    }
    for it in levels {
        it.assertion = said(it.level.start, it.level.end, false);
    }
}

/// In a line of options with their boxes behind them (`C-arm [X]  CT [ ]`): whether that of the option before
/// `end` is ticked; none where the line is not of that kind.
fn box_behind(doc: &Document<'_>, end: usize) -> Option<bool> {
    let text = &doc.normalized.text;
    let line = doc.normalized.lines.partition_point(|it| it.start <= end);
    let line_end = doc.normalized.lines.get(line).map_or(text.len(), |it| it.start);
    // Only the ends of the line are looked at: a line may be as long as the note.
    let rest = text[end..line_end].trim_end();
    let closes = matches!(rest.as_bytes(), [.., b'[', b' ' | b'x' | b'X', b']']);
    let open = rest.bytes().take(13).position(|it| it == b'[').filter(|_| closes)?;
    // A box right behind a label belongs to the option that follows it.
    let glued = open <= 12 && !rest[..open].contains([':', ',', ';', '.', '|']);
    let mark = rest.as_bytes().get(open + 1)?;
    glued.then_some(matches!(mark, b'x' | b'X'))
}

/// Value behind a label.
enum Field {
    Filled,
    /// Nothing, a blank to fill in, or boxes of which none is ticked.
    Empty,
    /// A ticked "no".
    No,
}

/// Reads the value if the mention at `end` is the label of a field: `Catheter:`, `Catheter: [ ] yes [x] no`.
fn field(doc: &Document<'_>, start: usize, end: usize) -> Field {
    let text = &doc.normalized.text;
    let line = doc.normalized.lines.partition_point(|it| it.start <= end);
    let line_end = doc.normalized.lines.get(line).map_or(text.len(), |it| it.start);
    let rest = &text[end..line_end];
    let Some(colon) = rest.bytes().take(24).position(|it| matches!(it, b':' | b'|')) else { return Field::Filled };
    if rest[..colon].trim_end_matches(['.', ' ']).contains(['.', ',', ';', '[', ']']) {
        return Field::Filled;
    }
    if !starts_label(doc, start) {
        return Field::Filled;
    }
    let value: String = rest[colon + 1..].trim_start().chars().take(60).collect();
    let lower = value.to_ascii_lowercase();
    let next_label = lower.find(':').map(|at| lower[..at].split_whitespace().count());
    let blank =
        lower.trim().is_empty() || lower.starts_with(['*', '{', '?']) || next_label.is_some_and(|words| words <= 1);
    let ticked =
        lower.match_indices("[x]").chain(lower.match_indices("(x)")).map(|(at, _)| lower[at + 3..].trim_start()).next();
    let boxes = lower.starts_with(['[', '(']) && (lower.contains("[ ]") || lower.contains("( )") || ticked.is_some());
    match (boxes, ticked) {
        (true, Some(option)) if option.starts_with("no") || option.starts_with("n/a") => Field::No,
        (true, None) => Field::Empty,
        _ if blank => Field::Empty,
        _ => Field::Filled,
    }
}

/// Whether a label may start here: at the start of a line, behind a gap, or behind the value before it.
fn starts_label(doc: &Document<'_>, start: usize) -> bool {
    let at = doc.span(start, start).start();
    let before = &doc.note.text[..at];
    let gap = before.ends_with("  ") || before.ends_with(['\n', '\r', '\t', '_', '|', ']']);
    let item = before.trim_end().ends_with(['.', ';', '-', '*']) || before.trim_end().is_empty();
    gap || item
}

/// Kinds that are denied in lists without "or": `no contrast, fluoroscopy`.
fn may_be_listed(kind: SemanticType) -> bool {
    matches!(
        kind,
        SemanticType::Imaging
            | SemanticType::ImagingAny
            | SemanticType::View
            | SemanticType::Contrast
            | SemanticType::Purpose
            | SemanticType::Anesthesia
            | SemanticType::Existing
    )
}

/// Whether a cue and a mention stand in one list. In telegraphic text a comma ends a denial of an act, a place
/// or a device (`no imaging, infusion x3 days`) unless "or", "nor" or "and" shows a list.
fn same_list(text: &str, cue_start: usize, cue_end: usize, start: usize, end: usize) -> bool {
    let between = if cue_end <= start {
        &text[cue_end..start]
    } else if end <= cue_start {
        &text[end..cue_start]
    } else {
        return true;
    };
    if !between.contains(',') {
        return true;
    }
    let joins = |it: &str| it.contains(" or ") || it.contains(" nor ") || it.contains(" and ");
    let after = &text[end..];
    let near = after.char_indices().nth(40).map_or(after, |it| &after[..it.0]);
    joins(between) || cue_end <= start && joins(near)
}

fn default_status(default: DefaultAssertion) -> Status {
    match default {
        DefaultAssertion::Performed | DefaultAssertion::Neutral => Status::Performed,
        DefaultAssertion::Historical => Status::Historical,
        DefaultAssertion::Planned => Status::Planned,
        DefaultAssertion::Hypothetical | DefaultAssertion::Ignored => Status::Hypothetical,
    }
}
