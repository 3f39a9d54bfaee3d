//! The opening handshake over HTTP/1.1 (RFC 6455 section 4), in both roles.
//!
//! ```text
//!             101 sent, or received and checked
//! CONNECTING ------------------------------------> OPEN
//!      |
//!      | \
//!      |  \ 1xx other than 101 with `Upgrade`
//!      |   `-----------------------------------> CLOSED
//!      | final response                             ^
//!      `------------------> REJECTING --------------' its content is complete
//! ```
//!
//! The caller decides on subprotocol and extensions: it reads them from the [`UpgradeRequest`] or
//! the [`Acceptance`], and calls [`Handshake::open`] to complete the handshake.

use std::fmt;

use super::connection::State;
use super::http::{
    Error, Exchange, FeedError, HeaderId, HeaderLines, Host, HttpEvent, Request, RequestHead,
    ResponseHead,
};
use super::role::Role;

mod acceptance;
mod list;
mod refusal;
mod request;
mod token;
mod upgrade;

pub use acceptance::Acceptance;
pub use list::split_comma_list;
pub use refusal::Refusal;
pub use request::UpgradeRequest;
pub use token::{AcceptToken, GUID, Nonce};

/// The version of the protocol that is spoken here (RFC 6455 section 4.1, item 9).
pub const WEBSOCKET_VERSION: &[u8] = b"13";

/// A received step of the handshake.
#[derive(Debug)]
pub enum Received {
    /// A client's request for a connection.
    Request(UpgradeRequest),
    /// The server accepts; the caller has to check what it accepts.
    Acceptance(Acceptance),
    /// The server refuses. Content follows if the status is 200 or above.
    Rejection(ResponseHead),
    /// A piece of the rejection's content.
    RejectionData(Vec<u8>),
    /// The rejection's content is complete.
    RejectionEnd,
}

/// Why something cannot be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// The connection has been accepted or rejected already.
    CannotReject(State),
    /// No rejection is under way.
    CannotSendRejectData(State),
    /// HTTP does not allow it.
    Http(Error),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotReject(state) => {
                let state = name(*state);
                write!(f, "Connection cannot be rejected in state {state}")
            }
            Self::CannotSendRejectData(state) => {
                let state = name(*state);
                write!(f, "Cannot send rejection data in state {state}")
            }
            Self::Http(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SendError {}

impl From<Error> for SendError {
    fn from(error: Error) -> Self {
        Self::Http(error)
    }
}

/// The name of a state in Python.
const fn name(state: State) -> &'static str {
    match state {
        State::Connecting => "ConnectionState.CONNECTING",
        State::Open => "ConnectionState.OPEN",
        State::RemoteClosing => "ConnectionState.REMOTE_CLOSING",
        State::LocalClosing => "ConnectionState.LOCAL_CLOSING",
        State::Closed => "ConnectionState.CLOSED",
        State::Rejecting => "ConnectionState.REJECTING",
    }
}

/// One side of a handshake.
#[derive(Debug)]
pub struct Handshake {
    http: Exchange,
    state: State,
    /// The client's key, once chosen.
    nonce: Option<Nonce>,
    /// The token that answers the client's key, once a request has been received.
    token: Option<AcceptToken>,
    /// The rule of HTTP that the peer has broken, reported as [`Refusal::BadHttp`].
    http_error: Option<Box<Error>>,
}

