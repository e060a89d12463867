//! National correct coding edits: pairs, units and add-on codes on proposals.

use opnote::lexicon::Files;
use opnote::{Lexicon, Note, analyze};

use crate::beside::table;

/// The messages of the edits on a note.
fn edits(lexicon: &Lexicon, text: &str) -> Vec<String> {
    let shown = |it: &opnote::Finding| it.rule.as_str().starts_with("ncci-");
    analyze(&Note::new("n", text), lexicon).findings.into_iter().filter(shown).map(|it| it.message).collect()
}

const EPIDURAL: &str = "PROCEDURE: L4-5 interlaminar epidural steroid injection: under fluoroscopy a Tuohy needle was advanced to \
                        L4-5 with loss of resistance. 80 mg of methylprednisolone was injected into the epidural space.";
const BLOCKS: &str = "PROCEDURES: 1. Left greater occipital nerve block. 2. Trigger point injections of the left trapezius \
                      and left levator scapulae.\nTECHNIQUE: A 25-gauge needle was placed at the left greater occipital \
                      nerve and 2 mL of 0.25% bupivacaine was injected. Then trigger points in the left trapezius and left \
                      levator scapulae were injected with 1 mL of lidocaine each.";

fn on(date: &str, text: &str) -> String {
    format!("DATE OF SERVICE: {date}\n{text}")
}

#[test]
fn pairs_say_whether_a_modifier_helps() {
    let lexicon = Lexicon::embedded();
    assert_eq!(
        edits(lexicon, &on("08/01/2024", BLOCKS)),
        [
            "64405 is not paid beside 20552, unless it was distinct; then a modifier on it (59, XE, XP, XS, XU, or one of side)"
        ]
    );
    // Before the quarter in which the pair was seen, nothing is said.
    assert!(edits(lexicon, &on("06/30/2024", BLOCKS)).is_empty());
    assert!(edits(lexicon, &on("08/01/2024", EPIDURAL)).is_empty());
    let never = Files::embedded()
        .with("ncci_ptp.csv", "column1,column2,from,until,indicator,setting\n20552,64405,2024-07-01,,0,practitioner\n");
    let lexicon = Lexicon::load(&never).expect("loads");
    assert_eq!(
        edits(&lexicon, &on("08/01/2024", BLOCKS)),
        ["64405 is not paid beside 20552, and no modifier changes that"]
    );
}

#[test]
fn units_and_add_ons_are_held_against_their_tables() {
    let joints = "DATE OF SERVICE: 08/01/2024\nPROCEDURE: Left L3-4, L4-5 and L5-S1 transforaminal epidural steroid \
                  injections.\nTECHNIQUE: Under fluoroscopy a spinal needle was advanced to the left L3-4 foramen. 4 mg of \
                  dexamethasone was injected. The same was done at L4-5 and L5-S1.";
    let limited = |adjudication: &str| {
        let row =
            format!("code,from,until,units,adjudication,setting\n64484,2024-01-01,,1,{adjudication},practitioner\n");
        edits(&Lexicon::load(&Files::embedded().with("ncci_mue.csv", row)).expect("loads"), joints)
    };
    assert_eq!(limited("2"), ["64484: 2 units, the limit is 1 a day, without exception"]);
    assert_eq!(limited("3"), ["64484: 2 units, the limit is 1 a day, more only where the record shows the need"]);
    let lone = Files::embedded().with(
        "ncci_add_ons.csv",
        "add_on,primary,from,until,type\n62323,64490,2024-01-01,,1\n64483,64490,2024-01-01,,2\n",
    );
    let found = edits(&Lexicon::load(&lone).expect("loads"), &on("08/01/2024", EPIDURAL));
    assert_eq!(found, ["62323 is an add-on code without its primary code"]);
}

#[test]
fn tables_of_edits_are_sorted() {
    for path in ["ncci_ptp.csv", "ncci_mue.csv", "ncci_add_ons.csv"] {
        let key = |it: &std::collections::BTreeMap<String, String>| {
            ["column1", "column2", "add_on", "primary", "code", "from"].map(|name| it.get(name).cloned())
        };
        assert!(table(path).iter().map(key).collect::<Vec<_>>().is_sorted(), "{path}");
    }
}

#[test]
fn faults_in_edits_name_file_line_and_what_was_expected() {
    let fault = |path: &str, contents: &str| match Lexicon::load(&Files::embedded().with(path, contents)) {
        Ok(_) => panic!("{path} should not load"),
        Err(error) => error.to_string(),
    };
    let head = "column1,column2,from,until,indicator,setting\n";
    let text = fault("ncci_ptp.csv", &format!("{head}62323,64483,2024-07-01,,2,practitioner\n"));
    assert_eq!(text, "ncci_ptp.csv:2: 62323 64483: indicator \"2\" (expected 0, 1 or 9)");
    let text = fault("ncci_ptp.csv", &format!("{head}62323,64483,2024-07-01,,1,practicioner\n"));
    assert!(text.starts_with("ncci_ptp.csv:2: ") && text.contains("did you mean \"practitioner\"?"), "{text}");
    let text =
        fault("ncci_mue.csv", "code,from,until,units,adjudication,setting\n62323,2024-07-01,,1,4,practitioner\n");
    assert_eq!(text, "ncci_mue.csv:2: 62323: adjudication \"4\" (expected 1, 2 or 3)");
    let text = fault("ncci_add_ons.csv", "add_on,primary,from,until,type\n64484,64483,2024-07-01,2024-07-01,1\n");
    assert_eq!(text, "ncci_add_ons.csv:2: 64484: ends before it begins");
}

#[test]
fn modifiers_that_one_note_cannot_decide_are_explained_and_never_given() {
    let lexicon = Lexicon::embedded();
    for modifier in ["22", "25", "26", "51", "58", "73", "74", "76", "78", "79", "KX", "XP"] {
        assert!(lexicon.explain(modifier).iter().any(|it| it.kind == "modifier"), "{modifier}");
        assert!(table("edits.csv").iter().all(|it| it["modifier"] != modifier), "{modifier}");
    }
}

/// Modifier 59 needs words of the purpose: a pain service, a pump or an infusion say nothing of it.
#[test]
fn a_distinct_service_needs_words_of_its_purpose() {
    let modifiers = |text: &str| {
        let analysis = analyze(&Note::new("n", text), Lexicon::embedded());
        analysis.proposals.iter().flat_map(|it| it.modifiers.clone()).collect::<Vec<_>>()
    };
    let technique =
        "A Tuohy needle was advanced to T8-9 with loss of resistance and an epidural catheter was threaded.";
    let weak = format!(
        "PAIN SERVICE, INPATIENT\nPROCEDURE: Thoracic epidural catheter T8-9.\nTECHNIQUE: {technique} PCEA \
                        with bupivacaine 0.1% was begun."
    );
    assert_eq!(modifiers(&weak), Vec::<String>::new());
    let said = format!(
        "PROCEDURE: Thoracic epidural catheter T8-9, requested by the surgeon for postoperative analgesia \
                        after laparotomy.\nTECHNIQUE: {technique} It was left in place for an infusion."
    );
    assert_eq!(modifiers(&said), ["59"]);
}
