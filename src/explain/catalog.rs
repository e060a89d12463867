//! The meaning of every id: the lexicon read the other way, for `opnote explain` and for labels in reports.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::lexicon::cues::{Cue, ModifierCategory};
use crate::lexicon::families::{CodeRow, Family, Question};
use crate::lexicon::features::FEATURES;
use crate::lexicon::{Lexicon, sections};
use crate::model::evidence_features::EvidenceFeature;
use crate::model::{Id, Slot};
use crate::report::severity_name;

/// One meaning of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The id.
    pub id: String,
    /// Sort of thing, such as `code` or `context cue`.
    pub kind: &'static str,
    /// Meaning, in our own words.
    pub about: String,
    /// More about it, each with a short label; a label may come several times.
    pub lines: Vec<(&'static str, String)>,
}

impl Explanation {
    pub(super) fn new(id: &str, kind: &'static str, about: impl Into<String>) -> Explanation {
        Explanation { id: id.to_owned(), kind, about: about.into(), lines: Vec::new() }
    }

    pub(super) fn with(mut self, label: &'static str, text: impl Into<String>) -> Explanation {
        let text = text.into();
        if !text.is_empty() {
            self.lines.push((label, text));
        }
        self
    }
}

/// The kind of the entry of a class.
const CLASS: &str = "class of substances";

/// Words that results use and no data file holds.
const WORDS: [(&str, &str, &str); 42] = [
    ("ready", "disposition", "a coder can accept the code as it stands"),
    ("review", "disposition", "a person must look, and a finding says at what"),
    (
        "query",
        "disposition",
        "a fact that decides the code is missing or contradicts itself: the provider must be asked",
    ),
    ("performed", "status", "done at this encounter, to this patient"),
    ("attempted", "status", "started at this encounter and not completed"),
    ("planned", "status", "to be done later"),
    ("negated", "status", "said not to have been done"),
    ("historical", "status", "done before this encounter"),
    ("hypothetical", "status", "mentioned as a possibility, a risk or a choice"),
    ("existing", "status", "placed earlier and only used or managed here"),
    ("stated", "reason", "the note says it"),
    ("inferred", "reason", "a rule concluded it from other words of the note"),
    ("assumed", "reason", "the note is silent; a code that rests on it is never ready"),
    ("met", "outcome", "the question is answered by the note"),
    ("missing", "outcome", "the note does not answer the question"),
    ("conflicting", "outcome", "the note answers the question in two ways"),
    ("code", "severity", "bears on which code it is"),
    ("payment", "severity", "bears on whether it is paid"),
    ("advice", "severity", "worth knowing, changes nothing"),
    ("injectate", "role", "went into the target space"),
    ("skin", "role", "anesthetic of skin and soft tissue on the way in"),
    ("sedation", "role", "given for comfort, by vein or mouth"),
    ("contrast", "role", "given to be seen on imaging"),
    ("test_dose", "role", "given to rule out a wrong place"),
    ("steroid", CLASS, "corticosteroids"),
    ("anesthetic", CLASS, "local anesthetics"),
    ("opioid", CLASS, "opioids"),
    ("antispasmodic", CLASS, "drugs against spasticity"),
    ("neurolytic", CLASS, "agents that destroy nerve tissue; they lead to other families"),
    ("other", CLASS, "whatever else is injected: saline, hyaluronidase, clonidine"),
    ("ambiguous", CLASS, "strong salt or sugar solutions: what they are for decides the family"),
    ("chemotherapy", CLASS, "drugs against tumors; they lead to another family"),
    ("sedative", CLASS, "drugs for comfort"),
    ("true", "value", "yes"),
    ("false", "value", "no"),
    ("unknown", "value", "not documented"),
    (
        "not_documented",
        "value",
        "the note establishes no value: the provider must be asked, or a rule for silence applies",
    ),
    ("yes", "value", "performed at this encounter, by this author, as a service of its own"),
    ("no", "value", "not performed at this encounter"),
    ("pain", "value", "for pain, not as the anesthetic of an operation or a labor"),
    (
        "document-authenticated",
        "finding",
        "whether the source of the note marks it as signed; codes of a note that is not signed are never ready",
    ),
    (
        "service-dates-agree",
        "finding",
        "whether the date of service that arrived with the note is the one that its text states",
    ),
];

