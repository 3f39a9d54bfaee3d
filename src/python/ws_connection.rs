//! `WSConnection`, the class of the package itself: an opening handshake, and the connection it leads to.
//!
//! Both are attributes that callers may replace, or whose methods they may replace on the instance; as long as
//! they have not, they are called directly. Most callers never ask for them: then there is no object for either.

mod events;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use events::WSConnectionEvents;

use super::connection::{Connection, Holder, Opened, message_limit};
use super::declared::{Declared, declared};
use super::framing::{Framing, Owner};
use super::free_list;
use super::handshake::{H11Handshake, Opening};
use super::instance::new_instance;
use super::lock::Lock;
use super::part::Part;
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
    opening: Opening,
    /// Not in use before the handshake is complete.
    opened: Opened,
    /// Whether that has been in use: no other connection may take the place of one that objects may show.
    has_opened: AtomicBool,
    objects: Lock<Objects>,
    /// For the connection that the handshake leads to; `usize::MAX` if there is no limit.
    max_message_size: AtomicUsize,
}

/// What callers see of a connection.
#[derive(Default)]
struct Objects {
    /// The handshake; nothing if a subclass has not called `__init__`.
    handshake: Part,
    /// The connection; nothing until the handshake is complete.
    connection: Part,
    /// What shows the connection that is held natively, once somebody has asked for it.
    shown: Option<Py<PyAny>>,
}

/// The handshake that is in use.
enum InUse<'a, 'py> {
    Own(&'a Opening),
    Object(Bound<'py, PyAny>),
}

/// The connection that follows the handshake.
enum Following<'py> {
    /// The one that is held natively, for which there is no object, nor has there to be one.
    Own,
    Object(Bound<'py, PyAny>),
}

#[pymethods]
impl WSConnection {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            client: AtomicBool::new(false),
            opening: Opening::new(),
            opened: Opened::new(),
            has_opened: AtomicBool::new(false),
            objects: Lock::default(),
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
    fn handshake<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        match &slf.get().objects.lock(py).handshake {
            Part::Nothing => return Ok(None),
            Part::Own => {}
            Part::Object(object) => return Ok(Some(object.bind(py).clone())),
        }
        let object = new_instance(py, &declared(py)?.classes.h11_handshake)?;
        object.get().show(slf);
        let object = object.into_any();
        let mut objects = slf.get().objects.lock(py);
        // Another one may have come first, for to make an object may run Python code.
        if let Part::Object(other) = &objects.handshake {
            return Ok(Some(other.bind(py).clone()));
        }
        objects.handshake = Part::Object(object.clone().unbind());
        Ok(Some(object))
    }

    #[setter]
    fn set_handshake(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        self.show_handshake(py, Part::of(value));
    }

    /// The :class:`Connection <wsproto.connection.Connection>` that follows the handshake, or ``None`` as long
    /// as that is not complete.
    #[getter]
    fn connection<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let connection = slf.get().objects.lock(py).connection.clone_ref(py);
        match connection {
            Part::Nothing => Ok(None),
            Part::Own => Self::connection_object(slf).map(Some),
            Part::Object(object) => Ok(Some(object.into_bound(py))),
        }
    }

    #[setter]
    fn set_connection(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        self.show_connection(py, Part::of(value));
    }

