//! Look-up: a question in plain words, and the codes that its facts fit, best first, with what separates them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use crate::Lexicon;
use crate::coding::codes;
use crate::context::SentenceContext;
use crate::lexicon::families::{CodeRow, CountingUnit, Family, NEURAXIAL};
use crate::lexicon::terms::{Hit, SemanticType, TermEntry};
use crate::lexicon::trie::{Word, words_of};
use crate::model::{Id, Slot};
use crate::spine::level_lists::{LevelItem, Listed, listed};
use crate::spine::levels::{Level, levels, region};
use crate::text::normalize::normalize;

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeSearch {
    /// Facts that the words state.
    pub facts: Vec<QuestionFact>,
    /// Words that were read as another one, which they are next to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<(String, String)>,
    /// Codes, best first.
    pub matches: Vec<Match>,
    /// Facts that the question leaves open and that would separate the best codes.
    pub open: Vec<Separation>,
}

/// One fact of the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionFact {
    /// The slot.
    pub slot: String,
    /// Its value; with `not ` before it where the question denies it.
    pub value: String,
    /// The words.
    pub words: String,
}

/// A code and how it fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The code.
    pub code: String,
    /// Its family, in our own words.
    pub family: String,
    /// The row of the code table.
    pub rule: String,
    /// Slots in which the question says what the code needs.
    pub fits: Vec<String>,
    /// Facts that would have to be different: slot and the values that the code needs.
    pub differs: Vec<(String, Vec<String>)>,
    /// Facts that the question leaves open: slot and the values that the code needs.
    pub open: Vec<(String, Vec<String>)>,
    /// The primary codes of an add-on code; it is never reported alone.
    #[serde(rename = "beside", skip_serializing_if = "Vec::is_empty")]
    pub add_on_to: Vec<String>,
}

/// A slot that would separate the best codes, and which values lead to which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Separation {
    /// The slot.
    pub slot: String,
    /// Values, and the codes that need one of them.
    pub choices: Vec<(Vec<String>, Vec<String>)>,
}

/// Matches that are shown.
const SHOWN: usize = 8;

/// Words that represent a value of a table which they do not name: entry, needle, any catheter.
const REPRESENTED: [(&str, &str); 5] = [
    ("caudal", "lumbar_sacral"),
    ("epidural_needle", "single"),
    ("needle", "single"),
    ("spinal_needle", "single"),
    ("other_catheter", "catheter"),
];

/// Words of a question that no term of notes is, and the value that they represent.
const WORDS: [(&str, Slot, &str); 7] = [
    ("arm", Slot::Site, "arm"),
    ("leg", Slot::Site, "leg"),
    ("trunk", Slot::Site, "trunk"),
    ("single", Slot::Delivery, "single"),
    ("cervical", Slot::Site, "cervical"),
    ("thoracic", Slot::Site, "thoracic"),
    ("lumbar", Slot::Site, "lumbosacral"),
];

/// Shortest word that is corrected, in letters.
const CORRECTED_FROM: usize = 5;

/// Words of questions that are no words of notes.
const QUESTION_WORDS: [&str; 12] =
    ["which", "would", "should", "could", "where", "there", "about", "needs", "apply", "coded", "billed", "claim"];

/// Words of a question about a catheter that came out on the day on which it was placed.
const SAME_DAY: [&str; 4] = ["same day", "same-day", "that day", "same session"];
const REMOVED: [&str; 5] = ["remov", "pulled", "taken out", " out", "withdrawn"];

/// Numbers as they are spoken, from one on.
const NUMBERS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// Counted things, by their first letters.
const PIECES: [&str; 8] = ["level", "joint", "site", "root", "disc", "vertebra", "rib", "nerve"];

/// Families that a class of drugs leads to, and whether only where it goes into the canal.
const BY_DRUG: [(&str, &str, bool); 3] = [
    ("neurolytic", "neuraxial_neurolysis", true),
    ("chemotherapy", "intrathecal_chemotherapy", true),
    ("biologic", "biologic_injection", false),
];

