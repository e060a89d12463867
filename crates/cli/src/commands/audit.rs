//! `opnote audit`: billed codes against the documentation, worksheets out and in, the page, the audit trail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use jiff::civil::Date;
use jiff::{Timestamp, Unit};
use opnote::Lexicon;
use opnote_audit::agreement::agreement;
use opnote_audit::compare::{
    Accuracy, Audit, AuditPage, Billing, Claim, Columns, Figures, Reproduction, RvuTable, Taxonomy, audit_page,
    compare, figures, settled,
};
use opnote_audit::worksheet::{
    self, Review, Ruled, Worksheet, disagreements, final_rulings, paired_answers, ruled_lines, stamp,
};
use opnote_trail::{Decision, Trail};
use serde_json::Value;

use super::evaluate::{Read, reports_dated};
use crate::args::{self, Audit as Args, AuditFormat};
use crate::failure::{Failure, UNREAD};
use crate::inputs::io_fault;
use crate::messages;
use crate::output::Output;
use crate::render::audit as render;
use crate::run::files::{digest, input_files, measured};
use crate::run::part::Whole;

/// Errors of a file that are printed.
const PRINTED: usize = 50;

/// An audit with everything that was decided about it.
struct Bench<'a> {
    args: &'a Args,
    audit: Audit,
    taxonomy: Taxonomy,
    rvus: Option<RvuTable>,
    texts: BTreeMap<String, String>,
    made_by: String,
    reviews: Vec<Review>,
    reconciled: Option<Review>,
    draw: Option<Draw>,
}

/// Compares, and writes what was asked for. Everything is made before anything is written.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon_for(args.notes.lexicon.as_deref(), args.profile)?;
    let files = args::files(args.notes.lexicon.as_deref())?;
    let taxonomy = Taxonomy::load(&files).map_err(Failure::usage)?;
    check(args)?;
    let mut billing = billing(args)?;
    let draw = args.sample.as_deref().map(Draw::read).transpose()?;
    if let Some(it) = &draw {
        it.keep(&mut billing)?;
    }
    let rvus = args.rvu.as_deref().map(|it| table(it, RvuTable::read)).transpose()?;
    let dates: BTreeMap<&str, Date> =
        billing.claims.iter().filter_map(|it| Some((it.note.as_str(), it.date.as_deref()?.parse().ok()?))).collect();
    let date = args.notes.date;
    let read = reports_dated(args.notes.clone(), lexicon, str::to_owned, |note| dates.get(note).copied().or(date))?;
    let (mut audit, texts, lost) = compared(read, &billing, rvus.as_ref(), &taxonomy, lexicon)?;
    if draw.is_some() {
        // Notes of claims that were not drawn.
        audit.without_claim.clear();
    }
    let made_by = format!(
        "opnote {}, lexicon {}, profile {}",
        env!("CARGO_PKG_VERSION"),
        lexicon.fingerprint,
        args.profile.name()
    );
    let mut bench = Bench { args, audit, taxonomy, rvus, texts, made_by, reviews: Vec::new(), reconciled: None, draw };
    bench.read_worksheets()?;
    let trail = bench.record(lexicon)?;
    bench.write(lexicon, trail)?;
    bench.remarks();
    Ok(if lost { UNREAD.into() } else { ExitCode::SUCCESS })
}

fn check(args: &Args) -> Result<(), Failure> {
    if (args.worksheet.is_some() || args.reconcile.is_some()) && args.reviewer.len() != 1 {
        let message = "a worksheet is for one reviewer; expected one --reviewer";
        return Err(Failure::usage(message).hint("write one worksheet for each reviewer, with a name each"));
    }
    if args.worksheet.is_some() && !args.reviewed.is_empty() {
        return Err(Failure::usage("--worksheet writes an empty worksheet; expected no --reviewed beside it"));
    }
    if args.reviewed.len() > 2 {
        return Err(Failure::usage("more than two worksheets; expected one or two reviewers"));
    }
    if (args.reconcile.is_some() || args.reconciled.is_some()) && args.reviewed.len() != 2 {
        return Err(Failure::usage("differences are those of two reviewers; expected --reviewed twice"));
    }
    if args.billed.is_none() && !args.column.is_empty() {
        return Err(Failure::usage("--column names columns of the billing table; expected --billed"));
    }
    Ok(())
}

fn billing(args: &Args) -> Result<Billing, Failure> {
    let Some(path) = &args.billed else { return Ok(Billing::default()) };
    let columns: Columns = args.column.iter().cloned().collect();
    table(path, |bytes, file| Billing::read(bytes, file, &columns))
}