impl Handshake {
    /// A new handshake.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self {
            http: Exchange::new(role),
            state: State::Connecting,
            nonce: None,
            token: None,
            http_error: None,
        }
    }

    /// The rule of HTTP that the peer has broken, if any.
    pub fn http_error(&self) -> Option<&Error> {
        self.http_error.as_deref()
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Sets the state.
    pub fn set_state(&mut self, state: State) {
        self.state = state;
    }

    /// The client's key.
    pub fn nonce(&self) -> Option<&Nonce> {
        self.nonce.as_ref()
    }

    /// Sets the client's key.
    pub fn set_nonce(&mut self, nonce: Option<Nonce>) {
        self.nonce = nonce;
    }

    /// Sets the client's key for a request about to be sent. It replaces a request received, whose
    /// token is dropped.
    pub fn start_request(&mut self, nonce: Nonce) {
        self.nonce = Some(nonce);
        self.token = None;
    }

    /// Whether the end of the stream has been announced.
    pub fn has_ended(&self) -> bool {
        self.http.has_ended()
    }

    /// Buffers received bytes; empty data announce the end of the stream.
    pub fn receive_data(&mut self, data: &[u8]) -> Result<(), FeedError> {
        self.http.receive_data(data)
    }

    /// The next step that is complete, if there is one.
    pub fn next_event(&mut self) -> Result<Option<Received>, Refusal> {
        loop {
            match self.http.next_event() {
                Ok(Some(HttpEvent::Request(head))) => return self.requested(head),
                // An interim response is followed by another response (RFC 9110 section 15.2).
                Ok(Some(HttpEvent::Response(head))) if is_interim(&head) => {}
                Ok(Some(HttpEvent::Response(head))) => return self.answered(head),
                // The content of a request is ignored.
                Ok(Some(HttpEvent::Data(_) | HttpEvent::EndOfMessage))
                    if self.http.role() == Role::Server => {}
                Ok(Some(HttpEvent::Data(data))) => return Ok(Some(Received::RejectionData(data))),
                Ok(Some(HttpEvent::EndOfMessage)) => {
                    self.state = State::Closed;
                    return Ok(Some(Received::RejectionEnd));
                }
                Ok(None) => return Ok(None),
                Err(error) => {
                    self.http_error = Some(Box::new(error));
                    return Err(Refusal::BadHttp);
                }
            }
        }
    }

    #[inline]
    fn requested(&mut self, head: RequestHead) -> Result<Option<Received>, Refusal> {
        let request = UpgradeRequest::read(head)?;
        self.token = Some(request.accept_token());
        Ok(Some(Received::Request(request)))
    }

    /// The step that a response other than an interim one is.
    #[inline]
    fn answered(&mut self, head: ResponseHead) -> Result<Option<Received>, Refusal> {
        if head.status == 101 {
            let acceptance = Acceptance::read(head, self.nonce.as_ref())?;
            return Ok(Some(Received::Acceptance(acceptance)));
        }
        self.state = if head.status < 200 {
            State::Closed
        } else {
            State::Rejecting
        };
        Ok(Some(Received::Rejection(head)))
    }

    /// Received bytes that belong to the WebSocket connection.
    pub fn trailing_data(&self) -> &[u8] {
        self.http.trailing_data()
    }

    /// Completes the handshake.
    pub fn open(&mut self) {
        self.state = State::Open;
    }

    /// Drops the buffered bytes and all that follow: they belong to the WebSocket connection.
    pub fn stop_receiving(&mut self) {
        self.http.stop_receiving();
    }

    /// Whether the content of a rejection is sent in chunks.
    pub fn sends_chunks(&self) -> bool {
        self.http.sends_chunks()
    }

    /// Writes a client's request (RFC 6455 section 4.1); `headers` are those of subprotocols,
    /// extensions and the caller.
    pub fn request(
        &mut self,
        nonce: &Nonce,
        host: Host<'_>,
        target: &[u8],
        headers: &HeaderLines,
    ) -> Result<Vec<u8>, SendError> {
        let request = Request::new(b"GET", target, Some(host), headers)?;
        let upgrade = request::upgrade_lines(nonce);
        Ok(self.http.send_request(&upgrade, &request)?)
    }

    /// The token that answers the client's key, if a request has been received.
    pub fn token(&self) -> Option<AcceptToken> {
        self.token
    }

    /// Writes a server's acceptance (RFC 6455 section 4.2.2); `headers` are those of subprotocol,
    /// extensions and the caller.
    pub fn accept(
        &mut self,
        token: &AcceptToken,
        headers: &HeaderLines,
    ) -> Result<Vec<u8>, SendError> {
        let upgrade = acceptance::upgrade_lines(token);
        Ok(self.http.send_switching_protocols(&upgrade, headers)?)
    }

    /// The error of accepting a second time.
    pub fn accept_again(&mut self) -> Result<Vec<u8>, SendError> {
        let nothing = HeaderLines::default();
        Ok(self.http.send_switching_protocols(b"", &nothing)?)
    }

    /// Checks that the connection can be rejected in this state.
    pub fn check_can_reject(state: State) -> Result<(), SendError> {
        match state {
            State::Connecting => Ok(()),
            state => Err(SendError::CannotReject(state)),
        }
    }

    /// Writes a server's rejection; `has_body` says that content follows.
    pub fn reject(
        &mut self,
        status: u16,
        headers: HeaderLines,
        has_body: bool,
    ) -> Result<Vec<u8>, SendError> {
        Self::check_can_reject(self.state)?;
        let mut out = self.http.send_response(status, headers)?;
        self.state = State::Rejecting;
        if !has_body {
            out.extend(self.http.send_end_of_message()?);
            self.state = State::Closed;
        }
        Ok(out)
    }

    /// Checks that content of a rejection can be sent in this state.
    pub fn check_can_send_reject_data(state: State) -> Result<(), SendError> {
        match state {
            State::Rejecting => Ok(()),
            state => Err(SendError::CannotSendRejectData(state)),
        }
    }

    /// Writes content of a rejection.
    pub fn reject_data(&mut self, data: &[u8], finished: bool) -> Result<Vec<u8>, SendError> {
        Self::check_can_send_reject_data(self.state)?;
        let mut out = self.http.send_data(data)?;
        if finished {
            out.extend(self.http.send_end_of_message()?);
            self.state = State::Closed;
        }
        Ok(out)
    }

    /// Counts content of this length as sent, without writing it.
    pub fn announce_reject_data(&mut self, length: usize) -> Result<(), SendError> {
        Ok(self.http.announce_data(length)?)
    }

    /// Records that something could not be sent: nothing can be sent after it.
    pub fn send_failed(&mut self) {
        self.http.send_failed();
    }
}

/// Whether another response follows (RFC 9110 section 15.2). A 1xx with `Upgrade` is the answer
/// itself.
fn is_interim(head: &ResponseHead) -> bool {
    head.status < 200 && head.status != 101 && !head.headers.has(HeaderId::Upgrade)
}

#[cfg(test)]
mod tests;
