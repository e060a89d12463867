//! `opnote estimate`: from a reviewed sample to its frame.

use std::path::Path;
use std::process::ExitCode;

use comfy_table::{Cell, CellAlignment, Table as Grid, presets};
use opnote_audit::estimates::{
    AmountFigures, Appraisal, AttributeFigures, RateEstimate, ReviewColumns, Right, StratumFigures, TotalEstimate,
    appraise, reviewed,
};
use opnote_audit::sampling::{FileDigest, Sample, Table};
use serde::Serialize;

use super::sample::{beside, faulty, read_sample, text_of};
use crate::args::Estimate;
use crate::failure::Failure;
use crate::inputs::io_fault;
use crate::output::Output;
use crate::render::text::{put, wrapped};
use crate::run::files::measured;

/// The figures as JSON, with what reproduces them.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    kind: &'static str,
    made_by: String,
    sample: FileDigest,
    reviewed: FileDigest,
    #[serde(flatten)]
    appraisal: &'a Appraisal,
}

/// Reads a sample and its answers and gives all figures.
pub(crate) fn run(args: &Estimate) -> Result<ExitCode, Failure> {
    let sample = read_sample(&args.sample)?;
    let path = args.reviewed.clone().unwrap_or_else(|| beside(&args.sample, &sample.rows.file));
    let table = Table::read(&path.display().to_string(), &text_of(&path)?).map_err(faulty)?;
    let columns = ReviewColumns { error: args.error_column.clone(), amount: args.amount_column.clone() };
    let answers = reviewed(&sample, &table, &columns).map_err(faulty)?;
    let appraisal = appraise(&sample, &answers);
    let text = if args.json {
        let document = Document {
            schema: 1,
            kind: "opnote-estimate",
            made_by: format!("opnote {}", env!("CARGO_PKG_VERSION")),
            sample: digest(&args.sample)?,
            reviewed: digest(&path)?,
            appraisal: &appraisal,
        };
        serde_json::to_string_pretty(&document).map_err(Failure::output)? + "\n"
    } else {
        render(&appraisal, &sample, &args.sample)
    };
    let mut output = Output::to(args.output.as_deref())?;
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn digest(path: &Path) -> Result<FileDigest, Failure> {
    let (sha256, ..) = measured(path).map_err(|it| Failure::input(io_fault(path, it)))?;
    Ok(FileDigest { file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(), sha256 })
}

fn render(appraisal: &Appraisal, sample: &Sample, file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut out = format!(
        "{name}: {} of {} units, {}, seed {}\n",
        appraisal.drawn, appraisal.frame, appraisal.method, appraisal.seed
    );
    if !appraisal.projectable {
        out.push_str("\nNOT PROJECTABLE: the figures hold for the units drawn, not for the frame\n");
    }
    let share = appraisal.errors as f64 / appraisal.drawn as f64;
    put(&mut out, format_args!("\nErrors\n  {} of {} units in error", appraisal.errors, appraisal.drawn));
    // Strata and weights make the share of the frame another one.
    put(&mut out, format_args!(" ({} of the units drawn)\n", percent(share)));
    if let Some(it) = &appraisal.attribute {
        attribute(&mut out, it, appraisal.frame);
    }
    if let Some(it) = &appraisal.amount {
        let column = sample.frame.amount_column.as_deref().unwrap_or("amount");
        amounts(&mut out, it, column);
    }
    strata(&mut out, &appraisal.strata);
    if let Some(it) = appraisal.attribute.as_ref().and_then(|it| it.right.as_ref()) {
        shows(&mut out, appraisal, it);
    }
    if !appraisal.cautions.is_empty() {
        out.push_str("\nTo be known\n");
        appraisal.cautions.iter().for_each(|it| prose(&mut out, it));
    }
    put(&mut out, format_args!("\nframe SHA-256 {}\n", appraisal.frame_sha256));
    out
}

fn attribute(out: &mut String, figures: &AttributeFigures, frame: usize) {
    if let Some(it) = &figures.exact {
        put(
            out,
            format_args!(
                "  projected to the frame: {:.0} of {frame} units, {} (standard error {})\n\n",
                it.projected,
                percent(it.rate),
                percent(it.standard_error)
            ),
        );
        let several = it.limits.iter().any(|it| it.normal.is_some());
        out.push_str(&counts(it, frame, several));
        let said = if several {
            "Exact limits of each stratum, summed so that all hold together (never too narrow), and the normal \
             approximation, which is rough where errors are few."
        } else {
            "Exact limits, by inversion of the hypergeometric distribution."
        };
        prose(out, said);
    }
    if let Some(it) = &figures.weighted {
        put(out, format_args!("  projected to the frame: {:.1} of {frame} units in error\n\n{}", it.total, totals(it)));
    }
}

fn counts(estimate: &RateEstimate, frame: usize, several: bool) -> String {
    let mut head = vec!["level", "units in error", "share"];
    head.extend(several.then_some("share, normal"));
    let rows = estimate.limits.iter().map(|it| {
        let of = |count: u64| percent(count as f64 / frame as f64);
        let mut row =
            vec![percent(it.level), format!("{} to {}", it.low, it.high), format!("{} to {}", of(it.low), of(it.high))];
        row.extend(it.normal.map(|[low, high]| format!("{} to {}", percent(low), percent(high))));
        row
    });
    grid(&head, rows)
}

fn totals(estimate: &TotalEstimate) -> String {
    let rows = estimate.limits.iter().map(|it| {
        let precision = it.precision.map_or("none".to_owned(), percent);
        vec![percent(it.level), money(it.low), money(it.high), precision, format!("{:.7}", it.t)]
    });
    grid(&["level", "lower limit", "upper limit", "precision", "t"], rows)
}

/// A table of text, indented, without blanks at the ends of lines.
fn grid(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING);
    let right = |it: &str| Cell::new(it).set_alignment(CellAlignment::Right);
    grid.set_header(head.iter().map(|it| right(it)));
    for row in rows {
        grid.add_row(row.iter().map(|it| right(it)));
    }
    grid.to_string().lines().map(|it| format!("   {}\n", it.trim_end())).collect::<Vec<_>>().concat()
}

