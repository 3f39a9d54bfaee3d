//! Loops over many bytes at once, with instructions that not every processor has.
//!
//! Which of them there are is found out at run time. What is here does the same as a portable loop of the protocol,
//! faster; it knows of text and of octets, and nothing else of the protocol. A function that is compiled for an
//! instruction must not be called where there is none, so that the calls, and nothing but they and the
//! reinterpretation of vectors, are `unsafe`.

#[cfg(not(target_arch = "x86_64"))]
mod absent;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod mask;

#[cfg(not(target_arch = "x86_64"))]
pub use absent::Avx512;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use mask::{BLOCK, xor_blocks};

/// What a string needs to know of a text before there is room for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Survey {
    /// The highest byte of its UTF-8; 0 if there is none.
    pub highest: u8,
    /// How many code points it has.
    pub count: usize,
}
