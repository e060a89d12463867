//! What can be typed: the one definition behind parsing, help, completions and the manual page.

mod audit;
mod sampling;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use opnote::Lexicon;
use opnote::formats::{MAX_NOTE_BYTES, jsonl};
use opnote::lexicon::Files;
use opnote_ingest::{Columns, Limits, Options};

use crate::failure::Failure;
use crate::inputs::Reading;

pub(crate) use audit::{Audit, AuditFormat, Verify};
pub(crate) use sampling::{Allocation, Estimate, Sample, SampleSize};
use sampling::{ESTIMATE_EXAMPLES, SAMPLE_EXAMPLES, SIZE_EXAMPLES};

/// Reads operative notes offline and proposes the codes of spinal injections, with their evidence.
#[derive(Parser)]
#[command(name = "opnote", version, long_version = long_version(), after_help = AFTER, subcommand_required = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,
    /// When to use color
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Read this file in place of the opnote.toml of the project and of the user
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub config: Option<PathBuf>,
    /// Read no opnote.toml
    #[arg(long, global = true, hide_short_help = true, conflicts_with = "config")]
    pub no_config: bool,
    /// Columns of text for people; those of the terminal otherwise
    #[arg(long, global = true, value_name = "COLUMNS", hide_short_help = true,
        value_parser = clap::value_parser!(u16).range(60..))]
    pub width: Option<u16>,
}

const AFTER: &str = "\
Exit codes:
  0  success, even if notes need review
  1  only with --fail-on: a proposal has that disposition, or a worse one
  2  wrong usage or configuration
  3  some inputs could not be read; the rest was written
  4  the output could not be written

Results go to standard output, everything else to standard error. Notes never leave the machine.";

const CODE_EXAMPLES: &str = "\
Examples:
  opnote code note.txt                          one note, for people
  opnote code notes/ --format csv > codes.csv   a folder, as a table
  opnote code night.zip feed.hl7 list.xlsx      whatever notes arrive in
  opnote code notes/ --format xlsx --only query,review --output worklist.xlsx
  opnote code --format jsonl < notes.jsonl      for programs
  opnote code --why note.txt                    also what was rejected, and why
  opnote code notes/ --fail-on query            exit code 1 if a provider must be asked";

const BATCH_EXAMPLES: &str = "\
Examples:
  opnote batch night/ --out results                        parts of JSON lines, a log, a summary
  opnote batch night/ --out results --resume               after a stop, whatever stopped it
  opnote batch night.zip --out queries --only query        only notes whose provider must be asked";

const EVALUATE_EXAMPLES: &str = "\
Examples:
  opnote evaluate --gold labels.jsonl notes/                          tables on the terminal
  opnote evaluate --gold labels.jsonl --json notes/ > june.json       all figures and answers
  opnote evaluate --gold labels.jsonl --html june.html notes/         one page with charts and every failure
  opnote evaluate --gold labels.jsonl --against may.json notes/       what changed since
  opnote evaluate --gold ann.xlsx --gold bob.csv notes/               two reviewers, and how far they agree
  opnote evaluate --gold labels.csv --by provider,month notes/        figures by columns of the labels";

const CALIBRATE_EXAMPLES: &str = "\
Examples:
  opnote calibrate --gold labels.jsonl notes/ --out mine   then: opnote code --lexicon mine …
  opnote calibrate --gold corpus/gold.jsonl --name corpus corpus/notes corpus/mini.jsonl";

const AUDIT_EXAMPLES: &str = "\
Examples:
  opnote audit --billed billing.csv notes/                                    what was billed against the notes
  opnote audit --billed billing.csv --rvu rvu.csv --html audit.html notes/    with values, as a page to file
  opnote audit --billed billing.csv --worksheet ann.xlsx --reviewer Ann notes/
  opnote audit --billed billing.csv --reviewed ann.xlsx --reviewed bob.xlsx --trail trail.sqlite notes/
  opnote audit feed.hl7                                                       claims that the documents carry";

const VERIFY_EXAMPLES: &str = "\
Examples:
  opnote verify trail.sqlite                       the chain, the count, the guards
  opnote verify trail.sqlite --against audit.html  also the end that a page or a file notes
  opnote verify trail.sqlite --list                every entry, as JSON lines";

