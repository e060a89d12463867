//! Arguments of the commands that sample and estimate.

use std::path::PathBuf;

use clap::{ArgGroup, Subcommand, ValueEnum};
use opnote_audit::sampling::{self, Condition, Seed, StratumColumn, Target};

pub(crate) const SAMPLE_EXAMPLES: &str = "\
Examples:
  opnote sample claims.csv --size 60 --seed 20261130 --amount paid --out audit.json
  opnote sample results/ --strata code --strata month --size 90 --seed 4711 --out audit.json
  opnote sample results/ --target lowest-confidence --size 20 --seed 1 --out look.json
  opnote sample claims.csv --probe --size 30 --seed 4711 --amount paid --out probe.json
  opnote sample --again audit.json                    anyone can draw it again and compare

FRAME is the folder of `opnote batch`, JSON lines of results, or a CSV table with one row a claim. The drawn rows are
written beside the sample file as .csv, with columns for the reviewer to fill; then: opnote estimate audit.json";

pub(crate) const SIZE_EXAMPLES: &str = "\
Examples:
  opnote sample-size attribute --expected 5% --margin 3% --frame 5000
  opnote sample-size variable --probe probe.json --precision 25%
  opnote sample-size discovery --target 95% --frame 614";

pub(crate) const ESTIMATE_EXAMPLES: &str = "\
Examples:
  opnote estimate audit.json                            reads audit.csv, which the reviewer filled
  opnote estimate audit.json --reviewed returned.csv
  opnote estimate audit.json --json > figures.json";

/// Arguments of `opnote sample`.
#[derive(clap::Args)]
#[command(group = ArgGroup::new("method").args(["strata", "systematic", "weight", "target"]))]
pub(crate) struct Sample {
    /// Folder of `opnote batch`, results as JSON lines, or a CSV table
    #[arg(value_name = "FRAME", required_unless_present = "again")]
    pub frame: Vec<PathBuf>,
    /// Units to draw
    #[arg(long, value_name = "N", required_unless_present = "again", value_parser = clap::value_parser!(u32).range(1..))]
    pub size: Option<u32>,
    /// Seed of the random numbers, 1 to 64 digits; decide on it before you look at the frame
    #[arg(long, value_name = "DIGITS", required_unless_present = "again", value_parser = Seed::read)]
    pub seed: Option<Seed>,
    /// Sample file to write; the drawn rows go beside it as .csv
    #[arg(long, value_name = "FILE.json", required_unless_present = "again")]
    pub out: Option<PathBuf>,
    /// Column with the examined amount, such as what was paid
    #[arg(long, value_name = "COLUMN")]
    pub amount: Option<String>,
    /// Draw from strata: COLUMN, COLUMN:month, or COLUMN:LIMIT,LIMIT for bands; several make combinations
    #[arg(long, value_name = "COLUMN", value_parser = StratumColumn::read, help_heading = "Method (simple random without any)")]
    pub strata: Vec<StratumColumn>,
    /// How the size is divided among strata
    #[arg(long, value_enum, default_value_t = Allocation::Proportional, requires = "strata", help_heading = "Method (simple random without any)")]
    pub allocation: Allocation,
    /// Column whose standard deviation in each stratum Neyman's allocation uses
    #[arg(long, value_name = "COLUMN", requires = "strata", help_heading = "Method (simple random without any)")]
    pub spread: Option<String>,
    /// Fewest units drawn from a stratum
    #[arg(
        long,
        value_name = "N",
        default_value_t = 2,
        requires = "strata",
        help_heading = "Method (simple random without any)"
    )]
    pub least: usize,
    /// Draw every k-th unit from a random start
    #[arg(long, help_heading = "Method (simple random without any)")]
    pub systematic: bool,
    /// Sort by this column first
    #[arg(long, value_name = "COLUMN", requires = "systematic", help_heading = "Method (simple random without any)")]
    pub order: Vec<String>,
    /// Draw with a probability proportional to this column
    #[arg(long, value_name = "COLUMN", help_heading = "Method (simple random without any)")]
    pub weight: Option<String>,
    /// Draw what matters most: lowest-confidence, conflicts, billing, COLUMN:lowest, COLUMN:highest or COLUMN=VALUE;
    /// nothing can be projected from it
    #[arg(long, value_name = "RULE", value_parser = target, help_heading = "Method (simple random without any)")]
    pub target: Option<Target>,
    /// Mark the sample as a probe, which serves to find the size of the audit's sample
    #[arg(long)]
    pub probe: bool,
    /// Column with the id of each unit, by name or number
    #[arg(long, value_name = "COLUMN", default_value = "id", help_heading = "Frame")]
    pub id_column: String,
    /// Keep units whose cell is one of the values
    #[arg(long = "where", value_name = "COLUMN=VALUE|VALUE", value_parser = Condition::read, help_heading = "Frame")]
    pub conditions: Vec<Condition>,
    /// Add the columns of a CSV table by id, such as provider and site
    #[arg(long, value_name = "FILE", help_heading = "Frame")]
    pub join: Option<PathBuf>,
    /// Column of that table with the id
    #[arg(long, value_name = "COLUMN", default_value = "id", requires = "join", help_heading = "Frame")]
    pub join_id: String,
    /// Also write the frame as CSV, whose SHA-256 is in the sample file
    #[arg(long, value_name = "FILE", help_heading = "Frame")]
    pub frame_out: Option<PathBuf>,
    /// Draw the sample of this file again, from its frame or the one named, and compare
    #[arg(long, value_name = "SAMPLE.json",
        conflicts_with_all = ["size", "seed", "out", "amount", "method", "probe", "conditions", "join", "frame_out"])]
    pub again: Option<PathBuf>,
}

