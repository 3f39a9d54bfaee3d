//! Heads read line by line, as leniently as h11 reads them (RFC 9112 sections 2.2, 3, 4 and 5).

use std::ops::Range;

use super::abnf::{is_blank, is_field_text, is_field_value, is_target, is_token};
use super::error::Error;
use super::received_headers::{ReceivedHeaders, Span};

/// A version of HTTP, such as `1.1`: major and minor digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub(super) u8, pub(super) u8);

impl Version {
    /// HTTP/1.0
    pub const HTTP_10: Self = Self(1, 0);
    /// HTTP/1.1
    pub const HTTP_11: Self = Self(1, 1);

    /// HTTP/1.0 or HTTP/1.1, the versions that `httparse` accepts.
    pub(super) fn from_minor(minor: u8) -> Self {
        if minor == 0 {
            Self::HTTP_10
        } else {
            Self::HTTP_11
        }
    }
}

/// The lines of a head, without the empty one that ends it. A line ends with LF or CRLF (RFC 9112
/// section 2.2).
pub(super) struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    pub(super) fn new(head: &'a [u8]) -> Self {
        let head = head.strip_suffix(b"\n").unwrap_or(head);
        Self(head.strip_suffix(b"\r").unwrap_or(head))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().position(|byte| *byte == b'\n');
        let (line, rest) = match end.and_then(|end| self.0.split_at_checked(end)) {
            Some((line, rest)) => (line, rest.strip_prefix(b"\n").unwrap_or(rest)),
            None => (self.0, &[][..]),
        };
        self.0 = rest;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

impl Lines<'_> {
    /// Parses the remaining lines as fields and joins folded ones with a space (RFC 9112 section
    /// 5.2). The text of the result also holds `parts` of the start line, at the ranges returned.
    pub(super) fn parse_headers<const N: usize>(
        self,
        parts: [&[u8]; N],
    ) -> Result<(ReceivedHeaders, [Range<usize>; N]), Error> {
        let mut text = Vec::with_capacity(self.0.len());
        let mut append = |part: &[u8]| {
            let start = text.len();
            text.extend_from_slice(part);
            start..text.len()
        };
        let parts = parts.map(&mut append);
        let mut spans = Vec::new();
        let mut lines = self.peekable();
        let mut folded = Vec::new();
        while let Some(line) = lines.next() {
            if continuation(line).is_some() {
                return Err(Error::ContinuationWithoutField);
            }
            folded.clear();
            folded.extend_from_slice(line);
            while let Some(more) = lines.peek().and_then(|line| continuation(line)) {
                folded.push(b' ');
                folded.extend_from_slice(more);
                lines.next();
            }
            let (name, value) = parse_field_line(&folded).ok_or(Error::IllegalHeaderLine)?;
            spans.push(Span::new(append(name), append(value)));
        }
        Ok((ReceivedHeaders::new(text, spans)?, parts))
    }
}

/// Checks the trailer fields of a chunked body (RFC 9112 section 7.1.2), which ends with its empty
/// line.
pub(super) fn check_trailer(trailer: &[u8]) -> Result<(), Error> {
    Lines::new(trailer).parse_headers([]).map(drop)
}

/// The text of a folded line, which continues the line before it.
fn continuation(line: &[u8]) -> Option<&[u8]> {
    let text = trim_blank_start(line);
    (text.len() < line.len()).then_some(text)
}

/// `name ":" OWS value OWS`
fn parse_field_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let value = trim_blank_start(value.strip_prefix(b":")?);
    let length = value.iter().rposition(|byte| !is_blank(*byte));
    let value = value.get(..length.map_or(0, |last| last + 1))?;
    let legal = is_token(name) && is_field_value(value);
    legal.then_some((name, value))
}

/// `method SP target SP HTTP-version`
pub(super) fn parse_request_line(line: &[u8]) -> Option<(&[u8], &[u8], Version)> {
    let (line, version) = line.split_last_chunk::<8>()?;
    let version = parse_version(*version)?;
    let line = line.strip_suffix(b" ")?;
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (method, target) = line.split_at_checked(space)?;
    let target = target.strip_prefix(b" ")?;
    // Neither of them may contain a space.
    let legal = is_token(method) && is_target(target);
    legal.then_some((method, target, version))
}

/// `HTTP-version SP status-code [SP reason]`; the space may be missing if the reason is.
pub(super) fn parse_status_line(line: &[u8]) -> Option<(Version, u16)> {
    let (version, rest) = line.split_first_chunk()?;
    let version = parse_version(*version)?;
    let (code, reason) = rest.split_first_chunk::<4>()?;
    let [b' ', code @ ..] = code else {
        return None;
    };
    let mut status = 0;
    for digit in code {
        status = 10 * status + u16::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    let legal = matches!(reason.first(), None | Some(b' ')) && is_field_text(reason);
    legal.then_some((version, status))
}

/// `HTTP/` and two digits with a dot between them (RFC 9112 section 2.3).
fn parse_version(text: [u8; 8]) -> Option<Version> {
    match text {
        [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            major @ b'0'..=b'9',
            b'.',
            minor @ b'0'..=b'9',
        ] => Some(Version(major - b'0', minor - b'0')),
        _ => None,
    }
}

fn trim_blank_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(*byte));
    text.get(start.unwrap_or(text.len())..).unwrap_or_default()
}
