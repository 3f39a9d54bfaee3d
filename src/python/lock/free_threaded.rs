//! Threads run at once: each value has a mutex.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;

/// A value that one thread at a time uses.
#[derive(Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Wait for the value, and let the interpreter stop this thread while that takes time.
    pub(crate) fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, T> {
        let guard = self.0.lock_py_attached(py);
        Guard(guard.unwrap_or_else(PoisonError::into_inner), PhantomData)
    }

    /// The value for the garbage collector, unless it is in use.
    pub(crate) fn try_lock<'a>(&'a self, _visit: &'a pyo3::PyVisit<'_>) -> Option<Guard<'a, T>> {
        let guard = self.0.try_lock().ok()?;
        Some(Guard(guard, PhantomData))
    }
}

/// The value, until this is dropped.
pub(crate) struct Guard<'a, T>(MutexGuard<'a, T>, PhantomData<Python<'a>>);

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
