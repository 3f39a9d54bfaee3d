//! One HTTP/1.1 exchange, a request and its response, in either role (RFC 9112 sections 6 and 9).

use super::body::{BodyFraming, BodyPiece, BodyReader, BodyWriter, Method};
use super::error::{Error, EventKind, FeedError, HttpState};
use super::head::{RequestHead, ResponseHead};
use super::lines::Version;
use super::receive_buffer::ReceiveBuffer;
use super::received_headers::Traits;
use super::state::{States, Switch};
use crate::protocol::role::Role;

mod sending;

/// A received part of a message.
#[derive(Debug)]
pub enum HttpEvent {
    /// The head of a request.
    Request(RequestHead),
    /// The head of an interim or final response.
    Response(ResponseHead),
    /// A piece of content.
    Data(Vec<u8>),
    /// The content is complete.
    EndOfMessage,
}

/// The most bytes buffered of an incomplete head or line.
const MAX_INCOMPLETE: usize = 16 * 1024;

/// One side of an exchange: bytes in, events out; events in, bytes out.
#[derive(Debug)]
pub struct Exchange {
    role: Role,
    states: States,
    buffer: ReceiveBuffer,
    /// The end of the stream has been announced; it follows the buffered bytes.
    eof: bool,
    /// Received bytes are dropped from now on: HTTP has ended.
    discard_input: bool,
    /// Reads the peer's content, while the peer is in `SEND_BODY`.
    reader: Option<BodyReader>,
    /// Writes this side's content, while it is in `SEND_BODY`.
    writer: Option<BodyWriter>,
    their_version: Option<Version>,
    method: Option<Method>,
}

