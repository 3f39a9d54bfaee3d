//! What stands for instructions where there can be none of them.

use super::Survey;
use crate::vector::slot::Slot;

/// A processor of another kind: there is no value of this type.
#[derive(Clone, Copy, Debug)]
pub enum Avx512 {}

#[allow(missing_docs, clippy::unused_self)] // As the type that it stands for.
impl Avx512 {
    pub const fn detect() -> Option<Self> {
        None
    }

    pub fn validate(self, _: &[u8]) -> Option<(&str, Survey)> {
        match self {}
    }

    pub fn to_bytes<S: Slot<u8>>(self, _: &str, _: &mut [S]) {
        match self {}
    }

    pub fn to_words<S: Slot<u16>>(self, _: &str, _: &mut [S]) {
        match self {}
    }

    pub fn to_doublewords<S: Slot<u32>>(self, _: &str, _: &mut [S]) {
        match self {}
    }
}

/// Likewise.
#[derive(Clone, Copy, Debug)]
pub enum Avx2 {}

#[allow(missing_docs, clippy::unused_self)] // As the type that it stands for.
impl Avx2 {
    pub const fn detect() -> Option<Self> {
        None
    }

    pub fn to_words<'t, 'o, S: Slot<u16>>(
        self,
        _: &'t str,
        _: &'o mut [S],
    ) -> (&'t str, &'o mut [S]) {
        match self {}
    }
}
