//! HTML, C-CDA, FHIR, PDF and archives.

use opnote_ingest::{Authentication, Format, Item, Notice, Options, Relation, detect_format, read_file};

use crate::fixtures::{cda, date, document, documents, good, message, pdf_page, place, read, stream, zip};

#[test]
fn every_good_file_is_detected_and_read() {
    let formats = [
        Format::Text,
        Format::Csv,
        Format::Jsonl,
        Format::Json,
        Format::Xlsx,
        Format::Docx,
        Format::Rtf,
        Format::Hl7,
        Format::Fhir,
        Format::Ccda,
        Format::Html,
        Format::Pdf,
        Format::Zip,
    ];
    for ((name, bytes), format) in good().into_iter().zip(formats) {
        // By content alone, but for CSV and JSON lines with a text that says nothing of its kind.
        assert_eq!(detect_format("file", &bytes), Ok(format), "{name}");
        for note in documents(name, bytes) {
            assert!(!note.text.trim().is_empty() && !note.source_map.0.is_empty(), "{name}");
        }
    }
}

#[test]
fn html() {
    let note = document(
        "a.html",
        "<html><head><title>t</title><style>p{}</style></head><body><h1>Operative\n note</h1>\n<p>Level <b>L4</b>-5 &amp; <del>L5</del><span style='display: none'>no</span></p><table><tr><th>Side<td>left<tr><td>a</td><td>b</td><td>c</td></tr></table><ol><li>one<li><p>two</p></ol><pre>a\n  b</pre><input type=checkbox checked>yes</body>",
    );
    assert_eq!(note.text, "Operative note\nLevel L4-5 &\nSide: left\na\tb\tc\n1. one\n2. two\na\n  b\n[x] yes\n");
    assert!(note.notices.contains(&Notice::DeletedText));
    assert_eq!(place(&note, "Level"), "line 3");
    assert_eq!(place(&note, "left"), "table 1, row 1, column 2");
}

#[test]
fn ccda() {
    let header = "<id root=\"1\" extension=\"D9\"/><title>Operative Note</title><relatedDocument typeCode=\"RPLC\"><parentDocument><id extension=\"D8\"/></parentDocument></relatedDocument><documentationOf><serviceEvent><effectiveTime><low value=\"20251014\"/></effectiveTime></serviceEvent></documentationOf>";
    let body = "<component><section><title>Findings</title><text>None.\nAt L4</text><entry><text>coded</text></entry><component><section><title>Inner</title><text><content revised=\"delete\">x</content><paragraph>y &#181;</paragraph></text></section></component></section></component>";
    let note = document("a.xml", cda(header, body));
    assert_eq!(note.text, "Operative Note\nFindings:\nNone.\nAt L4\nInner:\ny \u{b5}\n");
    assert_eq!((note.id.as_str(), note.metadata.parent_document.as_deref()), ("D9", Some("D8")));
    assert_eq!(note.metadata.relation, Some(Relation::Replacement));
    assert_eq!(date(&note), "2025-10-14 (serviceEvent.effectiveTime)");
    assert_eq!(place(&note, "y"), "section 2");
}

#[test]
fn ccda_with_a_file_inside() {
    let xml = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><component><nonXMLBody><text mediaType=\"text/rtf\" representation=\"B64\">e1xydGYx\nIEVwaWR1cmFsfQ==</text></nonXMLBody></component></ClinicalDocument>";
    let note = document("a.xml", xml);
    assert_eq!((note.text.as_str(), place(&note, "Epi").as_str()), ("Epidural", "nonXMLBody.text, paragraph 1"));
}

