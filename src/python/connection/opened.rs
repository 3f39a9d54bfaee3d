//! The natively held state of a connection after its opening handshake.
//!
//! A `WSConnection` holds it itself; so does a `Connection` that somebody has made.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pyo3::prelude::*;

use crate::protocol::connection::State;
use crate::python::framing::{Framing, Owner};
use crate::python::lock::{self, Lock, Slot};
use crate::python::objects::new_deque;

/// A connection whose opening handshake is complete.
pub(crate) struct Opened {
    client: AtomicBool,
    /// A [`State`].
    state: AtomicU8,
    pub(super) framing: Framing,
    /// Events that wait before those that are still to be decoded: a deque, once somebody needs
    /// one.
    pub(super) events: Slot,
    /// The end of the transport comes after what is still to be decoded.
    pub(super) end_is_due: AtomicBool,
}

/// A Python object whose connection this is.
pub(crate) trait Holder: Owner {
    fn opened(&self) -> &Opened;
}

impl Opened {
    /// That of a server without extensions, until it is configured.
    pub(crate) const fn new() -> Self {
        Self {
            client: AtomicBool::new(false),
            state: AtomicU8::new(State::Open as u8),
            framing: Framing::new(),
            events: Lock::new(None),
            end_is_due: AtomicBool::new(false),
        }
    }

    /// Begin, in this role and with those of these extensions that are enabled. It has not been in
    /// use before.
    pub(crate) fn begin(
        &self,
        py: Python<'_>,
        client: bool,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let extensions = present(extensions)?;
        if extensions.is_some() {
            return self.reset(py, client, extensions);
        }
        self.set_client(client);
        self.framing.take_role(py, client)
    }

    /// Begin anew, in this role and with those of these extensions that are enabled.
    pub(crate) fn configure(
        &self,
        py: Python<'_>,
        client: bool,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.reset(py, client, present(extensions)?)
    }

    fn reset(
        &self,
        py: Python<'_>,
        client: bool,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.set_client(client);
        lock::set(py, &self.events, None);
        self.end_is_due.store(false, Ordering::Relaxed);
        self.set_state(State::Open);
        self.framing.configure(py, client, extensions)
    }

    /// Whether this end is the client.
    pub(super) fn client(&self) -> bool {
        self.client.load(Ordering::Relaxed)
    }

    pub(super) fn set_client(&self, client: bool) {
        self.client.store(client, Ordering::Relaxed);
    }

    /// Where it stands.
    #[inline]
    pub(crate) fn state(&self) -> State {
        // Only values of `State` are ever stored.
        let number = usize::from(self.state.load(Ordering::Relaxed));
        State::ALL.get(number).copied().unwrap_or(State::Closed)
    }

    pub(super) fn set_state(&self, state: State) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    pub(super) fn transition(&self, next: impl Fn(State) -> State) {
        let _ = self
            .state
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
                let state = State::ALL.get(usize::from(state)).copied()?;
                Some(next(state) as u8)
            });
    }

    /// The frames that it consists of.
    #[inline]
    pub(crate) fn framing(&self) -> &Framing {
        &self.framing
    }

    /// The events that wait before those that are still to be decoded.
    pub(super) fn waiting<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(events) = lock::get(py, &self.events) {
            return Ok(events);
        }
        let events = new_deque(py, [])?;
        lock::set(py, &self.events, Some(events.clone().unbind()));
        Ok(events)
    }

    /// Fail the connection over messages of more bytes than these.
    pub(crate) fn set_max_message_size(
        &self,
        py: Python<'_>,
        limit: Option<usize>,
    ) -> PyResult<()> {
        self.framing.receiving().set_max_message_size(py, limit)
    }

    /// The objects held, for the garbage collector.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.events, visit)?;
        self.framing.traverse(visit)
    }

    /// Let go of the objects held.
    pub(crate) fn clear(&self, py: Python<'_>) {
        lock::set(py, &self.events, None);
        self.framing.clear(py);
    }
}

/// The extensions, if there are any; they are asked once, for that may be Python code.
fn present<'a, 'py>(
    extensions: Option<&'a Bound<'py, PyAny>>,
) -> PyResult<Option<&'a Bound<'py, PyAny>>> {
    match extensions {
        Some(extensions) if extensions.is_truthy()? => Ok(Some(extensions)),
        _ => Ok(None),
    }
}
