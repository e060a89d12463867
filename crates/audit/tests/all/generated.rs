//! Generated notes: the figures on a fixed seed are a committed snapshot, `corpus/GENERATED.md`.
//!
//! They stand apart from the figures on other notes and are never added to them.
//! `SNAPSHOTS=overwrite cargo test` rewrites the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use opnote::Note;
use opnote_audit::evaluate::{Evaluation, Label, Rate, markdown, read_labels, share};
use opnote_notegen::{Banks, Generated, Options, generate};

use crate::corpus::figures;
use crate::support::snapshot;

/// Seed of the committed figures, and how many notes they are over.
const SEED: u64 = 1;
const COUNT: u64 = 1000;

/// The first notes of a seed.
pub(crate) fn generated(seed: u64, count: u64, options: Options) -> Vec<Generated> {
    let banks = Banks::embedded().expect("banks");
    (0..count).map(|it| generate(&banks, seed, it, options).expect("note")).collect()
}

/// A generated note as the program gets it.
pub(crate) fn note(it: &Generated) -> Note {
    Note::new(it.label.id.as_str(), it.text.as_str())
}

/// The labels of generated notes, as the program reads them.
pub(crate) fn labels_of(all: &[Generated]) -> Vec<Label> {
    let labels: Vec<String> = all.iter().map(|it| serde_json::to_string(&it.label).expect("JSON")).collect();
    read_labels(&labels.join("\n"), "generated").expect("labels")
}

fn evaluation(all: &[Generated]) -> Evaluation {
    figures(&all.iter().map(note).collect::<Vec<_>>(), &labels_of(all))
}

/// Notes right by some property of theirs, in the order of its values.
fn by<'a>(all: &'a [Generated], wrong: &BTreeSet<&str>, key: impl Fn(&'a Generated) -> &'a str) -> String {
    let mut rates: BTreeMap<&str, Rate> = BTreeMap::new();
    for it in all {
        rates.entry(key(it)).or_default().count(!wrong.contains(it.label.id.as_str()));
    }
    rates.iter().fold(String::new(), |mut out, (name, rate)| {
        let _ = writeln!(out, "| {name} | {}/{} | {} |", rate.hits, rate.of, share(*rate));
        out
    })
}

#[test]
fn figures_on_generated_notes_are_the_committed_ones() {
    let all = generated(SEED, COUNT, Options::default());
    let found = evaluation(&all);
    let wrong: BTreeSet<&str> =
        found.failures.iter().filter(|it| it.what == "family").map(|it| it.id.as_str()).collect();
    let title = format!("Generated notes: seed {SEED}, apart from all other figures");
    let text = format!(
        "{}\nAnswer for the family right, by layout:\n\n| layout | right | share |\n| --- | --- | --- |\n{}\n\
         By gate (a wrong answer of a gate other than G12 and G13 is a false code):\n\n\
         | gate | right | share |\n| --- | --- | --- |\n{}",
        markdown(&title, &found),
        by(&all, &wrong, |it| &it.label.template),
        by(&all, &wrong, |it| &it.label.gate),
    );
    snapshot("corpus/GENERATED.md", &text);
}
