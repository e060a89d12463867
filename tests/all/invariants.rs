//! The invariants of ARCHITECTURE.md, each as a test.

use std::fs;
use std::path::{Path, PathBuf};

use opnote::lexicon::Files;
use opnote::report::report;
use opnote::{Analysis, Disposition, Evidence, Lexicon, Note, Provenance, Status, analyze};
use proptest::prelude::*;

use crate::support::{corpus, root};

fn all_evidence(analysis: &Analysis) -> Vec<&Evidence> {
    let mut list: Vec<&Evidence> = Vec::new();
    for it in &analysis.encounter.procedures {
        list.extend(it.assertion.provenance.evidence());
        list.extend(it.attributes.iter().flat_map(|it| it.provenance.evidence()));
    }
    for it in &analysis.proposals {
        list.extend(it.provenance.evidence());
        list.extend(&it.against);
    }
    list.extend(analysis.findings.iter().flat_map(|it| &it.evidence));
    list
}

/// Spans lie in the note on character boundaries, the same note gives the same bytes, and no code comes from nothing.
fn check(note: &Note) {
    let lexicon = Lexicon::embedded();
    let analysis = analyze(note, lexicon);
    for it in all_evidence(&analysis) {
        assert!(note.text.get(it.span.range()).is_some(), "{}: span {:?}", note.id, it.span);
    }
    for it in analysis.findings.iter().flat_map(|it| &it.searched) {
        assert!(note.text.get(it.range()).is_some(), "{}: searched {it:?}", note.id);
    }
    for it in &analysis.proposals {
        let procedure = &analysis.encounter.procedures[it.procedure];
        assert!(matches!(procedure.assertion.status, Status::Performed | Status::Attempted), "{}", note.id);
        if it.disposition == Disposition::Ready {
            // Only the codes of the injection itself differ by imaging.
            let of_imaging = procedure.family.as_str() == "neuraxial_injection";
            let assumed = procedure.attributes.iter().any(|it| {
                of_imaging && it.slot.name() == "imaging" && matches!(it.provenance, Provenance::Assumed { .. })
            });
            assert!(it.code.is_some() && !assumed, "{}: ready with an assumed fact", note.id);
        }
        assert!(it.confidence.is_none_or(|it| (0.0..=1.0).contains(&it)), "{}", note.id);
    }
    let bytes = |analysis: &Analysis| serde_json::to_string(&report(note, analysis, lexicon)).expect("JSON");
    assert_eq!(bytes(&analysis), bytes(&analyze(note, lexicon)), "{}", note.id);
}

#[test]
fn the_corpus_keeps_them() {
    corpus().iter().for_each(check);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Any text at all.
    #[test]
    fn any_text_keeps_them(text in "\\PC{0,400}|[ -~\\n\\t]{0,400}|(?s:.){0,200}") {
        check(&Note::new("any", text));
    }

    /// Text made of the words that the stages look for, in any order, with odd marks between them.
    #[test]
    fn any_order_of_words_keeps_them(parts in prop::collection::vec(0..PARTS.len(), 0..60)) {
        let text: String = parts.into_iter().map(|it| PARTS[it]).collect();
        check(&Note::new("parts", text));
    }
}

const PARTS: [&str; 48] = [
    "PROCEDURE: ",
    "TECHNIQUE:\n",
    "PLAN: ",
    "HISTORY: ",
    "epidural ",
    "steroid injection ",
    "L4-5 ",
    "C7\u{2013}T1 ",
    "at ",
    "without ",
    "no ",
    "[x] ",
    "[ ] ",
    "fluoroscopy",
    ", ",
    ". ",
    ".\n\n",
    "\r\n",
    "catheter ",
    "was removed ",
    "Tuohy needle ",
    "80 mg of ",
    "Depo-Medrol ",
    "with 3 mL saline ",
    "caudal ",
    "sacral hiatus ",
    "foramen ",
    "infusion ",
    "\u{b5}g ",
    "\u{fb02}uoro ",
    "____",
    "***",
    "contrast ",
    "ultrasound ",
    "labor ",
    "under general anesthesia ",
    "hip replacement ",
    "tip at T8 ",
    "threaded to ",
    "will be ",
    "last month ",
    "-\n",
    "inter-\nlaminar ",
    "2 of 3\nPage 2 of 3\n",
    "L four five ",
    "fourth lumbar interspace ",
    "(",
    "\u{0}",
];

