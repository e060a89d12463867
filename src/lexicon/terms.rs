//! Terms: words that name something, from `shared/*.csv` and `families/*/terms.csv`, and how they are found.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::did_you_mean;
use super::trie::{Trie, Word};
use super::{Error, Files};
use crate::model::Id;

/// The semantic type of a term. Closed, so that a typing error in a data file is a load error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SemanticType {
    Abort,
    Trigger,
    Anesthesia,
    Approach,
    Attempt,
    Author,
    Beam,
    Contrast,
    Count,
    Device,
    Diagnostic,
    Entry,
    Equipment,
    Existing,
    CatheterDisposition,
    Finding,
    Gauge,
    Genre,
    Imaging,
    ImagingAny,
    Marking,
    Method,
    Motion,
    NotOperation,
    Operation,
    Other,
    OtherForamen,
    OtherService,
    Preparation,
    Purpose,
    Region,
    Relief,
    Removal,
    Repeat,
    Role,
    Side,
    SupportingTerm,
    Site,
    Space,
    Substance,
    Technique,
    Thread,
    Tip,
    Unspecified,
    View,
}

/// Names of the semantic types in data files.
const SEMANTIC_TYPES: [(&str, SemanticType); 45] = [
    ("abort", SemanticType::Abort),
    ("act", SemanticType::Trigger),
    ("anesthesia", SemanticType::Anesthesia),
    ("approach", SemanticType::Approach),
    ("attempt", SemanticType::Attempt),
    ("author", SemanticType::Author),
    ("beam", SemanticType::Beam),
    ("contrast", SemanticType::Contrast),
    ("count", SemanticType::Count),
    ("device", SemanticType::Device),
    ("diagnostic", SemanticType::Diagnostic),
    ("entry", SemanticType::Entry),
    ("equipment", SemanticType::Equipment),
    ("existing", SemanticType::Existing),
    ("fate", SemanticType::CatheterDisposition),
    ("finding", SemanticType::Finding),
    ("gauge", SemanticType::Gauge),
    ("genre", SemanticType::Genre),
    ("imaging", SemanticType::Imaging),
    ("imaging_any", SemanticType::ImagingAny),
    ("marking", SemanticType::Marking),
    ("method", SemanticType::Method),
    ("motion", SemanticType::Motion),
    ("not_operation", SemanticType::NotOperation),
    ("operation", SemanticType::Operation),
    ("other", SemanticType::Other),
    ("other_foramen", SemanticType::OtherForamen),
    ("other_service", SemanticType::OtherService),
    ("preparation", SemanticType::Preparation),
    ("purpose", SemanticType::Purpose),
    ("region", SemanticType::Region),
    ("relief", SemanticType::Relief),
    ("removal", SemanticType::Removal),
    ("repeat", SemanticType::Repeat),
    ("role", SemanticType::Role),
    ("side", SemanticType::Side),
    ("sign", SemanticType::SupportingTerm),
    ("site", SemanticType::Site),
    ("space", SemanticType::Space),
    ("substance", SemanticType::Substance),
    ("technique", SemanticType::Technique),
    ("thread", SemanticType::Thread),
    ("tip", SemanticType::Tip),
    ("unspecified", SemanticType::Unspecified),
    ("view", SemanticType::View),
];

impl SemanticType {
    /// The name in data files.
    pub(crate) fn name(self) -> &'static str {
        SEMANTIC_TYPES.iter().find(|it| it.1 == self).map_or("", |it| it.0)
    }

    /// The semantic type of this name.
    pub(crate) fn named(name: &str) -> Option<SemanticType> {
        SEMANTIC_TYPES.iter().find(|it| it.0 == name).map(|it| it.1)
    }

    /// The names of all semantic types.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        SEMANTIC_TYPES.iter().map(|it| it.0)
    }

    /// Semantic types in one group compete: only the longest of nested hits counts (`fluoroscopy table` is no fluoroscopy).
    pub(crate) fn group(self) -> SemanticType {
        match self {
            SemanticType::ImagingAny | SemanticType::Equipment | SemanticType::Diagnostic => SemanticType::Imaging,
            SemanticType::Beam | SemanticType::OtherForamen => SemanticType::Approach,
            SemanticType::Other => SemanticType::Trigger,
            SemanticType::NotOperation => SemanticType::Operation,
            it => it,
        }
    }
}

