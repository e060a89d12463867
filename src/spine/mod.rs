//! Vertebrae and ribs as notes write them: levels, lists of levels, numbered ribs and nerves.

pub(crate) mod level_lists;
pub(crate) mod levels;
pub(crate) mod ribs;
