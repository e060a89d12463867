//! Hostile files: each ends soon, with a typed error.

use std::time::{Duration, Instant};

use opnote_ingest::{ErrorKind, Item, Limits, Options, read_file};

use crate::fixtures::{cda, docx, good, paragraph, pdf, pdf_page, read, stream, xlsx, zip};

/// The error of a file, found within two seconds.
fn error(name: &str, bytes: impl AsRef<[u8]>) -> ErrorKind {
    let start = Instant::now();
    let items = read(name, bytes);
    assert!(start.elapsed() < Duration::from_secs(2), "{name} took {:?}", start.elapsed());
    let errors: Vec<ErrorKind> =
        items.iter().filter_map(|it| if let Item::Error(it) = it { Some(it.kind.clone()) } else { None }).collect();
    errors.first().unwrap_or_else(|| panic!("{name}: no error in {} items", items.len())).clone()
}

/// Reads a file that may be what it likes, within two seconds.
fn soon(name: &str, bytes: impl AsRef<[u8]>) -> Vec<Item> {
    let start = Instant::now();
    let items = read(name, bytes);
    assert!(start.elapsed() < Duration::from_secs(2), "{name} took {:?}", start.elapsed());
    assert!(!items.is_empty(), "{name}");
    items
}

#[test]
fn bombs() {
    let zeros = vec![b' '; 50 << 20];
    assert_eq!(error("a.zip", zip(&[("a.txt", &zeros)])), ErrorKind::ExpansionRatio(200));
    assert_eq!(error("a.docx", zip(&[("word/document.xml", &zeros)])), ErrorKind::ExpansionRatio(200));
    assert_eq!(error("a.xlsx", zip(&[("xl/workbook.xml", &zeros)])), ErrorKind::ExpansionRatio(200));
    let part = vec![b'a'; 1 << 20];
    let names: Vec<String> = (0..400).map(|it| format!("{it}.txt")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|it| (it.as_str(), part.as_slice())).collect();
    let limits = Limits { expanded_bytes: 64 << 20, ..Limits::default() };
    let items = read_file("a.zip", &zip(&entries), &Options { limits, ..Options::default() });
    assert!(matches!(items.last(), Some(Item::Error(it)) if it.kind == ErrorKind::TooLarge(64 << 20)));
    assert_eq!(items.len(), 400);
}

#[test]
fn a_million_entries() {
    let entry = [b"PK\x01\x02".as_slice(), &[0; 42]].concat();
    let bytes = [b"PK\x03\x04".to_vec(), entry.repeat(1_000_000)].concat();
    for name in ["a.zip", "a.docx", "a.xlsx"] {
        assert_eq!(error(name, &bytes), ErrorKind::TooManyEntries(100_000));
    }
}

#[test]
fn archives_in_archives() {
    let mut bytes = zip(&[("a.txt", b"deep")]);
    for _ in 0..50 {
        bytes = zip(&[("in.zip", &bytes)]);
    }
    assert_eq!(error("a.zip", bytes), ErrorKind::TooDeep(3));
}

#[test]
fn deep_nesting() {
    let million = 1_000_000;
    assert_eq!(error("a.rtf", format!("{{\\rtf1 {}", "{".repeat(million))), ErrorKind::TooDeep(500));
    assert_eq!(error("a.rtf", "{\\rtf1\\itap1000000 x\\par}"), ErrorKind::TooDeep(16));
    let tables = |count: usize, tag: &str| tag.repeat(count);
    assert_eq!(error("a.docx", docx(&tables(100_000, "<w:tbl><w:tr><w:tc>"))), ErrorKind::TooDeep(16));
    assert_eq!(error("a.docx", docx(&tables(100_000, "<w:sdt>"))), ErrorKind::TooDeep(500));
    let twenty = format!("{}{}", tables(20, "<w:tbl><w:tr><w:tc>"), tables(20, "</w:tc></w:tr></w:tbl>"));
    assert_eq!(error("a.docx", docx(&twenty)), ErrorKind::TooDeep(16));
    assert_eq!(error("a.html", format!("<html>{}", tables(100_000, "<table><tr><td>"))), ErrorKind::TooDeep(16));
    assert_eq!(error("a.xml", cda("", &tables(100_000, "<component><section>"))), ErrorKind::TooDeep(500));
    soon("a.html", format!("<html>{}text", "<div><ul><li>".repeat(200_000)));
    let json = error("a.json", "[{\"a\":".repeat(100_000));
    assert!(matches!(json, ErrorKind::Malformed { .. } | ErrorKind::Truncated(_)));
    let json = format!("{{\"text\":{}{}}}", "[".repeat(million), "]".repeat(million));
    assert!(matches!(error("a.json", json), ErrorKind::Malformed { .. } | ErrorKind::Wrong(..)));
    assert!(matches!(
        error("a.fhir", format!("{{\"resourceType\":\"Bundle\",\"x\":{}", "[".repeat(million))),
        ErrorKind::Malformed { .. }
    ));
    let arrays = pdf(&[b"<</Type/Catalog/Pages 2 0 R>>".to_vec(), b"[".repeat(million)]);
    assert!(matches!(error("a.pdf", arrays), ErrorKind::Malformed { .. }));
    soon("a.pdf", pdf_page(&"[".repeat(million), &[]));
    soon("a.pdf", pdf_page(&"q ".repeat(million), &[]));
    soon("a.pdf", pdf_page(&"(".repeat(million), &[]));
}

