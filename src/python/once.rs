//! Values that are made at their first use and kept for ever.
//!
//! `PyOnceLock` waits for a value that is being made, for ever if it is this thread that makes it: making one may run
//! Python code (an import, a trace function, a collection), which may ask for it. Here it is made again instead, and the
//! first one stays.

use std::sync::OnceLock;

use pyo3::prelude::*;

/// A place for such a value.
pub(crate) struct Once<T>(OnceLock<T>);

impl<T> Once<T> {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The value, which `make` makes at the first use.
    #[inline]
    pub(crate) fn get_or_try_init(
        &self,
        py: Python<'_>,
        make: impl FnOnce() -> PyResult<T>,
    ) -> PyResult<&T> {
        match self.0.get() {
            Some(value) => Ok(value),
            None => self.init(py, make),
        }
    }

    #[cold]
    fn init(&self, _py: Python<'_>, make: impl FnOnce() -> PyResult<T>) -> PyResult<&T> {
        let value = make()?;
        Ok(self.0.get_or_init(|| value))
    }
}
