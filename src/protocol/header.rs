//! Frame headers (RFC 6455 section 5.2), decoded in place and encoded.
//!
//! A [`Prefix`] that exists obeys every rule that can be judged from the bytes before the masking
//! key.

use super::error::ParseFailed;
use super::mask::MaskingKey;
use super::opcode::{Opcode, Rsv};
use crate::vector::uninit::Uninit;

const FIN: u8 = 0x80;
const MASK: u8 = 0x80;
const OPCODE: u8 = 0x0F;
const LENGTH: u8 = 0x7F;
const LENGTH_IN_TWO_BYTES: u8 = 126;
const LENGTH_IN_EIGHT_BYTES: u8 = 127;

/// The longest payload of a control frame (section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;
/// The longest header: two bytes, eight of length and four of key.
pub const MAX_HEADER: usize = 14;

/// A header up to its masking key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prefix {
    /// Whether the frame is the last of its message.
    pub fin: bool,
    /// The reserved bits, which only an extension may claim.
    pub rsv: Rsv,
    /// The opcode.
    pub opcode: Opcode,
    /// Whether a masking key follows.
    pub masked: bool,
    /// The length of the payload in bytes, below 2⁶³.
    pub payload_len: u64,
    /// The length of this prefix in bytes.
    pub len: usize,
}

impl Prefix {
    /// Decodes the beginning of `data`; `None` if it is too short.
    #[inline(always)]
    pub fn parse(data: &[u8]) -> Result<Option<Self>, ParseFailed> {
        let [first, second, rest @ ..] = data else {
            return Ok(None);
        };
        let bits = first & OPCODE;
        let opcode = Opcode::from_bits(bits).ok_or(ParseFailed::InvalidOpcode(bits))?;
        let fin = first & FIN != 0;
        if opcode.is_control() && !fin {
            return Err(ParseFailed::FragmentedControl);
        }
        let short = second & LENGTH;
        if opcode.is_control() && usize::from(short) > MAX_CONTROL_PAYLOAD {
            return Err(ParseFailed::ControlTooLong);
        }
        let (payload_len, len) = match short {
            LENGTH_IN_TWO_BYTES => {
                let Some(bytes) = rest.first_chunk() else {
                    return Ok(None);
                };
                let length = u16::from_be_bytes(*bytes);
                if length < u16::from(LENGTH_IN_TWO_BYTES) {
                    return Err(ParseFailed::LengthFitsOneByte);
                }
                (u64::from(length), 4)
            }
            LENGTH_IN_EIGHT_BYTES => {
                let Some(bytes) = rest.first_chunk() else {
                    return Ok(None);
                };
                let length = u64::from_be_bytes(*bytes);
                if u16::try_from(length).is_ok() {
                    return Err(ParseFailed::LengthFitsTwoBytes);
                }
                if length >> 63 != 0 {
                    return Err(ParseFailed::LengthTooLarge);
                }
                (length, 10)
            }
            short => (u64::from(short), 2),
        };
        Ok(Some(Self {
            fin,
            rsv: Rsv::from_first_byte(*first),
            opcode,
            masked: second & MASK != 0,
            payload_len,
            len,
        }))
    }
}

/// A header to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Encoded {
    /// FIN, the reserved bits and the opcode.
    first: u8,
    payload_len: usize,
    key: Option<MaskingKey>,
}

impl Encoded {
    /// The header of a frame with `payload_len` bytes of payload.
    #[inline]
    pub fn new(
        fin: bool,
        rsv: Rsv,
        opcode: Opcode,
        payload_len: usize,
        key: Option<MaskingKey>,
    ) -> Self {
        Self {
            first: u8::from(fin) << 7 | rsv.in_first_byte() | opcode as u8,
            payload_len,
            key,
        }
    }

    /// Its length in bytes.
    #[inline]
    pub fn size(&self) -> usize {
        let length = match self.payload_len {
            0..126 => 0,
            126..0x1_0000 => 2,
            _ => 8,
        };
        2 + length + self.key.map_or(0, |key| key.len())
    }

