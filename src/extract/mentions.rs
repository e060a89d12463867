//! Words that name something, in their sentences, and what the context says of each.

use super::context::{SentenceContext, Temporality};
use super::levels::{Level, levels};
use super::sections::default_of;
use super::{Page, sentences::Sentence};
use crate::lexicon::sections::Default;
use crate::lexicon::terms::{self, Entry, Hit, Kind};
use crate::model::{Evidence, Status};

/// One term in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mention {
    pub start: usize,
    pub end: usize,
    /// Index into the lexicon's entries.
    pub entry: u32,
    /// The kind of that entry: asked for so often that it stands here too.
    pub kind: Kind,
    pub sentence: usize,
    pub said: Said,
}

/// One vertebral level in the text.
#[derive(Clone, Debug)]
pub(crate) struct LevelMention {
    pub level: Level,
    pub sentence: usize,
    pub said: Said,
}

/// What cues and section say of a mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub status: Status,
    /// About someone other than the patient.
    pub other: bool,
    /// The cue that decided, as `(start, end, rule)`; none where the section's default did.
    pub cue: Option<(usize, usize, usize)>,
}

impl Said {
    const DEFAULT: Said = Said { status: Status::Performed, other: false, cue: None };

    /// It happened at this encounter, to this patient.
    pub(crate) fn happened(self) -> bool {
        !self.other && matches!(self.status, Status::Performed | Status::Attempted)
    }
}

impl Mention {
    /// The lexicon entry.
    pub(crate) fn entry<'a>(&self, page: &'a Page<'_>) -> &'a Entry {
        &page.lexicon.terms.entries[self.entry as usize]
    }

    /// Whether it is of this kind and concept.
    pub(crate) fn is(&self, page: &Page<'_>, kind: Kind, concept: &str) -> bool {
        self.kind == kind && self.entry(page).concept.as_str() == concept
    }

    /// Its words as evidence.
    pub(crate) fn evidence(&self, page: &Page<'_>) -> Evidence {
        page.evidence(self.start, self.end, &self.entry(page).concept)
    }
}

impl LevelMention {
    /// Its words as evidence.
    pub(crate) fn evidence(&self, page: &Page<'_>) -> Evidence {
        page.evidence(self.level.start, self.level.end, &page.lexicon.patterns.levels[self.level.pattern].id)
    }
}

/// The mentions of one sentence.
pub(crate) fn in_sentence<'a>(page: &'a Page<'_>, sentence: usize) -> &'a [Mention] {
    let from = page.mentions.partition_point(|it| it.sentence < sentence);
    let to = page.mentions.partition_point(|it| it.sentence <= sentence);
    &page.mentions[from..to]
}

pub(crate) fn levels_in_sentence<'a>(page: &'a Page<'_>, sentence: usize) -> &'a [LevelMention] {
    let from = page.levels.partition_point(|it| it.sentence < sentence);
    let to = page.levels.partition_point(|it| it.sentence <= sentence);
    &page.levels[from..to]
}

/// Places terms in their sentences, in the stead of those placed before. Headings are read with what follows them.
pub(crate) fn find(page: &mut Page<'_>, hits: &[Hit]) {
    page.mentions.clear();
    let mut sentence = 0;
    for hit in hits {
        if let Some(index) = place(&page.sentences, &mut sentence, hit.start) {
            let kind = page.lexicon.terms.kinds[hit.entry as usize];
            page.mentions.push(Mention {
                kind,
                start: hit.start,
                end: hit.end,
                entry: hit.entry,
                sentence: index,
                said: Said::DEFAULT,
            });
        }
    }
    leave_out_general_acts(page);
    page.by_kind = vec![Vec::new(); terms::KIND_COUNT];
    for (index, it) in page.mentions.iter().enumerate() {
        page.by_kind[it.kind as usize].push(index as u32);
    }
}

/// Places the levels in their sentences; once they are, nothing more is done.
pub(crate) fn find_levels(page: &mut Page<'_>) {
    if !page.levels.is_empty() {
        return;
    }
    let mut sentence = 0;
    for level in levels(&page.search.text, &page.words, &page.lexicon.patterns) {
        if let Some(index) = place(&page.sentences, &mut sentence, level.start) {
            page.levels.push(LevelMention { level, sentence: index, said: Said::DEFAULT });
        }
    }
}

