//! A server's agreement (RFC 6455 sections 4.2.2 and 4.1).

use super::list::{ascii, contains_token, contains_word};
use super::token::AcceptToken;
use super::{Nonce, Refusal, split_comma_list};
use crate::protocol::http::{Error, Fields, ResponseHead};

/// A response that switches to the WebSocket protocol and answers the key.
#[derive(Debug)]
pub struct Acceptance {
    /// What is read as text is ASCII.
    fields: Fields,
}

impl Acceptance {
    /// Takes a response for what it should be, given the key that it answers.
    pub(super) fn read(head: ResponseHead, nonce: Option<&Nonce>) -> Result<Self, Refusal> {
        let fields = head.fields;
        let (mut connection, mut upgrade) = (false, false);
        let mut token = None;
        for (name, value) in fields.iter() {
            let text = |label| ascii(value).ok_or(Refusal::BadHeader(label));
            match name {
                // Either may be given in several fields, which are one list (RFC 9110 section 5.3).
                b"connection" => {
                    connection |= contains_word(text("Connection")?, "upgrade");
                }
                b"upgrade" => upgrade |= contains_token(value, b"websocket"),
                b"sec-websocket-extensions" => {
                    text("Sec-WebSocket-Extensions")?;
                }
                b"sec-websocket-protocol" => {
                    text("Sec-WebSocket-Protocol")?;
                }
                b"sec-websocket-accept" => token = Some(value),
                _ => {}
            }
        }
        if !connection {
            return Err(Refusal::MissingConnection);
        }
        if !upgrade {
            return Err(Refusal::MissingUpgrade);
        }
        let expected = nonce.map(|nonce| AcceptToken::of(nonce.as_bytes()));
        if expected.is_none() || token != expected.as_ref().map(AcceptToken::as_bytes) {
            return Err(Refusal::BadToken);
        }
        Ok(Self { fields })
    }

    /// The subprotocol that the server has chosen.
    pub fn subprotocol(&self) -> Option<&str> {
        let last = self.fields.values(b"sec-websocket-protocol").last();
        last.and_then(ascii)
    }

    /// The extensions that the server has accepted, each with its parameters.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        let last = self.fields.values(b"sec-websocket-extensions").last();
        last.and_then(ascii).into_iter().flat_map(split_comma_list)
    }

    /// The header fields that are not of the handshake.
    pub fn extra_fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().filter(|(name, _)| {
            !matches!(
                *name,
                b"connection"
                    | b"upgrade"
                    | b"sec-websocket-accept"
                    | b"sec-websocket-extensions"
                    | b"sec-websocket-protocol"
            )
        })
    }
}

/// The fields with which a server agrees, before those that say to what.
pub(super) fn fields(token: &AcceptToken) -> Result<Fields, Error> {
    let mut fields = Fields::with_capacity(256, 8);
    fields.push(b"Upgrade", b"websocket")?;
    fields.push(b"Connection", b"Upgrade")?;
    fields.push(b"Sec-WebSocket-Accept", token.as_bytes())?;
    Ok(fields)
}
