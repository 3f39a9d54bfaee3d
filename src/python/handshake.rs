//! `wsproto.handshake`: the opening handshake for Python (RFC 6455 section 4).
//!
//! The Python objects that take part (events, extensions, the connection that comes out of it) are
//! handled here, and never while a lock is held; everything else is in
//! [`crate::protocol::handshake`].

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use super::connection::new_connection;
use super::events::Request;
use super::fallback::{self, Body, Generator, Yielded};
use super::ffi::memory::new_bytes;
use super::ffi::objects::{Text, interned, new_error};
use super::ffi::overrides::{OwnMethods, base};
use super::ffi::vectorcall::{Arguments, Constructor, new_instance};
use super::ffi::view::Backing;
use super::ffi::view::{LazyAttribute, View};
use super::py_types::py_types;
use crate::protocol::handshake::Nonce;
use crate::protocol::role::Role;

mod extensions;
pub(super) mod headers;
mod native_state;
mod receive;
mod send;

use native_state::EventQueue;
pub(crate) use native_state::HandshakeCore;

/// The opening handshake over HTTP/1.1, as a client or as a server (RFC 6455 section 4).
///
/// `send()` returns the bytes of an event to send; `receive_data()` takes received bytes, and
/// `events()` yields the events in them. When `state` is `OPEN`, `connection` is the open
/// connection.
#[pyclass(frozen, subclass, module = "wsproto.handshake")]
pub(crate) struct H11Handshake {
    core: Backing<HandshakeCore>,
    own_methods: OwnMethods,
}

