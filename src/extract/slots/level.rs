//! Region and level of entry: which level in the text is where the needle or catheter went in.

use super::proximity::{is_sacral, sentence_has_word};
use super::{NeuraxialBuilder, dedup};
use crate::document::{Document, LevelMention, Mention, Statement};
use crate::extract::mentions::in_sentence;
use crate::extract::procedure_event::DocumentationGap;
use crate::extract::scope::{CORRECTION, EvidenceWeights, TECHNIQUE, TITLE};
use crate::lexicon::constructions::Stance;
use crate::lexicon::terms::SemanticType;
use crate::lexicon::weights::NOT_DOCUMENTED;
use crate::model::{Evidence, Id, Outcome, Provenance, Slot};

impl NeuraxialBuilder<'_> {
    pub(super) fn region_and_level(&mut self) {
        let mut entries = entries(self.doc, &self.scope);
        if let Some(region) = self.region {
            entries.retain(|it| it.region == region);
        }
        let caudal = entries.iter().any(|it| it.level.as_deref() == Some("caudal") && it.weight >= TECHNIQUE);
        let best = entries.iter().map(|it| it.weight).max().unwrap_or(0);
        let titles: Vec<&RegionEvidence> = entries.iter().filter(|it| it.weight == TITLE).collect();
        let mut chosen: Vec<&RegionEvidence> = entries.iter().filter(|it| it.weight == best).collect();
        if caudal {
            chosen.retain(|it| it.region == "lumbar_sacral");
            chosen.sort_by_key(|it| it.level.as_deref() != Some("caudal"));
        }
        let words: Vec<(&'static str, Evidence)> = region_words(self.doc, &self.scope)
            .filter(|(region, _)| self.region.is_none_or(|own| own == *region))
            .map(|(region, it)| (region, it.evidence(self.doc)))
            .collect();
        let cervical_or_caudal = self
            .scope
            .happened(self.doc, SemanticType::Region)
            .find(|it| it.entry(self.doc).concept.as_str() == "cervical_or_caudal");
        let evidence_of = |list: &[&RegionEvidence]| -> Vec<Evidence> {
            list.iter().flat_map(|it| it.provenance.evidence()).take(4).cloned().collect()
        };
        let levels: Vec<(String, Provenance)> =
            chosen.iter().filter_map(|it| Some((it.level.clone()?, it.provenance.clone()))).collect();
        let title_levels: Vec<&str> = dedup(titles.iter().filter(|it| it.full).filter_map(|it| it.level.as_deref()));
        let chosen_levels: Vec<&str> = dedup(chosen.iter().filter_map(|it| it.level.as_deref()));
        let corrected = best >= CORRECTION;
        if best > TITLE
            && !corrected
            && !self.names_failure()
            && (disjoint_pairs(&title_levels, &chosen_levels) || self.two_levels_for_one(&chosen))
        {
            let mut both = evidence_of(&chosen);
            both.extend(evidence_of(&titles));
            self.event.gaps.push(DocumentationGap {
                question: "level-consistent",
                outcome: Outcome::Conflicting,
                evidence: both,
            });
        }
        // A title that names the same region documents it as well.
        let agreeing = |region: &str| -> Vec<Evidence> {
            let levels = titles.iter().filter(|it| best > TITLE && it.region == region);
            let levels = levels.flat_map(|it| it.provenance.evidence()).take(2).cloned();
            let words = words.iter().filter(|it| it.0 == region).take(2).map(|it| it.1.clone());
            levels.chain(words).collect()
        };
        let cesi = cervical_or_caudal.map(|it| it.evidence(self.doc));
        let found = self.weigh(Slot::Region);
        let value = found.value();
        let by_level = chosen.iter().any(|it| it.region == value);
        let junction = chosen_levels.contains(&"T12-L1");
        let junction_evidence = evidence_of(&chosen);
        let by_words = self.own_statements(Slot::Region).filter(|it| it.is_now() && it.construction(self.doc).full);
        let apart: Vec<&Statement> = by_words
            .filter(|it| is_entry_statement(it) && !chosen.iter().any(|own| own.region == it.value.as_str()))
            .collect();
        // A title may name the region that a catheter was led to.
        let led = found.conflicting
            && !chosen.is_empty()
            && chosen.iter().all(|it| it.region == chosen[0].region)
            && self.scope.concept(self.doc, SemanticType::Device, "catheter").next().is_some()
            && apart.iter().all(|it| level_of(self.doc, it).is_none());
        let value = if led { chosen[0].region } else { value };
        let by_level = led || by_level;
        if found.is_contradicted() && !led {
            let evidence = self.both_sides(&found);
            self.gap("region-documented", Outcome::Conflicting, evidence);
        } else if value == NOT_DOCUMENTED {
            // CESI is cervical to some and caudal to others: only a level establishes it.
            self.gap("region-documented", Outcome::Missing, cesi.into_iter().collect());
        } else if by_level {
            let own: Vec<&RegionEvidence> = chosen.iter().copied().filter(|it| it.region == value).collect();
            let rule = own[0].provenance.rule().cloned().unwrap_or_else(|| Id::from("level-to-region"));
            let evidence = evidence_of(&own).into_iter().chain(agreeing(value)).collect();
            self.set(Slot::Region, value, Provenance::Inferred { rule, evidence });
        } else {
            let evidence = self.supporting(&found, value);
            self.infer(Slot::Region, value, "title-to-region", evidence);
        }
        self.event.facts.push(found);
        if junction {
            self.gap("junction-level", Outcome::Conflicting, junction_evidence);
        }
        let mut seen: Vec<String> = Vec::new();
        let any_pair = levels.iter().any(|it| it.0.contains('-') || it.0 == "caudal");
        for (level, provenance) in levels {
            let name_only = any_pair && !level.contains('-') && level != "caudal";
            if !seen.contains(&level) && !name_only {
                let evidence = provenance.evidence().to_vec();
                self.set(Slot::Level, &level, Provenance::Explicit { evidence });
                seen.push(level);
            }
        }
        if seen.is_empty() {
            self.gap("entry-level-documented", Outcome::Missing, Vec::new());
        }
    }

    /// Whether an attempt at one level failed: the level of the next one is no contradiction.
    fn names_failure(&self) -> bool {
        self.scope.all(self.doc, SemanticType::Attempt).any(|it| it.is(self.doc, SemanticType::Attempt, "failed"))
    }

    /// Whether the narrative gives two interspaces for one injection: documented in different sentences, no word of a
    /// second needle, and no title that names both.
    fn two_levels_for_one(&self, chosen: &[&RegionEvidence]) -> bool {
        let second = &self.doc.lexicon.phrases.level.second_needle;
        let pairs: Vec<&&RegionEvidence> =
            chosen.iter().filter(|it| it.full && it.level.as_deref().is_some_and(|it| it.contains('-'))).collect();
        let names = dedup(pairs.iter().filter_map(|it| it.level.as_deref()));
        let apart = pairs.iter().any(|it| it.sentence != pairs[0].sentence);
        let more = || pairs.iter().any(|it| second.iter().any(|word| sentence_has_word(self.doc, it.sentence, word)));
        names.len() > 1 && apart && !more()
    }
}

