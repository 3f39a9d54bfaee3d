//! Streams of DEFLATE data (RFC 1951) as permessage-deflate uses them (RFC 7692 section 7.2).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

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
#[derive(Debug)]
pub struct Inflater {
    stream: Decompress,
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
            stream: Decompress::new_with_window_bits(false, window.0),
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
            if out.len() >= limit {
                return Ok(Inflated {
                    consumed,
                    limited: true,
                });
            }
            let rest = input.get(consumed..).unwrap_or_default();
            // Text comes to about four times its compressed size; after that, double.
            let wanted = (rest.len().saturating_mul(4)).max(out.len()).max(256);
            out.reserve_exact(wanted.min(limit - out.len()));
            let room = out.capacity() - out.len();
            let before = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress_vec(rest, out, FlushDecompress::Sync)
                .map_err(|_| Corrupt)?;
            // Neither difference exceeds what a slice can hold.
            let taken = usize::try_from(self.stream.total_in() - before.0).unwrap_or(usize::MAX);
            let made = usize::try_from(self.stream.total_out() - before.1).unwrap_or(usize::MAX);
            consumed += taken;
            self.fresh &= taken == 0;
            if status == Status::StreamEnd {
                // A block with BFINAL set: legal (section 7.2.3.4), what follows is a stream of its own.
                self.stream.reset(false);
                self.fresh = true;
            }
            let exhausted = consumed == input.len();
            if (exhausted && (made < room || status == Status::StreamEnd))
                || (taken == 0 && made == 0)
            {
                return Ok(Inflated {
                    consumed,
                    limited: false,
                });
            }
        }
    }
}

/// The sending end of a stream.
#[derive(Debug)]
pub struct Deflater {
    stream: Compress,
}

impl Deflater {
    /// A stream with this window.
    pub fn new(window: WindowBits) -> Self {
        Self {
            stream: Compress::new_with_window_bits(Compression::default(), false, window.0),
        }
    }

    /// Compress `input` and append what is ready of it to `out`.
    pub fn compress(&mut self, input: &[u8], out: &mut Vec<u8>) {
        self.run(input, out, FlushCompress::None);
    }

    /// Compress `input` and append all of it to `out`, so that a receiver can inflate it at once, without
    /// the [`TAIL`].
    pub fn flush(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        self.run(input, out, FlushCompress::Sync);
        if out[start..].ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        } else {
            // Nothing was left to flush: say so with the beginning of an empty block (section 7.2.3.6).
            out.push(0);
        }
    }

    fn run(&mut self, input: &[u8], out: &mut Vec<u8>, flush: FlushCompress) {
        let mut consumed = 0;
        loop {
            let rest = input.get(consumed..).unwrap_or_default();
            out.reserve((rest.len() / 2).max(64));
            let room = out.capacity() - out.len();
            let before = (self.stream.total_in(), self.stream.total_out());
            // The only errors are those of a stream that is not set up or was finished: neither occurs here.
            let result = self.stream.compress_vec(rest, out, flush);
            debug_assert!(result.is_ok(), "{result:?}");
            let taken = usize::try_from(self.stream.total_in() - before.0).unwrap_or(usize::MAX);
            let made = usize::try_from(self.stream.total_out() - before.1).unwrap_or(usize::MAX);
            consumed += taken;
            let done = consumed == input.len() && made < room;
            if done || (taken == 0 && made == 0) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflate(inflater: &mut Inflater, data: &[u8]) -> Result<Vec<u8>, Corrupt> {
        let mut out = Vec::new();
        inflater.inflate(data, &mut out, usize::MAX).map(|_| out)
    }

    fn round_trip(window: WindowBits, messages: &[&[u8]]) {
        let (mut deflater, mut inflater) = (Deflater::new(window), Inflater::new(window));
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
        Deflater::new(WindowBits::MAX).flush(&vec![0; 10_000_000], &mut bomb);
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
        let mut deflater = Deflater::new(WindowBits::MAX);
        for _ in 0..3 {
            let mut out = Vec::new();
            deflater.flush(b"", &mut out);
            assert_eq!(out, [0]);
        }
    }

    #[test]
    fn rubbish_is_corrupt() {
        assert_eq!(
            inflate(&mut Inflater::new(WindowBits::MAX), b"xxxxxxx"),
            Err(Corrupt)
        );
    }
}
