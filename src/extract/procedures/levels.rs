//! The levels of an act, as the pieces that its family counts: roots, joints, discs, vertebrae, numbered spaces.

use super::body_site::{both, side_name};
use super::performed_status::is_act;
use super::{ProcedureBuilder, REACH};
use crate::document::Mention;
use crate::extract::mentions::{in_sentence, levels_in_sentence};
use crate::lexicon::families::CountingUnit;
use crate::lexicon::phrases::LevelPhrases;
use crate::lexicon::terms::SemanticType;
use crate::model::{Evidence, Id, Outcome, Provenance, Slot};
use crate::spine::level_lists::{LevelItem, Listed, S1, Vertebra, listed, name, pair_name};
use crate::spine::ribs::{names_numbered, numbers};
/// The first thoracic and the first sacral vertebra.
const T1: Vertebra = 8;

/// A level or list piece with its side and where it stands.
#[derive(Clone)]
struct Piece {
    listed: Listed,
    side: Option<&'static str>,
    parenthesized: bool,
    /// Two nerves with a slash between them, and no joint: `L3/L4 medial branches`, `L3/L4/L5`.
    nerves: bool,
}

impl ProcedureBuilder<'_> {
    pub(super) fn levels(&mut self) {
        let by = self.by();
        if matches!(
            by,
            CountingUnit::Once | CountingUnit::Site | CountingUnit::Sites | CountingUnit::Method | CountingUnit::Limb
        ) {
            return;
        }
        let tiers = self.tiers();
        let counted = tiers.iter().map(|it| self.count(by, it)).find(|it| !it.is_empty());
        let Some(counted) = counted else {
            self.gap("levels-documented", Outcome::Missing, Vec::new());
            return;
        };
        for (value, side, evidence) in counted {
            self.set(Slot::Level, &value, side, Provenance::Explicit { evidence });
        }
    }

    /// Levels that the sentences list, as the pieces that the family counts.
    fn count(&self, by: CountingUnit, sentences: &[usize]) -> Vec<(String, Option<&'static str>, Vec<Evidence>)> {
        if by == CountingUnit::Numbered {
            return self.numbered(sentences);
        }
        let pieces: Vec<Piece> = sentences.iter().flat_map(|it| self.pieces(*it)).collect();
        let units = match by {
            CountingUnit::Root => roots(&pieces),
            CountingUnit::Joint => joints(&pieces),
            CountingUnit::Disc => discs(&pieces),
            _ => vertebrae(&pieces),
        };
        let mut found: Vec<(String, Option<&'static str>, Vec<Evidence>)> = Vec::new();
        for (value, piece) in units {
            let evidence = self.doc.evidence(piece.listed.start, piece.listed.end, &Id::from("level-list"));
            match found.iter_mut().find(|it| it.0 == value) {
                Some(it) => {
                    it.1 = both(it.1, piece.side);
                    it.2.truncate(2);
                    it.2.push(evidence);
                }
                None => found.push((value, piece.side, vec![evidence])),
            }
        }
        found
    }

    /// The list pieces of a sentence with the side each stands on.
    fn pieces(&self, sentence: usize) -> Vec<Piece> {
        let doc = self.doc;
        // How far a block reaches is no level of the needle.
        if in_sentence(doc, sentence).iter().any(|it| it.is(doc, SemanticType::Purpose, "block_level")) {
            return Vec::new();
        }
        let range = doc.sentences[sentence];
        let (text, phrases) = (&doc.normalized.text, &doc.lexicon.phrases.level);
        let sides: Vec<&Mention> =
            in_sentence(doc, sentence).iter().filter(|it| it.kind == SemanticType::Side).collect();
        let concept = |it: &Mention| side_name(it.entry(doc).concept.as_str());
        let found = listed(text, range.lead.min(range.start)..range.end);
        let denied = |at: usize| {
            let mut levels = levels_in_sentence(doc, sentence).iter();
            levels.any(|it| it.level.start <= at && at < it.level.end && !it.assertion.happened())
        };
        let mut pieces: Vec<Piece> = Vec::new();
        for (index, it) in
            found.iter().copied().enumerate().filter(|(_, it)| !denied(it.start) && self.is_own(sentence, it))
        {
            let chained = found.iter().enumerate().any(|(other, that)| other != index && that.start == it.start);
            let behind: String = text[it.end..range.end].chars().take(24).collect::<String>().to_ascii_lowercase();
            if begins(behind.trim_start(), &phrases.bone) {
                continue;
            }
            let nerve = begins(behind.trim_start(), &phrases.nerve);
            let nerves = text[it.start..it.end].contains('/') && (chained || nerve);
            let before = sides.iter().rev().find(|side| side.end <= it.start).and_then(|it| concept(it));
            let parenthesized = text[range.lead.min(range.start)..it.start].trim_end().ends_with('(');
            pieces.push(Piece { listed: it, side: before, parenthesized, nerves });
        }
        // `L4-5 and L5-S1 bilaterally`, `L3-4 on the left, L4-5 on the right`: a side behind the pieces.
        for index in 0..pieces.len() {
            let end = pieces[index].listed.end;
            let next = pieces.get(index + 1).map_or(range.end, |it| it.listed.start);
            let behind = sides.iter().find(|side| side.start >= end && side.start <= end + REACH && side.start < next);
            let Some(behind) = behind else { continue };
            let between = text[end..behind.start].trim();
            let own = between.is_empty() || between.ends_with("on the") || between.ends_with("on");
            if (own || next == range.end && pieces[index].side.is_none())
                && !starts_new_act(phrases, &text[behind.start..next])
            {
                let side = concept(behind);
                let open: Vec<usize> =
                    (0..=index).rev().take_while(|it| pieces[*it].side.is_none() || *it == index).collect();
                for it in open {
                    pieces[it].side = side.or(pieces[it].side);
                }
            }
        }
        pieces
    }

    /// Whether a piece belongs to this family where its sentence names acts of several: the nearest act has it.
    fn is_own(&self, sentence: usize, piece: &Listed) -> bool {
        let doc = self.doc;
        let gap = |it: &Mention| {
            if it.start >= piece.end { it.start - piece.end } else { piece.start.saturating_sub(it.end) }
        };
        let acts =
            in_sentence(doc, sentence).iter().filter(|it| it.kind == SemanticType::Trigger && it.assertion.happened());
        let nearest =
            acts.filter(|it| is_act(doc, it)).min_by_key(|it| (gap(it), it.entry(doc).family != Some(self.family)));
        nearest.is_none_or(|it| it.entry(doc).family == Some(self.family) || gap(it) > 2 * REACH)
    }

    /// Ribs and numbered spaces: `fourth to tenth`, `T4 through T8`, `ribs 4, 5 and 6`.
    fn numbered(&self, sentences: &[usize]) -> Vec<(String, Option<&'static str>, Vec<Evidence>)> {
        let doc = self.doc;
        let mut found: Vec<(String, Option<&'static str>, Vec<Evidence>)> = Vec::new();
        for sentence in sentences {
            let range = doc.sentences[*sentence];
            let range = range.lead.min(range.start)..range.end;
            if !names_numbered(&doc.normalized.text[range.clone()]) {
                continue;
            }
            for (number, start, end) in numbers(&doc.normalized.text, range) {
                let value = format!("T{number}");
                if !found.iter().any(|it| it.0 == value) {
                    found.push((value, None, vec![doc.evidence(start, end, &Id::from("level-list"))]));
                }
            }
        }
        found
    }
}

/// Whether words behind a side name something new that the side belongs to: `… L4-5, left SI joint`.
fn starts_new_act(phrases: &LevelPhrases, words: &str) -> bool {
    let rest = words.split_once(' ').map_or("", |it| it.1);
    let lower: String = rest.chars().take(20).flat_map(char::to_lowercase).collect();
    begins(&lower, &phrases.another_part)
}

/// Whether a text begins with one of some phrases.
fn begins(text: &str, phrases: &[String]) -> bool {
    phrases.iter().any(|it| text.starts_with(it.as_str()))
}

/// Roots or foramina: an interspace is one; a nerve is one unless it only names that of an interspace.
fn roots(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let in_pair = |at: Vertebra| {
        pieces.iter().any(|it| matches!(it.listed.item, LevelItem::Pair(from, to) if at == from || at == to))
    };
    let any_pair = pieces.iter().any(|it| matches!(it.listed.item, LevelItem::Pair(..)));
    let mut found = Vec::new();
    for piece in pieces {
        match piece.listed.item {
            LevelItem::Pair(from, _) => found.push((pair_name(from), piece)),
            LevelItem::Range(from, to) => found.extend((from..to).map(|it| (pair_name(it), piece))),
            LevelItem::One(_) if any_pair && piece.parenthesized => {}
            LevelItem::One(at) if !in_pair(at) || at >= S1 => found.push((name(at), piece)),
            LevelItem::One(_) => {}
        }
    }
    found
}

/// Joints: the interspaces named; else those of a range; else, of a list of nerves, one less than nerves.
fn joints(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let pairs: Vec<(String, &Piece)> = pieces
        .iter()
        .filter_map(|it| match it.listed.item {
            LevelItem::Pair(from, _) if !it.nerves => Some((pair_name(from), it)),
            _ => None,
        })
        .collect();
    if !pairs.is_empty() {
        return pairs;
    }
    let mut found = Vec::new();
    for piece in pieces {
        if let LevelItem::Range(from, to) = piece.listed.item {
            found.extend((from..to).map(|it| (pair_name(it), piece)));
        }
    }
    if found.is_empty() { joints_of_nerves(pieces) } else { found }
}

/// The joints between the nerves of a list: a thoracic or lumbar joint has the nerves of the two vertebrae above its
/// lower one, a cervical joint those of its own two.
fn joints_of_nerves(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let mut nerves: Vec<(Vertebra, &Piece)> = pieces
        .iter()
        .flat_map(|it| match it.listed.item {
            LevelItem::One(at) => vec![(at, it)],
            LevelItem::Pair(from, to) => vec![(from, it), (to, it)],
            LevelItem::Range(..) => Vec::new(),
        })
        .collect();
    nerves.sort_by_key(|it| it.0);
    nerves.dedup_by_key(|it| it.0);
    let joint = |upper: Vertebra| pair_name(if upper < T1 { upper } else { upper + 1 });
    match nerves.as_slice() {
        [] => Vec::new(),
        [(at, piece)] => vec![(joint(at.saturating_sub(1).max(1)), *piece)],
        several => several.windows(2).map(|it| (joint(it[0].0), it[1].1)).collect(),
    }
}

/// Discs: interspaces, and all those of a range.
fn discs(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let mut found = Vec::new();
    for piece in pieces {
        match piece.listed.item {
            LevelItem::Pair(from, _) => found.push((pair_name(from), piece)),
            LevelItem::Range(from, to) => found.extend((from..to).map(|it| (pair_name(it), piece))),
            LevelItem::One(_) => {}
        }
    }
    found
}

/// Vertebrae: each one named, and all those of a range.
fn vertebrae(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let mut found = Vec::new();
    for piece in pieces {
        match piece.listed.item {
            LevelItem::One(at) => found.push((name(at), piece)),
            LevelItem::Pair(from, to) | LevelItem::Range(from, to) => {
                found.extend((from..=to).map(|it| (name(it), piece)));
            }
        }
    }
    found
}
