//! This run against an earlier one: notes gained and lost, codes that changed, and whether chance explains it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::audit::mcnemar;

/// The answer to one note, as it is kept for a later comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteAnswer {
    /// The note.
    pub id: String,
    /// What the label says: codes, `ask` or `none`.
    pub expected: String,
    /// What was answered: codes, `ask` or `none`.
    pub given: String,
    /// `ready`, `review` or `query` of the proposals of the family, in their order.
    pub dispositions: Vec<String>,
    /// Confidence of the first of them.
    pub confidence: Option<f64>,
    /// Whether the answer is as labelled.
    pub right: bool,
}

/// What an earlier run left behind: the part of its JSON that a comparison needs.
#[derive(Clone, Debug, Deserialize)]
pub struct Earlier {
    /// One for each note.
    pub answers: Vec<NoteAnswer>,
}

/// One note that was answered differently.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// The note.
    pub id: String,
    /// What the label says now.
    pub expected: String,
    /// The earlier answer with its dispositions.
    pub before: String,
    /// The answer of this run.
    pub after: String,
}

/// The difference between two runs, over the notes of both.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Notes in both runs.
    pub shared: usize,
    /// Notes of this run only.
    pub added: usize,
    /// Notes of the earlier run only.
    pub removed: usize,
    /// Right now, wrong before.
    pub gained: Vec<Changed>,
    /// Wrong now, right before.
    pub lost: Vec<Changed>,
    /// Another code or disposition, and as right or wrong as before.
    pub changed: Vec<Changed>,
    /// The chance that as lopsided a split of gained and lost comes of nothing (`McNemar`, exact, two-sided).
    pub p_value: f64,
}

impl Difference {
    /// Compares the answers of two runs.
    pub fn of(now: &[NoteAnswer], earlier: &[NoteAnswer]) -> Difference {
        let before: BTreeMap<&str, &NoteAnswer> = earlier.iter().map(|it| (it.id.as_str(), it)).collect();
        let mut difference = Difference::default();
        for after in now {
            let Some(before) = before.get(after.id.as_str()) else {
                difference.added += 1;
                continue;
            };
            difference.shared += 1;
            let same = before.given == after.given && before.dispositions == after.dispositions;
            let list = match (before.right, after.right) {
                (false, true) => &mut difference.gained,
                (true, false) => &mut difference.lost,
                _ if same => continue,
                _ => &mut difference.changed,
            };
            let (id, expected) = (after.id.clone(), after.expected.clone());
            list.push(Changed { id, expected, before: before.in_words(), after: after.in_words() });
        }
        difference.removed = before.len() - difference.shared.min(before.len());
        difference.p_value = mcnemar(difference.gained.len() as u64, difference.lost.len() as u64);
        difference
    }

    /// The difference in one sentence.
    pub fn sentence(&self) -> String {
        let (gained, lost) = (self.gained.len(), self.lost.len());
        let verdict = match (gained + lost, self.p_value < 0.05) {
            (0, _) => "no note changed sides".to_owned(),
            (_, true) => format!("more than chance explains (McNemar p = {:.3})", self.p_value),
            (_, false) => format!("chance alone could do that (McNemar p = {:.3})", self.p_value),
        };
        format!(
            "Of {} notes in both runs {gained} gained and {lost} lost: {verdict}; {} changed without changing sides. \
             {} new, {} gone.",
            self.shared,
            self.changed.len(),
            self.added,
            self.removed,
        )
    }
}

impl NoteAnswer {
    /// The answer with its dispositions, as people read it.
    pub fn in_words(&self) -> String {
        if self.dispositions.is_empty() || self.given == "ask" {
            return self.given.clone();
        }
        format!("{} ({})", self.given, self.dispositions.join(", "))
    }
}
