//! Loops over many bytes with instruction set extensions, which are detected at run time.
//!
//! This layer knows octets and text, not the protocol. A function compiled for an extension may
//! only be called where the processor has it, which makes those calls `unsafe`; hardly anything
//! else is. [`Avx2`] and [`Avx512`] are tokens that exist only where the extension does.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod instructions;
mod mask;
pub mod uninit;
#[cfg(not(target_arch = "x86_64"))]
mod unsupported;
mod utf8_stats;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use mask::{xor, xor_into};
#[cfg(not(target_arch = "x86_64"))]
pub use unsupported::{Avx2, Avx512};
pub use utf8_stats::{Utf8Stats, utf8_stats};
