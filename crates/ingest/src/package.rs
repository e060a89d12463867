//! Zip containers: what kind one is, and its parts within the limits.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use memchr::memmem;
use quick_xml::events::Event;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::xml::characters;
use crate::{ErrorKind, Format, Limits, SkipReason, detect};

/// Parts up to this size may expand as they like, in bytes.
const RATIO_FREE: usize = 1 << 20;
/// Entries above which a container is not opened to find out its kind.
const MANY: usize = 100_000;

/// Largest part of a workbook that is no sheet and no text, in bytes.
const MAX_SMALL_PART: usize = 4 << 20;

/// A container in memory.
pub(crate) type Archive<'a> = ZipArchive<Cursor<Cow<'a, [u8]>>>;

/// The format of a container by the parts in it.
pub(crate) fn kind(name: &str, bytes: &[u8]) -> Result<Format, SkipReason> {
    let archive = if count(bytes) <= MANY { ZipArchive::new(Cursor::new(bytes)).ok() } else { None };
    let Some(archive) = archive else {
        return Ok(match detect::ending(name).as_str() {
            "docx" | "docm" => Format::Docx,
            "xlsx" | "xlsm" => Format::Xlsx,
            _ => Format::Zip,
        });
    };
    let has = |part: &str| archive.index_for_name(part).is_some();
    if has("word/document.xml") {
        return Ok(Format::Docx);
    }
    if has("xl/workbook.xml") {
        return Ok(Format::Xlsx);
    }
    if has("xl/workbook.bin") {
        return Err(SkipReason::Unsupported("a binary Excel workbook (save it as XLSX)"));
    }
    if has("ppt/presentation.xml") {
        return Err(SkipReason::Unsupported("a presentation"));
    }
    if has("content.xml") && has("mimetype") {
        return Err(SkipReason::Unsupported("an OpenDocument file (save it as DOCX or XLSX)"));
    }
    Ok(Format::Zip)
}

/// Opens a container whose number of entries is within the limit.
pub(crate) fn open<'a>(bytes: Cow<'a, [u8]>, format: Format, limits: &Limits) -> Result<Archive<'a>, ErrorKind> {
    if count(&bytes) > limits.entries {
        return Err(ErrorKind::TooManyEntries(limits.entries));
    }
    ZipArchive::new(Cursor::new(bytes)).map_err(|it| match it {
        ZipError::Io(_) => ErrorKind::Truncated("the directory of a ZIP container"),
        _ => ErrorKind::Malformed { format, expected: "a whole ZIP container" },
    })
}

/// Reads one entry; `budget` is what the whole file may still expand to.
pub(crate) fn entry(
    archive: &mut Archive<'_>,
    index: usize,
    format: Format,
    budget: &mut usize,
    limits: &Limits,
) -> Result<Vec<u8>, ErrorKind> {
    let malformed = ErrorKind::Malformed { format, expected: "an entry that can be unpacked" };
    let entry = match archive.by_index(index) {
        Ok(it) => it,
        Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword) => {
            return Err(ErrorKind::Encrypted);
        }
        Err(_) => return Err(malformed),
    };
    let packed = usize::try_from(entry.compressed_size()).unwrap_or(usize::MAX);
    let by_ratio = packed.saturating_mul(limits.expansion_ratio).max(RATIO_FREE);
    let allowed = by_ratio.min(*budget);
    let mut bytes = Vec::new();
    let read = entry.take(allowed as u64 + 1).read_to_end(&mut bytes);
    if bytes.len() > allowed {
        return Err(if allowed == by_ratio {
            ErrorKind::ExpansionRatio(limits.expansion_ratio)
        } else {
            ErrorKind::TooLarge(limits.expanded_bytes)
        });
    }
    read.map_err(|_| malformed)?;
    *budget -= bytes.len();
    Ok(bytes)
}

/// Checks that all parts of a workbook can be expanded within the limits: the library that reads it sets none, and
/// keeps a structure for each style and each shared string.
pub(crate) fn check_workbook(bytes: &[u8], limits: &Limits) -> Result<(), ErrorKind> {
    let mut archive = open(Cow::Borrowed(bytes), Format::Xlsx, limits)?;
    let mut budget = limits.expanded_bytes;
    for index in 0..archive.len() {
        let part = entry(&mut archive, index, Format::Xlsx, &mut budget, limits)?;
        let name = archive.name_for_index(index).and_then(Result::ok).unwrap_or_default().to_ascii_lowercase();
        if name.ends_with("sharedstrings.xml") {
            let strings = [b"<si".as_slice(), b":si"].map(|it| memmem::find_iter(&part, it).count());
            if strings.iter().sum::<usize>() > limits.cells {
                return Err(ErrorKind::TooManyCells(limits.cells));
            }
        } else if !["/worksheets/", "/media/"].iter().any(|it| name.contains(it)) && part.len() > MAX_SMALL_PART {
            return Err(ErrorKind::TooLarge(MAX_SMALL_PART));
        }
        if !has_sound_references(&part) {
            return Err(ErrorKind::Malformed { format: Format::Xlsx, expected: "references of cells such as B7" });
        }
    }
    Ok(())
}

/// Whether all references of cells in a part have at most three letters and seven digits: the library multiplies
/// longer ones beyond its integers.
fn has_sound_references(part: &[u8]) -> bool {
    let decoded = characters(part);
    let mut reader = quick_xml::Reader::from_str(&decoded.text);
    // As lenient as the library, so that both stop at the same fault, if at all.
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let is_sound = |reference: &str| {
        let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
        letters <= 3 && reference.len() <= letters + 7
    };
    loop {
        let tag = match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => tag,
            Ok(Event::Eof) | Err(_) => return true,
            Ok(_) => continue,
        };
        // The same name is an id of a relationship in other elements.
        let is_cell = matches!(tag.local_name().into_inner(), "c" | "row" | "dimension" | "mergeCell" | "table");
        let mut attributes = tag.attributes();
        let mut attributes = attributes.with_checks(false).flatten();
        let is_long = |name: &str, value: &str| matches!(name, "r" | "ref") && !value.split(':').all(is_sound);
        if is_cell && attributes.any(|it| is_long(it.key.local_name().into_inner(), &it.value)) {
            return false;
        }
    }
}

/// The number of directory entries, or more: it is known before the directory is read.
fn count(bytes: &[u8]) -> usize {
    memmem::find_iter(bytes, b"PK\x01\x02").count()
}
