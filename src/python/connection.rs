//! `wsproto.connection`.

mod events;
mod transport;

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use self::events::ConnectionEvents;
pub(crate) use self::events::Progress;
use super::declared::{Declared, declared};
use super::framing::{Framing, Owner};
use super::free_list;
use super::given::Given;
use super::instance::{OwnMethods, new_instance, set_attribute};
use super::lock::{self, Lock, Slot};
use super::vectorcall::{Arguments, Constructor};
use super::whole::{MAX_SIZE, whole};
use crate::protocol::connection::State;

/// A WebSocket connection after its opening handshake.
///
/// It turns events into the bytes to be sent, and bytes from the peer into events; the bytes come and go by
/// whatever transport the caller has.
///
/// :param connection_type: the role of this end.
/// :param extensions: those that were agreed upon, or ``None``.
/// :param trailing_data: bytes that the peer has sent behind the head of its handshake.
/// :param max_message_size: the most bytes that a message received may have, or ``None`` for no limit.
#[pyclass(frozen, subclass, module = "wsproto.connection")]
pub(crate) struct Connection {
    client: AtomicBool,
    /// A [`State`].
    state: AtomicU8,
    framing: Framing,
    /// The object that shows the framing to Python, once somebody has asked for it.
    protocol: Slot,
    /// Events that wait before those that are still to be decoded: a deque, once somebody needs one.
    events: Slot,
    own_methods: OwnMethods,
}

#[pymethods]
impl Connection {
    #[new]
    #[pyo3(
        signature = (*_args, **_kwargs),
        text_signature = "(connection_type, extensions=None, trailing_data=b'', *, max_message_size=None)",
    )]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            client: AtomicBool::new(false),
            state: AtomicU8::new(State::Open as u8),
            framing: Framing::new(),
            protocol: Lock::new(None),
            events: Lock::new(None),
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
        let client = connection_type.is(&declared(py)?.connection_type_client);
        slf.get().configure(py, client, extensions)?;
        slf.get().set_max_message_size(py, limit);
        Self::receive_trailing(slf, trailing_data.into_option())
    }

    /// Whether this end is the client, a ``bool``.
    #[getter]
    fn client(&self) -> bool {
        self.client.load(Ordering::Relaxed)
    }

    #[setter]
    fn set_client(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.client.store(value.is_truthy()?, Ordering::Relaxed);
        Ok(())
    }

    /// The most bytes that a message received may have; ``None`` if there is no limit.
    #[getter]
    fn max_message_size(&self, py: Python<'_>) -> Option<usize> {
        self.framing.receiving().max_message_size(py)
    }

    /// Where the connection stands: a :class:`ConnectionState`.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(declared(py)?.connection_state(py, self.current_state()))
    }

    #[getter(_state)]
    fn private_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state(py)
    }

    #[setter(_state)]
    fn set_private_state(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match declared(value.py())?.state_of(value) {
            Some(state) => {
                self.state.store(state as u8, Ordering::Relaxed);
                Ok(())
            }
            None => Err(PyTypeError::new_err("a ConnectionState is required")),
        }
    }

    #[getter(_proto)]
    fn private_protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if let Some(protocol) = lock::get(py, &slf.get().protocol) {
            return Ok(protocol);
        }
        let protocol = new_instance(py, &declared(py)?.classes.frame_protocol)?;
        protocol.get().show(slf);
        lock::set(
            py,
            &slf.get().protocol,
            Some(protocol.clone().into_any().unbind()),
        );
        Ok(protocol.into_any())
    }

    /// The events that wait before those that are still to be decoded: a deque that may be changed.
    #[getter(_events)]
    fn waiting<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(events) = lock::get(py, &self.events) {
            return Ok(events);
        }
        let events = py.import("collections")?.getattr("deque")?.call0()?;
        lock::set(py, &self.events, Some(events.clone().unbind()));
        Ok(events)
    }

    #[setter(_events)]
    fn replace_events(&self, py: Python<'_>, value: Py<PyAny>) {
        lock::set(py, &self.events, Some(value));
    }

    /// Turn an event into the bytes to be sent to the peer (RFC 6455 sections 5 to 7).
    ///
    /// :param event: a :class:`Message <wsproto.events.Message>`, :class:`Ping <wsproto.events.Ping>`,
    ///     :class:`Pong <wsproto.events.Pong>` or :class:`CloseConnection <wsproto.events.CloseConnection>`.
    /// :returns: ``bytes``, all of which have to reach the peer in the order in which they were made.
    /// :raises LocalProtocolError: if the event cannot be sent in this state.
    /// :raises TypeError: for data of another type, or of another one than the message so far.
    /// :raises ValueError: for a control frame with more than 125 bytes.
    fn send<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        Self::encode(slf, event)
    }

    /// Feed what was received from the peer; :meth:`events` then gives what it means.
    ///
    /// :param data: ``bytes`` or another kind of buffer, cut anywhere; ``None`` for the end of the transport
    ///     (RFC 6455 section 7.1.5).
    /// :raises LocalProtocolError: if the connection is closed already.
    #[pyo3(signature = (data))]
    fn receive_data(&self, py: Python<'_>, data: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match data {
            Some(data) => self.feed(data),
            None => self.end_of_transport(py),
        }
    }

    /// Iterate over what has been received, one :class:`Event <wsproto.events.Event>` at a time: nothing is
    /// decoded, and the state does not change, before the iterator is advanced. It ends when there is nothing
    /// left to be decoded. A mistake of the peer's is a :class:`CloseConnection
    /// <wsproto.events.CloseConnection>` with the code to fail the connection with (RFC 6455 section 7.1.7).
    fn events(slf: Bound<'_, Self>) -> PyResult<Bound<'_, ConnectionEvents>> {
        ConnectionEvents::over(slf)
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

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.protocol, &visit)?;
        lock::traverse(&self.events, &visit)?;
        self.framing.traverse(&visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        lock::set(py, &self.protocol, None);
        lock::set(py, &self.events, None);
        self.framing.clear(py);
    }
}

