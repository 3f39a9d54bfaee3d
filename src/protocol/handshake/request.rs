//! A client's request (RFC 6455 sections 4.1 and 4.2.1).

use super::token::AcceptToken;
use super::upgrade::{check_text, is_to_websocket, is_upgrade};
use super::{Nonce, Refusal, WEBSOCKET_VERSION};
use crate::protocol::http::{Header, HeaderId, RequestHead};

/// A request for a WebSocket connection.
#[derive(Debug)]
pub struct UpgradeRequest {
    /// Checked by `check`: a GET with a host, a key and version 13, whose lists are ASCII.
    head: RequestHead,
}

impl UpgradeRequest {
    /// Checks a request.
    #[inline]
    pub(super) fn read(head: RequestHead) -> Result<Self, Refusal> {
        check(&head)?;
        Ok(Self { head })
    }

    /// The host as it was sent, which may be internationalised.
    pub fn host(&self) -> &[u8] {
        self.head.headers.get(HeaderId::Host).unwrap_or_default()
    }

    /// The target, which is visible ASCII.
    pub fn target(&self) -> &[u8] {
        self.head.target()
    }

    /// The extensions that the client offers, lists with parameters, in ASCII.
    pub fn extensions(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.head.headers.values(HeaderId::Extensions)
    }

    /// The subprotocols that the client offers, lists in ASCII.
    pub fn subprotocols(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.head.headers.values(HeaderId::Protocol)
    }

    /// The header fields that no other method returns.
    pub fn extra_headers(&self) -> impl Iterator<Item = Header<'_>> + Clone {
        let returned = &[HeaderId::Host, HeaderId::Extensions, HeaderId::Protocol];
        self.head.headers.except(returned)
    }

    pub(super) fn accept_token(&self) -> AcceptToken {
        let mut keys = self.head.headers.values(HeaderId::Key);
        match (keys.next(), keys.next()) {
            (Some(key), None) => AcceptToken::from_key(key),
            _ => AcceptToken::from_key_parts(self.head.headers.values(HeaderId::Key)),
        }
    }
}

/// Checks a request (section 4.2.1).
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

/// The header lines of every request, after the host.
pub(super) fn upgrade_lines(nonce: &Nonce) -> Vec<u8> {
    let lines = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ";
    let version = b"\r\nSec-WebSocket-Version: 13\r\n";
    [lines, &nonce.as_bytes()[..], version].concat()
}
