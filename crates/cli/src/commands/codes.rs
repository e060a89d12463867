//! `opnote codes import`: official code files, which a site downloads itself, as lexicon files to lay over the embedded
//! ones. Only code numbers, days and units are taken, never a title or a description.

mod hcpcs;
mod icd10cm;
mod ncci;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::civil::Date;
use opnote::Lexicon;

use crate::args::CodesImport;
use crate::failure::Failure;
use crate::messages;

/// The kinds of official files that are read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Yearly order file of diagnosis codes.
    DiagnosisOrder,
    /// Quarterly alpha-numeric file of supply codes.
    SupplyCodes,
    /// Quarterly file of pairs of procedure codes.
    Pairs,
    /// Quarterly file of limits of units.
    UnitsLimits,
    /// Quarterly file of add-on codes.
    AddOns,
}

const EXPECTED: &str = "expected an ICD-10-CM order file (icd10cm_order_YYYY.txt), an alpha-numeric HCPCS file \
                        (HCPCYYYY_MON_ANWEB.txt), or a text file of NCCI pairs, units or add-on codes, as CMS \
                        publishes them, unpacked";

/// One official file.
struct Source {
    path: PathBuf,
    text: String,
}

/// A fault in a line of an official file.
struct Fault {
    line: usize,
    message: String,
}

/// Reads the files, tells their kinds apart and writes one lexicon file for each kind.
pub(crate) fn import(args: &CodesImport) -> Result<ExitCode, Failure> {
    let mut sources: Vec<(Kind, Source)> = Vec::new();
    for path in &args.files {
        let shown = path.display();
        let bytes = fs::read(path).map_err(|error| Failure::input(format!("{shown}: cannot be read: {error}")))?;
        if bytes.starts_with(b"PK") {
            let hint = "unpack the archive; of a spreadsheet, take the .txt or .csv of the same archive";
            return Err(Failure::input(format!("{shown}: an archive or a spreadsheet, {EXPECTED}")).hint(hint));
        }
        // The files of CMS are Windows-1252; only their ASCII columns are read.
        let text: String = bytes.iter().map(|it| if it.is_ascii() { char::from(*it) } else { '?' }).collect();
        let Some(kind) = kind(&text) else { return Err(Failure::input(format!("{shown}: {EXPECTED}"))) };
        sources.push((kind, Source { path: path.clone(), text }));
    }
    sources.sort_by_key(|it| it.0);
    let known = (!args.all).then(|| Lexicon::embedded().ids());
    fs::create_dir_all(&args.out).map_err(Failure::output)?;
    for group in sources.chunk_by(|a, b| a.0 == b.0) {
        let files: Vec<&Source> = group.iter().map(|it| &it.1).collect();
        let (name, table) = match group[0].0 {
            Kind::DiagnosisOrder => ("icd10cm.csv", icd10cm::table(&files)?),
            Kind::SupplyCodes => ("hcpcs_level2.csv", hcpcs::table(&files)?),
            Kind::Pairs => ("ncci_ptp.csv", ncci::pairs(&files, known.as_ref())?),
            Kind::UnitsLimits => ("ncci_mue.csv", ncci::limits(&files)?),
            Kind::AddOns => ("ncci_add_ons.csv", ncci::add_ons(&files)?),
        };
        write(&args.out.join(name), &table)?;
    }
    messages::hint(format!("`opnote code --lexicon {} NOTE` checks against it", args.out.display()));
    Ok(ExitCode::SUCCESS)
}

/// The kind of a file by its first lines.
fn kind(text: &str) -> Option<Kind> {
    let mut lines = text.lines().filter(|it| !it.trim().is_empty()).take(40);
    let line = lines.next()?;
    if icd10cm::is_row(line) {
        return Some(Kind::DiagnosisOrder);
    }
    std::iter::once(line).chain(lines).find_map(|line| match line {
        it if hcpcs::is_row(it) => Some(Kind::SupplyCodes),
        it if ncci::is_pair(it) => Some(Kind::Pairs),
        it if ncci::is_head_of_limits(it) => Some(Kind::UnitsLimits),
        it if ncci::is_head_of_add_ons(it) => Some(Kind::AddOns),
        _ => None,
    })
}

fn write(path: &Path, table: &Table) -> Result<(), Failure> {
    let text = format!("# Made by `opnote codes import`; do not edit.\n{}", table.text);
    fs::write(path, text).map_err(Failure::output)?;
    let of = if table.read == table.rows { String::new() } else { format!(" of {}", table.read) };
    messages::note(format!("{}: {}{of} rows", path.display(), table.rows));
    Ok(())
}

/// A lexicon file in the making.
struct Table {
    text: String,
    rows: usize,
    /// Number of rows read from the files.
    read: usize,
}

/// The failure of a faulty line.
fn faulty(source: &Source, fault: &Fault) -> Failure {
    Failure::input(format!("{}:{}: {}", source.path.display(), fault.line, fault.message))
}

/// A day written YYYYMMDD.
fn day(digits: &str) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    if digits.len() != 8 {
        return None;
    }
    Date::new(number(0..4)?, number(4..6)? as i8, number(6..8)? as i8).ok()
}
