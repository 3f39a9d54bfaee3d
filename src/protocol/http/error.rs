//! Violations of HTTP, one variant for each rule, with h11's messages.
//!
//! A rule may be broken by this side or by the peer. The messages are shown for this side's
//! violations only; those of the peer are all reported as `Bad HTTP message`.

use std::collections::TryReserveError;
use std::fmt;

use crate::protocol::role::Role;

/// A broken rule of HTTP/1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A field name that is not a token (RFC 9110 section 5.1).
    IllegalHeaderName(Vec<u8>),
    /// A field value with a forbidden byte, or with white space around it (RFC 9110 section 5.5).
    IllegalHeaderValue(Vec<u8>),
    /// A line of the head that is not a field line (RFC 9112 section 5).
    IllegalHeaderLine,
    /// A folded line without a field line before it (RFC 9112 section 5.2).
    ContinuationWithoutField,
    /// A start line that does not parse (RFC 9112 sections 3 and 4).
    IllegalStartLine,
    /// A head that is only the empty line.
    NoStartLine,
    /// Different lengths for one body (RFC 9112 section 6.3).
    ConflictingContentLength,
    /// A length that is not a number, or has more than 20 digits.
    BadContentLength,
    /// More than one `Transfer-Encoding` field.
    MultipleTransferEncodings,
    /// A transfer coding other than `chunked` alone (RFC 9112 section 6.1).
    UnsupportedTransferEncoding,
    /// An HTTP/1.1 request without `Host` (RFC 9112 section 3.2).
    MissingHost,
    /// A request with several `Host` fields (RFC 9112 section 3.2).
    MultipleHosts,
    /// A request target that is empty or has other bytes than visible ASCII (RFC 9112 section 3.2).
    IllegalTarget,
    /// A status code outside 100 to 199 for an interim response; as text, since it may be any
    /// integer.
    NotInformational(String),
    /// A status code outside 200 to 999 for a final response; as text, since it may be any integer.
    NotFinal(String),
    /// A malformed line at the start of a chunk (RFC 9112 section 7.1).
    IllegalChunkHeader,
    /// A chunk that is not followed by CRLF (RFC 9112 section 7.1).
    MalformedChunkFooter,
    /// More content than `Content-Length` has announced.
    TooMuchData,
    /// Less content than `Content-Length` has announced.
    TooLittleData,
    /// The connection was closed in the middle of a message.
    UnexpectedClose,
    /// Bytes after the last message of the connection.
    DataAfterEnd,
    /// A head, or a line of a chunked body, longer than the limit of the buffer.
    TooLong,
    /// A switch of protocols that the client has not asked for (RFC 9110 section 7.8).
    SwitchNotProposed,
    /// An event at the wrong time.
    UnexpectedEvent(EventKind, Role, HttpState),
    /// Sending after an attempt to send has failed.
    OurSideFailed,
    /// There is no memory for what is to be sent.
    OutOfMemory,
    /// Receiving after the peer has broken a rule.
    TheirSideFailed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::IllegalHeaderName(name) => {
                return write!(f, "Illegal header name {}", BytesLiteral(name));
            }
            Self::IllegalHeaderValue(value) => {
                return write!(f, "Illegal header value {}", BytesLiteral(value));
            }
            Self::NotInformational(code) => {
                return write!(
                    f,
                    "InformationalResponse status_code should be in range [100, 200), not {code}"
                );
            }
            Self::NotFinal(code) => {
                return write!(
                    f,
                    "Response status_code should be in range [200, 1000), not {code}"
                );
            }
            Self::UnexpectedEvent(event, role, state) => {
                return write!(
                    f,
                    "can't handle event type {event:?} when role={role} and state={state}"
                );
            }
            Self::IllegalHeaderLine => "illegal header line",
            Self::ContinuationWithoutField => "continuation line at start of headers",
            Self::IllegalStartLine => "illegal start line",
            Self::NoStartLine => "no start line received",
            Self::ConflictingContentLength => "conflicting Content-Length headers",
            Self::BadContentLength => "bad Content-Length",
            Self::MultipleTransferEncodings => "multiple Transfer-Encoding headers",
            Self::UnsupportedTransferEncoding => "Only Transfer-Encoding: chunked is supported",
            Self::MissingHost => "Missing mandatory Host: header",
            Self::MultipleHosts => "Found multiple Host: headers",
            Self::IllegalTarget => "Illegal target characters",
            Self::IllegalChunkHeader => "illegal chunk header",
            Self::MalformedChunkFooter => "malformed chunk footer",
            Self::TooMuchData => "Too much data for declared Content-Length",
            Self::TooLittleData => "Too little data for declared Content-Length",
            Self::UnexpectedClose => "peer unexpectedly closed connection",
            Self::DataAfterEnd => "Got data when expecting EOF",
            Self::TooLong => "Receive buffer too long",
            Self::OutOfMemory => "not enough memory",
            Self::SwitchNotProposed => {
                "Received server _SWITCH_UPGRADE event without a pending proposal"
            }
            Self::OurSideFailed => "Can't send data when our state is ERROR",
            Self::TheirSideFailed => "Can't receive data when peer state is ERROR",
        };
        f.write_str(text)
    }
}

