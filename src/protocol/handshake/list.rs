//! Lists in header fields (RFC 9110 section 5.6.1).

/// The members between the commas, without the white space around them. Commas in quoted strings
/// separate too, and empty members are included.
pub fn split_comma_list(value: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    value.split(|byte| *byte == b',').map(trim)
}

/// The text without the white space around it, as `str.strip` of Python defines it for ASCII.
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b'\t'..=b'\r' | b'\x1c'..=b' ', rest @ ..] = text {
        text = rest;
    }
    while let [before @ .., b'\t'..=b'\r' | b'\x1c'..=b' '] = text {
        text = before;
    }
    text
}

/// Whether a token is in a list, ignoring ASCII case. The white space that `trim` removes is
/// ignored.
pub(super) fn contains_token(value: &[u8], token: &[u8], trim: fn(&[u8]) -> &[u8]) -> bool {
    let mut members = value.split(|byte| *byte == b',');
    members.any(|member| trim(member).eq_ignore_ascii_case(token))
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
        let contains_upgrade = |value| contains_token(value, b"upgrade", trim);
        assert!(contains_upgrade(b"keep-alive, UPGRADE"));
        assert!(contains_upgrade(b"\xff, upgrade"));
        assert!(!contains_upgrade(b"no-upgrade"));
        assert!(!contains_upgrade(b""));
        assert!(contains_upgrade(b"\x1fupgrade"));
        assert!(!contains_token(
            b"\x1fupgrade",
            b"upgrade",
            <[u8]>::trim_ascii
        ));
    }
}
