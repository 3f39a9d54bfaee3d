//! Streams of DEFLATE data (RFC 1951) as permessage-deflate uses them (RFC 7692 section 7.2).
//!
//! They are those of zlib-rs, which, unlike the crates around it, leaves the memory level to its caller.

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Inflate, InflateFlush, Status};

/// What a sender removes from the end of a message and a receiver appends again: the part of an empty
/// block that is always the same (section 7.2.1).
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The data is not DEFLATE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Corrupt;

/// The base-2 logarithm of an LZ77 window's size: 9 to 15. RFC 7692 also knows 8, which raw streams do not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct WindowBits(u8);

impl WindowBits {
    /// The largest window, which is used when nothing is negotiated.
    pub const MAX: Self = Self(15);

    /// The window of this size, if there is one.
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            9..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The logarithm itself.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// The receiving end of a stream.
pub struct Inflater {
    stream: Inflate,
    /// Whether the stream is at its very beginning.
    fresh: bool,
}

/// How far an [`Inflater`] came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inflated {
    /// How many bytes of the input were taken.
    pub consumed: usize,
    /// Whether the limit was met, so that there may be more to come even without further input.
    pub limited: bool,
}

impl Inflater {
    /// A stream with this window.
    pub fn new(window: WindowBits) -> Self {
        Self {
            stream: Inflate::new(false, window.0),
            fresh: true,
        }
    }

    /// Whether nothing has been fed since the stream began.
    pub const fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Inflate into `out` until the input ends or `out` holds `limit` bytes.
    pub fn inflate(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Inflated, Corrupt> {
        let mut consumed = 0;
        loop {
            let filled = out.len();
            if filled >= limit {
                return Ok(Inflated {
                    consumed,
                    limited: true,
                });
            }
            let rest = input.get(consumed..).unwrap_or_default();
            // Text comes to about four times its compressed size; after that, double.
            let room = rest
                .len()
                .saturating_mul(4)
                .max(filled)
                .max(256)
                .min(limit - filled);
            out.reserve_exact(room);
            out.resize(filled + room, 0);
            let before = (self.stream.total_in(), self.stream.total_out());
            let place = out.get_mut(filled..).unwrap_or_default();
            let status = self.stream.decompress(rest, place, InflateFlush::SyncFlush);
            let taken = difference(self.stream.total_in(), before.0);
            let made = difference(self.stream.total_out(), before.1);
            out.truncate(filled + made);
            let status = status.map_err(|_| Corrupt)?;
            consumed += taken;
            self.fresh &= taken == 0;
            let ended = status == Status::StreamEnd;
            if ended {
                // A block with BFINAL set: legal (section 7.2.3.4), what follows is a stream of its own.
                self.stream.reset(false);
                self.fresh = true;
            }
            let stuck = taken == 0 && made == 0;
            if stuck || (consumed == input.len() && (made < room || ended)) {
                return Ok(Inflated {
                    consumed,
                    limited: false,
                });
            }
        }
    }
}

/// How hard a [`Deflater`] tries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    /// From 0, no compression, over 1, the fastest, to 9, the smallest output.
    level: u8,
    /// From 1, the least memory, to 9, the most.
    memory_level: u8,
}

impl Effort {
    /// What zlib takes by default.
    pub const DEFAULT: Self = Self {
        level: 6,
        memory_level: 8,
    };

    /// A compression level of 0 to 9 and a memory level of 1 to 9.
    pub const fn new(level: u8, memory_level: u8) -> Option<Self> {
        match (level, memory_level) {
            (0..=9, 1..=9) => Some(Self {
                level,
                memory_level,
            }),
            _ => None,
        }
    }
}

/// The sending end of a stream.
pub struct Deflater {
    stream: Deflate,
}

impl Deflater {
    /// A stream with this window.
    pub fn new(window: WindowBits, effort: Effort) -> Self {
        // A negative size of the window asks for a stream without header and checksum.
        let config = DeflateConfig {
            level: effort.level.into(),
            window_bits: -i32::from(window.0),
            mem_level: effort.memory_level.into(),
            ..DeflateConfig::default()
        };
        Self {
            stream: Deflate::new_with_config(config),
        }
    }

    /// Compress `input` and append what is ready of it to `out`.
    pub fn compress(&mut self, input: &[u8], out: &mut Vec<u8>) {
        self.run(input, out, DeflateFlush::NoFlush);
    }

    /// Compress `input` and append all of it to `out`, so that a receiver can inflate it at once, without
    /// the [`TAIL`].
    pub fn flush(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        self.run(input, out, DeflateFlush::SyncFlush);
        if out
            .get(start..)
            .is_some_and(|flushed| flushed.ends_with(&TAIL))
        {
            out.truncate(out.len() - TAIL.len());
        } else {
            // Nothing was left to flush: say so with the beginning of an empty block (section 7.2.3.6).
            out.push(0);
        }
    }

