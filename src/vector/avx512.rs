//! Vectors of 64 bytes: AVX-512, with the compression of bytes (VBMI2) that Intel's Ice Lake and AMD's Zen 4 brought.

mod block;
mod narrow;
mod out;
mod sequences;
mod utf8;
mod wide;

use super::Survey;
use super::instructions::Extension;
use crate::vector::slot::Slot;

/// Proof that the processor has the instructions that this module is compiled for.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// The proof, where there is one.
    #[inline]
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512cd")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("popcnt");
        Extension::Avx512.is_used(found).then_some(Self(()))
    }

    /// These bytes as text, if they are well-formed UTF-8.
    pub fn validate(self, bytes: &[u8]) -> Option<(&str, Survey)> {
        // SAFETY: there is a `self`, so that the instructions have been detected.
        let survey = unsafe { utf8::survey(bytes) }?;
        // SAFETY: the survey of what is not UTF-8 is none.
        let text = unsafe { std::str::from_utf8_unchecked(bytes) };
        Some((text, survey))
    }

    /// Write the code points of `text`, all below U+0100, into `out`.
    ///
    /// # Panics
    ///
    /// If `out` is not as long as the text has code points, like the other two.
    pub fn to_bytes<S: Slot<u8>>(self, text: &str, out: &mut [S]) {
        // SAFETY: there is a `self`, so that the instructions have been detected.
        unsafe { narrow::to_bytes(text, out) }
    }

    /// Write the code points of `text`, all below U+10000, into `out`.
    pub fn to_words<S: Slot<u16>>(self, text: &str, out: &mut [S]) {
        // SAFETY: there is a `self`, so that the instructions have been detected.
        unsafe { narrow::to_words(text, out) }
    }

    /// Write the code points of `text` into `out`.
    pub fn to_doublewords<S: Slot<u32>>(self, text: &str, out: &mut [S]) {
        // SAFETY: there is a `self`, so that the instructions have been detected.
        unsafe { wide::to_doublewords(text, out) }
    }
}
