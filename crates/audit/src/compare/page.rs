//! An audit as one page of HTML that needs nothing else: method, results with charts, every finding with its words.

use std::collections::BTreeMap;

use super::excerpt::excerpts;
use super::figures::{Accuracy, Figures, GroupFigures, KindFigures};
use super::finding::{AuditFinding, Kind};
use super::{Audit, Taxonomy, charts};
use crate::agreement::{Agreement, Coefficient};
use crate::evaluate::page::{STYLE, escaped, figure, head_row, heading, put, row};
use crate::evaluate::{Rate, charts::shares, interval, share};
use crate::worksheet::{Disagreement, Ruled};

/// Findings of a kind that are written out; the rest is in the file of findings.
const WRITTEN: usize = 2_000;

/// Everything that the page shows.
#[derive(Clone, Copy, Debug)]
pub struct AuditPage<'a> {
    /// What was audited, for the heading.
    pub title: &'a str,
    /// The audit.
    pub audit: &'a Audit,
    /// Its figures: as reviewed where there are reviews, else as the program read the notes.
    pub figures: &'a Figures,
    /// The accuracies as the program read the notes, before any review.
    pub as_read: &'a Accuracy,
    /// Types of errors.
    pub taxonomy: &'a Taxonomy,
    /// Text of the notes by id.
    pub notes: &'a BTreeMap<String, String>,
    /// Names of the reviewers; none where nobody has reviewed.
    pub reviewers: &'a [String],
    /// Agreement of the first two reviewers.
    pub agreement: Option<&'a Agreement>,
    /// Findings on which reviewers still differ.
    pub disagreements: &'a [Disagreement],
    /// Decisions by finding.
    pub rulings: &'a BTreeMap<String, Ruled>,
    /// How the claims were chosen, and what reproduces the page.
    pub reproduction: &'a Reproduction,
}

/// How the claims were chosen, and what reproduces the page.
#[derive(Clone, Debug, Default)]
pub struct Reproduction {
    /// How the claims were drawn, in words; none where nobody said.
    pub method: Option<String>,
    /// Claims on the list that they were drawn from.
    pub frame: Option<u64>,
    /// Digest of that list.
    pub frame_hash: Option<String>,
    /// Seed of the draw.
    pub seed: Option<String>,
    /// Version of the program.
    pub version: String,
    /// Fingerprint of the lexicon.
    pub lexicon: String,
    /// Digest of all findings and of what made them.
    pub stamp: String,
    /// Input files, with their SHA-256.
    pub inputs: Vec<(String, String)>,
    /// Options that change results.
    pub options: Vec<(String, String)>,
    /// End of the audit trail, `NUMBER:HASH`.
    pub trail: Option<String>,
}

/// The page. The same audit gives the same bytes.
pub fn audit_page(page: &AuditPage<'_>) -> String {
    let title = escaped(page.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    let what = if page.reviewers.is_empty() {
        "Billed codes against the documentation as the program read it. Nobody has reviewed the findings yet."
            .to_owned()
    } else {
        format!("Billed codes against the documentation, reviewed by {}.", page.reviewers.join(" and "))
    };
    put(&mut out, &format!("<p class=\"soft\">{}</p>\n", escaped(&what)));
    let mut parts = vec![("results", "Results"), ("method", "Method"), ("errors", "Errors")];
    let provider = by_column(page, "provider");
    let months = by_column(page, "month");
    if !provider.is_empty() {
        parts.push(("providers", "Providers"));
    }
    if !months.is_empty() {
        parts.push(("months", "Over time"));
    }
    let others: Vec<&String> =
        page.audit.groups.iter().filter(|it| !matches!(it.as_str(), "provider" | "month")).collect();
    let others: Vec<&String> = others.into_iter().filter(|it| !by_column(page, it).is_empty()).collect();
    if !others.is_empty() {
        parts.push(("groups", "Other groups"));
    }
    if !page.reviewers.is_empty() {
        parts.push(("reviewers", "Reviewers"));
    }
    parts.extend([("findings", "Findings"), ("reproduction", "Reproduction")]);
    let links: Vec<String> = parts.iter().map(|it| format!("<a href=\"#{}\">{}</a>", it.0, it.1)).collect();
    put(&mut out, &format!("<nav aria-label=\"Parts of this page\">{}</nav>\n", links.join("\n")));
    results(page, &mut out);
    method(page, &mut out);
    errors(page, &mut out);
    if !provider.is_empty() {
        providers(&provider, &mut out);
    }
    if !months.is_empty() {
        over_time(&months, &mut out);
    }
    if !others.is_empty() {
        out.push_str(&heading("groups", "Other groups"));
        for it in others {
            groups(&by_column(page, it), &mut out);
        }
    }
    if !page.reviewers.is_empty() {
        reviewers(page, &mut out);
    }
    findings(page, &mut out);
    reproduction(page, &mut out);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn by_column<'a>(page: &AuditPage<'a>, column: &str) -> Vec<&'a GroupFigures> {
    page.figures.groups.iter().filter(|it| it.column == column).collect()
}

