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
//! What is agreed on (the subprotocol, the extensions) is the caller's to decide: it looks at the
//! [`UpgradeRequest`] or the [`Acceptance`], and says [`Handshake::open`] when it is content.

use std::fmt;

use super::connection::State;
use super::http::{
    Connection, Error, Event, FeedError, HeaderId, HeaderLines, Host, Request, RequestHead,
    ResponseHead, Role,
};

mod acceptance;
mod list;
mod refusal;
mod request;
mod token;
mod upgrade;

pub use acceptance::Acceptance;
pub use list::{split_comma_list, trim};
pub use refusal::Refusal;
pub use request::UpgradeRequest;
pub use token::{AcceptToken, GUID, Nonce};

/// The version of the protocol that is spoken here (RFC 6455 section 4.1, item 9).
pub const WEBSOCKET_VERSION: &[u8] = b"13";

/// What has been received.
#[derive(Debug)]
pub enum Received {
    /// A client asks for a connection.
    Request(UpgradeRequest),
    /// The server agrees; it is to be looked at whether we do.
    Acceptance(Acceptance),
    /// The server refuses. Content follows if the status is that of a final response.
    Rejection(ResponseHead),
    /// A piece of the refusal's content.
    RejectionData(Vec<u8>),
    /// The refusal's content is complete.
    RejectionEnd,
}

/// Why something cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// The decision has been made.
    CannotReject(State),
    /// Nothing is being refused.
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

/// What Python calls a state.
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
    http: Connection,
    state: State,
    /// The client's key, once it has been chosen.
    nonce: Option<Nonce>,
    /// The server's answer to the client's key, once that is known.
    token: Option<AcceptToken>,
    /// The rule of HTTP that the peer has broken.
    http_error: Option<Box<Error>>,
}

impl Handshake {
    /// A handshake in which nothing has happened.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self {
            http: Connection::new(role),
            state: State::Connecting,
            nonce: None,
            token: None,
            http_error: None,
        }
    }

    /// Takes the other role, before anything has happened.
    pub fn set_role(&mut self, role: Role) {
        self.http.set_role(role);
    }

    /// The rule of HTTP that the peer has broken, if it is that.
    pub fn http_error(&self) -> Option<&Error> {
        self.http_error.as_deref()
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Puts it elsewhere.
    pub fn set_state(&mut self, state: State) {
        self.state = state;
    }

    /// The client's key.
    pub fn nonce(&self) -> Option<&Nonce> {
        self.nonce.as_ref()
    }

    /// Chooses the client's key.
    pub fn set_nonce(&mut self, nonce: Option<Nonce>) {
        self.nonce = nonce;
    }

    /// Chooses the client's key for a request that is going to be sent, and that takes the place of one received: there
    /// is no answer to that any more.
    pub fn ask(&mut self, nonce: Nonce) {
        self.nonce = Some(nonce);
        self.token = None;
    }

    /// Whether the end of the stream has been announced.
    pub fn has_ended(&self) -> bool {
        self.http.has_ended()
    }

    /// Takes received bytes, or the end of the stream, which is no bytes.
    pub fn receive_data(&mut self, data: &[u8]) -> Result<(), FeedError> {
        self.http.receive_data(data)
    }

    /// Takes received bytes, or the end of the stream, and gives the first event in them.
    pub fn receive(&mut self, data: &[u8]) -> Result<Result<Option<Received>, Refusal>, FeedError> {
        self.http.receive_data(data)?;
        Ok(self.next_event())
    }

    /// What comes next in what has arrived, if it is complete.
    pub fn next_event(&mut self) -> Result<Option<Received>, Refusal> {
        loop {
            match self.http.next_event() {
                Ok(Some(Event::Request(head))) => return self.requested(head),
                // A response that is not final announces another one (RFC 9110 section 15.2).
                Ok(Some(Event::Response(head))) if is_interim(&head) => {}
                Ok(Some(Event::Response(head))) => return self.answered(head),
                // Nobody has a use for the content of a request.
                Ok(Some(Event::Data(_) | Event::EndOfMessage))
                    if self.http.role() == Role::Server => {}
                Ok(Some(Event::Data(data))) => return Ok(Some(Received::RejectionData(data))),
                Ok(Some(Event::EndOfMessage)) => {
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

    /// What a response is that is not read past.
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

    /// What has been received for the connection that is about to open.
    pub fn trailing_data(&self) -> &[u8] {
        self.http.trailing_data()
    }

    /// Both sides agree.
    pub fn open(&mut self) {
        self.state = State::Open;
    }

    /// What follows is for the connection: HTTP keeps nothing of it.
    pub fn stop_receiving(&mut self) {
        self.http.stop_receiving();
    }

    /// Whether the content of a refusal goes out in chunks.
    pub fn sends_chunks(&self) -> bool {
        self.http.sends_chunks()
    }

    /// Writes a client's request (RFC 6455 section 4.1): the key, to whom it goes, and headers that say what is asked
    /// for.
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

    /// The answer to the client's key; none, unless a client has asked.
    pub fn token(&self) -> Option<AcceptToken> {
        self.token
    }

    /// Writes a server's agreement (RFC 6455 section 4.2.2): the answer to the key, and headers that say to what.
    pub fn accept(
        &mut self,
        token: &AcceptToken,
        headers: &HeaderLines,
    ) -> Result<Vec<u8>, SendError> {
        let upgrade = acceptance::upgrade_lines(token);
        Ok(self.http.send_switching_protocols(&upgrade, headers)?)
    }

    /// Why a server cannot agree again.
    pub fn accept_again(&mut self) -> Result<Vec<u8>, SendError> {
        let nothing = HeaderLines::default();
        Ok(self.http.send_switching_protocols(b"", &nothing)?)
    }

    /// Whether the connection can be refused in this state.
    pub fn check_can_reject(state: State) -> Result<(), SendError> {
        match state {
            State::Connecting => Ok(()),
            state => Err(SendError::CannotReject(state)),
        }
    }

    /// Writes a server's refusal; its content comes later, or there is none.
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

    /// Whether content of a refusal can be sent in this state.
    pub fn check_can_send_reject_data(state: State) -> Result<(), SendError> {
        match state {
            State::Rejecting => Ok(()),
            state => Err(SendError::CannotSendRejectData(state)),
        }
    }

    /// Writes content of a refusal.
    pub fn reject_data(&mut self, data: &[u8], finished: bool) -> Result<Vec<u8>, SendError> {
        Self::check_can_send_reject_data(self.state)?;
        let mut out = self.http.send_data(data)?;
        if finished {
            out.extend(self.http.send_end_of_message()?);
            self.state = State::Closed;
        }
        Ok(out)
    }

    /// Says that a piece of content of this length was to be sent, of which there is nothing to be had.
    pub fn announce_reject_data(&mut self, length: usize) -> Result<(), SendError> {
        Ok(self.http.announce_data(length)?)
    }

    /// Says that what should have been sent could not be: nothing can be sent after it.
    pub fn send_failed(&mut self) {
        self.http.send_failed();
    }
}

/// Whether another response follows (RFC 9110 section 15.2). One that has the header of an upgrade is meant for an answer.
fn is_interim(head: &ResponseHead) -> bool {
    head.status < 200 && head.status != 101 && !head.headers.has(HeaderId::Upgrade)
}

#[cfg(test)]
mod tests;