/// Reads a file whose errors are all printed.
pub(crate) fn table<T, E: std::fmt::Display>(
    path: &Path,
    read: impl FnOnce(&[u8], &str) -> Result<T, Vec<E>>,
) -> Result<T, Failure> {
    let bytes = fs::read(path).map_err(|it| Failure::usage(io_fault(path, it)))?;
    read(&bytes, &path.display().to_string()).map_err(|errors| {
        let mut errors = errors.iter().map(ToString::to_string);
        let last = errors.next_back().unwrap_or_default();
        let before: Vec<String> = errors.collect();
        before.iter().take(PRINTED).for_each(messages::error);
        if before.len() > PRINTED {
            messages::note(format_args!("… and {} more", before.len() - PRINTED));
        }
        Failure::usage(last)
    })
}

/// The audit of what was read, with the texts of its notes.
fn compared(
    read: Read,
    billing: &Billing,
    rvus: Option<&RvuTable>,
    taxonomy: &Taxonomy,
    lexicon: &Lexicon,
) -> Result<(Audit, BTreeMap<String, String>, bool), Failure> {
    let mut seen = BTreeSet::new();
    if let Some(it) = read.reports.iter().find(|it| !seen.insert(it.note.id.as_str())) {
        let message = format!("two notes have the id \"{}\"; expected one note for each id", it.note.id);
        return Err(Failure::usage(message).hint("a claim cannot be compared with two notes; leave one of them out"));
    }
    let audit = compare(&read.reports, billing, rvus, taxonomy, lexicon);
    if audit.claims == 0 && audit.without_note.is_empty() {
        let message = "no note has a claim; expected --billed, a column of billed codes, or documents that carry them";
        return Err(Failure::usage(message));
    }
    if audit.claims == 0 {
        let message = "no claim of the billing table has its note among those read; expected the ids of the notes";
        return Err(Failure::usage(message).hint("--column note=HEADER names the column with the ids"));
    }
    Ok((audit, read.texts, read.lost))
}