fn amounts(out: &mut String, figures: &AmountFigures, column: &str) {
    put(out, format_args!("\nAmounts ({column} minus what would have been right: an overpayment is positive)\n"));
    put(
        out,
        format_args!(
            "  of the units drawn: {} of {}; {} differ; mean {}, standard deviation {}\n",
            money(figures.difference.value()),
            money(figures.examined.value()),
            figures.different,
            money(figures.mean),
            money(figures.deviation)
        ),
    );
    let estimates = [("by difference", &figures.by_difference), ("by ratio", &figures.by_ratio)];
    for (name, it) in estimates.into_iter().filter_map(|(name, it)| Some((name, it.as_ref()?))) {
        put(
            out,
            format_args!(
                "\n  projected to the frame {name}: {} of {} (standard error {}, {} degrees of freedom)\n\n{}",
                money(it.total),
                money(figures.frame_examined.value()),
                money(it.standard_error),
                it.degrees,
                totals(it)
            ),
        );
    }
    if let Some(it) = figures.projection {
        put(out, format_args!("\n  Projected overpayment, lower limit of the two-sided 90% interval: {}\n", money(it)));
        let said = "The usual figure for a repayment after an audit; the agreement or the payer says which limit and \
                    which estimator apply, and that is settled before the draw.";
        prose(out, said);
    }
}

fn strata(out: &mut String, strata: &[StratumFigures]) {
    if strata.is_empty() {
        return;
    }
    let with_amounts = strata.iter().any(|it| it.difference.is_some());
    let mut head = vec!["stratum", "frame", "drawn", "errors", "errors in it, 90%"];
    head.extend(if with_amounts { &["difference", "deviation"][..] } else { &[] });
    let rows = strata.iter().map(|it| {
        let mut row = vec![
            it.name.clone(),
            it.frame.to_string(),
            it.drawn.to_string(),
            it.errors.to_string(),
            format!("{} to {}", it.limits[0], it.limits[1]),
        ];
        if with_amounts {
            row.push(it.difference.map(|it| money(it.value())).unwrap_or_default());
            row.push(it.deviation.map(money).unwrap_or_default());
        }
        row
    });
    put(out, format_args!("\nStrata\n{}", grid(&head, rows)));
}

fn shows(out: &mut String, appraisal: &Appraisal, right: &Right) {
    let (errors, show) = match appraisal.errors {
        1 => ("1 error".to_owned(), "shows"),
        many => (format!("{many} errors"), "show"),
    };
    out.push_str("\nWhat the sample shows (one-sided 95%, exact)\n");
    let said = format!(
        "{errors} in {} {show} at least {} right on this frame of {}, and at least {} on an endless list.",
        appraisal.drawn,
        short_percent(right.frame),
        appraisal.frame,
        short_percent(right.endless)
    );
    prose(out, &said);
    if right.frame >= 0.95 {
        return;
    }
    let needed = |it: Option<u64>| it.map_or("no sample".to_owned(), |it| format!("{it} units"));
    let mut said = format!("It cannot show 95%: that takes {} without an error", needed(right.needed_without_errors));
    if appraisal.errors > 0 {
        put(&mut said, format_args!(", or {} with {errors}", needed(right.needed)));
    }
    prose(out, &(said + "."));
}

fn prose(out: &mut String, text: &str) {
    out.push_str(&wrapped(text, "  "));
}

/// A share in percent, with as many digits as a report shows.
pub(crate) fn percent(share: f64) -> String {
    trimmed(&format!("{:.2}", share * 100.0))
}

/// The same with one digit.
fn short_percent(share: f64) -> String {
    trimmed(&format!("{:.1}", share * 100.0))
}

fn trimmed(number: &str) -> String {
    let short = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{short}%")
}

/// An amount with two digits after the point and commas between groups of three.
pub(crate) fn money(amount: f64) -> String {
    let text = format!("{:.2}", amount.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let groups: Vec<&str> = whole.as_bytes().rchunks(3).rev().filter_map(|it| std::str::from_utf8(it).ok()).collect();
    let sign = if amount < 0.0 && text != "0.00" { "-" } else { "" };
    format!("{sign}{}.{cents}", groups.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_shares_are_written_for_people() {
        assert_eq!([0.0, -0.001, 1234.5, -1_234_567.891].map(money), ["0.00", "0.00", "1,234.50", "-1,234,567.89"]);
        assert_eq!([0.05, 0.9, 0.06667, 1.0].map(percent), ["5%", "90%", "6.67%", "100%"]);
        assert_eq!(short_percent(0.904_966), "90.5%");
    }
}
