//! Incremental UTF-8 (RFC 6455 section 8.1, RFC 3629).
//!
//! A piece of a text message may end within a code point. A [`Utf8Decoder`] holds back the
//! incomplete sequence, and reports an error at the first byte after which no continuation could
//! make the text valid.

use std::ffi::CStr;
use std::fmt;
use std::ops::Range;

use super::transcode::Measured;

/// The state between two pieces of one text message.
#[derive(Clone, Debug, Default)]
pub struct Utf8Decoder {
    /// An incomplete sequence: a proper prefix of at least one well-formed sequence.
    tail: [u8; 3],
    tail_len: u8,
}

/// A decoded piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text<'a> {
    /// The code point that began in an earlier piece.
    pub head: Option<char>,
    /// The text that lies wholly in this piece.
    pub body: Measured<'a>,
}

/// Bytes that are not UTF-8, described as Python's own codec describes them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Utf8Error {
    /// The offset of the offending sequence, in bytes, counted from the bytes held back.
    position: usize,
    /// The length of the sequence in bytes.
    length: usize,
    first_byte: u8,
    complaint: Complaint,
    /// What was being decoded, from the bytes held back on; empty if there was no memory for it.
    object: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Complaint {
    StartByte,
    ContinuationByte,
    EndOfData,
}

impl Utf8Decoder {
    /// Whether a code point is incomplete.
    pub const fn is_pending(&self) -> bool {
        self.tail_len != 0
    }

    /// Decodes the next piece; `last` says that it ends the message.
    pub fn decode<'a>(&mut self, bytes: &'a [u8], last: bool) -> Result<Text<'a>, Utf8Error> {
        let (tail, tail_len) = (self.tail, self.tail_len);
        self.decode_piece(bytes, last).map_err(|error| {
            let held_back = tail.get(..tail_len.into()).unwrap_or_default();
            error.decoding(held_back, bytes)
        })
    }

    #[inline]
    fn decode_piece<'a>(&mut self, bytes: &'a [u8], last: bool) -> Result<Text<'a>, Utf8Error> {
        let (head, used) = self.complete_tail(bytes, last)?;
        let rest = bytes.get(used..).unwrap_or_default();
        // Offsets in errors count from the bytes that were held back.
        let offset = head.map_or(0, char::len_utf8);
        if self.is_pending() {
            return Ok(Text {
                head,
                body: Measured::NOTHING,
            });
        }
        let (whole, cut) = rest.split_at(rest.len() - incomplete_suffix(rest));
        let body = Measured::from_utf8(whole).map_err(|error| {
            // A sequence that ends within `whole` is invalid, not incomplete: `cut` does not
            // continue it.
            let at = error.valid_up_to();
            let length = error.error_len().unwrap_or(whole.len() - at);
            Utf8Error::at(whole, at, offset, Some(length))
        })?;
        if !cut.is_empty() {
            if last {
                let error = std::str::from_utf8(cut)
                    .err()
                    .and_then(|error| error.error_len());
                return Err(Utf8Error::at(cut, 0, offset + whole.len(), error));
            }
            self.hold_back(cut);
        }
        Ok(Text { head, body })
    }

    /// Completes the sequence held back; returns its code point, if complete, and the bytes used.
    fn complete_tail(
        &mut self,
        bytes: &[u8],
        last: bool,
    ) -> Result<(Option<char>, usize), Utf8Error> {
        let held = usize::from(self.tail_len);
        if held == 0 {
            return Ok((None, 0));
        }
        let mut sequence = [0; 4];
        let [a, b, c] = self.tail;
        sequence[..3].copy_from_slice(&[a, b, c]);
        let used = (sequence_length(a) - held).min(bytes.len());
        // In bounds: `held + used` is at most the length of one sequence, which is at most 4.
        sequence[held..held + used].copy_from_slice(&bytes[..used]);
        let sequence = &sequence[..held + used];
        match std::str::from_utf8(sequence) {
            Ok(text) => {
                self.tail_len = 0;
                Ok((text.chars().next(), used))
            }
            Err(_) if is_incomplete(sequence) && !last => {
                self.hold_back(sequence);
                Ok((None, used))
            }
            Err(error) => Err(Utf8Error::at(sequence, 0, 0, error.error_len())),
        }
    }

    fn hold_back(&mut self, cut: &[u8]) {
        // An incomplete sequence has at most 3 bytes, so that nothing is lost by the `zip`.
        debug_assert!(cut.len() <= 3);
        for (slot, byte) in self.tail.iter_mut().zip(cut) {
            *slot = *byte;
        }
        self.tail_len = u8::try_from(cut.len()).unwrap_or(3);
    }
}

