//! Frames in inputs that end anywhere, with and without an extension.

use super::*;
use crate::protocol::error::Cause;
use crate::protocol::extension::{NoExtensions, Transformed};
use crate::protocol::opcode::Rsv;

/// A piece: its opcode, its payload, whether it ends its frame, and whether that ends its message.
type Seen = (Opcode, Vec<u8>, bool, bool);

/// The error of an extension in these tests.
#[derive(PartialEq, Eq, Debug)]
struct Raised;

const KEY: MaskingKey = [0x37, 0xfa, 0x21, 0x3d];

fn seen(piece: Piece<'_>) -> Seen {
    let mut payload = Vec::new();
    piece.payload.append_to(&mut payload);
    (piece.opcode, payload, piece.frame_finished, piece.fin)
}

fn fault(failure: Failure<Raised>) -> Cause<Raised> {
    failure.cause()
}

/// All pieces in one input, all of which is used.
fn pieces_with<X: InboundExtensions<Error = Raised>>(
    decoder: &mut Decoder,
    mut input: &[u8],
    extensions: &mut X,
) -> Result<Vec<Seen>, Cause<Raised>> {
    let mut pieces = Vec::new();
    while let Some(piece) = decoder.next(&mut input, extensions).map_err(fault)? {
        pieces.push(seen(piece));
        assert!(pieces.len() < 1000, "input that is never used up");
    }
    assert!(input.is_empty(), "{input:x?} is left");
    Ok(pieces)
}

fn pieces(decoder: &mut Decoder, input: &[u8]) -> Vec<Seen> {
    pieces_with(decoder, input, &mut NoExtensions::default()).expect("legal")
}

