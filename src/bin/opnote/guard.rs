//! A panic in one note costs that note only, and its message, which may quote the note, is not shown.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

use crate::messages;

thread_local! {
    /// Where the guarded work of this thread panicked; the outer option is whether work is guarded.
    static PLACE: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Replaces the message of a panic by its place in the program.
pub(crate) fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "unknown".to_owned(), |it| format!("{}:{}", it.file(), it.line()));
        let guarded = PLACE.with_borrow_mut(|it| {
            if it.is_some() {
                *it = Some(Some(place.clone()));
            }
            it.is_some()
        });
        if !guarded {
            messages::error(format_args!("internal error at {place}; this is a fault of the program"));
        }
    }));
}

/// Does `work`, or gives the place in the program at which it panicked.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    PLACE.with_borrow_mut(|it| *it = Some(None));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let place = PLACE.with_borrow_mut(Option::take).flatten();
    result.map_err(|_| place.unwrap_or_else(|| "unknown".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_gives_its_place_and_not_its_words() {
        quiet_panics();
        let text = "secret";
        let place = guarded(|| assert!(text.is_empty(), "{text}")).unwrap_err();
        assert!(place.contains("guard.rs:"), "{place}");
        assert!(!place.contains(text));
        assert_eq!(guarded(|| 7), Ok(7));
    }
}