const IMPORT_EXAMPLES: &str = "\
Examples:
  opnote codes import icd10cm_order_20*.txt --out mine     every diagnosis code with its days
  opnote codes import HCPC2026_OCT_ANWEB.txt --out mine    every supply code with its days
  opnote codes import ccipra-*.txt MCR_MUE_*.csv --out mine   the edits of a quarter
  opnote code --lexicon mine note.txt                      checks with them";

const CONFIG_EXAMPLES: &str = "\
Examples:
  opnote config                     every option of every command
  opnote config code                those of one command
  opnote config > opnote.toml       a file to change and keep

An option that is typed wins over opnote.toml in the current folder or the nearest one above it, and that over
opnote/opnote.toml in the user's folder for configurations. Keys are names of options: before the first table for
every command that has the option, below [code], [batch], [codes.import] … for one. --no-NAME turns a flag off.";

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Read notes and propose codes
    #[command(after_help = CODE_EXAMPLES)]
    Code(Code),
    /// Code many notes into a folder, part by part; a run that was stopped can be resumed
    #[command(after_help = BATCH_EXAMPLES)]
    Batch(Batch),
    /// Draft the questions to the provider: one for each open fact that decides a code
    #[command(
        after_help = "Examples:\n  opnote query note.txt\n  opnote query notes/ --format markdown > questions.md"
    )]
    Query(Query),
    /// Say what an id or a code means: rules, words, questions, sources
    #[command(
        after_help = "Examples:\n  opnote explain CODE\n  opnote explain modifier 50\n  opnote explain CODE with CODE\n  opnote explain can CODE be bilateral\n  opnote explain region-documented"
    )]
    Explain(Explain),
    /// Find codes by facts in plain words, and what separates them
    #[command(after_help = "Example:\n  opnote find \"cervical epidural catheter without fluoroscopy\"")]
    Find(Find),
    /// Classify given phrases as negated, historical, hypothetical or of someone else
    Context(Context),
    /// Compare billed codes with the documentation of their notes: findings, worksheets, a page to file
    #[command(after_help = AUDIT_EXAMPLES)]
    Audit(Box<Audit>),
    /// Check an audit trail for entries that were changed, moved or removed
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Measure accuracy and calibration on labelled notes
    #[command(after_help = EVALUATE_EXAMPLES)]
    Evaluate(Evaluate),
    /// Draw a sample for an audit, so that anyone can draw the same again
    #[command(after_help = SAMPLE_EXAMPLES)]
    Sample(Box<Sample>),
    /// Compute how many units a sample needs
    #[command(subcommand, after_help = SIZE_EXAMPLES)]
    SampleSize(SampleSize),
    /// Estimate error rate and amounts of the frame from a reviewed sample
    #[command(after_help = ESTIMATE_EXAMPLES)]
    Estimate(Estimate),
    /// Fit the weights of statements and the confidence model on labelled notes
    #[command(after_help = CALIBRATE_EXAMPLES)]
    Calibrate(Calibrate),
    /// Convert official code files into lexicon files
    #[command(subcommand)]
    Codes(Codes),
    /// Show the options that hold, of opnote.toml or by default, and from where
    #[command(after_help = CONFIG_EXAMPLES)]
    Config(Config),
    /// Print the JSON Schema of a result
    Schema,
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Parse one document from standard input; for this program's own use
    #[command(name = crate::inputs::contained::COMMAND, hide = true)]
    ReadContained,
    /// Print the manual page
    Man {
        /// Of one command
        command: Option<String>,
    },
}

/// Arguments of `opnote code`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag that can be typed")]
#[derive(clap::Args)]
pub(crate) struct Code {
    #[command(flatten)]
    pub notes: Notes,
    /// How results are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Readiness profile: coder, or the stricter qa
    #[arg(long, value_enum, default_value_t = Profile::Coder)]
    pub profile: Profile,
    /// Also print what was rejected, and the words that rejected it (text, json and jsonl)
    #[arg(long)]
    pub why: bool,
    /// Also print the table of statements: what each mention says, and which row of data read it (text, json and jsonl)
    #[arg(long)]
    pub statements: bool,
    /// Print one line a note (text)
    #[arg(long)]
    pub brief: bool,
    /// Write only notes of these dispositions: that of the proposal that needs most, `none` without a proposal
    #[arg(long, value_enum, value_name = "DISPOSITION", value_delimiter = ',')]
    pub only: Vec<Only>,
    /// Write results to a file, which is there whole or not at all; needed for xlsx and parquet
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with code 1 if a proposal has this disposition (review includes query)
    #[arg(long, value_enum, value_name = "DISPOSITION")]
    pub fail_on: Option<FailOn>,
    /// Add the reviewer's documentation checklist (text, json and jsonl); `--checklist=missing` only what is not met
    #[arg(long, value_enum, value_name = "ANSWERS", num_args = 0..=1, require_equals = true,
        default_missing_value = "all")]
    pub checklist: Option<Checklist>,
    /// Check against a coverage policy, by its id (text, json and jsonl); `list` prints all ids
    #[arg(long, value_name = "ID")]
    pub policy: Vec<String>,
}

