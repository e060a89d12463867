//! All patterns that begin at one place of a text, whatever the case of its letters.
//!
//! Words begin at few places of a text, and most words begin no pattern: one look in a table of first words sends
//! those on. So a pass costs little more than finding where the words are, however many patterns there are.

use std::ops::Range;

/// A radix tree over patterns, each with the numbers that it represents.
pub(crate) struct Trie {
    /// The first words of patterns, each with the node behind it.
    first_words: FirstWords,
    /// The node behind the first byte of the patterns that no first word leads to: those that begin with another
    /// sign, and those that may end inside a word; 0 for none.
    first_bytes: [u32; 256],
    /// The other signs that patterns begin with.
    signs: [bool; 256],
    /// Whether a pattern may end inside the word that it begins with.
    open: bool,
    nodes: Vec<Node>,
    /// For each node the byte that leads to it; the children of a node lie side by side.
    labels: Vec<u8>,
    /// The bytes of all edges, one after the other.
    edges: Vec<u8>,
    /// The numbers of all patterns, one after the other.
    values: Vec<u32>,
}

/// The place after some bytes that several patterns, or the rest of one, begin with.
#[derive(Clone, Copy, Default)]
struct Node {
    /// Bytes that must follow to get here, behind the label: a range of the edges.
    edge: (u32, u32),
    /// Its first bytes: see [`key`].
    head: u64,
    /// Whether they leave something open: it is longer, or holds other signs than letters, figures and spaces.
    is_long: bool,
    /// A range of the nodes.
    children: (u32, u32),
    /// Values of the pattern that ends here, if one does: a range of the values.
    values: (u32, u32),
}

/// A pattern to look for.
pub(crate) struct TriePattern {
    pub text: String,
    /// Its value.
    pub value: u32,
    /// Whether it may end inside a word; every other pattern is found only where its first word is one of the text,
    /// a plural `s` perhaps left over.
    pub open: bool,
}

/// How a pattern is entered: behind its first word, or else behind its first byte.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RootEntry {
    Word(u64),
    Byte(u8),
}

impl Trie {
    /// Builds the tree over patterns that end where words end, each with what it represents.
    pub(crate) fn of_words(patterns: Vec<(String, u32)>) -> Trie {
        Trie::new(patterns.into_iter().map(|(text, value)| TriePattern { text, value, open: false }).collect())
    }

    /// Builds the tree over `patterns`; an empty pattern is left out.
    pub(crate) fn new(patterns: Vec<TriePattern>) -> Trie {
        let mut patterns: Vec<(RootEntry, String, u32)> = patterns
            .into_iter()
            .filter(|it| !it.text.is_empty())
            .map(|it| {
                let text = it.text.to_ascii_lowercase();
                (entry(text.as_bytes(), it.open), text, it.value)
            })
            .collect();
        patterns.sort_unstable();
        let mut trie = Trie {
            first_words: FirstWords::new(2 * patterns.chunk_by(|it, next| it.0 == next.0).count()),
            first_bytes: [0; 256],
            signs: [false; 256],
            open: false,
            nodes: vec![Node::default()],
            labels: vec![0],
            edges: Vec::new(),
            values: Vec::with_capacity(patterns.len()),
        };
        // For each node: its patterns, and how many bytes led to it. The first one represents no node.
        let mut groups = vec![(0..0, 0)];
        let mut start = 0;
        for same in patterns.chunk_by(|it, next| it.0 == next.0) {
            let depth = trie.enter(same[0].0, same[0].1.as_bytes());
            if let RootEntry::Word(key) = same[0].0 {
                for (_, pattern, _) in same {
                    trie.first_words.goes_on(key, &pattern.as_bytes()[depth..]);
                }
                trie.first_words.add_plural(same[0].1.as_bytes(), key);
            }
            groups.push((start..start + same.len(), depth));
            start += same.len();
        }
        // Breadth first, so that siblings lie side by side.
        let mut index = 1;
        while let Some((range, depth)) = groups.get(index).cloned() {
            let group = &patterns[range.clone()];
            let depth = trie.add_edge(index, group, depth);
            let ending = group.iter().take_while(|it| it.1.len() == depth).count();
            let from = trie.values.len() as u32;
            trie.values.extend(group[..ending].iter().map(|it| it.2));
            trie.nodes[index].values = (from, trie.values.len() as u32);
            let first = trie.nodes.len() as u32;
            let mut start = range.start + ending;
            for same in group[ending..].chunk_by(|it, next| it.1.as_bytes()[depth] == next.1.as_bytes()[depth]) {
                groups.push((start..start + same.len(), depth + 1));
                trie.nodes.push(Node::default());
                trie.labels.push(same[0].1.as_bytes()[depth]);
                start += same.len();
            }
            trie.nodes[index].children = (first, trie.nodes.len() as u32);
            index += 1;
        }
        trie
    }

