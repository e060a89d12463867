//! The table of statements for people: one row a statement.

use comfy_table::{Table, presets};
use opnote::statements::StatementReport;

/// The statements of one note as a table.
pub(crate) fn render(rows: &[StatementReport], note: &str) -> String {
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
            crate::excerpt::shown(&it.words.quote),
            it.attribute.clone(),
            it.value.clone(),
            format!("{}{person}", it.stance),
            time,
            it.zone.clone(),
            it.construction.clone(),
            format!("{:.2}", it.weight),
        ]);
    }
    format!("    statements\n{table}\n\n")
}