impl std::error::Error for Error {}

/// Why received bytes are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedError {
    /// The end of the stream had been announced.
    DataAfterEof,
    /// Not enough memory to buffer them.
    OutOfMemory(TryReserveError),
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataAfterEof => f.write_str("received close, then received more data?"),
            Self::OutOfMemory(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FeedError {}

impl From<TryReserveError> for FeedError {
    fn from(error: TryReserveError) -> Self {
        Self::OutOfMemory(error)
    }
}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Self {
        Self::OutOfMemory
    }
}

/// Bytes as a Python literal.
struct BytesLiteral<'a>(&'a [u8]);

impl fmt::Display for BytesLiteral<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.0.contains(&b'\'') && !self.0.contains(&b'"') {
            '"'
        } else {
            '\''
        };
        write!(f, "b{quote}")?;
        for &byte in self.0 {
            match byte {
                b'\\' => f.write_str("\\\\")?,
                b'\t' => f.write_str("\\t")?,
                b'\n' => f.write_str("\\n")?,
                b'\r' => f.write_str("\\r")?,
                b' '..=b'~' if char::from(byte) == quote => write!(f, "\\{quote}")?,
                b' '..=b'~' => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        write!(f, "{quote}")
    }
}

/// The state of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpState {
    /// Nothing has happened.
    Idle,
    /// The server has the head of the request and has not sent a final response.
    SendResponse,
    /// The head is sent, the content is under way.
    SendBody,
    /// The message is complete.
    Done,
    /// The message is complete, and no other may follow on this connection.
    MustClose,
    /// This side has closed its direction.
    Closed,
    /// The request is complete, and the server may switch protocols instead of answering it.
    MightSwitchProtocol,
    /// Bytes from here on are not HTTP.
    SwitchedProtocol,
    /// This side has broken a rule.
    Error,
}

impl fmt::Display for HttpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "IDLE",
            Self::SendResponse => "SEND_RESPONSE",
            Self::SendBody => "SEND_BODY",
            Self::Done => "DONE",
            Self::MustClose => "MUST_CLOSE",
            Self::Closed => "CLOSED",
            Self::MightSwitchProtocol => "MIGHT_SWITCH_PROTOCOL",
            Self::SwitchedProtocol => "SWITCHED_PROTOCOL",
            Self::Error => "ERROR",
        })
    }
}

/// The kinds of events, named as in h11's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The head of a request.
    Request,
    /// The head of a response below 200.
    InformationalResponse,
    /// The head of a final response.
    Response,
    /// A piece of content.
    Data,
    /// The end of the content.
    EndOfMessage,
    /// The end of a direction.
    ConnectionClosed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_bytes_are_shown_as_python_shows_them() {
        let shown: [(&[u8], &str); 7] = [
            (b"", "b''"),
            (b"plain ~", "b'plain ~'"),
            (b"a\\b", r"b'a\\b'"),
            (b"\t\n\r\0\x7f\xff", r"b'\t\n\r\x00\x7f\xff'"),
            (b"it's", "b\"it's\""),
            (b"say \"no\"", "b'say \"no\"'"),
            (b"it's \"no\"", r#"b'it\'s "no"'"#),
        ];
        for (bytes, text) in shown {
            assert_eq!(BytesLiteral(bytes).to_string(), text);
        }
    }

    #[test]
    fn an_event_at_the_wrong_time_is_named_with_role_and_state() {
        let error = Error::UnexpectedEvent(EventKind::Request, Role::Server, HttpState::Idle);
        assert_eq!(
            error.to_string(),
            "can't handle event type Request when role=SERVER and state=IDLE"
        );
    }
}
