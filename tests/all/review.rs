//! Checklist, coverage policies and look-up.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use opnote::explain::find::find;
use opnote::lexicon::Files;
use opnote::review::{ChecklistAnswer, Coverage, Reviewer};
use opnote::{Analysis, Lexicon, Note, analyze};

use crate::support::corpus;

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
    let sources =
        fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/sources.md")).expect("sources");
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

#[test]
fn questions_in_words_find_their_code_first() {
    let cases = [
        ("cervical epidural catheter without fluoroscopy", "62324"),
        ("lumbar interlaminar epidural, needle, under fluoroscopy", "62323"),
        ("thoracic epidural catheter left for infusion with CT guidance", "62325"),
        ("L4-5 epidural catheter infusion for several days, no imaging", "62326"),
        ("caudal epidural single injection with ultrasound", "62322"),
    ];
    for (question, code) in cases {
        let answer = find(question, None, Lexicon::embedded());
        let best: Vec<&str> = answer.matches.iter().take(2).map(|it| it.code.as_str()).collect();
        assert!(best.contains(&code), "{question}: {best:?} from {:?}", answer.facts);
    }
    let first = find("cervical epidural catheter without fluoroscopy", None, Lexicon::embedded());
    assert_eq!(first.matches[0].code, "62324", "{:?}", first.facts);
    assert_eq!(first.open, []);
    // What the question leaves open separates the best.
    let open = find("cervical epidural catheter", None, Lexicon::embedded());
    assert!(open.open.iter().any(|it| it.slot == "imaging"), "{:?}", open.open);
    // The codes of the day.
    let old = find("cervical epidural catheter", "2015-01-01".parse().ok(), Lexicon::embedded());
    assert_eq!(old.matches[0].code, "62318");
    assert_eq!(find("a walk in the park", None, Lexicon::embedded()).matches, []);
}

#[test]
fn questions_over_all_families_find_their_code_first() {
    let cases = [
        ("two level left lumbar transforaminal with fluoroscopy", "64483"),
        ("cervical transforaminal C6-7 fluoro", "64479"),
        ("stellate ganglion block", "64510"),
        ("celiac plexus neurolysis with alcohol", "64680"),
        ("bilateral L4-5 L5-S1 facet RFA", "64635"),
        ("medial branch block L3 L4 L5 right", "64493"),
        ("C5-6 facet injection under ultrasound", "0213T"),
        ("pump refill by physician", "95991"),
        ("pump refill and reprogramming by nurse", "62369"),
        ("blood patch", "62273"),
        ("genicular nerve ablation", "64624"),
        ("trigeminal rhizotomy under fluoroscopy", "64610"),
        ("SI joint injection with fluoroscopy", "27096"),
        ("trigger point injections in 3 muscles", "20553"),
        ("dry needling two muscles", "20560"),
        ("knee injection with ultrasound", "20611"),
        ("spinal cord stimulator trial two leads", "63650"),
        ("IPG replacement", "63685"),
        ("intrathecal pump implant", "62362"),
        ("kyphoplasty L1 and L2", "22514"),
        ("TAP block bilateral", "64488"),
        ("ESP block left single", "64466"),
        ("interscalene catheter", "64416"),
        ("lumbar puncture under fluoroscopy", "62328"),
        ("lumbar drain", "62272"),
        ("myelogram cervical with interpretation", "62302"),
        ("botox for chronic migraine", "64615"),
        ("botox five muscles of the right arm", "64644"),
        ("phenol intrathecal", "62280"),
        ("intrathecal methotrexate", "96450"),
        ("lysis of adhesions Racz one day", "62264"),
        ("daily epidural catheter management", "01996"),
        ("labor epidural then cesarean", "01967"),
        ("intercostal nerve blocks 3 levels", "64420"),
        ("PRP knee", "0232T"),
        ("carpal tunnel injection", "20526"),
        ("thoracic epidural catheter for rib fractures", "62324"),
    ];
    for (question, code) in cases {
        let answer = find(question, None, Lexicon::embedded());
        assert_eq!(answer.matches.first().map(|it| it.code.as_str()), Some(code), "{question}: {:?}", answer.facts);
    }
}

#[test]
fn a_question_is_told_what_separates_its_codes() {
    let ask = |question: &str| find(question, None, Lexicon::embedded());
    // A further level comes with the first, and not instead of it.
    let levels = ask("two level left lumbar transforaminal with fluoroscopy");
    assert_eq!(levels.matches[1].code, "64484");
    assert_eq!(levels.matches[1].add_on_to, ["64483"]);
    assert_eq!(levels.open, []);
    assert!(ask("pump refill").open.iter().any(|it| it.slot == "method"));
    assert!(ask("lumbar puncture under fluoroscopy").open.iter().any(|it| it.slot == "method"));
    assert!(ask("adductor canal block").open.iter().any(|it| it.slot == "delivery"));
    // Three nerves are two joints.
    let joints = ask("medial branch block L3, L4, L5 under fluoroscopy");
    assert_eq!(joints.matches.iter().take(2).map(|it| it.code.as_str()).collect::<Vec<_>>(), ["64493", "64494"]);
    // A needle at a foramen is coded by its imaging: none fits no such code.
    let blind = ask("S1 transforaminal without imaging");
    assert!(blind.matches.iter().filter(|it| it.code == "64483").all(|it| !it.differs.is_empty()));
}

/// Every code that a table can propose has a card with all its parts, and no two cards say the same.
#[test]
fn every_code_has_a_card_of_its_own() {
    let lexicon = Lexicon::embedded();
    let families = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("lexicons/families");
    let names = std::fs::read_dir(families).expect("families").map(|it| it.expect("folder").file_name());
    let codes: BTreeSet<String> = names.flat_map(|it| lexicon.family_codes(&it.to_string_lossy())).collect();
    assert!(codes.len() > 150, "{}", codes.len());
    let (mut covers, mut patient) = (BTreeSet::new(), BTreeSet::new());
    for code in &codes {
        let entries = lexicon.explain(code);
        assert!(entries.iter().any(|it| it.kind == "code"), "{code}");
        let card = entries.iter().find(|it| it.kind == "card").unwrap_or_else(|| panic!("{code} has no card"));
        let lines = |label: &'static str| card.lines.iter().filter(move |it| it.0 == label).map(|it| it.1.as_str());
        for label in ["holds", "decided by", "not for", "the note must show", "to a patient", "source"] {
            assert!(lines(label).next().is_some(), "{code}: no {label}");
        }
        assert!(covers.insert(card.about.clone()), "{code}: another code covers the same");
        assert!(patient.insert(lines("to a patient").collect::<String>()), "{code}: another tells a patient the same");
        // A code that a card sends to is one that can be explained.
        let words = lines("not for").flat_map(|it| it.split(|it: char| !it.is_ascii_alphanumeric()));
        for other in words.filter(|it| it.len() == 5 && it.starts_with(|it: char| it.is_ascii_digit())) {
            assert!(codes.contains(other) && other != code, "{code} sends to {other}");
        }
    }
}

#[test]
fn a_card_is_plain_and_complete() {
    let lexicon = Lexicon::embedded();
    assert_eq!(lexicon.explain("62324")[0].kind, "card");
    assert!(lexicon.explain("D14").iter().any(|it| it.kind == "checklist item"));
    assert!(lexicon.explain("L39240").iter().any(|it| it.kind == "coverage policy"));
}