impl Bench<'_> {
    fn worksheet<'b>(&'b self, reviewer: &'b str, earlier: &'b [Review]) -> Worksheet<'b> {
        Worksheet { audit: &self.audit, notes: &self.texts, reviewer, made_by: &self.made_by, earlier }
    }

    fn read_worksheets(&mut self) -> Result<(), Failure> {
        let args = self.args;
        // A reconciliation may be a third person's work; the names on the command line are then its reviewer's.
        let known = if args.reconcile.is_some() { &[][..] } else { &args.reviewer[..] };
        for path in &args.reviewed {
            let review = table(path, |bytes, file| worksheet::read(bytes, file, &self.worksheet("", &[]), known))?;
            if let Some(other) = self.reviews.iter().find(|it| it.reviewer == review.reviewer) {
                let message =
                    format!("{}: reviewer \"{}\" again; expected another reviewer", path.display(), other.reviewer);
                return Err(Failure::usage(message).hint("each reviewer has a worksheet of their own"));
            }
            self.reviews.push(review);
        }
        if let Some(path) = &args.reconciled {
            let read = |bytes: &[u8], file: &str| worksheet::read(bytes, file, &self.worksheet("", &self.reviews), &[]);
            self.reconciled = Some(table(path, read)?);
        }
        Ok(())
    }

    /// Adds the decisions to the trail; gives its end.
    fn record(&self, lexicon: &Lexicon) -> Result<Option<String>, Failure> {
        let Some(path) = &self.args.trail else { return Ok(None) };
        // The one clock of the program.
        let now = Timestamp::now().round(Unit::Second).unwrap_or_default().to_string();
        let stamp = stamp(&self.audit, &self.made_by);
        let mut decisions = Vec::new();
        for (review, sheet) in
            self.reviews.iter().map(|it| (it, "review")).chain(self.reconciled.iter().map(|it| (it, "reconciliation")))
        {
            for it in &self.audit.findings {
                let Some(ruled) = review.rulings.get(&it.id) else { continue };
                let shown = serde_json::json!({
                    "opnote": env!("CARGO_PKG_VERSION"),
                    "lexicon": lexicon.fingerprint,
                    "profile": self.args.profile.name(),
                    "stamp": stamp,
                    "worksheet": sheet,
                    "kind": it.kind,
                    "billed": it.billed.as_ref().map(ToString::to_string),
                    "documented": it.documented.as_ref().map(ToString::to_string),
                });
                let reason = ruled.reason.map(opnote_audit::compare::RootCause::name).unwrap_or_default();
                let comment = if ruled.comment.is_empty() { String::new() } else { format!(": {}", ruled.comment) };
                decisions.push(Decision {
                    at: now.clone(),
                    who: review.reviewer.clone(),
                    subject: format!("{} {}", it.id, it.note),
                    shown: shown.to_string(),
                    verdict: ruled.answer(),
                    reason: format!("{reason}{comment}"),
                });
            }
        }
        let mut trail = Trail::open(path).map_err(Failure::usage)?;
        let (head, added) = trail.append(&decisions).map_err(Failure::output)?;
        messages::note(format_args!("decisions added to {}: {added}; its end is {head}", path.display()));
        Ok(Some(head.to_string()))
    }

    fn write(&self, lexicon: &Lexicon, trail: Option<String>) -> Result<(), Failure> {
        let open = disagreements(&self.audit, &self.reviews);
        let rulings = final_rulings(&self.audit, &self.reviews, self.reconciled.as_ref());
        let reviewed = self.with_causes(&rulings);
        let rvus = self.rvus.as_ref();
        let as_read = figures(&self.audit, &settled(&self.audit), rvus, &self.taxonomy);
        let last = if self.reviews.is_empty() {
            as_read.clone()
        } else {
            figures(&reviewed, &ruled_lines(&reviewed, &rulings), rvus, &self.taxonomy)
        };
        let agreement = match self.reviews.as_slice() {
            [one, other] => Some(agreement(&paired_answers(one, other))),
            _ => None,
        };
        let decided = render::Decided { open: &open, rulings: &rulings, agreement: agreement.as_ref() };
        let mut files: Vec<(&Path, Vec<u8>)> = Vec::new();
        if let Some(path) = &self.args.html {
            let page = self.page(&reviewed, &last, &as_read.accuracy, &decided, lexicon, trail)?;
            files.push((path, page.into_bytes()));
        }
        let reviewer = self.args.reviewer.first().map_or("", String::as_str);
        if let Some(path) = &self.args.worksheet {
            files.push((path, worksheet::write(&self.worksheet(reviewer, &[])).map_err(Failure::output)?));
        }
        match &self.args.reconcile {
            Some(_) if open.is_empty() => {
                messages::note("the reviewers differ on nothing; there is nothing to reconcile");
            }
            Some(path) => {
                files
                    .push((path, worksheet::write(&self.worksheet(reviewer, &self.reviews)).map_err(Failure::output)?));
            }
            None => {}
        }
        let text = match self.args.format {
            AuditFormat::Text => {
                let style = render::style(self.args.output.is_some());
                render::text(&reviewed, &last, &as_read.accuracy, &decided, &self.taxonomy, &self.texts, &style)
            }
            AuditFormat::Jsonl => render::jsonl(&reviewed, &last, &decided),
            AuditFormat::Csv => render::csv(&reviewed, &rulings),
        };
        for (path, bytes) in files {
            Whole::write(path, &bytes).map_err(|it| Failure::output(io_fault(path, it)))?;
        }
        let mut output = Output::to(self.args.output.as_deref())?;
        output.put(text.as_bytes())?;
        output.finish()
    }

    /// The audit with the root causes that reviewers gave.
    fn with_causes(&self, rulings: &BTreeMap<String, Ruled>) -> Audit {
        let mut audit = self.audit.clone();
        for it in &mut audit.findings {
            if let Some(reason) = rulings.get(&it.id).and_then(|it| it.reason) {
                it.root_cause = Some(reason);
            }
        }
        audit
    }

    fn page(
        &self,
        reviewed: &Audit,
        figures: &Figures,
        as_read: &Accuracy,
        decided: &render::Decided<'_>,
        lexicon: &Lexicon,
        trail: Option<String>,
    ) -> Result<String, Failure> {
        let args = self.args;
        let reviewers: Vec<String> = self.reviews.iter().map(|it| it.reviewer.clone()).collect();
        let name = args.billed.as_deref().map_or_else(|| "claims of the documents".to_owned(), name);
        let reproduction = Reproduction {
            method: self.draw.as_ref().map(|it| it.method.clone()).or_else(|| args.method.clone()),
            frame: self.draw.as_ref().map(|it| it.frame).or(args.frame),
            frame_hash: self.draw.as_ref().map(|it| it.frame_hash.clone()).or_else(|| args.frame_hash.clone()),
            seed: self.draw.as_ref().map(|it| it.seed.clone()).or_else(|| args.seed.clone()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lexicon: lexicon.fingerprint.clone(),
            stamp: stamp(&self.audit, &self.made_by),
            inputs: self.inputs()?,
            options: self.options(),
            trail,
        };
        Ok(audit_page(&AuditPage {
            title: &format!("opnote audit: {name}"),
            audit: reviewed,
            figures,
            as_read,
            taxonomy: &self.taxonomy,
            notes: &self.texts,
            reviewers: &reviewers,
            agreement: decided.agreement,
            disagreements: decided.open,
            rulings: decided.rulings,
            reproduction: &reproduction,
        }))
    }

    /// The digests of all inputs; the notes have one for all of them.
    fn inputs(&self) -> Result<Vec<(String, String)>, Failure> {
        let args = self.args;
        let one = [&args.billed, &args.rvu, &args.sample, &args.reconciled].into_iter().flatten();
        let mut inputs = Vec::new();
        for path in one.chain(&args.reviewed) {
            let (sha256, ..) = measured(path).map_err(|it| Failure::usage(io_fault(path, it)))?;
            inputs.push((name(path), sha256));
        }
        let notes = input_files(&args.notes.paths);
        let lines: Vec<String> = notes
            .iter()
            .map(|it| format!("{} {}", it.sha256.as_deref().unwrap_or("-"), name(Path::new(&it.path))))
            .collect();
        inputs.push((format!("the list of {} files of notes", notes.len()), digest(lines.join("\n").as_bytes())));
        Ok(inputs)
    }

    fn options(&self) -> Vec<(String, String)> {
        let args = self.args;
        let mut options = vec![("profile".to_owned(), args.profile.name().to_owned())];
        options.extend(args.notes.date.map(|it| ("date".to_owned(), it.to_string())));
        options.extend(args.column.iter().map(|it| ("column".to_owned(), format!("{}={}", it.0, it.1))));
        options
    }

    /// What was not compared, on standard error.
    fn remarks(&self) {
        let audit = &self.audit;
        let list = |ids: &mut dyn Iterator<Item = &String>| {
            let ids: Vec<&str> = ids.map(String::as_str).collect();
            let more = if ids.len() > 10 { format!(" and {} more", ids.len() - 10) } else { String::new() };
            format!("{}{more}", ids[..ids.len().min(10)].join(", "))
        };
        let counted = [
            (
                audit.without_note.len(),
                "claims without a note among those read, whose codes count as unsupported",
                list(&mut audit.without_note.iter()),
            ),
            (
                audit.without_claim.len(),
                "notes without a claim, of which nothing is said",
                list(&mut audit.without_claim.iter()),
            ),
            (
                audit.unknown_codes.len(),
                "billed codes that were not compared, since the tables do not know them or nothing on the claim includes them",
                list(&mut audit.unknown_codes.iter()),
            ),
            (
                audit.codes_without_rvu.len(),
                "codes without relative value units in the table",
                list(&mut audit.codes_without_rvu.iter()),
            ),
        ];
        for (count, text, ids) in counted.into_iter().filter(|it| it.0 > 0) {
            messages::warning(format_args!("{text}: {count} ({ids})"));
        }
        for it in self.reviews.iter().chain(&self.reconciled).filter(|it| it.open > 0) {
            messages::warning(format_args!("{}: findings without a verdict: {}", it.reviewer, it.open));
        }
    }
}

