//! The heads of requests and responses (RFC 9112 sections 2 to 5).
//!
//! `httparse` parses nearly all of them. Heads that it refuses and h11 accepts (folded lines,
//! control characters, more than [`MAX_FAST_HEADERS`] fields, other versions of HTTP) are parsed
//! line by line, which also finds the rule that a bad head breaks.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::abnf::{is_target, is_token};
use super::error::Error;
use super::header_id::HeaderId;
use super::lines::{Lines, Version, parse_request_line, parse_status_line};
use super::received_headers::{ReceivedHeaders, Span, range_in};

/// The most fields that `httparse` gets room for; a head with more is parsed line by line.
const MAX_FAST_HEADERS: usize = 64;

/// Method, target and version of a request, the former two as ranges of its head.
type RequestLine = (Range<usize>, Range<usize>, Version);

/// The head of a request that was received.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// A token, in the text of the headers.
    method: Range<usize>,
    /// Visible ASCII and not empty, in the text of the headers.
    target: Range<usize>,
    /// The version that the client speaks.
    pub version: Version,
    /// The header fields.
    pub headers: ReceivedHeaders,
}

impl RequestHead {
    /// Parses a head, which ends with its empty line.
    pub(super) fn parse(head: Vec<u8>) -> Result<Self, Error> {
        let request = match Self::parse_fast(&head) {
            Some(fast) => {
                let ((method, target, version), spans) = fast;
                let headers = ReceivedHeaders::new(head, spans)?;
                Self {
                    method,
                    target,
                    version,
                    headers,
                }
            }
            None => Self::parse_lines(&head)?,
        };
        request.check()?;
        Ok(request)
    }

    fn parse_fast(head: &[u8]) -> Option<(RequestLine, Vec<Span>)> {
        let mut fields = [MaybeUninit::uninit(); MAX_FAST_HEADERS];
        let mut request = httparse::Request::new(&mut []);
        if !is_whole(request.parse_with_uninit_headers(head, &mut fields), head) {
            return None;
        }
        let (method, target) = (request.method?.as_bytes(), request.path?.as_bytes());
        if !is_token(method) || !is_target(target) {
            return None;
        }
        let version = Version::from_minor(request.version?);
        let line = (range_in(head, method), range_in(head, target), version);
        Some((line, spans_of(head, request.headers)))
    }

    fn parse_lines(head: &[u8]) -> Result<Self, Error> {
        let mut lines = Lines::new(head);
        let start = lines.next().ok_or(Error::NoStartLine)?;
        let (method, target, version) = parse_request_line(start).ok_or(Error::IllegalStartLine)?;
        let (headers, [method, target]) = lines.parse_headers([method, target])?;
        Ok(Self {
            method,
            target,
            version,
            headers,
        })
    }

    /// The method.
    pub fn method(&self) -> &[u8] {
        self.headers.slice(&self.method)
    }

    /// The request target.
    pub fn target(&self) -> &[u8] {
        self.headers.slice(&self.target)
    }

    fn check(&self) -> Result<(), Error> {
        let mut hosts = self.headers.values(HeaderId::Host);
        match (hosts.next(), hosts.next()) {
            (None, _) if self.version == Version::HTTP_11 => Err(Error::MissingHost),
            (_, Some(_)) => Err(Error::MultipleHosts),
            _ => Ok(()),
        }
    }
}

/// The head of a response.
#[derive(Debug, Clone)]
pub struct ResponseHead {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The version that the server speaks.
    pub version: Version,
    /// The header fields.
    pub headers: ReceivedHeaders,
}

impl ResponseHead {
    /// Parses a head, which ends with its empty line.
    pub(super) fn parse(head: Vec<u8>) -> Result<Self, Error> {
        let response = match Self::parse_fast(&head) {
            Some((status, version, spans)) => Self {
                status,
                version,
                headers: ReceivedHeaders::new(head, spans)?,
            },
            None => Self::parse_lines(&head)?,
        };
        match response.status {
            ..100 => Err(Error::NotInformational(response.status.to_string())),
            _ => Ok(response),
        }
    }

    fn parse_fast(head: &[u8]) -> Option<(u16, Version, Vec<Span>)> {
        let mut fields = [MaybeUninit::uninit(); MAX_FAST_HEADERS];
        let mut response = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let parsed = config.parse_response_with_uninit_headers(&mut response, head, &mut fields);
        if !is_whole(parsed, head) {
            return None;
        }
        let version = Version::from_minor(response.version?);
        Some((response.code?, version, spans_of(head, response.headers)))
    }

    fn parse_lines(head: &[u8]) -> Result<Self, Error> {
        let mut lines = Lines::new(head);
        let start = lines.next().ok_or(Error::NoStartLine)?;
        let (version, status) = parse_status_line(start).ok_or(Error::IllegalStartLine)?;
        let (headers, []) = lines.parse_headers([])?;
        Ok(Self {
            status,
            version,
            headers,
        })
    }
}

/// Whether `httparse` has parsed the whole head. It skips empty lines before the start line, which
/// h11 refuses.
fn is_whole(parsed: httparse::Result<usize>, head: &[u8]) -> bool {
    let begins_with_line = !matches!(head.first(), Some(b'\r' | b'\n'));
    begins_with_line && parsed == Ok(httparse::Status::Complete(head.len()))
}

fn spans_of(head: &[u8], fields: &[httparse::Header<'_>]) -> Vec<Span> {
    let span = |field: &httparse::Header<'_>| {
        let name = range_in(head, field.name.as_bytes());
        Span::new(name, range_in(head, field.value))
    };
    fields.iter().map(span).collect()
}

#[cfg(test)]
mod tests;
