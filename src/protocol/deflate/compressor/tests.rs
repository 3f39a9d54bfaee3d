use super::super::{Inflater, TAIL};
use super::*;

/// Numbers that look like nothing in particular (xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("small")
    }
}

const WORDS: [&str; 12] = [
    "\"price\": ",
    "\"symbol\": \"ALPHA\", ",
    "the ",
    "compression of ",
    "Съешь же ",
    "{\"id\": ",
    "}, ",
    "0",
    "\r\n",
    "aaaa",
    "xyz",
    " and then ",
];

/// A message of one of several kinds: words, numbers, noise, or the same over and over.
fn message(chance: &mut Chance, length: usize) -> Vec<u8> {
    let kind = chance.below(KINDS);
    message_of(kind, chance, length)
}

const KINDS: usize = 5;

fn message_of(kind: usize, chance: &mut Chance, length: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let period = 1 + chance.below(300);
    while text.len() < length {
        match kind {
            0 => text.extend_from_slice(WORDS[chance.below(WORDS.len())].as_bytes()),
            1 => text.extend_from_slice(chance.next().to_string().as_bytes()),
            2 => text.extend_from_slice(&chance.next().to_le_bytes()),
            3 if text.len() >= period => text.push(text[text.len() - period]),
            3 => text.push(chance.byte()),
            _ => {
                text.extend_from_slice(WORDS[chance.below(WORDS.len())].as_bytes());
                text.extend_from_slice(chance.below(1000).to_string().as_bytes());
            }
        }
    }
    text.truncate(length);
    text
}

/// A compressor, and an inflater with just the window that was agreed upon.
struct Stream {
    compressor: Compressor,
    inflater: Inflater,
}

impl Stream {
    fn new(bits: WindowBits, memory_level: u8) -> Self {
        Self {
            compressor: Compressor::new(bits, memory_level),
            inflater: Inflater::new(bits),
        }
    }

    /// Send a message in these fragments; returns its compressed size.
    fn send(&mut self, fragments: &[&[u8]]) -> usize {
        let (last, others) = fragments.split_last().expect("a fragment");
        let mut out = Vec::new();
        for fragment in others {
            self.compressor
                .compress(fragment, &mut out)
                .expect("memory");
        }
        self.compressor.flush(last, &mut out).expect("memory");
        let size = out.len();
        out.extend(TAIL);
        let mut inflated = Vec::new();
        let step = self
            .inflater
            .inflate(&out, &mut inflated, usize::MAX)
            .expect("sound");
        self.inflater.end_message();
        assert_eq!((step.consumed, step.limited), (out.len(), false));
        assert!(inflated == fragments.concat(), "another message came out");
        size
    }
}

/// So many messages through one stream more than said, streams of all windows and memory levels,
/// whole and in fragments.
fn round_trips(streams: u8, messages: usize, longest: usize) {
    for number in 0..=streams {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ u64::from(number) << 7);
        let bits = WindowBits::new(9 + number % 7).expect("in range");
        let mut stream = Stream::new(bits, 1 + number % 9);
        for _ in 0..messages {
            let length = chance.below(longest) >> chance.below(8);
            let text = message(&mut chance, length);
            let (first, rest) = text.split_at(chance.below(length + 1));
            let (second, third) = rest.split_at(chance.below(rest.len() + 1));
            match chance.below(4) {
                0 => stream.send(&[first, second, third]),
                1 => stream.send(&[&text, b""]),
                _ => stream.send(&[&text]),
            };
        }
    }
}

#[test]
fn every_window_and_memory_level_round_trips() {
    round_trips(62, 40, 3_000);
}

#[test]
fn long_messages_round_trip() {
    round_trips(13, 8, 200_000);
}

/// `cargo test --release -- --ignored a_million_messages`
#[test]
#[ignore = "takes minutes"]
fn a_million_messages_round_trip() {
    round_trips(251, 4_000, 5_000);
}

