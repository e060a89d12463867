//! Did it happen, here, to this patient? Cues around a mention -> an assertion.
//!
//! After `ConText`: a cue says something of the mentions in its reach, and its reach ends where the
//! statement ends. All that depends on the sentence alone is worked out once, in [`SentenceContext`].

mod clauses;

use std::cmp::Reverse;
use std::ops::Range;

use crate::Lexicon;
use crate::lexicon::cues::{Cue, CueMatch, CueMeaning, Cues, GrammarClass, ModifierCategory};
use crate::lexicon::trie::{Word, words_of};
use crate::model::{Experiencer, Id};

use clauses::Clauses;

/// When a mention happened, as far as its sentence states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Temporality {
    /// Now: at this encounter.
    #[default]
    Recent,
    /// Before this encounter.
    Historical,
    /// Not at all so far: a risk, a condition, an instruction.
    Hypothetical,
}

/// A cue in the text, by byte offsets, and the index of its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CueHit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) rule: usize,
}

/// Modifiers of one mention from the cues of its sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // the statuses are independent: a catheter can be attempted and negated
pub(crate) struct Decision {
    pub(crate) negated: bool,
    pub(crate) temporality: Temporality,
    pub(crate) planned: bool,
    pub(crate) existing: bool,
    pub(crate) attempted: bool,
    /// Someone else than the patient.
    pub(crate) other: bool,
    /// The cues that decided, in the order of the text.
    pub(crate) cues: Vec<CueHit>,
}

/// Scopes of the cues of one sentence; built once for all mentions in it.
pub(crate) struct SentenceContext<'a> {
    cues: &'a Cues,
    hits: Vec<CueHit>,
    /// One for each hit that can decide, in the order of the text.
    scopes: Vec<CueScope>,
    /// Text behind events, in the order of the text.
    gaps: Vec<Gap>,
    /// No scope goes further from its cue than this many bytes, so that few need a look.
    widest: usize,
}

/// The mentions that a cue reaches: those in `before` and those in `after`.
struct CueScope {
    hit: CueHit,
    before: Range<usize>,
    after: Range<usize>,
}

/// Text behind the name of an event, up to the next comma, "and" or "or": in "no spread of contrast or
/// paresthesia" the contrast, which is not denied.
struct Gap {
    range: Range<usize>,
    /// Where the event begins; one that begins inside a cue is a part of it: "instead of the".
    from: usize,
    event: usize,
}

/// As many events before a mention as are asked whether they hold off what is said of it.
const EVENTS_IN_ROW: usize = 6;

/// The public face of the stage: what the cues of `sentence` say of the phrase at the bytes `target`.
///
/// ```
/// let sentence = "No epidural catheter was placed.";
/// let found = opnote::assess(sentence, 3..20, opnote::Lexicon::embedded());
/// assert!(found.negated);
/// assert_eq!(&sentence[found.cues[0].0.clone()], "No");
/// ```
pub fn assess(sentence: &str, target: Range<usize>, lexicon: &Lexicon) -> Assessment {
    let (text, origin) = search_text(sentence);
    let place = |at: usize| origin.partition_point(|it| *it < at);
    let target = place(target.start)..place(target.end).max(place(target.start));
    let decision = SentenceContext::new(&lexicon.cues, &text, &words_of(&text), 0..text.len()).decide(target);
    let experiencer = if decision.other { Experiencer::Other } else { Experiencer::Patient };
    let cues = decision.cues.iter().map(|hit| {
        let start = origin.get(hit.start).copied().unwrap_or(sentence.len());
        let end = origin.get(hit.end).copied().unwrap_or(sentence.len());
        (start..end, lexicon.cues.rule(hit.rule).id.clone())
    });
    Assessment {
        negated: decision.negated,
        temporality: decision.temporality,
        experiencer,
        planned: decision.planned,
        existing: decision.existing,
        attempted: decision.attempted,
        cues: cues.collect(),
    }
}

/// Result of [`assess`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)]
pub struct Assessment {
    /// It did not happen or is not there.
    pub negated: bool,
    /// Now, before, or not so far.
    pub temporality: Temporality,
    /// The patient, or someone else.
    pub experiencer: Experiencer,
    /// Intended, not done.
    pub planned: bool,
    /// There already before this encounter.
    pub existing: bool,
    /// Tried; whether it succeeded is not said.
    pub attempted: bool,
    /// The words that decided, as bytes of the sentence, each with the id of its rule.
    pub cues: Vec<(Range<usize>, Id)>,
}

