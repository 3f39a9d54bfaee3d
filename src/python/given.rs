//! Arguments that may be left out, where `None` is not the same as nothing.

use std::convert::Infallible;

use pyo3::prelude::*;

/// An argument, or its absence.
pub(crate) struct Given<'py>(pub(crate) Option<Bound<'py, PyAny>>);

impl Given<'_> {
    /// Nothing was given.
    pub(crate) const NOTHING: Self = Self(None);
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(object.to_owned())))
    }
}