/// One thing that the words of a question give.
struct StatedFact {
    slot: Slot,
    value: Id,
    denied: bool,
    words: String,
    /// The family whose word it is; none for words of all families.
    family: Option<usize>,
}

/// Number of pieces that the question names: as a number, or as a list of levels.
struct Pieces {
    /// The number, and whether it counts nerves.
    number: Option<(usize, bool)>,
    interspaces: usize,
    vertebrae: usize,
    words: String,
}

/// A row, and how it fits.
struct Rated<'a> {
    score: i32,
    /// Among rows of one score: what is usual where nothing is said.
    usual: i32,
    found: Match,
    row: &'a CodeRow,
}

/// Ranks the codes in force on a day (none: now) by the facts in a question.
///
/// ```
/// use opnote::{Lexicon, explain::find::find};
///
/// let answer = find("lumbar epidural under fluoroscopy, needle only", None, Lexicon::embedded());
/// assert_eq!(answer.facts[0].value, "lumbar_sacral");
/// ```
pub fn find(question: &str, date: Option<Date>, lexicon: &Lexicon) -> CodeSearch {
    let (text, corrected) = corrected(&normalize(question).text, lexicon);
    let all = words_of(&text);
    let hits = lexicon.terms.find(&text, &all);
    let levels = levels(&text, &all, &lexicon.patterns);
    let pieces = pieces(&text);
    let mut stated = stated(&text, &all, &hits, lexicon);
    stated.extend(parts(&text, &levels));
    removed_same_day(&text, &mut stated);
    let named = named_families(&text, &hits, lexicon);
    let mut ranked: Vec<Rated<'_>> = Vec::new();
    for (index, family) in lexicon.families.iter().enumerate() {
        let own: Vec<&StatedFact> = stated.iter().filter(|it| concerns(it, index, family)).collect();
        for row in family.codes.iter().filter(|it| in_force(it, date)) {
            let mut rated = rate(row, family, &own, &pieces);
            if named[index] > 0 || rated.score > 0 && named.iter().all(|it| *it == 0) {
                rated.score += named[index];
                ranked.push(rated);
            }
        }
    }
    ranked.sort_by(|a, b| (b.score, b.usual).cmp(&(a.score, a.usual)).then_with(|| order(a).cmp(&order(b))));
    let mut seen = BTreeSet::new();
    ranked.retain(|it| seen.insert(it.row.code.as_str()));
    // A code that is further off than the best is no answer.
    let off = ranked.first().map_or(0, |it| it.found.differs.len()).max(1);
    ranked.retain(|it| it.found.differs.len() <= off);
    let open = separations(&ranked);
    let matches: Vec<Match> = ranked.into_iter().take(SHOWN).map(|it| it.found).collect();
    CodeSearch { facts: facts(&stated, &pieces, &matches, lexicon), corrected, matches, open }
}

/// A question with each misspelled word as the most common word of the lexicon that is one letter off.
fn corrected(text: &str, lexicon: &Lexicon) -> (String, Vec<(String, String)>) {
    let mut vocabulary: BTreeMap<&str, usize> = BTreeMap::new();
    for word in lexicon.terms.entries.iter().flat_map(|it| words(&it.term)) {
        *vocabulary.entry(word).or_default() += 1;
    }
    let known = |word: &str| {
        let singular = word.strip_suffix('s').unwrap_or(word);
        vocabulary.contains_key(word)
            || vocabulary.contains_key(singular)
            || WORDS.iter().any(|it| it.0 == word)
            || NUMBERS.contains(&word)
            || QUESTION_WORDS.contains(&word)
            || PIECES.iter().any(|it| word.starts_with(it))
    };
    let mut out = text.to_owned();
    let mut corrected = Vec::new();
    for word in words(text) {
        let lower = word.to_ascii_lowercase();
        if lower.len() < CORRECTED_FROM || lower.bytes().any(|it| !it.is_ascii_alphabetic()) || known(&lower) {
            continue;
        }
        let near =
            |it: &&(&&str, &usize)| it.0.len() >= CORRECTED_FROM && strsim::damerau_levenshtein(&lower, it.0) == 1;
        let near: Vec<(&&str, &usize)> = vocabulary.iter().filter(|it| near(&it)).collect();
        // The word of most terms; where two are as common none is taken.
        let most = near.iter().map(|it| *it.1).max().unwrap_or(0);
        let mut common = near.iter().filter(|it| *it.1 == most);
        if let (Some((one, _)), None) = (common.next(), common.next()) {
            out = out.replacen(word, one, 1);
            corrected.push((word.to_owned(), (**one).to_owned()));
        }
    }
    (out, corrected)
}

