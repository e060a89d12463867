//! Did it happen, here, to this patient? Cues around a mention -> an assertion.
//!
//! After `ConText`: a cue says something of the mentions in its reach, and its reach ends where the
//! statement ends. All that depends on the sentence alone is worked out once, in [`SentenceContext`].

use std::ops::Range;

use crate::Lexicon;
use crate::lexicon::cues::{Class, Cue, Cues, Found, Says, Stops, What};
use crate::model::{Experiencer, Id};

/// When a mention happened, as far as its sentence tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

/// What the cues of a sentence say of one mention in it.
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

/// What the cues of one sentence reach; built once for all mentions in it.
pub(crate) struct SentenceContext<'a> {
    cues: &'a Cues,
    hits: Vec<CueHit>,
    /// One for each hit that can decide, in the order of the text.
    scopes: Vec<Scope>,
    /// What follows an event, in the order of the text.
    gaps: Vec<Gap>,
    /// No scope goes further from its cue than this many bytes, so that few need a look.
    widest: usize,
}

/// The mentions that a cue reaches: those in `before` and those in `after`.
struct Scope {
    hit: CueHit,
    before: Range<usize>,
    after: Range<usize>,
}

/// What follows the name of an event up to the next comma, "and" or "or": in "no spread of contrast or
/// paresthesia" the contrast, which is not denied.
struct Gap {
    range: Range<usize>,
    only: Says,
}

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
    let decision = SentenceContext::new(&lexicon.cues, &text, 0..text.len()).decide(target);
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

/// What [`assess`] found.
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

/// All cues in `text[sentence]`, in order; offsets into `text`.
#[allow(dead_code)] // for callers without a `SentenceContext`
pub(crate) fn find_cues(cues: &Cues, text: &str, sentence: Range<usize>) -> Vec<CueHit> {
    SentenceContext::new(cues, text, sentence).hits
}

/// What the cues say of `target`, a byte range of `text` inside `sentence`.
#[allow(dead_code)] // for callers without a `SentenceContext`
pub(crate) fn decide(
    cues: &Cues,
    text: &str,
    sentence: Range<usize>,
    _hits: &[CueHit],
    target: Range<usize>,
) -> Decision {
    SentenceContext::new(cues, text, sentence).decide(target)
}

impl<'a> SentenceContext<'a> {
    /// Finds the cues of `text[sentence]` and how far each reaches.
    pub(crate) fn new(cues: &'a Cues, text: &str, sentence: Range<usize>) -> SentenceContext<'a> {
        let end = sentence.end.min(text.len());
        let sentence = sentence.start.min(end)..end;
        let (hits, words) = read(cues, text, sentence.clone());
        let mut context = SentenceContext { cues, hits, scopes: Vec::new(), gaps: Vec::new(), widest: 0 };
        if context.hits.iter().any(|it| decides(cues.rule(it.rule))) {
            let clauses = Clauses::new(cues, text, &sentence, &context.hits, &words);
            context.scopes = clauses.scopes();
            context.gaps = clauses.gaps();
            let reach = |it: &Scope| it.after.end.max(it.hit.end) - it.before.start.min(it.hit.start);
            context.widest = context.scopes.iter().map(reach).max().unwrap_or(0);
        }
        context
    }

    /// All cues of the sentence, those that only hide or end others included.
    pub(crate) fn hits(&self) -> &[CueHit] {
        &self.hits
    }

    /// What the cues say of the mention at `target`.
    pub(crate) fn decide(&self, target: Range<usize>) -> Decision {
        let mut said = Says::default();
        let mut decision = Decision::default();
        let gap = self.gaps[..self.gaps.partition_point(|it| it.range.start <= target.start)].last();
        let gap = gap.filter(|it| it.range.contains(&target.start));
        let near = self.scopes.partition_point(|it| it.hit.start + self.widest < target.start);
        let far = target.end + self.widest;
        for scope in self.scopes[near..].iter().take_while(|it| it.hit.start <= far) {
            let rule = self.cues.rule(scope.hit.rule);
            let held_off = gap.is_some_and(|it| it.only.has(rule.says) && scope.contains(&it.range));
            if scope.reaches(rule, &target) && !held_off {
                said.add(rule.says);
                decision.cues.push(scope.hit);
            }
        }
        decision.negated = said.has(Says::NEGATED);
        decision.planned = said.has(Says::PLANNED);
        decision.existing = said.has(Says::EXISTING);
        decision.attempted = said.has(Says::ATTEMPTED);
        decision.other = said.has(Says::OTHER);
        decision.temporality = match said {
            it if it.has(Says::HYPOTHETICAL) => Temporality::Hypothetical,
            it if it.has(Says::HISTORICAL) => Temporality::Historical,
            _ => Temporality::Recent,
        };
        decision
    }
}

impl Scope {
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

