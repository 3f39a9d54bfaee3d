//! The header fields that the opening handshake reads (RFC 9110 section 5.1, RFC 6455 section
//! 11.3).

/// Defines the enumeration and its names, each once.
macro_rules! header_ids {
    ($($id:ident = $name:literal,)*) => {
        /// The identifier of a header field, so that a look-up compares no text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum HeaderId {
            $(#[doc = concat!("`", $name, "`")] $id,)*
            /// Any other field.
            Other,
        }

        impl HeaderId {
            /// The field of this name in lower case.
            pub(super) fn from_lowercase(name: &[u8]) -> Self {
                match name {
                    $(name if name == $name.as_bytes() => Self::$id,)*
                    _ => Self::Other,
                }
            }

            /// The names in lower case, indexed by identifier.
            pub const NAMES: [&[u8]; Self::Other as usize] = [$($name.as_bytes()),*];

            /// The length of the longest name.
            const LONGEST: usize = {
                let lengths = [$($name.len()),*];
                let (mut longest, mut nth) = (0, 0);
                while nth < lengths.len() {
                    if lengths[nth] > longest {
                        longest = lengths[nth];
                    }
                    nth += 1;
                }
                longest
            };
        }
    };
}

header_ids! {
    Host = "host",
    Connection = "connection",
    Upgrade = "upgrade",
    Key = "sec-websocket-key",
    Accept = "sec-websocket-accept",
    Version = "sec-websocket-version",
    Protocol = "sec-websocket-protocol",
    Extensions = "sec-websocket-extensions",
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
}

impl HeaderId {
    /// The field of this name in any case.
    pub(super) fn new(name: &[u8]) -> Self {
        let mut lowercase = [0; Self::LONGEST];
        match lowercase.get_mut(..name.len()) {
            Some(lowercase) => {
                lowercase.copy_from_slice(name);
                lowercase.make_ascii_lowercase();
                Self::from_lowercase(lowercase)
            }
            None => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_in_any_case_and_as_a_whole() {
        let names: [(&[u8], HeaderId); 12] = [
            (b"Host", HeaderId::Host),
            (b"CONNECTION", HeaderId::Connection),
            (b"upgrade", HeaderId::Upgrade),
            (b"Sec-WebSocket-Key", HeaderId::Key),
            (b"Sec-WebSocket-Accept", HeaderId::Accept),
            (b"Sec-WebSocket-Version", HeaderId::Version),
            (b"Sec-WebSocket-Protocol", HeaderId::Protocol),
            (b"Sec-WebSocket-Extensions", HeaderId::Extensions),
            (b"Content-Length", HeaderId::ContentLength),
            (b"Transfer-Encoding", HeaderId::TransferEncoding),
            (b"Hos", HeaderId::Other),
            (b"", HeaderId::Other),
        ];
        for (name, id) in names {
            assert_eq!(HeaderId::new(name), id, "{}", name.escape_ascii());
            let longer = [name, b"-and-more-than-any-of-the-names"].concat();
            assert_eq!(HeaderId::new(&longer), HeaderId::Other);
        }
    }
}
