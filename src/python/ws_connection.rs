//! `WSConnection`, the class of the package itself: an opening handshake, and the connection it
//! leads to.
//!
//! Both are attributes that callers may replace, or whose methods they may replace on the instance;
//! as long as they have not, they are called directly. Most callers never ask for them: then there
//! is no object for either.

mod events;
mod resolve;

use std::sync::atomic::AtomicBool;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use events::WSConnectionEvents;
use resolve::{Attributes, Phase, new_handshake};

use super::connection::{Connection, ConnectionCore, message_limit};
use super::fallback;
use super::ffi::free_list;
use super::ffi::lock::Lock;
use super::ffi::objects::interned;
use super::ffi::overrides::{Derived, base};
use super::ffi::vectorcall::{Arguments, Constructor, new_instance};
use super::ffi::view::LazyAttribute;
use super::handshake::{H11Handshake, HandshakeCore};
use super::py_types::py_types;
use crate::protocol::role::{AtomicRole, Role};

/// A WebSocket connection with its opening handshake over HTTP/1.1.
///
/// It turns events into bytes to send, and received bytes into events; the caller transports the
/// bytes.
///
/// :param connection_type: the role of this end.
/// :param max_message_size: the largest message received, in bytes, or ``None`` for no limit.
#[pyclass(frozen, subclass, module = "wsproto")]
pub(crate) struct WSConnection {
    /// The attribute `client`, which programs may assign without an effect.
    role: AtomicRole,
    handshake_core: HandshakeCore,
    /// Not in use before the handshake is complete.
    connection_core: ConnectionCore,
    /// Whether `connection_core` has been in use: no other connection may take the place of one
    /// that objects may show.
    has_opened: AtomicBool,
    attributes: Lock<Attributes>,
}

