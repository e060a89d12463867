//! The lexicon as a map from path to bytes: embedded at build, with a folder laid over it at run time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use super::Error;

/// The embedded files, sorted by path.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/lexicons.rs"));

/// Path below the lexicon folder (with `/`) → contents.
#[derive(Clone, Debug)]
pub struct Files(BTreeMap<String, Cow<'static, [u8]>>);

impl Files {
    /// The files embedded in the program.
    pub fn embedded() -> Files {
        Files(EMBEDDED.iter().map(|(path, bytes)| ((*path).to_owned(), Cow::Borrowed(*bytes))).collect())
    }

    /// The embedded files with `folder` laid over them: the same path replaces, `name.add.csv` adds
    /// rows to `name.csv`, a new folder below `families/` is a new family.
    pub fn open(folder: &Path) -> Result<Files, Error> {
        let mut files = Files::embedded();
        overlay(folder, folder, &mut files.0)
            .map_err(|error| Error::new(&folder.display().to_string(), format!("cannot be read: {error}")))?;
        Ok(files)
    }

    /// The same files without those whose path satisfies `drop`; for tests and for running without codes.
    #[must_use]
    pub fn without(mut self, drop: impl Fn(&str) -> bool) -> Files {
        self.0.retain(|path, _| !drop(path));
        self
    }

    /// The same files with one replaced or added.
    #[must_use]
    pub fn with(mut self, path: &str, contents: impl Into<Vec<u8>>) -> Files {
        self.0.insert(path.to_owned(), Cow::Owned(contents.into()));
        self
    }

    /// Every path with its bytes, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_ref()))
    }

    /// One file as text; none where it is absent.
    pub(crate) fn text(&self, path: &str) -> Result<Option<&str>, Error> {
        self.0.get(path).map(|bytes| as_text(path, bytes)).transpose()
    }

    /// A table and its additions: `name.csv`, then `name.add.csv`, whichever exist.
    pub(crate) fn tables(&self, path: &str) -> Result<Vec<(String, &str)>, Error> {
        let addition = format!("{}.add.csv", path.strip_suffix(".csv").unwrap_or(path));
        let mut tables = Vec::new();
        for name in [path.to_owned(), addition] {
            if let Some(text) = self.text(&name)? {
                tables.push((name, text));
            }
        }
        Ok(tables)
    }

    /// A hash of all paths and bytes (FNV-1a, 64 bits): with it any result can be reproduced.
    pub fn fingerprint(&self) -> String {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let mut eat = |bytes: &[u8]| {
            for byte in bytes.iter().chain([&0]) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        for (path, bytes) in self.iter() {
            eat(path.as_bytes());
            eat(bytes);
        }
        format!("{hash:016x}")
    }
}

fn as_text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|it| **it == b'\n').count() + 1;
        Error::at(path, line, "is not UTF-8")
    })
}

fn overlay(root: &Path, folder: &Path, files: &mut BTreeMap<String, Cow<'static, [u8]>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            overlay(root, &path, files)?;
        } else if matches!(path.extension().and_then(|it| it.to_str()), Some("csv" | "toml")) {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.insert(name, Cow::Owned(fs::read(&path)?));
        }
    }
    Ok(())
}
