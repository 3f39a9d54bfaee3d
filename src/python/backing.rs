//! The native state of an object: its own, or, if the object is a view, that of another object.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::PyClass;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;

use super::once_ref::OnceRef;

/// The state of a handshake, a connection or one of its layers.
pub(crate) struct Backing<T> {
    /// Not in use by a view.
    own: T,
    /// The state that a view shows. It is part of `holder`, or of what that holds for as long as it lives.
    shown: AtomicPtr<T>,
    holder: OnceRef<PyAny>,
}

impl<T> Backing<T> {
    /// The object's own state.
    pub(crate) const fn new(own: T) -> Self {
        Self {
            own,
            shown: AtomicPtr::new(ptr::null_mut()),
            holder: OnceRef::new(),
        }
    }

    /// The state.
    #[inline]
    pub(crate) fn get(&self) -> &T {
        // SAFETY: it is null, or what `show` was given, which lives as long as the holder, and so as long as this.
        unsafe { self.shown.load(Ordering::Acquire).as_ref() }.unwrap_or(&self.own)
    }

    /// The object of which this is a view, if it is one.
    pub(crate) fn holder(&self) -> Option<&Py<PyAny>> {
        self.holder.get()
    }

    /// Show the state of another object from now on. To be called once, on an object that nobody else has seen.
    ///
    /// # Safety
    ///
    /// The state is in the same place as long as the holder lives.
    pub(crate) unsafe fn show<H: PyClass<Frozen = True> + Sync>(
        &self,
        holder: &Bound<'_, H>,
        state: impl FnOnce(&H) -> &T,
    ) {
        let shown = ptr::from_ref(state(holder.get())).cast_mut();
        self.holder.set(holder.clone().into_any().unbind());
        self.shown.store(shown, Ordering::Release);
    }

    /// The holder, for the garbage collector. The own state has references of its own.
    pub(crate) fn traverse(
        &self,
        visit: &PyVisit<'_>,
        own: impl FnOnce(&T) -> Result<(), PyTraverseError>,
    ) -> Result<(), PyTraverseError> {
        visit.call(self.holder.get())?;
        own(&self.own)
    }

    /// The own state, to be cleared.
    pub(crate) const fn own(&self) -> &T {
        &self.own
    }
}
