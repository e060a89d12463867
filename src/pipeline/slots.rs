//! The facts of a neuraxial injection: region, level, space, approach, delivery, imaging, contrast, side, purpose.

use std::collections::BTreeMap;

use super::Page;
use super::levels::region as region_of_level;
use super::mentions::{LevelMention, Mention};
use super::procedures::{Frame, Issue, NEURAXIAL};
use super::scope::{Scope, TECHNIQUE, TITLE};
use super::substances;
use crate::lexicon::terms::Kind;
use crate::model::{Attribute, Evidence, Id, Outcome, Slot, Status, Why};

/// How far, in bytes, a word reaches that says what a level or a region word is about.
const REACH: usize = 70;

/// The mentions of one sentence.
pub(crate) fn in_sentence<'a>(page: &'a Page<'_>, sentence: usize) -> &'a [Mention] {
    let from = page.mentions.partition_point(|it| it.sentence < sentence);
    let to = page.mentions.partition_point(|it| it.sentence <= sentence);
    &page.mentions[from..to]
}

fn levels_in_sentence<'a>(page: &'a Page<'_>, sentence: usize) -> &'a [LevelMention] {
    let from = page.levels.partition_point(|it| it.sentence < sentence);
    let to = page.levels.partition_point(|it| it.sentence <= sentence);
    &page.levels[from..to]
}

/// Mentions of a sentence that lie within reach before or after a range.
fn near<'a>(
    page: &'a Page<'_>,
    sentence: usize,
    start: usize,
    end: usize,
    reach: usize,
) -> impl Iterator<Item = &'a Mention> {
    let from = page.mentions.partition_point(|it| it.start + reach < start);
    page.mentions[from..].iter().take_while(move |it| it.start <= end + reach).filter(move |it| it.sentence == sentence)
}

/// Whether the sentence of a mention of the space tells of giving or placing something.
pub(crate) fn injected_near(page: &Page<'_>, mention: &Mention) -> bool {
    near(page, mention.sentence, mention.start, mention.end, 2 * REACH).any(|it| it.kind(page) == Kind::Motion)
}

/// Whether a sentence tells of doing: a verb of placing or giving, a needle, a level.
pub(crate) fn sentence_tells_doing(page: &Page<'_>, sentence: usize) -> bool {
    let doing = |it: &Mention| matches!(it.kind(page), Kind::Motion | Kind::Device | Kind::Technique | Kind::Imaging);
    in_sentence(page, sentence).iter().take(64).any(doing) || !levels_in_sentence(page, sentence).is_empty()
}

/// What a level in the text is the level of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LevelRole {
    /// Where the needle or catheter entered.
    Entry,
    /// A level of the act without a word that says which.
    Act,
    /// Where a tip lies, a drug spreads, a needle aims.
    Tip,
    /// A finding, a diagnosis, a nerve.
    Finding,
    /// Where it was tried in vain.
    Failed,
}

fn level_role(page: &Page<'_>, it: &LevelMention) -> LevelRole {
    let (start, end) = (it.level.start, it.level.end);
    let text = &page.search.text;
    if let Some(after) =
        near(page, it.sentence, start, end, 24).find(|other| other.start >= end && other.start <= end + 14)
    {
        match after.kind(page) {
            Kind::Finding if !it.level.pair || after.start <= end + 2 => return LevelRole::Finding,
            Kind::Entry => return if failed_near(page, it) { LevelRole::Failed } else { LevelRole::Entry },
            _ => {}
        }
    }
    let before = text[page.sentences[it.sentence].lead..start].trim_end();
    let preposition = before.rsplit(' ').next().unwrap_or("").to_ascii_lowercase();
    if preposition == "to" && last_device_is_catheter(page, it) {
        return LevelRole::Tip;
    }
    let mut role = LevelRole::Act;
    // The nearest word before the level that says what it is the level of.
    let cues = near(page, it.sentence, start, start, REACH).filter(|other| other.end <= start);
    for cue in cues {
        role = match cue.kind(page) {
            Kind::Tip => LevelRole::Tip,
            Kind::Entry => LevelRole::Entry,
            Kind::Thread if matches!(preposition.as_str(), "at" | "via" | "through" | "from" | "between") => {
                LevelRole::Entry
            }
            Kind::Thread if moves_catheter(page, cue) => LevelRole::Tip,
            Kind::Thread => LevelRole::Entry,
            Kind::Finding if text[cue.end..start].contains([',', ';', ':', '.']) => role,
            Kind::Finding => LevelRole::Finding,
            Kind::Act | Kind::Device if role == LevelRole::Finding => LevelRole::Act,
            _ => role,
        };
    }
    match role {
        LevelRole::Entry | LevelRole::Act if failed_near(page, it) => LevelRole::Failed,
        it => it,
    }
}

/// Whether a level is where the act entered, or stands with the act without a word that says otherwise.
pub(crate) fn is_entry(page: &Page<'_>, it: &LevelMention) -> bool {
    matches!(level_role(page, it), LevelRole::Entry | LevelRole::Act)
}

/// Whether the device told of last before a level is a catheter: `the catheter went up to T12`.
fn last_device_is_catheter(page: &Page<'_>, it: &LevelMention) -> bool {
    let devices = near(page, it.sentence, it.level.start, it.level.start, 2 * REACH)
        .filter(|other| other.kind(page) == Kind::Device && other.end <= it.level.start);
    devices.last().is_some_and(|other| other.entry(page).concept.as_str() == "catheter")
}

/// Whether the verb moves a catheter: the nearest device before it (or right after) is one.
fn moves_catheter(page: &Page<'_>, verb: &Mention) -> bool {
    let mut catheter = false;
    for it in near(page, verb.sentence, verb.start, verb.end, 3 * REACH)
        .filter(|it| it.kind(page) == Kind::Device && it.start < verb.start)
    {
        catheter = it.entry(page).concept.as_str() == "catheter";
    }
    catheter || page.search.text[verb.start..verb.end].starts_with("thread")
}

fn failed_near(page: &Page<'_>, it: &LevelMention) -> bool {
    let near_level = near(page, it.sentence, it.level.start, it.level.end, 2 * REACH);
    let clause_end = page.search.text[it.level.end..page.sentences[it.sentence].end]
        .find([',', ';'])
        .map_or(usize::MAX, |at| it.level.end + at);
    let clause_start = page.search.text[page.sentences[it.sentence].lead..it.level.start]
        .rfind([',', ';'])
        .map_or(0, |at| page.sentences[it.sentence].lead + at);
    let mut near_level = near_level.filter(|other| other.start < clause_end && other.start >= clause_start);
    near_level.any(|other| other.is(page, Kind::Attempt, "failed")) || it.said.status == Status::Attempted
}

/// A fact about where the act entered, with how much it counts.
struct Entry {
    region: &'static str,
    level: Option<String>,
    weight: u8,
    sentence: usize,
    why: Why,
}

/// Everything that tells the region of entry, best first within each weight.
fn entries(page: &Page<'_>, scope: &Scope) -> Vec<Entry> {
    let mut entries = Vec::new();
    for it in scope.levels(page) {
        let weight = scope.weights[it.sentence];
        let role = level_role(page, it);
        let counts = match role {
            LevelRole::Entry => {
                it.level.pair || weight >= TITLE && act_near(page, it.sentence, it.level.start, it.level.end)
            }
            LevelRole::Act => {
                weight >= TITLE && (it.level.pair || act_near(page, it.sentence, it.level.start, it.level.end))
            }
            _ => false,
        };
        if counts {
            let rule = Id::from("level-to-region");
            entries.push(Entry {
                region: region_of_level(&it.level.name),
                level: Some(it.level.name.clone()),
                weight,
                sentence: it.sentence,
                why: Why::Inferred { rule, evidence: vec![it.evidence(page)] },
            });
        }
    }
    for it in scope
        .happened(page, Kind::Approach)
        .filter(|it| it.entry(page).concept.as_str() == "caudal" && is_sacral(page, scope, it))
    {
        let why = Why::Inferred { rule: Id::from("caudal-to-region"), evidence: vec![it.evidence(page)] };
        let weight = scope.weights[it.sentence];
        entries.push(Entry {
            region: "lumbar_sacral",
            level: Some("caudal".to_owned()),
            weight,
            sentence: it.sentence,
            why,
        });
    }
    entries
}

