//! Reads free-text operative notes and proposes the code of a spinal injection, with its evidence.
//!
//! ```
//! use opnote::{Lexicon, Note, analyze, report::report};
//!
//! let lexicon = Lexicon::embedded();
//! let note = Note::new("7", "PROCEDURE: L4-5 interlaminar epidural steroid injection.\n\
//!     TECHNIQUE: Under fluoroscopy a Tuohy needle was advanced to the L4-5 interspace with loss of resistance to air. \
//!     80 mg of methylprednisolone in 3 mL of saline was injected.");
//! let result = report(&note, &analyze(&note, lexicon), lexicon);
//!
//! let proposal = &result.proposals[0];
//! assert!(proposal.code.is_some() && proposal.disposition == "ready");
//! // Every fact that selects the code comes with the words of the note, as bytes of its text.
//! let quote = &proposal.evidence[0];
//! assert_eq!(&note.text[quote.start..quote.end], quote.quote);
//! // A result is plain data: it goes to JSON and comes back.
//! let json = serde_json::to_string(&result)?;
//! let back: opnote::report::Report = serde_json::from_str(&json)?;
//! assert_eq!(back.proposals[0].code, proposal.code);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! [`Lexicon::open`] lays a folder of a site's own words over the embedded ones; [`Note::service_date`] is a [`Date`] of
//! the `jiff` crate. The crate has no features: everything is in it, and it depends on no program.
//!
//! The whole library is one pure function, [`analyze`]: no I/O, no clock, no randomness; it cannot
//! fail and does not panic. Same note and same lexicon give the same result, to the byte.
//!
//! | stage | file | takes → gives |
//! | --- | --- | --- |
//! | normalize | `text/normalize.rs` | text as received → normalized text, aligned with it |
//! | prefilter | `extract/prefilter.rs` | words → whether the rest of the note must be read |
//! | sections | `text/sections.rs` | lines → headings, bodies, the kind of each |
//! | sentences | `text/sentences.rs` | bodies → sentences and list items |
//! | mentions | `extract/mentions.rs` | sentences → mentions of terms and levels |
//! | context | `context/` | mentions → did it happen, here, to this patient? |
//! | statements | `extract/statements.rs` | mentions → statements about attributes |
//! | events | `extract/events.rs` | mentions and statements → procedure events with their facts |
//! | encounter | `extract/encounter.rs` | events → procedures, findings |
//! | codes | `coding/codes.rs` | procedures → claim lines → dated code rules → candidates |
//! | edits | `coding/edits.rs` | proposals of one session → modifiers, bundling, units |
//! | confidence | `coding/confidence.rs` | features → calibrated chance → disposition |
//! | supplies | `coding/supplies.rs` | substances → dated supply codes and units |
//! | diagnoses | `coding/diagnoses.rs` | reasons → dated diagnosis codes |
//!
//! `document.rs` holds the document that the stages fill, `driver.rs` their order. A stage imports earlier stages only.

pub mod amount;
#[doc(hidden)]
pub mod bench;
mod coding;
mod context;
mod document;
mod driver;
pub mod explain;
mod extract;
pub mod fitting;
pub mod formats;
pub mod lexicon;
mod model;
pub mod report;
mod spine;
mod text;

pub use jiff::civil::Date;

pub use context::{Assessment, Temporality, assess};
pub use lexicon::Lexicon;
pub use model::*;

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
    driver::run(note, lexicon)
}
