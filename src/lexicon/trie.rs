//! All patterns that begin at one place of a text, whatever the case of its letters.
//!
//! Words begin at few places of a text, and most words begin no pattern: one look in a table of first words sends
//! those on. So a pass costs little more than finding where the words are, however many patterns there are.

/// A radix tree over patterns, each with the numbers that it stands for.
pub(crate) struct Trie {
    /// The first words of patterns, each with the node behind it.
    first_words: FirstWords,
    /// The node behind the first byte of the patterns that no first word leads to: those that begin with another
    /// sign, and those that may end inside a word; 0 for none.
    first_bytes: [u32; 256],
    /// The other signs that patterns begin with.
    signs: [bool; 256],
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
    /// What must follow to get here, behind the label: a range of the edges.
    edge: (u32, u32),
    /// A range of the nodes.
    children: (u32, u32),
    /// What the pattern that ends here stands for, if one does: a range of the values.
    values: (u32, u32),
}

/// What to look for.
pub(crate) struct Pattern {
    pub text: String,
    /// What it stands for.
    pub value: u32,
    /// Whether it may end inside a word; every other pattern is found only where its first word is one of the text,
    /// a plural `s` perhaps left over.
    pub open: bool,
}

/// How a pattern is entered: behind its first word, or else behind its first byte.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    Word(u64),
    Byte(u8),
}

impl Trie {
    /// Builds the tree over patterns that end where words end, each with what it stands for.
    pub(crate) fn of_words(patterns: Vec<(String, u32)>) -> Trie {
        Trie::new(patterns.into_iter().map(|(text, value)| Pattern { text, value, open: false }).collect())
    }

