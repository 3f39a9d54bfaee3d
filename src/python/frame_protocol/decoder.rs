//! `FrameDecoder`: bytes to frames (RFC 6455 section 5.2).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::buffer::Buffer;
use crate::protocol::decoder::{Piece, Role};
use crate::protocol::error::Failure;
use crate::protocol::message::{Incoming, Store};
use crate::python::declared::declared;
use crate::python::error::parse_failed;
use crate::python::extensions::Negotiated;
use crate::python::instance::new_instance;
use crate::python::lock::{self, Slot, lock};
use crate::python::memory::PyStore;
use crate::python::receiving::{Receiving, Step};

/// Decodes the frames that the peer sends, and hands their payloads through the extensions.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct FrameDecoder {
    client: AtomicBool,
    receiving: Receiving,
    /// The list that was given, or `None` for one that nobody has asked for yet.
    extensions: Slot,
}

#[pymethods]
impl FrameDecoder {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            client: AtomicBool::new(false),
            receiving: Receiving::new(Role::Server, Negotiated::Nothing),
            extensions: Mutex::new(None),
        }
    }

    #[pyo3(signature = (client, extensions=None))]
    fn __init__(
        &self,
        client: &Bound<'_, PyAny>,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = client.py();
        let extensions = match extensions {
            Some(extensions) if extensions.is_truthy()? => Some(extensions),
            _ => None,
        };
        let negotiated = match extensions {
            Some(extensions) => Negotiated::from_iterable(extensions)?,
            None => Negotiated::Nothing,
        };
        self.configure(py, client.is_truthy()?, negotiated);
        self.set_extensions_object(py, extensions.map(|extensions| extensions.clone().unbind()));
        Ok(())
    }

    /// Whether this end is the client.
    #[getter]
    fn client(&self) -> bool {
        self.is_client()
    }

    /// The extensions in use.
    #[getter]
    fn extensions<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        let mut slot = lock(py, &self.extensions);
        slot.get_or_insert_with(|| PyList::empty(py).into_any().unbind())
            .bind(py)
            .clone()
    }

    /// What has arrived and not been decoded, as a copy.
    #[getter]
    fn buffer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Buffer>> {
        let buffer = new_instance::<Buffer>(py, &declared(py)?.classes.buffer)?;
        buffer.get().append(py, &self.receiving.waiting(py));
        Ok(buffer)
    }

    /// Feed data from the peer.
    fn receive_bytes(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        self.receiving.feed(data)
    }

    /// Decode the next frame, or the next piece of a data frame, and return it as a :class:`Frame`; ``None`` if
    /// that needs more data.
    ///
    /// :raises ParseFailed: if the peer broke a rule of RFC 6455.
    fn process_buffer<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        slf.get()
            .receiving
            .next_piece(slf, wrap_piece)
            .map_err(|failure| match failure {
                Failure::Parse(error) => parse_failed(py, &error),
                Failure::Raised(error) => error,
            })
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.extensions, &visit)?;
        self.receiving.traverse(&visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        self.set_extensions_object(py, None);
        self.receiving.reset(py, self.role(), Negotiated::Nothing);
    }
}

impl FrameDecoder {
    /// Begin anew, in this role and with these extensions.
    pub(crate) fn configure(&self, py: Python<'_>, client: bool, negotiated: Negotiated) {
        self.client.store(client, Ordering::Relaxed);
        self.receiving.reset(py, self.role(), negotiated);
    }

    /// What the attribute `extensions` shows.
    pub(crate) fn set_extensions_object(&self, py: Python<'_>, extensions: Option<Py<PyAny>>) {
        lock::set(py, &self.extensions, extensions);
    }

    /// Feed data from the peer.
    #[inline]
    pub(crate) fn feed(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        self.receiving.feed(data)
    }

    /// Receive the next piece of a message, or the next control frame.
    #[inline]
    pub(crate) fn next<'py>(slf: &Bound<'py, Self>) -> Step<Incoming<PyStore<'py>>> {
        slf.get().receiving.next(slf)
    }

    /// Whether this end is the client.
    pub(crate) fn is_client(&self) -> bool {
        self.client.load(Ordering::Relaxed)
    }

    fn role(&self) -> Role {
        if self.client() {
            Role::Client
        } else {
            Role::Server
        }
    }
}

fn wrap_piece<'py>(py: Python<'py>, piece: Piece<'_>) -> PyResult<Bound<'py, PyAny>> {
    let names = declared(py)?;
    let payload = PyStore(py).bytes(piece.payload)?;
    let opcode = names.opcode(py, piece.opcode);
    names
        .frame
        .bind(py)
        .call1((opcode, payload, piece.frame_finished, piece.fin))
}
