//! Messages to people on standard error. They never hold text of a note.

use std::fmt::Display;
use std::io::Write;

use clap::builder::styling::{AnsiColor, Style};

/// Something failed.
pub(crate) fn error(text: impl Display) {
    line("error", AnsiColor::Red.on_default().bold(), &text);
}

/// Something is odd; the work went on.
pub(crate) fn warning(text: impl Display) {
    line("warning", AnsiColor::Yellow.on_default().bold(), &text);
}

/// What to do about it.
pub(crate) fn hint(text: impl Display) {
    line("hint", AnsiColor::Cyan.on_default().bold(), &text);
}

/// A plain remark.
pub(crate) fn note(text: impl Display) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(anstream::stderr(), "{text}");
}

fn line(label: &str, style: Style, text: &dyn Display) {
    let _ = writeln!(anstream::stderr(), "{style}{label}{style:#}: {text}");
}
