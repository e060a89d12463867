//! A worksheet as a workbook: instructions, one row a finding, a summary that counts while the reviewer works.

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, ProtectionOptions,
    Workbook, XlsxError,
};

use super::layout::{Column, FINDINGS, Holds, INSTRUCTIONS, REVIEWER, STAMP, SUMMARY, at, columns, excerpt, fixed};
use super::{Verdict, Worksheet};
use crate::compare::{Kind, RootCause};

struct Formats {
    title: Format,
    header: Format,
    fixed: Format,
    answer: Format,
    computed: Format,
    marked: Format,
    plain: Format,
    share: Format,
}

impl Formats {
    fn new() -> Formats {
        let cell = Format::new().set_align(FormatAlign::Top).set_text_wrap().set_border(FormatBorder::Hair);
        Formats {
            title: Format::new().set_bold().set_font_size(14),
            header: cell.clone().set_bold().set_background_color("#DDE6EE"),
            fixed: cell.clone(),
            answer: cell.clone().set_unlocked().set_background_color("#FFF8DC"),
            computed: cell.clone().set_background_color("#EEEEEE"),
            marked: Format::new().set_bold().set_font_color(Color::RGB(0x00B0_411E)),
            plain: Format::new(),
            share: cell.set_num_format("0.0%"),
        }
    }
}

/// The bytes of the workbook; the same worksheet gives the same bytes.
pub fn write(worksheet: &Worksheet<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // Without a clock, so that the same audit gives the same bytes.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title("opnote audit worksheet").set_creation_datetime(&made));
    let formats = Formats::new();
    instructions(&mut workbook, worksheet, &formats)?;
    findings(&mut workbook, worksheet, &formats)?;
    summary(&mut workbook, worksheet, &formats)?;
    workbook.save_to_buffer()
}

fn instructions(workbook: &mut Workbook, worksheet: &Worksheet<'_>, formats: &Formats) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(INSTRUCTIONS)?.set_column_width(0, 16)?.set_column_width(1, 100)?;
    let title = if worksheet.earlier.is_empty() { "Audit worksheet" } else { "Reconciliation worksheet" };
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    let stamp = worksheet.stamp();
    sheet.write_string_with_format(REVIEWER.0, 0, "reviewer", &formats.header)?;
    sheet.write_string_with_format(REVIEWER.0, REVIEWER.1, worksheet.reviewer, &formats.fixed)?;
    sheet.write_string_with_format(STAMP.0, 0, "stamp", &formats.header)?;
    sheet.write_string_with_format(STAMP.0, STAMP.1, stamp, &formats.fixed)?;
    sheet.write_string_with_format(STAMP.0 + 1, 0, "made by", &formats.header)?;
    sheet.write_string_with_format(STAMP.0 + 1, 1, worksheet.made_by, &formats.fixed)?;
    let mut lines: Vec<(&str, &str)> = vec![
        ("what to do", "Fill in the yellow cells of the sheet Findings, one row a finding; everything else is locked."),
        ("verdict", "upheld: the finding stands and the documented line is right (of an agreement: both are right)."),
        ("", "overturned: the billed line is right."),
        ("", "other: neither is; write the right line into correct_line, such as ABCDE-59 x2, or none."),
        ("", "query: the note does not settle it; only the provider can say."),
        ("reason", "Where the error comes from; not needed for an agreement that is upheld."),
        (
            "excerpt",
            "Words that decide are bold and red; the number is that of the line in the note. Read the whole note where in doubt.",
        ),
        ("state", "Computed: open, what is missing, or done. The sheet Summary counts."),
        ("two reviewers", "Each has a worksheet of their own and does not see the other's before both are done."),
    ];
    if !worksheet.earlier.is_empty() {
        lines.push((
            "reconciliation",
            "Only findings on which the reviewers differ are here, with the answer of each. The verdict here is final.",
        ));
    }
    for (index, (name, text)) in lines.into_iter().enumerate() {
        let row = STAMP.0 + 3 + index as u32;
        sheet.write_string_with_format(row, 0, name, &formats.header)?;
        sheet.write_string_with_format(row, 1, text, &formats.fixed)?;
    }
    sheet.protect();
    Ok(())
}

fn findings(workbook: &mut Workbook, worksheet: &Worksheet<'_>, formats: &Formats) -> Result<(), XlsxError> {
    let columns = columns(worksheet);
    let rows = worksheet.findings();
    let sheet = workbook.add_worksheet();
    sheet.set_name(FINDINGS)?.set_freeze_panes(1, 1)?;
    for (at, it) in columns.iter().enumerate() {
        sheet.set_column_width(at as u16, it.width)?;
        sheet.write_string_with_format(0, at as u16, &it.name, &formats.header)?;
    }
    for (index, finding) in rows.iter().enumerate() {
        let row = index as u32 + 1;
        let mut texts = fixed(worksheet, finding).into_iter();
        for (at, it) in columns.iter().enumerate() {
            let at = at as u16;
            match it.holds {
                Holds::Fixed => {
                    // A string is never a formula, whatever it begins with.
                    let text = texts.next().unwrap_or_default();
                    sheet.write_string_with_format(row, at, text, &formats.fixed)?;
                }
                Holds::Excerpt => {
                    let whole = texts.next().unwrap_or_default();
                    let pieces = excerpt(worksheet, finding);
                    let written: String = pieces.iter().map(|it| it.0.as_str()).collect();
                    if pieces.len() > 1 && written == whole {
                        let rich: Vec<(&Format, &str)> = pieces
                            .iter()
                            .map(|(text, marked)| {
                                (if *marked { &formats.marked } else { &formats.plain }, text.as_str())
                            })
                            .collect();
                        sheet.write_rich_string_with_format(row, at, &rich, &formats.fixed)?;
                    } else {
                        sheet.write_string_with_format(row, at, whole, &formats.fixed)?;
                    }
                }
                Holds::Answer => {
                    sheet.write_blank(row, at, &formats.answer)?;
                }
                Holds::Formula => {
                    let (formula, result) = formula(&it.name, &columns, row);
                    sheet.write_formula_with_format(
                        row,
                        at,
                        Formula::new(formula).set_result(result),
                        &formats.computed,
                    )?;
                }
            }
        }
    }
    let last = (rows.len() as u32).max(1);
    choices(sheet, &columns, "verdict", &Verdict::ALL.map(Verdict::name), last)?;
    choices(sheet, &columns, "reason", &RootCause::ALL.map(RootCause::name), last)?;
    sheet.autofilter(0, 0, last, columns.len() as u16 - 1)?;
    let mut allowed = ProtectionOptions::new();
    (allowed.use_autofilter, allowed.format_columns, allowed.format_rows) = (true, true, true);
    sheet.protect_with_options(&allowed);
    Ok(())
}