impl Connection {
    /// The object as a connection whose methods are the native ones.
    #[inline]
    pub(crate) fn pristine<'a, 'py>(
        names: &Declared,
        object: &'a Bound<'py, PyAny>,
    ) -> Option<&'a Bound<'py, Self>> {
        OwnMethods::pristine(object, &names.classes.connection, |connection| {
            &connection.own_methods
        })
    }

    /// Fail the connection over messages of more bytes than these.
    pub(crate) fn set_max_message_size(&self, py: Python<'_>, limit: Option<usize>) {
        self.framing.receiving().set_max_message_size(py, limit);
    }

    fn configure(
        &self,
        py: Python<'_>,
        client: bool,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let extensions = match extensions {
            Some(extensions) if extensions.is_truthy()? => Some(extensions),
            _ => None,
        };
        self.client.store(client, Ordering::Relaxed);
        lock::set(py, &self.events, None);
        self.state.store(State::Open as u8, Ordering::Relaxed);
        self.framing.configure(py, client, extensions)
    }

    /// Receive what came behind the handshake, if there is anything. A subclass or a mock may have a say in that, and
    /// is told that there is nothing, too.
    fn receive_trailing(slf: &Bound<'_, Self>, data: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        let py = slf.py();
        let native = Self::pristine(declared(py)?, slf.as_any()).is_some();
        match data {
            None if native => Ok(()),
            Some(data) if native => slf
                .get()
                .receive_data(py, Some(&data).filter(|data| !data.is_none())),
            data => {
                let data = data.unwrap_or_else(|| PyBytes::new(py, b"").into_any());
                slf.call_method1(intern!(py, "receive_data"), (data,))
                    .map(drop)
            }
        }
    }
}

impl Constructor for Connection {
    const HAS_INIT: bool = true;

    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = arguments.py;
        let names = declared(py)?;
        let (1..=2, None, Some(connection_type)) =
            (arguments.positional, &arguments.names, arguments.value(0))
        else {
            return Ok(None);
        };
        let extensions = arguments
            .value(1)
            .filter(|extensions| !extensions.is_none());
        let connection = new_instance(py, &names.classes.connection)?;
        let client = connection_type.is(&names.connection_type_client);
        connection
            .get()
            .configure(py, client, extensions.as_ref())?;
        Self::receive_trailing(&connection, None)?;
        Ok(Some(connection.into_any()))
    }
}

impl Owner for Connection {
    #[inline]
    fn framing(&self) -> &Framing {
        &self.framing
    }

    fn protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::private_protocol(slf)
    }

    fn decoder<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let protocol = Self::private_protocol(slf)?;
        protocol.getattr(intern!(slf.py(), "_frame_decoder"))
    }
}

/// The limit that the argument `max_message_size` sets.
pub(crate) fn message_limit(argument: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    argument
        .map(|size| whole("max_message_size", size, 1..=MAX_SIZE))
        .transpose()
}

/// A `Connection` of the given role with the agreed extensions, fed with what was received after the head of
/// the handshake.
pub(crate) fn new_connection<'py>(
    py: Python<'py>,
    client: bool,
    extensions: &Bound<'py, PyAny>,
    trailing_data: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let names = declared(py)?;
    let class = &names.classes.connection;
    let trailing = || PyBytes::new(py, trailing_data).into_any();
    if class.has_other_init() {
        let class = class.class().bind(py);
        let connection_type = names.connection_type(py, client);
        return if client || !trailing_data.is_empty() {
            class.call1((connection_type, extensions, trailing()))
        } else {
            class.call1((connection_type, extensions))
        };
    }
    let connection = new_instance(py, class)?;
    let present = (!extensions.is_none()).then_some(extensions);
    connection.get().configure(py, client, present)?;
    Connection::receive_trailing(&connection, (!trailing_data.is_empty()).then(trailing))?;
    Ok(connection.into_any())
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    free_list::install(&module.py().get_type::<ConnectionEvents>())?;
    module.add_class::<Connection>()
}
