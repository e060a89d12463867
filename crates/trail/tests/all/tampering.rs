//! Files that are changed, reordered, cut, damaged, or are something else.

use std::fs;
use std::path::Path;

use opnote_trail::{Decision, Error, GENESIS, Head, Problem, Trail};
use rusqlite::Connection;

use crate::{decision, trail};

/// The problems of a trail of six entries after someone with the file in hand ran `sql` on it.
fn after(sql: &str) -> Vec<Problem> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trail.sqlite");
    let head = trail(&path, 6).head().expect("a head");
    forced(&path, sql);
    Trail::read(&path).expect("a trail").verify(&[head]).expect("a check").problems
}

/// Runs `sql` with the guards taken off and put back, as someone who knows the file would.
fn forced(path: &Path, sql: &str) {
    let connection = Connection::open(path).expect("a database");
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").expect("triggers");
    let guards: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("triggers")
        .collect::<Result<_, _>>()
        .expect("triggers");
    for (name, _) in &guards {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).expect("dropped");
    }
    connection.execute_batch(sql).expect("done");
    for (_, sql) in &guards {
        connection.execute_batch(sql).expect("made again");
    }
}

#[test]
fn a_sound_trail_has_no_problems_and_says_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trail.sqlite");
    let mut trail = trail(&path, 3);
    let first = trail.head().expect("a head");
    trail.append(&[decision("b", 4)]).expect("an entry");
    let check = trail.verify(&[first.clone(), Head { number: 0, hash: GENESIS.to_owned() }]).expect("a check");
    assert_eq!((check.entries, check.head.number, check.problems), (4, 4, vec![]));
    let entries = trail.entries().expect("entries");
    assert_eq!((entries[3].decision.clone(), entries[3].previous.clone()), (decision("b", 4), first.hash.clone()));
    assert_eq!(first.to_string().parse::<Head>().expect("a head"), first);
    assert!("3:abc".parse::<Head>().is_err() && "x".parse::<Head>().is_err());
}

#[test]
fn the_hash_of_an_entry_is_fixed() {
    // Trails of this format must verify for ever; the value is that of another implementation of the same rule.
    let folder = tempfile::tempdir().expect("a folder");
    let trail = trail(&folder.path().join("trail.sqlite"), 1);
    let expected = "5280efe4b748cd5185a42ce0e91cbc6eb6bb3340cc53053feefcfde5014e01fd";
    assert_eq!(trail.head().expect("a head").hash, expected);
}

#[test]
fn every_change_is_found_where_it_is() {
    assert_eq!(after(""), []);
    assert_eq!(after("UPDATE entry SET verdict = 'overturned' WHERE number = 3"), [Problem::Changed(3)]);
    // Parts that are moved into one another are not the same text.
    let moved = "UPDATE entry SET verdict = 'upheldcoder', reason = '' WHERE number = 2";
    assert_eq!(after(moved), [Problem::Changed(2)]);
    assert_eq!(after("DELETE FROM entry WHERE number = 3"), [Problem::Gap(3, 3), Problem::Unlinked(4)]);
    assert_eq!(after("DELETE FROM entry WHERE number < 3"), [Problem::Gap(1, 2), Problem::Unlinked(3)]);
    let swapped = "UPDATE entry SET number = 99 WHERE number = 3; UPDATE entry SET number = 3 WHERE number = 4;
        UPDATE entry SET number = 4 WHERE number = 99";
    let found = after(swapped);
    assert!(found.contains(&Problem::Changed(3)) && found.contains(&Problem::Unlinked(5)), "{found:?}");
}

#[test]
fn a_missing_end_is_found_even_without_a_noted_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trail.sqlite");
    let head = trail(&path, 6).head().expect("a head");
    forced(&path, "DELETE FROM entry WHERE number > 4");
    let problems = |heads: &[Head]| Trail::read(&path).expect("a trail").verify(heads).expect("a check").problems;
    assert_eq!(problems(&[]), [Problem::Truncated(4, 6)]);
    // Whoever mends the count, too, is found by an end that was noted elsewhere.
    forced(&path, "UPDATE sqlite_sequence SET seq = 4 WHERE name = 'entry'");
    assert_eq!(problems(&[]), []);
    assert_eq!(problems(std::slice::from_ref(&head)), [Problem::Truncated(4, 6)]);
    // And so is a trail that was written anew from the beginning.
    fs::remove_file(&path).expect("removed");
    let decisions: Vec<Decision> = (1..=6).map(|it| decision("someone else", it)).collect();
    Trail::open(&path).expect("a trail").append(&decisions).expect("entries");
    assert_eq!(problems(&[]), []);
    assert_eq!(problems(std::slice::from_ref(&head)), [Problem::OtherHead(head)]);
}

#[test]
fn nothing_is_added_to_a_broken_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trail.sqlite");
    trail(&path, 3);
    forced(&path, "UPDATE entry SET who = 'b' WHERE number = 3");
    let refused = Trail::open(&path).expect("a trail").append(&[decision("a", 4)]).expect_err("refused");
    assert!(matches!(refused, Error::Broken { .. }) && refused.to_string().contains("opnote verify"), "{refused}");
    assert_eq!(Trail::read(&path).expect("a trail").entries().expect("entries").len(), 3);
}

#[test]
fn entries_cannot_be_changed_or_removed_by_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trail.sqlite");
    trail(&path, 2);
    let connection = Connection::open(&path).expect("a database");
    for sql in ["UPDATE entry SET who = 'b'", "DELETE FROM entry"] {
        let refused = connection.execute_batch(sql).expect_err("refused").to_string();
        assert!(refused.contains("never"), "{refused}");
    }
    connection.execute_batch("DROP TRIGGER entry_is_not_changed").expect("dropped");
    let problems = Trail::read(&path).expect("a trail").verify(&[]).expect("a check").problems;
    assert_eq!(problems, [Problem::Unguarded("entry_is_not_changed".to_owned())]);
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other");
    fs::write(&path, "id,codes\n".repeat(400)).expect("a file");
    assert!(matches!(Trail::open(&path), Err(Error::OtherFile(_))));
    assert!(matches!(Trail::read(&path), Err(Error::OtherFile(_))));
    assert_eq!(fs::read_to_string(&path).expect("a file").len(), 3600);
    let database = folder.path().join("other.sqlite");
    Connection::open(&database).expect("a database").execute_batch("CREATE TABLE a (b)").expect("a table");
    assert!(matches!(Trail::open(&database), Err(Error::OtherFile(_))));
    let absent = folder.path().join("absent");
    assert!(matches!(Trail::read(&absent), Err(Error::Absent(_))) && !absent.exists());
}

#[test]
fn a_decision_is_recorded_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut trail = trail(&folder.path().join("trail.sqlite"), 2);
    let again = Decision { at: "2026-12-01T00:00:00Z".to_owned(), ..decision("a", 2) };
    assert_eq!(trail.append(std::slice::from_ref(&again)).expect("nothing").1, 0);
    let other = Decision { verdict: "overturned".to_owned(), ..again.clone() };
    assert_eq!(trail.append(&[other, again]).expect("a change of mind, and back").1, 2);
}