    /// Writes it to the beginning of `out`, and returns the rest of `out`.
    ///
    /// # Panics
    ///
    /// If `out` is shorter than the header.
    #[inline]
    pub fn write_into<'a, S: Uninit<u8>>(&self, out: &'a mut [S]) -> &'a mut [S] {
        let masked = if self.key.is_some() { MASK } else { 0 };
        let out = match u8::try_from(self.payload_len) {
            Ok(short) if short < LENGTH_IN_TWO_BYTES => put(out, [self.first, masked | short]),
            _ => match u16::try_from(self.payload_len) {
                Ok(length) => {
                    let out = put(out, [self.first, masked | LENGTH_IN_TWO_BYTES]);
                    put(out, length.to_be_bytes())
                }
                Err(_) => {
                    let out = put(out, [self.first, masked | LENGTH_IN_EIGHT_BYTES]);
                    put(out, (self.payload_len as u64).to_be_bytes())
                }
            },
        };
        match self.key {
            Some(key) => put(out, key),
            None => out,
        }
    }
}

#[inline]
fn put<S: Uninit<u8>, const N: usize>(out: &mut [S], bytes: [u8; N]) -> &mut [S] {
    let (place, rest) = out.split_at_mut(N);
    S::copy(place, &bytes);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(data: &[u8]) -> Result<Option<(u64, usize)>, ParseFailed> {
        Prefix::parse(data).map(|prefix| prefix.map(|prefix| (prefix.payload_len, prefix.len)))
    }

    #[test]
    fn too_little_is_not_an_error() {
        for cut in [
            &b""[..],
            b"\x82",
            b"\x82\x7e",
            b"\x82\x7e\x01",
            b"\x82\x7f\0\0\0\0\0\x01\0",
        ] {
            assert_eq!(parse(cut), Ok(None));
        }
    }

    #[test]
    fn the_three_forms_of_length() {
        assert_eq!(parse(b"\x82\x7d"), Ok(Some((125, 2))));
        assert_eq!(parse(b"\x82\x7e\x00\x7e"), Ok(Some((126, 4))));
        assert_eq!(parse(b"\x82\x7e\xff\xff"), Ok(Some((65_535, 4))));
        assert_eq!(parse(b"\x82\x7f\0\0\0\0\0\x01\0\0"), Ok(Some((65_536, 10))));
        assert_eq!(
            parse(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"),
            Ok(Some((u64::MAX >> 1, 10)))
        );
    }

    #[test]
    fn lengths_are_minimal_and_below_2_to_63() {
        assert_eq!(
            parse(b"\x82\x7e\x00\x7d"),
            Err(ParseFailed::LengthFitsOneByte)
        );
        assert_eq!(
            parse(b"\x82\x7f\0\0\0\0\0\0\xff\xff"),
            Err(ParseFailed::LengthFitsTwoBytes)
        );
        assert_eq!(
            parse(b"\x82\x7f\x80\0\0\0\0\x01\0\0"),
            Err(ParseFailed::LengthTooLarge)
        );
    }

    #[test]
    fn control_frames_are_short_and_whole() {
        assert_eq!(parse(b"\x09\x00"), Err(ParseFailed::FragmentedControl));
        assert_eq!(parse(b"\x89\x7e"), Err(ParseFailed::ControlTooLong));
        assert_eq!(parse(b"\x89\x7d"), Ok(Some((125, 2))));
    }

    #[test]
    fn reserved_opcodes_are_refused() {
        for bits in [3, 7, 0xB, 0xF] {
            assert_eq!(
                parse(&[0x80 | bits, 0]),
                Err(ParseFailed::InvalidOpcode(bits))
            );
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_alike() {
        for length in [0, 1, 125, 126, 65_535, 65_536, 1 << 40] {
            for key in [None, Some([1, 2, 3, 4])] {
                let encoded = Encoded::new(false, Rsv::RSV1, Opcode::Text, length, key);
                let mut bytes = vec![0; encoded.size()];
                assert!(encoded.write_into(&mut bytes).is_empty());
                let prefix = Prefix::parse(&bytes).expect("legal").expect("whole");
                assert_eq!(prefix.payload_len, length as u64);
                assert_eq!(
                    (prefix.fin, prefix.rsv, prefix.opcode),
                    (false, Rsv::RSV1, Opcode::Text)
                );
                assert_eq!(prefix.masked, key.is_some());
                assert_eq!(prefix.len + key.map_or(0, |key| key.len()), bytes.len());
            }
        }
    }
}
