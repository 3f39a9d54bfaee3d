//! Bytes that have been received and not been parsed (RFC 9112 section 2.2).
//!
//! Each search continues where the last one stopped: a peer that sends a head byte by byte costs no
//! more than one that sends it at once.

use std::collections::TryReserveError;

use memchr::memchr_iter;

/// A queue of bytes that hands out lines.
#[derive(Debug, Default)]
pub(super) struct ReceiveBuffer {
    bytes: Vec<u8>,
    /// The offset of the first byte that has not been taken out; at most `bytes.len()`.
    start: usize,
    /// Bytes after `start` already scanned for a line end (saturating).
    searched: u32,
    /// The bytes scanned by all searches together.
    #[cfg(test)]
    pub(super) looked_at: usize,
}

/// What is taken out at a time where memory is short.
const LEAST_PIECE: usize = 4096;

impl ReceiveBuffer {
    pub(super) fn push(&mut self, data: &[u8]) -> Result<(), TryReserveError> {
        // Amortised: at least as many bytes have been taken out as are moved.
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.try_reserve(data.len())?;
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.bytes.truncate(self.start + length);
    }

    /// Marks the first `count` bytes (all, if there are fewer) as taken out.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count.min(self.len());
        self.searched = 0;
        if self.is_empty() {
            self.bytes.clear();
            self.start = 0;
        }
    }

    /// Takes out at most `count` bytes, and fewer if there is no memory to copy them; `None` if the
    /// buffer is empty.
    pub(super) fn take_at_most(&mut self, count: u64) -> Option<Vec<u8>> {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.len());
        if count == 0 {
            return None;
        }
        let mut room = Vec::<u8>::new();
        let is_whole = self.start == 0 && count == self.bytes.len();
        if is_whole || room.try_reserve_exact(count).is_ok() {
            drop(room);
            return Some(self.take(count));
        }
        Some(self.take(count.min(LEAST_PIECE)))
    }

    /// Takes out the first `count` bytes, without a copy if they are the whole buffer.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        if self.start == 0 && count == self.bytes.len() {
            self.searched = 0;
            return std::mem::take(&mut self.bytes);
        }
        let taken = self.rest().get(..count).unwrap_or_default().to_vec();
        self.consume(count);
        taken
    }

    /// The length of the first line with its CRLF, once it is complete.
    pub(super) fn line(&mut self) -> Option<usize> {
        self.search(|before| before.ends_with(b"\r"))
    }

    /// The length of the lines up to and with the first empty one, once it is complete.
    pub(super) fn lines(&mut self) -> Option<usize> {
        match self.rest() {
            [b'\n', ..] => return Some(1),
            [b'\r', b'\n', ..] => return Some(2),
            _ => {}
        }
        self.search(|before| before.ends_with(b"\n") || before.ends_with(b"\n\r"))
    }

    /// The offset after the first line feed whose preceding bytes satisfy `wanted`. The next search
    /// starts where this one stopped.
    fn search(&mut self, wanted: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let at = self.searched as usize;
        #[cfg(test)]
        {
            self.looked_at += self.len() - at;
        }
        let bytes = self.rest();
        for found in memchr_iter(b'\n', bytes.get(at..).unwrap_or_default()) {
            if bytes.get(..at + found).is_some_and(&wanted) {
                return Some(at + found + 1);
            }
        }
        self.searched = u32::try_from(self.len()).unwrap_or(u32::MAX);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(data: &[u8]) -> ReceiveBuffer {
        let mut buffer = ReceiveBuffer::default();
        buffer.push(data).unwrap();
        buffer
    }

    #[test]
    fn lines_end_with_the_first_empty_one_however_it_is_written() {
        let cases: [(&[u8], Option<usize>); 9] = [
            (b"", None),
            (b"\n", Some(1)),
            (b"\r\n", Some(2)),
            (b"\r", None),
            (b"a\n\nb", Some(3)),
            (b"a\r\n\r\nb", Some(5)),
            (b"a\n\r\nb", Some(4)),
            (b"a\r\n\rb\r\n", None),
            (b"a\nb\r\nc", None),
        ];
        for (data, expected) in cases {
            assert_eq!(filled(data).lines(), expected, "{data:?}");
        }
    }

    #[test]
    fn a_line_ends_with_carriage_return_and_line_feed_only() {
        let cases: [(&[u8], Option<usize>); 5] = [
            (b"5\n", None),
            (b"5\r", None),
            (b"5\r\n", Some(3)),
            (b"5\n\r\n", Some(4)),
            (b"\r\n", Some(2)),
        ];
        for (data, expected) in cases {
            assert_eq!(filled(data).line(), expected, "{data:?}");
        }
    }

    #[test]
    fn every_way_of_cutting_finds_the_same_end() {
        let data = b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest";
        for cut in 0..data.len() {
            let (head, tail) = data.split_at(cut);
            let mut buffer = filled(head);
            let end = buffer.lines().or_else(|| {
                buffer.push(tail).unwrap();
                buffer.lines()
            });
            assert_eq!(end, Some(24), "cut at {cut}");
        }
    }

    #[test]
    fn searching_trickled_bytes_is_linear() {
        let looked_at = |size: usize| {
            let mut buffer = ReceiveBuffer::default();
            for _ in 0..size {
                buffer.push(b"x").unwrap();
                assert_eq!(buffer.lines(), None);
            }
            buffer.looked_at
        };
        assert_eq!(looked_at(1000), 1000);
        assert_eq!(looked_at(4000), 4000);
    }

    #[test]
    fn a_part_is_taken_out_and_the_rest_is_left() {
        let mut buffer = filled(b"abcd");
        assert_eq!(buffer.take(3), b"abc");
        assert_eq!(buffer.rest(), b"d");
        assert_eq!(buffer.take(1), b"d");
        assert!(buffer.is_empty());
        let mut whole = filled(b"ab");
        assert_eq!(whole.take(2), b"ab");
        assert!(whole.is_empty());
    }

    #[test]
    fn taking_returns_what_is_there_and_keeps_the_rest() {
        let mut buffer = filled(b"abcdef");
        assert_eq!(buffer.take_at_most(4).as_deref(), Some(&b"abcd"[..]));
        buffer.push(b"gh").unwrap();
        assert_eq!(buffer.rest(), b"efgh");
        assert_eq!(buffer.take_at_most(u64::MAX).as_deref(), Some(&b"efgh"[..]));
        assert_eq!(buffer.take_at_most(1), None);
    }
}
