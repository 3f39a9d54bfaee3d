//! Code points of any size, in four bytes.
//!
//! Wherever a sequence ends, the last four bytes up to there are gathered; those that belong to the sequence before
//! it are cleared, and the rest is added up.

use std::arch::x86_64::{
    __m512i, __mmask16, _mm512_add_epi8, _mm512_and_si512, _mm512_madd_epi16, _mm512_maddubs_epi16,
    _mm512_mask_blend_epi32, _mm512_maskz_compress_epi8, _mm512_permutex2var_epi8,
    _mm512_permutexvar_epi8, _mm512_set1_epi32, _pext_u64,
};

use super::block::{BLOCK, from_bytes, to_doublewords as doublewords_of};
use super::out::Out;
use super::sequences::Sequences;
use crate::vector::slot::Slot;

/// See [`super::Avx512::to_doublewords`].
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")]
pub(super) fn to_doublewords<S: Slot<u32>>(text: &str, out: &mut [S]) {
    let mut out = Out(out);
    let mut sequences = Sequences::new(text);
    while let Some(ending) = sequences.next() {
        let block = ending.block;
        let ends = _mm512_maskz_compress_epi8(ending.last, from_bytes(COUNTED));
        let mut lengths =
            [ending.of_two, ending.of_three, ending.of_four].map(|set| _pext_u64(set, ending.last));
        let mut behind = ending.count();
        for places in FOURFOLD {
            let end = _mm512_permutexvar_epi8(from_bytes(places), ends);
            let place = _mm512_add_epi8(end, _mm512_set1_epi32(UP_TO));
            let four = _mm512_permutex2var_epi8(block.before, place, block.bytes);
            let code_points = code_points(four, lengths);
            behind = out.write(behind, || doublewords_of(code_points));
            if behind == 0 {
                break;
            }
            lengths = lengths.map(|set| set >> (BLOCK / 4));
        }
    }
    out.assert_full();
}

/// The number of each byte.
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

/// Each of them four times, in four vectors.
const FOURFOLD: [[u8; BLOCK]; 4] = {
    let mut places = [[0; BLOCK]; 4];
    let mut byte = 0;
    while byte < 4 * BLOCK {
        places[byte / BLOCK][byte % BLOCK] = COUNTED[byte / 4];
        byte += 1;
    }
    places
};

/// Three, two, one and no bytes back from a byte of the second of two vectors, whose bytes are counted on from those of
/// the first.
const UP_TO: i32 = i32::from_le_bytes([61, 62, 63, 64]);

/// The code points that end with these bytes, four each, of which at least two, three and four belong to the
/// sequence where there is a bit in these sets.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")]
#[inline]
#[allow(clippy::cast_possible_truncation)] // Those of the first sixteen.
fn code_points(four: __m512i, [of_two, of_three, of_four]: [u64; 3]) -> __m512i {
    // What belongs to a sequence, without the bits that say what a byte is in it.
    let kept = _mm512_set1_epi32(i32::from_le_bytes([0, 0, 0, 0x7F]));
    let kept = wherever(of_two as __mmask16, kept, [0, 0, 0x1F, 0x3F]);
    let kept = wherever(of_three as __mmask16, kept, [0, 0x0F, 0x3F, 0x3F]);
    let kept = wherever(of_four as __mmask16, kept, [0x07, 0x3F, 0x3F, 0x3F]);
    // Six bits each: first to pairs of bytes, then to pairs of those.
    let pairs = _mm512_maddubs_epi16(
        _mm512_and_si512(four, kept),
        _mm512_set1_epi32(i32::from_le_bytes([1 << 6, 1, 1 << 6, 1])),
    );
    _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 << 16 | 1 << 12))
}

/// Four bytes instead of those that there are.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")]
#[inline]
fn wherever(places: __mmask16, vector: __m512i, four: [u8; 4]) -> __m512i {
    let others = _mm512_set1_epi32(i32::from_le_bytes(four));
    _mm512_mask_blend_epi32(places, vector, others)
}