    /// Whether the gap lies in the reach, the event itself included: what stands before the cue's
    /// own phrase is another matter.
    fn contains(&self, gap: &Range<usize>) -> bool {
        gap.start > self.before.start && gap.start <= self.after.end && !(self.hit.start..self.hit.end).contains(&gap.start)
    }
}

fn decides(rule: &Cue) -> bool {
    !rule.says.has(Says::PSEUDO) && !rule.says.has(Says::TERMINATE) && !rule.says.has(Says::EVENT)
}

/// The cues of a sentence, without those inside longer ones, and its grammar words.
fn read(cues: &Cues, text: &str, sentence: Range<usize>) -> (Vec<CueHit>, Vec<(usize, Class)>) {
    let mut hits = Vec::new();
    let mut words = Vec::new();
    for Found { start, end, what } in cues.scan(text, sentence) {
        match what {
            What::Rule(rule) => hits.push(CueHit { start, end, rule }),
            What::Word(class) => words.push((start, class)),
        }
    }
    // Leftmost, then longest, so that a cue inside a longer one falls away.
    hits.sort_by_key(|it| (it.start, std::cmp::Reverse(it.end), it.rule));
    let mut reached = 0;
    hits.retain(|it| {
        let longest = it.end > reached;
        reached = reached.max(it.end);
        longest
    });
    words.sort_by_key(|it| it.0);
    (hits, words)
}

/// A word or a punctuation mark, with what it may do to a reach.
struct Token {
    start: usize,
    end: usize,
    kind: u16,
}

const WORD: u16 = 1;
const VERB: u16 = 1 << 1;
const ACT: u16 = 1 << 2;
const SUBJECT: u16 = 1 << 3;
const PREPOSITION: u16 = 1 << 4;
const AND: u16 = 1 << 5;
const OR: u16 = 1 << 6;
const COMMA: u16 = 1 << 7;
/// A semicolon, or a full stop that the sentence splitter left in.
const STOP: u16 = 1 << 8;
/// A colon or the number of a list item.
const LABEL: u16 = 1 << 9;
/// "who", "which", "that": the verb that follows is not that of the clause.
const RELATIVE: u16 = 1 << 13;
const OPEN: u16 = 1 << 14;
const CLOSE: u16 = 1 << 15;
/// Opens a new clause.
const CLAUSE: u16 = 1 << 10;
/// Opens a new statement if what came before cannot be a subject ("without A and B was …").
const STATEMENT: u16 = 1 << 11;
/// Ends an introduction: "For the block, …".
const INTRO: u16 = 1 << 12;

const SEPARATOR: u16 = AND | OR | COMMA | STOP;

/// How far one looks ahead for the verb of "and the needle and the catheter were removed".
const LOOK_AHEAD: usize = 25;

/// The clauses of a sentence, for working out how far its cues reach.
struct Clauses<'a> {
    cues: &'a Cues,
    hits: &'a [CueHit],
    sentence: &'a Range<usize>,
    tokens: Vec<Token>,
}

