//! The clauses of a sentence, and how far the cues in it reach.
//!
//! A sentence is cut into words and the punctuation that matters; each comma, "and" and "or" is then
//! judged: does a list go on there, or does a new statement begin?

use std::ops::Range;

use super::{CueHit, CueScope, Gap, decides};
use crate::lexicon::cues::{Cue, Cues, GrammarClass, ModifierCategory, Terminators};

/// A word or a punctuation mark, with what it may do to a reach.
struct ContextToken {
    start: usize,
    end: usize,
    kind: u32,
}

const WORD: u32 = 1;
const VERB: u32 = 1 << 1;
const ACT: u32 = 1 << 2;
const SUBJECT: u32 = 1 << 3;
const PREPOSITION: u32 = 1 << 4;
const AND: u32 = 1 << 5;
const OR: u32 = 1 << 6;
const COMMA: u32 = 1 << 7;
/// A semicolon, or a full stop that the sentence splitter left in.
const STOP: u32 = 1 << 8;
/// A colon, the number of a list item, or a box.
const LABEL: u32 = 1 << 9;
/// "who", "which", "that": the verb that follows is not that of the clause.
const RELATIVE: u32 = 1 << 13;
const OPEN: u32 = 1 << 14;
const CLOSE: u32 = 1 << 15;
/// Begins an order or a plan; on a separator: such a thing follows.
const ORDER: u32 = 1 << 16;
/// Opens a new clause.
const CLAUSE: u32 = 1 << 10;
/// Opens a new statement if what came before cannot be a subject ("without A and B was …").
const STATEMENT: u32 = 1 << 11;
/// Ends an introduction: "For the block, …".
const INTRO: u32 = 1 << 12;
/// A verb in the present tense.
const PRESENT: u32 = 1 << 17;
/// Opens a clause that may go on with a condition: "if the leg is cold, the wound is red or …".
const PARALLEL: u32 = 1 << 18;
/// A semicolon: between the items of a list, or between statements.
const SEMICOLON: u32 = 1 << 19;

const SEPARATOR: u32 = AND | OR | COMMA | STOP;

/// Maximum distance ahead to the verb of "and the needle and the catheter were removed".
const LOOK_AHEAD: usize = 25;

/// The clauses of a sentence, for working out how far its cues reach.
pub(super) struct Clauses<'a> {
    cues: &'a Cues,
    hits: &'a [CueHit],
    sentence: &'a Range<usize>,
    text: &'a str,
    tokens: Vec<ContextToken>,
}

