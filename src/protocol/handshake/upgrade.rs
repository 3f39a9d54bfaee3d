//! Checks common to the request and the response of an upgrade (RFC 6455 sections 4.1 and 4.2.1).
//!
//! Several fields of one name are one list (RFC 9110 section 5.3).

use super::Refusal;
use super::list::{contains_token, trim};
use crate::protocol::http::{HeaderId, ReceivedHeaders};

/// Whether `Connection` contains `Upgrade`. Upstream reads it as text.
pub(super) fn is_upgrade(headers: &ReceivedHeaders) -> bool {
    let mut values = headers.values(HeaderId::Connection);
    values.any(|value| contains_token(value, b"upgrade", trim))
}

/// Whether `Upgrade` contains `websocket`. Upstream reads it as bytes, whose white space is not
/// that of text.
pub(super) fn is_to_websocket(headers: &ReceivedHeaders) -> bool {
    let mut values = headers.values(HeaderId::Upgrade);
    values.any(|value| contains_token(value, b"websocket", <[u8]>::trim_ascii))
}

/// Checks that the fields which are read as text are ASCII; the error names the first that is not.
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
