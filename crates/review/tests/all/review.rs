//! Checklist and coverage policies.

use std::collections::BTreeSet;
use std::fs;

use opnote::lexicon::Files;
use opnote::report::{ChecklistAnswer, Coverage};
use opnote::{Analysis, Lexicon, Note, analyze};
use opnote_review::Reviewer;

use crate::support::{corpus, root};

const NOTE: &str = "DATE OF PROCEDURE: 03/14/2025\nPREOPERATIVE DIAGNOSIS: Left L5 radiculopathy.\n\nINDICATION: Left leg \
    pain for six months, 8/10, not better with physical therapy. MRI shows L4-5 disc herniation. Straight leg raise is \
    positive.\n\nPROCEDURE: L4-5 interlaminar epidural steroid injection.\n\nTECHNIQUE: After informed consent and a \
    time-out the patient lay prone, prepped and draped. The skin was anesthetized with 3 mL of 1% lidocaine. Under \
    fluoroscopy a 20-gauge Tuohy needle was advanced to the L4-5 interspace with loss of resistance to air. 1.5 mL of \
    Omnipaque 240 showed epidural spread without vascular uptake in AP and lateral views. Images were saved. 80 mg of \
    methylprednisolone was injected. No complications. Local anesthesia only, no sedation.";

fn analyzed(text: &str) -> (Note, Analysis) {
    let note = Note::new("n", text);
    let analysis = analyze(&note, Lexicon::embedded());
    (note, analysis)
}

fn checklist(text: &str) -> Vec<ChecklistAnswer> {
    let (note, analysis) = analyzed(text);
    Reviewer::new(Lexicon::embedded(), &[]).expect("compiles").checklist(&note, &analysis)
}

fn coverage(text: &str, policy: &str) -> Vec<Coverage> {
    let (note, analysis) = analyzed(text);
    Reviewer::new(Lexicon::embedded(), &[policy.to_owned()]).expect("compiles").coverage(&note, &analysis)
}

fn outcome<'a>(answers: &'a [ChecklistAnswer], id: &str) -> &'a str {
    answers.iter().find(|it| it.id == id).map_or("absent", |it| it.outcome.as_str())
}

#[test]
fn the_checklist_holds_every_item_once_and_every_source_is_listed() {
    let sources = fs::read_to_string(root().join("docs/sources.md")).expect("sources");
    let answers = checklist(NOTE);
    let ids: Vec<&str> = answers.iter().map(|it| it.id.as_str()).collect();
    let expected: Vec<String> = (1..=58).map(|it| format!("D{it:02}")).collect();
    assert_eq!(ids, expected);
    for (path, bytes) in Files::embedded().iter().filter(|it| it.0.starts_with("policies/") || it.0 == "checklist.toml")
    {
        for line in String::from_utf8_lossy(bytes).lines() {
            if let Some(source) = line.strip_prefix("source = ").map(|it| it.trim_matches('"')) {
                assert!(sources.contains(&format!("| {source} |")), "{path}: {source}");
            }
        }
    }
}

#[test]
fn what_the_note_shows_is_met_and_what_it_does_not_is_missing() {
    let answers = checklist(NOTE);
    for id in
        ["D04", "D05", "D07", "D09", "D10", "D11", "D12", "D14", "D15", "D16", "D19", "D20", "D22", "D25", "D35", "D39"]
    {
        assert_eq!(outcome(&answers, id), "met", "{id}");
    }
    for id in ["D26", "D28", "D44", "D46"] {
        assert_eq!(outcome(&answers, id), "missing", "{id}");
    }
    for id in ["D13", "D30", "D41", "D48", "D54", "D56", "D58"] {
        assert_eq!(outcome(&answers, id), "not-applicable", "{id}");
    }
    let answers = checklist(&NOTE.replace("Images were saved.", "Images were not saved."));
    assert_eq!(outcome(&answers, "D14"), "missing");
    let answers = checklist(&NOTE.replace("to the L4-5 interspace", "to the L2-3 interspace"));
    assert_eq!(outcome(&answers, "D04"), "conflicting");
}

#[test]
fn every_answer_quotes_the_note_or_says_where_it_looked() {
    let reviewer = Reviewer::new(Lexicon::embedded(), &[]).expect("compiles");
    for note in corpus() {
        for it in reviewer.checklist(&note, &analyze(&note, Lexicon::embedded())) {
            for words in &it.evidence {
                assert_eq!(note.text.get(words.start..words.end), Some(words.quote.as_str()), "{} {}", note.id, it.id);
            }
            assert!(it.outcome != "not-applicable" || !it.because.is_empty(), "{} {}", note.id, it.id);
            assert!(matches!(it.looked_in.as_str(), "facts" | "note"), "{} {}", note.id, it.id);
        }
    }
}

