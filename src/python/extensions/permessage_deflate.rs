//! `PerMessageDeflate` (RFC 7692).
//!
//! A connection whose only extension is this one calls [`PerMessageDeflate::inflating`] and
//! [`PerMessageDeflate::deflate`]. The hooks that every extension has do the same for callers in Python.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::knobs::{self, Knobs};
use crate::protocol::deflate::WindowBits;
use crate::protocol::negotiation::{BadParameter, Parameters};
use crate::protocol::permessage_deflate::{self as protocol, Direction};
use crate::python::error::remote_protocol_error;
use crate::python::given::Given;
use crate::python::lock::{self, Lock, Slot};

/// The compression extension permessage-deflate.
#[pyclass(frozen, subclass, module = "wsproto.extensions")]
pub(crate) struct PerMessageDeflate {
    parameters: Lock<Parameters>,
    knobs: Lock<Knobs>,
    enabled: AtomicBool,
    pub(super) inbound: Lock<protocol::Inbound>,
    pub(super) outbound: Lock<protocol::Outbound>,
    /// Objects like those of `zlib` that somebody put in the place of our streams.
    pub(super) foreign_compressor: Slot,
    pub(super) foreign_decompressor: Slot,
}

#[pymethods]
impl PerMessageDeflate {
    #[new]
    #[pyo3(
        signature = (*_args, **_kwargs),
        text_signature = "(client_no_context_takeover=False, client_max_window_bits=None, \
            server_no_context_takeover=False, server_max_window_bits=None, *, \
            compression_level=None, memory_level=8, min_size=0, max_piece_size=1048576)",
    )]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            parameters: Lock::new(Parameters {
                client_no_context_takeover: false,
                server_no_context_takeover: false,
                client_window: WindowBits::MAX,
                server_window: WindowBits::MAX,
            }),
            knobs: Lock::new(Knobs::DEFAULT),
            enabled: AtomicBool::new(false),
            inbound: Lock::default(),
            outbound: Lock::default(),
            foreign_compressor: Lock::new(None),
            foreign_decompressor: Lock::new(None),
        }
    }

    #[pyo3(signature = (
        client_no_context_takeover=Given::NOTHING,
        client_max_window_bits=None,
        server_no_context_takeover=Given::NOTHING,
        server_max_window_bits=None,
        *,
        compression_level=Given::NOTHING,
        memory_level=Given::NOTHING,
        min_size=Given::NOTHING,
        max_piece_size=Given::NOTHING,
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are those of the constructor"
    )]
    fn __init__(
        slf: &Bound<'_, Self>,
        client_no_context_takeover: Given<'_>,
        client_max_window_bits: Option<Bound<'_, PyAny>>,
        server_no_context_takeover: Given<'_>,
        server_max_window_bits: Option<Bound<'_, PyAny>>,
        compression_level: Given<'_>,
        memory_level: Given<'_>,
        min_size: Given<'_>,
        max_piece_size: Given<'_>,
    ) -> PyResult<()> {
        let py = slf.py();
        // Subclasses may declare other defaults.
        let client_window = match client_max_window_bits {
            Some(bits) => bits,
            None => slf.getattr(intern!(py, "DEFAULT_CLIENT_MAX_WINDOW_BITS"))?,
        };
        let server_window = match server_max_window_bits {
            Some(bits) => bits,
            None => slf.getattr(intern!(py, "DEFAULT_SERVER_MAX_WINDOW_BITS"))?,
        };
        let flag = |given: Given<'_>| {
            given
                .into_option()
                .map_or(Ok(false), |flag| flag.is_truthy())
        };
        let parameters = Parameters {
            client_no_context_takeover: flag(client_no_context_takeover)?,
            server_no_context_takeover: flag(server_no_context_takeover)?,
            client_window: window(&client_window)?,
            server_window: window(&server_window)?,
        };
        let knobs = Knobs::new(knobs::Arguments {
            compression_level,
            memory_level,
            min_size,
            max_piece_size,
        })?;
        *slf.get().parameters.lock(py) = parameters;
        *slf.get().knobs.lock(py) = knobs;
        Ok(())
    }

    #[classattr]
    const DEFAULT_CLIENT_MAX_WINDOW_BITS: u8 = 15;
    #[classattr]
    const DEFAULT_SERVER_MAX_WINDOW_BITS: u8 = 15;

    /// Whether the client begins every message with an empty window.
    #[getter]
    fn client_no_context_takeover(&self, py: Python<'_>) -> bool {
        self.parameters(py).client_no_context_takeover
    }

    #[setter]
    fn set_client_no_context_takeover(
        &self,
        py: Python<'_>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let value = value.is_truthy()?;
        self.parameters.lock(py).client_no_context_takeover = value;
        Ok(())
    }

    /// Whether the server begins every message with an empty window.
    #[getter]
    fn server_no_context_takeover(&self, py: Python<'_>) -> bool {
        self.parameters(py).server_no_context_takeover
    }

    #[setter]
    fn set_server_no_context_takeover(
        &self,
        py: Python<'_>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let value = value.is_truthy()?;
        self.parameters.lock(py).server_no_context_takeover = value;
        Ok(())
    }

    /// The base-2 logarithm of the size of the client's window, 9 to 15.
    #[getter]
    fn client_max_window_bits(&self, py: Python<'_>) -> u8 {
        self.parameters(py).client_window.get()
    }

    #[setter]
    fn set_client_max_window_bits(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let window = window(value)?;
        self.parameters.lock(py).client_window = window;
        Ok(())
    }

    /// The base-2 logarithm of the size of the server's window, 9 to 15.
    #[getter]
    fn server_max_window_bits(&self, py: Python<'_>) -> u8 {
        self.parameters(py).server_window.get()
    }

    #[setter]
    fn set_server_max_window_bits(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let window = window(value)?;
        self.parameters.lock(py).server_window = window;
        Ok(())
    }

    /// How hard messages are compressed: 0, not at all, to 9, into as few bytes as possible; ``None``: 5 for those
    /// of less than 2 KiB that go in one frame, 6 for others.
    #[getter]
    fn compression_level(&self, py: Python<'_>) -> Option<u8> {
        self.knobs(py).policy.effort.level()
    }

    /// How much memory compression may take: 1, the least, to 9.
    #[getter]
    fn memory_level(&self, py: Python<'_>) -> u8 {
        self.knobs(py).policy.effort.memory_level()
    }

    /// The size of the smallest message that is compressed, in bytes.
    #[getter]
    fn min_size(&self, py: Python<'_>) -> usize {
        self.knobs(py).policy.min_size
    }

    /// The most that one event holds of a compressed message received, in bytes.
    #[getter]
    fn max_piece_size(&self, py: Python<'_>) -> usize {
        self.knobs(py).max_piece_size
    }

    #[getter(_enabled)]
    fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    #[setter(_enabled)]
    fn replace_enabled(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.enabled.store(value.is_truthy()?, Ordering::Relaxed);
        Ok(())
    }

    #[getter(_compressor)]
    fn compressor<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyAny>> {
        let py = slf.py();
        let foreign = lock::get(py, &slf.get().foreign_compressor);
        let own = slf.get().outbound.lock(py).has_context();
        foreign.or_else(|| own.then(|| slf.clone().into_any()))
    }

    #[setter(_compressor)]
    fn replace_compressor(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        self.end_sending(py);
        lock::set(py, &self.foreign_compressor, value);
    }

    #[getter(_decompressor)]
    fn decompressor<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyAny>> {
        let py = slf.py();
        let foreign = lock::get(py, &slf.get().foreign_decompressor);
        let own = slf.get().inbound.lock(py).has_context();
        foreign.or_else(|| own.then(|| slf.clone().into_any()))
    }

    #[setter(_decompressor)]
    fn replace_decompressor(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        self.end_receiving(py);
        lock::set(py, &self.foreign_decompressor, value);
    }

    /// Whether the extension was agreed upon.
    fn enabled(&self) -> bool {
        self.is_enabled()
    }

    /// Return the parameters to offer as a client, as ``str`` (RFC 7692 section 7.1).
    fn offer(&self, py: Python<'_>) -> String {
        self.parameters(py).offer()
    }

    /// Answer an offer as a server (RFC 7692 section 7.1).
    ///
    /// :param offer: the element of the header, from the name of the extension on.
    /// :returns: ``None``, which declines it; otherwise the parameters of the response as ``str``, and the
    ///     extension is enabled.
    fn accept(&self, offer: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let py = offer.py();
        let Some((agreed, response)) = self.parameters(py).accept(element(offer)?) else {
            return Ok(None);
        };
        self.agree(py, agreed);
        Ok(Some(response))
    }

    /// Take over the response of a server, as a client, and enable the extension (RFC 7692 section 7.1).
    ///
    /// :param offer: the element of the header, from the name of the extension on.
    /// :raises RemoteProtocolError: if the response is malformed or goes beyond the offer.
    fn finalize(&self, offer: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = offer.py();
        match self.parameters(py).finalize(element(offer)?) {
            Ok(agreed) => {
                self.agree(py, agreed);
                Ok(())
            }
            Err(BadParameter(text)) => {
                let hint = py
                    .import("wsproto.events")?
                    .getattr("RejectConnection")?
                    .call0()?;
                let message = format!("unacceptable parameter {text:?} of permessage-deflate");
                Err(remote_protocol_error(py, &message, hint))
            }
        }
    }

    /// Called for the header of every frame received: claim RSV1, or return the
    /// :class:`CloseReason <wsproto.frame_protocol.CloseReason>` with which to fail the connection if it is set
    /// where it must not be (RFC 7692 section 6).
    fn frame_inbound_header<'py>(
        &self,
        proto: &Bound<'py, PyAny>,
        opcode: u8,
        rsv: &Bound<'py, PyAny>,
        payload_length: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = payload_length;
        self.judge_header(proto, opcode, rsv)
    }

    /// Called for every piece of payload received: inflate it, if it is part of a compressed message, or return
    /// the :class:`CloseReason <wsproto.frame_protocol.CloseReason>` for data that cannot be inflated (RFC 7692
    /// section 6.2).
    fn frame_inbound_payload_data<'py>(
        &self,
        proto: &Bound<'py, PyAny>,
        data: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.inflate_piece(proto, data)
    }

    /// Called at the end of every frame received: return what is still owed of a compressed message that ends
    /// with it, otherwise ``None`` (RFC 7692 section 6.2).
    fn frame_inbound_complete<'py>(
        &self,
        proto: &Bound<'py, PyAny>,
        fin: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.finish_frame(proto, fin)
    }

    /// Called for every frame to be sent: compress its payload, if it carries a message, and return its reserved
    /// bits and payload (RFC 7692 section 6.1).
    fn frame_outbound<'py>(
        slf: &Bound<'py, Self>,
        proto: &Bound<'py, PyAny>,
        opcode: u8,
        rsv: Bound<'py, PyAny>,
        data: Bound<'py, PyAny>,
        fin: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        Self::deflate_frame(slf, proto, opcode, rsv, data, fin)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let parameters = slf.get().parameters(slf.py());
        let flag = |set, text| if set { text } else { "" };
        Ok(format!(
            "<{} client_max_window_bits={}{}; server_max_window_bits={}{}>",
            slf.get_type().name()?,
            parameters.client_window.get(),
            flag(
                parameters.client_no_context_takeover,
                "; client_no_context_takeover"
            ),
            parameters.server_window.get(),
            flag(
                parameters.server_no_context_takeover,
                "; server_no_context_takeover"
            ),
        ))
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.foreign_compressor, &visit)?;
        lock::traverse(&self.foreign_decompressor, &visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        lock::set(py, &self.foreign_compressor, None);
        lock::set(py, &self.foreign_decompressor, None);
    }
}

