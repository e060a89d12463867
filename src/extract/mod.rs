//! From mentions to facts: constructions read statements, one resolver weighs them.
//!
//! | file | takes → gives |
//! | --- | --- |
//! | `clause` | a sentence → its words and marks; whether a construction matches around a mention |
//! | `statements` | mentions → rows of slot, value, stance, time, owner, zone |
//! | `resolver` | rows and weights → the chance of each value |

pub(crate) mod clause;
pub(crate) mod resolver;
pub(crate) mod statements;
