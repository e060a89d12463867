//! Several processes at once, and processes that are killed: what was acknowledged is there, and the chain holds.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use opnote_trail::{Trail, Verification};

use crate::decision;

const FILE: &str = "OPNOTE_TRAIL_TEST_FILE";
const NAME: &str = "OPNOTE_TRAIL_TEST_NAME";
const MOST: &str = "OPNOTE_TRAIL_TEST_MOST";

/// Not a test of its own: the writing process of the others. It says the number of each entry once it is written.
#[test]
fn writer() {
    let (Ok(file), Ok(name), Ok(most)) = (std::env::var(FILE), std::env::var(NAME), std::env::var(MOST)) else {
        return;
    };
    for number in 1..=most.parse().expect("a number") {
        // Opened each time, as a command would.
        let mut trail = Trail::open(Path::new(&file)).expect("a trail");
        let (head, added) = trail.append(&[decision(&name, number)]).expect("an entry");
        assert_eq!(added, 1);
        let mut out = std::io::stdout();
        writeln!(out, "written {} {number}", head.number).and_then(|()| out.flush()).expect("a reader");
    }
}

fn start(file: &Path, name: &str, most: usize) -> Child {
    Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "writers::writer", "--nocapture", "--test-threads=1"])
        .env(FILE, file)
        .env(NAME, name)
        .env(MOST, most.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process")
}

/// The acknowledgments of a process as they come.
fn acknowledgments(child: &mut Child) -> impl Iterator<Item = (u64, usize)> + use<> {
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    lines.map_while(Result::ok).filter_map(|it| {
        let (head, number) = it.split_once("written ")?.1.split_once(' ')?;
        Some((head.parse().ok()?, number.parse().ok()?))
    })
}

fn check(file: &Path) -> Verification {
    Trail::read(file).expect("a trail").verify(&[]).expect("a check")
}

fn holds(file: &Path, name: &str, acknowledged: &[(u64, usize)]) {
    let entries = Trail::read(file).expect("a trail").entries().expect("entries");
    for (head, number) in acknowledged {
        let entry = entries.iter().find(|it| it.number == *head).expect("the entry is there");
        assert_eq!(entry.decision, decision(name, *number));
    }
}

#[test]
fn two_processes_at_once_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trail.sqlite");
    let mut children = ["a", "b"].map(|it| (it, start(&file, it, 40)));
    for (name, child) in &mut children {
        let written: Vec<_> = acknowledgments(child).collect();
        assert_eq!(written.len(), 40);
        assert!(child.wait().expect("it ends").success());
        holds(&file, name, &written);
    }
    let check = check(&file);
    assert_eq!((check.entries, check.problems), (80, vec![]));
}

#[test]
fn a_process_that_is_killed_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trail.sqlite");
    let mut total = 0;
    for (name, most) in [("a", 1), ("b", 7), ("c", 23)] {
        // Another process writes all the while.
        let mut other = start(&file, &format!("beside {name}"), 15);
        let mut child = start(&file, name, 100_000);
        let mut lines = acknowledgments(&mut child);
        let mut written: Vec<_> = lines.by_ref().take(most).collect();
        child.kill().expect("killed");
        child.wait().expect("it ends");
        // Some may have been on their way.
        written.extend(lines);
        holds(&file, name, &written);
        let beside: Vec<_> = acknowledgments(&mut other).collect();
        assert!(other.wait().expect("it ends").success());
        holds(&file, &format!("beside {name}"), &beside);
        let check = check(&file);
        total += written.len() as u64 + 15;
        assert!(check.entries >= total && check.problems.is_empty(), "{check:?}");
    }
}
