//! The figures of `evaluate` against a case counted by hand, and against the shared notes where they are present.

use std::collections::{BTreeMap, BTreeSet};

use opnote::report::{ProposalReport, Report, report};
use opnote::{Lexicon, Note, analyze};
use opnote_audit::evaluate::{
    AuditSample, Difference, Earlier, Evaluation, Rate, Source, audit_sentence, evaluate, markdown, mcnemar, needed,
    page, read_labels,
};

use crate::browser::shows;

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

/// Six results against [`LABELS`].
fn by_hand() -> Evaluation {
    let reports = [
        result("1", &[("62323", "ready", 0.95)]),
        result("2", &[("62322", "review", 0.55)]),
        result("3", &[("62323", "ready", 0.85)]),
        result("4", &[("", "query", 0.1)]),
        result("5", &[("20610", "ready", 0.95), ("20552", "review", 0.35)]),
        result("6", &[("62322", "query", 0.25)]),
    ];
    evaluate(&reports, &read_labels(LABELS, "labels.jsonl").expect("labels"), &family())
}

#[test]
fn figures_are_those_counted_by_hand() {
    let figures = by_hand();
    assert_eq!((figures.notes, figures.labels_without_note), (6, 1));
    // Notes 1, 3 and 4 have firm labels, 3 is wrong.
    assert_eq!(figures.family_firm, rate(2, 3));
    assert_eq!(figures.family_all, rate(3, 4));
    assert_eq!(figures.query, rate(1, 1));
    // Notes 4 and 6 ask, and only note 4 should.
    assert_eq!((figures.query_precision, figures.query_rate), (rate(1, 2), rate(2, 6)));
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
    let chances = [0.95_f64, 0.55, 0.95, 1.0 - 0.85, 1.0 - 0.35, 1.0 - 0.25];
    let log_loss = -chances.iter().map(|it| it.ln()).sum::<f64>() / 6.0;
    assert!((calibration.log_loss - log_loss).abs() < 1e-12);
    // Kept from the surest on: two right, then a wrong one, a right one, two wrong ones.
    let risk: Vec<(f64, Rate)> = calibration.risk.iter().map(|it| (it.from, it.wrong)).collect();
    let expected = [(0.95, rate(0, 2)), (0.85, rate(1, 3)), (0.55, rate(1, 4)), (0.35, rate(2, 5)), (0.25, rate(3, 6))];
    assert_eq!(risk, expected);
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

/// The limits of the samples that the domain's description computes as test vectors.
#[test]
fn limits_of_finite_samples_are_exact() {
    let vectors = [
        (2000, 100, 7, [(80, 227), (69, 252), (59, 274)]),
        (500, 30, 2, [(10, 82), (7, 95), (5, 108)]),
        (2000, 100, 0, [(0, 44), (0, 57), (0, 70)]),
        (1200, 60, 9, [(113, 269), (99, 293), (88, 315)]),
    ];
    for (frame, drawn, errors, limits) in vectors {
        let sample = AuditSample { frame, drawn, errors };
        assert_eq!([0.80, 0.90, 0.95].map(|level| sample.limits(level)), limits, "{sample:?}");
    }
    // A whole list that was read leaves nothing open; senseless numbers do no harm.
    assert_eq!(AuditSample { frame: 40, drawn: 40, errors: 3 }.limits(0.95), (3, 3));
    let _ = AuditSample { frame: 3, drawn: 5, errors: 9 }.limits(0.95);
}

#[test]
fn reviews_needed_are_the_smallest_that_show_it() {
    let endless: Vec<Option<u64>> = needed(3, None).iter().map(|it| it.notes).collect();
    // 0.95^59 < 0.05 < 0.95^58, and the known sizes for one, two and three errors.
    assert_eq!(endless, [Some(59), Some(93), Some(124), Some(153)]);
    for it in needed(10, None) {
        let notes = usize::try_from(it.notes.expect("a size")).expect("small");
        let errors = usize::try_from(it.errors).expect("small");
        assert!(rate(notes - errors, notes).at_least(0.95) >= 0.95);
        assert!(rate(notes - 1 - errors, notes - 1).at_least(0.95) < 0.95);
    }
    // A short list needs fewer, and six wrong ones of a hundred can never be five in a hundred.
    let short = needed(6, Some(100));
    assert!(short[0].notes < Some(59) && short[5].notes == Some(100), "{short:?}");
    assert_eq!(short[6].notes, None);
    assert!(audit_sentence(rate(58, 58), None).contains("59 are needed"));
    assert!(audit_sentence(rate(59, 59), None).contains("which is enough"));
}

#[test]
fn a_difference_names_what_was_gained_and_lost() {
    let now = by_hand();
    let mut before: Earlier =
        serde_json::from_str(&serde_json::to_string(&now).expect("JSON")).expect("the figures hold the answers");
    assert_eq!(Difference::of(&now.answers, &before.answers).gained, []);
    before.answers.retain(|it| it.id != "6");
    for it in &mut before.answers {
        match it.id.as_str() {
            "1" => (it.right, it.given) = (false, "none".to_owned()),
            "3" => it.right = true,
            "2" => it.dispositions = vec!["query".to_owned()],
            _ => {}
        }
    }
    let difference = Difference::of(&now.answers, &before.answers);
    let ids = |list: &[opnote_audit::evaluate::Changed]| list.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&difference.gained), ["1"]);
    assert_eq!(ids(&difference.lost), ["3"]);
    assert_eq!(ids(&difference.changed), ["2"]);
    assert_eq!((difference.shared, difference.added, difference.removed), (5, 1, 0));
    // Eight heads of ten, both sides: 2 * (1 + 10 + 45) / 1024.
    assert!((mcnemar(8, 2) - 0.109_375).abs() < 1e-12);
}

