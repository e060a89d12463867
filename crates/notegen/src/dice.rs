//! Random choices that are the same on every machine: `ChaCha8` with the seed, the note and a purpose as its key.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// A stream of choices. Notes have streams of their own, so that one note does not depend on the others.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of one note for one purpose.
    pub(crate) fn new(seed: u64, note: u64, purpose: u8) -> Dice {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&note.to_le_bytes());
        key[16] = purpose;
        Dice(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 up to, not including, `count`; 0 where `count` is 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.0.next_u32()) * count as u64) >> 32) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// One of a list, each as likely as the others.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let index = self.below(list.len());
        list.get(index)
    }

    /// One of a list, as likely as its weight says.
    pub(crate) fn weighted<'a, T>(&mut self, list: &'a [T], weight: impl Fn(&T) -> u32) -> Option<&'a T> {
        let sum: usize = list.iter().map(|it| weight(it) as usize).sum();
        let mut rest = self.below(sum);
        for it in list {
            let weight = weight(it) as usize;
            if rest < weight {
                return Some(it);
            }
            rest -= weight;
        }
        None
    }
}
