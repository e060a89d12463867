//! Delivery: a needle, or a catheter and what became of it.

use super::Builder;
use super::nearby::{REACH, in_act, in_sentence, near, sentence_has_word};
use crate::lexicon::terms::Kind;
use crate::model::{Evidence, Outcome, Slot, Status, Why};
use crate::pipeline::Page;
use crate::pipeline::mentions::Mention;

impl<'a> Builder<'a> {
    pub(super) fn delivery(&mut self) {
        let page = self.page;
        let catheters = self.catheters();
        let gives = |it: &&Mention| {
            in_sentence(page, it.sentence)
                .iter()
                .take(64)
                .any(|other| other.kind == Kind::Substance || other.is(page, Kind::Device, "catheter"))
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
                .any(|other| matches!(other.kind, Kind::Thread | Kind::Motion))
        });
        let at_skin: Vec<&Mention> = self
            .fate("at_skin")
            .filter(|it| {
                in_sentence(page, it.sentence).iter().take(64).any(|other| other.is(page, Kind::Device, "catheter"))
            })
            .collect();
        // … but not one whose depth at the skin or whose running drug is told (`not used for the operation`).
        let told_of = handled || !at_skin.is_empty() || self.strong_infusion();
        if let Some(denied) = denied.filter(|_| !told_of) {
            self.set(Slot::Delivery, "single", Why::Stated { evidence: vec![denied.evidence(page)] });
            return;
        }
        let left: Vec<Evidence> = self.fate("left").chain(at_skin).map(|it| it.evidence(self.page)).take(3).collect();
        let days: Vec<Evidence> = self
            .fate("next_day")
            .filter(|it| tells_of_catheter(page, it))
            .map(|it| it.evidence(self.page))
            .take(2)
            .collect();
        let removed = self.removals();
        let day_of_removal = removed
            .iter()
            .any(|it| self.fate("next_day").any(|day| day.sentence == it.sentence || opens_day_before(page, day, it)));
        let removed_evidence: Vec<Evidence> = removed.iter().map(|it| it.evidence(self.page)).collect();
        let same_day = removed.iter().any(|it| {
            page.of_kind(Kind::Fate).any(|day| day.sentence == it.sentence && day.is(page, Kind::Fate, "same_day"))
        });
        let runs_on = !days.is_empty() && !running.is_empty();
        if runs_on && !removed.is_empty() && !day_of_removal {
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

    /// Catheters of the act; one that is only talked of (`a catheter was discussed`) is none.
    fn catheters(&self) -> Vec<Evidence> {
        let page = self.page;
        let all = self.scope.concept(page, Kind::Device, "catheter");
        let mut found: Vec<&Mention> = all.filter(|it| !is_talked_of(page, it) && !is_of_another(page, it)).collect();
        found.sort_by_key(|it| std::cmp::Reverse(self.scope.weights[it.sentence]));
        found.iter().take(3).map(|it| it.evidence(page)).collect()
    }

    /// What is said of the catheter's fate: done or planned, wherever it stands outside history and consent.
    pub(super) fn fate(&self, concept: &'static str) -> impl Iterator<Item = &'a Mention> {
        let page = self.page;
        let scope = self.scope.clone();
        page.of_kind(Kind::Fate).filter(move |it| {
            let planned = it.said.status == Status::Planned;
            let intravenous = concept == "infusion" && is_intravenous(page, it);
            !intravenous
                && (planned || it.said.happened() || it.said.status == Status::Existing)
                && (scope.weights[it.sentence] > 0 || planned)
                && it.is(page, Kind::Fate, concept)
                && !is_talked_of(page, it)
        })
    }

    /// Words of running a drug through a catheter that need no catheter beside them.
    pub(super) fn has_continuous_word(&self) -> bool {
        self.fate("infusion").any(|it| {
            let words = self.page.search.text[it.start..it.end].to_ascii_lowercase();
            words.contains("epidural")
                || words.contains("pcea")
                || words.contains("continuous")
                || words.contains("pieb")
                || words.contains("intrathecal")
        })
    }

    pub(super) fn strong_infusion(&self) -> bool {
        self.fate("infusion").any(|it| {
            let words = self.page.search.text[it.start..it.end].to_ascii_lowercase();
            it.said.status != Status::Planned && (words.contains("pcea") || words.contains("infusion"))
        })
    }

    /// Words that say that the catheter came out, done and not merely planned.
    pub(super) fn removals(&self) -> Vec<&'a Mention> {
        let page = self.page;
        let out = page.of_kind(Kind::Removal).filter(|it| {
            self.scope.weights[it.sentence] > 0
                && it.is(page, Kind::Removal, "removal")
                && it.said.happened()
                && !is_to_come(page, it)
        });
        out.filter(|it| removes_catheter(page, it) && !makes_way(page, it)).take(8).collect()
    }
}

/// `Day 2 04:10 top-up. … 17:20 catheter removed`: the entries below the head of a later day are of that day.
fn opens_day_before(page: &Page<'_>, day: &Mention, removal: &Mention) -> bool {
    let sentence = page.sentences[day.sentence];
    day.start == sentence.start
        && day.sentence < removal.sentence
        && sentence.section == page.sentences[removal.sentence].section
}

/// `right internal jugular catheter`: the words right before it say that it lies elsewhere.
fn is_of_another(page: &Page<'_>, it: &Mention) -> bool {
    near(page, it.sentence, it.start, it.start, REACH)
        .any(|other| other.end + 1 == it.start && other.is(page, Kind::Device, "other_catheter"))
}

/// Whether a catheter is only talked of, an option, something discussed: a word of talk stands near. Farther off, in a
/// line of shorthand, it is of something else: `risks discussed, …, catheter threaded`.
fn is_talked_of(page: &Page<'_>, it: &Mention) -> bool {
    const TALK: [&str; 6] = ["discussed", "considered", "option", "options", "offered", "instead"];
    let text = &page.search.text;
    let sentence = page.sentences[it.sentence];
    let from = text.floor_char_boundary(it.start.saturating_sub(REACH).max(sentence.start.min(it.start)));
    let to = text.ceil_char_boundary((it.end + REACH).min(sentence.end.max(it.end)));
    let mut words = text[from..to].split(|it: char| !it.is_ascii_alphanumeric());
    words.any(|it| TALK.iter().any(|word| it.eq_ignore_ascii_case(word)))
}

/// `The needle was withdrawn over the catheter and the stylet removed`: the catheter stays.
fn is_passed_over(page: &Page<'_>, it: &Mention) -> bool {
    let before = page.search.text[page.sentences[it.sentence].lead..it.start].trim_end();
    let mut words = before.rsplit(' ').map(|it| it.trim_end_matches(['.', ',', ';']));
    let last = words.next().unwrap_or_default();
    let word = if matches!(last, "the" | "this" | "its") { words.next().unwrap_or_default() } else { last };
    matches!(word, "over" | "around" | "along" | "off" | "from")
}

/// `ketamine infusion IV` runs into a vein.
pub(super) fn is_intravenous(page: &Page<'_>, it: &Mention) -> bool {
    let sedation = |other: &Mention| {
        other.is(page, Kind::Role, "sedation")
            && page.search.text[other.start..other.end].to_ascii_lowercase().starts_with("iv")
    };
    near(page, it.sentence, it.start, it.end, 12).any(sedation)
        || near(page, it.sentence, it.start, it.end, 14)
            .any(|other| matches!(other.entry(page).concept.as_str(), "ketamine" | "propofol"))
}

/// Whether a word of days or doses stands in a sentence about the catheter or what runs through it.
pub(super) fn tells_of_catheter(page: &Page<'_>, it: &Mention) -> bool {
    in_sentence(page, it.sentence).iter().take(64).any(|other| match other.kind {
        Kind::Device => other.entry(page).concept.as_str() == "catheter",
        Kind::Space | Kind::Removal | Kind::Substance => true,
        Kind::Fate => other.entry(page).concept.as_str() == "infusion" && other.start != it.start,
        _ => false,
    })
}

/// Whether a verb tells of what is still to come: `to be withdrawn`, `until removed`.
pub(super) fn is_to_come(page: &Page<'_>, verb: &Mention) -> bool {
    const NEAR: usize = 6;
    let before = page.search.text[page.sentences[verb.sentence].lead..verb.start].trim_end();
    let before = &before[before.rfind([';', '.']).map_or(0, |it| it + 1)..];
    let words: Vec<String> = before.rsplit(' ').take(NEAR).map(str::to_ascii_lowercase).collect();
    let waits = words.iter().take(NEAR - 1).any(|it| matches!(it.as_str(), "until" | "when" | "once" | "if"));
    let modal = |it: &str| matches!(it, "to" | "will" | "can" | "could" | "may" | "should" | "would" | "must" | "not");
    waits || words.windows(2).any(|it| it[0] == "be" && modal(&it[1]))
}

/// How many sentences before `all out, tip intact` the catheter may be named.
const SENTENCES_BEFORE: usize = 3;

/// `withdrew needle and catheter`
fn names_needle_and_catheter(page: &Page<'_>, verb: &Mention) -> bool {
    const JOINS: [&str; 8] = ["and", "and the", "&", "+", "/", "with", "with the", "together with the"];
    let mut after = near(page, verb.sentence, verb.end, verb.end, REACH)
        .filter(|it| it.start >= verb.end && it.kind == Kind::Device);
    let (Some(first), Some(second)) = (after.next(), after.find(|it| it.is(page, Kind::Device, "catheter"))) else {
        return false;
    };
    let between = page.search.text[first.end.min(second.start)..second.start].trim().to_ascii_lowercase();
    let is_needle = matches!(first.entry(page).concept.as_str(), "needle" | "epidural_needle");
    is_needle && JOINS.contains(&between.as_str())
}

/// Whether another catheter took the place of the one removed.
fn makes_way(page: &Page<'_>, verb: &Mention) -> bool {
    const AGAIN: [&str; 10] =
        ["new", "replaced", "re-sited", "resited", "second", "again", "repeat", "repeated", "another", "reinserted"];
    let next = (verb.sentence + 1).min(page.sentences.len() - 1);
    // `No new weakness` is no new catheter.
    let tells = |it: usize| {
        it == verb.sentence
            || in_sentence(page, it).iter().any(|it| matches!(it.kind, Kind::Device | Kind::Thread | Kind::Approach))
    };
    [verb.sentence, next].iter().any(|it| tells(*it) && AGAIN.iter().any(|word| sentence_has_word(page, *it, word)))
        || in_sentence(page, verb.sentence).iter().any(|it| it.is(page, Kind::Attempt, "failed"))
}

/// Words behind `pulled back` of a catheter that is moved and stays in.
const A_LITTLE: [&str; 8] = ["slightly", "a little", "a bit", "somewhat", "by ", "half ", "to lie", "until"];

/// Whether what came out is the catheter: it stands before the verb with no needle between, or right after.
pub(super) fn removes_catheter(page: &Page<'_>, verb: &Mention) -> bool {
    let before = near(page, verb.sentence, verb.start, verb.start, 3 * REACH)
        .filter(|it| it.end <= verb.start && it.kind == Kind::Device);
    let mut last: Option<(&Mention, &str)> = None;
    let mut joined = false;
    for it in before {
        let concept = it.entry(page).concept.as_str();
        if let Some((previous, kind)) = last {
            let between = &page.search.text[previous.end.min(it.start)..it.start];
            joined = (kind == "catheter" || concept == "catheter")
                && matches!(
                    between.trim().to_ascii_lowercase().as_str(),
                    "and" | "and the" | "/" | "&" | "+" | "and then the"
                )
                && !is_passed_over(page, previous);
        }
        last = Some((it, concept));
    }
    // `The old catheter was pulled` and a new one placed.
    if last.is_some_and(|it| it.1 == "catheter" && it.0.said.status == Status::Historical) {
        return false;
    }
    let is_catheter = last.is_some_and(|it| it.1 == "catheter");
    let after =
        near(page, verb.sentence, verb.end, verb.end, 22).find(|it| it.start >= verb.end && it.kind == Kind::Device);
    // `Removed at 1625, tip intact`: the sentence before tells what.
    let leads = page.search.text[page.sentences[verb.sentence].start.min(verb.start)..verb.start]
        .split_whitespace()
        .all(|it| matches!(it.to_ascii_lowercase().as_str(), "it" | "was" | "this" | "then" | "is" | "and"));
    let told_before = leads && last.is_none() && after.is_none() && {
        let before = page.mentions[..page.mentions.partition_point(|it| it.sentence < verb.sentence)].iter().rev();
        let near = before
            .take_while(|it| it.sentence + SENTENCES_BEFORE >= verb.sentence)
            .filter(|it| page.sentences[it.sentence].section == page.sentences[verb.sentence].section);
        let mut devices = near.filter(|it| it.kind == Kind::Device);
        devices.next().is_some_and(|it| it.entry(page).concept.as_str() == "catheter")
    };
    // `The line was taken out`, `the epidural was pulled`.
    let called_else = last.is_none() && after.is_none() && {
        let before = &page.search.text[page.sentences[verb.sentence].start.min(verb.start)..verb.start];
        let mut words = before.trim_end().rsplit(' ').take(4);
        words.any(|it| matches!(it.to_ascii_lowercase().as_str(), "line" | "epidural"))
            && page.of_kind(Kind::Device).any(|it| it.is(page, Kind::Device, "catheter") && it.start < verb.start)
    };
    let names_both = last.is_none() && names_needle_and_catheter(page, verb);
    let names_after =
        names_both || after.is_some_and(|it| it.entry(page).concept.as_str() == "catheter") && last.is_none();
    let over = page.search.text[verb.end..page.sentences[verb.sentence].end].trim_start().starts_with("over");
    let rest = page.search.text[verb.end..page.sentences[verb.sentence].end].trim_start();
    // `Drawn back slightly to lie at T11`, `pulled back 2 cm`: moved, and still in.
    let pulled_back = A_LITTLE.iter().any(|it| rest.starts_with(it))
        || rest.strip_prefix("to ").unwrap_or(rest).starts_with(|it: char| it.is_ascii_digit());
    let led_out = rest.starts_with("through") || rest.starts_with("via") || rest.starts_with("back to");
    (is_catheter || joined || names_after || told_before || called_else) && !over && !pulled_back && !led_out
}