/// Constructions that only mention a level: a finding, a failed attempt, an option.
pub(super) const MENTIONED: [&str; 9] = [
    "considered",
    "failed-at",
    "failed-at-after",
    "finding-after",
    "finding-before",
    "of-prior-one",
    "on-a-study",
    "unsuitable",
    "unsuitable-after",
];

/// A fact about where the act entered, with how much it counts.
pub(super) struct RegionEvidence {
    region: &'static str,
    level: Option<String>,
    weight: u8,
    sentence: usize,
    /// Whether it is a full statement.
    full: bool,
    provenance: Provenance,
}

/// The level that a statement is about; none for a region word.
fn level_of<'a>(doc: &'a Document<'_>, it: &Statement) -> Option<&'a LevelMention> {
    let at = doc.levels.partition_point(|level| level.level.start < it.range.start);
    doc.levels.get(at).filter(|level| level.level.start == it.range.start && level.level.end == it.range.end)
}

/// Whether a statement gives a region of entry that holds now.
fn is_entry_statement(it: &Statement) -> bool {
    it.slot == Slot::Region && it.stance == Stance::Supports && it.is_now() && region_named(it.value.as_str()).is_some()
}

fn region_named(value: &str) -> Option<&'static str> {
    ["cervical_thoracic", "lumbar_sacral"].into_iter().find(|it| *it == value)
}

