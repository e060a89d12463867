//! The sample file: all that it takes to draw the same sample again, and the units that were drawn.

use serde::{Deserialize, Serialize};

use super::draw::{Draw, Drawn, Method, Stratum};
use super::fault::Fault;
use super::frame::{Condition, Frame};
use super::random::{GENERATOR, Seed};
use super::table::{Row, Table};

/// Version of the sample file.
pub const SCHEMA: u32 = 1;
/// What the file says that it is.
const KIND: &str = "opnote-sample";

/// Column with the place in the order of drawing.
pub const ORDER: &str = "sample_order";
/// Column with the stratum.
const STRATUM: &str = "sample_stratum";
/// Column with the method, which says where nothing can be projected.
const METHOD: &str = "sample_method";
/// Column that the reviewer fills with yes or no.
pub const ERROR: &str = "review_error";
/// Column that the reviewer fills with the amount that would have been right.
pub const AMOUNT: &str = "review_amount";
/// Column for the reviewer's remarks.
const COMMENT: &str = "review_comment";

/// A sample file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Version of the format.
    pub schema: u32,
    /// `opnote-sample`.
    pub kind: String,
    /// Version of the program.
    pub made_by: String,
    /// What the sample is for.
    pub purpose: Purpose,
    /// Whether figures of the sample can be projected to the frame.
    pub projectable: bool,
    /// How units were chosen.
    pub method: Method,
    /// Units asked for.
    pub size: usize,
    /// The seed, in digits.
    pub seed: String,
    /// The algorithm behind the random numbers.
    pub generator: String,
    /// What was drawn from.
    pub frame: FrameRecord,
    /// Strata; one named `all` where the method has none.
    pub strata: Vec<Stratum>,
    /// The table of the drawn units.
    pub rows: FileDigest,
    /// Units drawn.
    pub drawn: Vec<Drawn>,
}

/// What a sample is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The audit itself.
    Audit,
    /// To find out how large the sample of the audit must be.
    Probe,
}

/// The frame as it was at the draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameRecord {
    /// Files that were read.
    pub files: Vec<FileDigest>,
    /// Table whose columns were added by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined: Option<FileDigest>,
    /// Column of that table with the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_id: Option<String>,
    /// Column with the id.
    pub id_column: String,
    /// Column with the examined amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_column: Option<String>,
    /// Conditions that its units meet.
    pub conditions: Vec<Condition>,
    /// Number of units.
    pub units: usize,
    /// SHA-256 of the frame as CSV.
    pub sha256: String,
    /// Inputs of the results that have no result, and are therefore no units.
    pub unread: u64,
    /// Versions of program and lexicon of the results.
    pub results_made_by: Vec<String>,
}

/// A file with its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Its path, as it was given; of the rows, the name beside the sample file.
    pub file: String,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

/// What a sample file holds beside the draw itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the sample is for.
    pub purpose: Purpose,
    /// Units asked for.
    pub size: usize,
    /// The seed.
    pub seed: Seed,
    /// Name of the file with the rows.
    pub rows_file: String,
}

impl Sample {
    /// The sample file of a draw.
    pub fn new(settings: &Settings, method: &Method, frame: FrameRecord, draw: Draw, rows: &str) -> Sample {
        use sha2::{Digest, Sha256};

        Sample {
            schema: SCHEMA,
            kind: KIND.to_owned(),
            made_by: format!("opnote {}", env!("CARGO_PKG_VERSION")),
            purpose: settings.purpose,
            projectable: method.is_projectable(),
            method: method.clone(),
            size: settings.size,
            seed: settings.seed.digits().to_owned(),
            generator: GENERATOR.to_owned(),
            frame,
            strata: draw.strata,
            rows: FileDigest {
                file: settings.rows_file.clone(),
                sha256: super::table::hex(&Sha256::digest(rows.as_bytes())),
            },
            drawn: draw.drawn,
        }
    }

    /// Reads a sample file and checks that its parts agree.
    pub fn read(file: &str, text: &str) -> Result<Sample, Fault> {
        let hint = "expected a file that `opnote sample` wrote, as it wrote it";
        let sample: Sample = serde_json::from_str(text).map_err(|it| {
            let message = format!("no sample file (expected the JSON of `opnote sample`), column {}", it.column());
            Fault::line(file, it.line() as u64, message).hint(hint)
        })?;
        let wrong = |message: &str| Err(Fault::file(file, message).hint(hint));
        if sample.kind != KIND || sample.schema != SCHEMA {
            return wrong(&format!("expected \"kind\": \"{KIND}\" and \"schema\": {SCHEMA}"));
        }
        if sample.generator != GENERATOR {
            return wrong(&format!("expected \"generator\": \"{GENERATOR}\"; another version drew it"));
        }
        if sample.projectable != sample.method.is_projectable() {
            return wrong("\"projectable\" does not go with the method");
        }
        let of = |index: usize| sample.drawn.iter().filter(|it| it.stratum == index).count();
        let sound = sample.strata.iter().enumerate().all(|(index, it)| of(index) == it.drawn && it.drawn <= it.units)
            && sample
                .drawn
                .iter()
                .enumerate()
                .all(|(index, it)| it.order == index + 1 && it.stratum < sample.strata.len())
            && sample.strata.iter().map(|it| it.units).sum::<usize>() == sample.frame.units
            && !sample.drawn.is_empty();
        if sound { Ok(sample) } else { wrong("the units drawn do not go with the strata") }
    }