    /// Adds the node of the patterns that are entered so; returns how many bytes lead to it.
    fn enter(&mut self, entry: RootEntry, pattern: &[u8]) -> usize {
        let node = self.nodes.len() as u32;
        self.nodes.push(Node::default());
        self.labels.push(0);
        match entry {
            RootEntry::Word(key) => {
                let length = first_word(pattern).min(KEY);
                self.first_words.insert(key, node, length);
                length
            }
            RootEntry::Byte(byte) => {
                self.first_bytes[usize::from(byte)] = node;
                self.signs[usize::from(byte)] = !byte.is_ascii_alphanumeric();
                self.open |= byte.is_ascii_alphanumeric();
                1
            }
        }
    }

    /// Gives the node the bytes that all patterns of its group go on with; returns how many bytes lead behind them.
    fn add_edge(&mut self, node: usize, group: &[(RootEntry, String, u32)], depth: usize) -> usize {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return depth };
        let rest = &first.1.as_bytes()[depth..];
        let shared = rest.iter().zip(&last.1.as_bytes()[depth..]).take_while(|it| it.0 == it.1).count();
        let from = self.edges.len() as u32;
        self.edges.extend_from_slice(&rest[..shared]);
        let edge = &rest[..shared];
        let plain = |it: &u8| it.is_ascii_alphanumeric() || *it == b' ';
        self.nodes[node].edge = (from, self.edges.len() as u32);
        self.nodes[node].head = if shared == 0 { 0 } else { key(edge, 0, shared.min(KEY)) };
        self.nodes[node].is_long = shared > KEY || !edge.iter().all(plain);
        depth + shared
    }

    /// Calls `found` with the start, the end and the values of every pattern that begins at one of the words, or at
    /// another sign of `text[range]`, and ends in it, until it answers false.
    pub(crate) fn scan(
        &self,
        text: &[u8],
        range: Range<usize>,
        words: &[Word],
        mut found: impl FnMut(usize, usize, &[u32]) -> bool,
    ) {
        let text = &text[..range.end];
        if self.at_words(text, words, &mut found) {
            self.at_signs(text, range.start, &mut found);
        }
    }

    /// The patterns that begin with neither a letter nor a figure.
    fn at_signs(&self, text: &[u8], from: usize, found: &mut impl FnMut(usize, usize, &[u32]) -> bool) {
        if !self.signs.contains(&true) {
            return;
        }
        for (start, sign) in text.iter().enumerate().skip(from).filter(|it| self.signs[usize::from(*it.1)]) {
            if !self.walk(text, self.first_bytes[usize::from(*sign)], start, start + 1, found) {
                return;
            }
        }
    }

    /// The patterns that begin at a word; whether `found` never answered false.
    ///
    /// In two steps, many words at a time: first those words at which one may begin, without a branch for the
    /// processor to guess, then what begins there.
    fn at_words(&self, text: &[u8], words: &[Word], found: &mut impl FnMut(usize, usize, &[u32]) -> bool) -> bool {
        let mut places = [0_u8; AT_ONCE];
        for words in words.chunks(AT_ONCE) {
            let mut count = 0;
            for (index, word) in words.iter().enumerate() {
                places[count] = index as u8;
                count += usize::from(self.first_words.may_have(word) | self.is_open(text[word.start()]));
            }
            if !places[..count].iter().all(|it| self.at_word(text, &words[usize::from(*it)], found)) {
                return false;
            }
        }
        true
    }

    fn is_open(&self, byte: u8) -> bool {
        self.open && self.first_bytes[usize::from(byte.to_ascii_lowercase())] != 0
    }

    fn at_word(&self, text: &[u8], word: &Word, found: &mut impl FnMut(usize, usize, &[u32]) -> bool) -> bool {
        let nodes = self
            .first_words
            .get(word.key)
            .all(|(node, length)| self.walk(text, node, word.start(), word.start() + length, found));
        nodes
            && (!self.is_open(text[word.start()]) || {
                let node = self.first_bytes[usize::from(text[word.start()].to_ascii_lowercase())];
                self.walk(text, node, word.start(), word.start() + 1, found)
            })
    }

    /// The patterns behind a node, `at` being the end of what led to it.
    fn walk(
        &self,
        text: &[u8],
        node: u32,
        start: usize,
        mut at: usize,
        found: &mut impl FnMut(usize, usize, &[u32]) -> bool,
    ) -> bool {
        let mut index = node as usize;
        loop {
            let node = &self.nodes[index];
            let length = (node.edge.1 - node.edge.0) as usize;
            if length > 0 {
                let Some(part) = text.get(at..at + length) else { return true };
                if key(text, at, length.min(KEY)) != node.head
                    || node.is_long && !same(part, slice(&self.edges, node.edge))
                {
                    return true;
                }
                at += length;
            }
            if node.values.0 < node.values.1 && !found(start, at, slice(&self.values, node.values)) {
                return false;
            }
            let Some(byte) = text.get(at).map(u8::to_ascii_lowercase) else { return true };
            let Some(child) = slice(&self.labels, node.children).iter().position(|it| *it == byte) else { return true };
            index = child + node.children.0 as usize;
            at += 1;
        }
    }
}

