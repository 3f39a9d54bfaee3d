//! A sans-I/O WebSocket implementation (RFC 6455, RFC 7692) and its Python face.
//!
//! Two layers, and the arrow between them only goes down:
//!
//! * [`protocol`] is the protocol itself. It knows nothing of Python, does no I/O, has no clock, no
//!   randomness and no `unsafe`.
//! * `python` (with the feature of the same name) is the extension module `wsproto._wsproto`: one file
//!   for each module of the package, which extracts arguments, calls the protocol and wraps the results.

pub mod protocol;
pub mod vector;

#[cfg(feature = "python")]
mod python;
