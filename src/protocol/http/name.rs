//! The names of header fields (RFC 9110 section 5.1) that are known: those that mean something here, and those that
//! nearly every handshake has beside them.

use crate::vector::compare::{BLOCK, Compare, Everywhere};

macro_rules! names {
    ($($(#[$attribute:meta])* $name:ident = $text:literal,)*) => {
        /// A field name, known once when the field is read, so that looking for a field compares no text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
        pub enum Name {
            $($(#[$attribute])* #[doc = concat!("`", $text, "`")] $name,)*
            /// Any other name.
            Other,
        }

        impl Name {
            /// How many of them are looked for in every head, and come first.
            pub(super) const WANTED: usize = Self::Extensions as usize + 1;

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
    // The values of these are looked at when they are read, and they come last.
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
}

impl Name {
    /// The meaning of a name, whatever its case.
    pub(super) fn of(name: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        match (block.get_mut(..=name.len()), u32::try_from(name.len())) {
            (Some([place @ .., behind]), Ok(length)) => {
                place.copy_from_slice(name);
                *behind = b':';
                Self::before_colon(&block, length, Everywhere)
            }
            _ => Self::Other,
        }
    }

    /// The meaning of the name of this length that some text begins with, whatever its case. A colon is behind it, and
    /// none is in it.
    #[inline(always)]
    pub(super) fn before_colon(text: &[u8; BLOCK], length: u32, compare: impl Compare) -> Self {
        let name = PLACES[place(text, length as usize)];
        // As there is no other colon in a line, this one is in the same place only if the lengths are the same.
        let same = compare.equal_in_any_case(text, &LINES[name as usize]);
        let whole = u32::MAX >> (31 - length);
        if same & whole == whole {
            name
        } else {
            Self::Other
        }
    }
}

/// The beginning of a line for every name that is known, and one that has no colon for the others.
const LINES: [[u8; BLOCK]; Name::KNOWN.len() + 1] = {
    let mut lines = [[0; BLOCK]; Name::KNOWN.len() + 1];
    let mut nth = 0;
    while nth < Name::KNOWN.len() {
        let text = Name::KNOWN[nth].text();
        let (line, behind) = lines[nth].split_at_mut(text.len());
        line.copy_from_slice(text);
        behind[0] = b':';
        nth += 1;
    }
    lines
};

/// Every known name has a place of its own here.
const PLACES: [Name; 128] = {
    let mut places = [Name::Other; 128];
    let mut nth = 0;
    while nth < Name::KNOWN.len() {
        let name = Name::KNOWN[nth];
        let place = place(&LINES[nth], name.text().len());
        assert!(
            matches!(places[place], Name::Other),
            "two names have one place"
        );
        places[place] = name;
        nth += 1;
    }
    places
};

/// Where the name of this length is that some text begins with, if it is a known one; the factors are such that each has
/// a place of its own.
#[inline]
const fn place(text: &[u8; BLOCK], length: usize) -> usize {
    let (second, second_last) = (text[1] | 0x20, text[length.wrapping_sub(2) % BLOCK] | 0x20);
    (length + 5 * second as usize + 4 * second_last as usize) % 128
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
