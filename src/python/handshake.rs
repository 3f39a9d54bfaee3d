//! `wsproto.handshake`: the opening handshake for Python (RFC 6455 section 4).
//!
//! What Python objects take part in (the events, the extensions, the connection that comes out of it) is
//! handled here, and never while a lock is held; everything else is in
//! [`crate::protocol::handshake`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use super::declared::declared;
use super::events::Request;
use crate::protocol::handshake::{Handshake, Nonce, State};
use crate::protocol::http::Role;

mod extensions;
pub(super) mod headers;
mod host;
mod queue;
mod receive;
mod send;
mod text;

use queue::{EventIterator, EventQueue};

/// The opening handshake over HTTP/1.1, as a client or as a server (RFC 6455 section 4).
///
/// `send()` returns the bytes that carry an event to the peer. What arrives goes into `receive_data()`, and
/// `events()` says what it means. When `state` is `OPEN`, `connection` is what follows.
#[pyclass(frozen, subclass, dict, weakref, module = "wsproto.handshake")]
pub(crate) struct H11Handshake {
    client: AtomicBool,
    protocol: Mutex<Handshake>,
    objects: Mutex<Objects>,
    queue: EventQueue,
}

/// The Python objects that a handshake remembers.
#[derive(Default)]
struct Objects {
    /// The request that was sent or received, until it is agreed to.
    request: Option<Py<Request>>,
    connection: Option<Py<PyAny>>,
}