/// "Caudal" is a direction unless it names the act or stands beside the sacral hiatus.
pub(crate) fn is_sacral(page: &Page<'_>, scope: &Scope, it: &Mention) -> bool {
    !it.entry(page).generic
        || in_act(page, it)
        || scope.concept(page, Kind::Approach, "caudal").any(|other| !other.entry(page).generic)
}

/// Whether a word of the act, its space or its needle stands near.
fn act_near(page: &Page<'_>, sentence: usize, start: usize, end: usize) -> bool {
    near(page, sentence, start, end, REACH).any(|it| is_act_word(page, it))
}

fn is_act_word(page: &Page<'_>, it: &Mention) -> bool {
    let entry = it.entry(page);
    match entry.kind {
        Kind::Act => page.lexicon.family(NEURAXIAL) == entry.family,
        Kind::Space | Kind::Technique => true,
        Kind::Approach => entry.concept.as_str() == "interlaminar",
        Kind::Device => matches!(entry.concept.as_str(), "epidural_needle" | "catheter"),
        _ => false,
    }
}

/// Region words that stand with the act (`lumbar epidural`), not with a finding (`lumbar radiculopathy`).
fn region_words<'a>(page: &'a Page<'_>, scope: &'a Scope) -> impl Iterator<Item = (&'static str, &'a Mention)> {
    let words = scope.happened(page, Kind::Region);
    words.filter_map(move |it| {
        let region = match it.entry(page).concept.as_str() {
            "cervical_thoracic" => "cervical_thoracic",
            "lumbar_sacral" => "lumbar_sacral",
            _ => return None,
        };
        let after: Vec<&Mention> =
            near(page, it.sentence, it.start, it.end, 30).filter(|other| other.end > it.end).collect();
        let next = after.iter().find(|other| {
            other.start >= it.end && matches!(other.kind(page), Kind::Finding) || is_act_word(page, other)
        });
        let is_finding = next.is_some_and(|it| it.kind(page) == Kind::Finding);
        let own_act = it.entry(page).family.is_none()
            && near(page, it.sentence, it.start, it.end, 0)
                .any(|other| other.kind(page) == Kind::Act && other.start <= it.start && other.end >= it.end);
        let with_act = own_act || after.iter().any(|other| is_act_word(page, other));
        let in_title = scope.weights[it.sentence] == TITLE && act_near(page, it.sentence, it.start, it.end);
        (!is_finding && (with_act || in_title)).then_some((region, it))
    })
}

/// Builds the frames of the neuraxial acts of a note: one, or one for each region where both were entered.
pub(crate) fn neuraxial(page: &Page<'_>, scope: &Scope, acts: &[&Mention]) -> Vec<Frame> {
    match regions_apart(page, scope) {
        Some(by_sentence) => ["cervical_thoracic", "lumbar_sacral"]
            .into_iter()
            .map(|region| {
                let own = scope.only(|index| by_sentence[index].is_none_or(|it| it == region));
                let acts: Vec<&Mention> = acts.iter().copied().filter(|it| own.weights[it.sentence] > 0).collect();
                Builder::new(page, own, &acts, Some(region)).build()
            })
            .collect(),
        None => vec![Builder::new(page, scope.clone(), acts, None).build()],
    }
}

/// Where both regions were entered in acts told apart: for each sentence the region it tells of, or none.
fn regions_apart(page: &Page<'_>, scope: &Scope) -> Option<Vec<Option<&'static str>>> {
    let mut by_sentence: Vec<Option<&'static str>> = vec![None; page.sentences.len()];
    let mut mixed = vec![false; page.sentences.len()];
    let mut mark = |sentence: usize, region: &'static str| match by_sentence[sentence] {
        Some(other) if other != region => mixed[sentence] = true,
        _ => by_sentence[sentence] = Some(region),
    };
    entries(page, scope).iter().filter(|it| it.weight >= TITLE).for_each(|it| mark(it.sentence, it.region));
    region_words(page, scope)
        .filter(|(_, it)| scope.weights[it.sentence] >= TITLE)
        .for_each(|(region, it)| mark(it.sentence, region));
    let told = |region: &str, least: u8, giving: bool| {
        (0..page.sentences.len()).any(|index| {
            by_sentence[index] == Some(region)
                && !mixed[index]
                && scope.weights[index] >= least
                && (!giving
                    || in_sentence(page, index).iter().any(|it| {
                        matches!(it.kind(page), Kind::Device | Kind::Technique | Kind::Substance | Kind::Motion)
                    }))
        })
    };
    let titles = |region: &str| {
        (0..page.sentences.len())
            .any(|index| scope.weights[index] == TITLE && (by_sentence[index] == Some(region) || mixed[index]))
    };
    let regions = ["cervical_thoracic", "lumbar_sacral"];
    let techniques = regions.iter().all(|it| told(it, TECHNIQUE, true));
    let in_titles = regions.iter().all(|it| titles(it));
    let given = (0..page.sentences.len()).filter(|it| scope.weights[*it] >= TECHNIQUE && gives_drug(page, *it)).count();
    let no_title = !regions.iter().any(|it| titles(it));
    if !(techniques && (in_titles || no_title && given >= 2)) {
        return None;
    }
    // A sentence without a region of its own goes on with the one before it.
    let mut current = None;
    let mut section = usize::MAX;
    let mut result = Vec::with_capacity(by_sentence.len());
    for (index, sentence) in page.sentences.iter().enumerate() {
        if sentence.section != section {
            (section, current) = (sentence.section, None);
        }
        if mixed[index] {
            result.push(None);
            continue;
        }
        current = by_sentence[index].or(current);
        result.push(current);
    }
    Some(result)
}

fn gives_drug(page: &Page<'_>, sentence: usize) -> bool {
    let all = in_sentence(page, sentence);
    all.iter().any(|it| {
        it.kind(page) == Kind::Substance && it.entry(page).class.as_ref().is_some_and(|it| it.as_str() == "steroid")
    })
}

/// Gathers the facts of one frame.
struct Builder<'a> {
    page: &'a Page<'a>,
    scope: Scope,
    frame: Frame,
    /// The region this frame is about where the note tells of two.
    region: Option<&'static str>,
}

