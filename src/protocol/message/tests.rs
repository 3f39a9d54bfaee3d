//! Messages of one frame and of several, limits, and what ends receiving.

use super::*;
use crate::protocol::close_code as code;
use crate::protocol::error::Cause;
use crate::protocol::extension::{NoExtensions, Transformed};
use crate::protocol::opcode::Rsv;

/// What was received, as text: the data, and a mark for the end of a frame (`.`) or of a message
/// (`!`).
type Seen = String;

/// The error of the store in these tests.
#[derive(PartialEq, Eq, Debug)]
struct Full;

/// Memory for everything but the word "full".
struct Memory;

impl Store for Memory {
    type Bytes = Vec<u8>;
    type Text = String;
    type Error = Full;

    fn bytes(&mut self, payload: Masked<'_>) -> Result<Vec<u8>, Full> {
        let mut bytes = Vec::new();
        payload.append_to(&mut bytes);
        if bytes == b"full" {
            Err(Full)
        } else {
            Ok(bytes)
        }
    }

    fn text(
        &mut self,
        payload: Masked<'_>,
        utf8: &mut Utf8Decoder,
        last: bool,
    ) -> Result<String, Failure<Full>> {
        let bytes = self.bytes(payload).map_err(Failure::raised)?;
        let text = utf8
            .decode(&bytes, last)
            .map_err(ParseFailed::InvalidUtf8)?;
        Ok(text
            .head
            .into_iter()
            .chain(text.body.text.chars())
            .collect())
    }
}

fn describe(incoming: Incoming<Memory>) -> Seen {
    let mark = |frame_finished, message_finished| match (frame_finished, message_finished) {
        (_, true) => "!",
        (true, false) => ".",
        (false, false) => "",
    };
    match incoming {
        Incoming::Text {
            data,
            frame_finished,
            message_finished,
        } => format!("text {data}{}", mark(frame_finished, message_finished)),
        Incoming::Binary {
            data,
            frame_finished,
            message_finished,
        } => {
            let mark = mark(frame_finished, message_finished);
            format!("binary {}{mark}", data.escape_ascii())
        }
        Incoming::Ping(data) => format!("ping {}", data.escape_ascii()),
        Incoming::Pong(data) => format!("pong {}", data.escape_ascii()),
        Incoming::Close(close) => format!("close {} {}", close.code, close.reason),
    }
}

/// The messages received from an input, and the failure that ended it, if any.
fn receive_with<X: InboundExtensions<Error = Full>>(
    receiver: &mut Receiver,
    mut input: &[u8],
    extensions: &mut X,
) -> (Vec<Seen>, Option<Cause<Full>>) {
    let mut seen = Vec::new();
    loop {
        match receiver.next(&mut input, extensions, &mut Memory) {
            Ok(Some(incoming)) => seen.push(describe(incoming)),
            Ok(None) => return (seen, None),
            Err(failure) => return (seen, Some(failure.cause())),
        }
    }
}

fn receive(receiver: &mut Receiver, input: &[u8]) -> (Vec<Seen>, Option<ParseFailed>) {
    let (seen, cause) = receive_with(receiver, input, &mut NoExtensions::default());
    let error = cause.map(|cause| match cause {
        Cause::Parse(error) => error,
        Cause::Raised(Full) => panic!("full"),
    });
    (seen, error)
}

fn client() -> Receiver {
    Receiver::new(Role::Client)
}

/// A client that fails over messages of more bytes than these.
fn limited(limit: usize) -> Receiver {
    let mut receiver = client();
    receiver.set_max_message_size(Some(limit));
    receiver
}

#[test]
fn every_kind_of_frame() {
    let input = b"\x81\x01a\x82\x02bc\x89\x01d\x8a\x01e\x88\x05\x03\xe8bye";
    let (seen, error) = receive(&mut client(), input);
    let expected = [
        "text a!",
        "binary bc!",
        "ping d",
        "pong e",
        "close 1000 bye",
    ];
    assert_eq!((&seen[..], error), (&expected.map(String::from)[..], None));
}

#[test]
fn fragments_with_a_control_frame_between_them() {
    let mut receiver = client();
    let (seen, _) = receive(&mut receiver, b"\x01\x02ab\x00\x01c\x89\x00\x80\x01d");
    assert_eq!(seen, ["text ab.", "text c.", "ping ", "text d!"]);
    let (seen, _) = receive(&mut receiver, b"\x02\x01a\x80\x01b");
    assert_eq!(seen, ["binary a.", "binary b!"]);
}

