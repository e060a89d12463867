//! Look-up: codes by facts in plain words, and the cards of codes.

use std::collections::BTreeSet;
use std::fs;

use opnote::Lexicon;
use opnote::explain::find::find;

use crate::support::root;

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
    let families = root().join("lexicons/families");
    let names = fs::read_dir(families).expect("families").map(|it| it.expect("folder").file_name());
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

/// What coders type: any case, kinds of codes, pairs, sides, misspelled words; and what only looks like it.
#[test]
fn what_coders_type_is_understood() {
    let lexicon = Lexicon::embedded();
    let first = |question: &str| {
        let found = lexicon.look_up(question);
        found.first().map(|it| format!("{} {}", it.kind, it.id)).unwrap_or_default()
    };
    let cases = [
        ("l33906", "coverage policy L33906"),
        ("m54.16", "diagnosis code M54.16"),
        ("M5416", "diagnosis code M54.16"),
        ("j1040", "supply code J1040"),
        ("Modifier 50", "modifier 50"),
        ("modifier kx", "modifier KX"),
        ("G-code", "kind of codes G codes"),
        ("T codes", "kind of codes T codes"),
        ("62323 with 64483", "pair of codes 62323 with 64483"),
        ("62321 62323", "pair of codes 62321 with 62323"),
        ("can 62323 be bilateral?", "question 62323 on both sides"),
        ("724.4", "diagnosis number of the old set 724.4"),
        ("77003", "code that is not proposed 77003"),
        ("fluroscopy", "value fluoroscopy"),
        // Nothing that is near: no guess.
        ("99213", ""),
        ("zzzzz", ""),
        ("epidural thing with words", ""),
    ];
    for (question, expected) in cases {
        assert_eq!(first(question), expected, "{question}");
    }
    let lines = |question: &str| {
        let found = lexicon.look_up(question);
        found.into_iter().flat_map(|it| it.lines).map(|it| format!("{}: {}", it.0, it.1)).collect::<Vec<_>>().join("\n")
    };
    assert!(lines("62323 with 64483").contains("64483 is not paid with 62323"), "{}", lines("62323 with 64483"));
    assert!(lines("62323 with 62350").contains("none in the tables"), "{}", lines("62323 with 62350"));
    assert!(lines("can 62323 be bilateral").contains("answer: no"), "{}", lines("can 62323 be bilateral"));
    assert!(lines("can 64483 be bilateral").contains("modifier 50"), "{}", lines("can 64483 be bilateral"));
    assert!(lines("J1040").contains("since then: J1010 (from 2024-04-01)"), "{}", lines("J1040"));
    assert!(lines("M54.5").contains("since then: M54.50, M54.51, M54.59 (from 2021-10-01)"), "{}", lines("M54.5"));
    assert!(!lines("J1010").contains("since then"), "{}", lines("J1010"));
}

#[test]
fn a_question_may_be_misspelled() {
    let ask = |question: &str| find(question, None, Lexicon::embedded());
    let answer = ask("lumbar epidral under fluoroscopy, needle only");
    assert_eq!(answer.corrected, [("epidral".to_owned(), "epidural".to_owned())]);
    assert_eq!(answer.matches[0].code, "62323");
    assert_eq!(ask("lumbar epidural under fluoroscopy, needle only").corrected, []);
    // A catheter that came out the same day is a needle; one that stays is not.
    assert_eq!(ask("lumbar epidural catheter removed the same day, fluoroscopy").matches[0].code, "62323");
    assert_eq!(ask("lumbar epidural catheter, fluoroscopy").matches[0].code, "62327");
}
