//! `opnote calibrate`: fits the weights of statements and the confidence model on labelled notes.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use crate::batch::Batch;
use opnote::Note;
use opnote_audit::calibrate::{Plan, fit_all, summary};
use opnote_audit::evaluate::read_labels;

use crate::args::{self, Calibrate};
use crate::failure::{Failure, UNREAD};
use crate::inputs::{inputs, io_fault};
use crate::output::Output;
use crate::remarks::{Remarks, each};

/// Reads labels and notes, fits, and writes `weights.toml` and `calibration.toml`, or prints them.
pub(crate) fn run(args: Calibrate) -> Result<ExitCode, Failure> {
    let mut labels = Vec::new();
    for file in &args.gold {
        let gold = fs::read_to_string(file).map_err(|it| Failure::usage(io_fault(file, it)))?;
        labels.extend(read_labels(&gold, &file.display().to_string()).map_err(Failure::usage)?);
    }
    let files = args::files(args.notes.lexicon.as_deref())?;
    let mut notes: Vec<Note> = Vec::new();
    let mut lost = false;
    let batch = Batch::new(args.notes.threads).map_err(Failure::usage)?;
    let work = |input| each(input, |it| it.note.clone());
    let mut remarks = Remarks::default();
    let reading = args.notes.reading();
    let end = batch.run(inputs(args.notes.paths, reading), work, |results| {
        notes.extend(results.into_iter().filter_map(|it| remarks.take(it, &mut lost)));
        ControlFlow::Continue(())
    });
    end.map_err(Failure::input)?;
    let plan = Plan { name: args.name, misread: args.misread, dropout: args.dropout };
    let fitted = fit_all(&files, &notes, &labels, &plan).map_err(Failure::usage)?;
    let text = match &args.out {
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|it| Failure::output(io_fault(folder, it)))?;
            write(&folder.join("weights.toml"), &fitted.weights)?;
            write(&folder.join("calibration.toml"), &fitted.calibration)?;
            format!("Facts settled by the weights:\n{}\n{}", fitted.summary, summary(&fitted.model))
        }
        None => format!("{}\n{}", fitted.weights, fitted.calibration),
    };
    let mut output = Output::new();
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(if lost { UNREAD.into() } else { ExitCode::SUCCESS })
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|it| Failure::output(io_fault(file, it)))
}
