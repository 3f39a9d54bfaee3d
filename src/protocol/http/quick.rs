//! The heads that nearly everybody sends, read in one pass (RFC 9112 sections 2 to 5).
//!
//! What is read here is read in the same way line by line, only slower. Whatever is unusual (folded lines, tabs and
//! other control characters, line feeds alone), wrong or not complete is left to that: then the answer is nothing.

use super::fields::{Fields, is_token};
use super::name::Name;

/// The line that the data begin with, without its end.
#[inline]
pub(super) fn start_line(data: &[u8]) -> Option<&[u8]> {
    data.get(..control_character(data))
}

/// The fields of the head that the data begin with, behind a first line of this length, and the length of the head.
pub(super) fn fields(data: &[u8], start_line: usize) -> Option<(Fields, usize)> {
    let mut fields = Fields::of_head(data);
    let mut rest = data.get(start_line..)?;
    loop {
        let line = rest.strip_prefix(b"\r\n")?;
        if let Some(behind) = line.strip_prefix(b"\r\n") {
            return Some((fields, data.len() - behind.len()));
        }
        let (name, behind) = line.split_at_checked(colon(line))?;
        let mut value = behind.strip_prefix(b":")?;
        while let [b' ', behind @ ..] = value {
            value = behind;
        }
        let name_end = data.len() - behind.len();
        let value_start = data.len() - value.len();
        (value, rest) = value.split_at_checked(control_character(value))?;
        while let [before @ .., b' '] = value {
            value = before;
        }
        let name_at = name_end - name.len()..name_end;
        let meaning = Name::of(name);
        if meaning == Name::Other {
            if !is_token(name) {
                return None;
            }
            fields.text_mut(&name_at)?.make_ascii_lowercase();
        }
        let value_at = value_start..value_start + value.len();
        fields.push_part(meaning, name_at, value_at).ok()?;
    }
}

/// The position of the first colon, or the end.
#[inline]
fn colon(text: &[u8]) -> usize {
    first_below::<b':', 1>(text)
}

/// The position of the first byte before the space, or the end.
#[inline]
fn control_character(text: &[u8]) -> usize {
    first_below::<0, b' '>(text)
}

/// The position of the first byte that is below a bound, after some bits are flipped; or the end.
#[inline]
fn first_below<const FLIPPED: u8, const BOUND: u8>(text: &[u8]) -> usize {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let (words, rest) = text.as_chunks::<8>();
    for (nth, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word) ^ (EACH * u64::from(FLIPPED));
        // Eight differences at once, whose highest bits say which are negative. A borrow only spoils those behind the
        // first that is.
        let below = word.wrapping_sub(EACH * u64::from(BOUND)) & !word & (EACH << 7);
        if below != 0 {
            return 8 * nth + below.trailing_zeros() as usize / 8;
        }
    }
    let is_below = |byte: &u8| byte ^ FLIPPED < BOUND;
    let position = rest.iter().position(is_below);
    8 * words.len() + position.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(lines: &[u8]) -> Option<usize> {
        let head = [b"\r\n", lines, b"\r\n"].concat();
        fields(&head, 0).map(|(_, length)| length)
    }

    #[test]
    fn common_fields_are_read_up_to_the_end_of_the_head() {
        assert_eq!(
            start_line(b"GET / HTTP/1.1\r\nA"),
            Some(&b"GET / HTTP/1.1"[..])
        );
        assert_eq!(length(b""), Some(4));
        assert_eq!(length(b"A: b c \r\n\r\nrest"), Some(13));
    }

    #[test]
    fn what_is_unusual_is_left_to_others() {
        let lines: [&[u8]; 11] = [
            b"A: b",
            b"A: b\n",
            b"A: b\r\n c\r\n",
            b"A: b\tc\r\n",
            b"A: b\x01\r\n",
            b"A : b\r\n",
            b"A\r\nB: c\r\n",
            b": b\r\n",
            b"Sec\rFetch-Mode: b\r\n",
            b"\xe9: b\r\n",
            b"Content-Length: x\r\n",
        ];
        for lines in lines {
            assert_eq!(length(lines), None, "{}", lines.escape_ascii());
        }
    }

    #[test]
    fn bytes_are_found_in_and_behind_whole_words() {
        for length in 0..40 {
            let mut text = vec![b' '; length];
            assert_eq!((colon(&text), control_character(&text)), (length, length));
            text.extend_from_slice(b"\xff:\r\0:");
            assert_eq!(
                (colon(&text), control_character(&text)),
                (length + 1, length + 2)
            );
        }
    }
}
