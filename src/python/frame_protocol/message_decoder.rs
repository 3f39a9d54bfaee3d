//! `MessageDecoder`: frames to pieces of messages, one at a time (RFC 6455 section 5.4).
//!
//! Connections do not use it, they decode messages natively; it serves those who put the layers together
//! themselves, and so its state is made of Python objects that they may replace.

use pyo3::exceptions::{PyAssertionError, PyUnicodeDecodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyTuple};

use crate::protocol::close::code;
use crate::protocol::error::ParseFailed;
use crate::protocol::opcode::Opcode;
use crate::python::declared::declared;
use crate::python::error::parse_failed;
use crate::python::lock::{self, Lock, Slot};

/// Puts the frames of a message together, and decodes text.
#[pyclass(frozen, subclass, module = "wsproto.frame_protocol")]
pub(crate) struct MessageDecoder {
    /// The opcode of the message under way, or `None`.
    opcode: Slot,
    /// The incremental decoder of the text message under way, or `None`.
    decoder: Slot,
}

#[pymethods]
impl MessageDecoder {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "()")]
    const fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            opcode: Lock::new(None),
            decoder: Lock::new(None),
        }
    }

    /// The opcode of the message under way, or ``None``.
    #[getter]
    fn opcode<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        lock::get(py, &self.opcode)
    }

    #[setter]
    fn set_opcode(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        lock::set(py, &self.opcode, value);
    }

    /// The incremental decoder of the text message under way, or ``None``.
    #[getter]
    fn decoder<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        lock::get(py, &self.decoder)
    }

    #[setter]
    fn set_decoder(&self, py: Python<'_>, value: Option<Py<PyAny>>) {
        lock::set(py, &self.decoder, value);
    }

    /// Turn a data frame into a piece of its message: its opcode is the message's, its payload is decoded if
    /// that is text, and ``message_finished`` says whether it is the last piece (RFC 6455 section 5.4).
    ///
    /// :param frame: a :class:`Frame` with bytes for its payload.
    /// :raises ParseFailed: for a frame that cannot come next, or for text that is not UTF-8.
    fn process_frame<'py>(&self, frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = frame.py();
        let opcode = frame.getattr("opcode")?;
        let known = Opcode::from_bits(opcode.extract()?);
        if known.is_none_or(Opcode::is_control) {
            return Err(PyAssertionError::new_err(()));
        }
        let continuation = known == Some(Opcode::Continuation);
        let message_opcode = match (self.opcode(py), known) {
            (None, _) if continuation => {
                return Err(parse_failed(py, &ParseFailed::UnexpectedContinuation));
            }
            (None, _) => {
                lock::set(py, &self.opcode, Some(opcode.clone().unbind()));
                opcode
            }
            (Some(under_way), _) if continuation => under_way,
            (Some(_), known) => {
                let got = known.unwrap_or(Opcode::Continuation);
                return Err(parse_failed(py, &ParseFailed::ExpectedContinuation(got)));
            }
        };
        if known == Some(Opcode::Text) {
            let codec = py
                .import("codecs")?
                .call_method1("getincrementaldecoder", ("utf-8",))?;
            lock::set(py, &self.decoder, Some(codec.call0()?.unbind()));
        }
        let frame_finished = frame.getattr("frame_finished")?;
        let finished = if frame_finished.is_truthy()? {
            frame.getattr("message_finished")?
        } else {
            frame_finished.clone()
        };
        let payload = frame.getattr("payload")?;
        let data = match self.decoder(py) {
            None => payload,
            Some(decoder) => decode(&decoder, payload, &finished)?,
        };
        let piece = declared(py)?.frame.bind(py).call1((
            message_opcode,
            data,
            frame_finished,
            &finished,
        ))?;
        if finished.is_truthy()? {
            lock::set(py, &self.opcode, None);
            lock::set(py, &self.decoder, None);
        }
        Ok(piece)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.opcode, &visit)?;
        lock::traverse(&self.decoder, &visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        lock::set(py, &self.opcode, None);
        lock::set(py, &self.decoder, None);
    }
}

fn decode<'py>(
    decoder: &Bound<'py, PyAny>,
    payload: Bound<'py, PyAny>,
    finished: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = payload.py();
    if !payload.is_instance_of::<PyBytes>() && !payload.is_instance_of::<PyByteArray>() {
        return Err(PyAssertionError::new_err(()));
    }
    let finished = PyBool::new(py, finished.is_truthy()?);
    decoder
        .call_method1("decode", (payload, finished))
        .map_err(|error| {
            if !error.is_instance_of::<PyUnicodeDecodeError>(py) {
                return error;
            }
            let arguments = declared(py).and_then(|names| {
                Ok((
                    error.value(py).str()?,
                    names.close_code(py, code::INVALID_FRAME_PAYLOAD_DATA)?,
                ))
            });
            match arguments
                .and_then(|arguments| declared(py)?.parse_failed.bind(py).call1(arguments))
            {
                Ok(failed) => PyErr::from_value(failed),
                Err(error) => error,
            }
        })
}
