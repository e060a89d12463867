//! `opnote evaluate`: accuracy, calibration and confusion on labelled notes, as tables, JSON or one page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use comfy_table::{Cell, CellAlignment, Table, presets};
use jiff::civil::Date;
use opnote::Lexicon;
use opnote::report::{Report, report};
use opnote_audit::calibrate::drift;
use opnote_audit::evaluate::{
    Difference, Earlier, Evaluation, Label, Labeling, PartFigures, Rate, ReviewedLabels, Source, audit_sentence,
    evaluate, interval, page, parts, read_labels, share, shared_labels, unknown_fields,
};
use opnote_audit::worksheet::worksheet_labels;

use super::audit::table;
use crate::analysis::{add_source, analyze_incoming};
use crate::args::{self, Evaluate, Notes};
use crate::batch::Batch;
use crate::failure::{Failure, UNREAD};
use crate::inputs::{inputs, io_fault};
use crate::messages;
use crate::output::Output;
use crate::remarks::{Remarks, each};
use crate::render::audit::{agreement, coefficient};
use crate::render::excerpt::shown;
use crate::render::text::{put, wrapped};

/// The family whose codes are scored.
const FAMILY: &str = "neuraxial_injection";

/// Unknown codes, and notes, that a warning names.
const NAMED: usize = 8;

/// How the bytes of a workbook begin.
const WORKBOOK: &[u8] = b"PK";

/// Features that the terminal shows of the drift; JSON and the page hold all.
const FARTHEST: usize = 3;

/// Reads labels and notes, and gives the figures.
pub(crate) fn run(args: Evaluate) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon_for(args.notes.lexicon.as_deref(), args.profile)?;
    let family = lexicon.family_codes(FAMILY);
    let labelings = labelings(&args.gold, &family, lexicon, &args.by)?;
    let (labels, reviewed) = shared_labels(&labelings);
    let earlier = args.against.as_deref().map(read_earlier).transpose()?;
    let mut read = reports(args.notes, lexicon, str::to_owned)?;
    let left_out = leave_out(&mut read.reports, &labels, &labelings, reviewed.as_ref(), args.only_labelled);
    let mut evaluation = evaluate(&read.reports, &labels, &family);
    evaluation.without_label.extend(left_out.iter().cloned());
    evaluation.parts = parts(&read.reports, &labels, &family, &args.by).map_err(Failure::usage)?;
    evaluation.reviewers = reviewed;
    evaluation.drift = lexicon.calibration().map(|it| drift(&read.reports, it)).unwrap_or_default();
    let difference = earlier.map(|it| Difference::of(&evaluation.answers, &it.answers));
    let in_force: Vec<String> = lexicon.codes_in_force(FAMILY).into_iter().collect();
    if let Some(file) = &args.html {
        let made_by = format!("opnote {}, lexicon {}.", env!("CARGO_PKG_VERSION"), lexicon.fingerprint);
        let names = args.gold.iter().map(|it| it.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let gold = names.collect::<Vec<_>>().join(", ");
        let html = page(
            &evaluation,
            &Source {
                title: &format!("opnote evaluate: {gold}"),
                made_by: &made_by,
                in_force: &in_force,
                notes: &read.texts,
                frame: args.frame,
                difference: difference.as_ref(),
            },
        );
        fs::write(file, html).map_err(|it| Failure::output(io_fault(file, it)))?;
    }
    let text = if args.json {
        json(&evaluation, difference.as_ref())?
    } else {
        render(&evaluation, &in_force, difference.as_ref(), args.frame)
    };
    let mut output = Output::new();
    output.put(text.as_bytes())?;
    output.finish()?;
    warn_of_labels(&labels, lexicon);
    warn_of_notes(&evaluation, &labelings, !left_out.is_empty());
    if evaluation.labels_without_note > 0 {
        messages::warning(format_args!("{} labels have no note among those read", evaluation.labels_without_note));
    }
    Ok(if read.lost { UNREAD.into() } else { ExitCode::SUCCESS })
}

