//! CSV and TSV: one note a row, separator found in the header.

use crate::table::{self, Cell, Row, Table};
use crate::{ErrorKind, Format, Item, Options, Place, decode};

/// CSV or TSV if the first row of a text is a header with a text and an id or a date.
pub(crate) fn recognize(head: &str) -> Option<Format> {
    let line = head.lines().next()?;
    let separator = separator(line)?;
    let mut rows = reader(separator).from_reader(line.as_bytes()).into_records();
    let cells: Vec<String> = rows.next()?.ok()?.iter().map(str::to_owned).collect();
    let format = if separator == b'\t' { Format::Tsv } else { Format::Csv };
    table::is_header(&cells).then_some(format)
}

/// The documents of a CSV or TSV file.
pub(crate) fn read(file: &str, bytes: &[u8], format: Format, options: &Options, emit: &mut dyn FnMut(Item)) {
    let decoded = decode::text(bytes);
    let text = decoded.text.trim_start_matches('\u{feff}');
    let header = text.lines().find(|it| !it.trim().is_empty()).unwrap_or_default();
    let (text, separator) = match header.strip_prefix("sep=") {
        // Excel writes and heeds a first line that names the separator.
        Some(named) => (text.split_once('\n').map_or("", |it| it.1), named.bytes().next().unwrap_or(b',')),
        None => (text, separator(header).unwrap_or(if format == Format::Tsv { b'\t' } else { b',' })),
    };
    let skipped_lines = u32::from(header.starts_with("sep="));
    let table = Table { file, format, sheet: None, notices: decoded.notices };
    match rows(text, separator, skipped_lines, options) {
        Ok(rows) => table::read(&table, rows, options, emit),
        Err(kind) => emit(Item::Error(kind.at(file, &Place::whole()))),
    }
}

/// The separator of a header: the commonest candidate outside quotes.
fn separator(line: &str) -> Option<u8> {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        let count = counts.iter_mut().find(|it| it.0 == byte && !quoted);
        if let Some(count) = count {
            count.1 += 1;
        }
    }
    let best = counts.iter().rev().max_by_key(|it| it.1)?;
    (best.1 > 0).then_some(best.0)
}

fn reader(separator: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(separator);
    builder
}

fn rows(text: &str, separator: u8, skipped_lines: u32, options: &Options) -> Result<Vec<Row>, ErrorKind> {
    let mut rows = Vec::new();
    let mut cells = 0;
    let mut last = 0;
    let mut reader = reader(separator).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err(ErrorKind::Encoding),
        }
        cells += record.len();
        if cells > options.limits.cells {
            return Err(ErrorKind::TooManyCells(options.limits.cells));
        }
        let position = record.position();
        last = position.map_or(0, |it| it.byte() as usize);
        let number = position.map_or(0, |it| it.line() as u32) + skipped_lines;
        let cells = record.iter().map(|it| Cell { text: it.to_owned(), date: None }).collect();
        rows.push(Row { number, cells, fault: None });
    }
    if is_open(text.get(last..).unwrap_or_default(), separator)
        && let Some(row) = rows.last_mut()
    {
        row.fault = Some(ErrorKind::Truncated("a double quote that ends the last cell"));
    }
    Ok(rows)
}

/// Whether the last row has a quote that does not end, so that it swallowed all rows after it: then one more line
/// does not make one more row.
fn is_open(last: &str, separator: u8) -> bool {
    let probe = format!("{last}\nx\n");
    reader(separator).from_reader(probe.as_bytes()).into_records().count() == 1 && !last.trim().is_empty()
}