/// How far, in bytes, a general word for an act may stand from the structure that it was done to.
const ACT_REACH: usize = 40;

/// Leaves out general words for an act (`injection`, `block`) where neither a structure of their family stands beside
/// them nor any of its methods is named.
fn leave_out_general_acts(page: &mut Page<'_>) {
    let terms = &page.lexicon.terms;
    let is_general = |it: &Mention| {
        let entry = it.entry(page);
        it.kind == Kind::Act && entry.generic && entry.family.is_some_and(|it| terms.has_sites[it])
    };
    if !page.mentions.iter().any(is_general) {
        return;
    }
    let mut told = vec![false; page.lexicon.families.len()];
    let methods = page.mentions.iter().filter(|it| it.kind == Kind::Method);
    methods.filter_map(|it| it.entry(page).family).for_each(|it| told[it] = true);
    let keeps = |it: &Mention| {
        !is_general(it) || it.entry(page).family.is_some_and(|family| told[family]) || is_beside_structure(page, it)
    };
    let keep: Vec<bool> = page.mentions.iter().map(keeps).collect();
    let mut keep = keep.into_iter();
    page.mentions.retain(|_| keep.next().unwrap_or(true));
}

/// Whether a structure of the family of an act stands beside it.
pub(crate) fn is_beside_structure(page: &Page<'_>, act: &Mention) -> bool {
    let family = act.entry(page).family;
    let near = |it: &&Mention| it.start <= act.end + ACT_REACH && act.start <= it.end + ACT_REACH;
    let is_site = |it: &Mention| {
        it.kind == Kind::Site
            && it.sentence == act.sentence
            && it.entry(page).family == family
            && !(it.start <= act.start && it.end >= act.end)
    };
    let index = page.mentions.partition_point(|it| it.start < act.start);
    let before = page.mentions[..index].iter().rev().take(REACH_MENTIONS).filter(near).any(is_site);
    before || page.mentions[index..].iter().take(REACH_MENTIONS).filter(near).any(is_site)
}

/// How many mentions beside an act are looked at for its structure.
const REACH_MENTIONS: usize = 40;

/// The sentence that holds `at`, or the first one after it (words of a heading); `from` moves forward only.
fn place(sentences: &[Sentence], from: &mut usize, at: usize) -> Option<usize> {
    while sentences.get(*from).is_some_and(|it| it.end <= at) {
        *from += 1;
    }
    (*from < sentences.len()).then_some(*from)
}

/// Whether the status of a kind is ever asked for.
fn needs_context(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Beam
            | Kind::Diagnostic
            | Kind::Entry
            | Kind::Equipment
            | Kind::Finding
            | Kind::Marking
            | Kind::Motion
            | Kind::Other
            | Kind::OtherForamen
            | Kind::OtherService
            | Kind::Role
            | Kind::Side
            | Kind::Thread
            | Kind::Tip
            | Kind::Attempt
    )
}

/// Decides the status of the acts, or of all mentions and levels.
pub(crate) fn assert(page: &mut Page<'_>, all: bool) {
    let mut mentions = std::mem::take(&mut page.mentions);
    let mut levels = std::mem::take(&mut page.levels);
    let (mut mention, mut level) = (0, 0);
    for index in 0..page.sentences.len() {
        let mention_end = mention + mentions[mention..].iter().take_while(|it| it.sentence == index).count();
        let level_end = level + levels[level..].iter().take_while(|it| it.sentence == index).count();
        if mention_end > mention || level_end > level {
            let levels = if all { &mut levels[level..level_end] } else { &mut [] };
            assert_sentence(page, index, &mut mentions[mention..mention_end], levels, all);
        }
        (mention, level) = (mention_end, level_end);
    }
    page.mentions = mentions;
    page.levels = levels;
}