/// The answers of the checklist that are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Checklist {
    /// Every answer
    All,
    /// What is missing or contradicts itself
    Missing,
}

/// Arguments of `opnote batch`.
#[derive(clap::Args)]
pub(crate) struct Batch {
    /// Folder for the results; nothing is written elsewhere
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Go on with the run in the folder
    #[arg(long)]
    pub resume: bool,
    /// How parts are written
    #[arg(long, value_enum, default_value_t = PartFormat::Jsonl)]
    pub format: PartFormat,
    /// Write only notes of these dispositions: that of the proposal that needs most, `none` without a proposal
    #[arg(long, value_enum, value_name = "DISPOSITION", value_delimiter = ',')]
    pub only: Vec<Only>,
    /// Readiness profile: coder, or the stricter qa
    #[arg(long, value_enum, default_value_t = Profile::Coder)]
    pub profile: Profile,
    /// Inputs that a part covers
    #[arg(long, value_name = "N", default_value_t = 1000, hide_short_help = true,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub part_size: u64,
    #[command(flatten)]
    pub notes: Notes,
}

/// The notes that are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// Every proposal is ready
    Ready,
    /// A person must look at a proposal
    Review,
    /// The provider must be asked
    Query,
    /// There is no proposal
    None,
}

impl Only {
    /// The disposition as results name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Only::Ready => "ready",
            Only::Review => "review",
            Only::Query => "query",
            Only::None => "none",
        }
    }
}

impl Profile {
    /// The name of the profile.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Profile::Coder => "coder",
            Profile::Qa => "qa",
        }
    }
}

/// The commands below `opnote codes`.
#[derive(Subcommand)]
pub(crate) enum Codes {
    /// Convert code files that CMS publishes into a folder for --lexicon
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(CodesImport),
}

/// Arguments of `opnote codes import`.
#[derive(clap::Args)]
pub(crate) struct CodesImport {
    /// Official files, unpacked; their kind is recognized
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Folder that the lexicon files are written to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Keep every pair of codes, not only those of codes that the tables know
    #[arg(long)]
    pub all: bool,
}

/// Which notes are read, and with what.
#[derive(Clone, clap::Args)]
pub(crate) struct Notes {
    /// Files, folders (read through in order), archives, or - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Date of service for notes that state none and arrive with none
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub date: Option<Date>,
    /// Format of the inputs, where content and name do not show it
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub input_format: Option<String>,
    /// Column (CSV, TSV, XLSX) or member (JSON) with the id of the note, by name or number
    #[arg(long, value_name = "COLUMN")]
    pub id_column: Option<String>,
    /// Column or member with the text of the note
    #[arg(long, value_name = "COLUMN")]
    pub text_column: Option<String>,
    /// Column or member with the date of service
    #[arg(long, value_name = "COLUMN")]
    pub date_column: Option<String>,
    /// Column or member with the codes that were billed
    #[arg(long, value_name = "COLUMN")]
    pub billed_column: Option<String>,
    /// Read 03/04/2025 with the day first; without it, as the other dates of the column show, else the month first
    #[arg(long)]
    pub day_first: bool,
    /// Folder of lexicon files laid over the embedded ones
    #[arg(long, value_name = "DIR")]
    pub lexicon: Option<PathBuf>,
    /// Seconds that a document may take to be parsed
    #[arg(long, value_name = "N", default_value_t = 10, hide_short_help = true,
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub max_read_seconds: u64,
    /// Largest note that is read, in bytes
    #[arg(long, value_name = "N", default_value_t = MAX_NOTE_BYTES, hide_short_help = true)]
    pub max_note_bytes: usize,
    /// Worker threads; 0 is one for each processor
    #[arg(long, value_name = "N", default_value_t = 0, hide_short_help = true)]
    pub threads: usize,
}

