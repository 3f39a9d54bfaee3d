//! Whole exchanges, in both roles.

use super::*;
use crate::protocol::http::{HeaderLines, Host, Request};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n";

/// All events in what has arrived, without their details.
fn events(connection: &mut Exchange) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    while let Some(event) = connection.next_event()? {
        all.push(match event {
            HttpEvent::Request(head) => format!("request {}", head.target().escape_ascii()),
            HttpEvent::Response(head) if head.status < 200 => format!("interim {}", head.status),
            HttpEvent::Response(head) => format!("response {}", head.status),
            HttpEvent::Data(data) => format!("data {}", data.escape_ascii()),
            HttpEvent::EndOfMessage => "end".to_owned(),
        });
    }
    Ok(all)
}

fn receive(connection: &mut Exchange, data: &[u8]) -> Result<Vec<String>, Error> {
    connection.receive_data(data).unwrap();
    events(connection)
}

fn fields(pairs: &[(&str, &str)]) -> HeaderLines {
    let mut fields = HeaderLines::default();
    for (name, value) in pairs {
        fields.push(name.as_bytes(), value.as_bytes()).unwrap();
    }
    fields
}

fn text(bytes: Result<Vec<u8>, Error>) -> String {
    String::from_utf8(bytes.unwrap()).unwrap()
}

/// A server that has received this.
fn server(request: &[u8]) -> Exchange {
    let mut server = Exchange::new(Role::Server);
    receive(&mut server, request).unwrap();
    server
}

/// A client that has sent a request with an upgrade.
fn client(method: &[u8]) -> Exchange {
    let mut client = Exchange::new(Role::Client);
    let fields = fields(&[("Upgrade", "websocket")]);
    let host = Host::new(b"h").ok();
    let request = Request::new(method, b"/", host, &fields).unwrap();
    client.send_request(b"", &request).unwrap();
    client
}

#[test]
fn a_switch_of_protocols_keeps_what_came_early() {
    let mut server = server(&[REQUEST, b"early"].concat());
    assert_eq!(receive(&mut server, b" bird"), Ok(vec![]));
    assert_eq!(server.trailing_data(), b"early bird");
    server.stop_receiving();
    let fields = fields(&[("A", "b")]);
    let response = server.send_switching_protocols(b"", &fields);
    let response = text(response);
    assert_eq!(response, "HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n");
    assert_eq!(receive(&mut server, b"late"), Ok(vec![]));
    assert!(server.trailing_data().is_empty());
}

#[test]
fn a_head_is_read_from_any_pieces() {
    for size in 1..REQUEST.len() {
        let mut server = Exchange::new(Role::Server);
        let mut all = Vec::new();
        for piece in REQUEST.chunks(size) {
            all.extend(receive(&mut server, piece).unwrap());
        }
        assert_eq!(all, ["request /", "end"]);
    }
}

#[test]
fn the_content_of_a_request_is_read_before_what_comes_early() {
    let request = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nContent-Length: 3\r\n\r\nabc\x81";
    let mut server = Exchange::new(Role::Server);
    let expected = ["request /", "data abc", "end"].map(String::from).to_vec();
    assert_eq!(receive(&mut server, request), Ok(expected));
    assert_eq!(server.trailing_data(), b"\x81");
}

#[test]
fn an_endless_head_is_refused() {
    let mut server = Exchange::new(Role::Server);
    assert_eq!(receive(&mut server, &[b'x'; MAX_INCOMPLETE]), Ok(vec![]));
    assert_eq!(receive(&mut server, b"x"), Err(Error::TooLong));
    assert_eq!(receive(&mut server, b"x"), Err(Error::TheirSideFailed));
}

#[test]
fn a_complete_head_may_be_long() {
    let value = "v".repeat(4 * MAX_INCOMPLETE);
    let request = format!("GET / HTTP/1.1\r\nHost: h\r\nA: {value}\r\n\r\n");
    let expected = ["request /", "end"].map(String::from).to_vec();
    let mut server = Exchange::new(Role::Server);
    assert_eq!(receive(&mut server, request.as_bytes()), Ok(expected));
}

