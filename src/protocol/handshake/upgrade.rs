//! The fields that a request for an upgrade and the agreement to it have in common (RFC 6455 sections 4.1 and 4.2.1).
//!
//! Each may be given in several fields, which are one list (RFC 9110 section 5.3).

use super::Refusal;
use super::list::{contains_token, contains_word};
use crate::protocol::http::{Fields, Name};

/// Whether the connection is to be upgraded.
pub(super) fn is_upgrade(fields: &Fields) -> bool {
    let mut values = fields.values(Name::Connection);
    values.any(|value| contains_word(value, b"upgrade"))
}

/// Whether what it is upgraded to is a WebSocket.
pub(super) fn is_to_websocket(fields: &Fields) -> bool {
    let mut values = fields.values(Name::Upgrade);
    values.any(|value| contains_token(value, b"websocket"))
}

/// Whether the fields that are read as text are ASCII; the first that is not is the one to complain of.
pub(super) fn check_text(fields: &Fields) -> Result<(), Refusal> {
    if fields.are_ascii() {
        return Ok(());
    }
    for field in fields {
        let label = match field.meaning() {
            Name::Connection => "Connection",
            Name::Extensions => "Sec-WebSocket-Extensions",
            Name::Protocol => "Sec-WebSocket-Protocol",
            _ => continue,
        };
        if !field.value().is_ascii() {
            return Err(Refusal::BadHeader(label));
        }
    }
    Ok(())
}
