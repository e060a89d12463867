//! Questions of reviewers: `checklist.toml`, and coverage policies in `policies/*.toml`. Read with the lexicon, and
//! compiled only when somebody asks for it, by those who review.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::error::did_you_mean;
use super::{Error, Files, Lexicon};

/// The checklist and the policies, sorted by id.
#[derive(Default)]
pub struct Reviews {
    /// A note that examples of items which are single sentences are added to.
    pub example: String,
    /// The checklist.
    pub items: Vec<ChecklistItem>,
    /// The policies.
    pub policies: Vec<Policy>,
}

/// One line of the checklist.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// Its id.
    pub id: String,
    /// What it asks for, in our own words.
    pub what: String,
    /// What was found instead, of an item that asks for the absence of something; empty otherwise.
    #[serde(default)]
    pub failed: String,
    /// `code`, `payment` or `advice`.
    pub severity: String,
    /// Families that it is asked of; all where empty.
    #[serde(default)]
    pub families: Vec<String>,
    /// Asked only when `slot=value|value` holds.
    #[serde(default)]
    pub when: String,
    /// The fact, or the named property of the facts, that answers.
    #[serde(default)]
    pub slot: String,
    /// Rules of inference, and concepts of words, that document no such fact: what they conclude is no answer.
    #[serde(default)]
    pub not_by: Vec<String>,
    /// The question of a family whose open finding answers.
    #[serde(default)]
    pub finding: String,
    /// Statements that answer; of each part one must be there, and the fact, where the item names one.
    #[serde(default)]
    pub reading: Vec<Reading>,
    /// Statements that must not be there.
    #[serde(default)]
    pub absent: Vec<Reading>,
    /// Why one note cannot answer it; empty where it can.
    #[serde(default)]
    pub elsewhere: String,
    /// Notes, or sentences that are added to the example of the file, that meet it.
    #[serde(default)]
    pub yes: Vec<String>,
    /// Such notes and sentences that do not.
    #[serde(default)]
    pub no: Vec<String>,
    /// What it rests on.
    pub source: String,
}

/// A statement, as one sentence of a note makes it. Expressions are those of the `regex` crate, in any case.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The words that are asserted.
    pub pattern: String,
    /// What the same sentence must say, too.
    #[serde(default)]
    pub with: String,
    /// What the same sentence must not say.
    #[serde(default)]
    pub without: String,
    /// Kinds of sections that it may be in; all where empty. `opening` is the first sentence of the note.
    #[serde(default)]
    pub sections: Vec<String>,
    /// What may be said of the words.
    #[serde(default)]
    pub polarity: Polarity,
    /// When it may have happened.
    #[serde(default)]
    pub time: ReadingTime,
    /// Readings of the same part are alternatives.
    #[serde(default)]
    pub part: u8,
}

/// Whether the words of a [`Reading`] may be denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Polarity {
    /// They must not be denied.
    #[default]
    Affirmed,
    /// They may be: "no complications" answers what became of them.
    Either,
}

/// When a [`Reading`] may have happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ReadingTime {
    /// At this encounter.
    #[default]
    Now,
    /// At any time, but not only perhaps.
    Any,
    /// Intended or advised, too.
    Later,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChecklistFile {
    #[serde(default)]
    example: String,
    item: Vec<ChecklistItem>,
}

/// A coverage policy.
#[derive(Clone)]
pub struct Policy {
    /// Its id.
    pub id: String,
    /// What it is.
    pub about: String,
    /// The article with its codes.
    pub article: String,
    /// First day.
    pub from: Date,
    /// First day on which it no longer holds.
    pub until: Option<Date>,
    /// What it rests on.
    pub source: String,
    /// Whether it was checked against its source.
    pub verified: bool,
    /// Its requirements.
    pub body: PolicyBody,
}

/// Requirements of a policy.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyBody {
    /// Codes that it pays.
    #[serde(default)]
    pub covered: Vec<String>,
    /// Families that it is about.
    #[serde(default)]
    pub families: Vec<String>,
    /// Purposes that it is not about.
    #[serde(default)]
    pub exempt_purposes: Vec<String>,
    /// Deliveries that it is not about.
    #[serde(default)]
    pub exempt_deliveries: Vec<String>,
    /// Classes of injected drugs of which one must have been given for the policy to apply.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Codes that a program reviews before they are paid, with its states and settings: such a policy has no rules.
    #[serde(default)]
    pub authorization: Vec<String>,
    /// States of a program.
    #[serde(default)]
    pub states: Vec<String>,
    /// Settings of a program.
    #[serde(default)]
    pub settings: Vec<String>,
    /// A note that meets every requirement which one note can meet; the rules change it for their examples.
    #[serde(default)]
    pub example: String,
    /// The requirements.
    #[serde(default)]
    pub rule: Vec<PolicyRule>,
}

