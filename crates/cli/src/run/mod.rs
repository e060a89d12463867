//! A run of many notes that can be stopped at any time: what it reads, what it has written, how it goes on.

pub(crate) mod files;
pub(crate) mod log;
pub(crate) mod meter;
pub(crate) mod part;
pub(crate) mod rows;
pub(crate) mod tally;