#[test]
fn pieces_of_a_frame_end_neither_it_nor_its_message() {
    let mut receiver = client();
    assert_eq!(receive(&mut receiver, b"\x81\x03ab").0, ["text ab"]);
    assert_eq!(receive(&mut receiver, b"c").0, ["text c!"]);
    assert_eq!(receive(&mut receiver, b"\x02\x02a").0, ["binary a"]);
    assert_eq!(receive(&mut receiver, b"b").0, ["binary b."]);
}

#[test]
fn a_code_point_is_spread_over_fragments_and_ends_with_the_message() {
    let mut receiver = client();
    let (seen, error) = receive(&mut receiver, b"\x01\x01\xc3\x80\x01\xa9");
    assert_eq!(
        (&seen[..], error),
        (&["text .", "text é!"].map(String::from)[..], None)
    );
    // The next message begins with nothing held back.
    assert_eq!(receive(&mut receiver, b"\x81\x01a").0, ["text a!"]);
    let (_, error) = receive(&mut receiver, b"\x81\x01\xc3");
    assert!(matches!(error, Some(ParseFailed::InvalidUtf8(_))));
}

#[test]
fn a_message_begins_with_its_type_and_goes_on_without() {
    let (seen, error) = receive(&mut client(), b"\x80\x00");
    assert_eq!(
        (seen.len(), error),
        (0, Some(ParseFailed::UnexpectedContinuation))
    );
    for (first, opcode) in [(0x81, Opcode::Text), (0x82, Opcode::Binary)] {
        let (seen, error) = receive(&mut client(), &[0x01, 0, first, 0]);
        assert_eq!(seen, ["text ."]);
        assert_eq!(error, Some(ParseFailed::ExpectedContinuation(opcode)));
    }
}

#[test]
fn nothing_counts_after_a_close_frame() {
    let mut receiver = client();
    let (seen, _) = receive(&mut receiver, b"\x88\x00\x81\x01a");
    assert_eq!(seen, ["close 1005 "]);
    assert!(receiver.is_finished());
    assert_eq!(receive(&mut receiver, b"\x81\x01a"), (Vec::new(), None));
    let mut input = &b"\x81\x01a"[..];
    let mut none = NoExtensions::<Full>::default();
    let begun = receiver.begin_frame(&mut input, &mut none);
    assert!(matches!(begun, Ok(false)) && input.len() == 3);
}

#[test]
fn nothing_counts_after_a_broken_rule() {
    let of_a_header = b"\x83\x00";
    let of_a_message = b"\x80\x00";
    let of_a_payload = b"\x81\x01\xff";
    for broken in [&of_a_header[..], of_a_message, of_a_payload] {
        let mut receiver = client();
        assert!(!receiver.is_finished());
        assert!(receive(&mut receiver, broken).1.is_some());
        assert!(receiver.is_finished());
        assert_eq!(receive(&mut receiver, b"\x81\x01a"), (Vec::new(), None));
    }
    let mut receiver = client();
    let mut none = NoExtensions::<Full>::default();
    assert!(
        receiver
            .begin_frame(&mut &of_a_header[..], &mut none)
            .is_err()
    );
    assert!(receiver.is_finished());
}

#[test]
fn what_the_store_raises_ends_receiving() {
    for first in [0x81, 0x82, 0x89, 0x8A] {
        let mut receiver = client();
        let frame = [&[first, 4], &b"full"[..]].concat();
        let mut none = NoExtensions::default();
        let (seen, cause) = receive_with(&mut receiver, &frame, &mut none);
        assert!(seen.is_empty() && matches!(cause, Some(Cause::Raised(Full))));
        assert!(receiver.is_finished());
    }
}

#[test]
fn a_close_frame_is_unmasked_and_judged() {
    let mut server = Receiver::new(Role::Server);
    assert_eq!(server.role(), Role::Server);
    let close = b"\x88\x82\x37\xfa\x21\x3d\x34\x12";
    assert_eq!(receive(&mut server, close).0, ["close 1000 "]);
    let (_, error) = receive(&mut client(), b"\x88\x01\x03");
    assert_eq!(error, Some(ParseFailed::CloseCodeCut));
}

