//! Faults of tables and sample files: where, what was expected; never what a cell holds, which may be text of a note.

use std::fmt;

/// A fault with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Fault {
    /// Place in a file.
    pub place: Place,
    /// What was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Name of the column.
    pub column: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        Ok(())
    }
}

impl Fault {
    /// The fault of a whole file.
    pub fn file(file: &str, message: impl Into<String>) -> Fault {
        Fault { place: Place { file: file.to_owned(), ..Place::default() }, message: message.into(), hint: None }
    }

    /// The fault of a line.
    pub fn line(file: &str, line: u64, message: impl Into<String>) -> Fault {
        let mut fault = Fault::file(file, message);
        fault.place.line = Some(line);
        fault
    }

    /// The fault of a cell.
    pub fn cell(file: &str, line: u64, column: &str, message: impl Into<String>) -> Fault {
        let mut fault = Fault::line(file, line, message);
        fault.place.column = Some(column.to_owned());
        fault
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Fault {
        self.hint = Some(hint.into());
        self
    }
}
