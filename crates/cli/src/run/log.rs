//! The log of a run: what it reads and with what, and each part as soon as it is whole. It holds no text of a note,
//! no clock and no path but those of the inputs, so that a run that was stopped leaves the same bytes as one that was not.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{InputFile, changed, digest, measured};
use super::part::Whole;
use super::tally::{Summary, Tally};
use crate::failure::Failure;
use crate::inputs::io_fault;

/// The file with the log.
pub(crate) const LOG: &str = "run.jsonl";
/// The file with the list of inputs.
const INPUTS: &str = "inputs.jsonl";
/// The file with the counts.
pub(crate) const SUMMARY: &str = "summary.json";

/// What a run depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Version of the program.
    pub version: String,
    /// Fingerprint of the lexicon.
    pub lexicon: String,
    /// Options that change results, as they were given.
    pub options: BTreeMap<String, String>,
    /// SHA-256 of the list of inputs.
    pub inputs: String,
}

/// A part that is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Number, from 1.
    pub number: u64,
    /// Name of its file.
    pub file: String,
    /// Inputs that it covers, those without a row included.
    pub inputs: u64,
    /// Rows.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Counts of the part.
    pub tally: Tally,
}

/// A line of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Run(Header),
    Part(Part),
    End(Tally),
}

/// The log of a run that is under way.
pub(crate) struct RunLog {
    folder: PathBuf,
    /// Ending of the names of parts.
    ending: &'static str,
    file: File,
    /// Parts that are whole.
    pub parts: Vec<Part>,
    /// Whether nothing is left to do.
    pub ended: bool,
}

impl RunLog {
    /// Begins a run in a folder, or goes on with the one that is there.
    pub(crate) fn open(
        folder: &Path,
        header: Header,
        files: &[InputFile],
        ending: &'static str,
        resume: bool,
    ) -> Result<RunLog, Failure> {
        fs::create_dir_all(folder).map_err(|it| Failure::output(io_fault(folder, it)))?;
        let path = folder.join(LOG);
        let there = path.exists();
        if there && !resume {
            let said = format!("{} holds a run already", folder.display());
            return Err(Failure::usage(said).hint("--resume goes on with it; for a new run name another folder"));
        }
        let written = |it| Failure::output(io_fault(&path, it));
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(written)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::usage(format!("{}: another run is under way", folder.display())));
            }
            Err(TryLockError::Error(it)) => return Err(written(it)),
        }
        let (records, length) = records(&mut file, &path)?;
        file.set_len(length).and_then(|()| file.seek(SeekFrom::End(0))).map_err(written)?;
        let mut log = RunLog { folder: folder.to_owned(), ending, file, parts: Vec::new(), ended: false };
        let mut records = records.into_iter();
        match records.next() {
            Some(Record::Run(before)) => compare(folder, &before, &header, files)?,
            Some(_) => return Err(damaged(&path, 1)),
            None => {
                log.write_inputs(files)?;
                log.append(&Record::Run(header))?;
            }
        }
        for (index, record) in records.enumerate() {
            match record {
                Record::Part(it) if it.number == log.parts.len() as u64 + 1 && !log.ended => log.parts.push(it),
                Record::End(_) if !log.ended => log.ended = true,
                _ => return Err(damaged(&path, index + 2)),
            }
        }
        log.check_parts()?;
        Ok(log)
    }

    /// Inputs that are done.
    pub(crate) fn inputs(&self) -> u64 {
        self.parts.iter().map(|it| it.inputs).sum()
    }

    /// The counts of the parts that are whole.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.parts.iter().for_each(|it| tally.add(&it.tally));
        tally
    }

    /// Puts a part in its place and records it.
    pub(crate) fn keep(&mut self, file: Whole, inputs: u64, rows: u64, tally: Tally) -> Result<(), Failure> {
        let number = self.parts.len() as u64 + 1;
        let name = part_name(number, self.ending);
        let kept = file.keep().map_err(|it| Failure::output(io_fault(&self.folder.join(&name), it)))?;
        let part = Part { number, file: name, inputs, rows, bytes: kept.1, sha256: kept.0, tally };
        self.append(&Record::Part(part.clone()))?;
        self.parts.push(part);
        Ok(())
    }

    /// Records that nothing is left to do, and writes the counts.
    pub(crate) fn end(&mut self, summary: &Summary<'_>) -> Result<(), Failure> {
        let tally = summary.tally.clone();
        let path = self.folder.join(SUMMARY);
        let text = serde_json::to_string_pretty(summary).map_err(Failure::output)? + "\n";
        whole(&path, text.as_bytes())?;
        self.append(&Record::End(tally))?;
        self.ended = true;
        Ok(())
    }

    fn append(&mut self, record: &Record) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(record).map_err(Failure::output)?;
        line.push(b'\n');
        let done = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        done.map_err(|it| Failure::output(io_fault(&self.folder.join(LOG), it)))
    }

    fn write_inputs(&self, files: &[InputFile]) -> Result<(), Failure> {
        whole(&self.folder.join(INPUTS), &lines(files))
    }

    /// Parts that are recorded must be there as they were written.
    fn check_parts(&self) -> Result<(), Failure> {
        for it in &self.parts {
            let path = self.folder.join(&it.file);
            let sound = measured(&path).is_ok_and(|(sha256, bytes, _)| sha256 == it.sha256 && bytes == it.bytes);
            if !sound {
                let said = format!("{} is not as the run wrote it", path.display());
                return Err(Failure::usage(said).hint("name another folder for a new run"));
            }
        }
        Ok(())
    }
}

