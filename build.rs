//! Lists every file below `lexicons/` so that the library can embed them.
//!
//! The output is one Rust slice of `(path, bytes)`, sorted by path. Nothing is parsed here: there is
//! one loader, and it reads the same map at run time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("lexicons");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();

    let mut out = String::from("&[\n");
    for path in &files {
        let name = path.strip_prefix(&root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        writeln!(out, "    ({name:?}, include_bytes!({:?})),", path.to_string_lossy()).map_err(io::Error::other)?;
    }
    out.push_str("]\n");

    let target = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("lexicons.rs");
    fs::write(target, out)?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=lexicons");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if matches!(path.extension().and_then(|it| it.to_str()), Some("csv" | "toml")) {
            files.push(path);
        }
    }
    Ok(())
}
