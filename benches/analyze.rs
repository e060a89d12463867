//! Throughput of `analyze` against one bare Aho-Corasick pass with the same terms over the same text, stage by
//! stage; start-up; and that time grows no faster than the text, however hostile.
//!
//! Run with `cargo bench`. Notes: `OPNOTE_BENCH_NOTES` (a `.jsonl` file), else the shared notes beside the
//! project, else `corpus/`. Absolute times mean little on a shared machine: read the ratios.

#![allow(clippy::print_stdout)] // a benchmark prints

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use opnote::{Lexicon, Note, analyze, bench};

/// How long each figure is measured at least.
const AT_LEAST: Duration = Duration::from_millis(400);

fn main() {
    // `cargo test --benches` calls with `--test`: only that it runs is of interest then.
    if std::env::args().any(|it| it == "--test") {
        return;
    }
    let started = Instant::now();
    let lexicon = Lexicon::embedded();
    let loaded = started.elapsed();
    let first = Instant::now();
    black_box(analyze(&Note::new("1", "Caudal epidural steroid injection under fluoroscopy."), lexicon));
    println!("start-up: lexicon {:.1} ms, first note {:.2} ms", ms(loaded), ms(first.elapsed()));

    let (from, notes) = notes();
    let bytes: usize = notes.iter().map(|it| it.text.len()).sum();
    println!("\n{} notes, {:.2} MB, from {from}", notes.len(), bytes as f64 / 1e6);

    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(bench::patterns(lexicon))
        .expect("the lexicon's terms build an automaton");
    let bare = rate(&notes, |it| automaton.find_iter(&it.text).count());
    let overlapping = rate(&notes, |it| automaton.find_overlapping_iter(&it.text).count());
    let whole = rate(&notes, |it| analyze(it, lexicon).encounter.procedures.len());
    println!("\nstage                                MB/s   share of the bare pass");
    line("bare Aho-Corasick DFA, same terms", bare, bare);
    line("  the same, overlapping", overlapping, bare);
    line("analyze, the whole", whole, bare);
    for (name, stage) in bench::STAGES {
        line(name, rate(&notes, |it| stage(it, lexicon)), bare);
    }

    println!("\nhostile text: time for 2 MiB over time for 1 MiB (at most 2.3 is linear)");
    for (name, unit) in [
        ("(", "("),
        ("newlines", "\n"),
        ("epidural", "epidural "),
        ("no epidural,", "no epidural, "),
        ("L4-5 ", "L4-5 "),
        ("nerve block", "femoral nerve block "),
        ("leads", "stimulator lead "),
        ("structures", "paravertebral blocks injection costotransverse ligament "),
        ("one sentence", "Tuohy needle at L4-5 with 80 mg of Depo-Medrol and fluoroscopy "),
        ("colons", "Level: "),
        ("numbers", "1,2"),
        ("a", "a"),
    ] {
        let small = time(unit, 1 << 20, lexicon);
        let large = time(unit, 2 << 20, lexicon);
        println!(
            "  {name:14} {:8.1} ms -> {:8.1} ms   x {:.2}",
            ms(small),
            ms(large),
            large.as_secs_f64() / small.as_secs_f64()
        );
    }
    let note = Note::new("hostile", "epidural ".repeat(10_000_000 / "epidural ".len()));
    let started = Instant::now();
    black_box(analyze(&note, lexicon));
    println!("  ten million bytes of epidural in one line: {:.1} s", started.elapsed().as_secs_f64());
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn line(name: &str, rate: f64, bare: f64) {
    println!("{name:34} {rate:7.1}   {:.2}", rate / bare);
}

/// MB/s of `work` over all notes, one after the other. For each note its best of several rounds counts: on a machine
/// that others use too, hardly any round is free of waiting, but most notes are in some round.
fn rate(notes: &[Note], mut work: impl FnMut(&Note) -> usize) -> f64 {
    let mut best = vec![Duration::MAX; notes.len()];
    let started = Instant::now();
    let mut rounds = 0;
    while started.elapsed() < AT_LEAST || rounds < 8 {
        for (note, best) in notes.iter().zip(&mut best) {
            let run = Instant::now();
            black_box(work(note));
            *best = run.elapsed().min(*best);
        }
        rounds += 1;
    }
    let bytes: usize = notes.iter().map(|it| it.text.len()).sum();
    bytes as f64 / 1e6 / best.iter().sum::<Duration>().as_secs_f64()
}

/// The best of three runs over `unit` repeated to `length` bytes.
fn time(unit: &str, length: usize, lexicon: &Lexicon) -> Duration {
    let note = Note::new("hostile", unit.repeat(length / unit.len()));
    let run = || {
        let started = Instant::now();
        black_box(analyze(&note, lexicon));
        started.elapsed()
    };
    (0..3).map(|_| run()).min().unwrap_or_default()
}

/// The notes to measure on, and where they came from.
fn notes() -> (String, Vec<Note>) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = root.join("../shared/corpus/mtsamples_dev.jsonl");
    let named = std::env::var("OPNOTE_BENCH_NOTES").map_or(shared, PathBuf::from);
    if let Ok(text) = fs::read_to_string(&named) {
        let notes = text.lines().filter_map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(Note::new(value["id"].to_string(), value["text"].as_str()?))
        });
        return (named.display().to_string(), notes.collect());
    }
    let folder = root.join("corpus/notes");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    paths.sort();
    let notes = paths.iter().filter_map(|it| Some(Note::new(it.display().to_string(), fs::read_to_string(it).ok()?)));
    (folder.display().to_string(), notes.collect())
}
