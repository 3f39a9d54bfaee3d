//! permessage-deflate as a connection uses it whose only extension it is: without a detour through
//! Python.

use pyo3::exceptions::PyAssertionError;
use pyo3::prelude::*;

use super::PerMessageDeflate;
use crate::protocol::error::{Failure, ParseFailed};
use crate::protocol::extension::{InboundExtensions, Transformed};
use crate::protocol::mask::Masked;
use crate::protocol::opcode::{Opcode, Rsv};
use crate::protocol::permessage_deflate::{self as protocol, Direction, Step};
use crate::protocol::role::Role;
use crate::python::ffi::lock::LongGuard;
use crate::python::ffi::memory::out_of_memory;
use crate::python::ffi::objects::bare_error;
use crate::python::ffi::overrides::Derived;

/// The size of payloads, in bytes, from which other threads run while one is deflated: that takes
/// as long as waking one of them. docs/design/performance.md has the measurement.
const DEFLATED: usize = 8 << 10;

/// The same size for bytes that come out of inflation, which is faster.
const INFLATED: usize = 128 << 10;

/// The same size for bytes that go into inflation: they may come to nothing.
const INFLATED_FROM: usize = 64 << 10;

impl PerMessageDeflate {
    /// Whether native code may do the work of the hooks: a program may have replaced hooks, on the
    /// instance or the class, or streams.
    #[inline]
    pub(crate) fn is_native(slf: &Bound<'_, Self>) -> bool {
        if slf.get().own_hooks.any() {
            return false;
        }
        Derived::<Self>::get(slf.py()).is_ok_and(|class| {
            class.cast_exact(slf.as_any()).is_some() && Derived::<Self>::is_native(slf.py())
        })
    }

    /// This extension on the receiving side of a connection, for one step that may receive
    /// `allowance` bytes.
    pub(crate) fn inflating<'a>(
        &'a self,
        py: Python<'a>,
        role: Role,
        allowance: usize,
    ) -> PyResult<Inflating<'a>> {
        let direction = self.inbound_direction(py, role);
        let max_piece_size = self.options(py).max_piece_size;
        let inbound = self.inbound.lock(py)?;
        inbound.allow_detaching();
        Ok(Inflating {
            py,
            direction,
            // One byte more than is allowed shows that it is too much.
            limit: max_piece_size.min(allowance.saturating_add(1)),
            inbound,
            inflated: Vec::new(),
        })
    }

    /// Compress a fragment of a message: the reserved bits and the payload of its frame, or `None`
    /// if it is to be sent as it is.
    pub(crate) fn deflate(
        slf: &Bound<'_, Self>,
        role: Role,
        opcode: Opcode,
        payload: &[u8],
        fin: bool,
    ) -> PyResult<Option<(Rsv, Vec<u8>)>> {
        if slf.get().leaves_alone(slf.py(), opcode, payload, fin) {
            return Ok(None);
        }
        let continued = opcode == Opcode::Continuation;
        let payload = Self::compress(slf, role, continued, payload, fin)?;
        let rsv = if continued { Rsv::NONE } else { Rsv::RSV1 };
        Ok(Some((rsv, payload)))
    }

    /// Whether a message that this fragment begins is to be sent as it is.
    pub(super) fn leaves_alone(
        &self,
        py: Python<'_>,
        opcode: Opcode,
        fragment: &[u8],
        fin: bool,
    ) -> bool {
        opcode != Opcode::Continuation && !self.options(py).policy.compresses(fragment, fin)
    }

    /// Compress a fragment of a message, which is `continued` if it is not the first.
    pub(super) fn compress(
        slf: &Bound<'_, Self>,
        role: Role,
        continued: bool,
        payload: &[u8],
        fin: bool,
    ) -> PyResult<Vec<u8>> {
        let py = slf.py();
        let direction = slf.get().outbound_direction(py, role);
        let effort = slf.get().options(py).policy.effort;
        let mut outbound = slf.get().outbound.lock(py)?;
        if continued && !outbound.has_context() {
            drop(outbound);
            return Err(bare_error::<PyAssertionError>());
        }
        if payload.len() < DEFLATED {
            return outbound
                .deflate(direction, effort, payload, fin)
                .map_err(out_of_memory);
        }
        outbound.allow_detaching();
        let outbound = &mut *outbound;
        py.detach(|| outbound.deflate(direction, effort, payload, fin))
            .map_err(out_of_memory)
    }
}

/// The extension during one step of receiving.
pub(crate) struct Inflating<'a> {
    py: Python<'a>,
    direction: Direction,
    /// The most that the step inflates, in bytes.
    limit: usize,
    inbound: LongGuard<'a, protocol::MessageInflater>,
    inflated: Vec<u8>,
}

impl Inflating<'_> {
    fn inflate(&mut self, payload: Masked<'_>, end_of_message: bool) -> Result<Step, ParseFailed> {
        let (direction, limit) = (self.direction, self.limit);
        let (inbound, out) = (&mut *self.inbound, &mut self.inflated);
        inflate(self.py, payload, limit, |payload, limit| {
            inbound.inflate(direction, payload, end_of_message, limit, out)
        })
    }
}

/// Inflate a payload up to a limit, and let other threads run while that takes time.
pub(super) fn inflate(
    py: Python<'_>,
    payload: Masked<'_>,
    limit: usize,
    mut inflate: impl FnMut(Masked<'_>, usize) -> Result<Step, ParseFailed> + Send,
) -> Result<Step, ParseFailed> {
    if payload.len() > INFLATED_FROM {
        return py.detach(|| inflate(payload, limit));
    }
    // Few bytes may come to many: that shows as they do.
    let first = inflate(payload, limit.min(INFLATED))?;
    if first.complete || limit <= INFLATED {
        return Ok(first);
    }
    let (_, rest) = payload.split_at(first.consumed);
    let further = py.detach(|| inflate(rest, limit))?;
    Ok(Step {
        consumed: first.consumed + further.consumed,
        complete: further.complete,
    })
}

impl InboundExtensions for Inflating<'_> {
    type Error = PyErr;

    fn header(&mut self, opcode: Opcode, rsv: Rsv, _: u64) -> Result<Rsv, Failure<PyErr>> {
        self.inbound.header(self.direction, opcode, rsv)?;
        Ok(Rsv::RSV1)
    }

    fn passes(&self) -> bool {
        !self.inbound.is_compressed()
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
            return Ok(Transformed::unchanged(payload));
        }
        let step = self.inflate(payload, end_of_message)?;
        Ok(Transformed {
            payload: Masked::plain(&self.inflated),
            consumed: step.consumed,
            complete: step.complete,
        })
    }
}
