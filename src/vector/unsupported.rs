//! Uninhabited tokens for processors without these instructions.

use super::Utf8Stats;
use crate::vector::uninit::Uninit;

/// No value of this type exists on this architecture.
#[derive(Clone, Copy, Debug)]
pub enum Avx512 {}

#[allow(missing_docs, clippy::unused_self)] // The interface of the real type.
impl Avx512 {
    pub const fn detect() -> Option<Self> {
        None
    }

    pub fn validate(self, _: &[u8]) -> Option<(&str, Utf8Stats)> {
        match self {}
    }

    pub fn to_ucs1<S: Uninit<u8>>(self, _: &str, _: &mut [S]) {
        match self {}
    }

    pub fn to_ucs2<S: Uninit<u16>>(self, _: &str, _: &mut [S]) {
        match self {}
    }

    pub fn to_ucs4<S: Uninit<u32>>(self, _: &str, _: &mut [S]) {
        match self {}
    }
}

/// Likewise.
#[derive(Clone, Copy, Debug)]
pub enum Avx2 {}

#[allow(missing_docs, clippy::unused_self)] // The interface of the real type.
impl Avx2 {
    pub const fn detect() -> Option<Self> {
        None
    }

    pub fn to_ucs2<'t, 'o, S: Uninit<u16>>(
        self,
        _: &'t str,
        _: &'o mut [S],
    ) -> (&'t str, &'o mut [S]) {
        match self {}
    }
}
