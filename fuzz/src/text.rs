//! UTF-8 is validated and transcoded as the standard library does it, in one piece and in many.
//!
//! Options: one of how the text is cut, one of how much ASCII comes before it, one of how often it
//! is repeated.

use std::fmt::Debug;

use _wsproto::protocol::transcode::{Measured, Unit, Width};
use _wsproto::protocol::utf8::Utf8Decoder;

use crate::input::{Input, pieces};

/// Check one text.
///
/// # Panics
///
/// If the property is broken.
pub fn run(input: &[u8]) {
    let Input { options, data } = Input::new(input);
    let [cuts, before, repeat, ..] = options;
    let mut bytes = vec![b'a'; usize::from(before)];
    bytes.extend(data.repeat(1 + usize::from(repeat % 32)));
    let expected = std::str::from_utf8(&bytes);

    match (Measured::from_utf8(&bytes), expected) {
        (Ok(measured), Ok(text)) => check(measured, text),
        (Err(error), Err(expected)) => {
            assert_eq!(error.valid_up_to(), expected.valid_up_to());
            assert_eq!(error.error_len(), expected.error_len());
        }
        (ours, expected) => panic!("{ours:?}, not {expected:?}"),
    }
    let mut whole = Utf8Decoder::default();
    assert_eq!(whole.decode(&bytes, true).is_ok(), expected.is_ok());
    assert_eq!(in_pieces(&bytes, cuts).as_deref(), expected.ok());
    prefixes_that_can_go_on(&bytes, cuts);
}

/// The text, put together from its pieces; none if it is not UTF-8.
fn in_pieces(bytes: &[u8], cuts: u8) -> Option<String> {
    let mut decoder = Utf8Decoder::default();
    let mut text = String::new();
    for piece in pieces(bytes, cuts) {
        let piece = decoder.decode(piece, false).ok()?;
        check(piece.body, piece.body.text);
        text.extend(piece.head);
        text.push_str(piece.body.text);
    }
    let last = decoder.decode(b"", true).ok()?;
    assert_eq!((last.head, last.body.text), (None, ""));
    Some(text)
}

/// An error is seen at the first piece after which no continuation makes the text valid; with
/// surrogates, at the third byte.
fn prefixes_that_can_go_on(bytes: &[u8], cuts: u8) {
    let mut decoder = Utf8Decoder::default();
    let mut length = 0;
    for piece in pieces(bytes, cuts) {
        length += piece.len();
        let prefix = &bytes[..length];
        let hopeful = match std::str::from_utf8(prefix) {
            Ok(_) => true,
            Err(error) => {
                error.error_len().is_none()
                    || matches!(prefix[error.valid_up_to()..], [0xED, 0xA0..=0xBF])
            }
        };
        let is_accepted = decoder.decode(piece, false).is_ok();
        assert_eq!(is_accepted, hopeful, "{prefix:x?}");
        if !is_accepted {
            return;
        }
    }
}

fn check(measured: Measured<'_>, text: &str) {
    assert_eq!(measured.text, text);
    let code_points: Vec<u32> = text.chars().map(u32::from).collect();
    let width = text
        .chars()
        .map(Width::from_char)
        .max()
        .unwrap_or(Width::Ascii);
    assert_eq!((measured.width, measured.count), (width, code_points.len()));
    check_units::<u32>(measured, &code_points);
    if width <= Width::Two {
        check_units::<u16>(measured, &code_points);
    }
    if width <= Width::One {
        check_units::<u8>(measured, &code_points);
    }
}

fn check_units<T: Unit + Default + PartialEq + Debug>(measured: Measured<'_>, expected: &[u32]) {
    let expected: Vec<T> = expected.iter().copied().map(T::from_code_point).collect();
    let mut units = vec![T::default(); expected.len()];
    measured.write(&mut units);
    assert!(units == expected, "{:?}", measured.text);
}
