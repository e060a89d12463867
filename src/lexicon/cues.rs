//! Context cues of `context.toml`: words that say whether something happened, when and to whom.

mod file;

use std::ops::Range;

use super::error::did_you_mean;
use super::trie::{self, Trie, Word, words_in};
use super::{Error, Files};
use crate::model::Id;

use file::{CueDirection, RawCategory, RawCue, RawFile, RawGrammar, Terminator};

const FILE: &str = "context.toml";

/// The compiled cues: the rules, and one tree over all their words and the grammar words.
pub(crate) struct Cues {
    rules: Vec<Cue>,
    patterns: Vec<CuePattern>,
    /// Over the literal parts of the patterns, with the indices of the patterns of each.
    words: Trie,
}

/// One entry of `context.toml`.
#[allow(clippy::struct_excessive_bools)] // independent options of an entry
pub(crate) struct Cue {
    /// Stable name, for results and `opnote explain`.
    pub(crate) id: Id,
    /// Meaning, in our own words.
    pub(crate) means: String,
    /// The words as they are in the file.
    pub(crate) words: Vec<String>,
    /// Categories that it gives to the mentions in its scope.
    pub(crate) category: ModifierCategory,
    /// For a terminator or an event: the statements that it ends or holds off …
    only: ModifierCategory,
    /// … and the rules.
    only_rules: Vec<usize>,
    /// Whether mentions after it are in its scope.
    pub(crate) forward: bool,
    /// Whether mentions before it are in its scope.
    pub(crate) backward: bool,
    /// Maximum scope, in words.
    pub(crate) max_scope: usize,
    /// Words and marks that terminate its scope earlier.
    pub(crate) terminated_by: Terminators,
    /// Counts only at the start of the sentence or after punctuation.
    pub(crate) at_start: bool,
    /// Counts only where punctuation or the end of the sentence follows.
    pub(crate) at_end: bool,
    /// Counts also inside the mention itself; of an event: holds off the event itself, too.
    pub(crate) in_target: bool,
}

impl Cue {
    /// Whether this terminator or event is one for the given rule.
    pub(crate) fn ends(&self, rule: &Cue, index: usize) -> bool {
        self.only.has(rule.category) || self.only_rules.contains(&index)
    }
}

/// A match of one pattern, on word boundaries.
pub(crate) struct CueMatch {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) what: CueMeaning,
}

/// The meaning of a pattern: a rule, or a class of grammar words.
#[derive(Clone, Copy)]
pub(crate) enum CueMeaning {
    Rule(usize),
    Word(GrammarClass),
}

/// Classes of words that show where a statement begins and ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrammarClass {
    Verb,
    Act,
    Subject,
    Preposition,
    Joiner,
    Or,
    Relative,
    Order,
    /// A verb in the present tense: it may go on with a condition.
    Present,
}

macro_rules! flags {
    ($(#[$doc:meta])* $type:ident { $($name:ident = $bit:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) struct $type(u16);

        impl $type {
            $(pub(crate) const $name: $type = $type(1 << $bit);)*

            pub(crate) fn has(self, other: $type) -> bool {
                self.0 & other.0 != 0
            }

            pub(crate) fn add(&mut self, other: $type) {
                self.0 |= other.0;
            }
        }
    };
}

flags! {
    /// The categories of a cue; a set, since "unable to" is attempted and negated.
    ModifierCategory {
        NEGATED = 0, POSSIBLE = 1, HISTORICAL = 2, HYPOTHETICAL = 3, PLANNED = 4, EXISTING = 5,
        ATTEMPTED = 6, OTHER = 7, PSEUDO = 8, TERMINATE = 9, EVENT = 10,
    }
}

flags! {
    /// Words and marks that terminate the scope of a cue.
    Terminators {
        CLAUSE = 0, STATEMENT = 1, VERB = 2, LABEL = 3, COMMA = 4, PREPOSITION = 5, AGAIN = 6, LIST = 7, ORDER = 8,
        CONSEQUENCE = 9,
    }
}

struct CuePattern {
    what: CueMeaning,
    tail: Tail,
    /// Whether it counts only at the start of the sentence or after punctuation.
    at_start: bool,
}

/// Text that must follow the literal part of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    Boundary,
    /// Two digits more: the century is part of the literal.
    Year,
    /// A digit.
    Digit,
    /// Punctuation or the end of the sentence.
    End,
}