fn results(page: &AuditPage<'_>, out: &mut String) {
    out.push_str(&heading("results", "Results"));
    out.push_str("<div class=\"heads\">\n");
    let accuracy = &page.figures.accuracy;
    let heads = [
        ("Code-level accuracy", accuracy.code_level, "right codes were billed"),
        ("Claim-level accuracy", accuracy.claim_level, "claims without an error"),
        ("Financial accuracy", accuracy.financial, "claims whose relative value units stay the same"),
    ];
    for (name, rate, of) in heads {
        let limits =
            if rate.of == 0 { "nothing to count".to_owned() } else { format!("95% exact: {}", interval(rate)) };
        let head = format!(
            "<div class=\"head\">{name}<b>{}</b><small>{} of {} {of}</small><small>{limits}</small></div>\n",
            share(rate),
            rate.hits,
            rate.of
        );
        put(out, &head);
    }
    if accuracy.financial.of > 0 {
        let head = format!(
            "<div class=\"head\">Relative value units<b>{}</b><small>documented less billed; a minus is overpaid</small>\
             <small>{} billed too high, {} too low, of {} billed</small></div>\n",
            accuracy.rvu.difference, accuracy.rvu_over, accuracy.rvu_under, accuracy.rvu.billed
        );
        put(out, &head);
    }
    out.push_str("</div>\n<p>");
    let figures = page.figures;
    put(
        out,
        &escaped(&format!(
            "{} claims were compared with their notes. {} codes were billed that should not have been; they are not \
         subtracted from code-level accuracy. {} lines of {} claims are open: only the provider can settle them, or \
         nobody has decided; their claims are in no claim-level or financial figure.",
            figures.claims, accuracy.extra_codes, accuracy.open_lines, accuracy.open_claims
        )),
    );
    out.push_str("</p>\n");
    for (count, text) in [
        (figures.claims_without_note, "claims whose note was not read: their codes count as unsupported"),
        (figures.notes_without_claim, "notes without a claim, of which nothing is said"),
        (page.audit.unknown_codes.len(), "billed codes that the tables do not know, and that were not compared"),
        (
            page.audit.codes_without_rvu.len(),
            "codes without relative value units in the table; their claims are in no financial figure",
        ),
    ] {
        if count > 0 {
            put(out, &format!("<p class=\"soft\">{count} {text}.</p>\n"));
        }
    }
    let mut rates = vec![
        ("code-level".to_owned(), accuracy.code_level),
        ("claim-level".to_owned(), accuracy.claim_level),
        ("financial".to_owned(), accuracy.financial),
    ];
    if !page.reviewers.is_empty() {
        rates.push(("claims as read".to_owned(), page.as_read.claim_level));
    }
    rates.retain(|it| it.1.of > 0);
    if !rates.is_empty() {
        let said: Vec<String> = rates.iter().map(|it| format!("{} {} of {}", it.0, it.1.hits, it.1.of)).collect();
        let caption = format!("Accuracies with exact 95% intervals (Clopper-Pearson): {}.", said.join(", "));
        out.push_str(&figure("Accuracy", &shares("accuracy", &rates), &caption));
    }
}