/// The length of the incomplete but possibly valid sequence at the end of `bytes`.
fn incomplete_suffix(bytes: &[u8]) -> usize {
    let mut suffix = 0;
    for &byte in bytes.iter().rev().take(3) {
        suffix += 1;
        if byte & 0xC0 != 0x80 {
            let begun = bytes.get(bytes.len() - suffix..).unwrap_or_default();
            return if is_incomplete(begun) { suffix } else { 0 };
        }
    }
    0
}

/// Whether these bytes, which begin with the first byte of a sequence, are too few to be judged.
///
/// Two bytes suffice to see a surrogate, but Python's codec reports it at the third.
fn is_incomplete(begun: &[u8]) -> bool {
    matches!(begun, [0xED, 0xA0..=0xBF])
        || std::str::from_utf8(begun)
            .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

/// The length of the sequence that starts with this byte; 1 if the byte starts none.
const fn sequence_length(first: u8) -> usize {
    match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    }
}

impl Utf8Error {
    /// The error at `bytes[at]`, where `bytes` begins at `offset` of the text; `length` is that of
    /// the invalid sequence, or `None` if the text ends within it.
    fn at(bytes: &[u8], at: usize, offset: usize, length: Option<usize>) -> Self {
        let first_byte = bytes.get(at).copied().unwrap_or_default();
        let complaint = match length {
            None => Complaint::EndOfData,
            Some(_) if matches!(first_byte, 0x80..=0xC1 | 0xF5..) => Complaint::StartByte,
            Some(_) => Complaint::ContinuationByte,
        };
        Self {
            position: offset + at,
            length: length.unwrap_or(bytes.len() - at),
            first_byte,
            complaint,
            object: Vec::new(),
        }
    }

    /// The error with what was being decoded.
    #[cold]
    fn decoding(mut self, held_back: &[u8], bytes: &[u8]) -> Self {
        let length = held_back.len() + bytes.len();
        if self.object.try_reserve_exact(length).is_ok() {
            self.object.extend_from_slice(held_back);
            self.object.extend_from_slice(bytes);
        }
        self
    }

    /// What was being decoded, from the bytes held back on; empty if there was no memory for it.
    pub fn object(&self) -> &[u8] {
        &self.object
    }

    /// Where the invalid sequence is in [`object`](Self::object).
    pub const fn range(&self) -> Range<usize> {
        self.position..self.position + self.length
    }

    /// What is wrong with the sequence.
    pub const fn reason(&self) -> &'static CStr {
        match self.complaint {
            Complaint::StartByte => c"invalid start byte",
            Complaint::ContinuationByte => c"invalid continuation byte",
            Complaint::EndOfData => c"unexpected end of data",
        }
    }
}

