//! The context stage on sentences with inline marks, `context.toml` beside this file, and its loader.

use std::collections::BTreeSet;
use std::ops::Range;

use opnote::lexicon::Files;
use opnote::{Assessment, Experiencer, Lexicon, Temporality, assess};
use proptest::prelude::*;
use regex::Regex;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
}

/// A marked sentence taken apart: the plain text, the phrases with what is said of each, the cues.
struct Marked {
    plain: String,
    targets: Vec<(Range<usize>, BTreeSet<String>)>,
    cues: Vec<Range<usize>>,
}

/// Reads `[words](what is said)`; `[ ]` and `[x]` are boxes unless a round bracket follows.
fn unmark(text: &str) -> Marked {
    let mark = Regex::new(r"\[((?:\[.?\]|[^\[\]])+)\]\(([a-z ]+)\)").expect("a valid pattern");
    let mut marked = Marked { plain: String::new(), targets: Vec::new(), cues: Vec::new() };
    let mut done = 0;
    for found in mark.captures_iter(text) {
        let whole = found.get(0).expect("the whole match");
        marked.plain.push_str(&text[done..whole.start()]);
        let start = marked.plain.len();
        marked.plain.push_str(&found[1]);
        let range = start..marked.plain.len();
        let said: BTreeSet<String> = found[2].split(' ').filter(|it| *it != "affirmed").map(str::to_owned).collect();
        if said.contains("cue") {
            marked.cues.push(range);
        } else {
            marked.targets.push((range, said));
        }
        done = whole.end();
    }
    marked.plain.push_str(&text[done..]);
    marked
}

fn said(found: &Assessment) -> BTreeSet<String> {
    let all = [
        (found.negated, "negated"),
        (found.temporality == Temporality::Historical, "historical"),
        (found.temporality == Temporality::Hypothetical, "hypothetical"),
        (found.planned, "planned"),
        (found.existing, "existing"),
        (found.attempted, "attempted"),
        (found.experiencer == Experiencer::Other, "other"),
    ];
    all.into_iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect()
}

fn cases() -> Vec<Case> {
    let file: Cases = toml::from_str(include_str!("context.toml")).expect("readable cases");
    file.case
}

#[test]
fn every_case_comes_out_as_marked() {
    let mut faults = Vec::new();
    for Case { text } in cases() {
        let marked = unmark(&text);
        assert!(!marked.targets.is_empty(), "nothing marked in: {text}");
        let mut deciding = Vec::new();
        for (target, expected) in &marked.targets {
            let found = assess(&marked.plain, target.clone(), Lexicon::embedded());
            if said(&found) != *expected {
                let words = &marked.plain[target.clone()];
                faults.push(format!("{text}\n    \"{words}\": {:?}, by {:?}", said(&found), found.cues));
            }
            deciding.extend(found.cues.into_iter().map(|it| it.0));
        }
        for cue in marked.cues.iter().filter(|it| !deciding.contains(it)) {
            faults.push(format!("{text}\n    cue \"{}\" did not decide", &marked.plain[cue.clone()]));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn there_are_cases_of_every_kind() {
    let all = cases();
    assert!(all.len() >= 120, "{} cases", all.len());
    for kind in ["negated", "affirmed", "historical", "hypothetical", "planned", "existing", "attempted", "other"] {
        let those = all.iter().filter(|it| it.text.contains(&format!("({kind}"))).count();
        assert!(those >= 3, "{those} cases with {kind}");
    }
}

/// Double spaces, line breaks and curly quotes change nothing, and the cues are quoted as they stand.
#[test]
fn white_space_and_quotes_do_not_matter() {
    let sentence = "The  patient   doesn\u{2019}t\n have  any   PARESTHESIA.";
    let start = sentence.find("PARESTHESIA").expect("there");
    let found = assess(sentence, start..start + 11, Lexicon::embedded());
    assert!(found.negated);
    assert_eq!(&sentence[found.cues[0].0.clone()], "doesn\u{2019}t");
}

#[test]
fn a_target_outside_the_sentence_is_no_fault() {
    for target in [0..0, 5..900, 900..901] {
        assert_eq!(said(&assess("No.", target, Lexicon::embedded())), BTreeSet::new());
    }
}

fn fault(change: impl Fn(&str) -> String) -> String {
    let files = Files::embedded();
    let (_, bytes) = files.iter().find(|it| it.0 == "context.toml").expect("embedded");
    let text = change(std::str::from_utf8(bytes).expect("UTF-8"));
    Lexicon::load(&files.with("context.toml", text)).err().map(|it| it.to_string()).unwrap_or_default()
}

#[test]
fn faults_in_the_file_are_named_with_line_and_remedy() {
    let with = |fields: &str| fault(|text| format!("{text}\n[[cue]]\nid = \"x\"\nmeans = \"\"\n{fields}\n"));
    let plain = "category = [\"negated\"]\nwords = [\"xyzzy\"]\ndirection = \"forward\"\n";
    assert_eq!(with(plain), "");
    let cases = [
        ("category = [\"negatd\"]\nwords = [\"xyzzy\"]\n", "did you mean \"negated\"?"),
        ("categry = [\"negated\"]\n", "did you mean \"category\"?"),
        ("category = [\"negated\"]\nwords = [\"without\"]\ndirection = \"forward\"", "is already in \"without\""),
        ("category = [\"terminate\"]\nwords = [\"xyzzy\"]\nonly = [\"negatd\"]", "did you mean \"negated\"?"),
        ("category = [\"terminate\"]\nwords = [\"xyzzy\"]", "only names"),
        ("category = [\"negated\"]\nwords = []\ndirection = \"forward\"", "at least one"),
        ("category = [\"negated\"]\nwords = [\"Xyzzy\"]\ndirection = \"forward\"", "lower-case"),
        ("category = [\"pseudo\"]\nwords = [\"xyzzy\"]\ndirection = \"forward\"", "direction is for cues"),
    ];
    for (fields, expected) in cases {
        let message = with(fields);
        assert!(message.contains(expected), "{message}");
        assert!(message.starts_with("context.toml:"), "no line: {message}");
    }
    let again = fault(|text| format!("{text}\n[[cue]]\nid = \"no\"\nmeans = \"\"\n{plain}"));
    assert!(again.contains("id \"no\" is already"), "{again}");
}

proptest! {
    /// Nothing panics, and every cue lies in the sentence on character boundaries.
    #[test]
    fn any_sentence_can_be_assessed(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "no", "not", "without", "denies", ",", "and", "or", "the", "was", "(", ")", "[ ]", "[x]", ": none",
                ".", ";", "2)", "é", "–", "  ", "injected", "used", "in 20", "19", "if", "epidural", "\u{2610}", "A",
                "spread", "in the", "history of", "had", "\n", "-", "'", "no. ", "none",
            ]),
            0..40,
        ),
        start in 0_usize..80,
        length in 0_usize..20,
    ) {
        let sentence = words.join(" ");
        let found = assess(&sentence, start..start + length, Lexicon::embedded());
        for (span, _) in found.cues {
            prop_assert!(sentence.get(span).is_some());
        }
    }
}