/// One meaning of one term.
#[derive(Clone, Debug)]
pub(crate) struct TermEntry {
    pub term: String,
    pub concept: Id,
    pub kind: SemanticType,
    /// Index of the family for acts, signs, structures, methods and counts.
    pub family: Option<usize>,
    /// Class of a substance.
    pub class: Option<Id>,
    /// A word so general that it counts only with other evidence.
    pub generic: bool,
    /// File of the lexicon that it comes from.
    pub file: String,
    /// A word that documents an act together with others: notes with it are read.
    pub lead: bool,
    form: TermForm,
}

/// How a term is written.
#[derive(Clone, Copy, Debug)]
struct TermForm {
    /// Only with exactly these capitals.
    case: bool,
    /// Also as the end of a longer word.
    suffix: bool,
}

/// All terms, and what finds them in a text.
pub(crate) struct Terms {
    pub entries: Vec<TermEntry>,
    /// The kind of each entry: side by side, since it is asked for at every hit.
    pub kinds: Vec<SemanticType>,
    /// Over the acts, their structures, methods and signs: what separates most notes from those of interest.
    acts: Matcher,
    /// Over all other terms.
    rest: Matcher,
    /// For each family: whether it names structures.
    pub has_sites: Vec<bool>,
    /// Over the terms that can start an event, and over written interspaces, which start one without the word
    /// "epidural": the quick look that most notes end with. [`MAY_BE_NEURAXIAL`] or [`OTHER_ACT`] for each.
    screening: Trie,
}

/// The value of a screening term that a neuraxial injection may hide behind.
const MAY_BE_NEURAXIAL: u32 = 1;
/// The value of an act of another family.
const OTHER_ACT: u32 = 0;

/// The result of screening a note for terms that can start an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScreeningResult {
    /// Nothing: there is nothing to analyze.
    None,
    /// Acts of families that no neuraxial injection can hide behind.
    OtherActs,
    /// Words of the neuraxial space, its needles or its levels.
    Neuraxial,
}

/// Number of semantic types, for tables by type.
pub(crate) const SEMANTIC_TYPE_COUNT: usize = SEMANTIC_TYPES.len();

/// A matcher of some of the terms.
struct Matcher {
    /// Over the terms that begin with a word, with the entries of each.
    words: Trie,
    /// Terms that may also be the end of a word, in lower case, each with its entry, by their last byte.
    suffixes: Vec<Vec<(String, u32)>>,
    /// Whether one of them, or its plural, may end with this byte.
    suffix_ends: [bool; 256],
}

/// Marks the entry of a term that counts only in the case in which it is written.
const AS_WRITTEN: u32 = 1 << 31;

/// A term found in the normalized text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub start: usize,
    pub end: usize,
    pub entry: u32,
}

