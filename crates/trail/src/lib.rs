//! A record of decisions in one `SQLite` file: entries are only added, and each holds the hash of the one before it.
//!
//! Whoever changes, reorders or removes an entry breaks the chain or the count, and [`Trail::verify`] says where.
//! Against someone who rewrites the whole file only a [`Head`] helps that was written down elsewhere.

mod chain;
mod verify;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior};

pub use verify::{Problem, Verification};

/// Marks a file as a trail (`PRAGMA application_id`).
const APPLICATION: i32 = 0x6f70_7472;
/// Version of the tables (`PRAGMA user_version`).
const FORMAT: i32 = 1;
/// Time that a writer waits for others.
const PATIENCE: Duration = Duration::from_mins(1);
/// The hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS entry (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    at       TEXT NOT NULL,
    who      TEXT NOT NULL,
    subject  TEXT NOT NULL,
    shown    TEXT NOT NULL,
    verdict  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entry_by_subject ON entry (subject, who);
CREATE TRIGGER IF NOT EXISTS entry_is_not_changed BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries of an audit trail are never changed'); END;
CREATE TRIGGER IF NOT EXISTS entry_is_not_removed BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries of an audit trail are never removed'); END;
";

/// A decision to be recorded. All parts are text as it will be shown again; none of them is text of a note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Time of the decision, as the caller's clock gives it: UTC, `YYYY-MM-DDTHH:MM:SSZ`.
    pub at: String,
    /// The person who decided.
    pub who: String,
    /// The finding that was decided.
    pub subject: String,
    /// What the person had before them: versions, fingerprints, digests.
    pub shown: String,
    /// The verdict.
    pub verdict: String,
    /// The reason.
    pub reason: String,
}

/// A recorded decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number, from 1, without gaps.
    pub number: u64,
    /// The decision.
    pub decision: Decision,
    /// Hash of the entry before; [`GENESIS`] for the first.
    pub previous: String,
    /// SHA-256 over number, decision and `previous`, in lower-case hexadecimal.
    pub hash: String,
}

/// The end of a trail at some time: as many entries, the last with this hash. Written `NUMBER:HASH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of the last entry; 0 for an empty trail.
    pub number: u64,
    /// Its hash; [`GENESIS`] for an empty trail.
    pub hash: String,
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.number, self.hash)
    }
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Head, &'static str> {
        const EXPECTED: &str = "expected NUMBER:HASH, the hash in 64 hexadecimal digits";
        let (number, hash) = text.trim().split_once(':').ok_or(EXPECTED)?;
        let number = number.parse().map_err(|_| EXPECTED)?;
        let is_hash = hash.len() == GENESIS.len() && hash.bytes().all(|it| it.is_ascii_hexdigit());
        if is_hash { Ok(Head { number, hash: hash.to_ascii_lowercase() }) } else { Err(EXPECTED) }
    }
}

/// A failure to open, read or extend a trail.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error("{}: no such file; expected an audit trail", .0.display())]
    Absent(PathBuf),
    /// The file is something else.
    #[error("{}: not an audit trail; name a file that `opnote audit --trail` made, or a new one", .0.display())]
    OtherFile(PathBuf),
    /// The file was made by a later version.
    #[error("{}: made by a later version (format {found}, expected {FORMAT}); use that version", path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
    },
    /// The end of the trail does not hold together, so nothing is added to it.
    #[error("{}: {problem}; nothing was added, `opnote verify` lists what is wrong", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: Problem,
    },
    /// `SQLite` failed.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The failure.
        source: rusqlite::Error,
    },
}

/// An open trail.
#[derive(Debug)]
pub struct Trail {
    path: PathBuf,
    connection: Connection,
}

impl Trail {
    /// Opens a trail for adding to it; makes one where there is no file.
    pub fn open(path: &Path) -> Result<Trail, Error> {
        let mut trail = Trail::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let made = trail.make();
        made.map_err(|source| trail.other_or(source))?;
        trail.recognize()?;
        Ok(trail)
    }

