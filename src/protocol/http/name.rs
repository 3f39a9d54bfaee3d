//! The names of the header fields that mean something here (RFC 9110 section 5.1, RFC 6455 section 11.3).

/// A field name, known once when the field is read, so that looking for a field compares no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// `Host`
    Host,
    /// `Connection`
    Connection,
    /// `Upgrade`
    Upgrade,
    /// `Content-Length`
    ContentLength,
    /// `Transfer-Encoding`
    TransferEncoding,
    /// `Sec-WebSocket-Key`
    Key,
    /// `Sec-WebSocket-Accept`
    Accept,
    /// `Sec-WebSocket-Version`
    Version,
    /// `Sec-WebSocket-Protocol`
    Protocol,
    /// `Sec-WebSocket-Extensions`
    Extensions,
    /// Any other name.
    Other,
}

impl Name {
    /// The meaning of a name, whatever its case.
    pub(super) fn of(name: &[u8]) -> Self {
        Self::candidate(name)
            .filter(|(known, _)| name.eq_ignore_ascii_case(known))
            .map_or(Self::Other, |(_, meaning)| meaning)
    }

    /// The meaning of a name in lower case.
    #[inline]
    pub(super) fn of_lower(name: &[u8]) -> Self {
        Self::candidate(name)
            .filter(|(known, _)| name == *known)
            .map_or(Self::Other, |(_, meaning)| meaning)
    }

    /// The one name that it can be, for the length tells nearly all of them apart.
    #[inline]
    fn candidate(name: &[u8]) -> Option<(&'static [u8], Self)> {
        Some(match name.len() {
            4 => (b"host", Self::Host),
            7 => (b"upgrade", Self::Upgrade),
            10 => (b"connection", Self::Connection),
            14 => (b"content-length", Self::ContentLength),
            17 if matches!(name.first(), Some(b't' | b'T')) => {
                (b"transfer-encoding", Self::TransferEncoding)
            }
            17 => (b"sec-websocket-key", Self::Key),
            20 => (b"sec-websocket-accept", Self::Accept),
            21 => (b"sec-websocket-version", Self::Version),
            22 => (b"sec-websocket-protocol", Self::Protocol),
            24 => (b"sec-websocket-extensions", Self::Extensions),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_only_as_a_whole() {
        let names: [(&[u8], Name); 14] = [
            (b"Host", Name::Host),
            (b"CONNECTION", Name::Connection),
            (b"upgrade", Name::Upgrade),
            (b"Content-Length", Name::ContentLength),
            (b"Transfer-Encoding", Name::TransferEncoding),
            (b"Sec-WebSocket-Key", Name::Key),
            (b"Sec-WebSocket-Accept", Name::Accept),
            (b"Sec-WebSocket-Version", Name::Version),
            (b"Sec-WebSocket-Protocol", Name::Protocol),
            (b"Sec-WebSocket-Extensions", Name::Extensions),
            (b"Hos", Name::Other),
            (b"Hose", Name::Other),
            (b"Sec_WebSocket_Key", Name::Other),
            (b"", Name::Other),
        ];
        for (name, meaning) in names {
            assert_eq!(Name::of(name), meaning, "{name:?}");
        }
    }
}
