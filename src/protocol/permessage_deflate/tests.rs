//! Messages in steps, with and without a window that is taken over.

use super::*;
use crate::protocol::mask::MaskingKey;

const TAKEOVER: Direction = Direction {
    window: WindowBits::MAX,
    no_context_takeover: false,
};

fn receive(
    inbound: &mut MessageInflater,
    opcode: Opcode,
    rsv: Rsv,
    data: &[u8],
    fin: bool,
) -> Vec<u8> {
    inbound.header(TAKEOVER, opcode, rsv).expect("legal");
    let mut out = Vec::new();
    let payload = Masked::plain(data);
    inbound
        .inflate(TAKEOVER, payload, fin, usize::MAX, &mut out)
        .expect("sound");
    out
}

#[test]
fn rsv1_belongs_to_the_first_frame_of_a_message() {
    for opcode in [Opcode::Continuation, Opcode::Ping, Opcode::Close] {
        let refused = MessageInflater::default().header(TAKEOVER, opcode, Rsv::RSV1);
        assert_eq!(refused, Err(ParseFailed::Extension(code::PROTOCOL_ERROR)));
    }
    assert_eq!(
        MessageInflater::default().header(TAKEOVER, Opcode::Text, Rsv::RSV1),
        Ok(())
    );
}

#[test]
fn a_control_frame_leaves_the_message_around_it_alone() {
    let mut outbound = MessageDeflater::default();
    let first = outbound
        .deflate(TAKEOVER, Effort::DEFAULT, b"one ", false)
        .expect("memory");
    let second = outbound
        .deflate(TAKEOVER, Effort::DEFAULT, b"two", true)
        .expect("memory");
    let mut inbound = MessageInflater::default();
    let mut text = receive(&mut inbound, Opcode::Text, Rsv::RSV1, &first, false);
    inbound
        .header(TAKEOVER, Opcode::Ping, Rsv::NONE)
        .expect("legal");
    assert!(!inbound.is_compressed());
    inbound.pass(true);
    text.extend(receive(
        &mut inbound,
        Opcode::Continuation,
        Rsv::NONE,
        &second,
        true,
    ));
    assert_eq!(text, b"one two");
}

#[test]
fn a_large_message_comes_in_bounded_pieces() {
    let data = vec![b'x'; 300_000];
    let compressed = MessageDeflater::default()
        .deflate(TAKEOVER, Effort::DEFAULT, &data, true)
        .expect("memory");
    let mut inbound = MessageInflater::default();
    inbound
        .header(TAKEOVER, Opcode::Binary, Rsv::RSV1)
        .expect("legal");
    let (mut rest, mut total) = (&compressed[..], 0);
    loop {
        let mut out = Vec::new();
        let payload = Masked::plain(rest);
        let step = inbound
            .inflate(TAKEOVER, payload, true, 65_536, &mut out)
            .expect("sound");
        assert!(out.len() <= 65_536);
        total += out.len();
        rest = &rest[step.consumed..];
        if step.complete {
            break;
        }
    }
    assert_eq!((total, rest.len()), (data.len(), 0));
}

#[test]
fn rubbish_fails_with_1007() {
    let mut inbound = MessageInflater::default();
    inbound
        .header(TAKEOVER, Opcode::Binary, Rsv::RSV1)
        .expect("legal");
    let rubbish = Masked::plain(b"xxxxxxxxx");
    let refused = inbound.inflate(TAKEOVER, rubbish, true, usize::MAX, &mut Vec::new());
    assert_eq!(
        refused,
        Err(ParseFailed::Extension(code::INVALID_FRAME_PAYLOAD_DATA))
    );
}

const NO_TAKEOVER: Direction = Direction {
    no_context_takeover: true,
    ..TAKEOVER
};

const KEY: MaskingKey = [0x37, 0xfa, 0x21, 0x3d];

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn deflated(message: &[u8]) -> Vec<u8> {
    MessageDeflater::default()
        .deflate(TAKEOVER, Effort::DEFAULT, message, true)
        .expect("memory")
}

/// A message of one frame, in steps of at most so many bytes: what it inflates to, and in how many
/// steps.
fn in_steps(
    inbound: &mut MessageInflater,
    direction: Direction,
    payload: Masked<'_>,
    limit: usize,
) -> (Vec<u8>, usize) {
    inbound
        .header(direction, Opcode::Binary, Rsv::RSV1)
        .expect("legal");
    let (mut rest, mut data) = (payload, Vec::new());
    for steps in 1..10_000 {
        let mut out = Vec::new();
        let step = inbound
            .inflate(direction, rest, true, limit, &mut out)
            .expect("sound");
        assert!(out.len() <= limit);
        data.extend(out);
        (_, rest) = rest.split_at(step.consumed);
        if step.complete {
            assert!(rest.is_empty());
            return (data, steps);
        }
    }
    panic!("no end");
}

