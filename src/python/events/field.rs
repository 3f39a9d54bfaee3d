//! The cell that holds one field of an event.
//!
//! A field is written once, by the constructor, and read from then on; native code has no other way to
//! write it. Python has one: the member descriptor over the same word (see [`super::members`]), which
//! `object.__setattr__` and `object.__delattr__` go through. So a field may change, or be unset, behind
//! a shared reference.

use std::cell::UnsafeCell;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;

/// A reference to a Python object, or nothing: the same word as C's nullable `PyObject *`.
#[repr(transparent)]
pub(crate) struct Field(UnsafeCell<Option<Py<PyAny>>>);

impl Drop for Field {
    #[inline]
    fn drop(&mut self) {
        if let Some(value) = self.0.get_mut().take() {
            // SAFETY: a field is part of an event, or about to be: events are made and deallocated by attached
            // threads. `Py` would have to find that out for each field anew.
            let py = unsafe { Python::assume_attached() };
            drop(value.into_bound(py));
        }
    }
}

// SAFETY: the word is written by the constructor before the event is shared, and by the interpreter's
// member descriptor, which holds the interpreter lock or, on a free-threaded build, the critical
// section of the event. `get` reads it within the same.
unsafe impl Sync for Field {}

impl Field {
    #[inline]
    pub(super) fn new(value: Option<Bound<'_, PyAny>>) -> Self {
        Self(UnsafeCell::new(value.map(Bound::unbind)))
    }

    /// Give the field its value. `owner` is the event that the field is part of, which is being made.
    #[inline]
    pub(super) fn set(&self, owner: &Bound<'_, PyAny>, value: Bound<'_, PyAny>) {
        with_critical_section(owner, || {
            // SAFETY: within the critical section of its owner nobody else reads or writes the field. It was unset, so
            // that nothing is dropped.
            unsafe { self.0.get().write(Some(value.unbind())) }
        });
    }

    /// What the field holds, if it holds something. `owner` is the event that the field is part of.
    #[inline]
    pub(super) fn get<'py>(&self, owner: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        with_critical_section(owner, || {
            // SAFETY: within the critical section of its owner nobody writes the field, and cloning the
            // reference runs no Python code that could.
            let value = unsafe { &*self.0.get() };
            value.as_ref().map(|value| value.bind(owner.py()).clone())
        })
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: during a traversal no Python code runs (and every other thread is stopped where
        // threads are free), so nobody writes the field.
        visit.call(unsafe { &*self.0.get() })
    }

    /// How many bytes after the start of `owner` the field lies.
    pub(super) fn offset_in(&self, owner: &Bound<'_, PyAny>) -> usize {
        self.0.get().addr() - owner.as_ptr().addr()
    }
}
