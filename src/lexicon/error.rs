//! Faults of lexicon files: always with the file, the line and what was expected.

/// A fault in a lexicon file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {message}", .line.map(|it| format!(":{it}")).unwrap_or_default())]
pub struct Error {
    /// Path below the lexicon folder, such as `shared/terms.csv`.
    pub file: String,
    /// Line in that file, from 1, where it is known.
    pub line: Option<usize>,
    /// The fault, and what was expected.
    pub message: String,
}

impl Error {
    /// A fault of a whole file.
    pub fn new(file: &str, message: impl Into<String>) -> Error {
        Error { file: file.to_owned(), line: None, message: message.into() }
    }

    /// A fault at a line.
    pub(crate) fn at(file: &str, line: usize, message: impl Into<String>) -> Error {
        Error { file: file.to_owned(), line: Some(line), message: message.into() }
    }

    /// A fault that the TOML reader found, with its line.
    pub(crate) fn toml(file: &str, text: &str, error: &toml::de::Error) -> Error {
        let line = error.span().map(|it| text[..it.start.min(text.len())].matches('\n').count() + 1);
        Error { file: file.to_owned(), line, message: error.message().to_owned() }
    }
}

/// `; did you mean "right"?` for the known name nearest to `wrong`, or nothing.
pub(crate) fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|it| (strsim::damerau_levenshtein(wrong, it), it))
        .filter(|(distance, it)| *distance <= 1 + it.len() / 4)
        .min()
        .map(|(_, it)| format!("; did you mean \"{it}\"?"))
        .unwrap_or_default()
}
