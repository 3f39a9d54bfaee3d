//! Messages under permessage-deflate (RFC 7692 sections 6 and 7.2).

use std::collections::TryReserveError;

use super::close::code;
use super::deflate::{Corrupt, Deflater, Effort, Inflater, TAIL, WindowBits};
use super::error::ParseFailed;
use super::mask::Masked;
use super::opcode::{Opcode, Rsv};

/// What was agreed upon for one direction (section 7.1).
#[derive(Clone, Copy, Debug)]
pub struct Direction {
    /// The window of the sender's compressor.
    pub window: WindowBits,
    /// Whether every message begins with an empty window.
    pub no_context_takeover: bool,
}

/// The state of what is received.
#[derive(Default)]
pub struct Inbound {
    /// Whether the message under way is compressed, if one is under way.
    message: Option<bool>,
    frame: FrameKind,
    /// Whether the message under way has had any payload.
    fed: bool,
    /// How many bytes of the [`TAIL`] the message under way has been given.
    tail_fed: usize,
    inflater: Option<Inflater>,
}

/// What the frame under way is to this extension.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum FrameKind {
    #[default]
    Control,
    Plain,
    Compressed,
}

/// How a piece of payload was inflated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// How many bytes of the payload were taken.
    pub consumed: usize,
    /// Whether nothing is owed for them.
    pub complete: bool,
}

/// Unmasked in blocks of this size on the way to the inflater.
const BLOCK: usize = 4096;

/// The block for payloads that fit into it: a whole one would take longer to clear than to inflate.
const SHORT: usize = 256;

impl Inbound {
    /// A frame begins; the extension claims [`Rsv::RSV1`].
    ///
    /// # Errors
    ///
    /// Section 6.1: RSV1 is set on the first frame of a message only.
    pub fn header(
        &mut self,
        direction: Direction,
        opcode: Opcode,
        rsv: Rsv,
    ) -> Result<(), ParseFailed> {
        if rsv.rsv1() && (opcode.is_control() || opcode == Opcode::Continuation) {
            return Err(ParseFailed::Extension(code::PROTOCOL_ERROR));
        }
        // Section 6.1: control frames are never compressed, and may come between the fragments of a message.
        self.frame = if opcode.is_control() {
            FrameKind::Control
        } else {
            let begins = self.message.is_none();
            let compressed = *self.message.get_or_insert(rsv.rsv1());
            // Not in the middle of a message: a window that somebody has dropped there cannot be made again.
            if begins && compressed {
                self.inflater
                    .get_or_insert_with(|| Inflater::new(direction.window));
            }
            if compressed {
                FrameKind::Compressed
            } else {
                FrameKind::Plain
            }
        };
        Ok(())
    }

    /// Whether the frame under way is part of a compressed message, and its payload to be inflated. If not,
    /// [`Inbound::pass`] is to be called.
    pub const fn is_compressed(&self) -> bool {
        matches!(self.frame, FrameKind::Compressed)
    }

    /// Whether the message under way is compressed, if one is under way.
    pub const fn message_is_compressed(&self) -> Option<bool> {
        self.message
    }

    /// Whether the frame under way is one that may be compressed: no control frame.
    pub const fn frame_is_compressible(&self) -> bool {
        !matches!(self.frame, FrameKind::Control)
    }

    /// The payload of a frame that is not compressed passes; `end_of_message` says that nothing of its
    /// message follows if it is a data frame.
    pub fn pass(&mut self, end_of_message: bool) {
        if end_of_message && self.frame == FrameKind::Plain {
            self.message = None;
        }
    }

    /// Whether there is a decompressor, which may hold a window.
    pub const fn has_context(&self) -> bool {
        self.inflater.is_some()
    }

    /// Drop the decompressor with its window.
    pub fn drop_context(&mut self) {
        self.inflater = None;
    }

