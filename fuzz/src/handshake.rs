//! An opening handshake (RFC 6455 section 4) takes the same course however the peer's bytes are
//! cut, in either role.
//!
//! Options: one of flags (1: client, 2: open when the peer has agreed or asked, 4: the stream ends
//! after the data), one of how the data are cut.

use std::fmt::Write;

use _wsproto::protocol::handshake::{Handshake, Nonce, Received};
use _wsproto::protocol::http::{Header, HeaderLines, Host};
use _wsproto::protocol::role::Role;

use crate::input::{Input, pieces};

/// The key of the example in RFC 6455 section 1.3, whose answer is `s3pPLMBiTxaQ9kYGzzhZRbK+xOo=`.
const NONCE: [u8; 16] = *b"the sample nonce";

/// Check what one peer says.
///
/// # Panics
///
/// If the property is broken.
pub fn run(input: &[u8]) {
    let Input { options, data } = Input::new(input);
    let [flags, cuts, ..] = options;
    let whole = course(flags, std::iter::once(data));
    assert_eq!(course(flags, pieces(data, cuts)), whole);
    // Byte by byte: every cut that there is.
    assert_eq!(course(flags, data.chunks(1)), whole);
}

/// What happens in a handshake.
#[derive(PartialEq, Eq, Debug, Default)]
struct Course {
    events: Vec<String>,
    /// The content of a refusal, which comes in pieces.
    content: Vec<u8>,
    /// What is for the connection.
    trailing: Vec<u8>,
}

fn course<'a>(flags: u8, pieces: impl Iterator<Item = &'a [u8]>) -> Course {
    let mut handshake = begin(flags & 1 != 0);
    let mut course = Course::default();
    let end = (flags & 4 != 0).then_some(&b""[..]);
    let mut open = false;
    for piece in pieces.filter(|piece| !piece.is_empty()).chain(end) {
        if open {
            course.trailing.extend(piece);
            continue;
        }
        handshake.receive_data(piece).expect("the end comes once");
        match advance(&mut handshake, flags & 2 != 0, &mut course) {
            Next::Receive => {}
            Next::Stop => return course,
            Next::Open => {
                open = true;
                course.trailing.extend(handshake.trailing_data());
                handshake.open();
                handshake.stop_receiving();
            }
        }
    }
    if !open {
        course.trailing.extend(handshake.trailing_data());
    }
    course.events.push(format!("{:?}", handshake.state()));
    course
}

/// What is to be done with the next piece.
enum Next {
    Receive,
    Open,
    Stop,
}

fn begin(client: bool) -> Handshake {
    if !client {
        return Handshake::new(Role::Server);
    }
    let mut handshake = Handshake::new(Role::Client);
    let nonce = Nonce::new(NONCE);
    handshake.set_nonce(Some(nonce));
    let host = Host::new(b"h").expect("a host");
    let request = handshake.request(&nonce, host, b"/", &HeaderLines::default());
    request.expect("legal");
    handshake
}

/// Take all events that there are.
fn advance(handshake: &mut Handshake, opens: bool, course: &mut Course) -> Next {
    let mut agreed = false;
    loop {
        match handshake.next_event() {
            Ok(None) if agreed && opens => return Next::Open,
            Ok(None) => return Next::Receive,
            Ok(Some(Received::RejectionData(data))) => course.content.extend(data),
            Ok(Some(event)) => {
                agreed |= matches!(event, Received::Request(_) | Received::Acceptance(_));
                course.events.push(describe(&event));
            }
            Err(refusal) => {
                course.events.push(format!("{refusal:?}"));
                return Next::Stop;
            }
        }
    }
}

fn describe(event: &Received) -> String {
    let mut text = String::new();
    match event {
        Received::Request(request) => {
            let (host, target) = (request.host(), request.target());
            let extensions: Vec<&[u8]> = request.extensions().collect();
            let subprotocols: Vec<&[u8]> = request.subprotocols().collect();
            let _ = write!(
                text,
                "request {host:?} {target:?} {extensions:?} {subprotocols:?}"
            );
            headers(&mut text, request.extra_headers());
        }
        Received::Acceptance(acceptance) => {
            let (extensions, subprotocol) = (acceptance.extensions(), acceptance.subprotocol());
            let _ = write!(text, "acceptance {extensions:?} {subprotocol:?}");
            headers(&mut text, acceptance.extra_headers());
        }
        Received::Rejection(head) => {
            let _ = write!(text, "rejection {}", head.status);
            headers(&mut text, head.headers.all());
        }
        Received::RejectionData(_) => text.push_str("data"),
        Received::RejectionEnd => text.push_str("end"),
    }
    text
}

fn headers<'a>(text: &mut String, headers: impl Iterator<Item = Header<'a>>) {
    for header in headers {
        let (name, value) = (header.name.escape_ascii(), header.value.escape_ascii());
        let _ = write!(text, "; {name}: {value}");
    }
}
