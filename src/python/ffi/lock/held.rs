//! The locks that this thread holds: counted in builds with assertions, which check the rule that
//! no Python code runs under one.

#[cfg(debug_assertions)]
mod count {
    use std::cell::Cell;
    use std::panic::Location;

    thread_local! {
        /// The number of locks that this thread holds.
        pub(super) static HELD: Cell<u32> = const { Cell::new(0) };
        /// Whether the current operation is exempt.
        pub(super) static EXEMPT: Cell<bool> = const { Cell::new(false) };
        /// The place where this thread took its last lock.
        pub(super) static PLACE: Cell<Option<&'static Location<'static>>> =
            const { Cell::new(None) };
    }
}

/// Counts a lock taken by this thread.
#[inline]
#[cfg_attr(debug_assertions, track_caller)]
pub(super) fn acquired() {
    #[cfg(debug_assertions)]
    {
        count::HELD.set(count::HELD.get() + 1);
        count::PLACE.set(Some(std::panic::Location::caller()));
    }
}

/// Counts a lock released by this thread.
#[inline]
pub(super) fn released() {
    #[cfg(debug_assertions)]
    count::HELD.set(count::HELD.get() - 1);
}

/// Makes or drops an object that the collector does not track, which runs no Python code, even
/// under a lock.
#[inline]
pub(crate) fn exempt<T>(action: impl FnOnce() -> T) -> T {
    #[cfg(debug_assertions)]
    let before = count::EXEMPT.replace(true);
    let result = action();
    #[cfg(debug_assertions)]
    count::EXEMPT.set(before);
    result
}

/// Aborts if this thread holds a lock, naming what the interpreter is about to do.
#[cfg(debug_assertions)]
pub(super) fn forbid(what: &str) {
    use std::cell::Cell;
    let is_held = count::HELD.try_with(Cell::get).unwrap_or(0) > 0;
    if is_held && !count::EXEMPT.get() {
        let place = count::PLACE.get();
        let place = place.map(ToString::to_string).unwrap_or_default();
        eprintln!("the interpreter {what} under the lock taken at {place}");
        std::process::abort();
    }
}
