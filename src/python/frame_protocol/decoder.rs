//! `FrameDecoder`: bytes to frames (RFC 6455 section 5.2).

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::FrameProtocol;
use crate::protocol::role::Role;
use crate::python::error::raised;
use crate::python::extensions::Negotiated;
use crate::python::ffi::lock::{self, Lock, Slot};
use crate::python::ffi::memory::new_bytes;
use crate::python::ffi::overrides::base;
use crate::python::ffi::vectorcall::new_instance;
use crate::python::ffi::view::Backing;
use crate::python::framing::{OwnedPiece, Owner, Receiving};
use crate::python::py_types::py_types;

/// Decodes received frames, and passes their payloads through the extensions.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct FrameDecoder {
    receiving: Backing<Receiving>,
    /// The list that was given, or that was made when it was first read.
    extensions: Slot,
}

#[pymethods]
impl FrameDecoder {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            receiving: Backing::new(Receiving::new()),
            extensions: Lock::new(None),
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
        self.receiving()
            .configure(py, Role::from_client(client.is_truthy()?), negotiated)?;
        let shown = extensions.map(|extensions| extensions.clone().unbind());
        lock::set(py, &self.extensions, shown);
        Ok(())
    }

    /// Whether this end is the client.
    #[getter]
    fn client(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.receiving().role(py)?.is_client())
    }

    /// The extensions in use.
    #[getter]
    fn extensions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        lock::get_or_make(py, &self.extensions, || {
            Ok(self.receiving().negotiated(py)?.to_list(py)?.into_any())
        })
    }

    /// A copy of the received bytes that have not been decoded.
    #[getter]
    fn buffer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let waiting = new_bytes(py, &self.receiving().waiting(py)?)?;
        py_types(py)?.buffer.bind(py).call1((waiting,))
    }

    /// Take received bytes.
    ///
    /// :param data: the bytes.
    /// :raises TypeError: if the object is not a buffer.
    fn receive_bytes(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        self.receiving().feed(data)
    }

    /// Decode the next frame, or the next piece of a data frame, and return it as a :class:`Frame`;
    /// ``None`` if more data are needed.
    ///
    /// :raises ParseFailed: if the peer broke a rule of the framing (RFC 6455 section 5).
    fn process_buffer<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let decoder = || Ok(slf.clone().into_any());
        match slf.get().receiving().next_piece(py, decoder) {
            Ok(None) => Ok(None),
            Ok(Some(piece)) => wrap_piece(piece).map(Some),
            Err(failure) => Err(raised(py, failure)),
        }
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.extensions, &visit)?;
        let own = |own: &Receiving| own.traverse(&visit);
        self.receiving.traverse(&visit, own)
    }

    fn __clear__(&self, py: Python<'_>) {
        lock::set(py, &self.extensions, None);
        self.receiving.own().clear(py);
    }
}

base!(FrameDecoder);

impl FrameDecoder {
    /// A decoder that shows the receiving half of a protocol.
    pub(super) fn new_view<'py>(
        protocol: &Bound<'py, FrameProtocol>,
    ) -> PyResult<Bound<'py, Self>> {
        let decoder = new_instance::<Self>(protocol.py())?;
        let receiving = &decoder.get().receiving;
        receiving.show(protocol, |protocol| protocol.framing().receiving());
        Ok(decoder)
    }

    fn receiving(&self) -> &Receiving {
        self.receiving.get()
    }
}

/// A piece as a `Frame`.
fn wrap_piece(piece: OwnedPiece<'_>) -> PyResult<Bound<'_, PyAny>> {
    let py = piece.payload.py();
    let types = py_types(py)?;
    let opcode = types.opcode(py, piece.opcode);
    types
        .frame
        .bind(py)
        .call1((opcode, piece.payload, piece.frame_finished, piece.fin))
}
