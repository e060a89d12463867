//! Region and level of entry: which level in the text is where the needle or catheter went in.

use super::nearby::{REACH, act_near, in_sentence, is_act_word, is_sacral, near, sentence_has_word};
use super::{Builder, dedup};
use crate::lexicon::terms::Kind;
use crate::model::{Evidence, Id, Outcome, Slot, Status, Why};
use crate::pipeline::Page;
use crate::pipeline::levels::region as region_of_level;
use crate::pipeline::mentions::{LevelMention, Mention};
use crate::pipeline::procedures::Issue;
use crate::pipeline::scope::{CORRECTION, Scope, TECHNIQUE, TITLE};

impl Builder<'_> {
    pub(super) fn region_and_level(&mut self) {
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
        let corrected = best >= CORRECTION;
        if regions.len() > 1 {
            conflict = Some(("region-documented", evidence_of(&chosen)));
        } else if let [region] = regions.as_slice() {
            let other_word = !title_words.is_empty()
                && !title_words.contains(region)
                && !title_words.iter().any(|it| self.catheter_reaches(it));
            let other_title = self.region.is_none() && (titles.iter().any(|it| it.region != *region) || other_word);
            if other_title && best > TITLE && !corrected {
                let mut both = evidence_of(&chosen);
                both.extend(evidence_of(&titles));
                both.extend(words.iter().filter(|it| it.0 != *region).map(|it| it.1.clone()));
                conflict = Some(("region-documented", both));
            } else if best > TITLE
                && !corrected
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
        // A title that names the same region tells it as well.
        let agreeing = |region: &str| -> Vec<Evidence> {
            let levels = titles.iter().filter(|it| best > TITLE && it.region == region);
            let levels = levels.flat_map(|it| it.why.evidence()).take(2).cloned();
            let words = words.iter().filter(|it| it.0 == region).take(2).map(|it| it.1.clone());
            levels.chain(words).collect()
        };
        let decided = match regions.as_slice() {
            [region] => Some((
                (*region).to_owned(),
                Why::Inferred {
                    rule: chosen[0].why.rule().cloned().unwrap_or_else(|| Id::from("level-to-region")),
                    evidence: evidence_of(&chosen).into_iter().chain(agreeing(region)).collect(),
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

    /// Whether a catheter was led to a level of this region: a title may name the place it was led to.
    fn catheter_reaches(&self, region: &str) -> bool {
        let page = self.page;
        let mut tips = self.scope.levels(page).filter(|it| level_role(page, it) == LevelRole::Tip);
        self.scope.concept(page, Kind::Device, "catheter").next().is_some()
            && tips.any(|it| region_of_level(&it.level.name) == region)
    }

    /// Whether the narrative gives two interspaces for one injection: told in different sentences, no word of a
    /// second needle, and no title that names both.
    pub(super) fn two_levels_for_one(&self, chosen: &[&Entry]) -> bool {
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
}

/// What a level in the text is the level of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LevelRole {
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

/// Words before a level that is named only to be put right.
const WRONG: [&str; 8] =
    ["dictated as", "listed as", "stated as", "recorded as", "documented as", " not", "instead of", "rather than"];

pub(super) fn level_role(page: &Page<'_>, it: &LevelMention) -> LevelRole {
    let (start, end) = (it.level.start, it.level.end);
    let text = &page.search.text;
    let catheter = last_device_is_catheter(page, it);
    for after in near(page, it.sentence, start, end, 24).filter(|it| it.start >= end && it.start <= end + 14) {
        match after.kind {
            Kind::Finding if !it.level.pair || after.start <= end + 2 => return LevelRole::Finding,
            // `directed to the C7-T1 interspace`; but a catheter that goes to an interspace ends there.
            Kind::Entry if !catheter || !aims_near(page, it) => {
                return if failed_near(page, it) { LevelRole::Failed } else { LevelRole::Entry };
            }
            _ => {}
        }
    }
    let rest = text[end..page.sentences[it.sentence].end.max(end)].trim_start();
    if ["there ", "showed", "shows", "demonstrate"].iter().any(|it| rest.starts_with(it)) {
        return LevelRole::Finding;
    }
    // `T10 by pinprick`, `T4 bilaterally to cold`: how high a block reached.
    let reached =
        ["by pin", "to pin", "to cold", "by cold", "to ice", "by ice", "to touch", "bilat", "dermatom", "sensory"];
    if !it.level.pair && reached.iter().any(|it| rest.starts_with(it)) {
        return LevelRole::Finding;
    }
    // What an addendum says was written wrongly.
    let before = text[page.sentences[it.sentence].lead..start].trim_end();
    let corrects = rest.starts_with("in error") || WRONG.iter().any(|it| before.ends_with(it));
    if corrects {
        return LevelRole::Failed;
    }
    // `MRI shows midline windows at T7-8 and T10-11`: seen before, and no needle is told of.
    let all = in_sentence(page, it.sentence);
    let on_study = all.iter().any(|it| it.kind == Kind::Diagnostic && it.end <= start);
    if on_study && !all.iter().any(|it| matches!(it.kind, Kind::Device | Kind::Thread | Kind::Technique)) {
        return LevelRole::Finding;
    }
    let preposition = before.rsplit(' ').next().unwrap_or("").to_ascii_lowercase();
    let before_article = before.trim_end_matches("the").trim_end();
    if catheter && (preposition == "to" || before_article.to_ascii_lowercase().ends_with(" to")) {
        return LevelRole::Tip;
    }
    let enters = matches!(preposition.as_str(), "at" | "via" | "through" | "from" | "between");
    let mut role = LevelRole::Act;
    // The nearest word before the level that says what it is the level of.
    let cues = near(page, it.sentence, start, start, REACH).filter(|other| other.end <= start);
    for cue in cues {
        role = match cue.kind {
            Kind::Tip => LevelRole::Tip,
            Kind::Thread if !enters && moves_catheter(page, cue) => LevelRole::Tip,
            Kind::Entry | Kind::Thread => LevelRole::Entry,
            Kind::Finding if text[cue.end..start].contains([',', ';', ':', '.']) => role,
            Kind::Finding | Kind::OtherForamen => LevelRole::Finding,
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

/// Whether a word of a tip, a target or a spread stands before a level.
fn aims_near(page: &Page<'_>, it: &LevelMention) -> bool {
    near(page, it.sentence, it.level.start, it.level.start, REACH)
        .any(|other| other.end <= it.level.start && matches!(other.kind, Kind::Tip | Kind::Thread))
}

/// Whether the device told of last before a level is a catheter: `the catheter went up to T12`.
pub(super) fn last_device_is_catheter(page: &Page<'_>, it: &LevelMention) -> bool {
    let text = &page.search.text;
    let is_way = |other: &Mention| {
        let words = text[page.sentences[other.sentence].lead.min(other.start)..other.start].rsplit(' ');
        let mut words = words.filter(|it| !["", "the", "tuohy"].iter().any(|word| word.eq_ignore_ascii_case(it)));
        let before = words.next().unwrap_or_default();
        ["through", "via", "over", "past"].iter().any(|it| it.eq_ignore_ascii_case(before))
    };
    // `A catheter was passed through the needle to T11`: the needle is only the way.
    let devices = near(page, it.sentence, it.level.start, it.level.start, 2 * REACH)
        .filter(|other| other.kind == Kind::Device && other.end <= it.level.start && !is_way(other));
    match devices.last() {
        Some(last) => last.entry(page).concept.as_str() == "catheter",
        // `A catheter was threaded. CT shows the tip at the C7-T1 level.`
        None => {
            it.sentence > 0 && aims_near(page, it) && {
                let before = in_sentence(page, it.sentence - 1).iter().rev().take(16);
                let mut devices = before.filter(|it| it.kind == Kind::Device);
                devices.next().is_some_and(|it| it.entry(page).concept.as_str() == "catheter")
            }
        }
    }
}

/// Whether the verb moves a catheter: the nearest device before it (or right after) is one.
pub(super) fn moves_catheter(page: &Page<'_>, verb: &Mention) -> bool {
    let mut catheter = false;
    for it in near(page, verb.sentence, verb.start, verb.end, 3 * REACH)
        .filter(|it| it.kind == Kind::Device && it.start < verb.start)
    {
        catheter = it.entry(page).concept.as_str() == "catheter";
    }
    catheter || page.search.text[verb.start..verb.end].starts_with("thread")
}

pub(super) fn failed_near(page: &Page<'_>, it: &LevelMention) -> bool {
    let near_level = near(page, it.sentence, it.level.start, it.level.end, 2 * REACH);
    // A level may run past the end of its sentence: `T four` / `five`. Farther off than the reach no comma matters.
    let sentence = page.sentences[it.sentence];
    let text = page.search.text.as_bytes();
    let is_comma = |byte: &u8| matches!(byte, b',' | b';');
    let end = sentence.end.max(it.level.end).min(it.level.end + 4 * REACH);
    let start = sentence.lead.min(it.level.start).max(it.level.start.saturating_sub(4 * REACH));
    let clause_end = text[it.level.end..end].iter().position(is_comma).map_or(usize::MAX, |at| it.level.end + at);
    let clause_start = text[start..it.level.start].iter().rposition(is_comma).map_or(0, |at| start + at);
    let mut near_level = near_level.filter(|other| other.start < clause_end && other.start >= clause_start);
    near_level.any(|other| other.is(page, Kind::Attempt, "failed")) || it.said.status == Status::Attempted
}

/// A fact about where the act entered, with how much it counts.
pub(super) struct Entry {
    region: &'static str,
    level: Option<String>,
    weight: u8,
    sentence: usize,
    why: Why,
}

/// Everything that tells the region of entry, best first within each weight.
pub(super) fn entries(page: &Page<'_>, scope: &Scope) -> Vec<Entry> {
    let entries = entries_but(page, scope, LevelRole::Failed);
    // An act that was stopped was stopped somewhere: `L4-5 epidural injection, aborted`.
    if entries.is_empty() { entries_but(page, scope, LevelRole::Finding) } else { entries }
}

/// The same without the levels of one role.
fn entries_but(page: &Page<'_>, scope: &Scope, left_out: LevelRole) -> Vec<Entry> {
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
            LevelRole::Failed => left_out != LevelRole::Failed && weight >= TITLE && it.level.pair,
            LevelRole::Tip | LevelRole::Finding => false,
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

/// Region words that stand with the act (`lumbar epidural`), not with a finding (`lumbar radiculopathy`).
pub(super) fn region_words<'a>(
    page: &'a Page<'_>,
    scope: &'a Scope,
) -> impl Iterator<Item = (&'static str, &'a Mention)> {
    let words = scope.happened(page, Kind::Region);
    words.filter_map(move |it| {
        let region = match it.entry(page).concept.as_str() {
            "cervical_thoracic" => "cervical_thoracic",
            "lumbar_sacral" => "lumbar_sacral",
            _ => return None,
        };
        let after: Vec<&Mention> =
            near(page, it.sentence, it.start, it.end, 30).filter(|other| other.end > it.end).collect();
        let next = after
            .iter()
            .find(|other| other.start >= it.end && matches!(other.kind, Kind::Finding) || is_act_word(page, other));
        let is_finding = next.is_some_and(|it| it.kind == Kind::Finding);
        let own_act = it.entry(page).family.is_none()
            && near(page, it.sentence, it.start, it.end, 0)
                .any(|other| other.kind == Kind::Act && other.start <= it.start && other.end >= it.end);
        let with_act = own_act || after.iter().any(|other| is_act_word(page, other));
        let in_title = scope.weights[it.sentence] == TITLE && act_near(page, it.sentence, it.start, it.end);
        (!is_finding && (with_act || in_title)).then_some((region, it))
    })
}

/// Where both regions were entered in acts told apart: for each sentence the region it tells of, or none.
pub(super) fn regions_apart(page: &Page<'_>, scope: &Scope) -> Option<Vec<Option<&'static str>>> {
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
    let gives = |index: usize| {
        let doing = |it: &Mention| matches!(it.kind, Kind::Device | Kind::Technique | Kind::Substance | Kind::Motion);
        in_sentence(page, index).iter().any(doing)
    };
    // The story of a region goes on until the next region or section.
    let story_gives = |first: usize| {
        let goes_on = |it: &usize| {
            by_sentence[*it].is_none_or(|region| Some(region) == by_sentence[first])
                && page.sentences[*it].section == page.sentences[first].section
        };
        (first..page.sentences.len()).take_while(goes_on).take(8).any(gives)
    };
    let told = |region: &str, least: u8, giving: bool| {
        (0..page.sentences.len()).any(|index| {
            by_sentence[index] == Some(region)
                && !mixed[index]
                && scope.weights[index] >= least
                && (!giving || story_gives(index))
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
        // What is said of both is said of each.
        let of_both = by_sentence[index].is_none() && sentence_has_word(page, index, "both");
        if mixed[index] || of_both {
            result.push(None);
            continue;
        }
        current = by_sentence[index].or(current);
        result.push(current);
    }
    Some(result)
}

pub(super) fn gives_drug(page: &Page<'_>, sentence: usize) -> bool {
    let all = in_sentence(page, sentence);
    all.iter().any(|it| {
        it.kind == Kind::Substance && it.entry(page).class.as_ref().is_some_and(|it| it.as_str() == "steroid")
    })
}

/// Whether two lists of levels both name interspaces and share none.
pub(super) fn disjoint_pairs(left: &[&str], right: &[&str]) -> bool {
    let pairs =
        |list: &[&str]| list.iter().filter(|it| it.contains('-')).map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let (left, right) = (pairs(left), pairs(right));
    !left.is_empty() && !right.is_empty() && !left.iter().any(|it| right.contains(it))
}
