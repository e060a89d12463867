//! `opnote calibrate`: fits the confidence model on labelled notes and prints `calibration.toml`.

use std::fs;
use std::process::ExitCode;

use opnote::calibrate::{SEED, fit, misread, samples, to_toml};
use opnote::evaluate::read_labels;

use crate::args::{self, Calibrate};
use crate::evaluate::reports;
use crate::failure::{Failure, UNREAD};
use crate::inputs::io_fault;
use crate::output::Output;

/// Reads labels and notes, fits, and prints the model.
pub(crate) fn run(args: Calibrate) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon(args.notes.lexicon.as_deref())?;
    let gold = fs::read_to_string(&args.gold).map_err(|it| Failure::usage(io_fault(&args.gold, it)))?;
    let labels = read_labels(&gold, &args.gold.display().to_string()).map_err(Failure::usage)?;
    let mut all = Vec::new();
    let mut lost = false;
    for rate in std::iter::once(0.0).chain(args.misread) {
        let read = reports(args.notes.clone(), lexicon, |text| misread(text, rate, SEED))?;
        all.extend(samples(&read.reports, &labels));
        lost |= read.lost;
    }
    let model = fit(&all, args.allowance, &args.name);
    let text = to_toml(&model).map_err(Failure::output)?;
    let mut output = Output::new();
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(if lost { UNREAD.into() } else { ExitCode::SUCCESS })
}
