//! The data of `banks/`: phrases, scenarios, layouts, drugs, and the code table that the truth is read from.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A data file that does not read.
#[derive(Debug, thiserror::Error)]
#[error("banks/{file}: {source}")]
pub struct BankError {
    file: &'static str,
    source: toml::de::Error,
}

/// All data. `Banks::embedded` reads the files that were compiled in.
#[derive(Debug, Default)]
pub struct Banks {
    pub(crate) topics: BTreeMap<String, Vec<Phrases>>,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) layouts: Vec<Layout>,
    pub(crate) drugs: Vec<Drug>,
    pub(crate) noise: Noise,
    pub(crate) rules: Rules,
}

impl Banks {
    /// The banks of the program.
    pub fn embedded() -> Result<Banks, BankError> {
        let mut banks = Banks {
            layouts: read::<Layouts>("layouts.toml", include_str!("../banks/layouts.toml"))?.layout,
            drugs: read::<Drugs>("drugs.toml", include_str!("../banks/drugs.toml"))?.drug,
            noise: read("noise.toml", include_str!("../banks/noise.toml"))?,
            rules: read("truth.toml", include_str!("../banks/truth.toml"))?,
            ..Banks::default()
        };
        for (file, text) in [
            ("family.toml", include_str!("../banks/family.toml")),
            ("gates.toml", include_str!("../banks/gates.toml")),
            ("neighbors.toml", include_str!("../banks/neighbors.toml")),
        ] {
            banks.scenarios.extend(read::<Scenarios>(file, text)?.scenario);
        }
        for (file, text) in [
            ("technique.toml", include_str!("../banks/technique.toml")),
            ("story.toml", include_str!("../banks/story.toml")),
            ("labels.toml", include_str!("../banks/labels.toml")),
        ] {
            for (topic, phrases) in read::<BTreeMap<String, Vec<Phrases>>>(file, text)? {
                banks.topics.entry(topic).or_default().extend(phrases);
            }
        }
        Ok(banks)
    }

    /// The scenario of this id.
    pub(crate) fn scenario(&self, id: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|it| it.id == id)
    }
}

fn read<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, BankError> {
    toml::from_str(text).map_err(|source| BankError { file, source })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenarios {
    scenario: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layouts {
    layout: Vec<Layout>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drugs {
    drug: Vec<Drug>,
}

/// Phrases of one topic that may be used where the condition is met.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Phrases {
    /// Condition on the facts.
    pub(crate) when: String,
    /// Whole sentences, as dictated.
    pub(crate) prose: Vec<String>,
    /// Shorthand.
    pub(crate) terse: Vec<String>,
    /// Values of a form.
    pub(crate) label: Vec<String>,
}

impl Phrases {
    pub(crate) fn of(&self, voice: Voice) -> &[String] {
        match voice {
            Voice::Prose => &self.prose,
            Voice::Terse => &self.terse,
            Voice::Label => &self.label,
        }
    }
}

/// How a note speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Voice {
    #[default]
    Prose,
    Terse,
    Label,
}

/// What happened, and what the right answer to it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Scenario {
    /// Name.
    pub(crate) id: String,
    /// The gate of the coding rules that stops it: `G0` to `G13`; `G12` is the family.
    pub(crate) gate: String,
    /// How often it is drawn.
    pub(crate) weight: u32,
    /// `axes`: the facts give the code. `none`: no code of the family. `ask`: the provider must be asked.
    pub(crate) codes: String,
    /// With `ask`: what must be asked.
    pub(crate) ask: String,
    /// `firm`, `policy` or `debatable`.
    pub(crate) certainty: String,
    /// Why the answer is right, in a sentence.
    pub(crate) why: String,
    /// Codes of other families.
    pub(crate) neighbors: Vec<Neighbors>,
    /// Facts: a value, or values with their weights.
    pub(crate) facts: BTreeMap<String, Choice>,
    /// Phrases that replace those of the topic of the same name.
    pub(crate) topics: BTreeMap<String, Vec<String>>,
    /// The act: one phrase of each list, in order. Where empty, the steps of the family.
    pub(crate) technique: Vec<Vec<String>>,
    /// The act in shorthand; where empty, as `technique`.
    pub(crate) terse: Vec<String>,
    /// Scenarios that may be done in the same session.
    pub(crate) with: Vec<String>,
}

/// Codes of other families where the condition is met.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Neighbors {
    pub(crate) when: String,
    pub(crate) codes: Vec<String>,
    /// Another list that is accepted.
    pub(crate) also: Vec<String>,
}

/// The value of a fact.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Choice {
    Fixed(String),
    Weighted(BTreeMap<String, u32>),
}

