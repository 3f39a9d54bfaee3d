//! Heads on their way out (RFC 9112 section 2.1).

use super::fields::Fields;
use crate::vector::slot::Slot;

/// A head that waits for a place.
#[derive(Debug)]
pub struct Outgoing<'a, const N: usize> {
    /// The pieces of its first line, and of the host if it is not among the fields.
    pub(super) start: [&'a [u8]; N],
    /// Fields as they are sent, behind the host.
    pub(super) first: [&'a [u8]; 3],
    /// The other fields.
    pub(super) fields: &'a Fields,
}

impl<const N: usize> Outgoing<'_, N> {
    /// Its length on the wire, in bytes.
    pub fn len(&self) -> usize {
        let mut length = 0;
        self.each_piece(|piece| length += piece.len());
        length
    }

    /// Whether it is empty, which no head is.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Write the head into `out`, every byte of which is written.
    ///
    /// # Panics
    ///
    /// If `out` is not as long as the head.
    pub fn write_into<S: Slot<u8>>(&self, out: &mut [S]) {
        assert_eq!(out.len(), self.len(), "a head and the place for it");
        let mut rest = out;
        self.each_piece(|piece| {
            let (place, behind) = std::mem::take(&mut rest).split_at_mut(piece.len());
            S::copy(place, piece);
            rest = behind;
        });
    }

    /// The head as it is sent.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.len());
        self.each_piece(|piece| out.extend_from_slice(piece));
        out
    }

    fn each_piece(&self, mut take: impl FnMut(&[u8])) {
        for piece in self.start {
            take(piece);
        }
        self.fields.each_piece(self.first, take);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_as_long_as_it_says_wherever_it_goes() {
        let mut fields = Fields::default();
        for (name, value) in [("A", "b"), ("Host", "h"), ("C", "")] {
            fields.push(name.as_bytes(), value.as_bytes()).unwrap();
        }
        let head = Outgoing {
            start: [b"GET", b" ", b"/", b" HTTP/1.1\r\n"],
            first: [b"First: ", b"1", b"\r\n"],
            fields: &fields,
        };
        let expected = b"GET / HTTP/1.1\r\nHost: h\r\nFirst: 1\r\nA: b\r\nC: \r\n\r\n";
        assert_eq!(head.to_vec(), expected);
        let mut out = vec![0; head.len()];
        head.write_into(&mut out);
        assert_eq!(out, expected);
    }
}