#[test]
fn a_limit_is_for_each_message_whatever_it_is_cut_into() {
    let mut receiver = limited(4);
    assert_eq!(
        (receiver.max_message_size(), receiver.allowance()),
        (Some(4), 4)
    );
    let input = b"\x81\x04abcd\x01\x02ab\x89\x05aaaaa\x00\x01c";
    let (seen, error) = receive(&mut receiver, input);
    assert_eq!((seen.len(), error), (4, None));
    assert_eq!(receiver.allowance(), 1);
    // Exactly as much as is allowed, and then a message of its own.
    let (seen, error) = receive(&mut receiver, b"\x80\x01d\x82\x04abcd");
    assert_eq!((seen.len(), error), (2, None));
    assert_eq!(receiver.allowance(), 4);
    receiver.set_max_message_size(None);
    assert_eq!(
        (receiver.max_message_size(), receiver.allowance()),
        (None, usize::MAX)
    );
    assert_eq!(receive(&mut receiver, b"\x81\x05abcde").0, ["text abcde!"]);
}

#[test]
fn what_is_declared_is_refused_before_it_comes() {
    let too_big = Some(ParseFailed::MessageTooBig(4));
    for input in [&b"\x81\x05"[..], b"\x82\x7f\x7f\0\0\0\0\0\0\0"] {
        let mut receiver = limited(4);
        assert_eq!(receive(&mut receiver, input), (Vec::new(), too_big.clone()));
        assert!(receiver.is_finished());
    }
    let (seen, error) = receive(&mut limited(4), b"\x01\x03abc\x80\x02");
    assert_eq!(
        (&seen[..], error.clone()),
        (&["text abc.".to_owned()][..], too_big)
    );
    assert_eq!(error.map(|error| error.code()), Some(code::MESSAGE_TOO_BIG));
    // Control frames have a limit of their own.
    let (seen, error) = receive(&mut limited(0), b"\x89\x01a\x81\x00");
    assert_eq!((seen.len(), error), (2, None));
}

/// An extension that makes three bytes of one.
#[derive(Default)]
struct Triple(Vec<u8>);

impl InboundExtensions for Triple {
    type Error = Full;

    fn header(&mut self, _: Opcode, _: Rsv, _: u64) -> Result<Rsv, Failure<Full>> {
        Ok(Rsv::NONE)
    }

    fn passes(&self) -> bool {
        false
    }

    fn payload<'a>(
        &'a mut self,
        payload: Masked<'a>,
        _last: bool,
        _fin: bool,
    ) -> Result<Transformed<'a>, Failure<Full>> {
        self.0.clear();
        for _ in 0..3 {
            payload.append_to(&mut self.0);
        }
        Ok(Transformed {
            payload: Masked::plain(&self.0),
            consumed: payload.len(),
            complete: true,
        })
    }
}

#[test]
fn what_extensions_make_is_what_counts() {
    let mut receiver = limited(4);
    let (seen, cause) = receive_with(&mut receiver, b"\x82\x01a", &mut Triple::default());
    assert!(cause.is_none());
    assert_eq!(seen, ["binary aaa!"]);
    let (seen, cause) = receive_with(&mut receiver, b"\x82\x02ab", &mut Triple::default());
    assert!(seen.is_empty() && receiver.is_finished());
    assert!(matches!(
        cause,
        Some(Cause::Parse(ParseFailed::MessageTooBig(4)))
    ));
    // The declared length does not limit what the extension makes of the payload.
    let mut receiver = limited(4);
    let (seen, cause) = receive_with(&mut receiver, b"\x82\x05", &mut Triple::default());
    assert!(seen.is_empty() && cause.is_none());
}

#[test]
fn pieces_are_to_be_had_without_messages() {
    let mut receiver = client();
    let mut input = &b"\x80\x01a"[..];
    let mut none = NoExtensions::<Full>::default();
    let Ok(Some(piece)) = receiver.next_piece(&mut input, &mut none) else {
        panic!("a continuation is a frame");
    };
    assert_eq!(
        (piece.opcode, piece.payload.len()),
        (Opcode::Continuation, 1)
    );
}

#[test]
fn a_limit_below_what_has_been_received_holds() {
    let too_big = Some(ParseFailed::MessageTooBig(2));
    // Set in the middle of a message, with or without a limit before.
    for before in [None, Some(100)] {
        let mut receiver = client();
        receiver.set_max_message_size(before);
        assert_eq!(receive(&mut receiver, b"\x01\x04abcd").1, None);
        receiver.set_max_message_size(Some(2));
        assert_eq!(receiver.allowance(), 0);
        assert_eq!(receive(&mut receiver, b"\x80\x01e").1, too_big);
    }
    // Nothing more comes of the message: the next one is measured by itself.
    let mut receiver = client();
    receive(&mut receiver, b"\x01\x04abcd");
    receiver.set_max_message_size(Some(4));
    assert_eq!(receive(&mut receiver, b"\x80\x00\x81\x04abcd").1, None);
}
