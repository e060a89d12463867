//! Copies of a note with the errors of a scanner or a hasty typist.

/// Seed of the misread copies, so that every fit reads the same ones.
pub const SEED: u64 = 7;

/// A note's text with reading errors: about `rate` of its letters (0 to 1) are dropped, doubled or replaced by a
/// look-alike. Figures stay as they are: a wrong level would be another note. The same seed gives the same text.
pub fn misread(text: &str, rate: f64, seed: u64) -> String {
    const LOOKALIKES: [(char, char); 10] = [
        ('e', 'c'),
        ('o', 'a'),
        ('l', 'i'),
        ('n', 'u'),
        ('i', 'l'),
        ('r', 'n'),
        ('a', 'o'),
        ('t', 'f'),
        ('u', 'v'),
        ('c', 'e'),
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        // Xorshift: enough to scatter errors, and the same on every machine.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if !letter.is_ascii_lowercase() || next() >= rate {
            out.push(letter);
            continue;
        }
        let kind = next();
        match LOOKALIKES.iter().find(|it| it.0 == letter) {
            Some((_, other)) if kind < 0.6 => out.push(*other),
            _ if kind < 0.8 => {}
            _ => {
                out.push(letter);
                out.push(letter);
            }
        }
    }
    out
}
