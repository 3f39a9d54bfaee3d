use super::super::Inflater;
use super::*;

fn deflated(deflater: &mut Zlib, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    deflater.flush(message, &mut out).expect("memory");
    out
}

fn round_trip(window: WindowBits, level: u8, memory_level: u8, messages: &[&[u8]]) {
    let mut deflater = Zlib::new(window, level, memory_level);
    let mut inflater = Inflater::new(window);
    for message in messages {
        let mut compressed = deflated(&mut deflater, message);
        compressed.extend(TAIL);
        let mut out = Vec::new();
        let step = inflater.inflate(&compressed, &mut out, usize::MAX);
        assert_eq!(step.map(|step| step.consumed), Ok(compressed.len()));
        assert_eq!(out, *message);
    }
}

/// Something like JSON: repetitions, and something new every time.
fn document(number: u32, length: usize) -> Vec<u8> {
    let mut text = String::new();
    let mut number = number;
    while text.len() < length {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let price = number % 1009;
        text.extend(["{\"id\": ", &number.to_string(), ", \"price\": "]);
        text.extend([&price.to_string(), "}, "]);
    }
    text.truncate(length);
    text.into_bytes()
}

#[test]
fn every_window_and_effort_round_trips() {
    let long: Vec<u8> = (0..200_000_u32)
        .flat_map(|i| i.wrapping_mul(i).to_le_bytes())
        .collect();
    let text = document(1, 5_000);
    for bits in 9..=15 {
        for (level, memory_level) in [(6, 8), (0, 8), (1, 1), (9, 9), (3, 4)] {
            let window = WindowBits::new(bits).expect("in range");
            round_trip(
                window,
                level,
                memory_level,
                &[
                    b"a",
                    &text[..3_000],
                    &text,
                    b"",
                    b"",
                    &long[..70_000],
                    &text,
                    b"z",
                ],
            );
        }
    }
    round_trip(WindowBits::MAX, 6, 8, &[&long, b"a", &long]);
}

#[test]
fn a_stream_that_begins_small_loses_nothing() {
    for length in [50, 200, 1_024, 2_000, 5_000] {
        let mut growing = Zlib::new(WindowBits::MAX, 6, 8);
        let mut full = open(6, growing.full, b"").expect("memory");
        let (mut ours, mut theirs) = (0, 0);
        for number in 0..60 {
            let message = document(number, if number == 50 { 10_000 } else { length });
            ours += deflated(&mut growing, &message).len();
            let mut out = Vec::new();
            run(&mut full, &message, &mut out, DeflateFlush::SyncFlush).expect("memory");
            theirs += out.len() - TAIL.len();
        }
        assert_eq!(growing.size, growing.full);
        // What begins with a dictionary finds some matches in another order.
        assert!(ours <= theirs + theirs / 200, "{length}: {ours} {theirs}");
    }
}

#[test]
fn a_short_history_is_kept_without_a_stream() {
    let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
    let message = document(1, 1_000);
    let first = deflated(&mut deflater, &message).len();
    assert!(deflater.stream.is_none());
    assert!(deflated(&mut deflater, &message).len() < first / 10);
    assert!(deflater.stream.is_none());
    let long = document(2, 3_000);
    deflated(&mut deflater, &long);
    assert!(deflater.stream.is_some());
    assert_eq!(deflater.size.window, WindowBits::MAX);
    // The table of symbols is small until a message is long.
    assert_eq!(deflater.size.memory_level, 8);
}

#[test]
fn short_messages_do_with_a_small_table_of_symbols() {
    let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
    for number in 0..50 {
        deflated(&mut deflater, &document(number, 200));
    }
    assert_eq!(deflater.size.window, WindowBits::MAX);
    assert_eq!(deflater.size.memory_level, SMALL.memory_level);
    deflated(&mut deflater, &document(1, 5_000));
    assert_eq!(deflater.size, deflater.full);
    assert!(deflater.history.is_none());
}

#[test]
fn a_message_in_fragments_is_of_any_length() {
    let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
    let mut inflater = Inflater::new(WindowBits::MAX);
    for _ in 0..3 {
        let mut out = Vec::new();
        deflater.compress(b"one", &mut out).expect("memory");
        deflater.compress(b"", &mut out).expect("memory");
        deflater.flush(b"two", &mut out).expect("memory");
        assert_eq!(deflater.size, deflater.full);
        out.extend(TAIL);
        let mut inflated = Vec::new();
        let step = inflater.inflate(&out, &mut inflated, usize::MAX);
        assert!(step.is_ok());
        assert_eq!(inflated, b"onetwo");
    }
}

#[test]
fn an_empty_message_is_one_zero_byte() {
    let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
    for _ in 0..3 {
        assert_eq!(deflated(&mut deflater, b""), [0]);
    }
}

#[test]
fn what_a_stream_holds_back_has_a_bound() {
    // Noise in fragments just below what makes a stream write, and the end of the message.
    let noise: Vec<u8> = (0..300_000_u32)
        .flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    for (level, memory_level) in [(6, 9), (0, 1), (9, 1), (1, 9)] {
        let mut deflater = Zlib::new(WindowBits::MAX, level, memory_level);
        for fragment in noise.chunks(100_000) {
            let mut out = Vec::new();
            deflater.compress(fragment, &mut out).expect("memory");
            assert!(out.len() <= fragment.len() + fragment.len() / 2 + MAX_PENDING / 2);
        }
        assert!(deflated(&mut deflater, b"").len() < MAX_PENDING / 2);
    }
}

#[test]
fn a_message_that_fails_leaves_a_stream_that_begins_anew() {
    let message = document(1, 1_000);
    let mut deflater = Zlib::new(WindowBits::MAX, 6, 8);
    let mut inflater = Inflater::new(WindowBits::MAX);
    for _ in 0..2 {
        let mut out = deflated(&mut deflater, &message);
        out.extend(TAIL);
        let mut inflated = Vec::new();
        let step = inflater.inflate(&out, &mut inflated, usize::MAX);
        assert_eq!(
            (step.is_ok(), inflated.as_slice()),
            (true, message.as_slice())
        );
        // A message that the receiver does not get, of which there was no memory for the end.
        let mut out = vec![1];
        let failed = deflater.undone(&mut out, |_, out| {
            out.push(2);
            Vec::<u8>::new().try_reserve(usize::MAX)
        });
        assert_eq!((failed.is_err(), out), (true, vec![1]));
    }
}