    /// Where the connection stands: a :class:`ConnectionState <wsproto.connection.ConnectionState>`.
    #[getter]
    fn state<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let names = declared(py)?;
        let shows = match Self::following(slf, names)? {
            Some(Following::Own) => return Ok(names.connection_state(py, slf.get().opened.state())),
            Some(Following::Object(connection)) => connection,
            None => Self::handshake_object(slf)?,
        };
        shows.getattr(intern!(py, "state"))
    }

    /// Begin the handshake with a request that somebody else has received and parsed (RFC 6455 section 4.2.1).
    /// A :class:`Request <wsproto.events.Request>` is the first event then.
    ///
    /// :param headers: its headers, a list of pairs of bytes.
    /// :param path: its target, as bytes or ``str``.
    /// :raises LocalProtocolError: if this end is the client, or if this is no request.
    /// :raises RemoteProtocolError: if the request does not ask for a WebSocket connection.
    fn initiate_upgrade_connection<'py>(
        slf: &Bound<'py, Self>,
        headers: &Bound<'py, PyAny>,
        path: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let name = intern!(slf.py(), "initiate_upgrade_connection");
        Self::handshake_object(slf)?.call_method1(name, (headers, path))?;
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
    fn send<'py>(slf: &Bound<'py, Self>, event: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = event.py();
        let names = declared(py)?;
        match Self::following(slf, names)? {
            Some(Following::Own) => return Opened::encode(slf, event).map(Bound::into_any),
            Some(Following::Object(connection)) => {
                return match Connection::pristine(names, &connection) {
                    Some(connection) => Opened::encode(connection, event).map(Bound::into_any),
                    None => plus_bytes(&connection.call_method1(intern!(py, "send"), (event,))?),
                };
            }
            None => {}
        }
        let data = match Self::handshake_in_use(slf, names)?.native(names) {
            Ok(opening) => {
                let state = || Ok(opening.state(py));
                opening.send(event, Some(slf), state)?.into_any()
            }
            Err(object) => plus_bytes(&object.call_method1(intern!(py, "send"), (event,))?)?,
        };
        Self::take_connection(slf, names)?;
        Ok(data)
    }

    /// Feed what was received from the peer; :meth:`events` then gives what it means.
    ///
    /// :param data: ``bytes`` or another kind of buffer, cut anywhere; ``None`` for the end of the transport.
    /// :raises RemoteProtocolError: if the peer's part of the handshake is no good; its ``event_hint`` is what
    ///     to answer, if this end is the server.
    /// :raises LocalProtocolError: if the connection is closed already.
    #[pyo3(signature = (data))]
    fn receive_data<'py>(slf: &Bound<'py, Self>, data: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let py = slf.py();
        let names = declared(py)?;
        let name = intern!(py, "receive_data");
        match Self::following(slf, names)? {
            Some(Following::Own) => return slf.get().opened.receive(py, data),
            Some(Following::Object(connection)) => {
                return match Connection::pristine(names, &connection) {
                    Some(connection) => connection.get().opened().receive(py, data),
                    None => connection.call_method1(name, (data,)).map(drop),
                };
            }
            None => {}
        }
        match Self::handshake_in_use(slf, names)?.native(names) {
            Ok(opening) => {
                let end = py.None().into_bound(py);
                opening.receive_data(data.unwrap_or(&end), Some(slf))?;
            }
            Err(object) => drop(object.call_method1(name, (data,))?),
        }
        Self::take_connection(slf, names)
    }

    /// Iterate over what has been received, one :class:`Event <wsproto.events.Event>` at a time: nothing is
    /// decoded, and the state does not change, before the iterator is advanced. It ends when there is nothing
    /// left to be decoded. A mistake of the peer's is a :class:`CloseConnection
    /// <wsproto.events.CloseConnection>` with the code to fail the connection with (RFC 6455 section 7.1.7).
    fn events(slf: Bound<'_, Self>) -> PyResult<Bound<'_, WSConnectionEvents>> {
        WSConnectionEvents::over(slf)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        // What is locked is in use, so it is not garbage.
        if let Some(objects) = self.objects.try_lock(&visit) {
            objects.handshake.traverse(&visit)?;
            objects.connection.traverse(&visit)?;
            visit.call(&objects.shown)?;
        }
        self.opening.traverse(&visit)?;
        self.opened.traverse(&visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        let old = std::mem::take(&mut *self.objects.lock(py));
        // Destructors may run Python code: not under the lock, which is released by now.
        drop(old);
        self.opening.clear(py);
        self.opened.clear(py);
    }
}

impl Constructor for WSConnection {
    const HAS_INIT: bool = true;

    fn construct<'py>(arguments: &Arguments<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(connection_type) = arguments.alone() else {
            return Ok(None);
        };
        let py = arguments.py;
        let names = declared(py)?;
        let connection = new_instance(py, &names.classes.ws_connection)?;
        let client = connection_type.is(&names.connection_type_client);
        connection.get().client.store(client, Ordering::Relaxed);
        connection.get().opening.take_role(py, client);
        let handshake = new_handshake(names, &connection_type)?;
        connection.get().show_handshake(py, handshake);
        Ok(Some(connection.into_any()))
    }
}

impl WSConnection {
    fn configure(&self, connection_type: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = connection_type.py();
        let names = declared(py)?;
        let client = connection_type.is(&names.connection_type_client);
        self.client.store(client, Ordering::Relaxed);
        self.opening.configure(py, client);
        self.show_handshake(py, new_handshake(names, connection_type)?);
        self.show_connection(py, Part::Nothing);
        Ok(())
    }

    /// The handshake that the connection holds itself.
    #[inline]
    pub(crate) fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The handshake that is in use.
    #[inline]
    fn handshake_in_use<'a, 'py>(
        slf: &'a Bound<'py, Self>,
        names: &Declared,
    ) -> PyResult<InUse<'a, 'py>> {
        match slf.get().own_handshake(slf.py(), names) {
            Some(opening) => Ok(InUse::Own(opening)),
            None => Self::handshake_object(slf).map(InUse::Object),
        }
    }

    /// The handshake that the connection holds itself, unless there is an object for it, or there has to be one
    /// because of what somebody has put on its class.
    #[inline]
    fn own_handshake(&self, py: Python<'_>, names: &Declared) -> Option<&Opening> {
        let own = matches!(&self.objects.lock(py).handshake, Part::Own);
        (own && H11Handshake::has_native_methods(py, names)).then_some(&self.opening)
    }

