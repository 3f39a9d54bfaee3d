//! `FrameProtocol`: both directions of the framing, and the sending half of a connection
//! (RFC 6455 sections 5 and 6).
//!
//! Sending takes no lock that receiving holds: what it shares with anybody is one atomic, the type of the
//! message whose fragments are being sent.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyInt, PyList, PyMemoryView, PyString, PyTuple,
};

use super::decoder::FrameDecoder;
use crate::protocol::close::{code, truncate_reason};
use crate::protocol::encoder::{ControlTooLong, Frame, Outbound, TypeMismatch};
use crate::protocol::error::Failure;
use crate::protocol::message::Incoming;
use crate::protocol::opcode::{Opcode, Rsv};
use crate::python::buffers::{bytes_of, extension_of};
use crate::python::declared::declared;
use crate::python::error::parse_failed;
use crate::python::extensions::{Negotiated, PerMessageDeflate};
use crate::python::instance::new_instance;
use crate::python::lock::lock;
use crate::python::masking_key;
use crate::python::memory::{PyStore, frame_to_bytes};
use crate::python::receiving::Step;

/// Turns bytes into frames and messages, and messages into bytes.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct FrameProtocol {
    client: AtomicBool,
    decoder: Py<FrameDecoder>,
    /// An [`Outbound`].
    outbound: AtomicU8,
    /// Whether no extension is in use, so that there is no need to look at `extensions`.
    plain: AtomicBool,
    extensions: Mutex<Negotiated>,
    /// Whether receiving has begun.
    started: AtomicBool,
}

#[pymethods]
impl FrameProtocol {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(
        py: Python<'_>,
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        Ok(Self {
            client: AtomicBool::new(false),
            decoder: new_instance(py, &declared(py)?.classes.frame_decoder)?.unbind(),
            outbound: AtomicU8::new(Outbound::Idle as u8),
            plain: AtomicBool::new(true),
            extensions: Mutex::new(Negotiated::Nothing),
            started: AtomicBool::new(false),
        })
    }

    fn __init__(&self, client: &Bound<'_, PyAny>, extensions: &Bound<'_, PyAny>) -> PyResult<()> {
        self.configure(client.py(), client.is_truthy()?, Some(extensions))
    }

    /// Whether this end is the client, whose frames are masked.
    #[getter]
    fn client(&self) -> bool {
        self.client.load(Ordering::Relaxed)
    }

    /// The extensions that are enabled.
    #[getter]
    fn extensions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.negotiated(py).objects(py))
    }

    #[getter(_frame_decoder)]
    fn private_decoder<'py>(&self, py: Python<'py>) -> Bound<'py, FrameDecoder> {
        self.decoder.bind(py).clone()
    }

    /// Feed data from the peer.
    fn receive_bytes(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        self.feed(data)
    }

    /// Iterate over what the peer has sent, as instances of :class:`Frame`, decoding one at a time.
    ///
    /// :raises ParseFailed: if the peer broke a rule of RFC 6455; nothing is decoded after that.
    fn received_frames(slf: Bound<'_, Self>) -> ReceivedFrames {
        ReceivedFrames {
            protocol: slf.unbind(),
            finished: AtomicBool::new(false),
        }
    }

    /// A close frame, with a status code and a reason of at most 123 bytes of UTF-8, beyond which it is cut.
    ///
    /// :raises TypeError: for a reason without a code.
    #[pyo3(signature = (code=None, reason=None))]
    fn close<'py>(
        slf: &Bound<'py, Self>,
        code: Option<&Bound<'py, PyAny>>,
        reason: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyByteArray>> {
        thawed(&Self::close_frame(slf, code, reason)?)
    }

    /// A ping frame.
    ///
    /// :raises ValueError: for a payload of more than 125 bytes.
    #[pyo3(signature = (payload=None))]
    fn ping<'py>(
        slf: &Bound<'py, Self>,
        payload: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyByteArray>> {
        thawed(&Self::control_frame(slf, Opcode::Ping, payload)?)
    }

    /// A pong frame.
    ///
    /// :raises ValueError: for a payload of more than 125 bytes.
    #[pyo3(signature = (payload=None))]
    fn pong<'py>(
        slf: &Bound<'py, Self>,
        payload: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyByteArray>> {
        thawed(&Self::control_frame(slf, Opcode::Pong, payload)?)
    }

    /// A frame of a message: text for ``str``, binary for bytes; ``fin`` says that it is the last one.
    ///
    /// :raises TypeError: for anything else, or for a change of the type within a message.
    #[pyo3(signature = (payload=None, fin=None))]
    fn send_data<'py>(
        slf: &Bound<'py, Self>,
        payload: Option<&Bound<'py, PyAny>>,
        fin: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyByteArray>> {
        let py = slf.py();
        let empty = PyBytes::new(py, b"").into_any();
        let fin = match fin {
            Some(fin) => fin.clone(),
            None => PyBool::new(py, true).to_owned().into_any(),
        };
        thawed(&Self::data_frame(
            slf,
            payload.unwrap_or(&empty),
            &Fin(fin),
        )?)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.decoder)?;
        match self.extensions.try_lock() {
            Ok(negotiated) => negotiated.traverse(&visit),
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self, py: Python<'_>) {
        self.negotiate(py, Negotiated::Nothing);
    }
}