/// Whether a level is where the act entered, or is named with the act without a word that says otherwise.
pub(crate) fn is_entry(doc: &Document<'_>, it: &LevelMention) -> bool {
    let from = doc.statements.partition_point(|other| other.sentence < it.sentence);
    let own = doc.statements[from..].iter().take_while(|other| other.sentence == it.sentence);
    let own = own.filter(|other| other.range.start == it.level.start);
    own.filter(|it| !MENTIONED.contains(&it.construction(doc).id.as_str())).any(is_entry_statement)
}

/// Everything that states the level of entry: interspaces and the sacral hiatus; single vertebrae next to a word of the
/// act.
fn entries(doc: &Document<'_>, scope: &EvidenceWeights) -> Vec<RegionEvidence> {
    let mut found = Vec::new();
    let is_mentioned = |it: &Statement| MENTIONED.contains(&it.construction(doc).id.as_str());
    let own = || doc.statements.iter().filter(|it| scope.own[it.sentence] && is_entry_statement(it));
    let any = own().any(|it| !is_mentioned(it));
    for it in own().filter(|it| !any || !is_mentioned(it)) {
        let weight = scope.weights[it.sentence];
        let Some(region) = region_named(it.value.as_str()) else { continue };
        let (level, rule) = match level_of(doc, it) {
            Some(level) if level.level.pair || it.construction(doc).full && weight >= TITLE => {
                (level.level.name.clone(), "level-to-region")
            }
            None if it.rule.as_str() == "caudal" && is_sacral_at(doc, scope, it) => {
                ("caudal".to_owned(), "caudal-to-region")
            }
            _ => continue,
        };
        let provenance = Provenance::Inferred { rule: Id::from(rule), evidence: vec![it.evidence(doc)] };
        let full = it.construction(doc).full;
        found.push(RegionEvidence { region, level: Some(level), weight, sentence: it.sentence, full, provenance });
    }
    found
}

/// Whether a word such as `caudal` names the way in and no direction.
fn is_sacral_at(doc: &Document<'_>, scope: &EvidenceWeights, it: &Statement) -> bool {
    let mut mentions = in_sentence(doc, it.sentence).iter();
    mentions.any(|other| {
        other.start == it.range.start && other.kind == SemanticType::Approach && is_sacral(doc, scope, other)
    })
}

/// Region words that state where the act was done.
fn region_words<'a>(
    doc: &'a Document<'_>,
    scope: &'a EvidenceWeights,
) -> impl Iterator<Item = (&'static str, &'a Statement)> {
    let own = doc.statements.iter().filter(|it| scope.own[it.sentence] && scope.weights[it.sentence] > 0);
    own.filter(|it| is_entry_statement(it) && level_of(doc, it).is_none() && it.rule.as_str() != "caudal")
        .filter_map(|it| Some((region_named(it.value.as_str())?, it)))
}