impl fmt::Display for Utf8Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("'utf-8' codec can't decode ")?;
        let start = self.position;
        if self.length == 1 {
            write!(f, "byte {:#04x} in position {start}", self.first_byte)?;
        } else {
            write!(f, "bytes in position {start}-{}", start + self.length - 1)?;
        }
        write!(f, ": {}", self.reason().to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decode `bytes` in pieces that end at `borders`.
    fn decode(bytes: &[u8], borders: &[usize]) -> Result<String, Utf8Error> {
        let mut decoder = Utf8Decoder::default();
        let mut decoded = String::new();
        let mut start = 0;
        for &end in borders.iter().chain([&bytes.len()]) {
            let text = decoder.decode(&bytes[start..end], end == bytes.len())?;
            decoded.extend(text.head);
            decoded.push_str(text.body.text);
            start = end;
        }
        Ok(decoded)
    }

    #[test]
    fn any_border_gives_the_same_text() {
        let text = "a¢€😀\u{10FFFF}\u{E000}zß";
        for first in 0..text.len() {
            for second in first..text.len() {
                assert_eq!(
                    decode(text.as_bytes(), &[first, second]).as_deref(),
                    Ok(text)
                );
            }
        }
    }

    #[test]
    fn byte_by_byte_gives_the_same_text() {
        let text = "κόσμε 漢字 🏴";
        let borders: Vec<usize> = (1..text.len()).collect();
        assert_eq!(decode(text.as_bytes(), &borders).as_deref(), Ok(text));
    }

    #[test]
    fn errors_read_as_those_of_python() {
        for (bytes, text) in [
            (&b"\xff"[..], "byte 0xff in position 0: invalid start byte"),
            (b"ab\x80", "byte 0x80 in position 2: invalid start byte"),
            (
                b"a\xc3(",
                "byte 0xc3 in position 1: invalid continuation byte",
            ),
            (
                b"\xe2\x82(",
                "bytes in position 0-1: invalid continuation byte",
            ),
            (
                b"\xf0\x9f\x98(",
                "bytes in position 0-2: invalid continuation byte",
            ),
            (
                b"\xed\xa0\x80",
                "byte 0xed in position 0: invalid continuation byte",
            ),
            (
                b"xy\xe2\x82",
                "bytes in position 2-3: unexpected end of data",
            ),
            (b"\xc3", "byte 0xc3 in position 0: unexpected end of data"),
            (
                b"\xf4\x90\x80\x80",
                "byte 0xf4 in position 0: invalid continuation byte",
            ),
        ] {
            let error = decode(bytes, &[]).expect_err("not UTF-8");
            assert_eq!(
                error.to_string(),
                format!("'utf-8' codec can't decode {text}")
            );
        }
    }

    #[test]
    fn an_error_is_seen_as_early_as_it_is_certain() {
        let mut decoder = Utf8Decoder::default();
        assert!(decoder.decode(b"\xf4", false).is_ok());
        // Nothing is above U+10FFFF, which is F4 8F BF BF: nothing that follows could mend F4 90.
        assert!(decoder.decode(b"\x90", false).is_err());
    }

    #[test]
    fn a_surrogate_is_refused_at_its_third_byte_or_at_the_end() {
        let mut decoder = Utf8Decoder::default();
        assert!(decoder.decode(b"a\xed", false).is_ok());
        assert!(decoder.decode(b"\xa0", false).is_ok());
        let error = decoder
            .clone()
            .decode(b"\x80", false)
            .expect_err("not UTF-8");
        let text = "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte";
        assert_eq!(error.to_string(), text);
        assert_eq!(
            decoder
                .decode(b"", true)
                .expect_err("not UTF-8")
                .to_string(),
            text
        );
    }

    #[test]
    fn a_sequence_that_another_one_interrupts_is_not_merely_incomplete() {
        for (bytes, text) in [
            (
                &b"\xc2\xc2"[..],
                "byte 0xc2 in position 0: invalid continuation byte",
            ),
            (
                b"a\xe2\x82\xe2\x82",
                "bytes in position 1-2: invalid continuation byte",
            ),
        ] {
            let error = Utf8Decoder::default()
                .decode(bytes, false)
                .expect_err("not UTF-8");
            assert_eq!(
                error.to_string(),
                format!("'utf-8' codec can't decode {text}")
            );
        }
    }

    #[test]
    fn an_error_has_what_was_being_decoded() {
        let mut decoder = Utf8Decoder::default();
        assert!(decoder.decode(b"abc\xe2\x82", false).is_ok());
        let error = decoder.decode(b"\xac\xffz", false).expect_err("not UTF-8");
        assert_eq!(error.object(), b"\xe2\x82\xac\xffz");
        assert_eq!(error.range(), 3..4);
        assert_eq!(error.reason(), c"invalid start byte");
    }

    #[test]
    fn positions_count_from_the_bytes_held_back() {
        let mut decoder = Utf8Decoder::default();
        assert!(decoder.decode(b"abc\xe2\x82", false).is_ok());
        let error = decoder.decode(b"\xac\xff", false).expect_err("not UTF-8");
        assert_eq!(
            error.to_string(),
            "'utf-8' codec can't decode byte 0xff in position 3: invalid start byte"
        );
    }
}
