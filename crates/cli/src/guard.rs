//! A panic in one note costs that note only, and its message, which may quote the note, is not shown.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

use crate::messages;

/// What the guarded work of a thread is doing.
enum State {
    /// No guarded work.
    Idle,
    /// Guarded work is under way.
    Guarded,
    /// It panicked at this place in the program.
    Panicked(String),
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State::Idle) };
}

/// Replaces the message of a panic by its place in the program.
pub(crate) fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "unknown".to_owned(), |it| format!("{}:{}", it.file(), it.line()));
        STATE.with_borrow_mut(|state| match state {
            State::Idle => messages::error(format_args!("internal error at {place}; this is a fault of the program")),
            State::Guarded | State::Panicked(_) => *state = State::Panicked(place),
        });
    }));
}

/// Does `work`, or gives the place in the program at which it panicked.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    STATE.set(State::Guarded);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let state = STATE.replace(State::Idle);
    result.map_err(|_| match state {
        State::Panicked(place) => place,
        State::Idle | State::Guarded => "unknown".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_gives_its_place_and_not_its_words() {
        quiet_panics();
        let text = "secret";
        let place = guarded(|| assert!(text.is_empty(), "{text}")).expect_err("it panics");
        assert!(place.contains("guard.rs:"), "{place}");
        assert!(!place.contains(text));
        assert_eq!(guarded(|| 7), Ok(7));
    }
}
