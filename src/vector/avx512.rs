//! AVX-512 with byte compression (VBMI2), which Intel processors have since Ice Lake and AMD's
//! since Zen 4.

mod block;
mod out;
mod sequences;
mod ucs2;
mod ucs4;
mod utf8;

use super::Utf8Stats;
use super::instructions::Extension;
use crate::vector::uninit::Uninit;

/// A token that exists only if the processor has the instructions this module is compiled for.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

#[allow(clippy::unused_self)] // The token is the proof that the call is sound.
impl Avx512 {
    /// The token, if the processor has the instructions.
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
    pub fn validate(self, bytes: &[u8]) -> Option<(&str, Utf8Stats)> {
        // SAFETY: `self` exists, so the instructions have been detected.
        let stats = unsafe { utf8::validate(bytes) }?;
        // SAFETY: `utf8::validate` returns `None` for bytes that are not UTF-8.
        let text = unsafe { std::str::from_utf8_unchecked(bytes) };
        Some((text, stats))
    }

    /// Write the code points of `text`, all below U+0100, into `out`.
    ///
    /// # Panics
    ///
    /// If `out` is not as long as the text has code points; so do the other two.
    pub fn to_ucs1<S: Uninit<u8>>(self, text: &str, out: &mut [S]) {
        // SAFETY: `self` exists, so the instructions have been detected.
        unsafe { ucs2::to_ucs1(text, out) }
    }

    /// Write the code points of `text`, all below U+10000, into `out`.
    pub fn to_ucs2<S: Uninit<u16>>(self, text: &str, out: &mut [S]) {
        // SAFETY: `self` exists, so the instructions have been detected.
        unsafe { ucs2::to_ucs2(text, out) }
    }

    /// Write the code points of `text` into `out`.
    pub fn to_ucs4<S: Uninit<u32>>(self, text: &str, out: &mut [S]) {
        // SAFETY: `self` exists, so the instructions have been detected.
        unsafe { ucs4::to_ucs4(text, out) }
    }
}