/// The kind of the entry of a feature.
const FEATURE: &str = "feature of the confidence model";

/// The subject of each slot.
pub(super) fn slot_about(slot: Slot) -> &'static str {
    match slot {
        Slot::Region => "the part of the spine that the needle or catheter entered",
        Slot::Level => "the interspace at which the needle or catheter entered, or the sacral hiatus",
        Slot::Space => "the space that the drug went into",
        Slot::Approach => "the way into the spinal canal",
        Slot::Delivery => "by needle and done with, or through a catheter that stays for infusion or boluses",
        Slot::Imaging => "what guided the needle or confirmed its place; marking the skin does not count",
        Slot::Contrast => "whether contrast was given to confirm the place",
        Slot::Side => "the side of the body",
        Slot::Substance => "what was given, in what amount, and for what",
        Slot::Purpose => "what the act was for, where that decides who reports it",
        Slot::Device => "an implanted or external device that the act is part of",
        Slot::Site => "the joint, nerve, muscle or other structure that was treated",
        Slot::Method => "how it was done, where that decides the code",
        Slot::Count => "how many, where the number decides the code",
        Slot::Ordinal => "which piece of a count a code stands for: first, second, third, further",
        Slot::Performed => "whether the act was performed at this encounter, by this author, as a service of its own",
    }
}

impl Lexicon {
    /// A feature of the confidence model, with its weight and what it is worth.
    fn feature_entry(&self, id: &str) -> Option<Explanation> {
        let (_, _, about) = FEATURES.iter().find(|it| it.0 == id)?;
        let entry = Explanation::new(id, FEATURE, *about);
        let fitted = self.calibration.as_ref().and_then(|it| it.features.get(id));
        Some(match fitted {
            Some(it) => entry
                .with("weight", format!("{:+.3} to the log odds where it is 1", it.weight))
                .with("worth", format!("log loss out of fold {:+.4} without it", it.worth))
                .with("mean", format!("{:.2} over the notes of the fit", it.mean))
                .with("file", "calibration.toml"),
            None => entry.with("weight", "none: it has no weight in the model in use"),
        })
    }

    /// The constructions of this name, one for each attribute, with an example and their weight.
    fn construction_entries(&self, id: &str) -> Vec<Explanation> {
        let rows = self.constructions.rows.iter().enumerate().filter(|it| it.1.id.as_str() == id);
        rows.map(|(index, row)| {
            let value = row.value.as_ref().map_or("the concept of the mention", Id::as_str);
            let (verb, slot) = (row.stance.name(), row.slot.name());
            let about = format!("a construction: words that state {slot}; {verb} {value}");
            let weight = self.weights.of(EvidenceFeature::Row(index as u16));
            let entry = Explanation::new(id, "construction", about)
                .with("weight", format!("{weight:+.2}"))
                .with("strength", if row.full { "full" } else { "weak" })
                .with("file", format!("{}:{}", row.place.0, row.place.1));
            let entry = row.yes.iter().fold(entry, |entry, it| entry.with("reads", it));
            row.no.iter().fold(entry, |entry, it| entry.with("does not read", it))
        })
        .collect()
    }

    /// The short name of a family, such as `trigger point injection`.
    pub fn family_label(&self, id: &str) -> Option<&str> {
        self.families.iter().find(|it| it.id.as_str() == id).map(|it| it.label.as_str())
    }

    /// Whether an open question of a family asks for a second coder and not for the provider.
    pub fn is_second_look(&self, family: &str, question: &Id) -> bool {
        let family = self.families.iter().find(|it| it.id.as_str() == family);
        family.is_some_and(|it| it.questions.iter().any(|it| it.id == *question && it.review))
    }