/// The labels of each reviewer.
fn labelings(
    files: &[PathBuf],
    family: &BTreeSet<String>,
    lexicon: &Lexicon,
    by: &[String],
) -> Result<Vec<Labeling>, Failure> {
    let mut labelings: Vec<Labeling> = Vec::new();
    for path in files {
        let own = labeling(path, family, lexicon, by)?;
        if labelings.iter().any(|it| it.reviewer == own.reviewer) {
            let message = format!("{}: reviewer \"{}\" again; expected another reviewer", path.display(), own.reviewer);
            return Err(Failure::usage(message).hint("each reviewer has a file of labels of their own"));
        }
        labelings.push(own);
    }
    Ok(labelings)
}

/// The labels of a file; of other files than worksheets, the reviewer is the name of the file.
fn labeling(path: &Path, family: &BTreeSet<String>, lexicon: &Lexicon, by: &[String]) -> Result<Labeling, Failure> {
    let name = path.display().to_string();
    let mut head = [0; WORKBOOK.len()];
    let read = |head: &mut [u8]| fs::File::open(path)?.read_exact(head);
    if read(&mut head).is_ok() && head == WORKBOOK {
        return table(path, |bytes, file| worksheet_labels(bytes, file, family, lexicon));
    }
    let text = fs::read_to_string(path).map_err(|it| Failure::usage(io_fault(path, it)))?;
    let labels = read_labels(&text, &name).map_err(Failure::usage)?;
    for (field, meant) in unknown_fields(&text).into_iter().filter(|it| !by.contains(&it.0)) {
        let meant = meant.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        messages::warning(format_args!("labels: no field is called `{}`{meant}", shown(&field)));
    }
    let reviewer = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Labeling { reviewer, labels, ..Labeling::default() })
}

/// Takes notes away on which reviewers differ or which one has not finished, and where only labelled notes count those
/// without a label; gives the ids of the last.
fn leave_out(
    reports: &mut Vec<Report>,
    labels: &[Label],
    labelings: &[Labeling],
    reviewed: Option<&ReviewedLabels>,
    only_labelled: bool,
) -> Vec<String> {
    let labelled: BTreeSet<&str> = labels.iter().map(|it| it.id.as_str()).collect();
    let disputed: BTreeSet<&str> = reviewed.iter().flat_map(|it| &it.disputed).map(|it| it.id.as_str()).collect();
    let only_labelled = only_labelled || labelings.len() > 1 || labelings.iter().any(|it| it.is_worksheet);
    let mut without = Vec::new();
    reports.retain(|it| {
        let id = it.note.id.as_str();
        if disputed.contains(id) {
            return false;
        }
        let stays = !only_labelled || labelled.contains(id);
        without.extend((!stays).then(|| id.to_owned()));
        stays
    });
    without
}

/// Says which notes have no label, or none that counts.
fn warn_of_notes(evaluation: &Evaluation, labelings: &[Labeling], are_left_out: bool) {
    let listed = |ids: &[&str]| {
        let named: Vec<String> = ids.iter().take(NAMED).map(|it| shown(it)).collect();
        let more = if ids.len() > NAMED { format!(" and {} more", ids.len() - NAMED) } else { String::new() };
        format!("{}{more}", named.join(", "))
    };
    let ids: Vec<&str> = evaluation.without_label.iter().map(String::as_str).collect();
    if !ids.is_empty() {
        let notes = if ids.len() == 1 { "1 note has".to_owned() } else { format!("{} notes have", ids.len()) };
        let so =
            if are_left_out { "which keeps it out of the figures" } else { "which counts as one that allows no code" };
        messages::warning(format_args!("{notes} no label, {so}: {}", listed(&ids)));
    }
    for it in labelings.iter().filter(|it| !it.unfinished.is_empty()) {
        let ids: Vec<&str> = it.unfinished.iter().map(String::as_str).collect();
        let said = "notes with findings that have no verdict, which are not labelled";
        messages::warning(format_args!("{}: {said}: {} ({})", shown(&it.reviewer), ids.len(), listed(&ids)));
    }
    if let Some(it) = evaluation.reviewers.as_ref().filter(|it| !it.disputed.is_empty()) {
        let ids: Vec<&str> = it.disputed.iter().map(|it| it.id.as_str()).collect();
        let said = "notes that reviewers label differently, which count in no figure";
        messages::warning(format_args!("{said}: {} ({})", ids.len(), listed(&ids)));
    }
}

