//! The outcome of a step of receiving: a frame, or a piece of a message.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::protocol::decoder::Piece;
use crate::protocol::error::Failure;
use crate::protocol::extension::InboundExtensions;
use crate::protocol::message::{Incoming, Receiver, Store};
use crate::protocol::opcode::Opcode;
use crate::python::ffi::memory::PyStore;

/// The result of a step of receiving.
pub(crate) type Step<T> = Result<Option<T>, Failure<PyErr>>;

/// A way to take one step with the receiver.
pub(super) trait Next<'py>: Copy {
    type Output;

    fn next<X: InboundExtensions<Error = PyErr>>(
        self,
        py: Python<'py>,
        receiver: &mut Receiver,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Step<Self::Output>;
}

/// A piece of a message, or a control frame.
#[derive(Clone, Copy)]
pub(super) struct NextIncoming;

impl<'py> Next<'py> for NextIncoming {
    type Output = Incoming<PyStore<'py>>;

    #[inline(always)]
    fn next<X: InboundExtensions<Error = PyErr>>(
        self,
        py: Python<'py>,
        receiver: &mut Receiver,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Step<Self::Output> {
        receiver.next(input, extensions, &mut PyStore(py))
    }
}

/// A frame or a piece of one.
#[derive(Clone, Copy)]
pub(super) struct NextPiece;

/// A [`Piece`] with a payload of its own.
pub(crate) struct OwnedPiece<'py> {
    pub(crate) opcode: Opcode,
    pub(crate) payload: Bound<'py, PyBytes>,
    pub(crate) frame_finished: bool,
    pub(crate) fin: bool,
}

impl<'py> Next<'py> for NextPiece {
    type Output = OwnedPiece<'py>;

    fn next<X: InboundExtensions<Error = PyErr>>(
        self,
        py: Python<'py>,
        receiver: &mut Receiver,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Step<Self::Output> {
        let Some(piece) = receiver.next_piece(input, extensions)? else {
            return Ok(None);
        };
        let Piece {
            opcode,
            frame_finished,
            fin,
            ..
        } = piece;
        let payload = PyStore(py).bytes(piece.payload)?;
        Ok(Some(OwnedPiece {
            opcode,
            payload,
            frame_finished,
            fin,
        }))
    }
}
