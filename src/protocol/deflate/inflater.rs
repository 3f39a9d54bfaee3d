//! The receiving end of a stream.

use flate2::{Decompress, FlushDecompress, Status};

use super::WindowBits;
use super::history::History;

/// The data is not DEFLATE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Corrupt;

/// A stream of one final block without data, as it is compressed by fixed codes (RFC 1951 section
/// 3.2.6).
const EMPTY_STREAM: [u8; 2] = [0x03, 0x00];

/// The receiving end of a stream.
#[derive(Debug)]
pub struct Inflater {
    stream: Decompress,
    /// Whether the stream is at its very beginning.
    fresh: bool,
    /// What came out last, as far as what follows a final block may refer to it: such a block ends
    /// the stream, but not the window (section 7.1.1). Once a message has ended without one, it
    /// begins with the message under way, if that comes in several steps.
    history: Option<History>,
    /// Whether the message under way has had a final block.
    ended: bool,
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
            stream: Decompress::new_with_window_bits(false, window.get()),
            fresh: true,
            history: Some(History::new(WindowBits::MAX.size())),
            ended: false,
        }
    }

    /// Whether nothing has been fed since the stream began.
    pub const fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The message under way goes on in another step; this one has come to `out`.
    pub fn suspend(&mut self, out: &[u8]) {
        begun(&mut self.history, out);
    }

    /// A message ends here.
    pub fn end_message(&mut self) {
        if !std::mem::take(&mut self.ended) {
            self.history = None;
        }
    }

    /// Inflate into `out` until the input ends or `out` holds `limit` bytes.
    pub fn inflate(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Inflated, Corrupt> {
        self.run(input, out, limit, false)
    }

    /// Inflate (the rest of) the tail that is appended to a message. If it ends a final block, what
    /// is left of it is dropped, and counts as taken: the tail is not the peer's, and begins no
    /// stream.
    pub fn inflate_tail(
        &mut self,
        tail: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Inflated, Corrupt> {
        self.run(tail, out, limit, true)
    }

    fn run(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
        is_tail: bool,
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
            if self.fresh && self.ended && !is_tail {
                // After a final block a stream begins with the same window, which takes a copy of
                // 32 KiB. Streams of one empty block, two bytes each, do not get that far.
                let rest = input.get(consumed..).unwrap_or_default();
                let empty = rest.chunks_exact(EMPTY_STREAM.len());
                consumed +=
                    EMPTY_STREAM.len() * empty.take_while(|block| *block == EMPTY_STREAM).count();
            }
            let rest = input.get(consumed..).unwrap_or_default();
            // Text comes to about four times its compressed size; after that, double.
            let wanted = (rest.len().saturating_mul(4)).max(filled).max(256);
            out.reserve_exact(wanted.min(limit - filled));
            let room = out.capacity() - filled;
            let before = self.stream.total_in();
            let status = self
                .stream
                .decompress_vec(rest, out, FlushDecompress::Sync)
                .map_err(|_| Corrupt)?;
            // Not more than a slice can hold.
            let taken = usize::try_from(self.stream.total_in() - before).unwrap_or(usize::MAX);
            let made = out.get(filled..).unwrap_or_default();
            consumed += taken;
            self.fresh &= taken == 0;
            if let Some(history) = &mut self.history {
                history.push(made);
            }
            let ended = status == Status::StreamEnd;
            let stuck = taken == 0 && made.is_empty();
            let exhausted = consumed == input.len() && (made.len() < room || ended);
            if ended {
                self.begin_anew(out)?;
                if is_tail {
                    return Ok(Inflated {
                        consumed: input.len(),
                        limited: false,
                    });
                }
            }
            if stuck || exhausted {
                return Ok(Inflated {
                    consumed,
                    limited: false,
                });
            }
        }
    }

    /// After a final block, which is legal (section 7.2.3.4), a stream of its own begins with the
    /// same window. `out` is what the step under way has come to.
    fn begin_anew(&mut self, out: &[u8]) -> Result<(), Corrupt> {
        self.stream.reset(false);
        self.fresh = true;
        self.ended = true;
        let history = begun(&mut self.history, out).as_bytes();
        let result = self.stream.set_dictionary(history);
        result.map(drop).map_err(|_| Corrupt)
    }
}

/// The history, which begins with `out` if there is none.
fn begun<'a>(history: &'a mut Option<History>, out: &[u8]) -> &'a mut History {
    history.get_or_insert_with(|| {
        let mut history = History::new(WindowBits::MAX.size());
        history.push(out);
        history
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Deflater, Effort, TAIL};
    use super::*;

    fn inflate(inflater: &mut Inflater, data: &[u8]) -> Result<Vec<u8>, Corrupt> {
        let mut out = Vec::new();
        inflater.inflate(data, &mut out, usize::MAX).map(|_| out)
    }

    #[test]
    fn the_examples_of_rfc_7692_section_7_2_3() {
        let mut inflater = Inflater::new(WindowBits::MAX);
        let mut hello = |data: &[u8]| {
            let inflated = inflate(&mut inflater, &[data, &TAIL].concat());
            inflater.end_message();
            inflated
        };
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
    fn the_window_goes_on_after_a_final_block() {
        // Section 7.2.3.2 after 7.2.3.4: the second message refers to the first.
        let mut inflater = Inflater::new(WindowBits::MAX);
        for _ in 0..2 {
            for data in [
                &b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"[..],
                b"\xf3\x00\x11\x00\x00",
            ] {
                let inflated = inflate(&mut inflater, &[data, &TAIL].concat());
                inflater.end_message();
                assert_eq!(inflated.as_deref(), Ok(&b"Hello"[..]));
            }
        }
        // Within a message, and after others that had none.
        let mut inflater = Inflater::new(WindowBits::MAX);
        for data in [
            (&b"\xf2\x48\xcd\xc9\xc9\x07\x00"[..]),
            b"\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00",
        ] {
            let inflated = inflate(&mut inflater, &[data, &TAIL].concat());
            inflater.end_message();
            assert!(inflated.expect("sound").ends_with(b"Hello"));
        }
    }

    #[test]
    fn inflation_stops_at_the_limit_and_goes_on_from_there() {
        let mut bomb = Vec::new();
        let zeros = vec![0; 10_000_000];
        let mut deflater = Deflater::new(WindowBits::MAX, Effort::DEFAULT);
        deflater.flush(&zeros, &mut bomb).expect("memory");
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
    fn rubbish_is_corrupt() {
        assert_eq!(
            inflate(&mut Inflater::new(WindowBits::MAX), b"xxxxxxx"),
            Err(Corrupt)
        );
    }
}
