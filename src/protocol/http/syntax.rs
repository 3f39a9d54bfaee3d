//! What the names and the values of fields are made of (RFC 9110 sections 5.5 and 5.6).

use crate::vector::compare::{BLOCK, Compare, Everywhere};

/// Without white space (of any kind) around it.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_space(*byte));
    let end = bytes.iter().rposition(|byte| !is_space(*byte));
    match (start, end) {
        (Some(start), Some(end)) => bytes.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}

/// Whether text is a word, which has nothing but small letters, in any case.
#[inline]
pub fn is_word<const N: usize>(text: &[u8], word: &[u8; N]) -> bool {
    // The bit is the case of letters, and with it only they are letters.
    let differences = |text: &[u8; N]| {
        let pairs = text.iter().zip(word);
        pairs.fold(0, |bits, (byte, letter)| bits | ((byte | 0x20) ^ letter))
    };
    text.try_into().is_ok_and(|text| differences(text) == 0)
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether this is a token (RFC 9110 section 5.6.2).
pub(super) fn is_token(text: &[u8]) -> bool {
    // A look at each is enough.
    const TOKEN_BYTES: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = u8::MAX;
        while byte > 0 {
            table[byte as usize] = is_token_byte(byte);
            byte -= 1;
        }
        table
    };
    !text.is_empty() && text.iter().all(|byte| TOKEN_BYTES[usize::from(*byte)])
}

/// Whether a byte may stand in a token.
const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
        )
}

/// Whether bytes are a field value: white space only inside, and neither NUL nor a line break. Other
/// control characters are let through, since people's cookies have them.
pub(super) fn is_field_value(value: &[u8]) -> bool {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let is_illegal = |byte: &u8| matches!(byte, 0 | b'\n' | 0x0b | 0x0c | b'\r');
    let legal = !has_controls(value) || !value.iter().any(is_illegal);
    legal && !is_blank(value.first()) && !is_blank(value.last())
}

/// Whether there are control characters, which is seen for many bytes at once.
fn has_controls(text: &[u8]) -> bool {
    let (blocks, rest) = text.as_chunks();
    let mut last = [b' '; BLOCK];
    if let Some(place) = last.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    let mut blocks = blocks.iter().chain([&last]);
    blocks.any(|block| Everywhere.controls(block) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_visible_and_have_no_delimiters() {
        for byte in 0..=u8::MAX {
            let delimits = b"\"(),/:;<=>?@[\\]{}".contains(&byte);
            let expected = byte.is_ascii_graphic() && !delimits;
            assert_eq!(is_token(&[b'a', byte]), expected, "{byte}");
        }
        assert!(!is_token(b""));
    }

    #[test]
    fn words_are_the_same_in_any_case_and_as_a_whole() {
        for at in 0..5 {
            for byte in 0..=u8::MAX {
                let mut text = *b"cLoSe";
                let expected = text[at].eq_ignore_ascii_case(&byte);
                text[at] = byte;
                assert_eq!(is_word(&text, b"close"), expected, "{text:?}");
            }
        }
        for text in [&b""[..], b"clos", b"closed"] {
            assert!(!is_word(text, b"close"));
        }
    }
}
