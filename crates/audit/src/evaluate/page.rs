//! The figures as one page of HTML that needs nothing else: charts, tables, every failure with the note's words.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use super::charts;
use super::{
    AuditSample, CalibrationFigures, Changed, Difference, Evaluation, Failure, LEVEL, Rate, TARGET, interval, needed,
    share,
};

/// The style sheet of every page.
pub(crate) const STYLE: &str = include_str!("page/style.css");

/// What stands on the page beside the figures.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What was evaluated, for the heading.
    pub title: &'a str,
    /// Version and fingerprint of what made the results.
    pub made_by: &'a str,
    /// Codes of the family in force, in the order of rows and columns.
    pub in_force: &'a [String],
    /// Text of the notes by id, for words in their surroundings.
    pub notes: &'a BTreeMap<String, String>,
    /// How many notes those read were drawn from at random, where known.
    pub frame: Option<u64>,
    /// The difference against an earlier run.
    pub difference: Option<&'a Difference>,
}

/// The page. The same figures give the same bytes.
pub fn page(evaluation: &Evaluation, source: &Source<'_>) -> String {
    let title = escaped(source.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    let notes = evaluation.notes;
    let made_by = escaped(source.made_by);
    put(&mut out, &format!("<p class=\"soft\">{notes} notes against their labels. {made_by}</p>\n"));
    let mut parts = vec![("figures", "Figures"), ("confusion", "Codes"), ("facts", "Facts")];
    parts.extend(evaluation.calibration.as_ref().map(|_| ("confidence", "Confidence")));
    if !evaluation.drift.is_empty() {
        parts.push(("drift", "Drift"));
    }
    parts.push(("audit", "How many to review"));
    parts.extend(source.difference.map(|_| ("difference", "Against the earlier run")));
    parts.push(("failures", "Failures"));
    let links: Vec<String> = parts.iter().map(|it| format!("<a href=\"#{}\">{}</a>", it.0, it.1)).collect();
    put(&mut out, &format!("<nav aria-label=\"Parts of this page\">{}</nav>\n", links.join("\n")));
    heads(evaluation, &mut out);
    confusion(evaluation, source.in_force, &mut out);
    facts(evaluation, &mut out);
    if let Some(it) = &evaluation.calibration {
        confidence(evaluation, it, &mut out);
    }
    if !evaluation.drift.is_empty() {
        drift(evaluation, &mut out);
    }
    audit(evaluation, source.frame, &mut out);
    if let Some(it) = source.difference {
        difference(it, &mut out);
    }
    failures(evaluation, source.notes, &mut out);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

pub(crate) fn heading(id: &str, text: &str) -> String {
    format!("<h2 id=\"{id}\">{text}</h2>\n")
}

/// The figures that a lead looks for first, then all of them.
fn heads(evaluation: &Evaluation, out: &mut String) {
    out.push_str(&heading("figures", "Figures"));
    out.push_str("<div class=\"heads\">\n");
    let heads = [
        ("Right code or question", evaluation.family_all, "notes with a code of the family"),
        ("False codes", evaluation.false_codes, "notes that allow no code"),
        ("Ready and right", evaluation.ready_precision, "proposals marked ready"),
        ("Share marked ready", evaluation.ready_coverage, "notes with a certain code"),
        ("Queries sent when required", evaluation.query, "notes that need a query"),
        ("Queries sent that were required", evaluation.query_precision, "notes with a query"),
    ];
    for (name, rate, of) in heads {
        let interval = if rate.of == 0 { "nothing to count".to_owned() } else { format!("95%: {}", interval(rate)) };
        put(
            out,
            &format!(
                "<div class=\"head\">{name}<b>{}</b><small>{} of {} {of}</small><small>{interval}</small></div>\n",
                share(rate),
                rate.hits,
                rate.of,
            ),
        );
    }
    out.push_str("</div>\n<details><summary>All figures as a table</summary>\n<div class=\"wide\"><table>\n");
    out.push_str(&head_row(&["figure", "share", "of", "95% interval (exact)"]));
    for (name, rate) in evaluation.rates().iter().filter(|it| it.1.of > 0) {
        out.push_str(&row(&[escaped(name), share(*rate), format!("{}/{}", rate.hits, rate.of), interval(*rate)]));
    }
    out.push_str("</tbody></table></div></details>\n");
}

/// Expected answers down, given answers across.
fn confusion(evaluation: &Evaluation, in_force: &[String], out: &mut String) {
    out.push_str(&heading("confusion", "Codes: expected and given"));
    out.push_str(
        "<p>Rows are labels, columns are answers, in notes. Framed: as labelled, or an answer that the label accepts. \
         Underlined: another answer.</p>\n<div class=\"wide\"><table class=\"matrix\" id=\"matrix\">\n\
         <caption>Codes in force come first, in their order; then older and several codes, asking, and no code.</caption>\n",
    );
    let order = evaluation.matrix_order(in_force);
    let largest = evaluation
        .confusion
        .iter()
        .flat_map(|(expected, row)| row.iter().filter(move |it| expected != "none" || it.0 != "none").map(|it| *it.1));
    let largest = largest.max().unwrap_or(1) as f64;
    let columns: Vec<&str> = std::iter::once("expected").chain(order.iter().map(String::as_str)).collect();
    out.push_str(&head_row(&columns));
    for expected in &order {
        put(out, &format!("<tr><th scope=\"row\">{}</th>", escaped(expected)));
        for given in &order {
            let count = evaluation.cell(expected, given);
            let strength = 0.12 + 0.5 * (count as f64 / largest).min(1.0);
            let cell = match (count, expected == given) {
                (0, true) => "<td class=\"same zero\">0</td>".to_owned(),
                (0, false) => "<td class=\"zero\">·</td>".to_owned(),
                (_, true) => {
                    format!("<td class=\"same\" style=\"background:rgba(var(--heat),{strength:.2})\">{count}</td>")
                }
                (_, false) => {
                    format!("<td class=\"other\" style=\"background:rgba(var(--miss),.25)\">{count}</td>")
                }
            };
            out.push_str(&cell);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

fn facts(evaluation: &Evaluation, out: &mut String) {
    out.push_str(&heading("facts", "Facts"));
    let rates: Vec<(String, Rate)> = evaluation.axes.iter().map(|it| (it.0.replace('_', " "), *it.1)).collect();
    if rates.is_empty() {
        out.push_str("<p>No label names a fact.</p>\n");
        return;
    }
    let said: Vec<String> = rates.iter().map(|it| format!("{} {} of {}", it.0, it.1.hits, it.1.of)).collect();
    let caption =
        format!("Share of labelled facts that were read right, with exact 95% intervals: {}.", said.join(", "));
    let lists: Vec<String> = [("injectate", evaluation.injectate), ("codes of other families", evaluation.neighbors)]
        .iter()
        .map(|(name, it)| {
            row(&[
                (*name).to_owned(),
                format!("{:.3}", it.precision()),
                format!("{:.3}", it.recall()),
                format!("{:.3}", it.f1()),
            ])
        })
        .collect();
    put(
        out,
        &format!(
            "<div class=\"pair\">{}<div><div class=\"wide\"><table>{}{}</tbody></table></div></div></div>\n",
            figure("Facts", &charts::shares("facts", &rates), &caption),
            head_row(&["list", "precision", "recall", "F1"]),
            lists.concat(),
        ),
    );
}

fn confidence(evaluation: &Evaluation, it: &CalibrationFigures, out: &mut String) {
    out.push_str(&heading("confidence", "Confidence"));
    put(
        out,
        &format!(
            "<p>Over {} proposals with a code and a confidence: expected calibration error {:.3}, Brier score {:.3}, \
             log loss {:.3}.</p>\n<div class=\"pair\">\n",
            it.proposals, it.ece, it.brier, it.log_loss
        ),
    );
    let caption = "Share right by confidence, with exact 95% intervals and the number of proposals beside each dot. \
                   On the dashed line a confidence means what it says; below it, it promises too much.";
    out.push_str(&figure("Reliability", &charts::reliability(it), caption));
    let ready = evaluation.ready_precision;
    let wrong = ready.share().map_or(0.0, |it| 1.0 - it);
    let point = (ready.of > 0).then(|| ((ready.of as f64 / it.proposals as f64).min(1.0), wrong));
    let all = it.risk.last().map_or_else(String::new, |it| share(it.wrong));
    let caption = format!(
        "Share wrong if only the surest proposals are kept. All kept: {all} wrong. Ready: {} of {} proposals, {} wrong.",
        ready.of,
        it.proposals,
        ready.of - ready.hits,
    );
    out.push_str(&figure("Risk and coverage", &charts::risk(it, point), &caption));
    out.push_str("</div>\n<details><summary>Both as tables</summary>\n<div class=\"wide\"><table>\n");
    out.push_str(&head_row(&["confidence from", "proposals", "mean confidence", "right", "95% interval"]));
    for bin in &it.bins {
        out.push_str(&row(&[
            format!("{:.1}", bin.from),
            bin.proposals.to_string(),
            format!("{:.3}", bin.confidence),
            format!("{:.3}", bin.right),
            interval(bin.rate()),
        ]));
    }
    out.push_str("</tbody></table></div>\n<div class=\"wide\"><table>\n");
    out.push_str(&head_row(&["kept from", "kept", "wrong among them", "share wrong"]));
    // A table for people: the points at which the number wrong changes, and the last.
    let changes = |index: usize| it.risk.get(index + 1).is_none_or(|next| next.wrong.hits > it.risk[index].wrong.hits);
    for (_, point) in it.risk.iter().enumerate().filter(|it| changes(it.0)) {
        let kept = format!("{:.1}%", point.coverage * 100.0);
        out.push_str(&row(&[format!("{:.3}", point.from), kept, point.wrong.hits.to_string(), share(point.wrong)]));
    }
    out.push_str("</tbody></table></div></details>\n");
}

/// How far each feature is from the notes of the fit.
fn drift(evaluation: &Evaluation, out: &mut String) {
    out.push_str(&heading("drift", "Drift: these notes and those of the fit"));
    out.push_str(
        "<p>The population stability index shows how far the values of a feature have moved from those that the \
         confidence was fitted on; 0.1 above chance is a change, 0.25 a large one.</p>\n<div class=\"wide\"><table>\n",
    );
    out.push_str(&head_row(&["feature", "stability index", "by chance", "mean of the fit", "mean here"]));
    for it in &evaluation.drift {
        let figures = [it.stability, it.by_chance, it.fitted, it.here].map(|it| format!("{it:.3}"));
        out.push_str(&row(&[vec![escaped(&it.feature)], figures.to_vec()].concat()));
    }
    out.push_str("</tbody></table></div>\n");
    for it in evaluation.drift.iter().take(3) {
        put(out, &format!("<p>{}</p>\n", escaped(&it.sentence)));
    }
}

/// How many errors so many reviewed notes may hold, and what this run shows.
fn audit(evaluation: &Evaluation, frame: Option<u64>, out: &mut String) {
    const ERRORS: u64 = 10;
    out.push_str(&heading("audit", "How many notes to review"));
    let run = evaluation.ready_precision;
    let (errors, level, target) = ((run.of - run.hits) as u64, LEVEL * 100.0, TARGET * 100.0);
    let rows = needed(ERRORS, frame);
    put(out, &format!("<p>{}</p>\n", escaped(&audit_sentence(run, frame))));
    let caption = format!(
        "Reviewed notes that show {target:.0}% right, {level:.0}% sure and to one side, by the number of errors among \
         them; the triangle is this run's ready proposals."
    );
    put(out, &format!("<div class=\"pair\">{}", figure("Notes needed", &charts::needed(&rows, run), &caption)));
    out.push_str("<div><div class=\"wide\"><table>\n");
    out.push_str(&head_row(&["errors found", "notes to review"]));
    for it in &rows {
        let notes = it.notes.map_or_else(|| "more than there are".to_owned(), |it| it.to_string());
        out.push_str(&row(&[it.errors.to_string(), notes]));
    }
    out.push_str("</tbody></table></div>\n<p class=\"soft\">");
    match frame {
        Some(frame) => {
            let sample = AuditSample { frame, drawn: (run.of as u64).min(frame), errors };
            let (low, high) = sample.limits(0.95);
            put(
                out,
                &format!(
                    "Exact, by the hypergeometric distribution: drawn at random from {frame}. Wrong among all {frame}: \
                     {low} to {high} (two-sided 95%)."
                ),
            );
        }
        None => out.push_str(
            "Exact, by the binomial distribution (Clopper-Pearson): right for any random sample from a long list; a \
             short list needs fewer, which --frame N counts. A sample that was picked shows nothing about the rest.",
        ),
    }
    out.push_str("</p></div></div>\n");
}

/// What the ready proposals of a run show, in a sentence.
pub fn audit_sentence(run: Rate, frame: Option<u64>) -> String {
    let errors = (run.of - run.hits) as u64;
    if run.of == 0 {
        return "No proposal was ready, so nothing is shown about ready ones.".to_owned();
    }
    let notes = needed(errors, frame).last().and_then(|it| it.notes);
    let lower = run.at_least(LEVEL) * 100.0;
    let enough = match notes {
        Some(notes) if notes <= run.of as u64 => format!("which is enough: {notes} would do"),
        Some(notes) => format!("which is not enough to show 95%: {notes} are needed with as few errors"),
        None => "which cannot show 95%".to_owned(),
    };
    format!(
        "Of {} ready proposals {errors} {} wrong, {enough}. As a random sample they show that at least {lower:.1}% of \
         ready proposals are right (95% sure, one-sided).",
        run.of,
        if errors == 1 { "was" } else { "were" },
    )
}

fn difference(it: &Difference, out: &mut String) {
    out.push_str(&heading("difference", "Against the earlier run"));
    put(out, &format!("<p>{}</p>\n", escaped(&it.sentence())));
    for (name, list) in [("Gained", &it.gained), ("Lost", &it.lost), ("Changed", &it.changed)] {
        if list.is_empty() {
            continue;
        }
        let open = if name == "Changed" { "" } else { " open" };
        put(out, &format!("<details{open}><summary>{name}: {}</summary>\n<div class=\"wide\"><table>\n", list.len()));
        out.push_str(&head_row(&["note", "expected", "before", "now"]));
        for Changed { id, expected, before, after } in list {
            out.push_str(&row(&[escaped(id), escaped(expected), escaped(before), escaped(after)]));
        }
        out.push_str("</tbody></table></div></details>\n");
    }
}

fn failures(evaluation: &Evaluation, notes: &BTreeMap<String, String>, out: &mut String) {
    out.push_str(&heading("failures", &format!("Failures: {}", evaluation.failures.len())));
    if evaluation.failures.is_empty() {
        out.push_str("<p>Everything is as labelled.</p>\n");
        return;
    }
    out.push_str(
        "<p>Words with a solid line are those that the answer rests on, with a dashed line those that the label \
         rests on.</p>\n",
    );
    for (name, kind) in SEMANTIC_TYPES {
        let of_kind: Vec<&Failure> = evaluation.failures.iter().filter(|it| it.what.starts_with(kind)).collect();
        if of_kind.is_empty() {
            continue;
        }
        // What decides the code is open from the start.
        let open = if kind == "family" { " open" } else { "" };
        put(out, &format!("<details{open}><summary>{name}: {}</summary>\n", of_kind.len()));
        for it in of_kind {
            failure(it, notes.get(&it.id).map_or("", String::as_str), out);
        }
        out.push_str("</details>\n");
    }
}

/// Kinds of failures by how `what` begins, in the order of their weight.
const SEMANTIC_TYPES: [(&str, &str); 4] = [
    ("Codes and questions", "family"),
    ("Facts", "axis"),
    ("What was injected", "injectate"),
    ("Codes of other families", "neighbors"),
];

fn failure(it: &Failure, note: &str, out: &mut String) {
    put(
        out,
        &format!(
            "<article class=\"failure\"><h3>{} <span class=\"soft\">{}</span></h3>\n<dl><dt>expected</dt><dd>{}</dd>\
             <dt>given</dt><dd class=\"bad\">{}</dd>",
            escaped(&it.id),
            escaped(&it.what.replace('_', " ")),
            escaped(&it.expected),
            escaped(&it.got),
        ),
    );
    if !it.why.is_empty() {
        put(out, &format!("<dt>label ({})</dt><dd>{}</dd>", escaped(&it.certainty), escaped(&it.why)));
    }
    out.push_str("</dl>\n");
    for window in windows(it, note) {
        window.put(note, out);
    }
    out.push_str("</article>\n");
}

/// Marked words of a note with some text around them.
struct Window<'a> {
    range: Range<usize>,
    /// In the order of the text, without overlap: the words, what they were read as, whether the label rests on them.
    marks: Vec<(Range<usize>, &'a str, bool)>,
}

/// The marked words of a failure, those close together in one window.
fn windows<'a>(it: &'a Failure, note: &str) -> Vec<Window<'a>> {
    const AROUND: usize = 110;
    const MOST: usize = 6;
    let of_result = it.evidence.iter().map(|it| (it.words.start..it.words.end, it.about.as_str(), false));
    let of_label = it.quotes.iter().filter_map(|quote| {
        let start = note.find(quote.as_str())?;
        Some((start..start + quote.len(), "the label", true))
    });
    let mut marks: Vec<(Range<usize>, &str, bool)> = of_result.chain(of_label).collect();
    marks.retain(|it| note.get(it.0.clone()).is_some_and(|words| !words.is_empty()));
    marks.sort_by_key(|it| (it.0.start, it.0.end, it.2));
    let mut windows: Vec<Window<'a>> = Vec::new();
    for mark in marks {
        match windows.last_mut() {
            Some(last) if mark.0.start < last.range.end => {
                last.range.end = last.range.end.max(edge(note, mark.0.end + AROUND));
                last.marks.push(mark);
            }
            _ => windows.push(Window {
                range: edge(note, mark.0.start.saturating_sub(AROUND))..edge(note, mark.0.end + AROUND),
                marks: vec![mark],
            }),
        }
    }
    windows.truncate(MOST);
    windows
}

/// The next boundary of a character at or after `at`, inside the note.
fn edge(note: &str, at: usize) -> usize {
    (at..note.len()).find(|it| note.is_char_boundary(*it)).unwrap_or(note.len())
}

impl Window<'_> {
    fn put(&self, note: &str, out: &mut String) {
        let line = note[..self.range.start].matches('\n').count() + 1;
        let mut about: Vec<&str> = Vec::new();
        for it in &self.marks {
            if !about.contains(&it.1) {
                about.push(it.1);
            }
        }
        put(out, &format!("<blockquote><small>from line {line}: {}</small>", escaped(&about.join("; "))));
        out.push_str(if self.range.start > 0 { "…" } else { "" });
        let mut at = self.range.start;
        for (words, about, of_label) in &self.marks {
            // Words that another mark holds already stay in it.
            if words.start < at {
                continue;
            }
            let class = if *of_label { " class=\"label\"" } else { "" };
            out.push_str(&escaped(&note[at..words.start]));
            put(out, &format!("<mark{class} title=\"{}\">{}</mark>", escaped(about), escaped(&note[words.clone()])));
            at = words.end;
        }
        out.push_str(&escaped(&note[at..self.range.end.max(at)]));
        out.push_str(if self.range.end < note.len() { "…" } else { "" });
        out.push_str("</blockquote>\n");
    }
}

/// A chart with its name, and in words what it shows.
pub(crate) fn figure(name: &str, chart: &str, caption: &str) -> String {
    let caption = escaped(caption);
    format!(
        "<figure role=\"group\" aria-label=\"{name}: {caption}\"><h3>{name}</h3>\n{chart}\
         <figcaption>{caption}</figcaption></figure>\n"
    )
}

pub(crate) fn head_row(names: &[&str]) -> String {
    let cells: Vec<String> = names.iter().map(|it| format!("<th scope=\"col\">{}</th>", escaped(it))).collect();
    format!("<thead><tr>{}</tr></thead><tbody>\n", cells.concat())
}

/// A row of cells that are HTML already.
pub(crate) fn row(cells: &[String]) -> String {
    format!("<tr><td>{}</td></tr>\n", cells.join("</td><td>"))
}

/// Text as HTML; what a page cannot hold becomes a dot.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            '\r' => {}
            it if it.is_control() => out.push('·'),
            it => out.push(it),
        }
    }
    out
}

pub(crate) fn put(out: &mut String, text: &str) {
    // Writing to memory does not fail.
    let _ = out.write_str(text);
}
