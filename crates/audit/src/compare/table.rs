//! A small CSV table whose columns are found by their headers; its errors name file, row and column, never a cell.

use std::fmt;

/// What is wrong with a table, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// The file.
    pub file: String,
    /// Number of the line, from 1; none for the whole file.
    pub line: Option<u64>,
    /// The header of the column, if one is meant.
    pub column: Option<String>,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(out, ": column \"{column}\"")?;
        }
        write!(out, ": expected {}", self.expected)
    }
}

/// A table with a header.
pub(crate) struct Table {
    pub(crate) file: String,
    pub(crate) header: Vec<String>,
    /// Rows that are not empty.
    pub(crate) rows: Vec<Row>,
}

/// A row.
pub(crate) struct Row {
    /// Number of its line, from 1.
    pub(crate) line: u64,
    cells: Vec<String>,
}

impl Row {
    /// A cell without the space around it.
    pub(crate) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |it| it.trim())
    }
}

impl Table {
    /// Reads CSV with commas, semicolons or tabs; a row with more cells than the header is an error.
    pub(crate) fn read(bytes: &[u8], file: &str) -> Result<Table, Vec<TableError>> {
        let fault = |line, expected: &str| {
            vec![TableError { file: file.to_owned(), line, column: None, expected: expected.to_owned() }]
        };
        let text = std::str::from_utf8(bytes).map_err(|_| fault(None, "UTF-8; save the table as CSV UTF-8"))?;
        let text = text.trim_start_matches('\u{feff}');
        let first = text.lines().next().unwrap_or_default();
        let separator =
            [b',', b';', b'\t'].into_iter().rev().max_by_key(|it| first.bytes().filter(|b| b == it).count());
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator.unwrap_or(b','))
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut header = Vec::new();
        let (mut rows, mut errors) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(|it| fault(it.position().map(csv::Position::line), "a row of CSV"))?;
            let line = record.position().map_or(0, csv::Position::line);
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            if header.is_empty() {
                header = cells;
            } else if cells.len() > header.len() {
                errors.extend(fault(Some(line), "as many cells as the header; cells with separators in double quotes"));
            } else if cells.iter().any(|it| !it.trim().is_empty()) {
                rows.push(Row { line, cells });
            }
        }
        if header.is_empty() {
            return Err(fault(None, "a table with a header"));
        }
        if errors.is_empty() { Ok(Table { file: file.to_owned(), header, rows }) } else { Err(errors) }
    }

    /// The column with the first of these headers that there is.
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|it| normalized(it) == *name))
    }

    /// The column that is named, else the first with one of the headers.
    pub(crate) fn needed(&self, named: Option<&str>, names: &[&str], about: &str) -> Result<usize, Vec<TableError>> {
        let found = match named {
            Some(name) => self.named(name),
            None => self.find(names),
        };
        found.ok_or_else(|| {
            let expected = match named {
                Some(name) => format!("a column \"{name}\"; there are {}", self.header.join(", ")),
                None => format!("a column with {about}, such as {}; there are {}", names[0], self.header.join(", ")),
            };
            vec![TableError { file: self.file.clone(), line: Some(1), column: None, expected }]
        })
    }

    /// The column with this header, however its words are joined.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|it| normalized(it) == normalized(name))
    }

    /// An error at a cell.
    pub(crate) fn fault(&self, row: &Row, column: usize, expected: impl Into<String>) -> TableError {
        TableError {
            file: self.file.clone(),
            line: Some(row.line),
            column: self.header.get(column).cloned(),
            expected: expected.into(),
        }
    }
}

/// A header as it is compared: lower case, words joined by `_`.
pub(crate) fn normalized(header: &str) -> String {
    let words = header.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}
