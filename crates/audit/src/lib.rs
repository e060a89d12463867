//! How good the program is on labelled notes, and the fit of its weights and confidence on them.

pub mod calibrate;
pub mod evaluate;
