//! `opnote context`: what the cues say of given phrases in given sentences, jsonl in, jsonl out.

use std::io::{self, BufRead, Write};
use std::ops::Range;

use opnote::{Assessment, Experiencer, Lexicon, Temporality, assess};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of the input. Unknown fields are welcome: labelled kits carry their labels along.
#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    id: Value,
    sentence: String,
    #[serde(default)]
    concept: Option<String>,
    #[serde(default)]
    start: Option<i64>,
    #[serde(default)]
    end: Option<i64>,
}

/// One line of the output.
#[derive(Serialize)]
#[allow(clippy::struct_excessive_bools)] // they are columns
struct Answer<'a> {
    id: &'a Value,
    negated: bool,
    temporality: &'static str,
    experiencer: &'static str,
    planned: bool,
    existing: bool,
    attempted: bool,
    /// Whether the phrase stands in the sentence; if not, the rest is the default.
    found: bool,
    cues: Vec<Cue<'a>>,
}

#[derive(Serialize)]
struct Cue<'a> {
    start: usize,
    end: usize,
    quote: &'a str,
    rule: String,
}

/// Answers every line; returns how many could not be read. Their numbers go to standard error, their
/// text does not.
pub(crate) fn run(input: impl BufRead, mut output: impl Write, lexicon: &Lexicon) -> anyhow::Result<usize> {
    let mut faults = 0;
    for (index, line) in input.split(b'\n').enumerate() {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Question>(&line) {
            Ok(question) => {
                serde_json::to_writer(&mut output, &answer(&question, lexicon))?;
                output.write_all(b"\n")?;
            }
            Err(error) => {
                faults += 1;
                let kind = if error.is_data() { "lacks a field or holds a wrong one" } else { "is not JSON" };
                writeln!(io::stderr(), "line {}, column {}: {kind}", index + 1, error.column())?;
            }
        }
    }
    output.flush()?;
    Ok(faults)
}

fn answer<'a>(question: &'a Question, lexicon: &Lexicon) -> Answer<'a> {
    let sentence = &question.sentence;
    let target = target(question);
    let found = target.is_some();
    let assessment = target.map_or_else(silent, |it| assess(sentence, it, lexicon));
    Answer {
        id: &question.id,
        negated: assessment.negated,
        temporality: match assessment.temporality {
            Temporality::Historical => "historical",
            Temporality::Hypothetical => "hypothetical",
            _ => "recent",
        },
        experiencer: match assessment.experiencer {
            Experiencer::Patient => "patient",
            Experiencer::Other => "other",
        },
        planned: assessment.planned,
        existing: assessment.existing,
        attempted: assessment.attempted,
        found,
        cues: assessment
            .cues
            .iter()
            .map(|(span, rule)| Cue {
                start: span.start,
                end: span.end,
                quote: sentence.get(span.clone()).unwrap_or_default(),
                rule: rule.to_string(),
            })
            .collect(),
    }
}

/// The bytes of the phrase: by code points where given, else where its words are found.
fn target(question: &Question) -> Option<Range<usize>> {
    let given = question.start.zip(question.end).and_then(|(start, end)| {
        let range = byte_of(&question.sentence, start)?..byte_of(&question.sentence, end)?;
        (range.start < range.end).then_some(range)
    });
    given.or_else(|| find(&question.sentence, question.concept.as_deref()?))
}

/// The byte at which code point number `at` begins.
fn byte_of(text: &str, at: i64) -> Option<usize> {
    let at = usize::try_from(at).ok()?;
    let ends = std::iter::once(text.len());
    text.char_indices().map(|it| it.0).chain(ends).nth(at)
}

/// Where `concept` stands in `sentence`: any letter case, any white space; whole words first.
fn find(sentence: &str, concept: &str) -> Option<Range<usize>> {
    let words: Vec<String> = concept.split_whitespace().map(regex::escape).collect();
    if words.is_empty() {
        return None;
    }
    let phrase = words.join(r"\s+");
    [format!(r"(?i)\b{phrase}\b"), format!("(?i){phrase}")]
        .iter()
        .find_map(|it| regex::Regex::new(it).ok()?.find(sentence).map(|found| found.range()))
}

/// The answer where the phrase does not occur.
fn silent() -> Assessment {
    Assessment {
        negated: false,
        temporality: Temporality::Recent,
        experiencer: Experiencer::Patient,
        planned: false,
        existing: false,
        attempted: false,
        cues: Vec::new(),
    }
}
