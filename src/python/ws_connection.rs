//! `WSConnection`, the class of the package itself: an opening handshake, and the connection it leads to.
//!
//! Both are attributes that callers may replace, or whose methods they may replace on the instance; as long as
//! they have not, they are called directly.

mod events;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use events::WSConnectionEvents;

use super::connection::{Connection, message_limit};
use super::declared::{Declared, declared};
use super::handshake::H11Handshake;
use super::instance::new_instance;
use super::lock::{self, Lock, Slot};
use super::vectorcall::{Arguments, Constructor};

/// A WebSocket connection with its opening handshake over HTTP/1.1.
///
/// It turns events into the bytes to be sent, and bytes from the peer into events; the bytes come and go by
/// whatever transport the caller has.
///
/// :param connection_type: the role of this end, a :class:`ConnectionType`.
/// :param max_message_size: the most bytes that a message received may have, or ``None`` for no limit.
#[pyclass(frozen, subclass, module = "wsproto")]
pub(crate) struct WSConnection {
    client: AtomicBool,
    handshake: Slot,
    /// `None` until the handshake is complete.
    connection: Slot,
    /// For the connection that the handshake leads to; `usize::MAX` if there is no limit.
    max_message_size: AtomicUsize,
}

#[pymethods]
impl WSConnection {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    const fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            client: AtomicBool::new(false),
            handshake: Lock::new(None),
            connection: Lock::new(None),
            max_message_size: AtomicUsize::new(usize::MAX),
        }
    }

    #[pyo3(signature = (connection_type, *, max_message_size=None))]
    fn __init__(
        &self,
        connection_type: &Bound<'_, PyAny>,
        max_message_size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let limit = message_limit(max_message_size)?;
        self.configure(connection_type)?;
        self.max_message_size
            .store(limit.unwrap_or(usize::MAX), Ordering::Relaxed);
        Ok(())
    }

    /// The most bytes that a message received may have; ``None`` if there is no limit.
    #[getter]
    fn max_message_size(&self) -> Option<usize> {
        let limit = self.max_message_size.load(Ordering::Relaxed);
        (limit != usize::MAX).then_some(limit)
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

    /// The opening handshake, an :class:`H11Handshake <wsproto.handshake.H11Handshake>` (RFC 6455 section 4).
    #[getter]
    fn handshake<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        lock::get(py, &self.handshake)
    }

    #[setter]
    fn set_handshake(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        lock::set(py, &self.handshake, value);
    }

    /// The :class:`Connection <wsproto.connection.Connection>` that follows the handshake, or ``None`` as long
    /// as that is not complete.
    #[getter]
    fn connection<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        lock::get(py, &self.connection)
    }

    #[setter]
    fn set_connection(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        lock::set(py, &self.connection, value);
    }

    /// Where the connection stands: a :class:`ConnectionState <wsproto.connection.ConnectionState>`.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.current(py).getattr(intern!(py, "state"))
    }

    /// Begin the handshake with a request that somebody else has received and parsed (RFC 6455 section 4.2.1).
    /// A :class:`Request <wsproto.events.Request>` is the first event then.
    ///
    /// :param headers: its headers, a list of pairs of bytes.
    /// :param path: its target, as bytes or ``str``.
    /// :raises LocalProtocolError: if this end is the client, or if this is no request.
    /// :raises RemoteProtocolError: if the request does not ask for a WebSocket connection.
    fn initiate_upgrade_connection<'py>(
        &self,
        headers: &Bound<'py, PyAny>,
        path: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let py = headers.py();
        let name = intern!(py, "initiate_upgrade_connection");
        self.handshake_object(py)
            .call_method1(name, (headers, path))?;
        Ok(())
    }

    /// Turn an event into the bytes to be sent to the peer (RFC 6455 sections 4 to 7).
    ///
    /// :param event: an :class:`Event <wsproto.events.Event>`: one of the handshake's as long as that is not
    ///     complete, one of the connection's from then on.
    /// :returns: ``bytes``, all of which have to reach the peer in the order in which they were made.
    /// :raises LocalProtocolError: if the event cannot be sent in this state, or says what may not be sent.
    /// :raises TypeError: for data of another type, or of another one than the message so far.
    /// :raises ValueError: for a control frame with more than 125 bytes.
    fn send<'py>(&self, event: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = event.py();
        let names = declared(py)?;
        if let Some(connection) = lock::get(py, &self.connection) {
            if let Some(connection) = Connection::pristine(names, &connection) {
                return Connection::encode(connection, event).map(Bound::into_any);
            }
            return plus_bytes(&connection.call_method1(intern!(py, "send"), (event,))?);
        }
        let handshake = self.handshake_object(py);
        let data = match H11Handshake::pristine(names, &handshake) {
            Some(handshake) => H11Handshake::send(handshake, event)?.into_any(),
            None => plus_bytes(&handshake.call_method1(intern!(py, "send"), (event,))?)?,
        };
        self.take_connection(names, &handshake)?;
        Ok(data)
    }

    /// Feed what was received from the peer; :meth:`events` then gives what it means.
    ///
    /// :param data: ``bytes`` or another kind of buffer, cut anywhere; ``None`` for the end of the transport.
    /// :raises RemoteProtocolError: if the peer's part of the handshake is no good; its ``event_hint`` is what
    ///     to answer, if this end is the server.
    /// :raises LocalProtocolError: if the connection is closed already.
    #[pyo3(signature = (data))]
    fn receive_data<'py>(&self, py: Python<'py>, data: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let names = declared(py)?;
        let name = intern!(py, "receive_data");
        if let Some(connection) = lock::get(py, &self.connection) {
            return match (Connection::pristine(names, &connection), data) {
                (Some(connection), Some(data)) => connection.get().feed(data),
                (Some(connection), None) => connection.get().end_of_transport(py),
                (None, data) => connection.call_method1(name, (data,)).map(drop),
            };
        }
        let handshake = self.handshake_object(py);
        match H11Handshake::pristine(names, &handshake) {
            Some(handshake) => {
                let end = py.None().into_bound(py);
                H11Handshake::receive_data(handshake, data.unwrap_or(&end))?;
            }
            None => drop(handshake.call_method1(name, (data,))?),
        }
        self.take_connection(names, &handshake)
    }

    /// Iterate over what has been received, one :class:`Event <wsproto.events.Event>` at a time: nothing is
    /// decoded, and the state does not change, before the iterator is advanced. It ends when there is nothing
    /// left to be decoded. A mistake of the peer's is a :class:`CloseConnection
    /// <wsproto.events.CloseConnection>` with the code to fail the connection with (RFC 6455 section 7.1.7).
    fn events(slf: Bound<'_, Self>) -> PyResult<Bound<'_, WSConnectionEvents>> {
        WSConnectionEvents::over(slf)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.handshake, &visit)?;
        lock::traverse(&self.connection, &visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        lock::set(py, &self.handshake, None);
        lock::set(py, &self.connection, None);
    }
}

