//! The iterator of `Connection.events`.

use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::native_state::failure_event;
use super::{Connection, ConnectionCore, Holder};
use crate::python::error::raised;
use crate::python::fallback;
use crate::python::fallback::{Body, Generator, Yielded};
use crate::python::ffi::objects::interned;

/// The place of an iterator in the events of a connection.
pub(crate) struct Progress(AtomicU8);

/// The waiting events come next.
const WAITING: u8 = 0;
/// Decoded events come next.
const DECODING: u8 = 1;
/// The last event, a failure to decode, has been given.
const ENDING: u8 = 2;
/// Decoded events come next, and a failure is raised instead of given as an event.
const RAISING: u8 = 3;

impl Progress {
    pub(crate) const fn new() -> Self {
        Self(AtomicU8::new(WAITING))
    }

    /// Give the next event.
    #[inline]
    pub(crate) fn advance<'py, H: Holder>(&self, holder: &Bound<'py, H>) -> Yielded<'py> {
        let decoder = || H::decoder(holder);
        self.advance_in(holder.py(), holder.get().core(), &decoder)
    }

    /// The part that does not depend on the class of the holder, compiled once.
    #[inline(never)]
    fn advance_in<'py>(
        &self,
        py: Python<'py>,
        core: &ConnectionCore,
        decoder: &dyn Fn() -> PyResult<Bound<'py, PyAny>>,
    ) -> Yielded<'py> {
        let progress = self.0.load(Ordering::Relaxed);
        match progress {
            WAITING => {
                if let Some(event) = core.next_waiting(py)? {
                    return Ok(Some(event));
                }
                self.0.store(DECODING, Ordering::Relaxed);
            }
            ENDING => return Ok(None),
            _ => {}
        }
        match core.next_decoded(py, decoder) {
            Ok(None) => core.take_end(py),
            Ok(event) => Ok(event),
            Err(failure) if progress == RAISING => Err(raised(py, failure)),
            Err(failure) => {
                let event = failure_event(py, failure)?;
                self.0.store(ENDING, Ordering::Relaxed);
                Ok(Some(event))
            }
        }
    }

    /// The generator that continues from this place.
    pub(crate) fn successor<'py>(
        &self,
        connection: &Bound<'py, Connection>,
        begun: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = connection.py();
        let progress = self.0.load(Ordering::Relaxed);
        if progress == ENDING {
            return fallback::items(PyTuple::empty(py).as_any(), begun);
        }
        let decoded = Self(AtomicU8::new(RAISING));
        let decoded = ConnectionEvents::new(connection.clone(), decoded)?;
        let arguments = (connection, decoded, begun, progress != WAITING);
        fallback::call(py, interned!(py, "connection_events")?, arguments)
    }
}

/// An iterator with the methods of a generator.
#[pyclass(frozen, extends = Generator, module = "wsproto.connection")]
pub(crate) struct ConnectionEvents {
    connection: Py<Connection>,
    progress: Progress,
}

impl ConnectionEvents {
    pub(super) fn new(
        connection: Bound<'_, Connection>,
        progress: Progress,
    ) -> PyResult<Bound<'_, Self>> {
        let py = connection.py();
        let connection = connection.unbind();
        Generator::wrap(
            py,
            Self {
                connection,
                progress,
            },
        )
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

    fn successor<'py>(slf: &Bound<'py, Self>, begun: bool) -> PyResult<Bound<'py, PyAny>> {
        let connection = slf.get().connection.bind(slf.py());
        slf.get().progress.successor(connection, begun)
    }
}
