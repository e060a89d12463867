//! Arguments of the commands that audit and verify.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Notes, Profile};

/// Arguments of `opnote audit`.
#[derive(clap::Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub notes: Notes,
    /// Billing table (CSV): note id, billed codes, and if wanted modifiers, units, claim, provider, site, coder, date
    #[arg(long, value_name = "BILLED.csv")]
    pub billed: Option<PathBuf>,
    /// Column of the billing table for a role: note, codes, units, modifiers, claim, date, provider, site, coder, payer,
    /// month; any other role is a group of its own
    #[arg(long, value_name = "ROLE=HEADER", value_parser = role)]
    pub column: Vec<(String, String)>,
    /// Table (CSV) of relative value units: code, rvu, and if wanted from and until
    #[arg(long, value_name = "FILE")]
    pub rvu: Option<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = AuditFormat::Text)]
    pub format: AuditFormat,
    /// Write findings to a file, which is there whole or not at all
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also write one page to file, with charts and every finding; it holds words of the notes
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write a workbook for a reviewer, who --reviewer names; it holds words of the notes
    #[arg(long, value_name = "FILE.xlsx", requires = "reviewer")]
    pub worksheet: Option<PathBuf>,
    /// Name of the reviewer of the worksheet that is written, or of those that are read
    #[arg(long, value_name = "NAME")]
    pub reviewer: Vec<String>,
    /// Read a worksheet that a reviewer filled in; twice for two reviewers
    #[arg(long, value_name = "FILE.xlsx")]
    pub reviewed: Vec<PathBuf>,
    /// Write a workbook of the findings on which two reviewers differ, for whom --reviewer names
    #[arg(long, value_name = "FILE.xlsx", requires = "reviewer", conflicts_with = "worksheet")]
    pub reconcile: Option<PathBuf>,
    /// Read the workbook in which the differences were settled
    #[arg(long, value_name = "FILE.xlsx", requires = "reviewed")]
    pub reconciled: Option<PathBuf>,
    /// Add the decisions of the worksheets to an audit trail (`SQLite`)
    #[arg(long, value_name = "FILE", requires = "reviewed")]
    pub trail: Option<PathBuf>,
    /// Audit only the claims that a sample file drew; its method, frame and seed go on the page
    #[arg(long, value_name = "SAMPLE.json", conflicts_with_all = ["method", "frame", "frame_hash", "seed"])]
    pub sample: Option<PathBuf>,
    /// How the claims were chosen, for the page
    #[arg(long, value_name = "TEXT")]
    pub method: Option<String>,
    /// Number of claims that they were drawn from, for the page
    #[arg(long, value_name = "N")]
    pub frame: Option<u64>,
    /// Digest of the list that they were drawn from, for the page
    #[arg(long, value_name = "SHA256", hide_short_help = true)]
    pub frame_hash: Option<String>,
    /// Seed of the draw, for the page
    #[arg(long, value_name = "SEED")]
    pub seed: Option<String>,
    /// Readiness profile: coder, or the stricter qa
    #[arg(long, value_enum, default_value_t = Profile::Coder)]
    pub profile: Profile,
}

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For people: figures, then every finding with its words
    Text,
    /// One JSON object a finding and line, then one with the figures
    Jsonl,
    /// A table, one row a finding; it quotes nothing of a note
    Csv,
}

/// Arguments of `opnote verify`.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// The audit trail
    #[arg(value_name = "TRAIL")]
    pub trail: PathBuf,
    /// An end of the trail that was noted elsewhere
    #[arg(long, value_name = "NUMBER:HASH", value_parser = head)]
    pub head: Vec<opnote_trail::Head>,
    /// A page or text file that notes ends of the trail
    #[arg(long, value_name = "FILE")]
    pub against: Vec<PathBuf>,
    /// Print every entry as a JSON object a line
    #[arg(long)]
    pub list: bool,
}

fn head(text: &str) -> Result<opnote_trail::Head, &'static str> {
    text.parse()
}

fn role(text: &str) -> Result<(String, String), &'static str> {
    let (role, header) = text.split_once('=').ok_or("expected ROLE=HEADER, such as provider=Attending")?;
    let (role, header) = (role.trim().to_lowercase(), header.trim().to_owned());
    if role.is_empty() || header.is_empty() { Err("expected ROLE=HEADER") } else { Ok((role, header)) }
}
