//! Values made on first use and kept forever.
//!
//! `PyOnceLock` waits for a value that is being made, forever if this thread makes it: making a
//! value may run Python code (an import, a trace function, a collection), which may ask for the
//! same value. Here the value is made again instead, and the first one stays.

use std::sync::OnceLock;

use pyo3::prelude::*;

/// A cell for such a value.
pub(crate) struct Once<T>(OnceLock<T>);

impl<T> Once<T> {
    /// An empty cell.
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The value, which `make` makes on first use.
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
