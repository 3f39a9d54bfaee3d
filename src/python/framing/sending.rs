//! The sending half: events to frames (RFC 6455 sections 5 and 6).
//!
//! Sending takes no lock that receiving holds, so a sender never waits for a receiver.

use std::sync::atomic::Ordering;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyInt, PyMemoryView, PyString};

use super::{Framing, Owner};
use crate::protocol::close::{self, truncate_reason};
use crate::protocol::encoder::{ControlTooLong, Frame, OutgoingMessage, TypeMismatch};
use crate::protocol::opcode::{Opcode, Rsv};
use crate::protocol::role::Role;
use crate::python::arguments::unpack_pair;
use crate::python::arguments::{bytes_of, extension_of};
use crate::python::extensions::{Negotiated, PerMessageDeflate};
use crate::python::ffi::memory::{frame_to_bytes, new_bytes};
use crate::python::ffi::objects::{import, interned, new_error};
use crate::python::py_types::py_types;
use crate::python::random;

/// The `message_finished` of an event: nearly always a `bool`; any other object is converted by
/// `int`.
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
            _ => Err(new_error::<PyValueError>(
                self.0.py(),
                "byte must be in range(0, 256)",
            )),
        }
    }
}

impl Framing {
    /// A frame of a message.
    #[inline]
    pub(crate) fn data_frame<'py, O: Owner>(
        owner: &Bound<'py, O>,
        payload: &Bound<'py, PyAny>,
        fin: &Fin<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let framing = owner.get().framing();
        let py = owner.py();
        let buffer;
        let (opcode, payload) = if let Ok(text) = payload.cast::<PyString>() {
            let text = text.to_str()?.as_bytes();
            (
                framing.opcode_of_fragment(py, OutgoingMessage::Text, fin)?,
                text,
            )
        } else {
            if !is_binary(payload) {
                return Err(new_error::<PyTypeError>(py, "Must provide bytes or text"));
            }
            // The fragment counts as sent even if its bytes cannot be had: a memoryview may have
            // been released.
            let opcode = framing.opcode_of_fragment(py, OutgoingMessage::Binary, fin)?;
            buffer = bytes_of(payload)?;
            (opcode, buffer.as_bytes())
        };
        framing.serialize(owner, opcode, payload, fin)
    }

    /// A ping or pong frame.
    pub(crate) fn control_frame<'py, O: Owner>(
        owner: &Bound<'py, O>,
        opcode: Opcode,
        payload: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let payload = payload.map(bytes_of).transpose()?;
        let payload = payload
            .as_ref()
            .map_or(&[][..], |payload| payload.as_bytes());
        Self::last_frame(owner, opcode, payload)
    }

    /// A close frame (section 5.5.1).
    pub(crate) fn close_frame<'py, O: Owner>(
        owner: &Bound<'py, O>,
        code: Option<&Bound<'py, PyAny>>,
        reason: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = owner.py();
        // The enum member means "no code"; the number 1005 is a code that must not be sent.
        let no_status = &py_types(py)?.close_reason_no_status_rcvd;
        let Some(code) = code.filter(|code| !code.is(no_status)) else {
            return match reason {
                Some(reason) if reason.is_truthy()? => Err(new_error::<PyTypeError>(
                    py,
                    "cannot specify a reason without a code",
                )),
                _ => Self::last_frame(owner, Opcode::Close, &[]),
            };
        };
        let mut payload = code_to_send(code)?.to_vec();
        if let Some(reason) = reason {
            match reason.cast_exact::<PyString>() {
                Ok(reason) => {
                    payload.extend_from_slice(truncate_reason(reason.to_str()?).as_bytes());
                }
                Err(_) => {
                    let encoded = reason
                        .call_method1(interned!(py, "encode")?, (interned!(py, "utf-8")?,))?;
                    let encoded =
                        String::from_utf8_lossy(bytes_of(&encoded)?.as_bytes()).into_owned();
                    payload.extend_from_slice(truncate_reason(&encoded).as_bytes());
                }
            }
        }
        Self::last_frame(owner, Opcode::Close, &payload)
    }

    fn last_frame<'py, O: Owner>(
        owner: &Bound<'py, O>,
        opcode: Opcode,
        payload: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        let fin = Fin(PyBool::new(owner.py(), true).to_owned().into_any());
        owner
            .get()
            .framing()
            .serialize(owner, opcode, payload, &fin)
    }

    #[inline]
    fn opcode_of_fragment(
        &self,
        py: Python<'_>,
        kind: OutgoingMessage,
        fin: &Fin<'_>,
    ) -> PyResult<Opcode> {
        let truth = fin.0.is_truthy();
        // An object without a truth value begins or continues a message before that is raised.
        let opcode = self.next_opcode(kind, matches!(truth, Ok(true)));
        let opcode = opcode.map_err(|TypeMismatch| {
            new_error::<PyTypeError>(py, "Data type mismatch inside message")
        })?;
        truth.map(|_| opcode)
    }

    /// The opcode of the next fragment.
    #[inline]
    fn next_opcode(&self, kind: OutgoingMessage, fin: bool) -> Result<Opcode, TypeMismatch> {
        let mut number = self.outbound.load(Ordering::Relaxed);
        loop {
            let under_way = match number {
                1 => OutgoingMessage::Text,
                2 => OutgoingMessage::Binary,
                _ => OutgoingMessage::Idle,
            };
            let (opcode, next) = under_way.next(kind, fin)?;
            // A message of one frame leaves the state as it is.
            if next == under_way {
                return Ok(opcode);
            }
            let (next, relaxed) = (next as u8, Ordering::Relaxed);
            match self
                .outbound
                .compare_exchange_weak(number, next, relaxed, relaxed)
            {
                Ok(_) => return Ok(opcode),
                Err(now) => number = now,
            }
        }
    }

    #[inline]
    fn serialize<'py, O: Owner>(
        &self,
        owner: &Bound<'py, O>,
        opcode: Opcode,
        payload: &[u8],
        fin: &Fin<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = owner.py();
        if self.plain.load(Ordering::Relaxed) {
            return self.encode(py, opcode, Rsv::NONE, payload, fin.bit()?);
        }
        let negotiated = self.negotiated(py);
        match &negotiated {
            Negotiated::Nothing => self.encode(py, opcode, Rsv::NONE, payload, fin.bit()?),
            Negotiated::Deflate(extension) if PerMessageDeflate::is_native(extension.bind(py)) => {
                if opcode.is_control() {
                    return self.encode(py, opcode, Rsv::NONE, payload, fin.bit()?);
                }
                let extension = extension.bind(py);
                let last = fin.0.is_truthy()?;
                match PerMessageDeflate::deflate(extension, self.role(), opcode, payload, last)? {
                    Some((rsv, payload)) => self.encode(py, opcode, rsv, &payload, fin.bit()?),
                    None => self.encode(py, opcode, Rsv::NONE, payload, fin.bit()?),
                }
            }
            Negotiated::Deflate(_) | Negotiated::Python(_) => {
                let (rsv, payload) = hook_outbound(
                    &O::protocol(owner)?,
                    self.role(),
                    &negotiated.objects(py),
                    opcode,
                    payload,
                    fin,
                )?;
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
        let key = if self.role().is_client() {
            Some(random::masking_key(py)?)
        } else {
            None
        };
        match Frame::new(opcode, rsv, payload, fin, key) {
            Ok(frame) => frame_to_bytes(py, &frame),
            Err(ControlTooLong) => Err(new_error::<PyValueError>(
                py,
                "payload too long for control frame",
            )),
        }
    }
}

