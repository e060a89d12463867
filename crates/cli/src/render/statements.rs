//! The table of statements for people: one row a statement.

use comfy_table::{Table, presets};
use opnote::report::{ScoreReport, StatementReport};

/// Maximum number of parts of a score that are shown.
const PARTS: usize = 6;
/// Values below this chance are not shown.
const LEAST: f64 = 0.005;

/// The statements of one note as a table, and below it what each fact was weighed from.
pub(crate) fn render(rows: &[StatementReport], scores: &[ScoreReport], note: &str) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["line", "words", "attribute", "value", "stance", "time", "zone", "construction", "weight"]);
    for it in rows {
        let line = note.get(..it.words.start).unwrap_or_default().matches('\n').count() + 1;
        let time = match it.decided_by.as_str() {
            "nothing" => it.time.clone(),
            by => format!("{} ({by})", it.time),
        };
        let person = if it.other { " (other)" } else { "" };
        table.add_row([
            line.to_string(),
            crate::render::excerpt::shown(&it.words.quote),
            it.attribute.clone(),
            it.value.clone(),
            format!("{}{person}", it.stance),
            time,
            it.zone.clone(),
            it.construction.clone(),
            format!("{:.2}", it.weight),
        ]);
    }
    let mut facts = Table::new();
    facts.load_style(presets::NOTHING);
    facts.set_header(["procedure", "attribute", "value", "chance", "largest parts of its score"]);
    for it in scores.iter().filter(|it| it.chance >= LEAST) {
        let parts = it.parts.iter().take(PARTS).map(|it| format!("{} {:+.1}", it.feature, it.count * it.weight));
        facts.add_row([
            it.procedure.to_string(),
            it.attribute.clone(),
            it.value.clone(),
            format!("{:.3}", it.chance),
            parts.collect::<Vec<_>>().join(", "),
        ]);
    }
    format!("    statements\n{table}\n\n    facts\n{facts}\n\n")
}