    /// The text of every question of the data, with its id.
    pub fn asks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.families.iter().flat_map(|it| &it.questions).map(|it| (it.id.as_str(), it.ask.as_str()))
    }

    /// All codes of a family, of whatever date.
    pub fn family_codes(&self, id: &str) -> BTreeSet<String> {
        let rows = self.families.iter().filter(|it| it.id.as_str() == id).flat_map(|it| &it.codes);
        rows.map(|it| it.code.clone()).collect()
    }

    /// The codes of a family that are in force without an end, sorted.
    pub fn codes_in_force(&self, id: &str) -> BTreeSet<String> {
        let rows = self.families.iter().filter(|it| it.id.as_str() == id).flat_map(|it| &it.codes);
        rows.filter(|it| it.until.is_none()).map(|it| it.code.clone()).collect()
    }

    /// The slots that select a code of a family, in the order of [`Slot::ALL`].
    pub fn deciding_slots(&self, id: &str) -> BTreeSet<Slot> {
        let rows = self.families.iter().filter(|it| it.id.as_str() == id).flat_map(|it| &it.codes);
        rows.flat_map(|it| it.cells.iter().map(|cell| cell.0)).collect()
    }

    /// The conclusion of a rule of the reasoning, in our own words.
    pub fn rule_about(&self, id: &str) -> Option<&str> {
        self.rules.iter().find(|it| it.id == id).map(|it| it.about.as_str())
    }

    /// Everything that an id or code means; empty where the lexicon does not know it.
    ///
    /// ```
    /// let lexicon = opnote::Lexicon::embedded();
    /// assert_eq!(lexicon.explain("fluoroscopy")[0].id, "fluoroscopy");
    /// assert!(lexicon.explain("no-such-id").is_empty());
    /// ```
    pub fn explain(&self, id: &str) -> Vec<Explanation> {
        let mut found: Vec<Explanation> = self.card_entry(id).into_iter().collect();
        for family in &self.families {
            found.extend(code(family, id));
            found.extend(family.codes.iter().filter(|it| it.id.as_str() == id).map(|it| row(family, it)));
            found.extend((family.id.as_str() == id).then(|| self.family_entry(family)));
            found.extend(family.questions.iter().filter(|it| it.id.as_str() == id).map(|it| question(family, it)));
        }
        found.extend(
            self.rules
                .iter()
                .filter(|it| it.id == id)
                .map(|it| Explanation::new(id, "rule", &it.about).with("source", &it.source)),
        );
        let modifier = |it: &&crate::lexicon::edits::Modifier| it.id == id;
        found.extend(
            self.modifiers
                .iter()
                .filter(modifier)
                .map(|it| Explanation::new(id, "modifier", &it.about).with("source", &it.source)),
        );
        found.extend(self.other_codes.iter().filter(|it| it.code == id).map(|it| {
            Explanation::new(id, "code that is not proposed", &it.about)
                .with("remark", &it.remark)
                .with("source", &it.source)
        }));
        found.extend(self.edits.iter().filter(|it| it.id.as_str() == id).map(edit));
        found.extend(Slot::named(id).map(|it| self.slot_entry(it)));
        found.extend(self.value_entry(id));
        found.extend(self.concepts(id));
        found.extend(self.cues.rules().iter().filter(|it| it.id.as_str() == id).map(cue));
        found.extend(self.sections.kinds.iter().filter(|it| it.id.as_str() == id).map(section));
        found.extend(self.pattern_entry(id));
        found.extend(self.supply_and_diagnosis_entries(id));
        found.extend(self.review_entries(id));
        found.extend(self.feature_entry(id));
        found.extend(self.construction_entries(id));
        found.extend(self.source_entry(id));
        found.extend(WORDS.iter().filter(|it| it.0 == id).map(|it| self.word_entry(it.0, it.1, it.2)));
        let class = |it: &crate::lexicon::terms::TermEntry| it.class.as_ref().is_some_and(|it| it.as_str() == id);
        if found.iter().all(|it| it.kind != CLASS) && self.terms.entries.iter().any(class) {
            found.push(self.word_entry(id, CLASS, "substances that the lexicon groups under this name"));
        }
        found
    }

    /// Every id that [`Lexicon::explain`] knows by name.
    pub fn ids(&self) -> BTreeSet<&str> {
        let mut ids: BTreeSet<&str> = BTreeSet::new();
        for family in &self.families {
            ids.insert(family.id.as_str());
            ids.extend(family.codes.iter().flat_map(|it| [it.code.as_str(), it.id.as_str()]));
            ids.extend(
                family.codes.iter().flat_map(|it| it.cells.iter().flat_map(|cell| cell.1.iter().map(Id::as_str))),
            );
            ids.extend(family.questions.iter().map(|it| it.id.as_str()));
        }
        ids.extend(self.rules.iter().map(|it| it.id.as_str()));
        ids.extend(self.modifiers.iter().map(|it| it.id.as_str()));
        ids.extend(self.other_codes.iter().map(|it| it.code.as_str()));
        ids.extend(self.edits.iter().map(|it| it.id.as_str()));
        ids.extend(Slot::ALL.iter().map(|it| it.name()));
        ids.extend(self.terms.entries.iter().map(|it| it.concept.as_str()));
        ids.extend(self.cues.rules().iter().map(|it| it.id.as_str()));
        ids.extend(self.sections.kinds.iter().map(|it| it.id.as_str()));
        ids.extend(
            self.patterns.levels.iter().chain([&self.patterns.quantity, &self.patterns.date]).map(|it| it.id.as_str()),
        );
        ids.extend(self.terms.entries.iter().filter_map(|it| it.class.as_ref()).map(Id::as_str));
        ids.extend(self.supply_and_diagnosis_ids());
        ids.extend(self.review_ids());
        ids.extend(WORDS.iter().map(|it| it.0));
        ids.extend(FEATURES.iter().map(|it| it.0));
        ids.extend(self.constructions.rows.iter().map(|it| it.id.as_str()));
        ids
    }

    /// What was meant by a wrong id, at most three: what it stands for if it is a word of the lexicon, then the
    /// ids nearest to it.
    pub fn nearest(&self, wrong: &str) -> Vec<&str> {
        let word = wrong.to_lowercase();
        let terms = self.terms.entries.iter().filter(|it| it.term == word);
        let mut meant: BTreeSet<(usize, &str)> = terms.map(|it| (0, it.concept.as_str())).collect();
        let word = word.replace(' ', "_");
        let distance = |it: &str| {
            let whole = strsim::damerau_levenshtein(&word, it);
            let part = word.len() >= 4 && it.contains(&word) || it.len() >= 4 && word.contains(it);
            if part { whole.min(3) } else { whole }
        };
        let near = self.ids().into_iter().map(|it| (distance(it).max(1), it));
        meant.extend(near.filter(|(distance, it)| *distance <= 1 + it.len().max(8) / 4));
        let mut ids: Vec<&str> = Vec::new();
        for (_, id) in meant {
            if ids.len() < 3 && !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    fn family_entry(&self, family: &Family) -> Explanation {
        let about = if family.about.is_empty() { &family.label } else { &family.about };
        let index = self.family(family.id.as_str());
        let words = self.terms.entries.iter().filter(|it| it.family == index && it.concept == family.id);
        let needs: Vec<&str> = self.deciding_slots(family.id.as_str()).into_iter().map(Slot::name).collect();
        let codes: Vec<String> = self.family_codes(family.id.as_str()).into_iter().collect();
        let without = "it is recognized and reported, without a code";
        Explanation::new(family.id.as_str(), "procedure family", about)
            .with("name", if family.about.is_empty() { "" } else { &family.label })
            .with("codes", if codes.is_empty() { without.to_owned() } else { codes.join(", ") })
            .with("needs", needs.join(", "))
            .with("questions", join(family.questions.iter().map(|it| it.id.as_str())))
            .with("words", some_of(words.map(|it| it.term.as_str())))
    }

    fn slot_entry(&self, slot: Slot) -> Explanation {
        let values: BTreeSet<&str> = self.values(slot).collect();
        let questions = self.families.iter().flat_map(|it| &it.questions).filter(|it| it.slot == slot);
        Explanation::new(slot.name(), "slot", slot_about(slot))
            .with("values", join(values))
            .with("questions", join(questions.map(|it| it.id.as_str())))
    }

    /// The values of a slot that code tables name.
    fn values(&self, slot: Slot) -> impl Iterator<Item = &str> {
        let cells = self.families.iter().flat_map(|it| &it.codes).flat_map(|it| &it.cells);
        cells.filter(move |it| it.0 == slot).flat_map(|it| it.1.iter().map(Id::as_str))
    }

    /// A value that code tables name.
    fn value_entry(&self, id: &str) -> Option<Explanation> {
        let slots: Vec<Slot> = Slot::ALL.into_iter().filter(|it| self.values(*it).any(|value| value == id)).collect();
        let first = *slots.first()?;
        let mut codes = BTreeSet::new();
        for row in self.families.iter().flat_map(|it| &it.codes) {
            if row.cells.iter().any(|(slot, values)| slots.contains(slot) && values.iter().any(|it| it.as_str() == id))
            {
                codes.insert(row.code.as_str());
            }
        }
        let about = format!("a value of {}: {}", join(slots.iter().map(|it| it.name())), slot_about(first));
        Some(Explanation::new(id, "value", about).with("selects", join(codes)))
    }

    /// A concept, once for each kind that it stands for, with its words.
    fn concepts(&self, id: &str) -> Vec<Explanation> {
        let mut kinds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, entry) in self.terms.entries.iter().enumerate().filter(|it| it.1.concept.as_str() == id) {
            kinds.entry(entry.kind.name()).or_default().push(index);
        }
        let family = self.family(id).is_some();
        // A family's own words are listed with the family.
        let kinds = kinds.into_iter().filter(|it| !(family && it.0 == "act"));
        kinds
            .map(|(kind, entries)| {
                let entries = entries.into_iter().map(|it| &self.terms.entries[it]);
                let class: BTreeSet<&str> =
                    entries.clone().filter_map(|it| it.class.as_ref()).map(Id::as_str).collect();
                let files: BTreeSet<&str> = entries.clone().map(|it| it.file.as_str()).collect();
                let of: BTreeSet<&str> =
                    entries.clone().filter_map(|it| it.family).map(|it| self.family_id(it).as_str()).collect();
                let about = if family {
                    format!("words of the kind \"{kind}\" that point to the family")
                } else {
                    format!("what words of the kind \"{kind}\" stand for")
                };
                Explanation::new(id, "concept", about)
                    .with("class", join(class))
                    .with("family", join(of))
                    .with("words", some_of(entries.map(|it| it.term.as_str())))
                    .with("file", join(files))
            })
            .collect()
    }

    /// A word that only results use; a class of drugs with its members.
    fn word_entry(&self, id: &str, kind: &'static str, about: &str) -> Explanation {
        let of = |it: &&crate::lexicon::terms::TermEntry| it.class.as_ref().is_some_and(|it| it.as_str() == id);
        let drugs: BTreeSet<&str> = self.terms.entries.iter().filter(of).map(|it| it.concept.as_str()).collect();
        Explanation::new(id, kind, about).with("members", if kind == CLASS { join(drugs) } else { String::new() })
    }

    /// A source by what cites it.
    fn source_entry(&self, id: &str) -> Option<Explanation> {
        let of_families = self.families.iter().flat_map(|family| {
            let rows = family.codes.iter().map(|it| (&it.source, it.id.as_str()));
            rows.chain(family.questions.iter().map(|it| (&it.source, it.id.as_str())))
        });
        let cited = of_families.chain(self.rules.iter().map(|it| (&it.source, it.id.as_str())));
        let cited = cited.chain(self.supply_and_diagnosis_sources()).chain(self.card_sources());
        let cited: Vec<&str> = cited.filter(|it| it.0 == id).map(|it| it.1).collect();
        let about = "where a rule comes from; see docs/sources.md";
        (!cited.is_empty()).then(|| Explanation::new(id, "source", about).with("cited by", join(cited)))
    }

    /// A pattern by its id, or a level such as `L4-L5` by its form.
    fn pattern_entry(&self, id: &str) -> Option<Explanation> {
        let patterns = || self.patterns.levels.iter().chain([&self.patterns.quantity, &self.patterns.date]);
        if let Some(it) = patterns().find(|it| it.id.as_str() == id) {
            return Some(Explanation::new(id, "pattern", &it.about).with("expression", &it.expression));
        }
        let whole =
            |it: &&crate::lexicon::patterns::Pattern| it.regex.find(id).is_some_and(|found| found.len() == id.len());
        let pattern = self.patterns.levels.iter().find(whole)?;
        Some(
            Explanation::new(id, "level", "a vertebra or the interspace between two")
                .with("read by", pattern.id.as_str()),
        )
    }
}

