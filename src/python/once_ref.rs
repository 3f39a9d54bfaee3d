//! A reference that is set at most once: that of a view to the object whose state it shows.
//!
//! It is an empty one where its memory is all zeros, as that of an object is whose allocation has
//! failed half-way: the interpreter deallocates it before any field is written (CPython 3.11 and
//! 3.12, for want of memory for its `__dict__`). `OnceLock` has a value there.

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

/// The reference, or nothing.
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

    /// Set the reference, unless it has been.
    pub(crate) fn set(&self, object: Py<T>) {
        let object = object.into_ptr();
        let (empty, success, failure) = (ptr::null_mut(), Ordering::Release, Ordering::Relaxed);
        if self
            .0
            .compare_exchange(empty, object, success, failure)
            .is_err()
        {
            // SAFETY: this is the reference that `into_ptr` has given away, on an attached thread.
            unsafe { ffi::Py_DECREF(object) };
        }
    }
}

impl<T> Drop for OnceRef<T> {
    fn drop(&mut self) {
        let object = *self.0.get_mut();
        // SAFETY: it is null or a reference of ours; objects are deallocated on attached threads.
        unsafe { ffi::Py_XDECREF(object) };
    }
}