fn method(page: &AuditPage<'_>, out: &mut String) {
    out.push_str(&heading("method", "Method"));
    let made = page.reproduction;
    let drawn = match &made.method {
        Some(it) => format!("How the claims were chosen: {it}."),
        None => "Nobody said how the claims were chosen, so nothing here may be projected to other claims.".to_owned(),
    };
    put(out, &format!("<p>{}</p>\n", escaped(&drawn)));
    let facts = [
        ("frame", made.frame.map(|it| it.to_string())),
        ("digest of the frame", made.frame_hash.clone()),
        ("seed", made.seed.clone()),
    ];
    if facts.iter().any(|it| it.1.is_some()) {
        out.push_str("<div class=\"wide\"><table>\n");
        out.push_str(&head_row(&["what", "value"]));
        for (name, value) in facts {
            out.push_str(&value.map(|it| row(&[name.to_owned(), escaped(&it)])).unwrap_or_default());
        }
        out.push_str("</tbody></table></div>\n");
    }
    out.push_str(
        "<p>Each line of a claim was paired with what the note documents: first the same code, then the same procedure \
         with the fewest facts that differ, then another procedure. What is left over was billed without support, or \
         documented and not billed. Where the note leaves the code open, nothing is guessed: the line is missing \
         documentation. Intervals are exact (Clopper-Pearson, two-sided 95%).</p>\n\
         <p>Code-level accuracy: billed codes that are right, of the codes that are right. Claim-level: claims without \
         an error in codes, units or modifiers. Financial: claims whose relative value units stay the same, by the table \
         that was given, without reductions for several procedures.</p>\n",
    );
}

fn errors(page: &AuditPage<'_>, out: &mut String) {
    out.push_str(&heading("errors", "Errors"));
    let mut types: Vec<(&String, &KindFigures)> = page.figures.errors.iter().collect();
    if types.is_empty() {
        out.push_str("<p>None was found.</p>\n");
        return;
    }
    types.sort_by(|one, other| other.1.findings.cmp(&one.1.findings).then(one.0.cmp(other.0)));
    let counts: Vec<(String, usize)> = types.iter().map(|it| (it.0.clone(), it.1.findings)).collect();
    let caption = "Findings by type of error, the commonest first, with the running share of all. The table says what \
                   each type is.";
    put(
        out,
        &format!(
            "<div class=\"pair\">{}<div><div class=\"wide\"><table>\n",
            figure("Errors by type", &charts::pareto(&counts), caption)
        ),
    );
    out.push_str(&words_head(&["type", "what is wrong", "findings", "over", "under", "RVU"]));
    for (id, it) in types {
        let title = page.taxonomy.get(id).map_or("of no type", |it| it.title.as_str());
        let cells = [it.findings.to_string(), it.over.to_string(), it.under.to_string(), it.rvu_difference.to_string()];
        put(
            out,
            &format!(
                "<tr><td>{}</td><td class=\"words\">{}</td><td>{}</td></tr>\n",
                escaped(id),
                escaped(title),
                cells.join("</td><td>")
            ),
        );
    }
    out.push_str("</tbody></table></div></div></div>\n<div class=\"pair\"><div class=\"wide\"><table>\n");
    out.push_str(&head_row(&["kind", "findings", "over", "under"]));
    for (kind, it) in &page.figures.kinds {
        out.push_str(&row(&[kind.title(), it.findings.to_string(), it.over.to_string(), it.under.to_string()]));
    }
    out.push_str("</tbody></table></div>\n<div class=\"wide\"><table>\n");
    out.push_str(&head_row(&["likely root cause", "findings"]));
    for (cause, count) in &page.figures.root_causes {
        out.push_str(&row(&[escaped(&cause.replace('_', " ")), count.to_string()]));
    }
    out.push_str("</tbody></table></div></div>\n");
}

