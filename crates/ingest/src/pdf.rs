//! Not read yet: named and skipped.
use crate::body::{Fault, Read};
use crate::{Limits, SkipReason};

pub(crate) fn read(_: &[u8], _: &Limits) -> Result<Read, Fault> {
    Ok(Read::Skipped(SkipReason::Unsupported("a format that is not read yet")))
}
