//! Any bytes as a part of a workbook are read without a panic; the first byte chooses the part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opnote_fuzz::{Format, archive, check};

/// The parts of a workbook with one sheet.
const PARTS: [(&str, &[u8]); 5] = [
    (
        "xl/worksheets/sheet1.xml",
        b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData></worksheet>",
    ),
    ("xl/sharedStrings.xml", b"<sst><si><t>Report</t></si></sst>"),
    ("xl/styles.xml", b"<styleSheet><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>"),
    (
        "xl/workbook.xml",
        b"<workbook xmlns:r=\"r\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        b"<Relationships><Relationship Id=\"r1\" Type=\"worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
    ),
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let mut parts = PARTS;
    parts[usize::from(*first) % PARTS.len()].1 = rest;
    check(Format::Xlsx, "a.xlsx", &archive(&parts));
});
