//! The words and marks of a sentence, and whether a construction matches around a mention.

use std::cell::Cell;
use std::ops::Range;

use crate::document::{Document, LevelMention, Mention};
use crate::lexicon::anchors::Bitset;
use crate::lexicon::constructions::{Construction, Element, Target, WordAlternative};
use crate::lexicon::terms::{SemanticType, TermEntry};
use crate::model::Id;

/// Maximum number of words and marks of a sentence that are looked at on either side of a mention.
const REACH: usize = 48;

/// A month with its year is so many words and marks.
const MOST_DATE_TOKENS: usize = 3;

/// A word or a punctuation mark, as bytes of the normalized text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ClauseToken {
    start: usize,
    end: usize,
}

/// A sentence cut into words and marks, with the mentions and levels in it.
pub(crate) struct Clause<'a> {
    doc: &'a Document<'a>,
    tokens: Vec<ClauseToken>,
    mentions: &'a [Mention],
    levels: &'a [LevelMention],
    /// The rows that may read something in it.
    rows: Bitset,
    /// For each row, whether the sentence has what the row wants in it, once that was asked.
    admits: Vec<Cell<Option<bool>>>,
}

/// The subject of a row: a range of the normalized text with what is known of it.
#[derive(Clone, Copy)]
pub(crate) enum Subject<'a> {
    Mention(&'a Mention),
    Level(&'a LevelMention),
}

impl Subject<'_> {
    /// Its bytes of the normalized text.
    pub(crate) fn range(&self) -> Range<usize> {
        match self {
            Subject::Mention(it) => it.start..it.end,
            Subject::Level(it) => it.level.start..it.level.end,
        }
    }
}