/// Whether a text is these bytes, which hold no capital; mostly few, so that a look at one after the other is best.
fn same(text: &[u8], lower: &[u8]) -> bool {
    text.iter().zip(lower).all(|it| it.0.to_ascii_lowercase() == *it.1)
}

fn entry(pattern: &[u8], open: bool) -> RootEntry {
    let word = first_word(pattern);
    if word == 0 || open && word == pattern.len() {
        RootEntry::Byte(pattern[0])
    } else {
        RootEntry::Word(key(pattern, 0, word.min(KEY)))
    }
}

/// Length of the word that a pattern begins with, in bytes.
fn first_word(pattern: &[u8]) -> usize {
    pattern.iter().take_while(|it| it.is_ascii_alphanumeric()).count()
}

/// As many bytes of a word are its key.
const KEY: usize = 8;

/// Some bytes of a text as one number, in lower case; beyond its end there are none.
fn key(text: &[u8], start: usize, length: usize) -> u64 {
    let bytes = match text[start..].first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => text[start..].iter().rev().fold(0, |all, it| all << 8 | u64::from(*it)),
    };
    // The bit that makes a letter small is set in every figure.
    (bytes | 0x2020_2020_2020_2020) & mask(length)
}

/// The first bytes of a word as a number, in lower case; equal words have equal ones.
pub(crate) fn head_key(word: &[u8]) -> u64 {
    if word.is_empty() { 0 } else { key(word, 0, word.len().min(KEY)) }
}

/// Those bits of a [`head_key`] that the first bytes of a word fill.
pub(crate) fn head_mask(length: usize) -> u64 {
    mask(length.clamp(1, KEY))
}

/// The lowest bytes of a number, one or more.
fn mask(length: usize) -> u64 {
    u64::MAX >> (64 - 8 * length)
}

/// As many words are looked at before those are read on from at which a pattern may begin.
const AT_ONCE: usize = 64;

