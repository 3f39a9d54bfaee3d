//! Compression by zlib-rs, at a level that was asked for.
//!
//! A stream of zlib-rs writes to most of its memory when it is set up: to 128 KiB for its hash
//! table whatever it is asked for, and to more by the sizes that it is asked for. It also clears
//! its table of symbols after every message. So as long as little has been compressed, a [`Zlib`]
//! keeps the text and no stream: the next message has one made for it, which begins with that text.
//! Later it keeps its stream, which grows to the sizes that it was asked for before the first
//! message that comes out differently with smaller ones.

use std::collections::TryReserveError;

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

use super::history::History;
use super::{TAIL, WindowBits};

/// What the memory of a stream goes by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Size {
    window: WindowBits,
    memory_level: u8,
}

/// More bytes than a stream holds back of a message, however they are compressed.
const MAX_PENDING: usize = 256 << 10;

/// More bytes than the memory of any stream.
const MAX_STREAM: usize = 512 << 10;

/// What is enough for short messages, and for a short history.
const SMALL: Size = Size {
    window: WindowBits(12),
    memory_level: 5,
};

impl Size {
    /// The least that a stream has which may become this size.
    const fn small(self) -> Self {
        const fn least(one: u8, other: u8) -> u8 {
            if one < other { one } else { other }
        }
        Self {
            window: WindowBits(least(self.window.0, SMALL.window.0)),
            memory_level: least(self.memory_level, SMALL.memory_level),
        }
    }

    /// This size, or as much of the full one as makes a difference to a message of so many bytes
    /// after so many others.
    const fn enough(mut self, full: Self, message: usize, history: usize) -> Self {
        if message > self.block() {
            self.memory_level = full.memory_level;
        }
        if message.saturating_add(history) > self.reach() {
            self.window = full.window;
        }
        self
    }

    /// How many bytes a block holds at least: as many as there are symbols, of which one remains.
    const fn block(self) -> usize {
        (1 << (self.memory_level + 6)) - 1
    }

    /// How far back a match may lie: not as far as the window reaches, less the longest match and
    /// what is looked at beyond it.
    const fn reach(self) -> usize {
        const LOOKAHEAD: usize = 258 + 3 + 1;
        self.window.size() - LOOKAHEAD
    }
}

/// The sending end of a stream.
pub(super) struct Zlib {
    /// None as long as the history is short.
    stream: Option<Deflate>,
    level: u8,
    /// The size of the stream, or the least that one has.
    size: Size,
    /// The most that it may become.
    full: Size,
    /// What another stream would begin with: all that has been compressed, as long as that is
    /// short. None once no other stream will be needed.
    history: Option<History>,
    /// Whether a message is under way.
    under_way: bool,
}

impl Zlib {
    /// A stream with this window.
    pub(super) const fn new(window: WindowBits, level: u8, memory_level: u8) -> Self {
        let full = Size {
            window,
            memory_level,
        };
        Self {
            stream: None,
            level,
            size: full.small(),
            full,
            history: Some(History::new(SMALL.window.size())),
            under_way: false,
        }
    }

    /// Compress `input` and append what is ready of it to `out`.
    ///
    /// # Errors
    ///
    /// There is not enough memory; nothing has been taken.
    pub(super) fn compress(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), TryReserveError> {
        // The length of a message in fragments is not known in advance.
        self.write(input, usize::MAX, out, DeflateFlush::NoFlush)?;
        self.history = None;
        Ok(())
    }

