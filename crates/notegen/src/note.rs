//! Writes the note of a case in a layout, and puts text and truth together.

use crate::banks::{Banks, Layout, Section, Voice};
use crate::case::{Act, Case, draw};
use crate::dice::Dice;
use crate::noise;
use crate::phrase::Speaker;
use crate::truth::{Label, label};

/// A note and its right answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The text.
    pub text: String,
    /// The right answer.
    pub label: Label,
}

/// What may differ between two calls for the same note.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Facts that win over the drawn ones, such as `("level", "T8-T9")`.
    pub given: &'a [(&'a str, &'a str)],
    /// Without typing and recognition errors, unfilled slots and odd line ends.
    pub clean: bool,
}

/// Streams of choices: facts, layout and text do not disturb each other.
const FACTS: u8 = 1;
const LAYOUT: u8 = 2;
const TEXT: u8 = 3;
const SECOND: u8 = 4;
const NOISE: u8 = 5;

/// Note number `index` of this seed; none only where the banks hold no scenario or layout for it.
pub fn generate(banks: &Banks, seed: u64, index: u64, options: Options) -> Option<Generated> {
    let case = draw(banks, &mut Dice::new(seed, index, FACTS), options.given)?;
    let mut dice = Dice::new(seed, index, LAYOUT);
    let layout = layout(banks, &case, &mut dice)?;
    let case = spoken(case, layout);
    let mut writer = Writer {
        first: speaker(banks, &case.act, layout, Dice::new(seed, index, TEXT)),
        second: case.second.as_ref().map(|it| speaker(banks, it, layout, Dice::new(seed, index, SECOND))),
        dice,
    };
    let text = writer.note(layout);
    let mut label = label(banks, &case, &layout.id);
    label.id = format!("g{seed}-{index:05}");
    let mut dice = Dice::new(seed, index, NOISE);
    let text = noise::dress(&banks.noise, layout, text, options.clean, &mut dice, &mut label.noise);
    Some(Generated { text, label })
}

/// Percent of notes with two acts that are written in a layout made for them.
const MADE_FOR_TWO: u32 = 60;

fn layout<'a>(banks: &'a Banks, case: &Case, dice: &mut Dice) -> Option<&'a Layout> {
    let mut facts = case.act.facts.clone();
    let two = case.second.is_some() && dice.chance(MADE_FOR_TWO);
    facts.set("two", if two { "yes" } else { "no" });
    facts.set("open", case.defect.map_or("", |it| it.open.as_str()));
    let fit: Vec<&Layout> = banks.layouts.iter().filter(|it| facts.meet(&it.when)).collect();
    dice.weighted(&fit, |it| it.weight).copied()
}

/// In speech, levels are spoken.
fn spoken<'a>(mut case: Case<'a>, layout: &Layout) -> Case<'a> {
    if layout.spoken {
        case.act.facts.set("level_form", "spoken");
        if let Some(second) = &mut case.second {
            second.facts.set("level_form", "spoken");
        }
    }
    case
}

fn speaker<'a>(banks: &'a Banks, act: &'a Act, layout: &Layout, dice: Dice) -> Speaker<'a> {
    Speaker { banks, scenario: act.scenario, facts: &act.facts, voice: layout.voice, dice }
}

struct Writer<'a> {
    first: Speaker<'a>,
    second: Option<Speaker<'a>>,
    dice: Dice,
}

impl Writer<'_> {
    fn note(&mut self, layout: &Layout) -> String {
        let mut parts = Vec::new();
        for section in &layout.section {
            if !self.first.facts.meet(&section.when) || section.chance > 0 && !self.dice.chance(section.chance) {
                continue;
            }
            let text = self.section(layout, section);
            if !text.is_empty() {
                parts.push(text);
            }
        }
        parts.join(&layout.after)
    }

    fn section(&mut self, layout: &Layout, section: &Section) -> String {
        let body: Vec<String> =
            section.body.iter().map(|it| self.topic(layout, it)).filter(|it| !it.is_empty()).collect();
        let heading = self.dice.pick(&section.heading).cloned().unwrap_or_default();
        if body.is_empty() && !section.body.is_empty() {
            return String::new();
        }
        let body = body.join(" ");
        if heading.is_empty() || body.is_empty() { heading + &body } else { heading + &layout.between + &body }
    }

    /// What is said on a topic; of two acts, both titles and both techniques are told.
    fn topic(&mut self, layout: &Layout, name: &str) -> String {
        let Some(name) = name.strip_prefix("second_") else {
            let first = self.spoken_of(name);
            return match (name, layout.id.starts_with("two-")) {
                ("title" | "technique", false) => self.both(name, first),
                _ => first,
            };
        };
        self.second.as_mut().map_or_else(String::new, |it| it.topic(name))
    }

    fn spoken_of(&mut self, name: &str) -> String {
        // A form has a free text too, and people speak there as they do elsewhere.
        let voice = self.first.voice;
        if name == "technique" && voice == Voice::Label {
            self.first.voice = Voice::Prose;
        }
        let text = self.first.topic(name);
        self.first.voice = voice;
        text
    }

    fn both(&mut self, name: &str, first: String) -> String {
        let Some(second) = &mut self.second else { return first };
        let voice = second.voice;
        if voice == Voice::Label {
            second.voice = Voice::Prose;
        }
        let text = second.topic(name);
        let turn = if name == "technique" { second.topic("turn") } else { String::new() };
        second.voice = voice;
        if name == "title" {
            return format!("{}; {text}", first.trim_end_matches('.'));
        }
        [first, turn, text].join(" ")
    }
}
