//! Composes operative notes from phrase banks and knows the right answer to each by construction.
//!
//! A developer tool: its notes are invented, and figures on them are never added to figures on other notes.
//! What happened is drawn first (`case`), the answer is read from it (`truth`), then the note is written (`note`).

mod banks;
mod case;
mod dice;
mod facts;
mod noise;
mod note;
mod phrase;
pub mod similarity;
mod truth;

pub use banks::{BankError, Banks};
pub use note::{Generated, Options, generate};
pub use truth::Label;
