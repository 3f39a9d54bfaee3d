//! Fields that are accepted and refused, rule by rule.

use super::*;

fn fields(pairs: &[(&str, &str)]) -> Result<Fields, Error> {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        fields.push(name.as_bytes(), value.as_bytes())?;
    }
    Ok(fields)
}

fn written(fields: &Fields) -> String {
    let mut out = Vec::new();
    fields.write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn names_are_tokens() {
    for name in ["", "a b", "a:", "a\u{e9}", "(", "a\r"] {
        let expected = Error::IllegalHeaderName(name.as_bytes().to_vec());
        assert_eq!(fields(&[(name, "")]).unwrap_err(), expected);
    }
    assert!(fields(&[("!#$%&'*+-.^_`|~09azAZ", "")]).is_ok());
}

#[test]
fn values_have_white_space_inside_only_and_no_line_breaks() {
    for value in [
        " a", "a ", "\ta", "a\t", " ", "a\nb", "a\rb", "a\0", "\x0b", "\x0c",
    ] {
        let expected = Error::IllegalHeaderValue(value.as_bytes().to_vec());
        assert_eq!(fields(&[("a", value)]).unwrap_err(), expected);
    }
    for value in ["", "a", "a \t b", "\x01", "a\x7f", "\x1f", "\u{e9}"] {
        assert!(fields(&[("a", value)]).is_ok(), "{value:?}");
    }
}

#[test]
fn one_length_may_be_said_several_times() {
    let same = fields(&[("Content-Length", "5, 5"), ("content-length", "5")]).unwrap();
    assert_eq!(written(&same), "Content-Length: 5\r\n\r\n");
    assert_eq!(same.content_length(), Some(5));
    for pairs in [
        &[("Content-Length", "5, 6")][..],
        &[("Content-Length", "5"), ("Content-Length", "05")],
    ] {
        assert_eq!(fields(pairs).unwrap_err(), Error::ConflictingContentLength);
    }
}

#[test]
fn a_length_is_a_number_of_at_most_twenty_digits() {
    for value in ["", ",", "-1", "+1", "0x5", "1 2", "100000000000000000000"] {
        let error = fields(&[("Content-Length", value)]).unwrap_err();
        assert_eq!(error, Error::BadContentLength, "{value:?}");
    }
    let most = fields(&[("Content-Length", "99999999999999999999")]).unwrap();
    assert_eq!(most.content_length(), Some(u64::MAX));
}

#[test]
fn chunked_is_the_one_transfer_coding() {
    let chunked = fields(&[("Transfer-Encoding", "Chunked")]).unwrap();
    assert_eq!(written(&chunked), "Transfer-Encoding: chunked\r\n\r\n");
    let error = fields(&[("Transfer-Encoding", "gzip, chunked")]).unwrap_err();
    assert_eq!(error, Error::UnsupportedTransferEncoding);
    let twice = [("Transfer-Encoding", "chunked"); 2];
    assert_eq!(
        fields(&twice).unwrap_err(),
        Error::MultipleTransferEncodings
    );
}

#[test]
fn host_is_written_first_and_the_others_in_order_and_case() {
    let fields = fields(&[("b", "1"), ("A", "2"), ("hOST", "h"), ("b", "3")]).unwrap();
    assert_eq!(written(&fields), "hOST: h\r\nb: 1\r\nA: 2\r\nb: 3\r\n\r\n");
}

#[test]
fn received_names_are_kept_in_lower_case() {
    let mut fields = Fields::default();
    fields.push_parsed(b"X-Mixed", b"Case").unwrap();
    fields.push_parsed(b"Content-LENGTH", b"1, 1").unwrap();
    fields.push_parsed(b"Content-LENGTH", b"1").unwrap();
    let expected: [(&[u8], &[u8]); 2] = [(b"x-mixed", b"Case"), (b"content-length", b"1")];
    let received = fields.iter().map(|field| (field.name(), field.value()));
    assert!(received.eq(expected));
}

#[test]
fn a_list_has_the_members_of_all_its_fields() {
    let pairs = [("Connection", "a,, b ,"), ("x", "c"), ("connection", "d")];
    let fields = fields(&pairs).unwrap();
    assert_eq!(
        fields.list(Name::Connection).collect::<Vec<_>>(),
        [b"a", b"b", b"d"]
    );
}

#[test]
fn replaced_fields_go_to_the_end() {
    let mut fields = fields(&[("connection", "x"), ("a", "b"), ("Connection", "y")]).unwrap();
    fields.replace(b"Connection", &[b"close", b"x"]);
    assert_eq!(
        written(&fields),
        "a: b\r\nConnection: close\r\nConnection: x\r\n\r\n"
    );
}