/// A sample file: what was drawn, and how.
struct Draw {
    file: String,
    method: String,
    frame: u64,
    frame_hash: String,
    seed: String,
    ids: BTreeSet<String>,
}

impl Draw {
    fn read(path: &Path) -> Result<Draw, Failure> {
        let text = fs::read_to_string(path).map_err(|it| Failure::usage(io_fault(path, it)))?;
        let file = path.display().to_string();
        Draw::of(&text, &file)
            .ok_or_else(|| Failure::usage(format!("{file}: not a sample file; expected what `opnote sample` wrote")))
    }

    fn of(text: &str, file: &str) -> Option<Draw> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |it: &Value| it.as_str().map(str::to_owned);
        if value["kind"] != "opnote-sample" {
            return None;
        }
        let ids: Option<BTreeSet<String>> = value["drawn"].as_array()?.iter().map(|it| text(&it["id"])).collect();
        let name = text(&value["method"]["name"])?.replace('_', " ");
        let size = ids.as_ref()?.len();
        let method = if value["projectable"] == true {
            format!("{name} random sample of {size} units")
        } else {
            format!("{name} selection of {size} units; not a random sample, so that nothing may be projected from it")
        };
        Some(Draw {
            file: file.to_owned(),
            method,
            frame: value["frame"]["units"].as_u64()?,
            frame_hash: text(&value["frame"]["sha256"])?,
            seed: text(&value["seed"])?,
            ids: ids?,
        })
    }

    /// Leaves the claims that were drawn, by note or number of the claim; each of them must be there.
    fn keep(&self, billing: &mut Billing) -> Result<(), Failure> {
        let id = |it: &Claim| {
            [Some(&it.note), it.claim.as_ref()].into_iter().flatten().find(|it| self.ids.contains(*it)).cloned()
        };
        billing.claims.retain(|it| id(it).is_some());
        let found: BTreeSet<String> = billing.claims.iter().filter_map(id).collect();
        let missing: Vec<&str> = self.ids.difference(&found).map(String::as_str).take(10).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = format!("{}: drawn, and not in the billing table: {}", self.file, missing.join(", "));
        Err(Failure::usage(message).hint("the frame changed since the draw; expected every claim that was drawn"))
    }
}

/// The name of a file without its folders.
fn name(path: impl AsRef<Path>) -> String {
    path.as_ref().file_name().unwrap_or_default().to_string_lossy().into_owned()
}
