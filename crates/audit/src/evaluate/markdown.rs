//! Figures as Markdown, for a file that is kept under version control: the same figures give the same bytes.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Evaluation, Rate};

/// The figures of one set of notes under a heading.
pub fn markdown(title: &str, evaluation: &Evaluation) -> String {
    let mut out = format!(
        "## {title}\n\n{} notes.\n\n| figure | share | of | 95% interval |\n| --- | --- | --- | --- |\n",
        evaluation.notes
    );
    for (name, rate) in evaluation.rates() {
        let _ = writeln!(out, "| {name} | {} | {}/{} | {} |", share(rate), rate.hits, rate.of, interval(rate));
    }
    out.push_str("\n| lists | precision | recall | F1 |\n| --- | --- | --- | --- |\n");
    for (name, it) in [("injectate", evaluation.injectate), ("codes of other families", evaluation.neighbors)] {
        let _ = writeln!(out, "| {name} | {:.3} | {:.3} | {:.3} |", it.precision(), it.recall(), it.f1());
    }
    calibration(evaluation, &mut out);
    confusion(evaluation, &mut out);
    out
}

impl Evaluation {
    /// Every rate with its name, in the order in which it is shown.
    pub fn rates(&self) -> Vec<(String, Rate)> {
        let mut rates = vec![
            ("family exact, firm labels".to_owned(), self.family_firm),
            ("family exact, all labels".to_owned(), self.family_all),
            ("asked where it must be".to_owned(), self.query),
            ("asked: the label wants it".to_owned(), self.query_precision),
            ("asked, of all notes".to_owned(), self.query_rate),
            ("false codes of the family".to_owned(), self.false_codes),
            ("ready: right".to_owned(), self.ready_precision),
            ("ready: share of notes with a certain code".to_owned(), self.ready_coverage),
            ("codes of other families, exact".to_owned(), self.neighbors_exact),
        ];
        rates.extend(self.axes.iter().map(|(name, rate)| (format!("fact: {name}"), *rate)));
        rates
    }
}

fn calibration(evaluation: &Evaluation, out: &mut String) {
    let Some(it) = &evaluation.calibration else { return };
    let _ = writeln!(out, "\nCalibration over {} proposals: ECE {:.4}, Brier {:.4}.", it.proposals, it.ece, it.brier);
    out.push_str("\n| confidence from | proposals | mean confidence | right |\n| --- | --- | --- | --- |\n");
    for bin in &it.bins {
        let _ = writeln!(out, "| {:.1} | {} | {:.3} | {:.3} |", bin.from, bin.proposals, bin.confidence, bin.right);
    }
}

fn confusion(evaluation: &Evaluation, out: &mut String) {
    let given: BTreeSet<&str> = evaluation.confusion.values().flat_map(|it| it.keys().map(String::as_str)).collect();
    if given.is_empty() {
        return;
    }
    let columns: Vec<&str> = given.into_iter().collect();
    let _ =
        writeln!(out, "\n| expected \\ given | {} |\n| --- |{}", columns.join(" | "), " --- |".repeat(columns.len()));
    for (expected, row) in &evaluation.confusion {
        let cells: Vec<String> =
            columns.iter().map(|it| row.get(*it).map(ToString::to_string).unwrap_or_default()).collect();
        let _ = writeln!(out, "| {expected} | {} |", cells.join(" | "));
    }
}

/// A share in percent.
pub fn share(rate: Rate) -> String {
    rate.share().map_or_else(|| "-".to_owned(), |it| format!("{:.1}%", it * 100.0))
}

/// The interval of a share in percent.
pub fn interval(rate: Rate) -> String {
    let (low, high) = rate.interval();
    if rate.of == 0 { "-".to_owned() } else { format!("{:.1} to {:.1}%", low * 100.0, high * 100.0) }
}