/// Says which codes of the labels cannot be meant.
fn warn_of_labels(labels: &[Label], lexicon: &Lexicon) {
    let mut unknown: Vec<&str> = Vec::new();
    for label in labels {
        let codes = label.family.iter().chain(&label.neighbors).chain(label.acceptable.iter().flatten());
        for code in codes {
            if !unknown.contains(&code.as_str()) && lexicon.explain(code).is_empty() {
                unknown.push(code);
            }
        }
    }
    if !unknown.is_empty() {
        let named: Vec<String> = unknown.iter().take(NAMED).map(|it| shown(it)).collect();
        let more = if unknown.len() > NAMED { format!(" and {} more", unknown.len() - NAMED) } else { String::new() };
        messages::warning(format_args!("labels: codes that no table holds: {}{more}", named.join(", ")));
    }
}

/// The answers of an earlier run.
fn read_earlier(file: &Path) -> Result<Earlier, Failure> {
    let text = fs::read_to_string(file).map_err(|it| Failure::usage(io_fault(file, it)))?;
    serde_json::from_str(&text).map_err(|_| {
        let name = file.display();
        Failure::usage(format!("{name}: expected the figures of an earlier run, with `answers`"))
            .hint("`opnote evaluate --json … > FILE` writes them")
    })
}

/// What was read for an evaluation.
pub(crate) struct Read {
    /// The results, in the order of the notes.
    pub reports: Vec<Report>,
    /// The texts by id, for words in their surroundings.
    pub texts: BTreeMap<String, String>,
    /// Whether something could not be read.
    pub lost: bool,
}

/// The results of all notes, each with its text changed first.
pub(crate) fn reports(
    notes: Notes,
    lexicon: &'static Lexicon,
    change: impl Fn(&str) -> String + Sync,
) -> Result<Read, Failure> {
    let date = notes.date;
    reports_dated(notes, lexicon, change, |_| date)
}

/// The same with a date of service, by the id of the note, for notes that state none and arrive with none.
pub(crate) fn reports_dated(
    notes: Notes,
    lexicon: &'static Lexicon,
    change: impl Fn(&str) -> String + Sync,
    date_of: impl Fn(&str) -> Option<Date> + Sync,
) -> Result<Read, Failure> {
    let mut read = Read { reports: Vec::new(), texts: BTreeMap::new(), lost: false };
    let work = |input| {
        each(input, |it| {
            it.note.text = change(&it.note.text);
            let date = date_of(&it.note.id);
            let analysis = analyze_incoming(it, date, lexicon);
            let mut made = report(&it.note, &analysis, lexicon);
            add_source(&mut made, it);
            (made, std::mem::take(&mut it.note.text))
        })
    };
    let batch = Batch::new(notes.threads).map_err(Failure::usage)?;
    let mut remarks = Remarks::default();
    let reading = notes.reading();
    let end = batch.run(inputs(notes.paths, reading), work, |results| {
        for (report, text) in results.into_iter().filter_map(|it| remarks.take(it, &mut read.lost)) {
            read.texts.insert(report.note.id.clone(), text);
            read.reports.push(report);
        }
        ControlFlow::Continue(())
    });
    end.map_err(Failure::input)?;
    Ok(read)
}

