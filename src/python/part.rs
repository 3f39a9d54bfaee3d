//! What an object holds natively, and shows as an object of its own when somebody asks for it.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

/// The value of an attribute that shows such a part.
#[derive(Default)]
pub(crate) enum Part {
    /// `None`.
    #[default]
    Nothing,
    /// What is held natively, which nobody has asked for.
    Own,
    /// An object that shows that, or any other that is in its place.
    Object(Py<PyAny>),
}

impl Part {
    /// What somebody has set the attribute to.
    pub(crate) fn of(value: Option<Py<PyAny>>) -> Self {
        value.map_or(Self::Nothing, Self::Object)
    }

    #[inline]
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Own => Self::Own,
            Self::Object(object) => Self::Object(object.clone_ref(py)),
        }
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Nothing | Self::Own => Ok(()),
            Self::Object(object) => visit.call(object),
        }
    }
}
