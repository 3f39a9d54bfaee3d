//! Code points of one and two bytes (UCS1 and UCS2), which suffice for most alphabets.
//!
//! Every byte is decoded as if it were the last of its sequence, which gives two vectors: the lower
//! and the higher byte of each code point. Byte compression then keeps those of bytes that do end a
//! sequence.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_mask_sub_epi8, _mm512_maskz_compress_epi8,
    _mm512_maskz_mov_epi8, _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_set1_epi8,
    _mm512_slli_epi16, _mm512_srli_epi16,
};

use super::block::{BLOCK, from_bytes, to_array, to_u16s};
use super::out::Out;
use super::sequences::{LastBytes, Sequences};
use crate::vector::uninit::Uninit;

/// See [`super::Avx512::to_ucs1`].
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
pub(super) fn to_ucs1<S: Uninit<u8>>(text: &str, out: &mut [S]) {
    let mut out = Out(out);
    let mut sequences = Sequences::new(text);
    while let Some(ending) = sequences.next() {
        let (lower, _) = halves(&ending);
        let bytes = _mm512_maskz_compress_epi8(ending.last, lower);
        out.write(ending.count(), || to_array(bytes));
    }
    out.assert_full();
}

/// See [`super::Avx512::to_ucs2`].
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
pub(super) fn to_ucs2<S: Uninit<u16>>(text: &str, out: &mut [S]) {
    let mut out = Out(out);
    let mut sequences = Sequences::new(text);
    while let Some(ending) = sequences.next() {
        let (lower, higher) = halves(&ending);
        let lower = _mm512_maskz_compress_epi8(ending.last, lower);
        let higher = _mm512_maskz_compress_epi8(ending.last, higher);
        let [first, second] =
            INTERLEAVED.map(|places| _mm512_permutex2var_epi8(lower, from_bytes(places), higher));
        let remaining = out.write(ending.count(), || to_u16s(first));
        if remaining > 0 {
            out.write(remaining, || to_u16s(second));
        }
    }
    out.assert_full();
}

/// Permutation that interleaves a vector of lower bytes with one of higher bytes, numbered from 64,
/// into words.
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
    // There is no shift of bytes: bits shifted in from the neighbour are masked off, together with
    // the marker bits of the sequence.
    let lower = _mm512_or_si512(a, only(0b1100_0000, _mm512_slli_epi16::<6>(b)));
    let higher = _mm512_or_si512(
        only(0b0000_1111, _mm512_srli_epi16::<2>(b)),
        only(0b1111_0000, _mm512_slli_epi16::<4>(c)),
    );
    (lower, higher)
}

/// Each byte of a vector, masked with these bits.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
#[inline]
fn only(bits: u8, bytes: __m512i) -> __m512i {
    _mm512_and_si512(bytes, _mm512_set1_epi8(bits.cast_signed()))
}
