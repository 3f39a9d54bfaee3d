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
        let mut lower = [0; LONGEST];
        match lower.get_mut(..name.len()) {
            Some(lower) => {
                lower.copy_from_slice(name);
                lower.make_ascii_lowercase();
                Self::of_lower(lower)
            }
            None => Self::Other,
        }
    }

    /// The meaning of a name in lower case.
    #[inline]
    pub(super) fn of_lower(name: &[u8]) -> Self {
        match name {
            b"host" => Self::Host,
            b"upgrade" => Self::Upgrade,
            b"connection" => Self::Connection,
            b"content-length" => Self::ContentLength,
            b"transfer-encoding" => Self::TransferEncoding,
            b"sec-websocket-key" => Self::Key,
            b"sec-websocket-accept" => Self::Accept,
            b"sec-websocket-version" => Self::Version,
            b"sec-websocket-protocol" => Self::Protocol,
            b"sec-websocket-extensions" => Self::Extensions,
            _ => Self::Other,
        }
    }
}

/// How long the longest of the names is.
const LONGEST: usize = b"sec-websocket-extensions".len();

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
