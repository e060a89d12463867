//! Codes of other families by date of service: text in, codes out.

use std::fs;
use std::path::PathBuf;

use opnote::{Lexicon, Note, analyze};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    codes: Vec<String>,
}

#[test]
fn codes_are_those_of_the_date_of_service() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/all/codes_by_date.toml");
    let cases: Cases = toml::from_str(&fs::read_to_string(path).expect("cases")).expect("TOML");
    let mut wrong = Vec::new();
    for it in cases.case {
        let code = |it: &opnote::Proposal| {
            let code = it.code.clone().unwrap_or_else(|| it.candidates.join("/"));
            it.modifiers.iter().fold(code, |code, modifier| format!("{code}-{modifier}"))
        };
        let given: Vec<String> =
            analyze(&Note::new("n", it.text), Lexicon::embedded()).proposals.iter().map(code).collect();
        if given != it.codes {
            wrong.push(format!("{}: expected {:?}, got {given:?}", it.name, it.codes));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
