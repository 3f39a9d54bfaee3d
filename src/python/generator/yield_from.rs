//! What a generator passes on to the iterator that its `yield from` is at (PEP 380).

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;

use super::{Thrown, Yielded};
use crate::python::objects::interned;

/// That iterator, which is somebody else's. Where nothing is yielded it has come to its end.
pub(crate) struct YieldFrom<'py>(pub(crate) Bound<'py, PyAny>);

impl<'py> YieldFrom<'py> {
    /// Send it a value.
    pub(crate) fn send(&self, value: &Bound<'py, PyAny>) -> Yielded<'py> {
        let send = interned!(self.0.py(), "send")?;
        self.yielded(self.0.call_method1(send, (value,)))
    }

    /// Have it raise an exception, if it can be told so; if not, that is up to the generator.
    pub(crate) fn throw(&self, thrown: &Thrown<'py>) -> PyResult<Yielded<'py>> {
        let py = self.0.py();
        if thrown.is_generator_exit()? {
            return match self.close() {
                Ok(()) => thrown.error().map(Err),
                Err(error) => Ok(Err(error)),
            };
        }
        let Some(throw) = self.0.getattr_opt(interned!(py, "throw")?)? else {
            let error = thrown.error()?;
            // From CPython 3.12 on this is taken for the iterator's own end.
            let end = cfg!(Py_3_12) && error.is_instance_of::<PyStopIteration>(py);
            return Ok(if end { Ok(None) } else { Err(error) });
        };
        Ok(self.yielded(thrown.into(&throw)))
    }

    /// Close it, if it can be closed.
    pub(crate) fn close(&self) -> PyResult<()> {
        match self.0.getattr_opt(interned!(self.0.py(), "close")?)? {
            Some(close) => close.call0().map(drop),
            None => Ok(()),
        }
    }

    fn yielded(&self, outcome: PyResult<Bound<'py, PyAny>>) -> Yielded<'py> {
        match outcome {
            Err(error) if error.is_instance_of::<PyStopIteration>(self.0.py()) => Ok(None),
            outcome => outcome.map(Some),
        }
    }
}
