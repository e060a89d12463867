//! `opnote sample-size`: how many units a sample needs.

use std::process::ExitCode;

use opnote_audit::estimates::{ReviewColumns, appraise, reviewed};
use opnote_audit::sampling::{self, Table, size_for_amount, size_for_rate, size_to_show};

use super::estimate::{money, percent};
use super::sample::{beside, faulty, read_sample, text_of};
use crate::args::SampleSize;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::text::put;

/// Prints the size and what it rests on.
pub(crate) fn run(args: &SampleSize) -> Result<ExitCode, Failure> {
    let text = match args {
        SampleSize::Attribute { expected, margin, list } => {
            let size = size_for_rate(*expected, *margin, list.level, list.frame);
            let what = format!(
                "an error rate of about {} to within {} at a two-sided level of {}",
                percent(*expected),
                percent(*margin),
                percent(list.level)
            );
            rounded(size, &what, list.frame)
        }
        SampleSize::Variable { precision, mean, deviation, probe, reviewed, list } => {
            let (mean, deviation, frame) = match (probe, mean, deviation) {
                (Some(file), ..) => probed(file, reviewed.as_deref())?,
                (None, Some(mean), Some(deviation)) => (*mean, *deviation, list.frame),
                _ => return Err(Failure::usage("--probe, or --mean and --deviation, are needed")),
            };
            if mean == 0.0 || !mean.is_finite() || !deviation.is_finite() || deviation < 0.0 {
                let said = "the mean is zero or the deviation no number, so that no precision is reached";
                return Err(Failure::usage(said).hint("draw a larger probe, or plan by the error rate"));
            }
            let size = size_for_amount(mean, deviation, *precision, list.level, frame);
            let what = format!(
                "a total to within {} of itself at a two-sided level of {} (mean {}, standard deviation {})",
                percent(*precision),
                percent(list.level),
                money(mean),
                money(deviation)
            );
            rounded(size, &what, frame)
        }
        SampleSize::Discovery { target, errors, level, frame } => discovery(*target, *errors, *level, *frame),
    };
    let mut output = Output::new();
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn rounded(size: sampling::SampleSize, what: &str, frame: Option<u64>) -> String {
    let list = frame.map_or("an endless list".to_owned(), |it| format!("a frame of {it}"));
    format!(
        "{} units for {what}\nof {list}: computed {:.2}, before the correction for a finite frame {:.2}\n",
        size.units, size.exact, size.endless
    )
}

/// Mean and deviation of the differences of a reviewed probe, and the units of its frame.
fn probed(file: &std::path::Path, rows: Option<&std::path::Path>) -> Result<(f64, f64, Option<u64>), Failure> {
    let sample = read_sample(file)?;
    let path = rows.map_or_else(|| beside(file, &sample.rows.file), std::path::Path::to_owned);
    let table = Table::read(&path.display().to_string(), &text_of(&path)?).map_err(faulty)?;
    let answers = reviewed(&sample, &table, &ReviewColumns::default()).map_err(faulty)?;
    let appraisal = appraise(&sample, &answers);
    let simple = sample.strata.len() == 1
        && matches!(sample.method, sampling::Method::Simple | sampling::Method::Systematic { .. });
    match appraisal.amount {
        Some(it) if simple => Ok((it.mean, it.deviation, Some(sample.frame.units as u64))),
        _ => {
            let said = format!("{}: expected a simple or systematic sample with reviewed amounts", file.display());
            Err(Failure::usage(said).hint("draw the probe with --amount COLUMN, and fill review_amount in its rows"))
        }
    }
}

fn discovery(target: f64, errors: u64, level: f64, frame: Option<u64>) -> String {
    let list = frame.map_or("an endless list".to_owned(), |it| format!("a frame of {it}"));
    let (target_text, level_text) = (percent(target), percent(level));
    let mut text =
        format!("units that show at least {target_text} right of {list}, one-sided at {level_text}, exact:\n");
    for count in 0..=errors {
        let size = size_to_show(count, target, level, frame);
        let size = size.map_or("no sample can show it".to_owned(), |it| format!("{it} units"));
        let found = if count == 1 { "1 error".to_owned() } else { format!("{count} errors") };
        put(&mut text, format_args!("  with {found} found  {size}\n"));
    }
    text
}
