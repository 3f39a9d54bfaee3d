//! The sending end of a stream.

use std::collections::TryReserveError;

use super::WindowBits;
use super::compressor::Compressor;
use super::zlib::Zlib;

/// How hard a [`Deflater`] tries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    level: Option<u8>,
    memory_level: u8,
}

impl Effort {
    /// No level of zlib's, and zlib's usual memory level.
    pub const DEFAULT: Self = Self {
        level: None,
        memory_level: 8,
    };

    /// A compression level of zlib's, 0 (none) to 9 (the smallest output), or none for the
    /// package's own compressor; and a memory level of 1 (the least) to 9.
    pub const fn new(level: Option<u8>, memory_level: u8) -> Option<Self> {
        match (level, memory_level) {
            (None | Some(0..=9), 1..=9) => Some(Self {
                level,
                memory_level,
            }),
            _ => None,
        }
    }

    /// The compression level, if one was asked for.
    pub const fn level(self) -> Option<u8> {
        self.level
    }

    /// The memory level.
    pub const fn memory_level(self) -> u8 {
        self.memory_level
    }
}

/// The sending end of a stream.
pub struct Deflater(Kind);

enum Kind {
    Own(Box<Compressor>),
    Zlib(Box<Zlib>),
}

impl Deflater {
    /// A stream with this window.
    pub fn new(window: WindowBits, effort: Effort) -> Self {
        let memory_level = effort.memory_level;
        Self(match effort.level {
            None => Kind::Own(Box::new(Compressor::new(window, memory_level))),
            Some(level) => Kind::Zlib(Box::new(Zlib::new(window, level, memory_level))),
        })
    }

    /// Compress `input` and append what is ready of it to `out`.
    ///
    /// # Errors
    ///
    /// There is not enough memory; the stream is as before.
    pub fn compress(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), TryReserveError> {
        match &mut self.0 {
            Kind::Own(compressor) => compressor.compress(input, out),
            Kind::Zlib(zlib) => zlib.compress(input, out),
        }
    }

    /// Compress `input` and append all of it to `out`, so that a receiver can inflate it at once,
    /// without the [`TAIL`](super::TAIL).
    ///
    /// # Errors
    ///
    /// There is not enough memory; the stream is as before.
    pub fn flush(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), TryReserveError> {
        match &mut self.0 {
            Kind::Own(compressor) => compressor.flush(input, out),
            Kind::Zlib(zlib) => zlib.flush(input, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_bounded() {
        assert_eq!((WindowBits::new(8), WindowBits::new(16)), (None, None));
        assert_eq!(
            [(Some(10), 8), (Some(6), 0), (None, 0), (Some(6), 10)]
                .map(|(level, memory_level)| Effort::new(level, memory_level)),
            [None; 4]
        );
    }
}
