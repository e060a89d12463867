//! Results as a workbook: a worklist with typed columns, a filter on each and a header that stays in sight.

use opnote::Lexicon;
use opnote::report::Report;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::columns::{COLUMNS, Cell, rows};

/// Rows of a sheet, the header included.
const ROWS: u32 = 1 << 20;
/// Characters of a cell.
const CHARS: usize = 32_767;
/// The columns that stay in sight.
const FIXED: u16 = 1;

/// A workbook that is being filled; it is in memory until it is written.
pub(crate) struct Worklist {
    workbook: Workbook,
    sheet: Worksheet,
    /// Number of the sheet, from 1.
    number: u32,
    /// The next row.
    row: u32,
    formats: Formats,
}

struct Formats {
    header: Format,
    text: Format,
    count: Format,
    chance: Format,
    day: Format,
}

impl Worklist {
    /// A workbook with its header.
    pub(crate) fn new() -> Result<Worklist, XlsxError> {
        let mut workbook = Workbook::new();
        // Without a clock, so that the same notes give the same bytes.
        let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_title("opnote worklist").set_creation_datetime(&made));
        let top = Format::new().set_align(FormatAlign::Top);
        let formats = Formats {
            header: Format::new().set_bold().set_background_color("#DDE6EE").set_align(FormatAlign::Top),
            text: top.clone().set_text_wrap(),
            count: top.clone().set_num_format("0"),
            chance: top.clone().set_num_format("0%"),
            day: top.set_num_format("yyyy-mm-dd"),
        };
        let sheet = sheet(1, &formats)?;
        Ok(Worklist { workbook, sheet, number: 1, row: 1, formats })
    }

    /// Adds the rows of a note.
    pub(crate) fn add(&mut self, report: &Report, lexicon: &Lexicon) -> Result<(), XlsxError> {
        for row in rows(report, lexicon) {
            if self.row >= ROWS {
                self.number += 1;
                let next = sheet(self.number, &self.formats)?;
                let full = std::mem::replace(&mut self.sheet, next);
                self.push(full)?;
                self.row = 1;
            }
            for (column, it) in COLUMNS.iter().enumerate() {
                self.write(column as u16, (it.cell)(&row))?;
            }
            self.row += 1;
        }
        Ok(())
    }

    /// The bytes of the file.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, XlsxError> {
        let last = std::mem::take(&mut self.sheet);
        self.push(last)?;
        self.workbook.save_to_buffer()
    }

    fn push(&mut self, mut sheet: Worksheet) -> Result<(), XlsxError> {
        sheet.autofilter(0, 0, self.row.max(2) - 1, COLUMNS.len() as u16 - 1)?;
        self.workbook.push_worksheet(sheet);
        Ok(())
    }

    fn write(&mut self, column: u16, cell: Cell) -> Result<(), XlsxError> {
        let (sheet, row, formats) = (&mut self.sheet, self.row, &self.formats);
        match cell {
            Cell::Empty => sheet.write_blank(row, column, &formats.text)?,
            // A string is never a formula, whatever it begins with.
            Cell::Text(text) => sheet.write_string_with_format(row, column, cut(text), &formats.text)?,
            Cell::Count(count) => sheet.write_number_with_format(row, column, count as f64, &formats.count)?,
            Cell::Chance(chance) => sheet.write_number_with_format(row, column, chance, &formats.chance)?,
            Cell::Day(day) => {
                let (year, month, day) = (day.year() as u16, day.month() as u8, day.day() as u8);
                let date = ExcelDateTime::from_ymd(year, month, day)?;
                sheet.write_datetime_with_format(row, column, date, &formats.day)?
            }
        };
        Ok(())
    }
}

fn sheet(number: u32, formats: &Formats) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    let name = if number == 1 { "Worklist".to_owned() } else { format!("Worklist {number}") };
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, FIXED)?;
    for (column, it) in COLUMNS.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, it.name, &formats.header)?;
        sheet.set_column_width(column as u16, it.width)?;
    }
    Ok(sheet)
}

/// Text that fits a cell.
fn cut(text: String) -> String {
    if text.chars().count() <= CHARS { text } else { text.chars().take(CHARS - 1).chain(['…']).collect() }
}
