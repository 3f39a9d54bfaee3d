//! Messages under permessage-deflate (RFC 7692 sections 6 and 7.2).

use std::collections::TryReserveError;

use super::close_code as code;
use super::deflate::{Corrupt, Deflater, Effort, Inflater, TAIL, WindowBits};
use super::error::ParseFailed;
use super::mask::Masked;
use super::opcode::{Opcode, Rsv};

/// The parameters agreed upon for one direction (section 7.1).
#[derive(Clone, Copy, Debug)]
pub struct Direction {
    /// The window of the sender's compressor.
    pub window: WindowBits,
    /// Whether every message begins with an empty window.
    pub no_context_takeover: bool,
}

/// The state of receiving.
#[derive(Default)]
pub struct MessageInflater {
    /// Whether the message in progress is compressed; `None` between messages.
    message: Option<bool>,
    frame: FrameKind,
    /// Whether the message in progress has had any payload.
    fed: bool,
    /// The bytes of [`TAIL`] already fed to the inflater for the message in progress.
    tail_fed: usize,
    inflater: Option<Inflater>,
}

/// The kind of the frame in progress.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum FrameKind {
    #[default]
    Control,
    Plain,
    Compressed,
}

/// The result of inflating a piece of payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// The bytes of payload consumed.
    pub consumed: usize,
    /// Whether they have no more output.
    pub complete: bool,
}

impl From<Corrupt> for ParseFailed {
    fn from(_: Corrupt) -> Self {
        Self::Extension(code::INVALID_FRAME_PAYLOAD_DATA)
    }
}

/// The size of the blocks in which payload is unmasked for the inflater.
const BLOCK: usize = 4096;

/// The block for short payloads: clearing a larger one would take longer than inflating them.
const SHORT: usize = 256;

impl MessageInflater {
    /// Begins a frame; the extension claims [`Rsv::RSV1`].
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
        // Section 6.1: control frames are never compressed, and may come between the fragments of a
        // message.
        self.frame = if opcode.is_control() {
            FrameKind::Control
        } else {
            let begins = self.message.is_none();
            let compressed = *self.message.get_or_insert(rsv.rsv1());
            // Only at the beginning of a message: a window that the caller drops within one cannot
            // be restored.
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

    /// Whether the frame in progress belongs to a compressed message, so that its payload has to be
    /// inflated. If not, [`MessageInflater::pass`] has to be called.
    pub const fn is_compressed(&self) -> bool {
        matches!(self.frame, FrameKind::Compressed)
    }

    /// Whether the message in progress is compressed; `None` between messages.
    pub const fn message_is_compressed(&self) -> Option<bool> {
        self.message
    }

    /// Whether the frame in progress may be compressed: whether it is a data frame.
    pub const fn frame_is_compressible(&self) -> bool {
        !matches!(self.frame, FrameKind::Control)
    }

    /// Passes payload of a frame that is not compressed; `end_of_message` says that it ends its
    /// message, if it is a data frame.
    pub fn pass(&mut self, end_of_message: bool) {
        if end_of_message && self.frame == FrameKind::Plain {
            self.message = None;
        }
    }

    /// Whether there is a decompressor, with its window.
    pub const fn has_context(&self) -> bool {
        self.inflater.is_some()
    }

    /// Drops the decompressor with its window.
    pub fn drop_context(&mut self) {
        self.inflater = None;
    }

    /// Inflates payload of a compressed message into `out`, up to `limit` bytes.
    pub fn inflate(
        &mut self,
        direction: Direction,
        payload: Masked<'_>,
        end_of_message: bool,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<Step, ParseFailed> {
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

    /// Section 7.2.2: feeds the tail and inflates the rest; returns whether the message is
    /// complete.
    fn finish(
        &mut self,
        direction: Direction,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<bool, Corrupt> {
        let inflater = self
            .inflater
            .get_or_insert_with(|| Inflater::new(direction.window));
        // A message that is empty on the wire, or ended with a final block, takes no tail.
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

    /// Ends the message in progress; without context takeover, drops its window.
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

/// How to compress messages; not negotiated, as it concerns the sender only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// The compression level and memory level.
    pub effort: Effort,
    /// The smallest message to compress, in bytes; smaller ones are sent as they are (section 6
    /// permits it).
    pub min_size: usize,
}

impl Policy {
    /// Every message, with the package's own compressor.
    pub const DEFAULT: Self = Self {
        effort: Effort::DEFAULT,
        min_size: 0,
    };

    /// Whether to compress the message of this first fragment; `fin` says that it is the only one.
    /// A message of several fragments is compressed, as its size is not known yet.
    pub const fn compresses(&self, fragment: &[u8], fin: bool) -> bool {
        !fin || fragment.len() >= self.min_size
    }
}

/// The state of sending.
#[derive(Default)]
pub struct MessageDeflater {
    deflater: Option<Deflater>,
}

impl MessageDeflater {
    /// Whether there is a compressor, with its window.
    pub const fn has_context(&self) -> bool {
        self.deflater.is_some()
    }

    /// Compresses a fragment of a message; `fin` says that it is the last.
    ///
    /// # Errors
    ///
    /// Not enough memory; the compressor is unchanged.
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
        // No compressor remains of a message that failed to begin, nor, without context takeover,
        // of one that ends.
        if (fresh && done.is_err()) || (fin && direction.no_context_takeover && done.is_ok()) {
            self.deflater = None;
        }
        done.map(|()| out)
    }
}

#[cfg(test)]
mod tests;