/// A table from the key of a word to nodes, with a look that sends most words on.
struct FirstWords {
    /// The hashes of all keys.
    seen: Bits,
    /// The hashes of those keys behind which a pattern ends, or nearly so.
    whole: Bits,
    /// The hashes of keys with what follows them in a pattern: common words begin many patterns (`the lumbar`), and
    /// few places of a text go on like one.
    followed: Bits,
    /// Keys and nodes, each at a free place from its hash on; 0 for none.
    slots: Vec<Bucket>,
}

/// A key, the node behind it, and how many bytes of the word lead to the node: one less for a plural.
#[derive(Clone, Copy, Default)]
struct Bucket {
    key: u64,
    node: u32,
    length: u32,
}

impl FirstWords {
    /// An empty table for so many keys.
    fn new(keys: usize) -> FirstWords {
        let slots = vec![Bucket::default(); (keys * 2 + 1).next_power_of_two()];
        FirstWords { seen: Bits::new(), whole: Bits::new(), followed: Bits::new(), slots }
    }

    fn insert(&mut self, key: u64, node: u32, length: usize) {
        self.seen.set(hash(key));
        let mut at = self.first_slot(key);
        while self.slots[at].node != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = Bucket { key, node, length: length as u32 };
    }

    /// Notes what follows a key in a pattern.
    fn goes_on(&mut self, key: u64, rest: &[u8]) {
        if rest.len() < NEXT {
            self.whole.set(hash(key));
        } else {
            self.followed.set(hash(key_and_next(key, rest, 0)));
        }
    }

    /// Adds the plural of a word that is a whole pattern.
    fn add_plural(&mut self, pattern: &[u8], key: u64) {
        let length = first_word(pattern);
        if length == pattern.len() && length < KEY {
            let plural = key | u64::from(b's') << (8 * length);
            let node = self.get(key).next().map_or(0, |it| it.0);
            self.insert(plural, node, length);
            self.whole.set(hash(plural));
        }
    }

    /// Whether a pattern may begin with a word.
    #[inline]
    fn may_have(&self, word: &Word) -> bool {
        let hashed = hash(word.key);
        self.seen.has(hashed) & (self.whole.has(hashed) | self.followed.has(word.followed))
    }

    /// The nodes behind a word, each with how many of its bytes lead there.
    fn get(&self, key: u64) -> impl Iterator<Item = (u32, usize)> {
        let first = self.first_slot(key);
        // The table is never full, so this ends.
        let slots = self.slots[first..].iter().chain(&self.slots[..first]).take_while(|it| it.node != 0);
        slots.filter(move |it| it.key == key).map(|it| (it.node, it.length as usize))
    }

    fn first_slot(&self, key: u64) -> usize {
        (hash(key) >> 16) as usize & (self.slots.len() - 1)
    }
}

/// As many bytes behind a key are looked at.
const NEXT: usize = 5;

/// A key mixed with the bytes of `text` from `at` on, in lower case.
fn key_and_next(first: u64, text: &[u8], at: usize) -> u64 {
    // Turned, so that the letters of the key do not lie below those behind it.
    first.rotate_left(29) ^ key(text, at, NEXT).wrapping_mul(0x0001_0001_0001)
}

/// A set of hashes by their highest bits; what was not set may be in it too.
struct Bits(Vec<u64>);

impl Bits {
    /// Bits of a hash that are made use of.
    const TOP: u32 = 16;

    fn new() -> Bits {
        Bits(vec![0; 1 << Bits::TOP >> 6])
    }

    fn set(&mut self, hash: u64) {
        let top = hash >> (64 - Bits::TOP);
        self.0[(top / 64) as usize] |= 1 << (top % 64);
    }

    #[inline]
    fn has(&self, hash: u64) -> bool {
        let top = hash >> (64 - Bits::TOP);
        self.0[(top / 64) as usize] & 1 << (top % 64) != 0
    }
}

/// Spreads the bits of a key; the highest depend on all of them.
fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A run of ASCII letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Where it begins and ends; small, since a text has many.
    at: (u32, u32),
    /// Its first bytes: see [`key`].
    key: u64,
    /// The hash of the key with the bytes behind it: what most words are sent on by.
    followed: u64,
}