fn assert_sentence(page: &Page<'_>, index: usize, mentions: &mut [Mention], levels: &mut [LevelMention], all: bool) {
    let wanted = |it: &Mention| if all { needs_context(it.kind) } else { it.kind == Kind::Act };
    if levels.is_empty() && !mentions.iter().any(wanted) {
        return;
    }
    let sentence = page.sentences[index];
    let section = &page.sections[sentence.section];
    let default = default_of(section, &page.lexicon.sections);
    // A label and its value are one statement: `Fluoroscopy: none`.
    let start = if sentence.start <= section.body.start + 2 { sentence.lead } else { sentence.start };
    let context = SentenceContext::new(&page.lexicon.cues, &page.search.text, &page.words, start..sentence.end);
    let said = |start: usize, end: usize, listed: bool| {
        let decision = context.decide(start..end);
        let cue = decision.cues.first().map(|it| (it.start, it.end, it.rule));
        let negated = decision.negated
            && (listed || decision.cues.iter().any(|it| same_list(&page.search.text, it.start, it.end, start, end)));
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
        Said { status, other: decision.other, cue: cue.filter(|_| from_cue) }
    };
    for it in mentions.iter_mut().filter(|it| wanted(it)) {
        it.said = said(it.start, it.end, may_be_listed(it.kind));
        match field(page, it.start, it.end) {
            Field::Empty => it.said.status = Status::Hypothetical,
            Field::No => it.said.status = Status::Negated,
            Field::Filled => {}
        }
        match box_behind(page, it.end) {
            Some(true) if it.said.status == Status::Negated => it.said.status = default_status(default),
            Some(false) => it.said.status = Status::Negated,
            _ => {}
        }
    }
    for it in levels {
        it.said = said(it.level.start, it.level.end, false);
    }
}

/// In a line of options with their boxes behind them (`C-arm [X]  CT [ ]`): whether that of the option before
/// `end` is ticked; none where the line is not of that kind.
fn box_behind(page: &Page<'_>, end: usize) -> Option<bool> {
    let text = &page.search.text;
    let line = page.search.lines.partition_point(|it| it.start <= end);
    let line_end = page.search.lines.get(line).map_or(text.len(), |it| it.start);
    // Only the ends of the line are looked at: a line may be as long as the note.
    let rest = text[end..line_end].trim_end();
    let closes = matches!(rest.as_bytes(), [.., b'[', b' ' | b'x' | b'X', b']']);
    let open = rest.bytes().take(13).position(|it| it == b'[').filter(|_| closes)?;
    // A box right behind a label belongs to the option that follows it.
    let glued = open <= 12 && !rest[..open].contains([':', ',', ';', '.', '|']);
    let mark = rest.as_bytes().get(open + 1)?;
    glued.then_some(matches!(mark, b'x' | b'X'))
}

/// What stands behind a label.
enum Field {
    Filled,
    /// Nothing, a blank to fill in, or boxes of which none is ticked.
    Empty,
    /// A ticked "no".
    No,
}

/// Reads the value if the mention at `end` is the label of a field: `Catheter:`, `Catheter: [ ] yes [x] no`.
fn field(page: &Page<'_>, start: usize, end: usize) -> Field {
    let text = &page.search.text;
    let line = page.search.lines.partition_point(|it| it.start <= end);
    let line_end = page.search.lines.get(line).map_or(text.len(), |it| it.start);
    let rest = &text[end..line_end];
    let Some(colon) = rest.bytes().take(24).position(|it| matches!(it, b':' | b'|')) else { return Field::Filled };
    if rest[..colon].trim_end_matches(['.', ' ']).contains(['.', ',', ';', '[', ']']) {
        return Field::Filled;
    }
    if !starts_label(page, start) {
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
fn starts_label(page: &Page<'_>, start: usize) -> bool {
    let at = page.span(start, start).start();
    let before = &page.note.text[..at];
    let gap = before.ends_with("  ") || before.ends_with(['\n', '\r', '\t', '_', '|', ']']);
    let item = before.trim_end().ends_with(['.', ';', '-', '*']) || before.trim_end().is_empty();
    gap || item
}

/// Kinds that are denied in lists without "or": `no contrast, fluoroscopy`.
fn may_be_listed(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Imaging
            | Kind::ImagingAny
            | Kind::View
            | Kind::Contrast
            | Kind::Purpose
            | Kind::Anesthesia
            | Kind::Existing
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

fn default_status(default: Default) -> Status {
    match default {
        Default::Performed | Default::Neutral => Status::Performed,
        Default::Historical => Status::Historical,
        Default::Planned => Status::Planned,
        Default::Hypothetical | Default::Ignored => Status::Hypothetical,
    }
}
