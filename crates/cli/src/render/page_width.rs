//! The width of text for people: that of the terminal, from 60 columns on; a file or a pipe gets the usual width.

use std::io;
use std::sync::OnceLock;

use terminal_size::{Width, terminal_size_of};

/// Columns of running text at most.
const RUNNING: usize = 100;
/// Columns of a quoted line of the note at most.
const QUOTED: usize = 92;
/// Columns beside a quoted line: margin, line number, bar, marks of what is left out.
const BESIDE: usize = 14;
/// Narrower text is not made.
const LEAST: usize = 60;

static COLUMNS: OnceLock<Option<usize>> = OnceLock::new();

/// Sets the width for this run: the one that was asked for, else the terminal's.
pub(crate) fn set(asked: Option<u16>) {
    let terminal = || terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns);
    let columns = asked.or_else(terminal).map(|it| usize::from(it).max(LEAST));
    // It is set once, before anything is written.
    let _ = COLUMNS.set(columns);
}

/// Columns of the page; none where nothing limits them.
pub(crate) fn page() -> Option<usize> {
    COLUMNS.get().copied().flatten()
}

/// Columns of running text.
pub(crate) fn running() -> usize {
    page().map_or(RUNNING, |it| it.min(RUNNING))
}

/// Columns of a quoted line of the note.
pub(crate) fn quoted() -> usize {
    page().map_or(QUOTED, |it| it.saturating_sub(BESIDE).min(QUOTED))
}