/// A code with every dated row that gives it.
fn code(family: &Family, id: &str) -> Option<Explanation> {
    let rows: Vec<&CodeRow> = family.codes.iter().filter(|it| it.code == id).collect();
    let first = rows.first()?;
    let mut entry =
        Explanation::new(id, "code", format!("{}: {}", family.label, needs(first))).with("family", family.id.as_str());
    for it in &rows {
        let primary = it.add_on_to.as_ref().map(|it| format!(", only with {}", it.replace('|', " or ")));
        let primary = primary.unwrap_or_default();
        entry = entry.with("rule", format!("{} ({}): {}{primary}", it.id, dates(it), needs(it)));
    }
    for other in family.codes.iter().filter(|it| it.code != id) {
        if let Some(difference) = rows.iter().filter(|it| overlap(it, other)).find_map(|it| one_difference(it, other)) {
            entry = entry.with("not if", format!("{difference} → {}{}", other.code, ended(other)));
        }
    }
    let asks = family.questions.iter().filter(|it| it.severity == crate::Severity::Code).map(|it| it.id.as_str());
    let sources: BTreeSet<&str> = rows.iter().map(|it| it.source.as_str()).collect();
    Some(entry.with("open questions that hold it back", join(asks)).with("source", join(sources)))
}

/// A row of a code table.
fn row(family: &Family, row: &CodeRow) -> Explanation {
    Explanation::new(row.id.as_str(), "code rule", format!("{} → {}", needs(row), row.code))
        .with("family", family.id.as_str())
        .with("in force", dates(row))
        .with("source", &row.source)
}