/// The figures, with the difference where there is one.
fn json(evaluation: &Evaluation, difference: Option<&Difference>) -> Result<String, Failure> {
    let mut value = serde_json::to_value(evaluation).map_err(Failure::output)?;
    if let (Some(object), Some(it)) = (value.as_object_mut(), difference) {
        object.insert("difference".to_owned(), serde_json::to_value(it).map_err(Failure::output)?);
    }
    Ok(serde_json::to_string_pretty(&value).map_err(Failure::output)? + "\n")
}

fn render(evaluation: &Evaluation, in_force: &[String], difference: Option<&Difference>, frame: Option<u64>) -> String {
    let mut out = format!("{} notes\n\n", evaluation.notes);
    put(&mut out, format_args!("{}\n\n", rates(evaluation)));
    put(&mut out, format_args!("{}\n\n", lists(evaluation)));
    if !evaluation.parts.is_empty() {
        put(&mut out, format_args!("{}\n\n", by_part(&evaluation.parts)));
    }
    if let Some(it) = &evaluation.reviewers {
        reviewers(it, &mut out);
    }
    if let Some(it) = &evaluation.calibration {
        let line = format!(
            "Confidence over {} proposals: expected calibration error {:.4}, Brier {:.4}, log loss {:.4}.",
            it.proposals, it.ece, it.brier, it.log_loss
        );
        out.push_str(&wrapped(&line, ""));
    }
    out.push_str(&wrapped(&audit_sentence(evaluation.ready_precision, frame), ""));
    put(&mut out, format_args!("\nExpected down, given across, in notes:\n{}\n", confusion(evaluation, in_force)));
    if !evaluation.drift.is_empty() {
        out.push_str("\nNotes against those of the fit, the farthest features first:\n");
        for it in evaluation.drift.iter().take(FARTHEST) {
            let index = format!("{} Stability index {:.3}, by chance {:.3}.", it.sentence, it.stability, it.by_chance);
            out.push_str(&wrapped(&index, "    "));
        }
    }
    if let Some(it) = difference {
        compare(it, &mut out);
    }
    put(&mut out, format_args!("\n{} failures\n", evaluation.failures.len()));
    for it in &evaluation.failures {
        let why = if it.why.is_empty() { String::new() } else { format!(" [{}: {}]", it.certainty, it.why) };
        let line = format!("{}  {}: expected {}, found {}{why}", it.id, it.what, it.expected, it.got);
        let lines = wrapped(&line, "    ");
        out.push_str(lines.trim_start_matches(' '));
    }
    out
}

fn compare(difference: &Difference, out: &mut String) {
    out.push_str("\nAgainst the earlier run:\n");
    out.push_str(&wrapped(&difference.sentence(), ""));
    for (name, list) in [("gained", &difference.gained), ("lost", &difference.lost), ("changed", &difference.changed)] {
        for it in list {
            let line = format!("{name}  {}: {} -> {}, expected {}", it.id, it.before, it.after, it.expected);
            out.push_str(&wrapped(&line, "    "));
        }
    }
}

fn right(text: impl Into<String>) -> Cell {
    Cell::new(text.into()).set_alignment(CellAlignment::Right)
}

fn rates(evaluation: &Evaluation) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([Cell::new("figure"), right("share"), right("of"), right("95% interval"), Cell::new("0 to 100%")]);
    for (name, rate) in evaluation.rates().into_iter().filter(|it| it.1.of > 0) {
        let of = format!("{}/{}", rate.hits, rate.of);
        table.add_row([Cell::new(name), right(share(rate)), right(of), right(interval(rate)), Cell::new(bar(rate))]);
    }
    table
}

/// The share as a line of twenty: full up to the lower limit, half full up to the upper one.
fn bar(rate: Rate) -> String {
    const LENGTH: f64 = 20.0;
    let (low, high) = rate.interval();
    let sure = (low * LENGTH).floor() as usize;
    let possible = ((high * LENGTH).ceil() as usize).max(sure);
    format!("{}{}{}", "█".repeat(sure), "▒".repeat(possible - sure), "·".repeat(LENGTH as usize - possible))
}

