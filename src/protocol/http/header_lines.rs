//! The header fields of a head to be sent (RFC 9110 section 5).

use std::ops::Range;

use super::abnf::{content_length, is_field_value, is_token, list_members};
use super::error::Error;
use super::header_id::HeaderId;
use super::received_headers::Traits;

/// The fields as complete lines, in order. Each is legal, names keep their case, and
/// `Content-Length` and `Transfer-Encoding` do not contradict themselves.
#[derive(Debug, Clone, Default)]
pub struct HeaderLines {
    text: Vec<u8>,
    lines: Vec<Line>,
}

/// One field, as ranges of the text.
#[derive(Debug, Clone)]
struct Line {
    id: HeaderId,
    /// The line with its CRLF.
    whole: Range<usize>,
    value: Range<usize>,
}

impl HeaderLines {
    /// Adds a field. A repeated equal `Content-Length` is dropped.
    pub fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        if !is_token(name) {
            return Err(Error::IllegalHeaderName(name.to_vec()));
        }
        if !is_field_value(value) {
            return Err(Error::IllegalHeaderValue(value.to_vec()));
        }
        self.text.try_reserve(name.len() + value.len() + 4)?;
        let id = HeaderId::new(name);
        match id {
            HeaderId::ContentLength => {
                let length = content_length(value)?;
                let known = self.values(id).next().map(|known| known == length);
                match known {
                    None => self.push_line(id, name, length),
                    Some(true) => {}
                    Some(false) => return Err(Error::ConflictingContentLength),
                }
            }
            HeaderId::TransferEncoding => {
                if self.count(id) > 0 {
                    return Err(Error::MultipleTransferEncodings);
                }
                if !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Error::UnsupportedTransferEncoding);
                }
                self.push_line(id, name, b"chunked");
            }
            _ => self.push_line(id, name, value),
        }
        Ok(())
    }

    fn push_line(&mut self, id: HeaderId, name: &[u8], value: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(name);
        self.text.extend_from_slice(b": ");
        let value_start = self.text.len();
        self.text.extend_from_slice(value);
        let value = value_start..self.text.len();
        self.text.extend_from_slice(b"\r\n");
        let whole = start..self.text.len();
        self.lines.push(Line { id, whole, value });
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn values(&self, id: HeaderId) -> impl Iterator<Item = &[u8]> {
        let lines = self.lines.iter().filter(move |line| line.id == id);
        lines.map(|line| self.slice(&line.value))
    }

    /// The number of fields of this identifier.
    pub(super) fn count(&self, id: HeaderId) -> usize {
        self.values(id).count()
    }

    /// The members of all fields of this identifier, whose values are lists.
    pub(super) fn list(&self, id: HeaderId) -> impl Iterator<Item = &[u8]> {
        self.values(id).flat_map(list_members)
    }

    /// The traits that the fields give the message.
    pub(super) fn traits(&self) -> Traits {
        let mut traits = Traits::default();
        for line in &self.lines {
            traits.add(line.id, self.slice(&line.value));
        }
        traits
    }

    /// Removes all fields of this name, and appends one for each of `values`.
    pub(super) fn replace(&mut self, name: &[u8], values: &[&[u8]]) {
        let id = HeaderId::new(name);
        self.lines.retain(|line| line.id != id);
        for value in values {
            self.push_line(id, name, value);
        }
    }

    /// Writes `Host` first (RFC 9110 section 7.2), then `upgrade`, which is complete lines, then
    /// the other fields and the empty line.
    pub(super) fn write(&self, upgrade: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let lines = |is_host: bool| {
            let lines = self.lines.iter();
            let lines = lines.filter(move |line| (line.id == HeaderId::Host) == is_host);
            lines.map(|line| self.slice(&line.whole))
        };
        out.try_reserve(self.text.len() + upgrade.len() + 2)?;
        lines(true).for_each(|line| out.extend_from_slice(line));
        out.extend_from_slice(upgrade);
        lines(false).for_each(|line| out.extend_from_slice(line));
        out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pairs: &[(&str, &str)]) -> Result<HeaderLines, Error> {
        let mut lines = HeaderLines::default();
        for (name, value) in pairs {
            lines.push(name.as_bytes(), value.as_bytes())?;
        }
        Ok(lines)
    }

    fn written(lines: &HeaderLines) -> String {
        let mut out = Vec::new();
        lines.write(b"", &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_are_tokens() {
        for name in ["", "a b", "a:", "a\u{e9}", "(", "a\r"] {
            let expected = Error::IllegalHeaderName(name.as_bytes().to_vec());
            assert_eq!(lines(&[(name, "")]).unwrap_err(), expected);
        }
        assert!(lines(&[("!#$%&'*+-.^_`|~09azAZ", "")]).is_ok());
    }

    #[test]
    fn values_are_field_values() {
        let expected = Error::IllegalHeaderValue(b"a\n".to_vec());
        assert_eq!(lines(&[("a", "a\n")]).unwrap_err(), expected);
    }

    #[test]
    fn one_length_may_be_said_several_times() {
        let same = lines(&[("Content-Length", "5, 5"), ("content-length", "5")]).unwrap();
        assert_eq!(written(&same), "Content-Length: 5\r\n\r\n");
        assert_eq!(same.traits().content_length, Some(5));
        let different = [("Content-Length", "5"), ("Content-Length", "05")];
        let error = lines(&different).unwrap_err();
        assert_eq!(error, Error::ConflictingContentLength);
    }

    #[test]
    fn chunked_is_the_one_transfer_coding() {
        let chunked = lines(&[("Transfer-Encoding", "Chunked")]).unwrap();
        assert_eq!(written(&chunked), "Transfer-Encoding: chunked\r\n\r\n");
        assert!(chunked.traits().chunked);
        let error = lines(&[("Transfer-Encoding", "gzip, chunked")]).unwrap_err();
        assert_eq!(error, Error::UnsupportedTransferEncoding);
        let error = lines(&[("Transfer-Encoding", "chunked"); 2]).unwrap_err();
        assert_eq!(error, Error::MultipleTransferEncodings);
    }

    #[test]
    fn host_is_written_first_and_the_others_in_order_and_case() {
        let lines = lines(&[("b", "1"), ("A", "2"), ("hOST", "h"), ("b", "3")]).unwrap();
        assert_eq!(written(&lines), "hOST: h\r\nb: 1\r\nA: 2\r\nb: 3\r\n\r\n");
        let mut out = Vec::new();
        lines.write(b"U: 0\r\n", &mut out).unwrap();
        assert_eq!(out, b"hOST: h\r\nU: 0\r\nb: 1\r\nA: 2\r\nb: 3\r\n\r\n");
    }

    #[test]
    fn replaced_fields_go_to_the_end() {
        let mut lines = lines(&[("connection", "x"), ("a", "b"), ("Connection", "y")]).unwrap();
        assert!(lines.list(HeaderId::Connection).eq([b"x", b"y"]));
        lines.replace(b"Connection", &[b"close", b"x"]);
        assert_eq!(
            written(&lines),
            "a: b\r\nConnection: close\r\nConnection: x\r\n\r\n"
        );
        assert_eq!(lines.count(HeaderId::Connection), 2);
    }
}
