//! The results of an audit as text, JSON lines and CSV.

use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment, Table, presets};
use opnote_audit::agreement::{Agreement, Coefficient};
use opnote_audit::compare::{Accuracy, Audit, AuditFinding, Figures, GroupFigures, Line, Rvu, RvuDifference, Taxonomy};
use opnote_audit::evaluate::{Rate, interval, share};
use opnote_audit::worksheet::{Disagreement, Ruled};

use super::excerpt::{self, Mark};
use super::table::{line, safe};
use super::text::{Style, put, wrapped};

/// Columns of the CSV file; it quotes nothing of a note.
const COLUMNS: [&str; 17] = [
    "finding",
    "note",
    "claim",
    "service_date",
    "kind",
    "error",
    "code_changing",
    "direction",
    "root_cause",
    "billed",
    "documented",
    "candidates",
    "disposition",
    "confidence",
    "message",
    "verdict",
    "right_line",
];
/// Its last columns, after those of the groups.
const VALUES: [&str; 3] = ["rvu_billed", "rvu_documented", "rvu_difference"];

/// What reviewers decided, and how far they agree.
#[derive(Clone, Copy)]
pub(crate) struct Decided<'a> {
    /// Findings on which they differ.
    pub open: &'a [Disagreement],
    /// Decisions by finding.
    pub rulings: &'a BTreeMap<String, Ruled>,
    /// Agreement of two reviewers.
    pub agreement: Option<&'a Agreement>,
}

/// The style of the text.
pub(crate) fn style(is_file: bool) -> Style {
    if is_file { Style::plain() } else { Style::for_stdout() }
}

/// Figures, then every finding that is not an agreement, with the words of its note.
pub(crate) fn text(
    audit: &Audit,
    figures: &Figures,
    as_read: &Accuracy,
    decided: &Decided<'_>,
    taxonomy: &Taxonomy,
    notes: &BTreeMap<String, String>,
    style: &Style,
) -> String {
    let mut out = format!("{} claims compared with their notes\n\n", figures.claims);
    let is_reviewed = !decided.rulings.is_empty() || decided.agreement.is_some();
    put(&mut out, format_args!("{}\n", accuracy(&figures.accuracy, is_reviewed.then_some(as_read))));
    if figures.accuracy.financial.of > 0 {
        let it = &figures.accuracy;
        let line = format!(
            "Relative value units: {} billed, {} documented, difference {} ({} too high, {} too low).",
            it.rvu.billed, it.rvu.documented, it.rvu.difference, it.rvu_over, it.rvu_under
        );
        out.push_str(&wrapped(&line, ""));
    }
    let it = &figures.accuracy;
    let line = format!(
        "{} codes billed on top, not subtracted. {} lines of {} claims are open; their claims are in no claim-level or \
         financial figure.",
        it.extra_codes, it.open_lines, it.open_claims
    );
    out.push_str(&wrapped(&line, ""));
    if !figures.errors.is_empty() {
        put(&mut out, format_args!("\n{}\n", errors(figures, taxonomy)));
    }
    for column in &audit.groups {
        let own: Vec<&GroupFigures> = figures.groups.iter().filter(|it| it.column == *column).collect();
        if !own.is_empty() {
            put(&mut out, format_args!("\n{}\n", groups(column, &own)));
        }
    }
    if let Some(it) = decided.agreement {
        out.push('\n');
        out.push_str(&wrapped(&format!("Two reviewers, {}", agreement(it, "findings", "verdict")), ""));
    }
    for it in decided.open {
        let answers: Vec<String> = it.answers.iter().map(|it| format!("{}: {}", it.0, it.1)).collect();
        let last =
            decided.rulings.get(&it.finding).map(|it| format!("; in the end: {}", it.answer())).unwrap_or_default();
        put(&mut out, format_args!("  {}  {}{last}\n", it.finding, answers.join("; ")));
    }
    for it in audit.findings.iter().filter(|it| it.is_error()) {
        finding(it, decided, notes, style, &mut out);
    }
    out
}

