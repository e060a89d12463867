//! Why not: rejected codes and acts come with the words that rejected them.

use opnote::explain::rejected;
use opnote::report::RejectedCandidate;
use opnote::report::report;
use opnote::{Lexicon, Note, analyze};

fn rejected(text: &str) -> Vec<RejectedCandidate> {
    let (note, lexicon) = (Note::new("1", text), Lexicon::embedded());
    let found = rejected::rejected(&note, &report(&note, &analyze(&note, lexicon), lexicon), lexicon);
    for it in found.iter().flat_map(|it| it.evidence.iter().chain(&it.cue)) {
        assert_eq!(text.get(it.start..it.end), Some(it.quote.as_str()), "the quote is the text");
        assert!(!lexicon.explain(&it.rule).is_empty(), "{} can be explained", it.rule);
    }
    found
}

fn quotes(it: &RejectedCandidate) -> Vec<&str> {
    it.cue.iter().chain(&it.evidence).map(|it| it.quote.as_str()).collect()
}

#[test]
fn neighbors_of_a_code_name_the_fact_that_rules_them_out() {
    let found = rejected(
        "PROCEDURE: L4-5 interlaminar epidural steroid injection.\nTECHNIQUE: Under fluoroscopy a Tuohy needle was \
         advanced to the L4-5 interspace with loss of resistance to air. 80 mg of methylprednisolone was injected.",
    );
    let codes: Vec<(&str, bool)> = found
        .iter()
        .filter(|it| it.kind == "code")
        .map(|it| (it.what.as_str(), it.because.contains("imaging is fluoroscopy") && !it.evidence.is_empty()))
        .collect();
    assert!(codes.contains(&("62322", true)), "{found:?}");
    assert!(found.iter().filter(|it| it.kind == "code").all(|it| it.proposal == Some(0)));
    // The act that was proposed is not rejected, and its details are none of the rejected either.
    assert!(found.iter().all(|it| it.kind == "code"), "{found:?}");
}

#[test]
fn acts_of_other_times_and_people_name_their_cue() {
    let found = rejected(
        "HISTORY: He had a lumbar epidural steroid injection in 2019.\nFAMILY HISTORY: His mother had an epidural \
         steroid injection.\nPLAN: We will schedule a transforaminal epidural steroid injection at L5-S1.",
    );
    let acts: Vec<&RejectedCandidate> = found.iter().filter(|it| it.kind == "act").collect();
    let because = |word: &str| acts.iter().find(|it| it.because.contains(word));
    assert!(because("historical").is_some_and(|it| !it.cue.is_empty()), "{found:?}");
    assert!(because("someone else").is_some_and(|it| !it.cue.is_empty()), "{found:?}");
    let planned = because("planned").expect("the plan");
    assert_eq!(planned.what, "transforaminal_injection");
    assert!(quotes(planned).len() > 1, "{planned:?}");
    assert!(found.iter().all(|it| it.proposal.is_none()));
}

#[test]
fn a_note_that_names_no_act_has_nothing_rejected() {
    assert_eq!(rejected("He walked two miles and slept well."), []);
    assert_eq!(rejected(""), []);
}