impl<'a> Builder<'a> {
    fn new(page: &'a Page<'a>, scope: Scope, acts: &[&Mention], region: Option<&'static str>) -> Builder<'a> {
        let best =
            acts.iter().filter(|it| !it.entry(page).generic).chain(acts.iter().filter(|it| it.entry(page).generic));
        let frame = Frame {
            family: Id::from(NEURAXIAL),
            status: Status::Performed,
            evidence: best.take(3).map(|it| it.evidence(page)).collect(),
            attributes: Vec::new(),
            issues: Vec::new(),
            features: Vec::new(),
        };
        Builder { page, scope, frame, region }
    }

    fn build(mut self) -> Frame {
        self.region_and_level();
        self.space();
        self.approach();
        self.delivery();
        self.imaging();
        self.contrast();
        self.side();
        self.substances();
        self.purpose();
        self.frame.attributes.sort_by_key(|it| it.slot);
        if self.frame.evidence.is_empty() {
            self.frame.evidence =
                self.frame.attributes.iter().flat_map(|it| it.why.evidence()).take(2).cloned().collect();
        }
        self.frame
    }

    fn set(&mut self, slot: Slot, value: &str, why: Why) {
        self.frame.attributes.push(Attribute { slot, value: Id::from(value), substance: None, why });
    }

    fn infer(&mut self, slot: Slot, value: &str, rule: &str, evidence: Vec<Evidence>) {
        self.set(slot, value, Why::Inferred { rule: Id::from(rule), evidence });
    }

    fn issue(&mut self, question: &'static str, outcome: Outcome, evidence: Vec<Evidence>) {
        self.frame.issues.push(Issue { question, outcome, evidence });
    }

    fn feature(&mut self, name: &'static str, value: f64) {
        self.frame.features.push((name, value));
    }

    fn value(&self, slot: Slot) -> Option<&str> {
        self.frame.attributes.iter().find(|it| it.slot == slot).map(|it| it.value.as_str())
    }

    fn first(&self, kind: Kind, concept: &str) -> Option<Evidence> {
        self.scope.concept(self.page, kind, concept).next().map(|it| it.evidence(self.page))
    }

    /// Up to three pieces of evidence of a concept, the technique's first.
    fn several(&self, kind: Kind, concept: &str) -> Vec<Evidence> {
        let mut found: Vec<&Mention> = self.scope.concept(self.page, kind, concept).collect();
        found.sort_by_key(|it| std::cmp::Reverse(self.scope.weights[it.sentence]));
        found.iter().take(3).map(|it| it.evidence(self.page)).collect()
    }

    fn region_and_level(&mut self) {
        let mut entries = entries(self.page, &self.scope);
        if let Some(region) = self.region {
            entries.retain(|it| it.region == region);
        }
        let caudal = entries.iter().any(|it| it.level.as_deref() == Some("caudal") && it.weight >= TECHNIQUE);
        let best = entries.iter().map(|it| it.weight).max().unwrap_or(0);
        let titles: Vec<&Entry> = entries.iter().filter(|it| it.weight == TITLE).collect();
        let mut chosen: Vec<&Entry> = entries.iter().filter(|it| it.weight == best).collect();
        if caudal {
            chosen.retain(|it| it.region == "lumbar_sacral");
            chosen.sort_by_key(|it| it.level.as_deref() != Some("caudal"));
        }
        let regions: Vec<&str> = dedup(chosen.iter().map(|it| it.region));
        let words: Vec<(&'static str, Evidence)> = region_words(self.page, &self.scope)
            .filter(|(region, _)| self.region.is_none_or(|own| own == *region))
            .map(|(region, it)| (region, it.evidence(self.page)))
            .collect();
        let title_words: Vec<&str> = dedup(
            region_words(self.page, &self.scope)
                .filter(|(_, it)| self.scope.weights[it.sentence] == TITLE)
                .map(|it| it.0),
        );
        let cervical_or_caudal = self
            .scope
            .happened(self.page, Kind::Region)
            .find(|it| it.entry(self.page).concept.as_str() == "cervical_or_caudal");
        let evidence_of = |list: &[&Entry]| -> Vec<Evidence> {
            list.iter().flat_map(|it| it.why.evidence()).take(4).cloned().collect()
        };
        let levels: Vec<(String, Why)> =
            chosen.iter().filter_map(|it| Some((it.level.clone()?, it.why.clone()))).collect();
        let title_levels: Vec<&str> = dedup(titles.iter().filter_map(|it| it.level.as_deref()));
        let chosen_levels: Vec<&str> = dedup(chosen.iter().filter_map(|it| it.level.as_deref()));
        let mut conflict = None;
        if regions.len() > 1 {
            conflict = Some(("region-documented", evidence_of(&chosen)));
        } else if let [region] = regions.as_slice() {
            let other_title = self.region.is_none()
                && (titles.iter().any(|it| it.region != *region)
                    || !title_words.is_empty() && !title_words.contains(region));
            if other_title && best > TITLE {
                let mut both = evidence_of(&chosen);
                both.extend(evidence_of(&titles));
                both.extend(words.iter().filter(|it| it.0 != *region).map(|it| it.1.clone()));
                conflict = Some(("region-documented", both));
            } else if best > TITLE
                && (disjoint_pairs(&title_levels, &chosen_levels) || self.two_levels_for_one(&chosen))
            {
                let mut both = evidence_of(&chosen);
                both.extend(evidence_of(&titles));
                self.frame.issues.push(Issue {
                    question: "level-consistent",
                    outcome: Outcome::Conflicting,
                    evidence: both,
                });
            }
        }
        let decided = match regions.as_slice() {
            [region] => Some((
                (*region).to_owned(),
                Why::Inferred {
                    rule: chosen[0].why.rule().cloned().unwrap_or_else(|| Id::from("level-to-region")),
                    evidence: evidence_of(&chosen),
                },
            )),
            _ => None,
        };
        let word_regions = dedup(words.iter().map(|it| it.0));
        let by_word = match word_regions.as_slice() {
            [region] => Some(*region),
            _ => None,
        };
        let cesi = cervical_or_caudal.map(|it| it.evidence(self.page));
        let junction = chosen_levels.contains(&"T12-L1");
        let junction_evidence = evidence_of(&chosen);
        if let Some((question, evidence)) = conflict {
            self.issue(question, Outcome::Conflicting, evidence);
        } else if let Some((region, why)) = decided {
            self.set(Slot::Region, &region, why);
        } else if let Some(region) = by_word {
            let evidence = words.iter().take(3).map(|it| it.1.clone()).collect();
            self.infer(Slot::Region, region, "title-to-region", evidence);
        } else if words.is_empty() {
            // CESI is cervical to some and caudal to others: only a level tells.
            self.issue("region-documented", Outcome::Missing, cesi.into_iter().collect());
        } else {
            self.issue(
                "region-documented",
                Outcome::Conflicting,
                words.iter().map(|it| it.1.clone()).take(4).collect(),
            );
        }
        if junction {
            self.issue("junction-level", Outcome::Conflicting, junction_evidence);
        }
        let mut seen: Vec<String> = Vec::new();
        let any_pair = levels.iter().any(|it| it.0.contains('-') || it.0 == "caudal");
        for (level, why) in levels {
            let name_only = any_pair && !level.contains('-') && level != "caudal";
            if !seen.contains(&level) && !name_only {
                let evidence = why.evidence().to_vec();
                self.set(Slot::Level, &level, Why::Stated { evidence });
                seen.push(level);
            }
        }
        if seen.is_empty() {
            self.issue("entry-level-documented", Outcome::Missing, Vec::new());
        }
        self.feature("entry_level_stated", f64::from(u8::from(!seen.is_empty())));
        let agree = !title_words.is_empty() || !title_levels.is_empty();
        self.feature("title_and_technique", f64::from(u8::from(agree && best >= TECHNIQUE)));
    }

    /// Whether the narrative gives two interspaces for one injection: told in different sentences, no word of a
    /// second needle, and no title that names both.
    fn two_levels_for_one(&self, chosen: &[&Entry]) -> bool {
        const MORE: [&str; 16] = [
            "each",
            "both",
            "repeated",
            "second",
            "respectively",
            "also",
            "additional",
            "another",
            "then",
            "next",
            "other",
            "again",
            "attempt",
            "attempts",
            "pass",
            "first",
        ];
        let pairs: Vec<&&Entry> =
            chosen.iter().filter(|it| it.level.as_deref().is_some_and(|it| it.contains('-'))).collect();
        let names = dedup(pairs.iter().filter_map(|it| it.level.as_deref()));
        let apart = pairs.iter().any(|it| it.sentence != pairs[0].sentence);
        let more = || pairs.iter().any(|it| MORE.iter().any(|word| sentence_has_word(self.page, it.sentence, word)));
        names.len() > 1 && apart && !more()
    }

    /// Words that the sacral hiatus was the way in.
    fn sacral(&self) -> Vec<Evidence> {
        let words =
            self.scope.concept(self.page, Kind::Approach, "caudal").filter(|it| is_sacral(self.page, &self.scope, it));
        words.take(3).map(|it| it.evidence(self.page)).collect()
    }

    fn space(&mut self) {
        let mut scores = [("epidural", 0_u32), ("subarachnoid", 0_u32)];
        let weight = |it: &Mention| u32::from(self.scope.weights[it.sentence]);
        for it in self.scope.happened(self.page, Kind::Space) {
            let act = in_act(self.page, it);
            let points = if act { 4 * weight(it) } else { weight(it) };
            match it.entry(self.page).concept.as_str() {
                "epidural" => scores[0].1 += points,
                "subarachnoid" => scores[1].1 += points,
                _ => {}
            }
        }
        let felt = self.scope.concept(self.page, Kind::Technique, "loss_of_resistance").count() as u32;
        let fluid = self.scope.concept(self.page, Kind::Technique, "csf_return").count() as u32;
        let caudal = self.sacral().len() as u32;
        let told = scores[0].1 + scores[1].1 > 0;
        scores[0].1 += 3 * (felt + caudal);
        scores[1].1 += 4 * fluid;
        let (space, points) = if scores[1].1 > scores[0].1 { scores[1] } else { scores[0] };
        if points == 0 {
            return;
        }
        let stated = self.several(Kind::Space, space);
        if told && !stated.is_empty() {
            self.set(Slot::Space, space, Why::Stated { evidence: stated });
        } else {
            let mut evidence =
                self.several(Kind::Technique, if space == "epidural" { "loss_of_resistance" } else { "csf_return" });
            evidence.extend(self.sacral().into_iter().take(1).filter(|_| space == "epidural"));
            self.infer(Slot::Space, space, "space-from-technique", evidence);
        }
    }

    fn approach(&mut self) {
        let laminae = self.several(Kind::Approach, "interlaminar");
        let caudal = self.sacral();
        let foramen = self.several(Kind::Approach, "transforaminal");
        let felt = self.several(Kind::Technique, "loss_of_resistance");
        let mut technique = felt.clone();
        technique.extend(self.first(Kind::Technique, "ligamentum_flavum"));
        technique.extend(self.first(Kind::Technique, "csf_return"));
        technique.extend(self.first(Kind::Device, "epidural_needle"));
        let interspace =
            self.frame.attributes.iter().any(|it| it.slot == Slot::Level && it.value.as_str().contains('-'));
        let narrative_foramen = self
            .scope
            .concept(self.page, Kind::Approach, "transforaminal")
            .filter(|it| self.scope.weights[it.sentence] >= TECHNIQUE)
            .count();
        let narrative_laminae = self
            .scope
            .concept(self.page, Kind::Approach, "interlaminar")
            .filter(|it| self.scope.weights[it.sentence] >= TECHNIQUE)
            .count()
            + felt.len();
        if caudal.is_empty() && narrative_foramen > 0 {
            let mut both = foramen.clone();
            both.extend(laminae.iter().cloned());
            if narrative_laminae == 0 || narrative_foramen >= 3 && felt.is_empty() {
                self.infer(Slot::Approach, "transforaminal", "foramen-in-narrative", foramen);
            } else {
                both.extend(felt);
                self.issue("approach-documented", Outcome::Conflicting, both);
            }
            return;
        }
        if !caudal.is_empty() {
            self.set(Slot::Approach, "caudal", Why::Stated { evidence: caudal });
        } else if !laminae.is_empty() {
            self.set(Slot::Approach, "interlaminar", Why::Stated { evidence: laminae });
        } else if !technique.is_empty() {
            self.infer(Slot::Approach, "interlaminar", "approach-from-technique", technique);
        } else if interspace {
            let evidence = self
                .frame
                .attributes
                .iter()
                .filter(|it| it.slot == Slot::Level)
                .flat_map(|it| it.why.evidence())
                .take(2)
                .cloned()
                .collect();
            self.infer(Slot::Approach, "interlaminar", "approach-from-technique", evidence);
        } else if self.value(Slot::Space) == Some("subarachnoid") {
            let evidence = self.several(Kind::Space, "subarachnoid");
            self.infer(Slot::Approach, "interlaminar", "approach-from-technique", evidence);
        } else {
            self.issue("approach-documented", Outcome::Missing, Vec::new());
        }
    }

    fn delivery(&mut self) {
        let page = self.page;
        let catheters: Vec<Evidence> = self.several(Kind::Device, "catheter");
        let gives = |it: &&Mention| {
            in_sentence(page, it.sentence)
                .iter()
                .take(64)
                .any(|other| other.kind(page) == Kind::Substance || other.is(page, Kind::Device, "catheter"))
        };
        let running: Vec<Evidence> = self
            .fate("infusion")
            .chain(self.fate("rate").filter(gives))
            .map(|it| it.evidence(self.page))
            .take(3)
            .collect();
        let pcea = self
            .scope
            .happened(self.page, Kind::Space)
            .any(|it| in_act(self.page, it) && self.page.search.text[it.start..it.end].eq_ignore_ascii_case("pcea"));
        if catheters.is_empty() && !(pcea || !running.is_empty() && self.has_continuous_word()) {
            let negated = self
                .scope
                .all(self.page, Kind::Device)
                .find(|it| it.is(self.page, Kind::Device, "catheter") && it.said.status == Status::Negated);
            let needles: Vec<Evidence> = ["epidural_needle", "spinal_needle", "needle"]
                .iter()
                .flat_map(|it| self.several(Kind::Device, it))
                .take(2)
                .collect();
            match negated.map(|it| it.evidence(self.page)) {
                Some(evidence) => self.set(Slot::Delivery, "single", Why::Stated { evidence: vec![evidence] }),
                None if needles.is_empty() => {
                    let given: Vec<Evidence> =
                        self.scope.happened(self.page, Kind::Act).take(1).map(|it| it.evidence(self.page)).collect();
                    self.infer(Slot::Delivery, "single", "no-catheter-mentioned", given);
                }
                None => self.infer(Slot::Delivery, "single", "needle-only", needles),
            }
            return;
        }
        // "No catheter was placed" outweighs a catheter that is only talked of.
        let denied = self
            .scope
            .all(page, Kind::Device)
            .find(|it| it.is(page, Kind::Device, "catheter") && it.said.status == Status::Negated);
        let handled = self.scope.concept(page, Kind::Device, "catheter").any(|it| {
            near(page, it.sentence, it.start, it.end, REACH)
                .any(|other| matches!(other.kind(page), Kind::Thread | Kind::Motion))
        });
        if let Some(denied) = denied.filter(|_| !handled) {
            self.set(Slot::Delivery, "single", Why::Stated { evidence: vec![denied.evidence(page)] });
            return;
        }
        let at_skin = self.fate("at_skin").filter(|it| {
            in_sentence(page, it.sentence).iter().take(64).any(|other| other.is(page, Kind::Device, "catheter"))
        });
        let left: Vec<Evidence> = self.fate("left").chain(at_skin).map(|it| it.evidence(self.page)).take(3).collect();
        let days: Vec<Evidence> = self
            .fate("next_day")
            .filter(|it| tells_of_catheter(page, it))
            .map(|it| it.evidence(self.page))
            .take(2)
            .collect();
        let removed = self.removals();
        let day_of_removal = removed.iter().any(|it| self.fate("next_day").any(|day| day.sentence == it.sentence));
        let removed_evidence: Vec<Evidence> = removed.iter().map(|it| it.evidence(self.page)).collect();
        let same_day = removed.iter().any(|it| {
            page.mentions.iter().any(|day| day.sentence == it.sentence && day.is(page, Kind::Fate, "same_day"))
        });
        if same_day && !days.is_empty() && !running.is_empty() {
            let both = removed_evidence.into_iter().chain(running).chain(days).take(5).collect();
            self.issue("catheter-fate-documented", Outcome::Conflicting, both);
        } else if !removed.is_empty() && !day_of_removal && (same_day || running.is_empty() || days.is_empty()) {
            if !running.is_empty() && !same_day && self.strong_infusion() {
                let mut both = removed_evidence;
                both.extend(running);
                self.issue("catheter-fate-documented", Outcome::Conflicting, both);
                return;
            }
            let mut evidence = removed_evidence;
            evidence.extend(catheters.into_iter().take(1));
            self.infer(Slot::Delivery, "single", "catheter-removed", evidence);
        } else if !running.is_empty() || !left.is_empty() || !days.is_empty() || day_of_removal {
            let evidence = running.into_iter().chain(left).chain(days).chain(catheters).take(4).collect();
            self.infer(Slot::Delivery, "catheter", "catheter-left", evidence);
        } else {
            self.issue("catheter-fate-documented", Outcome::Missing, catheters);
        }
    }

    /// What is said of the catheter's fate: done or planned, wherever it stands outside history and consent.
    fn fate(&self, concept: &'static str) -> impl Iterator<Item = &'a Mention> {
        let page = self.page;
        let scope = self.scope.clone();
        page.mentions.iter().filter(move |it| {
            let planned = it.said.status == Status::Planned;
            let intravenous = concept == "infusion" && is_intravenous(page, it);
            !intravenous
                && (planned || it.said.happened() || it.said.status == Status::Existing)
                && (scope.weights[it.sentence] > 0 || planned)
                && it.is(page, Kind::Fate, concept)
        })
    }

    /// Words of running a drug through a catheter that need no catheter beside them.
    fn has_continuous_word(&self) -> bool {
        self.fate("infusion").any(|it| {
            let words = self.page.search.text[it.start..it.end].to_ascii_lowercase();
            words.contains("epidural")
                || words.contains("pcea")
                || words.contains("continuous")
                || words.contains("pieb")
                || words.contains("intrathecal")
        })
    }

    fn strong_infusion(&self) -> bool {
        self.fate("infusion").any(|it| {
            let words = self.page.search.text[it.start..it.end].to_ascii_lowercase();
            it.said.status != Status::Planned && (words.contains("pcea") || words.contains("infusion"))
        })
    }

    /// Words that say that the catheter came out, done and not merely planned.
    fn removals(&self) -> Vec<&'a Mention> {
        let page = self.page;
        let out = page.mentions.iter().filter(|it| {
            self.scope.weights[it.sentence] > 0
                && it.is(page, Kind::Removal, "removal")
                && it.said.happened()
                && !is_to_come(page, it)
        });
        out.filter(|it| removes_catheter(page, it)).take(8).collect()
    }

    fn imaging(&mut self) {
        let page = self.page;
        let mut found: BTreeMap<&str, Vec<Evidence>> = BTreeMap::new();
        let mut denied: Vec<(&str, Evidence)> = Vec::new();
        let mut unguided: Vec<Evidence> = Vec::new();
        for it in self.scope.all(page, Kind::Imaging).filter(|it| !for_something_else(page, it) && !is_loose(page, it))
        {
            let concept = it.entry(page).concept.as_str();
            let weight = self.scope.weights[it.sentence];
            match it.said.status {
                _ if concept == "none" => {
                    if it.said.status != Status::Historical {
                        unguided.push(it.evidence(page));
                    }
                }
                Status::Negated => denied.push((concept, it.evidence(page))),
                _ if near(page, it.sentence, it.end, it.end, 2 * REACH)
                    .any(|other| other.start >= it.end && other.is(page, Kind::Attempt, "fault")) =>
                {
                    denied.push(("idle", it.evidence(page)))
                }
                _ if it.said.happened() || weight >= TECHNIQUE && it.said.status == Status::Existing => {
                    found.entry(concept).or_default().push(it.evidence(page))
                }
                _ => {}
            }
        }
        for it in self.scope.all(page, Kind::ImagingAny).filter(|it| it.said.status == Status::Negated) {
            unguided.push(it.evidence(page));
        }
        let views = self.several(Kind::View, "view");
        let marking = self.scope.all(page, Kind::Marking).find(|it| found_in_sentence(page, &self.scope, it));
        let guided: Vec<&str> = ["ct", "fluoroscopy"].into_iter().filter(|it| found.contains_key(it)).collect();
        let contradicted = guided.iter().any(|it| denied.iter().any(|(concept, _)| concept == it));
        let boxes = ["fluoroscopy", "ultrasound", "ct"].into_iter().filter(|it| found.contains_key(it)).count() > 1
            && only_boxes(page, &self.scope);
        let evidence = |list: &[Evidence]| list.iter().take(3).cloned().collect::<Vec<_>>();
        let all_evidence: Vec<Evidence> = found.values().flatten().take(4).cloned().collect();
        let denied_evidence: Vec<Evidence> =
            denied.iter().map(|it| it.1.clone()).chain(unguided.iter().cloned()).take(3).collect();
        let only_marks = marking.is_some()
            && found.get("fluoroscopy").is_some_and(|it| it.len() <= 2)
            && self.marking_only(&denied_evidence);
        if boxes || contradicted && !only_marks && self.contradiction_is_real(&guided) {
            let both = all_evidence.into_iter().chain(denied_evidence).take(6).collect();
            self.issue("imaging-documented", Outcome::Conflicting, both);
        } else if only_marks {
            self.infer(Slot::Imaging, "none", "marking-only", all_evidence.clone());
            self.issue("imaging-marking-only", Outcome::Conflicting, all_evidence);
        } else if let Some(modality) = guided.first() {
            self.set(Slot::Imaging, modality, Why::Stated { evidence: evidence(&found[modality]) });
        } else if let Some(list) = found.get("ultrasound") {
            self.set(Slot::Imaging, "ultrasound", Why::Stated { evidence: evidence(list) });
        } else if let Some(list) = found.get("mri") {
            self.set(Slot::Imaging, "mri", Why::Stated { evidence: evidence(list) });
        } else if !denied_evidence.is_empty() && views.is_empty() {
            self.set(Slot::Imaging, "none", Why::Stated { evidence: denied_evidence });
        } else if !views.is_empty() && denied_evidence.is_empty() {
            self.infer(Slot::Imaging, "fluoroscopy", "views-to-fluoroscopy", views);
        } else if !views.is_empty() {
            self.issue("imaging-documented", Outcome::Conflicting, views.into_iter().chain(denied_evidence).collect());
        } else {
            self.silent_imaging();
        }
    }

    /// No modality is named: contrast leaves it open, a technique told by feel means none.
    fn silent_imaging(&mut self) {
        let page = self.page;
        let contrast: Vec<Evidence> =
            self.contrast_given().into_iter().chain(self.several(Kind::Technique, "epidurogram")).take(3).collect();
        let open_guidance: Vec<Evidence> = self
            .scope
            .happened(page, Kind::ImagingAny)
            .filter(|it| !is_past_study(page, it))
            .take(2)
            .map(|it| it.evidence(page))
            .collect();
        if !contrast.is_empty() || !open_guidance.is_empty() {
            self.issue("imaging-documented", Outcome::Missing, contrast.into_iter().chain(open_guidance).collect());
            return;
        }
        let mut technique: Vec<Evidence> = ["loss_of_resistance", "palpation", "csf_return", "ligamentum_flavum"]
            .iter()
            .flat_map(|it| self.several(Kind::Technique, it))
            .take(3)
            .collect();
        if technique.is_empty() {
            technique = ["epidural_needle", "spinal_needle"]
                .iter()
                .flat_map(|it| self.several(Kind::Device, it))
                .take(2)
                .collect();
        }
        if technique.is_empty() {
            self.set(Slot::Imaging, "none", Why::Assumed { rule: Id::from("imaging-not-mentioned") });
        } else {
            self.infer(Slot::Imaging, "none", "technique-without-imaging", technique);
        }
    }

    /// Imaging that only marked the skin: no imaging word outside the marking sentence, or imaging denied afterwards.
    fn marking_only(&self, denied: &[Evidence]) -> bool {
        let page = self.page;
        let marks: Vec<usize> = self.scope.all(page, Kind::Marking).map(|it| it.sentence).collect();
        let elsewhere = self
            .scope
            .happened(page, Kind::Imaging)
            .any(|it| !marks.contains(&it.sentence) && it.entry(page).concept.as_str() != "none");
        let only = marks.iter().any(|it| {
            sentence_has_word(page, *it, "only")
                || sentence_has_word(page, *it, "removed")
                || sentence_has_word(page, *it, "solely")
                || sentence_has_word(page, *it, "just")
        });
        !elsewhere && (only || !denied.is_empty())
    }

    /// A modality both named and denied contradicts itself where both speak of this act in the same breath of
    /// detail: a title against a narrative, or two plain statements.
    fn contradiction_is_real(&self, guided: &[&str]) -> bool {
        let page = self.page;
        let positive = self
            .scope
            .happened(page, Kind::Imaging)
            .filter(|it| guided.contains(&it.entry(page).concept.as_str()))
            .count();
        let negative = self
            .scope
            .all(page, Kind::Imaging)
            .filter(|it| {
                it.said.status == Status::Negated
                    && guided.contains(&it.entry(page).concept.as_str())
                    && it.entry(page).concept.as_str() == "fluoroscopy"
            })
            .count();
        positive > 0 && negative > 0
    }

    fn contrast_given(&self) -> Vec<Evidence> {
        let page = self.page;
        let words = self.scope.all(page, Kind::Contrast).filter(|it| {
            it.said.happened() || it.entry(page).concept.as_str() == "spread" && it.said.status == Status::Negated
        });
        let agents = self
            .scope
            .happened(page, Kind::Substance)
            .filter(|it| it.entry(page).class.as_ref().is_some_and(|it| it.as_str() == "contrast"));
        words.chain(agents).take(3).map(|it| it.evidence(page)).collect()
    }

    fn contrast(&mut self) {
        let given = self.contrast_given();
        let denied = self
            .scope
            .all(self.page, Kind::Contrast)
            .find(|it| it.said.status == Status::Negated && it.entry(self.page).concept.as_str() == "contrast")
            .map(|it| it.evidence(self.page));
        if !given.is_empty() && denied.is_none() || given.len() > 1 {
            self.set(Slot::Contrast, "true", Why::Stated { evidence: given });
            return;
        }
        match denied {
            Some(evidence) => self.set(Slot::Contrast, "false", Why::Stated { evidence: vec![evidence] }),
            None => self.set(Slot::Contrast, "false", Why::Assumed { rule: Id::from("contrast-not-mentioned") }),
        }
        let guided = matches!(self.value(Slot::Imaging), Some("fluoroscopy" | "ct"));
        if guided && self.value(Slot::Delivery) == Some("single") {
            self.issue("contrast-documented", Outcome::Missing, Vec::new());
        }
    }

    fn side(&mut self) {
        let page = self.page;
        let sides = self.scope.happened(page, Kind::Side).filter(|it| self.scope.weights[it.sentence] >= TITLE);
        let with_act = |it: &&Mention| {
            let mut others = near(page, it.sentence, it.start, it.end, 25);
            others.any(|other| is_act_word(page, other) || other.is(page, Kind::Device, "needle"))
                || levels_in_sentence(page, it.sentence).iter().any(|level| level.level.start.abs_diff(it.end) <= 8)
        };
        let Some(found) = sides.filter(with_act).min_by_key(|it| (page.sentences.len() - it.sentence, it.start)) else {
            return;
        };
        let value = found.entry(page).concept.as_str().to_owned();
        let evidence = vec![found.evidence(page)];
        self.set(Slot::Side, &value, Why::Stated { evidence });
    }

    fn substances(&mut self) {
        let found = substances::substances(self.page, &self.scope);
        let injected: Vec<&Attribute> = found.iter().filter(|it| substances::is_injectate(it)).collect();
        let class_of = |class: &str| {
            injected
                .iter()
                .filter(|it| it.substance.as_ref().is_some_and(|it| it.class.as_str() == class))
                .flat_map(|it| it.why.evidence())
                .cloned()
                .collect::<Vec<_>>()
        };
        let named = injected
            .iter()
            .any(|it| !matches!(it.value.as_str(), "saline" | "steroid_unspecified" | "local_anesthetic"));
        let unspecified: Vec<Evidence> =
            self.scope.happened(self.page, Kind::Unspecified).map(|it| it.evidence(self.page)).take(2).collect();
        let aborted: Vec<Evidence> = self
            .scope
            .all(self.page, Kind::Abort)
            .filter(|it| it.said.status != Status::Historical)
            .map(|it| it.evidence(self.page))
            .take(2)
            .collect();
        let any_drug = !injected.is_empty();
        let no_dose: Vec<Evidence> = injected
            .iter()
            .filter(|it| {
                it.substance
                    .as_ref()
                    .is_some_and(|it| it.dose.is_none() && it.volume.is_none() && it.class.as_str() != "other")
            })
            .flat_map(|it| it.why.evidence())
            .take(3)
            .cloned()
            .collect();
        let hypertonic = class_of("ambiguous");
        let biologic = class_of("biologic");
        let neurolytic = class_of("neurolytic");
        self.frame.attributes.extend(found);
        let is_catheter = self.value(Slot::Delivery) == Some("catheter");
        if !aborted.is_empty() && (!named || !any_drug) {
            self.issue("injection-completed", Outcome::Conflicting, aborted);
        } else if !named && !(is_catheter && unspecified.is_empty()) {
            self.issue("injectate-documented", Outcome::Missing, unspecified);
        } else if !no_dose.is_empty() {
            self.issue("dose-named", Outcome::Missing, no_dose);
        }
        if !hypertonic.is_empty() && self.names_concept("hypertonic_saline") {
            self.issue("hypertonic-saline", Outcome::Conflicting, hypertonic);
        }
        if !biologic.is_empty() {
            self.issue("biologic", Outcome::Conflicting, biologic);
        }
        if !neurolytic.is_empty() {
            self.frame.family = Id::from("neuraxial_neurolysis");
        }
    }

    fn names_concept(&self, name: &str) -> bool {
        self.frame.attributes.iter().any(|it| it.slot == Slot::Substance && it.value.as_str() == name)
    }

    /// Routes the blocks that belong to an operation, to labor or to a catheter placed earlier.
    fn purpose(&mut self) {
        let page = self.page;
        let everywhere = Scope { weights: vec![1; page.sentences.len()] };
        let happened = |kind: Kind, concept: &'static str| everywhere.concept(page, kind, concept);
        let labor: Vec<Evidence> = happened(Kind::Purpose, "labor").take(3).map(|it| it.evidence(page)).collect();
        let labor_strong = happened(Kind::Purpose, "labor").count() >= 2
            || page.mentions.iter().any(|it| {
                it.said.happened() && it.kind(page) == Kind::Act && it.entry(page).concept.as_str() == "labor_analgesia"
            });
        let not_labor = everywhere
            .all(page, Kind::Purpose)
            .any(|it| it.is(page, Kind::Purpose, "labor") && it.said.status == Status::Negated);
        let surgical: Vec<Evidence> =
            happened(Kind::Purpose, "surgical_anesthesia").take(3).map(|it| it.evidence(page)).collect();
        let level: Vec<Evidence> = happened(Kind::Purpose, "block_level").take(2).map(|it| it.evidence(page)).collect();
        let after: Vec<Evidence> = everywhere
            .all(page, Kind::Purpose)
            .filter(|it| {
                it.is(page, Kind::Purpose, "postoperative_analgesia")
                    && !matches!(it.said.status, Status::Negated | Status::Historical)
            })
            .take(3)
            .map(|it| it.evidence(page))
            .collect();
        let general = happened(Kind::Anesthesia, "general").next().is_some();
        let operations: Vec<Evidence> = page
            .mentions
            .iter()
            .filter(|it| {
                it.kind(page) == Kind::Operation
                    && !matches!(it.said.status, Status::Historical | Status::Hypothetical | Status::Negated)
                    && section_may_tell_operation(page, it)
            })
            .take(3)
            .map(|it| it.evidence(page))
            .collect();
        let details = self.technique_details();
        let chemotherapy: Vec<Evidence> = self
            .frame
            .attributes
            .iter()
            .filter(|it| it.substance.as_ref().is_some_and(|it| it.class.as_str() == "chemotherapy"))
            .flat_map(|it| it.why.evidence())
            .take(2)
            .cloned()
            .collect();
        let steroid = self.frame.attributes.iter().any(|it| {
            substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == "steroid")
        });
        let surgeon = !operations.is_empty() && self.is_surgeons_note();
        let needed = if surgeon { 4 } else { 2 };
        let existing: Vec<Evidence> = self.managed();
        let subarachnoid = self.value(Slot::Space) == Some("subarachnoid");
        let single = self.value(Slot::Delivery) != Some("catheter");
        self.feature("technique_details", f64::from(details.min(5)) / 5.0);
        let only_removed = !self.placed_today()
            && !self.removals().is_empty()
            && self.value(Slot::Delivery) == Some("single")
            && !self.frame.attributes.iter().any(substances::is_injectate);
        if only_removed {
            let out = self.removals().iter().map(|it| it.evidence(page)).take(2).collect();
            self.reroute("catheter_management", "existing-catheter", out);
        } else if self.value(Slot::Approach) == Some("transforaminal") {
            let foramen = self.several(Kind::Approach, "transforaminal");
            self.reroute("transforaminal_injection", "foramen-in-narrative", foramen);
        } else if self.is_only_watched() {
            let acts = self.frame.evidence.clone();
            self.reroute("surgical_anesthesia", "anesthesia-for-another", acts);
        } else if self.is_blood() {
            let blood = self.class_evidence("blood");
            self.reroute("blood_patch", "blood-injectate", blood);
        } else if self.is_cancelled() {
            self.frame.status = Status::Negated;
            self.frame.issues.clear();
        } else if !chemotherapy.is_empty() {
            self.reroute("intrathecal_chemotherapy", "chemotherapy-injectate", chemotherapy);
        } else if !existing.is_empty() && !self.placed_today() {
            self.reroute("catheter_management", "existing-catheter", existing);
        } else if !labor.is_empty() && !not_labor && !steroid && (labor_strong || operations.is_empty()) {
            self.reroute("labor_analgesia", "labor-analgesia", labor);
        } else if !operations.is_empty() || !surgical.is_empty() {
            if details < needed {
                let evidence = operations.into_iter().chain(surgical).take(3).collect();
                self.reroute("surgical_anesthesia", "surgical-anesthetic", evidence);
            } else if (!surgical.is_empty() || !level.is_empty() && after.is_empty()) && !general
                || subarachnoid && single && !general && !operations.is_empty()
            {
                let evidence = surgical.into_iter().chain(level).chain(operations).take(3).collect();
                self.reroute("surgical_anesthesia", "surgical-anesthetic", evidence);
            } else if !after.is_empty() || general && !operations.is_empty() {
                self.set(Slot::Purpose, "postoperative_analgesia", Why::Stated { evidence: after });
            } else if !operations.is_empty() {
                self.issue("purpose-documented", Outcome::Missing, operations);
            }
        } else if details == 0 {
            // Named, not described: nothing shows that the author did it.
            self.issue("technique-documented", Outcome::Missing, Vec::new());
            self.feature("bare_mention", 1.0);
        } else if !after.is_empty() {
            self.set(Slot::Purpose, "postoperative_analgesia", Why::Stated { evidence: after });
        }
    }

    fn class_evidence(&self, class: &str) -> Vec<Evidence> {
        self.frame
            .attributes
            .iter()
            .filter(|it| {
                substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == class)
            })
            .flat_map(|it| it.why.evidence())
            .take(2)
            .cloned()
            .collect()
    }

