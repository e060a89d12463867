//! How far a run is: a bar on a terminal, a line a minute elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::messages;

/// Time between two lines where there is no terminal.
const INTERVAL: Duration = Duration::from_mins(1);
/// The bar of a terminal.
const TEMPLATE: &str = "{bar:30} {pos} of about {len} notes  {per_sec}  {msg}  {eta} left";

/// The bar, or the clock of the lines.
pub(crate) struct Meter {
    bar: ProgressBar,
    start: Instant,
    last: Instant,
    expected: u64,
    /// Notes of earlier runs, which say nothing about speed.
    before: u64,
    terminal: bool,
}

impl Meter {
    /// Starts at the count of an earlier run.
    pub(crate) fn new(expected: u64, before: u64) -> Meter {
        let terminal = io::stderr().is_terminal();
        let bar = if terminal { ProgressBar::new(expected) } else { ProgressBar::hidden() };
        if terminal {
            if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                bar.set_style(style);
            }
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
            bar.set_position(before);
            bar.reset_eta();
        }
        let now = Instant::now();
        Meter { bar, start: now, last: now, expected, before, terminal }
    }

    /// Shows the counts so far.
    pub(crate) fn show(&mut self, notes: u64, queries: u64, errors: u64) {
        if self.terminal {
            self.bar.set_length(self.expected.max(notes));
            self.bar.set_message(format!("{queries} queries, {errors} errors"));
            self.bar.set_position(notes);
            return;
        }
        if self.last.elapsed() >= INTERVAL {
            self.last = Instant::now();
            messages::note(line(notes, self.before, self.expected, queries, errors, self.start.elapsed()));
        }
    }

    /// Says something, the bar out of the way.
    pub(crate) fn aside<T>(&self, quiet: bool, say: impl FnOnce() -> T) -> T {
        if quiet || !self.terminal { say() } else { self.bar.suspend(say) }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A line of progress.
fn line(notes: u64, before: u64, expected: u64, queries: u64, errors: u64, elapsed: Duration) -> String {
    let speed = notes.saturating_sub(before) as f64 / elapsed.as_secs_f64().max(0.001);
    let left = expected.saturating_sub(notes) as f64 / speed.max(0.001);
    let minutes = (left / 60.0).ceil();
    format!(
        "{notes} of about {expected} notes, {speed:.0} a second, {queries} queries, {errors} errors, about {minutes} min left"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_speed_and_time_left() {
        let line = line(1100, 100, 4000, 7, 1, Duration::from_secs(10));
        assert_eq!(line, "1100 of about 4000 notes, 100 a second, 7 queries, 1 errors, about 1 min left");
    }
}
