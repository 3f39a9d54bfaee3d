//! `wsproto.frame_protocol`: both directions of the framing (RFC 6455 sections 5 and 6).

mod decoder;

pub(crate) use decoder::FrameDecoder;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyList, PyTuple};

use super::arguments::Given;
use super::error::raised;
use super::fallback;
use super::fallback::{Body, Generator, Yielded};
use super::ffi::lock::{self, Lock, Slot};
use super::ffi::memory::{PyStore, new_bytes};
use super::ffi::objects::{Text, new_tuple};
use super::ffi::overrides::base;
use super::ffi::vectorcall::new_instance;
use super::ffi::view::Backing;
use super::framing::{Fin, Framing, Owner};
use super::py_types::py_types;
use crate::protocol::message::Incoming;
use crate::protocol::opcode::Opcode;
use crate::protocol::role::Role;

/// Turns bytes into frames and messages, and messages into bytes.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct FrameProtocol {
    framing: Backing<Framing>,
    /// The decoder that shows the receiving half, once it is needed.
    decoder: Slot,
}

#[pymethods]
impl FrameProtocol {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            framing: Backing::new(Framing::new()),
            decoder: Lock::new(None),
        }
    }

    fn __init__(&self, client: &Bound<'_, PyAny>, extensions: &Bound<'_, PyAny>) -> PyResult<()> {
        lock::set(client.py(), &self.decoder, None);
        self.framing().configure(
            client.py(),
            Role::from_client(client.is_truthy()?),
            Some(extensions),
        )
    }

    /// Whether this end is the client, whose frames are masked.
    #[getter]
    fn client(&self) -> bool {
        self.framing().role().is_client()
    }

    /// The extensions that are enabled, as a list.
    #[getter]
    fn extensions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.framing().negotiated(py).to_list(py)
    }

    #[getter(_frame_decoder)]
    fn private_decoder<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        lock::get_or_make(py, &slf.get().decoder, || {
            Ok(FrameDecoder::new_view(slf)?.into_any())
        })
    }

    /// Take received bytes.
    ///
    /// :param data: the bytes.
    /// :raises TypeError: if the object is not a buffer.
    fn receive_bytes(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        self.framing().receiving().feed(data)
    }

    /// Iterate over the received messages as instances of :class:`Frame`, decoding one at a time.
    ///
    /// :raises ParseFailed: if the peer broke a rule of RFC 6455; nothing is decoded after that.
    fn received_frames(slf: Bound<'_, Self>) -> PyResult<Bound<'_, ReceivedFrames>> {
        ReceivedFrames::new(slf)
    }

    /// Make a close frame, as a ``bytearray`` (RFC 6455 section 5.5.1).
    ///
    /// :param code: the status code, or ``None`` or ``CloseReason.NO_STATUS_RCVD`` for a frame
    ///     without one. Codes that are never on the wire (1005, 1006 and 1015; section 7.4.1)
    ///     become 1000.
    /// :param reason: a ``str``; at most 123 bytes of UTF-8 are sent, cut between code points.
    /// :raises TypeError: if there is a reason without a code.
    /// :raises struct.error: if the code is not an integer from 0 to 65535.
    #[pyo3(signature = (code=None, reason=None))]
    fn close<'py>(
        slf: &Bound<'py, Self>,
        code: Option<&Bound<'py, PyAny>>,
        reason: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyByteArray>> {
        thawed(&Framing::close_frame(slf, code, reason)?)
    }

    /// Make a ping frame, as a ``bytearray`` (RFC 6455 section 5.5.2).
    ///
    /// :param payload: at most 125 bytes.
    /// :raises ValueError: if the payload exceeds 125 bytes.
    #[pyo3(signature = (payload=Given::NOTHING), text_signature = "($self, payload=b'')")]
    fn ping<'py>(slf: &Bound<'py, Self>, payload: Given<'py>) -> PyResult<Bound<'py, PyByteArray>> {
        let payload = payload.into_option();
        thawed(&Framing::control_frame(
            slf,
            Opcode::Ping,
            payload.as_ref(),
        )?)
    }

    /// Make a pong frame, as a ``bytearray`` (RFC 6455 section 5.5.3).
    ///
    /// :param payload: at most 125 bytes.
    /// :raises ValueError: if the payload exceeds 125 bytes.
    #[pyo3(signature = (payload=Given::NOTHING), text_signature = "($self, payload=b'')")]
    fn pong<'py>(slf: &Bound<'py, Self>, payload: Given<'py>) -> PyResult<Bound<'py, PyByteArray>> {
        let payload = payload.into_option();
        thawed(&Framing::control_frame(
            slf,
            Opcode::Pong,
            payload.as_ref(),
        )?)
    }

    /// Make a frame of a message, as a ``bytearray`` (RFC 6455 sections 5.4 and 5.6).
    ///
    /// :param payload: a ``str`` for text; ``bytes``, a ``bytearray`` or a ``memoryview`` for
    ///     binary data.
    /// :param fin: whether it is the last frame of its message.
    /// :raises TypeError: if the payload has another type, or the type changes within a message.
    #[pyo3(
        signature = (payload=Given::NOTHING, fin=Given::NOTHING),
        text_signature = "($self, payload=b'', fin=True)",
    )]
    fn send_data<'py>(
        slf: &Bound<'py, Self>,
        payload: Given<'py>,
        fin: Given<'py>,
    ) -> PyResult<Bound<'py, PyByteArray>> {
        let py = slf.py();
        let payload = match payload.into_option() {
            Some(payload) => payload,
            None => new_bytes(py, b"")?.into_any(),
        };
        let fin = fin
            .into_option()
            .unwrap_or_else(|| PyBool::new(py, true).to_owned().into_any());
        thawed(&Framing::data_frame(slf, &payload, &Fin(fin))?)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.decoder, &visit)?;
        let own = |own: &Framing| own.traverse(&visit);
        self.framing.traverse(&visit, own)
    }

    fn __clear__(&self, py: Python<'_>) {
        lock::set(py, &self.decoder, None);
        self.framing.own().clear(py);
    }
}

