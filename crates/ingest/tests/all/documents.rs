//! Plain text, RTF, DOCX: one note a file.

use opnote_ingest::Notice;

use crate::fixtures::{document, docx, message, paragraph, place, zip};

#[test]
fn plain_text_in_every_encoding() {
    let text = "Procedure \u{2013} caf\u{e9}\r\nLine two.";
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        [vec![0xff, 0xfe], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        b"Procedure \x96 caf\xe9\r\nLine two.".to_vec(),
    ] {
        let note = document("folder/7.txt", bytes);
        assert_eq!((note.id.as_str(), note.text.as_str()), ("7", text));
        assert_eq!(place(&note, "two"), "line 2");
    }
}

#[test]
fn no_notes() {
    assert_eq!(message("a.txt", ""), "a.txt: skipped, empty");
    assert_eq!(message("a.txt", " \n\t"), "a.txt: skipped, empty");
    assert_eq!(
        message("a.txt", b"\x89PNG\r\n\x1a\n123"),
        "a.txt: skipped, an image (run optical character recognition first)"
    );
    assert_eq!(message("a.txt", b"\x00\x01\x02\x03abc"), "a.txt: skipped, binary, of no known format");
    assert!(message("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").contains("save it as DOCX"));
    assert_eq!(message("x/.DS_Store", "abc"), "x/.DS_Store: skipped, a file of the operating system");
}

#[test]
fn rtf_characters() {
    let rtf =
        br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fswiss Arial;}{\f1\fnil\fcharset204 Cyr;}{\f2\fcharset2 Wingdings;}}
{\colortbl;\red0;}{\*\generator x;}{\info{\title Secret}}
\pard Caf\'e9 \endash  5 \u956?g \{x\} a\~b\par
{\f1 \'cf\'f0}{\f2 \'fe} {\uc2\u8211-- done}\line\lquote q\rquote\u-10179?\u-8704?\par
}";
    let note = document("a.rtf", rtf);
    assert_eq!(
        note.text,
        "Caf\u{e9} \u{2013} 5 \u{3bc}g {x} a\u{a0}b\n\u{41f}\u{440}\u{2611} \u{2013} done\n\u{2018}q\u{2019}\u{1f600}\n"
    );
    assert_eq!(place(&note, "done"), "paragraph 2");
}

#[test]
fn rtf_leaves_out_what_is_deleted() {
    let note = document(
        "a.rtf",
        br"{\rtf1 kept {\deleted gone}{\strike struck}{\v hidden}{\revised new} \deleted x\deleted0 y\par}",
    );
    assert_eq!(note.text, "kept new y\n");
    assert!(note.notices.contains(&Notice::DeletedText));
    let note =
        document("a.rtf", br"{\rtf1 See {\field{\*\fldinst HYPERLINK x}{\fldrslt here}}.{\pict 0102}\bin3 }}}.}");
    assert_eq!(note.text, "See here..");
    assert!(note.notices.contains(&Notice::Pictures(1)));
}

#[test]
fn rtf_tables() {
    let note = document(
        "a.rtf",
        br"{\rtf1 Top\par\trowd\cellx1\cellx2\pard\intbl Procedure\cell Epidural\par two\cell\row
\trowd\pard\intbl A\cell B\cell C\cell\row\pard Below\par}",
    );
    assert_eq!(note.text, "Top\nProcedure: Epidural\ntwo\nA\tB\tC\nBelow\n");
    assert_eq!(place(&note, "Epidural"), "table 1, row 1, column 2");
    let nested = document(
        "a.rtf",
        br"{\rtf1\trowd\pard\intbl\itap1 Outer\cell\pard\intbl\itap2 k\nestcell v\nestcell{\*\nesttableprops\trowd\nestrow}{\nonesttables x}\pard\intbl\itap1 rest\cell\row\pard end}",
    );
    assert_eq!(nested.text, "Outer: k: v\nrest\nend");
}

#[test]
fn rtf_that_ends_early() {
    assert_eq!(
        message("a.rtf", br"{\rtf1 some {\b text}"),
        "a.rtf: ends early (expected a closing brace for every group)"
    );
}

#[test]
fn docx_paragraphs_and_revisions() {
    let body = [
        paragraph("PROCEDURE: caf\u{e9} &amp; epidural"),
        "<w:p><w:pPr><w:rPr><w:strike/></w:rPr></w:pPr><w:r><w:t>At L4</w:t></w:r><w:del><w:r><w:delText>-5</w:delText></w:r></w:del><w:ins><w:r><w:t>-S1</w:t></w:r></w:ins><w:r><w:tab/><w:t>x</w:t><w:br/><w:t>y</w:t></w:r></w:p>".to_owned(),
        "<w:p><w:r><w:rPr><w:strike/></w:rPr><w:t>struck</w:t></w:r><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>shown</w:t></w:r><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>".to_owned(),
    ];
    let note = document("a.docx", docx(&body.concat()));
    assert_eq!(note.text, "PROCEDURE: caf\u{e9} & epidural\nAt L4-S1\tx\ny\nshown\n");
    assert_eq!(place(&note, "L4"), "paragraph 2");
    assert!(note.notices.contains(&Notice::DeletedText));
}

#[test]
fn docx_tables() {
    let cell = |text: &str| format!("<w:tc><w:tcPr/>{}</w:tc>", paragraph(text));
    let row = |cells: &[String]| format!("<w:tr>{}</w:tr>", cells.concat());
    let inner = format!("<w:tc><w:tbl>{}</w:tbl>{}</w:tc>", row(&[cell("Level"), cell("L4-5")]), paragraph(""));
    let table = [row(&[cell("Procedure:"), cell("Epidural")]), row(&[cell("a"), cell(""), cell("c")]), row(&[inner])];
    let body = format!("{}<w:tbl>{}</w:tbl>{}", paragraph("Top"), table.concat(), paragraph("End"));
    let note = document("a.docx", docx(&body));
    assert_eq!(note.text, "Top\nProcedure: Epidural\na\t\tc\nLevel: L4-5\nEnd\n");
    assert_eq!(place(&note, "Epidural"), "table 1, row 1, column 2");
    assert_eq!(place(&note, "L4-5"), "table 2, row 1, column 2");
    assert_eq!(place(&note, "End"), "paragraph 2");
}

#[test]
fn docx_headers_and_notes() {
    let part = |text: &str| format!("<w:x xmlns:w=\"w\">{}</w:x>", paragraph(text));
    let bytes = zip(&[
        ("word/document.xml", part("Body").as_bytes()),
        ("word/header1.xml", part("Date of Service: 10/14/2025").as_bytes()),
        ("word/header2.xml", part("Date of Service: 10/14/2025").as_bytes()),
        ("word/footnotes.xml", part("Note").as_bytes()),
    ]);
    let note = document("a.docx", bytes);
    assert_eq!(note.text, "Date of Service: 10/14/2025\nBody\nNote\n");
    assert_eq!(place(&note, "Date"), "header, paragraph 1");
}