impl Word {
    fn of(text: &[u8], (start, end): (usize, usize)) -> Word {
        let length = (end - start).min(KEY);
        let key = key(text, start, length);
        Word { at: (start as u32, end as u32), key, followed: hash(key_and_next(key, text, start + length)) }
    }

    /// Where it begins.
    pub(crate) fn start(&self) -> usize {
        self.at.0 as usize
    }

    /// Where it ends.
    pub(crate) fn end(&self) -> usize {
        self.at.1 as usize
    }
}

/// The words of a text, in order.
pub(crate) fn words_of(text: &str) -> Vec<Word> {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(text.len() / 5);
    found.extend(words(bytes).map(|it| Word::of(bytes, it)));
    found
}

/// Those of the words that lie in a range.
pub(crate) fn words_in(words: &[Word], range: Range<usize>) -> &[Word] {
    let from = words.partition_point(|it| it.start() < range.start);
    let to = words.partition_point(|it| it.end() <= range.end);
    words.get(from..to).unwrap_or_default()
}

/// Where the words of a text begin and end.
fn words(text: &[u8]) -> WordIter<'_> {
    WordIter { text, base: 0, edges: 0, inside: 0, next: 0 }
}

/// Iterator of [`words`].
struct WordIter<'a> {
    text: &'a [u8],
    /// Where the block of 64 bytes begins that is looked at.
    base: usize,
    /// Where words begin and end in it, as far as not reported yet.
    edges: u64,
    /// Whether the block ended inside a word, as the lowest bit.
    inside: u64,
    /// Where the next block begins.
    next: usize,
}

impl WordIter<'_> {
    fn edge(&mut self) -> Option<usize> {
        while self.edges == 0 {
            let rest = self.text.get(self.next..).filter(|it| !it.is_empty())?;
            let length = rest.len().min(64);
            let word = if let Some(block) = rest.first_chunk() {
                word_bits(block)
            } else {
                let mut block = [0; 64];
                block[..length].copy_from_slice(rest);
                word_bits(&block)
            };
            self.edges = (word ^ (word << 1 | self.inside)) & (u64::MAX >> (64 - length));
            self.inside = word >> 63;
            self.base = self.next;
            self.next += 64;
        }
        let at = self.edges.trailing_zeros() as usize;
        self.edges &= self.edges - 1;
        Some(self.base + at)
    }
}

impl Iterator for WordIter<'_> {
    type Item = (usize, usize);

    #[inline]
    fn next(&mut self) -> Option<(usize, usize)> {
        let start = self.edge()?;
        Some((start, self.edge().unwrap_or(self.text.len())))
    }
}

/// Which of 64 bytes are ASCII letters or digits, the first as the lowest bit.
fn word_bits(block: &[u8; 64]) -> u64 {
    // Without a way out in the middle: many bytes at a time.
    let flags = block.map(|it| u8::from((it | 0x20).wrapping_sub(b'a') < 26) | u8::from(it.wrapping_sub(b'0') < 10));
    let (eights, _) = flags.as_chunks::<8>();
    // Gathers the lowest bits of eight bytes into one byte.
    let gather = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |bits, eight| bits << 8 | gather(eight))
}

fn slice<T>(list: &[T], (from, to): (u32, u32)) -> &[T] {
    &list[from as usize..to as usize]
}

#[cfg(test)]
mod tests {
    use super::{Trie, TriePattern, words, words_of};

    fn pattern((value, text): (usize, &&str)) -> TriePattern {
        // One that ends with a star may end inside a word.
        let open = text.ends_with('*');
        TriePattern { text: text.trim_end_matches('*').to_owned(), value: value as u32, open }
    }

    fn found(patterns: &[&str], text: &str) -> Vec<(usize, usize, Vec<u32>)> {
        let trie = Trie::new(patterns.iter().enumerate().map(pattern).collect());
        let mut found = Vec::new();
        trie.scan(text.as_bytes(), 0..text.len(), &words_of(text), |start, end, values| {
            found.push((start, end, values.to_vec()));
            true
        });
        found.sort();
        found
    }