/// The `message_finished` of an event: nearly always a `bool`, but whatever it is, `int` is asked for the bit.
pub(crate) struct Fin<'py>(pub(crate) Bound<'py, PyAny>);

impl Fin<'_> {
    fn bit(&self) -> PyResult<bool> {
        if let Ok(fin) = self.0.cast_exact::<PyBool>() {
            return Ok(fin.is_true());
        }
        let number = self.0.py().get_type::<PyInt>().call1((&self.0,))?;
        match number.extract() {
            Ok(0_u8) => Ok(false),
            Ok(1) => Ok(true),
            _ => Err(PyValueError::new_err("byte must be in range(0, 256)")),
        }
    }
}

impl FrameProtocol {
    /// Begin anew, in this role and with those of these extensions that are enabled.
    pub(crate) fn configure(
        &self,
        py: Python<'_>,
        client: bool,
        extensions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let negotiated = match extensions {
            Some(extensions) => Negotiated::enabled(extensions)?,
            None => Negotiated::Nothing,
        };
        self.client.store(client, Ordering::Relaxed);
        self.outbound.store(Outbound::Idle as u8, Ordering::Relaxed);
        self.started.store(false, Ordering::Relaxed);
        let decoder = self.decoder.get();
        let shown = match &negotiated {
            Negotiated::Nothing => None,
            some => Some(PyList::new(py, some.objects(py))?.into_any().unbind()),
        };
        decoder.set_extensions_object(py, shown);
        decoder.configure(py, client, negotiated.clone_ref(py));
        self.negotiate(py, negotiated);
        Ok(())
    }

    /// Feed data from the peer.
    #[inline]
    pub(crate) fn feed(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        self.decoder.get().feed(data)
    }