impl<'a> Clause<'a> {
    /// Cuts the sentence, its label included, into words and marks.
    pub(crate) fn new(
        doc: &'a Document<'a>,
        sentence: usize,
        mentions: &'a [Mention],
        levels: &'a [LevelMention],
    ) -> Clause<'a> {
        let range = doc.sentences[sentence];
        let tokens = tokens(doc.lower.as_bytes(), range.lead.min(range.start)..range.end);
        let bytes = doc.lower.as_bytes();
        let words = tokens.iter().map(|it| &bytes[it.start..it.end]);
        let kinds = mentions.iter().map(|it| it.kind as usize);
        let constructions = &doc.lexicon.constructions;
        let rows = constructions.anchors.rows(words, kinds, !levels.is_empty());
        let admits = vec![Cell::new(None); constructions.rows.len()];
        Clause { doc, tokens, mentions, levels, rows, admits }
    }

    /// Those of some rows that may read something in the sentence, in order.
    pub(crate) fn candidates<'s>(&'s self, rows: &'s Bitset) -> impl Iterator<Item = u16> + 's {
        rows.shared(&self.rows).map(|it| it as u16)
    }

    /// Whether a row reads the subject.
    pub(crate) fn reads(&self, index: u16, subject: Subject<'_>) -> bool {
        let row = &self.doc.lexicon.constructions.rows[usize::from(index)];
        if !row.targets.iter().any(|it| self.is_target(it, subject)) {
            return false;
        }
        let range = subject.range();
        let first = self.tokens.partition_point(|it| it.end <= range.start);
        let last = self.tokens.partition_point(|it| it.start < range.end);
        self.matches(&row.before, first, false)
            && self.matches(&row.after, last, true)
            && row.inside.iter().all(|it| self.occurs_in(it, first..last))
            && self.admits(index, row)
    }

    /// Whether the sentence has all elements of `with` and none of `without`: the same for every subject.
    fn admits(&self, index: u16, row: &Construction) -> bool {
        let known = &self.admits[usize::from(index)];
        known.get().unwrap_or_else(|| {
            let admits = row.with.iter().all(|it| self.holds(it)) && !row.without.iter().any(|it| self.holds(it));
            known.set(Some(admits));
            admits
        })
    }

    fn is_target(&self, target: &Target, subject: Subject<'_>) -> bool {
        match (target, subject) {
            (Target::Mention { kind, concepts }, Subject::Mention(it)) => {
                it.kind == *kind && has_concept(concepts, it.entry(self.doc))
            }
            (Target::Level { pair }, Subject::Level(it)) => !pair || it.level.pair,
            _ => false,
        }
    }

    /// Whether the elements match side by side from a token on, forward, or backward from the token before it.
    fn matches(&self, elements: &[Element], at: usize, forward: bool) -> bool {
        let next = if forward { elements.first() } else { elements.last() };
        let Some(element) = next else { return true };
        let rest = if forward { &elements[1..] } else { &elements[..elements.len() - 1] };
        match element {
            Element::Gap { words, commas } => {
                let mut at = at;
                let beyond = if forward { rest.first() } else { rest.last() };
                let nearest = beyond.and_then(mention_kind);
                for _ in 0..=*words {
                    if self.matches(rest, at, forward) {
                        return true;
                    }
                    // Only the nearest mention of the type on the far side counts.
                    if nearest.is_some_and(|kind| self.touches(kind, at, forward)) {
                        return false;
                    }
                    let Some(index) = (if forward { Some(at) } else { at.checked_sub(1) }) else { return false };
                    let Some(token) = self.tokens.get(index) else { return false };
                    match self.mark(*token) {
                        Some(b';') => return false,
                        Some(b',') if !commas => return false,
                        _ => {}
                    }
                    at = if forward { at + 1 } else { index };
                }
                false
            }
            Element::One { alternatives, optional } => {
                let hit = alternatives.iter().any(|it| {
                    self.ends(it, at, forward).into_iter().flatten().any(|end| self.matches(rest, end, forward))
                });
                hit || *optional && self.matches(rest, at, forward)
            }
        }
    }

    /// Whether a mention of a semantic type begins at a token, or ends before it.
    fn touches(&self, kind: SemanticType, at: usize, forward: bool) -> bool {
        let Some(token) =
            (if forward { self.tokens.get(at) } else { at.checked_sub(1).and_then(|it| self.tokens.get(it)) })
        else {
            return false;
        };
        self.near_mentions(at)
            .any(|it| it.kind == kind && if forward { it.start == token.start } else { it.end == token.end })
    }

    /// Where an alternative that begins at a token (or, backward, ends there) ends; none where it does not match.
    fn ends(&self, alternative: &WordAlternative, at: usize, forward: bool) -> [Option<usize>; 2] {
        match alternative {
            WordAlternative::Edge => {
                let edge = if forward { at >= self.tokens.len() } else { at == 0 };
                let closing = forward && self.tokens.get(at).is_some_and(|it| self.mark(*it) == Some(b'.'));
                [Some(at).filter(|_| edge || closing), None]
            }
            WordAlternative::Words(words) => {
                let from = if forward { Some(at) } else { at.checked_sub(words.len()) };
                let fits = from.is_some_and(|from| {
                    words.iter().enumerate().all(|(index, word)| {
                        self.tokens.get(from + index).is_some_and(|token| self.is_word(*token, word))
                    })
                });
                [from.filter(|_| fits).map(|from| if forward { from + words.len() } else { from }), None]
            }
            WordAlternative::Target(Target::Number) => {
                let index = if forward { Some(at) } else { at.checked_sub(1) };
                let number = index.and_then(|it| self.tokens.get(it)).is_some_and(|it| self.is_number(*it));
                [index.filter(|_| number).map(|it| if forward { it + 1 } else { it }), None]
            }
            WordAlternative::Target(Target::Date) => {
                let dates = (1..=MOST_DATE_TOKENS).filter_map(|width| {
                    let from = if forward { Some(at) } else { at.checked_sub(width) }?;
                    self.is_date(from, width).then_some(if forward { from + width } else { from })
                });
                let mut found = [None, None];
                dates.zip(found.iter_mut()).for_each(|(end, place)| *place = Some(end));
                found
            }
            WordAlternative::Target(target) => {
                let mut found = [None, None];
                let adjacent = |range: Range<usize>| {
                    let first = self.tokens.partition_point(|it| it.end <= range.start);
                    let last = self.tokens.partition_point(|it| it.start < range.end);
                    match forward {
                        true if first == at => Some(last),
                        false if last == at => Some(first),
                        _ => None,
                    }
                };
                let mut add = |end: Option<usize>| {
                    if end.is_some() && !found.contains(&end) {
                        found[usize::from(found[0].is_some())] = end;
                    }
                };
                match target {
                    Target::Level { pair } => {
                        let levels = self.near_levels(at);
                        levels
                            .filter(|it| !pair || it.level.pair)
                            .for_each(|it| add(adjacent(it.level.start..it.level.end)));
                    }
                    Target::Mention { kind, concepts } => {
                        let mentions = self.near_mentions(at);
                        mentions
                            .filter(|it| it.kind == *kind && has_concept(concepts, it.entry(self.doc)))
                            .for_each(|it| add(adjacent(it.start..it.end)));
                    }
                    Target::Number | Target::Date => {}
                }
                found
            }
        }
    }

    /// Mentions that begin or end at a token.
    fn near_mentions(&self, at: usize) -> impl Iterator<Item = &'a Mention> {
        // No term is longer than this many bytes.
        const LONGEST: usize = 60;
        let place = self.tokens.get(at).or(self.tokens.last()).map_or(0, |it| it.start);
        let from = self.mentions.partition_point(|it| it.start + LONGEST < place);
        self.mentions[from..].iter().take_while(move |it| it.start <= place)
    }

    fn near_levels(&self, at: usize) -> impl Iterator<Item = &'a LevelMention> {
        const LONGEST: usize = 40;
        let place = self.tokens.get(at).or(self.tokens.last()).map_or(0, |it| it.start);
        let from = self.levels.partition_point(|it| it.level.start + LONGEST < place);
        self.levels[from..].iter().take_while(move |it| it.level.start <= place)
    }

    /// Whether an element matches words among some tokens.
    fn occurs_in(&self, element: &Element, tokens: Range<usize>) -> bool {
        let Element::One { alternatives, .. } = element else { return true };
        tokens.clone().any(|at| {
            let ends = alternatives.iter().flat_map(|it| self.ends(it, at, true)).flatten();
            ends.into_iter().any(|end| end <= tokens.end)
        })
    }

    /// Whether an element is anywhere in the sentence.
    fn holds(&self, element: &Element) -> bool {
        let Element::One { alternatives, .. } = element else { return true };
        alternatives.iter().any(|alternative| match alternative {
            WordAlternative::Target(Target::Mention { kind, concepts }) => {
                self.mentions.iter().take(REACH).any(|it| it.kind == *kind && has_concept(concepts, it.entry(self.doc)))
            }
            WordAlternative::Target(Target::Level { pair }) => self.levels.iter().any(|it| !pair || it.level.pair),
            WordAlternative::Target(Target::Number) => self.tokens.iter().take(4 * REACH).any(|it| self.is_number(*it)),
            WordAlternative::Edge => true,
            WordAlternative::Words(_) | WordAlternative::Target(Target::Date) => {
                (0..self.tokens.len().min(8 * REACH)).any(|at| self.ends(alternative, at, true)[0].is_some())
            }
        })
    }

    fn is_word(&self, token: ClauseToken, (word, stem): &(String, bool)) -> bool {
        let text = &self.doc.lower[token.start..token.end];
        if *stem { text.starts_with(word.as_str()) } else { text == word }
    }

    fn is_number(&self, token: ClauseToken) -> bool {
        self.doc.lower[token.start..token.end].starts_with(|it: char| it.is_ascii_digit())
    }

    /// Whether so many tokens from one on are a year (`2019`) or a month with its year (`4/2019`, `4/19`). A day and a
    /// score out of ten (`8/10`) are none.
    fn is_date(&self, from: usize, width: usize) -> bool {
        const FIRST_SHORT_YEAR: u32 = 15;
        let number = |at: usize| {
            let token = self.tokens.get(at)?;
            let digits = &self.doc.lower[token.start..token.end];
            digits.parse::<u32>().ok().filter(|_| digits.len() <= 4).map(|it| (it, digits.len()))
        };
        let parted = |at: usize| self.tokens.get(at).is_some_and(|it| self.mark(*it) == Some(b'/'));
        let is_year = |(year, digits): (u32, usize)| digits == 4 && (1980..2100).contains(&year);
        let alone = !parted(from + width) && from.checked_sub(1).is_none_or(|it| !parted(it));
        match width {
            1 => alone && number(from).is_some_and(is_year),
            MOST_DATE_TOKENS => {
                let month = number(from).is_some_and(|it| (1..=12).contains(&it.0));
                let short = |(year, digits): (u32, usize)| digits == 2 && year >= FIRST_SHORT_YEAR;
                let year = number(from + 2).is_some_and(|it| is_year(it) || short(it));
                alone && month && parted(from + 1) && year
            }
            _ => false,
        }
    }

    /// The byte of a punctuation mark; none for a word.
    fn mark(&self, token: ClauseToken) -> Option<u8> {
        let first = *self.doc.lower.as_bytes().get(token.start)?;
        (!first.is_ascii_alphanumeric() && first < 128).then_some(first)
    }
}

