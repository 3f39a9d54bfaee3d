//! The end of what went through a stream, for another stream to begin with.

use std::collections::VecDeque;

/// The last bytes of a text, up to a limit.
#[derive(Debug)]
pub(super) struct History {
    /// Never more than `limit`.
    bytes: VecDeque<u8>,
    limit: usize,
}

impl History {
    /// Nothing yet, and never more than so many bytes.
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            limit,
        }
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Append to the text.
    pub(super) fn push(&mut self, text: &[u8]) {
        let (_, last) = text.split_at(text.len().saturating_sub(self.limit));
        let over = (self.bytes.len() + last.len()).saturating_sub(self.limit);
        self.bytes.drain(..over);
        self.bytes.extend(last);
    }

    /// Its last bytes.
    pub(super) fn as_bytes(&mut self) -> &[u8] {
        self.bytes.make_contiguous()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_stay() {
        let mut history = History::new(5);
        for (text, kept) in [
            (&b"abc"[..], &b"abc"[..]),
            (b"de", b"abcde"),
            (b"", b"abcde"),
            (b"fg", b"cdefg"),
            (b"0123456789", b"56789"),
        ] {
            history.push(text);
            assert_eq!(history.as_bytes(), kept);
            assert_eq!(history.len(), kept.len());
        }
    }
}
