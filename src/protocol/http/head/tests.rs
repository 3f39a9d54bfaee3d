//! Heads that are accepted and refused, rule by rule.

use super::*;
use crate::protocol::http::{Header, ReceivedHeaders};

fn request(head: &[u8]) -> Result<RequestHead, Error> {
    RequestHead::parse(head.to_vec())
}

fn response(head: &[u8]) -> Result<ResponseHead, Error> {
    ResponseHead::parse(head.to_vec())
}

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

fn pairs(headers: &ReceivedHeaders) -> Pairs {
    let owned = |header: Header<'_>| (header.name.to_vec(), header.value.to_vec());
    headers.all().map(owned).collect()
}

/// The fields of a request with these lines after its start line.
fn fields_of(lines: &[u8]) -> Result<Pairs, Error> {
    let head = [b"GET / HTTP/1.0\r\n", lines, b"\r\n"].concat();
    request(&head).map(|head| pairs(&head.headers))
}

#[test]
fn request_lines_that_are_accepted() {
    type Case = (&'static [u8], &'static [u8], &'static [u8], Version);
    let lines: [Case; 5] = [
        (b"GET / HTTP/1.0", b"GET", b"/", Version(1, 0)),
        (b"M-SEARCH * HTTP/1.0", b"M-SEARCH", b"*", Version(1, 0)),
        (b"GET / HTTP/2.3", b"GET", b"/", Version(2, 3)),
        (b"! \"<>^`{|}~ HTTP/0.9", b"!", b"\"<>^`{|}~", Version(0, 9)),
        (
            b"get http://a/b?c#d HTTP/1.0",
            b"get",
            b"http://a/b?c#d",
            Version(1, 0),
        ),
    ];
    for (line, method, target, version) in lines {
        for end in [&b"\r\n\r\n"[..], b"\n\n", b"\r\n\n", b"\n\r\n"] {
            let head = request(&[line, end].concat()).unwrap();
            assert_eq!(head.method(), method);
            assert_eq!(head.target(), target);
            assert_eq!(head.version, version);
        }
    }
}

#[test]
fn request_lines_that_are_refused() {
    let lines: [&[u8]; 17] = [
        b"GET /",
        b"GET  / HTTP/1.0",
        b"GET /  HTTP/1.0",
        b"GET / HTTP/1.0 ",
        b" GET / HTTP/1.0",
        b"GET\t/ HTTP/1.0",
        b"GET  HTTP/1.0",
        b"G(T / HTTP/1.0",
        b"GET /\x80 HTTP/1.0",
        b"GET /\x7f HTTP/1.0",
        b"GET /\x01 HTTP/1.0",
        b"GET / HTTP/1",
        b"GET / HTTP/1.10",
        b"GET / HTTP/a.0",
        b"GET / http/1.0",
        b"GET / HTTP/1.0\r",
        b"GET / x HTTP/1.0",
    ];
    for line in lines {
        let error = request(&[line, b"\r\n\r\n"].concat()).unwrap_err();
        assert_eq!(error, Error::IllegalStartLine, "{line:?}");
    }
    assert_eq!(request(b"\r\n").unwrap_err(), Error::NoStartLine);
}

#[test]
fn status_lines_that_are_accepted() {
    let lines: [(&[u8], u16, Version); 7] = [
        (b"HTTP/1.1 200 OK", 200, Version(1, 1)),
        (b"HTTP/1.0 404 ", 404, Version(1, 0)),
        (b"HTTP/1.1 101", 101, Version(1, 1)),
        (b"HTTP/1.1 999  two  spaces\t", 999, Version(1, 1)),
        (b"HTTP/1.1 200 \xff\x01\x7f", 200, Version(1, 1)),
        (b"HTTP/3.4 100 x", 100, Version(3, 4)),
        (b"HTTP/0.0 200", 200, Version(0, 0)),
    ];
    for (line, status, version) in lines {
        let head = response(&[line, b"\r\n\r\n"].concat()).unwrap();
        assert_eq!((head.status, head.version), (status, version), "{line:?}");
    }
}

#[test]
fn status_lines_that_are_refused() {
    let lines: [&[u8]; 9] = [
        b"HTTP/1.1",
        b"HTTP/1.1 20",
        b"HTTP/1.1 2000",
        b"HTTP/1.1  200",
        b"HTTP/1.1 +20",
        b"HTTP/1.1 200OK",
        b"HTTP/1.1 200\tOK",
        b"HTTP/1.1 200 a\0",
        b"http/1.1 200 OK",
    ];
    for line in lines {
        let error = response(&[line, b"\r\n\r\n"].concat()).unwrap_err();
        assert_eq!(error, Error::IllegalStartLine, "{line:?}");
    }
    for status in ["000", "099"] {
        let head = format!("HTTP/1.1 {status} x\r\n\r\n");
        let error = response(head.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::NotInformational(_)));
    }
}