    /// Opens a trail that exists, for reading. What a writer left unfinished is rolled back where the file allows it.
    pub fn read(path: &Path) -> Result<Trail, Error> {
        if !path.is_file() {
            return Err(Error::Absent(path.to_owned()));
        }
        let trail = Trail::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .or_else(|_| Trail::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY))?;
        trail.recognize()?;
        Ok(trail)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Trail, Error> {
        let fault = |source| Error::Sqlite { path: path.to_owned(), source };
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fault)?;
        connection.busy_timeout(PATIENCE).map_err(fault)?;
        Ok(Trail { path: path.to_owned(), connection })
    }

    /// Makes the tables of a file that has none.
    fn make(&mut self) -> rusqlite::Result<()> {
        // One file that can be copied; what is acknowledged survives a loss of power.
        self.connection.pragma_update(None, "synchronous", "EXTRA")?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
        }
        transaction.commit()
    }

    fn recognize(&self) -> Result<(), Error> {
        let pragma = |name: &str| self.connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let application = pragma("application_id").map_err(|it| self.other_or(it))?;
        if application != APPLICATION {
            return Err(Error::OtherFile(self.path.clone()));
        }
        match pragma("user_version").map_err(|it| self.fault(it))? {
            FORMAT => Ok(()),
            found => Err(Error::Later { path: self.path.clone(), found }),
        }
    }

    /// Adds decisions, all of them or none; gives the new end and how many were added.
    ///
    /// A decision that repeats the last one of the same person on the same subject, shown the same, is left out, so
    /// that reading a worksheet twice adds nothing. Other writers are waited for.
    pub fn append(&mut self, decisions: &[Decision]) -> Result<(Head, usize), Error> {
        let path = self.path.clone();
        let fault = |source| Error::Sqlite { path: path.clone(), source };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        let mut head = head_of(&transaction).map_err(fault)?;
        if let Some(problem) = verify::end(&transaction).map_err(fault)? {
            return Err(Error::Broken { path, problem });
        }
        let mut added = 0;
        for it in decisions {
            if is_repeated(&transaction, it).map_err(fault)? {
                continue;
            }
            head = insert(&transaction, &head, it).map_err(fault)?;
            added += 1;
        }
        transaction.commit().map_err(fault)?;
        Ok((head, added))
    }

    /// The present end.
    pub fn head(&self) -> Result<Head, Error> {
        head_of(&self.connection).map_err(|it| self.fault(it))
    }

    /// All entries in their order.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let read = || {
            let mut statement = self.connection.prepare(&format!("{SELECT} ORDER BY number"))?;
            statement.query_map([], entry)?.collect::<rusqlite::Result<Vec<Entry>>>()
        };
        read().map_err(|it| self.fault(it))
    }

    /// Checks every entry, the count and the guards; `heads` are ends that were written down elsewhere.
    pub fn verify(&self, heads: &[Head]) -> Result<Verification, Error> {
        verify::whole(&self.connection, heads).map_err(|it| self.fault(it))
    }

    fn fault(&self, source: rusqlite::Error) -> Error {
        Error::Sqlite { path: self.path.clone(), source }
    }

    /// A file that is no database is another file; everything else is a failure.
    fn other_or(&self, source: rusqlite::Error) -> Error {
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Error::OtherFile(self.path.clone()),
            _ => self.fault(source),
        }
    }
}

const SELECT: &str = "SELECT number, at, who, subject, shown, verdict, reason, previous, hash FROM entry";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let number: i64 = row.get(0)?;
    Ok(Entry {
        number: u64::try_from(number).unwrap_or(0),
        decision: Decision {
            at: row.get(1)?,
            who: row.get(2)?,
            subject: row.get(3)?,
            shown: row.get(4)?,
            verdict: row.get(5)?,
            reason: row.get(6)?,
        },
        previous: row.get(7)?,
        hash: row.get(8)?,
    })
}

fn last(connection: &Connection) -> rusqlite::Result<Option<Entry>> {
    connection.query_row(&format!("{SELECT} ORDER BY number DESC LIMIT 1"), [], entry).optional()
}

fn head_of(connection: &Connection) -> rusqlite::Result<Head> {
    let last = last(connection)?;
    Ok(last
        .map_or_else(|| Head { number: 0, hash: GENESIS.to_owned() }, |it| Head { number: it.number, hash: it.hash }))
}

fn is_repeated(transaction: &Transaction<'_>, decision: &Decision) -> rusqlite::Result<bool> {
    let sql = "SELECT shown, verdict, reason FROM entry WHERE subject = ?1 AND who = ?2 ORDER BY number DESC LIMIT 1";
    let mut statement = transaction.prepare(sql)?;
    let same = |row: &Row<'_>| {
        let (shown, verdict, reason): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(shown == decision.shown && verdict == decision.verdict && reason == decision.reason)
    };
    let found = statement.query_row([&decision.subject, &decision.who], same).optional()?;
    Ok(found.unwrap_or(false))
}

fn insert(transaction: &Transaction<'_>, head: &Head, decision: &Decision) -> rusqlite::Result<Head> {
    let number = head.number + 1;
    let hash = chain::hash(number, decision, &head.hash);
    let mut statement = transaction.prepare("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    let Decision { at, who, subject, shown, verdict, reason } = decision;
    statement.execute((number as i64, at, who, subject, shown, verdict, reason, &head.hash, &hash))?;
    Ok(Head { number, hash })
}
