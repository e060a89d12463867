//! The one integration-test binary of the command line.

/// The program as people and scripts call it: exit codes, formats, bad input, order.
#[path = "all/cli.rs"]
mod cli;
/// Official code files imported.
#[path = "all/codes_import.rs"]
mod codes_import;
/// Files of the project.
#[path = "../../../tests/support.rs"]
mod support;