    /// Blood went in and no steroid.
    fn is_blood(&self) -> bool {
        !self.class_evidence("blood").is_empty() && self.class_evidence("steroid").is_empty()
    }

    /// The record of whoever gave the sedation for another's injection.
    fn is_only_watched(&self) -> bool {
        let page = self.page;
        let service = page.mentions.iter().any(|it| it.is(page, Kind::Author, "anesthesia_service"));
        let needle =
            self.scope.happened(page, Kind::Device).any(|it| it.entry(page).concept.as_str() != "other_catheter")
                || self.scope.happened(page, Kind::Technique).next().is_some();
        service && !needle && self.class_evidence("steroid").is_empty()
    }

    /// Called off before a needle was used or a drug given.
    fn is_cancelled(&self) -> bool {
        let page = self.page;
        let needle = self
            .scope
            .concept(page, Kind::Device, "epidural_needle")
            .chain(self.scope.concept(page, Kind::Device, "spinal_needle"))
            .next()
            .is_some();
        let told = self.scope.happened(page, Kind::Technique).next().is_some()
            || self.scope.happened(page, Kind::View).next().is_some()
            || !self.contrast_given().is_empty();
        let drug = self.frame.attributes.iter().any(substances::is_injectate);
        self.scope.all(page, Kind::Abort).next().is_some() && !needle && !told && !drug
    }