/// Begins a part in the folder of a run.
pub(crate) fn begin(folder: &Path, number: u64, ending: &str) -> Result<Whole, Failure> {
    let path = folder.join(part_name(number, ending));
    Whole::create(&path).map_err(|it| Failure::output(io_fault(&path, it)))
}

/// The parts of a run that has ended, in order, and what its `--only` was.
pub(crate) fn ended_parts(folder: &Path) -> Result<(Vec<Part>, Option<String>), Failure> {
    let path = folder.join(LOG);
    let expected = "expected a folder of `opnote batch`";
    let mut file =
        File::open(&path).map_err(|_| Failure::input(format!("{}: no {LOG} in it ({expected})", folder.display())))?;
    let (records, _) = records(&mut file, &path)?;
    let (mut parts, mut only, mut ended) = (Vec::new(), None, false);
    for record in records {
        match record {
            Record::Part(it) => parts.push(it),
            Record::End(_) => ended = true,
            Record::Run(it) => only = it.options.get("only").cloned(),
        }
    }
    if ended {
        return Ok((parts, only));
    }
    let said = format!("{}: the run has not ended", folder.display());
    Err(Failure::input(said).hint("`opnote batch … --resume` goes on with it"))
}

/// The digest of a list of inputs.
pub(crate) fn digest_of(files: &[InputFile]) -> String {
    digest(&lines(files))
}

fn lines(files: &[InputFile]) -> Vec<u8> {
    // An input file serializes: it is text and numbers.
    let line = |it: &InputFile| serde_json::to_string(it).unwrap_or_default() + "\n";
    files.iter().map(line).collect::<String>().into_bytes()
}

fn whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    Whole::write(path, bytes).map_err(|it| Failure::output(io_fault(path, it)))
}

fn part_name(number: u64, ending: &str) -> String {
    format!("part-{number:05}.{ending}")
}

/// The records of a log and the length of what is sound: a stop in the middle of a line leaves half of it.
fn records(file: &mut File, path: &Path) -> Result<(Vec<Record>, u64), Failure> {
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(|it| Failure::output(io_fault(path, it)))?;
    let length = memchr::memrchr(b'\n', &text).map_or(0, |it| it + 1);
    let mut records = Vec::new();
    for (index, line) in text[..length].split(|it| *it == b'\n').enumerate().filter(|it| !it.1.is_empty()) {
        records.push(serde_json::from_slice(line).map_err(|_| damaged(path, index + 1))?);
    }
    Ok((records, length as u64))
}

