//! Text of markup: white space as browsers show it, blocks, lists and tables. Shared by HTML and C-CDA.

use crate::body::Fault;
use crate::flow::{Flow, Piece};
use crate::{Limits, Step};

/// The builder.
pub(crate) struct Prose {
    flow: Flow,
    /// White space was read and nothing after it.
    space: bool,
    /// A list marker was written and nothing after it.
    marked: bool,
    /// The next number of each open list; none for lists of bullets.
    lists: Vec<Option<u32>>,
}

impl Prose {
    pub(crate) fn new(limits: &Limits) -> Prose {
        Prose { flow: Flow::new(limits), space: false, marked: false, lists: Vec::new() }
    }

    pub(crate) fn failed(&self) -> bool {
        self.flow.failed()
    }

    pub(crate) fn finish(self) -> Result<Piece, Fault> {
        self.flow.finish()
    }

    /// Text whose runs of white space show as one blank.
    pub(crate) fn text(&mut self, text: &str, step: &Step) {
        let is_space = |it: char| matches!(it, ' ' | '\t' | '\n' | '\r' | '\u{c}');
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let blank = is_space(first);
            let end = rest.find(|it: char| is_space(it) != blank).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            rest = after;
            if blank {
                self.space = true;
                continue;
            }
            let current = self.flow.current();
            if self.space && !current.is_empty() && !current.ends_with([' ', '\n', '\t']) {
                self.flow.glue(" ");
            }
            self.verbatim(run, step);
        }
    }

    /// Text whose white space counts.
    pub(crate) fn verbatim(&mut self, text: &str, step: &Step) {
        self.space = false;
        self.marked = false;
        let place = self.flow.place(step.clone());
        self.flow.push(text, place);
    }

    /// Begins or ends a block.
    pub(crate) fn block(&mut self) {
        self.space = false;
        if !self.marked {
            self.flow.newline();
        }
    }

    /// A line end that is written out.
    pub(crate) fn line_break(&mut self) {
        self.space = false;
        self.marked = false;
        self.flow.glue("\n");
    }

    /// Begins a list, with numbers from `first` or with bullets.
    pub(crate) fn open_list(&mut self, first: Option<u32>) {
        self.block();
        // Deeper lists are flat: nobody reads them, and the stack stays small.
        if self.lists.len() < 64 {
            self.lists.push(first);
        }
    }

    pub(crate) fn close_list(&mut self) {
        self.block();
        self.lists.pop();
    }

    /// Begins an item of a list.
    pub(crate) fn item(&mut self) {
        self.marked = false;
        self.block();
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            _ => "- ".to_owned(),
        };
        self.flow.glue(&marker);
        self.marked = true;
    }

    pub(crate) fn open_table(&mut self) {
        self.reset();
        self.flow.open_table();
    }

    pub(crate) fn open_row(&mut self) {
        self.reset();
        self.flow.open_row();
    }

    /// Begins a cell; one that is open ends.
    pub(crate) fn open_cell(&mut self) {
        if !self.flow.current().trim().is_empty() && self.flow.in_table() {
            self.flow.close_cell();
        }
        self.reset();
    }

    pub(crate) fn close_cell(&mut self) {
        self.reset();
        self.flow.close_cell();
    }

    pub(crate) fn close_row(&mut self) {
        self.reset();
        self.flow.close_row();
    }

    pub(crate) fn close_table(&mut self) {
        self.reset();
        self.flow.close_table();
    }

    fn reset(&mut self) {
        self.space = false;
        self.marked = false;
    }
}