/// The semantic type that an element asks for; none where it asks for words.
fn mention_kind(element: &Element) -> Option<SemanticType> {
    let Element::One { alternatives, .. } = element else { return None };
    alternatives.iter().find_map(|it| match it {
        WordAlternative::Target(Target::Mention { kind, .. }) => Some(*kind),
        _ => None,
    })
}

/// Whether an entry is of one of the concepts, or a substance of one of the classes, where any are given.
fn has_concept(concepts: &[Id], entry: &TermEntry) -> bool {
    concepts.is_empty()
        || concepts.contains(&entry.concept)
        || entry.class.as_ref().is_some_and(|it| concepts.contains(it))
}

/// Words (with inner apostrophes, points and percent signs) and single marks; hyphens and spaces part words only.
fn tokens(bytes: &[u8], range: Range<usize>) -> Vec<ClauseToken> {
    let is_word = |it: u8| it.is_ascii_alphanumeric() || it >= 128;
    let mut found = Vec::with_capacity((range.end.saturating_sub(range.start)) / 5);
    let mut at = range.start;
    while at < range.end.min(bytes.len()) {
        let start = at;
        at += 1;
        if is_word(bytes[start]) {
            while at < range.end {
                let inner = matches!(bytes[at], b'\'' | b'.' | b'%')
                    && bytes.get(at + 1).is_some_and(|it| is_word(*it))
                    && (bytes[at] != b'.' || bytes[at - 1].is_ascii_digit());
                if !is_word(bytes[at]) && !inner {
                    break;
                }
                at += 1;
            }
            found.push(ClauseToken { start, end: at });
        } else if !matches!(bytes[start], b' ' | b'-' | b'\n' | b'\t' | b'\r' | b'"' | b'\'') {
            found.push(ClauseToken { start, end: at });
        }
    }
    found
}

/// Whether a semantic type may be the subject of a statement.
pub(crate) fn may_state(kind: SemanticType, doc: &Document<'_>) -> bool {
    !doc.lexicon.constructions.of_kind(kind).is_empty()
}