impl<'a> SentenceContext<'a> {
    /// Finds the cues of `text[sentence]` and how far each reaches; `all` are the words of the text.
    pub(crate) fn new(cues: &'a Cues, text: &str, all: &[Word], sentence: Range<usize>) -> SentenceContext<'a> {
        let end = sentence.end.min(text.len());
        let sentence = sentence.start.min(end)..end;
        let (hits, words) = read(cues, text, all, sentence.clone());
        let mut context = SentenceContext { cues, hits, scopes: Vec::new(), gaps: Vec::new(), widest: 0 };
        if context.hits.iter().any(|it| decides(cues.rule(it.rule))) {
            let clauses = Clauses::new(cues, text, &sentence, &context.hits, &words);
            context.scopes = clauses.scopes();
            context.gaps = clauses.gaps();
            let reach = |it: &CueScope| it.after.end.max(it.hit.end) - it.before.start.min(it.hit.start);
            context.widest = context.scopes.iter().map(reach).max().unwrap_or(0);
        }
        context
    }

    /// Modifiers of the mention at `target`.
    pub(crate) fn decide(&self, target: Range<usize>) -> Decision {
        let mut said = ModifierCategory::default();
        let mut decision = Decision::default();
        let gaps = &self.gaps[..self.gaps.partition_point(|it| it.range.start <= target.start)];
        let gaps = gaps.iter().rev().take(EVENTS_IN_ROW).filter(|it| it.range.contains(&target.start));
        let gaps: Vec<&Gap> = gaps.collect();
        let near = self.scopes.partition_point(|it| it.hit.start + self.widest < target.start);
        let far = target.end + self.widest;
        for scope in self.scopes[near..].iter().take_while(|it| it.hit.start <= far) {
            let rule = self.cues.rule(scope.hit.rule);
            let ends = |gap: &Gap| self.cues.rule(gap.event).ends(rule, scope.hit.rule);
            let held_off = gaps.iter().any(|it| ends(it) && scope.contains(it));
            if scope.reaches(rule, &target) && !held_off {
                said.add(rule.category);
                decision.cues.push(scope.hit);
            }
        }
        decision.negated = said.has(ModifierCategory::NEGATED);
        decision.planned = said.has(ModifierCategory::PLANNED);
        decision.existing = said.has(ModifierCategory::EXISTING);
        decision.attempted = said.has(ModifierCategory::ATTEMPTED);
        decision.other = said.has(ModifierCategory::OTHER);
        decision.temporality = match said {
            it if it.has(ModifierCategory::HYPOTHETICAL) => Temporality::Hypothetical,
            it if it.has(ModifierCategory::HISTORICAL) => Temporality::Historical,
            _ => Temporality::Recent,
        };
        decision
    }
}

impl CueScope {
    /// A cue inside the mention is a word of it and says nothing; one that overlaps its edge counts.
    fn reaches(&self, rule: &Cue, target: &Range<usize>) -> bool {
        let hit = &self.hit;
        if hit.start < target.end && target.start < hit.end && rule.in_target {
            return true;
        }
        let ahead = hit.start < target.start && hit.end <= target.end && target.start < self.after.end.max(hit.end);
        let behind = target.end <= hit.start || (target.start < hit.start && target.end < hit.end);
        let behind = behind && target.end > self.before.start && target.start < self.before.end;
        (rule.forward && ahead) || (rule.backward && behind)
    }

    /// Whether the gap begins in the reach; an event named before a cue that looks ahead is no matter.
    fn contains(&self, gap: &Gap) -> bool {
        gap.range.start >= self.before.start
            && gap.range.start <= self.after.end
            && !(self.hit.start..self.hit.end).contains(&gap.from)
    }
}

fn decides(rule: &Cue) -> bool {
    !rule.category.has(ModifierCategory::PSEUDO)
        && !rule.category.has(ModifierCategory::TERMINATE)
        && !rule.category.has(ModifierCategory::EVENT)
}

/// The cues of a sentence, without those inside longer ones, and its grammar words.
fn read(cues: &Cues, text: &str, all: &[Word], sentence: Range<usize>) -> (Vec<CueHit>, Vec<(usize, GrammarClass)>) {
    let mut hits = Vec::new();
    let mut words = Vec::new();
    cues.scan(text, all, sentence, |CueMatch { start, end, what }| match what {
        CueMeaning::Rule(rule) => hits.push(CueHit { start, end, rule }),
        CueMeaning::Word(class) => words.push((start, class)),
    });
    // Leftmost, then longest, so that a cue inside a longer one falls away.
    let placed = |it: &CueHit| cues.rule(it.rule).at_end || cues.rule(it.rule).at_start;
    hits.sort_by_key(|it| (it.start, Reverse(it.end), Reverse(placed(it)), it.rule));
    let mut reached = 0;
    hits.retain(|it| {
        let longest = it.end > reached;
        reached = reached.max(it.end);
        longest
    });
    words.sort_by_key(|it| it.0);
    (hits, words)
}

/// `sentence` with each run of white space as one space and plain quotes and dashes, and for each of
/// its bytes the offset in `sentence`.
fn search_text(sentence: &str) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(sentence.len());
    let mut origin = Vec::with_capacity(sentence.len());
    let mut spaced = false;
    for (at, symbol) in sentence.char_indices() {
        let plain = match symbol {
            it if it.is_whitespace() => ' ',
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{2010}'..='\u{2015}' => '-',
            it => it,
        };
        if plain == ' ' && spaced {
            continue;
        }
        spaced = plain == ' ';
        text.push(plain);
        origin.resize(text.len(), at);
    }
    (text, origin)
}
