//! The check of a trail: the chain from the first entry to the last, the count, the guards, and ends noted elsewhere.

use std::fmt;

use rusqlite::{Connection, OptionalExtension};

use crate::{Entry, GENESIS, Head, SELECT, chain, entry, head_of, last};

/// Problems that are listed; beyond that only the count goes on.
const LISTED: usize = 100;
/// The triggers that keep entries from being changed or removed.
const GUARDS: [&str; 2] = ["entry_is_not_changed", "entry_is_not_removed"];

/// What is wrong with a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The parts of an entry do not give its hash: it was changed.
    Changed(u64),
    /// An entry does not hold the hash of the one before it: one was changed, put in or moved.
    Unlinked(u64),
    /// Entries are missing between two others, or before the first: the numbers of the gap.
    Gap(u64, u64),
    /// Entries are missing at the end: the number of the last one there is, and of the last one that was written.
    Truncated(u64, u64),
    /// The end was another one when it was noted.
    OtherHead(Head),
    /// A guard against changes is gone.
    Unguarded(String),
    /// The file itself is damaged, as `SQLite` says.
    Damaged(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Changed(number) => write!(out, "entry {number} was changed: its parts do not give its hash"),
            Problem::Unlinked(number) => {
                write!(out, "entry {number} does not follow the one before it: one was changed, put in or moved")
            }
            Problem::Gap(from, to) if from == to => write!(out, "entry {from} is missing"),
            Problem::Gap(from, to) => write!(out, "entries {from} to {to} are missing"),
            Problem::Truncated(there, written) => {
                write!(out, "the end is missing: {written} entries were written, the last one there is {there}")
            }
            Problem::OtherHead(head) => {
                write!(out, "entry {} was another one when its hash was noted as {}", head.number, head.hash)
            }
            Problem::Unguarded(name) => write!(out, "the guard {name} is gone, so that entries can be changed"),
            Problem::Damaged(what) => write!(out, "the file is damaged: {what}"),
        }
    }
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Entries that are there.
    pub entries: u64,
    /// The end; write it down where whoever can change the trail cannot.
    pub head: Head,
    /// Everything that is wrong, the first hundred at the most; empty for a sound trail.
    pub problems: Vec<Problem>,
}

/// Checks a whole trail.
pub(crate) fn whole(connection: &Connection, heads: &[Head]) -> rusqlite::Result<Verification> {
    // One state of the file for all questions, whoever is writing.
    let connection = connection.unchecked_transaction()?;
    let mut problems = Vec::new();
    let intact: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if intact != "ok" {
        problems.push(Problem::Damaged(intact));
    }
    for guard in GUARDS {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = ?1 AND sql LIKE '%RAISE(ABORT%'";
        let there = connection.query_row(sql, [guard], |_| Ok(())).optional()?;
        if there.is_none() {
            problems.push(Problem::Unguarded(guard.to_owned()));
        }
    }
    let mut statement = connection.prepare(&format!("{SELECT} ORDER BY number"))?;
    let (mut entries, mut number, mut hash) = (0, 0, GENESIS.to_owned());
    let mut noted = vec![false; heads.len()];
    for read in statement.query_map([], entry)? {
        let it = read?;
        check(&it, number, &hash, &mut problems);
        for (head, noted) in heads.iter().zip(&mut noted) {
            *noted |= head.number == it.number && head.hash == it.hash;
        }
        (entries, number, hash) = (entries + 1, it.number, it.hash);
    }
    drop(statement);
    problems.extend(truncated(&connection)?);
    for (head, noted) in heads.iter().zip(noted) {
        let empty = head.number == 0 && head.hash == GENESIS;
        match () {
            () if noted || empty => {}
            () if head.number > number => problems.push(Problem::Truncated(number, head.number)),
            () => problems.push(Problem::OtherHead(head.clone())),
        }
    }
    problems.dedup();
    problems.truncate(LISTED);
    Ok(Verification { entries, head: head_of(&connection)?, problems })
}

/// Checks an entry against the one before it.
fn check(it: &Entry, number: u64, hash: &str, problems: &mut Vec<Problem>) {
    if it.number != number + 1 {
        problems.push(Problem::Gap(number + 1, it.number.saturating_sub(1)));
    }
    if it.previous != hash {
        problems.push(Problem::Unlinked(it.number));
    }
    if chain::hash(it.number, &it.decision, &it.previous) != it.hash {
        problems.push(Problem::Changed(it.number));
    }
}

/// Checks the last entry and the count, before another one is added.
pub(crate) fn end(connection: &Connection) -> rusqlite::Result<Option<Problem>> {
    let Some(it) = last(connection)? else { return truncated(connection) };
    if chain::hash(it.number, &it.decision, &it.previous) != it.hash {
        return Ok(Some(Problem::Changed(it.number)));
    }
    truncated(connection)
}

/// Compares the last number with the last one that was ever given.
fn truncated(connection: &Connection) -> rusqlite::Result<Option<Problem>> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'entry'";
    let written: i64 = connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0);
    let there = last(connection)?.map_or(0, |it| it.number);
    let written = u64::try_from(written).unwrap_or(0);
    Ok((written > there).then_some(Problem::Truncated(there, written)))
}