fn question(family: &Family, it: &Question) -> Explanation {
    let outcome = |text: &Option<String>| text.clone().unwrap_or_default();
    Explanation::new(it.id.as_str(), "question", format!("a question about the {}", it.slot.name()))
        .with("family", family.id.as_str())
        .with("bears on", severity_name(it.severity))
        .with("met", &it.met)
        .with("missing", outcome(&it.missing))
        .with("conflicting", outcome(&it.conflicting))
        .with("ask", if it.review { format!("{} (a second coder may resolve it)", it.ask) } else { it.ask.clone() })
        .with("source", &it.source)
}

fn cue(it: &Cue) -> Explanation {
    const NAMES: [(ModifierCategory, &str); 11] = [
        (ModifierCategory::NEGATED, "negated"),
        (ModifierCategory::POSSIBLE, "possible"),
        (ModifierCategory::HISTORICAL, "historical"),
        (ModifierCategory::HYPOTHETICAL, "hypothetical"),
        (ModifierCategory::PLANNED, "planned"),
        (ModifierCategory::EXISTING, "existing"),
        (ModifierCategory::ATTEMPTED, "attempted"),
        (ModifierCategory::OTHER, "of someone else"),
        (ModifierCategory::PSEUDO, "looks like a cue and is none"),
        (ModifierCategory::TERMINATE, "ends the scope of other cues"),
        (ModifierCategory::EVENT, "an event"),
    ];
    let says = NAMES.iter().filter(|(flag, _)| it.category.has(*flag)).map(|it| it.1);
    let direction = match (it.forward, it.backward) {
        (true, true) => "of what comes before and after",
        (true, false) => "of what follows",
        (false, true) => "of what comes before",
        (false, false) => "",
    };
    Explanation::new(it.id.as_str(), "context cue", &it.means)
        .with("category", join(says))
        .with("reads", direction)
        .with("max scope", format!("{} words", it.max_scope))
        .with("words", some_of(it.words.iter().map(String::as_str)))
        .with("file", "context.toml")
}

