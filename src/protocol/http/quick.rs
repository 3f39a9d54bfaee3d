//! The heads that nearly everybody sends, read in one pass (RFC 9112 sections 2 to 5).
//!
//! What is read here is read in the same way line by line, only slower. Whatever is unusual (line feeds
//! alone, folded lines, control characters, versions other than 1.0 and 1.1), wrong or not complete is left to
//! that: then the answer is nothing.

use std::ops::Range;

use super::fields::{Fields, lower_token_byte};
use super::head::Version;
use super::name::Name;

/// A head, or as much of it as has been read.
pub(super) struct Quick {
    /// The head itself, and what follows it.
    fields: Fields,
    /// How much has been read.
    at: usize,
}

/// `method SP target SP HTTP-version`
pub(super) struct RequestLine {
    pub(super) method: Range<usize>,
    pub(super) target: Range<usize>,
    pub(super) version: Version,
}

/// `HTTP-version SP status-code [SP reason]`
pub(super) struct StatusLine {
    pub(super) version: Version,
    pub(super) status: u16,
}

impl Quick {
    /// The head that these data begin with.
    pub(super) fn of(data: &[u8]) -> Self {
        Self {
            fields: Fields::of_head(data),
            at: 0,
        }
    }

    /// Reads the first line of a request.
    pub(super) fn request_line(&mut self) -> Option<RequestLine> {
        let method = self.until_space(|byte| lower_token_byte(byte) != 0)?;
        let target = self.until_space(|byte| byte.is_ascii_graphic())?;
        let version = self.version()?;
        self.line_end()?;
        Some(RequestLine {
            method,
            target,
            version,
        })
    }

    /// Reads the first line of a response.
    pub(super) fn status_line(&mut self) -> Option<StatusLine> {
        let version = self.version()?;
        let status = match self.rest() {
            [b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => {
                u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
            }
            _ => return None,
        };
        self.at += 4;
        if self.rest().first() == Some(&b' ') {
            self.at += visible(self.rest());
        }
        self.line_end()?;
        Some(StatusLine { version, status })
    }

    /// Reads the fields and the empty line after them; gives the length of the head too.
    pub(super) fn fields(mut self) -> Option<(Fields, usize)> {
        while self.line_end().is_none() {
            self.field()?;
        }
        Some((self.fields, self.at))
    }

    /// `name ":" OWS value OWS`
    #[inline]
    fn field(&mut self) -> Option<()> {
        let text = self.fields.text_mut(self.at)?;
        let length = text.len();
        let token = lower_token(text);
        let (name, text) = text.split_at_checked(token)?;
        let meaning = Name::of_lower(name);
        let [b':', text @ ..] = text else {
            return None;
        };
        let mut text = &*text;
        while let [b' ' | b'\t', behind @ ..] = text {
            text = behind;
        }
        let start = self.at + (length - text.len());
        let (mut value, text) = text.split_at_checked(visible(text))?;
        let [b'\r', b'\n', text @ ..] = text else {
            return None;
        };
        let next = self.at + (length - text.len());
        while let [before @ .., b' ' | b'\t'] = value {
            value = before;
        }
        let value = start..start + value.len();
        let name = self.at..self.at + token;
        if name.is_empty() {
            return None;
        }
        self.at = next;
        self.fields.push_part(meaning, name, value).ok()
    }

    fn version(&mut self) -> Option<Version> {
        let version = match self.rest().get(..8)? {
            b"HTTP/1.1" => Version::HTTP_11,
            b"HTTP/1.0" => Version::HTTP_10,
            _ => return None,
        };
        self.at += 8;
        Some(version)
    }

    fn until_space(&mut self, is_part: impl Fn(u8) -> bool) -> Option<Range<usize>> {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !is_part(*byte))?;
        if length == 0 || rest.get(length) != Some(&b' ') {
            return None;
        }
        let part = self.at..self.at + length;
        self.at = part.end + 1;
        Some(part)
    }

    fn line_end(&mut self) -> Option<()> {
        let is_end = self.rest().starts_with(b"\r\n");
        is_end.then(|| self.at += 2)
    }

    fn rest(&self) -> &[u8] {
        self.fields.text(self.at)
    }
}

/// Puts the token that the text begins with in lower case; its length.
#[inline]
fn lower_token(text: &mut [u8]) -> usize {
    let mut bytes = text.iter_mut();
    let end = bytes.position(|byte| {
        let lower = lower_token_byte(*byte);
        if lower == 0 {
            return true;
        }
        *byte = lower;
        false
    });
    end.unwrap_or(text.len())
}

/// How many bytes there are before the first control character other than a tab.
#[inline]
fn visible(text: &[u8]) -> usize {
    let mut from = 0;
    loop {
        from += before_control(text.get(from..).unwrap_or_default());
        match text.get(from) {
            Some(b'\t') => from += 1,
            _ => return from,
        }
    }
}

/// How many bytes there are before the first one below the space.
#[inline]
fn before_control(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let (words, _) = text.as_chunks::<8>();
    let mut clean = 0;
    for word in words {
        // Subtracting sets the top bit of each byte that was too small. It may do so above such a byte too,
        // where the borrow goes: the lowest one is right.
        let word = u64::from_le_bytes(*word);
        let small = word.wrapping_sub(ONES * 0x20) & !word & (ONES * 0x80);
        if small != 0 {
            return clean + small.trailing_zeros() as usize / 8;
        }
        clean += 8;
    }
    let tail = text.get(clean..).unwrap_or_default();
    clean + tail.iter().take_while(|byte| **byte >= b' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_found_wherever_they_are() {
        for length in 0..40 {
            for other in [b' ', b'~', 0x7f, 0x80, 0xff] {
                let mut text = vec![other; length];
                assert_eq!(before_control(&text), length);
                text.extend_from_slice(b"\r\n\x1f \0");
                assert_eq!(before_control(&text), length, "after {other}");
            }
        }
        assert_eq!(visible(b"a\tb\t\rc"), 4);
        assert_eq!(visible(b"a\tb"), 3);
    }

    #[test]
    fn what_is_unusual_is_left_to_others() {
        let request = |data: &[u8]| {
            let mut quick = Quick::of(data);
            quick.request_line().and_then(|_| quick.fields())
        };
        assert!(request(b"GET / HTTP/1.1\r\nA: b\t c \r\n\r\nrest").is_some());
        let heads: [&[u8]; 9] = [
            b"GET / HTTP/1.1\r\nA: b\r\n",
            b"GET / HTTP/1.1\nA: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nA: b\n\r\n",
            b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            b"GET / HTTP/1.1\r\nA: b\x01\r\n\r\n",
            b"GET / HTTP/1.2\r\nA: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
            b"GET / HTTP/1.1\r\n: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        ];
        for head in heads {
            assert!(request(head).is_none(), "{}", head.escape_ascii());
        }
    }
}
