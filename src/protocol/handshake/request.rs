//! A client's request (RFC 6455 sections 4.1 and 4.2.1).

use super::token::{AcceptToken, joined};
use super::upgrade::{check_text, is_to_websocket, is_upgrade};
use super::{Nonce, Refusal, WEBSOCKET_VERSION};
use crate::protocol::http::{FieldIter, Name, RequestHead};

/// A request for a WebSocket connection.
#[derive(Debug)]
pub struct UpgradeRequest {
    /// It is a GET with a host, a key and version 13; what is read as a list is ASCII.
    head: RequestHead,
}

impl UpgradeRequest {
    /// Takes a request for what it should be.
    #[inline]
    pub(super) fn read(head: RequestHead) -> Result<Self, Refusal> {
        check(&head)?;
        Ok(Self { head })
    }

    /// The host as it was written, which may be internationalised.
    pub fn host(&self) -> &[u8] {
        self.head.fields.get(Name::Host).unwrap_or_default()
    }

    /// The target, which is visible ASCII.
    pub fn target(&self) -> &[u8] {
        self.head.target()
    }

    /// The lists of the extensions that the client offers, each with its parameters, in ASCII.
    pub fn extensions(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.head.fields.values(Name::Extensions)
    }

    /// The lists of the subprotocols that the client speaks, in ASCII.
    pub fn subprotocols(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.head.fields.values(Name::Protocol)
    }

    /// The header fields that have not been taken apart.
    pub fn extra_fields(&self) -> FieldIter<'_> {
        let taken_apart = [Name::Host, Name::Extensions, Name::Protocol];
        self.head.fields.except(taken_apart)
    }

    pub(super) fn accept_token(&self) -> AcceptToken {
        let mut keys = self.head.fields.values(Name::Key);
        match (keys.next(), keys.next()) {
            (Some(key), None) => AcceptToken::of(key),
            _ => AcceptToken::of_parts(self.head.fields.values(Name::Key)),
        }
    }
}

/// Whether a request is what it should be.
fn check(head: &RequestHead) -> Result<(), Refusal> {
    if head.method() != b"GET" {
        return Err(Refusal::BadMethod);
    }
    let fields = &head.fields;
    check_text(fields)?;
    if !is_upgrade(fields) {
        return Err(Refusal::MissingConnection);
    }
    let version = fields.values(Name::Version).last();
    if version != Some(WEBSOCKET_VERSION) {
        let named = version.is_some_and(|version| !version.is_empty());
        return Err(Refusal::BadVersion(named));
    }
    if !fields.has(Name::Key) {
        return Err(Refusal::MissingKey);
    }
    if !is_to_websocket(fields) {
        return Err(Refusal::MissingUpgrade);
    }
    if !fields.has(Name::Host) {
        return Err(Refusal::MissingHost);
    }
    Ok(())
}

/// The length of the fields with which a client asks.
pub(super) const FIELDS: usize = BEFORE_KEY.len() + 24 + BEHIND_KEY.len();

const BEFORE_KEY: &[u8] = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ";
const BEHIND_KEY: &[u8] = b"\r\nSec-WebSocket-Version: 13\r\n";

/// The fields with which a client asks, beyond the host and those that say for what, as they are sent.
pub(super) fn fields(nonce: &Nonce) -> [u8; FIELDS] {
    joined([BEFORE_KEY, nonce.as_bytes(), BEHIND_KEY])
}