#[test]
fn field_lines_that_are_accepted() {
    let lines: [(&[u8], &[u8]); 9] = [
        (b"A:b\r\n", b"b"),
        (b"A: \t b \t\r\n", b"b"),
        (b"A:\r\n", b""),
        (b"A:   \r\n", b""),
        (b"A: b:c d\te\n", b"b:c d\te"),
        (b"A: \x01\x1f\x7f\x80\xff\r\n", b"\x01\x1f\x7f\x80\xff"),
        (b"A: b\r\n  c\r\n\t\td\r\n", b"b c d"),
        (b"A:\r\n \r\n b\r\n", b"b"),
        (b"A: b\r\n \r\n", b"b"),
    ];
    for (line, value) in lines {
        let expected = vec![(b"a".to_vec(), value.to_vec())];
        assert_eq!(fields_of(line), Ok(expected), "{line:?}");
    }
}

#[test]
fn field_lines_that_are_refused() {
    let lines: [&[u8]; 9] = [
        b"A\r\n",
        b": b\r\n",
        b"A : b\r\n",
        b"A\x80: b\r\n",
        b"A: b\0\r\n",
        b"A: b\rc\r\n",
        b"A: b\r\r\n",
        b"A: b\x0b\r\n",
        b"A: b\x0cc\r\n",
    ];
    for line in lines {
        assert_eq!(fields_of(line), Err(Error::IllegalHeaderLine), "{line:?}");
    }
    let folded_first = fields_of(b" A: b\r\n");
    assert_eq!(folded_first, Err(Error::ContinuationWithoutField));
}

#[test]
fn there_is_no_limit_to_the_number_of_fields() {
    let lines = "A: b\r\n".repeat(10_000);
    assert_eq!(fields_of(lines.as_bytes()).unwrap().len(), 10_000);
}

/// RFC 9112 section 3.2
#[test]
fn a_request_has_one_host_unless_it_is_old() {
    let head = |version: &str, hosts: usize| {
        let hosts = "Host: h\r\n".repeat(hosts);
        request(format!("GET / HTTP/{version}\r\n{hosts}\r\n").as_bytes()).map(|_| ())
    };
    assert_eq!(head("1.1", 0), Err(Error::MissingHost));
    assert_eq!(head("1.1", 1), Ok(()));
    assert_eq!(head("1.0", 0), Ok(()));
    assert_eq!(head("1.2", 0), Ok(()));
    assert_eq!(head("1.1", 2), Err(Error::MultipleHosts));
    assert_eq!(head("1.0", 2), Err(Error::MultipleHosts));
}

/// `httparse` and the fallback may differ only in speed.
#[test]
fn the_fast_way_never_disagrees_with_the_lines() {
    let seeds: [&[u8]; 2] = [
        b"GET /a?b HTTP/1.1\r\nHost: x\r\nA: b c \r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b c \r\nB:\r\nTransfer-Encoding: chunked\r\n\r\n",
    ];
    let mut agreed = 0;
    for seed in seeds {
        for at in 0..seed.len() {
            for byte in 0..=255 {
                let mut head = seed.to_vec();
                head[at] = byte;
                // Only a head as the buffer cuts it: with one empty line, at its end.
                let inner = head.windows(2).filter(|pair| pair == b"\n\n").count();
                let proper = head.windows(3).filter(|three| three == b"\n\r\n").count();
                if inner > 0 || proper != 1 || !head.ends_with(b"\n\r\n") {
                    continue;
                }
                if let Some(((method, target, version), fields)) = RequestHead::parse_fast(&head) {
                    let (fast, slow) = (
                        ReceivedHeaders::new(head.clone(), fields),
                        RequestHead::parse_lines(&head),
                    );
                    let headers = slow.as_ref().map(|slow| pairs(&slow.headers));
                    assert_eq!(fast.as_ref().map(pairs), headers, "{}", head.escape_ascii());
                    if let Ok(slow) = &slow {
                        assert_eq!(slow.method(), &head[method]);
                        assert_eq!(slow.target(), &head[target]);
                        assert_eq!(slow.version, version);
                        agreed += 1;
                    }
                }
                if let Some((status, version, fields)) = ResponseHead::parse_fast(&head) {
                    let (fast, slow) = (
                        ReceivedHeaders::new(head.clone(), fields),
                        ResponseHead::parse_lines(&head),
                    );
                    let headers = slow.as_ref().map(|slow| pairs(&slow.headers));
                    assert_eq!(fast.as_ref().map(pairs), headers, "{}", head.escape_ascii());
                    if let Ok(slow) = &slow {
                        assert_eq!((slow.status, slow.version), (status, version));
                        agreed += 1;
                    }
                }
            }
        }
    }
    assert!(agreed > 5_000, "{agreed}");
}
