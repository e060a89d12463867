//! What every reader must hold for any bytes; shared by the fuzz targets.

use std::io::{Cursor, Write};

pub use opnote_ingest::Format;
use opnote_ingest::{Item, Limits, Options, read_file};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Limits that keep a run short; what is beyond them must be refused, not read.
const LIMITS: Limits = Limits {
    file_bytes: 1 << 20,
    text_bytes: 1 << 20,
    expanded_bytes: 4 << 20,
    expansion_ratio: 200,
    depth: 100,
    table_depth: 8,
    archive_depth: 3,
    entries: 1000,
    cells: 100_000,
};

/// Reads bytes as a format: there is an item, ranges of the source map lie in the text in order, on characters, each
/// byte of a range has a place, and nothing is larger than its limit.
pub fn check(format: Format, name: &str, bytes: &[u8]) {
    let options = Options { format: Some(format), limits: LIMITS, ..Options::default() };
    let items = read_file(name, bytes, &options);
    assert!(!items.is_empty(), "a file gives at least one item");
    let again = read_file(name, bytes, &options);
    assert!(items == again, "the same bytes give the same items");
    for item in &items {
        let Item::Document(note) = item else { continue };
        assert!(note.text.len() <= LIMITS.text_bytes, "a text beyond the limit");
        let mut end = 0;
        for origin in &note.source_map.0 {
            assert!(end <= origin.start && origin.start < origin.end, "ranges in order");
            assert!(note.text.get(origin.start..origin.end).is_some(), "ranges on characters");
            assert!(note.source_map.place(&note.text, origin.start).is_some(), "a place for a range");
            end = origin.end;
        }
    }
}

/// An archive of named parts, stored, so that a fault in a part is not found by its check sum first.
pub fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("memory is no disk");
        writer.write_all(bytes).expect("memory is no disk");
    }
    writer.finish().expect("memory is no disk").into_inner()
}
