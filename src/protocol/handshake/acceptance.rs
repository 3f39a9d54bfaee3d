//! A server's agreement (RFC 6455 sections 4.2.2 and 4.1).

use super::token::{AcceptToken, joined};
use super::upgrade::{check_text, is_to_websocket, is_upgrade};
use super::{Nonce, Refusal};
use crate::protocol::http::{FieldIter, Fields, Name, ResponseHead};

/// A response that switches to the WebSocket protocol and answers the key.
#[derive(Debug)]
pub struct Acceptance {
    /// What is read as text is ASCII.
    fields: Fields,
}

impl Acceptance {
    /// Takes a response for what it should be, given the key that it answers.
    pub(super) fn read(head: ResponseHead, nonce: Option<&Nonce>) -> Result<Self, Refusal> {
        check(&head.fields, nonce)?;
        Ok(Self {
            fields: head.fields,
        })
    }

    /// The subprotocol that the server has chosen, in ASCII.
    pub fn subprotocol(&self) -> Option<&[u8]> {
        self.fields.values(Name::Protocol).last()
    }

    /// The list of the extensions that the server has accepted, each with its parameters, in ASCII.
    pub fn extensions(&self) -> Option<&[u8]> {
        self.fields.values(Name::Extensions).last()
    }

    /// The header fields that are not of the handshake.
    pub fn extra_fields(&self) -> FieldIter<'_> {
        let taken_apart = [
            Name::Connection,
            Name::Upgrade,
            Name::AcceptToken,
            Name::Extensions,
            Name::Protocol,
        ];
        self.fields.except(taken_apart)
    }
}

/// Whether an agreement is what it should be.
fn check(fields: &Fields, nonce: Option<&Nonce>) -> Result<(), Refusal> {
    check_text(fields)?;
    if !is_upgrade(fields) {
        return Err(Refusal::MissingConnection);
    }
    if !is_to_websocket(fields) {
        return Err(Refusal::MissingUpgrade);
    }
    let token = fields.values(Name::AcceptToken).last();
    let expected = nonce.map(|nonce| AcceptToken::of(nonce.as_bytes()));
    let pair = token.zip(expected);
    if pair.is_none_or(|(token, expected)| token != expected.as_bytes()) {
        return Err(Refusal::BadToken);
    }
    Ok(())
}

/// The length of the fields with which a server agrees.
pub(super) const FIELDS: usize = BEFORE_TOKEN.len() + 28 + 2;

const BEFORE_TOKEN: &[u8] = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";

/// The fields with which a server agrees, before those that say to what, as they are sent.
pub(super) fn fields(token: &AcceptToken) -> [u8; FIELDS] {
    joined([BEFORE_TOKEN, token.as_bytes(), b"\r\n"])
}
