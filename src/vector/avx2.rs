//! Vectors that are permuted by tables: AVX2. They have 16 bytes, half of what it offers, because a table for more would
//! be too large; what it gives them is instructions that write to a third register, worth a fifth of the time.

use std::arch::x86_64::{
    __m128i, _mm_alignr_epi8, _mm_and_si128, _mm_andnot_si128, _mm_cmplt_epi8, _mm_movemask_epi8,
    _mm_or_si128, _mm_set1_epi8, _mm_setzero_si128, _mm_shuffle_epi8, _mm_slli_epi16,
    _mm_srli_epi16, _mm_unpackhi_epi8, _mm_unpacklo_epi8,
};

use super::instructions::Extension;
use crate::vector::slot::Slot;

/// Proof that the processor has the instructions that this module is compiled for.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// The proof, where there is one.
    #[inline]
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
        Extension::Avx2.is_used(found).then_some(Self(()))
    }

    /// Write the code points of `text`, all below U+10000, into `out`, but for the last few: the rest of either.
    pub fn to_words<'t, 'o, S: Slot<u16>>(
        self,
        text: &'t str,
        out: &'o mut [S],
    ) -> (&'t str, &'o mut [S]) {
        // SAFETY: there is a `self`, so that the instructions have been detected.
        unsafe { to_words(text, out) }
    }
}

/// The bytes of a vector.
const BLOCK: usize = 16;

/// As with vectors of 64 bytes (`avx512::narrow`): every byte is taken for the last of a sequence, and the words that
/// this makes are moved together if it is; by a table, here.
#[target_feature(enable = "avx2,popcnt")]
fn to_words<'t, 'o, S: Slot<u16>>(text: &'t str, mut out: &'o mut [S]) -> (&'t str, &'o mut [S]) {
    let (mut before, mut of_two_before) = (_mm_setzero_si128(), _mm_setzero_si128());
    let mut rest = text.as_bytes();
    // As long as there is room for whatever the block gives, and a byte behind it.
    while out.len() >= BLOCK
        && let Some((block, behind @ [next, ..])) = rest.split_first_chunk()
    {
        rest = behind;
        let bytes = from_bytes(*block);
        // As signed numbers, continuation bytes are the lowest.
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
    // The sequence that the last block ends within has not been written.
    let mut done = text.len() - rest.len();
    while !text.is_char_boundary(done) {
        done -= 1;
    }
    (&text[done..], out)
}

/// Write those of eight words that are in this set; the places behind them.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn write<S: Slot<u16>>(out: &mut [S], set: u8, words: __m128i) -> &mut [S] {
    let together = _mm_shuffle_epi8(words, from_bytes(TOGETHER[usize::from(set)]));
    // What is beyond those of the set will be written over.
    S::copy(&mut out[..BLOCK / 2], &words_of(together));
    &mut out[set.count_ones() as usize..]
}

/// For each set of words, where the bytes come from if those of the set are moved together.
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

/// Each byte of a vector, as far as it has these bits.
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
fn words_of(vector: __m128i) -> [u16; BLOCK / 2] {
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
            let (rest, places) = vectors.to_words(text, &mut out);
            assert_eq!(rest.encode_utf16().count(), places.len(), "{text}");
            assert!(rest.len() < BLOCK + 4 || places.len() < BLOCK, "{text}");
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
            vectors.to_words(&text, &mut out);
            assert_eq!(u32::from(out[0]), u32::from(code_point));
        }
    }
}
