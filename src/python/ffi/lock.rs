//! Values used by one Python thread at a time.
//!
//! Under the interpreter's global lock a flag suffices, which costs next to nothing; a
//! free-threaded build uses a mutex. There are two kinds:
//!
//! * [`Lock`] is held for a few instructions, to read or swap a value. Taking it cannot fail.
//! * [`LongLock`] is held for a whole step, in which its thread may detach from the interpreter.
//!   Taking it fails if this thread holds it already, or if its holder did not survive `fork()`; it
//!   waits for any other holder, unless a signal handler raises.
//!
//! **No object of the interpreter is allocated, called or dropped under either:** a finalizer, a
//! signal handler or a trace function could ask for the value again. [`check`] enforces that in
//! builds with assertions. `bytes` and `str` may be allocated where they are written in place
//! ([`held::exempt`]): the collector does not track them, so no Python code runs.

#[cfg(debug_assertions)]
mod check;
#[cfg(Py_GIL_DISABLED)]
mod free_threaded;
#[cfg(not(Py_GIL_DISABLED))]
mod gil;
pub(crate) mod held;

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

#[cfg(debug_assertions)]
use super::objects::new_bytearray;
use super::objects::new_error;
use super::process;

#[cfg(Py_GIL_DISABLED)]
pub(crate) use free_threaded::{Guard, Lock, LongGuard, LongLock};
#[cfg(not(Py_GIL_DISABLED))]
pub(crate) use gil::{Guard, Lock, LongGuard, LongLock};

/// A reference to a Python object, or none, that may be replaced.
pub(crate) type Slot = Lock<Option<Py<PyAny>>>;

/// The object in a slot.
#[inline]
#[cfg_attr(debug_assertions, track_caller)]
pub(crate) fn get<'py>(py: Python<'py>, slot: &Slot) -> Option<Bound<'py, PyAny>> {
    slot.lock(py).as_ref().map(|object| object.bind(py).clone())
}

/// The object in a slot, which is made if there is none.
pub(crate) fn get_or_make<'py>(
    py: Python<'py>,
    slot: &Slot,
    make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(object) = get(py, slot) {
        return Ok(object);
    }
    let object = make()?;
    set(py, slot, Some(object.clone().unbind()));
    Ok(object)
}

/// Replace the object in a slot.
#[cfg_attr(debug_assertions, track_caller)]
pub(crate) fn set(py: Python<'_>, slot: &Slot, value: Option<Py<PyAny>>) {
    let old = std::mem::replace(&mut *slot.lock(py), value).map(|old| old.into_bound(py));
    // Dropped after the lock is released: its destructor may run Python code.
    drop(old);
}

/// Visits the object in a slot for the garbage collector, unless the slot is locked.
pub(crate) fn traverse(
    slot: &Slot,
    visit: &pyo3::PyVisit<'_>,
) -> Result<(), pyo3::PyTraverseError> {
    match slot.try_lock(visit) {
        Some(object) => visit.call(&*object),
        None => Ok(()),
    }
}

/// A thread of a process, as the holder of a [`LongLock`].
#[derive(Clone, Copy, PartialEq, Eq)]
struct Holder {
    thread: u32,
    /// The fork generation of the process.
    generation: u32,
}

impl Holder {
    /// This thread.
    fn this() -> Self {
        static THREADS: AtomicU32 = AtomicU32::new(0);
        thread_local! {
            static THREAD: u32 = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        Self {
            thread: THREAD.with(|thread| *thread),
            generation: process::generation(),
        }
    }

    /// Checks that the holder is another thread, and exists, so that waiting for it can end.
    fn check_can_be_waited_for(self, py: Python<'_>) -> PyResult<()> {
        let this = Self::this();
        if self.generation != this.generation {
            return Err(holder_lost(py));
        }
        if self.thread == this.thread {
            return Err(already_executing(py));
        }
        Ok(())
    }
}

/// How a waiting thread treats signals.
#[derive(Clone, Copy)]
enum Signals {
    /// Their handlers run, and may end the waiting with an exception.
    Handle,
    /// Their handlers run later.
    Defer,
}

impl Signals {
    fn check(self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Handle => py.check_signals(),
            Self::Defer => Ok(()),
        }
    }
}

/// The error for a value whose holder did not survive `fork()`: it may be half written.
#[cold]
fn holder_lost(py: Python<'_>) -> PyErr {
    new_error::<PyRuntimeError>(
        py,
        "another thread was using the connection when this process was forked, so it cannot be \
         used here",
    )
}

/// The error of a generator that is advanced from within.
#[cold]
pub(crate) fn already_executing(py: Python<'_>) -> PyErr {
    new_error::<PyValueError>(py, "generator already executing")
}

/// Installs the check, in builds with assertions.
pub(crate) fn register(module: &Bound<'_, PyModule>) {
    #[cfg(debug_assertions)]
    {
        check::register(module.py());
        break_the_rule(module.py());
    }
    #[cfg(not(debug_assertions))]
    let _ = module;
}

/// Does what the check forbids, if a test of it says so.
#[cfg(debug_assertions)]
fn break_the_rule(py: Python<'_>) {
    static LOCK: Lock<()> = Lock::new(());
    let Ok(how) = std::env::var("WSPROTO_TEST_LOCKS") else {
        return;
    };
    // A function that allocates nothing when it is called again.
    let Ok(function) = py.eval(c"lambda: None", None, None) else {
        return;
    };
    drop(function.call0());
    let _guard = LOCK.lock(py);
    if how == "call" {
        drop(function.call0());
    } else {
        drop(new_bytearray(py, &[0; 100]));
    }
}
