//! The figures of `evaluate` against a case counted by hand, and against the shared notes where they are present.

use std::collections::BTreeSet;

use opnote::evaluate::{Rate, evaluate, markdown, read_labels};
use opnote::report::{ProposalReport, Report, report};
use opnote::{Lexicon, Note, analyze};

const TEXT: &str = "PROCEDURE: L4-5 interlaminar epidural steroid injection.\nTECHNIQUE: Under fluoroscopy a Tuohy \
    needle was advanced to the L4-5 interspace with loss of resistance to air. 80 mg of methylprednisolone was injected.";

/// The result of reading [`TEXT`].
fn read() -> Report {
    let (note, lexicon) = (Note::new("1", TEXT), Lexicon::embedded());
    report(&note, &analyze(&note, lexicon), lexicon)
}

/// A result with these proposals: (code, disposition, confidence).
fn result(id: &str, proposals: &[(&str, &str, f64)]) -> Report {
    let mut result = read();
    id.clone_into(&mut result.note.id);
    result.findings.clear();
    let one = result.proposals[0].clone();
    result.proposals = proposals.iter().map(|it| proposal(&one, it.0, it.1, it.2)).collect();
    result
}

fn proposal(like: &ProposalReport, code: &str, disposition: &str, confidence: f64) -> ProposalReport {
    ProposalReport {
        code: (!code.is_empty()).then(|| code.to_owned()),
        candidates: vec![if code.is_empty() { "62322".to_owned() } else { code.to_owned() }],
        confidence: Some(confidence),
        disposition: disposition.to_owned(),
        ..like.clone()
    }
}

const LABELS: &str = r#"
{"id": 1, "family": ["62323"], "certainty": "firm"}
{"id": "2", "family": ["62323"], "acceptable": [["62322"]], "certainty": "debatable"}
{"id": "3", "family": ["62321"], "certainty": "firm", "why": "the level is cervical"}
{"id": "4", "family": [], "acceptable": [["62322"]], "must_query": true, "certainty": "firm"}
{"id": "5", "family": [], "neighbours": ["64483", "20610"]}
{"id": "gone", "family": ["62323"]}
"#;

fn family() -> BTreeSet<String> {
    Lexicon::embedded().family_codes("neuraxial_injection")
}

fn rate(hits: usize, of: usize) -> Rate {
    Rate { hits, of }
}

#[test]
fn figures_are_those_counted_by_hand() {
    let reports = [
        result("1", &[("62323", "ready", 0.95)]),
        result("2", &[("62322", "review", 0.55)]),
        result("3", &[("62323", "ready", 0.85)]),
        result("4", &[("", "query", 0.1)]),
        result("5", &[("20610", "ready", 0.95), ("20552", "review", 0.35)]),
        result("6", &[("62322", "query", 0.25)]),
    ];
    let labels = read_labels(LABELS, "labels.jsonl").expect("labels");
    let figures = evaluate(&reports, &labels, &family());
    assert_eq!((figures.notes, figures.labels_without_note), (6, 1));
    // Notes 1, 3 and 4 have firm labels, 3 is wrong.
    assert_eq!(figures.family_firm, rate(2, 3));
    assert_eq!(figures.family_all, rate(3, 4));
    assert_eq!(figures.query, rate(1, 1));
    // Note 6 has no label, and note 5 none of the family.
    assert_eq!(figures.false_codes, rate(1, 2));
    assert_eq!(figures.ready_precision, rate(2, 3));
    assert_eq!(figures.ready_coverage, rate(2, 3));
    assert_eq!((figures.neighbors.both, figures.neighbors.extra, figures.neighbors.missed), (1, 1, 1));
    assert_eq!(figures.neighbors_exact, rate(0, 1));
    // Six codes with a confidence; right are 0.95, 0.55 and 0.95.
    let calibration = figures.calibration.clone().expect("calibration");
    let brier =
        (0.05_f64.powi(2) * 2.0 + 0.45_f64.powi(2) + 0.85_f64.powi(2) + 0.35_f64.powi(2) + 0.25_f64.powi(2)) / 6.0;
    let ece = (2.0 * 0.05 + 0.45 + 0.85 + 0.35 + 0.25) / 6.0;
    assert_eq!(calibration.proposals, 6);
    assert!((calibration.brier - brier).abs() < 1e-12);
    assert!((calibration.ece - ece).abs() < 1e-12);
    assert_eq!(figures.confusion["62321"]["62323"], 1);
    assert_eq!(figures.confusion["ask"]["ask"], 1);
    let failed: Vec<(&str, &str)> = figures.failures.iter().map(|it| (it.id.as_str(), it.what.as_str())).collect();
    assert_eq!(failed, [("3", "family"), ("5", "neighbors"), ("6", "family")]);
    assert_eq!(figures.failures[0].why, "the level is cervical");
    let page = markdown("By hand", &figures);
    assert!(page.contains("| family exact, firm labels | 66.7% | 2/3 | 9.4 to 99.2% |"), "{page}");
    assert_eq!(page, markdown("By hand", &figures));
}

#[test]
fn intervals_are_exact() {
    for (hits, of, low, high) in
        [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (1180, 1180, 0.9969, 1.0), (97, 100, 0.9148, 0.9938)]
    {
        let (a, b) = rate(hits, of).interval();
        assert!((a - low).abs() < 1e-4 && (b - high).abs() < 1e-4, "{hits}/{of}: {a} {b}");
    }
    assert_eq!(rate(0, 0).interval(), (0.0, 1.0));
    assert_eq!(rate(0, 0).share(), None);
}

#[test]
fn facts_and_injectates_are_read_from_the_procedure() {
    let label = r#"{"id": "1", "family": ["62323"], "injectate": ["methylprednisolone", "saline"], "axes": {"region":
        "lumbar_sacral", "imaging": "ct", "contrast": false, "level_entry": "L4-L5", "space": "unknown", "neurolytic": false}}"#;
    let labels = read_labels(&label.replace('\n', " "), "labels.jsonl").expect("labels");
    let figures = evaluate(&[read()], &labels, &family());
    let axes: Vec<(&str, Rate)> = figures.axes.iter().map(|it| (it.0.as_str(), *it.1)).collect();
    assert_eq!(
        axes,
        [("contrast", rate(1, 1)), ("imaging", rate(0, 1)), ("level_entry", rate(1, 1)), ("region", rate(1, 1))]
    );
    assert_eq!((figures.injectate.both, figures.injectate.extra, figures.injectate.missed), (1, 0, 1));
}

#[test]
fn a_faulty_label_is_named_by_line() {
    let error = read_labels("{\"id\": 1}\n{\"id\": 2, \"family\": 5}\n", "gold.jsonl").expect_err("line 2 is faulty");
    assert!(error.to_string().starts_with("gold.jsonl:2"), "{error}");
}
