//! permessage-deflate as a connection uses it whose only extension it is: without a detour through Python.

use pyo3::exceptions::PyAssertionError;
use pyo3::prelude::*;

use super::PerMessageDeflate;
use crate::protocol::deflate::Effort;
use crate::protocol::error::Failure;
use crate::protocol::extension::{Inbound, Transformed};
use crate::protocol::mask::Masked;
use crate::protocol::opcode::{Opcode, Rsv};
use crate::protocol::permessage_deflate::{self as protocol, Direction};
use crate::python::lock::Guard;

/// The most that one step of receiving inflates, in bytes.
const PIECE: usize = 1 << 20;

impl PerMessageDeflate {
    /// This extension on the receiving side of a connection, for one step.
    pub(crate) fn inflating<'a>(&'a self, py: Python<'a>, client: bool) -> Inflating<'a> {
        let _ = py;
        Inflating {
            direction: self.inbound_direction(py, client),
            inbound: self.inbound.lock(py),
            inflated: Vec::new(),
        }
    }

    /// Compress a fragment of a message; the reserved bits and the payload of its frame.
    pub(crate) fn deflate(
        slf: &Bound<'_, Self>,
        client: bool,
        opcode: Opcode,
        payload: &[u8],
        fin: bool,
    ) -> PyResult<(Rsv, Vec<u8>)> {
        let py = slf.py();
        let direction = slf.get().outbound_direction(py, client);
        let mut outbound = slf.get().outbound.lock(py);
        let first = opcode != Opcode::Continuation;
        if !first && !outbound.has_context() {
            return Err(PyAssertionError::new_err(()));
        }
        let payload = outbound.deflate(direction, Effort::DEFAULT, payload, fin);
        Ok((if first { Rsv::RSV1 } else { Rsv::NONE }, payload))
    }
}

/// The extension during one step of receiving.
pub(crate) struct Inflating<'a> {
    direction: Direction,
    inbound: Guard<'a, protocol::Inbound>,
    inflated: Vec<u8>,
}

impl Inbound for Inflating<'_> {
    type Error = PyErr;

    fn header(&mut self, opcode: Opcode, rsv: Rsv, _: u64) -> Result<Rsv, Failure<PyErr>> {
        self.inbound.header(self.direction, opcode, rsv)?;
        Ok(Rsv::RSV1)
    }

    fn payload<'a>(
        &'a mut self,
        payload: Masked<'a>,
        last: bool,
        fin: bool,
    ) -> Result<Transformed<'a>, Failure<PyErr>> {
        let end_of_message = last && fin;
        if !self.inbound.is_compressed() {
            self.inbound.pass(end_of_message);
            let consumed = payload.len();
            return Ok(Transformed {
                payload,
                consumed,
                complete: true,
            });
        }
        let step = self.inbound.inflate(
            self.direction,
            payload,
            end_of_message,
            PIECE,
            &mut self.inflated,
        )?;
        Ok(Transformed {
            payload: Masked::plain(&self.inflated),
            consumed: step.consumed,
            complete: step.complete,
        })
    }
}
