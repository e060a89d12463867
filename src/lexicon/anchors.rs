//! Which constructions may read anything in a sentence, by its words and semantic types alone.
//!
//! Each element that a row cannot do without asks for one of some keys: words, semantic types, a level, a number. The
//! rarest of them is the row's anchor. The keys of a sentence are collected once; most rows fall away by their anchor.

use super::constructions::{Construction, Element, Target, WordAlternative};
use super::terms::SEMANTIC_TYPE_COUNT;
use super::trie::{head_key, head_mask};

/// Keys besides the semantic types and the words.
const LEVEL: usize = SEMANTIC_TYPE_COUNT;
const NUMBER: usize = LEVEL + 1;
const FIRST_WORD: usize = NUMBER + 1;

/// A set of small numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bitset(Vec<u64>);

impl Bitset {
    pub(crate) fn new(size: usize) -> Bitset {
        Bitset(vec![0; size.div_ceil(64)])
    }

    pub(crate) fn insert(&mut self, it: usize) {
        if let Some(word) = self.0.get_mut(it / 64) {
            *word |= 1 << (it % 64);
        }
    }

    fn has(&self, it: usize) -> bool {
        self.0.get(it / 64).is_some_and(|word| word >> (it % 64) & 1 != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|it| *it == 0)
    }

    fn union(&mut self, other: &Bitset) {
        self.0.iter_mut().zip(&other.0).for_each(|(it, other)| *it |= other);
    }

    /// Its members, ascending.
    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, word)| members(index, *word))
    }

    /// The members that two sets share, ascending.
    pub(crate) fn shared<'a>(&'a self, other: &'a Bitset) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().zip(&other.0).enumerate().flat_map(|(index, (it, other))| members(index, it & other))
    }
}

/// The numbers that one word of a set stands for.
fn members(index: usize, mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(64 * index + bit)
    })
}

/// A word of constructions by its first bytes, and its key.
#[derive(Clone, Copy, Debug)]
struct KeyedWord {
    head: u64,
    /// Bytes of a word of the text that must be the same: all, unless only the beginning is given.
    mask: u64,
    key: usize,
}

/// The keys of all rows.
#[derive(Default)]
pub(crate) struct Anchors {
    /// The words by the lowest five bits of their first byte.
    words: Vec<Vec<KeyedWord>>,
    /// Number of keys.
    keys: usize,
    /// The rows whose anchor has each key.
    anchored: Vec<Bitset>,
    /// The rows that ask for nothing.
    unanchored: Bitset,
    /// What each row asks for: one key of each list.
    needs: Vec<Vec<Vec<usize>>>,
}

impl Anchors {
    /// Collects what the rows ask for.
    pub(crate) fn new(rows: &[Construction]) -> Anchors {
        let mut anchors = Anchors { words: vec![Vec::new(); 32], keys: FIRST_WORD, ..Anchors::default() };
        for row in rows {
            let elements = row.before.iter().chain(&row.after).chain(&row.inside).chain(&row.with);
            let needs = elements.filter_map(|it| anchors.need(it)).collect();
            anchors.needs.push(needs);
        }
        anchors.anchored = vec![Bitset::new(rows.len()); anchors.keys];
        anchors.unanchored = Bitset::new(rows.len());
        for (row, needs) in anchors.needs.iter().enumerate() {
            match needs.iter().min_by_key(|it| it.iter().map(|key| anchors.commonness(*key)).sum::<usize>()) {
                Some(anchor) => anchor.iter().for_each(|key| anchors.anchored[*key].insert(row)),
                None => anchors.unanchored.insert(row),
            }
        }
        anchors
    }

    /// The keys of which an element asks for one; none where it may be absent.
    fn need(&mut self, element: &Element) -> Option<Vec<usize>> {
        let Element::One { alternatives, optional: false } = element else { return None };
        alternatives.iter().map(|it| self.key(it)).collect()
    }

    /// The key of an alternative; none where it asks for nothing that has one.
    fn key(&mut self, alternative: &WordAlternative) -> Option<usize> {
        match alternative {
            WordAlternative::Edge => None,
            WordAlternative::Target(Target::Mention { kind, .. }) => Some(*kind as usize),
            WordAlternative::Target(Target::Level { .. }) => Some(LEVEL),
            // A date begins with a number.
            WordAlternative::Target(Target::Number | Target::Date) => Some(NUMBER),
            WordAlternative::Words(words) => {
                let (word, stem) = words.iter().max_by_key(|it| it.0.len()).filter(|it| !it.0.is_empty())?;
                let head = head_key(word.as_bytes());
                let mask = if *stem { head_mask(word.len()) } else { u64::MAX };
                let list = &mut self.words[bucket(head)];
                if let Some(known) = list.iter().find(|it| it.head == head && it.mask == mask) {
                    return Some(known.key);
                }
                list.push(KeyedWord { head, mask, key: self.keys });
                self.keys += 1;
                Some(self.keys - 1)
            }
        }
    }

    /// How common a key is among sentences, roughly: short words are in most of them.
    fn commonness(&self, key: usize) -> usize {
        const SHORT: u64 = 1 << 32;
        let word = self.words.iter().flatten().find(|it| it.key == key);
        match word {
            Some(it) if it.head < SHORT => 8,
            Some(_) => 2,
            None => 4,
        }
    }

    /// The rows that may read something in a sentence with these words, semantic types, and levels.
    pub(crate) fn rows<'t>(
        &self,
        words: impl Iterator<Item = &'t [u8]>,
        kinds: impl Iterator<Item = usize>,
        levels: bool,
    ) -> Bitset {
        let mut keys = Bitset::new(self.keys);
        for word in words {
            if word.first().is_some_and(u8::is_ascii_digit) {
                keys.insert(NUMBER);
            }
            let head = head_key(word);
            for it in self.words.get(bucket(head)).into_iter().flatten() {
                if head & it.mask == it.head {
                    keys.insert(it.key);
                }
            }
        }
        kinds.for_each(|it| keys.insert(it));
        if levels {
            keys.insert(LEVEL);
        }
        let mut anchored = self.unanchored.clone();
        keys.iter().filter_map(|it| self.anchored.get(it)).for_each(|it| anchored.union(it));
        let mut rows = Bitset::new(self.needs.len());
        let admitted = |needs: &Vec<Vec<usize>>| needs.iter().all(|it| it.iter().any(|key| keys.has(*key)));
        anchored.iter().filter(|it| self.needs.get(*it).is_some_and(admitted)).for_each(|it| rows.insert(it));
        rows
    }
}

/// The list in which a word is kept.
fn bucket(head: u64) -> usize {
    (head & 31) as usize
}