    /// Receive the next piece of a message, or the next control frame.
    #[inline]
    pub(crate) fn next<'py>(&self, py: Python<'py>) -> Step<Incoming<PyStore<'py>>> {
        if !self.plain.load(Ordering::Relaxed) && !self.started.swap(true, Ordering::Relaxed) {
            // Extensions may have been switched off since the connection was made.
            let still = self.negotiated(py).still_enabled(py)?;
            self.negotiate(py, still);
        }
        FrameDecoder::next(self.decoder.bind(py))
    }

    /// A frame of a message.
    #[inline]
    pub(crate) fn data_frame<'py>(
        slf: &Bound<'py, Self>,
        payload: &Bound<'py, PyAny>,
        fin: &Fin<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        if let Ok(text) = payload.cast::<PyString>() {
            let text = text.to_str()?;
            return slf
                .get()
                .fragment(slf, Outbound::Text, text.as_bytes(), fin);
        }
        if let Ok(bytes) = payload.cast_exact::<PyBytes>() {
            return slf
                .get()
                .fragment(slf, Outbound::Binary, bytes.as_bytes(), fin);
        }
        if payload.is_instance_of::<PyBytes>()
            || payload.is_instance_of::<PyByteArray>()
            || payload.is_instance_of::<PyMemoryView>()
        {
            let bytes = bytes_of(payload)?;
            return slf
                .get()
                .fragment(slf, Outbound::Binary, bytes.as_bytes(), fin);
        }
        Err(PyTypeError::new_err("Must provide bytes or text"))
    }

    /// A ping or pong frame.
    pub(crate) fn control_frame<'py>(
        slf: &Bound<'py, Self>,
        opcode: Opcode,
        payload: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let payload = payload.map(bytes_of).transpose()?;
        let payload = payload
            .as_ref()
            .map_or(&[][..], |payload| payload.as_bytes());
        Self::last_frame(slf, opcode, payload)
    }

    /// A close frame (section 5.5.1).
    pub(crate) fn close_frame<'py>(
        slf: &Bound<'py, Self>,
        code: Option<&Bound<'py, PyAny>>,
        reason: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = slf.py();
        // The member says "no code"; the number 1005 is a code that must not be sent.
        let no_status = &declared(py)?.close_reason_no_status_rcvd;
        let Some(code) = code.filter(|code| !code.is(no_status)) else {
            return match reason {
                Some(reason) if reason.is_truthy()? => Err(PyTypeError::new_err(
                    "cannot specify a reason without a code",
                )),
                _ => Self::last_frame(slf, Opcode::Close, &[]),
            };
        };
        let mut payload = code_to_send(code)?.to_vec();
        if let Some(reason) = reason {
            match reason.cast_exact::<PyString>() {
                Ok(reason) => {
                    payload.extend_from_slice(truncate_reason(reason.to_str()?).as_bytes());
                }
                Err(_) => {
                    let encoded = reason.call_method1(intern!(py, "encode"), ("utf-8",))?;
                    let encoded =
                        String::from_utf8_lossy(bytes_of(&encoded)?.as_bytes()).into_owned();
                    payload.extend_from_slice(truncate_reason(&encoded).as_bytes());
                }
            }
        }
        Self::last_frame(slf, Opcode::Close, &payload)
    }

    fn last_frame<'py>(
        slf: &Bound<'py, Self>,
        opcode: Opcode,
        payload: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        let fin = Fin(PyBool::new(slf.py(), true).to_owned().into_any());
        slf.get().serialize(slf, opcode, payload, &fin)
    }

    #[inline]
    fn fragment<'py>(
        &self,
        slf: &Bound<'py, Self>,
        kind: Outbound,
        payload: &[u8],
        fin: &Fin<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let truth = fin.0.is_truthy()?;
        let mut opcode = Err(TypeMismatch);
        let _ = self
            .outbound
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |under_way| {
                let under_way = match under_way {
                    1 => Outbound::Text,
                    2 => Outbound::Binary,
                    _ => Outbound::Idle,
                };
                let step = under_way.next(kind, truth);
                opcode = step.map(|(opcode, _)| opcode);
                step.ok().map(|(_, next)| next as u8)
            });
        match opcode {
            Ok(opcode) => self.serialize(slf, opcode, payload, fin),
            Err(TypeMismatch) => Err(PyTypeError::new_err("Data type mismatch inside message")),
        }
    }

    #[inline]
    fn serialize<'py>(
        &self,
        slf: &Bound<'py, Self>,
        opcode: Opcode,
        payload: &[u8],
        fin: &Fin<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = slf.py();
        if self.plain.load(Ordering::Relaxed) {
            return self.encode(py, opcode, Rsv::NONE, payload, fin.bit()?);
        }
        match self.negotiated(py) {
            Negotiated::Nothing => self.encode(py, opcode, Rsv::NONE, payload, fin.bit()?),
            Negotiated::Deflate(_) if opcode.is_control() => {
                self.encode(py, opcode, Rsv::NONE, payload, fin.bit()?)
            }
            Negotiated::Deflate(extension) => {
                let (rsv, payload) = PerMessageDeflate::deflate(
                    extension.bind(py),
                    self.client(),
                    opcode,
                    payload,
                    fin.0.is_truthy()?,
                )?;
                self.encode(py, opcode, rsv, &payload, fin.bit()?)
            }
            Negotiated::Python(extensions) => {
                let (rsv, payload) = hook_outbound(slf, &extensions, opcode, payload, fin)?;
                self.encode(py, opcode, rsv, payload.as_bytes(), fin.bit()?)
            }
        }
    }

    #[inline]
    fn encode<'py>(
        &self,
        py: Python<'py>,
        opcode: Opcode,
        rsv: Rsv,
        payload: &[u8],
        fin: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        // Section 5.3: a fresh key for every frame.
        let key = if self.client() {
            Some(masking_key::fresh()?)
        } else {
            None
        };
        match Frame::new(opcode, rsv, payload, fin, key) {
            Ok(frame) => frame_to_bytes(py, &frame),
            Err(ControlTooLong) => Err(PyValueError::new_err("payload too long for control frame")),
        }
    }

    fn negotiated(&self, py: Python<'_>) -> Negotiated {
        let negotiated = lock(py, &self.extensions);
        negotiated.clone_ref(py)
    }

    fn negotiate(&self, py: Python<'_>, negotiated: Negotiated) {
        self.plain
            .store(matches!(negotiated, Negotiated::Nothing), Ordering::Relaxed);
        let mut slot = lock(py, &self.extensions);
        let old = std::mem::replace(&mut *slot, negotiated);
        drop(slot);
        drop(old);
    }
}

