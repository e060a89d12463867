//! All patterns that begin at one place of a text, whatever the case of its letters.
//!
//! Words begin at few places of a text, and most words begin no pattern: a look at three bytes sends those on.
//! So a pass costs little more than finding where the words begin, however many patterns there are.

/// A radix tree over patterns, each with the numbers that it stands for.
pub(crate) struct Trie {
    /// For the first three bytes of a pattern, five bits of each: whether any pattern begins like that.
    heads: Vec<u64>,
    /// Whether a pattern begins with something else than an ASCII letter or digit.
    odd: bool,
    /// The child of the root for each first byte; 0 for none.
    roots: [u32; 256],
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

/// Bits that are looked at of each of the first bytes: the same for a capital and a small letter.
const BITS: u32 = 5;

impl Trie {
    /// Builds the tree over `patterns`, each with what it stands for; an empty pattern is left out.
    pub(crate) fn new(mut patterns: Vec<(String, u32)>) -> Trie {
        patterns.retain(|it| !it.0.is_empty());
        for (pattern, _) in &mut patterns {
            pattern.make_ascii_lowercase();
        }
        patterns.sort_unstable();
        let mut trie = Trie {
            heads: heads(&patterns),
            odd: patterns.iter().any(|it| !it.0.as_bytes()[0].is_ascii_alphanumeric()),
            roots: [0; 256],
            nodes: vec![Node::default()],
            labels: vec![0],
            edges: Vec::new(),
            values: Vec::with_capacity(patterns.len()),
        };
        // Breadth first, so that siblings lie side by side. For each node: its patterns, and how many bytes led to it.
        let mut groups = vec![(0..patterns.len(), 0)];
        let mut index = 0;
        while let Some((range, depth)) = groups.get(index).cloned() {
            let group = &patterns[range.clone()];
            let depth = if index == 0 { 0 } else { trie.add_edge(index, group, depth) };
            let ending = group.iter().take_while(|it| it.0.len() == depth).count();
            let from = trie.values.len() as u32;
            trie.values.extend(group[..ending].iter().map(|it| it.1));
            trie.nodes[index].values = (from, trie.values.len() as u32);
            let first = trie.nodes.len() as u32;
            let mut start = range.start + ending;
            for same in group[ending..].chunk_by(|it, next| it.0.as_bytes()[depth] == next.0.as_bytes()[depth]) {
                groups.push((start..start + same.len(), depth + 1));
                trie.nodes.push(Node::default());
                trie.labels.push(same[0].0.as_bytes()[depth]);
                start += same.len();
            }
            trie.nodes[index].children = (first, trie.nodes.len() as u32);
            index += 1;
        }
        let (first, last) = trie.nodes[0].children;
        for child in first..last {
            trie.roots[trie.labels[child as usize] as usize] = child;
        }
        trie
    }

    /// Gives the node the bytes that all patterns of its group go on with; returns how many bytes lead behind them.
    fn add_edge(&mut self, node: usize, group: &[(String, u32)], depth: usize) -> usize {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return depth };
        let rest = &first.0.as_bytes()[depth..];
        let shared = rest.iter().zip(&last.0.as_bytes()[depth..]).take_while(|it| it.0 == it.1).count();
        let from = self.edges.len() as u32;
        self.edges.extend_from_slice(&rest[..shared]);
        self.nodes[node].edge = (from, self.edges.len() as u32);
        depth + shared
    }

    /// Where a pattern may begin in `text`: at every word, and at every other sign where patterns begin with one.
    pub(crate) fn starts(&self, text: &[u8]) -> impl Iterator<Item = usize> {
        let odd = if self.odd { u64::MAX } else { 0 };
        edges(text, move |word, before| word & !before | !word & odd)
    }