    fn reroute(&mut self, family: &str, rule: &str, evidence: Vec<Evidence>) {
        self.frame.family = Id::from(family);
        self.frame.issues.clear();
        self.frame.attributes.retain(|it| it.slot != Slot::Purpose);
        if matches!(family, "transforaminal_injection" | "intrathecal_chemotherapy" | "blood_patch") {
            return;
        }
        self.set(Slot::Purpose, family, Why::Inferred { rule: Id::from(rule), evidence });
        self.frame.attributes.sort_by_key(|it| it.slot);
    }

    /// Whether the note is the surgeon's: an operation is its title and the block is not, or another did the block.
    fn is_surgeons_note(&self) -> bool {
        let page = self.page;
        let in_title = |it: &&Mention| self.scope.weights[it.sentence] == TITLE;
        let operation = page.mentions.iter().filter(|it| it.kind(page) == Kind::Operation).any(|it| in_title(&it));
        let own =
            self.scope.happened(page, Kind::Act).filter(|it| it.entry(page).family == page.lexicon.family(NEURAXIAL));
        let block = own.filter(in_title).any(|it| !it.entry(page).generic);
        let by_other = self
            .scope
            .happened(page, Kind::Act)
            .any(|it| near(page, it.sentence, it.start, it.end, REACH).any(|other| other.kind(page) == Kind::Author));
        (operation && !block) || by_other
    }