    /// The handshake; `None` in its place if a subclass has not called `__init__`, which Python objects to.
    #[inline(never)]
    fn handshake_object<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let object = Self::handshake(slf)?;
        Ok(object.unwrap_or_else(|| slf.py().None().into_bound(slf.py())))
    }

    /// The connection that follows, if the handshake is complete.
    #[inline]
    fn following<'py>(
        slf: &Bound<'py, Self>,
        names: &Declared,
    ) -> PyResult<Option<Following<'py>>> {
        let py = slf.py();
        let connection = slf.get().objects.lock(py).connection.clone_ref(py);
        match connection {
            Part::Nothing => Ok(None),
            Part::Own if Connection::has_native_methods(py, names) => Ok(Some(Following::Own)),
            Part::Own => Self::connection_object(slf).map(|object| Some(Following::Object(object))),
            Part::Object(object) => Ok(Some(Following::Object(object.into_bound(py)))),
        }
    }

    /// The object that shows the connection held here, which is no longer used without it: it may get methods of its own.
    #[cold]
    pub(crate) fn connection_object<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if let Some(object) = &slf.get().objects.lock(py).shown {
            return Ok(object.bind(py).clone());
        }
        let object = new_instance(py, &declared(py)?.classes.connection)?;
        object.get().show(slf);
        let mut objects = slf.get().objects.lock(py);
        // Another one may have come first, for to make an object may run Python code.
        let shown = &mut objects.shown;
        let shown = shown.get_or_insert_with(|| object.clone().into_any().unbind());
        let shown = shown.bind(py).clone();
        if matches!(&objects.connection, Part::Own) {
            objects.connection = Part::Object(shown.clone().unbind());
        }
        Ok(shown)
    }

    /// Hold the connection that follows the handshake natively, with these extensions and fed with what was received
    /// behind the head; whether that can be.
    pub(crate) fn open<'py>(
        slf: &Bound<'py, Self>,
        client: bool,
        extensions: &Bound<'py, PyAny>,
        trailing_data: &[u8],
    ) -> PyResult<bool> {
        let py = slf.py();
        let names = declared(py)?;
        if !Connection::is_native(py, names) || slf.get().has_opened.swap(true, Ordering::Relaxed) {
            return Ok(false);
        }
        let opened = &slf.get().opened;
        opened.begin(py, client, Some(extensions))?;
        if !trailing_data.is_empty() {
            opened.receive(py, Some(&PyBytes::new(py, trailing_data)))?;
        }
        Ok(true)
    }

    fn show_handshake(&self, py: Python<'_>, handshake: Part) {
        let old = std::mem::replace(&mut self.objects.lock(py).handshake, handshake);
        // Its destructor may run Python code: not under the lock, which is released by now.
        drop(old);
    }

    fn show_connection(&self, py: Python<'_>, connection: Part) {
        let mut objects = self.objects.lock(py);
        let connection = match (connection, &objects.shown) {
            (Part::Own, Some(shown)) => Part::Object(shown.clone_ref(py)),
            (connection, _) => connection,
        };
        let old = std::mem::replace(&mut objects.connection, connection);
        drop(objects);
        // Its destructor may run Python code: not under the lock, which is released by now.
        drop(old);
    }

    fn take_connection(slf: &Bound<'_, Self>, names: &Declared) -> PyResult<()> {
        let py = slf.py();
        let connection = match Self::handshake_in_use(slf, names)?.native(names) {
            Ok(opening) => opening.connection(py),
            Err(object) => {
                let connection = object.getattr(intern!(py, "connection"))?;
                Part::of((!connection.is_none()).then(|| connection.unbind()))
            }
        };
        let limit = slf.get().max_message_size();
        match &connection {
            Part::Nothing => return Ok(()),
            Part::Own if limit.is_some() => slf.get().opened.set_max_message_size(py, limit),
            Part::Object(object) if limit.is_some() => {
                let connection = object.bind(py).cast::<Connection>()?.get();
                connection.opened().set_max_message_size(py, limit);
            }
            Part::Own | Part::Object(_) => {}
        }
        slf.get().show_connection(py, connection);
        Ok(())
    }
}

impl Holder for WSConnection {
    #[inline]
    fn opened(&self) -> &Opened {
        &self.opened
    }
}

impl Owner for WSConnection {
    #[inline]
    fn framing(&self) -> &Framing {
        self.opened.framing()
    }

    fn protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Connection::protocol(Self::connection_object(slf)?.cast()?)
    }

    fn decoder<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Connection::decoder(Self::connection_object(slf)?.cast()?)
    }
}

/// The handshake of a connection of this type, at its beginning.
#[inline]
fn new_handshake(names: &Declared, connection_type: &Bound<'_, PyAny>) -> PyResult<Part> {
    let class = &names.classes.h11_handshake;
    if class.has_other_init() {
        let class = class.class().bind(connection_type.py());
        return Ok(Part::Object(class.call1((connection_type,))?.unbind()));
    }
    Ok(Part::Own)
}

impl<'py> InUse<'_, 'py> {
    /// The native handshake, if its methods are the native ones; otherwise the object that has other ones.
    #[inline]
    fn native(&self, names: &Declared) -> Result<&Opening, &Bound<'py, PyAny>> {
        match self {
            Self::Own(opening) => Ok(opening),
            Self::Object(object) => match H11Handshake::pristine(names, object) {
                Some(handshake) => Ok(handshake.get().opening()),
                None => Err(object),
            },
        }
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
    free_list::install(&module.py().get_type::<WSConnectionEvents>())?;
    module.add_class::<WSConnection>()
}
