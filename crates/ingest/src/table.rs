//! Rows to documents: which column is what, and what each row gives. Shared by CSV, TSV and XLSX.

use jiff::civil::Date;

use crate::body::{document, read_text};
use crate::date::{self, Reading};
use crate::{
    Columns, DateCandidate, DateKind, ErrorKind, Format, Item, Notice, Options, Place, SkipReason, Skipped, Step,
    detect,
};

/// Headers of columns with the id of a note, the best first.
pub(crate) const IDS: [&str; 14] = [
    "note_id",
    "noteid",
    "document_id",
    "documentid",
    "document_number",
    "doc_id",
    "docid",
    "id",
    "accession",
    "accession_number",
    "case_id",
    "encounter_id",
    "csn",
    "visit_id",
];
/// Headers of columns with the text of a note.
pub(crate) const TEXTS: [&str; 18] = [
    "note_text",
    "notetext",
    "text",
    "note",
    "op_note",
    "opnote",
    "operative_note",
    "operative_report",
    "procedure_note",
    "report_text",
    "document_text",
    "report",
    "note_body",
    "body",
    "content",
    "narrative",
    "transcription",
    "dictation",
];
/// Headers of columns with the date of service.
pub(crate) const DATES: [&str; 13] = [
    "date_of_service",
    "service_date",
    "servicedate",
    "dos",
    "date_of_surgery",
    "surgery_date",
    "date_of_procedure",
    "procedure_date",
    "operation_date",
    "visit_date",
    "encounter_date",
    "note_date",
    "date",
];
/// Headers of columns with the codes that were billed.
pub(crate) const BILLED: [&str; 15] = [
    "billed_codes",
    "billed_code",
    "billed_cpt",
    "billed",
    "charged_codes",
    "charges",
    "cpt_codes",
    "cpt_code",
    "cpts",
    "cpt",
    "procedure_codes",
    "procedure_code",
    "hcpcs",
    "codes",
    "code",
];

/// A cell: its text, and its day where the workbook knows that it is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) date: Option<Date>,
}

/// A row with its number in the file and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) number: u32,
    pub(crate) cells: Vec<Cell>,
    pub(crate) fault: Option<ErrorKind>,
}

/// A table to read.
pub(crate) struct Table<'a> {
    pub(crate) file: &'a str,
    pub(crate) format: Format,
    pub(crate) sheet: Option<u32>,
    pub(crate) notices: Vec<Notice>,
}

/// Indices of the columns.
struct Chosen {
    id: Option<usize>,
    text: usize,
    date: Option<usize>,
    billed: Option<usize>,
    notices: Vec<Notice>,
}

/// A header as it is compared: lower case, words joined by `_`.
pub(crate) fn normalized(header: &str) -> String {
    let words = header.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}

/// The documents of a table whose first row is its header. An error of the header is the only item.
pub(crate) fn read(table: &Table<'_>, rows: Vec<Row>, options: &Options, emit: &mut dyn FnMut(Item)) {
    let mut rows = rows.into_iter();
    let Some(header) = rows.next() else {
        return emit(table.skipped(&table.sheet_place(), SkipReason::Empty));
    };
    let names: Vec<String> = header.cells.iter().map(|it| normalized(&it.text)).collect();
    let chosen = header.fault.map_or_else(|| choose(&names, &options.columns), Err);
    let chosen = match chosen {
        Ok(it) => it,
        Err(kind) => {
            let place = Place::from(table.row(header.number, None));
            return emit(Item::Error(kind.at(table.file, &place)));
        }
    };
    if rows.as_slice().is_empty() {
        return emit(table.skipped(&table.sheet_place(), SkipReason::Empty));
    }
    let day_first = day_first(rows.as_slice(), chosen.date, options.day_first);
    for it in rows {
        emit(row(table, it, names.len(), &chosen, day_first, options));
    }
}

/// Whether the first row of a table names a text and an id or a date.
pub(crate) fn is_header(cells: &[String]) -> bool {
    let names: Vec<String> = cells.iter().map(|it| normalized(it)).collect();
    let has = |known: &[&str]| known.iter().any(|it| names.iter().any(|name| name == it));
    has(&TEXTS) && (has(&IDS) || has(&DATES))
}

impl Table<'_> {
    fn row(&self, row: u32, column: Option<usize>) -> Step {
        Step::Row { sheet: self.sheet, row, column: column.map(|it| it as u32 + 1) }
    }

    fn sheet_place(&self) -> Place {
        match self.sheet {
            Some(_) => Place::from(self.row(1, None)),
            None => Place::whole(),
        }
    }

    fn skipped(&self, place: &Place, reason: SkipReason) -> Item {
        Item::Skipped(Skipped { file: self.file.to_owned(), place: place.clone(), reason })
    }
}

