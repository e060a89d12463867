//! XLSX: one note a row, every sheet that has a text column. Cells are read one after the other, never as a grid,
//! so that a cell in the last corner costs nothing.

use std::io::Cursor;

use calamine::{Data, DataRef, Reader, SheetType, SheetVisible, Xlsx};
use jiff::civil::Date;

use crate::table::{self, Cell, Row, Table};
use crate::{ErrorKind, Format, Item, Options, Place, SkipReason, Skipped, Step, package};

/// The documents of a workbook.
pub(crate) fn read(file: &str, bytes: &[u8], options: &Options) -> Vec<Item> {
    match sheets(bytes, options) {
        Ok(sheets) => of_sheets(file, sheets, options),
        Err(kind) => vec![Item::Error(kind.at(file, &Place::whole()))],
    }
}

/// The rows of a sheet with its number; none for hidden sheets and charts.
type Sheet = (u32, Option<Vec<Row>>);

/// The sheets with a text column; if none has one, the errors of all.
fn of_sheets(file: &str, sheets: Vec<Sheet>, options: &Options) -> Vec<Item> {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for (number, rows) in sheets {
        let Some(rows) = rows else {
            let place = Place::from(Step::Row { sheet: Some(number), row: 1, column: None });
            let reason = SkipReason::OtherKind("a hidden sheet or a chart");
            others.push(Item::Skipped(Skipped { file: file.to_owned(), place, reason }));
            continue;
        };
        let table = Table { file, format: Format::Xlsx, sheet: Some(number), notices: Vec::new() };
        let mut items = Vec::new();
        table::read(&table, rows, options, &mut |it| items.push(it));
        let unread = matches!(items.as_slice(), [Item::Error(it)] if matches!(it.kind, ErrorKind::Missing(..)));
        let empty = matches!(items.as_slice(), [Item::Skipped(_)]);
        if unread || empty { &mut others } else { &mut found }.extend(items);
    }
    if found.is_empty() && others.is_empty() {
        let (file, place) = (file.to_owned(), Place::whole());
        others.push(Item::Skipped(Skipped { file, place, reason: SkipReason::Empty }));
    }
    if found.is_empty() {
        return others;
    }
    // Other sheets, such as a legend of the columns, are named all the same.
    found.extend(others.into_iter().map(without_texts));
    found
}

/// A sheet without a text column is no error where another sheet has one.
fn without_texts(item: Item) -> Item {
    match item {
        Item::Error(error) => {
            let reason = SkipReason::OtherKind("a sheet without a column of texts");
            Item::Skipped(Skipped { file: error.file, place: error.place, reason })
        }
        item => item,
    }
}

fn sheets(bytes: &[u8], options: &Options) -> Result<Vec<Sheet>, ErrorKind> {
    // The library expands parts whole, so that their true size is measured before.
    package::check_workbook(bytes, &options.limits)?;
    let malformed = |_| ErrorKind::Malformed { format: Format::Xlsx, expected: "a workbook of Excel" };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(malformed)?;
    let sheets: Vec<_> = workbook.sheets_metadata().to_vec();
    let mut budget = options.limits.cells;
    let mut read = Vec::new();
    for (index, sheet) in sheets.iter().enumerate() {
        let is_read = sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
        let rows = if is_read { Some(rows(&mut workbook, &sheet.name, &mut budget, options)?) } else { None };
        read.push((index as u32 + 1, rows));
    }
    Ok(read)
}

fn rows(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
    budget: &mut usize,
    options: &Options,
) -> Result<Vec<Row>, ErrorKind> {
    /// Columns of a worksheet.
    const MAX_COLUMNS: u32 = 16_384;
    let malformed = |_| ErrorKind::Malformed { format: Format::Xlsx, expected: "a worksheet of Excel" };
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(malformed)?;
    let mut rows: Vec<Row> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(malformed)? {
        let (row, column) = cell.get_position();
        let value = value(cell.get_value().clone());
        if value.text.is_empty() || column >= MAX_COLUMNS {
            continue;
        }
        if rows.last().is_none_or(|it| it.number != row.saturating_add(1)) {
            rows.push(Row { number: row.saturating_add(1), cells: Vec::new(), fault: None });
        }
        let Some(last) = rows.last_mut() else { continue };
        let column = column as usize;
        let added = (column + 1).saturating_sub(last.cells.len());
        *budget = budget.checked_sub(added).ok_or(ErrorKind::TooManyCells(options.limits.cells))?;
        if added > 0 {
            last.cells.resize(column + 1, Cell::default());
        }
        if let Some(slot) = last.cells.get_mut(column) {
            *slot = value;
        }
    }
    pad(&mut rows);
    Ok(rows)
}

/// Fills rows that end before the header does: empty cells at the end of a row are not stored.
fn pad(rows: &mut [Row]) {
    let width = rows.first().map_or(0, |it| it.cells.len());
    for row in rows {
        // Cells beyond the header, such as remarks, belong to no column.
        row.cells.resize(width, Cell::default());
    }
}

fn value(value: DataRef<'_>) -> Cell {
    let value = Data::from(value);
    if let Data::DateTime(it) = &value {
        // It knows whether the workbook counts days from 1900 or 1904.
        let (year, month, day, ..) = it.to_ymd_hms_milli();
        let date = i16::try_from(year).ok().and_then(|year| Date::new(year, month as i8, day as i8).ok());
        return Cell { text: date.map(|it| it.to_string()).unwrap_or_default(), date };
    }
    let text = match value {
        // The end of a line is stored as such, or as an escape of the format.
        Data::String(it) => it.replace("_x000D_\n", "\n").replace("_x000D_", "\n"),
        Data::Int(it) => it.to_string(),
        Data::Float(it) => it.to_string(),
        Data::Bool(it) => it.to_string(),
        Data::DateTimeIso(it) | Data::DurationIso(it) => it,
        _ => String::new(),
    };
    Cell { text, date: None }
}
