//! A count of notes on the terminal while long work goes on and the results go elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that takes less shows nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// The count; gone from the terminal when dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    start: Instant,
    /// Whether there is a terminal to show it on that does not also show the results.
    possible: bool,
}

impl Progress {
    /// Starts counting, unseen.
    pub(crate) fn new() -> Progress {
        let possible = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Progress { bar: ProgressBar::hidden(), start: Instant::now(), possible }
    }

    /// Counts one more.
    pub(crate) fn advance(&mut self) {
        self.bar.inc(1);
        if self.possible && self.bar.is_hidden() && self.start.elapsed() > PATIENCE {
            if let Ok(style) = ProgressStyle::with_template("{pos} notes in {elapsed}") {
                self.bar.set_style(style);
            }
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
        }
    }

    /// Does something, the count out of the way unless it prints nothing.
    pub(crate) fn aside<T>(&self, quiet: bool, work: impl FnOnce() -> T) -> T {
        if quiet || self.bar.is_hidden() { work() } else { self.bar.suspend(work) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