/// Where both regions were entered in acts documented apart: for each sentence the region it documents, or none.
pub(super) fn regions_apart(doc: &Document<'_>, scope: &EvidenceWeights) -> Option<Vec<Option<&'static str>>> {
    let mut by_sentence: Vec<Option<&'static str>> = vec![None; doc.sentences.len()];
    let mut mixed = vec![false; doc.sentences.len()];
    let mut mark = |sentence: usize, region: &'static str| match by_sentence[sentence] {
        Some(other) if other != region => mixed[sentence] = true,
        _ => by_sentence[sentence] = Some(region),
    };
    entries(doc, scope).iter().filter(|it| it.weight >= TITLE).for_each(|it| mark(it.sentence, it.region));
    region_words(doc, scope)
        .filter(|(_, it)| scope.weights[it.sentence] >= TITLE)
        .for_each(|(region, it)| mark(it.sentence, region));
    let gives = |index: usize| {
        let doing = |it: &Mention| {
            matches!(
                it.kind,
                SemanticType::Device | SemanticType::Technique | SemanticType::Substance | SemanticType::Motion
            )
        };
        in_sentence(doc, index).iter().any(doing)
    };
    // The story of a region goes on until the next region; fields (`Needle: … Meds: …`) are part of it.
    let story_gives = |first: usize| {
        let goes_on = |it: &usize| {
            let below_title = scope.weights[first] == TITLE;
            by_sentence[*it].is_none_or(|region| Some(region) == by_sentence[first])
                && (below_title || scope.weights[*it] >= TECHNIQUE)
        };
        (first..doc.sentences.len()).take_while(goes_on).take(8).any(gives)
    };
    // A title of its own before each story does as well: `Procedure 1: C7-T1 … Procedure 2: L4-5 …`.
    let documented = |region: &str| {
        (0..doc.sentences.len()).any(|index| {
            by_sentence[index] == Some(region) && !mixed[index] && scope.weights[index] >= TITLE && story_gives(index)
        })
    };
    // `1) T7-8 … 17G Tuohy … 2) L4-5 … 25G Sprotte`: a needle for each.
    let has_needle = |region: &str| {
        let is_needle = |it: &Mention| {
            ["epidural_needle", "spinal_needle"].iter().any(|needle| it.is(doc, SemanticType::Device, needle))
        };
        (0..doc.sentences.len()).any(|index| {
            by_sentence[index] == Some(region) && !mixed[index] && in_sentence(doc, index).iter().any(is_needle)
        })
    };
    let titles = |region: &str| {
        (0..doc.sentences.len())
            .any(|index| scope.weights[index] == TITLE && (by_sentence[index] == Some(region) || mixed[index]))
    };
    let regions = ["cervical_thoracic", "lumbar_sacral"];
    let techniques = regions.iter().all(|it| documented(it));
    let in_titles = regions.iter().all(|it| titles(it));
    let given = (0..doc.sentences.len()).filter(|it| scope.weights[*it] >= TECHNIQUE && gives_drug(doc, *it)).count();
    let no_title = !regions.iter().any(|it| titles(it));
    let two_needles = || regions.iter().all(|it| has_needle(it));
    if !(techniques && (in_titles || no_title && (given >= 2 || two_needles()))) {
        return None;
    }
    // A sentence without a region of its own goes on with the one before it.
    let mut current = None;
    let mut section = usize::MAX;
    let mut result = Vec::with_capacity(by_sentence.len());
    for (index, sentence) in doc.sentences.iter().enumerate() {
        if sentence.section != section {
            // A title speaks for what is below it.
            let titled = index > 0 && scope.weights[index - 1] == TITLE && !mixed[index - 1];
            current = if titled { by_sentence[index - 1] } else { None };
            section = sentence.section;
        }
        // What is said of both is said of each.
        let of_both = by_sentence[index].is_none() && sentence_has_word(doc, index, "both");
        if mixed[index] || of_both {
            result.push(None);
            continue;
        }
        current = by_sentence[index].or(current);
        result.push(current);
    }
    Some(result)
}

pub(super) fn gives_drug(doc: &Document<'_>, sentence: usize) -> bool {
    let all = in_sentence(doc, sentence);
    all.iter().any(|it| {
        it.kind == SemanticType::Substance && it.entry(doc).class.as_ref().is_some_and(|it| it.as_str() == "steroid")
    })
}

/// Whether two lists of levels both name interspaces and share none.
pub(super) fn disjoint_pairs(left: &[&str], right: &[&str]) -> bool {
    let pairs =
        |list: &[&str]| list.iter().filter(|it| it.contains('-')).map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let (left, right) = (pairs(left), pairs(right));
    !left.is_empty() && !right.is_empty() && !left.iter().any(|it| right.contains(it))
}