/// Everything that a page can hold: a run over the note, labelled wrongly, with words that HTML must not read.
fn full_page() -> String {
    let mut figures = by_hand();
    let label = r#"{"id": "1", "family": ["62321"], "axes": {"imaging": "ct", "region": "lumbar_sacral"},
        "injectate": ["saline"], "quotes": ["loss of resistance"], "why": "<b>made</b> & wrong"}"#;
    let labels = read_labels(&label.replace('\n', " "), "labels.jsonl").expect("labels");
    let run = evaluate(&[read()], &labels, &family());
    (figures.axes, figures.injectate) = (run.axes, run.injectate);
    figures.failures.extend(run.failures);
    let in_force: Vec<String> = Lexicon::embedded().codes_in_force("neuraxial_injection").into_iter().collect();
    assert_eq!(in_force.len(), 8);
    let notes = BTreeMap::from([("1".to_owned(), TEXT.to_owned())]);
    let difference = Difference::of(&figures.answers, &[]);
    let source = Source {
        title: "By hand <script>",
        made_by: "a test",
        in_force: &in_force,
        notes: &notes,
        frame: Some(400),
        difference: Some(&difference),
    };
    page(&figures, &source)
}

#[test]
fn the_page_stands_alone_and_shows_words_in_context() {
    let html = full_page();
    for it in ["<script", "<b>made", "src=", "url(", "@import", "href=\"http"] {
        assert!(!html.contains(it), "{it}");
    }
    assert!(html.contains("&lt;b&gt;made&lt;/b&gt; &amp; wrong"));
    assert!(html.contains("<mark title=\"imaging: fluoroscopy\">fluoroscopy</mark>"), "{html}");
    assert!(html.contains("<mark class=\"label\" title=\"the label\">loss of resistance</mark>"));
    assert_eq!(html, full_page());
}

/// Written into a copy of the page, which a frame of the width holds (a window has a least width): opens everything,
/// measures, and leaves the measures with the outer page, where `--dump-dom` shows them.
const MEASURE: &str = r#"<script>
for (const it of document.querySelectorAll("details")) it.open = true;
const root = document.documentElement;
const charts = [...document.querySelectorAll("svg.chart")].map(it => {
  const box = it.getBoundingClientRect();
  const inside = box.left >= 0 && box.right <= root.clientWidth && box.width > 200 && box.height > 50;
  const labels = [...it.querySelectorAll("text")].every(text => {
    const at = text.getBoundingClientRect();
    return at.left >= box.left - 1 && at.right <= box.right + 1 && at.bottom <= box.bottom + 1;
  });
  return it.id + (inside && labels && it.closest("figure").getAttribute("aria-label") ? "" : " is cut");
});
parent.document.documentElement.dataset.measure = [window.innerWidth, root.scrollWidth - root.clientWidth, charts.join(",")].join("|");
</script>"#;

/// The page in a real browser: every chart is there and whole, and nothing is wider than the window.
#[test]
fn a_browser_shows_every_chart_and_nothing_overflows() {
    let charts = "chart-facts,chart-reliability,chart-risk,chart-needed";
    shows(&full_page(), MEASURE, |width| format!("{width}|0|{charts}"));
}
