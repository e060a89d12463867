//! `opnote calibrate`: fits the confidence model on labelled notes and gives `calibration.toml`.

use std::fs;
use std::process::ExitCode;

use opnote::Lexicon;
use opnote::calibrate::{
    CrossFitted, Origin, SEED, fact_samples, fit, fit_weights, misread, samples, summary, to_toml, weights_summary,
};
use opnote::evaluate::Label;
use opnote::evaluate::read_labels;

use crate::args::{self, Calibrate};
use crate::evaluate::reports;
use crate::failure::{Failure, UNREAD};
use crate::inputs::io_fault;
use crate::output::Output;

/// Reads labels and notes, fits, and writes the model, or prints it.
pub(crate) fn run(args: Calibrate) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon(args.notes.lexicon.as_deref())?;
    let mut labels = Vec::new();
    for file in &args.gold {
        let gold = fs::read_to_string(file).map_err(|it| Failure::usage(io_fault(file, it)))?;
        labels.extend(read_labels(&gold, &file.display().to_string()).map_err(Failure::usage)?);
    }
    if args.weights {
        return weights(args, &labels, lexicon);
    }
    let read = reports(args.notes.clone(), lexicon, str::to_owned)?;
    let weights = CrossFitted::of(&fact_samples(&read.reports, &labels, lexicon), lexicon);
    let mut all = samples(&read.reports, &labels, Origin::Note, &weights, lexicon);
    let mut lost = read.lost;
    for rate in args.misread.iter().copied().filter(|it| *it > 0.0) {
        let read = reports(args.notes.clone(), lexicon, |text| misread(text, rate, SEED))?;
        all.extend(samples(&read.reports, &labels, Origin::Copy, &weights, lexicon));
        lost |= read.lost;
    }
    for seed in 1..=args.dropout {
        let lacking: &'static Lexicon = Box::leak(Box::new(args::dropout(args.notes.lexicon.as_deref(), seed)?));
        let read = reports(args.notes.clone(), lacking, str::to_owned)?;
        all.extend(samples(&read.reports, &labels, Origin::Dropout, &weights, lacking));
        lost |= read.lost;
    }
    let model = fit(&all, &args.name);
    let mut text = to_toml(&model).map_err(Failure::output)?;
    if let Some(file) = &args.out {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|it| Failure::output(io_fault(folder, it)))?;
        }
        fs::write(file, text).map_err(|it| Failure::output(io_fault(file, it)))?;
        text = summary(&model);
    }
    let mut output = Output::new();
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(if lost { UNREAD.into() } else { ExitCode::SUCCESS })
}

/// Fits the weights of statements and writes them, or prints them.
fn weights(args: Calibrate, labels: &[Label], lexicon: &'static Lexicon) -> Result<ExitCode, Failure> {
    let read = reports(args.notes.clone(), lexicon, str::to_owned)?;
    let samples = fact_samples(&read.reports, labels, lexicon);
    let mut text = fit_weights(&samples, lexicon, &args.name);
    if let Some(file) = &args.out {
        fs::write(file, text).map_err(|it| Failure::output(io_fault(file, it)))?;
        text = weights_summary(&samples, lexicon);
    }
    let mut output = Output::new();
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(if read.lost { UNREAD.into() } else { ExitCode::SUCCESS })
}