impl PerMessageDeflate {
    /// Whether somebody has put streams of another make in the place of ours.
    pub(crate) fn has_foreign_streams(&self, py: Python<'_>) -> bool {
        let foreign = [&self.foreign_compressor, &self.foreign_decompressor];
        foreign.into_iter().any(|slot| slot.lock(py).is_some())
    }

    /// Drop the decompressor with its window.
    pub(super) fn end_receiving(&self, py: Python<'_>) {
        self.inbound.lock(py).drop_context();
    }

    /// Drop the compressor with its window.
    pub(super) fn end_sending(&self, py: Python<'_>) {
        *self.outbound.lock(py) = protocol::Outbound::default();
    }

    fn parameters(&self, py: Python<'_>) -> Parameters {
        *self.parameters.lock(py)
    }

    pub(super) fn knobs(&self, py: Python<'_>) -> Knobs {
        *self.knobs.lock(py)
    }

    fn agree(&self, py: Python<'_>, agreed: Parameters) {
        *self.parameters.lock(py) = agreed;
        self.enabled.store(true, Ordering::Relaxed);
    }

    pub(super) fn inbound_direction(&self, py: Python<'_>, client: bool) -> Direction {
        self.outbound_direction(py, !client)
    }

    pub(super) fn outbound_direction(&self, py: Python<'_>, client: bool) -> Direction {
        let parameters = self.parameters(py);
        if client {
            Direction {
                window: parameters.client_window,
                no_context_takeover: parameters.client_no_context_takeover,
            }
        } else {
            Direction {
                window: parameters.server_window,
                no_context_takeover: parameters.server_no_context_takeover,
            }
        }
    }
}

/// The element of a header that an argument is.
fn element<'a>(argument: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    match argument.cast::<PyString>() {
        Ok(text) => text.to_str(),
        Err(error) => {
            // `argument.split(";")`, which Python has something to say about.
            argument.call_method1(intern!(argument.py(), "split"), (";",))?;
            Err(error.into())
        }
    }
}

fn window(bits: &Bound<'_, PyAny>) -> PyResult<WindowBits> {
    let too_small = bits.lt(9)?;
    if too_small || bits.gt(15)? {
        return Err(PyValueError::new_err(
            "Window size must be between 9 and 15 inclusive",
        ));
    }
    let bits: u8 = bits
        .py()
        .get_type::<pyo3::types::PyInt>()
        .call1((bits,))?
        .extract()?;
    WindowBits::new(bits)
        .ok_or_else(|| PyValueError::new_err("Window size must be between 9 and 15 inclusive"))
}
