//! Files made by the tests, and short ways to read them.

use std::io::{Cursor, Write};

use opnote_ingest::{Document, Item, Options, read_file};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Items of a file, read with the default options.
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

/// A PDF file of these objects, the first of which is the catalog.
pub(crate) fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend(format!("{} 0 obj\n", index + 1).bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let start = bytes.len();
    bytes.extend(table.bytes());
    bytes.extend(format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).bytes());
    bytes
}

/// A stream object.
pub(crate) fn stream(entries: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<<{entries}/Length {}>>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

/// A PDF file of one page with this content, and objects from the fifth on; `/F` is Helvetica, `/X` the fifth object.
pub(crate) fn pdf_page(content: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>/G 6 0 R>>/XObject<</X 5 0 R>>>>>>".to_vec(),
        stream("", content.as_bytes()),
    ];
    objects.extend(more.iter().cloned());
    pdf(&objects)
}

/// A C-CDA document with this body.
pub(crate) fn cda(header: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\">{header}<component><structuredBody>{body}</structuredBody></component></ClinicalDocument>"
    )
}

/// One good file of each format, with its name.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let row = format!("<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>", paragraph("Level"), paragraph("L4-5"));
    let body = format!("{}<w:tbl>{row}</w:tbl>{}", paragraph("PROCEDURE: epidural"), paragraph("Done."));
    let word = docx(&body);
    let sheet = xlsx(&[&["Note ID", "Surgery Date", "Report"], &["1", "45944", "Lumbar epidural."]]);
    let rtf = br"{\rtf1\ansi{\fonttbl{\f0\fcharset204 A;}}PROCEDURE:\par\trowd\pard\intbl Level\cell L4-5\cell\row\pard{\f0\'cf}\u8211?{\*\x y}{\deleted z}\par}";
    let hl7 = "FHS|^~\\&\rMSH|^~\\&|E|H|X|Y|20251015||MDM^T06|1|P|2.3\rTXA|1|OP|TX|20251014||||||||D1|D0||||AU\rOBX|1|TX|||Epidural\\.br\\at L4\\T\\5~more\rOBX|2|ED|||^TEXT^RTF^Base64^e1xydGYxIHh9\rMSH|^~\\&|E|H|X|Y|1||ORU^R01|2|P|2.3\rOBR|1|P|F\rOBX|1|FT|||Report\r";
    let fhir = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"DocumentReference","id":"a","status":"current","content":[{"attachment":{"url":"Binary/b"}}]}},{"resource":{"resourceType":"Binary","id":"b","contentType":"text/plain","data":"RXBpZHVyYWw="}}]}"#;
    let section = "<component><section><title>Procedure</title><text><paragraph>Epidural &amp; more</paragraph><table><tr><td>a</td><td>b</td></tr></table></text></section></component>";
    let html = "<!DOCTYPE html><html><head><title>x</title></head><body><p>Epidural &lt; x</p><table><tr><td>a<td>b</table><ul><li>one<li>two</ul></body></html>";
    let page = "q BT /F 12 Tf 72 700 Td (PROCEDURE: epidural) Tj 0 -14 Td [(Le)-20(vel)-400(L4)] TJ ET Q /X Do";
    let form = stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"BT /F 9 Tf 72 600 Td (form) Tj ET");
    vec![
        ("a.txt", "PROCEDURE: epidural \u{2013} L4-5\nDone.".as_bytes().to_vec()),
        ("a.csv", b"id,text,date\n1,\"Lumbar, epidural\",10/14/2025\n2,b,\n".to_vec()),
        ("a.jsonl", b"{\"id\":1,\"text\":\"epidural\"}\n{\"id\":2,\"text\":\"b\"}\n".to_vec()),
        ("a.json", b"[{\"id\":1,\"text\":\"epidural\"}]".to_vec()),
        ("a.xlsx", sheet),
        ("a.docx", word.clone()),
        ("a.rtf", rtf.to_vec()),
        ("a.hl7", hl7.as_bytes().to_vec()),
        ("a.fhir", fhir.as_bytes().to_vec()),
        ("a.xml", cda("<id extension=\"1\"/><title>Note</title>", section).into_bytes()),
        ("a.html", html.as_bytes().to_vec()),
        ("a.pdf", pdf_page(page, &[form])),
        ("a.zip", zip(&[("b/a.txt", b"epidural"), ("a.docx", &word), ("in.zip", &zip(&[("c.txt", b"c")]))])),
    ]
}