#[test]
fn masked_payloads_of_any_size_are_inflated_in_steps_of_any_size() {
    for length in [0, 1, 100, 250, 4_000, 4_096, 20_000] {
        let data = noise(length);
        let compressed = deflated(&data);
        let mut masked = Vec::new();
        Masked::new(&compressed, Some(KEY)).append_to(&mut masked);
        for limit in [7, 1_000, 5_000, usize::MAX] {
            for payload in [Masked::plain(&compressed), Masked::new(&masked, Some(KEY))] {
                let (got, steps) =
                    in_steps(&mut MessageInflater::default(), TAKEOVER, payload, limit);
                assert!(got == data, "{length} bytes, {limit} at a time");
                assert!(steps >= length / limit, "{length} bytes, {limit} at a time");
                assert!(limit < usize::MAX || steps == 1);
            }
        }
    }
}

#[test]
fn the_tail_is_given_once_whatever_it_inflates_to() {
    // A block whose codes are 0 for "a", 111 for "c" and 10 for the end, which it does not come to.
    let cut = Masked::plain(b"\x04\xc0\x01\x09\x00\x00\x00\xc3\xa0\xac\xfe\xfd\x3b\x0c");
    let (whole, _) = in_steps(&mut MessageInflater::default(), TAKEOVER, cut, usize::MAX);
    assert!(whole.ends_with(b"aaaaaaaaaaaaaaaaccccc"));
    for limit in 1..20 {
        let (data, _) = in_steps(&mut MessageInflater::default(), TAKEOVER, cut, limit);
        assert_eq!(data, whole);
    }
}

#[test]
fn windows_are_taken_over_unless_it_was_agreed_otherwise() {
    let data = noise(500);
    for (direction, smaller) in [(TAKEOVER, true), (NO_TAKEOVER, false)] {
        let (mut outbound, mut inbound) = (MessageDeflater::default(), MessageInflater::default());
        assert!(!outbound.has_context() && !inbound.has_context());
        let mut sizes = Vec::new();
        for _ in 0..3 {
            let compressed = outbound
                .deflate(direction, Effort::DEFAULT, &data, true)
                .expect("memory");
            assert_eq!(outbound.has_context(), smaller);
            let payload = Masked::plain(&compressed);
            let (got, _) = in_steps(&mut inbound, direction, payload, usize::MAX);
            assert_eq!(inbound.has_context(), smaller);
            assert!(got == data);
            sizes.push(compressed.len());
        }
        assert_eq!(sizes[1] < 50 && sizes[2] < 50, smaller, "{sizes:?}");
        inbound.drop_context();
        assert!(!inbound.has_context());
    }
}

#[test]
fn a_window_is_kept_while_a_message_is_under_way() {
    let mut outbound = MessageDeflater::default();
    let first = outbound
        .deflate(NO_TAKEOVER, Effort::DEFAULT, b"one ", false)
        .expect("memory");
    assert!(outbound.has_context());
    let second = outbound
        .deflate(NO_TAKEOVER, Effort::DEFAULT, b"one", true)
        .expect("memory");
    assert!(!outbound.has_context());
    let compressed = [first, second].concat();
    let payload = Masked::plain(&compressed);
    let (got, _) = in_steps(
        &mut MessageInflater::default(),
        NO_TAKEOVER,
        payload,
        usize::MAX,
    );
    assert_eq!(got, b"one one");
}

#[test]
fn messages_are_compressed_or_not_one_by_one() {
    let mut inbound = MessageInflater::default();
    for direction in [TAKEOVER, NO_TAKEOVER] {
        for _ in 0..2 {
            let compressed = deflated(b"text");
            // What precedes is in no window that this refers to.
            inbound.drop_context();
            let payload = Masked::plain(&compressed);
            in_steps(&mut inbound, direction, payload, usize::MAX);
            for end_of_message in [false, true] {
                let opcode = if end_of_message {
                    Opcode::Continuation
                } else {
                    Opcode::Text
                };
                inbound.header(direction, opcode, Rsv::NONE).expect("legal");
                assert!(!inbound.is_compressed());
                inbound.pass(end_of_message);
            }
        }
    }
}

