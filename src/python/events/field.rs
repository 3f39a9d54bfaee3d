//! The cell that holds one field of an event.
//!
//! A field is written once, by the constructor, and read from then on; native code has no other way
//! to write it. Python has one: the member descriptor over the same word (see [`super::members`]),
//! which `object.__setattr__` and `object.__delattr__` go through. So a field may change, or be
//! unset, behind a shared reference.
//!
//! The empty list that is the default of a field is made on first use, since most are never read.

use std::cell::UnsafeCell;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::PyList;

use crate::python::objects::new_empty_list;
use crate::python::once::Once;
use crate::python::recursion;

/// A nullable reference to a Python object, laid out as C's `PyObject *`.
#[repr(transparent)]
pub(crate) struct Field(UnsafeCell<Option<Py<PyAny>>>);

impl Drop for Field {
    #[inline]
    fn drop(&mut self) {
        if let Some(value) = self.0.get_mut().take() {
            // SAFETY: a field is part of an event, or about to be: events are made and deallocated
            // by attached threads. `Py` would have to find that out for each field anew.
            let py = unsafe { Python::assume_attached() };
            recursion::drop_deep(value.into_bound(py));
        }
    }
}

// SAFETY: the word is written by the constructor before the event is shared, and by the
// interpreter's member descriptor, which holds the interpreter lock or, on a free-threaded build,
// the critical section of the event. `get` reads it within the same.
unsafe impl Sync for Field {}

impl Field {
    #[inline]
    pub(super) fn new(value: Option<Bound<'_, PyAny>>) -> Self {
        Self(UnsafeCell::new(value.map(Bound::unbind)))
    }

    /// Give the field its value. `owner` is the event that the field is part of, which is being
    /// made.
    #[inline]
    pub(super) fn set(&self, owner: &Bound<'_, PyAny>, value: Bound<'_, PyAny>) {
        with_critical_section(owner, || {
            // SAFETY: within the critical section of its owner no other thread reads or writes the
            // field. It was unset, so that nothing is dropped.
            unsafe { self.0.get().write(Some(value.unbind())) }
        });
    }

    /// The value of the field, if it is set. `owner` is the event that the field is part of. For a
    /// default list that has not been made it is the sentinel, which must not be changed or shown
    /// to Python code.
    #[inline]
    pub(super) fn get<'py>(&self, owner: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        with_critical_section(owner, || {
            // SAFETY: within the critical section of its owner no other thread writes the field,
            // and cloning the reference runs no Python code that could.
            let value = unsafe { &*self.0.get() };
            value.as_ref().map(|value| value.bind(owner.py()).clone())
        })
    }

    /// Makes the default list of the event, if it has not been made.
    pub(super) fn make_list(&self, owner: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = owner.py();
        let unmade = unmade_list(py)?;
        let is_due = || {
            // SAFETY: as in `get`.
            let value = unsafe { &*self.0.get() };
            value.as_ref().is_some_and(|value| value.is(unmade))
        };
        if !with_critical_section(owner, is_due) {
            return Ok(());
        }
        // To make it may start a collection of garbage, which runs Python code.
        let list = new_empty_list(py)?;
        with_critical_section(owner, || {
            if is_due() {
                // SAFETY: no other thread reads or writes the field within the critical section;
                // the sentinel that this replaces is never deallocated.
                unsafe { *self.0.get() = Some(list.into_any().unbind()) };
            }
        });
        Ok(())
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: during a traversal no Python code runs (and every other thread is stopped where
        // threads are free), so no thread writes the field.
        visit.call(unsafe { &*self.0.get() })
    }

    /// The offset of the field from the start of `owner`, in bytes.
    pub(super) fn offset_in(&self, owner: &Bound<'_, PyAny>) -> usize {
        self.0.get().addr() - owner.as_ptr().addr()
    }
}

/// Sentinel for a default list that has not been created yet.
#[inline]
pub(crate) fn unmade_list(py: Python<'_>) -> PyResult<&Bound<'_, PyList>> {
    static UNMADE: Once<Py<PyList>> = Once::new();
    let list = UNMADE.get_or_try_init(py, || Ok(new_empty_list(py)?.unbind()))?;
    Ok(list.bind(py))
}
