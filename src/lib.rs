//! A sans-I/O WebSocket implementation (RFC 6455, RFC 7692) and its Python face.
//!
//! Three layers, each of which uses only those before it:
//!
//! * `vector`: loops over many bytes, for masking and for text from UTF-8.
//! * `protocol`: the protocol itself, without Python, I/O, clock, randomness or `unsafe`.
//! * `python` (with the feature of that name): the extension module `wsproto._wsproto`, which
//!   extracts arguments, calls the protocol and wraps the results.

// Private, so that the compiler reports code that nothing uses; public for the fuzzers only. The
// core's own tests do not use all of it.
#[cfg(feature = "fuzzing")]
pub mod protocol;
#[cfg(not(feature = "fuzzing"))]
#[cfg_attr(not(feature = "python"), allow(dead_code, unused_imports))]
mod protocol;
#[cfg_attr(not(feature = "python"), allow(dead_code, unused_imports))]
mod vector;

#[cfg(feature = "python")]
mod python;
