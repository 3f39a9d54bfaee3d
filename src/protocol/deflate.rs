//! Streams of DEFLATE data (RFC 1951) as permessage-deflate uses them (RFC 7692 section 7.2).

mod bits;
mod compressor;
mod deflater;
mod history;
mod inflater;
mod zlib;

// Symbols, code lengths, costs and indices into a window have few bits by their nature.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
mod block;
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
mod huffman;
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
mod parser;
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
mod search;
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
mod symbols;
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
mod table;
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
mod window;

pub use deflater::{Deflater, Effort};
pub use inflater::{Corrupt, Inflater};

/// What a sender removes from the end of a message and a receiver appends again: the part of an
/// empty block that is always the same (section 7.2.1).
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// How many times its size DEFLATE data can inflate to: two bits, a length and a distance, stand
/// for 258 bytes.
pub const MAX_RATIO: usize = 1032;

/// The base-2 logarithm of an LZ77 window's size: 9 to 15. RFC 7692 also knows 8, which raw streams
/// do not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct WindowBits(u8);

impl WindowBits {
    /// The largest window, which is used when nothing is negotiated.
    pub const MAX: Self = Self(15);

    /// The smallest window of a raw stream.
    pub const MIN: Self = Self(9);

    /// The window of this size, if there is one.
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            9..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The logarithm itself.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The size of the window, in bytes.
    pub const fn size(self) -> usize {
        1 << self.0
    }
}
