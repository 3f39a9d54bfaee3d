//! The heads that nearly everybody sends, read in one pass (RFC 9112 sections 2 to 5).
//!
//! What is read here is read in the same way line by line, only slower. Whatever is unusual (folded lines, tabs and
//! other control characters, line feeds alone), wrong or not complete is left to that: then the answer is nothing.

use super::fields::{Fields, is_token};
use super::name::Name;
use crate::vector::delimiters::{BLOCK, Delimiters, delimiters};

/// Reads a head: its first line, and then its fields.
pub(super) struct Reader<'a> {
    data: &'a [u8],
    /// Where the last line that was read ends.
    end: usize,
    /// Which block of the data was looked at last, and what was found in it.
    block: usize,
    found: Delimiters,
}

impl<'a> Reader<'a> {
    /// Reads the head that the data begin with.
    pub(super) fn of(data: &'a [u8]) -> Self {
        Self {
            data,
            end: 0,
            block: usize::MAX,
            found: Delimiters::default(),
        }
    }

    /// The first line, without its end.
    pub(super) fn start_line(&mut self) -> Option<&'a [u8]> {
        self.end = self.find(0, |found| found.controls)?;
        self.data.get(..self.end)
    }

    /// The fields behind that, and the length of the head.
    pub(super) fn fields(mut self) -> Option<(Fields, usize)> {
        let data = self.data;
        let mut fields = Fields::of_head(data);
        loop {
            let start = self.behind_line_break(self.end)?;
            let name_end = self.find(start, |found| found.colons | found.controls)?;
            if data.get(name_end) != Some(&b':') {
                // Of all lines only the empty one has none.
                let length = self.behind_line_break(start)?;
                return Some((fields, length));
            }
            let name = data.get(start..name_end)?;
            let mut value_start = name_end + 1;
            while data.get(value_start) == Some(&b' ') {
                value_start += 1;
            }
            self.end = self.find(value_start, |found| found.controls)?;
            let mut value_end = self.end;
            while value_end > value_start && data.get(value_end - 1) == Some(&b' ') {
                value_end -= 1;
            }

            let meaning = Name::of(name);
            if meaning == Name::Other {
                if !is_token(name) {
                    return None;
                }
                fields.text_mut(start..name_end)?.make_ascii_lowercase();
            }
            let value = value_start..value_end;
            fields.push_part(meaning, start..name_end, value).ok()?;
        }
    }

    /// Where the line begins that a line break at this place ends the one before of.
    #[inline]
    fn behind_line_break(&self, at: usize) -> Option<usize> {
        let behind = at + 2;
        (self.data.get(at..behind)? == b"\r\n").then_some(behind)
    }

    /// The first delimiter of some kind from here on; one of them is behind the end of the data.
    #[inline]
    fn find(&mut self, mut from: usize, kind: impl Fn(Delimiters) -> u64) -> Option<usize> {
        loop {
            let block = from / BLOCK;
            if block != self.block {
                self.look_at(block)?;
            }
            let found = kind(self.found) >> (from % BLOCK);
            if found != 0 {
                return Some(from + found.trailing_zeros() as usize);
            }
            from = (block + 1) * BLOCK;
        }
    }

    #[inline]
    fn look_at(&mut self, block: usize) -> Option<()> {
        let rest = self.data.get(block * BLOCK..)?;
        self.found = match rest.first_chunk() {
            Some(bytes) => delimiters(bytes),
            None => {
                // Filled up with control characters.
                let mut bytes = [0; BLOCK];
                bytes.get_mut(..rest.len())?.copy_from_slice(rest);
                delimiters(&bytes)
            }
        };
        self.block = block;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(lines: &[u8]) -> Option<usize> {
        let head = [b"\r\n", lines, b"\r\n"].concat();
        let mut reader = Reader::of(&head);
        assert_eq!(reader.start_line(), Some(&b""[..]));
        reader.fields().map(|(_, length)| length)
    }

    #[test]
    fn common_fields_are_read_up_to_the_end_of_the_head() {
        let line = Reader::of(b"GET / HTTP/1.1\r\nA").start_line();
        assert_eq!(line, Some(&b"GET / HTTP/1.1"[..]));
        assert_eq!(length(b""), Some(4));
        assert_eq!(length(b"A: b c \r\n\r\nrest"), Some(13));
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
    fn fields_are_found_wherever_blocks_end() {
        for before in 1..2 * BLOCK {
            for name in 1..BLOCK {
                let lines = [
                    &b"a: ".repeat(before)[..],
                    b"\r\n",
                    &b"n".repeat(name),
                    b": v\r\n\r\nrest",
                ];
                let lines = lines.concat();
                assert_eq!(length(&lines), Some(lines.len() - 2), "{before} {name}");
            }
        }
    }
}
