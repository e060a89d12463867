//! How good the program is on labelled notes, and the fit of its weights and confidence on them.

pub mod calibrate;
pub mod estimates;
pub mod evaluate;
pub mod sampling;
pub mod statistics;
