//! Locking from Python threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;

/// Lock, and let other Python threads run while that takes time. No Python code may run under the lock.
#[inline]
pub(crate) fn lock<'a, T>(py: Python<'_>, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
    mutex
        .lock_py_attached(py)
        .unwrap_or_else(PoisonError::into_inner)
}

/// A reference to a Python object, or none, that may be replaced.
pub(crate) type Slot = Mutex<Option<Py<PyAny>>>;

/// The object in a slot.
#[inline]
pub(crate) fn get<'py>(py: Python<'py>, slot: &Slot) -> Option<Bound<'py, PyAny>> {
    lock(py, slot)
        .as_ref()
        .map(|object| object.bind(py).clone())
}

/// Replace the object in a slot.
pub(crate) fn set(py: Python<'_>, slot: &Slot, value: Option<Py<PyAny>>) {
    let old = std::mem::replace(&mut *lock(py, slot), value);
    // Its destructor may run Python code: not under the lock, which is released by now.
    drop(old);
}

/// Visit the object in a slot for the garbage collector; if the slot is locked, that has to wait.
pub(crate) fn traverse(
    slot: &Slot,
    visit: &pyo3::PyVisit<'_>,
) -> Result<(), pyo3::PyTraverseError> {
    match slot.try_lock() {
        Ok(object) => visit.call(&*object),
        Err(_) => Ok(()),
    }
}
