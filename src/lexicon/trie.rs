//! All patterns that begin at one place of a text, whatever the case of its letters.
//!
//! Words begin at few places of a text, and most words begin no pattern: a look at three bytes sends those on.
//! So a pass costs little more than finding where the words begin, however many patterns there are.

/// A radix tree over patterns, each with the numbers that it stands for.
pub(crate) struct Trie {
    /// For the first three bytes of a pattern, five bits of each: whether any pattern begins like that.
    heads: Vec<u64>,
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

/// Where a pattern may begin: everywhere but inside a run of ASCII letters and digits.
pub(crate) fn starts(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut inside = false;
    text.iter().enumerate().filter_map(move |(at, byte)| {
        let before = std::mem::replace(&mut inside, byte.is_ascii_alphanumeric());
        (!(before && inside)).then_some(at)
    })
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
    use super::{Trie, starts};

    fn found(patterns: &[&str], text: &str) -> Vec<(usize, usize, Vec<u32>)> {
        let keys = patterns.iter().enumerate().map(|(index, it)| ((*it).to_owned(), index as u32)).collect();
        let trie = Trie::new(keys);
        let mut found = Vec::new();
        for start in starts(text.as_bytes()) {
            trie.at(text.as_bytes(), start, |end, values| found.push((start, end, values.to_vec())));
        }
        found
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
}
