//! Answers questions of `.ci/statistics.py`, which compares with other programs: one JSON object a line in, one answer out.

use std::io::{self, BufRead, Write};

use opnote_audit::estimates::{
    AmountStratum, AttributeStratum, PairStratum, WeightedUnit, rate, ratio_total, total, weighted_total,
};
use opnote_audit::sampling::{Allocation, StratumSize, allocate, shares, size_for_amount, size_for_rate, size_to_show};
use opnote_audit::statistics::{Hypergeometric, Tail, clopper_pearson, normal_quantile, student_quantile, wilson};
use serde::Deserialize;
use serde_json::{Value, json};

/// A question.
#[derive(Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
enum Question {
    Hypergeometric { frame: u64, drawn: u64, errors: u64, level: f64 },
    ClopperPearson { hits: u64, of: u64, level: f64 },
    Wilson { hits: u64, of: u64, level: f64 },
    Normal { share: f64 },
    Student { share: f64, degrees: u64 },
    Rate { strata: Vec<(u64, u64, u64)>, levels: Vec<f64> },
    Total { strata: Vec<(u64, Vec<f64>)>, levels: Vec<f64> },
    Ratio { strata: Vec<(u64, Vec<(f64, f64)>)>, examined: f64, levels: Vec<f64> },
    Weighted { units: Vec<(f64, f64, f64, u64)>, levels: Vec<f64> },
    SizeForRate { expected: f64, margin: f64, level: f64, frame: Option<u64> },
    SizeForAmount { mean: f64, deviation: f64, precision: f64, level: f64, frame: Option<u64> },
    SizeToShow { errors: u64, target: f64, level: f64, frame: Option<u64> },
    Allocate { size: usize, strata: Vec<(usize, f64)>, allocation: Allocation, least: usize },
}

fn answer(question: Question) -> Value {
    match question {
        Question::Hypergeometric { frame, drawn, errors, level } => {
            json!(Hypergeometric { frame, drawn, errors }.limits(Tail::two_sided(level)))
        }
        Question::ClopperPearson { hits, of, level } => json!(clopper_pearson(hits, of, Tail::two_sided(level))),
        Question::Wilson { hits, of, level } => json!(wilson(hits, of, level)),
        Question::Normal { share } => json!(normal_quantile(share)),
        Question::Student { share, degrees } => json!(student_quantile(share, degrees)),
        Question::Rate { strata, levels } => {
            let stratum = |it: &(u64, u64, u64)| AttributeStratum { frame: it.0, drawn: it.1, errors: it.2 };
            given(rate(&strata.iter().map(stratum).collect::<Vec<_>>(), &levels))
        }
        Question::Total { strata, levels } => {
            let stratum = |it: (u64, Vec<f64>)| AmountStratum { frame: it.0, values: it.1 };
            given(total(&strata.into_iter().map(stratum).collect::<Vec<_>>(), &levels))
        }
        Question::Ratio { strata, examined, levels } => {
            let stratum = |it: (u64, Vec<(f64, f64)>)| PairStratum { frame: it.0, values: it.1 };
            given(ratio_total(&strata.into_iter().map(stratum).collect::<Vec<_>>(), examined, &levels))
        }
        Question::Weighted { units, levels } => {
            let unit = |it: &(f64, f64, f64, u64)| WeightedUnit {
                value: it.0,
                weight: it.1,
                group_total: it.2,
                group_units: it.3,
            };
            given(weighted_total(&units.iter().map(unit).collect::<Vec<_>>(), &levels))
        }
        Question::SizeForRate { expected, margin, level, frame } => {
            json!(size_for_rate(expected, margin, level, frame))
        }
        Question::SizeForAmount { mean, deviation, precision, level, frame } => {
            json!(size_for_amount(mean, deviation, precision, level, frame))
        }
        Question::SizeToShow { errors, target, level, frame } => json!(size_to_show(errors, target, level, frame)),
        Question::Allocate { size, strata, allocation, least } => {
            let stratum = |it: &(usize, f64)| StratumSize { units: it.0, deviation: it.1 };
            let strata: Vec<StratumSize> = strata.iter().map(stratum).collect();
            json!({"shares": shares(size, &strata, allocation), "counts": allocate(size, &strata, allocation, least)})
        }
    }
}

fn given<T: serde::Serialize, E: std::fmt::Display>(estimate: Result<T, E>) -> Value {
    estimate.map_or_else(|it| json!({"error": it.to_string()}), |it| json!(it))
}

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        let question: Question = serde_json::from_str(&line)?;
        writeln!(out, "{}", answer(question))?;
    }
    out.flush()
}
