//! The iterator of `WSConnection.events`.

use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::WSConnection;
use super::resolve::Phase;
use crate::python::connection::Progress;
use crate::python::fallback;
use crate::python::fallback::{Body, Generator, Yielded};
use crate::python::ffi::objects::interned;
use crate::python::handshake::EventIterator;

/// An iterator with the methods of a generator. It is native as long as nothing was replaced that
/// it comes to.
#[pyclass(frozen, extends = Generator, module = "wsproto")]
pub(super) struct WSConnectionEvents {
    owner: Py<WSConnection>,
    /// One of the three below.
    place: AtomicU8,
    /// The place in the events of the connection.
    progress: Progress,
}

/// The iterator has not begun.
const START: u8 = 0;
/// The events of the handshake come next.
const HANDSHAKE: u8 = 1;
/// The events of the connection come next.
const CONNECTION: u8 = 2;

#[pymethods]
impl WSConnectionEvents {
    fn __next__<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        Generator::next(slf)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.owner)
    }
}

impl Body for WSConnectionEvents {
    #[inline]
    fn resume<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        let owner = slf.get().owner.bind(slf.py());
        if slf.get().has_come_to_connection(slf.py(), owner.get()) {
            return slf.get().progress.advance(owner);
        }
        Self::resume_before_connection(slf)
    }

    fn successor<'py>(slf: &Bound<'py, Self>, begun: bool) -> PyResult<Bound<'py, PyAny>> {
        let owner = slf.get().owner.bind(slf.py());
        match slf.get().place.load(Ordering::Relaxed) {
            START => fallback_from(owner, None, None),
            HANDSHAKE => {
                let events = EventIterator::new(WSConnection::handshake_view(owner)?)?;
                let events = fallback::items(events.as_any(), begun)?;
                fallback_from(owner, Some(events), None)
            }
            _ => {
                let connection = WSConnection::connection_view(owner)?;
                let events = slf.get().progress.successor(&connection, begun)?;
                fallback_from(owner, None, Some(events))
            }
        }
    }
}

impl WSConnectionEvents {
    /// Over what a connection has received and will receive, from where it stands when this is
    /// advanced.
    pub(super) fn new(owner: Bound<'_, WSConnection>) -> PyResult<Bound<'_, Self>> {
        let py = owner.py();
        let events = Self {
            owner: owner.unbind(),
            place: AtomicU8::new(START),
            progress: Progress::new(),
        };
        Generator::wrap(py, events)
    }

    /// Whether what comes next are the events of the native connection.
    #[inline]
    fn has_come_to_connection(&self, py: Python<'_>, owner: &WSConnection) -> bool {
        match self.place.load(Ordering::Relaxed) {
            CONNECTION => return true,
            HANDSHAKE => return false,
            _ => {}
        }
        let comes = owner.native_phase(py) == Some(Phase::Connection)
            && owner.handshake_core().is_drained(py);
        if comes {
            self.place.store(CONNECTION, Ordering::Relaxed);
        }
        comes
    }

    #[inline(never)]
    fn resume_before_connection<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        let py = slf.py();
        let Self { owner, place, .. } = slf.get();
        let owner = owner.bind(py);
        if place.load(Ordering::Relaxed) == START {
            if owner.get().native_phase(py).is_none() {
                return Generator::continue_with(slf.as_super(), fallback_from(owner, None, None)?);
            }
            place.store(HANDSHAKE, Ordering::Relaxed);
        }
        if let Some(event) = owner.get().handshake_core().next_event(py)? {
            return Ok(Some(event));
        }
        match owner.get().native_phase(py) {
            Some(Phase::Handshake) => Ok(None),
            Some(Phase::Connection) => {
                place.store(CONNECTION, Ordering::Relaxed);
                slf.get().progress.advance(owner)
            }
            None => {
                let no_more = PyTuple::empty(py).into_any();
                Generator::continue_with(slf.as_super(), fallback_from(owner, Some(no_more), None)?)
            }
        }
    }
}

/// The generator over what there is from these events of the handshake, or of the connection, on.
fn fallback_from<'py>(
    owner: &Bound<'py, WSConnection>,
    handshake: Option<Bound<'py, PyAny>>,
    connection: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let name = interned!(owner.py(), "ws_connection_events")?;
    fallback::call(owner.py(), name, (owner, handshake, connection))
}