fn right(text: impl Into<String>) -> Cell {
    Cell::new(text.into()).set_alignment(CellAlignment::Right)
}

fn accuracy(accuracy: &Accuracy, as_read: Option<&Accuracy>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([Cell::new("accuracy"), right("share"), right("of"), right("95% exact")]);
    let name = if as_read.is_some() { "as reviewed" } else { "as read" };
    let mut add = |name: String, rate: Rate| {
        if rate.of > 0 {
            table.add_row([
                Cell::new(name),
                right(share(rate)),
                right(format!("{}/{}", rate.hits, rate.of)),
                right(interval(rate)),
            ]);
        }
    };
    for (name, it) in std::iter::once((name, accuracy)).chain(as_read.map(|it| ("as read", it))) {
        add(format!("code-level, {name}"), it.code_level);
        add(format!("claim-level, {name}"), it.claim_level);
        add(format!("financial, {name}"), it.financial);
    }
    table
}

fn errors(figures: &Figures, taxonomy: &Taxonomy) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        Cell::new("error"),
        Cell::new("what is wrong"),
        right("findings"),
        right("over"),
        right("under"),
        right("RVU"),
    ]);
    for (id, it) in &figures.errors {
        let title = taxonomy.get(id).map_or("of no type", |it| it.title.as_str());
        table.add_row([
            Cell::new(id),
            Cell::new(title),
            right(it.findings.to_string()),
            right(it.over.to_string()),
            right(it.under.to_string()),
            right(it.rvu_difference.to_string()),
        ]);
    }
    table
}

fn groups(column: &str, groups: &[&GroupFigures]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let names = ["claims", "without error", "95% exact", "over", "under", "RVU"];
    table.set_header(std::iter::once(Cell::new(column)).chain(names.map(right)));
    for it in groups {
        let rate = it.claim_level;
        table.add_row([
            Cell::new(&it.value),
            right(it.claims.to_string()),
            right(format!("{}/{}", rate.hits, rate.of)),
            right(interval(rate)),
            right(it.over.to_string()),
            right(it.under.to_string()),
            right(it.rvu_difference.to_string()),
        ]);
    }
    table
}

/// How far two reviewers agree; `items` and `answer` name what they decided and how.
pub(crate) fn agreement(it: &Agreement, items: &str, answer: &str) -> String {
    format!(
        "{} {items} decided by both, the same {answer} on {}: {}, {}, {}.",
        it.items,
        it.same,
        coefficient("Cohen's kappa", it.kappa),
        coefficient("Gwet's AC1", it.ac1),
        coefficient("Krippendorff's alpha", it.alpha)
    )
}

/// A coefficient with its 95 % interval.
pub(crate) fn coefficient(name: &str, it: Option<Coefficient>) -> String {
    let Some(it) = it else { return format!("{name} not defined") };
    let limits = it.interval.map(|it| format!(" ({:.3} to {:.3})", it.0, it.1)).unwrap_or_default();
    format!("{name} {:.3}{limits}", it.value)
}

fn shown(line: Option<&Line>) -> String {
    line.map_or_else(|| "none".to_owned(), ToString::to_string)
}

fn finding(
    it: &AuditFinding,
    decided: &Decided<'_>,
    notes: &BTreeMap<String, String>,
    style: &Style,
    out: &mut String,
) {
    let Style { strong, dim, .. } = style;
    let tag = it.error.as_deref().unwrap_or("-");
    let note = excerpt::shown(&it.note);
    put(out, format_args!("\n{strong}{}{strong:#}  {note}  {tag} {}", it.id, it.kind.title()));
    put(out, format_args!("  {dim}{}{dim:#}\n", it.direction.name()));
    out.push_str(&wrapped(&it.message, "    "));
    if let Some(ask) = &it.ask {
        out.push_str(&wrapped(&format!("Ask: {ask}"), "    "));
    }
    if let Some(rvu) = it.rvu.filter(|it| it.difference.0 != 0) {
        put(out, format_args!("    {} relative value units\n", rvu.difference));
    }
    if let Some(ruled) = decided.rulings.get(&it.id) {
        let reason = ruled.reason.map(|it| format!(", {}", it.name().replace('_', " "))).unwrap_or_default();
        put(out, format_args!("    verdict: {}{reason}\n", ruled.answer()));
    }
    let note = notes.get(&it.note).map_or("", String::as_str);
    let marks: Vec<Mark> = it
        .evidence
        .iter()
        .filter(|it| note.get(it.start..it.end).is_some())
        .map(|it| Mark { range: it.start..it.end, label: String::new(), against: false, place: None })
        .collect();
    out.push_str(&excerpt::render(note, &marks, style));
}

