//! Heads on their way out (RFC 9112 section 2.1).

use super::fields::Fields;
use crate::vector::slot::Slot;

/// The first line of the response that ends HTTP (RFC 9110 section 15.2.2), as it nearly always is.
pub(super) const SWITCHING_PROTOCOLS: &[u8; 34] = b"HTTP/1.1 101 Switching Protocols\r\n";

/// A head that waits for a place.
#[derive(Debug)]
pub struct Outgoing<'a, const N: usize> {
    pub(super) start: Start<'a>,
    /// Fields as they are sent, behind the host.
    pub(super) first: [u8; N],
    /// The other fields.
    pub(super) fields: &'a Fields,
}

/// The first line of a head.
#[derive(Debug)]
pub(super) enum Start<'a> {
    /// The method, the target, and the host if it is not among the fields.
    Request(&'a [u8], &'a [u8], Option<&'a [u8]>),
    /// [`SWITCHING_PROTOCOLS`]
    SwitchingProtocols,
}

impl<const N: usize> Outgoing<'_, N> {
    /// Its length on the wire, in bytes.
    #[inline]
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
    #[inline]
    pub fn write_into<S: Slot<u8>>(&self, out: &mut [S]) {
        let mut rest = out;
        self.each_piece(|piece| {
            let (place, behind) = std::mem::take(&mut rest).split_at_mut(piece.len());
            S::copy(place, piece);
            rest = behind;
        });
        assert!(rest.is_empty(), "a head is shorter than the place for it");
    }

    /// The head as it is sent.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.len());
        self.each_piece(|piece| out.extend_from_slice(piece));
        out
    }

    /// Most pieces are of a length that is known here, so that they are copied without a call.
    #[inline]
    fn each_piece(&self, mut take: impl FnMut(&[u8])) {
        match self.start {
            Start::Request(method, target, host) => {
                take(method);
                take(b" ");
                take(target);
                take(b" HTTP/1.1\r\n");
                if let Some(host) = host {
                    take(b"Host: ");
                    take(host);
                    take(b"\r\n");
                }
            }
            Start::SwitchingProtocols => take(SWITCHING_PROTOCOLS),
        }
        self.fields.host_lines().for_each(&mut take);
        take(&self.first);
        self.fields.other_lines().for_each(&mut take);
        take(b"\r\n");
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
            start: Start::Request(b"GET", b"/", None),
            first: *b"First: 1\r\n",
            fields: &fields,
        };
        let expected = b"GET / HTTP/1.1\r\nHost: h\r\nFirst: 1\r\nA: b\r\nC: \r\n\r\n";
        assert_eq!(head.to_vec(), expected);
        let mut out = vec![0; head.len()];
        head.write_into(&mut out);
        assert_eq!(out, expected);
    }
}
