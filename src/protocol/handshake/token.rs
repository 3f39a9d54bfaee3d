//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept` (RFC 6455 sections 4.1 and 4.2.2), by which the
//! server shows that it knows the protocol.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The constant that is appended to the key before hashing (RFC 6455 section 1.3).
pub const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A client's key: 16 random bytes, in base64 (RFC 6455 section 4.1, item 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 24]);

impl Nonce {
    /// The key of these bytes, which must be random.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(encode(random))
    }

    /// A key that is already encoded.
    pub fn from_encoded(encoded: &[u8]) -> Option<Self> {
        encoded.try_into().ok().map(Self)
    }

    /// The key as it is sent.
    pub fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }
}

/// The value of `Sec-WebSocket-Accept` (RFC 6455 section 4.2.2, item 5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptToken([u8; 28]);

impl AcceptToken {
    /// The token for a key, which need not be well-formed.
    pub fn from_key(key: &[u8]) -> Self {
        match Nonce::from_encoded(key) {
            // A known length lets the compiler lay out the single SHA-1 block and its padding.
            Some(Nonce(key)) => {
                let mut text = [0; 60];
                text[..24].copy_from_slice(&key);
                text[24..].copy_from_slice(GUID);
                Self(encode(Sha1::digest(text).into()))
            }
            None => Self::from_key_parts([key]),
        }
    }

    /// The token for a key in several header fields, joined with commas (RFC 9110 section 5.3).
    pub(super) fn from_key_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha1::new();
        for (count, part) in parts.into_iter().enumerate() {
            if count > 0 {
                hash.update(b", ");
            }
            hash.update(part);
        }
        hash.update(GUID);
        Self(encode(hash.finalize().into()))
    }

    /// The token as it is sent.
    pub fn as_bytes(&self) -> &[u8; 28] {
        &self.0
    }
}

/// Base64 with padding, into an array of exactly the encoded length.
fn encode<const IN: usize, const OUT: usize>(data: [u8; IN]) -> [u8; OUT] {
    const {
        assert!(OUT == IN.div_ceil(3) * 4, "4 characters for 3 bytes");
    };
    let mut encoded = [0; OUT];
    let written = STANDARD.encode_slice(data, &mut encoded);
    debug_assert_eq!(written, Ok(OUT));
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455 section 1.3.
    #[test]
    fn the_answer_to_the_example() {
        let nonce = Nonce::new(*b"the sample nonce");
        assert_eq!(nonce.as_bytes(), b"dGhlIHNhbXBsZSBub25jZQ==");
        let token = AcceptToken::from_key(nonce.as_bytes());
        assert_eq!(token.as_bytes(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_key_in_parts_is_their_list() {
        let parts: [&[u8]; 2] = [b"a", b"b"];
        assert_eq!(
            AcceptToken::from_key_parts(parts),
            AcceptToken::from_key(b"a, b")
        );
    }

    #[test]
    fn keys_are_answered_in_the_same_way_whatever_their_length() {
        for length in 0..100 {
            let key = vec![b'k'; length];
            let (first, second) = key.split_at(length / 2);
            let hash = Sha1::new().chain_update(first).chain_update(second);
            let hash = hash.chain_update(GUID).finalize();
            assert_eq!(
                AcceptToken::from_key(&key),
                AcceptToken(encode(hash.into()))
            );
        }
    }
}
