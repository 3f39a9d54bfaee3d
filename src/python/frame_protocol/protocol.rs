//! `FrameProtocol`: both directions of the framing (RFC 6455 sections 5 and 6).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyList, PyTuple};

use super::FrameDecoder;
use super::received_frames::ReceivedFrames;
use super::sending::Fin;
use crate::protocol::encoder::Outbound;
use crate::protocol::message::Incoming;
use crate::protocol::opcode::Opcode;
use crate::python::declared::declared;
use crate::python::extensions::Negotiated;
use crate::python::instance::new_instance;
use crate::python::lock::lock;
use crate::python::memory::PyStore;
use crate::python::receiving::Step;

/// Turns bytes into frames and messages, and messages into bytes.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct FrameProtocol {
    client: AtomicBool,
    decoder: Py<FrameDecoder>,
    /// An [`Outbound`].
    pub(super) outbound: AtomicU8,
    /// Whether no extension is in use, so that there is no need to look at `extensions`.
    pub(super) plain: AtomicBool,
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
    pub(super) fn client(&self) -> bool {
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
        ReceivedFrames::over(slf)
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

    pub(super) fn negotiated(&self, py: Python<'_>) -> Negotiated {
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

fn thawed<'py>(frame: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyByteArray>> {
    PyByteArray::from(frame.as_any())
}
