//! RFC 6455 and RFC 7692, without Python, I/O, a clock or randomness.
#![forbid(unsafe_code)]

pub mod handshake;
pub mod http;