    /// How many kinds of detail of a placement the note gives.
    fn technique_details(&self) -> u32 {
        let page = self.page;
        let has = |kind: Kind, concept: &str| self.scope.concept(page, kind, concept).next().is_some();
        let needle = has(Kind::Device, "epidural_needle") || has(Kind::Device, "spinal_needle");
        let felt = has(Kind::Technique, "loss_of_resistance")
            || has(Kind::Technique, "csf_return")
            || has(Kind::Technique, "ligamentum_flavum");
        let entered = self.scope.concept(page, Kind::Approach, "caudal").any(|it| !it.entry(page).generic);
        let level = self.frame.attributes.iter().any(|it| it.slot == Slot::Level && it.value.as_str() != "caudal");
        let drug = self.frame.attributes.iter().any(substances::is_injectate);
        let imaging = matches!(self.value(Slot::Imaging), Some("fluoroscopy" | "ct" | "ultrasound"));
        let approach = has(Kind::Approach, "interlaminar");
        [needle, felt, entered, level, drug, imaging, approach].into_iter().map(u32::from).sum()
    }

    /// Words of looking after a catheter that is there already.
    fn managed(&self) -> Vec<Evidence> {
        let page = self.page;
        page.mentions
            .iter()
            .filter(|it| {
                it.kind(page) == Kind::Existing
                    && !matches!(
                        it.said.status,
                        Status::Planned | Status::Historical | Status::Hypothetical | Status::Negated
                    )
            })
            .take(3)
            .map(|it| it.evidence(page))
            .collect()
    }

