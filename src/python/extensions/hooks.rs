//! permessage-deflate as Python calls it: hook by hook.

use std::sync::atomic::Ordering;

use pyo3::exceptions::{PyAssertionError, PyValueError};
use pyo3::prelude::*;

use super::PerMessageDeflate;
use super::foreign_streams::{self, or_invalid_data};
use super::native::inflate;
use crate::protocol::mask::Masked;
use crate::protocol::opcode::{Opcode, Rsv};
use crate::protocol::permessage_deflate::Direction;
use crate::python::buffers::bytes_of;
use crate::python::declared::declared;
use crate::python::lock;
use crate::python::memory::new_bytes;
use crate::python::objects::{Integer, bare_error, interned, new_error};
use crate::python::overrides::Derived;

impl PerMessageDeflate {
    /// What `frame_inbound_header` does.
    pub(super) fn judge_header<'py>(
        slf: &Bound<'py, Self>,
        proto: &Bound<'py, PyAny>,
        opcode: u8,
        rsv: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = proto.py();
        let names = declared(py)?;
        let opcode = Opcode::from_bits(opcode)
            .ok_or_else(|| new_error::<PyValueError>(py, "not an opcode"))?;
        let rsv = Rsv::new(
            rsv.getattr(interned!(py, "rsv1")?)?.is_truthy()?,
            false,
            false,
        );
        let this = slf.get();
        let direction = this.inbound_direction(py, is_client(proto)?);
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
            Ok(()) => names.rsv_bits(py, Rsv::RSV1),
            Err(error) => names.close_code(py, error.code()),
        }
    }

    /// Have a derived class inflate with a stream of `zlib`: its hooks may use that in ways of
    /// their own.
    fn give_zlib_stream(slf: &Bound<'_, Self>, direction: Direction) -> PyResult<()> {
        let py = slf.py();
        if Derived::<Self>::get(py)?.cast_exact(slf.as_any()).is_some() {
            return Ok(());
        }
        slf.get().inbound.lock(py)?.drop_context();
        let decompressor = &slf.get().foreign.decompressor;
        if lock::get(py, decompressor).is_some() {
            return Ok(());
        }
        let bits = direction.window.get().into();
        // Raw deflate, without zlib's header.
        let window = Integer(bits).into_pyobject(py)?.neg()?;
        let stream = py
            .import(interned!(py, "zlib")?)?
            .call_method1(interned!(py, "decompressobj")?, (window,))?;
        lock::set(py, decompressor, Some(stream.unbind()));
        slf.get()
            .foreign
            .is_decompressor_given
            .store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The most that a step of receiving is to inflate, in bytes, if it inflates at all.
    pub(crate) fn inflates_at_most(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        let compressed = self.inbound.lock(py)?.is_compressed();
        Ok(compressed.then(|| self.knobs(py).max_piece_size))
    }

    /// What `frame_inbound_payload_data` does.
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
        if let Some(foreign) = lock::get(py, &self.foreign.decompressor) {
            return or_invalid_data(py, foreign_streams::inflate(&foreign, &data));
        }
        let direction = self.inbound_direction(py, is_client(proto)?);
        self.inflate_all(py, direction, data.as_bytes(), false)
    }

    /// What `frame_inbound_complete` does.
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
        let direction = self.inbound_direction(py, is_client(proto)?);
        if let Some(foreign) = lock::get(py, &self.foreign.decompressor) {
            let data = foreign_streams::inflate_rest(&foreign);
            if data.is_ok() && direction.no_context_takeover {
                lock::set(py, &self.foreign.decompressor, None);
            }
            self.inbound.lock(py)?.end_of_message(direction);
            return or_invalid_data(py, data).map(Some);
        }
        self.inflate_all(py, direction, &[], true).map(Some)
    }

    /// What `frame_outbound` does.
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
            declared(py)?.rsv_bits(py, Rsv::new(true, bit(1)?, bit(2)?))?
        };
        let client = is_client(proto)?;
        let compressed = match lock::get(py, &slf.get().foreign.compressor) {
            Some(foreign) => {
                let payload = foreign_streams::deflate(&foreign, &data, fin)?;
                if fin && slf.get().outbound_direction(py, client).no_context_takeover {
                    slf.get().end_sending(py);
                    lock::set(py, &slf.get().foreign.compressor, None);
                }
                payload
            }
            None => {
                let continued = opcode == Opcode::Continuation;
                let payload = Self::compress(slf, client, continued, data.as_bytes(), fin)?;
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
            Err(error) => declared(py)?.close_code(py, error.code()),
        }
    }
}

/// Whether the object that a hook was called by is a client's.
fn is_client(proto: &Bound<'_, PyAny>) -> PyResult<bool> {
    proto.getattr(interned!(proto.py(), "client")?)?.is_truthy()
}