impl Hit {
    /// By start, the longest first.
    fn order(&self) -> (usize, std::cmp::Reverse<usize>, u32) {
        (self.start, std::cmp::Reverse(self.end), self.entry)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermRow {
    term: String,
    concept: String,
    kind: String,
    flags: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DrugRow {
    term: String,
    concept: String,
    class: String,
    flags: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MisspellingRow {
    wrong: String,
    right: String,
}

impl Terms {
    /// Reads all term files; `families` are the folder names below `families/`, in order.
    pub(crate) fn load(files: &Files, families: &[String], keep: impl Fn(&str) -> bool) -> Result<Terms, Error> {
        let mut entries = Vec::new();
        read_terms(files, "shared/terms.csv", None, &mut entries)?;
        read_drugs(files, &mut entries)?;
        for (index, family) in families.iter().enumerate() {
            read_terms(files, &format!("families/{family}/terms.csv"), Some(index), &mut entries)?;
        }
        add_misspellings(files, &mut entries)?;
        entries.retain(|it| keep(&it.term));
        let mut seen = BTreeSet::new();
        entries.retain(|it| seen.insert((it.term.to_ascii_lowercase(), it.concept.clone(), it.kind, it.family)));
        let neuraxial = families.iter().position(|it| it == "neuraxial_injection");
        let mut screening: Vec<(String, u32)> = interspaces().into_iter().map(|it| (it, MAY_BE_NEURAXIAL)).collect();
        for it in entries.iter().filter(|it| is_screening_term(it)) {
            let hides = !it.lead && (it.kind != SemanticType::Trigger || it.family == neuraxial);
            let value = if hides { MAY_BE_NEURAXIAL } else { OTHER_ACT };
            screening.extend(variants(&it.term).map(|term| (term, value)));
        }
        let names_site =
            |family: usize| entries.iter().any(|it| it.kind == SemanticType::Site && it.family == Some(family));
        let has_sites = (0..families.len()).map(names_site).collect();
        Ok(Terms {
            acts: Matcher::new(&entries, |it| is_of_acts(it.kind)),
            rest: Matcher::new(&entries, |it| !is_of_acts(it.kind)),
            screening: Trie::of_words(screening),
            has_sites,
            kinds: entries.iter().map(|it| it.kind).collect(),
            entries,
        })
    }

    /// Screens the text, whose words are given, for terms that can start an event.
    pub(crate) fn screen(&self, text: &str, words: &[Word]) -> ScreeningResult {
        let bytes = text.as_bytes();
        let mut found = ScreeningResult::None;
        self.screening.scan(bytes, 0..bytes.len(), words, |_, end, values| {
            if right_boundary(bytes, end).is_none() {
            } else if values.contains(&MAY_BE_NEURAXIAL) {
                found = ScreeningResult::Neuraxial;
            } else if found == ScreeningResult::None {
                found = ScreeningResult::OtherActs;
            }
            found != ScreeningResult::Neuraxial
        });
        found
    }

    /// The acts in `text`, whose words are given, with their structures, methods and signs: on word boundaries, the
    /// longest of each group, by start.
    pub(crate) fn find_acts(&self, text: &str, words: &[Word]) -> Vec<Hit> {
        self.find_with(&self.acts, text, words)
    }

    /// All terms in `text`: those of `acts`, which were found there, and all others.
    pub(crate) fn find_rest(&self, text: &str, words: &[Word], acts: Vec<Hit>) -> Vec<Hit> {
        let mut hits = acts;
        hits.extend(self.find_with(&self.rest, text, words));
        hits.sort_by_key(Hit::order);
        hits
    }

    /// Every term in `text`, whose words are given.
    pub(crate) fn find(&self, text: &str, words: &[Word]) -> Vec<Hit> {
        self.find_rest(text, words, self.find_acts(text, words))
    }

    fn find_with(&self, matcher: &Matcher, text: &str, words: &[Word]) -> Vec<Hit> {
        let mut hits = Vec::with_capacity(words.len() / 4);
        matcher.scan(text, words, &self.entries, |hit| hits.push(hit));
        self.longest(hits)
    }

    /// Drops every hit that lies inside a longer one of the same group.
    fn longest(&self, mut hits: Vec<Hit>) -> Vec<Hit> {
        // Nearly in order as they were found: a sort that makes use of it.
        hits.sort_by_key(Hit::order);
        let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
        // For each group the furthest-reaching hit so far: whatever ends inside it starts inside it too.
        let mut reach = [(usize::MAX, 0); SEMANTIC_TYPES.len()];
        for hit in hits {
            let (start, end) = &mut reach[self.kinds[hit.entry as usize].group() as usize];
            let same = *start == hit.start && *end == hit.end;
            if hit.end <= *end && *end > 0 && !same {
                continue;
            }
            if hit.end > *end {
                (*start, *end) = (hit.start, hit.end);
            }
            kept.push(hit);
        }
        kept
    }

    /// Every term as it is searched for, for benchmarks.
    pub(crate) fn patterns(&self) -> Vec<String> {
        let mut terms: Vec<String> = self.entries.iter().flat_map(|it| variants(&it.term)).collect();
        terms.sort();
        terms.dedup();
        terms
    }
}

impl Matcher {
    fn new(entries: &[TermEntry], keep: impl Fn(&TermEntry) -> bool) -> Matcher {
        let mut words = Vec::with_capacity(entries.len());
        let mut suffixes = vec![Vec::new(); 256];
        let mut suffix_ends = [false; 256];
        for (index, entry) in entries.iter().enumerate().filter(|it| keep(it.1)) {
            let value = index as u32 | if entry.form.case { AS_WRITTEN } else { 0 };
            for term in variants(&entry.term) {
                match term.bytes().last().filter(|_| entry.form.suffix) {
                    Some(last) => {
                        suffix_ends[usize::from(last)] = true;
                        suffix_ends[usize::from(b's')] = true;
                        suffixes[usize::from(last)].push((term, value));
                    }
                    None => words.push((term, value)),
                }
            }
        }
        Matcher { words: Trie::of_words(words), suffixes, suffix_ends }
    }

    /// Calls `found` for every hit on word boundaries.
    fn scan(&self, text: &str, words: &[Word], entries: &[TermEntry], mut found: impl FnMut(Hit)) {
        let bytes = text.as_bytes();
        let fits = |start: usize, end: usize, value: u32| {
            value & AS_WRITTEN == 0 || bytes[start..end] == *entries[(value & !AS_WRITTEN) as usize].term.as_bytes()
        };
        let mut add = |start: usize, end: usize, values: &[u32]| {
            if let Some(whole_end) = right_boundary(bytes, end) {
                for value in values.iter().filter(|it| fits(start, end, **it)) {
                    found(Hit { start, end: whole_end, entry: value & !AS_WRITTEN });
                }
            }
            true
        };
        self.words.scan(bytes, 0..bytes.len(), words, &mut add);
        for word in words.iter().filter(|it| self.may_end(bytes[it.end() - 1])) {
            self.suffixes_before(bytes, word.end(), &mut |start, end, whole_end, value| {
                if fits(start, end, value) {
                    found(Hit { start: word_start(bytes, start), end: whole_end, entry: value & !AS_WRITTEN });
                }
            });
        }
    }

    /// Whether a suffix, or its plural, may end with this byte.
    fn may_end(&self, byte: u8) -> bool {
        self.suffix_ends[usize::from(byte.to_ascii_lowercase())]
    }

    /// The terms that end the word before `at`, or that do so without its plural `s`.
    fn suffixes_before(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(usize, usize, usize, u32)) {
        for end in [at, at.saturating_sub(1)] {
            if end == 0 || right_boundary(bytes, end) != Some(at) {
                continue;
            }
            for (suffix, entry) in &self.suffixes[usize::from(bytes[end - 1].to_ascii_lowercase())] {
                let start = end.checked_sub(suffix.len());
                if let Some(start) = start.filter(|it| bytes[*it..end].eq_ignore_ascii_case(suffix.as_bytes())) {
                    found(start, end, at, *entry);
                }
            }
        }
    }
}

/// Whether terms of a kind are found with the acts; no group of kinds is parted by this.
fn is_of_acts(kind: SemanticType) -> bool {
    matches!(
        kind.group(),
        SemanticType::Trigger | SemanticType::Method | SemanticType::SupportingTerm | SemanticType::Site
    )
}

/// Whether a term can start an event; a note without one has nothing to analyze.
pub(crate) fn is_screening_term(entry: &TermEntry) -> bool {
    let concept = entry.concept.as_str();
    match entry.kind {
        SemanticType::Trigger | SemanticType::Space => true,
        SemanticType::Technique => matches!(concept, "loss_of_resistance" | "csf_return"),
        SemanticType::Approach => !entry.generic && matches!(concept, "caudal" | "interlaminar"),
        SemanticType::Device => concept == "epidural_needle",
        _ => entry.lead,
    }
}

/// The usual written forms of every interspace: `L4-5`, `L4/5`, `L4-L5`, `L4/L5`.
fn interspaces() -> Vec<String> {
    let mut forms = Vec::new();
    let spine = [('C', 7), ('T', 12), ('L', 5)];
    for (letter, last) in spine {
        for number in 1..last {
            let next = number + 1;
            for sign in ['-', '/'] {
                forms.push(format!("{letter}{number}{sign}{next}"));
                forms.push(format!("{letter}{number}{sign}{letter}{next}"));
            }
        }
    }
    for (upper, lower) in [("C7", "T1"), ("T12", "L1"), ("L5", "S1")] {
        forms.extend(["-", "/", " ", ""].map(|sign| format!("{upper}{sign}{lower}")));
    }
    forms
}

/// The end of a hit that ends at a word boundary, a plural `s` included; none inside a word.
fn right_boundary(bytes: &[u8], end: usize) -> Option<usize> {
    let is_inside = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    if !is_inside(end) {
        return Some(end);
    }
    let plural = matches!(bytes[end], b's' | b'S') && !is_inside(end + 1) && bytes[end - 1].is_ascii_alphabetic();
    plural.then_some(end + 1)
}

fn word_start(bytes: &[u8], start: usize) -> usize {
    // A word is at most this long; longer runs are not words and must not be walked again and again.
    const MAX_WORD: usize = 40;
    let from = start.saturating_sub(MAX_WORD);
    bytes[from..start].iter().rposition(|it| !it.is_ascii_alphanumeric()).map_or(from, |it| from + it + 1)
}

/// The spellings of a term: as written, and with its hyphens as spaces.
fn variants(term: &str) -> impl Iterator<Item = String> {
    let lower = term.to_ascii_lowercase();
    let inner_hyphen = lower.trim_matches('-').contains('-');
    let spaced = inner_hyphen.then(|| lower.replace('-', " "));
    std::iter::once(lower).chain(spaced)
}

/// Reads one CSV with its additions, calling `row` with the file, the line and the record.
pub(crate) fn read_csv<T: for<'a> Deserialize<'a>>(
    files: &Files,
    path: &str,
    mut row: impl FnMut(&str, usize, T) -> Result<(), Error>,
) -> Result<(), Error> {
    for (file, text) in files.tables(path)? {
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
        let mut records = reader.deserialize();
        while let Some(record) = records.next() {
            let record: T = record.map_err(|error| csv_error(&file, &error))?;
            let line = records.reader().position().line() as usize;
            row(&file, line.saturating_sub(1), record)?;
        }
    }
    Ok(())
}

fn csv_error(file: &str, error: &csv::Error) -> Error {
    let line = error.position().map(csv::Position::line);
    Error { file: file.to_owned(), line: line.map(|it| it as usize), message: error.to_string() }
}

fn read_terms(files: &Files, path: &str, family: Option<usize>, entries: &mut Vec<TermEntry>) -> Result<(), Error> {
    read_csv(files, path, |file, line, row: TermRow| {
        let kind = SEMANTIC_TYPES.iter().find(|it| it.0 == row.kind).map(|it| it.1).ok_or_else(|| {
            let hint = did_you_mean(&row.kind, SEMANTIC_TYPES.iter().map(|it| it.0));
            Error::at(file, line, format!("term \"{}\": unknown kind \"{}\"{hint}", row.term, row.kind))
        })?;
        let family = family.filter(|_| {
            matches!(
                kind,
                SemanticType::Trigger
                    | SemanticType::SupportingTerm
                    | SemanticType::Site
                    | SemanticType::Method
                    | SemanticType::Count
            )
        });
        entries.push(entry((file, line), row.term, &row.concept, kind, family, None, &row.flags)?);
        Ok(())
    })
}

/// The classes that the reasoning knows; a drug of another would have no part in anything.
const CLASSES: [&str; 16] = [
    "ambiguous",
    "anesthetic",
    "antibiotic",
    "antiseptic",
    "antispasmodic",
    "biologic",
    "blood",
    "chemotherapy",
    "contrast",
    "neurolytic",
    "opioid",
    "oral",
    "other",
    "sedative",
    "steroid",
    "toxin",
];

fn read_drugs(files: &Files, entries: &mut Vec<TermEntry>) -> Result<(), Error> {
    read_csv(files, "shared/drugs.csv", |file, line, row: DrugRow| {
        if !CLASSES.contains(&row.class.as_str()) {
            let hint = did_you_mean(&row.class, CLASSES);
            return Err(Error::at(file, line, format!("term \"{}\": unknown class \"{}\"{hint}", row.term, row.class)));
        }
        let class = Some(Id::from(row.class.as_str()));
        entries.push(entry((file, line), row.term, &row.concept, SemanticType::Substance, None, class, &row.flags)?);
        Ok(())
    })
}

fn entry(
    (file, line): (&str, usize),
    term: String,
    concept: &str,
    kind: SemanticType,
    family: Option<usize>,
    class: Option<Id>,
    flags: &str,
) -> Result<TermEntry, Error> {
    const FLAGS: [&str; 4] = ["case", "generic", "lead", "suffix"];
    if let Some(unknown) = flags.split_whitespace().find(|it| !FLAGS.contains(it)) {
        let hint = did_you_mean(unknown, FLAGS);
        return Err(Error::at(file, line, format!("term \"{term}\": unknown flag \"{unknown}\"{hint}")));
    }
    if term.trim().is_empty() || term.trim() != term {
        return Err(Error::at(file, line, format!("term \"{term}\" is empty or has spaces around it")));
    }
    let has = |flag: &str| flags.split_whitespace().any(|it| it == flag);
    let (generic, case, lead, suffix) = (has("generic"), has("case"), has("lead"), has("suffix"));
    if suffix && !term.ends_with(|it: char| it.is_ascii_alphanumeric()) {
        return Err(Error::at(file, line, format!("term \"{term}\": a suffix ends with a letter")));
    }
    let (concept, file) = (Id::from(concept), file.to_owned());
    Ok(TermEntry { term, concept, kind, family, class, generic, file, lead, form: TermForm { case, suffix } })
}

/// Adds, for every term with a word that is often misspelled, the term with the misspelling.
fn add_misspellings(files: &Files, entries: &mut Vec<TermEntry>) -> Result<(), Error> {
    let mut wrong_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    read_csv(files, "misspellings.csv", |_, _, row: MisspellingRow| {
        wrong_of.entry(row.right).or_default().push(row.wrong);
        Ok(())
    })?;
    let mut added = Vec::new();
    for entry in entries.iter() {
        for (index, word) in entry.term.split(' ').enumerate() {
            for wrong in wrong_of.get(&word.to_ascii_lowercase()).into_iter().flatten() {
                let words: Vec<&str> = entry.term.split(' ').collect();
                let term = [&words[..index], &[wrong.as_str()], &words[index + 1..]].concat().join(" ");
                added.push(TermEntry { term, ..entry.clone() });
            }
        }
    }
    entries.extend(added);
    Ok(())
}
