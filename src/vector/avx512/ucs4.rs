//! Code points of four bytes (UCS4).
//!
//! At the end of each sequence the last four bytes are gathered; bytes of the sequence before are
//! cleared, and the bits of the others are added up.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi8, _mm512_and_si512, _mm512_lzcnt_epi32, _mm512_madd_epi16,
    _mm512_maddubs_epi16, _mm512_maskz_compress_epi8, _mm512_permutex2var_epi8,
    _mm512_permutexvar_epi8, _mm512_permutexvar_epi32, _mm512_set1_epi32, _mm512_srli_epi32,
    _mm512_xor_si512,
};

use super::block::{BLOCK, from_bytes, to_u32s};
use super::out::Out;
use super::sequences::Sequences;
use crate::vector::uninit::Uninit;

/// See [`super::Avx512::to_ucs4`].
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
pub(super) fn to_ucs4<S: Uninit<u32>>(text: &str, out: &mut [S]) {
    let mut out = Out(out);
    let mut sequences = Sequences::new(text);
    while let Some(ending) = sequences.next() {
        let block = ending.block;
        let ends = _mm512_maskz_compress_epi8(ending.last, from_bytes(COUNTED));
        let mut remaining = ending.count();
        for places in FOURFOLD {
            let end = _mm512_permutexvar_epi8(from_bytes(places), ends);
            let place = _mm512_add_epi8(end, of_each(UP_TO));
            let four = _mm512_permutex2var_epi8(block.before, place, block.bytes);
            let code_points = code_points(four);
            remaining = out.write(remaining, || to_u32s(code_points));
            if remaining == 0 {
                break;
            }
        }
    }
    out.assert_full();
}

/// The index of each byte.
#[allow(clippy::cast_possible_truncation)] // Below 64.
const COUNTED: [u8; BLOCK] = {
    let mut numbers = [0; BLOCK];
    let mut byte = 0;
    while byte < BLOCK as u8 {
        numbers[byte as usize] = byte;
        byte += 1;
    }
    numbers
};

/// Each index four times, in four vectors.
const FOURFOLD: [[u8; BLOCK]; 4] = {
    let mut places = [[0; BLOCK]; 4];
    let mut byte = 0;
    while byte < 4 * BLOCK {
        places[byte / BLOCK][byte % BLOCK] = COUNTED[byte / 4];
        byte += 1;
    }
    places
};

/// Offsets of the bytes three, two, one and zero before a byte, in two vectors of which the second
/// is numbered from 64.
const UP_TO: [u8; 4] = [61, 62, 63, 64];

/// The code points whose last bytes these are, four bytes each.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
#[inline]
fn code_points(four: __m512i) -> __m512i {
    // The number of continuation bytes at the high end of each word gives the length of the
    // sequence. With bit 7 flipped they begin with two zero bits, which `lzcnt` counts.
    let continuation = _mm512_xor_si512(four, of_each([0x80; 4]));
    let zeros = _mm512_lzcnt_epi32(_mm512_and_si512(continuation, of_each([0xC0; 4])));
    let continuations = _mm512_srli_epi32::<3>(zeros);
    let kept = _mm512_permutexvar_epi32(continuations, from_bytes(KEPT));
    // Six bits a byte: bytes are added to pairs, and pairs to code points.
    let pairs = _mm512_maddubs_epi16(
        _mm512_and_si512(four, kept),
        of_each([1 << 6, 1, 1 << 6, 1]),
    );
    _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 << 16 | 1 << 12))
}

/// Masks of the payload bits of sequences of one, two, three and four bytes.
const KEPT: [u8; BLOCK] = {
    let mut kept = [0; BLOCK];
    kept[3] = 0x7F;
    (kept[6], kept[7]) = (0x1F, 0x3F);
    (kept[9], kept[10], kept[11]) = (0x0F, 0x3F, 0x3F);
    (kept[12], kept[13], kept[14], kept[15]) = (0x07, 0x3F, 0x3F, 0x3F);
    kept
};

/// These four bytes, repeated.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
#[inline]
fn of_each(bytes: [u8; 4]) -> __m512i {
    _mm512_set1_epi32(i32::from_le_bytes(bytes))
}
