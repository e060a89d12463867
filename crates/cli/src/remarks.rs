//! What there is to say about inputs: each oddity at its note, those of a whole file once.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use crate::inputs::{Incoming, Input, Left, Remark, parsed};
use crate::{guard, messages};

/// What became of one input of a command that writes no results of its own.
pub(crate) enum Read<T> {
    /// A note, what there is to say about it, and what was made of it.
    Done { place: String, notices: Vec<Remark>, made: T },
    /// Could not be read or worked.
    Lost(String),
    /// No note of a known kind.
    Left(Left),
}

/// Works the notes of an input; a panic in one costs that one only.
pub(crate) fn each<T>(input: Input, work: impl Fn(&mut Incoming) -> T) -> Vec<Read<T>> {
    let one = |input| match input {
        Input::Note(mut it) => match guard::guarded(|| work(&mut it)) {
            // Of text files and JSON lines only `opnote code` says what is odd.
            Ok(made) => {
                let notices = if it.source.is_some() { it.notices } else { Vec::new() };
                Read::Done { place: it.place, notices, made }
            }
            Err(at) => Read::Lost(format!("{}: internal error at {at}", it.place)),
        },
        Input::Fault(it) => Read::Lost(it),
        Input::Skipped(it) => Read::Left(it),
        Input::Empty(it) => Read::Lost(format!("{it}: holds no notes")),
        Input::Pending(_) => Read::Lost("internal error; a document was not read".to_owned()),
    };
    parsed(input).into_iter().map(one).collect()
}

/// What was said, and what is counted.
#[derive(Default)]
pub(crate) struct Remarks {
    /// The file that was last said something about, and what; its notes come one after the other.
    file: String,
    said: HashSet<String>,
    ids: HashSet<u64>,
    undated: usize,
}

impl Remarks {
    /// Says what there is to say about an input and gives what was made of it.
    pub(crate) fn take<T>(&mut self, read: Read<T>, lost: &mut bool) -> Option<T> {
        match read {
            Read::Done { place, notices, made } => {
                self.say(&place, &notices);
                return Some(made);
            }
            Read::Lost(message) => {
                messages::error(message);
                *lost = true;
            }
            Read::Left(it) => *lost |= Remarks::left(&it),
        }
        None
    }

    /// Says the oddities of a note that are still to be said.
    pub(crate) fn say(&mut self, place: &str, notices: &[Remark]) {
        for it in notices {
            let Some(file) = &it.file else {
                messages::warning(format_args!("{place}: {}", it.text));
                continue;
            };
            if self.is_new(file, &it.text) {
                messages::warning(format_args!("{file}: {}", it.text));
            }
        }
    }

    fn is_new(&mut self, file: &str, text: &str) -> bool {
        if self.file != file {
            self.said.clear();
            file.clone_into(&mut self.file);
        }
        self.said.insert(text.to_owned())
    }

    /// Whether a note with this id came before. Hashes of the ids are enough, whatever their number.
    pub(crate) fn is_repeated(&mut self, id: &str) -> bool {
        !self.ids.insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(id))
    }

    /// Names what was not read; gives whether it may have been a note.
    pub(crate) fn left(left: &Left) -> bool {
        if left.unread {
            messages::error(&left.message);
        } else {
            messages::warning(&left.message);
        }
        left.unread
    }

    /// Counts a note of a document without a date of service.
    pub(crate) fn undated(&mut self) {
        self.undated += 1;
    }

    /// Says what was counted.
    pub(crate) fn finish(&self) {
        let notes = match self.undated {
            0 => return,
            1 => "1 note has no date of service".to_owned(),
            many => format!("{many} notes have no date of service"),
        };
        messages::warning(format_args!("{notes}, and the newest rules were used"));
        messages::hint("--date gives one, --date-column names the column with it");
    }
}
