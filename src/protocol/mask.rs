//! Masking (RFC 6455 section 5.3): octet *i* of the payload is XORed with octet *i* modulo 4 of the
//! key.

use crate::vector::uninit::Uninit;
use crate::vector::{xor, xor_into};

/// The key of a masked frame, rotated so that its first octet applies to the next octet of payload.
pub type MaskingKey = [u8; 4];

/// The key that leaves every octet as it is.
const NO_KEY: MaskingKey = [0; 4];

/// Received payload, still masked, with its key.
#[derive(Clone, Copy, Debug)]
pub struct Masked<'a> {
    bytes: &'a [u8],
    key: MaskingKey,
}

impl<'a> Masked<'a> {
    /// Payload masked with this key, or not masked.
    pub const fn new(bytes: &'a [u8], key: Option<MaskingKey>) -> Self {
        match key {
            Some(key) => Self { bytes, key },
            None => Self::plain(bytes),
        }
    }

    /// Payload that is not masked.
    pub const fn plain(bytes: &'a [u8]) -> Self {
        Self { bytes, key: NO_KEY }
    }

    /// The length in bytes.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the payload is empty.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The payload itself, if it needs no unmasking.
    pub fn as_plain(&self) -> Option<&'a [u8]> {
        (self.key == NO_KEY).then_some(self.bytes)
    }

    /// The first `at` bytes and the others; `at` beyond the end leaves the second part empty.
    pub fn split_at(&self, at: usize) -> (Self, Self) {
        let (bytes, rest) = self.bytes.split_at(at.min(self.bytes.len()));
        let key = rotate(self.key, bytes.len());
        let rest = Self { bytes: rest, key };
        (Self { bytes, ..*self }, rest)
    }

    /// Writes the unmasked payload into `out`, every byte of which is written; returns whether all
    /// are ASCII.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    #[inline]
    pub fn unmask_into<S: Uninit<u8>>(&self, out: &mut [S]) -> bool {
        assert_eq!(out.len(), self.len(), "the length of the payload");
        match self.as_plain() {
            Some(plain) => {
                S::copy(out, plain);
                plain.is_ascii()
            }
            None => xor_into(out, self.bytes, self.key),
        }
    }

    /// Appends the unmasked payload to `out`.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(self.bytes);
        if let (None, Some(appended)) = (self.as_plain(), out.get_mut(start..)) {
            xor(appended, self.key);
        }
    }
}

/// The key for the payload after `consumed` octets.
pub const fn rotate(key: MaskingKey, consumed: usize) -> MaskingKey {
    let [a, b, c, d] = key;
    match consumed % 4 {
        0 => [a, b, c, d],
        1 => [b, c, d, a],
        2 => [c, d, a, b],
        _ => [d, a, b, c],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: MaskingKey = [0x37, 0xfa, 0x21, 0x3d];

    /// Section 5.3 to the letter, octet by octet.
    fn by_the_letter(data: &[u8], key: MaskingKey) -> Vec<u8> {
        data.iter()
            .enumerate()
            .map(|(i, byte)| byte ^ key[i % 4])
            .collect()
    }

    fn unmask(masked: Masked<'_>) -> (Vec<u8>, bool) {
        let mut out = vec![0; masked.len()];
        let ascii = masked.unmask_into(&mut out);
        let mut appended = Vec::new();
        masked.append_to(&mut appended);
        assert_eq!(out, appended);
        (out, ascii)
    }

    #[test]
    fn the_example_of_section_5_7() {
        let (hello, ascii) = unmask(Masked::new(&[0x7f, 0x9f, 0x4d, 0x51, 0x58], Some(KEY)));
        assert_eq!((hello.as_slice(), ascii), (&b"Hello"[..], true));
    }

    #[test]
    fn every_length_up_to_70_is_unmasked_in_place() {
        let data: Vec<u8> = (0..70).map(|i| i * 3).collect();
        for length in 0..data.len() {
            let mut masked = data[..length].to_vec();
            xor(&mut masked, KEY);
            assert_eq!(masked, by_the_letter(&data[..length], KEY));
        }
    }

    #[test]
    fn long_payloads_of_any_length_and_alignment() {
        let data: Vec<u8> = (0..=255).cycle().take(1100).collect();
        for length in (0..1000).step_by(7).chain(1000..1050) {
            let start = length % 50;
            let masked = &data[start..start + length];
            let (unmasked, ascii) = unmask(Masked::new(masked, Some(KEY)));
            assert_eq!(unmasked, by_the_letter(masked, KEY));
            assert_eq!(ascii, unmasked.is_ascii());
        }
    }

    #[test]
    fn only_payload_without_a_mask_is_plain() {
        let payload = b"payload";
        assert_eq!(Masked::plain(payload).as_plain(), Some(&payload[..]));
        assert_eq!(Masked::new(payload, None).as_plain(), Some(&payload[..]));
        assert_eq!(Masked::new(payload, Some(KEY)).as_plain(), None);
    }

    #[test]
    fn every_split_unmasks_alike() {
        let data: Vec<u8> = (0..50).collect();
        let whole = Masked::new(&data, Some(KEY));
        for at in 0..=data.len() {
            let (head, tail) = whole.split_at(at);
            let (mut joined, _) = unmask(head);
            tail.append_to(&mut joined);
            assert_eq!(joined, by_the_letter(&data, KEY));
        }
    }

    #[test]
    fn one_byte_above_127_anywhere_is_not_ascii() {
        for length in (1..40).chain([1000]) {
            for at in 0..length {
                let mut text = vec![b'a'; length];
                text[at] = 0x80;
                let masked = by_the_letter(&text, KEY);
                assert!(!unmask(Masked::new(&masked, Some(KEY))).1);
                assert!(!unmask(Masked::plain(&text)).1);
            }
        }
    }
}
