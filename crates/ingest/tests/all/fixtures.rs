//! Files made by the tests, and short ways to read them.

use std::io::{Cursor, Write};

use opnote_ingest::{Document, Item, Options, read_file};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What a file gives, with the usual options.
pub(crate) fn read(name: &str, bytes: impl AsRef<[u8]>) -> Vec<Item> {
    read_file(name, bytes.as_ref(), &Options::default())
}

/// The only document of a file.
pub(crate) fn document(name: &str, bytes: impl AsRef<[u8]>) -> Document {
    let mut items = read(name, bytes);
    assert_eq!(items.len(), 1, "{items:?}");
    match items.pop() {
        Some(Item::Document(it)) => *it,
        other => panic!("{other:?}"),
    }
}

/// The documents of a file; nothing else may be in it.
pub(crate) fn documents(name: &str, bytes: impl AsRef<[u8]>) -> Vec<Document> {
    let only = |it| match it {
        Item::Document(it) => *it,
        other => panic!("{other:?}"),
    };
    read(name, bytes).into_iter().map(only).collect()
}

/// The message of the only item of a file that is no document.
pub(crate) fn message(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let items = read(name, bytes);
    match items.as_slice() {
        [Item::Error(it)] => it.to_string(),
        [Item::Skipped(it)] => it.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The place of the first occurrence of `words` in the text.
pub(crate) fn place(document: &Document, words: &str) -> String {
    let at = document.text.find(words).expect("words are in the text");
    document.source_map.place(&document.text, at).expect("words have a place").to_string()
}

/// The first date with its label.
pub(crate) fn date(document: &Document) -> String {
    document.dates.first().map(|it| format!("{} ({})", it.date, it.label)).unwrap_or_default()
}

/// A zip archive of named entries.
pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A DOCX file with this body.
pub(crate) fn docx(body: &str) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"w\"><w:body>{body}<w:sectPr/></w:body></w:document>"
    );
    zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document.as_bytes())])
}

/// A paragraph of a DOCX file.
pub(crate) fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}

/// A workbook of one sheet with these rows of inline strings; a cell that is a number is stored as one, as a date
/// if it is above 40,000.
pub(crate) fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    let mut sheet = String::new();
    for (row, cells) in rows.iter().enumerate() {
        sheet.push_str(&format!("<row r=\"{}\">", row + 1));
        for (column, cell) in cells.iter().enumerate().filter(|it| !it.1.is_empty()) {
            let at = format!("{}{}", (b'A' + column as u8) as char, row + 1);
            match cell.parse::<u32>() {
                Ok(number) => {
                    let style = u8::from(number > 40_000 && number < 60_000);
                    sheet.push_str(&format!("<c r=\"{at}\" s=\"{style}\"><v>{number}</v></c>"));
                }
                Err(_) => sheet.push_str(&format!(
                    "<c r=\"{at}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{cell}</t></is></c>"
                )),
            }
        }
        sheet.push_str("</row>");
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let workbook = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"Notes\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let links = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{relations}/styles\" Target=\"styles.xml\"/></Relationships>"
    );
    let styles = format!(
        "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
    );
    let sheet = format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>");
    let root = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}