fn damaged(path: &Path, line: usize) -> Failure {
    let said = format!("{}:{line}: not a line that a run writes", path.display());
    Failure::usage(said).hint("name another folder for a new run")
}

/// Refuses to go on with a run when something that it depends on is not as it was; says what.
fn compare(folder: &Path, before: &Header, now: &Header, files: &[InputFile]) -> Result<(), Failure> {
    let said = if before.version != now.version {
        format!("it was made by opnote {}, and this is {}", before.version, now.version)
    } else if before.lexicon != now.lexicon {
        format!("its lexicon is {}, and this one is {}", before.lexicon, now.lexicon)
    } else if let Some(it) = option_changed(&before.options, &now.options) {
        it
    } else if before.inputs != now.inputs {
        let path = folder.join(INPUTS);
        let read = fs::read_to_string(&path).map_err(|it| Failure::usage(io_fault(&path, it)))?;
        let list: Vec<InputFile> = read.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
        changed(&list, files).unwrap_or_else(|| "its inputs are not those of now".to_owned())
    } else {
        return Ok(());
    };
    let said = format!("the run in {} cannot go on: {said}", folder.display());
    Err(Failure::usage(said).hint("undo the change, or name another folder for a new run"))
}

fn option_changed(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Option<String> {
    let shown = |it: Option<&String>| it.map_or("not given".to_owned(), |it| format!("\"{it}\""));
    let key = before.keys().chain(now.keys()).find(|it| before.get(*it) != now.get(*it))?;
    Some(format!("--{key} was {}, and is {}", shown(before.get(key)), shown(now.get(key))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Does a run of four parts in a folder, or what is left of it; all files with their bytes.
    fn run(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let header = Header {
            version: "1".to_owned(),
            lexicon: "l".to_owned(),
            options: BTreeMap::from([("format".to_owned(), "jsonl".to_owned())]),
            inputs: digest_of(&[]),
        };
        let mut log = RunLog::open(folder, header, &[], "jsonl", true).map_err(Failure::report).expect("a log");
        while !log.ended && log.parts.len() < 4 {
            let number = log.parts.len() as u64 + 1;
            let mut part = begin(folder, number, "jsonl").map_err(Failure::report).expect("a part");
            part.write_all(format!("row of {number}\n").as_bytes()).expect("a row");
            let tally = Tally { notes: number, ..Tally::default() };
            log.keep(part, 3, 1, tally).map_err(Failure::report).expect("a part");
        }
        if !log.ended {
            let summary = Summary { files: 0, tally: &log.tally(), drift: &[] };
            log.end(&summary).map_err(Failure::report).expect("an end");
        }
        let files = fs::read_dir(folder).expect("a folder").flatten();
        files.map(|it| (it.file_name().to_string_lossy().into_owned(), fs::read(it.path()).expect("a file"))).collect()
    }

    #[test]
    fn a_log_cut_off_at_any_byte_of_its_last_records_is_completed() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let whole = run(folder.path());
        let log = &whole[LOG];
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', log).map(|it| it + 1).collect();
        assert_eq!((ends.len(), whole.len()), (6, 7), "{:?}", whole.keys());
        for length in ends[2]..log.len() {
            fs::write(folder.path().join(LOG), &log[..length]).expect("a file");
            // What was not recorded may be there, whole or half, or be gone.
            if length % 3 == 0 {
                let _ = fs::remove_file(folder.path().join(SUMMARY));
            } else if length % 3 == 1 {
                fs::write(folder.path().join("part-00005.jsonl.partial"), "half").expect("a file");
            }
            let mut again = run(folder.path());
            again.remove("part-00005.jsonl.partial");
            assert!(again == whole, "cut off at {length}");
        }
    }
}
