//! The one integration-test binary of the command line.

/// Notes in every format that they arrive in.
#[allow(clippy::format_collect, reason = "short files are built of lines")]
#[path = "all/arrivals.rs"]
mod arrivals;
/// Audits, worksheets, the trail.
#[path = "all/audit.rs"]
mod audit;
/// The program as people and scripts call it: exit codes, formats, bad input, order.
#[path = "all/cli.rs"]
mod cli;
/// Official code files imported.
#[path = "all/codes_import.rs"]
mod codes_import;
/// `opnote.toml` of projects and users.
#[path = "all/configuration.rs"]
mod configuration;
/// Workbooks as other programs save them.
#[path = "../../audit/tests/all/edited.rs"]
mod edited;
/// Seeded faults, as the tests of the readers make them.
#[path = "../../ingest/tests/all/faults.rs"]
mod faults;
/// Files of every format, as the tests of the readers make them.
#[allow(dead_code, clippy::unwrap_used, clippy::format_push_string, reason = "the tests here use a part of it")]
#[path = "../../ingest/tests/all/fixtures.rs"]
mod fixtures;
/// Faulty files through the process that reads them.
#[path = "all/hostile.rs"]
mod hostile;
/// Tables, workbooks, short lines and files of results.
#[path = "all/outputs.rs"]
mod outputs;
/// Runs of the program.
#[path = "all/program.rs"]
mod program;
/// Runs that are stopped, resumed and refused.
#[path = "all/runs.rs"]
mod runs;
/// Samples and estimates.
#[allow(clippy::format_collect, reason = "short tables are built of lines")]
#[path = "all/sampling.rs"]
mod sampling;
/// Files of the project.
#[path = "../../../tests/support.rs"]
mod support;
