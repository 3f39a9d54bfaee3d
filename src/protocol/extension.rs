//! The interface of extensions to received frames (RFC 6455 section 9).

use super::error::Failure;
use super::mask::Masked;
use super::opcode::{Opcode, Rsv};

/// The extensions of one connection, as the [`Decoder`](super::decoder::Decoder) calls them.
pub trait InboundExtensions {
    /// An error of an extension itself.
    type Error;

    /// Called when a header has been decoded up to its masking key; returns the reserved bits that
    /// the extensions claim.
    ///
    /// Called again for the same frame if the masking key had not arrived in full.
    fn header(
        &mut self,
        opcode: Opcode,
        rsv: Rsv,
        payload_len: u64,
    ) -> Result<Rsv, Failure<Self::Error>>;

    /// Whether the payload of the data frame in progress is unchanged, so that its declared length
    /// is the length received.
    fn passes(&self) -> bool;

    /// Transforms a piece of payload; `last` says that it reaches the end of its frame, `fin` that
    /// its frame is the last of a message.
    fn payload<'a>(
        &'a mut self,
        payload: Masked<'a>,
        last: bool,
        fin: bool,
    ) -> Result<Transformed<'a>, Failure<Self::Error>>;
}

/// A piece of payload after the extensions.
#[derive(Debug)]
pub struct Transformed<'a> {
    /// The result.
    pub payload: Masked<'a>,
    /// The bytes of input consumed; the others are passed again.
    pub consumed: usize,
    /// Whether the consumed bytes have no more output. If not, the extension is called again with
    /// the bytes not consumed, maybe none, before anything else is decoded.
    pub complete: bool,
}

impl<'a> Transformed<'a> {
    /// A payload that passes as it is.
    #[inline]
    pub const fn unchanged(payload: Masked<'a>) -> Self {
        Self {
            payload,
            consumed: payload.len(),
            complete: true,
        }
    }
}

/// No extension is in use: payloads pass as they are, reserved bits are refused.
#[derive(Debug)]
pub struct NoExtensions<E>(std::marker::PhantomData<E>);

impl<E> Default for NoExtensions<E> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<E> InboundExtensions for NoExtensions<E> {
    type Error = E;

    #[inline]
    fn header(&mut self, _: Opcode, _: Rsv, _: u64) -> Result<Rsv, Failure<E>> {
        Ok(Rsv::NONE)
    }

    #[inline]
    fn passes(&self) -> bool {
        true
    }

    #[inline]
    fn payload<'a>(
        &'a mut self,
        payload: Masked<'a>,
        _last: bool,
        _fin: bool,
    ) -> Result<Transformed<'a>, Failure<E>> {
        Ok(Transformed::unchanged(payload))
    }
}
