//! The labelled corpus: its figures are a committed snapshot, and the confidence model is what its notes give.
//!
//! `SNAPSHOTS=overwrite cargo test` rewrites `corpus/METRICS.md` and `lexicons/calibration.toml`.

use std::collections::BTreeMap;
use std::fs;

use opnote::lexicon::Files;
use opnote::report::{Report, report};
use opnote::{Lexicon, Note, analyze};
use opnote_audit::calibrate::{Plan, fit_all};
use opnote_audit::evaluate::{Evaluation, Label, evaluate, markdown, read_labels};

use crate::support::{corpus, root, skipped, snapshot};

fn labels() -> Vec<Label> {
    let path = root().join("corpus/gold.jsonl");
    read_labels(&fs::read_to_string(path).expect("gold.jsonl"), "corpus/gold.jsonl").expect("labels")
}

pub(crate) fn reports(notes: &[Note], change: impl Fn(&str) -> String) -> Vec<Report> {
    let lexicon = Lexicon::embedded();
    let read = |it: &Note| {
        let note = Note { text: change(&it.text), ..it.clone() };
        report(&note, &analyze(&note, lexicon), lexicon)
    };
    notes.iter().map(read).collect()
}

pub(crate) fn figures(notes: &[Note], labels: &[Label]) -> Evaluation {
    evaluate(&reports(notes, str::to_owned), labels, &Lexicon::embedded().family_codes("neuraxial_injection"))
}

#[test]
fn metrics_are_the_committed_ones() {
    snapshot(
        "corpus/METRICS.md",
        &markdown("The corpus: notes written for this project", &figures(&corpus(), &labels())),
    );
}

/// The notes that weights and confidence are fitted on, with their labels: the corpus and the three sets written blind.
fn fitted_on() -> (Vec<Note>, Vec<Label>) {
    let (mut notes, mut labels) = (corpus(), labels());
    for set in ["blind", "open", "later"] {
        let text = fs::read_to_string(root().join(format!("corpus/{set}/notes.jsonl"))).expect("notes");
        notes.extend(text.lines().map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
            Note::new(value["id"].as_str().expect("id"), value["text"].as_str().expect("text"))
        }));
        let gold = fs::read_to_string(root().join(format!("corpus/{set}/gold.jsonl"))).expect("gold");
        labels.extend(read_labels(&gold, set).expect("labels"));
    }
    (notes, labels)
}

/// Fitting again from scratch gives the committed weights and the committed model.
#[test]
fn weights_and_calibration_are_the_fitted_ones() {
    let (notes, labels) = fitted_on();
    let name = "the corpus and the notes written blind, each also misread and read without a tenth of the words";
    let plan = Plan { name: name.to_owned(), misread: vec![0.01, 0.02], dropout: 3 };
    let fitted = fit_all(&Files::embedded(), &notes, &labels, &plan).expect("a fit");
    snapshot("lexicons/weights.toml", &fitted.weights);
    snapshot("lexicons/calibration.toml", &fitted.calibration);
}

/// Eight notes for each code and thirty-two gates and queries at least; labels and notes pair off.
#[test]
fn the_corpus_covers_what_it_should() {
    let (notes, labels) = (corpus(), labels());
    let ids: Vec<&str> = notes.iter().map(|it| it.id.as_str()).collect();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for label in &labels {
        assert!(ids.contains(&label.id.as_str()), "{} has no note", label.id);
        label.family.iter().for_each(|it| *codes.entry(it).or_default() += 1);
    }
    assert_eq!(ids.len(), labels.len(), "every note has one label");
    for code in Lexicon::embedded().family_codes("neuraxial_injection").iter().filter(|it| it.as_str() > "62319") {
        assert!(codes[code.as_str()] >= 8, "{code}: {codes:?}");
    }
    assert!(labels.iter().filter(|it| it.family.is_empty()).count() >= 32);
}

