//! The fields that a request for an upgrade and the agreement to it have in common (RFC 6455 sections 4.1 and 4.2.1).
//!
//! Each may be given in several fields, which are one list (RFC 9110 section 5.3).

use super::Refusal;
use super::list::{contains_token, contains_word};
use crate::protocol::http::{HeaderId, ReceivedHeaders};

/// Whether the connection is to be upgraded.
pub(super) fn is_upgrade(headers: &ReceivedHeaders) -> bool {
    let mut values = headers.values(HeaderId::Connection);
    values.any(|value| contains_word(value, b"upgrade"))
}

/// Whether what it is upgraded to is a WebSocket.
pub(super) fn is_to_websocket(headers: &ReceivedHeaders) -> bool {
    let mut values = headers.values(HeaderId::Upgrade);
    values.any(|value| contains_token(value, b"websocket"))
}

/// Whether the fields that are read as text are ASCII; the first that is not is the one to complain of.
pub(super) fn check_text(headers: &ReceivedHeaders) -> Result<(), Refusal> {
    for header in headers.all() {
        let label = match header.id {
            HeaderId::Connection => "Connection",
            HeaderId::Extensions => "Sec-WebSocket-Extensions",
            HeaderId::Protocol => "Sec-WebSocket-Protocol",
            _ => continue,
        };
        if !header.value.is_ascii() {
            return Err(Refusal::BadHeader(label));
        }
    }
    Ok(())
}