#[test]
fn a_code_can_be_right_and_not_payable() {
    let full = coverage(NOTE, "L39240");
    assert_eq!(full.len(), 1);
    assert!(matches!(full[0].outcome.as_str(), "supported" | "open"), "{:?}", full[0]);
    // Without a score, contrast or weeks the code stays, and coverage goes.
    let (_, analysis) = analyzed(&NOTE.replace(", 8/10,", ","));
    assert_eq!(analysis.proposals[0].code.as_deref(), Some("62323"));
    assert_eq!(coverage(&NOTE.replace(", 8/10,", ","), "L39240")[0].outcome, "not-supported");
    // A code that the policy does not list.
    let blind = NOTE
        .replace("Under fluoroscopy a", "Without fluoroscopy a")
        .replace(" in AP and lateral views. Images were saved.", ".");
    let blind = blind.replace("1.5 mL of Omnipaque 240 showed epidural spread without vascular uptake.", "");
    let (_, analysis) = analyzed(&blind);
    assert_eq!(analysis.proposals[0].code.as_deref(), Some("62322"));
    let answer = &coverage(&blind, "L39240")[0];
    assert_eq!(answer.outcome, "not-supported");
    assert!(answer.because.contains("does not list"), "{}", answer.because);
    // Too much steroid.
    let rule = |text: &str| {
        let found = coverage(text, "L39240");
        let rule = found[0].rules.iter().find(|it| it.id == "steroid-ceiling").expect("the rule");
        rule.outcome.clone()
    };
    assert_eq!(rule(NOTE), "met");
    assert_eq!(rule(&NOTE.replace("80 mg", "120 mg")), "missing");
    // Before it was in force.
    assert_eq!(coverage(&NOTE.replace("03/14/2025", "03/14/2020"), "L39240")[0].outcome, "not-applicable");
}

#[test]
fn every_policy_says_the_same_of_the_same_note() {
    let lexicon = Lexicon::embedded();
    // Programs of authorization say something else; coverage policies have the numbers of their texts.
    let ids: Vec<String> = lexicon.policies().map(|it| it.0.to_owned()).filter(|it| it.starts_with('L')).collect();
    assert!(ids.len() >= 8, "{ids:?}");
    let outcomes: BTreeSet<String> = ids.iter().map(|it| coverage(NOTE, it)[0].outcome.clone()).collect();
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
}