fn refusal(role: Role, input: &[u8]) -> ParseFailed {
    match pieces_with(&mut Decoder::new(role), input, &mut NoExtensions::default()) {
        Err(Cause::Parse(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// A frame under [`KEY`].
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("short");
    let mut frame = vec![first, 0x80 | length];
    frame.extend(KEY);
    Masked::new(payload, Some(KEY)).append_to(&mut frame);
    frame
}

fn whole(opcode: Opcode, payload: &[u8]) -> Vec<Seen> {
    vec![(opcode, payload.to_vec(), true, true)]
}

#[test]
fn the_examples_of_section_5_7() {
    let mut client = Decoder::new(Role::Client);
    assert_eq!(
        pieces(&mut client, b"\x81\x05Hello"),
        whole(Opcode::Text, b"Hello")
    );
    let mut server = Decoder::new(Role::Server);
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(pieces(&mut server, hello), whole(Opcode::Text, b"Hello"));
    let fragments = [
        (Opcode::Text, b"Hel".to_vec(), true, false),
        (Opcode::Continuation, b"lo".to_vec(), true, true),
    ];
    assert_eq!(pieces(&mut client, b"\x01\x03Hel\x80\x02lo"), fragments);
}

#[test]
fn a_call_hands_out_one_piece_and_leaves_the_rest() {
    let mut decoder = Decoder::new(Role::Client);
    let mut input = &b"\x82\x01a\x89\x01b\x82"[..];
    let mut none = NoExtensions::<Raised>::default();
    let piece = decoder.next(&mut input, &mut none).map_err(fault);
    let piece = piece.expect("legal").expect("whole");
    assert_eq!(seen(piece), (Opcode::Binary, b"a".to_vec(), true, true));
    assert_eq!(input, b"\x89\x01b\x82");
}

#[test]
fn headers_of_every_form_are_cut_anywhere() {
    for (length, payload) in [
        (&[0x85][..], 5),
        (&[0xFE, 0x00, 0x7E], 126),
        (&[0xFF, 0, 0, 0, 0, 0, 1, 0, 0], 0x1_0000),
    ] {
        let payload: Vec<u8> = (0..=250).cycle().take(payload).collect();
        let mut frame = [&[0x82], length, &KEY[..]].concat();
        let header = frame.len();
        Masked::new(&payload, Some(KEY)).append_to(&mut frame);
        for first in 1..header {
            for second in first..=header {
                let mut decoder = Decoder::new(Role::Server);
                assert_eq!(pieces(&mut decoder, &frame[..first]), []);
                assert_eq!(pieces(&mut decoder, &frame[first..second]), []);
                let rest = &frame[second..];
                assert_eq!(pieces(&mut decoder, rest), whole(Opcode::Binary, &payload));
            }
        }
    }
}

#[test]
fn the_header_that_completes_leaves_what_follows_it() {
    let mut decoder = Decoder::new(Role::Client);
    assert_eq!(pieces(&mut decoder, b"\x81"), []);
    let expected = [
        whole(Opcode::Text, b"ab"),
        whole(Opcode::Binary, b"and so on"),
    ];
    let rest = pieces(&mut decoder, b"\x02ab\x82\x09and so on");
    assert_eq!(rest, expected.concat());
}

#[test]
fn a_data_frame_is_handed_out_as_it_arrives() {
    let frame = masked(0x01, b"abcdefg");
    let mut decoder = Decoder::new(Role::Server);
    let first = (Opcode::Text, b"abc".to_vec(), false, false);
    assert_eq!(pieces(&mut decoder, &frame[..9]), [first]);
    assert_eq!(decoder.declared(), Some(4));
    assert_eq!(pieces(&mut decoder, b""), []);
    let second = (Opcode::Continuation, b"d".to_vec(), false, false);
    assert_eq!(pieces(&mut decoder, &frame[9..10]), [second]);
    let last = (Opcode::Continuation, b"efg".to_vec(), true, false);
    assert_eq!(pieces(&mut decoder, &frame[10..]), [last]);
    assert_eq!(decoder.declared(), None);
}

#[test]
fn a_header_alone_gives_nothing_unless_the_frame_is_empty() {
    let mut decoder = Decoder::new(Role::Client);
    assert_eq!(pieces(&mut decoder, b"\x81\x01"), []);
    assert_eq!(pieces(&mut decoder, b"a"), whole(Opcode::Text, b"a"));
    assert_eq!(pieces(&mut decoder, b"\x82\0"), whole(Opcode::Binary, b""));
}

#[test]
fn a_control_frame_is_cut_anywhere_and_handed_out_whole() {
    for payload in [&b""[..], b"p", b"a longer ping"] {
        let frame = masked(0x89, payload);
        for first in 1..frame.len() {
            for second in first..frame.len() {
                let mut decoder = Decoder::new(Role::Server);
                assert_eq!(pieces(&mut decoder, &frame[..first]), []);
                assert_eq!(pieces(&mut decoder, &frame[first..second]), []);
                assert_eq!(decoder.declared(), None);
                let rest = pieces(&mut decoder, &frame[second..]);
                assert_eq!(rest, whole(Opcode::Ping, payload));
                // Nothing of it is left for the next one.
                assert_eq!(pieces(&mut decoder, &frame), whole(Opcode::Ping, payload));
                let half = &frame[..frame.len() - 1];
                assert_eq!(pieces(&mut decoder, half), []);
                let end = pieces(&mut decoder, &frame[half.len()..]);
                assert_eq!(end, whole(Opcode::Ping, payload));
            }
        }
    }
}

#[test]
fn only_the_client_masks() {
    assert_eq!(refusal(Role::Client, b"\x81\x80"), ParseFailed::MaskedFrame);
    let unmasked = refusal(Role::Server, b"\x81\x00");
    assert_eq!(unmasked, ParseFailed::UnmaskedFrame);
    assert_eq!(Decoder::new(Role::Server).role(), Role::Server);
}

#[test]
fn a_broken_rule_is_found_in_a_header_that_was_cut() {
    let mut decoder = Decoder::new(Role::Server);
    assert_eq!(pieces(&mut decoder, b"\x81"), []);
    let mut none = NoExtensions::<Raised>::default();
    let error = pieces_with(&mut decoder, b"\x00", &mut none);
    assert!(matches!(
        error,
        Err(Cause::Parse(ParseFailed::UnmaskedFrame))
    ));
}

#[test]
fn reserved_bits_need_an_extension() {
    for first in [0xC1, 0xA1, 0x91] {
        assert_eq!(refusal(Role::Client, &[first, 0]), ParseFailed::ReservedBit);
    }
}

/// An extension that takes few bytes at a time, and owes something at the end of a frame.
#[derive(Default)]
struct Slow {
    headers: Vec<(Opcode, Rsv, u64)>,
    /// The end of the payload that it was given, and of the message.
    calls: Vec<(usize, bool, bool)>,
    owed: bool,
    out: Vec<u8>,
    fails_at_header: bool,
    fails_at_payload: bool,
}

impl InboundExtensions for Slow {
    type Error = Raised;

    fn header(&mut self, opcode: Opcode, rsv: Rsv, length: u64) -> Result<Rsv, Failure<Raised>> {
        if self.fails_at_header {
            return Err(Failure::raised(Raised));
        }
        self.headers.push((opcode, rsv, length));
        Ok(Rsv::RSV1)
    }

    fn passes(&self) -> bool {
        false
    }

    fn payload<'a>(
        &'a mut self,
        payload: Masked<'a>,
        last: bool,
        fin: bool,
    ) -> Result<Transformed<'a>, Failure<Raised>> {
        if self.fails_at_payload {
            return Err(Failure::raised(Raised));
        }
        self.calls.push((payload.len(), last, fin));
        let (now, later) = payload.split_at(2);
        self.out.clear();
        now.append_to(&mut self.out);
        let at_end = last && later.is_empty();
        // At the end it is called twice.
        self.owed = at_end && !self.owed;
        let complete = !self.owed;
        if at_end && complete {
            self.out.extend(b"!");
        }
        Ok(Transformed {
            payload: Masked::plain(&self.out),
            consumed: now.len(),
            complete,
        })
    }
}

#[test]
fn an_extension_is_offered_again_what_it_has_not_taken() {
    let mut slow = Slow::default();
    let mut decoder = Decoder::new(Role::Server);
    let frame = [masked(0xC2, b"abcde"), masked(0x81, b"")].concat();
    let got = pieces_with(&mut decoder, &frame, &mut slow).expect("legal");
    let expected = [
        (Opcode::Binary, b"ab".to_vec(), false, true),
        (Opcode::Continuation, b"cd".to_vec(), false, true),
        (Opcode::Continuation, b"e".to_vec(), false, true),
        (Opcode::Continuation, b"!".to_vec(), true, true),
        (Opcode::Text, b"".to_vec(), false, true),
        (Opcode::Continuation, b"!".to_vec(), true, true),
    ];
    assert_eq!(got, expected);
    let headers = [(Opcode::Binary, Rsv::RSV1, 5), (Opcode::Text, Rsv::NONE, 0)];
    assert_eq!(slow.headers, headers);
    let lengths: Vec<usize> = slow.calls.iter().map(|call| call.0).collect();
    assert_eq!(lengths, [5, 3, 1, 0, 0, 0]);
    assert!(slow.calls.iter().all(|(_, last, fin)| *last && *fin));
}

#[test]
fn what_an_extension_owes_needs_no_input() {
    let mut slow = Slow::default();
    let mut decoder = Decoder::new(Role::Client);
    let mut input = &b"\x02\x02ab"[..];
    let mut next = |decoder: &mut Decoder, slow: &mut Slow| {
        let piece = decoder.next(&mut input, slow).map_err(fault);
        piece.expect("legal").map(seen)
    };
    let first = (Opcode::Binary, b"ab".to_vec(), false, false);
    assert_eq!(next(&mut decoder, &mut slow), Some(first));
    let owed = (Opcode::Continuation, b"!".to_vec(), true, false);
    assert_eq!(next(&mut decoder, &mut slow), Some(owed));
    assert_eq!(next(&mut decoder, &mut slow), None);
    assert_eq!(slow.calls, [(2, true, false), (0, true, false)]);
}

#[test]
fn an_extension_is_told_of_an_end_that_has_come_only() {
    let mut slow = Slow::default();
    let mut decoder = Decoder::new(Role::Client);
    let got = pieces_with(&mut decoder, b"\x82\x03ab", &mut slow).expect("legal");
    assert_eq!(got, [(Opcode::Binary, b"ab".to_vec(), false, true)]);
    assert_eq!(slow.calls, [(2, false, true)]);
}

#[test]
fn control_frames_go_through_extensions_whole() {
    let mut slow = Slow::default();
    let mut decoder = Decoder::new(Role::Client);
    assert!(pieces_with(&mut decoder, b"\x89\x02a", &mut slow).is_ok_and(|p| p.is_empty()));
    let got = pieces_with(&mut decoder, b"b", &mut slow).expect("legal");
    assert_eq!(got, whole(Opcode::Ping, b"ab"));
    assert_eq!(slow.calls, [(2, true, true)]);
}

#[test]
fn a_header_is_asked_about_again_while_its_key_is_incomplete() {
    let mut slow = Slow::default();
    let mut decoder = Decoder::new(Role::Server);
    let mut input = &b"\x81\x81abc"[..];
    let begun = decoder.begin_frame(&mut input, &mut slow).map_err(fault);
    assert!(matches!(begun, Ok(false)) && input.is_empty());
    let mut input = &b"d0"[..];
    for _ in 0..2 {
        let begun = decoder.begin_frame(&mut input, &mut slow).map_err(fault);
        assert!(matches!(begun, Ok(true)));
    }
    assert_eq!((input, decoder.declared()), (&b"0"[..], Some(1)));
    assert_eq!(slow.headers, [(Opcode::Text, Rsv::NONE, 1); 2]);
}

#[test]
fn what_an_extension_raises_comes_out() {
    let failing = [
        Slow {
            fails_at_header: true,
            ..Slow::default()
        },
        Slow {
            fails_at_payload: true,
            ..Slow::default()
        },
    ];
    for mut slow in failing {
        for frame in [&b"\x81\x01a"[..], b"\x89\x01a"] {
            let got = pieces_with(&mut Decoder::new(Role::Client), frame, &mut slow);
            assert!(matches!(got, Err(Cause::Raised(Raised))));
        }
    }
}
