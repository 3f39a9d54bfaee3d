//! Optional arguments for which `None` is a value.

use std::convert::Infallible;

use pyo3::prelude::*;

/// An argument, or none.
pub(crate) struct Given<'py>(Option<Bound<'py, PyAny>>);

impl<'py> Given<'py> {
    /// No argument.
    pub(crate) const NOTHING: Self = Self(None);

    /// The argument, if there is one.
    pub(crate) fn into_option(self) -> Option<Bound<'py, PyAny>> {
        self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(object.to_owned())))
    }
}
