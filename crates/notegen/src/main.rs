//! The command line: writes notes and their labels to a folder, and says how alike the notes are.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use opnote_notegen::similarity::{Spread, jaccard, shingles, spread};
use opnote_notegen::{Banks, Generated, Options, generate};

/// Composes operative notes whose right answer is known.
#[derive(Parser)]
struct Arguments {
    /// The same seed gives the same notes, on every machine.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How many notes.
    #[arg(long, default_value_t = 2000)]
    count: u64,
    /// Folder for notes.jsonl and gold.jsonl.
    #[arg(long)]
    out: PathBuf,
    /// Without errors of typing and recognition.
    #[arg(long)]
    clean: bool,
    /// Also compare the first notes pair by pair and print how alike they are.
    #[arg(long)]
    similarity: bool,
}

/// Notes that are compared, pair by pair.
const COMPARED: usize = 600;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let banks = Banks::embedded()?;
    let begin = Instant::now();
    let options = Options { clean: arguments.clean, ..Options::default() };
    let notes: Vec<Generated> =
        (0..arguments.count).filter_map(|it| generate(&banks, arguments.seed, it, options)).collect();
    let seconds = begin.elapsed().as_secs_f64();
    fs::create_dir_all(&arguments.out).with_context(|| arguments.out.display().to_string())?;
    let file = |name: &str| -> Result<BufWriter<File>> {
        let path = arguments.out.join(name);
        Ok(BufWriter::new(File::create(&path).with_context(|| path.display().to_string())?))
    };
    let (mut texts, mut labels) = (file("notes.jsonl")?, file("gold.jsonl")?);
    for it in &notes {
        writeln!(texts, "{}", serde_json::json!({"id": it.label.id, "text": it.text}))?;
        writeln!(labels, "{}", serde_json::to_string(&it.label)?)?;
    }
    texts.flush()?;
    labels.flush()?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} notes, {:.0} a minute", notes.len(), notes.len() as f64 / seconds * 60.0)?;
    if arguments.similarity {
        let (within, across) = alike(&notes);
        writeln!(out, "Jaccard similarity of runs of four words, first {COMPARED} notes:")?;
        for (name, it) in [("same layout", within), ("different layouts", across)] {
            writeln!(
                out,
                "{name}: {} pairs, mean {:.4}, median {:.4}, 99th percentile {:.3}, highest {:.3}",
                it.pairs, it.mean, it.median, it.p99, it.max
            )?;
        }
    }
    Ok(())
}

/// The spread of similarities of pairs of one layout, and of pairs of two.
fn alike(notes: &[Generated]) -> (Spread, Spread) {
    let notes = &notes[..notes.len().min(COMPARED)];
    let runs: Vec<_> = notes.iter().map(|it| shingles(&it.text)).collect();
    let (mut within, mut across) = (Vec::new(), Vec::new());
    for one in 0..notes.len() {
        for other in one + 1..notes.len() {
            let same = notes[one].label.template == notes[other].label.template;
            let list = if same { &mut within } else { &mut across };
            list.push(jaccard(&runs[one], &runs[other]));
        }
    }
    (spread(within), spread(across))
}