#[pymethods]
impl H11Handshake {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(connection_type)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            core: Backing::new(HandshakeCore::new()),
            own_methods: OwnMethods::default(),
        }
    }

    fn __init__(&self, connection_type: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = connection_type.py();
        let role = py_types(py)?.role_of(connection_type);
        self.core().configure(py, role);
        Ok(())
    }

    /// Whether this end is the client.
    #[getter]
    fn client(&self) -> bool {
        self.core().role().is_client()
    }

    #[setter]
    fn set_client(&self, client: &Bound<'_, PyAny>) -> PyResult<()> {
        let role = Role::from_client(client.is_truthy()?);
        self.core().set_role(role);
        Ok(())
    }

    /// The state: ``CONNECTING``, ``OPEN``, ``REJECTING`` or ``CLOSED``.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(py_types(py)?.connection_state(py, self.core().state(py)))
    }

    #[getter(_state)]
    fn private_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state(py)
    }

    #[setter(_state)]
    fn set_private_state(&self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = state.py();
        let state = py_types(py)?.state_of(state)?;
        self.core().lock(py).protocol.set_state(state);
        Ok(())
    }

    /// The open connection; ``None`` until the handshake is complete.
    #[getter]
    fn connection<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match (self.core().connection(py), self.core.holder()) {
            (LazyAttribute::Object(object), _) => Ok(Some(object.into_bound(py))),
            (LazyAttribute::Native, Some(holder)) => {
                let name = interned!(py, "_native_connection")?;
                holder.bind(py).getattr(name).map(Some)
            }
            _ => Ok(None),
        }
    }

    #[getter(_connection)]
    fn private_connection<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.connection(py)
    }

    #[setter(_connection)]
    fn set_private_connection(&self, py: Python<'_>, connection: Option<Py<PyAny>>) {
        let connection = LazyAttribute::new(connection);
        let old = std::mem::replace(&mut self.core().lock(py).connection, connection);
        // Dropped after the lock is released: its destructor may run Python code.
        drop(old);
    }

    #[getter(_events)]
    fn private_events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core().deque(py)
    }

    #[setter(_events)]
    fn set_private_events(&self, py: Python<'_>, deque: Py<PyAny>) {
        self.core().replace_queue(py, EventQueue::Python(deque));
    }

    #[getter(_initiating_request)]
    fn request<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Request>> {
        self.core().request(py)
    }

    #[getter(_nonce)]
    fn private_nonce<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let nonce = self.core().lock(py).protocol.nonce().copied();
        nonce
            .map(|nonce| new_bytes(py, nonce.as_bytes()))
            .transpose()
    }

    #[setter(_nonce)]
    fn set_private_nonce(&self, py: Python<'_>, nonce: Option<&[u8]>) -> PyResult<()> {
        let nonce = match nonce.map(Nonce::from_encoded) {
            Some(None) => return Err(new_error::<PyValueError>(py, "a nonce has 24 characters")),
            Some(nonce) => nonce,
            None => None,
        };
        self.core().lock(py).protocol.set_nonce(nonce);
        Ok(())
    }

    /// Begin with a request that was parsed elsewhere (RFC 6455 section 4.2.1).
    ///
    /// :param headers: the headers, pairs of bytes.
    /// :param path: the request target, bytes or ``str``.
    /// :raises LocalProtocolError: if this end is the client, or the headers or the target are
    ///     illegal.
    /// :raises RemoteProtocolError: if the request does not ask for a WebSocket connection.
    fn initiate_upgrade_connection(
        slf: &Bound<'_, Self>,
        headers: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        receive::initiate_upgrade(slf, headers, path)
    }

    /// Turn an event into bytes to send (RFC 6455 sections 4.1 and 4.2.2).
    ///
    /// :param event: a :class:`Request <wsproto.events.Request>` of a client; of a server an
    ///     :class:`AcceptConnection <wsproto.events.AcceptConnection>`, a
    ///     :class:`RejectConnection <wsproto.events.RejectConnection>` or its
    ///     :class:`RejectData <wsproto.events.RejectData>`.
    /// :returns: ``bytes``.
    /// :raises LocalProtocolError: if the event cannot be sent in this state, or has illegal
    ///     fields.
    fn send<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let state = interned!(slf.py(), "state")?;
        slf.get().core().send(event, &slf.get().open(), || {
            py_types(slf.py())?.state_of(&slf.getattr(state)?)
        })
    }

    /// Take received bytes; :meth:`events` then yields the events in them.
    ///
    /// :param data: ``bytes`` or another buffer, cut anywhere; ``None`` or empty for the end of the
    ///     transport.
    /// :raises RemoteProtocolError: if the peer breaks a rule of the handshake; on a server,
    ///     ``event_hint`` is the event to answer with.
    fn receive_data(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        self.core().receive_data(data, &self.open())
    }

    /// Iterate over the received events, one :class:`Event <wsproto.events.Event>` at a time, each
    /// once.
    fn events(slf: Bound<'_, Self>) -> PyResult<Bound<'_, EventIterator>> {
        EventIterator::new(slf)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<Text<String>> {
        let client = if slf.get().client() { "True" } else { "False" };
        let state = slf.getattr(interned!(slf.py(), "state")?)?;
        let class = slf.get_type().name()?;
        Ok(Text(format!("{class}(client={client}, state={state})")))
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        slf.get().own_methods.set_attribute(slf, name, Some(value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        slf.get().own_methods.set_attribute(slf, name, None)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let own = |own: &HandshakeCore| own.traverse(&visit);
        self.core.traverse(&visit, own)
    }

    fn __clear__(&self, py: Python<'_>) {
        self.core.own().clear(py);
    }
}

base!(H11Handshake);

impl Constructor for H11Handshake {
    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(connection_type) = arguments.alone() else {
            return Ok(None);
        };
        let py = arguments.py;
        let handshake = new_instance::<Self>(py)?;
        let role = py_types(py)?.role_of(&connection_type);
        handshake.get().core().configure(py, role);
        Ok(Some(handshake.into_any()))
    }
}

impl H11Handshake {
    /// Open the connection that is agreed on, which is a `Connection`.
    fn open(&self) -> impl Fn(&Bound<'_, PyAny>, &Bound<'_, PyBytes>) -> PyResult<LazyAttribute> {
        |extensions, trailing| new_connection(self.core().role(), extensions, trailing)
    }

    /// The handshake.
    #[inline]
    pub(crate) fn core(&self) -> &HandshakeCore {
        self.core.get()
    }
}

impl View for H11Handshake {
    type State = HandshakeCore;

    fn backing(&self) -> &Backing<HandshakeCore> {
        &self.core
    }

    #[inline]
    fn own_methods(&self) -> &OwnMethods {
        &self.own_methods
    }
}

/// The iterator of `events()`.
#[pyclass(frozen, extends = Generator, module = "wsproto.handshake")]
pub(crate) struct EventIterator {
    handshake: Py<H11Handshake>,
}

impl EventIterator {
    pub(crate) fn new(handshake: Bound<'_, H11Handshake>) -> PyResult<Bound<'_, Self>> {
        let py = handshake.py();
        let handshake = handshake.unbind();
        Generator::wrap(py, Self { handshake })
    }
}

#[pymethods]
impl EventIterator {
    fn __next__<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        Generator::next(slf)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.handshake)
    }
}

impl Body for EventIterator {
    fn resume<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        slf.get().handshake.get().core().next_event(slf.py())
    }

    fn successor<'py>(slf: &Bound<'py, Self>, begun: bool) -> PyResult<Bound<'py, PyAny>> {
        let handshake = slf.get().handshake.bind(slf.py());
        fallback::items(Self::new(handshake.clone())?.as_any(), begun)
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // Made now, since the first use cannot report that there is no memory for a type.
    module.py().get_type::<EventIterator>();
    module.add_class::<H11Handshake>()?;
    Ok(())
}