    /// Whether the note tells of placing the needle or catheter at this encounter.
    fn placed_today(&self) -> bool {
        let page = self.page;
        let felt = self.scope.concept(page, Kind::Technique, "loss_of_resistance").next().is_some()
            || self.scope.concept(page, Kind::Technique, "csf_return").next().is_some();
        let needle = self.scope.concept(page, Kind::Device, "epidural_needle").next().is_some()
            || self.scope.concept(page, Kind::Device, "spinal_needle").next().is_some();
        let threaded = self
            .scope
            .concept(page, Kind::Device, "catheter")
            .any(|it| near(page, it.sentence, it.start, it.end, 40).any(|other| other.kind(page) == Kind::Thread));
        felt || needle || threaded
    }
}

/// Whether a mention lies inside the words of an act.
fn in_act(page: &Page<'_>, it: &Mention) -> bool {
    near(page, it.sentence, it.start, it.end, 60)
        .any(|other| other.kind(page) == Kind::Act && other.start <= it.start && other.end >= it.end)
}

/// `ketamine infusion IV` runs into a vein.
fn is_intravenous(page: &Page<'_>, it: &Mention) -> bool {
    let sedation = |other: &Mention| {
        other.is(page, Kind::Role, "sedation")
            && page.search.text[other.start..other.end].to_ascii_lowercase().starts_with("iv")
    };
    near(page, it.sentence, it.start, it.end, 12).any(sedation)
        || near(page, it.sentence, it.start, it.end, 14)
            .any(|other| matches!(other.entry(page).concept.as_str(), "ketamine" | "propofol"))
}

