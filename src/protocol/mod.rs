//! RFC 6455 and RFC 7692, without Python, I/O, a clock or randomness.
#![forbid(unsafe_code)]

pub mod close;
pub mod close_code;
pub mod connection;
pub mod decoder;
pub mod deflate;
pub mod encoder;
pub mod error;
pub mod extension;
pub mod handshake;
pub mod header;
pub mod http;
pub mod mask;
pub mod message;
pub mod negotiation;
pub mod opcode;
pub mod permessage_deflate;
pub mod role;
pub mod transcode;
pub mod utf8;