#[test]
fn entities() {
    let bomb = "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>";
    assert_eq!(error("a.xml", cda("", "").replace("?>", &format!("?>{bomb}"))), ErrorKind::Doctype);
    let external = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
    let word = format!("<?xml version=\"1.0\"?>{external}<w:document>{}</w:document>", paragraph("&e;"));
    assert_eq!(error("a.docx", zip(&[("word/document.xml", word.as_bytes())])), ErrorKind::Doctype);
    assert_eq!(error("a.docx", docx(&paragraph("&e;"))), ErrorKind::Doctype);
}

#[test]
fn far_cells() {
    let header = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>text</t></is></c></row>";
    let far: String = (2..1000).map(|row| format!("<row r=\"{row}\"><c r=\"XFD{row}\"><v>1</v></c></row>")).collect();
    let sheet = |rows: &str| {
        let bytes = xlsx(&[&["id"]]);
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut parts = Vec::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
            let (head, tail) = ("<sheetData>", "</sheetData>");
            if let (Some(start), Some(end)) = (text.find(head), text.find(tail)) {
                text = format!("{}{head}{rows}{}", &text[..start], &text[end..]);
            }
            parts.push((entry.name().unwrap().to_string(), text));
        }
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|it| (it.0.as_str(), it.1.as_bytes())).collect();
        zip(&parts)
    };
    assert_eq!(error("a.xlsx", sheet(&format!("{header}{far}"))), ErrorKind::TooManyCells(5_000_000));
    for reference in ["A99999999999", "AAAAAAAAAAAAA1", "B2:ZZZZZZZZZ99"] {
        let row = format!("<row r=\"2\"><c r=\"{reference}\"><v>1</v></c></row>");
        assert!(matches!(error("a.xlsx", sheet(&format!("{header}{row}"))), ErrorKind::Malformed { .. }));
    }
    let last = "<row r=\"1048576\"><c r=\"B1048576\" t=\"inlineStr\"><is><t>note</t></is></c></row>";
    let items = soon("a.xlsx", sheet(&format!("{header}{last}")));
    assert!(matches!(&items[..], [Item::Document(it)] if it.text == "note"));
}

#[test]
fn workbooks_of_styles_and_strings() {
    let random: String =
        (0..2_000_000_u32).map(|it| format!("<si a=\"{}\"/>", it.wrapping_mul(2_654_435_761))).collect();
    let strings = random.repeat(3);
    let bytes = zip(&[("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", strings.as_bytes())]);
    assert_eq!(error("a.xlsx", bytes), ErrorKind::TooManyCells(5_000_000));
    let bytes = zip(&[("xl/workbook.xml", b"<workbook/>"), ("xl/styles.xml", &random.as_bytes()[..8 << 20])]);
    assert_eq!(error("a.xlsx", bytes), ErrorKind::TooLarge(4 << 20));
}