impl<'a> Clauses<'a> {
    fn new(
        cues: &'a Cues,
        text: &str,
        sentence: &'a Range<usize>,
        hits: &'a [CueHit],
        words: &[(usize, Class)],
    ) -> Clauses<'a> {
        let mut clauses = Clauses { cues, hits, sentence, tokens: tokenize(text, sentence) };
        clauses.mark_words(words);
        clauses.mark_predicates();
        clauses.mark_clauses();
        clauses
    }

    fn mark_words(&mut self, words: &[(usize, Class)]) {
        for (start, class) in words {
            let at = self.token_at(*start);
            if let Some(token) = self.tokens.get_mut(at).filter(|it| it.start == *start) {
                token.kind |= match class {
                    Class::Verb => VERB,
                    Class::Act => ACT,
                    Class::Subject => SUBJECT,
                    Class::Preposition => PREPOSITION,
                    Class::Joiner => AND,
                    Class::Or => OR,
                    Class::Relative => RELATIVE,
                };
            }
        }
    }

    /// A cue that looks back is the predicate of its clause, also without an auxiliary: "contrast not used".
    fn mark_predicates(&mut self) {
        for hit in self.hits {
            let rule = self.cues.rule(hit.rule);
            if decides(rule) && rule.backward && !rule.forward {
                let at = self.token_at(hit.start);
                if let Some(token) = self.tokens.get_mut(at).filter(|it| it.kind & WORD != 0) {
                    token.kind |= VERB;
                }
            }
        }
    }

    /// Index of the first token that begins at or after `at`.
    fn token_at(&self, at: usize) -> usize {
        self.tokens.partition_point(|it| it.start < at)
    }

    /// After each comma, "and", "or": does a list go on, or does a new statement begin?
    fn mark_clauses(&mut self) {
        let mut verb_before = false;
        let mut first = 0;
        let mut at = 0;
        while at < self.tokens.len() {
            if self.tokens[at].kind & SEPARATOR == 0 {
                verb_before |= self.tokens[at].kind & VERB != 0;
                at += 1;
                continue;
            }
            let run = self.tokens[at..].iter().take_while(|it| it.kind & SEPARATOR != 0).count();
            let opened = self.opens_clause(at..at + run, verb_before);
            let intro = !verb_before && self.tokens.get(first).is_some_and(|it| it.kind & PREPOSITION != 0);
            for token in &mut self.tokens[at..at + run] {
                token.kind |= opened | if intro { INTRO } else { 0 };
            }
            at += run;
            if opened & CLAUSE != 0 || intro {
                verb_before = false;
                first = at;
            }
        }
    }

    /// What a run of separators opens: a new subject with its own verb makes a new clause, a bare
    /// noun goes on with the list.
    fn opens_clause(&self, separators: Range<usize>, verb_before: bool) -> u16 {
        let kind = self.tokens[separators.clone()].iter().fold(0, |all, it| all | it.kind);
        if kind & STOP != 0 {
            return CLAUSE | STATEMENT;
        }
        if kind & OR != 0 {
            return 0;
        }
        let rest = &self.tokens[separators.end..];
        let near = rest.iter().take(LOOK_AHEAD).take_while(|it| it.kind & (SEPARATOR | RELATIVE) == 0);
        let near = near.fold(0, |all, it| all | it.kind);
        let subject = rest.first().is_some_and(|it| it.kind & SUBJECT != 0);
        let far = rest.iter().take(LOOK_AHEAD).take_while(|it| it.kind & (COMMA | STOP) == 0);
        let far = subject && far.fold(0, |all, it| all | it.kind) & (VERB | ACT) != 0;
        let own_verb = near & VERB != 0;
        let told = near & ACT != 0 && kind & COMMA != 0;
        if far || told || (verb_before && own_verb) {
            CLAUSE | STATEMENT
        } else if own_verb || near & ACT != 0 {
            STATEMENT
        } else {
            0
        }
    }

    fn scopes(&self) -> Vec<Scope> {
        let mut scopes = Vec::with_capacity(self.hits.len());
        for (index, hit) in self.hits.iter().enumerate() {
            let rule = self.cues.rule(hit.rule);
            if decides(rule) {
                let after = if rule.forward { hit.end..self.forward(index, rule) } else { hit.end..hit.end };
                let before = if rule.backward { self.backward(index, rule) } else { hit.start..hit.start };
                scopes.push(Scope { hit: *hit, before, after });
            }
        }
        scopes
    }

    /// Where the reach of a cue to its right ends.
    fn forward(&self, index: usize, rule: &Cue) -> usize {
        let hit = self.hits[index];
        let mut reach = rule.reach;
        let mut opened = 0_usize;
        let limit = self.terminator_after(index, rule);
        for token in &self.tokens[self.token_at(hit.end)..] {
            if token.start >= limit {
                return limit;
            }
            let word = token.kind & WORD != 0;
            let closed = token.kind & CLOSE != 0 && opened == 0;
            if stops(rule.stops, token.kind) || closed || (word && reach == 0) {
                return token.start;
            }
            reach -= usize::from(word);
            opened += usize::from(token.kind & OPEN != 0);
            opened -= usize::from(token.kind & CLOSE != 0);
        }
        limit
    }

    /// Where the next terminator ends what `rule` says; the end of the sentence if none does.
    fn terminator_after(&self, index: usize, rule: &Cue) -> usize {
        for hit in self.hits[index + 1..].iter().take(rule.reach + 1) {
            if rule.stops.has(Stops::AGAIN) && hit.rule == self.hits[index].rule {
                return hit.start;
            }
            let other = self.cues.rule(hit.rule);
            if other.says.has(Says::TERMINATE) && other.only.has(rule.says) {
                return hit.start;
            }
        }
        self.sentence.end
    }

    /// The reach of a cue to its left.
    fn backward(&self, index: usize, rule: &Cue) -> Range<usize> {
        let hit = self.hits[index];
        let limit = self.terminator_before(index, rule);
        let mut end = hit.start;
        let mut reach = rule.reach;
        let mut closed = 0_usize;
        for token in self.tokens[..self.token_at(hit.start)].iter().rev() {
            let word = token.kind & WORD != 0;
            let opened = token.kind & OPEN != 0 && closed == 0;
            if token.end <= limit {
                return limit..end.max(limit);
            }
            if stops(rule.stops, token.kind) || token.kind & INTRO != 0 || opened || (word && reach == 0) {
                return token.end..end.max(token.end);
            }
            reach -= usize::from(word);
            closed += usize::from(token.kind & CLOSE != 0);
            closed -= usize::from(token.kind & OPEN != 0);
            if rule.stops.has(Stops::HEAD) && token.kind & PREPOSITION != 0 {
                end = token.start;
            }
        }
        limit..end
    }

    /// The end of the nearest terminator on the left.
    fn terminator_before(&self, index: usize, rule: &Cue) -> usize {
        let before = self.hits[..index].iter().rev().take(rule.reach + 1);
        let ends = |hit: &&CueHit| {
            let other = self.cues.rule(hit.rule);
            other.says.has(Says::TERMINATE) && other.only.has(rule.says)
        };
        before.into_iter().find(ends).map_or(self.sentence.start, |it| it.end)
    }

    /// For each event, what follows it up to the next separator.
    fn gaps(&self) -> Vec<Gap> {
        let events = self.hits.iter().filter(|it| self.cues.rule(it.rule).says.has(Says::EVENT));
        let gap = |hit: &CueHit| {
            let rest = &self.tokens[self.token_at(hit.end)..];
            let end = rest.iter().find(|it| it.kind & SEPARATOR != 0).map_or(self.sentence.end, |it| it.start);
            Gap { range: hit.end..end, only: self.cues.rule(hit.rule).only }
        };
        events.map(gap).collect()
    }
}

