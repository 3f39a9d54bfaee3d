//! Heads to be sent (RFC 9112 sections 3 and 4).

use super::abnf::{is_field_value, is_target};
use super::error::Error;
use super::header_id::HeaderId;
use super::header_lines::HeaderLines;

/// The status line of a response that switches protocols (RFC 9110 section 15.2.2).
const SWITCHING_PROTOCOLS: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n";

/// An HTTP/1.1 request with a legal target and exactly one host.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub(super) method: &'a [u8],
    target: &'a [u8],
    /// `None` if `Host` is among the headers.
    host: Option<Host<'a>>,
    pub(super) headers: &'a HeaderLines,
}

/// A legal value of the field `Host`.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a>(&'a [u8]);

impl<'a> Host<'a> {
    /// The host, if it is a legal field value.
    pub fn new(value: &'a [u8]) -> Result<Self, Error> {
        if is_field_value(value) {
            Ok(Self(value))
        } else {
            Err(Error::IllegalHeaderValue(value.to_vec()))
        }
    }
}

impl<'a> Request<'a> {
    /// A request, whose host is given or among the headers.
    pub fn new(
        method: &'a [u8],
        target: &'a [u8],
        host: Option<Host<'a>>,
        headers: &'a HeaderLines,
    ) -> Result<Self, Error> {
        match usize::from(host.is_some()) + headers.count(HeaderId::Host) {
            0 => Err(Error::MissingHost),
            1 if is_target(target) => Ok(Self {
                method,
                target,
                host,
                headers,
            }),
            1 => Err(Error::IllegalTarget),
            _ => Err(Error::MultipleHosts),
        }
    }

    /// The head on the wire, with `upgrade`, which is complete lines, after the host.
    pub fn to_bytes(self, upgrade: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        let Host(host) = self.host.unwrap_or(Host(b""));
        out.try_reserve(self.method.len() + self.target.len() + host.len() + 20)?;
        for piece in [self.method, b" ", self.target, b" HTTP/1.1\r\n"] {
            out.extend_from_slice(piece);
        }
        if self.host.is_some() {
            for piece in [b"Host: ", host, b"\r\n"] {
                out.extend_from_slice(piece);
            }
        }
        self.headers.write(upgrade, &mut out)?;
        Ok(out)
    }
}

/// The head of a 101 response, with `upgrade`, which is complete lines, before the other headers.
pub(super) fn switching_protocols(upgrade: &[u8], headers: &HeaderLines) -> Result<Vec<u8>, Error> {
    let mut out = SWITCHING_PROTOCOLS.to_vec();
    headers.write(upgrade, &mut out)?;
    Ok(out)
}

/// The head of a final response.
pub(super) fn response(status: u16, headers: &HeaderLines) -> Result<Vec<u8>, Error> {
    // The reason may be empty, the space before it may not (section 4).
    let mut out = format!("HTTP/1.1 {status} \r\n").into_bytes();
    headers.write(b"", &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(hosts: usize) -> HeaderLines {
        let mut headers = HeaderLines::default();
        for _ in 0..hosts {
            headers.push(b"Host", b"h").unwrap();
        }
        headers.push(b"A", b"b").unwrap();
        headers
    }

    #[test]
    fn the_host_comes_first_whether_given_or_among_the_headers() {
        let expected = b"GET /t HTTP/1.1\r\nHost: h\r\nU: 0\r\nA: b\r\n\r\n";
        let (without, with) = (headers(0), headers(1));
        let host = Host::new(b"h").unwrap();
        let given = Request::new(b"GET", b"/t", Some(host), &without).unwrap();
        assert_eq!(given.to_bytes(b"U: 0\r\n").unwrap(), expected);
        let among_headers = Request::new(b"GET", b"/t", None, &with).unwrap();
        assert_eq!(among_headers.to_bytes(b"U: 0\r\n").unwrap(), expected);
    }

    #[test]
    fn there_is_one_host_and_a_target() {
        let error = |hosts: usize, given: bool, target: &'static [u8]| {
            let host = given.then(|| Host::new(b"h").unwrap());
            Request::new(b"GET", target, host, &headers(hosts)).err()
        };
        assert_eq!(error(0, false, b""), Some(Error::MissingHost));
        assert_eq!(error(1, true, b""), Some(Error::MultipleHosts));
        assert_eq!(error(2, false, b"/"), Some(Error::MultipleHosts));
        assert_eq!(error(0, true, b""), Some(Error::IllegalTarget));
        assert_eq!(error(1, false, b"/ "), Some(Error::IllegalTarget));
        assert_eq!(error(1, false, b"/"), None);
        let line_break = Host::new(b"h\n").unwrap_err();
        assert_eq!(line_break, Error::IllegalHeaderValue(b"h\n".to_vec()));
    }

    #[test]
    fn responses_are_written_with_their_headers() {
        let response = response(404, &headers(0)).unwrap();
        assert_eq!(response, b"HTTP/1.1 404 \r\nA: b\r\n\r\n");
        let response = switching_protocols(b"U: 0\r\n", &headers(0)).unwrap();
        let expected = b"HTTP/1.1 101 Switching Protocols\r\nU: 0\r\nA: b\r\n\r\n";
        assert_eq!(response, expected);
    }
}
