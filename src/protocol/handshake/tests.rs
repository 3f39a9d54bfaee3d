//! Handshakes between a client and a server, and with peers that get it wrong.

use super::*;

const NONCE: [u8; 16] = *b"the sample nonce";
const TOKEN: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const REQUEST: [&str; 5] = [
    "Host: h",
    "Connection: keep-alive, Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// A client that has sent its request, and the request.
fn client() -> (Handshake, Vec<u8>) {
    let mut client = Handshake::new(Role::Client);
    let nonce = Nonce::new(NONCE);
    client.set_nonce(Some(nonce));
    let (host, fields) = (Host::new(b"h").unwrap(), HeaderLines::default());
    let request = client.request(&nonce, host, b"/chat", &fields).unwrap();
    (client, request)
}

/// A server that has received this, and the first step it read.
fn server(request: &[u8]) -> (Handshake, Result<Option<Received>, Refusal>) {
    let mut server = Handshake::new(Role::Server);
    server.receive_data(request).unwrap();
    let received = server.next_event();
    (server, received)
}

fn request_of(lines: &[&str]) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n")).into_bytes()
}

fn upgrade_request(request: &[u8]) -> UpgradeRequest {
    match server(request).1 {
        Ok(Some(Received::Request(request))) => request,
        other => panic!("{other:?}"),
    }
}

/// The steps that a client reads from this response.
fn answered(response: &str) -> (Handshake, Vec<String>) {
    let mut client = client().0;
    client.receive_data(response.as_bytes()).unwrap();
    let mut all = Vec::new();
    loop {
        all.push(match client.next_event() {
            Ok(None) => return (client, all),
            Ok(Some(Received::Acceptance(_))) => "accepted".to_owned(),
            Ok(Some(Received::Rejection(head))) => format!("rejected {}", head.status),
            Ok(Some(Received::RejectionData(data))) => format!("data {}", data.escape_ascii()),
            Ok(Some(Received::RejectionEnd)) => "end".to_owned(),
            Ok(Some(Received::Request(_))) => "request".to_owned(),
            Err(refusal) => {
                all.push(refusal.to_string());
                return (client, all);
            }
        });
    }
}

fn switching(lines: &[&str]) -> String {
    format!("HTTP/1.1 101 x\r\n{}\r\n\r\n", lines.join("\r\n"))
}

#[test]
fn a_client_and_a_server_agree() {
    let (mut client, request) = client();
    let (mut server, received) = server(&[&request[..], b"\x81\x80"].concat());
    let Ok(Some(Received::Request(request))) = received else {
        panic!("{received:?}");
    };
    assert_eq!(
        (request.host(), request.target()),
        (&b"h"[..], &b"/chat"[..])
    );
    assert!(matches!(server.next_event(), Ok(None)));

    let token = server.token().unwrap();
    assert_eq!(server.trailing_data(), b"\x81\x80");
    server.open();
    server.stop_receiving();
    let response = server.accept(&token, &HeaderLines::default()).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&response),
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {TOKEN}\r\n\r\n"
        )
    );

    client
        .receive_data(&[&response[..], b"\x81\x00"].concat())
        .unwrap();
    let received = client.next_event();
    assert!(matches!(received, Ok(Some(Received::Acceptance(_)))));
    assert_eq!(client.trailing_data(), b"\x81\x00");
    client.open();
    client.stop_receiving();
    assert_eq!((client.state(), server.state()), (State::Open, State::Open));
}

/// RFC 6455 section 4.2.1
#[test]
fn every_part_of_a_request_is_needed() {
    let missing: [(usize, Refusal); 4] = [
        (1, Refusal::MissingConnection),
        (2, Refusal::MissingUpgrade),
        (3, Refusal::BadVersion(false)),
        (4, Refusal::MissingKey),
    ];
    for (index, refusal) in missing {
        let mut lines = REQUEST.to_vec();
        lines.remove(index);
        assert_eq!(server(&request_of(&lines)).1.unwrap_err(), refusal);
    }
    let no_host = request_of(&REQUEST[1..]);
    assert_eq!(server(&no_host).1.unwrap_err(), Refusal::BadHttp);
    let old = String::from_utf8(no_host).unwrap().replace("1.1", "1.0");
    assert_eq!(server(old.as_bytes()).1.unwrap_err(), Refusal::MissingHost);
    let post = [b"POST".as_slice(), &request_of(&REQUEST)[3..]].concat();
    assert_eq!(server(&post).1.unwrap_err(), Refusal::BadMethod);
}

/// RFC 6455 section 4.4
#[test]
fn another_version_is_answered_with_ours() {
    let mut lines = REQUEST;
    lines[3] = "Sec-WebSocket-Version: 8";
    let refusal = server(&request_of(&lines)).1.unwrap_err();
    assert_eq!(refusal, Refusal::BadVersion(true));
    assert_eq!(refusal.status(), 426);
    let header: (&[u8], &[u8]) = (b"Sec-WebSocket-Version", b"13");
    assert_eq!(refusal.header(), Some(header));
    assert_eq!(Refusal::BadVersion(false).status(), 400);
}