/// Figures of parts of the notes: share right, and how many of how many.
fn by_part(parts: &[PartFigures]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let heads = ["family exact", "95% interval", "asked", "false codes", "ready: right"];
    table.set_header([Cell::new("column"), Cell::new("value"), right("notes")].into_iter().chain(heads.map(right)));
    let of = |it: Rate| right(if it.of == 0 { "-".to_owned() } else { format!("{}/{}", it.hits, it.of) });
    for it in parts {
        table.add_row([
            Cell::new(&it.column),
            Cell::new(shown(&it.value)),
            right(it.notes.to_string()),
            of(it.family_all),
            right(interval(it.family_all)),
            of(it.query),
            of(it.false_codes),
            of(it.ready_precision),
        ]);
    }
    table
}

/// How far reviewers agree, and the notes on which they do not.
fn reviewers(it: &ReviewedLabels, out: &mut String) {
    let (names, all) = (it.agreement.reviewers.iter().map(|it| shown(it)).collect::<Vec<_>>(), &it.agreement);
    let alpha =
        if names.len() > 2 { format!(": {}", coefficient("Krippendorff's alpha", all.alpha)) } else { String::new() };
    let said = format!(
        "{}: {} notes labelled by two or more, the same answer on {}{alpha}.",
        names.join(", "),
        all.items,
        all.same
    );
    out.push_str(&wrapped(&said, ""));
    for pair in &all.pairs {
        let (one, other) = (shown(&pair.one), shown(&pair.other));
        out.push_str(&wrapped(&format!("{one} and {other}: {}", agreement(&pair.agreement, "notes", "answer")), "  "));
    }
    for it in &it.disputed {
        let answers: Vec<String> = it.answers.iter().map(|it| format!("{} says {}", shown(&it.0), it.1)).collect();
        out.push_str(&wrapped(&format!("{}: {}", shown(&it.id), answers.join(", ")), "  "));
    }
    out.push('\n');
}

fn lists(evaluation: &Evaluation) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([Cell::new("list"), right("precision"), right("recall"), right("F1")]);
    for (name, it) in [("injectate", evaluation.injectate), ("codes of other families", evaluation.neighbors)] {
        let figure = |it: f64| right(format!("{it:.3}"));
        table.add_row([Cell::new(name), figure(it.precision()), figure(it.recall()), figure(it.f1())]);
    }
    table
}

/// Expected answers down, given answers across; older and several codes are one row and column.
fn confusion(evaluation: &Evaluation, in_force: &[String]) -> Table {
    const OTHER: &str = "other";
    let group = |key: &str| {
        let own = in_force.iter().any(|it| it == key) || matches!(key, "ask" | "none");
        if own { key.to_owned() } else { OTHER.to_owned() }
    };
    let mut cells: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for (expected, row) in &evaluation.confusion {
        for (given, count) in row {
            let cell = cells.entry((group(expected), group(given))).or_default();
            cell.0 += count;
            cell.1 += if expected == given { *count } else { 0 };
        }
    }
    let other = cells.keys().any(|it| it.0 == OTHER || it.1 == OTHER).then_some(OTHER);
    let order: Vec<&str> = in_force.iter().map(String::as_str).chain(other).chain(["ask", "none"]).collect();
    let shown = |expected: &str, given: &str| match cells.get(&(expected.to_owned(), given.to_owned())) {
        None => "·".to_owned(),
        // Some of the other codes are not those that were expected.
        Some((all, same)) if expected == given && same < all => format!("{same} of {all}"),
        Some((all, _)) => all.to_string(),
    };
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(std::iter::once(Cell::new("")).chain(order.iter().map(|it| right(*it))));
    for expected in &order {
        let counts = order.iter().map(|given| right(shown(expected, given)));
        table.add_row(std::iter::once(Cell::new(expected)).chain(counts));
    }
    table
}