#[test]
fn short_messages_may_be_left_alone() {
    let policy = Policy {
        min_size: 3,
        ..Policy::DEFAULT
    };
    assert!(policy.compresses(b"abc", true) && !policy.compresses(b"ab", true));
    // How long the rest of it will be is not known.
    assert!(policy.compresses(b"ab", false) && policy.compresses(b"", false));
    assert!(Policy::DEFAULT.compresses(b"", true));
}

/// What messages come to: their data, and whether they were sound, if their payloads are cut into
/// pieces of one size and inflated in steps of another.
fn outcome(messages: &[Vec<u8>], piece: usize, limit: usize) -> (Vec<Vec<u8>>, bool) {
    let mut inbound = MessageInflater::default();
    let mut texts = Vec::new();
    for message in messages {
        let mut text = Vec::new();
        if inbound.header(TAKEOVER, Opcode::Binary, Rsv::RSV1).is_err() {
            return (texts, false);
        }
        let mut pieces = message.chunks(piece).peekable();
        while let Some(mut rest) = pieces.next() {
            loop {
                let mut out = Vec::new();
                let last = pieces.peek().is_none();
                let payload = Masked::plain(rest);
                match inbound.inflate(TAKEOVER, payload, last, limit, &mut out) {
                    Err(_) => return (texts, false),
                    Ok(step) => {
                        text.extend(out);
                        rest = &rest[step.consumed..];
                        if step.complete && rest.is_empty() {
                            break;
                        }
                    }
                }
            }
        }
        texts.push(text);
    }
    (texts, true)
}

/// The pieces that a payload arrives in, and the size of a step, change nothing: a final block may
/// end in the payload, at its end, or inside the tail that is appended to it (RFC 7692 section
/// 7.2.3.4).
#[test]
fn the_outcome_does_not_depend_on_pieces() {
    let sound = MessageDeflater::default()
        .deflate(TAKEOVER, Effort::DEFAULT, b"Hello Hello", true)
        .expect("memory");
    let final_block = b"\xf3\x48\xcd\xc9\xc9\x07\x00".to_vec();
    let streams: [Vec<Vec<u8>>; 9] = [
        vec![final_block.clone(), sound.clone(), sound.clone()],
        vec![[&final_block[..], b"\x00"].concat(), sound.clone()],
        // The end of the final block's code is in the tail.
        vec![final_block[..6].to_vec(), sound.clone(), sound.clone()],
        vec![b"\x03".to_vec(), sound.clone()],
        // A stored final block whose length is in the tail, and one whose data are.
        vec![b"\x01".to_vec(), sound.clone()],
        vec![b"\x01\x02\x00\xfd\xff".to_vec(), sound.clone()],
        vec![b"\x01\x01\x00\xfe\xff".to_vec(), sound.clone()],
        vec![
            [&b"\x03\x00".repeat(50)[..], &sound].concat(),
            sound.clone(),
        ],
        vec![[&final_block[..], b"\x03\x00\x03\x00", &final_block].concat()],
    ];
    for messages in &streams {
        let expected = outcome(messages, usize::MAX, usize::MAX);
        for piece in 1..6 {
            for limit in [1, 2, 3, 4, 5, 7, 100] {
                let found = outcome(messages, piece, limit);
                assert_eq!(found, expected, "{messages:x?} {piece} {limit}");
            }
        }
    }
    let hellos = |count: usize| vec![b"Hello".to_vec(); count];
    let (texts, is_sound) = outcome(&streams[2], usize::MAX, usize::MAX);
    assert_eq!((&texts[..1], is_sound), (&hellos(1)[..], true));
}

/// Streams of one empty block cost no more than their bytes, whatever the window.
#[test]
fn empty_final_blocks_after_a_full_window_are_skipped() {
    let data = (0..40_000_u32)
        .flat_map(u32::to_le_bytes)
        .collect::<Vec<_>>();
    let message = MessageDeflater::default()
        .deflate(TAKEOVER, Effort::DEFAULT, &data, true)
        .expect("memory");
    let mut inbound = MessageInflater::default();
    assert_eq!(
        receive(&mut inbound, Opcode::Binary, Rsv::RSV1, &message, true),
        data
    );
    let blocks = b"\x03\x00".repeat(500_000);
    let begun = std::time::Instant::now();
    assert!(receive(&mut inbound, Opcode::Binary, Rsv::RSV1, &blocks, true).is_empty());
    // A window copied for each of them would take half a minute without optimisation.
    assert!(begun.elapsed().as_secs() < 5);
}
