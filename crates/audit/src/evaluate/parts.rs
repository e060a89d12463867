//! Figures of parts of the notes: by provider, site, payer, month or another column of the labels.

use std::collections::{BTreeMap, BTreeSet};

use opnote::report::Report;
use serde::Serialize;

use super::{Label, Rate, counted};

/// The value of notes whose label does not state a column.
pub const NOT_STATED: &str = "not stated";

/// The figures of the notes that share a value of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartFigures {
    /// The column of the labels, such as `provider`.
    pub column: String,
    /// Its value, or [`NOT_STATED`].
    pub value: String,
    /// Notes.
    pub notes: usize,
    /// Notes with a code of the family: the codes are exact.
    pub family_all: Rate,
    /// Notes on which the provider must be asked: it is.
    pub query: Rate,
    /// Notes that allow no code of the family: one was given all the same.
    pub false_codes: Rate,
    /// Proposals marked ready: the code is right.
    pub ready_precision: Rate,
}

/// The figures by the values of each column, in the order of the columns and values. `month` is that of the label, else
/// of its date of service, else of the note's.
pub fn parts(
    reports: &[Report],
    labels: &[Label],
    family: &BTreeSet<String>,
    columns: &[String],
) -> Result<Vec<PartFigures>, String> {
    let by_id: BTreeMap<&str, &Label> = labels.iter().map(|it| (it.id.as_str(), it)).collect();
    let mut figures = Vec::new();
    for column in columns {
        let mut parts: BTreeMap<Option<String>, Vec<&Report>> = BTreeMap::new();
        for report in reports {
            let label = by_id.get(report.note.id.as_str()).copied();
            parts.entry(value(report, label, column)).or_default().push(report);
        }
        if parts.keys().all(Option::is_none) {
            return Err(format!("no label states \"{column}\"; expected a column of this name in the labels"));
        }
        for (value, reports) in parts {
            let all = counted(&reports, labels, family);
            figures.push(PartFigures {
                column: column.clone(),
                value: value.unwrap_or_else(|| NOT_STATED.to_owned()),
                notes: reports.len(),
                family_all: all.family_all,
                query: all.query,
                false_codes: all.false_codes,
                ready_precision: all.ready_precision,
            });
        }
    }
    Ok(figures)
}

fn value(report: &Report, label: Option<&Label>, column: &str) -> Option<String> {
    let stated = label.and_then(|it| it.stated(column));
    if stated.is_some() || column != "month" {
        return stated;
    }
    let day = label.and_then(|it| it.stated("service_date")).or_else(|| report.note.service_date.clone())?;
    day.get(..7).map(str::to_owned)
}