/// A catheter that came out the same day counts as a needle.
fn removed_same_day(text: &str, stated: &mut Vec<StatedFact>) {
    let lower = text.to_ascii_lowercase();
    let has = |list: &[&str]| list.iter().find_map(|it| lower.find(it).map(|at| at..at + it.len()));
    let (Some(day), true, Some(_)) = (has(&SAME_DAY), lower.contains("cath"), has(&REMOVED)) else { return };
    stated.retain(|it| it.slot != Slot::Delivery && it.slot != Slot::Method);
    let words = text.get(day).unwrap_or_default().to_owned();
    stated.push(StatedFact { slot: Slot::Delivery, value: Id::from("single"), denied: false, words, family: None });
}

/// Among equals: codes reported alone, codes of figures alone, by number.
fn order<'a>(it: &Rated<'a>) -> (bool, bool, &'a str) {
    (!it.found.add_on_to.is_empty(), it.row.code.ends_with(char::is_alphabetic), &it.row.code)
}

fn in_force(row: &CodeRow, date: Option<Date>) -> bool {
    date.map_or(row.until.is_none(), |day| row.covers(day))
}

/// The facts of a question: its words that are values of a code table.
fn stated(text: &str, words: &[Word], hits: &[Hit], lexicon: &Lexicon) -> Vec<StatedFact> {
    let context = SentenceContext::new(&lexicon.cues, text, words, 0..text.len());
    let mut stated: Vec<StatedFact> = Vec::new();
    for hit in hits {
        let entry = &lexicon.terms.entries[hit.entry as usize];
        let Some((slot, mut value)) = fact(hit, hits, lexicon) else { continue };
        let mut denied = context.decide(hit.start..hit.end).negated;
        // Denied imaging is a value of its own.
        if slot == Slot::Imaging && denied {
            (value, denied) = (Id::from("none"), false);
        }
        let known = stated.iter().any(|it| it.slot == slot && it.value == value && it.family == entry.family);
        if !known {
            stated.push(StatedFact {
                slot,
                value,
                denied,
                words: text[hit.start..hit.end].to_owned(),
                family: entry.family,
            });
        }
    }
    stated
}

/// Value of a word in code tables: those of its family where it is a family's word, else of all.
fn fact(hit: &Hit, hits: &[Hit], lexicon: &Lexicon) -> Option<(Slot, Id)> {
    let entry = &lexicon.terms.entries[hit.entry as usize];
    let families = entry.family.map_or(&lexicon.families[..], |it| &lexicon.families[it..=it]);
    let slot_of = |value: &Id| {
        let mut cells = families.iter().flat_map(|it| &it.codes).flat_map(|it| &it.cells);
        cells.find(|it| codes::fits(&it.1, value)).map(|it| it.0)
    };
    let concept = entry.concept.as_str();
    let represented = REPRESENTED.iter().find(|it| it.0 == concept).map(|it| it.1);
    let done = concept.starts_with('_').then(|| format!("{}{concept}", action(hit, hits, lexicon)));
    // `arm.biceps` is a muscle of the arm.
    let whole = concept.split_once('.').map(|it| it.0);
    let value = Id::from(represented.or(done.as_deref()).or(whole).unwrap_or(concept));
    let class = entry.class.clone();
    slot_of(&value).map(|it| (it, value)).or_else(|| class.and_then(|it| Some((slot_of(&it)?, it))))
}