/// One requirement of a policy.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub what: String,
    /// Checklist items that must all be met.
    #[serde(default)]
    pub all_of: Vec<String>,
    /// Checklist items of which one must be met.
    #[serde(default)]
    pub any_of: Vec<String>,
    /// Conditions of which one must be given as the reason.
    #[serde(default)]
    pub conditions: Vec<String>,
    /// Conditions that count only where radicular pain or neurogenic claudication is documented.
    #[serde(default)]
    pub conditions_if_radicular: Vec<String>,
    /// Conditions that need no answer.
    #[serde(default)]
    pub except_conditions: Vec<String>,
    /// Asked only where this checklist item is met.
    #[serde(default)]
    pub only_if: String,
    /// Largest amount of a drug in a session.
    #[serde(default)]
    pub ceilings: BTreeMap<String, String>,
    /// Changes of the example, words and what stands instead, with which it is still met.
    #[serde(default)]
    pub yes: Vec<[String; 2]>,
    /// Changes with which it is not.
    #[serde(default)]
    pub no: Vec<[String; 2]>,
    /// What it rests on.
    pub source: String,
}

#[derive(Deserialize)]
struct PolicyFile {
    id: String,
    about: String,
    #[serde(default)]
    article: String,
    from: String,
    until: Option<String>,
    source: String,
    verified: bool,
    same_as: Option<String>,
    #[serde(flatten)]
    body: toml::Table,
}

impl Reviews {
    pub(super) fn load(files: &Files) -> Result<Reviews, Error> {
        const PATH: &str = "checklist.toml";
        let ChecklistFile { example, item: items } = match files.text(PATH)? {
            Some(text) => toml::from_str(text).map_err(|error| Error::toml(PATH, text, &error))?,
            None => ChecklistFile { example: String::new(), item: Vec::new() },
        };
        let mut policies = Vec::new();
        let mut alike = Vec::new();
        let is_policy = |path: &str| path.strip_prefix("policies/").and_then(|it| it.strip_suffix(".toml")).is_some();
        for (path, _) in files.iter().filter(|it| is_policy(it.0)) {
            let text = files.text(path)?.unwrap_or_default();
            let file: PolicyFile = toml::from_str(text).map_err(|error| Error::toml(path, text, &error))?;
            alike.extend(file.same_as.clone().map(|it| (policies.len(), it, path.to_owned())));
            policies.push(policy(path, file)?);
        }
        for (index, other, path) in alike {
            let found = policies.iter().find(|it: &&Policy| it.id == other).map(|it| it.body.clone());
            policies[index].body = found.ok_or_else(|| {
                let hint = did_you_mean(&other, policies.iter().map(|it| it.id.as_str()));
                Error::new(&path, format!("same_as: no policy \"{other}\"{hint}"))
            })?;
        }
        let reviews = Reviews { example, items, policies };
        reviews.check()?;
        Ok(reviews)
    }

    /// Every item that a policy names must be there.
    fn check(&self) -> Result<(), Error> {
        for policy in &self.policies {
            for rule in &policy.body.rule {
                let named =
                    rule.all_of.iter().chain(&rule.any_of).chain(Some(&rule.only_if).filter(|it| !it.is_empty()));
                for it in named {
                    if !self.items.iter().any(|item| item.id == *it) {
                        let path = format!("policies/{}.toml", policy.id);
                        return Err(Error::new(&path, format!("rule {}: no checklist item \"{it}\"", rule.id)));
                    }
                }
            }
        }
        Ok(())
    }
}

fn policy(path: &str, file: PolicyFile) -> Result<Policy, Error> {
    let day = |text: &str| {
        text.parse::<Date>().map_err(|_| Error::new(path, format!("\"{text}\" is no date (expected YYYY-MM-DD)")))
    };
    let until = file.until.as_deref().map(day).transpose()?;
    let body: PolicyBody = file.body.try_into().map_err(|error: toml::de::Error| Error::new(path, error.message()))?;
    Ok(Policy {
        id: file.id,
        about: file.about,
        article: file.article,
        from: day(&file.from)?,
        until,
        source: file.source,
        verified: file.verified,
        body,
    })
}

impl Lexicon {
    /// The checklist and the policies.
    pub fn reviews(&self) -> &Reviews {
        &self.reviews
    }

    /// Every policy: id and what it is.
    pub fn policies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.reviews.policies.iter().map(|it| (it.id.as_str(), it.about.as_str()))
    }
}