base!(FrameProtocol);

impl FrameProtocol {
    /// A protocol that shows the framing of another object.
    pub(crate) fn new_view<'py, H: Owner>(holder: &Bound<'py, H>) -> PyResult<Bound<'py, Self>> {
        let protocol = new_instance::<Self>(holder.py())?;
        protocol.get().framing.show(holder, H::framing);
        Ok(protocol)
    }
}

impl Owner for FrameProtocol {
    fn framing(&self) -> &Framing {
        self.framing.get()
    }

    fn protocol<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(slf.clone().into_any())
    }

    fn decoder<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::private_decoder(slf)
    }
}

fn thawed<'py>(frame: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyByteArray>> {
    PyByteArray::from(frame.as_any())
}

/// An iterator with the methods of a generator.
#[pyclass(frozen, extends = Generator, module = "wsproto.frame_protocol")]
struct ReceivedFrames {
    protocol: Py<FrameProtocol>,
}

impl ReceivedFrames {
    fn new(protocol: Bound<'_, FrameProtocol>) -> PyResult<Bound<'_, Self>> {
        let py = protocol.py();
        let frames = Self {
            protocol: protocol.unbind(),
        };
        Generator::wrap(py, frames)
    }
}

#[pymethods]
impl ReceivedFrames {
    fn __next__<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        Generator::next(slf)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.protocol)
    }
}

impl Body for ReceivedFrames {
    fn resume<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        let py = slf.py();
        let protocol = slf.get().protocol.bind(py);
        let framing = protocol.get().framing();
        let incoming = framing.next(py, || FrameProtocol::decoder(protocol));
        incoming
            .map_err(|failure| raised(py, failure))?
            .map(|incoming| wrap_incoming(py, incoming))
            .transpose()
    }

    fn successor<'py>(slf: &Bound<'py, Self>, begun: bool) -> PyResult<Bound<'py, PyAny>> {
        let protocol = slf.get().protocol.bind(slf.py());
        fallback::items(Self::new(protocol.clone())?.as_any(), begun)
    }
}

fn wrap_incoming<'py>(
    py: Python<'py>,
    incoming: Incoming<PyStore<'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    let types = py_types(py)?;
    let (opcode, payload, frame_finished, message_finished) = match incoming {
        Incoming::Text {
            data,
            frame_finished,
            message_finished,
        } => (
            Opcode::Text,
            data.into_any(),
            frame_finished,
            message_finished,
        ),
        Incoming::Binary {
            data,
            frame_finished,
            message_finished,
        } => (
            Opcode::Binary,
            data.into_any(),
            frame_finished,
            message_finished,
        ),
        Incoming::Ping(payload) => (Opcode::Ping, payload.into_any(), true, true),
        Incoming::Pong(payload) => (Opcode::Pong, payload.into_any(), true, true),
        Incoming::Close(close) => {
            let code = types.close_code(py, close.code)?;
            let reason = Text(close.reason).into_pyobject(py)?;
            let payload = new_tuple(py, [code, reason.into_any()])?;
            (Opcode::Close, payload.into_any(), true, true)
        }
    };
    types.frame.bind(py).call1((
        types.opcode(py, opcode),
        payload,
        frame_finished,
        message_finished,
    ))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // Made now, since the first use cannot report that there is no memory for a type.
    module.py().get_type::<ReceivedFrames>();
    module.add_class::<FrameDecoder>()?;
    module.add_class::<FrameProtocol>()
}
