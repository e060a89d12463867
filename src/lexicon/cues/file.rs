//! The shape of `context.toml`; an unknown name in it is an error.

use serde::Deserialize;
use toml::Spanned;

use super::{ModifierCategory, Terminators};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub(super) grammar: RawGrammar,
    pub(super) cue: Vec<RawCue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGrammar {
    pub(super) verbs: Vec<String>,
    pub(super) acts: Vec<String>,
    pub(super) subjects: Vec<String>,
    pub(super) prepositions: Vec<String>,
    pub(super) and: Vec<String>,
    pub(super) or: Vec<String>,
    pub(super) relatives: Vec<String>,
    pub(super) orders: Vec<String>,
    #[serde(default)]
    pub(super) present: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCue {
    pub(super) id: Spanned<String>,
    pub(super) means: String,
    pub(super) category: Vec<RawCategory>,
    pub(super) words: Vec<String>,
    pub(super) direction: Option<CueDirection>,
    pub(super) max_scope: Option<usize>,
    #[serde(default)]
    pub(super) terminated_by: Vec<Terminator>,
    #[serde(default)]
    pub(super) only: Vec<String>,
    #[serde(default)]
    pub(super) at_start: bool,
    #[serde(default)]
    pub(super) at_end: bool,
    #[serde(default)]
    pub(super) in_target: bool,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum CueDirection {
    Forward,
    Backward,
    Both,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawCategory {
    Negated,
    Possible,
    Historical,
    Hypothetical,
    Planned,
    Existing,
    Attempted,
    Other,
    Pseudo,
    Terminate,
    Event,
}

impl RawCategory {
    /// Those that `only` may name.
    pub(super) const NAMES: [&str; 7] =
        ["negated", "historical", "hypothetical", "planned", "existing", "attempted", "other"];

    pub(super) fn named(name: &str) -> Option<RawCategory> {
        let all = [
            RawCategory::Negated,
            RawCategory::Historical,
            RawCategory::Hypothetical,
            RawCategory::Planned,
            RawCategory::Existing,
            RawCategory::Attempted,
            RawCategory::Other,
        ];
        RawCategory::NAMES.iter().position(|it| *it == name).map(|at| all[at])
    }

    pub(super) fn add_to(self, set: &mut ModifierCategory) {
        set.add(match self {
            RawCategory::Negated => ModifierCategory::NEGATED,
            RawCategory::Possible => ModifierCategory::POSSIBLE,
            RawCategory::Historical => ModifierCategory::HISTORICAL,
            RawCategory::Hypothetical => ModifierCategory::HYPOTHETICAL,
            RawCategory::Planned => ModifierCategory::PLANNED,
            RawCategory::Existing => ModifierCategory::EXISTING,
            RawCategory::Attempted => ModifierCategory::ATTEMPTED,
            RawCategory::Other => ModifierCategory::OTHER,
            RawCategory::Pseudo => ModifierCategory::PSEUDO,
            RawCategory::Terminate => ModifierCategory::TERMINATE,
            RawCategory::Event => ModifierCategory::EVENT,
        });
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Terminator {
    Clause,
    Statement,
    Verb,
    Label,
    Comma,
    Preposition,
    Again,
    List,
    Order,
    Consequence,
}

impl Terminator {
    pub(super) fn add_to(self, set: &mut Terminators) {
        set.add(match self {
            Terminator::Clause => Terminators::CLAUSE,
            Terminator::Statement => Terminators::STATEMENT,
            Terminator::Verb => Terminators::VERB,
            Terminator::Label => Terminators::LABEL,
            Terminator::Comma => Terminators::COMMA,
            Terminator::Preposition => Terminators::PREPOSITION,
            Terminator::Again => Terminators::AGAIN,
            Terminator::List => Terminators::LIST,
            Terminator::Order => Terminators::ORDER,
            Terminator::Consequence => Terminators::CONSEQUENCE,
        });
    }
}
