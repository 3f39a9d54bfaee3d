//! With vectors of 32 bytes.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_andnot_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8,
    _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_srli_epi16,
};

use super::{Avx2, BLOCK, Compare, Search};

/// Search with it.
#[target_feature(enable = "avx2,popcnt")]
pub(super) fn search<S: Search>(what: S, compare: Avx2) -> S::Found {
    what.search(compare)
}

impl Compare for Avx2 {
    #[inline(always)]
    fn equal(self, block: &[u8; BLOCK], byte: u8) -> u32 {
        // SAFETY: there is a `self`, so that the instructions have been detected.
        unsafe { equal(block, byte) }
    }

    #[inline(always)]
    fn equal_in_any_case(self, block: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
        // SAFETY: likewise.
        unsafe { equal_in_any_case(block, other) }
    }

    #[inline(always)]
    fn controls(self, block: &[u8; BLOCK]) -> u32 {
        // SAFETY: likewise.
        unsafe { controls(block) }
    }

    #[inline(always)]
    fn invisible(self, block: &[u8; BLOCK]) -> u32 {
        // SAFETY: likewise.
        unsafe { invisible(block) }
    }

    #[inline(always)]
    fn beyond_ascii(self, block: &[u8; BLOCK]) -> u32 {
        // SAFETY: likewise.
        unsafe { beyond_ascii(block) }
    }
}

#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn equal(block: &[u8; BLOCK], byte: u8) -> u32 {
    bits(_mm256_cmpeq_epi8(
        vector(block),
        _mm256_set1_epi8(byte.cast_signed()),
    ))
}

#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn equal_in_any_case(block: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
    // Letters are what has the bit 0x40, and 0x20 is what the case is.
    let (bytes, case) = (vector(block), _mm256_set1_epi8(0x20));
    let small = _mm256_or_si256(bytes, _mm256_and_si256(_mm256_srli_epi16(bytes, 1), case));
    bits(_mm256_cmpeq_epi8(small, vector(other)))
}

#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn controls(block: &[u8; BLOCK]) -> u32 {
    let bytes = vector(block);
    let at_most = _mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f));
    bits(_mm256_cmpeq_epi8(bytes, at_most))
}

#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn invisible(block: &[u8; BLOCK]) -> u32 {
    let bytes = vector(block);
    // As signed numbers, those that are not ASCII come before the space too.
    let above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(0x20));
    let delete = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
    !bits(_mm256_andnot_si256(delete, above))
}

#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn beyond_ascii(block: &[u8; BLOCK]) -> u32 {
    bits(vector(block))
}

/// The highest bits of the bytes.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn bits(vector: __m256i) -> u32 {
    _mm256_movemask_epi8(vector).cast_unsigned()
}

#[inline]
fn vector(block: &[u8; BLOCK]) -> __m256i {
    // SAFETY: any 32 bytes are a vector.
    unsafe { std::mem::transmute(*block) }
}
