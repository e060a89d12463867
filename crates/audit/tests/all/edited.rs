//! A workbook saved by another program with some cells changed; the tests of the command line include this file, too.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{Formula, Workbook};

/// The workbook as another program would save it, with some cells changed: `("Findings", "K2", "upheld")`.
pub(crate) fn edited(bytes: &[u8], edits: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut source: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let mut target = Workbook::new();
    for name in source.sheet_names() {
        let range = source.worksheet_range(&name).expect("a sheet");
        let formulas = source.worksheet_formula(&name).expect("formulas");
        let copy = target.add_worksheet();
        copy.set_name(&name).expect("a name");
        let (last_row, last_column) = range.end().unwrap_or_default();
        for row in 0..=last_row {
            for column in 0..=last_column {
                let formula = formulas.get_value((row, column)).filter(|it| !it.is_empty());
                let value = range.get_value((row, column)).filter(|it| **it != Data::Empty);
                let column = u16::try_from(column).expect("narrow");
                match (formula, value) {
                    (Some(formula), _) => copy.write_formula(row, column, Formula::new(formula)).map(|_| ()),
                    (None, Some(value)) => copy.write_string(row, column, value.to_string()).map(|_| ()),
                    (None, None) => Ok(()),
                }
                .expect("a cell");
            }
        }
        for (_, cell, text) in edits.iter().filter(|it| it.0 == name) {
            let letters = cell.trim_end_matches(|it: char| it.is_ascii_digit());
            let column = letters.bytes().fold(0, |sum, it| sum * 26 + u16::from(it - b'A') + 1) - 1;
            let row: u32 = cell[letters.len()..].parse().expect("a row");
            copy.write_string(row - 1, column, *text).expect("a cell");
        }
    }
    target.save_to_buffer().expect("a workbook")
}
