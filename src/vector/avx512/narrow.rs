//! Code points of one and two bytes, as most alphabets have them.
//!
//! Every byte is taken for the last of a sequence: it, and those before it that belong to the sequence, make a code
//! point. That comes as two vectors, of the lower and the higher byte of each. Then those for bytes which are
//! the last of a sequence are moved together.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_mask_sub_epi8, _mm512_maskz_compress_epi8,
    _mm512_maskz_mov_epi8, _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_set1_epi8,
    _mm512_slli_epi16, _mm512_srli_epi16,
};

use super::block::{BLOCK, from_bytes, to_bytes as bytes_of, to_words as words_of};
use super::out::Out;
use super::sequences::{LastBytes, Sequences};
use crate::vector::slot::Slot;

/// See [`super::Avx512::to_bytes`].
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
pub(super) fn to_bytes<S: Slot<u8>>(text: &str, out: &mut [S]) {
    let mut out = Out(out);
    let mut sequences = Sequences::new(text);
    while let Some(ending) = sequences.next() {
        let (lower, _) = halves(&ending);
        let bytes = _mm512_maskz_compress_epi8(ending.last, lower);
        out.write(ending.count(), || bytes_of(bytes));
    }
    out.assert_full();
}

/// See [`super::Avx512::to_words`].
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
pub(super) fn to_words<S: Slot<u16>>(text: &str, out: &mut [S]) {
    let mut out = Out(out);
    let mut sequences = Sequences::new(text);
    while let Some(ending) = sequences.next() {
        let (lower, higher) = halves(&ending);
        let lower = _mm512_maskz_compress_epi8(ending.last, lower);
        let higher = _mm512_maskz_compress_epi8(ending.last, higher);
        let [first, second] =
            INTERLEAVED.map(|places| _mm512_permutex2var_epi8(lower, from_bytes(places), higher));
        let behind = out.write(ending.count(), || words_of(first));
        if behind > 0 {
            out.write(behind, || words_of(second));
        }
    }
    out.assert_full();
}

/// Where the bytes of two vectors of words come from: the lower ones from one vector, the higher ones from another,
/// whose bytes are counted on from those of the first.
#[allow(clippy::cast_possible_truncation)] // Below 128.
const INTERLEAVED: [[u8; BLOCK]; 2] = {
    let mut places = [[0; BLOCK]; 2];
    let mut word = 0;
    while word < BLOCK as u8 {
        let (half, at) = (word as usize * 2 / BLOCK, word as usize * 2 % BLOCK);
        places[half][at] = word;
        places[half][at + 1] = word + BLOCK as u8;
        word += 1;
    }
    places
};

/// The lower and the higher byte of the code point that ends at each byte, if one does.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
#[inline]
fn halves(ending: &LastBytes) -> (__m512i, __m512i) {
    let bytes = ending.block.bytes;
    let [one_before, two_before, _] = ending.block.preceding();
    // Each has 6 bits of the code point:      ccccbbbb bbaaaaaa
    let a = _mm512_mask_sub_epi8(bytes, ending.of_two, bytes, _mm512_set1_epi8(-0x80));
    let b = _mm512_maskz_mov_epi8(ending.of_two, one_before);
    let c = _mm512_maskz_mov_epi8(ending.of_three, two_before);
    // There are no shifts of bytes. What comes over from the byte beside is taken off, together with the bits
    // that say what the byte is in its sequence.
    let lower = _mm512_or_si512(a, only(0b1100_0000, _mm512_slli_epi16::<6>(b)));
    let higher = _mm512_or_si512(
        only(0b0000_1111, _mm512_srli_epi16::<2>(b)),
        only(0b1111_0000, _mm512_slli_epi16::<4>(c)),
    );
    (lower, higher)
}

/// Each byte of a vector, as far as it has these bits.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
#[inline]
fn only(bits: u8, bytes: __m512i) -> __m512i {
    _mm512_and_si512(bytes, _mm512_set1_epi8(bits.cast_signed()))
}
