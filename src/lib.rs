//! A sans-I/O WebSocket implementation (RFC 6455, RFC 7692) and its Python face.
//!
//! Three layers, and the arrows between them only go down. From the lowest:
//!
//! * [`vector`] is what is done to many bytes at once: masking, and text from UTF-8.
//! * [`protocol`] is the protocol itself. It knows nothing of Python, does no I/O, has no clock, no
//!   randomness and no `unsafe`.
//! * `python` (with the feature of the same name) is the extension module `wsproto._wsproto`: one
//!   file for each module of the package, which extracts arguments, calls the protocol and wraps
//!   the results.

pub mod protocol;
pub mod vector;

#[cfg(feature = "python")]
mod python;
