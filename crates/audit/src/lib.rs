//! How good codes are: the program's on labelled notes, and billed ones against the documentation of their notes.

pub mod agreement;
pub mod calibrate;
pub mod compare;
pub mod estimates;
pub mod evaluate;
pub mod sampling;
pub mod statistics;
pub mod worksheet;
