//! Any bytes as the main part of a Word document are read without a panic; the first byte chooses the part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opnote_fuzz::{Format, archive, check};

const PARTS: [&str; 4] = ["word/document.xml", "word/header1.xml", "word/footnotes.xml", "word/numbering.xml"];
const BODY: &[u8] = b"<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>a</w:t></w:r></w:p></w:body></w:document>";

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let part = PARTS[usize::from(*first) % PARTS.len()];
    let types: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
    let file = match part {
        "word/document.xml" => archive(&[types, (part, rest)]),
        part => archive(&[types, ("word/document.xml", BODY), (part, rest)]),
    };
    check(Format::Docx, "a.docx", &file);
});
