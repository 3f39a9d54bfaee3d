//! `wsproto.handshake`: the opening handshake for Python (RFC 6455 section 4).
//!
//! What Python objects take part in (the events, the extensions, the connection that comes out of it) is
//! handled here, and never while a lock is held; everything else is in
//! [`crate::protocol::handshake`].

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use super::declared::{Declared, declared};
use super::events::Request;
use super::instance::{OwnMethods, set_attribute};
use super::lock::{Guard, Lock};
use crate::protocol::handshake::{Handshake, Nonce, name};
use crate::protocol::http::Role;

mod extensions;
pub(super) mod headers;
mod host;
mod queue;
mod receive;
mod send;
mod text;
mod well_known;

use queue::{EventIterator, EventQueue};

/// The opening handshake over HTTP/1.1, as a client or as a server (RFC 6455 section 4).
///
/// `send()` returns the bytes that carry an event to the peer. What arrives goes into `receive_data()`, and
/// `events()` says what it means. When `state` is `OPEN`, `connection` is what follows.
#[pyclass(frozen, subclass, module = "wsproto.handshake")]
pub(crate) struct H11Handshake {
    client: AtomicBool,
    inside: Lock<Inside>,
    own_methods: OwnMethods,
}

/// What happens in the course of a handshake.
struct Inside {
    protocol: Handshake,
    /// The request that was sent or received, until it is agreed to.
    request: Option<Py<Request>>,
    /// What follows the handshake, once it is complete.
    connection: Option<Py<PyAny>>,
    queue: EventQueue,
}

