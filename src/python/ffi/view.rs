//! Views: objects that show the native state of another object, their holder.
//!
//! An attribute that is a view is made when it is first read: until then the owner holds the state
//! itself.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::PyClass;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;

use super::once::OnceRef;
use super::overrides::{Base, OwnMethods};

/// The state of a handshake, a connection or one of its layers.
pub(crate) struct Backing<T> {
    /// Not in use by a view.
    own: T,
    /// The state shown: a part of `holder`, or of an object that `holder` keeps alive.
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
        // SAFETY: it is null, or part of the holder: `show` got it from a function that borrows it
        // from the holder for any lifetime, and the holder, which is frozen, lives as long as this.
        unsafe { self.shown.load(Ordering::Acquire).as_ref() }.unwrap_or(&self.own)
    }

    /// The object of which this is a view, if it is one.
    pub(crate) fn holder(&self) -> Option<&Py<PyAny>> {
        self.holder.get()
    }

    /// Show the state of another object from now on, unless one is shown already.
    pub(crate) fn show<H: PyClass<Frozen = True> + Sync>(
        &self,
        holder: &Bound<'_, H>,
        state: impl for<'a> FnOnce(&'a H) -> &'a T,
    ) {
        let shown = ptr::from_ref(state(holder.get())).cast_mut();
        if self.holder.set(holder.clone().into_any().unbind()) {
            self.shown.store(shown, Ordering::Release);
        }
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

/// The value of such an attribute.
#[derive(Default)]
pub(crate) enum LazyAttribute {
    #[default]
    None,
    /// A view of the state that the owner holds, which need not have been made.
    Native,
    /// Any other object.
    Object(Py<PyAny>),
}

impl LazyAttribute {
    /// The value that was assigned.
    pub(crate) fn new(value: Option<Py<PyAny>>) -> Self {
        value.map_or(Self::None, Self::Object)
    }

    #[inline]
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::None => Self::None,
            Self::Native => Self::Native,
            Self::Object(object) => Self::Object(object.clone_ref(py)),
        }
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::None | Self::Native => Ok(()),
            Self::Object(object) => visit.call(object),
        }
    }
}

/// A class whose objects show the native state of another object, their holder.
pub(crate) trait View: Base + PyClass<Frozen = True> + Sync {
    type State;

    /// The state that the object has or shows.
    fn backing(&self) -> &Backing<Self::State>;

    /// Whether the instance has methods of its own.
    fn own_methods(&self) -> &OwnMethods;
}

/// An attribute whose native value has a view.
pub(crate) struct Viewed<T> {
    attribute: LazyAttribute,
    /// Made when it is first read. It stays when the attribute is replaced, for it may come back.
    view: Option<Py<T>>,
}

/// The kind of value of a [`Viewed`].
#[derive(Clone, Copy)]
pub(crate) enum Found {
    None,
    /// The native state, whose view has no methods of its own.
    Native,
    Replaced,
}

impl<T> Default for Viewed<T> {
    fn default() -> Self {
        Self::from(LazyAttribute::None)
    }
}

impl<T> From<LazyAttribute> for Viewed<T> {
    fn from(attribute: LazyAttribute) -> Self {
        Self {
            attribute,
            view: None,
        }
    }
}

impl<T: View> Viewed<T> {
    #[inline]
    pub(crate) fn find(&self) -> Found {
        match &self.attribute {
            LazyAttribute::None => Found::None,
            LazyAttribute::Native => match &self.view {
                Some(view) if view.get().own_methods().any() => Found::Replaced,
                _ => Found::Native,
            },
            LazyAttribute::Object(_) => Found::Replaced,
        }
    }

    /// The value.
    pub(crate) fn attribute(&self, py: Python<'_>) -> LazyAttribute {
        self.attribute.clone_ref(py)
    }

    /// The view, if it has been made.
    pub(crate) fn view<'py>(&self, py: Python<'py>) -> Option<Bound<'py, T>> {
        Some(self.view.as_ref()?.bind(py).clone())
    }

    /// The view, which is this one unless another one has been made in the meantime.
    pub(crate) fn show<'py>(&mut self, view: &Bound<'py, T>) -> Bound<'py, T> {
        let first = self.view.get_or_insert_with(|| view.clone().unbind());
        first.bind(view.py()).clone()
    }

    /// Replace the value. The old one is for the caller to drop, after the lock is released.
    #[must_use]
    pub(crate) fn replace(&mut self, value: LazyAttribute) -> LazyAttribute {
        let value = match (value, &self.view) {
            // This reference is dropped, but not the view: `view` is another one.
            (LazyAttribute::Object(object), Some(view)) if object.is(view) => LazyAttribute::Native,
            (value, _) => value,
        };
        std::mem::replace(&mut self.attribute, value)
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.attribute.traverse(visit)?;
        visit.call(&self.view)
    }
}