/// How many bytes streams of each kind of text come to. A change here is a change of how well
/// matches are found and chosen, and codes made.
#[test]
fn texts_are_compressed_as_well_as_ever() {
    let sizes = std::array::from_fn(|kind| {
        [(15, 8), (9, 8), (12, 9), (15, 1)].map(|(bits, memory_level)| {
            let bits = WindowBits::new(bits).expect("in range");
            let mut stream = Stream::new(bits, memory_level);
            let mut chance = Chance(7 + kind as u64);
            let lengths = [
                40, 300, 300, 150, 1_100, 200, 6_000, 30_000, 250, 250, 9_000,
            ];
            let sent = lengths.map(|length| stream.send(&[&message_of(kind, &mut chance, length)]));
            sent.iter().sum::<usize>()
        })
    });
    let expected = [
        [6103, 7949, 6374, 9245],
        [20837, 20837, 20830, 20843],
        [47659, 47659, 47659, 47659],
        [1430, 1446, 1445, 1440],
        [13115, 15150, 13440, 17193],
    ];
    assert_eq!(sizes, expected);
}

/// The memory of a stream that has sent so much in messages of some length.
fn memory(sent: usize, length: usize) -> usize {
    let mut stream = Stream::new(WindowBits::MAX, 8);
    let mut chance = Chance(8);
    for _ in 0..sent / length {
        stream.send(&[&message_of(0, &mut chance, length)]);
    }
    stream.compressor.window.memory()
}

#[test]
fn memory_grows_with_what_was_sent() {
    let sizes = [
        memory(1_000, 1_000),
        memory(8_000, 1_000),
        // A window, an eighth of one, and its index; with that of three bytes for short messages.
        memory(100_000, 4_000),
        memory(100_000, 200),
    ];
    assert_eq!(sizes, [3_072, 24_576, 73_016, 82_048]);
}

#[test]
fn an_empty_message_is_one_zero_byte() {
    let mut compressor = Compressor::new(WindowBits::MAX, 8);
    for _ in 0..3 {
        let mut out = Vec::new();
        compressor.flush(b"", &mut out).expect("memory");
        assert_eq!(out, [0]);
    }
}

#[test]
fn a_message_in_fragments_is_as_short_as_a_whole_one() {
    let text = message(&mut Chance(4), 10_000);
    let whole = Stream::new(WindowBits::MAX, 8).send(&[&text]);
    let fragments: Vec<&[u8]> = text.chunks(100).collect();
    assert_eq!(Stream::new(WindowBits::MAX, 8).send(&fragments), whole);
}

#[test]
fn what_is_repeated_is_short() {
    let mut stream = Stream::new(WindowBits::MAX, 8);
    assert!(stream.send(&[&b"ab".repeat(33_000)]) < 90);
    assert!(stream.send(&[&vec![0; 1_000_000]]) < 1_100);
    let text = message(&mut Chance(2), 1_000);
    stream.send(&[&text]);
    assert!(stream.send(&[&text]) < 16);
}

#[test]
fn what_cannot_be_compressed_grows_by_six_bytes() {
    let mut stream = Stream::new(WindowBits::MAX, 8);
    let mut chance = Chance(3);
    for length in [100, 1_000, 10_000] {
        let noise: Vec<u8> = (0..length).map(|_| chance.byte()).collect();
        assert_eq!(stream.send(&[&noise]), length + 6);
    }
}

#[test]
fn a_window_of_512_bytes_is_used_to_its_end() {
    let mut stream = Stream::new(WindowBits::new(9).expect("in range"), 8);
    let mut chance = Chance(5);
    let noise: Vec<u8> = (0..512).map(|_| chance.byte()).collect();
    stream.send(&[&noise]);
    assert!(stream.send(&[&noise]) < 20);
}

#[test]
fn a_failure_leaves_the_stream_as_it_was() {
    let mut stream = Stream::new(WindowBits::MAX, 8);
    let text = message(&mut Chance(6), 2_000);
    stream.send(&[&text]);
    // There is no memory for so much.
    let impossible = || Vec::<u8>::new().try_reserve(usize::MAX);
    let mut out = vec![1, 2];
    for _ in 0..2 {
        let failed = stream.compressor.whole(&mut out, |compressor, out| {
            compressor.blocks(&text, out)?;
            impossible()
        });
        assert_eq!((failed.is_err(), out.as_slice()), (true, &[1, 2][..]));
    }
    // What the receiver has not got is not referred to.
    stream.send(&[&text, &text]);
    // Fragments that wait go on waiting.
    stream.compressor.compress(&text, &mut out).expect("memory");
    let failed = stream
        .compressor
        .with_pending(&text, |_, _| impossible().map(|()| true));
    assert!(failed.is_err());
    let size = stream.compressor.pending.len();
    assert_eq!(size, text.len());
    stream.compressor.pending.clear();
    stream.send(&[&text]);
}
