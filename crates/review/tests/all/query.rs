//! Questions to the provider: neutral, with choices, quoting the note, one for each open fact that decides a code.

use opnote::{Analysis, Lexicon, Note, Outcome, Severity, analyze};
use opnote_review::query::{Draft, OPEN_CHOICES, drafts, parts};

use crate::support::corpus;

/// Words of payment and of coding, and words that push to an answer.
const FORBIDDEN: [&str; 22] = [
    "cpt",
    "icd-",
    "hcpcs",
    "bill",
    "reimburs",
    "payment",
    "payer",
    "paid",
    "revenue",
    "coverage",
    "denial",
    "claim",
    "$",
    "modifier",
    "don't you agree",
    "would you agree",
    "please confirm",
    "should have",
    "in order to support",
    "to justify",
    "is it not",
    "the correct code",
];

/// What keeps a text from being a neutral question; none where it is one.
fn fault(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if let Some(word) = FORBIDDEN.iter().find(|it| lower.contains(**it)) {
        return Some((*word).to_owned());
    }
    let number = lower.split(|it: char| !it.is_ascii_digit()).find(|it| it.len() >= 5);
    number.map(|it| format!("the number {it}"))
}

fn open(analysis: &Analysis) -> usize {
    let open = |it: &&opnote::Finding| it.severity == Severity::Code && it.outcome != Outcome::Met && it.ask.is_some();
    analysis.findings.iter().filter(open).count()
}

fn of(text: &str) -> Vec<Draft> {
    let (note, lexicon) = (Note::new("n", text), Lexicon::embedded());
    drafts(&note, &analyze(&note, lexicon), lexicon)
}

#[test]
fn the_checker_sees_what_it_is_for() {
    assert!(fault("Please document the level so that 62323 can be reported.").is_some());
    assert!(fault("Payment needs a level.").is_some());
    assert!(fault("Please confirm that fluoroscopy was used.").is_some());
    assert!(fault("Which approach was used?").is_none());
}

#[test]
fn every_question_of_the_data_is_neutral() {
    let mut count = 0;
    for (id, ask) in Lexicon::embedded().asks() {
        count += 1;
        assert_eq!(fault(ask), None, "{id}: {ask}");
        assert!(ask.starts_with("Please ") || ask.contains('?') || ask.contains(". Please "), "{id}: {ask}");
        let (question, choices) = parts(ask);
        assert!(choices.len() >= 3 && choices.ends_with(&OPEN_CHOICES.map(str::to_owned)), "{id}: {choices:?}");
        assert!(!question.contains(" / "), "{id}: choices stand at the end: {ask}");
        // One choice beside the open ones would be a leading question.
        let offered = ask.contains(" / ").then_some(choices.len());
        assert!(offered.is_none_or(|it| it >= 4), "{id}: {choices:?}");
    }
    assert!(count >= 10, "{count} questions");
}

#[test]
fn every_open_finding_of_the_corpus_has_one_neutral_draft() {
    let lexicon = Lexicon::embedded();
    let mut count = 0;
    for note in corpus() {
        let analysis = analyze(&note, lexicon);
        let drafts = drafts(&note, &analysis, lexicon);
        assert_eq!(drafts.len(), open(&analysis), "{}", note.id);
        for it in drafts {
            count += 1;
            assert_eq!(fault(&it.question), None, "{}", note.id);
            assert!(it.choices.iter().all(|it| fault(it).is_none()), "{}: {:?}", note.id, it.choices);
            assert!(!it.quotes.is_empty(), "{} {}: nothing quoted", note.id, it.finding);
            for quote in &it.quotes {
                assert_eq!(fault(&quote.text), None, "{}", note.id);
                let line = note.text.lines().nth(quote.line - 1).expect("a line");
                let line: Vec<&str> = line.split_whitespace().collect();
                assert!(line.join(" ").contains(&quote.text), "{} line {}: {}", note.id, quote.line, quote.text);
            }
        }
    }
    assert!(count >= 40, "{count} drafts");
}

#[test]
fn a_code_or_a_sum_in_the_note_does_not_reach_the_question() {
    let note = "PROCEDURE: Epidural steroid injection, CPT 62323, $412.\nTECHNIQUE: Under fluoroscopy a Tuohy needle \
                was advanced with loss of resistance. 80 mg of methylprednisolone was injected epidurally.";
    let drafts = of(note);
    assert!(!drafts.is_empty());
    let words = drafts.iter().flat_map(|it| &it.quotes).map(|it| it.text.as_str());
    for it in words {
        assert_eq!(fault(it), None);
    }
}

#[test]
fn a_settled_note_asks_nothing() {
    let note = "PROCEDURE: L4-5 interlaminar epidural steroid injection.\nTECHNIQUE: Under fluoroscopy a Tuohy needle \
                was advanced to the L4-5 interspace with loss of resistance to air. 80 mg of methylprednisolone in 3 \
                mL of saline was injected.";
    assert_eq!(of(note), []);
}

#[test]
fn choices_stand_behind_the_colon() {
    let (question, choices) = parts("Which approach was used: interlaminar / caudal / other / unable to determine?");
    assert_eq!(question, "Which approach was used?");
    assert_eq!(choices, ["interlaminar", "caudal", "other", "unable to determine"]);
    let (question, choices) = parts("Please document the drug.");
    assert_eq!((question.as_str(), choices.len()), ("Please document the drug.", 3));
}
