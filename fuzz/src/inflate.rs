//! Compressed messages (RFC 7692 section 7.2.2) inflate to the same data and end in the same way
//! for every chunking and every piece size; and to what a plain inflater makes of them.
//!
//! Options: one of flags (1: no context takeover), one of the window, one of how the data are cut,
//! one of the piece size, two of where the data are split into messages.

use _wsproto::protocol::deflate::{TAIL, WindowBits};
use _wsproto::protocol::error::ParseFailed;
use _wsproto::protocol::mask::{Masked, MaskingKey};
use _wsproto::protocol::opcode::{Opcode, Rsv};
use _wsproto::protocol::permessage_deflate::{Direction, MessageInflater};

use crate::input::{Input, pieces};
use crate::reference::{self, Stop};

/// Check one sequence of messages.
///
/// # Panics
///
/// If the property is broken.
pub fn run(input: &[u8]) {
    let Input { options, data } = Input::new(input);
    let [flags, window, cuts, piece_size, first, second, ..] = options;
    let direction = Direction {
        window: WindowBits::new(9 + window % 7).expect("9 to 15"),
        no_context_takeover: flags & 1 != 0,
    };
    let (message, rest) = data.split_at(data.len() * usize::from(first) / 255);
    let (other, last) = rest.split_at(rest.len() * usize::from(second) / 255);
    let messages = [message, other, last];

    let whole = receive(direction, &messages, usize::MAX, |message| {
        vec![Masked::plain(message)]
    });
    // Not too many pieces, whatever comes out.
    let size: usize = whole.messages.iter().map(Vec::len).sum();
    let limit = (1 + usize::from(piece_size)).max(size / 1000);
    let cut = |message| pieces(message, cuts).map(Masked::plain).collect();
    assert_eq!(receive(direction, &messages, limit, cut), whole);
    let masked = messages.map(|message| {
        let mut masked = Vec::new();
        Masked::new(message, Some(KEY)).append_to(&mut masked);
        masked
    });
    let masked = masked.each_ref().map(Vec::as_slice);
    let unmask = |message| vec![Masked::new(message, Some(KEY))];
    assert_eq!(receive(direction, &masked, limit, unmask), whole);
    compare_with_reference(direction, &messages, &whole);
}

const KEY: MaskingKey = [0x37, 0xfa, 0x21, 0x3d];

/// What was received: all messages that are complete, and why there are no more.
#[derive(PartialEq, Eq, Debug, Default)]
struct Received {
    messages: Vec<Vec<u8>>,
    error: Option<ParseFailed>,
}

fn receive<'a>(
    direction: Direction,
    messages: &[&'a [u8]],
    limit: usize,
    cut: impl Fn(&'a [u8]) -> Vec<Masked<'a>>,
) -> Received {
    let mut inbound = MessageInflater::default();
    let mut received = Received::default();
    for message in messages {
        match receive_one(&mut inbound, direction, &cut(message), limit) {
            Ok(data) => received.messages.push(data),
            Err(error) => {
                received.error = Some(error);
                break;
            }
        }
    }
    received
}

fn receive_one(
    inbound: &mut MessageInflater,
    direction: Direction,
    pieces: &[Masked<'_>],
    limit: usize,
) -> Result<Vec<u8>, ParseFailed> {
    inbound.header(direction, Opcode::Binary, Rsv::RSV1)?;
    let mut data = Vec::new();
    let nothing = [Masked::plain(b"")];
    let pieces = if pieces.is_empty() { &nothing } else { pieces };
    for (index, piece) in pieces.iter().enumerate() {
        let last = index + 1 == pieces.len();
        let mut rest = *piece;
        loop {
            let mut out = Vec::new();
            let step = inbound.inflate(direction, rest, last, limit, &mut out)?;
            assert!(out.len() <= limit);
            data.extend(out);
            (_, rest) = rest.split_at(step.consumed);
            if step.complete {
                assert!(rest.is_empty());
                break;
            }
        }
    }
    Ok(data)
}

/// As long as each message ends between two blocks, none of which is a final one: after others, a
/// decoder may go on in more than one way.
fn compare_with_reference(direction: Direction, messages: &[&[u8]], received: &Received) {
    let mut window = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let start = window.len();
        let compressed = [message, &TAIL[..]].concat();
        // Nothing on the wire is an empty message.
        let stop = match message {
            [] => Stop::BetweenBlocks,
            _ => reference::inflate(&compressed, &mut window).stop,
        };
        let data = received.messages.get(index);
        match stop {
            Stop::Final(_) => return,
            Stop::Corrupt(at) => {
                // What is wrong within the last bytes may be seen when more come.
                assert!(data.is_none() || at + 8 > compressed.len());
                return;
            }
            Stop::BetweenBlocks | Stop::Incomplete => {
                let data = data.expect("sound");
                assert!(*data == window[start..], "message {index}");
            }
        }
        if stop == Stop::Incomplete {
            return;
        }
        if direction.no_context_takeover {
            window.clear();
        }
    }
}
