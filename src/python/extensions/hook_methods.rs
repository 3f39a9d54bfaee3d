//! The hooks of `PerMessageDeflate`, as Python calls them one by one.
//!
//! Its attributes `_compressor` and `_decompressor` take objects like those of `zlib`, and the
//! hooks use them in the place of our own.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::{PyAssertionError, PyValueError};
use pyo3::prelude::*;

use super::PerMessageDeflate;
use super::fast_path::inflate;
use crate::protocol::mask::Masked;
use crate::protocol::opcode::{Opcode, Rsv};
use crate::protocol::permessage_deflate::Direction;
use crate::protocol::role::Role;
use crate::python::arguments::bytes_of;
use crate::python::fallback;
use crate::python::ffi::lock::{self, Slot};
use crate::python::ffi::memory::new_bytes;
use crate::python::ffi::objects::{Integer, bare_error, interned, new_error};
use crate::python::ffi::overrides::Derived;
use crate::python::py_types::py_types;

impl PerMessageDeflate {
    /// `frame_inbound_header`
    pub(super) fn judge_header<'py>(
        slf: &Bound<'py, Self>,
        proto: &Bound<'py, PyAny>,
        opcode: u8,
        rsv: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = proto.py();
        let types = py_types(py)?;
        let opcode = Opcode::from_bits(opcode)
            .ok_or_else(|| new_error::<PyValueError>(py, "not an opcode"))?;
        let rsv = Rsv::new(
            rsv.getattr(interned!(py, "rsv1")?)?.is_truthy()?,
            false,
            false,
        );
        let this = slf.get();
        let direction = this.inbound_direction(py, role_of(proto)?);
        let (judged, begun) = {
            let mut inbound = this.inbound.lock(py)?;
            let before = inbound.has_context();
            let judged = inbound.header(direction, opcode, rsv);
            (judged, !before && inbound.has_context())
        };
        if begun {
            Self::give_zlib_stream(slf, direction)?;
        }
        match judged {
            Ok(()) => types.rsv_bits(py, Rsv::RSV1),
            Err(error) => types.close_code(py, error.code()),
        }
    }

    /// Gives a derived class a stream of `zlib` to inflate with: its hooks may use that in ways of
    /// their own.
    fn give_zlib_stream(slf: &Bound<'_, Self>, direction: Direction) -> PyResult<()> {
        let py = slf.py();
        if Derived::<Self>::get(py)?.cast_exact(slf.as_any()).is_some() {
            return Ok(());
        }
        slf.get().inbound.lock(py)?.drop_context();
        let decompressor = &slf.get().custom.decompressor;
        if lock::get(py, decompressor).is_some() {
            return Ok(());
        }
        let bits = Integer(direction.window.get().into());
        let stream = fallback::call(py, interned!(py, "inflater")?, (bits,))?;
        lock::set(py, decompressor, Some(stream.unbind()));
        slf.get()
            .custom
            .is_decompressor_given
            .store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The most that a step of receiving is to inflate, in bytes, if it inflates at all.
    pub(crate) fn inflates_at_most(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        let compressed = self.inbound.lock(py)?.is_compressed();
        Ok(compressed.then(|| self.options(py).max_piece_size))
    }

    /// `frame_inbound_payload_data`
    pub(super) fn inflate_piece<'py>(
        &self,
        proto: &Bound<'py, PyAny>,
        data: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        if !self.inbound.lock(py)?.is_compressed() {
            return Ok(data);
        }
        let data = bytes_of(&data)?;
        if let Some(custom) = lock::get(py, &self.custom.decompressor) {
            return fallback::call(py, interned!(py, "inflate")?, (custom, data));
        }
        let direction = self.inbound_direction(py, role_of(proto)?);
        self.inflate_all(py, direction, data.as_bytes(), false)
    }

    /// `frame_inbound_complete`
    pub(super) fn finish_frame<'py>(
        &self,
        proto: &Bound<'py, PyAny>,
        fin: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = fin.py();
        if !fin.is_truthy()? {
            return Ok(None);
        }
        let compressed = {
            let mut inbound = self.inbound.lock(py)?;
            inbound.pass(true);
            inbound.is_compressed()
        };
        if !compressed {
            return Ok(None);
        }
        let direction = self.inbound_direction(py, role_of(proto)?);
        if let Some(custom) = lock::get(py, &self.custom.decompressor) {
            let data = fallback::call(py, interned!(py, "inflate_rest")?, (custom,));
            let close_reason = py_types(py)?.close_reason.bind(py);
            let is_data = matches!(&data, Ok(data) if !data.is_instance(close_reason)?);
            if is_data && direction.no_context_takeover {
                lock::set(py, &self.custom.decompressor, None);
            }
            self.inbound.lock(py)?.end_of_message(direction);
            return data.map(Some);
        }
        self.inflate_all(py, direction, &[], true).map(Some)
    }

    /// `frame_outbound`
    pub(super) fn deflate_frame<'py>(
        slf: &Bound<'py, Self>,
        proto: &Bound<'py, PyAny>,
        opcode: u8,
        rsv: Bound<'py, PyAny>,
        data: Bound<'py, PyAny>,
        fin: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let py = slf.py();
        let opcode = Opcode::from_bits(opcode)
            .ok_or_else(|| new_error::<PyValueError>(py, "not an opcode"))?;
        if opcode.is_control() {
            return Ok((rsv, data));
        }
        let data = bytes_of(&data)?;
        let fin = fin.is_truthy()?;
        if slf.get().leaves_alone(py, opcode, data.as_bytes(), fin) {
            return Ok((rsv, data.into_any()));
        }
        let rsv = if opcode == Opcode::Continuation {
            rsv
        } else {
            let bit = |index| rsv.get_item(index)?.is_truthy();
            py_types(py)?.rsv_bits(py, Rsv::new(true, bit(1)?, bit(2)?))?
        };
        let role = role_of(proto)?;
        let compressed = match lock::get(py, &slf.get().custom.compressor) {
            Some(custom) => {
                let payload = fallback::call(py, interned!(py, "deflate")?, (custom, data, fin))?;
                if fin && slf.get().outbound_direction(py, role).no_context_takeover {
                    slf.get().end_sending(py);
                    lock::set(py, &slf.get().custom.compressor, None);
                }
                payload
            }
            None => {
                let continued = opcode == Opcode::Continuation;
                let payload = Self::compress(slf, role, continued, data.as_bytes(), fin)?;
                new_bytes(py, &payload)?.into_any()
            }
        };
        Ok((rsv, compressed))
    }

    fn inflate_all<'py>(
        &self,
        py: Python<'py>,
        direction: Direction,
        data: &[u8],
        end_of_message: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut inflated = Vec::new();
        let result = {
            let mut inbound = self.inbound.lock(py)?;
            if !inbound.has_context() {
                drop(inbound);
                // The stream was removed within a message.
                return Err(bare_error::<PyAssertionError>());
            }
            inbound.allow_detaching();
            let (inbound, out) = (&mut *inbound, &mut inflated);
            inflate(py, Masked::plain(data), usize::MAX, |payload, limit| {
                inbound.inflate(direction, payload, end_of_message, limit, out)
            })
        };
        match result {
            Ok(_) => Ok(new_bytes(py, &inflated)?.into_any()),
            Err(error) => py_types(py)?.close_code(py, error.code()),
        }
    }
}

/// The role of the object that a hook was called by.
fn role_of(proto: &Bound<'_, PyAny>) -> PyResult<Role> {
    let client = proto.getattr(interned!(proto.py(), "client")?)?;
    Ok(Role::from_client(client.is_truthy()?))
}

/// The streams assigned in place of the native ones.
#[derive(Default)]
pub(super) struct CustomStreams {
    pub(super) compressor: Slot,
    pub(super) decompressor: Slot,
    /// The decompressor is one that this extension has made for a derived class, and ends with the
    /// connection.
    pub(super) is_decompressor_given: AtomicBool,
}

impl CustomStreams {
    pub(super) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        lock::traverse(&self.compressor, visit)?;
        lock::traverse(&self.decompressor, visit)
    }

    pub(super) fn clear(&self, py: Python<'_>) {
        lock::set(py, &self.compressor, None);
        lock::set(py, &self.decompressor, None);
    }
}