/// Whether it is `bytes`, a `bytearray` or a `memoryview`.
fn is_binary(payload: &Bound<'_, PyAny>) -> bool {
    payload.is_instance_of::<PyBytes>()
        || payload.is_instance_of::<PyByteArray>()
        || payload.is_instance_of::<PyMemoryView>()
}

/// Passes a payload through the hooks, the last extension first, and returns the reserved bits and
/// payload.
fn hook_outbound<'py>(
    protocol: &Bound<'py, PyAny>,
    role: Role,
    extensions: &[Bound<'py, PyAny>],
    opcode: Opcode,
    payload: &[u8],
    fin: &Fin<'py>,
) -> PyResult<(Rsv, Bound<'py, PyBytes>)> {
    let py = protocol.py();
    let types = py_types(py)?;
    let opcode = types.opcode(py, opcode);
    let mut rsv = types.rsv_bits(py, Rsv::NONE)?;
    let mut payload = new_bytes(py, payload)?.into_any();
    for extension in extensions.iter().rev() {
        let arguments = (protocol, &opcode, rsv, bytes_of(&payload)?, &fin.0);
        let result = extension.call_method1(interned!(py, "frame_outbound")?, arguments)?;
        (rsv, payload) = unpack_pair(&result)?;
    }
    let bit = |name: &Bound<'py, PyString>| rsv.getattr(name)?.is_truthy();
    let rsv = Rsv::new(
        bit(interned!(py, "rsv1")?)?,
        bit(interned!(py, "rsv2")?)?,
        bit(interned!(py, "rsv3")?)?,
    );
    // The header asks for the length before anything asks for the bytes; masking takes more for
    // bytes than joining does.
    payload.len()?;
    let payload = if role.is_client() {
        bytes_of(&payload)?
    } else {
        extension_of(&payload)?
    };
    Ok((rsv, payload))
}

/// The two bytes for a status code; 1000 for those that must not be sent (section 7.4.1).
fn code_to_send(code: &Bound<'_, PyAny>) -> PyResult<[u8; 2]> {
    match code.extract::<u16>() {
        Ok(code) => Ok(close::code_to_send(code).to_be_bytes()),
        Err(_) => {
            // Not a 16-bit number: `struct` raises the error.
            let py = code.py();
            let packed = import(interned!(py, "struct")?)?
                .call_method1(interned!(py, "pack")?, (interned!(py, "!H")?, code))?;
            packed.extract()
        }
    }
}