    /// Inflate a piece of payload of a compressed message into `out`, at most up to `limit` bytes.
    pub fn inflate(
        &mut self,
        direction: Direction,
        payload: Masked<'_>,
        end_of_message: bool,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<Step, ParseFailed> {
        self.inflate_step(direction, payload, end_of_message, limit, out)
            .map_err(|Corrupt| ParseFailed::Extension(code::INVALID_FRAME_PAYLOAD_DATA))
    }

    fn inflate_step(
        &mut self,
        direction: Direction,
        payload: Masked<'_>,
        end_of_message: bool,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<Step, Corrupt> {
        let mut step = self.inflate_payload(direction, payload, limit, out)?;
        self.fed |= step.consumed != 0;
        if end_of_message && step.complete && step.consumed == payload.len() {
            step.complete = self.finish(direction, limit, out)?;
            if step.complete {
                return Ok(step);
            }
        }
        if let Some(inflater) = &mut self.inflater {
            inflater.suspend(out);
        }
        Ok(step)
    }

    fn inflate_payload(
        &mut self,
        direction: Direction,
        payload: Masked<'_>,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<Step, Corrupt> {
        let inflater = self
            .inflater
            .get_or_insert_with(|| Inflater::new(direction.window));
        if let Some(plain) = payload.as_plain() {
            let step = inflater.inflate(plain, out, limit)?;
            let complete = !step.limited;
            return Ok(Step {
                consumed: step.consumed,
                complete,
            });
        }
        if payload.len() <= SHORT {
            inflate_masked::<SHORT>(inflater, payload, limit, out)
        } else {
            inflate_masked::<BLOCK>(inflater, payload, limit, out)
        }
    }

    /// Section 7.2.2: append the tail and inflate the rest; whether that was all.
    fn finish(
        &mut self,
        direction: Direction,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<bool, Corrupt> {
        let inflater = self
            .inflater
            .get_or_insert_with(|| Inflater::new(direction.window));
        // A message that is empty on the wire, or that ended with a final block, has no use for the tail.
        if self.fed && !inflater.is_fresh() {
            let tail = TAIL.get(self.tail_fed..).unwrap_or_default();
            let step = inflater.inflate_tail(tail, out, limit)?;
            self.tail_fed += step.consumed;
            if step.limited {
                return Ok(false);
            }
        }
        self.end_of_message(direction);
        Ok(true)
    }

    /// The message under way ends; without context takeover, its window goes.
    pub fn end_of_message(&mut self, direction: Direction) {
        self.message = None;
        self.fed = false;
        self.tail_fed = 0;
        if direction.no_context_takeover {
            self.inflater = None;
        } else if let Some(inflater) = &mut self.inflater {
            inflater.end_message();
        }
    }
}

fn inflate_masked<const SIZE: usize>(
    inflater: &mut Inflater,
    payload: Masked<'_>,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<Step, Corrupt> {
    let mut block = [0; SIZE];
    let mut consumed = 0;
    let mut rest = payload;
    loop {
        let (now, later) = rest.split_at(SIZE);
        // In bounds: `now` has at most `SIZE` bytes.
        let block = &mut block[..now.len()];
        now.unmask_into(block);
        let step = inflater.inflate(block, out, limit)?;
        consumed += step.consumed;
        if step.limited || later.is_empty() {
            return Ok(Step {
                consumed,
                complete: !step.limited,
            });
        }
        rest = later;
    }
}

/// How messages are to be compressed: a sender's own business, which is not negotiated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// How hard to try.
    pub effort: Effort,
    /// Messages of fewer bytes than these are sent as they are (section 6 leaves that to the sender).
    pub min_size: usize,
}

impl Policy {
    /// Every message, by the package's own compressor.
    pub const DEFAULT: Self = Self {
        effort: Effort::DEFAULT,
        min_size: 0,
    };

    /// Whether a message is to be compressed whose first fragment this is; `fin` says that it is the only one.
    /// Of one in several it is not known how long it will be.
    pub const fn compresses(&self, fragment: &[u8], fin: bool) -> bool {
        !fin || fragment.len() >= self.min_size
    }
}

/// The state of what is sent.
#[derive(Default)]
pub struct Outbound {
    deflater: Option<Deflater>,
}

impl Outbound {
    /// Whether there is a compressor, which may hold a window.
    pub const fn has_context(&self) -> bool {
        self.deflater.is_some()
    }

    /// Compress a fragment of a message; `fin` says that it is the last.
    ///
    /// # Errors
    ///
    /// There is not enough memory; the compressor is as before.
    pub fn deflate(
        &mut self,
        direction: Direction,
        effort: Effort,
        payload: &[u8],
        fin: bool,
    ) -> Result<Vec<u8>, TryReserveError> {
        let fresh = self.deflater.is_none();
        let deflater = self
            .deflater
            .get_or_insert_with(|| Deflater::new(direction.window, effort));
        let mut out = Vec::new();
        let done = if fin {
            deflater.flush(payload, &mut out)
        } else {
            deflater.compress(payload, &mut out)
        };
        // A message that has not begun leaves no compressor, and without context takeover neither does one that ends.
        if (fresh && done.is_err()) || (fin && direction.no_context_takeover && done.is_ok()) {
            self.deflater = None;
        }
        done.map(|()| out)
    }
}

#[cfg(test)]
mod tests;
