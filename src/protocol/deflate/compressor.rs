//! Compression of messages: many streams, short messages, each like those before it.
//!
//! zlib is made for one long stream. A message through it touches 200 KiB of tables that no cache
//! holds once there are some hundred connections. This compressor keeps 72 KiB for the same window
//! and reads them in order ([`super::window`]), searches as deep as zlib does at level 6 and
//! chooses by what matches really cost ([`super::parser`]), and writes each block in the form that
//! is the shortest ([`super::block`]).

use std::collections::TryReserveError;
use std::sync::atomic::{AtomicU64, Ordering};

use super::WindowBits;
use super::bits::Bits;
use super::block::{Block, Lengths, flush};
use super::parser::{Costs, MAX_TEXT, parse};
use super::symbols::MAX_MATCH;
use super::window::Window;

/// A message in fragments is compressed in pieces of this size.
const PIECE: usize = 16 << 10;

/// The compressor that was used last: it is still in the cache. (Of several threads', one is
/// remembered.)
static LAST: AtomicU64 = AtomicU64::new(0);

/// The number of the next compressor.
static COUNT: AtomicU64 = AtomicU64::new(1);

/// The sending end of a stream.
pub(super) struct Compressor {
    window: Window,
    /// By the code lengths of the last block, if there was one.
    costs: Option<Costs>,
    bits: Bits,
    /// Fragments of the message under way that have not been compressed yet: fewer than [`PIECE`].
    pending: Vec<u8>,
    /// Which one this is, as in [`LAST`].
    number: u64,
}

impl Compressor {
    pub(super) fn new(bits: WindowBits, memory_level: u8) -> Self {
        Self {
            window: Window::new(bits, memory_level),
            costs: None,
            bits: Bits::default(),
            pending: Vec::new(),
            number: COUNT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Take a fragment of a message, and append what is ready to `out`.
    ///
    /// # Errors
    ///
    /// There is not enough memory; nothing has been taken.
    pub(super) fn compress(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), TryReserveError> {
        self.with_pending(input, |this, input| {
            if input.len() < PIECE {
                Ok(false)
            } else {
                this.whole(out, |this, out| this.blocks(input, out))
                    .map(|()| true)
            }
        })
    }

    /// Take the end of a message, and append all that remains to `out` but for the
    /// [`TAIL`](super::TAIL).
    ///
    /// # Errors
    ///
    /// There is not enough memory; nothing has been taken.
    pub(super) fn flush(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), TryReserveError> {
        if self.pending.is_empty() {
            return self.end(input, out);
        }
        self.with_pending(input, |this, input| this.end(input, out).map(|()| true))
    }

    /// Call `take` with what is pending and `input`; it says whether that is pending no more.
    fn with_pending(
        &mut self,
        input: &[u8],
        take: impl FnOnce(&mut Self, &[u8]) -> Result<bool, TryReserveError>,
    ) -> Result<(), TryReserveError> {
        self.pending.try_reserve(input.len())?;
        let mut pending = std::mem::take(&mut self.pending);
        let before = pending.len();
        pending.extend_from_slice(input);
        match take(self, &pending) {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.pending = pending;
                Ok(())
            }
            Err(error) => {
                pending.truncate(before);
                self.pending = pending;
                Err(error)
            }
        }
    }

    fn end(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), TryReserveError> {
        self.whole(out, |this, out| {
            this.blocks(input, out)?;
            flush(&mut this.bits, out)
        })
    }

    /// Have `write` append to `out`, or undo what it has done where there is not enough memory.
    fn whole(
        &mut self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Self, &mut Vec<u8>) -> Result<(), TryReserveError>,
    ) -> Result<(), TryReserveError> {
        let (bits, length) = (self.bits, out.len());
        let result = write(self, out);
        if result.is_err() {
            // The receiver never gets this text, so no match may refer to it. An empty window is
            // always legal.
            self.bits = bits;
            self.window.clear();
            out.truncate(length);
        }
        result
    }

    /// Append blocks for a text to `out`.
    fn blocks(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), TryReserveError> {
        if input.is_empty() {
            return Ok(());
        }
        let mut block = Block::with_capacity(input.len())?;
        let costs = self
            .costs
            .get_or_insert_with(|| Costs::expected(input.len()));
        if LAST.swap(self.number, Ordering::Relaxed) != self.number {
            self.window.fetch();
        }
        // The text that the block stands for, and the next position to be parsed.
        let (mut text, mut rest) = (input, input);
        let mut at = self.window.end();
        loop {
            let (taken, moved) = self.window.append(rest, at, MAX_TEXT, costs.fixed)?;
            at -= moved;
            (_, rest) = rest.split_at(taken);
            // Matches may go on where the text in the window ends.
            let end = self.window.end();
            let to = if rest.is_empty() {
                end
            } else {
                end - MAX_MATCH
            };
            loop {
                let next = parse(&mut self.window, costs, at, to, &mut block);
                (_, input) = input.split_at(next - at);
                at = next;
                if at < to || (input.is_empty() && block.len() > 0) {
                    let (now, later) = text.split_at(text.len() - input.len());
                    match block.write(now, &mut self.bits, out)? {
                        Some(lengths) => *costs = Costs::new(&lengths, false),
                        None if costs.fixed => {}
                        None => *costs = Costs::new(&Lengths::FIXED, true),
                    }
                    block.clear();
                    text = later;
                }
                if at >= to {
                    break;
                }
            }
            if input.is_empty() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests;