#[pymethods]
impl H11Handshake {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(connection_type)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            client: AtomicBool::new(false),
            inside: Lock::new(Inside::new(role(false))),
            own_methods: OwnMethods::default(),
        }
    }

    fn __init__(&self, connection_type: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = connection_type.py();
        let client = connection_type.is(&declared(py)?.connection_type_client);
        self.configure(py, client);
        Ok(())
    }

    /// Whether this end is the client, a ``bool``.
    #[getter]
    fn client(&self) -> bool {
        self.client.load(Ordering::Relaxed)
    }

    #[setter]
    fn set_client(&self, client: &Bound<'_, PyAny>) -> PyResult<()> {
        self.client.store(client.is_truthy()?, Ordering::Relaxed);
        Ok(())
    }

    /// Where the handshake stands: a :class:`ConnectionState <wsproto.connection.ConnectionState>`, one of
    /// ``CONNECTING``, ``OPEN``, ``REJECTING`` and ``CLOSED``.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let state = self.inside(py).protocol.state();
        Ok(declared(py)?.connection_state(py, state))
    }

    #[getter(_state)]
    fn private_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state(py)
    }

    #[setter(_state)]
    fn set_private_state(&self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = state.py();
        let state = declared(py)?.state_of(state);
        let state = state.ok_or_else(|| PyTypeError::new_err("a ConnectionState is needed"))?;
        self.inside(py).protocol.set_state(state);
        Ok(())
    }

    /// The :class:`Connection <wsproto.connection.Connection>` that the handshake has led to, or ``None`` as
    /// long as it is not complete.
    #[getter]
    pub(crate) fn connection<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let inside = self.inside(py);
        let connection = inside.connection.as_ref();
        connection.map(|connection| connection.bind(py).clone())
    }

    #[getter(_connection)]
    fn private_connection<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.connection(py)
    }

    #[setter(_connection)]
    fn set_private_connection(&self, py: Python<'_>, connection: Option<Py<PyAny>>) {
        let old = std::mem::replace(&mut self.inside(py).connection, connection);
        // Its destructor may run Python code: not under the lock, which is released by now.
        drop(old);
    }

    #[getter(_events)]
    fn private_events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.deque(py)
    }

    #[setter(_events)]
    fn set_private_events(&self, py: Python<'_>, deque: Py<PyAny>) {
        self.replace_queue(py, EventQueue::Python(deque));
    }

    #[getter(_initiating_request)]
    fn request<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Request>> {
        let inside = self.inside(py);
        let request = inside.request.as_ref();
        request.map(|request| request.bind(py).clone())
    }

    #[getter(_nonce)]
    fn private_nonce<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let nonce = self.inside(py).protocol.nonce().copied();
        nonce.map(|nonce| PyBytes::new(py, nonce.as_bytes()))
    }

    #[setter(_nonce)]
    fn set_private_nonce(&self, py: Python<'_>, nonce: Option<&[u8]>) -> PyResult<()> {
        let nonce = match nonce.map(Nonce::from_encoded) {
            Some(None) => return Err(PyValueError::new_err("a nonce has 24 characters")),
            Some(nonce) => nonce,
            None => None,
        };
        self.inside(py).protocol.set_nonce(nonce);
        Ok(())
    }

    /// Begin with a request that somebody else has received and parsed (RFC 6455 section 4.2.1).
    ///
    /// :param headers: its headers, a list of pairs of bytes.
    /// :param path: its target, as bytes or ``str``.
    /// :raises LocalProtocolError: if this end is the client, or if this is no request.
    /// :raises RemoteProtocolError: if the request does not ask for a WebSocket connection.
    fn initiate_upgrade_connection(
        slf: &Bound<'_, Self>,
        headers: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        receive::initiate_upgrade(slf, headers, path)
    }

    /// Turn an event into the bytes to be sent to the peer (RFC 6455 sections 4.1 and 4.2.2).
    ///
    /// :param event: a :class:`Request <wsproto.events.Request>` of a client; of a server an
    ///     :class:`AcceptConnection <wsproto.events.AcceptConnection>`, a
    ///     :class:`RejectConnection <wsproto.events.RejectConnection>` or its
    ///     :class:`RejectData <wsproto.events.RejectData>`.
    /// :returns: ``bytes``.
    /// :raises LocalProtocolError: if the event cannot be sent in this state, or says what may not be sent.
    pub(crate) fn send<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        send::send(slf, event)
    }

    /// Feed what was received from the peer; :meth:`events` then gives what it means.
    ///
    /// :param data: ``bytes`` or another kind of buffer, cut anywhere; ``None`` or no bytes for the end of the
    ///     transport.
    /// :raises RemoteProtocolError: if the peer's part of the handshake is no good; its ``event_hint`` is what
    ///     to answer, if this end is the server.
    pub(crate) fn receive_data(slf: &Bound<'_, Self>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        receive::receive_data(slf, data)
    }

    /// Iterate over what has been received, one :class:`Event <wsproto.events.Event>` at a time; each is
    /// given once.
    fn events(slf: &Bound<'_, Self>) -> EventIterator {
        EventIterator::over(slf)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let client = if slf.get().client() { "True" } else { "False" };
        let state = name(slf.get().inside(slf.py()).protocol.state());
        let class = slf.get_type().name()?;
        Ok(format!("{class}(client={client}, state={state})"))
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        slf.get().own_methods.note(name);
        set_attribute(slf, name, Some(value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        slf.get().own_methods.note(name);
        set_attribute(slf, name, None)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // What is locked is in use, so it is not garbage.
        if let Some(inside) = self.inside.try_lock(&visit) {
            visit.call(&inside.request)?;
            visit.call(&inside.connection)?;
            inside.queue.traverse(&visit)?;
        }
        Ok(())
    }

    fn __clear__(&self, py: Python<'_>) {
        let mut inside = self.inside(py);
        let request = inside.request.take();
        let connection = inside.connection.take();
        let queue = std::mem::take(&mut inside.queue);
        drop(inside);
        // Destructors may run Python code: not under the lock.
        drop((request, connection, queue));
    }
}

impl H11Handshake {
    /// The object as a handshake whose methods are the native ones.
    #[inline]
    pub(crate) fn pristine<'a, 'py>(
        names: &Declared,
        object: &'a Bound<'py, PyAny>,
    ) -> Option<&'a Bound<'py, Self>> {
        OwnMethods::pristine(object, &names.classes.h11_handshake, |handshake| {
            &handshake.own_methods
        })
    }

    /// Begin anew, in this role.
    pub(crate) fn configure(&self, py: Python<'_>, client: bool) {
        self.client.store(client, Ordering::Relaxed);
        let old = std::mem::replace(&mut *self.inside(py), Inside::new(role(client)));
        // Destructors may run Python code: not under the lock, which is released by now.
        drop(old);
    }

    /// What is inside. No Python code may run while it is held.
    fn inside<'a>(&'a self, py: Python<'a>) -> Guard<'a, Inside> {
        self.inside.lock(py)
    }

    /// The agreement is made, and `connection` is what follows.
    fn open(&self, connection: &Bound<'_, PyAny>) {
        let mut inside = self.inside(connection.py());
        inside.protocol.open();
        inside.protocol.stop_receiving();
        let old = inside.follow(connection);
        drop(inside);
        drop(old);
    }
}

impl Inside {
    fn new(role: Role) -> Self {
        Self {
            protocol: Handshake::new(role),
            request: None,
            connection: None,
            queue: EventQueue::default(),
        }
    }

    /// Forgets the request, for there is the connection. What has been in the place of either is for the caller
    /// to drop: destructors may run Python code, which must not be under the lock.
    fn follow(
        &mut self,
        connection: &Bound<'_, PyAny>,
    ) -> (Option<Py<Request>>, Option<Py<PyAny>>) {
        let request = self.request.take();
        (
            request,
            self.connection.replace(connection.clone().unbind()),
        )
    }
}

const fn role(client: bool) -> Role {
    if client { Role::Client } else { Role::Server }
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
