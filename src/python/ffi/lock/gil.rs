//! One thread at a time is attached to the interpreter, so a flag suffices to mark a value in use.

use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

use super::held::{acquired, released};
use super::{Holder, Signals, already_executing};

/// The time to sleep between two attempts to take a value that a detached thread uses.
const WAIT: Duration = Duration::from_micros(20);

/// A value used by one thread at a time, for a few instructions.
#[derive(Default)]
pub(crate) struct Lock<T> {
    in_use: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a `Guard` only. Guards are made and dropped by attached
// threads, of which there is one at a time, each handing its writes on to the next with the
// interpreter's lock; and the flag allows one guard at a time. A guard may be made by one thread
// and the next one by another, hence `T: Send`.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            in_use: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Take the value.
    ///
    /// # Panics
    ///
    /// If it is in use: Python code would have to run under the lock.
    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn lock<'a>(&'a self, _py: Python<'a>) -> Guard<'a, T> {
        assert!(
            !self.in_use.load(Ordering::Relaxed),
            "Python code has run under a lock"
        );
        self.guard()
    }

    /// The value for the garbage collector, which visits on an attached thread; nothing if it is in
    /// use.
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn try_lock<'a>(&'a self, _visit: &'a pyo3::PyVisit<'_>) -> Option<Guard<'a, T>> {
        (!self.in_use.load(Ordering::Relaxed)).then(|| self.guard())
    }

    /// Must be called on an attached thread, if the value is not in use.
    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    fn guard(&self) -> Guard<'_, T> {
        self.in_use.store(true, Ordering::Relaxed);
        acquired();
        Guard {
            lock: self,
            attached: PhantomData,
        }
    }
}

/// Access to the value, until it is dropped, on the same thread and attached.
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
        released();
    }
}

/// A value used by one thread at a time, for a whole step.
pub(crate) struct LongLock<T> {
    state: Cell<State>,
    /// Leaked if its holder did not survive `fork()`, or if it was never written.
    value: UnsafeCell<ManuallyDrop<T>>,
}

/// The user of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum State {
    /// The lock is memory of zeros: CPython 3.11 and 3.12 deallocate an object for whose `__dict__`
    /// there is no memory before any field is written.
    #[expect(dead_code, reason = "it is the state of memory that was never written")]
    Unwritten = 0,
    Free,
    /// A thread that stays attached, so only code called by it can see this.
    Attached,
    /// A thread that may detach.
    Detachable(Holder),
}

// SAFETY: as for `Lock`; the state is read and written by attached threads only, of which there is
// one at a time.
unsafe impl<T: Send> Sync for LongLock<T> {}

impl<T> LongLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            state: Cell::new(State::Free),
            value: UnsafeCell::new(ManuallyDrop::new(value)),
        }
    }

    /// Takes the value, after waiting for another thread that uses it.
    ///
    /// # Errors
    ///
    /// `ValueError` if this thread uses it, `RuntimeError` if its user did not survive `fork()`, or
    /// an exception of a signal handler.
    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn lock<'a>(&'a self, py: Python<'a>) -> PyResult<LongGuard<'a, T>> {
        if self.state.get() != State::Free {
            self.wait(py, Signals::Handle)?;
        }
        Ok(self.guard())
    }

    /// As [`lock`](Self::lock), but signals are left for later: to put back what a step has taken
    /// out.
    ///
    /// # Errors
    ///
    /// `ValueError` if this thread uses it, `RuntimeError` if its user did not survive `fork()`.
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn lock_to_finish<'a>(&'a self, py: Python<'a>) -> PyResult<LongGuard<'a, T>> {
        self.wait(py, Signals::Defer)?;
        Ok(self.guard())
    }

    #[cold]
    fn wait(&self, py: Python<'_>, signals: Signals) -> PyResult<()> {
        loop {
            match self.state.get() {
                State::Free | State::Unwritten => return Ok(()),
                State::Attached => return Err(already_executing(py)),
                State::Detachable(holder) => holder.check_can_be_waited_for(py)?,
            }
            py.detach(|| thread::sleep(WAIT));
            signals.check(py)?;
        }
    }

    /// The value for the garbage collector, which visits on an attached thread; nothing if it is in
    /// use.
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn try_lock<'a>(
        &'a self,
        _visit: &'a pyo3::PyVisit<'_>,
    ) -> Option<LongGuard<'a, T>> {
        (self.state.get() == State::Free).then(|| self.guard())
    }

    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    fn guard(&self) -> LongGuard<'_, T> {
        self.state.set(State::Attached);
        acquired();
        LongGuard {
            lock: self,
            attached: PhantomData,
        }
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
        if self.state.get() == State::Free {
            // SAFETY: it is dropped once, here.
            unsafe { ManuallyDrop::drop(self.value.get_mut()) };
        }
    }
}

/// Access to the value, until it is dropped, on the same thread and attached.
pub(crate) struct LongGuard<'a, T> {
    lock: &'a LongLock<T>,
    attached: PhantomData<Python<'a>>,
}

impl<T> LongGuard<'_, T> {
    /// This thread may detach while it holds the value.
    pub(crate) fn allow_detaching(&self) {
        self.lock.state.set(State::Detachable(Holder::this()));
    }
}

impl<T> Deref for LongGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this is the only guard, and it is borrowed.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for LongGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this is the only guard, and it is borrowed for itself alone.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for LongGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.state.set(State::Free);
        released();
    }
}
