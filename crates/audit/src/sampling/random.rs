//! Random numbers that anyone can compute again: SHA-256 of the seed, a word and a name, as the public samplers of
//! election audits use it (R. L. Rivest, `sampler.py`, 2011).

use sha2::{Digest, Sha256};

/// Name of the algorithm in sample files. Another algorithm gets another name.
pub const GENERATOR: &str = "sha256-1";

/// Largest seed, in digits.
const MOST_DIGITS: usize = 64;

/// A seed: digits, such as those of dice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed(String);

impl Seed {
    /// Reads a seed of 1 to 64 digits; zeros in front count.
    pub fn read(text: &str) -> Result<Seed, String> {
        let sound = (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
        sound.then(|| Seed(text.to_owned())).ok_or_else(|| "expected 1 to 64 digits, such as those of dice".to_owned())
    }

    /// The digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The random key of a unit: units are drawn in the order of their keys, smallest first.
    pub(crate) fn key(&self, id: &str) -> [u8; 32] {
        self.hash("unit", id)
    }

    /// A number from 0 up to, not including, `below`: the first 128 bits of the hash, as a fraction of 2^128, times
    /// `below`, rounded down.
    pub(crate) fn number(&self, word: &str, index: usize, below: u64) -> u64 {
        let hash = self.hash(word, &index.to_string());
        let half =
            |range: std::ops::Range<usize>| hash[range].iter().fold(0_u128, |sum, it| (sum << 8) | u128::from(*it));
        let (high, low, below) = (half(0..8), half(8..16), u128::from(below));
        ((high * below + ((low * below) >> 64)) >> 64) as u64
    }

    fn hash(&self, word: &str, name: &str) -> [u8; 32] {
        Sha256::digest(format!("{},{word},{name}", self.0).as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::table::hex;

    /// `printf '20261130,unit,A-1' | sha256sum`
    #[test]
    fn a_key_is_what_any_other_program_computes() {
        let seed = Seed::read("20261130").expect("a seed");
        assert_eq!(hex(&seed.key("A-1")), KEY);
        // int(hashlib.sha256(b"20261130,start,0").hexdigest()[:32], 16) * 1000000007 >> 128
        assert_eq!(seed.number("start", 0, 1_000_000_007), NUMBER);
        assert!((0..1000).all(|it| seed.number("x", it, 7) < 7));
        assert_eq!(seed.number("x", 1, 0), 0);
    }

    #[test]
    fn a_seed_is_digits() {
        for text in ["", "12a", "-1", "1.5", "١", &"1".repeat(65)] {
            assert!(Seed::read(text).is_err(), "{text}");
        }
        assert_eq!(Seed::read("007").map(|it| it.digits().to_owned()).as_deref(), Ok("007"));
    }

    const KEY: &str = "bc0579a3f5382e8b1fb1a69ddf6a81e57294ed816daf1fdbcb8ac9f9a3a80f54";
    const NUMBER: u64 = 51_823_425;
}
