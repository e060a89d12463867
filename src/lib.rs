//! Reads free-text operative notes and proposes the code of a spinal injection, with its evidence.
//!
//! The whole library is one pure function, [`analyze`]: no I/O, no clock, no randomness; it cannot
//! fail and does not panic. Same note and same lexicon give the same result, to the byte.
//!
//! | stage | file | takes → gives |
//! | --- | --- | --- |
//! | normalize | `pipeline/normalize.rs` | text as received → text to search in, and the way back |
//! | sections | `pipeline/sections.rs` | lines → headings, bodies, the kind of each |
//! | sentences | `pipeline/sentences.rs` | bodies → sentences and list items |
//! | mentions | `pipeline/mentions.rs` | sentences → words that name something |
//! | context | `pipeline/context.rs` | mentions → did it happen, here, to this patient? |
//! | procedures | `pipeline/procedures.rs` | mentions → procedure frames with their facts |
//! | encounter | `pipeline/encounter.rs` | frames → procedures, findings, leftovers |
//! | codes | `pipeline/codes.rs` | procedures → lines → dated code rules → candidates |
//! | supplies | `pipeline/supplies.rs` | substances → dated supply codes and units |
//! | diagnoses | `pipeline/diagnoses.rs` | reasons → dated diagnosis codes |
//! | confidence | `pipeline/confidence.rs` | features → calibrated chance → disposition |

mod amount;
#[cfg(feature = "batch")]
pub mod batch;
#[cfg(feature = "evaluate")]
pub mod calibrate;
#[cfg(feature = "evaluate")]
pub mod evaluate;
mod extract;
#[path = "coding/claim_lines.rs"]
mod families;
#[path = "explain/find.rs"]
pub mod find;
pub mod formats;
pub mod lexicon;
mod model;
#[path = "driver.rs"]
mod pipeline;
pub mod query;
pub mod report;
pub mod review;
#[path = "explain/statements.rs"]
pub mod statements;
#[path = "explain/rejected.rs"]
pub mod why;

pub use lexicon::Lexicon;
pub use model::*;
pub use pipeline::context::{Assessment, Temporality, assess};

/// Reads one note: what happened, which codes, what is missing.
///
/// Pure: the same note and lexicon give the same result, on any number of threads.
///
/// ```
/// use opnote::{Disposition, Lexicon, Note, analyze};
///
/// let note = Note::new("1", "PROCEDURE: L4-5 interlaminar epidural steroid injection.\n\
///     TECHNIQUE: Under fluoroscopy a Tuohy needle was advanced to the L4-5 interspace with loss of \
///     resistance to air. 80 mg of methylprednisolone in 3 mL of saline was injected.");
/// let analysis = analyze(&note, Lexicon::embedded());
/// assert_eq!(analysis.proposals.len(), 1);
/// assert_eq!(analysis.proposals[0].procedure, 0);
/// ```
pub fn analyze(note: &Note, lexicon: &Lexicon) -> Analysis {
    pipeline::run(note, lexicon)
}

/// For the benchmark alone: the stages by themselves, and the terms for a bare pass. Not part of the interface.
#[doc(hidden)]
pub mod bench {
    pub use crate::pipeline::bench::{STAGES, patterns};
}
