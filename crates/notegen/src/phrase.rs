//! From a phrase with alternatives and references to words: `{a|b}` is one of them, `<name>` a fact or another topic.

use crate::banks::{Banks, Phrases, Scenario, Voice};
use crate::dice::Dice;
use crate::facts::Facts;

/// Says phrases about one act.
pub(crate) struct Speaker<'a> {
    pub(crate) banks: &'a Banks,
    pub(crate) scenario: &'a Scenario,
    pub(crate) facts: &'a Facts,
    pub(crate) voice: Voice,
    pub(crate) dice: Dice,
}

/// References within references end here, should a bank refer to itself.
const DEPTH: usize = 8;

impl<'a> Speaker<'a> {
    /// A phrase on the topic; empty where none fits the facts.
    pub(crate) fn topic(&mut self, name: &str) -> String {
        match name {
            "technique" | "terse_technique" => self.technique(),
            _ => {
                let text = self.nested(name, 0);
                self.sentence(&text)
            }
        }
    }

    /// The act, step by step.
    fn technique(&mut self) -> String {
        let scenario = self.scenario;
        let mut said = Vec::new();
        if self.voice == Voice::Terse && !scenario.terse.is_empty() {
            let phrase = self.dice.pick(&scenario.terse).cloned().unwrap_or_default();
            said.push(self.say(&phrase));
        } else if scenario.technique.is_empty() {
            for (step, percent) in STEPS {
                // Shorthand leaves out what it has no words for.
                if self.dice.chance(percent) && (self.voice != Voice::Terse || !self.fitting(step).is_empty()) {
                    said.push(self.topic(step));
                }
            }
        } else {
            for step in &scenario.technique {
                let phrase = self.dice.pick(step).cloned().unwrap_or_default();
                said.push(self.say(&phrase));
            }
        }
        said.retain(|it| !it.is_empty());
        said.join(if self.voice == Voice::Terse { ", " } else { " " })
    }

    /// The words of a phrase, as a sentence.
    pub(crate) fn say(&mut self, phrase: &str) -> String {
        let text = self.expand(phrase, 0);
        self.sentence(&text)
    }

    fn sentence(&self, text: &str) -> String {
        let text = tidy(text);
        if self.voice == Voice::Prose { capitalized(&text) } else { text }
    }

    fn nested(&mut self, name: &str, depth: usize) -> String {
        if let Some(own) = self.scenario.topics.get(name) {
            let phrase = self.dice.pick(own).cloned().unwrap_or_default();
            return self.expand(&phrase, depth + 1);
        }
        let mut phrases = self.fitting(name);
        if phrases.is_empty() {
            let voice = std::mem::take(&mut self.voice);
            phrases = self.fitting(name);
            self.voice = voice;
        }
        match self.dice.pick(&phrases) {
            Some(phrase) => self.expand(phrase, depth + 1),
            None => String::new(),
        }
    }

    /// The phrases of a topic that fit the facts, in this voice.
    fn fitting(&self, topic: &str) -> Vec<&'a String> {
        let banks: &'a Banks = self.banks;
        let fit = |it: &&Phrases| self.facts.meet(&it.when);
        let list = banks.topics.get(topic).map_or(&[][..], Vec::as_slice);
        list.iter().filter(fit).flat_map(|it| it.of(self.voice)).collect()
    }

    fn expand(&mut self, phrase: &str, depth: usize) -> String {
        if depth > DEPTH {
            return String::new();
        }
        let mut out = String::new();
        let mut rest = phrase;
        while let Some(at) = rest.find(['{', '<']) {
            out.push_str(&rest[..at]);
            let (open, close) = if rest[at..].starts_with('{') { ('{', '}') } else { ('<', '>') };
            let Some(length) = closing(&rest[at..], open, close) else { break };
            let inner = &rest[at + 1..at + length];
            if open == '{' {
                let parts = alternatives(inner);
                let part = self.dice.pick(&parts).copied().unwrap_or_default();
                out.push_str(&self.expand(part, depth));
            } else {
                out.push_str(&self.reference(inner, depth));
            }
            rest = &rest[at + length + 1..];
        }
        out.push_str(rest);
        out
    }

    fn reference(&mut self, name: &str, depth: usize) -> String {
        if let Some((low, high)) = name.strip_prefix("n:").and_then(|it| it.split_once('-')) {
            let number = |text: &str| text.parse().unwrap_or(0);
            return self.dice.between(number(low), number(high)).to_string();
        }
        match name {
            "level" | "title_level" | "tip" => self.level(self.facts.get(name)),
            _ if self.facts.has(name) => self.facts.get(name).to_owned(),
            _ => self.nested(name, depth),
        }
    }

    /// A level in the form of the note, now and then in another.
    fn level(&mut self, level: &str) -> String {
        let form = if self.dice.chance(12) { "dash" } else { self.facts.get("level_form") };
        written(level, form)
    }
}

/// The steps of an act of the family, and the percent of notes that tell of each.
const STEPS: [(&str, u32); 14] = [
    ("arrival", 55),
    ("position", 75),
    ("prep", 80),
    ("landmarks", 60),
    ("skin", 75),
    ("entry", 100),
    ("space_found", 100),
    ("thread", 100),
    ("contrast_step", 100),
    ("aspiration", 70),
    ("test_dose", 70),
    ("inject", 100),
    ("fate", 100),
    ("ending", 75),
];

/// A level as it is written: `L4-5`, `L4-L5`, `L4/5`, `L4\u{2013}5`, or as it is spoken.
pub(crate) fn written(level: &str, form: &str) -> String {
    let Some((upper, lower)) = level.split_once('-') else { return level.to_owned() };
    let same = upper.chars().next() == lower.chars().next();
    let short = if same { &lower[1..] } else { lower };
    match form {
        "long" => format!("{upper}-{lower}"),
        "slash" => format!("{upper}/{short}"),
        "slash_long" => format!("{upper}/{lower}"),
        "en_dash" => format!("{upper}\u{2013}{short}"),
        "spoken" => format!("{} {}", spoken(upper), spoken(short)),
        _ => format!("{upper}-{short}"),
    }
}

fn spoken(vertebra: &str) -> String {
    const NUMBERS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let letter: String = vertebra.chars().filter(char::is_ascii_alphabetic).collect();
    let number: String = vertebra.chars().filter(char::is_ascii_digit).collect();
    let word = number.parse::<usize>().ok().and_then(|it| NUMBERS.get(it)).copied().unwrap_or_default();
    format!("{letter} {word}").trim().to_owned()
}

/// Offset of the mark that closes the one at the start.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The parts between bars that stand in no inner braces.
fn alternatives(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            '|' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// One space between words, none before a stop; what an empty alternative left behind goes.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        if !out.is_empty() {
            out.push('\n');
        }
        for word in line.split_whitespace() {
            let stop = word.starts_with([',', '.', ';']);
            if !out.is_empty() && !out.ends_with('\n') && !stop {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{alternatives, tidy, written};

    #[test]
    fn parts_and_spaces() {
        assert_eq!(alternatives("a|{b|c} d|"), ["a", "{b|c} d", ""]);
        assert_eq!(tidy("The  needle , then ."), "The needle, then.");
    }

    #[test]
    fn forms_of_levels() {
        assert_eq!(written("L4-L5", "dash"), "L4-5");
        assert_eq!(written("L5-S1", "slash"), "L5/S1");
        assert_eq!(written("C7-T1", "spoken"), "C seven T one");
        assert_eq!(written("T8-T9", "spoken"), "T eight nine");
    }
}
