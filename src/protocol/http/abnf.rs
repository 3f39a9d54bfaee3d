//! The grammar of header fields (RFC 9110 sections 5.5, 5.6 and 8.6).

use super::error::Error;

/// The digits of the largest length accepted, as in h11; 2^64 has as many.
const CONTENT_LENGTH_DIGITS: usize = 20;

/// The bytes without the ASCII white space around them.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_space(*byte));
    let end = bytes.iter().rposition(|byte| !is_space(*byte));
    match (start, end) {
        (Some(start), Some(end)) => bytes.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether this is a token (RFC 9110 section 5.6.2).
pub(super) fn is_token(text: &[u8]) -> bool {
    let is_token_byte = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
            )
    };
    !text.is_empty() && text.iter().all(is_token_byte)
}

/// Whether this is white space within a line (RFC 9110 section 5.6.3).
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether bytes hold neither NUL nor a line break. Other control characters pass, since cookies in
/// the wild have them.
pub(super) fn is_field_text(text: &[u8]) -> bool {
    !text
        .iter()
        .any(|byte| matches!(byte, 0 | b'\n' | 0x0b | 0x0c | b'\r'))
}

/// Whether bytes are a field value: [field text](is_field_text) with white space only inside.
pub(super) fn is_field_value(value: &[u8]) -> bool {
    let has_blank_end = [value.first(), value.last()]
        .into_iter()
        .flatten()
        .any(|byte| is_blank(*byte));
    is_field_text(value) && !has_blank_end
}

/// Whether bytes are a request target: visible ASCII, at least one.
pub(super) fn is_target(target: &[u8]) -> bool {
    !target.is_empty() && target.iter().all(u8::is_ascii_graphic)
}

/// The non-empty members of a list, without the white space around them (section 5.6.1).
pub(super) fn list_members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let members = value.split(|byte| *byte == b',').map(trim);
    members.filter(|member| !member.is_empty())
}

/// The digits of a `Content-Length` field, which may repeat the same length (RFC 9112 section 6.3).
pub(super) fn content_length(value: &[u8]) -> Result<&[u8], Error> {
    let mut lengths = value.split(|byte| *byte == b',').map(trim);
    let length = lengths.next().unwrap_or_default();
    if lengths.any(|other| other != length) {
        return Err(Error::ConflictingContentLength);
    }
    let is_number = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
    if !is_number || length.len() > CONTENT_LENGTH_DIGITS {
        return Err(Error::BadContentLength);
    }
    Ok(length)
}

/// The value of decimal digits (saturating: no peer sends 2^64 bytes).
pub(super) fn parse_length(digits: &[u8]) -> u64 {
    digits.iter().fold(0_u64, |length, digit| {
        let digit = digit.wrapping_sub(b'0').into();
        length.saturating_mul(10).saturating_add(digit)
    })
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
    fn values_have_white_space_inside_only_and_no_line_breaks() {
        for value in [
            " a", "a ", "\ta", "a\t", " ", "a\nb", "a\rb", "a\0", "\x0b", "\x0c",
        ] {
            assert!(!is_field_value(value.as_bytes()), "{value:?}");
        }
        for value in ["", "a", "a \t b", "\x01", "a\x7f", "\x1f", "\u{e9}"] {
            assert!(is_field_value(value.as_bytes()), "{value:?}");
        }
    }

    #[test]
    fn targets_are_visible_ascii() {
        for target in ["", " ", "/ ", "/\x7f", "/\u{e9}", "/\t"] {
            assert!(!is_target(target.as_bytes()), "{target:?}");
        }
        assert!(is_target(b"/a?b#\"<>^`{|}~"));
    }

    #[test]
    fn empty_list_members_do_not_count() {
        let members = list_members(b" a,, b\t,\x0b,").collect::<Vec<_>>();
        assert_eq!(members, [b"a", b"b"]);
    }

    #[test]
    fn a_length_is_a_number_of_at_most_twenty_digits() {
        for value in ["", ",", "-1", "+1", "0x5", "1 2", "100000000000000000000"] {
            let error = content_length(value.as_bytes());
            assert_eq!(error, Err(Error::BadContentLength), "{value:?}");
        }
        let most = content_length(b"99999999999999999999").unwrap();
        assert_eq!(parse_length(most), u64::MAX);
        assert_eq!(parse_length(b"0120"), 120);
    }

    #[test]
    fn one_length_may_be_said_several_times() {
        assert_eq!(content_length(b"5, 5"), Ok(&b"5"[..]));
        for value in [&b"5, 6"[..], b"5, 05"] {
            assert_eq!(content_length(value), Err(Error::ConflictingContentLength));
        }
    }
}
