//! What `Connection.events` returns.

use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;

use super::Connection;
use crate::python::generator;

/// How far a pass over the events of a connection has come.
pub(crate) struct Progress(AtomicU8);

/// It gives the events that wait.
const WAITING: u8 = 0;
/// It decodes.
const DECODING: u8 = 1;
/// It is exhausted.
const FINISHED: u8 = 2;

impl Progress {
    pub(crate) const fn new() -> Self {
        Self(AtomicU8::new(WAITING))
    }

    /// Give the next event.
    #[inline]
    pub(crate) fn advance<'py>(
        &self,
        connection: &Bound<'py, Connection>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.0.load(Ordering::Relaxed) {
            WAITING => {
                if let Some(event) = connection.get().next_waiting(connection.py())? {
                    return Ok(Some(event));
                }
                self.0.store(DECODING, Ordering::Relaxed);
            }
            DECODING => {}
            _ => return Ok(None),
        }
        match Connection::next_decoded(connection) {
            Ok(Some((event, last))) => {
                if last {
                    self.finish();
                }
                Ok(Some(event))
            }
            Ok(None) => {
                self.finish();
                Ok(None)
            }
            Err(error) => {
                self.finish();
                Err(error)
            }
        }
    }

    pub(crate) fn finish(&self) {
        self.0.store(FINISHED, Ordering::Relaxed);
    }
}

/// An iterator with the methods of a generator.
#[pyclass(frozen, module = "wsproto.connection")]
pub(crate) struct ConnectionEvents {
    connection: Py<Connection>,
    progress: Progress,
}

impl ConnectionEvents {
    pub(super) fn over(connection: Bound<'_, Connection>) -> Self {
        Self {
            connection: connection.unbind(),
            progress: Progress::new(),
        }
    }
}

#[pymethods]
impl ConnectionEvents {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.progress.advance(self.connection.bind(py))
    }

    /// Advance, as a generator does.
    fn send<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let _ = value;
        self.__next__(py)?
            .ok_or_else(|| PyStopIteration::new_err(()))
    }

    /// Raise an exception, and finish.
    #[pyo3(signature = (kind, value=None, traceback=None))]
    fn throw<'py>(
        &self,
        kind: &Bound<'py, PyAny>,
        value: Option<&Bound<'py, PyAny>>,
        traceback: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.close();
        Err(generator::thrown(kind, value, traceback))
    }

    /// Finish; what has not been decoded is left for the next iterator.
    fn close(&self) {
        self.progress.finish();
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.connection)
    }
}