/// Hand a payload through the hooks, the last extension first; the reserved bits and payload that remain.
fn hook_outbound<'py>(
    slf: &Bound<'py, FrameProtocol>,
    extensions: &[Py<PyAny>],
    opcode: Opcode,
    payload: &[u8],
    fin: &Fin<'py>,
) -> PyResult<(Rsv, Bound<'py, PyBytes>)> {
    let py = slf.py();
    let names = declared(py)?;
    let opcode = names.opcode(py, opcode);
    let mut rsv = names.rsv_bits(py, Rsv::NONE)?;
    let mut payload = PyBytes::new(py, payload).into_any();
    for extension in extensions.iter().rev() {
        let arguments = (slf, &opcode, rsv, bytes_of(&payload)?, &fin.0);
        let result = extension
            .bind(py)
            .call_method1(intern!(py, "frame_outbound"), arguments)?;
        (rsv, payload) = unpack_pair(&result)?;
    }
    let bit = |name| rsv.getattr(name)?.is_truthy();
    let rsv = Rsv::new(bit("rsv1")?, bit("rsv2")?, bit("rsv3")?);
    // The header asks for the length before anything asks for the bytes.
    payload.len()?;
    Ok((rsv, extension_of(&payload)?))
}

/// `first, second = result`.
fn unpack_pair<'py>(
    result: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let mut items = result.try_iter()?;
    match (
        items.next().transpose()?,
        items.next().transpose()?,
        items.next().transpose()?,
    ) {
        (Some(first), Some(second), None) => Ok((first, second)),
        (_, _, Some(_)) => Err(PyValueError::new_err(
            "too many values to unpack (expected 2)",
        )),
        (first, ..) => {
            let got = usize::from(first.is_some());
            let text = format!("not enough values to unpack (expected 2, got {got})");
            Err(PyValueError::new_err(text))
        }
    }
}

/// The two bytes for a status code; 1000 for those that must not be sent (section 7.4.1).
fn code_to_send(code: &Bound<'_, PyAny>) -> PyResult<[u8; 2]> {
    match code.extract::<u16>() {
        Ok(code::NO_STATUS_RCVD | code::ABNORMAL_CLOSURE | code::TLS_HANDSHAKE_FAILED) => {
            Ok(code::NORMAL_CLOSURE.to_be_bytes())
        }
        Ok(code) => Ok(code.to_be_bytes()),
        Err(_) => {
            // Not a number of two bytes: `struct` knows what is wrong with it.
            let packed = code
                .py()
                .import("struct")?
                .call_method1("pack", ("!H", code))?;
            packed.extract()
        }
    }
}

fn thawed<'py>(frame: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyByteArray>> {
    PyByteArray::from(frame.as_any())
}

/// What `FrameProtocol.received_frames` returns: an iterator with the methods of a generator.
#[pyclass(frozen, module = "wsproto.frame_protocol")]
struct ReceivedFrames {
    protocol: Py<FrameProtocol>,
    finished: AtomicBool,
}

#[pymethods]
impl ReceivedFrames {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.finished.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let step = self
            .protocol
            .get()
            .next(py)
            .map_err(|failure| match failure {
                Failure::Parse(error) => parse_failed(py, &error),
                Failure::Raised(error) => error,
            });
        self.finished
            .store(!matches!(step, Ok(Some(_))), Ordering::Relaxed);
        step?
            .map(|incoming| wrap_incoming(py, incoming))
            .transpose()
    }

    fn send<'py>(
        &self,
        py: Python<'py>,
        _value: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.__next__(py)?
            .ok_or_else(|| pyo3::exceptions::PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (kind, value=None, traceback=None))]
    fn throw(
        &self,
        kind: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.close();
        Err(crate::python::generator::thrown(kind, value, traceback))
    }

    fn close(&self) {
        self.finished.store(true, Ordering::Relaxed);
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.protocol)
    }
}

fn wrap_incoming<'py>(
    py: Python<'py>,
    incoming: Incoming<PyStore<'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    let names = declared(py)?;
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
            let payload = (names.close_code(py, close.code)?, close.reason);
            (
                Opcode::Close,
                payload.into_pyobject(py)?.into_any(),
                true,
                true,
            )
        }
    };
    names.frame.bind(py).call1((
        names.opcode(py, opcode),
        payload,
        frame_finished,
        message_finished,
    ))
}