/// Every item and every rule reads its own examples: what meets it, what does not, and what only looks like it.
#[test]
fn items_and_rules_read_their_examples() {
    let lexicon = Lexicon::embedded();
    let reviews = lexicon.reviews();
    let mut faults = Vec::new();
    let reviewer = Reviewer::new(lexicon, &[]).expect("compiles");
    for item in reviews.items.iter().filter(|it| it.elsewhere.is_empty()) {
        if item.yes.is_empty() || item.no.len() < 2 {
            faults.push(format!("{}: needs one `yes` and two `no` at the least", item.id));
        }
        for (example, expected) in item.yes.iter().map(|it| (it, true)).chain(item.no.iter().map(|it| (it, false))) {
            let note = if example.contains("TECHNIQUE:") {
                Note::new("n", example)
            } else if example.split_once(':').is_some_and(|it| it.0.bytes().all(|it| it.is_ascii_uppercase())) {
                Note::new("n", format!("{example}\n{}", reviews.example.replace("{}", "")))
            } else {
                Note::new("n", reviews.example.replace("{}", example))
            };
            let answers = reviewer.checklist(&note, &analyze(&note, lexicon));
            let of_item: Vec<&ChecklistAnswer> = answers.iter().filter(|it| it.id == item.id).collect();
            if of_item.is_empty() || of_item.iter().any(|it| it.outcome == "met") != expected {
                let found: Vec<_> = of_item.iter().map(|it| (&it.outcome, &it.evidence)).collect();
                faults.push(format!("{} expected met: {expected}; {found:?}; {example}", item.id));
            }
        }
    }
    for policy in reviews.policies.iter().filter(|it| !it.body.rule.is_empty()) {
        let reviewer = Reviewer::new(lexicon, std::slice::from_ref(&policy.id)).expect("compiles");
        for rule in policy.body.rule.iter().filter(|it| it.all_of != ["D30"]) {
            if rule.yes.is_empty() || rule.no.len() < 2 {
                faults.push(format!("{} {}: needs one `yes` and two `no` at the least", policy.id, rule.id));
            }
            let changes = rule.yes.iter().map(|it| (it, true)).chain(rule.no.iter().map(|it| (it, false)));
            for ([from, to], expected) in changes {
                let mut note = Note::new("n", policy.body.example.replace(from, to));
                // Policies of other contractors have days of their own.
                note.service_date = Some(policy.from);
                let found = reviewer.coverage(&note, &analyze(&note, lexicon));
                let outcomes: Vec<&str> = found
                    .iter()
                    .flat_map(|it| it.rules.iter().filter(|it| it.id == rule.id))
                    .map(|it| it.outcome.as_str())
                    .collect();
                let changed = policy.body.example.contains(from);
                if !changed || outcomes.contains(&"met") != expected {
                    faults.push(format!(
                        "{} {}: {from} -> {to}, expected met: {expected}; {outcomes:?}",
                        policy.id, rule.id
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A disc or spondylosis alone is no covered reason; with radicular pain or claudication it is.
#[test]
fn axial_conditions_count_with_radicular_pain_only() {
    let outcome = |diagnosis: &str| {
        let text = format!("PREOPERATIVE DIAGNOSIS: {diagnosis}\n\n{}", NOTE.replace("radiculopathy", "complaint"));
        let rule = coverage(&text, "L39240")[0].rules.iter().find(|it| it.id == "indication").expect("rule").clone();
        rule.outcome
    };
    assert_eq!(outcome("L4-5 disc degeneration with low back pain"), "missing");
    assert_eq!(outcome("L4-5 disc displacement with radiculopathy"), "met");
    assert_eq!(outcome("Lumbar stenosis with neurogenic claudication"), "met");
}

#[test]
fn programs_name_codes_to_be_authorized_on_their_days() {
    let text = |date: &str| {
        format!(
            "DATE OF SERVICE: {date}\nPROCEDURE: Left L4-5 facet joint injection.\nTECHNIQUE: Under fluoroscopy a spinal \
             needle was advanced to the left L4-5 facet joint. Bupivacaine and Kenalog were injected."
        )
    };
    let outcome = |date: &str, policy: &str| coverage(&text(date), policy)[0].outcome.clone();
    assert_eq!(outcome("06/30/2023", "opd-facet-2023"), "not-applicable");
    assert_eq!(outcome("07/01/2023", "opd-facet-2023"), "authorization");
    assert_eq!(outcome("08/05/2024", "opd-facet-2023"), "not-applicable");
    assert_eq!(outcome("08/05/2024", "opd-facet"), "authorization");
    assert_eq!(outcome("08/05/2026", "wiser-2026"), "not-applicable");
    let epidural = NOTE.replace("03/14/2025", "03/14/2026");
    let found = &coverage(&epidural, "wiser-2026")[0];
    assert_eq!(found.outcome, "authorization");
    assert!(found.because.contains("Ohio") && !found.verified, "{}", found.because);
}

#[test]
fn a_site_adds_its_own_policy() {
    let house = "id = 'house'\nabout = 'ours'\nfrom = '2020-01-01'\nsource = 'own-rule'\nverified = true\ncovered = \
                 ['62323']\n[[rule]]\nid = 'score'\nwhat = 'a score'\nall_of = ['D25']\nsource = 'own-rule'\n";
    let lexicon = Lexicon::load(&Files::embedded().with("policies/house.toml", house)).expect("loads");
    let (note, analysis) = analyzed(NOTE);
    let reviewer = Reviewer::new(&lexicon, &["house".to_owned()]).expect("compiles");
    assert_eq!(reviewer.coverage(&note, &analysis)[0].outcome, "supported");
    let fault = |text: String| match Lexicon::load(&Files::embedded().with("policies/house.toml", text)) {
        Ok(_) => panic!("should not load"),
        Err(error) => error.to_string(),
    };
    assert!(fault(house.replace("D25", "D99")).contains("no checklist item \"D99\""));
    assert!(fault(format!("{house}coverd = 1\n")).contains("coverd"));
    assert!(Reviewer::new(&lexicon, &["nobody".to_owned()]).is_err());
}
