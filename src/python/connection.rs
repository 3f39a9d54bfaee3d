//! `wsproto.connection`.

mod events;
mod native_state;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use self::events::ConnectionEvents;
pub(crate) use self::events::Progress;
pub(crate) use self::native_state::{ConnectionCore, Holder};
use super::arguments::Given;
use super::arguments::{MAX_SIZE, bounded_integer};
use super::ffi::free_list;
use super::ffi::lock::{self, Lock, Slot};
use super::ffi::memory::new_bytes;
use super::ffi::objects::interned;
use super::ffi::overrides::{Derived, OwnMethods, base};
use super::ffi::vectorcall::{Arguments, Constructor, new_instance};
use super::ffi::view::Backing;
use super::ffi::view::{LazyAttribute, View};
use super::frame_protocol::FrameProtocol;
use super::framing::{Framing, Owner};
use super::py_types::py_types;
use crate::protocol::role::Role;

/// A WebSocket connection after its opening handshake.
///
/// It turns events into bytes to send, and received bytes into events; the caller transports the
/// bytes.
///
/// :param connection_type: the role of this end.
/// :param extensions: the extensions agreed upon, or ``None``.
/// :param trailing_data: bytes received after the handshake of the peer.
/// :param max_message_size: the largest message received, in bytes, or ``None`` for no limit.
#[pyclass(frozen, subclass, module = "wsproto.connection")]
pub(crate) struct Connection {
    core: Backing<ConnectionCore>,
    /// The object that shows the framing to Python, once it is needed.
    protocol: Slot,
    own_methods: OwnMethods,
}

#[pymethods]
impl Connection {
    #[new]
    #[pyo3(
        signature = (*_args, **_kwargs),
        text_signature = "(connection_type, extensions=None, trailing_data=b'', *, \
                          max_message_size=None)",
    )]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            core: Backing::new(ConnectionCore::new()),
            protocol: Lock::new(None),
            own_methods: OwnMethods::default(),
        }
    }

    #[pyo3(signature = (
        connection_type,
        extensions=None,
        trailing_data=Given::NOTHING,
        *,
        max_message_size=None,
    ))]
    fn __init__(
        slf: &Bound<'_, Self>,
        connection_type: &Bound<'_, PyAny>,
        extensions: Option<&Bound<'_, PyAny>>,
        trailing_data: Given<'_>,
        max_message_size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let limit = message_limit(max_message_size)?;
        let core = slf.get().core();
        core.configure(py, py_types(py)?.role_of(connection_type), extensions)?;
        core.set_max_message_size(py, limit)?;
        let trailing_data = match trailing_data.into_option() {
            Some(data) => data,
            None => new_bytes(py, b"")?.into_any(),
        };
        slf.call_method1(interned!(py, "receive_data")?, (trailing_data,))?;
        Ok(())
    }

    /// Whether this end is the client.
    #[getter]
    fn client(&self) -> bool {
        self.core().role.get().is_client()
    }

    #[setter]
    fn set_client(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let role = Role::from_client(value.is_truthy()?);
        self.core().role.set(role);
        Ok(())
    }

    /// The largest message received, in bytes; ``None`` if there is no limit.
    #[getter]
    fn max_message_size(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        self.core().max_message_size(py)
    }

    /// The state of the connection (RFC 6455 section 7).
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(py_types(py)?.connection_state(py, self.core().state()))
    }

    #[getter(_state)]
    fn private_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state(py)
    }

    #[setter(_state)]
    fn set_private_state(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let state = py_types(value.py())?.state_of(value)?;
        self.core().set_state(state);
        Ok(())
    }

    #[getter(_proto)]
    fn private_protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        lock::get_or_make(py, &slf.get().protocol, || {
            Ok(FrameProtocol::new_view(slf)?.into_any())
        })
    }

    /// The events that wait before those that are still to be decoded: a deque that may be changed.
    #[getter(_events)]
    fn waiting<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core().waiting(py)
    }

    #[setter(_events)]
    fn replace_events(&self, py: Python<'_>, value: Py<PyAny>) {
        lock::set(py, &self.core().events, Some(value));
    }

    /// Turn an event into bytes to send (RFC 6455 sections 5 to 7).
    ///
    /// :param event: a :class:`Message <wsproto.events.Message>`, :class:`Ping
    ///     <wsproto.events.Ping>`, :class:`Pong <wsproto.events.Pong>` or :class:`CloseConnection
    ///     <wsproto.events.CloseConnection>`.
    /// :returns: ``bytes``, which have to reach the peer in the order in which they were made.
    /// :raises LocalProtocolError: if the event cannot be sent in this state.
    /// :raises TypeError: if the data have a wrong type, or another one than the message so far.
    /// :raises ValueError: if the payload of a control frame exceeds 125 bytes.
    fn send<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        ConnectionCore::send(slf, event)
    }

    /// Take received bytes; :meth:`events` then yields the events in them.
    ///
    /// :param data: ``bytes`` or another buffer, cut anywhere; ``None`` for the end of the
    ///     transport (RFC 6455 section 7.1.5).
    /// :raises LocalProtocolError: if the connection is closed.
    #[pyo3(signature = (data))]
    fn receive_data(&self, py: Python<'_>, data: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.core().receive(py, data)
    }

    /// Iterate over the received events, one :class:`Event <wsproto.events.Event>` at a time.
    /// Nothing is decoded, and the state does not change, until the iterator is advanced; it ends
    /// when nothing is left to decode. A violation by the peer is a :class:`CloseConnection
    /// <wsproto.events.CloseConnection>` with the code to fail the connection with (RFC 6455
    /// section 7.1.7).
    fn events(slf: Bound<'_, Self>) -> PyResult<Bound<'_, ConnectionEvents>> {
        ConnectionEvents::new(slf, Progress::new())
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

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.protocol, &visit)?;
        let own = |own: &ConnectionCore| own.traverse(&visit);
        self.core.traverse(&visit, own)
    }

    fn __clear__(&self, py: Python<'_>) {
        lock::set(py, &self.protocol, None);
        self.core.own().clear(py);
    }
}