impl Notes {
    /// How the inputs are read.
    pub(crate) fn reading(&self) -> Reading {
        let columns = Columns {
            id: self.id_column.clone(),
            text: self.text_column.clone(),
            date: self.date_column.clone(),
            billed: self.billed_column.clone(),
        };
        let limits = Limits { text_bytes: self.max_note_bytes, ..Limits::default() };
        let format = self.input_format.as_deref().and_then(opnote_ingest::Format::named);
        let options = Options { format, columns, day_first: self.day_first.then_some(true), limits };
        Reading { options, patience: Duration::from_secs(self.max_read_seconds) }
    }
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(opnote_ingest::Format::ALL.map(opnote_ingest::Format::name))
}

/// Arguments of `opnote find`.
#[derive(clap::Args)]
pub(crate) struct Find {
    /// What was done, in words
    #[arg(required = true, value_name = "WORDS")]
    pub question: Vec<String>,
    /// Codes in force on this day; without it those in force now
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub date: Option<Date>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
    /// Folder of lexicon files laid over the embedded ones
    #[arg(long, value_name = "DIR")]
    pub lexicon: Option<PathBuf>,
}

/// Arguments of `opnote query`.
#[derive(clap::Args)]
pub(crate) struct Query {
    #[command(flatten)]
    pub notes: Notes,
    /// How questions are written
    #[arg(long, value_enum, default_value_t = QueryFormat::Text)]
    pub format: QueryFormat,
}

/// How questions are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    /// For people
    Text,
    /// For letters and messages
    Markdown,
    /// One JSON object a question and line
    Jsonl,
}

/// Arguments of `opnote explain`.
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// A code, two codes, or any id that a result names
    #[arg(required = true, value_name = "WORDS")]
    pub words: Vec<String>,
    /// Folder of lexicon files laid over the embedded ones
    #[arg(long, value_name = "DIR")]
    pub lexicon: Option<PathBuf>,
}

/// Arguments of `opnote context`.
#[derive(clap::Args)]
pub(crate) struct Context {
    /// File of JSON lines with `id`, `sentence`, and `start`, `end` or `concept`; none or - is standard input
    pub path: Option<PathBuf>,
    /// Folder of lexicon files laid over the embedded ones
    #[arg(long, value_name = "DIR")]
    pub lexicon: Option<PathBuf>,
}

/// Arguments of `opnote config`.
#[derive(clap::Args)]
pub(crate) struct Config {
    /// Only the options of this command, such as `code` or `codes import`
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Arguments of `opnote evaluate`.
#[derive(clap::Args)]
pub(crate) struct Evaluate {
    /// Labels: JSON lines with `id`, `family`, `acceptable`, …, CSV with such columns, or a worksheet of an audit (XLSX);
    /// once for each reviewer
    #[arg(long, value_name = "FILE", required = true)]
    pub gold: Vec<PathBuf>,
    /// Also give figures by these columns of the labels, such as provider, site, payer, month
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Leave out notes without a label, as is always done where labels are a worksheet or of several reviewers
    #[arg(long)]
    pub only_labelled: bool,
    /// Print figures and answers as JSON, which a later run can compare with
    #[arg(long)]
    pub json: bool,
    /// Also write one page with charts, tables and every failure; it holds words of the notes
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Compare with an earlier run, as --json printed it
    #[arg(long, value_name = "EARLIER.json")]
    pub against: Option<PathBuf>,
    /// Size of the list that the notes were drawn from at random; makes the number of notes to review exact
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub frame: Option<u64>,
    /// Readiness profile: coder, or the stricter qa
    #[arg(long, value_enum, default_value_t = Profile::Coder)]
    pub profile: Profile,
    #[command(flatten)]
    pub notes: Notes,
}

/// Arguments of `opnote calibrate`.
#[derive(clap::Args)]
pub(crate) struct Calibrate {
    /// Labels: JSON lines with `id`, `family`, `acceptable`, …; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    pub gold: Vec<PathBuf>,
    /// Write weights.toml and calibration.toml to this folder and print their figures; without it, print both files
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Also fit on copies of every note with this share of letters misread
    #[arg(long, value_delimiter = ',', default_values_t = [0.01, 0.02])]
    pub misread: Vec<f64>,
    /// Times that every note is read again without a tenth of the terms and constructions
    #[arg(long, default_value_t = 3)]
    pub dropout: u64,
    /// Name of the notes in the model's file
    #[arg(long, default_value = "labelled notes")]
    pub name: String,
    #[command(flatten)]
    pub notes: Notes,
}

/// How results are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: codes, why, what is missing
    Text,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// A table, one row a proposal
    Csv,
    /// A workbook to work through: one row a proposal, with reasons and quotes
    Xlsx,
    /// One FHIR R4 Bundle a note and line: the note, what was done, draft charges, open issues, provenance
    Fhir,
    /// Parquet, one row a note with its proposals and quotes
    Parquet,
    /// SARIF: codes, open questions and places, without words of the notes
    Sarif,
}