/// A head whose second column is words.
fn words_head(names: &[&str]) -> String {
    let second = names.get(1).map(|it| format!("<th scope=\"col\">{}</th>", escaped(it))).unwrap_or_default();
    head_row(names).replacen(&second, &second.replacen("<th ", "<th class=\"words\" ", 1), 1)
}

fn rates(groups: &[&GroupFigures]) -> Vec<(String, Rate)> {
    groups.iter().map(|it| (it.value.clone(), it.claim_level)).collect()
}

fn sum(groups: &[&GroupFigures]) -> Rate {
    let add =
        |sum: Rate, it: &&GroupFigures| Rate { hits: sum.hits + it.claim_level.hits, of: sum.of + it.claim_level.of };
    groups.iter().fold(Rate::default(), add)
}

fn providers(groups: &[&GroupFigures], out: &mut String) {
    out.push_str(&heading("providers", "Providers"));
    let all = sum(groups);
    let outside: Vec<&str> =
        groups.iter().filter(|it| charts::is_outside(all, it.claim_level)).map(|it| it.value.as_str()).collect();
    let caption = format!(
        "Share of claims with an error by the number of claims, one dot a provider. Line: all providers. Dashed: what \
         chance alone keeps within 95% (inner) and 99.8% (outer), exact by the binomial distribution. Outside the inner \
         limits: {}.",
        if outside.is_empty() { "none".to_owned() } else { outside.join(", ") }
    );
    out.push_str(&figure("Funnel plot of providers", &charts::funnel(all, &rates(groups)), &caption));
    table(groups, out);
}

fn over_time(groups: &[&GroupFigures], out: &mut String) {
    out.push_str(&heading("months", "Over time"));
    let months = rates(groups);
    let mean = charts::mean(&months);
    let is_out = |it: &&(String, Rate)| {
        let (low, high) = charts::sigma_limits(mean, it.1);
        it.1.share().is_some_and(|it| 1.0 - it < low || 1.0 - it > high)
    };
    let outside: Vec<&str> = months.iter().filter(is_out).map(|it| it.0.as_str()).collect();
    let caption = format!(
        "Share of claims with an error by month of service. Line: mean of {:.1}%. Dashed: three standard errors around \
         it (p chart). Outside: {}.",
        mean * 100.0,
        if outside.is_empty() { "none".to_owned() } else { outside.join(", ") }
    );
    out.push_str(&figure("Control chart", &charts::control(&months), &caption));
    table(groups, out);
}

fn groups(groups: &[&GroupFigures], out: &mut String) {
    if let Some(first) = groups.first() {
        put(out, &format!("<h3>By {}</h3>\n", escaped(&first.column)));
    }
    table(groups, out);
}

fn table(groups: &[&GroupFigures], out: &mut String) {
    let column = groups.first().map_or("", |it| it.column.as_str());
    out.push_str("<div class=\"wide\"><table>\n");
    let names = [column, "claims", "without error", "95% exact", "errors", "over", "under", "RVU"];
    out.push_str(&head_row(&names));
    for it in groups {
        let rate = it.claim_level;
        let limits = if rate.of == 0 { String::new() } else { interval(rate) };
        out.push_str(&row(&[
            escaped(&it.value),
            it.claims.to_string(),
            format!("{} of {}", rate.hits, rate.of),
            limits,
            it.errors.to_string(),
            it.over.to_string(),
            it.under.to_string(),
            it.rvu_difference.to_string(),
        ]));
    }
    out.push_str("</tbody></table></div>\n");
}