    /// Whether a word goes on here.
    fn inside(text: &[u8], at: usize) -> bool {
        at > 0 && at < text.len() && text[at - 1].is_ascii_alphanumeric() && text[at].is_ascii_alphanumeric()
    }

    proptest::proptest! {
        /// At each place the same patterns as an automaton finds that looks for all of them everywhere; those that
        /// end inside a word are for the caller to leave out.
        #[test]
        fn finds_what_an_automaton_finds(
            patterns in proptest::collection::vec("[abAB1s -]{1,4}|a{7,10}s?", 0..12),
            text in "[abcABCs12 .-]{0,80}|(a{7,10}s? ){3}",
            open in proptest::prelude::any::<bool>(),
        ) {
            let mut patterns: Vec<String> = patterns.iter().map(|it| it.to_ascii_lowercase()).collect();
            patterns.sort();
            patterns.dedup();
            let automaton = aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(&patterns);
            let bytes = text.as_bytes();
            let plural = |end: usize| bytes.get(end).is_some_and(|it| it.eq_ignore_ascii_case(&b's')) && !inside(bytes, end + 1);
            let wanted = |start: usize, end: usize| {
                !inside(bytes, start) && (open || !inside(bytes, end) || plural(end))
            };
            let all = automaton.expect("builds");
            let all = all.find_overlapping_iter(&text).map(|it| (it.start(), it.end(), vec![it.pattern().as_u32()]));
            let mut expected: Vec<_> = all.filter(|it| wanted(it.0, it.1)).collect();
            expected.sort();
            let patterns: Vec<String> = patterns.into_iter().map(|it| it + if open { "*" } else { "" }).collect();
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            let mut found = found(&patterns, &text);
            found.retain(|it| wanted(it.0, it.1));
            proptest::prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn finds_every_pattern_that_begins_at_a_word() {
        let patterns = ["l", "l4", "L4-5", "lumbar", "lumbar epidural", "lumbar", "-x", "\u{e9}p", "", "ab", "t*"];
        assert_eq!(found(&patterns, "LUMBAR Epidural"), [(0, 6, vec![3, 5]), (0, 15, vec![4])]);
        assert_eq!(found(&patterns, "at l4-5"), [(3, 5, vec![1]), (3, 7, vec![2])]);
        assert_eq!(found(&patterns, "xl4 a-x"), [(5, 7, vec![6])]);
        assert_eq!(found(&patterns, "\u{e9}p ab"), [(0, 3, vec![7]), (4, 6, vec![9])]);
        assert_eq!(found(&patterns, "the lumbars"), [(0, 1, vec![10]), (4, 10, vec![3, 5])]);
        assert_eq!(found(&patterns, "a"), []);
        assert_eq!(found(&[], "a b"), []);
    }

    #[test]
    fn words_are_where_a_look_at_each_byte_says() {
        // Every byte next to every kind of neighbor, at every place of a block.
        let kinds = [b'a', b'Z', b'5', b' ', b'-', b'@', b'[', b'`', b'{', b'/', b':', 0x00, 0x7f, 0x80, 0xe1, 0xff];
        for byte in 0..=u8::MAX {
            for (length, kind) in kinds.iter().cycle().enumerate().take(150) {
                let mut text: Vec<u8> =
                    (0..length).map(|it| kinds[(it * 7 + usize::from(byte)) % kinds.len()]).collect();
                text.extend([*kind, byte, *kind]);
                let word = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
                let before = |at: usize| at > 0 && word(at - 1);
                let starts = (0..text.len()).filter(|it| word(*it) && !before(*it));
                let ends = (0..=text.len()).filter(|it| !word(*it) && before(*it));
                assert_eq!(words(&text).collect::<Vec<_>>(), starts.zip(ends).collect::<Vec<_>>());
            }
        }
    }
}
