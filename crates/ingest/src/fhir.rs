//! Not read yet: named and skipped.
use crate::{Item, Options, Place, SkipReason, Skipped};

pub(crate) fn read(file: &str, _: &[u8], _: &Options) -> Vec<Item> {
    let reason = SkipReason::Unsupported("a format that is not read yet");
    vec![Item::Skipped(Skipped { file: file.to_owned(), place: Place::whole(), reason })]
}
