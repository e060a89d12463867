//! Standard output: buffered, its failures told apart from those of the input.

use std::io::{self, BufWriter, Stdout, Write};

use crate::failure::Failure;

/// Standard output, whose every failure is a [`Failure`] to write.
pub(crate) struct Output {
    buffer: BufWriter<Stdout>,
    failed: bool,
}

impl Output {
    /// Opens it.
    pub(crate) fn new() -> Output {
        Output { buffer: BufWriter::with_capacity(1 << 16, io::stdout()), failed: false }
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
        self.flush().map_err(Failure::output)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.write(bytes).inspect_err(|_| self.failed = true)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.buffer.flush().inspect_err(|_| self.failed = true)
    }
}
