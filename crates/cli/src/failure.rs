//! What ends the program early, and with which exit code.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use crate::messages;

/// Exit code where `--fail-on` applies.
pub(crate) const FAILED_ON: u8 = 1;
/// Exit code for wrong usage or configuration.
pub(crate) const USAGE: u8 = 2;
/// Exit code where some inputs could not be read.
pub(crate) const UNREAD: u8 = 3;
/// Exit code where the output could not be written.
pub(crate) const UNWRITTEN: u8 = 4;

/// An early end: a message, perhaps a hint, and the exit code.
pub(crate) struct Failure {
    error: anyhow::Error,
    hint: Option<String>,
    code: u8,
}

impl Failure {
    /// Wrong usage or configuration.
    pub(crate) fn usage(message: impl Display) -> Failure {
        Failure { error: anyhow::anyhow!("{message}"), hint: None, code: USAGE }
    }

    /// An input that everything depends on could not be read.
    pub(crate) fn input(message: impl Display) -> Failure {
        Failure { error: anyhow::anyhow!("{message}"), hint: None, code: UNREAD }
    }

    /// The output could not be written.
    pub(crate) fn output(error: impl Into<anyhow::Error>) -> Failure {
        Failure { error: error.into(), hint: None, code: UNWRITTEN }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// Prints the message and gives the exit code. A reader that has seen enough is no failure.
    pub(crate) fn report(self) -> ExitCode {
        if self.code == UNWRITTEN && self.error.chain().any(is_closed_pipe) {
            return ExitCode::SUCCESS;
        }
        match self.code {
            UNWRITTEN => messages::error(format_args!("the output could not be written: {:#}", self.error)),
            _ => messages::error(format_args!("{:#}", self.error)),
        }
        if let Some(hint) = self.hint {
            messages::hint(hint);
        }
        self.code.into()
    }
}

fn is_closed_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let io = |it: &io::Error| it.kind() == io::ErrorKind::BrokenPipe;
    let json = |it: &serde_json::Error| it.io_error_kind() == Some(io::ErrorKind::BrokenPipe);
    error.downcast_ref().is_some_and(io) || error.downcast_ref().is_some_and(json)
}
