//! The response of a server that accepts (RFC 6455 sections 4.2.2 and 4.1).

use super::token::AcceptToken;
use super::upgrade::{check_text, is_to_websocket, is_upgrade};
use super::{Nonce, Refusal};
use crate::protocol::http::{Header, HeaderId, ReceivedHeaders, ResponseHead};

/// A response that switches to the WebSocket protocol and answers the key.
#[derive(Debug)]
pub struct Acceptance {
    /// Checked by `check`: fields read as text are ASCII.
    headers: ReceivedHeaders,
}

impl Acceptance {
    /// Checks a response against the key that it answers.
    pub(super) fn read(head: ResponseHead, nonce: Option<&Nonce>) -> Result<Self, Refusal> {
        check(&head.headers, nonce)?;
        Ok(Self {
            headers: head.headers,
        })
    }

    /// The subprotocol that the server has chosen, in ASCII.
    pub fn subprotocol(&self) -> Option<&[u8]> {
        self.headers.values(HeaderId::Protocol).last()
    }

    /// The extensions that the server has accepted, a list with parameters, in ASCII.
    pub fn extensions(&self) -> Option<&[u8]> {
        self.headers.values(HeaderId::Extensions).last()
    }

    /// The header fields beyond those of the handshake.
    pub fn extra_headers(&self) -> impl Iterator<Item = Header<'_>> + Clone {
        self.headers.except(&[
            HeaderId::Connection,
            HeaderId::Upgrade,
            HeaderId::Accept,
            HeaderId::Extensions,
            HeaderId::Protocol,
        ])
    }
}

/// Checks an acceptance (section 4.1, items 2 to 4 of the client's checks).
fn check(headers: &ReceivedHeaders, nonce: Option<&Nonce>) -> Result<(), Refusal> {
    check_text(headers)?;
    if !is_upgrade(headers) {
        return Err(Refusal::MissingConnection);
    }
    if !is_to_websocket(headers) {
        return Err(Refusal::MissingUpgrade);
    }
    let token = headers.values(HeaderId::Accept).last();
    let expected = nonce.map(|nonce| AcceptToken::from_key(nonce.as_bytes()));
    let pair = token.zip(expected);
    if pair.is_none_or(|(token, expected)| token != expected.as_bytes()) {
        return Err(Refusal::BadToken);
    }
    Ok(())
}

/// The header lines of every acceptance.
pub(super) fn upgrade_lines(token: &AcceptToken) -> Vec<u8> {
    let lines = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
    [lines, &token.as_bytes()[..], b"\r\n"].concat()
}
