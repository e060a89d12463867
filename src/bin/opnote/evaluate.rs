//! `opnote evaluate`: accuracy, calibration and confusion on labelled notes.

use std::process::ExitCode;

use crate::args::Evaluate;
use crate::failure::Failure;

pub(crate) fn run(_args: Evaluate) -> Result<ExitCode, Failure> {
    Err(Failure::usage("not built yet"))
}
