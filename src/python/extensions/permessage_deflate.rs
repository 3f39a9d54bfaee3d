//! `PerMessageDeflate` (RFC 7692).
//!
//! A connection whose only extension is this one calls [`PerMessageDeflate::inflating`] and
//! [`PerMessageDeflate::deflate`]. The hooks that every extension has do the same for callers in
//! Python.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::hook_methods::CustomStreams;
use super::options::{Options, parameters, window};
use crate::protocol::negotiation::Parameters;
use crate::protocol::permessage_deflate as protocol;
use crate::python::arguments::Given;
use crate::python::ffi::lock::{self, Lock, LongLock, Slot};
use crate::python::ffi::objects::{Integer, Text, new_tuple};
use crate::python::ffi::overrides::{OwnMethods, base};

/// The compression extension permessage-deflate.
#[pyclass(frozen, subclass, module = "wsproto.extensions")]
pub(crate) struct PerMessageDeflate {
    /// The parameters offered or accepted, then agreed upon.
    pub(super) parameters: Lock<Parameters>,
    options: Lock<Options>,
    pub(super) enabled: AtomicBool,
    pub(super) inbound: LongLock<protocol::MessageInflater>,
    pub(super) outbound: LongLock<protocol::MessageDeflater>,
    /// Streams that take precedence over the native ones, which stay as they are meanwhile.
    pub(super) custom: CustomStreams,
    /// Whether hooks have been set on the instance, or streams assigned.
    pub(super) own_hooks: OwnMethods,
}

