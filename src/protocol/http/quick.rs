//! The heads that nearly everybody sends, as `httparse` reads them (RFC 9112 sections 2 to 5).
//!
//! What is read here is read in the same way line by line, only slower. Whatever is unusual (folded lines, control
//! characters, versions other than 1.0 and 1.1, very many fields), wrong or not complete is left to that: then the
//! answer is nothing.

use std::mem::MaybeUninit;
use std::ops::Range;

use httparse::{Header, ParserConfig, Request, Response, Status};

use super::fields::Fields;
use super::head::{Version, is_target};

/// Heads with more fields than this go line by line.
const MOST_FIELDS: usize = 48;

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

/// The request that the data begin with: its first line, its fields, and the length of its head.
pub(super) fn request(data: &[u8]) -> Option<(RequestLine, Fields, usize)> {
    let mut room = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let mut request = Request::new(&mut []);
    let parsed = request.parse_with_uninit_headers(data, &mut room);
    let head = complete(data, parsed)?;
    let (method, target) = (request.method?.as_bytes(), request.path?.as_bytes());
    if !is_target(target) {
        return None;
    }
    let line = RequestLine {
        method: range_of(head, method)?,
        target: range_of(head, target)?,
        version: version(request.version?)?,
    };
    Some((line, fields(head, request.headers)?, head.len()))
}

/// The response that the data begin with: its first line, its fields, and the length of its head.
pub(super) fn response(data: &[u8]) -> Option<(StatusLine, Fields, usize)> {
    let mut room = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let mut response = Response::new(&mut []);
    let parsed =
        ParserConfig::default().parse_response_with_uninit_headers(&mut response, data, &mut room);
    let head = complete(data, parsed)?;
    let line = StatusLine {
        version: version(response.version?)?,
        status: response.code?,
    };
    Some((line, fields(head, response.headers)?, head.len()))
}

/// The head, if it is complete and begins with its first line. (`httparse` skips empty lines before it.)
fn complete(data: &[u8], parsed: httparse::Result<usize>) -> Option<&[u8]> {
    match parsed {
        Ok(Status::Complete(length)) if *data.first()? > b' ' => data.get(..length),
        _ => None,
    }
}

fn version(minor: u8) -> Option<Version> {
    match minor {
        0 => Some(Version::HTTP_10),
        1 => Some(Version::HTTP_11),
        _ => None,
    }
}

fn fields(head: &[u8], headers: &[Header<'_>]) -> Option<Fields> {
    let mut fields = Fields::of_head(head);
    for header in headers {
        let name = range_of(head, header.name.as_bytes())?;
        let value = range_of(head, header.value)?;
        fields.text_mut(&name)?.make_ascii_lowercase();
        fields.push_part(name, value).ok()?;
    }
    Some(fields)
}

/// Where in the head a part of it is.
#[inline]
fn range_of(head: &[u8], part: &[u8]) -> Option<Range<usize>> {
    if part.is_empty() {
        return Some(0..0);
    }
    let start = part.as_ptr().addr().checked_sub(head.as_ptr().addr())?;
    let end = start + part.len();
    (end <= head.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_heads_are_read_up_to_their_end() {
        let (_, _, length) = request(b"GET / HTTP/1.1\r\nA: b\t c \r\n\r\nrest").expect("common");
        assert_eq!(length, 28);
        let (line, _, _) = response(b"HTTP/1.1 101\r\n\r\n").expect("common");
        assert_eq!(line.status, 101);
    }

    #[test]
    fn what_is_unusual_is_left_to_others() {
        let heads: [&[u8]; 8] = [
            b"GET / HTTP/1.1\r\nA: b\r\n",
            b"\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            b"GET / HTTP/1.1\r\nA: b\x01\r\n\r\n",
            b"GET / HTTP/1.2\r\nA: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
            b"GET /\xe9 HTTP/1.1\r\nA: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        ];
        for head in heads {
            assert!(request(head).is_none(), "{}", head.escape_ascii());
        }
    }
}