impl Constructor for WSConnection {
    const HAS_INIT: bool = true;

    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (1, None, Some(connection_type)) =
            (arguments.positional, &arguments.names, arguments.value(0))
        else {
            return Ok(None);
        };
        let class = &declared(arguments.py)?.classes.ws_connection;
        let connection = new_instance(arguments.py, class)?;
        connection.get().configure(&connection_type)?;
        Ok(Some(connection.into_any()))
    }
}

impl WSConnection {
    fn configure(&self, connection_type: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = connection_type.py();
        let names = declared(py)?;
        let client = connection_type.is(&names.connection_type_client);
        self.client.store(client, Ordering::Relaxed);
        let handshake = new_instance(py, &names.classes.h11_handshake)?;
        handshake.get().configure(py, client);
        lock::set(py, &self.handshake, Some(handshake.into_any().unbind()));
        lock::set(py, &self.connection, None);
        Ok(())
    }

    /// The handshake; `None` in its place if a subclass has not called `__init__`, which Python objects to.
    fn handshake_object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        lock::get(py, &self.handshake).unwrap_or_else(|| py.None().into_bound(py))
    }

    fn current<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        lock::get(py, &self.connection).unwrap_or_else(|| self.handshake_object(py))
    }

    fn take_connection(&self, names: &Declared, handshake: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = handshake.py();
        let connection = match H11Handshake::pristine(names, handshake) {
            Some(handshake) => handshake.get().connection(py),
            None => Some(handshake.getattr(intern!(py, "connection"))?)
                .filter(|object| !object.is_none()),
        };
        if let Some(connection) = connection {
            if let Some(limit) = self.max_message_size() {
                let connection = connection.cast::<Connection>()?.get();
                connection.set_max_message_size(py, Some(limit));
            }
            lock::set(py, &self.connection, Some(connection.unbind()));
        }
        Ok(())
    }
}

/// `b"" + data`, which is what callers get from whatever `send` they have put in the place of ours.
fn plus_bytes<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if data.is_exact_instance_of::<PyBytes>() {
        return Ok(data.clone());
    }
    PyBytes::new(data.py(), b"").as_any().add(data)
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<WSConnection>()
}
