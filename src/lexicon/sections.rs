//! Section kinds of `sections.toml` and sentence marks of `sentences.toml`.

use std::collections::{BTreeSet, HashMap};

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::error::did_you_mean;
use super::{Error, Files};
use crate::model::Id;

/// Default assertion of a section, where no cue decides otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DefaultAssertion {
    Performed,
    Neutral,
    Historical,
    Planned,
    Hypothetical,
    Ignored,
}

/// One kind of section.
pub(crate) struct SectionKind {
    pub id: Id,
    pub about: String,
    pub default: DefaultAssertion,
    pub weight: u8,
    pub short: bool,
}

/// All kinds, and how to find the kind of a heading.
pub(crate) struct Sections {
    pub kinds: Vec<SectionKind>,
    by_heading: HashMap<String, usize>,
    /// Words in a heading that determine its kind, and the kind of each.
    contained: AhoCorasick,
    contained_kinds: Vec<usize>,
    /// Words that open the narrative where no heading does, in any case.
    openers: AhoCorasick,
    /// Words of a published report, in any case.
    case_reports: AhoCorasick,
    /// Words of doing, in any case: a paragraph with several of them describes what was done.
    doing: AhoCorasick,
    /// Words that turn to the second of two acts, in lower case.
    pub turns: Vec<String>,
    /// Words that no title ends with.
    pub unfinished: Vec<String>,
    /// Kinds the stages refer to by name.
    pub title: usize,
    pub technique: usize,
    pub examination: usize,
    pub findings: usize,
    pub course: usize,
    pub medications: usize,
    pub injectate: usize,
    /// Signed corrections; none where no kind has that weight.
    pub correction: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionsFile {
    openers: Vec<String>,
    doing: Vec<String>,
    case_reports: Vec<String>,
    turns: Vec<String>,
    unfinished: Vec<String>,
    kind: Vec<KindData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindData {
    id: String,
    about: String,
    status: String,
    weight: u8,
    #[serde(default)]
    short: bool,
    headings: Vec<String>,
    #[serde(default)]
    contains: Vec<String>,
}

const FILE: &str = "sections.toml";

/// Kinds of sections of a higher weight correct the rest of the note.
const CORRECTION: u8 = 3;

impl Sections {
    /// Reads `sections.toml`.
    pub(crate) fn load(files: &Files) -> Result<Sections, Error> {
        let text = files.text(FILE)?.ok_or_else(|| Error::new(FILE, "is missing"))?;
        let data: SectionsFile = toml::from_str(text).map_err(|error| Error::toml(FILE, text, &error))?;
        let mut sections = Sections {
            kinds: Vec::new(),
            by_heading: HashMap::new(),
            contained: automaton(data.kind.iter().flat_map(|it| &it.contains))?,
            contained_kinds: Vec::new(),
            openers: automaton(&data.openers)?,
            doing: automaton(&data.doing)?,
            case_reports: automaton(&data.case_reports)?,
            turns: data.turns,
            unfinished: data.unfinished,
            title: 0,
            technique: 0,
            examination: 0,
            findings: 0,
            course: 0,
            medications: 0,
            injectate: 0,
            correction: None,
        };
        for kind in data.kind {
            let index = sections.kinds.len();
            for heading in &kind.headings {
                if sections.by_heading.insert(heading.clone(), index).is_some() {
                    return Err(Error::new(FILE, format!("heading \"{heading}\" is listed twice")));
                }
            }
            sections.contained_kinds.resize(sections.contained_kinds.len() + kind.contains.len(), index);
            sections.kinds.push(SectionKind {
                id: Id::from(kind.id.as_str()),
                about: kind.about,
                default: default_named(&kind.status)?,
                weight: kind.weight,
                short: kind.short,
            });
        }
        sections.title = sections.kind_named("title")?;
        sections.technique = sections.kind_named("technique")?;
        sections.correction = sections.kinds.iter().position(|it| it.weight > CORRECTION);
        sections.medications = sections.kind_named("medications")?;
        sections.injectate = sections.kind_named("injectate")?;
        sections.examination = sections.kind_named("examination")?;
        sections.findings = sections.kind_named("findings")?;
        sections.course = sections.kind_named("course")?;
        Ok(sections)
    }

    /// The kind of exactly this heading (see [`heading_key`]).
    pub(crate) fn exact(&self, key: &str) -> Option<usize> {
        self.by_heading.get(key).copied()
    }

    /// The kind of a heading by a word it contains.
    pub(crate) fn containing(&self, key: &str) -> Option<usize> {
        // The longest word decides: "procedure history" is history, not a procedure.
        let found = self.contained.find_overlapping_iter(key);
        let longest = found.max_by_key(|it| (it.len(), it.pattern()));
        longest.map(|it| self.contained_kinds[it.pattern().as_usize()])
    }

    /// Whether words stand in a text that open the narrative where no heading does.
    pub(crate) fn opens(&self, text: &str) -> bool {
        self.openers.is_match(text)
    }

    /// Whether a text is a published report of a case: nothing in it is of this encounter.
    pub(crate) fn is_case_report(&self, text: &str) -> bool {
        // Such a report says so where it begins.
        const HEAD: usize = 1_500;
        self.case_reports.is_match(&text[..text.floor_char_boundary(HEAD)])
    }

    /// Whether a text holds so many different words of doing.
    pub(crate) fn describes_doing(&self, text: &str, enough: usize) -> bool {
        let mut seen = BTreeSet::new();
        self.doing.find_iter(text).any(|it| seen.insert(it.pattern()) && seen.len() >= enough)
    }

    fn kind_named(&self, id: &str) -> Result<usize, Error> {
        let found = self.kinds.iter().position(|it| it.id.as_str() == id);
        found.ok_or_else(|| Error::new(FILE, format!("needs a kind \"{id}\"")))
    }
}

fn automaton<'a>(words: impl IntoIterator<Item = &'a String>) -> Result<AhoCorasick, Error> {
    let built = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
    built.map_err(|error| Error::new(FILE, error.to_string()))
}

fn default_named(name: &str) -> Result<DefaultAssertion, Error> {
    const NAMES: [(&str, DefaultAssertion); 6] = [
        ("performed", DefaultAssertion::Performed),
        ("neutral", DefaultAssertion::Neutral),
        ("historical", DefaultAssertion::Historical),
        ("planned", DefaultAssertion::Planned),
        ("hypothetical", DefaultAssertion::Hypothetical),
        ("ignored", DefaultAssertion::Ignored),
    ];
    NAMES.iter().find(|it| it.0 == name).map(|it| it.1).ok_or_else(|| {
        let hint = did_you_mean(name, NAMES.iter().map(|it| it.0));
        Error::new(FILE, format!("unknown status \"{name}\"{hint}"))
    })
}

/// Marks that matter to sentence ends.
pub(crate) struct Sentences {
    pub abbreviations: BTreeSet<String>,
    /// Words with which a line goes on with the one before it.
    pub joining: BTreeSet<String>,
    pub list_markers: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentenceData {
    abbreviations: Vec<String>,
    joining: Vec<String>,
    list_markers: Vec<String>,
}

impl Sentences {
    /// Reads `sentences.toml`.
    pub(crate) fn load(files: &Files) -> Result<Sentences, Error> {
        const FILE: &str = "sentences.toml";
        let text = files.text(FILE)?.ok_or_else(|| Error::new(FILE, "is missing"))?;
        let data: SentenceData = toml::from_str(text).map_err(|error| Error::toml(FILE, text, &error))?;
        let list_markers = data.list_markers.iter().filter_map(|it| it.bytes().next()).collect();
        Ok(Sentences {
            abbreviations: data.abbreviations.into_iter().collect(),
            joining: data.joining.into_iter().collect(),
            list_markers,
        })
    }
}

/// A heading as it is looked up: lower case, hyphens as spaces, no numbers, no outer punctuation.
pub(crate) fn heading_key(heading: &str) -> String {
    let mut key = String::with_capacity(heading.len());
    for character in heading.chars() {
        match character {
            '-' | '_' | ' ' if !key.ends_with(' ') && !key.is_empty() => key.push(' '),
            '-' | '_' | ' ' | '\'' | '#' | '*' | '.' => {}
            it if it.is_ascii_digit() && key.is_empty() => {}
            it => key.push(it.to_ascii_lowercase()),
        }
    }
    key.trim().to_owned()
}
