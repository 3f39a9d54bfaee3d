//! What `Connection.events` returns.

use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::prelude::*;

use super::Connection;
use crate::python::generator::Generator;

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
#[pyclass(frozen, extends = Generator, module = "wsproto.connection")]
pub(crate) struct ConnectionEvents {
    connection: Py<Connection>,
    progress: Progress,
}

impl ConnectionEvents {
    pub(super) fn over(connection: Bound<'_, Connection>) -> PyResult<Bound<'_, Self>> {
        let py = connection.py();
        let events = Self {
            connection: connection.unbind(),
            progress: Progress::new(),
        };
        Generator::of(py, events)
    }
}

#[pymethods]
impl ConnectionEvents {
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.progress.advance(self.connection.bind(py))
    }

    /// Finish; what has not been decoded is left for the next iterator.
    fn close(&self) {
        self.progress.finish();
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.connection)
    }
}
