//! A slice in blocks of 64 bytes, and the bytes before each of theirs.

use std::arch::x86_64::{
    __m512i, _mm512_alignr_epi8, _mm512_alignr_epi64, _mm512_cmplt_epi8_mask,
    _mm512_maskz_loadu_epi8, _mm512_set1_epi8, _mm512_setzero_si512,
};

/// The bytes of a vector.
pub(super) const BLOCK: usize = 64;

/// What remains of a slice.
pub(super) struct Blocks<'a> {
    whole: std::slice::Iter<'a, [u8; BLOCK]>,
    /// What follows the whole ones, as long as it has not been returned.
    rest: Option<&'a [u8]>,
    before: __m512i,
}

/// As many bytes in a row.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) bytes: __m512i,
    /// Those that are the slice's, as a set of bits. Zeros follow its end.
    pub(super) filled: u64,
    /// The bytes before them.
    pub(super) before: __m512i,
}

impl<'a> Blocks<'a> {
    /// Zeros come before the slice, and fill its last block, which is never full and may have nothing else.
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
                // SAFETY: no byte is read but those of the mask, which has a bit for each byte of the slice.
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

    /// The byte behind the block that was returned last, unless nothing follows.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        match self.whole.as_slice() {
            [[first, ..], ..] => Some(*first),
            [] => self.rest?.first().copied(),
        }
    }
}

impl Block {
    /// For each byte the one before it, two before it, and three.
    #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")]
    #[inline]
    pub(super) fn preceding(&self) -> [__m512i; 3] {
        // Bytes are shifted within each quarter of a vector. What they come from has to lie in the same quarter of
        // another: the sixteen bytes before them.
        let sixteen_back = _mm512_alignr_epi64::<6>(self.bytes, self.before);
        [
            _mm512_alignr_epi8::<15>(self.bytes, sixteen_back),
            _mm512_alignr_epi8::<14>(self.bytes, sixteen_back),
            _mm512_alignr_epi8::<13>(self.bytes, sixteen_back),
        ]
    }

    /// The continuation bytes among them, likewise.
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
pub(super) fn to_bytes(vector: __m512i) -> [u8; BLOCK] {
    // SAFETY: a vector is 64 bytes, any of which may have any value.
    unsafe { std::mem::transmute(vector) }
}

#[inline]
pub(super) fn to_words(vector: __m512i) -> [u16; BLOCK / 2] {
    // SAFETY: likewise, of 32 numbers.
    unsafe { std::mem::transmute(vector) }
}

#[inline]
pub(super) fn to_doublewords(vector: __m512i) -> [u32; BLOCK / 4] {
    // SAFETY: likewise, of 16 numbers.
    unsafe { std::mem::transmute(vector) }
}
