//! Loops over many bytes at once, with instructions that not every processor has.
//!
//! Which of them there are is found out at run time. What is here knows of octets and of text, and nothing of the
//! protocol. A function that is compiled for an instruction must not be called where there is none, so that its
//! calls are `unsafe`; apart from that hardly anything is.

#[cfg(not(target_arch = "x86_64"))]
mod absent;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod instructions;
mod mask;
pub mod slot;
mod survey;

#[cfg(not(target_arch = "x86_64"))]
pub use absent::{Avx2, Avx512};
#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use mask::{xor, xor_into};
pub use survey::{Survey, survey};