impl Format {
    /// Whether results are no text, so that they need a file.
    pub(crate) const fn is_binary(self) -> bool {
        matches!(self, Format::Xlsx | Format::Parquet)
    }
}

/// How the parts of a run are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartFormat {
    /// One JSON object a note and line
    Jsonl,
    /// A table, one row a proposal
    Csv,
    /// One FHIR R4 Bundle a note and line
    Fhir,
    /// Parquet, one row a note with its proposals and quotes
    Parquet,
}

impl PartFormat {
    /// The name of the format.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            PartFormat::Jsonl => "jsonl",
            PartFormat::Csv => "csv",
            PartFormat::Fhir => "fhir",
            PartFormat::Parquet => "parquet",
        }
    }

    /// The ending of the names of parts.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            PartFormat::Fhir => "ndjson",
            other => other.name(),
        }
    }
}

/// Readiness profile of the confidence model.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// For coding: a wrong ready proposal costs as much as twenty reviews
    Coder,
    /// For quality teams: it costs as much as twenty-five
    Qa,
}

/// The disposition that makes the program fail.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// The provider must be asked
    Query,
    /// A person must look, or the provider must be asked
    Review,
}

/// When to use color.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Sets the choice for everything that is written from now on.
    pub(crate) fn apply(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// The definition as the generators of completions and manual pages take it.
pub(crate) fn command() -> clap::Command {
    Args::command()
}

/// The lexicon with the thresholds of a profile.
pub(crate) fn lexicon_for(folder: Option<&Path>, profile: Profile) -> Result<&'static Lexicon, Failure> {
    if profile == Profile::Coder {
        return lexicon(folder);
    }
    let mut own = match folder {
        Some(folder) => open(folder)?,
        None => Lexicon::load(&Files::embedded()).map_err(Failure::usage)?,
    };
    // Without a model there is no threshold, and nothing to choose.
    if own.calibration().is_some() && !own.use_profile("qa") {
        return Err(Failure::usage("calibration.toml: no profile `qa`").hint("`opnote calibrate` writes both"));
    }
    Ok(Box::leak(Box::new(own)))
}

/// The embedded lexicon, or with a folder laid over it.
pub(crate) fn lexicon(folder: Option<&Path>) -> Result<&'static Lexicon, Failure> {
    let Some(folder) = folder else { return Ok(Lexicon::embedded()) };
    // There is one for the whole run.
    Ok(Box::leak(Box::new(open(folder)?)))
}

/// The data files, with a folder laid over them where one is given.
pub(crate) fn files(folder: Option<&Path>) -> Result<Files, Failure> {
    folder.map_or_else(|| Ok(Files::embedded()), |it| Files::open(it).map_err(Failure::usage))
}

fn open(folder: &Path) -> Result<Lexicon, Failure> {
    Lexicon::open(folder).map_err(|it| {
        let folder = folder.display().to_string();
        let within = if it.file == folder { String::new() } else { format!("{}/", folder.trim_end_matches('/')) };
        Failure::usage(format!("lexicon {within}{it}"))
    })
}

fn long_version() -> String {
    format!("{}\nlexicon {}", env!("CARGO_PKG_VERSION"), Files::embedded().fingerprint())
}

fn date(text: &str) -> Result<Date, &'static str> {
    jsonl::parse_date(text).ok_or("expected a day written YYYY-MM-DD")
}
