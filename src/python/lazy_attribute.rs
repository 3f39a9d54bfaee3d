//! Attributes whose object is made when they are first read: until then the owner holds the state
//! itself.

use pyo3::PyClass;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;

use super::backing::Backing;
use super::overrides::OwnMethods;

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
pub(crate) trait View: PyClass<Frozen = True> + Sync {
    type State;

    /// A new instance.
    fn new(py: Python<'_>) -> PyResult<Bound<'_, Self>>;

    /// Where it has its state.
    fn backing(&self) -> &Backing<Self::State>;

    /// Whether it has methods of its own.
    fn own_methods(&self) -> &OwnMethods;
}

/// An attribute whose native value has a view.
pub(crate) struct Viewed<T> {
    attribute: LazyAttribute,
    /// Made when it is first read. It stays when the attribute is replaced, for it may come back.
    view: Option<Py<T>>,
}

/// What there is in the place of a [`Viewed`].
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
