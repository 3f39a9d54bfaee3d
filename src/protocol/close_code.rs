//! The status codes of RFC 6455 section 7.4.1 and of the registry that continues it.

/// The connection has fulfilled its purpose.
pub const NORMAL_CLOSURE: u16 = 1000;
/// A rule of the protocol was broken.
pub const PROTOCOL_ERROR: u16 = 1002;
/// Never on the wire: a close frame without a code was received.
pub const NO_STATUS_RCVD: u16 = 1005;
/// Never on the wire: the transport ended without a close frame.
pub const ABNORMAL_CLOSURE: u16 = 1006;
/// The data of a message are not of its type: text that is not UTF-8, or corrupt compressed
/// data.
pub const INVALID_FRAME_PAYLOAD_DATA: u16 = 1007;
/// A message was too big to be processed.
pub const MESSAGE_TOO_BIG: u16 = 1009;
/// Never on the wire: the TLS handshake failed.
pub const TLS_HANDSHAKE_FAILED: u16 = 1015;
