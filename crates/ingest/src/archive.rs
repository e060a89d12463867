//! Zip archives: every entry in its order, archives inside archives included, without recursion.

use std::borrow::Cow;

use crate::package::{self, Archive};
use crate::{ErrorKind, Format, Item, Limits, Options, Place, SkipReason, Skipped};

/// An archive that is being read.
struct Level<'a> {
    name: String,
    archive: Archive<'a>,
    next: usize,
}

/// Reads all entries of an archive; `read` reads the entries that are no archives.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    options: &Options,
    read: fn(&str, &[u8], &Options, &mut dyn FnMut(Item)),
    emit: &mut dyn FnMut(Item),
) {
    let limits = &options.limits;
    let error = |kind: ErrorKind, name: &str| Item::Error(kind.at(name, &Place::whole()));
    let mut levels = Vec::new();
    let mut budget = limits.expanded_bytes;
    let mut entries = 0_usize;
    match open(file.to_owned(), Cow::Borrowed(bytes), limits) {
        Ok(level) => levels.push(level),
        Err(item) => return emit(item),
    }
    let mut empty = true;
    while let Some(level) = levels.last_mut() {
        let index = level.next;
        if index >= level.archive.len() {
            levels.pop();
            continue;
        }
        level.next += 1;
        entries += 1;
        if entries > limits.entries {
            return emit(error(ErrorKind::TooManyEntries(limits.entries), file));
        }
        let name = name(&level.archive, index);
        if name.ends_with('/') {
            continue;
        }
        empty = false;
        if is_unsafe(&name) {
            emit(error(ErrorKind::UnsafeName(index + 1), &level.name));
            continue;
        }
        let path = format!("{}/{name}", level.name);
        match package::entry(&mut level.archive, index, Format::Zip, &mut budget, limits) {
            Ok(bytes) if !is_archive(&path, &bytes) => read(&path, &bytes, options, emit),
            Ok(_) if levels.len() >= limits.archive_depth => {
                emit(error(ErrorKind::TooDeep(limits.archive_depth), &path));
            }
            Ok(bytes) => match open(path, Cow::Owned(bytes), limits) {
                Ok(level) => levels.push(level),
                Err(item) => emit(item),
            },
            Err(kind) => emit(error(kind, &path)),
        }
    }
    if empty {
        let (file, place) = (file.to_owned(), Place::whole());
        emit(Item::Skipped(Skipped { file, place, reason: SkipReason::Empty }));
    }
}

fn open<'a>(name: String, bytes: Cow<'a, [u8]>, limits: &Limits) -> Result<Level<'a>, Item> {
    match package::open(bytes, Format::Zip, limits) {
        // Of entries with the same name only one would be read.
        Ok(archive) if archive.has_duplicate_names() => {
            let expected = "entries with names of their own";
            Err(Item::Error(ErrorKind::Malformed { format: Format::Zip, expected }.at(&name, &Place::whole())))
        }
        Ok(archive) => Ok(Level { name, archive, next: 0 }),
        Err(kind) => Err(Item::Error(kind.at(&name, &Place::whole()))),
    }
}

fn is_archive(name: &str, bytes: &[u8]) -> bool {
    let zipped = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06");
    zipped && package::kind(name, bytes) == Ok(Format::Zip)
}

/// The name of an entry, without characters that could act on a terminal.
fn name(archive: &Archive<'_>, index: usize) -> String {
    let name = match archive.name_for_index(index) {
        Some(Ok(it)) => it,
        _ => Cow::Owned(format!("entry {}", index + 1)),
    };
    name.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

/// Whether a name would lead out of the folder that the archive is unpacked to.
fn is_unsafe(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\']) || drive || name.split(['/', '\\']).any(|it| it == "..")
}
