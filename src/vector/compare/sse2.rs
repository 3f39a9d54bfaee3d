//! With vectors of 16 bytes.

use std::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_andnot_si128, _mm_cmpeq_epi8, _mm_cmpgt_epi8, _mm_min_epu8,
    _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8, _mm_srli_epi16,
};

use super::{BLOCK, Compare};

/// What every processor has.
#[derive(Clone, Copy, Debug)]
pub struct Sse2;

impl Compare for Sse2 {
    #[inline(always)]
    fn equal(self, block: &[u8; BLOCK], byte: u8) -> u32 {
        // SAFETY: there is no x86-64 without it.
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
#[target_feature(enable = "sse2")]
fn equal(block: &[u8; BLOCK], byte: u8) -> u32 {
    let byte = _mm_set1_epi8(byte.cast_signed());
    let [low, high] = halves(block);
    bits(_mm_cmpeq_epi8(low, byte), _mm_cmpeq_epi8(high, byte))
}

#[inline]
#[target_feature(enable = "sse2")]
fn equal_in_any_case(block: &[u8; BLOCK], other: &[u8; BLOCK]) -> u32 {
    // Letters are what has the bit 0x40, and 0x20 is what the case is.
    let case = _mm_set1_epi8(0x20);
    let small = |bytes| _mm_or_si128(bytes, _mm_and_si128(_mm_srli_epi16(bytes, 1), case));
    let ([low, high], [other_low, other_high]) = (halves(block), halves(other));
    bits(
        _mm_cmpeq_epi8(small(low), other_low),
        _mm_cmpeq_epi8(small(high), other_high),
    )
}

#[inline]
#[target_feature(enable = "sse2")]
fn controls(block: &[u8; BLOCK]) -> u32 {
    let last = _mm_set1_epi8(0x1f);
    let [low, high] = halves(block);
    bits(
        _mm_cmpeq_epi8(low, _mm_min_epu8(low, last)),
        _mm_cmpeq_epi8(high, _mm_min_epu8(high, last)),
    )
}

#[inline]
#[target_feature(enable = "sse2")]
fn invisible(block: &[u8; BLOCK]) -> u32 {
    // As signed numbers, those that are not ASCII come before the space too.
    let (space, delete) = (_mm_set1_epi8(0x20), _mm_set1_epi8(0x7f));
    let visible =
        |bytes| _mm_andnot_si128(_mm_cmpeq_epi8(bytes, delete), _mm_cmpgt_epi8(bytes, space));
    let [low, high] = halves(block);
    !bits(visible(low), visible(high))
}

#[inline]
#[target_feature(enable = "sse2")]
fn beyond_ascii(block: &[u8; BLOCK]) -> u32 {
    let [low, high] = halves(block);
    bits(low, high)
}

/// The highest bits of the bytes.
#[inline]
#[target_feature(enable = "sse2")]
fn bits(low: __m128i, high: __m128i) -> u32 {
    let [low, high] = [low, high].map(|half| _mm_movemask_epi8(half).cast_unsigned());
    low | high << 16
}

#[inline]
fn halves(block: &[u8; BLOCK]) -> [__m128i; 2] {
    // SAFETY: any 32 bytes are two vectors.
    unsafe { std::mem::transmute(*block) }
}