#[test]
fn what_cannot_become_a_head_is_refused_at_its_first_byte() {
    for first in [b"\x16".as_slice(), b" ", b"\r", b"\0"] {
        for role in [Role::Client, Role::Server] {
            let mut connection = Exchange::new(role);
            let refused = receive(&mut connection, first);
            assert_eq!(refused, Err(Error::IllegalStartLine));
        }
    }
}

#[test]
fn the_end_of_the_stream_may_come_before_anything_but_not_inside_of_a_message() {
    let mut idle = Exchange::new(Role::Server);
    assert_eq!(receive(&mut idle, b""), Ok(vec![]));
    assert_eq!(receive(&mut idle, b""), Ok(vec![]));
    assert_eq!(idle.receive_data(b"x"), Err(FeedError::DataAfterEof));

    let mut halfway = server(b"GET /");
    assert_eq!(receive(&mut halfway, b""), Err(Error::UnexpectedClose));

    let mut unanswered = client(b"GET");
    let kind = EventKind::ConnectionClosed;
    let expected = Error::UnexpectedEvent(kind, Role::Server, HttpState::SendResponse);
    assert_eq!(receive(&mut unanswered, b""), Err(expected));

    for body in [
        &b"Content-Length: 3\r\n\r\nab"[..],
        b"Transfer-Encoding: chunked\r\n\r\n",
    ] {
        let mut client = client(b"GET");
        receive(&mut client, &[b"HTTP/1.1 400 \r\n", body].concat()).unwrap();
        assert_eq!(receive(&mut client, b""), Err(Error::UnexpectedClose));
    }
}

#[test]
fn responses_are_read_in_each_framing() {
    let cases: [(&[u8], &[&str]); 5] = [
        (
            b"HTTP/1.1 400 \r\nContent-Length: 2\r\n\r\nabX",
            &["response 400", "data ab", "end"],
        ),
        (
            b"HTTP/1.1 400 \r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n\
              1\r\na\r\n0\r\n\r\n",
            &["response 400", "data a", "end"],
        ),
        (b"HTTP/1.0 400 \r\n\r\nab", &["response 400", "data ab"]),
        (
            b"HTTP/1.1 204 \r\nContent-Length: 2\r\n\r\n",
            &["response 204", "end"],
        ),
        (
            b"HTTP/1.1 103 \r\n\r\nHTTP/1.1 304 \r\n\r\n",
            &["interim 103", "response 304", "end"],
        ),
    ];
    for (response, expected) in cases {
        assert_eq!(receive(&mut client(b"GET"), response).unwrap(), expected);
    }
}

#[test]
fn content_without_framing_ends_with_the_stream() {
    let mut client = client(b"GET");
    receive(&mut client, b"HTTP/1.1 400 \r\n\r\nab").unwrap();
    assert_eq!(receive(&mut client, b""), Ok(vec!["end".to_owned()]));
}

#[test]
fn a_server_may_refuse_before_the_request_but_not_switch() {
    let mut early = Exchange::new(Role::Client);
    let response = b"HTTP/1.1 408 \r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        receive(&mut early, response).unwrap(),
        ["response 408", "end"]
    );
    let mut switch = Exchange::new(Role::Client);
    let refused = receive(&mut switch, b"HTTP/1.1 101 \r\n\r\n");
    assert_eq!(refused, Err(Error::SwitchNotProposed));
}

#[test]
fn after_a_request_that_cannot_be_followed_nothing_may_follow() {
    let request = b"GET / HTTP/1.0\r\n\r\n";
    let mut server = server(request);
    assert_eq!(receive(&mut server, b"x"), Err(Error::DataAfterEnd));
}

type Pairs = &'static [(&'static str, &'static str)];