base!(Connection);

impl Constructor for Connection {
    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = arguments.py;
        let (1..=2, None, Some(connection_type)) =
            (arguments.positional, &arguments.names, arguments.value(0))
        else {
            return Ok(None);
        };
        let extensions = arguments
            .value(1)
            .filter(|extensions| !extensions.is_none());
        let connection = new_instance::<Self>(py)?;
        let role = py_types(py)?.role_of(&connection_type);
        let core = connection.get().core();
        core.configure(py, role, extensions.as_ref())?;
        Ok(Some(connection.into_any()))
    }
}

impl View for Connection {
    type State = ConnectionCore;

    fn backing(&self) -> &Backing<ConnectionCore> {
        &self.core
    }

    #[inline]
    fn own_methods(&self) -> &OwnMethods {
        &self.own_methods
    }
}

impl Holder for Connection {
    #[inline]
    fn core(&self) -> &ConnectionCore {
        self.core.get()
    }
}

impl Owner for Connection {
    #[inline]
    fn framing(&self) -> &Framing {
        self.core().framing()
    }

    fn protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::private_protocol(slf)
    }

    fn decoder<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let protocol = Self::private_protocol(slf)?;
        protocol.getattr(interned!(slf.py(), "_frame_decoder")?)
    }
}

/// The limit that the argument `max_message_size` sets.
pub(crate) fn message_limit(argument: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    argument
        .map(|size| bounded_integer("max_message_size", size, 1..=MAX_SIZE))
        .transpose()
}

/// A `Connection` with the agreed extensions, fed with the bytes received after the head of the
/// handshake.
pub(crate) fn new_connection(
    role: Role,
    extensions: &Bound<'_, PyAny>,
    trailing_data: &Bound<'_, PyBytes>,
) -> PyResult<LazyAttribute> {
    let py = extensions.py();
    if Derived::<Connection>::is_native(py) {
        let connection = new_instance::<Connection>(py)?;
        let core = connection.get().core();
        core.open(py, role, extensions, trailing_data)?;
        return Ok(LazyAttribute::Object(connection.into_any().unbind()));
    }
    let class = Derived::<Connection>::get(py)?.class().bind(py);
    let connection_type = py_types(py)?.connection_type(py, role);
    let connection = if role.is_client() || !trailing_data.as_bytes().is_empty() {
        class.call1((connection_type, extensions, trailing_data))?
    } else {
        class.call1((connection_type, extensions))?
    };
    Ok(LazyAttribute::Object(connection.unbind()))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    free_list::install(&module.py().get_type::<ConnectionEvents>())?;
    module.add_class::<Connection>()
}
