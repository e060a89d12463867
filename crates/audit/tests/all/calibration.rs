//! The confidence model: named features, profiles, and the drift of notes from those of the fit.

use std::fs;

use opnote::lexicon::Files;
use opnote::lexicon::features::FEATURES;
use opnote::report::{Report, report};
use opnote::{Lexicon, Note, analyze};
use opnote_audit::calibrate::drift;

use crate::support::{corpus, root};

/// A note of two lines, in which little stands behind each fact.
const TERSE: &str = "PROCEDURE: Caudal epidural steroid injection.\nTECHNIQUE: The sacral hiatus was entered with a \
    22-gauge needle without imaging, with loss of resistance. 80 mg of triamcinolone was injected.";

fn reports(lexicon: &Lexicon, notes: &[Note]) -> Vec<Report> {
    notes.iter().map(|it| report(it, &analyze(it, lexicon), lexicon)).collect()
}

/// Every feature of a proposal, and every one of the model, is explained by name and stands in the documentation.
#[test]
fn features_are_explained() {
    let lexicon = Lexicon::embedded();
    let page = fs::read_to_string(root().join("docs/confidence.md")).expect("docs");
    let model = lexicon.calibration().expect("a model");
    let of_proposals = reports(lexicon, &corpus());
    let names = of_proposals.iter().flat_map(|it| &it.proposals).flat_map(|it| it.features.keys());
    for name in names.chain(model.features.keys()) {
        assert!(FEATURES.iter().any(|it| it.0 == name), "{name}");
    }
    for (name, _, _) in FEATURES {
        assert!(lexicon.explain(name).iter().any(|it| it.kind == "feature of the confidence model"), "{name}");
        assert!(page.contains(&format!("| `{name}` |")), "{name} is not in docs/confidence.md");
    }
}

/// To an auditor a wrong ready proposal costs more, so no more are ready; the result says whose profile it was.
#[test]
fn the_profile_of_audits_is_no_looser() {
    let coder = Lexicon::embedded();
    let mut audit = Lexicon::load(&Files::embedded()).expect("the lexicon");
    assert!(audit.use_profile("qa") && !audit.use_profile("nobody"));
    let notes = corpus();
    let (of_coder, of_audit) = (reports(coder, &notes), reports(&audit, &notes));
    for (a, b) in of_coder.iter().zip(&of_audit) {
        assert_eq!((a.made_by.profile.as_deref(), b.made_by.profile.as_deref()), (None, Some("qa")));
        for (a, b) in a.proposals.iter().zip(&b.proposals) {
            assert_eq!((&a.code, a.confidence), (&b.code, b.confidence));
            assert!(a.disposition == "ready" || b.disposition != "ready", "{:?}", a.code);
        }
    }
}

/// The notes of the fit do not drift from themselves; notes without any detail do.
#[test]
fn drift_is_seen_where_notes_differ() {
    let lexicon = Lexicon::embedded();
    let model = lexicon.calibration().expect("a model");
    let own = drift(&reports(lexicon, &corpus()), model);
    assert_eq!(own.len(), model.features.len());
    assert!(own.iter().all(|it| it.stability < 0.1 && it.sentence.contains("like the notes of the fit")), "{own:?}");
    let terse = |index: usize| Note::new(index.to_string(), TERSE);
    let terse: Vec<Note> = (0..40).map(terse).collect();
    let other = drift(&reports(lexicon, &terse), model);
    assert!(other[0].stability > 0.25 && other[0].sentence.contains("refit"), "{:?}", other[0]);
    let few = drift(&reports(lexicon, &terse[..3]), model);
    assert!(few.iter().all(|it| it.sentence.contains("too few")));
    assert_eq!(drift(&[], model), []);
}
