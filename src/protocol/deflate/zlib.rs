//! Compression by zlib-rs, at a level that was asked for.
//!
//! A stream of zlib-rs writes to most of its memory when it is set up: to 128 KiB for its hash table whatever it is
//! asked for, and to more by the sizes that it is asked for. It also clears its table of symbols after every
//! message. So as long as little has been compressed, a [`Zlib`] keeps the text and no stream: the next message
//! has one made for it, which begins with that text. Later it keeps its stream, which grows to the sizes that it was
//! asked for before the first message that comes out differently with smaller ones.

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

    /// This size, or as much of the full one as makes a difference to a message of so many bytes after so many
    /// others.
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

    /// How far back a match may lie: not as far as the window reaches, less the longest match and what is
    /// looked at beyond it.
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
    /// What another stream would begin with: all that has been compressed, as long as that is short. None once no
    /// other stream will be needed.
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

    /// Compress `input` and append all of it to `out`, so that a receiver can inflate it at once, without
    /// the [`TAIL`].
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
            // Nothing was left to flush: say so with the beginning of an empty block (section 7.2.3.6).
            out.push(0);
        }
        self.end(input);
        Ok(())
    }

    /// Compress `input`, of a message of so many bytes, or undo what was done if there is not enough memory.
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
        // Short input gets all its room at once: its own size, should it not compress, and the tail.
        let room = (rest.len() / 2).max(rest.len().min(SMALL.block()) + 32);
        out.try_reserve(room)?;
        out.resize(filled + room, 0);
        let before = (stream.total_in(), stream.total_out());
        let place = out.get_mut(filled..).unwrap_or_default();
        // The only errors are those of a stream that is not set up or was finished: neither occurs here.
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
mod tests {
    use super::super::Inflater;
    use super::*;

    fn deflated(deflater: &mut Zlib, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        deflater.flush(message, &mut out).expect("memory");
        out
    }

    fn round_trip(window: WindowBits, level: u8, memory_level: u8, messages: &[&[u8]]) {
        let mut deflater = Zlib::new(window, level, memory_level);
        let mut inflater = Inflater::new(window);
        for message in messages {
            let mut compressed = deflated(&mut deflater, message);
            compressed.extend(TAIL);
            let mut out = Vec::new();
            let step = inflater.inflate(&compressed, &mut out, usize::MAX);
            assert_eq!(step.map(|step| step.consumed), Ok(compressed.len()));
            assert_eq!(out, *message);
        }
    }

    /// Something like JSON: repetitions, and something new every time.
    fn document(number: u32, length: usize) -> Vec<u8> {
        let mut text = String::new();
        let mut number = number;
        while text.len() < length {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let price = number % 1009;
            text.extend(["{\"id\": ", &number.to_string(), ", \"price\": "]);
            text.extend([&price.to_string(), "}, "]);
        }
        text.truncate(length);
        text.into_bytes()
    }

    #[test]
    fn every_window_and_effort_round_trips() {
        let long: Vec<u8> = (0..200_000_u32)
            .flat_map(|i| i.wrapping_mul(i).to_le_bytes())
            .collect();
        let text = document(1, 5_000);
        for bits in 9..=15 {
            for (level, memory_level) in [(6, 8), (0, 8), (1, 1), (9, 9), (3, 4)] {
                let window = WindowBits::new(bits).expect("in range");
                round_trip(
                    window,
                    level,
                    memory_level,
                    &[
                        b"a",
                        &text[..3_000],
                        &text,
                        b"",
                        b"",
                        &long[..70_000],
                        &text,
                        b"z",
                    ],
                );
            }
        }
        round_trip(WindowBits::MAX, 6, 8, &[&long, b"a", &long]);
    }

