//! The heads that nearly everybody sends, read in one pass (RFC 9112 sections 2 to 5).
//!
//! What is read here is read in the same way line by line, only slower. Whatever is unusual (folded lines, tabs and
//! other control characters, line feeds alone), wrong or not complete is left to that: then the answer is nothing.

use std::ops::Range;

use super::fields::Fields;
use super::head::{Version, parse_version, split_status_line};
use super::name::Name;
use super::outgoing::SWITCHING_PROTOCOLS;
use super::syntax::is_token;
use crate::vector::compare::{BLOCK, Compare, Everywhere, Search, search};

/// Reads a head: its first line, and then its fields.
pub(super) struct Reader {
    /// They have the text, behind which there are zeros for a block: control characters, so that every line ends.
    fields: Fields,
    /// Where the line begins that is read next.
    at: u32,
}

/// A part of the text. Its places have half the bits of a length, so that no sum of both runs over.
type Part = Range<u32>;

/// What is longer is not read here, so that no place runs over.
const MAX_LENGTH: usize = 1 << 30;

impl Reader {
    /// Reads the head that the data begin with.
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        (data.len() <= MAX_LENGTH).then(|| Self {
            fields: Fields::of_head(data, [0; BLOCK]),
            at: 0,
        })
    }

    /// `method SP target SP HTTP-version CRLF`
    pub(super) fn request_line(&mut self) -> Option<(Range<usize>, Range<usize>, Version)> {
        let text = self.fields.text();
        let method = 0..find(text, 0, |block| Everywhere.invisible(block))?;
        let target_start = method.end + 1;
        let target = target_start..find(text, target_start, |block| Everywhere.invisible(block))?;
        let behind: &[u8; 11] = chunk(text, target.end)?;
        let [b' ', version @ .., b'\r', b'\n'] = behind else {
            return None;
        };
        let version = parse_version(*version)?;
        let legal = chunk(text, method.end) == Some(b" ")
            && is_token(text.get(long(&method))?)
            && !target.is_empty();
        self.at = target.end + 11;
        legal.then_some((long(&method), long(&target), version))
    }

    /// `HTTP-version SP status-code [SP reason] CRLF`
    pub(super) fn status_line(&mut self) -> Option<(Version, u16)> {
        let text = self.fields.text();
        if text.starts_with(SWITCHING_PROTOCOLS) {
            self.at = u32::try_from(SWITCHING_PROTOCOLS.len()).ok()?;
            return Some((Version::HTTP_11, 101));
        }
        let end = find(text, 0, |block| Everywhere.controls(block))?;
        let (version, status, _) = split_status_line(text.get(long(&(0..end)))?)?;
        self.at = end + 2;
        (chunk(text, end) == Some(b"\r\n")).then_some((version, status))
    }

    /// The fields behind that. `rest` is what the head has been taken from, and becomes what comes behind it.
    #[inline]
    pub(super) fn fields(mut self, rest: &mut &[u8]) -> Option<Fields> {
        let length = search(&mut self)?;
        *rest = rest.get(length..)?;
        Some(self.fields)
    }
}

impl Search for &mut Reader {
    /// The length of the head.
    type Found = Option<usize>;

    #[inline(always)]
    fn search(self, compare: impl Compare) -> Self::Found {
        let mut at = self.at;
        let mut beyond_ascii = 0;
        loop {
            let text = self.fields.text();
            let line = chunk(text, at)?;
            if line.starts_with(b"\r\n") {
                self.fields.are_ascii = beyond_ascii == 0;
                return Some(at as usize + 2);
            }
            // Where the next line begins depends on nothing else.
            let mut controls = compare.controls(line);
            beyond_ascii |= compare.beyond_ascii(line);
            let mut end = at;
            while controls == 0 {
                end += u32::BITS;
                let block = chunk(text, end)?;
                controls = compare.controls(block);
                beyond_ascii |= compare.beyond_ascii(block);
            }
            end += controls.trailing_zeros();
            let [last, line_break @ ..]: &[u8; 3] = chunk(text, end.checked_sub(1)?)?;
            if line_break != b"\r\n" {
                return None;
            }

            let colons = compare.equal(line, b':');
            let length = colons.trailing_zeros();
            let (meaning, name) = if colons == 0 {
                let is_colon = |block: &_| compare.equal(block, b':');
                (Name::Other, at..find(text, at + u32::BITS, is_colon)?)
            } else {
                (Name::before_colon(line, length, compare), at..at + length)
            };
            if name.end >= end {
                return None;
            }
            let behind_colon: &[u8; 2] = chunk(text, name.end + 1)?;
            let value_start = name.end + 1 + u32::from(behind_colon[0] == b' ');
            let mut value = value_start..end;
            if behind_colon == b"  " || *last == b' ' {
                value = without_spaces(text, value);
            }
            self.fields.push_part(meaning, long(&name), long(&value))?;
            at = end + 2;
        }
    }
}