#[test]
fn long_lines_of_nothing() {
    let million = 1_000_000;
    soon("a.hl7", format!("MSH|^~\\&|||||||MDM^T02|1\r{}", "OBX|1|TX|||a\r".repeat(200_000)));
    soon("a.hl7", format!("MSH|^~\\&|||||||MDM^T02|1\rOBX|1|TX|||{}\r", "\\".repeat(million)));
    soon("a.hl7", format!("MSH|^~\\&|||||||MDM^T02|1\rOBX|1|TX|||{}\r", "~".repeat(million)));
    soon("a.hl7", format!("MSH|^~\\&|||||||MDM^T02|1\rOBX|1|TX|||a\r{}", "line\r".repeat(300_000)));
    soon("a.csv", format!("id,text\n{}", "\"".repeat(million)));
    soon("a.csv", format!("id,text\n{}", ",".repeat(million)));
    soon("a.csv", format!("id,text\n{}", "1,a\n".repeat(200_000)));
    soon("a.rtf", format!("{{\\rtf1 {}}}", "\\u8211?".repeat(300_000)));
    soon("a.rtf", format!("{{\\rtf1 {}}}", "\\trowd\\intbl a\\cell\\row".repeat(50_000)));
    soon("a.html", format!("<html>{}", "<table><tr><td>a</table>".repeat(50_000)));
    soon("a.html", format!("<html>{}", "&".repeat(million)));
    soon("a.xml", cda("", &"<component><section><title>a</title><text>b</text></section></component>".repeat(10_000)));
    soon("a.docx", docx(&paragraph("a").repeat(50_000)));
}

#[test]
fn pdf_that_refers_to_itself() {
    let form = stream("/Type/XObject/Subtype/Form/Resources<</XObject<</X 5 0 R>>>>", b"/X Do /X Do");
    assert_eq!(error("a.pdf", pdf_page("/X Do", &[form])), ErrorKind::TooDeep(16));
    let tree = pdf(&[b"<</Type/Catalog/Pages 2 0 R>>".to_vec(), b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>".to_vec()]);
    soon("a.pdf", tree);
    let map = stream("", b"1 beginbfrange <00000000><ffffffff><0041> endbfrange");
    let font =
        b"<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 7 0 R/DescendantFonts[<</W[0 99999999 500]>>]>>"
            .to_vec();
    soon("a.pdf", pdf_page("BT /G 9 Tf <0001> Tj ET", &[stream("", b""), font, map]));
    // Sixteen forms, each of which shows the next one sixteen times.
    let forms: Vec<Vec<u8>> = (0..14)
        .map(|it| {
            let entries = format!("/Type/XObject/Subtype/Form/Resources<</XObject<</X {} 0 R>>>>", it + 6);
            stream(&entries, "/X Do ".repeat(16).as_bytes())
        })
        .collect();
    assert_eq!(error("a.pdf", pdf_page("/X Do", &forms)), ErrorKind::TooManyCells(10_000));
}

#[test]
fn truncated_files_are_errors_or_shorter_tables() {
    for (name, bytes) in good() {
        for cut in (0..bytes.len()).step_by(7) {
            let items = soon(name, &bytes[..cut]);
            let is_document = items.iter().any(|it| matches!(it, Item::Document(_)));
            // What is cut off must show, but for formats without an end of their own.
            let must_show = matches!(name, "a.docx" | "a.xlsx" | "a.zip" | "a.rtf" | "a.xml" | "a.json" | "a.fhir");
            let is_text = name == "a.rtf" && cut < 5 || name == "a.xml" && cut < 40;
            assert!(!(must_show && is_document) || is_text, "{name} cut at {cut} of {}", bytes.len());
        }
    }
}

#[test]
fn larger_than_allowed() {
    let limits = Limits { file_bytes: 10, text_bytes: 5, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let kind = |bytes: &[u8]| match read_file("a.txt", bytes, &options).pop() {
        Some(Item::Error(it)) => it.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(b"01234567890"), ErrorKind::TooLarge(10));
    assert_eq!(kind(b"0123456"), ErrorKind::TooLarge(5));
    let limits = Limits { text_bytes: 5, ..Limits::default() };
    for (name, bytes) in good().into_iter().filter(|it| !matches!(it.0, "a.zip" | "a.csv" | "a.jsonl" | "a.hl7")) {
        let items = read_file(name, &bytes, &Options { limits, ..Options::default() });
        assert!(matches!(&items[..], [Item::Error(it)] if it.kind == ErrorKind::TooLarge(5)), "{name}: {items:?}");
    }
}

#[test]
fn pdf_of_too_much_content() {
    let show = pdf_page(&format!("BT /F 9 Tf {}", "() Tj ".repeat(1_000_000)), &[]);
    assert_eq!(error("a.pdf", show), ErrorKind::TooManyCells(200_000));
    let mut bomb = lopdf::Stream::new(lopdf::Dictionary::new(), vec![b' '; 100 << 20]);
    bomb.compress().unwrap();
    let content = stream("/Filter/FlateDecode", &bomb.content);
    let objects: [&[u8]; 4] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
        &content,
    ];
    assert_eq!(error("a.pdf", pdf(&objects.map(<[u8]>::to_vec))), ErrorKind::TooLarge(64 << 20));
}