    /// The file as JSON.
    pub fn to_json(&self) -> String {
        // It serializes: it holds no maps and no fallible parts.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// The table of the drawn units: where each stands in the sample, the columns of the frame, and columns to fill.
pub fn rows(frame: &Frame, method: &Method, draw: &Draw, amount: bool) -> Result<Table, Fault> {
    let own = [ORDER, STRATUM, METHOD, ERROR, AMOUNT, COMMENT];
    let file = frame.table.files.first().map_or("", String::as_str);
    if let Some(name) = frame.table.header.iter().find(|it| own.contains(&it.as_str())) {
        let message = format!("column \"{name}\" has a name that the sample needs itself");
        return Err(
            Fault::file(file, message).hint("rename the column; a sample is drawn from a frame, not from a sample")
        );
    }
    let with_strata = matches!(method, Method::Stratified { .. });
    let before = [Some(ORDER), with_strata.then_some(STRATUM), Some(METHOD)].into_iter().flatten();
    let after = [Some(ERROR), amount.then_some(AMOUNT), Some(COMMENT)].into_iter().flatten();
    let header: Vec<String> = before
        .map(str::to_owned)
        .chain(frame.table.header.iter().cloned())
        .chain(after.clone().map(str::to_owned))
        .collect();
    let described = method.describe();
    let row = |it: &Drawn| {
        let stratum = with_strata.then(|| draw.strata[it.stratum].name.clone());
        let mut cells = vec![it.order.to_string()];
        cells.extend(stratum);
        cells.push(described.clone());
        cells.extend(frame.table.rows[it.unit - 1].cells.iter().cloned());
        cells.extend(after.clone().map(|_| String::new()));
        Row { file: 0, line: it.order as u64 + 1, cells }
    };
    let rows = draw.drawn.iter().map(row).collect();
    Ok(Table { files: vec![file.to_owned()], header, rows })
}

/// The first difference between the rows of a sample and those drawn again, columns to fill left out.
pub fn compare_rows(kept: &Table, drawn: &Table) -> Result<(), Fault> {
    let order = kept.column(ORDER)?;
    let filled = [ERROR, AMOUNT, COMMENT];
    let mut columns = Vec::new();
    for (index, name) in drawn.header.iter().enumerate().filter(|it| !filled.contains(&it.1.as_str())) {
        columns.push((index, kept.column(name)?));
    }
    let by_order = rows_by_order(kept, order, drawn.rows.len())?;
    for (row, expected) in by_order.into_iter().zip(&drawn.rows) {
        for (own, its) in &columns {
            if super::table::guarded(&row.cells[*its]) != super::table::guarded(&expected.cells[*own]) {
                let hint = "the sample's columns are not to be changed; draw it again into another file";
                return Err(kept.fault(row, *its, "not as it is drawn from the frame").hint(hint));
            }
        }
    }
    Ok(())
}

/// The rows of a sample in the order of drawing; every one once.
pub(crate) fn rows_by_order(table: &Table, order: usize, count: usize) -> Result<Vec<&Row>, Fault> {
    let mut found: Vec<Option<&Row>> = vec![None; count];
    for row in &table.rows {
        let place = row.cells[order].parse::<usize>().ok().filter(|it| (1..=count).contains(it));
        let Some(place) = place else {
            return Err(table.fault(row, order, format!("expected a number from 1 to {count}, the order of drawing")));
        };
        if let Some(before) = found[place - 1].replace(row) {
            let message = format!("the same number as in {}, expected every unit once", table.place(before));
            return Err(table.fault(row, order, message));
        }
    }
    let file = table.files.first().map_or("", String::as_str);
    let missing: Vec<String> =
        found.iter().enumerate().filter(|it| it.1.is_none()).map(|it| (it.0 + 1).to_string()).collect();
    if !missing.is_empty() {
        let shown = missing.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let more = if missing.len() > 5 { ", …" } else { "" };
        let message = format!("{} of {count} units are missing, by {ORDER}: {shown}{more}", missing.len());
        let hint = "every unit that was drawn counts; documentation that cannot be found is an error (yes)";
        return Err(Fault::file(file, message).hint(hint));
    }
    Ok(found.into_iter().flatten().collect())
}