impl Cues {
    /// Reads `context.toml`.
    pub(crate) fn load(files: &Files) -> Result<Cues, Error> {
        let text = files.text(FILE)?.ok_or_else(|| Error::new(FILE, "is missing"))?;
        let raw: RawFile = toml::from_str(text).map_err(|error| toml_error(text, &error))?;
        let mut builder = CuesBuilder { text, ..CuesBuilder::default() };
        for cue in raw.cue {
            builder.rule(cue)?;
        }
        builder.resolve()?;
        builder.grammar(&raw.grammar);
        builder.finish()
    }

    /// The rule with this index.
    pub(crate) fn rule(&self, index: usize) -> &Cue {
        &self.rules[index]
    }

    /// Every rule, in the order of the file.
    pub(crate) fn rules(&self) -> &[Cue] {
        &self.rules
    }

    /// Calls `found` for every pattern that is in `text[range]` on word boundaries, overlapping ones included;
    /// `words` are those of the text.
    pub(crate) fn scan(&self, text: &str, words: &[Word], range: Range<usize>, mut found: impl FnMut(CueMatch)) {
        let words = words_in(words, range.clone());
        let read = &text[..range.end];
        let from = range.start;
        self.words.scan(text.as_bytes(), range, words, |start, end, patterns| {
            for pattern in patterns.iter().map(|it| &self.patterns[*it as usize]) {
                let begins = !pattern.at_start || at_start(&read.as_bytes()[from..start]);
                if begins && pattern.tail.fits(read, end) && opens(read, start) {
                    let end = end + if pattern.tail == Tail::Year { 2 } else { 0 };
                    found(CueMatch { start, end, what: pattern.what });
                }
            }
            true
        });
    }
}

impl Tail {
    fn fits(self, text: &str, end: usize) -> bool {
        let rest = &text.as_bytes()[end..];
        match self {
            Tail::Boundary => closes(text, end),
            Tail::Digit => rest.first().is_some_and(u8::is_ascii_digit),
            Tail::Year => {
                rest.len() >= 2
                    && rest[..2].iter().all(u8::is_ascii_digit)
                    && !rest.get(2).is_some_and(|it| is_word_byte(*it))
            }
            Tail::End => closes(text, end) && at_end(rest),
        }
    }
}

/// Whether nothing but space is between punctuation or the start and here.
fn at_start(before: &[u8]) -> bool {
    match before.iter().rev().find(|it| **it != b' ') {
        None => true,
        Some(byte) => b".,;:([|/-*".contains(byte),
    }
}

