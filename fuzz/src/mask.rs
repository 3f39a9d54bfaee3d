//! Masking (RFC 6455 section 5.3) is what a loop over octets makes of it, for every length,
//! alignment and split.
//!
//! Options: four of key, one of alignment, one of where the payload is split, one of how often the
//! data are repeated.

use _wsproto::protocol::mask::{Masked, rotate};

use crate::input::Input;

/// Check one payload.
///
/// # Panics
///
/// If the property is broken, as in all targets.
pub fn run(input: &[u8]) {
    let Input { options, data } = Input::new(input);
    let [a, b, c, d, alignment, split, repeat, _] = options;
    let key = [a, b, c, d];
    let data = data.repeat(1 + usize::from(repeat % 32));
    let mut memory = vec![0; usize::from(alignment % 64)];
    memory.extend(data);
    let payload = &memory[usize::from(alignment % 64)..];
    let naive: Vec<u8> = payload
        .iter()
        .zip(key.iter().cycle())
        .map(|(octet, key)| octet ^ key)
        .collect();

    check(Masked::new(payload, Some(key)), &naive);
    check(Masked::new(payload, None), payload);
    let at = payload.len() * usize::from(split) / 255;
    let (first, second) = Masked::new(payload, Some(key)).split_at(at);
    check(first, &naive[..at]);
    check(second, &naive[at..]);
    check(
        Masked::new(&payload[at..], Some(rotate(key, at))),
        &naive[at..],
    );
    // To another alignment; what goes out of bounds shows in what lies around.
    let start = 64 + usize::from(alignment / 4);
    let end = start + payload.len();
    let mut out = vec![0xAA; end + 64];
    Masked::new(payload, Some(key)).unmask_into(&mut out[start..end]);
    assert!(out[start..end] == naive, "unmask_into");
    let mut around = out[..start].iter().chain(&out[end..]);
    assert!(around.all(|byte| *byte == 0xAA));
}

fn check(masked: Masked<'_>, expected: &[u8]) {
    assert_eq!(masked.len(), expected.len());
    let mut out = vec![0; masked.len()];
    let ascii = masked.unmask_into(&mut out);
    assert!(out == expected, "unmask_into");
    assert_eq!(ascii, expected.is_ascii());
    let mut appended = b"x".to_vec();
    masked.append_to(&mut appended);
    assert!(appended[1..] == *expected, "append_to");
    if let Some(plain) = masked.as_plain() {
        assert!(plain == expected, "as_plain");
    }
}
