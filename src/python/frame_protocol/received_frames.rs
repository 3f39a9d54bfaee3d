//! What `FrameProtocol.received_frames` returns.

use pyo3::prelude::*;

use super::FrameProtocol;
use crate::protocol::message::Incoming;
use crate::protocol::opcode::Opcode;
use crate::python::declared::declared;
use crate::python::error::raised;
use crate::python::fallback;
use crate::python::framing::Owner;
use crate::python::generator::{Body, Generator, Yielded};
use crate::python::memory::PyStore;
use crate::python::objects::{Text, new_tuple};

/// An iterator with the methods of a generator.
#[pyclass(frozen, extends = Generator, module = "wsproto.frame_protocol")]
pub(super) struct ReceivedFrames {
    protocol: Py<FrameProtocol>,
}

impl ReceivedFrames {
    pub(super) fn new(protocol: Bound<'_, FrameProtocol>) -> PyResult<Bound<'_, Self>> {
        let py = protocol.py();
        let frames = Self {
            protocol: protocol.unbind(),
        };
        Generator::of(py, frames)
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
            let code = names.close_code(py, close.code)?;
            let reason = Text(close.reason).into_pyobject(py)?;
            let payload = new_tuple(py, [code, reason.into_any()])?;
            (Opcode::Close, payload.into_any(), true, true)
        }
    };
    names.frame.bind(py).call1((
        names.opcode(py, opcode),
        payload,
        frame_finished,
        message_finished,
    ))
}