fn row(table: &Table<'_>, row: Row, width: usize, chosen: &Chosen, day_first: DayFirst, options: &Options) -> Item {
    let place = Place::from(table.row(row.number, None));
    let fault = |kind: ErrorKind| Item::Error(kind.at(table.file, &place));
    if let Some(kind) = row.fault {
        return fault(kind);
    }
    if row.cells.len() > width || row.cells.len() <= chosen.text {
        let expected = "as many cells as the header, texts with separators or line ends in double quotes";
        return fault(ErrorKind::Malformed { format: table.format, expected });
    }
    let cell = |column: usize| row.cells.get(column);
    let text = cell(chosen.text).map(|it| it.text.as_str()).unwrap_or_default();
    if text.trim().is_empty() {
        return table.skipped(&place, SkipReason::Empty);
    }
    let text_place = Place::from(table.row(row.number, Some(chosen.text)));
    let mut body = match read_text(text, &text_place, &options.limits) {
        Ok(it) => it,
        Err(fault) => return Item::Error(fault.of_file(table.file)),
    };
    body.notices.extend(table.notices.iter().chain(&chosen.notices).cloned());
    if let Some(column) = chosen.date {
        match cell(column).map(|it| reading(it, day_first)) {
            Some(Ok(Some((date, notice)))) => {
                body.dates.push(DateCandidate {
                    date,
                    kind: DateKind::Service,
                    label: format!("column {}", column + 1),
                });
                body.notices.extend(notice);
            }
            Some(Err(())) => {
                body.notices.push(Notice::DateNotRead(Place::from(table.row(row.number, Some(column)))));
            }
            _ => {}
        }
    }
    if let Some(cell) = chosen.billed.and_then(cell) {
        body.metadata.billed_codes = codes(&cell.text);
    }
    let id = chosen.id.and_then(cell).map(|it| it.text.trim()).filter(|it| !it.is_empty());
    let id = id.map_or_else(|| numbered(table, row.number), str::to_owned);
    Item::Document(Box::new(document(body, id, table.file, &place, table.format)))
}

fn numbered(table: &Table<'_>, row: u32) -> String {
    let stem = detect::stem(table.file);
    match table.sheet {
        Some(sheet) if sheet > 1 => format!("{stem}#{sheet}.{row}"),
        _ => format!("{stem}#{row}"),
    }
}

/// The codes of a cell, separated by anything that is in no code.
pub(crate) fn codes(text: &str) -> Vec<String> {
    let words = text.split(|it: char| matches!(it, ',' | ';' | '|' | '/') || it.is_whitespace());
    words.map(|it| it.trim_end_matches(".0")).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The columns: as named, else guessed by header.
fn choose(names: &[String], columns: &Columns) -> Result<Chosen, ErrorKind> {
    let mut notices = Vec::new();
    let mut taken: Vec<usize> = Vec::new();
    let mut find = |role: &'static str, named: Option<&String>, known: &[&'static str]| {
        if let Some(name) = named {
            let column = named_column(names, name).ok_or(ErrorKind::Missing("column of that name", role))?;
            taken.push(column);
            return Ok(Some(column));
        }
        let position = |header: &str| names.iter().position(|it| it == header);
        let guess = known.iter().find_map(|it| position(it).filter(|at| !taken.contains(at)).map(|at| (at, *it)));
        if let Some((column, header)) = guess {
            taken.push(column);
            notices.push(Notice::ColumnGuessed { role, column: column as u32 + 1, header });
        }
        Ok(guess.map(|it| it.0))
    };
    let text = find("text", columns.text.as_ref(), &TEXTS)?;
    let id = find("id", columns.id.as_ref(), &IDS)?;
    let date = find("date", columns.date.as_ref(), &DATES)?;
    let billed = find("billed", columns.billed.as_ref(), &BILLED)?;
    let text = text.ok_or(ErrorKind::Missing(
        "column for the text of the notes",
        "a header such as `text`, `note` or `note_text`, or the column given by name or number",
    ))?;
    if id.is_none() {
        notices.push(Notice::NumberedByRow);
    }
    Ok(Chosen { id, text, date, billed, notices })
}

/// A column by its header, else by its number from 1.
fn named_column(names: &[String], name: &str) -> Option<usize> {
    let wanted = normalized(name);
    let by_number = || name.trim().parse::<usize>().ok()?.checked_sub(1).filter(|it| *it < names.len());
    names.iter().position(|it| *it == wanted && !wanted.is_empty()).or_else(by_number)
}

/// Order of day and month in dates that can be read in two ways.
#[derive(Clone, Copy)]
struct DayFirst {
    value: bool,
    /// Nothing settled the order, so that each such date gets a notice.
    open: bool,
}

/// The order of day and month in a column: as asked for, else as a date shows that can be read in one way only.
fn day_first(rows: &[Row], column: Option<usize>, asked: Option<bool>) -> DayFirst {
    if let Some(value) = asked {
        return DayFirst { value, open: false };
    }
    let Some(column) = column else { return DayFirst { value: false, open: true } };
    let (mut day, mut month) = (false, false);
    for cell in rows.iter().filter_map(|it| it.cells.get(column)).filter(|it| it.date.is_none()) {
        let mut numbers = cell.text.trim().split(['/', '-', '.', ' ']).map(|it| it.parse::<u32>().unwrap_or(0));
        match (numbers.next(), numbers.next()) {
            (Some(13..=31), Some(1..=12)) => day = true,
            (Some(1..=12), Some(13..=31)) => month = true,
            _ => {}
        }
    }
    DayFirst { value: day && !month, open: day == month }
}

/// The date of a cell with what is odd about it; none if the cell is empty.
fn reading(cell: &Cell, day_first: DayFirst) -> Result<Option<(Date, Option<Notice>)>, ()> {
    if let Some(date) = cell.date {
        return Ok(Some((date, None)));
    }
    if cell.text.trim().is_empty() {
        return Ok(None);
    }
    let reading = date::read_cell(&cell.text).ok_or(())?;
    let either = matches!(reading, Reading::Either(..)) && day_first.open;
    let notice = either.then_some(Notice::DateOrder { day_first: day_first.value });
    Ok(Some((reading.date(day_first.value), notice)))
}
