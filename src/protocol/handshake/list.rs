//! Lists in header fields (RFC 9110 section 5.6.1), read in one pass.

use memchr::{memchr, memchr_iter};

/// The members between the commas, without white space around them. Commas in quoted strings separate
/// too, and empty members count.
pub fn split_comma_list(value: &[u8]) -> Members<'_> {
    Members {
        rest: value,
        left: memchr_iter(b',', value).count() + 1,
    }
}

/// The members of a list, in order.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    rest: &'a [u8],
    /// How many there are in the rest.
    left: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let before_last = self.left.checked_sub(1)?;
        self.left = before_last;
        let end = match before_last {
            0 => None,
            _ => memchr(b',', self.rest),
        };
        let (member, rest) = match end.and_then(|end| self.rest.split_at_checked(end)) {
            Some((member, rest)) => (member, rest.get(1..).unwrap_or_default()),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        Some(trim(member))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Members<'_> {}

/// The text without white space around it, which is what Python takes for it in ASCII text.
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [b'\t'..=b'\r' | b'\x1c'..=b' ', behind @ ..] = text {
        text = behind;
    }
    while let [before @ .., b'\t'..=b'\r' | b'\x1c'..=b' '] = text {
        text = before;
    }
    text
}

/// Whether a word is in the list; case does not matter. The value need not be text.
pub(super) fn contains_token(value: &[u8], word: &[u8]) -> bool {
    let mut members = value.split(|byte| *byte == b',');
    members.any(|member| member.trim_ascii().eq_ignore_ascii_case(word))
}

/// Whether a word is in the list of ASCII text; case does not matter.
pub(super) fn contains_word(value: &[u8], word: &[u8]) -> bool {
    let mut members = value.split(|byte| *byte == b',');
    members.any(|member| trim(member).eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_what_stands_between_commas() {
        let cases: [(&str, &[&str]); 5] = [
            ("", &[""]),
            ("a", &["a"]),
            (" a b,\tc ,,", &["a b", "c", "", ""]),
            ("\x1ca\x1f,\x0bb\x0c", &["a", "b"]),
            ("a; b=\"c,d\"", &["a; b=\"c", "d\""]),
        ];
        for (value, members) in cases {
            let members = members.iter().map(|member| member.as_bytes());
            assert!(split_comma_list(value.as_bytes()).eq(members), "{value:?}");
        }
    }

    #[test]
    fn tokens_are_compared_without_case() {
        assert!(contains_token(b"keep-alive, UPGRADE", b"upgrade"));
        assert!(contains_token(b"\xff, upgrade", b"upgrade"));
        assert!(!contains_token(b"no-upgrade", b"upgrade"));
        assert!(!contains_token(b"", b"upgrade"));
    }
}
