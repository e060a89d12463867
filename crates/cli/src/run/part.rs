//! Files that are there whole or not at all: written under a temporary name beside their place, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::files::hex;

/// The ending of a file that is not whole.
const PARTIAL: &str = "partial";

/// A file that is being written.
pub(crate) struct Whole {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    hasher: Sha256,
    bytes: u64,
    kept: bool,
}

impl Whole {
    /// Writes a file in one go.
    pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = Whole::create(path)?;
        file.write_all(bytes)?;
        file.keep().map(|_| ())
    }

    /// Begins a file; what a stopped run left of it is overwritten.
    pub(crate) fn create(path: &Path) -> io::Result<Whole> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(PARTIAL);
        let partial = path.with_file_name(name);
        let file = BufWriter::with_capacity(1 << 16, File::create(&partial)?);
        Ok(Whole { path: path.to_owned(), partial, file, hasher: Sha256::new(), bytes: 0, kept: false })
    }

    /// Puts the file in its place; gives its digest and its size in bytes.
    pub(crate) fn keep(mut self) -> io::Result<(String, u64)> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.partial, &self.path)?;
        self.kept = true;
        sync_folder(&self.path)?;
        Ok((hex(self.hasher.clone().finalize().as_slice()), self.bytes))
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed is overwritten by the next run.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Makes the names in a folder last.
#[cfg(unix)]
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_file: &Path) -> io::Result<()> {
    Ok(())
}