/// A line of a page that tells a figure: the line with these words is exactly this one.
fn page_says(path: &str, words: &str, line: &str) {
    let text = fs::read_to_string(root().join(path)).expect("page");
    let kept = text.lines().find(|it| it.contains(words)).unwrap_or_else(|| panic!("{path}: no line with {words}"));
    snapshot(path, &text.replacen(kept, line, 1));
}

/// Pages tell the sizes and figures that the corpus and the confidence model have.
#[test]
fn pages_tell_the_figures_of_the_files() {
    let notes = corpus().len();
    let mini = fs::read_to_string(root().join("corpus/mini.jsonl")).expect("mini.jsonl").lines().count();
    let files = notes - mini;
    page_says(
        "corpus/README.md",
        "all invented for this project",
        &format!(
            "{notes} notes, all invented for this project, in our own words: {files} files in `notes/` and {mini} notes \
             of a line or two in `mini.jsonl`."
        ),
    );
    page_says(
        "README.md",
        "notes written for this project | see",
        &format!("| {notes} notes written for this project | see [corpus/METRICS.md](corpus/METRICS.md) | | |"),
    );
    let model = Lexicon::embedded().calibration().expect("a model");
    let page = "docs/confidence.md";
    for (name, words) in [
        ("notes", "the corpus as it is"),
        ("misread", "misread copies"),
        ("dropout", "notes read without a tenth of the words"),
    ] {
        let it = &model.out_of_fold[name];
        let share = it.log_loss_of_share;
        let line =
            format!("| {words} | {} | {} | {:.3} | {:.3} | {share:.3} |", it.proposals, it.right, it.ece, it.log_loss);
        page_says(page, &format!("| {words} |"), &line);
    }
    let profile = |name: &str| {
        let it = &model.profiles[name];
        format!("`{name}` {} ready, {} wrong, {:.3} shown", it.ready, it.wrong, it.shown)
    };
    page_says(page, "shown; `qa`", &format!("{}; {}.", profile("coder"), profile("qa")));
    page_says(page, "--name \"the corpus ", &format!("  --name \"{}\" \\", model.fitted_on));
}

/// The quotes that decide a label stand in its note.
#[test]
fn quotes_of_labels_stand_in_their_notes() {
    let notes: BTreeMap<String, String> = corpus().into_iter().map(|it| (it.id, it.text)).collect();
    for line in fs::read_to_string(root().join("corpus/gold.jsonl")).expect("gold.jsonl").lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let id = value["id"].as_str().expect("id");
        for quote in value["quotes"].as_array().into_iter().flatten().filter_map(|it| it.as_str()) {
            assert!(notes[id].contains(quote), "{id}: {quote}");
        }
    }
}

/// On the transcriptions kept outside the project: every code right, none where there is none, every ready right.
#[test]
fn shared_notes_if_they_are_there() {
    let folder = root().join("../shared/corpus");
    let sets = [
        ("mtsamples_dev.jsonl", "mtsamples_dev_gold.jsonl"),
        ("tricky_dev.jsonl", "tricky_dev.jsonl"),
        ("e3c_dev.jsonl", "e3c_dev.jsonl"),
    ];
    for (notes, gold) in sets {
        let (Ok(notes), Ok(gold)) = (fs::read_to_string(folder.join(notes)), fs::read_to_string(folder.join(gold)))
        else {
            skipped(&format!("{notes} is not there"));
            continue;
        };
        let notes: Vec<Note> = notes
            .lines()
            .map(|line| {
                let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
                Note::new(value["id"].to_string().trim_matches('"'), value["text"].as_str().expect("text"))
            })
            .collect();
        let found = figures(&notes, &read_labels(&gold, "gold").expect("labels"));
        assert_eq!(found.false_codes.hits, 0, "{:?}", found.failures);
        assert_eq!(found.ready_precision.hits, found.ready_precision.of, "{:?}", found.failures);
        assert_eq!(found.query.hits, found.query.of, "{:?}", found.failures);
        assert_eq!(found.family_firm.hits, found.family_firm.of, "{:?}", found.failures);
    }
}