/// The words of the deciding evidence are load-bearing, and what is not about the act changes nothing.
#[test]
fn irrelevant_text_changes_nothing_and_denial_removes_the_code() {
    let lexicon = Lexicon::embedded();
    let text = |act: &str| {
        format!(
            "{act} The patient was placed prone. A 20-gauge Tuohy needle was advanced to the L4-5 interspace under fluoroscopy with loss of resistance. 80 mg of methylprednisolone was injected."
        )
    };
    let code = |text: &str| analyze(&Note::new("1", text), lexicon).proposals.first().and_then(|it| it.code.clone());
    let plain = text("L4-5 interlaminar epidural steroid injection.");
    assert!(code(&plain).is_some());
    assert_eq!(code(&plain), code(&format!("{plain}\n\nThe weather was fine and the parking lot was full.")));
    for denied in [
        "No epidural steroid injection was done today.",
        "Plan: L4-5 epidural steroid injection under fluoroscopy.",
        "She had an L4-5 epidural steroid injection last month.",
    ] {
        assert_eq!(code(denied), None, "{denied}");
    }
}

/// Line ends, wraps and order of white space do not matter.
#[test]
fn wraps_and_line_ends_change_no_code() {
    let lexicon = Lexicon::embedded();
    let codes = |text: String| {
        analyze(&Note::new("1", text), lexicon).proposals.iter().map(|it| it.code.clone()).collect::<Vec<_>>()
    };
    for note in corpus() {
        assert_eq!(codes(note.text.clone()), codes(note.text.replace('\n', "\r\n")), "{}", note.id);
    }
}

/// Without the code tables everything but the codes is there.
#[test]
fn runs_without_code_tables() {
    let lexicon = Lexicon::load(&Files::embedded().without(|it| it.ends_with("codes.csv"))).expect("loads");
    let note = &corpus()[0];
    let (with, without) = (analyze(note, Lexicon::embedded()), analyze(note, &lexicon));
    assert!(without.proposals.is_empty() && !with.proposals.is_empty());
    assert_eq!(with.encounter.procedures, without.encounter.procedures);
}

/// No code number stands in the sources of the program.
#[test]
fn no_code_number_in_the_source() {
    let codes = Lexicon::embedded().family_codes("neuraxial_injection");
    let mut files = Vec::new();
    for folder in ["src", "crates/audit/src", "crates/cli/src", "crates/review/src"] {
        collect(&root().join(folder), &mut files);
    }
    for file in files {
        let text = fs::read_to_string(&file).expect("source");
        for code in &codes {
            assert!(!text.contains(code.as_str()), "{} holds {code}", file.display());
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folder").flatten() {
        if entry.path().is_dir() { collect(&entry.path(), files) } else { files.push(entry.path()) }
    }
}

/// Questions offer choices; they name no code and no money.
#[test]
fn questions_to_the_provider_name_no_code_and_no_money() {
    for note in corpus() {
        for ask in analyze(&note, Lexicon::embedded()).findings.iter().filter_map(|it| it.ask.as_ref()) {
            let digits = ask.split(|it: char| !it.is_ascii_digit()).any(|it| it.len() >= 5);
            assert!(!digits && !ask.contains('$') && !ask.to_lowercase().contains("pay"), "{ask}");
            assert!(ask.contains("lease") || ask.ends_with('?'), "{ask}");
        }
    }
}
