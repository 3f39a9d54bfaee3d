//! Conversion without vector instructions of a particular processor.
//!
//! The text is valid UTF-8, so only changes of the sequence length have to be found. Runs of
//! sequences of one length are converted in blocks, by loops that the compiler vectorises.

use std::marker::PhantomData;

use super::Unit;
use crate::vector::uninit::Uninit;

/// Writes the code points of `text`, which must fit a `T`, into `out`, which must be as long as
/// there are code points.
pub(super) fn transcode<T: Unit, S: Uninit<T>>(text: &str, out: &mut [S]) {
    let mut writer = Writer {
        rest: text.as_bytes(),
        out,
        unit: PhantomData,
    };
    while !writer.rest.is_empty() {
        writer.ascii();
        writer.two_bytes();
        writer.three_bytes();
        writer.four_bytes();
    }
    assert!(writer.out.is_empty(), "as many code points as were counted");
}

/// The rest of the input and of the output.
struct Writer<'a, 't, T, S> {
    rest: &'t [u8],
    out: &'a mut [S],
    unit: PhantomData<T>,
}

/// The sequences converted together. Scripts without spaces have long runs.
const BLOCK: usize = 16;
/// The length of a run after which a block is tried: most words are shorter, and trying costs time.
const RUN: usize = 16;

/// Each method converts the run of sequences of its length at the front, maybe an empty one.
impl<T: Unit, S: Uninit<T>> Writer<'_, '_, T, S> {
    #[inline]
    fn ascii(&mut self) {
        const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
        while let Some((eight, rest)) = self.rest.split_first_chunk::<8>() {
            let others = u64::from_le_bytes(*eight) & HIGH_BITS;
            let ascii = others.trailing_zeros() as usize / 8;
            if others == 0 {
                self.rest = rest;
                self.write(ascii, eight.map(u32::from));
            } else if self.out.len() >= eight.len() {
                // Elements written after the run are overwritten later.
                self.rest = self.rest.get(ascii..).unwrap_or_default();
                return self.write(ascii, eight.map(u32::from));
            } else {
                break;
            }
        }
        while let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            self.put(u32::from(*byte));
        }
    }

    #[inline]
    fn two_bytes(&mut self) {
        while let [a @ 0xC0..0xE0, b, rest @ ..] = self.rest {
            if !self.mixture() {
                self.rest = rest;
                self.put(decode_two([*a, *b]));
            }
        }
    }

    /// Converts a block of sequences of one and two bytes, as words and the spaces between them;
    /// returns whether the front of the text is such a block.
    ///
    /// Every byte is decoded as if a sequence began there. The results are written in turn, and the
    /// position advances only at bytes that do begin a sequence: no branch depends on the text.
    #[inline]
    fn mixture(&mut self) -> bool {
        const N: usize = 32;
        let (Some((block, rest)), Some(seconds)) = (
            self.rest.split_first_chunk::<N>(),
            self.rest.get(1..).and_then(<[u8]>::first_chunk::<N>),
        ) else {
            return false;
        };
        let longer = block
            .iter()
            .fold(0, |any, byte| any | u8::from(*byte >= 0xE0));
        if longer != 0 || self.out.len() < N {
            return false;
        }
        let mut decoded = [0_u16; N];
        for ((decoded, first), second) in decoded.iter_mut().zip(block).zip(seconds) {
            let (first, second) = (u16::from(*first), u16::from(*second));
            let both = (first & 0x1F) << 6 | second & 0x3F;
            // All ones if there are two bytes.
            let two = 0_u16.wrapping_sub(first >> 7);
            *decoded = first & !two | both & two;
        }
        let out = std::mem::take(&mut self.out);
        let mut count = 0;
        for (value, byte) in decoded.into_iter().zip(block) {
            // In bounds: `count` grows by at most one for each value, so it is below `N`.
            out[count % N].put(T::from_code_point(value.into()));
            count += usize::from(byte & 0xC0 != 0x80);
        }
        self.out = &mut out[count..];
        // The last sequence may extend past the block.
        let cut = rest.first().is_some_and(|byte| byte & 0xC0 == 0x80);
        self.rest = &rest[usize::from(cut)..];
        true
    }

    #[inline]
    fn three_bytes(&mut self) {
        let mut run = 0;
        while let [a @ 0xE0..0xF0, b, c, rest @ ..] = self.rest {
            self.rest = rest;
            self.put(decode_three([*a, *b, *c]));
            run += 1;
            if run == RUN {
                self.blocks(|[a, ..]| a & 0xF0 == 0xE0, decode_three);
                run = 0;
            }
        }
    }

    #[inline]
    fn four_bytes(&mut self) {
        while let [a @ 0xF0..=0xFF, b, c, d, rest @ ..] = self.rest {
            self.rest = rest;
            self.put(decode_four([*a, *b, *c, *d]));
            self.blocks(|[a, ..]| a & 0xF8 == 0xF0, decode_four);
        }
    }

    /// Converts blocks of sequences of `N` bytes, while there are any.
    #[inline]
    fn blocks<const N: usize>(
        &mut self,
        is_one: impl Fn([u8; N]) -> bool,
        decode: impl Fn([u8; N]) -> u32,
    ) {
        let (sequences, _) = self.rest.as_chunks::<N>();
        let (blocks, _) = sequences.as_chunks::<BLOCK>();
        let mut consumed = 0;
        for block in blocks {
            if !block
                .iter()
                .fold(true, |all, sequence| all & is_one(*sequence))
            {
                break;
            }
            self.write(BLOCK, block.map(&decode));
            consumed += N * BLOCK;
        }
        self.rest = self.rest.get(consumed..).unwrap_or_default();
    }

    /// Writes one code point; panics if `out` is too short, see [`transcode`].
    #[inline]
    fn put(&mut self, code_point: u32) {
        let out = std::mem::take(&mut self.out);
        let (first, rest) = out
            .split_first_mut()
            .expect("as many code points as were counted");
        first.put(T::from_code_point(code_point));
        self.out = rest;
    }

    /// Writes all of these, of which only the first `count` belong to the text; panics likewise.
    #[inline]
    fn write<const N: usize>(&mut self, count: usize, code_points: [u32; N]) {
        let out = std::mem::take(&mut self.out);
        S::copy(&mut out[..N], &code_points.map(T::from_code_point));
        self.out = &mut out[count..];
    }
}

#[inline]
fn decode_two([a, b]: [u8; 2]) -> u32 {
    u32::from(a & 0x1F) << 6 | u32::from(b & 0x3F)
}

#[inline]
fn decode_three([a, b, c]: [u8; 3]) -> u32 {
    u32::from(a & 0x0F) << 12 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F)
}

#[inline]
fn decode_four(quad: [u8; 4]) -> u32 {
    let quad = u32::from_le_bytes(quad);
    (quad & 0x07) << 18 | (quad >> 8 & 0x3F) << 12 | (quad >> 16 & 0x3F) << 6 | quad >> 24 & 0x3F
}
