//! UCS2 by table-driven permutation, with AVX2. The vectors have 16 bytes, since a table for 32
//! would be too large; what AVX2 contributes is its three-operand instructions, worth a fifth of
//! the time.

use std::arch::x86_64::{
    __m128i, _mm_alignr_epi8, _mm_and_si128, _mm_andnot_si128, _mm_cmplt_epi8, _mm_movemask_epi8,
    _mm_or_si128, _mm_set1_epi8, _mm_setzero_si128, _mm_shuffle_epi8, _mm_slli_epi16,
    _mm_srli_epi16, _mm_unpackhi_epi8, _mm_unpacklo_epi8,
};

use super::instructions::Extension;
use crate::vector::uninit::Uninit;

/// A token that exists only if the processor has the instructions this module is compiled for.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

#[allow(clippy::unused_self)] // The token is the proof that the call is sound.
impl Avx2 {
    /// The token, if the processor has the instructions.
    #[inline]
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
        Extension::Avx2.is_used(found).then_some(Self(()))
    }

    /// Writes the code points of `text`, all below U+10000, into `out`, except the last few;
    /// returns the rest of both.
    pub fn to_ucs2<'t, 'o, S: Uninit<u16>>(
        self,
        text: &'t str,
        out: &'o mut [S],
    ) -> (&'t str, &'o mut [S]) {
        // SAFETY: `self` exists, so the instructions have been detected.
        unsafe { to_ucs2(text, out) }
    }
}

/// The width of a vector in bytes.
const BLOCK: usize = 16;

/// As in `avx512::ucs2`, every byte is decoded as if it were the last of its sequence; a table
/// moves the words of those that are together.
#[target_feature(enable = "avx2,popcnt")]
fn to_ucs2<'t, 'o, S: Uninit<u16>>(text: &'t str, mut out: &'o mut [S]) -> (&'t str, &'o mut [S]) {
    let (mut before, mut of_two_before) = (_mm_setzero_si128(), _mm_setzero_si128());
    let mut rest = text.as_bytes();
    // While the output has room for a whole block and another byte follows the block.
    while out.len() >= BLOCK
        && let Some((block, after @ [next, ..])) = rest.split_first_chunk()
    {
        rest = after;
        let bytes = from_bytes(*block);
        // As signed numbers, continuation bytes are the lowest values.
        let of_two = _mm_cmplt_epi8(bytes, _mm_set1_epi8(-0x40));
        let of_three = _mm_and_si128(of_two, _mm_alignr_epi8::<15>(of_two, of_two_before));
        let a = _mm_andnot_si128(only(0x80, of_two), bytes);
        let b = _mm_and_si128(of_two, _mm_alignr_epi8::<15>(bytes, before));
        let c = _mm_and_si128(of_three, _mm_alignr_epi8::<14>(bytes, before));
        (before, of_two_before) = (bytes, of_two);

        let lower = _mm_or_si128(a, only(0b1100_0000, _mm_slli_epi16::<6>(b)));
        let higher = _mm_or_si128(
            only(0b0000_1111, _mm_srli_epi16::<2>(b)),
            only(0b1111_0000, _mm_slli_epi16::<4>(c)),
        );
        let goes_on = u32::from(next & 0xC0 == 0x80);
        let not_last = _mm_movemask_epi8(of_two).cast_unsigned() >> 1 | goes_on << (BLOCK - 1);
        let [first, second, ..] = (!not_last).to_le_bytes();
        out = write(out, first, _mm_unpacklo_epi8(lower, higher));
        out = write(out, second, _mm_unpackhi_epi8(lower, higher));
    }
    // A sequence that the last block cuts has not been written.
    let mut done = text.len() - rest.len();
    while !text.is_char_boundary(done) {
        done -= 1;
    }
    (&text[done..], out)
}

/// Writes those of eight words that are in this set, and returns the rest of `out`.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn write<S: Uninit<u16>>(out: &mut [S], set: u8, words: __m128i) -> &mut [S] {
    let together = _mm_shuffle_epi8(words, from_bytes(TOGETHER[usize::from(set)]));
    // Words after those of the set are overwritten later.
    S::copy(&mut out[..BLOCK / 2], &to_u16s(together));
    &mut out[set.count_ones() as usize..]
}

/// For each set of words, the permutation that moves the words of the set together.
#[allow(clippy::cast_possible_truncation)] // 16.
static TOGETHER: [[u8; BLOCK]; 256] = {
    let mut table = [[0; BLOCK]; 256];
    let mut set = 0;
    while set < 256 {
        let (mut word, mut to) = (0, 0);
        while word < BLOCK as u8 / 2 {
            if set >> word & 1 == 1 {
                table[set][to] = 2 * word;
                table[set][to + 1] = 2 * word + 1;
                to += 2;
            }
            word += 1;
        }
        set += 1;
    }
    table
};

/// Each byte of a vector, masked with these bits.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn only(bits: u8, bytes: __m128i) -> __m128i {
    _mm_and_si128(bytes, _mm_set1_epi8(bits.cast_signed()))
}

#[inline]
fn from_bytes(bytes: [u8; BLOCK]) -> __m128i {
    // SAFETY: any 16 bytes are a vector.
    unsafe { std::mem::transmute(bytes) }
}

#[inline]
fn to_u16s(vector: __m128i) -> [u16; BLOCK / 2] {
    // SAFETY: a vector is 8 numbers, any of which may have any value.
    unsafe { std::mem::transmute(vector) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_last_few_code_points() {
        let Some(vectors) = Avx2::detect() else {
            return;
        };
        let mixture = "Dies ist Text, это текст, 這是文字; éèê\u{7ff}\u{800}\u{ffff}.".repeat(9);
        for (end, _) in mixture.char_indices() {
            let text = &mixture[..end];
            let expected: Vec<u16> = text.encode_utf16().collect();
            let mut out = vec![0; expected.len()];
            let (rest, unwritten) = vectors.to_ucs2(text, &mut out);
            assert_eq!(rest.encode_utf16().count(), unwritten.len(), "{text}");
            assert!(rest.len() < BLOCK + 4 || unwritten.len() < BLOCK, "{text}");
            let done = out.len() - rest.encode_utf16().count();
            assert_eq!(out[..done], expected[..done]);
        }
    }

    #[test]
    fn every_code_point() {
        let Some(vectors) = Avx2::detect() else {
            return;
        };
        for code_point in ('\0'..'\u{10000}').step_by(3) {
            let text = format!("{code_point}0123456789abcdefg");
            let mut out = vec![0; 18];
            vectors.to_ucs2(&text, &mut out);
            assert_eq!(u32::from(out[0]), u32::from(code_point));
        }
    }
}
