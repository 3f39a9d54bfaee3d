//! One thread at a time is attached to the interpreter: a flag says whether a value is in use.
//!
//! It matters where a thread detaches with a value in its hands, and where somebody breaks the rule that no
//! Python code runs under a lock: the second one to ask waits, as for a mutex.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// How long to sleep between two looks at a value that a detached thread has in use.
const WAIT: Duration = Duration::from_micros(20);

/// A value that one thread at a time uses.
#[derive(Default)]
pub(crate) struct Lock<T> {
    in_use: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a `Guard` only. Guards are made and dropped by attached threads, of
// which there is one at a time, each handing its writes on to the next with the interpreter's lock; and the flag
// allows one guard at a time. A guard may be made by one thread and the next one by another, hence `T: Send`.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            in_use: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Wait for the value, and let other threads run while that takes time.
    #[inline]
    pub(crate) fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, T> {
        while self.in_use.load(Ordering::Relaxed) {
            wait(py);
        }
        self.guard()
    }

    /// The value for the garbage collector, which visits on an attached thread; nothing if it is in use.
    pub(crate) fn try_lock<'a>(&'a self, _visit: &'a pyo3::PyVisit<'_>) -> Option<Guard<'a, T>> {
        (!self.in_use.load(Ordering::Relaxed)).then(|| self.guard())
    }

    /// To be called on an attached thread if the value is not in use.
    #[inline]
    fn guard(&self) -> Guard<'_, T> {
        self.in_use.store(true, Ordering::Relaxed);
        Guard {
            lock: self,
            attached: PhantomData,
        }
    }
}

#[cold]
fn wait(py: Python<'_>) {
    py.detach(|| thread::sleep(WAIT));
}

/// The value, until this is dropped, which cannot be on another thread or on a detached one.
pub(crate) struct Guard<'a, T> {
    lock: &'a Lock<T>,
    attached: PhantomData<Python<'a>>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this is the only guard, and it is borrowed.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this is the only guard, and it is borrowed for itself alone.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.in_use.store(false, Ordering::Relaxed);
    }
}
