//! The input files of a run with their digests, so that a run is never continued over other inputs.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::inputs::files_below;

/// One input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InputFile {
    /// The path as it was reached.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content; none if it cannot be read.
    pub sha256: Option<String>,
    /// Line ends, if it is a text of many notes; else 1. The count of notes is unknown before they are read.
    pub notes_at_most: u64,
}

/// All files below the paths, in the order in which they are read.
pub(crate) fn input_files(paths: &[PathBuf]) -> Vec<InputFile> {
    paths.iter().flat_map(|it| files_below(it)).map(|it| input_file(&it)).collect()
}

/// The digest of a list of files, in hexadecimal.
pub(crate) fn digest(lines: &[u8]) -> String {
    hex(Sha256::digest(lines).as_slice())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, it| {
        // Writing to a text does not fail.
        let _ = write!(text, "{it:02x}");
        text
    })
}

/// The digest, the size and the line ends of a file.
pub(crate) fn measured(path: &Path) -> io::Result<(String, u64, u64)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut size, mut lines) = (Sha256::new(), 0, 0);
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok((hex(hasher.finalize().as_slice()), size, lines));
        }
        hasher.update(&chunk[..read]);
        size += read as u64;
        lines += memchr::memchr_iter(b'\n', &chunk[..read]).count() as u64;
    }
}

fn input_file(path: &Path) -> InputFile {
    let many = path.extension().is_some_and(|it| ["jsonl", "ndjson", "csv", "tsv"].iter().any(|known| it == *known));
    let name = path.display().to_string();
    match measured(path) {
        Ok((sha256, bytes, lines)) => {
            InputFile { path: name, bytes, sha256: Some(sha256), notes_at_most: if many { lines.max(1) } else { 1 } }
        }
        Err(_) => InputFile { path: name, bytes: 0, sha256: None, notes_at_most: 1 },
    }
}

/// What changed between two lists of files, in words.
pub(crate) fn changed(before: &[InputFile], now: &[InputFile]) -> Option<String> {
    let of = |list: &'_ [InputFile], path: &str| list.iter().any(|it| it.path == path);
    if let Some(it) = before.iter().find(|it| !of(now, &it.path)) {
        return Some(format!("{} was an input and is gone", it.path));
    }
    if let Some(it) = now.iter().find(|it| !of(before, &it.path)) {
        return Some(format!("{} is new", it.path));
    }
    let other = before.iter().zip(now).find(|(one, other)| one != other)?;
    if other.0.path == other.1.path {
        return Some(format!("{} has other content", other.0.path));
    }
    Some("the files come in another order".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_named() {
        let file = |path: &str, sha256: &str| InputFile {
            path: path.to_owned(),
            bytes: 1,
            sha256: Some(sha256.to_owned()),
            notes_at_most: 1,
        };
        let (a, b) = (file("a", "1"), file("b", "1"));
        let both = [a.clone(), b.clone()];
        assert_eq!(changed(&both, &both), None);
        assert_eq!(changed(&both, &both[..1]).as_deref(), Some("b was an input and is gone"));
        assert_eq!(changed(&both[..1], &both).as_deref(), Some("b is new"));
        assert_eq!(changed(&both, &[a.clone(), file("b", "2")]).as_deref(), Some("b has other content"));
        assert_eq!(changed(&both, &[b, a]).as_deref(), Some("the files come in another order"));
    }
}
