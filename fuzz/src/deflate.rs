//! What is compressed (RFC 7692 section 7.2.1) inflates to the same, with this package's inflater
//! and with a plain one, for every window, level, memory level and division into fragments; and no
//! match reaches beyond the window.
//!
//! Options: one of the window, one of the level (9 and above: none), one of the memory level, one
//! of flags (1: no context takeover), one of how the data are cut into messages, one of how those
//! are cut into fragments, one of how often a message is repeated within itself.

use _wsproto::protocol::deflate::{Effort, TAIL, WindowBits};
use _wsproto::protocol::mask::Masked;
use _wsproto::protocol::opcode::{Opcode, Rsv};
use _wsproto::protocol::permessage_deflate::{Direction, MessageDeflater, MessageInflater};

use crate::input::{Input, Lengths, pieces};
use crate::reference::{self, Stop};

/// Check one sequence of messages.
///
/// # Panics
///
/// If the property is broken.
pub fn run(input: &[u8]) {
    let Input { options, data } = Input::new(input);
    let [
        window,
        level,
        memory_level,
        flags,
        messages,
        fragments,
        repeat,
        _,
    ] = options;
    let window = WindowBits::new(9 + window % 7).expect("9 to 15");
    let level = Some(level % 11).filter(|level| *level <= 9);
    let effort = Effort::new(level, 1 + memory_level % 9).expect("in range");
    let direction = Direction {
        window,
        no_context_takeover: flags & 1 != 0,
    };
    let mut peers = Peers {
        direction,
        effort,
        outbound: MessageDeflater::default(),
        inbound: MessageInflater::default(),
        text: Vec::new(),
        sent: 0,
    };
    // Some messages are repeated until they are longer than a small window, as long as that takes
    // no time.
    let mut times = Lengths::new(repeat);
    for message in pieces(data, messages).take(12) {
        let times = match times.next() {
            Some(times) if times > 8 && peers.sent < 1 << 16 => times * 16,
            _ => 1,
        };
        peers.exchange(&message.repeat(times), fragments);
    }
    peers.exchange(b"", fragments);
    // The second time, everything lies as far back as there are data.
    peers.exchange(data, fragments);
    peers.exchange(data, fragments);
}

struct Peers {
    direction: Direction,
    effort: Effort,
    outbound: MessageDeflater,
    inbound: MessageInflater,
    /// All that the plain inflater can refer to.
    text: Vec<u8>,
    /// How many bytes have been compressed.
    sent: usize,
}

impl Peers {
    fn exchange(&mut self, message: &[u8], fragments: u8) {
        let size = match fragments {
            0 => message.len().max(1),
            _ => usize::from(fragments) * 8,
        };
        let mut fragments: Vec<&[u8]> = message.chunks(size).collect();
        if fragments.is_empty() {
            fragments.push(b"");
        }
        self.sent += message.len();
        let last = fragments.len() - 1;
        let mut compressed = Vec::new();
        let mut received = Vec::new();
        for (index, fragment) in fragments.into_iter().enumerate() {
            let fin = index == last;
            let payload = self
                .outbound
                .deflate(self.direction, self.effort, fragment, fin)
                .expect("memory");
            self.receive(&payload, index == 0, fin, &mut received);
            compressed.extend(payload);
        }
        assert!(received == message, "inflated by this package");

        compressed.extend(TAIL);
        let start = self.text.len();
        let inflated = reference::inflate(&compressed, &mut self.text);
        assert_eq!(inflated.stop, Stop::BetweenBlocks);
        assert!(
            self.text[start..] == *message,
            "inflated by a plain inflater"
        );
        let window = self.direction.window.size();
        assert!(inflated.reach <= window, "{} of {window}", inflated.reach);
        if self.direction.no_context_takeover {
            self.text.clear();
        }
    }

    fn receive(&mut self, payload: &[u8], first: bool, fin: bool, out: &mut Vec<u8>) {
        let (opcode, rsv) = if first {
            (Opcode::Binary, Rsv::RSV1)
        } else {
            (Opcode::Continuation, Rsv::NONE)
        };
        self.inbound
            .header(self.direction, opcode, rsv)
            .expect("legal");
        let payload = Masked::plain(payload);
        let step = self
            .inbound
            .inflate(self.direction, payload, fin, usize::MAX, out)
            .expect("sound");
        assert!(step.complete && step.consumed == payload.len());
    }
}