/// Action on a device: the one named before it, else after it, else it was placed.
fn action<'a>(device: &Hit, hits: &[Hit], lexicon: &'a Lexicon) -> &'a str {
    let entry = |it: &Hit| &lexicon.terms.entries[it.entry as usize];
    let family = entry(device).family;
    let actions = || hits.iter().filter(|it| entry(it).family == family && entry(it).concept.as_str().ends_with('_'));
    let action = actions().rfind(|it| it.end <= device.start).or_else(|| actions().find(|it| it.start >= device.end));
    action.map_or("place", |it| entry(it).concept.as_str().trim_end_matches('_'))
}

/// The facts that are in no term: regions of levels, parts of the spine, single words.
fn parts(text: &str, levels: &[Level]) -> Vec<StatedFact> {
    let stated = |slot: Slot, value: &str, words: &str| StatedFact {
        slot,
        value: Id::from(value),
        denied: false,
        words: words.to_owned(),
        family: None,
    };
    let regions = levels.iter().map(|it| stated(Slot::Region, region(&it.name), &text[it.start..it.end]));
    let words = words(text).flat_map(|word| {
        WORDS.iter().filter(move |it| word.eq_ignore_ascii_case(it.0)).map(move |it| stated(it.1, it.2, word))
    });
    let muscles = numbers(text).into_iter().filter(|it| it.1.to_ascii_lowercase().starts_with("muscle"));
    let muscles = muscles.map(|it| stated(Slot::Count, &it.0.to_string(), it.1));
    regions.chain(words).chain(muscles).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty())
}

/// The numbers of a question, each with the word behind it.
fn numbers(text: &str) -> Vec<(usize, &str)> {
    let all: Vec<&str> = words(text).collect();
    let number = |word: &str| {
        let in_words = NUMBERS.iter().position(|it| word.eq_ignore_ascii_case(it)).map(|it| it + 1);
        in_words.or_else(|| word.parse().ok().filter(|it| (1..=99).contains(it)))
    };
    all.windows(2).filter_map(|pair| Some((number(pair[0])?, pair[1]))).collect()
}

/// Number of pieces that the question names.
fn pieces(text: &str) -> Pieces {
    let counted = numbers(text).into_iter().find_map(|(number, noun)| {
        let noun = noun.to_ascii_lowercase();
        let piece = PIECES.iter().find(|it| noun.starts_with(**it))?;
        Some((number, *piece == "nerve", noun))
    });
    let listed = listed(text, 0..text.len());
    let spaces = |it: &Listed| match it.item {
        LevelItem::One(_) => 0,
        LevelItem::Pair(..) => 1,
        LevelItem::Range(from, to) => usize::from(to.saturating_sub(from)),
    };
    let words = match (&counted, listed.first(), listed.last()) {
        (Some((number, _, noun)), _, _) => format!("{number} {noun}"),
        (None, Some(first), Some(last)) => text[first.start..last.end].to_owned(),
        _ => String::new(),
    };
    Pieces {
        number: counted.map(|it| (it.0, it.1)),
        interspaces: listed.iter().map(spaces).sum(),
        vertebrae: listed.iter().filter(|it| matches!(it.item, LevelItem::One(_))).count(),
        words,
    }
}

impl Pieces {
    /// The number of pieces of a family that counts them; a joint has two nerves, so one less than the nerves named.
    fn of(&self, family: &Family) -> Option<usize> {
        let by = family.count.by;
        let nerves = |number: usize| if by == CountingUnit::Joint { number.saturating_sub(1).max(1) } else { number };
        match (self.number, by) {
            (
                _,
                CountingUnit::Once
                | CountingUnit::Site
                | CountingUnit::Sites
                | CountingUnit::Method
                | CountingUnit::Limb,
            ) => None,
            (Some((number, of_nerves)), _) => Some(if of_nerves { nerves(number) } else { number }),
            (None, CountingUnit::Vertebra) if self.vertebrae > 0 => Some(self.vertebrae),
            (None, _) if self.interspaces > 0 => Some(self.interspaces),
            (None, _) if self.vertebrae > 0 => Some(nerves(self.vertebrae)),
            (None, _) => None,
        }
    }
}