fn section(it: &sections::SectionKind) -> Explanation {
    let default = match it.default {
        sections::DefaultAssertion::Performed => "performed",
        sections::DefaultAssertion::Neutral => "decided by the sentence",
        sections::DefaultAssertion::Historical => "historical",
        sections::DefaultAssertion::Planned => "planned",
        sections::DefaultAssertion::Hypothetical => "hypothetical",
        sections::DefaultAssertion::Ignored => "not read",
    };
    Explanation::new(it.id.as_str(), "section", &it.about)
        .with("default assertion", default)
        .with("file", "sections.toml")
}

/// Facts that a row needs, such as `region is lumbar_sacral, imaging is fluoroscopy or ct`.
fn needs(row: &CodeRow) -> String {
    join(row.cells.iter().map(cell))
}

fn cell((slot, values): &(Slot, Vec<Id>)) -> String {
    let values: Vec<&str> = values.iter().map(Id::as_str).collect();
    format!("{} is {}", slot.name(), values.join(" or "))
}

fn dates(row: &CodeRow) -> String {
    let day = |it: Date| it.to_string();
    match row.until {
        Some(until) => format!("from {} until before {}", day(row.from), day(until)),
        None => format!("from {}", day(row.from)),
    }
}

/// The day from which a row no longer holds, in brackets.
pub(super) fn ended(row: &CodeRow) -> String {
    row.until.map(|it| format!(" (before {it})")).unwrap_or_default()
}

