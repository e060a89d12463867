//! The procedure event: an act with its facts, before it becomes a procedure of the encounter.

use super::resolver::Resolution;
use crate::model::{Attribute, Evidence, Id, Outcome, Slot, Status};

/// An act with its facts, before it becomes a procedure of the encounter.
pub(crate) struct ProcedureEvent {
    pub family: Id,
    pub status: Status,
    /// The words that name the act.
    pub evidence: Vec<Evidence>,
    pub attributes: Vec<Attribute>,
    /// Whether it is reported for itself.
    pub reported: bool,
    pub gaps: Vec<DocumentationGap>,
    /// Kinds of detail of the placement, from 0 to 1, five or more being 1; none where they are not counted.
    pub technique_details: Option<f64>,
    /// The attributes that were settled by weighing statements.
    pub facts: Vec<Resolution>,
}

impl ProcedureEvent {
    /// The first value of a slot.
    pub(crate) fn value(&self, slot: Slot) -> Option<&str> {
        self.attributes.iter().find(|it| it.slot == slot).map(|it| it.value.as_str())
    }
}

/// A question of the checklist that came out other than met.
pub(crate) struct DocumentationGap {
    /// Id of the question in the family's data.
    pub question: &'static str,
    pub outcome: Outcome,
    pub evidence: Vec<Evidence>,
}
