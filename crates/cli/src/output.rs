//! Where results go: standard output, or a file. Buffered, its failures told apart from those of the input.

use std::io::{self, BufWriter, Stdout, Write};
use std::path::Path;

use crate::failure::Failure;
use crate::inputs::io_fault;
use crate::run::part::Whole;

/// Standard output or a file, whose every failure is a [`Failure`] to write.
pub(crate) struct Output {
    target: Target,
    failed: bool,
}

enum Target {
    Stdout(BufWriter<Stdout>),
    /// A file that is put in its place at the end; none after that.
    File(Option<Box<Whole>>),
}

impl Output {
    /// Opens standard output.
    pub(crate) fn new() -> Output {
        Output { target: Target::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())), failed: false }
    }

    /// Opens a file, or standard output where none is named.
    pub(crate) fn to(file: Option<&Path>) -> Result<Output, Failure> {
        let Some(path) = file else { return Ok(Output::new()) };
        let whole = Whole::create(path).map_err(|it| Failure::output(io_fault(path, it)))?;
        Ok(Output { target: Target::File(Some(Box::new(whole))), failed: false })
    }

    /// Turns the error of something that also reads into a failure of the right kind.
    pub(crate) fn blame(&self, error: anyhow::Error) -> Failure {
        if self.failed { Failure::output(error) } else { Failure::input(error) }
    }

    /// Writes all of `bytes`.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write_all(bytes).map_err(Failure::output)
    }

    /// Hands over what is buffered; what was written is not lost unnoticed.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        match &mut self.target {
            Target::Stdout(_) => self.flush().map_err(Failure::output),
            Target::File(file) => match file.take() {
                Some(file) => file.keep().map(|_| ()).map_err(Failure::output),
                None => Ok(()),
            },
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.target {
            Target::Stdout(it) => it.write(bytes),
            Target::File(Some(it)) => it.write(bytes),
            Target::File(None) => Err(io::Error::other("the file is closed")),
        };
        written.inspect_err(|_| self.failed = true)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.target {
            Target::Stdout(it) => it.flush(),
            Target::File(Some(it)) => it.flush(),
            Target::File(None) => Ok(()),
        };
        flushed.inspect_err(|_| self.failed = true)
    }
}