fn stops(by: Stops, kind: u16) -> bool {
    kind & STOP != 0
        || (by.has(Stops::CLAUSE) && kind & CLAUSE != 0)
        || (by.has(Stops::STATEMENT) && kind & STATEMENT != 0)
        || (by.has(Stops::VERB) && kind & VERB != 0)
        || (by.has(Stops::LABEL) && kind & LABEL != 0)
        || (by.has(Stops::COMMA) && kind & COMMA != 0)
        || (by.has(Stops::PREPOSITION) && kind & PREPOSITION != 0)
}

/// Words, and the punctuation that matters, of `text[sentence]`.
fn tokenize(text: &str, sentence: &Range<usize>) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::with_capacity(sentence.len() / 5 + 1);
    let mut at = sentence.start;
    while at < sentence.end.min(bytes.len()) {
        let start = at;
        at += 1;
        let kind = if is_word(bytes[start]) {
            while at < sentence.end && (is_word(bytes[at]) || joins(bytes, at)) {
                at += 1;
            }
            WORD | if bytes[start].is_ascii_digit() { SUBJECT } else { 0 }
        } else {
            match bytes[start] {
                b',' => COMMA,
                b';' => STOP,
                b':' => LABEL,
                b'.' if ends_sentence(text, start, sentence.end) => STOP,
                b'(' => OPEN,
                b')' if list_number(bytes, &mut tokens) => 0,
                b')' => CLOSE,
                _ => 0,
            }
        };
        if kind != 0 {
            tokens.push(Token { start, end: at, kind });
        }
    }
    tokens
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Whether the mark at `at` joins two parts of one word: "L4-5", "patient's", "0.25".
fn joins(bytes: &[u8], at: usize) -> bool {
    let next = bytes.get(at + 1).copied().unwrap_or(b' ');
    match bytes[at] {
        b'-' | b'\'' => is_word(next),
        b'.' => bytes[at - 1].is_ascii_digit() && next.is_ascii_digit(),
        _ => false,
    }
}

/// A bracket after a bare number makes the number the mark of a list item: "2) fluoroscopy".
fn list_number(bytes: &[u8], tokens: &mut [Token]) -> bool {
    let Some(number) = tokens.last_mut() else { return false };
    let open = number.start > 0 && bytes[number.start - 1] == b'(';
    let is = !open && number.end - number.start <= 2 && bytes[number.start].is_ascii_digit();
    number.kind |= if is { LABEL } else { 0 };
    is
}

/// A full stop that the splitter left in: after a word of some length, before a capital or a digit.
fn ends_sentence(text: &str, at: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let next = bytes[at + 1..end.max(at + 1)].iter().find(|it| **it != b' ');
    let word = bytes[..at].iter().rev().take_while(|it| it.is_ascii_alphanumeric()).count();
    let spaced = bytes.get(at + 1) == Some(&b' ');
    spaced && word >= 3 && next.is_some_and(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
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
