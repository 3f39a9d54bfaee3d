//! What `Connection.events` returns.

use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::prelude::*;

use super::transport::failed_by_python;
use super::{Connection, Holder, Opened};
use crate::python::generator::{Body, Generator, Thrown, Yielded};

/// How far a pass over the events of a connection has come.
pub(crate) struct Progress(AtomicU8);

/// It gives the events that wait.
const WAITING: u8 = 0;
/// It decodes.
const DECODING: u8 = 1;
/// It has given the last event.
const ENDING: u8 = 2;

impl Progress {
    pub(crate) const fn new() -> Self {
        Self(AtomicU8::new(WAITING))
    }

    /// Give the next event.
    #[inline]
    pub(crate) fn advance<'py, H: Holder>(&self, holder: &Bound<'py, H>) -> Yielded<'py> {
        let decoder = || H::decoder(holder);
        self.advance_in(holder.py(), holder.get().opened(), &decoder)
    }

    /// What that does is the same whoever holds the connection, so that there is one piece of code for it.
    #[inline(never)]
    fn advance_in<'py>(
        &self,
        py: Python<'py>,
        opened: &Opened,
        decoder: &dyn Fn() -> PyResult<Bound<'py, PyAny>>,
    ) -> Yielded<'py> {
        match self.0.load(Ordering::Relaxed) {
            WAITING => {
                if let Some(event) = opened.next_waiting(py)? {
                    return Ok(Some(event));
                }
                self.0.store(DECODING, Ordering::Relaxed);
            }
            DECODING => {}
            _ => return Ok(None),
        }
        let Some((event, last)) = opened.next_decoded(py, decoder)? else {
            return opened.take_end(py);
        };
        if last {
            self.0.store(ENDING, Ordering::Relaxed);
        }
        Ok(Some(event))
    }

    /// An exception is raised at the event that was given last: where events are decoded, a `ParseFailed` ends the
    /// connection as if the peer had broken a rule.
    pub(crate) fn catch<'py>(&self, py: Python<'py>, error: PyErr) -> Yielded<'py> {
        if self.0.load(Ordering::Relaxed) != DECODING {
            return Err(error);
        }
        let event = failed_by_python(py, error)?;
        self.0.store(ENDING, Ordering::Relaxed);
        Ok(Some(event))
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
    fn __next__<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        Generator::next(slf)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.connection)
    }
}

impl Body for ConnectionEvents {
    #[inline]
    fn resume<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        let Self {
            connection,
            progress,
        } = slf.get();
        progress.advance(connection.bind(slf.py()))
    }

    fn throw<'py>(slf: &Bound<'py, Self>, thrown: &Thrown<'py>) -> PyResult<Yielded<'py>> {
        let error = thrown.error()?;
        Ok(slf.get().progress.catch(slf.py(), error))
    }
}