/// Whether a word of days or doses stands in a sentence about the catheter or what runs through it.
fn tells_of_catheter(page: &Page<'_>, it: &Mention) -> bool {
    in_sentence(page, it.sentence).iter().take(64).any(|other| match other.kind(page) {
        Kind::Device => other.entry(page).concept.as_str() == "catheter",
        Kind::Space | Kind::Removal | Kind::Substance => true,
        Kind::Fate => other.entry(page).concept.as_str() == "infusion" && other.start != it.start,
        _ => false,
    })
}

/// Whether a verb tells of what is still to come: `to be withdrawn`, `until removed`.
fn is_to_come(page: &Page<'_>, verb: &Mention) -> bool {
    let before = page.search.text[page.sentences[verb.sentence].lead..verb.start].trim_end();
    let mut words = before.rsplit(' ').map(str::to_ascii_lowercase);
    let (last, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    matches!(last.as_str(), "until" | "when" | "once" | "if")
        || last == "be" && matches!(second.as_str(), "to" | "will" | "can" | "may" | "should" | "would" | "must")
}

/// Whether what came out is the catheter: it stands before the verb with no needle between, or right after.
fn removes_catheter(page: &Page<'_>, verb: &Mention) -> bool {
    let before = near(page, verb.sentence, verb.start, verb.start, 3 * REACH)
        .filter(|it| it.end <= verb.start && it.kind(page) == Kind::Device);
    let mut last: Option<(&Mention, &str)> = None;
    let mut joined = false;
    for it in before {
        let concept = it.entry(page).concept.as_str();
        if let Some((previous, kind)) = last {
            let between = &page.search.text[previous.end.min(it.start)..it.start];
            joined = (kind == "catheter" || concept == "catheter")
                && matches!(between.trim(), "and" | "and the" | "/" | "&" | "and then the");
        }
        last = Some((it, concept));
    }
    let is_catheter = last.is_some_and(|it| it.1 == "catheter");
    let after = near(page, verb.sentence, verb.end, verb.end, 22)
        .find(|it| it.start >= verb.end && it.kind(page) == Kind::Device);
    // `Removed at 1625, tip intact`: the sentence before tells what.
    let leads = page.search.text[page.sentences[verb.sentence].start.min(verb.start)..verb.start]
        .split_whitespace()
        .all(|it| matches!(it.to_ascii_lowercase().as_str(), "it" | "was" | "this" | "then" | "is" | "and"));
    let told_before = leads && last.is_none() && after.is_none() && verb.sentence > 0 && {
        let previous = in_sentence(page, verb.sentence - 1);
        previous
            .iter()
            .rfind(|it| it.kind(page) == Kind::Device)
            .is_some_and(|it| it.entry(page).concept.as_str() == "catheter")
    };
    let names_after = after.is_some_and(|it| it.entry(page).concept.as_str() == "catheter") && last.is_none();
    let over = page.search.text[verb.end..page.sentences[verb.sentence].end].trim_start().starts_with("over");
    let rest = page.search.text[verb.end..page.sentences[verb.sentence].end].trim_start();
    let pulled_back = rest.strip_prefix("to ").is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    (is_catheter || joined || names_after || told_before) && !over && !pulled_back
}

/// Imaging in a sentence about another device, service or operation is not for this act, unless a word of
/// this act stands nearer.
fn for_something_else(page: &Page<'_>, it: &Mention) -> bool {
    let distance =
        |other: &Mention| if other.end <= it.start { it.start - other.end } else { other.start.saturating_sub(it.end) };
    let nearest = |wanted: &dyn Fn(&Mention) -> bool| {
        near(page, it.sentence, it.start, it.end, 3 * REACH)
            .filter(|other| wanted(other))
            .map(distance)
            .min()
            .unwrap_or(usize::MAX)
    };
    let other = nearest(&|other| {
        other.is(page, Kind::Device, "other_catheter")
            || matches!(other.kind(page), Kind::OtherService | Kind::Operation)
    });
    let own = nearest(&|other| is_act_word(page, other));
    other < own
}

/// A word such as "axial images" is guidance only in a sentence that tells of the needle.
fn is_loose(page: &Page<'_>, it: &Mention) -> bool {
    let needle = |other: &Mention| {
        matches!(other.kind(page), Kind::Device | Kind::Space | Kind::Contrast)
            && !other.is(page, Kind::Device, "other_catheter")
    };
    it.entry(page).generic && !in_sentence(page, it.sentence).iter().take(64).any(needle)
}

/// Imaging in the sense of a study done before.
fn is_past_study(page: &Page<'_>, it: &Mention) -> bool {
    in_sentence(page, it.sentence)
        .iter()
        .take(64)
        .any(|other| matches!(other.kind(page), Kind::Finding | Kind::Diagnostic))
}

fn found_in_sentence(page: &Page<'_>, scope: &Scope, it: &Mention) -> bool {
    scope.weights[it.sentence] > 0
        && in_sentence(page, it.sentence).iter().take(64).any(|other| other.is(page, Kind::Imaging, "fluoroscopy"))
}

/// Whether every imaging word of the act stands in a line of check boxes.
fn only_boxes(page: &Page<'_>, scope: &Scope) -> bool {
    let mut found = scope.happened(page, Kind::Imaging).peekable();
    found.peek().is_some()
        && found.all(|it| {
            let sentence = page.sentences[it.sentence];
            let text =
                &page.search.text[page.sections[sentence.section].heading.start.min(sentence.start)..sentence.end];
            text.contains("[x]") || text.contains("[X]") || text.contains("(x)") || text.contains("(X)")
        })
}

fn sentence_has_word(page: &Page<'_>, sentence: usize, word: &str) -> bool {
    let it = page.sentences[sentence];
    page.search.text[it.start..it.end]
        .split(|it: char| !it.is_ascii_alphanumeric())
        .any(|it| it.eq_ignore_ascii_case(word))
}

/// An operation counts where the note tells what was done, or plainly in running text; not among diagnoses.
fn section_may_tell_operation(page: &Page<'_>, it: &Mention) -> bool {
    let section = &page.sections[page.sentences[it.sentence].section];
    section.kind.is_none_or(|kind| {
        page.lexicon.sections.kinds[kind].weight > 0 || page.lexicon.sections.kinds[kind].id.as_str() == "indication"
    })
}

fn dedup<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut list = Vec::new();
    for it in values {
        if !list.contains(&it) {
            list.push(it);
        }
    }
    list
}

/// Whether two lists of levels both name interspaces and share none.
fn disjoint_pairs(left: &[&str], right: &[&str]) -> bool {
    let pairs =
        |list: &[&str]| list.iter().filter(|it| it.contains('-')).map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let (left, right) = (pairs(left), pairs(right));
    !left.is_empty() && !right.is_empty() && !left.iter().any(|it| right.contains(it))
}

pub(crate) fn debug_role(page: &Page<'_>, it: &LevelMention) -> String {
    format!("{:?}", level_role(page, it))
}