/// RFC 9110 section 5.3
#[test]
fn lists_may_be_spread_over_fields() {
    let mut lines = REQUEST.to_vec();
    lines[1] = "Connection: upgrade";
    lines[2] = "Upgrade: h2c, WebSocket";
    lines.extend([
        "Connection: keep-alive",
        "Upgrade: other",
        "Sec-WebSocket-Protocol: a , b",
        "Sec-WebSocket-Extensions: x; y=1,z",
        "Sec-WebSocket-Protocol: c",
        "Cookie: d",
    ]);
    let request = upgrade_request(&request_of(&lines));
    assert!(request.subprotocols().eq([&b"a , b"[..], b"c"]));
    assert!(request.extensions().eq([b"x; y=1,z"]));
    let extra = request.extra_headers().map(|header| header.name);
    let names: [&[u8]; 7] = [
        b"connection",
        b"upgrade",
        b"sec-websocket-version",
        b"sec-websocket-key",
        b"connection",
        b"upgrade",
        b"cookie",
    ];
    assert_eq!(extra.collect::<Vec<_>>(), names);
}

#[test]
fn text_that_is_not_ascii_is_refused_in_both_roles() {
    for name in [
        "Connection",
        "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Extensions",
    ] {
        let line = format!("{name}: caf\u{e9}");
        let mut lines = REQUEST.to_vec();
        lines.push(&line);
        let refusal = server(&request_of(&lines)).1.unwrap_err();
        assert_eq!(refusal, Refusal::BadHeader(name));
        let text = format!("Bad header, '{name}'");
        assert_eq!(answered(&switching(&[&line])).1, [text]);
    }
}

/// RFC 6455 section 4.1
#[test]
fn a_client_looks_at_the_answer() {
    let token = format!("Sec-WebSocket-Accept: {TOKEN}");
    let upgrade = ["Connection: x", "Connection: Upgrade", "Upgrade: websocket"];
    let cases: [(&[&str], &str); 4] = [
        (
            &["Upgrade: websocket"],
            "Missing header, 'Connection: Upgrade'",
        ),
        (
            &["Connection: Upgrade"],
            "Missing header, 'Upgrade: websocket'",
        ),
        (&upgrade, "Bad accept token"),
        (&[&upgrade[..], &[&token]].concat(), "accepted"),
    ];
    for (lines, expected) in cases {
        assert_eq!(answered(&switching(lines)).1, [expected]);
    }
}

#[test]
fn a_refusal_comes_with_its_content() {
    let response = "HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\n";
    let (mut client, events) = answered(response);
    assert_eq!(events, ["rejected 403"]);
    assert_eq!(client.state(), State::Rejecting);
    client.receive_data(b"abc").unwrap();
    assert!(
        matches!(client.next_event(), Ok(Some(Received::RejectionData(data))) if data == b"abc")
    );
    assert!(matches!(
        client.next_event(),
        Ok(Some(Received::RejectionEnd))
    ));
    assert_eq!(client.state(), State::Closed);
}

/// RFC 9110 section 15.2
#[test]
fn interim_responses_are_read_past() {
    let interim = "HTTP/1.1 103 Hints\r\n\r\n";
    let (mut client, events) = answered(&interim.repeat(2));
    assert_eq!((events.len(), client.state()), (0, State::Connecting));

    let token = format!("Sec-WebSocket-Accept: {TOKEN}");
    let lines = ["Connection: Upgrade", "Upgrade: websocket", &token];
    client.receive_data(switching(&lines).as_bytes()).unwrap();
    assert!(matches!(
        client.next_event(),
        Ok(Some(Received::Acceptance(_)))
    ));

    let both = [interim, &switching(&lines)].concat();
    assert_eq!(answered(&both).1, ["accepted"]);

    let broken = [interim, "nonsense\r\n\r\n"].concat();
    assert_eq!(answered(&broken).1, ["Bad HTTP message"]);

    let (client, events) = answered("HTTP/1.1 102 x\r\nUpgrade: websocket\r\n\r\n");
    assert_eq!(events, ["rejected 102"]);
    assert_eq!(client.state(), State::Closed);
}

#[test]
fn a_server_refuses_with_and_without_content() {
    let mut bare = server(&request_of(&REQUEST)).0;
    let mut length = HeaderLines::default();
    length.push(b"content-length", b"0").unwrap();
    let response = bare.reject(404, length, false).unwrap();
    assert_eq!(response, b"HTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n");
    assert_eq!(bare.state(), State::Closed);

    let mut full = server(&request_of(&REQUEST)).0;
    full.reject(404, HeaderLines::default(), true).unwrap();
    assert_eq!(full.state(), State::Rejecting);
    assert_eq!(full.reject_data(b"abc", false).unwrap(), b"3\r\nabc\r\n");
    assert_eq!(full.reject_data(b"", true).unwrap(), b"0\r\n\r\n");
    assert_eq!(full.state(), State::Closed);
}

#[test]
fn what_is_decided_stays_decided() {
    let mut server = server(&request_of(&REQUEST)).0;
    let error = server.reject_data(b"", true).unwrap_err();
    let text = "Cannot send rejection data in state ConnectionState.CONNECTING";
    assert_eq!(error.to_string(), text);
    server.reject(404, HeaderLines::default(), true).unwrap();
    let error = server
        .reject(404, HeaderLines::default(), true)
        .unwrap_err();
    let text = "Connection cannot be rejected in state ConnectionState.REJECTING";
    assert_eq!(error.to_string(), text);
}

#[test]
fn accepting_without_a_request_has_no_token() {
    assert!(Handshake::new(Role::Server).token().is_none());
}
