//! Violations of the framing rules by the peer, one variant per rule.
//!
//! Each has upstream's message and the status code with which to fail the connection (RFC 6455
//! sections 7.1.7 and 7.4.1).

use std::fmt;

use super::close_code as code;
use super::opcode::Opcode;
use super::utf8::Utf8Error;

/// A rule of RFC 6455 that the peer broke, or a frame that an extension refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParseFailed {
    /// Section 5.2: an opcode that is reserved.
    InvalidOpcode(u8),
    /// Section 5.5: "All control frames [...] MUST NOT be fragmented."
    FragmentedControl,
    /// Section 5.5: "All control frames MUST have a payload length of 125 bytes or less".
    ControlTooLong,
    /// Section 5.2: "the minimal number of bytes MUST be used to encode the length".
    LengthFitsOneByte,
    /// The same rule, for the eight-byte form.
    LengthFitsTwoBytes,
    /// Section 5.2: "the most significant bit MUST be 0".
    LengthTooLarge,
    /// Section 5.2: reserved bits "MUST be 0 unless an extension is negotiated".
    ReservedBit,
    /// Section 5.1: "A client MUST close a connection if it detects a masked frame."
    MaskedFrame,
    /// Section 5.1: the server closes the connection "upon receiving a frame that is not masked".
    UnmaskedFrame,
    /// Section 5.4: a continuation frame without a message under way.
    UnexpectedContinuation,
    /// Section 5.4: a new message before the last fragment of the one under way.
    ExpectedContinuation(Opcode),
    /// Section 8.1: text that is not UTF-8.
    InvalidUtf8(Utf8Error),
    /// Section 5.5.1: the body of a close frame begins with a two-byte code.
    CloseCodeCut,
    /// Section 7.4.2: a code outside all ranges.
    CloseCodeOutOfRange,
    /// Section 7.4.1: a code that never goes on the wire.
    CloseCodeLocalOnly,
    /// Section 7.4.2: a code of the range reserved for the protocol that is not defined.
    CloseCodeUndefined,
    /// Section 5.5.1: the reason is UTF-8.
    CloseReasonInvalidUtf8(Utf8Error),
    /// Section 10.4: a message larger than this limit in bytes.
    MessageTooBig(usize),
    /// An extension refused the frame, with this status code.
    Extension(u16),
}

impl ParseFailed {
    /// The status code with which to fail the connection (RFC 6455 section 7.4.1).
    pub const fn code(&self) -> u16 {
        match self {
            Self::InvalidUtf8(_) | Self::CloseReasonInvalidUtf8(_) => {
                code::INVALID_FRAME_PAYLOAD_DATA
            }
            Self::MessageTooBig(_) => code::MESSAGE_TOO_BIG,
            Self::Extension(code) => *code,
            _ => code::PROTOCOL_ERROR,
        }
    }
}

impl fmt::Display for ParseFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidOpcode(bits) => return write!(f, "Invalid opcode {bits:#x}"),
            Self::FragmentedControl => "Invalid attempt to fragment control frame",
            Self::ControlTooLong => "Control frame with payload len > 125",
            Self::LengthFitsOneByte => "Payload length used 2 bytes when 1 would have sufficed",
            Self::LengthFitsTwoBytes => "Payload length used 8 bytes when 2 would have sufficed",
            Self::LengthTooLarge => "8-byte payload length with non-zero MSB",
            Self::ReservedBit => "Reserved bit set unexpectedly",
            Self::MaskedFrame => "client received unexpected masked frame",
            Self::UnmaskedFrame => "server received unexpected unmasked frame",
            Self::UnexpectedContinuation => "unexpected CONTINUATION",
            Self::ExpectedContinuation(opcode) => {
                return write!(f, "expected CONTINUATION, got {opcode}");
            }
            Self::InvalidUtf8(error) => return error.fmt(f),
            Self::CloseCodeCut => "CLOSE with 1 byte payload",
            Self::CloseCodeOutOfRange => "CLOSE with invalid code",
            Self::CloseCodeLocalOnly => "remote CLOSE with local-only reason",
            Self::CloseCodeUndefined => "CLOSE with unknown reserved code",
            Self::CloseReasonInvalidUtf8(error) => {
                return write!(f, "Error decoding CLOSE reason: {error}");
            }
            Self::MessageTooBig(limit) => return write!(f, "message of more than {limit} bytes"),
            Self::Extension(_) => "error in extension",
        })
    }
}

impl std::error::Error for ParseFailed {}

/// Why a step of receiving failed: a violation by the peer, or an error of the store or of an
/// extension (in Python, an exception).
///
/// Boxed, so that a `Result` with it fits registers.
#[derive(Debug)]
pub struct Failure<E>(Box<Cause<E>>);

/// The cause of a [`Failure`].
#[derive(Debug)]
pub enum Cause<E> {
    /// The peer broke a rule.
    Parse(ParseFailed),
    /// An error of the store or of an extension.
    Raised(E),
}

impl<E> Failure<E> {
    /// A failure of the store or of an extension.
    #[cold]
    pub fn raised(error: E) -> Self {
        Self(Box::new(Cause::Raised(error)))
    }

    /// The cause.
    pub fn cause(self) -> Cause<E> {
        *self.0
    }
}

impl<E> From<ParseFailed> for Failure<E> {
    #[cold]
    fn from(error: ParseFailed) -> Self {
        Self(Box::new(Cause::Parse(error)))
    }
}
