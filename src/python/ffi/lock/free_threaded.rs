//! Threads run at once: each value has a mutex.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use super::held::{acquired, released};
use super::{Holder, Signals};

/// The time to sleep between two attempts to take a value.
const WAIT: Duration = Duration::from_micros(20);

/// A value used by one thread at a time, for a few instructions.
#[derive(Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Waits for the value; the interpreter may stop this thread meanwhile.
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, T> {
        let guard = self.0.lock_py_attached(py);
        acquired();
        Guard(guard.unwrap_or_else(PoisonError::into_inner), PhantomData)
    }

    /// The value for the garbage collector, unless it is in use.
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn try_lock<'a>(&'a self, _visit: &'a pyo3::PyVisit<'_>) -> Option<Guard<'a, T>> {
        let guard = self.0.try_lock().ok()?;
        acquired();
        Some(Guard(guard, PhantomData))
    }
}

/// Access to the value, until it is dropped.
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

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        released();
    }
}

/// A value used by one thread at a time, for a whole step.
pub(crate) struct LongLock<T> {
    value: Mutex<ManuallyDrop<T>>,
    holder: Mutex<Option<Holder>>,
}

impl<T> LongLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            value: Mutex::new(ManuallyDrop::new(value)),
            holder: Mutex::new(None),
        }
    }

    /// Takes the value, after waiting for another thread that uses it.
    ///
    /// # Errors
    ///
    /// `ValueError` if this thread uses it, `RuntimeError` if its user did not survive `fork()`, or
    /// an exception of a signal handler.
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn lock<'a>(&'a self, py: Python<'a>) -> PyResult<LongGuard<'a, T>> {
        self.wait(py, Signals::Handle)
    }

    /// As [`lock`](Self::lock), but signals are left for later: to put back what a step has taken
    /// out.
    ///
    /// # Errors
    ///
    /// `ValueError` if this thread uses it, `RuntimeError` if its user did not survive `fork()`.
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn lock_to_finish<'a>(&'a self, py: Python<'a>) -> PyResult<LongGuard<'a, T>> {
        self.wait(py, Signals::Defer)
    }

    #[cfg_attr(debug_assertions, track_caller)]
    fn wait<'a>(&'a self, py: Python<'a>, signals: Signals) -> PyResult<LongGuard<'a, T>> {
        loop {
            if let Some(guard) = self.try_guard() {
                return Ok(guard);
            }
            // This mutex is never held while waiting.
            let holder = *self.holder.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(holder) = holder {
                holder.check_can_be_waited_for(py)?;
            }
            py.detach(|| thread::sleep(WAIT));
            signals.check(py)?;
        }
    }

    /// The value for the garbage collector, unless it is in use.
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn try_lock<'a>(
        &'a self,
        _visit: &'a pyo3::PyVisit<'_>,
    ) -> Option<LongGuard<'a, T>> {
        self.try_guard()
    }

    #[cfg_attr(debug_assertions, track_caller)]
    fn try_guard(&self) -> Option<LongGuard<'_, T>> {
        let guard = match self.value.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        self.hold(Some(Holder::this()));
        acquired();
        Some(LongGuard {
            guard,
            lock: self,
            attached: PhantomData,
        })
    }

    fn hold(&self, holder: Option<Holder>) {
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = holder;
    }
}

impl<T: Default> Default for LongLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Drop for LongLock<T> {
    fn drop(&mut self) {
        // A value whose holder is lost may be half written; it is leaked.
        let holder = self.holder.get_mut();
        if holder.unwrap_or_else(PoisonError::into_inner).is_none() {
            let value = self.value.get_mut();
            // SAFETY: it is dropped once, here.
            unsafe { ManuallyDrop::drop(value.unwrap_or_else(PoisonError::into_inner)) };
        }
    }
}

/// Access to the value, until it is dropped.
pub(crate) struct LongGuard<'a, T> {
    guard: MutexGuard<'a, ManuallyDrop<T>>,
    lock: &'a LongLock<T>,
    attached: PhantomData<Python<'a>>,
}

impl<T> LongGuard<'_, T> {
    /// This thread may detach while it holds the value; nothing to do here.
    #[expect(
        clippy::unused_self,
        reason = "the other kind of interpreter asks for it"
    )]
    pub(crate) fn allow_detaching(&self) {}
}

impl<T> Deref for LongGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for LongGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T> Drop for LongGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.hold(None);
        released();
    }
}