impl<'a> Clauses<'a> {
    pub(super) fn new(
        cues: &'a Cues,
        text: &'a str,
        sentence: &'a Range<usize>,
        hits: &'a [CueHit],
        words: &[(usize, GrammarClass)],
    ) -> Clauses<'a> {
        let mut clauses = Clauses { cues, hits, sentence, text, tokens: tokenize(text, sentence) };
        clauses.mark_words(words);
        clauses.mark_predicates();
        clauses.mark_asides();
        clauses.mark_clauses();
        clauses
    }

    fn mark_words(&mut self, words: &[(usize, GrammarClass)]) {
        for (start, class) in words {
            let at = self.token_at(*start);
            if let Some(token) = self.tokens.get_mut(at).filter(|it| it.start == *start) {
                token.kind |= match class {
                    GrammarClass::Verb => VERB,
                    GrammarClass::Act => ACT,
                    GrammarClass::Subject => SUBJECT,
                    GrammarClass::Preposition => PREPOSITION,
                    GrammarClass::Joiner => AND,
                    GrammarClass::Or => OR,
                    GrammarClass::Relative => RELATIVE,
                    GrammarClass::Order => ORDER,
                    GrammarClass::Present => PRESENT,
                };
            }
        }
    }

    /// A cue that looks back is the predicate of its clause, also without an auxiliary: "contrast not
    /// used". A plan after a comma is a statement of its own: "no relief, consider …"; so is what
    /// was before: "no details, status post …".
    fn mark_predicates(&mut self) {
        for hit in self.hits {
            let rule = self.cues.rule(hit.rule);
            let kind = match rule.category {
                it if it.has(ModifierCategory::PLANNED) => ORDER,
                it if it.has(ModifierCategory::HISTORICAL)
                    && !it.has(ModifierCategory::NEGATED)
                    && rule.forward
                    && !rule.backward =>
                {
                    ORDER
                }
                it if it.has(ModifierCategory::HISTORICAL) && !it.has(ModifierCategory::NEGATED) => 0,
                _ if decides(rule) && rule.backward && !rule.forward => VERB,
                _ => 0,
            };
            let at = self.token_at(hit.start);
            if let Some(token) = self.tokens.get_mut(at).filter(|it| it.kind & WORD != 0) {
                token.kind |= kind;
            }
        }
    }

    /// A bracket that holds a verb is a statement of its own: "without a shadow (subtraction was used)".
    fn mark_asides(&mut self) {
        for at in 0..self.tokens.len() {
            if self.tokens[at].kind & OPEN == 0 {
                continue;
            }
            let inside = self.tokens[at + 1..].iter().take(LOOK_AHEAD).take_while(|it| it.kind & CLOSE == 0);
            if inside.fold(0, |all, it| all | it.kind) & VERB != 0 {
                self.tokens[at].kind |= CLAUSE | STATEMENT;
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

    /// The kind of clause that a run of separators opens: a new subject with its own verb makes a new clause, a bare
    /// noun goes on with the list.
    fn opens_clause(&self, separators: Range<usize>, verb_before: bool) -> u32 {
        let kind = self.tokens[separators.clone()].iter().fold(0, |all, it| all | it.kind);
        let rest = &self.tokens[separators.end..];
        let near = rest.iter().take(LOOK_AHEAD).take_while(|it| it.kind & (SEPARATOR | RELATIVE) == 0);
        let finite =
            |it: &ContextToken| (it.kind & VERB != 0 && it.kind & PRESENT == 0) || it.kind & (ACT | ORDER) != 0;
        let parallel = if near.clone().any(finite) { 0 } else { PARALLEL };
        if kind & STOP != 0 {
            return CLAUSE | STATEMENT | if kind & SEMICOLON != 0 { parallel } else { 0 };
        }
        if kind & OR != 0 {
            return 0;
        }
        let near = near.fold(0, |all, it| all | it.kind);
        let subject = rest.first().is_some_and(|it| it.kind & SUBJECT != 0);
        let far = rest.iter().take(LOOK_AHEAD).take_while(|it| it.kind & (COMMA | STOP) == 0);
        let far = subject && far.fold(0, |all, it| all | it.kind) & (VERB | ACT) != 0;
        let own_verb = near & VERB != 0;
        let with_act = near & ACT != 0 && kind & COMMA != 0;
        let order = rest.first().map_or(0, |it| it.kind & ORDER);
        // "No leak, tube has a dressing": a list would have ended in "and" or "or".
        if far || with_act || (own_verb && (verb_before || kind & AND == 0)) {
            order | CLAUSE | STATEMENT | parallel
        } else if own_verb || near & ACT != 0 {
            order | STATEMENT
        } else {
            order
        }
    }

    /// The reach of every cue that can decide, in the order of the text.
    pub(super) fn scopes(&self) -> Vec<CueScope> {
        let mut scopes = Vec::with_capacity(self.hits.len());
        for (index, hit) in self.hits.iter().enumerate() {
            let rule = self.cues.rule(hit.rule);
            if decides(rule) {
                let after = if rule.forward { hit.end..self.forward(index, rule) } else { hit.end..hit.end };
                let before = if rule.backward { self.backward(index, rule) } else { hit.start..hit.start };
                scopes.push(CueScope { hit: *hit, before, after });
            }
        }
        scopes
    }

    /// Where the reach of a cue to its right ends.
    fn forward(&self, index: usize, rule: &Cue) -> usize {
        let hit = self.hits[index];
        let mut reach = rule.max_scope;
        let mut opened = 0_usize;
        let limit = self.terminator_after(index, rule);
        for token in &self.tokens[self.token_at(hit.end)..] {
            if token.start >= limit {
                return limit;
            }
            let word = token.kind & WORD != 0;
            let closed = token.kind & CLOSE != 0 && opened == 0;
            if stops(rule.terminated_by, token.kind) || closed || (word && reach == 0) {
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
        for hit in self.hits[index + 1..].iter().take(rule.max_scope + 1) {
            if rule.terminated_by.has(Terminators::AGAIN) && hit.rule == self.hits[index].rule {
                return hit.start;
            }
            let other = self.cues.rule(hit.rule);
            if other.category.has(ModifierCategory::TERMINATE) && other.ends(rule, self.hits[index].rule) {
                return hit.start;
            }
        }
        self.sentence.end
    }

    /// The reach of a cue to its left.
    fn backward(&self, index: usize, rule: &Cue) -> Range<usize> {
        let hit = self.hits[index];
        let limit = self.terminator_before(index, rule);
        let mut reach = rule.max_scope;
        let mut closed = 0_usize;
        let mut joined = false;
        // `Level: T9-10 Side: n/a`: the value of another field is before the label.
        let of_field = matches!(self.text.as_bytes().get(hit.start), Some(b':' | b'='));
        for token in self.tokens[..self.token_at(hit.start)].iter().rev() {
            let word = token.kind & WORD != 0;
            if of_field && word && self.text.as_bytes()[token.start..token.end].iter().any(u8::is_ascii_digit) {
                return token.end..hit.start;
            }
            // `Thoracic epidural (placed Tuesday, …)`: what opens a bracket speaks of the words before it.
            let opened = token.kind & OPEN != 0 && closed == 0 && reach < rule.max_scope;
            let alone = rule.terminated_by.has(Terminators::LIST) && token.kind & COMMA != 0 && !joined;
            if token.end <= limit {
                return limit..hit.start;
            }
            if stops(rule.terminated_by, token.kind)
                || token.kind & INTRO != 0
                || opened
                || alone
                || (word && reach == 0)
            {
                return token.end..hit.start;
            }
            joined |= token.kind & (AND | OR) != 0;
            reach -= usize::from(word);
            closed += usize::from(token.kind & CLOSE != 0);
            closed = closed.saturating_sub(usize::from(token.kind & OPEN != 0));
        }
        limit..hit.start
    }

    /// The end of the nearest terminator on the left.
    fn terminator_before(&self, index: usize, rule: &Cue) -> usize {
        let before = self.hits[..index].iter().rev().take(rule.max_scope + 1);
        let ends = |hit: &&CueHit| {
            let other = self.cues.rule(hit.rule);
            other.category.has(ModifierCategory::TERMINATE) && other.ends(rule, self.hits[index].rule)
        };
        before.into_iter().find(ends).map_or(self.sentence.start, |it| it.end)
    }

    /// For each event, what follows it up to the next separator.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let events = self.hits.iter().filter(|it| self.cues.rule(it.rule).category.has(ModifierCategory::EVENT));
        let gap = |hit: &CueHit| {
            let rule = self.cues.rule(hit.rule);
            let rest = &self.tokens[self.token_at(hit.end)..];
            let end = rest.iter().take(rule.max_scope).find(|it| it.kind & SEPARATOR != 0);
            let end = end.or(rest.get(rule.max_scope)).map_or(self.sentence.end, |it| it.start);
            Gap { range: if rule.in_target { hit.start } else { hit.end }..end, from: hit.start, event: hit.rule }
        };
        events.map(gap).collect()
    }
}

fn stops(by: Terminators, kind: u32) -> bool {
    let parallel = by.has(Terminators::CONSEQUENCE) && kind & PARALLEL != 0;
    (kind & STOP != 0 && !parallel)
        || (by.has(Terminators::CLAUSE) && kind & CLAUSE != 0)
        || (by.has(Terminators::CONSEQUENCE) && kind & CLAUSE != 0 && !parallel)
        || (by.has(Terminators::STATEMENT) && kind & STATEMENT != 0)
        || (by.has(Terminators::ORDER) && kind & ORDER != 0 && kind & SEPARATOR != 0)
        || (by.has(Terminators::VERB) && kind & VERB != 0)
        || (by.has(Terminators::LABEL) && kind & LABEL != 0)
        || (by.has(Terminators::COMMA) && kind & COMMA != 0)
        || (by.has(Terminators::PREPOSITION) && kind & PREPOSITION != 0)
}

/// Words, and the punctuation that matters, of `text[sentence]`.
fn tokenize(text: &str, sentence: &Range<usize>) -> Vec<ContextToken> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<ContextToken> = Vec::with_capacity(sentence.len() / 5 + 1);
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
                b';' => STOP | SEMICOLON,
                b':' => LABEL,
                b'.' if ends_sentence(text, start, sentence.end) => STOP,
                b'(' => OPEN,
                b'[' if bytes[start..sentence.end].iter().take(3).any(|it| *it == b']') => LABEL,
                b')' if list_number(bytes, &mut tokens) => 0,
                b')' => CLOSE,
                _ => 0,
            }
        };
        if kind != 0 {
            tokens.push(ContextToken { start, end: at, kind });
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
fn list_number(bytes: &[u8], tokens: &mut [ContextToken]) -> bool {
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
    // "of the block.The next": the space was lost.
    let run_on = at > 0 && bytes[at - 1].is_ascii_lowercase() && bytes.get(at + 2).is_some_and(u8::is_ascii_lowercase);
    (spaced || run_on) && word >= 3 && next.is_some_and(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
}
