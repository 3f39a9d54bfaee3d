//! The heads of requests and responses (RFC 9112 sections 2 to 5).
//!
//! A head is parsed once, when it is complete: in one pass if it is a common one, line by line if it is not.

use std::ops::Range;

use super::error::Error;
use super::fields::Fields;
use super::name::Name;
use super::quick::Reader;
use super::syntax::{is_field_value, is_token};

/// A version of HTTP, `1.1` for example. The major version and the minor one have one digit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u8, u8);

impl Version {
    /// HTTP/1.0
    pub const HTTP_10: Self = Self(1, 0);
    /// HTTP/1.1
    pub const HTTP_11: Self = Self(1, 1);
}

/// The head of a request that was received.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// A token, in the text of the fields.
    method: Range<usize>,
    /// Visible ASCII and not empty, in the text of the fields.
    target: Range<usize>,
    /// The version that the client speaks.
    pub version: Version,
    /// The header fields.
    pub fields: Fields,
}

impl RequestHead {
    fn of(method: &[u8], target: &[u8], version: Version, mut fields: Fields) -> Self {
        Self {
            method: fields.append(method),
            target: fields.append(target),
            version,
            fields,
        }
    }

    /// The method.
    pub fn method(&self) -> &[u8] {
        self.fields.slice(&self.method)
    }

    /// What is requested.
    pub fn target(&self) -> &[u8] {
        self.fields.slice(&self.target)
    }

    fn check(&self) -> Result<(), Error> {
        if !self.fields.has(Name::Host) && self.version == Version::HTTP_11 {
            return Err(Error::MissingHost);
        }
        if self.fields.has_several(Name::Host) {
            return Err(Error::MultipleHosts);
        }
        Ok(())
    }

    /// Reads a head. `head` ends with its empty line.
    pub(super) fn parse(head: &[u8]) -> Result<Self, Error> {
        Self::take_quickly(&mut &*head).map_or_else(|| Self::parse_lines(head), Ok)
    }

    fn parse_lines(head: &[u8]) -> Result<Self, Error> {
        let mut lines = Lines::of(head);
        let start = lines.next().ok_or(Error::NoStartLine)?;
        let (method, target, version) = parse_request_line(start).ok_or(Error::IllegalStartLine)?;
        let fields = parse_fields(lines, head.len())?;
        let head = Self::of(method, target, version, fields);
        head.check()?;
        Ok(head)
    }

    /// Takes the head that the data begin with, if it is a common one.
    #[inline]
    pub(super) fn take_quickly(data: &mut &[u8]) -> Option<Self> {
        let mut rest = *data;
        let mut reader = Reader::of(data)?;
        let (method, target, version) = reader.request_line()?;
        let fields = reader.fields(&mut rest)?;
        let head = Self {
            method,
            target,
            version,
            fields,
        };
        head.check().ok()?;
        *data = rest;
        Some(head)
    }
}

/// The head of a response.
#[derive(Debug, Clone)]
pub struct ResponseHead {
    /// The status code, below 1000.
    pub status: u16,
    /// The version that the server speaks.
    pub version: Version,
    /// The header fields.
    pub fields: Fields,
}

impl ResponseHead {
    /// Reads a head. `head` ends with its empty line.
    pub(super) fn parse(head: &[u8]) -> Result<Self, Error> {
        Self::take_quickly(&mut &*head).map_or_else(|| Self::parse_lines(head), Ok)
    }

    fn parse_lines(head: &[u8]) -> Result<Self, Error> {
        let mut lines = Lines::of(head);
        let start = lines.next().ok_or(Error::NoStartLine)?;
        let (version, status) = parse_status_line(start).ok_or(Error::IllegalStartLine)?;
        let head = Self {
            status,
            version,
            fields: parse_fields(lines, head.len())?,
        };
        head.check()?;
        Ok(head)
    }

    fn check(&self) -> Result<(), Error> {
        match self.status {
            ..100 => Err(Error::NotInformational(self.status.to_string())),
            _ => Ok(()),
        }
    }

    /// Takes the head that the data begin with, if it is a common one.
    #[inline]
    pub(super) fn take_quickly(data: &mut &[u8]) -> Option<Self> {
        let mut rest = *data;
        let mut reader = Reader::of(data)?;
        let (version, status) = reader.status_line()?;
        let fields = reader.fields(&mut rest)?;
        let head = Self {
            status,
            version,
            fields,
        };
        head.check().ok()?;
        *data = rest;
        Some(head)
    }
}

/// The trailer fields of a chunked body (RFC 9112 section 7.1.2). `trailer` ends with its empty line.
pub(super) fn parse_trailer(trailer: &[u8]) -> Result<Fields, Error> {
    parse_fields(Lines::of(trailer), trailer.len())
}

/// The lines up to the empty one that ends the head. A carriage return before the line feed may be missing
/// (RFC 9112 section 2.2).
struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    fn of(head: &'a [u8]) -> Self {
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

/// Reads field lines, joining folded ones with a space (RFC 9112 section 5.2).
fn parse_fields<'a>(lines: impl Iterator<Item = &'a [u8]>, size: usize) -> Result<Fields, Error> {
    let mut fields = Fields::with_capacity(size, 8);
    let mut lines = lines.peekable();
    let mut folded = Vec::new();
    while let Some(line) = lines.next() {
        if continuation(line).is_some() {
            return Err(Error::ContinuationWithoutField);
        }
        folded.clear();
        while let Some(more) = lines.peek().and_then(|line| continuation(line)) {
            if folded.is_empty() {
                folded.extend_from_slice(line);
            }
            folded.push(b' ');
            folded.extend_from_slice(more);
            lines.next();
        }
        let line = if folded.is_empty() { line } else { &folded };
        let (name, value) = parse_field_line(line).ok_or(Error::IllegalHeaderLine)?;
        fields.push_parsed(name, value)?;
    }
    Ok(fields)
}

/// What a folded line adds to the line before it.
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
fn parse_request_line(line: &[u8]) -> Option<(&[u8], &[u8], Version)> {
    let (line, version) = line.split_last_chunk::<8>()?;
    let version = parse_version(*version)?;
    let line = line.strip_suffix(b" ")?;
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (method, target) = line.split_at_checked(space)?;
    let target = target.strip_prefix(b" ")?;
    // In neither of them there is a space.
    let legal = is_token(method) && is_target(target);
    legal.then_some((method, target, version))
}

/// `HTTP-version SP status-code [SP reason]`, where the space may be missing together with the reason.
fn parse_status_line(line: &[u8]) -> Option<(Version, u16)> {
    let (version, status, reason) = split_status_line(line)?;
    let illegal = |byte: &u8| matches!(byte, 0 | b'\n' | 0x0b | 0x0c | b'\r');
    (!reason.iter().any(illegal)).then_some((version, status))
}

/// The same with any reason, and that.
#[inline]
pub(super) fn split_status_line(line: &[u8]) -> Option<(Version, u16, &[u8])> {
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
    matches!(reason.first(), None | Some(b' ')).then_some((version, status, reason))
}

/// `HTTP/` and two digits with a dot between them (RFC 9112 section 2.3).
#[inline]
pub(super) fn parse_version(text: [u8; 8]) -> Option<Version> {
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

pub(super) fn is_target(target: &[u8]) -> bool {
    !target.is_empty() && target.iter().all(u8::is_ascii_graphic)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim_blank_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(*byte));
    text.get(start.unwrap_or(text.len())..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
