//! A slice in blocks of 64 bytes, each with the block before it.

use std::arch::x86_64::{
    __m512i, _mm512_alignr_epi8, _mm512_alignr_epi64, _mm512_cmplt_epi8_mask,
    _mm512_maskz_loadu_epi8, _mm512_set1_epi8, _mm512_setzero_si512,
};

/// The width of a vector in bytes.
pub(super) const BLOCK: usize = 64;

/// The remaining blocks of a slice.
pub(super) struct Blocks<'a> {
    whole: std::slice::Iter<'a, [u8; BLOCK]>,
    /// The incomplete last block, until it has been returned.
    rest: Option<&'a [u8]>,
    before: __m512i,
}

/// 64 bytes in a row.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) bytes: __m512i,
    /// Mask of the bytes that belong to the slice; zeros pad its end.
    pub(super) filled: u64,
    /// The 64 bytes before them.
    pub(super) before: __m512i,
}

impl<'a> Blocks<'a> {
    /// Zeros precede the slice and pad its last block, which is never full and may be empty.
    #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
    #[inline]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let (whole, rest) = bytes.as_chunks();
        Self {
            whole: whole.iter(),
            rest: Some(rest),
            before: _mm512_setzero_si512(),
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
    #[inline]
    pub(super) fn next(&mut self) -> Option<Block> {
        let (bytes, filled) = match self.whole.next() {
            Some(block) => (from_bytes(*block), u64::MAX),
            None => {
                let rest = self.rest.take()?;
                let filled = !(u64::MAX << rest.len());
                // SAFETY: the masked load reads only bytes whose bit is set, one for each byte of
                // the slice.
                let bytes = unsafe { _mm512_maskz_loadu_epi8(filled, rest.as_ptr().cast()) };
                (bytes, filled)
            }
        };
        let before = std::mem::replace(&mut self.before, bytes);
        Some(Block {
            bytes,
            filled,
            before,
        })
    }

    /// The first byte after the block returned last, if there is one.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        match self.whole.as_slice() {
            [[first, ..], ..] => Some(*first),
            [] => self.rest?.first().copied(),
        }
    }
}

impl Block {
    /// For each byte, the one before it, the second before it and the third before it.
    #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
    #[inline]
    pub(super) fn preceding(&self) -> [__m512i; 3] {
        // `alignr_epi8` shifts within 128-bit lanes: the second operand holds, in each lane, the
        // sixteen bytes before.
        let sixteen_back = _mm512_alignr_epi64::<6>(self.bytes, self.before);
        [
            _mm512_alignr_epi8::<15>(self.bytes, sixteen_back),
            _mm512_alignr_epi8::<14>(self.bytes, sixteen_back),
            _mm512_alignr_epi8::<13>(self.bytes, sixteen_back),
        ]
    }

    /// Mask of the continuation bytes.
    #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
    #[inline]
    pub(super) fn continuations(&self) -> u64 {
        // As signed numbers, 80 to BF are the lowest.
        _mm512_cmplt_epi8_mask(self.bytes, _mm512_set1_epi8(-0x40))
    }
}

#[inline]
pub(super) fn from_bytes(bytes: [u8; BLOCK]) -> __m512i {
    // SAFETY: any 64 bytes are a vector.
    unsafe { std::mem::transmute(bytes) }
}

#[inline]
pub(super) fn to_array(vector: __m512i) -> [u8; BLOCK] {
    // SAFETY: a vector is 64 bytes, any of which may have any value.
    unsafe { std::mem::transmute(vector) }
}

#[inline]
pub(super) fn to_u16s(vector: __m512i) -> [u16; BLOCK / 2] {
    // SAFETY: a vector is 32 numbers of two bytes, any of which may have any value.
    unsafe { std::mem::transmute(vector) }
}

#[inline]
pub(super) fn to_u32s(vector: __m512i) -> [u32; BLOCK / 4] {
    // SAFETY: a vector is 16 numbers of four bytes, any of which may have any value.
    unsafe { std::mem::transmute(vector) }
}
