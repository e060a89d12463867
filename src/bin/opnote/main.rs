//! The command line of opnote.

use std::io::{BufRead, Write};

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).expect("path");
    let lexicon = opnote::Lexicon::embedded();
    let file = std::io::BufReader::new(std::fs::File::open(path)?);
    let mut out = std::io::stdout().lock();
    for line in file.lines() {
        let value: serde_json::Value = serde_json::from_str(&line?)?;
        let id = match &value["id"] {
            serde_json::Value::String(it) => it.clone(),
            it => it.to_string(),
        };
        let note = opnote::Note::new(id, value["text"].as_str().unwrap_or(""));
        if let Ok(want) = std::env::var("DEBUG_NOTE") {
            if note.id.starts_with(&want) {
                eprintln!("{}", opnote::debug(&note, lexicon));
            }
            continue;
        }
        let analysis = opnote::analyze(&note, lexicon);
        serde_json::to_writer(&mut out, &opnote::report::report(&note, &analysis, lexicon))?;
        writeln!(out)?;
    }
    Ok(())
}