/// Whether two rows are ever in force on the same day.
pub(super) fn overlap(a: &CodeRow, b: &CodeRow) -> bool {
    a.until.is_none_or(|it| b.from < it) && b.until.is_none_or(|it| a.from < it)
}

/// The fact that would have to be different for the other row, where it is one.
fn one_difference(row: &CodeRow, other: &CodeRow) -> Option<String> {
    let mut differing = other.cells.iter().filter(|it| !row.cells.contains(it));
    let first = differing.next()?;
    differing.next().is_none().then(|| cell(first))
}

fn join<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> String {
    let parts: Vec<T> = parts.into_iter().collect();
    parts.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")
}

/// The shortest words first, at most 24 of them.
fn some_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 24;
    let words: BTreeSet<(usize, &str)> = words.map(|it| (it.len(), it)).collect();
    let more = words.len().saturating_sub(SHOWN);
    let text = join(words.into_iter().take(SHOWN).map(|it| it.1));
    if more > 0 { format!("{text} and {more} more") } else { text }
}

fn edit(it: &crate::lexicon::edits::Edit) -> Explanation {
    let until = it.until.map(|it| format!(" until {it}")).unwrap_or_default();
    Explanation::new(it.id.as_str(), "edit", &it.message)
        .with("severity", severity_name(it.severity))
        .with("modifier", it.modifier.clone().unwrap_or_default())
        .with("holds", format!("from {}{until}", it.from))
        .with("source", &it.source)
}