    fn run(&mut self, input: &[u8], out: &mut Vec<u8>, flush: DeflateFlush) {
        let mut consumed = 0;
        loop {
            let rest = input.get(consumed..).unwrap_or_default();
            let filled = out.len();
            let room = (rest.len() / 2).max(64);
            out.resize(filled + room, 0);
            let before = (self.stream.total_in(), self.stream.total_out());
            let place = out.get_mut(filled..).unwrap_or_default();
            // The only errors are those of a stream that is not set up or was finished: neither occurs here.
            let result = self.stream.compress(rest, place, flush);
            debug_assert!(result.is_ok(), "{result:?}");
            let taken = difference(self.stream.total_in(), before.0);
            let made = difference(self.stream.total_out(), before.1);
            out.truncate(filled + made);
            consumed += taken;
            let stuck = taken == 0 && made == 0;
            if stuck || (consumed == input.len() && made < room) {
                return;
            }
        }
    }
}

/// How far a counter of bytes has moved over a slice: no more than a slice can hold.
fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflate(inflater: &mut Inflater, data: &[u8]) -> Result<Vec<u8>, Corrupt> {
        let mut out = Vec::new();
        inflater.inflate(data, &mut out, usize::MAX).map(|_| out)
    }

    fn round_trip(window: WindowBits, messages: &[&[u8]]) {
        let (mut deflater, mut inflater) = (
            Deflater::new(window, Effort::DEFAULT),
            Inflater::new(window),
        );
        for message in messages {
            let mut compressed = Vec::new();
            deflater.flush(message, &mut compressed);
            compressed.extend(TAIL);
            assert_eq!(inflate(&mut inflater, &compressed).as_deref(), Ok(*message));
        }
    }

    #[test]
    fn the_examples_of_rfc_7692_section_7_2_3() {
        let mut inflater = Inflater::new(WindowBits::MAX);
        let mut hello = |data: &[u8]| inflate(&mut inflater, &[data, &TAIL].concat());
        // 7.2.3.1, then 7.2.3.2 with the window taken over.
        assert_eq!(
            hello(b"\xf2\x48\xcd\xc9\xc9\x07\x00").as_deref(),
            Ok(&b"Hello"[..])
        );
        assert_eq!(hello(b"\xf2\x00\x11\x00\x00").as_deref(), Ok(&b"Hello"[..]));
        // 7.2.3.3: a block that is not compressed.
        assert_eq!(
            hello(b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00").as_deref(),
            Ok(&b"Hello"[..])
        );
        // 7.2.3.5: two blocks.
        assert_eq!(
            hello(b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00").as_deref(),
            Ok(&b"Hello"[..])
        );
        // 7.2.3.4: a block with BFINAL set, and a message after it.
        assert_eq!(
            hello(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00").as_deref(),
            Ok(&b"Hello"[..])
        );
        assert_eq!(
            hello(b"\xf2\x48\xcd\xc9\xc9\x07\x00").as_deref(),
            Ok(&b"Hello"[..])
        );
    }

    #[test]
    fn every_window_round_trips() {
        let long: Vec<u8> = (0..200_000_u32)
            .flat_map(|i| i.wrapping_mul(i).to_le_bytes())
            .collect();
        for bits in 9..=15 {
            let window = WindowBits::new(bits).expect("in range");
            round_trip(window, &[b"a", &long, b"", b"", &long[..70_000], b"z"]);
        }
        assert_eq!((WindowBits::new(8), WindowBits::new(16)), (None, None));
    }

    #[test]
    fn inflation_stops_at_the_limit_and_goes_on_from_there() {
        let mut bomb = Vec::new();
        Deflater::new(WindowBits::MAX, Effort::DEFAULT).flush(&vec![0; 10_000_000], &mut bomb);
        assert!(bomb.len() < 20_000);
        let mut inflater = Inflater::new(WindowBits::MAX);
        let (mut consumed, mut total) = (0, 0);
        loop {
            let mut out = Vec::new();
            let step = inflater
                .inflate(&bomb[consumed..], &mut out, 1 << 16)
                .expect("sound");
            assert!(out.capacity() <= 1 << 16);
            consumed += step.consumed;
            total += out.len();
            if !step.limited {
                break;
            }
        }
        assert_eq!((consumed, total), (bomb.len(), 10_000_000));
    }

    #[test]
    fn an_empty_message_is_one_zero_byte() {
        let mut deflater = Deflater::new(WindowBits::MAX, Effort::DEFAULT);
        for _ in 0..3 {
            let mut out = Vec::new();
            deflater.flush(b"", &mut out);
            assert_eq!(out, [0]);
        }
    }

    #[test]
    fn every_effort_round_trips() {
        let text = b"the same words over and over, the same words ".repeat(50);
        for (level, memory_level) in [(0, 8), (1, 1), (6, 9), (9, 4)] {
            let effort = Effort::new(level, memory_level).expect("in range");
            let mut compressed = Vec::new();
            Deflater::new(WindowBits::MAX, effort).flush(&text, &mut compressed);
            assert_eq!(compressed.len() < text.len(), level > 0);
            let mut inflater = Inflater::new(WindowBits::MAX);
            assert_eq!(
                inflate(&mut inflater, &[compressed, TAIL.to_vec()].concat()),
                Ok(text.clone())
            );
        }
        assert_eq!((Effort::new(10, 8), Effort::new(6, 0)), (None, None));
    }

    #[test]
    fn rubbish_is_corrupt() {
        assert_eq!(
            inflate(&mut Inflater::new(WindowBits::MAX), b"xxxxxxx"),
            Err(Corrupt)
        );
    }
}
