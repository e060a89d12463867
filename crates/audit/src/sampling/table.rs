//! Tables with a header: CSV with commas, semicolons or tabs, read strictly and written so that a spreadsheet runs nothing.

use sha2::{Digest, Sha256};

use super::Decimal;
use super::fault::Fault;

/// Marks that make a spreadsheet run a cell as a formula.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '＠'];

/// A table whose rows have a cell for each column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Files that the rows come from, for messages; the first has the header.
    pub files: Vec<String>,
    /// Names of the columns.
    pub header: Vec<String>,
    /// Rows.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Index of the file that it comes from.
    pub file: usize,
    /// Line of the file that it begins in, from 1.
    pub line: u64,
    /// Cells, as many as there are columns.
    pub cells: Vec<String>,
}

impl Table {
    /// Reads CSV text; rows without anything in them are left out.
    pub fn read(file: &str, text: &str) -> Result<Table, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Excel writes and heeds a first line that names the separator.
        let (text, named, before) = match text.strip_prefix("sep=") {
            Some(rest) => {
                let (first, rest) = rest.split_once('\n').unwrap_or((rest, ""));
                (rest, first.bytes().next(), 1)
            }
            None => (text, None, 0),
        };
        let separator = named.unwrap_or_else(|| separator(text));
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let mut table = Table { files: vec![file.to_owned()], ..Table::default() };
        let mut last = 0;
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|_| Fault::file(file, "expected CSV in UTF-8"))? {
            let line = record.position().map_or(0, csv::Position::line) + before;
            last = record.position().map_or(0, |it| it.byte() as usize);
            let cells: Vec<String> = record.iter().map(|it| it.trim().to_owned()).collect();
            if cells.iter().all(String::is_empty) {
                continue;
            }
            if table.header.is_empty() {
                table.header = header(file, line, cells)?;
                continue;
            }
            if cells.len() != table.header.len() {
                let message = format!("{} cells, expected {} as in the header", cells.len(), table.header.len());
                let hint = "a cell with a separator or a line break in it needs double quotes around it";
                return Err(Fault::line(file, line, message).hint(hint));
            }
            table.rows.push(Row { file: 0, line, cells });
        }
        if is_open(text.get(last..).unwrap_or_default(), separator) {
            let line = table.rows.last().map_or(1, |it| it.line);
            return Err(Fault::line(
                file,
                line,
                "a double quote that does not end, expected one at the end of the cell",
            ));
        }
        if table.rows.is_empty() {
            return Err(Fault::file(file, "expected a table: a line of column names and at least one row"));
        }
        Ok(table)
    }

    /// The index of a column, by its name (as written, else in any case) or its number from 1.
    pub fn column(&self, name: &str) -> Result<usize, Fault> {
        let by = |same: &dyn Fn(&String) -> bool| self.header.iter().position(same);
        let found = by(&|it| it == name).or_else(|| by(&|it| it.eq_ignore_ascii_case(name)));
        let number = || name.parse::<usize>().ok().filter(|it| (1..=self.header.len()).contains(it)).map(|it| it - 1);
        found.or_else(number).ok_or_else(|| {
            let message = format!("no column \"{name}\" among its {} columns", self.header.len());
            // Other names are not quoted: without a header the first line is content.
            let near = self.header.iter().map(|it| (strsim::damerau_levenshtein(it, name), it)).min();
            let hint = match near.filter(|it| it.0 <= 2) {
                Some((_, near)) => format!("did you mean \"{near}\"?"),
                None => "columns go by the names in the first line, or by number from 1".to_owned(),
            };
            Fault::file(self.files.first().map_or("", String::as_str), message).hint(hint)
        })
    }

    /// The fault of a cell.
    pub fn fault(&self, row: &Row, column: usize, message: impl Into<String>) -> Fault {
        let file = self.files.get(row.file).map_or("", String::as_str);
        Fault::cell(file, row.line, &self.header[column], message)
    }

    /// The place of a row, as messages name it.
    pub fn place(&self, row: &Row) -> String {
        format!("{}:{}", self.files.get(row.file).map_or("", String::as_str), row.line)
    }

    /// The table as CSV with commas, quotes only where needed, and line feeds.
    pub fn to_csv(&self) -> String {
        let rows = self.rows.iter().map(|it| &it.cells);
        csv_of(std::iter::once(&self.header).chain(rows).map(|it| it.iter().map(|it| guarded(it))))
    }

    /// The SHA-256 of [`to_csv`](Table::to_csv), in hexadecimal.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.to_csv().as_bytes()))
    }
}