#[test]
fn fhir_status_and_missing_parts() {
    let items =
        read("a.json", r#"{"resourceType":"DocumentReference","id":"a","status":"entered-in-error","content":[]}"#);
    assert!(matches!(&items[..], [Item::Status(it)] if it.metadata.relation == Some(Relation::Cancel)));
    let messages = message(
        "a.json",
        r#"{"resourceType":"DocumentReference","id":"a","content":[{"attachment":{"url":"https://x/Binary/9"}}]}"#,
    );
    assert_eq!(messages, "a.json: content[0].attachment.data: refers to an attachment that is not in this file");
    let messages = message("a.json", r#"{"resourceType":"Patient","id":"a"}"#);
    assert!(messages.contains("holds no note"));
    let report = r#"{"resourceType":"DiagnosticReport","id":"r","status":"preliminary","basedOn":[{"reference":"ServiceRequest/s"}],"text":{"div":"<div><p>Findings: ok</p></div>"},"conclusion":"Good."}"#;
    let order = r#"{"resourceType":"ServiceRequest","id":"s","code":{"coding":[{"code":"62323","system":"cpt"}]}}"#;
    let note = document("a.ndjson", format!("{report}\n{order}\n"));
    assert_eq!(note.text, "Findings: ok\nGood.\n");
    assert_eq!(note.metadata.authentication, Authentication::NotAuthenticated);
    assert_eq!(note.metadata.ordered_procedures[0].code.as_deref(), Some("62323"));
    assert_eq!(place(&note, "Good"), "line 1, conclusion");
}

#[test]
fn pdf_lines_and_columns() {
    let content = "BT 14 TL /F 10 Tf 1 0 0 1 300 700 Tm (right) Tj 1 0 0 1 72 700 Tm (left) Tj 1 0 0 1 72 640 Tm [(spa)-300(ced)-20(!)] TJ T* (\\226) Tj ET q 0 1 -1 0 0 0 cm BT /F 10 Tf 50 -20 Td (turned) Tj ET Q";
    let note = document("a.pdf", pdf_page(content, &[]));
    assert_eq!(note.text, "left\tright\n\nspa ced!\n\u{2013}\nturned\n");
    assert_eq!(place(&note, "spa"), "page 1, line 2");
}

#[test]
fn pdf_without_text() {
    assert!(message("a.pdf", pdf_page("0 0 9 9 re f", &[])).contains("without a text layer"));
    let font = b"<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</W[]>>]>>".to_vec();
    let hidden = pdf_page("BT /G 9 Tf <00010002> Tj ET", &[stream("", b""), font.clone()]);
    assert!(message("a.pdf", hidden).contains("fonts do not map"));
    let map = stream("", b"1 begincodespacerange <0000><ffff> endcodespacerange 1 beginbfrange <0001><0002><0041> endbfrange 1 beginbfchar <0003><00660069> endbfchar");
    let font = b"<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 7 0 R>>".to_vec();
    let note = document("a.pdf", pdf_page("BT /G 9 Tf <000100020003> Tj ET", &[stream("", b""), font, map]));
    assert_eq!(note.text, "ABfi\n");
}

#[test]
fn archives_name_everything_in_them() {
    let inner = zip(&[("c.txt", b"third")]);
    let bytes = zip(&[
        ("d/", b""),
        ("d/a.txt", b"first"),
        ("../up.txt", b"no"),
        ("pic.png", b"\x89PNG\r\n\x1a\n"),
        ("in.zip", &inner),
        ("__MACOSX/d/._a.txt", b"x"),
        ("z.csv", b"id,text\n1,second\n"),
    ]);
    let messages: Vec<String> = read("f.zip", bytes)
        .iter()
        .map(|it| match it {
            Item::Document(it) => format!("{}: {}", it.file, it.text),
            Item::Error(it) => it.to_string(),
            Item::Skipped(it) => it.to_string(),
            Item::Status(_) => unreachable!(),
        })
        .collect();
    assert_eq!(
        messages,
        [
            "f.zip/d/a.txt: first",
            "f.zip: entry 3 has a name that leads out of the archive (expected a plain relative path)",
            "f.zip/pic.png: skipped, an image (run optical character recognition first)",
            "f.zip/in.zip/c.txt: third",
            "f.zip/__MACOSX/d/._a.txt: skipped, a file of the operating system",
            "f.zip/z.csv: second",
        ]
    );
}

#[test]
fn forced_format() {
    let options = Options { format: Some(Format::Text), ..Options::default() };
    let items = read_file("a.json", b"{\"id\": 1}", &options);
    assert!(matches!(&items[..], [Item::Document(it)] if it.text == "{\"id\": 1}"));
}

#[test]
fn forced_formats_do_not_make_text_of_pictures() {
    let options = Options { format: Some(Format::Text), ..Options::default() };
    for bytes in [b"\x89PNG\r\n\x1a\n".as_slice(), b"\x00\x01\x02", b""] {
        assert!(matches!(&read_file("a.txt", bytes, &options)[..], [Item::Skipped(_)]));
    }
}