/// Whether a fact counts for a family: a word of all families names a structure or a method only where the family
/// knows it.
fn concerns(it: &StatedFact, index: usize, family: &Family) -> bool {
    let known = || {
        let mut cells = family.codes.iter().flat_map(|it| &it.cells).filter(|cell| cell.0 == it.slot);
        cells.any(|cell| codes::fits(&cell.1, &it.value))
    };
    match it.family {
        Some(of) => of == index,
        None => !matches!(it.slot, Slot::Site | Slot::Method) || known(),
    }
}

/// How strongly the question names each family: by its acts and signs, its label or its drug; where it names none, by
/// words that only one label has, and at last by the space.
fn named_families(text: &str, hits: &[Hit], lexicon: &Lexicon) -> Vec<i32> {
    let mut named = vec![0; lexicon.families.len()];
    let mut name = |index: Option<usize>, weight: i32| {
        if let Some(index) = index {
            named[index] = named[index].max(weight);
        }
    };
    let entries = || hits.iter().map(|it| &lexicon.terms.entries[it.entry as usize]);
    for entry in entries() {
        match entry.kind {
            SemanticType::Trigger => name(entry.family, if entry.generic { 2 } else { 4 }),
            SemanticType::SupportingTerm => name(entry.family, 3),
            _ => {}
        }
    }
    let in_canal = entries().any(|it| it.kind == SemanticType::Space);
    for (class, family, canal) in BY_DRUG {
        let given = |it: &TermEntry| it.class.as_ref().is_some_and(|it| it.as_str() == class);
        if (in_canal || !canal) && entries().any(given) {
            name(lexicon.family(family), 5);
        }
    }
    let lower = text.to_ascii_lowercase();
    for (index, family) in lexicon.families.iter().enumerate() {
        named[index] += if lower.contains(family.label.as_str()) { 4 } else { 0 };
    }
    if named.iter().all(|it| *it == 0) {
        named = by_label(&lower, lexicon);
    }
    // The space alone names the injection into it where nothing else is named.
    if in_canal && let Some(neuraxial) = lexicon.family(NEURAXIAL).filter(|_| named.iter().all(|it| *it == 0)) {
        named[neuraxial] = 2;
    }
    named
}

/// For each family: the words of the question that are in its label and in no other.
fn by_label(lower: &str, lexicon: &Lexicon) -> Vec<i32> {
    let asked: BTreeSet<&str> = words(lower).filter(|it| it.len() >= 4).collect();
    let has = |family: &Family, word: &str| words(&family.label).any(|it| it == word);
    let mut named = vec![0; lexicon.families.len()];
    for word in asked {
        let mut of = (0..named.len()).filter(|it| has(&lexicon.families[*it], word));
        if let (Some(only), None) = (of.next(), of.next()) {
            named[only] += 2;
        }
    }
    named
}

/// How a row fits the facts.
fn rate<'a>(row: &'a CodeRow, family: &'a Family, stated: &[&StatedFact], pieces: &Pieces) -> Rated<'a> {
    let mut found = Match {
        code: row.code.clone(),
        family: family.label.clone(),
        rule: row.id.to_string(),
        fits: Vec::new(),
        differs: Vec::new(),
        open: Vec::new(),
        add_on_to: row.add_on_to.iter().flat_map(|it| it.split('|')).map(str::to_owned).collect(),
    };
    let mut score = 0;
    let mut usual = 0;
    for (slot, values) in &row.cells {
        match fit(*slot, values, family, stated, pieces) {
            None => {
                found.open.push((slot.name().to_owned(), values.iter().map(ToString::to_string).collect()));
                // What is taken for imaging is careful and not usual.
                let taken = family.fallback.get(slot).filter(|_| *slot != Slot::Imaging);
                usual -= i32::from(taken.is_some_and(|it| !codes::fits(values, it)));
            }
            Some(true) => {
                score += 2;
                found.fits.push(slot.name().to_owned());
            }
            Some(false) => {
                score -= 3;
                let denies_imaging = *slot == Slot::Imaging && stated.iter().any(|it| it.value.as_str() == "none");
                let needed = values.iter().filter(|it| !denies_imaging || it.as_str() != "none");
                found.differs.push((slot.name().to_owned(), needed.map(ToString::to_string).collect()));
            }
        }
    }
    Rated { score, usual, found, row }
}