impl Exchange {
    /// A new exchange.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self {
            role,
            states: States::new(),
            buffer: ReceiveBuffer::default(),
            eof: false,
            discard_input: false,
            reader: None,
            writer: None,
            their_version: None,
            method: None,
        }
    }

    /// The role of this side.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the end of the stream has been announced.
    pub fn has_ended(&self) -> bool {
        self.eof
    }

    /// Buffers received bytes; empty data announce the end of the stream.
    pub fn receive_data(&mut self, data: &[u8]) -> Result<(), FeedError> {
        if data.is_empty() {
            self.eof = true;
            return Ok(());
        }
        if self.eof {
            return Err(FeedError::DataAfterEof);
        }
        let theirs = self.states.get(self.role.peer());
        if self.discard_input || matches!(theirs, HttpState::SwitchedProtocol | HttpState::Error) {
            return Ok(());
        }
        self.buffer.push(data)?;
        if theirs == HttpState::Done {
            // Never parsed: one byte suffices to know that there is something.
            self.buffer.truncate(1);
        }
        Ok(())
    }

    /// The next event that is complete, if there is one.
    pub fn next_event(&mut self) -> Result<Option<HttpEvent>, Error> {
        if self.states.get(self.role.peer()) == HttpState::Error {
            return Err(Error::TheirSideFailed);
        }
        self.try_next_event().map_err(|error| self.failed(error))
    }

    /// Records that the peer has broken a rule.
    #[cold]
    fn failed(&mut self, error: Error) -> Error {
        self.states.fail(self.role.peer());
        self.buffer = ReceiveBuffer::default();
        error
    }

    /// Received bytes after the end of HTTP.
    pub fn trailing_data(&self) -> &[u8] {
        match self.states.get(self.role.peer()) {
            HttpState::MightSwitchProtocol | HttpState::SwitchedProtocol => self.buffer.rest(),
            // The beginning of an incomplete message.
            _ => &[],
        }
    }

    /// Drops the buffered bytes and all that follow.
    pub fn stop_receiving(&mut self) {
        self.discard_input = true;
        self.buffer = ReceiveBuffer::default();
    }

    /// Whether the content being sent is chunked.
    pub fn sends_chunks(&self) -> bool {
        matches!(self.writer, Some(BodyWriter::Chunked))
    }

    fn try_next_event(&mut self) -> Result<Option<HttpEvent>, Error> {
        let theirs = self.states.get(self.role.peer());
        let event = match theirs {
            HttpState::Done if !self.buffer.is_empty() => return Ok(None),
            HttpState::MightSwitchProtocol | HttpState::SwitchedProtocol => return Ok(None),
            HttpState::Idle | HttpState::SendResponse => self.read_head()?,
            HttpState::SendBody => self.read_body()?,
            _ if self.buffer.is_empty() => None,
            _ => return Err(Error::DataAfterEnd),
        };
        if event.is_none() && self.eof && self.buffer.is_empty() {
            // `read_body` handles a body that ends with the stream.
            self.states
                .apply(self.role.peer(), EventKind::ConnectionClosed, None)?;
            return Ok(None);
        }
        match &event {
            Some(event) => self.received(event)?,
            None if self.buffer.len() > MAX_INCOMPLETE => return Err(Error::TooLong),
            None if self.eof => return Err(Error::UnexpectedClose),
            None => {}
        }
        Ok(event)
    }

    fn read_head(&mut self) -> Result<Option<HttpEvent>, Error> {
        let Some(length) = self.buffer.lines() else {
            // A control character cannot begin a head; this is TLS, for example.
            return match self.buffer.rest().first() {
                Some(b'\0'..=b' ') => Err(Error::IllegalStartLine),
                _ => Ok(None),
            };
        };
        let head = self.buffer.take(length);
        Ok(Some(match self.role {
            Role::Server => HttpEvent::Request(RequestHead::parse(head)?),
            Role::Client => HttpEvent::Response(ResponseHead::parse(head)?),
        }))
    }

    fn read_body(&mut self) -> Result<Option<HttpEvent>, Error> {
        let Some(reader) = &mut self.reader else {
            debug_assert!(false, "there is a reader in SEND_BODY");
            return Ok(None);
        };
        let mut piece = reader.read(&mut self.buffer)?;
        if piece.is_none() && self.eof && self.buffer.is_empty() {
            piece = Some(reader.read_eof()?);
        }
        Ok(piece.map(|piece| match piece {
            BodyPiece::Data(data) => HttpEvent::Data(data),
            BodyPiece::End => HttpEvent::EndOfMessage,
        }))
    }

    /// Applies a received event to the states.
    fn received(&mut self, event: &HttpEvent) -> Result<(), Error> {
        match event {
            HttpEvent::Request(head) => self.request_received(head)?,
            HttpEvent::Response(head) => self.response_received(head)?,
            HttpEvent::Data(_) => self.states.apply(self.role.peer(), EventKind::Data, None)?,
            HttpEvent::EndOfMessage => {
                let kind = EventKind::EndOfMessage;
                self.states.apply(self.role.peer(), kind, None)?;
                self.reader = None;
            }
        }
        Ok(())
    }

    fn request_received(&mut self, head: &RequestHead) -> Result<(), Error> {
        let traits = head.headers.traits();
        self.apply_request(head.method(), traits, head.version)?;
        self.their_version = Some(head.version);
        self.reader = Some(BodyReader::new(BodyFraming::for_request(traits)));
        Ok(())
    }

    fn response_received(&mut self, head: &ResponseHead) -> Result<(), Error> {
        let framing = self.apply_response(head.status, head.headers.traits(), head.version)?;
        self.their_version = Some(head.version);
        if head.status >= 200 {
            self.reader = Some(BodyReader::new(framing));
        }
        Ok(())
    }

    /// Applies a request, sent or received, to both sides.
    fn apply_request(
        &mut self,
        method: &[u8],
        traits: Traits,
        version: Version,
    ) -> Result<(), Error> {
        let method = Method::from_bytes(method);
        // A proposal is recorded even if the request comes at the wrong time.
        if method == Method::Connect {
            self.states.propose(Switch::Connect);
        }
        if traits.upgrades {
            self.states.propose(Switch::Upgrade);
        }
        self.states.apply(Role::Client, EventKind::Request, None)?;
        self.method = Some(method);
        self.apply_keep_alive(traits, version);
        Ok(())
    }

    /// Applies a response, sent or received, to both sides, and returns the framing of its content.
    fn apply_response(
        &mut self,
        status: u16,
        traits: Traits,
        version: Version,
    ) -> Result<BodyFraming, Error> {
        let kind = match status {
            ..200 => EventKind::InformationalResponse,
            _ => EventKind::Response,
        };
        let switch = match status {
            101 => Some(Switch::Upgrade),
            200..300 if self.states.is_proposed(Switch::Connect) => Some(Switch::Connect),
            _ => None,
        };
        self.states.apply(Role::Server, kind, switch)?;
        if kind == EventKind::Response {
            self.apply_keep_alive(traits, version);
        }
        Ok(BodyFraming::for_response(self.method, status, traits))
    }

    /// A message may announce that the connection ends with it (RFC 9112 section 9.3), as HTTP/1.0
    /// does by default.
    fn apply_keep_alive(&mut self, traits: Traits, version: Version) {
        if version < Version::HTTP_11 || traits.closes {
            self.states.disable_keep_alive();
        }
    }
}

#[cfg(test)]
mod tests;
