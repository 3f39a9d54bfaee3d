//! Violations of the opening handshake by the peer, one variant for each rule, with the response to
//! send.

use std::fmt;

use super::WEBSOCKET_VERSION;

/// A broken rule of RFC 6455 section 4, or of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The peer does not speak HTTP/1.1.
    BadHttp,
    /// Section 4.1, item 2: the method is GET.
    BadMethod,
    /// A field whose value must be ASCII text and is not, or a host that cannot be decoded.
    BadHeader(&'static str),
    /// Section 4.2.1, item 4: `Connection` contains `Upgrade`.
    MissingConnection,
    /// Section 4.2.1, item 6: the version is 13. True if the request names another version.
    BadVersion(bool),
    /// Section 4.2.1, item 5: there is a key.
    MissingKey,
    /// Section 4.2.1, item 3: `Upgrade` contains `websocket`.
    MissingUpgrade,
    /// Section 4.2.1, item 2: there is a host.
    MissingHost,
    /// Section 4.1: `Sec-WebSocket-Accept` matches the key.
    BadToken,
}

impl Refusal {
    /// The status code of the response (RFC 6455 section 4.2.2).
    pub fn status(self) -> u16 {
        match self {
            Self::BadVersion(true) => 426,
            _ => 400,
        }
    }

    /// The header field to add to the response, if any (RFC 6455 section 4.4).
    pub fn header(self) -> Option<(&'static [u8], &'static [u8])> {
        match self {
            Self::BadVersion(_) => Some((b"Sec-WebSocket-Version", WEBSOCKET_VERSION)),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadHttp => "Bad HTTP message",
            Self::BadMethod => "Request method must be GET",
            Self::BadHeader(name) => return write!(f, "Bad header, '{name}'"),
            Self::MissingConnection => "Missing header, 'Connection: Upgrade'",
            Self::BadVersion(_) => "Missing header, 'Sec-WebSocket-Version'",
            Self::MissingKey => "Missing header, 'Sec-WebSocket-Key'",
            Self::MissingUpgrade => "Missing header, 'Upgrade: websocket'",
            Self::MissingHost => "Missing header, 'Host'",
            Self::BadToken => "Bad accept token",
        })
    }
}

impl std::error::Error for Refusal {}