#[pymethods]
impl PerMessageDeflate {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            parameters: Lock::new(Parameters::DEFAULT),
            options: Lock::new(Options::DEFAULT),
            enabled: AtomicBool::new(false),
            inbound: LongLock::default(),
            outbound: LongLock::default(),
            custom: CustomStreams::default(),
            own_hooks: OwnMethods::default(),
        }
    }

    #[pyo3(signature = (
        client_no_context_takeover=Given::NOTHING,
        client_max_window_bits=None,
        server_no_context_takeover=Given::NOTHING,
        server_max_window_bits=None,
        *,
        compression_level,
        memory_level,
        min_size,
        max_piece_size,
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
        compression_level: Option<&Bound<'_, PyAny>>,
        memory_level: &Bound<'_, PyAny>,
        min_size: &Bound<'_, PyAny>,
        max_piece_size: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let py = slf.py();
        let parameters = parameters(
            slf.as_any(),
            [client_no_context_takeover, server_no_context_takeover],
            [client_max_window_bits, server_max_window_bits],
        )?;
        let options = Options::new(compression_level, memory_level, min_size, max_piece_size)?;
        *slf.get().parameters.lock(py) = parameters;
        *slf.get().options.lock(py) = options;
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

    /// The level of zlib, 0 (none) to 9 (smallest), or ``None`` for the package's own compressor.
    #[getter]
    fn compression_level(&self, py: Python<'_>) -> Option<u8> {
        self.options(py).policy.effort.level()
    }

    /// The memory that compression may use, 1 (least) to 9.
    #[getter]
    fn memory_level(&self, py: Python<'_>) -> u8 {
        self.options(py).policy.effort.memory_level()
    }

    /// The smallest message to compress, in bytes.
    #[getter]
    fn min_size(&self, py: Python<'_>) -> Integer {
        Integer(self.options(py).policy.min_size as u64)
    }

    /// The most bytes of a compressed message in one received event.
    #[getter]
    fn max_piece_size(&self, py: Python<'_>) -> Integer {
        Integer(self.options(py).max_piece_size as u64)
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
    fn compressor<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let foreign = lock::get(py, &slf.get().custom.compressor);
        let own = slf.get().outbound.lock(py)?.has_context();
        Ok(foreign.or_else(|| own.then(|| slf.clone().into_any())))
    }

    #[setter(_compressor)]
    fn replace_compressor(slf: &Bound<'_, Self>, value: Option<Bound<'_, PyAny>>) {
        if value.is_none() {
            slf.get().end_sending(slf.py());
        }
        Self::replace(slf, &slf.get().custom.compressor, value);
    }

    #[getter(_decompressor)]
    fn decompressor<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let foreign = lock::get(py, &slf.get().custom.decompressor);
        let own = slf.get().inbound.lock(py)?.has_context();
        Ok(foreign.or_else(|| own.then(|| slf.clone().into_any())))
    }

    #[setter(_decompressor)]
    fn replace_decompressor(slf: &Bound<'_, Self>, value: Option<Bound<'_, PyAny>>) {
        if value.is_none() {
            slf.get().end_receiving(slf.py());
        }
        Self::replace(slf, &slf.get().custom.decompressor, value);
    }

    #[getter(_inbound_compressed)]
    fn inbound_compressed(&self, py: Python<'_>) -> PyResult<Option<bool>> {
        Ok(self.inbound.lock(py)?.message_is_compressed())
    }

    #[getter(_inbound_is_compressible)]
    fn inbound_is_compressible(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.inbound.lock(py)?.frame_is_compressible())
    }

    /// Whether the extension was agreed upon.
    fn enabled(&self) -> bool {
        self.is_enabled()
    }

    /// Return the client's offer, its parameters as ``str`` (RFC 7692 section 7.1).
    fn offer(&self, py: Python<'_>) -> Text<String> {
        Text(self.parameters(py).offer())
    }

    /// Answer an offer as the server (RFC 7692 section 7.1).
    ///
    /// :param offer: the element of the header, beginning with the name of the extension.
    /// :returns: ``None`` to decline; otherwise the parameters of the response as ``str``, and the
    ///     extension is enabled.
    fn accept(&self, offer: &Bound<'_, PyAny>) -> PyResult<Option<Text<String>>> {
        self.accept_offer(offer)
    }

    /// Apply the server's response as the client, and enable the extension (RFC 7692 section 7.1).
    ///
    /// :param offer: the element of the header, beginning with the name of the extension.
    /// :raises RemoteProtocolError: if the response is malformed or goes beyond the offer.
    fn finalize(&self, offer: &Bound<'_, PyAny>) -> PyResult<()> {
        self.take_response(offer)
    }

    /// Called for the header of every received frame: claim RSV1, or return the :class:`CloseReason
    /// <wsproto.frame_protocol.CloseReason>` with which to fail the connection if RSV1 is illegal
    /// there (RFC 7692 section 6).
    fn frame_inbound_header<'py>(
        slf: &Bound<'py, Self>,
        proto: &Bound<'py, PyAny>,
        opcode: u8,
        rsv: &Bound<'py, PyAny>,
        payload_length: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = payload_length;
        Self::judge_header(slf, proto, opcode, rsv)
    }

    /// Called for every piece of received payload: inflate it, if its message is compressed, or
    /// return the :class:`CloseReason <wsproto.frame_protocol.CloseReason>` for corrupt data (RFC
    /// 7692 section 6.2).
    fn frame_inbound_payload_data<'py>(
        &self,
        proto: &Bound<'py, PyAny>,
        data: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.inflate_piece(proto, data)
    }

    /// Called at the end of every received frame: return the rest of a compressed message that ends
    /// with it, otherwise ``None`` (RFC 7692 section 6.2).
    fn frame_inbound_complete<'py>(
        &self,
        proto: &Bound<'py, PyAny>,
        fin: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.finish_frame(proto, fin)
    }

    /// Called for every frame to send: compress its payload, if it is a data frame, and return its
    /// reserved bits and payload (RFC 7692 section 6.1).
    fn frame_outbound<'py>(
        slf: &Bound<'py, Self>,
        proto: &Bound<'py, PyAny>,
        opcode: u8,
        rsv: Bound<'py, PyAny>,
        data: Bound<'py, PyAny>,
        fin: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let (rsv, payload) = Self::deflate_frame(slf, proto, opcode, rsv, data, fin)?;
        new_tuple(slf.py(), [rsv, payload])
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        slf.get().own_hooks.set_attribute(slf, name, Some(value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        slf.get().own_hooks.set_attribute(slf, name, None)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        self.custom.traverse(&visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        self.custom.clear(py);
    }
}

base!(PerMessageDeflate);

impl PerMessageDeflate {
    /// Replaces the native stream; assigning the extension itself, which stands for the native
    /// stream, restores it.
    fn replace(slf: &Bound<'_, Self>, stream: &Slot, value: Option<Bound<'_, PyAny>>) {
        slf.get().own_hooks.set();
        let foreign = value.filter(|value| !value.is(slf));
        lock::set(slf.py(), stream, foreign.map(Bound::unbind));
    }

    /// Drop the decompressor with its window, unless it is in use.
    pub(crate) fn end_receiving(&self, py: Python<'_>) {
        if let Ok(mut inbound) = self.inbound.lock(py) {
            inbound.drop_context();
        }
        if self
            .custom
            .is_decompressor_given
            .swap(false, Ordering::Relaxed)
        {
            lock::set(py, &self.custom.decompressor, None);
        }
    }

    /// Drop the compressor with its window, unless it is in use.
    pub(crate) fn end_sending(&self, py: Python<'_>) {
        if let Ok(mut outbound) = self.outbound.lock(py) {
            *outbound = protocol::MessageDeflater::default();
        }
    }

    pub(super) fn options(&self, py: Python<'_>) -> Options {
        *self.options.lock(py)
    }
}
