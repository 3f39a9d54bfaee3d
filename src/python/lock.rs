//! Values that one Python thread at a time uses.
//!
//! Under the interpreter's lock a flag is enough to keep threads apart, which costs next to nothing; on a
//! free-threaded build it takes a mutex. No Python code may run while a value is locked: it could ask for it again.

#[cfg(Py_GIL_DISABLED)]
mod free_threaded;
#[cfg(not(Py_GIL_DISABLED))]
mod gil;

use pyo3::prelude::*;

#[cfg(Py_GIL_DISABLED)]
pub(crate) use free_threaded::{Guard, Lock};
#[cfg(not(Py_GIL_DISABLED))]
pub(crate) use gil::{Guard, Lock};

/// A reference to a Python object, or none, that may be replaced.
pub(crate) type Slot = Lock<Option<Py<PyAny>>>;

/// The object in a slot.
#[inline]
pub(crate) fn get<'py>(py: Python<'py>, slot: &Slot) -> Option<Bound<'py, PyAny>> {
    slot.lock(py).as_ref().map(|object| object.bind(py).clone())
}

/// Replace the object in a slot.
pub(crate) fn set(py: Python<'_>, slot: &Slot, value: Option<Py<PyAny>>) {
    let old = std::mem::replace(&mut *slot.lock(py), value).map(|old| old.into_bound(py));
    // Its destructor may run Python code: not under the lock, which is released by now.
    drop(old);
}

/// Visit the object in a slot for the garbage collector; if the slot is locked, that has to wait.
pub(crate) fn traverse(
    slot: &Slot,
    visit: &pyo3::PyVisit<'_>,
) -> Result<(), pyo3::PyTraverseError> {
    match slot.try_lock(visit) {
        Some(object) => visit.call(&*object),
        None => Ok(()),
    }
}