/// A header: names that differ.
fn header(file: &str, line: u64, cells: Vec<String>) -> Result<Vec<String>, Fault> {
    for (index, name) in cells.iter().enumerate() {
        if name.is_empty() {
            return Err(Fault::line(file, line, format!("column {} has no name", index + 1)));
        }
        if let Some(first) = cells[..index].iter().position(|it| it == name) {
            let message =
                format!("columns {} and {} have the same name, expected different ones", first + 1, index + 1);
            return Err(Fault::line(file, line, message));
        }
    }
    Ok(cells)
}

/// The separator: the commonest of the first line, outside quotes.
fn separator(text: &str) -> u8 {
    let line = text.lines().find(|it| !it.trim().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        for count in counts.iter_mut().filter(|it| it.0 == byte && !quoted) {
            count.1 += 1;
        }
    }
    counts.into_iter().rev().max_by_key(|it| it.1).map_or(b',', |it| it.0)
}

/// Whether the last row has a quote that does not end and swallows what follows: then one more line is no other row.
fn is_open(last: &str, separator: u8) -> bool {
    let probe = format!("{last}\nx\n");
    let mut reader = csv::ReaderBuilder::new();
    let rows = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(probe.as_bytes());
    rows.into_records().count() == 1 && !last.trim().is_empty()
}

/// Rows of cells as CSV.
fn csv_of<C: AsRef<[u8]>>(rows: impl Iterator<Item = impl Iterator<Item = C>>) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(row);
    }
    writer.into_inner().map(|it| String::from_utf8_lossy(&it).into_owned()).unwrap_or_default()
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe before it; a number is none.
pub(crate) fn guarded(cell: &str) -> String {
    if cell.starts_with(FORMULA) && Decimal::read(cell).is_none() { format!("'{cell}") } else { cell.to_owned() }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, it| {
        // Writing to a text does not fail.
        let _ = write!(text, "{it:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_marks_of_spreadsheets_are_read() {
        let same = ["id,paid\na,1\n", "\u{feff}id;paid\r\na;1\r\n", "sep=;\nid;paid\na;1", "id\tpaid\n\na\t1\n\t\n"];
        let digests: Vec<String> = same.map(|it| Table::read("t", it).expect("a table").digest()).to_vec();
        assert!(digests.iter().all(|it| *it == digests[0]));
        assert_eq!(Table::read("t", "sep=;\nid;b\na;1").expect("a table").rows[0].line, 3);
    }

    #[test]
    fn faults_give_line_and_what_was_expected() {
        for (text, expected) in [
            ("", "t: expected a table"),
            ("id,b\n", "t: expected a table"),
            ("id,b\n1\n", "t:2: 1 cells, expected 2"),
            ("id,\n1,2\n", "t:1: column 2 has no name"),
            ("id,id\n1,2\n", "t:1: columns 1 and 2 have the same name"),
            ("id,b\n1,\"2\n3,4\n", "t:2: a double quote that does not end"),
        ] {
            let said = Table::read("t", text).expect_err("a fault").to_string();
            assert!(said.starts_with(expected), "{text:?}: {said}");
        }
    }

    #[test]
    fn formulas_are_kept_from_running_and_stay_as_they_are() {
        let table = Table::read("t", "id,b\n=1+1,-5\n").expect("a table");
        assert_eq!(table.to_csv(), "id,b\n'=1+1,-5\n");
        let again = Table::read("t", &table.to_csv()).expect("a table");
        assert_eq!(again.digest(), table.digest());
    }
}