/// The first byte of some kind from here on.
#[inline]
fn find(text: &[u8], mut from: u32, kind: impl Fn(&[u8; BLOCK]) -> u32) -> Option<u32> {
    loop {
        let found = kind(chunk(text, from)?);
        if found != 0 {
            return Some(from + found.trailing_zeros());
        }
        from += u32::BITS;
    }
}

/// A part without the spaces around it.
#[cold]
fn without_spaces(text: &[u8], part: Part) -> Part {
    let Range { mut start, mut end } = part;
    while start < end && chunk(text, start) == Some(b" ") {
        start += 1;
    }
    while start < end && chunk(text, end - 1) == Some(b" ") {
        end -= 1;
    }
    start..end
}

/// So many bytes from here on.
#[inline]
fn chunk<const N: usize>(text: &[u8], at: u32) -> Option<&[u8; N]> {
    let at = at as usize;
    text.get(at..at + N)?.try_into().ok()
}

#[inline]
fn long(part: &Part) -> Range<usize> {
    part.start as usize..part.end as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(lines: &[u8]) -> Option<usize> {
        let head = [lines, b"\r\n"].concat();
        search(&mut Reader::of(&head)?)
    }

    #[test]
    fn common_fields_are_read_up_to_the_end_of_the_head() {
        assert_eq!(length(b""), Some(2));
        assert_eq!(length(b"A: b c \r\n\r\nrest"), Some(11));
    }

    #[test]
    fn what_is_unusual_is_left_to_others() {
        let lines: [&[u8]; 11] = [
            b"A: b",
            b"A: b\n",
            b"A: b\r\n c\r\n",
            b"A: b\tc\r\n",
            b"A: b\x01\r\n",
            b"A : b\r\n",
            b"A\r\nB: c\r\n",
            b": b\r\n",
            b"Sec\rFetch-Mode: b\r\n",
            b"\xe9: b\r\n",
            b"Content-Length: x\r\n",
        ];
        for lines in lines {
            assert_eq!(length(lines), None, "{}", lines.escape_ascii());
        }
    }

    #[test]
    fn parts_are_found_wherever_blocks_end() {
        for name in 1..2 * BLOCK {
            for spaces in 0..3 {
                for value in 0..2 * BLOCK {
                    let name = "N".repeat(name);
                    let value = ":".repeat(value);
                    let [before, behind] = [spaces, 2 - spaces].map(|spaces| " ".repeat(spaces));
                    let head = format!("{name}:{before}{value}{behind}\r\n\r\nrest: ");
                    let mut reader = Reader::of(head.as_bytes()).unwrap();
                    let length = search(&mut reader).unwrap();
                    let expected = [(name.to_ascii_lowercase(), value)];
                    let fields = reader
                        .fields
                        .iter()
                        .map(|field| (field.name(), field.value()));
                    assert!(
                        fields.eq(expected
                            .iter()
                            .map(|(name, value)| (name.as_bytes(), value.as_bytes())))
                    );
                    assert_eq!(length, head.len() - 6);
                }
            }
        }
    }

    #[test]
    fn the_parts_of_a_request_line_are_found_wherever_blocks_end() {
        for method in 1..2 * BLOCK {
            for target in 1..2 * BLOCK {
                let line = format!("{} {} HTTP/1.1\r\n", "M".repeat(method), "/".repeat(target));
                let expected = (0..method, method + 1..method + 1 + target, Version::HTTP_11);
                let mut reader = Reader::of(line.as_bytes()).unwrap();
                assert_eq!(reader.request_line(), Some(expected), "{line}");
                assert_eq!(reader.at as usize, line.len());
                for cut in 0..line.len() {
                    let line = line.get(..cut).unwrap();
                    assert_eq!(
                        Reader::of(line.as_bytes()).unwrap().request_line(),
                        None,
                        "{line}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_end_of_a_status_line_is_found_wherever_blocks_end() {
        for reason in 0..2 * BLOCK {
            let line = format!("HTTP/1.1 101 {}\r\n", " ".repeat(reason));
            let mut reader = Reader::of(line.as_bytes()).unwrap();
            assert_eq!(reader.status_line(), Some((Version::HTTP_11, 101)));
            assert_eq!(reader.at as usize, line.len());
            for cut in 0..line.len() {
                let line = line.get(..cut).unwrap();
                assert_eq!(
                    Reader::of(line.as_bytes()).unwrap().status_line(),
                    None,
                    "{line}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_ascii_is_noticed_wherever_it_is() {
        let is_ascii = |value: &[u8]| {
            let mut reader = Reader::of(&[b"A: ", value, b"\r\n\r\n"].concat()).unwrap();
            search(&mut reader).unwrap();
            reader.fields.are_ascii()
        };
        for length in 0..3 * BLOCK {
            let mut value = vec![b'~'; length];
            assert!(is_ascii(&value));
            for at in 0..length {
                value[at] = 0x80;
                assert!(!is_ascii(&value), "{at} of {length}");
                value[at] = b'~';
            }
        }
    }
}