    /// Compress `input` and append all of it to `out`, so that a receiver can inflate it at once,
    /// without the [`TAIL`].
    ///
    /// # Errors
    ///
    /// There is not enough memory; nothing has been taken.
    pub(super) fn flush(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), TryReserveError> {
        let start = out.len();
        self.write(input, input.len(), out, DeflateFlush::SyncFlush)?;
        let flushed = out.get(start..).unwrap_or_default();
        if flushed.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        } else {
            // Nothing was left to flush: say so with the beginning of an empty block (section
            // 7.2.3.6).
            out.push(0);
        }
        self.end(input);
        Ok(())
    }

    /// Compress `input`, of a message of so many bytes, or undo what was done if there is not
    /// enough memory.
    fn write(
        &mut self,
        input: &[u8],
        message: usize,
        out: &mut Vec<u8>,
        flush: DeflateFlush,
    ) -> Result<(), TryReserveError> {
        if self.under_way {
            // The stream cannot give back what it has taken: reserve the most that it may write.
            out.try_reserve(input.len() + input.len() / 2 + MAX_PENDING)?;
            return run(self.begin(message)?, input, out, flush);
        }
        self.undone(out, |this, out| {
            let stream = this.begin(message)?;
            run(stream, input, out, flush)
        })
    }

    /// Have `write` begin a message and append to `out`; where it fails, that never happened.
    fn undone(
        &mut self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Self, &mut Vec<u8>) -> Result<(), TryReserveError>,
    ) -> Result<(), TryReserveError> {
        let start = out.len();
        let result = write(self, out);
        if result.is_err() {
            // Between two messages, a stream with an empty window is always legal.
            *self = Self::new(self.full.window, self.level, self.full.memory_level);
            out.truncate(start);
        }
        result
    }

    /// A message of so many bytes begins, unless one is under way.
    fn begin(&mut self, message: usize) -> Result<&mut Deflate, TryReserveError> {
        if !std::mem::replace(&mut self.under_way, true) {
            self.fit(message);
        }
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let history = self.history.as_mut().map_or(&[][..], History::as_bytes);
                open(self.level, self.size, history)?
            }
        };
        Ok(self.stream.insert(stream))
    }

    /// Between two messages: have the size that the next one, of so many bytes, asks for.
    fn fit(&mut self, message: usize) {
        let known = self.history.as_ref().map_or(usize::MAX, History::len);
        let size = self.size.enough(self.full, message, known);
        if size != self.size {
            self.stream = None;
            self.size = size;
        }
    }

    /// The message under way ends with this fragment.
    fn end(&mut self, fragment: &[u8]) {
        self.under_way = false;
        let Some(history) = &mut self.history else {
            return;
        };
        history.push(fragment);
        if history.len() <= SMALL.reach() {
            self.stream = None;
            self.size = self.full.small();
        } else if self.size == self.full {
            self.history = None;
        }
    }
}

fn run(
    stream: &mut Deflate,
    input: &[u8],
    out: &mut Vec<u8>,
    flush: DeflateFlush,
) -> Result<(), TryReserveError> {
    let mut consumed = 0;
    loop {
        let rest = input.get(consumed..).unwrap_or_default();
        let filled = out.len();
        // Short input gets all its room at once: its own size, should it not compress, and the
        // tail.
        let room = (rest.len() / 2).max(rest.len().min(SMALL.block()) + 32);
        out.try_reserve(room)?;
        out.resize(filled + room, 0);
        let before = (stream.total_in(), stream.total_out());
        let place = out.get_mut(filled..).unwrap_or_default();
        // The only errors are those of a stream that is not set up or was finished: neither occurs
        // here.
        let result = stream.compress(rest, place, flush);
        debug_assert!(result.is_ok(), "{result:?}");
        let taken = difference(stream.total_in(), before.0);
        let made = difference(stream.total_out(), before.1);
        out.truncate(filled + made);
        consumed += taken;
        let stuck = taken == 0 && made == 0;
        if stuck || (consumed == input.len() && made < room) {
            return Ok(());
        }
    }
}

/// A stream that continues after this text.
fn open(level: u8, size: Size, history: &[u8]) -> Result<Deflate, TryReserveError> {
    // A failed allocation of the stream itself would be a panic: see whether there is room for it.
    Vec::<u8>::new().try_reserve_exact(MAX_STREAM)?;
    // A negative size of the window asks for a stream without header and checksum.
    let mut stream = Deflate::new_with_config(DeflateConfig {
        level: level.into(),
        window_bits: -i32::from(size.window.get()),
        mem_level: size.memory_level.into(),
        ..DeflateConfig::default()
    });
    let unreachable = history.len().saturating_sub(size.window.size());
    let reachable = history.get(unreachable..).unwrap_or_default();
    if !reachable.is_empty() {
        // Refused only by a stream that has a checksum or is under way: this one is neither.
        let result = stream.set_dictionary(reachable);
        debug_assert!(result.is_ok(), "{result:?}");
    }
    Ok(stream)
}

/// How far a counter of bytes has moved over a slice: no more than a slice can hold.
fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
