//! Loads and checks `lexicons/`: one loader for the embedded files and for a folder laid over them.

pub(crate) mod anchors;
pub mod calibration;
pub(crate) mod cards;
pub(crate) mod code_set;
pub(crate) mod constructions;
pub(crate) mod cues;
pub(crate) mod dates;
pub(crate) mod diagnoses;
pub(crate) mod edits;
mod error;
pub(crate) mod families;
pub mod features;
mod files;
pub(crate) mod ncci;
pub(crate) mod other_codes;
pub(crate) mod patterns;
pub(crate) mod phrases;
pub mod reviews;
pub(crate) mod sections;
pub(crate) mod supplies;
pub(crate) mod terms;
pub(crate) mod trie;
pub(crate) mod weights;

use std::path::Path;

use jiff::civil::Date;
use once_cell::sync::OnceCell;
use serde::Deserialize;

pub use error::Error;
pub use files::Files;

use crate::model::Id;
use code_set::CodeSet;
use constructions::Constructions;
use cues::Cues;
use dates::Dates;
use diagnoses::Diagnoses;
use families::Family;
use patterns::Patterns;
use phrases::Phrases;
use reviews::Reviews;
use sections::{Sections, Sentences};
use supplies::Supplies;
use terms::Terms;
use weights::Weights;

/// Everything the stages know, compiled from the data files once.
pub struct Lexicon {
    pub(crate) sections: Sections,
    pub(crate) sentences: Sentences,
    pub(crate) cues: Cues,
    pub(crate) terms: Terms,
    pub(crate) patterns: Patterns,
    /// Labels of dates.
    pub(crate) dates: Dates,
    pub(crate) phrases: Phrases,
    /// How words state values.
    pub(crate) constructions: Constructions,
    /// How much each statement counts.
    pub(crate) weights: Weights,
    pub(crate) families: Vec<Family>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) supplies: Supplies,
    pub(crate) cards: Vec<cards::Card>,
    pub(crate) reviews: Reviews,
    pub(crate) diagnoses: Diagnoses,
    pub(crate) icd10cm: CodeSet,
    pub(crate) hcpcs: CodeSet,
    pub(crate) ncci: ncci::Ncci,
    pub(crate) exclusions: Vec<code_set::Exclusion>,
    pub(crate) modifiers: Vec<edits::Modifier>,
    pub(crate) other_codes: Vec<other_codes::OtherCode>,
    pub(crate) edits: Vec<edits::Edit>,
    /// The confidence model; none where `calibration.toml` is absent.
    pub(crate) calibration: Option<calibration::Calibration>,
    /// Hash of the data files, in every result.
    pub fingerprint: String,
}

/// A rule of the reasoning, as `rules.csv` explains it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub id: String,
    pub about: String,
    pub source: String,
}

impl Lexicon {
    /// The lexicon embedded in the program, compiled on first use.
    ///
    /// # Panics
    /// Never in a released build: a test loads the embedded files.
    pub fn embedded() -> &'static Lexicon {
        static EMBEDDED: OnceCell<Lexicon> = OnceCell::new();
        EMBEDDED.get_or_init(|| match Lexicon::load(&Files::embedded()) {
            Ok(lexicon) => lexicon,
            Err(error) => panic!("embedded lexicon: {error}"),
        })
    }

    /// The embedded lexicon with `folder` laid over it.
    pub fn open(folder: &Path) -> Result<Lexicon, Error> {
        Lexicon::load(&Files::open(folder)?)
    }

    /// Compiles a set of files; errors name file, line and what was expected.
    pub fn load(files: &Files) -> Result<Lexicon, Error> {
        Lexicon::load_without(files, |_| false)
    }

    /// The same without about one in `one_in` of the terms and constructions, chosen by `seed`: what an unknown wording
    /// looks like. For calibration alone.
    pub fn with_dropout(files: &Files, seed: u64, one_in: u64) -> Result<Lexicon, Error> {
        Lexicon::load_without(files, |name| dropped(name, seed, one_in))
    }

    fn load_without(files: &Files, dropped: impl Fn(&str) -> bool) -> Result<Lexicon, Error> {
        let names = families::names(files);
        let families = names.iter().map(|it| families::load(files, it)).collect::<Result<_, _>>()?;
        let mut rules = Vec::new();
        terms::read_csv(files, "rules.csv", |_, _, row: Rule| {
            rules.push(row);
            Ok(())
        })?;
        let modifiers = edits::modifiers(files)?;
        let sections = Sections::load(files)?;
        let constructions = Constructions::load(files, |row| !dropped(row))?;
        let weights = Weights::load(files, &constructions, &sections)?;
        Ok(Lexicon {
            constructions,
            weights,
            dates: Dates::load(files)?,
            phrases: Phrases::load(files)?,
            sections,
            sentences: Sentences::load(files)?,
            cues: Cues::load(files)?,
            terms: Terms::load(files, &names, |term| !dropped(term))?,
            patterns: Patterns::load(files)?,
            families,
            rules,
            supplies: Supplies::load(files)?,
            cards: cards::load(files)?,
            reviews: Reviews::load(files)?,
            diagnoses: Diagnoses::load(files)?,
            icd10cm: CodeSet::load(files, "icd10cm.csv")?,
            hcpcs: CodeSet::load(files, "hcpcs_level2.csv")?,
            ncci: ncci::Ncci::load(files)?,
            exclusions: code_set::exclusions(files)?,
            edits: edits::edits(files, &modifiers)?,
            modifiers,
            other_codes: other_codes::other_codes(files)?,
            calibration: calibration::Calibration::load(files)?,
            fingerprint: files.fingerprint(),
        })
    }

    /// The confidence model; none where there is none.
    pub fn calibration(&self) -> Option<&calibration::Calibration> {
        self.calibration.as_ref()
    }

    /// Uses the thresholds of a profile of the confidence model; false where it has none of that name.
    pub fn use_profile(&mut self, profile: &str) -> bool {
        self.calibration.as_mut().is_some_and(|it| it.choose(profile))
    }

    /// Index of the family with this id.
    pub(crate) fn family(&self, id: &str) -> Option<usize> {
        self.families.iter().position(|it| it.id.as_str() == id)
    }

    /// The id of a family by its index.
    pub(crate) fn family_id(&self, index: usize) -> &Id {
        &self.families[index].id
    }
}

/// Whether a name is among those left out for a seed: the same on every machine.
fn dropped(name: &str, seed: u64, one_in: u64) -> bool {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3);
    }
    (hash >> 20).is_multiple_of(one_in.max(1))
}

/// Whether a dated row holds on a day, `until` being the first day on which it no longer does; without a day, whether
/// it holds now.
fn in_force(from: Date, until: Option<Date>, day: Option<Date>) -> bool {
    day.map_or(until.is_none(), |day| from <= day && until.is_none_or(|it| day < it))
}