/// A drop-down for a column.
fn choices(
    sheet: &mut rust_xlsxwriter::Worksheet,
    columns: &[Column],
    name: &str,
    values: &[&str],
    last: u32,
) -> Result<(), XlsxError> {
    let column = at(columns, name) as u16;
    let list = DataValidation::new()
        .allow_list_strings(values)?
        .set_error_title(format!("Not a {name}"))?
        .set_error_message(format!("Choose one of: {}.", values.join(", ")))?;
    sheet.add_data_validation(1, column, last, column, &list)?;
    Ok(())
}

/// The formula of a computed cell, and its result while the row is not filled in. Functions that every spreadsheet has.
fn formula(name: &str, columns: &[Column], row: u32) -> (String, &'static str) {
    let cell = |name: &str| format!("${}{}", letters(at(columns, name)), row + 1);
    let (verdict, correct, reason, kind) = (cell("verdict"), cell("correct_line"), cell("reason"), cell("kind"));
    if name == "right_line" {
        let (billed, documented) = (cell("billed"), cell("documented"));
        let formula = format!(
            "IF({verdict}=\"upheld\",{documented},IF({verdict}=\"overturned\",{billed},IF({verdict}=\"other\",{correct}&\"\",\"\")))"
        );
        return (formula, "");
    }
    let agreed = Kind::Agreement.name();
    let formula = format!(
        "IF({verdict}=\"\",\"open\",IF(AND({verdict}=\"other\",{correct}=\"\"),\"correct_line missing\",\
         IF(AND({reason}=\"\",NOT(AND({verdict}=\"upheld\",{kind}=\"{agreed}\"))),\"reason missing\",\"done\")))"
    );
    (formula, "open")
}

/// The letters of a column.
pub(super) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn summary(workbook: &mut Workbook, worksheet: &Worksheet<'_>, formats: &Formats) -> Result<(), XlsxError> {
    let columns = columns(worksheet);
    let rows = worksheet.findings();
    let last = rows.len().max(1) + 1;
    let range = |name: &str| {
        let column = letters(at(&columns, name));
        format!("{FINDINGS}!${column}$2:${column}${last}")
    };
    let sheet = workbook.add_worksheet();
    sheet.set_name(SUMMARY)?.set_column_width(0, 46)?.set_column_width(1, 14)?;
    sheet.write_string_with_format(0, 0, "Summary (computed from the sheet Findings)", &formats.title)?;
    let mut row = 2;
    let mut line = |name: &str, formula: String, result: String, format: &Format| -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, 0, name, &formats.header)?;
        sheet.write_formula_with_format(row, 1, Formula::new(formula).set_result(result), format)?;
        row += 1;
        Ok(())
    };
    let (state, verdict, kind) = (range("state"), range("verdict"), range("kind"));
    let all = rows.len().to_string();
    let count = &formats.computed;
    line("findings", format!("COUNTA({})", range("finding")), all.clone(), count)?;
    line("done", format!("COUNTIF({state},\"done\")"), "0".to_owned(), count)?;
    line("left to do", "B3-B4".to_owned(), all, count)?;
    for it in Verdict::ALL {
        line(it.name(), format!("COUNTIF({verdict},\"{}\")", it.name()), "0".to_owned(), count)?;
    }
    let agreed = Kind::Agreement.name();
    let right = format!("COUNTIFS({kind},\"{agreed}\",{verdict},\"upheld\")+COUNTIF({verdict},\"overturned\")");
    line("lines that were billed rightly", right, "0".to_owned(), count)?;
    line("lines that are decided (without query)", "B6+B7+B8".to_owned(), "0".to_owned(), count)?;
    line("share billed rightly of those decided", "IF(B11=0,\"\",B10/B11)".to_owned(), String::new(), &formats.share)?;
    let shares = "IF(B6+B7+B8=0,\"\",B6/(B6+B7+B8))".to_owned();
    line("share of findings that were upheld", shares, String::new(), &formats.share)?;
    for it in Kind::ALL.into_iter().filter(|it| rows.iter().any(|of| of.kind == *it)) {
        let own = rows.iter().filter(|of| of.kind == it).count().to_string();
        line(&it.title(), format!("COUNTIF({kind},\"{}\")", it.name()), own, count)?;
        let upheld = format!("COUNTIFS({kind},\"{}\",{verdict},\"upheld\")", it.name());
        line(&format!("{}: upheld", it.title()), upheld, "0".to_owned(), count)?;
    }
    sheet.protect();
    Ok(())
}