    /// Calls `found` with the end and the values of every pattern that begins at `start`, the shortest first.
    pub(crate) fn at(&self, text: &[u8], start: usize, mut found: impl FnMut(usize, &[u32])) {
        if !self.may_begin(text, start) {
            return;
        }
        let Some(byte) = text.get(start) else { return };
        let mut index = self.roots[byte.to_ascii_lowercase() as usize] as usize;
        let mut at = start + 1;
        while index != 0 {
            let node = &self.nodes[index];
            let edge = slice(&self.edges, node.edge);
            match text.get(at..at + edge.len()) {
                Some(part) if part.eq_ignore_ascii_case(edge) => at += edge.len(),
                _ => return,
            }
            if node.values.0 < node.values.1 {
                found(at, slice(&self.values, node.values));
            }
            let Some(byte) = text.get(at).map(u8::to_ascii_lowercase) else { return };
            let child = slice(&self.labels, node.children).iter().position(|it| *it == byte);
            index = child.map_or(0, |it| it + node.children.0 as usize);
            at += 1;
        }
    }

    /// Whether a pattern may begin with the three bytes at `start`.
    fn may_begin(&self, text: &[u8], start: usize) -> bool {
        let Some(&[first, second, third]) = text.get(start..start + 3) else { return true };
        let head = head(first, second, third);
        self.heads[head / 64] >> (head % 64) & 1 != 0
    }
}

/// Where runs of ASCII letters and digits begin in `text`.
pub(crate) fn word_starts(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    edges(text, |word, before| word & !before)
}

/// Where runs of ASCII letters and digits end in `text`, as the offset behind the last of them.
pub(crate) fn word_ends(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let last = text.last().is_some_and(u8::is_ascii_alphanumeric).then_some(text.len());
    edges(text, |word, before| !word & before).chain(last)
}

/// The offsets that `pick` picks from the set of word bytes and the set of bytes behind a word byte, each as 64 bits.
fn edges(text: &[u8], pick: impl Fn(u64, u64) -> u64) -> impl Iterator<Item = usize> {
    let mut inside = 0;
    text.chunks(64).enumerate().flat_map(move |(index, block)| {
        let word = word_bits(block);
        let before = word << 1 | inside;
        inside = word >> 63;
        let mut picked = pick(word, before) & (u64::MAX >> (64 - block.len()));
        std::iter::from_fn(move || {
            let at = picked.trailing_zeros() as usize;
            picked &= picked.wrapping_sub(1);
            (at < 64).then_some(index * 64 + at)
        })
    })
}

/// Which of up to 64 bytes are ASCII letters or digits, the first as the lowest bit; eight are looked at at once.
fn word_bits(block: &[u8]) -> u64 {
    let (eights, rest) = block.as_chunks::<8>();
    let mut bits = 0;
    for (index, eight) in eights.iter().enumerate() {
        bits |= word_bits_of_eight(u64::from_le_bytes(*eight)) << (8 * index);
    }
    for (index, byte) in rest.iter().enumerate() {
        bits |= u64::from(byte.is_ascii_alphanumeric()) << (8 * eights.len() + index);
    }
    bits
}