#[pymethods]
impl WSConnection {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            role: AtomicRole::new(Role::Server),
            handshake_core: HandshakeCore::new(),
            connection_core: ConnectionCore::new(),
            has_opened: AtomicBool::new(false),
            attributes: Lock::default(),
        }
    }

    #[pyo3(signature = (connection_type, *, max_message_size=None))]
    fn __init__(
        slf: &Bound<'_, Self>,
        connection_type: &Bound<'_, PyAny>,
        max_message_size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let limit = message_limit(max_message_size)?;
        Self::configure(slf, connection_type)?;
        let core = &slf.get().connection_core;
        core.set_max_message_size(slf.py(), limit)
    }

    /// The largest message received, in bytes; ``None`` if there is no limit.
    #[getter]
    fn max_message_size(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        self.connection_core.max_message_size(py)
    }

    /// Whether this end is the client.
    #[getter]
    fn client(&self) -> bool {
        self.role.get().is_client()
    }

    #[setter]
    fn set_client(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.role.set(Role::from_client(value.is_truthy()?));
        Ok(())
    }

    /// The opening handshake (RFC 6455 section 4).
    #[getter]
    fn handshake<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::handshake_object(slf)
    }

    #[setter]
    fn set_handshake(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        self.replace_handshake(py, LazyAttribute::new(value));
    }

    /// The connection after the handshake; ``None`` until the handshake is complete.
    #[getter]
    fn connection<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::connection_object(slf)
    }

    #[setter]
    fn set_connection(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        self.replace_connection(py, LazyAttribute::new(value));
    }

    /// The state of the connection (RFC 6455 sections 4 and 7).
    #[getter]
    fn state<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let state = match slf.get().native_phase(py) {
            Some(Phase::Handshake) => slf.get().handshake_core.state(py),
            Some(Phase::Connection) => slf.get().connection_core.state(),
            None => return fallback::call(py, interned!(py, "state")?, (slf,)),
        };
        Ok(py_types(py)?.connection_state(py, state))
    }

    /// Begin the handshake with a request that was parsed elsewhere (RFC 6455 section 4.2.1). The
    /// first event is then a :class:`Request <wsproto.events.Request>`.
    ///
    /// :param headers: the headers, pairs of bytes.
    /// :param path: the request target, bytes or ``str``.
    /// :raises LocalProtocolError: if this end is the client, or the headers or the target are
    ///     illegal.
    /// :raises RemoteProtocolError: if the request does not ask for a WebSocket connection.
    fn initiate_upgrade_connection<'py>(
        slf: &Bound<'py, Self>,
        headers: &Bound<'py, PyAny>,
        path: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let name = interned!(slf.py(), "initiate_upgrade_connection")?;
        fallback::call(slf.py(), name, (slf, headers, path))?;
        Ok(())
    }

    /// Turn an event into bytes to send (RFC 6455 sections 4 to 7).
    ///
    /// :param event: an :class:`Event <wsproto.events.Event>` of the handshake until that is
    ///     complete, of the connection afterwards.
    /// :returns: ``bytes``, which have to reach the peer in the order in which they were made.
    /// :raises LocalProtocolError: if the event cannot be sent in this state, or has illegal
    ///     fields.
    /// :raises TypeError: if the data have a wrong type, or another one than the message so far.
    /// :raises ValueError: if the payload of a control frame exceeds 125 bytes.
    fn send<'py>(slf: &Bound<'py, Self>, event: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = event.py();
        match slf.get().native_phase(py) {
            Some(Phase::Connection) => ConnectionCore::send(slf, event).map(Bound::into_any),
            Some(Phase::Handshake) => {
                let core = &slf.get().handshake_core;
                let open = |extensions: &_, trailing: &_| Self::open(slf, extensions, trailing);
                let data = core.send(event, &open, || Ok(core.state(py)))?;
                Self::follow_handshake(slf)?;
                Ok(data.into_any())
            }
            None => fallback::call(py, interned!(py, "send")?, (slf, event)),
        }
    }

    /// Take received bytes; :meth:`events` then yields the events in them.
    ///
    /// :param data: ``bytes`` or another buffer, cut anywhere; ``None`` for the end of the
    ///     transport.
    /// :raises RemoteProtocolError: if the peer breaks a rule of the handshake; on a server,
    ///     ``event_hint`` is the event to answer with.
    /// :raises LocalProtocolError: if the connection is closed.
    #[pyo3(signature = (data))]
    fn receive_data<'py>(slf: &Bound<'py, Self>, data: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let py = slf.py();
        match slf.get().native_phase(py) {
            Some(Phase::Connection) => slf.get().connection_core.receive(py, data),
            Some(Phase::Handshake) => {
                let end = py.None().into_bound(py);
                let core = &slf.get().handshake_core;
                let open = |extensions: &_, trailing: &_| Self::open(slf, extensions, trailing);
                core.receive_data(data.unwrap_or(&end), &open)?;
                Self::follow_handshake(slf)
            }
            None => fallback::call(py, interned!(py, "receive_data")?, (slf, data)).map(drop),
        }
    }

    /// Iterate over the received events, one :class:`Event <wsproto.events.Event>` at a time.
    /// Nothing is decoded, and the state does not change, until the iterator is advanced; it ends
    /// when nothing is left to decode. A violation by the peer is a :class:`CloseConnection
    /// <wsproto.events.CloseConnection>` with the code to fail the connection with (RFC 6455
    /// section 7.1.7).
    fn events(slf: Bound<'_, Self>) -> PyResult<Bound<'_, WSConnectionEvents>> {
        WSConnectionEvents::new(slf)
    }

    /// The connection that is held natively, even if another object is assigned.
    #[getter]
    fn _native_connection<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Connection>> {
        Self::connection_view(slf)
    }

    fn _limit_messages(&self, connection: &Bound<'_, PyAny>) -> PyResult<()> {
        self.limit_messages(connection)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        // A locked value is in use, so it is not garbage.
        if let Some(attributes) = self.attributes.try_lock(&visit) {
            attributes.handshake.traverse(&visit)?;
            attributes.connection.traverse(&visit)?;
        }
        self.handshake_core.traverse(&visit)?;
        self.connection_core.traverse(&visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        let old = std::mem::take(&mut *self.attributes(py));
        // Dropped after the lock is released: destructors may run Python code.
        drop(old);
        self.handshake_core.clear(py);
        self.connection_core.clear(py);
    }
}

base!(WSConnection);

impl Constructor for WSConnection {
    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(connection_type) = arguments.alone() else {
            return Ok(None);
        };
        let py = arguments.py;
        let connection = new_instance::<Self>(py)?;
        let role = py_types(py)?.role_of(&connection_type);
        connection.get().role.set(role);
        connection.get().handshake_core.configure(py, role);
        let handshake = new_handshake(&connection_type)?;
        connection.get().replace_handshake(py, handshake);
        Ok(Some(connection.into_any()))
    }
}

impl WSConnection {
    fn configure(slf: &Bound<'_, Self>, connection_type: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let role = py_types(py)?.role_of(connection_type);
        slf.get().role.set(role);
        slf.get().handshake_core.configure(py, role);
        if !Self::has_other_attributes(slf)? {
            slf.get().begin(py, new_handshake(connection_type)?);
            return Ok(());
        }
        slf.get().begin(py, LazyAttribute::None);
        let handshake = Derived::<H11Handshake>::get(py)?.class().bind(py);
        let handshake = handshake.call1((connection_type,))?;
        slf.setattr(interned!(py, "handshake")?, handshake)?;
        slf.setattr(interned!(py, "connection")?, py.None())
    }

    /// Whether a subclass has its own `handshake` or `connection`, which it is asked for then
    /// whenever they are needed.
    fn has_other_attributes(slf: &Bound<'_, Self>) -> PyResult<bool> {
        let (class, py) = (slf.get_type(), slf.py());
        if class.is(Derived::<Self>::get(py)?.class()) {
            return Ok(false);
        }
        let native = py.get_type::<Self>();
        for name in [interned!(py, "handshake")?, interned!(py, "connection")?] {
            if !class.getattr(name)?.is(&native.getattr(name)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    free_list::install(&module.py().get_type::<WSConnectionEvents>())?;
    module.add_class::<WSConnection>()
}
