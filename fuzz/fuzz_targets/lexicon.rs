//! Any overlay is loaded or refused with a message, never with a panic. The first byte chooses the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opnote::Lexicon;
use opnote::lexicon::Files;

const PATHS: [&str; 6] = [
    "shared/terms.add.csv",
    "shared/drugs.add.csv",
    "sections.toml",
    "context.toml",
    "families/neuraxial_injection/family.toml",
    "families/neuraxial_injection/codes.csv",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let path = PATHS[usize::from(*first) % PATHS.len()];
    let _ = Lexicon::load(&Files::embedded().with(path, rest));
});