/// Every finding as an object, then the figures as one.
pub(crate) fn jsonl(audit: &Audit, figures: &Figures, decided: &Decided<'_>) -> String {
    let mut out = String::new();
    for it in &audit.findings {
        // Findings and figures serialize: they hold text and numbers.
        let mut value = serde_json::to_value(it).unwrap_or_default();
        if let (Some(object), Some(ruled)) = (value.as_object_mut(), decided.rulings.get(&it.id)) {
            object.insert("verdict".to_owned(), ruled.answer().into());
        }
        put(&mut out, format_args!("{}\n", serde_json::json!({ "finding": value })));
    }
    let summary = serde_json::json!({
        "figures": figures,
        "agreement": decided.agreement,
        "without_claim": audit.without_claim,
        "without_note": audit.without_note,
        "unknown_codes": audit.unknown_codes,
        "codes_without_rvu": audit.codes_without_rvu,
    });
    put(&mut out, format_args!("{}\n", serde_json::json!({ "summary": summary })));
    out
}

/// One row a finding, with the groups of its claim and relative value units at the end.
pub(crate) fn csv(audit: &Audit, rulings: &BTreeMap<String, Ruled>) -> String {
    let groups = audit.groups.iter().map(String::as_str);
    let mut out = line(COLUMNS.into_iter().chain(groups).chain(VALUES).map(|it| safe(it.to_owned())));
    for it in &audit.findings {
        let ruled = rulings.get(&it.id);
        // Numbers of our own are no text: a minus begins no formula.
        let rvu = |of: fn(&RvuDifference) -> Rvu| it.rvu.as_ref().map(|it| of(it).to_string()).unwrap_or_default();
        let values = [rvu(|it| it.billed), rvu(|it| it.documented), rvu(|it| it.difference)];
        let cells = [
            it.id.clone(),
            it.note.clone(),
            it.claim.clone().unwrap_or_default(),
            it.service_date.clone().unwrap_or_default(),
            it.kind.name().to_owned(),
            it.error.clone().unwrap_or_default(),
            if it.code_changing { "yes" } else { "no" }.to_owned(),
            it.direction.name().to_owned(),
            it.root_cause.map(|it| it.name().to_owned()).unwrap_or_default(),
            it.billed.as_ref().map(ToString::to_string).unwrap_or_default(),
            it.documented.as_ref().map(ToString::to_string).unwrap_or_default(),
            it.candidates.join(";"),
            it.disposition.clone().unwrap_or_default(),
            it.confidence.map(|it| format!("{it:.3}")).unwrap_or_default(),
            it.message.clone(),
            ruled.map(Ruled::answer).unwrap_or_default(),
            ruled.and_then(|of| right_line(it, of)).unwrap_or_default(),
        ];
        let groups = audit.groups.iter().map(|name| it.groups.get(name).cloned().unwrap_or_default());
        let texts = cells.into_iter().chain(groups).map(safe);
        out.push_str(&line(texts.chain(values)));
    }
    out
}

/// The right line by a decision.
fn right_line(it: &AuditFinding, ruled: &Ruled) -> Option<String> {
    use opnote_audit::worksheet::Verdict;
    match ruled.verdict {
        Verdict::Upheld if it.is_open() => None,
        Verdict::Upheld => Some(shown(it.documented.as_ref())),
        Verdict::Overturned => Some(shown(it.billed.as_ref())),
        Verdict::Other => Some(shown(ruled.correct.as_ref())),
        Verdict::Query => None,
    }
}
