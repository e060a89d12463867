//! From words to clinical facts: mentions, statements about attributes, procedure events, the encounter.
//!
//! | file | takes → gives |
//! | --- | --- |
//! | `prefilter` | words → whether the rest of the note must be read |
//! | `mentions` | terms and levels → mentions in their sentences, each with its assertion |
//! | `narratives` | paragraphs below a heading that they do not fit → sections of their own |
//! | `clause` | a sentence → its words and marks; whether a construction matches around a mention |
//! | `statements` | mentions → rows of attribute, value, stance, time, owner, zone |
//! | `resolver` | rows and weights → the chance of each value |
//! | `scope` | sentences → the weight of each for an act |
//! | `substances` | drugs → what each was given for, and how much |
//! | `technique_paragraphs` | paragraphs that tell an injection into the canal without its name |
//! | `procedures` | an act of any family → whether it is documented, and its facts |
//! | `performed` | an act → whether it was performed here |
//! | `slots` | the neuraxial act → its facts |
//! | `events` | acts → procedure events |
//! | `dates`, `encounter` | events → the encounter, the findings, the chances of facts |

pub(crate) mod clause;
mod dates;
pub(crate) mod encounter;
pub(crate) mod events;
pub(crate) mod mentions;
pub(crate) mod narratives;
mod performed;
pub(crate) mod prefilter;
mod procedure_event;
pub(crate) mod procedures;
pub(crate) mod resolver;
pub(crate) mod scope;
mod slots;
pub(crate) mod statements;
mod substances;
mod technique_paragraphs;