fn reviewers(page: &AuditPage<'_>, out: &mut String) {
    out.push_str(&heading("reviewers", "Reviewers"));
    put(
        out,
        &format!(
            "<p>{} of {} counted findings are decided.</p>\n",
            page.rulings.len(),
            page.audit.findings.iter().filter(|it| it.is_counted()).count()
        ),
    );
    let Some(it) = page.agreement else {
        out.push_str("<p>One reviewer: nothing is known of agreement.</p>\n");
        return;
    };
    put(
        out,
        &format!(
            "<p>Both decided {} findings and gave the same verdict on {}. Kappa is low where one verdict is far commoner \
             than the others, however much reviewers agree; AC1 is not. The chart shows 95% intervals.</p>\n",
            it.items, it.same
        ),
    );
    let all: Vec<(&str, Coefficient)> =
        [("Cohen's kappa", it.kappa), ("Gwet's AC1", it.ac1), ("Krippendorff's alpha", it.alpha)]
            .into_iter()
            .filter_map(|it| Some((it.0, it.1?)))
            .collect();
    let said: Vec<String> = all.iter().map(|it| format!("{} {}", it.0, coefficient(&it.1))).collect();
    let chart = figure("Agreement beyond chance", &charts::coefficients(&all), &format!("{}.", said.join("; ")));
    put(out, &format!("<div class=\"pair\">{chart}<div><div class=\"wide\"><table class=\"matrix\">\n"));
    let names: Vec<&String> = {
        let mut names: Vec<&String> = it.matrix.keys().chain(it.matrix.values().flat_map(BTreeMap::keys)).collect();
        names.sort();
        names.dedup();
        names
    };
    let heads: Vec<&str> = std::iter::once("first, second").chain(names.iter().map(|it| it.as_str())).collect();
    out.push_str(&head_row(&heads));
    for one in &names {
        put(out, &format!("<tr><th scope=\"row\">{}</th>", escaped(one)));
        for other in &names {
            let count = it.matrix.get(*one).and_then(|it| it.get(*other)).copied().unwrap_or(0);
            let class = if one == other {
                "same"
            } else if count > 0 {
                "other"
            } else {
                "zero"
            };
            put(out, &format!("<td class=\"{class}\">{count}</td>"));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div></div></div>\n");
    if !page.disagreements.is_empty() {
        put(
            out,
            &format!(
                "<details open><summary>Different verdicts: {}</summary>\n<div class=\"wide\"><table>\n",
                page.disagreements.len()
            ),
        );
        out.push_str(&head_row(&["finding", "verdicts", "in the end"]));
        for it in page.disagreements {
            let answers: Vec<String> = it.answers.iter().map(|it| format!("{}: {}", it.0, it.1)).collect();
            let last = page.rulings.get(&it.finding).map_or_else(|| "open".to_owned(), Ruled::answer);
            out.push_str(&row(&[escaped(&it.finding), escaped(&answers.join("; ")), escaped(&last)]));
        }
        out.push_str("</tbody></table></div></details>\n");
    }
}

/// `0.765 (0.62 to 0.91)`.
fn coefficient(it: &Coefficient) -> String {
    let limits = it.interval.map(|it| format!(" ({:.3} to {:.3})", it.0, it.1)).unwrap_or_default();
    format!("{:.3}{limits}", it.value)
}

fn findings(page: &AuditPage<'_>, out: &mut String) {
    let errors = page.audit.findings.iter().filter(|it| it.is_error()).count();
    out.push_str(&heading("findings", &format!("Findings: {errors}")));
    out.push_str("<p>Marked words are those that decide. What was billed as documented comes last.</p>\n");
    let order = Kind::ALL.into_iter().filter(|it| *it != Kind::Agreement).chain([Kind::Agreement]);
    for kind in order {
        let own: Vec<&AuditFinding> = page.audit.findings.iter().filter(|it| it.kind == kind).collect();
        if own.is_empty() {
            continue;
        }
        let open = if matches!(kind, Kind::Agreement | Kind::NotCompared) { "" } else { " open" };
        let title = kind.title();
        put(
            out,
            &format!("<details{open}><summary>{}{}: {}</summary>\n", title[..1].to_uppercase(), &title[1..], own.len()),
        );
        for it in own.iter().take(WRITTEN) {
            finding(page, it, out);
        }
        if own.len() > WRITTEN {
            put(out, &format!("<p>{} more are in the file of findings.</p>\n", own.len() - WRITTEN));
        }
        out.push_str("</details>\n");
    }
}

fn finding(page: &AuditPage<'_>, it: &AuditFinding, out: &mut String) {
    let tag = it.error.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
    put(
        out,
        &format!(
            "<article class=\"failure\"><h3>{} <span class=\"soft\">{}{}</span></h3>\n<dl>",
            escaped(&it.id),
            escaped(&it.note),
            escaped(&tag)
        ),
    );
    let line = |line: &Option<super::Line>| line.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let mut facts = vec![("billed", line(&it.billed)), ("documented", line(&it.documented))];
    if !it.candidates.is_empty() {
        facts.push(("possible", it.candidates.join(", ")));
    }
    if it.is_remark {
        facts.clear();
    }
    facts.push(("found", it.message.clone()));
    if it.is_error() {
        let cause =
            it.root_cause.map(|it| format!("; look first at: {}", it.name().replace('_', " "))).unwrap_or_default();
        let rvu = it.rvu.map(|it| format!("; {} relative value units", it.difference)).unwrap_or_default();
        facts.push(("direction", format!("{}{rvu}{cause}", it.direction.name())));
    }
    facts.extend(it.ask.clone().map(|it| ("to ask", it)));
    if let Some(confidence) = it.confidence {
        let disposition = it.disposition.as_deref().unwrap_or_default();
        facts.push(("documented code", format!("{disposition}, {:.0}% sure", confidence * 100.0)));
    }
    let who: Vec<String> = it.groups.iter().map(|it| format!("{} {}", it.0, it.1)).collect();
    facts.extend((!who.is_empty()).then(|| ("claim", who.join(", "))));
    if let Some(ruled) = page.rulings.get(&it.id) {
        let reason = ruled.reason.map(|it| format!("; {}", it.name().replace('_', " "))).unwrap_or_default();
        let comment = if ruled.comment.is_empty() { String::new() } else { format!("; {}", ruled.comment) };
        facts.push(("verdict", format!("{}{reason}{comment}", ruled.answer())));
    }
    for (name, text) in facts {
        put(out, &format!("<dt>{name}</dt><dd>{}</dd>", escaped(&text)));
    }
    out.push_str("</dl>\n");
    let note = page.notes.get(&it.note).map_or("", String::as_str);
    for excerpt in excerpts(note, &it.evidence) {
        put(out, &format!("<blockquote><small>from line {}</small>", excerpt.line));
        for (text, marked) in excerpt.pieces {
            let text = escaped(&text);
            if marked { put(out, &format!("<mark>{text}</mark>")) } else { put(out, &text) }
        }
        out.push_str("</blockquote>\n");
    }
    out.push_str("</article>\n");
}

fn reproduction(page: &AuditPage<'_>, out: &mut String) {
    out.push_str(&heading("reproduction", "Reproduction"));
    out.push_str(
        "<p>The same version with the same lexicon, inputs and options gives the same findings and this page, to the \
         byte. The stamp is a digest (SHA-256) of all findings and of what made them.</p>\n<div class=\"wide\"><table>\n",
    );
    out.push_str(&words_head(&["what", "value"]));
    let made = page.reproduction;
    let mut rows = vec![
        ("opnote".to_owned(), made.version.clone()),
        ("lexicon".to_owned(), made.lexicon.clone()),
        ("stamp".to_owned(), made.stamp.clone()),
    ];
    rows.extend(made.options.iter().cloned());
    rows.extend(made.inputs.iter().map(|it| (format!("SHA-256 of {}", it.0), it.1.clone())));
    rows.extend(made.trail.iter().map(|it| ("audit trail, entries and last hash".to_owned(), it.clone())));
    for (name, value) in rows {
        put(out, &format!("<tr><td>{}</td><td class=\"words\">{}</td></tr>\n", escaped(&name), escaped(&value)));
    }
    out.push_str("</tbody></table></div>\n");
}
