//! Options of the reader: forced format, columns of tables, limits.

/// Options for reading a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format, where it should not be detected. Archives are opened all the same.
    pub format: Option<crate::Format>,
    /// Columns of CSV, TSV and XLSX files and keys of JSON objects.
    pub columns: Columns,
    /// Whether 03/04/2025 has the day first; none: settled by the other dates of the column, else the month.
    pub day_first: Option<bool>,
    /// Limits beyond which a file is refused.
    pub limits: Limits,
}

/// The columns of a table, each by header or by number from 1; none is guessed from the header.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The id of the note.
    pub id: Option<String>,
    /// The text of the note.
    pub text: Option<String>,
    /// The date of service.
    pub date: Option<String>,
    /// The codes that were billed.
    pub billed: Option<String>,
}

/// The limits on one file; beyond any of them it is refused with a typed error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of a file as received, in bytes.
    pub file_bytes: usize,
    /// Size of the text of one note, in bytes.
    pub text_bytes: usize,
    /// Size of all that one file expands to, in bytes.
    pub expanded_bytes: usize,
    /// Size of a compressed part against its compressed size; parts below 1 MiB are exempt.
    pub expansion_ratio: usize,
    /// Nesting of groups, elements and JSON values.
    pub depth: usize,
    /// Nesting of tables inside tables.
    pub table_depth: usize,
    /// Nesting of archives inside archives.
    pub archive_depth: usize,
    /// Entries of an archive, nested archives included.
    pub entries: usize,
    /// Cells of a table, or objects of a PDF.
    pub cells: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file_bytes: 256 << 20,
            text_bytes: 4 << 20,
            expanded_bytes: 256 << 20,
            expansion_ratio: 200,
            depth: 500,
            table_depth: 16,
            archive_depth: 3,
            entries: 100_000,
            cells: 5_000_000,
        }
    }
}