#[pymethods]
impl H11Handshake {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(connection_type)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            client: AtomicBool::new(false),
            protocol: Mutex::new(Handshake::new(Role::Server)),
            objects: Mutex::default(),
            queue: EventQueue::default(),
        }
    }

    fn __init__(&self, connection_type: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = connection_type.py();
        let client = connection_type.is(&declared(py)?.connection_type_client);
        let role = if client { Role::Client } else { Role::Server };
        self.client.store(client, Ordering::Relaxed);
        *self.protocol(py) = Handshake::new(role);
        // What is dropped may run Python code, so the lock is let go first.
        let mut objects = self.objects(py);
        let old = std::mem::take(&mut *objects);
        drop(objects);
        drop(old);
        self.queue.clear(py);
        Ok(())
    }

    /// Whether this is the client's side.
    #[getter]
    fn client(&self) -> bool {
        self.client.load(Ordering::Relaxed)
    }

    #[setter]
    fn set_client(&self, client: &Bound<'_, PyAny>) -> PyResult<()> {
        self.client.store(client.is_truthy()?, Ordering::Relaxed);
        Ok(())
    }

    /// Where the handshake stands: `CONNECTING`, `OPEN`, `REJECTING` or `CLOSED`.
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let state = self.protocol(py).state();
        Ok(member(py, state)?.clone_ref(py))
    }

    #[getter(_state)]
    fn private_state(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.state(py)
    }

    #[setter(_state)]
    fn set_private_state(&self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = state.py();
        for candidate in [
            State::Connecting,
            State::Open,
            State::Closed,
            State::Rejecting,
        ] {
            if state.is(member(py, candidate)?) {
                self.protocol(py).set_state(candidate);
                return Ok(());
            }
        }
        Err(PyValueError::new_err("not a state of a handshake"))
    }

    /// The connection, or None as long as the handshake is not complete.
    #[getter]
    fn connection(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let objects = self.objects(py);
        objects
            .connection
            .as_ref()
            .map(|connection| connection.clone_ref(py))
    }

    #[getter(_connection)]
    fn private_connection(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.connection(py)
    }

    #[setter(_connection)]
    fn set_private_connection(&self, py: Python<'_>, connection: Option<Py<PyAny>>) {
        let mut objects = self.objects(py);
        let old = std::mem::replace(&mut objects.connection, connection);
        drop(objects);
        drop(old);
    }

    #[getter(_events)]
    fn private_events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.queue.deque(py)
    }

    #[setter(_events)]
    fn set_private_events(&self, deque: Bound<'_, PyAny>) {
        self.queue.replace(deque);
    }

    #[getter(_initiating_request)]
    fn private_initiating_request(&self, py: Python<'_>) -> Option<Py<Request>> {
        let objects = self.objects(py);
        objects
            .request
            .as_ref()
            .map(|request| request.clone_ref(py))
    }

    #[getter(_nonce)]
    fn private_nonce<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let nonce = self.protocol(py).nonce().copied();
        nonce.map(|nonce| PyBytes::new(py, nonce.as_bytes()))
    }

    #[setter(_nonce)]
    fn set_private_nonce(&self, py: Python<'_>, nonce: Option<&[u8]>) -> PyResult<()> {
        let nonce = match nonce.map(Nonce::from_encoded) {
            Some(None) => return Err(PyValueError::new_err("a nonce has 24 characters")),
            Some(nonce) => nonce,
            None => None,
        };
        self.protocol(py).set_nonce(nonce);
        Ok(())
    }

    /// Takes up the request of a client that somebody else has received and parsed.
    fn initiate_upgrade_connection(
        slf: &Bound<'_, Self>,
        headers: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        receive::initiate_upgrade(slf, headers, path)
    }

    /// The bytes that carry the event (`Request`, `AcceptConnection`, `RejectConnection` or `RejectData`)
    /// to the peer.
    fn send<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        send::send(slf, event)
    }

    /// Takes bytes from the peer; None, or no bytes, when there will be no more.
    fn receive_data(slf: &Bound<'_, Self>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        receive::receive_data(slf, data)
    }

    /// An iterator over what has been received, which takes out what it yields.
    fn events(slf: &Bound<'_, Self>) -> EventIterator {
        EventIterator::over(slf)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let client = if slf.get().client() { "True" } else { "False" };
        let state = slf.get().protocol(slf.py()).state();
        let class = slf.get_type().name()?;
        Ok(format!("{class}(client={client}, state={state})"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // What is locked is in use, so it is not garbage.
        if let Ok(objects) = self.objects.try_lock() {
            visit.call(&objects.request)?;
            visit.call(&objects.connection)?;
        }
        self.queue.traverse(&visit)
    }

    fn __clear__(&self) {
        let old = self
            .objects
            .try_lock()
            .map(|mut objects| std::mem::take(&mut *objects));
        drop(old);
        self.queue.clear_garbage();
    }
}

impl H11Handshake {
    /// The protocol's side. No Python code may run while it is held.
    fn protocol(&self, py: Python<'_>) -> MutexGuard<'_, Handshake> {
        let guard = self.protocol.lock_py_attached(py);
        guard.unwrap_or_else(PoisonError::into_inner)
    }

    /// Python's side. No Python code may run while it is held.
    fn objects(&self, py: Python<'_>) -> MutexGuard<'_, Objects> {
        let guard = self.objects.lock_py_attached(py);
        guard.unwrap_or_else(PoisonError::into_inner)
    }

    /// The next event, if there is one.
    pub(crate) fn next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.queue.pop(py)
    }

    /// The agreement is made, and `connection` is what follows.
    fn open(&self, py: Python<'_>, connection: Bound<'_, PyAny>) {
        self.protocol(py).open();
        let mut objects = self.objects(py);
        let old = (
            objects.request.take(),
            objects.connection.replace(connection.unbind()),
        );
        drop(objects);
        drop(old);
    }

    /// Remembers the request.
    fn remember(&self, request: &Bound<'_, Request>) {
        let mut objects = self.objects(request.py());
        let old = objects.request.replace(request.clone().unbind());
        drop(objects);
        drop(old);
    }
}

/// The member of `ConnectionState` for a state.
fn member(py: Python<'_>, state: State) -> PyResult<&'static Py<PyAny>> {
    let [connecting, open, _, _, closed, rejecting] = &declared(py)?.connection_states;
    Ok(match state {
        State::Connecting => connecting,
        State::Open => open,
        State::Closed => closed,
        State::Rejecting => rejecting,
    })
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<H11Handshake>()?;
    module.add_function(wrap_pyfunction!(
        extensions::server_extensions_handshake,
        module
    )?)?;
    module.add_function(wrap_pyfunction!(
        extensions::client_extensions_handshake,
        module
    )?)?;
    Ok(())
}