    #[test]
    fn a_stream_that_begins_small_loses_nothing() {
        for length in [50, 200, 1_024, 2_000, 5_000] {
            let mut growing = Zlib::new(WindowBits::MAX, 6, 8);
            let mut full = open(6, growing.full, b"").expect("memory");
            let (mut ours, mut theirs) = (0, 0);
            for number in 0..60 {
                let message = document(number, if number == 50 { 10_000 } else { length });
                ours += deflated(&mut growing, &message).len();
                let mut out = Vec::new();
                run(&mut full, &message, &mut out, DeflateFlush::SyncFlush).expect("memory");
                theirs += out.len() - TAIL.len();
            }
            assert_eq!(growing.size, growing.full);
            // What begins with a dictionary finds some matches in another order.
            assert!(ours <= theirs + theirs / 200, "{length}: {ours} {theirs}");
        }
    }

    #[test]
    fn a_short_history_is_kept_without_a_stream() {
        let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
        let message = document(1, 1_000);
        let first = deflated(&mut deflater, &message).len();
        assert!(deflater.stream.is_none());
        assert!(deflated(&mut deflater, &message).len() < first / 10);
        assert!(deflater.stream.is_none());
        let long = document(2, 3_000);
        deflated(&mut deflater, &long);
        assert!(deflater.stream.is_some());
        assert_eq!(deflater.size.window, WindowBits::MAX);
        // The table of symbols is small until a message is long.
        assert_eq!(deflater.size.memory_level, 8);
    }

    #[test]
    fn short_messages_do_with_a_small_table_of_symbols() {
        let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
        for number in 0..50 {
            deflated(&mut deflater, &document(number, 200));
        }
        assert_eq!(deflater.size.window, WindowBits::MAX);
        assert_eq!(deflater.size.memory_level, SMALL.memory_level);
        deflated(&mut deflater, &document(1, 5_000));
        assert_eq!(deflater.size, deflater.full);
        assert!(deflater.history.is_none());
    }

    #[test]
    fn a_message_in_fragments_is_of_any_length() {
        let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
        let mut inflater = Inflater::new(WindowBits::MAX);
        for _ in 0..3 {
            let mut out = Vec::new();
            deflater.compress(b"one", &mut out).expect("memory");
            deflater.compress(b"", &mut out).expect("memory");
            deflater.flush(b"two", &mut out).expect("memory");
            assert_eq!(deflater.size, deflater.full);
            out.extend(TAIL);
            let mut inflated = Vec::new();
            let step = inflater.inflate(&out, &mut inflated, usize::MAX);
            assert!(step.is_ok());
            assert_eq!(inflated, b"onetwo");
        }
    }

    #[test]
    fn an_empty_message_is_one_zero_byte() {
        let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
        for _ in 0..3 {
            assert_eq!(deflated(&mut deflater, b""), [0]);
        }
    }

    #[test]
    fn what_a_stream_holds_back_has_a_bound() {
        // Noise in fragments just below what makes a stream write, and the end of the message.
        let noise: Vec<u8> = (0..300_000_u32)
            .flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        for (level, memory_level) in [(6, 9), (0, 1), (9, 1), (1, 9)] {
            let mut deflater = Zlib::new(WindowBits::MAX, level, memory_level);
            for fragment in noise.chunks(100_000) {
                let mut out = Vec::new();
                deflater.compress(fragment, &mut out).expect("memory");
                assert!(out.len() <= fragment.len() + fragment.len() / 2 + MAX_PENDING / 2);
            }
            assert!(deflated(&mut deflater, b"").len() < MAX_PENDING / 2);
        }
    }

    #[test]
    fn a_message_that_fails_leaves_a_stream_that_begins_anew() {
        let message = document(1, 1_000);
        let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
        let mut inflater = Inflater::new(WindowBits::MAX);
        for _ in 0..2 {
            let mut out = deflated(&mut deflater, &message);
            out.extend(TAIL);
            let mut inflated = Vec::new();
            let step = inflater.inflate(&out, &mut inflated, usize::MAX);
            assert_eq!(
                (step.is_ok(), inflated.as_slice()),
                (true, message.as_slice())
            );
            // A message that the receiver does not get, of which there was no memory for the end.
            let mut out = vec![1];
            let failed = deflater.undone(&mut out, |_, out| {
                out.push(2);
                Vec::<u8>::new().try_reserve(usize::MAX)
            });
            assert_eq!((failed.is_err(), out), (true, vec![1]));
        }
    }
}