/// How the size is divided among strata.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Allocation {
    /// By the number of units
    Proportional,
    /// The same number from each
    Equal,
    /// By the number of units times the standard deviation of --spread
    Neyman,
}

impl Allocation {
    /// The allocation as samples name it.
    pub(crate) const fn kind(self) -> sampling::Allocation {
        match self {
            Allocation::Proportional => sampling::Allocation::Proportional,
            Allocation::Equal => sampling::Allocation::Equal,
            Allocation::Neyman => sampling::Allocation::Neyman,
        }
    }
}

/// The calculators of `opnote sample-size`.
#[derive(Subcommand)]
pub(crate) enum SampleSize {
    /// For an error rate: so many units that it is known to within a margin
    Attribute {
        /// Rate that is expected, such as 5%; 50% where nothing is known
        #[arg(long, value_name = "RATE", value_parser = share)]
        expected: f64,
        /// Margin to each side, such as 3%
        #[arg(long, value_name = "RATE", value_parser = share)]
        margin: f64,
        #[command(flatten)]
        list: List,
    },
    /// For an amount: so many units that the total is known to within a part of itself
    Variable {
        /// Precision, such as 25%: half the interval over the estimate
        #[arg(long, value_name = "RATE", value_parser = share)]
        precision: f64,
        /// Mean of a probe sample
        #[arg(long, value_name = "AMOUNT", required_unless_present = "probe", requires = "deviation")]
        mean: Option<f64>,
        /// Standard deviation of a probe sample
        #[arg(long, value_name = "AMOUNT", required_unless_present = "probe", requires = "mean")]
        deviation: Option<f64>,
        /// A probe sample whose rows were reviewed, instead of both; its frame is used, too
        #[arg(long, value_name = "SAMPLE.json", conflicts_with_all = ["mean", "deviation", "frame"])]
        probe: Option<PathBuf>,
        /// The reviewed rows, if they are not beside the sample file
        #[arg(long, value_name = "FILE", requires = "probe")]
        reviewed: Option<PathBuf>,
        #[command(flatten)]
        list: List,
    },
    /// To show that a list is nearly free of errors: the smallest sample that does, with so many errors found
    Discovery {
        /// Share right that is to be shown
        #[arg(long, value_name = "RATE", default_value = "95%", value_parser = share)]
        target: f64,
        /// Most errors that are allowed for
        #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1000))]
        errors: u64,
        /// One-sided level
        #[arg(long, value_name = "RATE", default_value = "95%", value_parser = share)]
        level: f64,
        /// Units of the frame; without it, an endless one
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
        frame: Option<u64>,
    },
}