/// The same of eight bytes in one number: in each byte a sum reaches the highest bit from a certain byte on.
fn word_bits_of_eight(bytes: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let low = bytes & !HIGH;
    let small = low | (0x20 * EACH);
    let from = |bytes: u64, byte: u8| bytes + (0x80 - u64::from(byte)) * EACH;
    let letters = from(small, b'a') & !from(small, b'z' + 1);
    let digits = from(low, b'0') & !from(low, b'9' + 1);
    let found = (letters | digits) & !bytes & HIGH;
    // Gathers the highest bits of the eight bytes into one byte.
    (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

fn slice<T>(list: &[T], (from, to): (u32, u32)) -> &[T] {
    &list[from as usize..to as usize]
}

fn head(first: u8, second: u8, third: u8) -> usize {
    let low = |byte: u8| usize::from(byte) & ((1 << BITS) - 1);
    low(first) << (2 * BITS) | low(second) << BITS | low(third)
}

/// The set of the first three bytes of all patterns; a shorter one may go on with anything.
fn heads(patterns: &[(String, u32)]) -> Vec<u64> {
    let mut set = vec![0_u64; 1 << (3 * BITS) >> 6];
    for (pattern, _) in patterns {
        let bytes = pattern.as_bytes();
        let any = |at: usize| bytes.get(at).map_or(0..=(1 << BITS) - 1, |it| *it..=*it);
        for second in any(1) {
            for third in any(2) {
                let head = head(bytes[0], second, third);
                set[head / 64] |= 1 << (head % 64);
            }
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::{Trie, word_ends, word_starts};

    fn found(patterns: &[&str], text: &str) -> Vec<(usize, usize, Vec<u32>)> {
        let keys = patterns.iter().enumerate().map(|(index, it)| ((*it).to_owned(), index as u32)).collect();
        let trie = Trie::new(keys);
        let mut found = Vec::new();
        for start in trie.starts(text.as_bytes()) {
            trie.at(text.as_bytes(), start, |end, values| found.push((start, end, values.to_vec())));
        }
        found
    }

    proptest::proptest! {
        /// At each place the same patterns as an automaton finds that looks for all of them everywhere.
        #[test]
        fn finds_what_an_automaton_finds(
            patterns in proptest::collection::vec("[abAB1 -]{1,4}", 0..12),
            text in "[abcABC12 .-]{0,80}",
        ) {
            let mut patterns: Vec<String> = patterns.iter().map(|it| it.to_ascii_lowercase()).collect();
            patterns.sort();
            patterns.dedup();
            let automaton = aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(&patterns);
            let bytes = text.as_bytes();
            let inside = |at: usize| at > 0 && bytes[at - 1].is_ascii_alphanumeric() && bytes[at].is_ascii_alphanumeric();
            let all = automaton.expect("builds");
            let all = all.find_overlapping_iter(&text).map(|it| (it.start(), it.end(), vec![it.pattern().as_u32()]));
            let mut expected: Vec<_> = all.filter(|it| !inside(it.0)).collect();
            expected.sort();
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            proptest::prop_assert_eq!(found(&patterns, &text), expected);
        }
    }

    #[test]
    fn finds_every_pattern_that_begins_at_a_word() {
        let patterns = ["l", "l4", "L4-5", "lumbar", "lumbar epidural", "lumbar", "-x", "\u{e9}p", "", "ab"];
        assert_eq!(found(&patterns, "LUMBAR Epidural"), [(0, 1, vec![0]), (0, 6, vec![3, 5]), (0, 15, vec![4])]);
        assert_eq!(found(&patterns, "at l4-5"), [(3, 4, vec![0]), (3, 5, vec![1]), (3, 7, vec![2])]);
        assert_eq!(found(&patterns, "xl4 a-x"), [(5, 7, vec![6])]);
        assert_eq!(found(&patterns, "\u{e9}p ab"), [(0, 3, vec![7]), (4, 6, vec![9])]);
        assert_eq!(found(&patterns, "a"), []);
        assert_eq!(found(&[], "a b"), []);
    }

    #[test]
    fn words_begin_and_end_where_a_look_at_each_byte_says() {
        // Every byte beside every kind of neighbor, at every place of a block.
        let kinds = [b'a', b'Z', b'5', b' ', b'-', b'@', b'[', b'`', b'{', b'/', b':', 0x00, 0x7f, 0x80, 0xe1, 0xff];
        for byte in 0..=u8::MAX {
            for (length, kind) in kinds.iter().cycle().enumerate().take(150) {
                let mut text: Vec<u8> =
                    (0..length).map(|it| kinds[(it * 7 + usize::from(byte)) % kinds.len()]).collect();
                text.extend([*kind, byte, *kind]);
                let word = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
                let before = |at: usize| at > 0 && word(at - 1);
                let starts: Vec<usize> = (0..text.len()).filter(|it| word(*it) && !before(*it)).collect();
                let ends: Vec<usize> = (0..=text.len()).filter(|it| !word(*it) && before(*it)).collect();
                assert_eq!(word_starts(&text).collect::<Vec<_>>(), starts);
                assert_eq!(word_ends(&text).collect::<Vec<_>>(), ends);
            }
        }
    }
}