/// RFC 9112 sections 6.1 and 9.6: what a response says about its own end.
#[test]
fn responses_get_the_framing_that_the_peer_understands() {
    let current = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".as_slice();
    let closing = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let old = b"GET / HTTP/1.0\r\n\r\n";
    let head = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
    let cases: [(&[u8], u16, Pairs, &str); 9] = [
        (current, 400, &[], "Transfer-Encoding: chunked\r\n"),
        (
            current,
            400,
            &[("content-length", "2")],
            "content-length: 2\r\n",
        ),
        (current, 204, &[], ""),
        (
            current,
            400,
            &[
                ("transfer-encoding", "chunked"),
                ("Content-Length", "2"),
                ("a", "b"),
            ],
            "a: b\r\nTransfer-Encoding: chunked\r\n",
        ),
        (
            closing,
            400,
            &[
                ("Connection", "Foo, keep-alive"),
                ("connection", "foo, Bar"),
            ],
            "Transfer-Encoding: chunked\r\nConnection: bar\r\nConnection: close\r\n\
             Connection: foo\r\n",
        ),
        (
            old,
            400,
            &[("Content-Length", "2")],
            "Content-Length: 2\r\nConnection: close\r\n",
        ),
        (old, 400, &[], "Connection: close\r\n"),
        (b"", 400, &[], "Connection: close\r\n"),
        (head, 400, &[], "Transfer-Encoding: chunked\r\n"),
    ];
    for (request, status, pairs, expected) in cases {
        let mut server = Exchange::new(Role::Server);
        if !request.is_empty() {
            receive(&mut server, request).unwrap();
        }
        let response = text(server.send_response(status, fields(pairs)));
        assert_eq!(response, format!("HTTP/1.1 {status} \r\n{expected}\r\n"));
    }
}

#[test]
fn a_failure_to_send_is_final() {
    let mut server = server(REQUEST);
    let length = fields(&[("Content-Length", "1")]);
    server.send_response(400, length).unwrap();
    assert_eq!(server.send_data(b"ab"), Err(Error::TooMuchData));
    assert_eq!(server.send_data(b"a"), Err(Error::OurSideFailed));
    let again = server.send_response(400, HeaderLines::default());
    assert_eq!(again, Err(Error::OurSideFailed));
}

#[test]
fn what_the_role_or_the_time_forbids_is_named() {
    let unexpected = |kind, role, state| Err(Error::UnexpectedEvent(kind, role, state));
    let fields = fields(&[("Host", "h")]);
    let request = Request::new(b"GET", b"/", None, &fields).unwrap();

    let expected = unexpected(EventKind::Request, Role::Client, HttpState::SendBody);
    assert_eq!(client(b"GET").send_request(b"", &request), expected);

    let expected = unexpected(EventKind::Request, Role::Server, HttpState::Idle);
    assert_eq!(
        Exchange::new(Role::Server).send_request(b"", &request),
        expected
    );

    let expected = unexpected(EventKind::Response, Role::Client, HttpState::Idle);
    let mut client = Exchange::new(Role::Client);
    assert_eq!(client.send_response(400, HeaderLines::default()), expected);

    let expected = unexpected(EventKind::Data, Role::Server, HttpState::SendResponse);
    assert_eq!(server(REQUEST).send_data(b""), expected);

    let mut twice = server(REQUEST);
    twice
        .send_switching_protocols(b"", &HeaderLines::default())
        .unwrap();
    let kind = EventKind::InformationalResponse;
    let expected = unexpected(kind, Role::Server, HttpState::SwitchedProtocol);
    let nothing = HeaderLines::default();
    let again = twice.send_switching_protocols(b"", &nothing);
    assert_eq!(again, expected);
}

#[test]
fn a_refused_switch_cannot_be_made() {
    let mut server = server(REQUEST);
    server.send_response(400, HeaderLines::default()).unwrap();
    let nothing = HeaderLines::default();
    let switched = server.send_switching_protocols(b"", &nothing);
    assert_eq!(switched.unwrap_err(), Error::SwitchNotProposed);
}

#[test]
fn bytes_after_the_exchange_are_not_kept() {
    let mut server = server(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    for _ in 0..100 {
        assert_eq!(receive(&mut server, &[b'x'; 1000]), Ok(vec![]));
    }
    assert!(server.buffer.len() <= 1);

    let mut failed = Exchange::new(Role::Server);
    assert!(receive(&mut failed, b"nonsense\r\n\r\n").is_err());
    for _ in 0..100 {
        assert_eq!(
            receive(&mut failed, &[b'x'; 1000]),
            Err(Error::TheirSideFailed)
        );
    }
    assert!(failed.buffer.is_empty());
}
