//! Running text with tables: the one builder of all formats that have paragraphs and cells.
//!
//! It never fails while it is filled; what went over a limit is reported by [`Flow::finish`].

use crate::body::Fault;
use crate::{ErrorKind, Limits, Origin, Place, Step};

/// Longest first cell of a row of two that is taken as the label of the second, in characters.
const LABEL_CHARS: usize = 60;

/// A text in the making with its source map.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) origins: Vec<Origin>,
}

impl Piece {
    /// Appends text from a place; a continuation of the same place extends its range.
    pub(crate) fn push(&mut self, text: &str, place: Place) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(text);
        let end = self.text.len();
        match self.origins.last_mut() {
            Some(last) if last.end == start && last.place == place => last.end = end,
            _ => self.origins.push(Origin { start, end, place }),
        }
    }

    /// Appends text that is in no source, such as a line end.
    pub(crate) fn glue(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends another piece.
    pub(crate) fn append(&mut self, other: Piece) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        let moved = other.origins.into_iter().map(|it| Origin { start: it.start + shift, end: it.end + shift, ..it });
        self.origins.extend(moved);
    }

    /// Begins a new line, unless the text is at the start of one.
    pub(crate) fn newline(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.glue("\n");
        }
    }

    /// Whether there is nothing to read.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The piece without blanks at its ends.
    pub(crate) fn trimmed(mut self) -> Piece {
        let end = self.text.trim_end().len();
        self.text.truncate(end);
        let cut = self.text.len() - self.text.trim_start().len();
        self.text.drain(..cut);
        for origin in &mut self.origins {
            origin.start = origin.start.min(end).saturating_sub(cut);
            origin.end = origin.end.min(end).saturating_sub(cut);
        }
        self.origins.retain(|it| it.start < it.end);
        self
    }
}

/// A table that is open.
#[derive(Debug, Default)]
struct Table {
    number: u32,
    row: u32,
    cells: Vec<Piece>,
    cell: Piece,
}

/// The builder.
#[derive(Debug)]
pub(crate) struct Flow {
    base: Piece,
    tables: Vec<Table>,
    table_count: u32,
    written: usize,
    limits: Limits,
    fault: Option<ErrorKind>,
}

impl Flow {
    pub(crate) fn new(limits: &Limits) -> Flow {
        Flow { base: Piece::default(), tables: Vec::new(), table_count: 0, written: 0, limits: *limits, fault: None }
    }

    /// Whether a limit was passed, so that reading on is of no use.
    pub(crate) fn failed(&self) -> bool {
        self.fault.is_some()
    }

    /// The place of text that comes now: the cell of a table, else `outside`.
    pub(crate) fn place(&self, outside: Step) -> Place {
        match self.tables.last() {
            Some(table) => {
                let column = table.cells.len() as u32 + 1;
                Place::from(Step::TableCell { table: table.number, row: table.row.max(1), column })
            }
            None => Place::from(outside),
        }
    }

    /// Appends text from a place.
    pub(crate) fn push(&mut self, text: &str, place: Place) {
        if self.room(text.len()) {
            self.piece().push(text, place);
        }
    }

    /// Appends text that is in no source.
    pub(crate) fn glue(&mut self, text: &str) {
        if self.room(text.len()) {
            self.piece().glue(text);
        }
    }

    /// Begins a new line, unless the text is at the start of one.
    pub(crate) fn newline(&mut self) {
        self.piece().newline();
    }

    /// The text so far of the current cell, or of the document.
    pub(crate) fn current(&self) -> &str {
        &self.tables.last().map_or(&self.base, |it| &it.cell).text
    }

    /// Whether a table is open.
    pub(crate) fn in_table(&self) -> bool {
        !self.tables.is_empty()
    }

    /// The number of tables that are open.
    pub(crate) fn table_depth(&self) -> usize {
        self.tables.len()
    }

    pub(crate) fn open_table(&mut self) {
        if self.tables.len() >= self.limits.table_depth {
            self.fault.get_or_insert(ErrorKind::TooDeep(self.limits.table_depth));
            return;
        }
        self.newline();
        self.table_count += 1;
        self.tables.push(Table { number: self.table_count, ..Table::default() });
    }

    /// Begins a row; one that is open ends.
    pub(crate) fn open_row(&mut self) {
        self.close_row();
        if let Some(table) = self.tables.last_mut() {
            table.row += 1;
        }
    }

    /// Ends a cell.
    pub(crate) fn close_cell(&mut self) {
        if let Some(table) = self.tables.last_mut() {
            table.cells.push(std::mem::take(&mut table.cell));
        }
    }

    /// Ends a row: its cells become one line of the text around the table.
    pub(crate) fn close_row(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let rest = std::mem::take(&mut table.cell);
        let mut cells = std::mem::take(&mut table.cells);
        if !rest.is_blank() {
            cells.push(rest);
        }
        let line = flatten(cells);
        if line.text.is_empty() {
            return;
        }
        let around = self.around();
        around.newline();
        around.append(line);
        around.glue("\n");
    }

    pub(crate) fn close_table(&mut self) {
        self.close_row();
        self.tables.pop();
    }

    /// The whole text; the first limit that was passed is the fault.
    pub(crate) fn finish(mut self) -> Result<Piece, Fault> {
        while self.in_table() {
            self.close_table();
        }
        match self.fault {
            Some(kind) => Err(kind.into()),
            None => Ok(self.base),
        }
    }

    fn room(&mut self, bytes: usize) -> bool {
        self.written = self.written.saturating_add(bytes);
        if self.written > self.limits.text_bytes {
            self.fault.get_or_insert(ErrorKind::TooLarge(self.limits.text_bytes));
        }
        self.fault.is_none()
    }

    fn piece(&mut self) -> &mut Piece {
        self.tables.last_mut().map_or(&mut self.base, |it| &mut it.cell)
    }

    /// The piece around the innermost table.
    fn around(&mut self) -> &mut Piece {
        let outer = self.tables.len().checked_sub(2);
        outer.and_then(|it| self.tables.get_mut(it)).map_or(&mut self.base, |it| &mut it.cell)
    }
}

/// A row as text: one cell as it is, two as `label: value`, more separated by tabs.
fn flatten(cells: Vec<Piece>) -> Piece {
    let mut cells: Vec<Piece> = cells.into_iter().map(Piece::trimmed).collect();
    while cells.last().is_some_and(|it| it.text.is_empty()) && cells.len() != 2 {
        cells.pop();
    }
    let two = cells.len() == 2;
    let many = cells.len() > 2;
    let mut line = Piece::default();
    for (index, mut cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.glue(separator(&line.text, two));
        }
        if many {
            cell.text = cell.text.replace(['\n', '\r'], " ");
        }
        line.append(cell);
    }
    line.trimmed()
}

/// Separator between the text of a row so far and its next cell.
fn separator(before: &str, two: bool) -> &'static str {
    let label = !before.is_empty() && !before.contains('\n') && before.chars().count() <= LABEL_CHARS;
    match (two, label) {
        (true, true) if before.ends_with([':', '?', '.', ';']) => " ",
        (true, true) => ": ",
        (true, false) if before.contains('\n') => "\n",
        _ => "\t",
    }
}
