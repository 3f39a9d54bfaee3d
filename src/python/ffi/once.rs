//! Cells that are written once.

use std::marker::PhantomData;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

/// A value made on first use and kept forever.
///
/// `PyOnceLock` waits for a value that is being made, forever if this thread makes it: making a
/// value may run Python code (an import, a trace function, a collection), which may ask for the
/// same value. Here the value is made again instead, and the first one stays.
pub(crate) struct Once<T>(OnceLock<T>);

impl<T> Once<T> {
    /// An empty cell.
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The value, which `make` makes on first use.
    #[inline]
    pub(crate) fn get_or_try_init(
        &self,
        py: Python<'_>,
        make: impl FnOnce() -> PyResult<T>,
    ) -> PyResult<&T> {
        match self.0.get() {
            Some(value) => Ok(value),
            None => self.init(py, make),
        }
    }

    #[cold]
    fn init(&self, _py: Python<'_>, make: impl FnOnce() -> PyResult<T>) -> PyResult<&T> {
        let value = make()?;
        Ok(self.0.get_or_init(|| value))
    }
}

/// A reference that is set at most once.
///
/// All-zero memory is an empty one, unlike that of a `OnceLock`: CPython 3.11 and 3.12 deallocate
/// an object before any field is written if there is no memory for its `__dict__`.
pub(crate) struct OnceRef<T>(AtomicPtr<ffi::PyObject>, PhantomData<Py<T>>);

impl<T> OnceRef<T> {
    /// An empty cell.
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()), PhantomData)
    }

    /// The reference, if it has been set.
    #[inline]
    pub(crate) fn get(&self) -> Option<&Py<T>> {
        if self.0.load(Ordering::Acquire).is_null() {
            return None;
        }
        // SAFETY: a `Py` is transparently a pointer to an object that is not null, which this is
        // from now on: it is written once.
        Some(unsafe { &*self.0.as_ptr().cast::<Py<T>>() })
    }

    /// Set the reference, unless it has been; returns whether it was set now.
    pub(crate) fn set(&self, object: Py<T>) -> bool {
        let object = object.into_ptr();
        let (empty, success, failure) = (ptr::null_mut(), Ordering::Release, Ordering::Relaxed);
        let set = self
            .0
            .compare_exchange(empty, object, success, failure)
            .is_ok();
        if !set {
            // SAFETY: this is the reference that `into_ptr` has given away, on an attached thread.
            unsafe { ffi::Py_DECREF(object) };
        }
        set
    }
}

impl<T> Drop for OnceRef<T> {
    fn drop(&mut self) {
        let object = *self.0.get_mut();
        // SAFETY: it is null or a reference of ours; objects are deallocated on attached threads.
        unsafe { ffi::Py_XDECREF(object) };
    }
}