/// The skeleton of a note.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Layout {
    pub(crate) id: String,
    pub(crate) weight: u32,
    /// Which notes it suits.
    pub(crate) when: String,
    pub(crate) voice: Voice,
    /// What stands between a heading and its body: `: `, `\n`, ` | ` …
    pub(crate) between: String,
    /// What stands between sections.
    pub(crate) after: String,
    pub(crate) capitals: bool,
    pub(crate) british: bool,
    pub(crate) spoken: bool,
    /// Column at which lines are broken, 0 for none.
    pub(crate) wrap: usize,
    /// Lines on a page, with a head on each; 0 for none.
    pub(crate) page: usize,
    pub(crate) section: Vec<Section>,
}

/// A heading with what stands below it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) heading: Vec<String>,
    /// Topics, in order.
    pub(crate) body: Vec<String>,
    /// Percent of notes that have it; 0 is always.
    pub(crate) chance: u32,
    pub(crate) when: String,
}

/// A drug with its names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Drug {
    pub(crate) generic: String,
    pub(crate) class: String,
    /// Condition on the facts, such as the space that it suits.
    pub(crate) when: String,
    pub(crate) names: Vec<String>,
    pub(crate) brands: Vec<String>,
    pub(crate) short: Vec<String>,
    pub(crate) amounts: Vec<String>,
}

/// Words and what they become.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Noise {
    pub(crate) british: Vec<[String; 2]>,
    pub(crate) abbreviations: Vec<[String; 2]>,
    pub(crate) recognition: Vec<[String; 2]>,
    pub(crate) residue: Vec<String>,
    pub(crate) page_heads: Vec<String>,
}

/// How facts give codes, and how a fact goes missing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    pub(crate) code: Vec<CodeRow>,
    pub(crate) defect: Vec<Defect>,
}

/// One row of the code table of the family.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeRow {
    pub(crate) code: String,
    pub(crate) region: String,
    pub(crate) delivery: String,
    /// `yes`, `no`, or `any` where the table does not ask.
    pub(crate) guided: String,
    /// First and last year of service.
    pub(crate) years: [u16; 2],
}

/// A way in which a note leaves a deciding fact open.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Defect {
    pub(crate) id: String,
    pub(crate) weight: u32,
    pub(crate) when: String,
    /// Facts as they then are.
    pub(crate) set: BTreeMap<String, String>,
    /// The axis that stays open: `imaging`, `region`, `delivery`, `title_level` or `none`.
    pub(crate) open: String,
    /// What must be asked.
    pub(crate) ask: String,
    pub(crate) why: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Banks, Voice};

    /// Facts that phrases may name; everything else between angle brackets must be a topic.
    const FACTS: [&str; 22] = [
        "level",
        "title_level",
        "tip",
        "spine",
        "side",
        "date",
        "root",
        "steroid",
        "steroid_short",
        "steroid_amount",
        "anesthetic",
        "anesthetic_short",
        "anesthetic_amount",
        "opioid",
        "opioid_short",
        "opioid_amount",
        "saline",
        "saline_short",
        "saline_amount",
        "antispasmodic",
        "antispasmodic_short",
        "antispasmodic_amount",
    ];

    /// Every reference names a fact or a topic, every brace is closed, every second act and topic exists.
    #[test]
    fn phrases_refer_to_what_exists() {
        let banks = Banks::embedded().expect("banks");
        let mut phrases: Vec<&String> = Vec::new();
        for it in banks.topics.values().flatten() {
            phrases.extend([Voice::Prose, Voice::Terse, Voice::Label].into_iter().flat_map(|voice| it.of(voice)));
        }
        for it in &banks.scenarios {
            phrases.extend(it.topics.values().flatten().chain(it.technique.iter().flatten()).chain(&it.terse));
            it.with.iter().for_each(|other| assert!(banks.scenario(other).is_some(), "{}: {other}", it.id));
        }
        for phrase in phrases {
            assert_eq!(phrase.matches('{').count(), phrase.matches('}').count(), "{phrase}");
            for name in phrase.split('<').skip(1).filter_map(|it| it.split_once('>')).map(|it| it.0) {
                let known = name.starts_with("n:") || FACTS.contains(&name) || banks.topics.contains_key(name);
                assert!(known, "<{name}> in {phrase}");
            }
        }
        let own: BTreeSet<&str> = banks.scenarios.iter().flat_map(|it| it.topics.keys()).map(String::as_str).collect();
        for topic in banks.layouts.iter().flat_map(|it| &it.section).flat_map(|it| &it.body) {
            let name = topic.strip_prefix("second_").unwrap_or(topic);
            let technique = matches!(name, "technique" | "terse_technique");
            assert!(technique || banks.topics.contains_key(name) || own.contains(name), "{topic}");
        }
    }

    /// Ids are unique, and a scenario without a code says why.
    #[test]
    fn scenarios_are_whole() {
        let banks = Banks::embedded().expect("banks");
        let ids: BTreeSet<&str> = banks.scenarios.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids.len(), banks.scenarios.len());
        for it in &banks.scenarios {
            assert!(matches!(it.codes.as_str(), "axes" | "none" | "ask") && !it.why.is_empty(), "{}", it.id);
            assert!((it.codes == "ask") != it.ask.is_empty(), "{}", it.id);
        }
    }
}