/// Whether nothing but a bracket or space is between here and punctuation or the end.
fn at_end(rest: &[u8]) -> bool {
    match rest.iter().find(|it| **it != b' ') {
        None => true,
        Some(byte) => b".,;)]|/".contains(byte),
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Whether a word may begin at `at`. A hyphen between letters joins: "pre-existing" holds no "existing",
/// but "3-week" holds "week".
fn opens(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    if at == 0 || !bytes.get(at).is_some_and(|it| is_word_byte(*it)) {
        return true;
    }
    match bytes[at - 1] {
        b'-' => at < 2 || !is_word_byte(bytes[at - 2]) || bytes[at - 2].is_ascii_digit(),
        _ => !text[..at].chars().next_back().is_some_and(char::is_alphanumeric),
    }
}

/// Whether a word may end at `at`: "no-touch" holds no "no".
fn closes(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    if at == 0 || at >= bytes.len() || !is_word_byte(bytes[at - 1]) {
        return true;
    }
    match bytes[at] {
        b'-' => !bytes.get(at + 1).is_some_and(|it| is_word_byte(*it)),
        _ => !text[at..].chars().next().is_some_and(char::is_alphanumeric),
    }
}

#[derive(Default)]
struct CuesBuilder<'a> {
    text: &'a str,
    rules: Vec<Cue>,
    /// The line of each rule.
    lines: Vec<usize>,
    /// Ids in `only`, with the rule that names them.
    unresolved: Vec<(usize, String)>,
    /// Literals, each with its meaning.
    literals: Vec<(String, CuePattern)>,
}

impl CuesBuilder<'_> {
    fn rule(&mut self, raw: RawCue) -> Result<(), Error> {
        let line = self.text[..raw.id.span().start.min(self.text.len())].matches('\n').count() + 1;
        let fault = |message: String| Error::at(FILE, line, message);
        let id = raw.id.into_inner();
        if let Some(first) = self.rules.iter().position(|it| it.id.as_str() == id) {
            return Err(fault(format!("id \"{id}\" is already entry {}", first + 1)));
        }
        let category = flags(&raw.category, RawCategory::add_to);
        let ends = category.has(ModifierCategory::TERMINATE) || category.has(ModifierCategory::EVENT);
        let silent = category.has(ModifierCategory::PSEUDO) || ends;
        if raw.words.is_empty() || raw.category.is_empty() {
            return Err(fault(format!("\"{id}\" needs at least one of each: words, category")));
        }
        if silent != raw.direction.is_none() {
            return Err(fault(format!("\"{id}\": direction is for cues, not for pseudo, terminate, event")));
        }
        if ends == raw.only.is_empty() {
            return Err(fault(format!("\"{id}\": only names what a terminator or an event ends")));
        }
        let index = self.rules.len();
        for words in &raw.words {
            self.words(words, index, raw.at_start, raw.at_end)
                .map_err(|message| fault(format!("\"{id}\": {message}")))?;
        }
        let direction = raw.direction.unwrap_or(CueDirection::Both);
        let (named, ids): (Vec<_>, Vec<_>) = raw.only.into_iter().partition(|it| RawCategory::named(it).is_some());
        let only = named.iter().filter_map(|it| RawCategory::named(it)).collect::<Vec<_>>();
        let only = flags(&only, RawCategory::add_to);
        self.unresolved.extend(ids.into_iter().map(|it| (index, it)));
        self.lines.push(line);
        self.rules.push(Cue {
            id: Id::from(id.as_str()),
            means: raw.means,
            words: raw.words,
            category,
            only,
            only_rules: Vec::new(),
            forward: direction != CueDirection::Backward,
            backward: direction != CueDirection::Forward,
            max_scope: raw.max_scope.unwrap_or(40).min(60),
            terminated_by: flags(&raw.terminated_by, Terminator::add_to),
            at_start: raw.at_start,
            at_end: raw.at_end,
            in_target: raw.in_target,
        });
        Ok(())
    }

    /// Gives the ids in `only` their rules.
    fn resolve(&mut self) -> Result<(), Error> {
        for (rule, id) in std::mem::take(&mut self.unresolved) {
            let Some(other) = self.rules.iter().position(|it| it.id.as_str() == id) else {
                let known = self.rules.iter().map(|it| it.id.as_str()).chain(RawCategory::NAMES);
                let message = format!("only: no status and no entry is named \"{id}\"{}", did_you_mean(&id, known));
                return Err(Error::at(FILE, self.lines[rule], message));
            };
            self.rules[rule].only_rules.push(other);
        }
        Ok(())
    }

    /// One cell of `words`: `a|b c` represents "a c" and "b c"; `{year}` or `{digit}` may come last.
    fn words(&mut self, cell: &str, rule: usize, at_start: bool, at_end: bool) -> Result<(), String> {
        let plain = if at_end { Tail::End } else { Tail::Boundary };
        for mut literal in expand(cell) {
            let tail = if let Some(rest) = literal.strip_suffix("{year}") {
                for century in ["19", "20"] {
                    self.literal(format!("{rest}{century}"), CueMeaning::Rule(rule), Tail::Year, at_start);
                }
                continue;
            } else if let Some(rest) = literal.strip_suffix("{digit}") {
                literal.truncate(rest.len());
                Tail::Digit
            } else {
                plain
            };
            if literal.is_empty() || literal.contains(['{', '}']) || literal.chars().any(char::is_uppercase) {
                return Err(format!("\"{cell}\" must be lower-case words, with {{year}} or {{digit}} last"));
            }
            self.literal(literal, CueMeaning::Rule(rule), tail, at_start);
        }
        Ok(())
    }

    fn literal(&mut self, literal: String, what: CueMeaning, tail: Tail, at_start: bool) {
        self.literals.push((literal, CuePattern { what, tail, at_start }));
    }

    fn grammar(&mut self, grammar: &RawGrammar) {
        let classes = [
            (&grammar.verbs, GrammarClass::Verb),
            (&grammar.acts, GrammarClass::Act),
            (&grammar.subjects, GrammarClass::Subject),
            (&grammar.prepositions, GrammarClass::Preposition),
            (&grammar.and, GrammarClass::Joiner),
            (&grammar.or, GrammarClass::Or),
            (&grammar.relatives, GrammarClass::Relative),
            (&grammar.orders, GrammarClass::Order),
            (&grammar.present, GrammarClass::Present),
        ];
        for (words, class) in classes {
            for word in words {
                self.literal(word.clone(), CueMeaning::Word(class), Tail::Boundary, false);
            }
        }
    }

    fn finish(self) -> Result<Cues, Error> {
        self.refuse_doubles()?;
        let (literals, patterns): (Vec<_>, Vec<_>) = self.literals.into_iter().unzip();
        let open = |it: &CuePattern| matches!(it.tail, Tail::Digit | Tail::Year);
        let literals = literals.into_iter().zip(&patterns).zip(0..);
        let words = literals.map(|((text, pattern), value)| trie::TriePattern { text, value, open: open(pattern) });
        let words = Trie::new(words.collect());
        Ok(Cues { rules: self.rules, patterns, words })
    }

    /// The same words under two rules would make the outcome depend on the order of the file.
    fn refuse_doubles(&self) -> Result<(), Error> {
        let mut seen: Vec<(&str, usize)> = Vec::with_capacity(self.literals.len());
        for (literal, pattern) in &self.literals {
            if let CueMeaning::Rule(rule) = pattern.what {
                // A word that counts at the start or the end only may have another meaning elsewhere.
                if !self.rules[rule].at_end && !self.rules[rule].at_start {
                    seen.push((literal, rule));
                }
            }
        }
        seen.sort_unstable();
        match seen.windows(2).find(|it| it[0].0 == it[1].0 && it[0].1 != it[1].1) {
            None => Ok(()),
            Some(it) => {
                let (first, second) = (&self.rules[it[0].1].id, &self.rules[it[1].1].id);
                let message = format!("\"{}\" of \"{second}\" is already in \"{first}\"", it[0].0);
                Err(Error::at(FILE, self.lines[it[1].1], message))
            }
        }
    }
}

/// Every reading of a cell: `was|were not used` → "was not used", "were not used".
fn expand(cell: &str) -> Vec<String> {
    let mut readings = vec![String::new()];
    for (at, position) in cell.split(' ').enumerate() {
        let mut longer = Vec::with_capacity(readings.len());
        for reading in &readings {
            for word in position.split('|') {
                longer.push(if at == 0 { word.to_owned() } else { format!("{reading} {word}") });
            }
        }
        readings = longer;
    }
    readings
}

/// The reader's own message, with the nearest of the names that it expected.
fn toml_error(text: &str, error: &toml::de::Error) -> Error {
    let mut fault = Error::toml(FILE, text, error);
    let mut names = error.message().split('`').skip(1).step_by(2);
    if let Some(wrong) = names.next().filter(|_| error.message().starts_with("unknown ")) {
        let known: Vec<&str> = names.collect();
        fault.message.push_str(&did_you_mean(wrong, known));
    }
    fault
}

fn flags<T: Copy, F: Default>(names: &[T], add: impl Fn(T, &mut F)) -> F {
    let mut set = F::default();
    for name in names {
        add(*name, &mut set);
    }
    set
}