/// Whether the question says what a cell needs; none where it says nothing of the slot.
fn fit(slot: Slot, values: &[Id], family: &Family, stated: &[&StatedFact], pieces: &Pieces) -> Option<bool> {
    if slot == Slot::Ordinal {
        let ordinals = &family.count.ordinals;
        return pieces.of(family).map(|count| ordinals.iter().take(count).any(|it| values.contains(it)));
    }
    let mut facts = stated.iter().filter(|it| it.slot == slot).peekable();
    facts.peek()?;
    // A row that bears with silence on imaging needs it all the same.
    let has = |value: &str| values.iter().any(|it| it.as_str() == value);
    let asks = family.questions.iter().any(|it| it.slot == Slot::Imaging);
    if slot == Slot::Imaging && asks && has("none") && has("fluoroscopy") && facts.all(|it| it.value.as_str() == "none")
    {
        return Some(false);
    }
    let mut facts = stated.iter().filter(|it| it.slot == slot);
    Some(facts.any(|it| codes::fits(values, &it.value) != it.denied))
}

/// Slots in which the best codes, all of one rank, differ.
fn separations(ranked: &[Rated<'_>]) -> Vec<Separation> {
    let Some(best) = ranked.first() else { return Vec::new() };
    let ties =
        |it: &&Rated<'_>| it.score == best.score && it.found.differs.is_empty() && it.found.family == best.found.family;
    let tied: Vec<&Rated<'_>> = ranked.iter().filter(ties).collect();
    let mut separations = Vec::new();
    for slot in Slot::ALL {
        // What the question says fits them all, or it would not be the best.
        if tied.iter().any(|it| it.found.fits.iter().any(|it| it == slot.name())) {
            continue;
        }
        let mut choices: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for it in &tied {
            let cell = it.row.cells.iter().find(|it| it.0 == slot);
            let values = cell.map(|it| it.1.iter().map(ToString::to_string).collect()).unwrap_or_default();
            choices.entry(values).or_default().push(it.row.code.clone());
        }
        if choices.len() > 1 {
            let choices = choices.into_iter().filter(|it| !it.0.is_empty()).collect();
            separations.push(Separation { slot: slot.name().to_owned(), choices });
        }
    }
    separations
}

/// The facts to show: those of all families, and those of the families that are answered with.
fn facts(stated: &[StatedFact], pieces: &Pieces, matches: &[Match], lexicon: &Lexicon) -> Vec<QuestionFact> {
    let answered = |index: usize| matches.iter().any(|it| it.family == lexicon.families[index].label);
    let counts = |it: &&StatedFact| match it.family {
        Some(index) => answered(index),
        None => {
            lexicon.families.iter().enumerate().any(|(index, family)| answered(index) && concerns(it, index, family))
        }
    };
    let mut facts: Vec<QuestionFact> = Vec::new();
    for it in stated.iter().filter(counts) {
        let value = format!("{}{}", if it.denied { "not " } else { "" }, it.value);
        if !facts.iter().any(|other| other.slot == it.slot.name() && other.value == value) {
            facts.push(QuestionFact { slot: it.slot.name().to_owned(), value, words: it.words.clone() });
        }
    }
    let mut counting = lexicon.families.iter().filter(|it| matches.first().is_some_and(|best| best.family == it.label));
    if let Some(count) = counting.find_map(|it| pieces.of(it)) {
        let slot = Slot::Count.name().to_owned();
        facts.push(QuestionFact { slot, value: count.to_string(), words: pieces.words.clone() });
    }
    facts
}