    /// Builds the tree over `patterns`; an empty pattern is left out.
    pub(crate) fn new(patterns: Vec<Pattern>) -> Trie {
        let mut patterns: Vec<(Entry, String, u32)> = patterns
            .into_iter()
            .filter(|it| !it.text.is_empty())
            .map(|it| {
                let text = it.text.to_ascii_lowercase();
                (entry(text.as_bytes(), it.open), text, it.value)
            })
            .collect();
        patterns.sort_unstable();
        let mut trie = Trie {
            first_words: FirstWords::new(patterns.chunk_by(|it, next| it.0 == next.0).count()),
            first_bytes: [0; 256],
            signs: [false; 256],
            nodes: vec![Node::default()],
            labels: vec![0],
            edges: Vec::new(),
            values: Vec::with_capacity(patterns.len()),
        };
        // For each node: its patterns, and how many bytes led to it. The first one stands for no node.
        let mut groups = vec![(0..0, 0)];
        let mut start = 0;
        for same in patterns.chunk_by(|it, next| it.0 == next.0) {
            groups.push((start..start + same.len(), trie.enter(same[0].0, same[0].1.as_bytes())));
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
    fn enter(&mut self, entry: Entry, pattern: &[u8]) -> usize {
        let node = self.nodes.len() as u32;
        self.nodes.push(Node::default());
        self.labels.push(0);
        match entry {
            Entry::Word(key) => {
                self.first_words.insert(key, node);
                first_word(pattern).min(KEY)
            }
            Entry::Byte(byte) => {
                self.first_bytes[usize::from(byte)] = node;
                self.signs[usize::from(byte)] = !byte.is_ascii_alphanumeric();
                1
            }
        }
    }

    /// Gives the node the bytes that all patterns of its group go on with; returns how many bytes lead behind them.
    fn add_edge(&mut self, node: usize, group: &[(Entry, String, u32)], depth: usize) -> usize {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return depth };
        let rest = &first.1.as_bytes()[depth..];
        let shared = rest.iter().zip(&last.1.as_bytes()[depth..]).take_while(|it| it.0 == it.1).count();
        let from = self.edges.len() as u32;
        self.edges.extend_from_slice(&rest[..shared]);
        self.nodes[node].edge = (from, self.edges.len() as u32);
        depth + shared
    }

    /// Calls `found` with the start, the end and the values of every pattern that begins at a word of `text` or at
    /// one of its other signs, until it answers false.
    pub(crate) fn scan(&self, text: &[u8], mut found: impl FnMut(usize, usize, &[u32]) -> bool) {
        for word in words(text) {
            if !self.at_word(text, word, &mut found) {
                return;
            }
        }
        self.at_signs(text, &mut found);
    }

    /// The patterns that begin with neither a letter nor a figure.
    pub(crate) fn at_signs(&self, text: &[u8], found: &mut impl FnMut(usize, usize, &[u32]) -> bool) {
        if !self.signs.contains(&true) {
            return;
        }
        for (start, sign) in text.iter().enumerate().filter(|it| self.signs[usize::from(*it.1)]) {
            if !self.walk(text, self.first_bytes[usize::from(*sign)], start, start + 1, found) {
                return;
            }
        }
    }

    /// Calls `found` for the patterns that begin at the word `text[start..end]`, until it answers false; returns that.
    pub(crate) fn at_word(
        &self,
        text: &[u8],
        (start, end): Word,
        found: &mut impl FnMut(usize, usize, &[u32]) -> bool,
    ) -> bool {
        let length = (end - start).min(KEY);
        let key = key(text, start, length);
        let whole = self.first_words.get(key);
        if whole != 0 && !self.walk(text, whole, start, start + length, found) {
            return false;
        }
        // The plural of a first word that is a whole pattern.
        if end - start <= KEY && length > 1 && text[end - 1] | 0x20 == b's' {
            let singular = self.first_words.get(key & mask(length - 1));
            if singular != 0 && !self.walk(text, singular, start, end - 1, found) {
                return false;
            }
        }
        let open = self.first_bytes[usize::from(text[start].to_ascii_lowercase())];
        open == 0 || self.walk(text, open, start, start + 1, found)
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
            let edge = slice(&self.edges, node.edge);
            match text.get(at..at + edge.len()) {
                Some(part) if same(part, edge) => at += edge.len(),
                _ => return true,
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

fn entry(pattern: &[u8], open: bool) -> Entry {
    let word = first_word(pattern);
    if word == 0 || open && word == pattern.len() {
        Entry::Byte(pattern[0])
    } else {
        Entry::Word(key(pattern, 0, word.min(KEY)))
    }
}

/// How many bytes the word is long that a pattern begins with.
fn first_word(pattern: &[u8]) -> usize {
    pattern.iter().take_while(|it| it.is_ascii_alphanumeric()).count()
}

/// As many bytes of a word are its key.
const KEY: usize = 8;

/// The first bytes of a word as one number, in lower case.
fn key(text: &[u8], start: usize, length: usize) -> u64 {
    let bytes = match text[start..].first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => text[start..].iter().rev().fold(0, |all, it| all << 8 | u64::from(*it)),
    };
    // The bit that makes a letter small is set in every figure.
    (bytes | 0x2020_2020_2020_2020) & mask(length)
}

/// The lowest bytes of a number, one or more.
fn mask(length: usize) -> u64 {
    u64::MAX >> (64 - 8 * length)
}

/// A table from the key of a word to a node, with a look that sends most words on.
struct FirstWords {
    /// For hashes: whether a key has it.
    seen: Vec<u64>,
    /// Keys and nodes, each at the first free place from its hash on; 0 for none.
    slots: Vec<(u64, u32)>,
}

/// Bits of a hash that the first look makes use of.
const SEEN_BITS: u32 = 16;

impl FirstWords {
    /// An empty table for so many keys.
    fn new(keys: usize) -> FirstWords {
        FirstWords { seen: vec![0; 1 << SEEN_BITS >> 6], slots: vec![(0, 0); (keys * 3 + 1).next_power_of_two()] }
    }

    fn insert(&mut self, key: u64, node: u32) {
        let (place, bit) = seen_at(hash(key));
        self.seen[place] |= bit;
        let mut slot = self.slot(key);
        while self.slots[slot].0 != 0 {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = (key, node);
    }

    /// The node behind a word, or 0.
    fn get(&self, key: u64) -> u32 {
        let (place, bit) = seen_at(hash(key));
        if self.seen[place] & bit == 0 {
            return 0;
        }
        let mut slot = self.slot(key);
        // The table is never full, so this ends.
        while self.slots[slot].0 != 0 {
            if self.slots[slot].0 == key {
                return self.slots[slot].1;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        0
    }

    fn slot(&self, key: u64) -> usize {
        (hash(key) >> 16) as usize & (self.slots.len() - 1)
    }
}

/// Spreads the bits of a key; the highest depend on all of them.
fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn seen_at(hash: u64) -> (usize, u64) {
    let top = hash >> (64 - SEEN_BITS);
    ((top / 64) as usize, 1 << (top % 64))
}

/// A run of ASCII letters and digits, as its start and its end.
pub(crate) type Word = (usize, usize);

/// The words of a text, in order.
pub(crate) fn words_of(text: &str) -> Vec<Word> {
    let mut found = Vec::with_capacity(text.len() / 5);
    found.extend(words(text.as_bytes()));
    found
}

/// The same one after the other, for whoever needs them but once.
fn words(text: &[u8]) -> Words<'_> {
    Words { text, base: 0, edges: 0, inside: 0, next: 0 }
}

/// Iterator of [`words`].
struct Words<'a> {
    text: &'a [u8],
    /// Where the block of 64 bytes begins that is looked at.
    base: usize,
    /// Where words begin and end in it, as far as not told yet.
    edges: u64,
    /// Whether the block ended inside a word, as the lowest bit.
    inside: u64,
    /// Where the next block begins.
    next: usize,
}

impl Words<'_> {
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

impl Iterator for Words<'_> {
    type Item = Word;

    #[inline]
    fn next(&mut self) -> Option<Word> {
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
    use super::{Pattern, Trie, words};

    fn pattern((value, text): (usize, &&str)) -> Pattern {
        // One that ends with a star may end inside a word.
        let open = text.ends_with('*');
        Pattern { text: text.trim_end_matches('*').to_owned(), value: value as u32, open }
    }

    fn found(patterns: &[&str], text: &str) -> Vec<(usize, usize, Vec<u32>)> {
        let trie = Trie::new(patterns.iter().enumerate().map(pattern).collect());
        let mut found = Vec::new();
        trie.scan(text.as_bytes(), |start, end, values| {
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
        // Every byte beside every kind of neighbor, at every place of a block.
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