/// The list that is sampled, and how sure the answer must be.
#[derive(clap::Args)]
pub(crate) struct List {
    /// Two-sided level
    #[arg(long, value_name = "RATE", default_value = "90%", value_parser = share)]
    pub level: f64,
    /// Units of the frame; without it, an endless one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub frame: Option<u64>,
}

/// Arguments of `opnote estimate`.
#[derive(clap::Args)]
pub(crate) struct Estimate {
    /// Sample file of `opnote sample`
    #[arg(value_name = "SAMPLE.json")]
    pub sample: PathBuf,
    /// The reviewed rows, if they are not beside the sample file
    #[arg(long, value_name = "FILE")]
    pub reviewed: Option<PathBuf>,
    /// Column with yes or no: whether the unit is in error
    #[arg(long, value_name = "COLUMN", default_value = sampling::ERROR)]
    pub error_column: String,
    /// Column with the amount that would have been right
    #[arg(long, value_name = "COLUMN", default_value = sampling::AMOUNT)]
    pub amount_column: String,
    /// Print all figures as JSON
    #[arg(long)]
    pub json: bool,
    /// Write to a file, which is there whole or not at all
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A share above 0 and below 1, as `5%` or `0.05`.
fn share(text: &str) -> Result<f64, String> {
    let (digits, unit) = text.strip_suffix('%').map_or((text, 1.0), |it| (it, 100.0));
    let share = digits.trim().parse::<f64>().ok().map(|it| it / unit).filter(|it| *it > 0.0 && *it < 1.0);
    share.ok_or_else(|| "expected a share such as 5% or 0.05, above 0% and below 100%".to_owned())
}

/// A rule of a targeted sample.
fn target(text: &str) -> Result<Target, String> {
    let column = |it: &str| it.to_owned();
    match text {
        "lowest-confidence" => return Ok(Target::Lowest { column: column("confidence") }),
        "conflicts" => return Ok(Target::Highest { column: column("conflicts") }),
        "billing" => {
            let condition = Condition { column: column("billing"), values: vec!["disagrees".to_owned()] };
            return Ok(Target::Matching(condition));
        }
        _ => {}
    }
    match text.rsplit_once(':') {
        Some((name, "lowest")) if !name.is_empty() => Ok(Target::Lowest { column: column(name) }),
        Some((name, "highest")) if !name.is_empty() => Ok(Target::Highest { column: column(name) }),
        _ => Condition::read(text).map(Target::Matching).map_err(|_| {
            "expected lowest-confidence, conflicts, billing, COLUMN:lowest, COLUMN:highest or COLUMN=VALUE".to_owned()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_without_doubt() {
        assert_eq!((share("5%"), share("0.05"), share("97.5 %")), (Ok(0.05), Ok(0.05), Ok(0.975)));
        for text in ["5", "0", "100%", "-1%", "x", "nan", "inf%"] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rules_of_targets_are_read() {
        assert_eq!(target("paid:highest"), Ok(Target::Highest { column: "paid".to_owned() }));
        assert!(matches!(target("billing"), Ok(Target::Matching(_))));
        assert!(matches!(target("site=North|South"), Ok(Target::Matching(it)) if it.values.len() == 2));
        assert!(target("paid").is_err() && target(":lowest").is_err());
    }
}
