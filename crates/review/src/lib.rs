//! What a reviewer asks of a note after its analysis: the documentation checklist, coverage policies, and questions to
//! the provider. None of them changes a code.

pub mod query;
mod reading;
mod reviewer;

pub use reviewer::Reviewer;
