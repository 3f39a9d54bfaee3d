//! A client's request (RFC 6455 sections 4.1 and 4.2.1).

use super::token::AcceptToken;
use super::upgrade::{check_text, is_to_websocket, is_upgrade};
use super::{Nonce, Refusal, WEBSOCKET_VERSION};
use crate::protocol::http::{HeaderId, HeaderIter, RequestHead};

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
        self.head.headers.get(HeaderId::Host).unwrap_or_default()
    }

    /// The target, which is visible ASCII.
    pub fn target(&self) -> &[u8] {
        self.head.target()
    }

    /// The lists of the extensions that the client offers, each with its parameters, in ASCII.
    pub fn extensions(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.head.headers.values(HeaderId::Extensions)
    }

    /// The lists of the subprotocols that the client speaks, in ASCII.
    pub fn subprotocols(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.head.headers.values(HeaderId::Protocol)
    }

    /// The header fields that have not been taken apart.
    pub fn extra_headers(&self) -> HeaderIter<'_> {
        let taken_apart = &[HeaderId::Host, HeaderId::Extensions, HeaderId::Protocol];
        self.head.headers.except(taken_apart)
    }

    pub(super) fn accept_token(&self) -> AcceptToken {
        let mut keys = self.head.headers.values(HeaderId::Key);
        match (keys.next(), keys.next()) {
            (Some(key), None) => AcceptToken::of(key),
            _ => AcceptToken::of_parts(self.head.headers.values(HeaderId::Key)),
        }
    }
}

/// Whether a request is what it should be.
fn check(head: &RequestHead) -> Result<(), Refusal> {
    if head.method() != b"GET" {
        return Err(Refusal::BadMethod);
    }
    let headers = &head.headers;
    check_text(headers)?;
    if !is_upgrade(headers) {
        return Err(Refusal::MissingConnection);
    }
    let version = headers.values(HeaderId::Version).last();
    if version != Some(WEBSOCKET_VERSION) {
        let named = version.is_some_and(|version| !version.is_empty());
        return Err(Refusal::BadVersion(named));
    }
    if !headers.has(HeaderId::Key) {
        return Err(Refusal::MissingKey);
    }
    if !is_to_websocket(headers) {
        return Err(Refusal::MissingUpgrade);
    }
    if !headers.has(HeaderId::Host) {
        return Err(Refusal::MissingHost);
    }
    Ok(())
}

/// The lines with which a client asks, beyond the host and those that say for what.
pub(super) fn upgrade_lines(nonce: &Nonce) -> Vec<u8> {
    let lines = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ";
    let version = b"\r\nSec-WebSocket-Version: 13\r\n";
    [lines, &nonce.as_bytes()[..], version].concat()
}
