//! Worksheets: an audit as a workbook that a reviewer fills in, and the workbook read back, cell by cell.
//!
//! A worksheet belongs to one audit and one reviewer: its stamp is a digest of every finding, of what made them and of
//! the reviewer's name. Reading back compares every locked cell with the audit made anew, so that an edited cell, a
//! missing row or the workbook of another audit never becomes a figure.

mod labels;
mod layout;
mod read;
mod rulings;
mod write;

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::compare::{Audit, AuditFinding};

pub use labels::worksheet_labels;
pub use read::{WorksheetError, read};
pub use rulings::{Disagreement, Review, Ruled, Verdict, disagreements, final_rulings, paired_answers, ruled_lines};
pub use write::write;

/// A worksheet: whose it is, and what it shows.
#[derive(Clone, Copy, Debug)]
pub struct Worksheet<'a> {
    /// The audit.
    pub audit: &'a Audit,
    /// Text of the notes by id.
    pub notes: &'a BTreeMap<String, String>,
    /// The reviewer.
    pub reviewer: &'a str,
    /// Versions and fingerprint of what made the findings.
    pub made_by: &'a str,
    /// For a reconciliation: the reviews that disagree. Only findings on which they do are shown, with their answers.
    pub earlier: &'a [Review],
}

impl Worksheet<'_> {
    /// The findings of the worksheet, in their order.
    fn findings(&self) -> Vec<&AuditFinding> {
        if self.earlier.is_empty() {
            return self.audit.findings.iter().filter(|it| it.is_counted()).collect();
        }
        let open = disagreements(self.audit, self.earlier);
        self.audit.findings.iter().filter(|it| open.iter().any(|open| open.finding == it.id)).collect()
    }

    /// A digest of the audit and the reviewer, in hexadecimal.
    fn stamp(&self) -> String {
        let kind = if self.earlier.is_empty() { "review" } else { "reconciliation" };
        digest(&format!("{}\n{kind}\n{}", stamp(self.audit, self.made_by), self.reviewer))
    }
}

/// A digest of everything that an audit found and of what made it, in hexadecimal.
pub fn stamp(audit: &Audit, made_by: &str) -> String {
    // Findings serialize: they hold text and numbers.
    let findings = serde_json::to_string(&audit.findings).unwrap_or_default();
    digest(&format!("{made_by}\n{findings}"))
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut text, it| {
        // Writing to a text does not fail.
        let _ = write!(text, "{it:02x}");
        text
    })
}
