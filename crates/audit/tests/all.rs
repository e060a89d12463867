//! The one integration-test binary of what is measured on notes.

/// Coefficients of agreement against published values.
#[path = "all/agreement.rs"]
mod agreement;
/// The page of an audit, in a browser.
#[path = "all/audit_page.rs"]
mod audit_page;
/// Pages in a real browser.
#[path = "all/browser.rs"]
mod browser;
/// The confidence model.
#[path = "all/calibration.rs"]
mod calibration;
/// Billed lines against notes.
#[path = "all/compare.rs"]
mod compare;
/// The labelled corpus: committed figures, fitted confidence.
#[path = "all/corpus.rs"]
mod corpus;
/// Workbooks as other programs save them.
#[path = "all/edited.rs"]
mod edited;
/// Estimates of a reviewed sample, against vectors.
#[allow(clippy::format_collect, reason = "short tables are built of lines")]
#[path = "all/estimates.rs"]
mod estimates;
/// The figures of `evaluate` against a case counted by hand.
#[path = "all/evaluate.rs"]
mod evaluate;
/// Generated notes: committed figures, apart from all others.
#[path = "all/generated.rs"]
mod generated;
/// What a change of the note does to the answer, and what it does not.
#[path = "all/metamorphic.rs"]
mod metamorphic;
/// Samples: frames, draws, sample files.
#[allow(clippy::format_collect, reason = "short tables are built of lines")]
#[path = "all/sampling.rs"]
mod sampling;
/// Files of the project.
#[path = "../../../tests/support.rs"]
mod support;
/// Worksheets written, filled in, edited, read back.
#[path = "all/worksheet.rs"]
mod worksheet;
