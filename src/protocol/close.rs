//! Close frames: status codes and reasons (RFC 6455 sections 5.5.1 and 7.4).

use super::close_code as code;
use super::error::ParseFailed;
use super::utf8::Utf8Decoder;

/// The longest reason: a control frame's payload less the code (sections 5.5 and 5.5.1).
pub const MAX_REASON: usize = 123;

/// The body of a close frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Close {
    /// The status code; 1005 if the frame has none (section 7.1.5).
    pub code: u16,
    /// The reason, which may be empty.
    pub reason: String,
}

impl Close {
    /// Parses the payload of a close frame.
    pub fn parse(payload: &[u8]) -> Result<Self, ParseFailed> {
        let (code, reason) = match payload {
            [] => {
                return Ok(Self {
                    code: code::NO_STATUS_RCVD,
                    reason: String::new(),
                });
            }
            [_] => return Err(ParseFailed::CloseCodeCut),
            [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        };
        check_received_code(code)?;
        let reason = Utf8Decoder::default()
            .decode(reason, true)
            .map_err(ParseFailed::CloseReasonInvalidUtf8)?
            .body
            .text
            .to_owned();
        Ok(Self { code, reason })
    }
}

/// Checks that a peer may send this code (section 7.4).
fn check_received_code(code: u16) -> Result<(), ParseFailed> {
    match code {
        code::NO_STATUS_RCVD | code::ABNORMAL_CLOSURE | code::TLS_HANDSHAKE_FAILED => {
            Err(ParseFailed::CloseCodeLocalOnly)
        }
        // 1012 to 1014 are later entries of the registry that section 11.7 opens.
        1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(()),
        1000..=2999 => Err(ParseFailed::CloseCodeUndefined),
        _ => Err(ParseFailed::CloseCodeOutOfRange),
    }
}

/// The code to put on the wire: 1000 in place of one that is never there (section 7.4.1).
pub const fn code_to_send(code: u16) -> u16 {
    match code {
        code::NO_STATUS_RCVD | code::ABNORMAL_CLOSURE | code::TLS_HANDSHAKE_FAILED => {
            code::NORMAL_CLOSURE
        }
        code => code,
    }
}

/// The longest prefix of whole code points that fits a close frame.
pub fn truncate_reason(reason: &str) -> &str {
    // In bounds: `floor_char_boundary` never exceeds the length.
    &reason[..reason.floor_char_boundary(MAX_REASON)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_body_means_1005() {
        let close = Close::parse(b"").expect("legal");
        assert_eq!((close.code, close.reason.as_str()), (1005, ""));
    }

    #[test]
    fn a_code_and_a_reason() {
        let close = Close::parse("\u{3}\u{e8}tschüß".as_bytes());
        // 0x03E8 is 1000, but as UTF-8 0xE8 takes two bytes: spell the frame out.
        assert!(close.is_err());
        let close = Close::parse(b"\x03\xe8tsch\xc3\xbc\xc3\x9f").expect("legal");
        assert_eq!((close.code, close.reason.as_str()), (1000, "tschüß"));
    }

    #[test]
    fn half_a_code_is_refused() {
        assert_eq!(Close::parse(b"\x03"), Err(ParseFailed::CloseCodeCut));
    }

    #[test]
    fn codes_are_judged_by_their_range() {
        let verdict = |code: u16| Close::parse(&code.to_be_bytes()).map(|close| close.code);
        for legal in [
            1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999,
        ] {
            assert_eq!(verdict(legal), Ok(legal));
        }
        for local in [1005, 1006, 1015] {
            assert_eq!(verdict(local), Err(ParseFailed::CloseCodeLocalOnly));
        }
        for undefined in [1004, 1016, 2000, 2999] {
            assert_eq!(verdict(undefined), Err(ParseFailed::CloseCodeUndefined));
        }
        for outside in [0, 1, 999, 5000, u16::MAX] {
            assert_eq!(verdict(outside), Err(ParseFailed::CloseCodeOutOfRange));
        }
    }

    #[test]
    fn a_reason_is_utf8() {
        let error = Close::parse(b"\x03\xe8\xff").expect_err("not UTF-8");
        assert_eq!(error.code(), code::INVALID_FRAME_PAYLOAD_DATA);
        assert!(
            error
                .to_string()
                .starts_with("Error decoding CLOSE reason: 'utf-8' codec")
        );
    }

    #[test]
    fn codes_that_are_never_on_the_wire_are_sent_as_1000() {
        for (code, sent) in [
            (1005, 1000),
            (1006, 1000),
            (1015, 1000),
            (1001, 1001),
            (0, 0),
        ] {
            assert_eq!(code_to_send(code), sent);
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_code_points() {
        let reason = "é".repeat(80);
        assert_eq!(truncate_reason(&reason).len(), 122);
        assert_eq!(truncate_reason("short"), "short");
    }
}
