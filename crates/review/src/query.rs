//! Questions to the provider: one draft for each open fact that decides a code. It quotes the note, offers
//! choices, and names neither a code nor money.

use opnote::report::outcome_name;
use opnote::{Analysis, Evidence, Finding, Lexicon, Note, Outcome, Severity, Span};
use serde::Serialize;

/// One question to the provider, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// The note's id.
    pub note: String,
    /// The open finding; see `opnote explain`.
    pub finding: String,
    /// `missing` or `conflicting`.
    pub outcome: String,
    /// The procedure, in our own words.
    pub procedure: String,
    /// The words of the note about it.
    pub quotes: Vec<Quote>,
    /// Where the fact was looked for: first and last lines, counted from one.
    pub searched: Vec<[usize; 2]>,
    /// The question.
    pub question: String,
    /// The answers to choose from; the last two are always `other` and `unable to determine`.
    pub choices: Vec<String>,
    /// Whether a second coder may resolve it without a query.
    pub second_look: bool,
}

/// Words of the note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// Line of the note, counted from one.
    pub line: usize,
    /// The words as they stand there, blanks made one.
    pub text: String,
}

/// The two answers that every question offers.
pub const OPEN_CHOICES: [&str; 2] = ["other", "unable to determine"];
/// Quotes of one draft at the most.
const QUOTES: usize = 4;
/// Bytes of the line shown on either side of the words that count.
const AROUND: usize = 60;

/// The questions that a note leaves open, in the order of its findings.
///
/// ```
/// use opnote::{Lexicon, Note, analyze};
/// use opnote_review::query;
///
/// let note = Note::new("1", "PROCEDURE: Epidural steroid injection.\nTECHNIQUE: A Tuohy needle was advanced with \
///     loss of resistance under fluoroscopy. 80 mg of methylprednisolone was injected epidurally.");
/// let lexicon = Lexicon::embedded();
/// let drafts = query::drafts(&note, &analyze(&note, lexicon), lexicon);
/// assert_eq!(drafts[0].choices.last().map(String::as_str), Some("unable to determine"));
/// ```
pub fn drafts(note: &Note, analysis: &Analysis, lexicon: &Lexicon) -> Vec<Draft> {
    let open = |it: &&Finding| it.severity == Severity::Code && it.outcome != Outcome::Met;
    analysis.findings.iter().filter(open).filter_map(|it| draft(note, analysis, it, lexicon)).collect()
}

fn draft(note: &Note, analysis: &Analysis, finding: &Finding, lexicon: &Lexicon) -> Option<Draft> {
    let (question, choices) = parts(finding.ask.as_ref()?);
    let procedure = finding.procedure.and_then(|it| analysis.encounter.procedures.get(it));
    let family = procedure.map_or("", |it| it.family.as_str());
    let act = procedure.map_or(&[][..], |it| it.assertion.provenance.evidence());
    let said = if finding.evidence.is_empty() { act } else { &finding.evidence };
    Some(Draft {
        note: note.id.clone(),
        finding: finding.rule.to_string(),
        outcome: outcome_name(finding.outcome).to_owned(),
        procedure: lexicon.family_label(family).unwrap_or(family).to_owned(),
        quotes: quotes(&note.text, said),
        searched: lines_of(&note.text, &finding.searched),
        question,
        choices,
        second_look: lexicon.is_second_look(family, &finding.rule),
    })
}

/// The question and its choices: `Which approach: a / b / other / unable to determine?` holds both. A question
/// without choices is answered in words.
pub fn parts(ask: &str) -> (String, Vec<String>) {
    let listed = ask.rsplit_once(": ").filter(|(_, list)| list.contains(" / "));
    let (question, mut choices) = match listed {
        Some((question, list)) => {
            let list = list.trim_end_matches(['?', '.']);
            (format!("{question}?"), list.split(" / ").map(|it| it.trim().to_owned()).collect())
        }
        None => (ask.to_owned(), vec!["in words: ____".to_owned()]),
    };
    choices.retain(|it: &String| !OPEN_CHOICES.contains(&it.as_str()));
    choices.extend(OPEN_CHOICES.map(str::to_owned));
    (question, choices)
}

/// The lines around the words, each line once. Words that name a code or money are not carried into a question.
fn quotes(text: &str, said: &[Evidence]) -> Vec<Quote> {
    let mut quotes: Vec<Quote> = Vec::new();
    for it in said {
        let (line, around) = around(text, it.span);
        let words = text.get(it.span.range()).unwrap_or_default();
        let quote = [around, words].into_iter().find(|it| is_neutral(it)).map(one_line);
        let known = |quote: &Quote| quote.line == line;
        if let Some(text) = quote.filter(|it| !it.is_empty())
            && quotes.len() < QUOTES
            && !quotes.iter().any(known)
        {
            quotes.push(Quote { line, text });
        }
    }
    quotes.sort_by_key(|it| it.line);
    quotes
}

/// Whether words name no code number and no money.
fn is_neutral(words: &str) -> bool {
    const TOLD: [&str; 9] = ["cpt", "icd", "hcpcs", "bill", "payment", "reimburse", "charge", "$", "modifier"];
    let lower = words.to_ascii_lowercase();
    let number = lower.split(|it: char| !it.is_ascii_digit()).any(|it| it.len() >= 5);
    !number && !TOLD.iter().any(|it| lower.contains(it))
}

/// The line number of a span and the part of its line around it, cut between words.
fn around(text: &str, span: Span) -> (usize, &str) {
    let before = text.get(..span.start()).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    let line_end = text[span.end()..].find('\n').map_or(text.len(), |it| span.end() + it);
    let mut start = span.start().saturating_sub(AROUND).max(line_start);
    let mut end = (span.end() + AROUND).min(line_end);
    while start > line_start && !cut_here(text, start) {
        start -= 1;
    }
    while end < line_end && !cut_here(text, end) {
        end += 1;
    }
    (line, &text[start..end])
}

/// Whether a blank stands at an offset.
fn cut_here(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).is_some_and(u8::is_ascii_whitespace)
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// First and last line of each span; neighbors become one.
fn lines_of(text: &str, spans: &[Span]) -> Vec<[usize; 2]> {
    let line = |at: usize| text.as_bytes()[..at.min(text.len())].iter().filter(|it| **it == b'\n').count() + 1;
    let mut lines: Vec<[usize; 2]> = Vec::new();
    for it in spans {
        let (first, last) = (line(it.start()), line(it.end().max(it.start() + 1) - 1));
        match lines.last_mut() {
            Some(before) if first <= before[1] + 1 => before[1] = before[1].max(last),
            _ => lines.push([first, last]),
        }
    }
    lines
}
