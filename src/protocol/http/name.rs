//! The names of header fields (RFC 9110 section 5.1) that are known: those that mean something here, and those that
//! nearly every handshake has beside them.

macro_rules! names {
    ($($(#[$attribute:meta])* $name:ident = $text:literal,)*) => {
        /// A field name, known once when the field is read, so that looking for a field compares no text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Name {
            $($(#[$attribute])* #[doc = concat!("`", $text, "`")] $name,)*
            /// Any other name.
            Other,
        }

        impl Name {
            /// How many of them mean something here, and come first.
            pub(super) const MEANINGFUL: usize = Self::Extensions as usize + 1;

            /// All names that are known.
            pub const KNOWN: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// The name in lower case; nothing, if it is another.
            #[inline]
            pub const fn text(self) -> &'static [u8] {
                match self {
                    $(Self::$name => $text.as_bytes(),)*
                    Self::Other => b"",
                }
            }
        }
    };
}

names! {
    Host = "host",
    Connection = "connection",
    Upgrade = "upgrade",
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
    /// The client's key:
    Key = "sec-websocket-key",
    /// The server's answer to it:
    AcceptToken = "sec-websocket-accept",
    /// The version of the protocol:
    Version = "sec-websocket-version",
    /// The subprotocols:
    Protocol = "sec-websocket-protocol",
    /// The extensions:
    Extensions = "sec-websocket-extensions",
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    AcceptLanguage = "accept-language",
    Authorization = "authorization",
    CacheControl = "cache-control",
    ContentType = "content-type",
    Cookie = "cookie",
    Date = "date",
    Dnt = "dnt",
    Forwarded = "forwarded",
    Origin = "origin",
    Pragma = "pragma",
    SecFetchDest = "sec-fetch-dest",
    SecFetchMode = "sec-fetch-mode",
    SecFetchSite = "sec-fetch-site",
    SecGpc = "sec-gpc",
    Server = "server",
    SetCookie = "set-cookie",
    UserAgent = "user-agent",
    Vary = "vary",
    Via = "via",
    XForwardedFor = "x-forwarded-for",
    XForwardedHost = "x-forwarded-host",
    XForwardedProto = "x-forwarded-proto",
    XRealIp = "x-real-ip",
}

impl Name {
    /// The meaning of a name, whatever its case.
    #[inline]
    pub(super) fn of(name: &[u8]) -> Self {
        place(name)
            .and_then(|place| PLACES.get(place).copied())
            .filter(|known| is_in_lower_case(name, known.text()))
            .unwrap_or(Self::Other)
    }
}

/// Every known name has a place of its own here.
const PLACES: [Name; 128] = {
    let mut places = [Name::Other; 128];
    let mut nth = 0;
    while nth < Name::KNOWN.len() {
        let name = Name::KNOWN[nth];
        let Some(place) = place(name.text()) else {
            panic!("a name is too short");
        };
        assert!(
            matches!(places[place], Name::Other),
            "two names have one place"
        );
        places[place] = name;
        nth += 1;
    }
    places
};

/// Where a name is, if it is a known one; the factors are such that each has a place of its own.
#[inline]
const fn place(name: &[u8]) -> Option<usize> {
    let (&[_, second, ..], &[.., second_last, _]) = (name, name) else {
        return None;
    };
    let (second, second_last) = (second | 0x20, second_last | 0x20);
    Some((name.len() + 5 * second as usize + 4 * second_last as usize) % 128)
}

/// Whether a name is a known one in any case. That has nothing but letters and hyphens, which is all that makes this
/// simpler than `eq_ignore_ascii_case`.
#[inline]
fn is_in_lower_case(name: &[u8], known: &[u8]) -> bool {
    // Letters are what has the bit 0x40 among them, and 0x20 is what the case is.
    let same_word = |name: &[u8; 8], known: &[u8; 8]| {
        let name = u64::from_ne_bytes(*name);
        name | (name & u64::from_ne_bytes([0x40; 8])) >> 1 == u64::from_ne_bytes(*known)
    };
    let same_byte = |name: &u8, known: &u8| name | (name & 0x40) >> 1 == *known;
    if name.len() != known.len() {
        return false;
    }
    match (name.last_chunk(), known.last_chunk()) {
        // The last word overlaps the one before it.
        (Some(name_end), Some(known_end)) => {
            let (words, _) = name.as_chunks();
            let mut pairs = words.iter().zip(known.as_chunks().0);
            same_word(name_end, known_end) && pairs.all(|(name, known)| same_word(name, known))
        }
        _ => name
            .iter()
            .zip(known)
            .all(|(name, known)| same_byte(name, known)),
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
            (b"Sec-WebSocket-Accept", Name::AcceptToken),
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

    #[test]
    fn every_byte_of_a_name_counts() {
        for known in Name::KNOWN {
            assert_eq!(Name::of(known.text()), known);
            assert_eq!(Name::of(&known.text().to_ascii_uppercase()), known);
            for at in 0..known.text().len() {
                for byte in 0..=255 {
                    let mut name = known.text().to_vec();
                    let same = name[at].eq_ignore_ascii_case(&byte);
                    name[at] = byte;
                    assert_eq!(Name::of(&name) == known, same, "{name:?}");
                }
            }
        }
    }
}
