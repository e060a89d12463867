//! Loads and checks `lexicons/`: one loader for the embedded files and for a folder laid over them.

pub(crate) mod cues;
mod error;
mod files;

use std::path::Path;

use once_cell::sync::OnceCell;

pub use error::Error;
pub use files::Files;

use cues::Cues;

/// Everything the pipeline knows, compiled from the data files once.
pub struct Lexicon {
    /// Context cues, from `context.toml`.
    pub(crate) cues: Cues,
    /// Hash of the data files, in every result.
    pub fingerprint: String,
}

impl Lexicon {
    /// The lexicon embedded in the program, compiled on first use.
    ///
    /// # Panics
    /// Never in a released build: a test loads the embedded files.
    pub fn embedded() -> &'static Lexicon {
        static EMBEDDED: OnceCell<Lexicon> = OnceCell::new();
        EMBEDDED.get_or_init(|| match Lexicon::load(&Files::embedded()) {
            Ok(lexicon) => lexicon,
            Err(error) => panic!("embedded lexicon: {error}"),
        })
    }

    /// The embedded lexicon with `folder` laid over it.
    pub fn open(folder: &Path) -> Result<Lexicon, Error> {
        Lexicon::load(&Files::open(folder)?)
    }

    /// Compiles a set of files; errors name file, line and what was expected.
    pub fn load(files: &Files) -> Result<Lexicon, Error> {
        Ok(Lexicon { cues: Cues::load(files)?, fingerprint: files.fingerprint() })
    }
}
