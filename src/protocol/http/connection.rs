//! One HTTP/1.1 exchange in either role: bytes in, events out, and the other way round
//! (RFC 9112 sections 6 and 9).

use super::body::{BodyReader, BodyWriter, Framing, Method, Piece};
use super::buffer::Buffer;
use super::error::{Error, FeedError};
use super::head::{RequestHead, ResponseHead, Version};
use super::received_headers::Traits;
use super::state::{EventKind, Role, State, States, Switch};

mod sending;

/// What has been received.
#[derive(Debug)]
pub enum Event {
    /// The head of a request.
    Request(RequestHead),
    /// The head of a response, be it an interim or a final one.
    Response(ResponseHead),
    /// A piece of content.
    Data(Vec<u8>),
    /// The content is complete.
    EndOfMessage,
}

/// A head or a line may be this long before it is complete.
const MAX_INCOMPLETE: usize = 16 * 1024;

/// One side of an exchange.
#[derive(Debug)]
pub struct Connection {
    role: Role,
    states: States,
    buffer: Buffer,
    /// The end of the stream has been announced; it comes after what is in the buffer.
    eof: bool,
    /// What comes from now on is not kept: it belongs to another protocol, or to nobody.
    discard_input: bool,
    /// How the peer's content is read, while it is in `SEND_BODY`.
    reader: Option<BodyReader>,
    /// How our content is written, while we are in `SEND_BODY`.
    writer: Option<BodyWriter>,
    their_version: Option<Version>,
    method: Option<Method>,
}

impl Connection {
    /// An exchange in which nothing has happened.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self {
            role,
            states: States::new(),
            buffer: Buffer::default(),
            eof: false,
            discard_input: false,
            reader: None,
            writer: None,
            their_version: None,
            method: None,
        }
    }

    /// Takes the other role, before anything has happened.
    pub fn set_role(&mut self, role: Role) {
        self.role = role;
    }

    /// The role of this side.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the end of the stream has been announced.
    pub fn has_ended(&self) -> bool {
        self.eof
    }

    /// Takes received bytes, or the end of the stream, which is no bytes.
    pub fn receive_data(&mut self, data: &[u8]) -> Result<(), FeedError> {
        if data.is_empty() {
            self.eof = true;
            return Ok(());
        }
        if self.eof {
            return Err(FeedError::DataAfterEof);
        }
        let theirs = self.states.of(self.role.peer());
        if self.discard_input || matches!(theirs, State::SwitchedProtocol | State::Error) {
            return Ok(());
        }
        self.buffer.push(data)?;
        if theirs == State::Done {
            // It will never be read. It matters only that there is something.
            self.buffer.truncate(1);
        }
        Ok(())
    }

    /// The next event, unless there is none in what has arrived.
    pub fn next_event(&mut self) -> Result<Option<Event>, Error> {
        if self.states.of(self.role.peer()) == State::Error {
            return Err(Error::TheirSideFailed);
        }
        self.try_next_event().map_err(|error| self.failed(error))
    }

    /// The peer has broken a rule.
    #[cold]
    fn failed(&mut self, error: Error) -> Error {
        self.states.fail(self.role.peer());
        self.buffer = Buffer::default();
        error
    }

    /// What has been received and is not HTTP, or not HTTP any more.
    pub fn trailing_data(&self) -> &[u8] {
        match self.states.of(self.role.peer()) {
            State::MightSwitchProtocol | State::SwitchedProtocol => self.buffer.rest(),
            // The rest of a message that is not complete.
            _ => &[],
        }
    }

    /// Drops what has been received, and keeps nothing from here on.
    pub fn stop_receiving(&mut self) {
        self.discard_input = true;
        self.buffer = Buffer::default();
    }

    /// Whether the content that is being sent comes in chunks.
    pub fn sends_chunks(&self) -> bool {
        matches!(self.writer, Some(BodyWriter::Chunked))
    }

    fn try_next_event(&mut self) -> Result<Option<Event>, Error> {
        let theirs = self.states.of(self.role.peer());
        let event = match theirs {
            State::Done if !self.buffer.is_empty() => return Ok(None),
            State::MightSwitchProtocol | State::SwitchedProtocol => return Ok(None),
            State::Idle | State::SendResponse => self.read_head()?,
            State::SendBody => self.read_body()?,
            _ if self.buffer.is_empty() => None,
            _ => return Err(Error::DataAfterEnd),
        };
        if event.is_none() && self.eof && self.buffer.is_empty() {
            // A body that ends with the stream has been dealt with.
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

    fn read_head(&mut self) -> Result<Option<Event>, Error> {
        let Some(length) = self.buffer.lines() else {
            // Not even the beginning of a line: TLS, for example.
            return match self.buffer.rest().first() {
                Some(b'\0'..=b' ') => Err(Error::IllegalStartLine),
                _ => Ok(None),
            };
        };
        let head = self.buffer.take(length);
        Ok(Some(match self.role {
            Role::Server => Event::Request(RequestHead::parse(head)?),
            Role::Client => Event::Response(ResponseHead::parse(head)?),
        }))
    }

    fn read_body(&mut self) -> Result<Option<Event>, Error> {
        let Some(reader) = &mut self.reader else {
            debug_assert!(false, "there is a reader in SEND_BODY");
            return Ok(None);
        };
        let mut piece = reader.read(&mut self.buffer)?;
        if piece.is_none() && self.eof && self.buffer.is_empty() {
            piece = Some(reader.read_eof()?);
        }
        Ok(piece.map(|piece| match piece {
            Piece::Data(data) => Event::Data(data),
            Piece::End => Event::EndOfMessage,
        }))
    }

    /// Does what a received event entails.
    fn received(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Request(head) => self.request_received(head)?,
            Event::Response(head) => self.response_received(head)?,
            Event::Data(_) => self.states.apply(self.role.peer(), EventKind::Data, None)?,
            Event::EndOfMessage => {
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
        self.reader = Some(BodyReader::new(Framing::of_request(traits)));
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

    /// What a request means for both sides, whoever sends it.
    fn apply_request(
        &mut self,
        method: &[u8],
        traits: Traits,
        version: Version,
    ) -> Result<(), Error> {
        let method = Method::of(method);
        // Proposals count even if the request comes at the wrong time.
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

    /// What a response means for both sides, whoever sends it, and the framing of its content.
    fn apply_response(
        &mut self,
        status: u16,
        traits: Traits,
        version: Version,
    ) -> Result<Framing, Error> {
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
        Ok(Framing::of_response(self.method, status, traits))
    }

    /// A message may announce that the connection ends with it (RFC 9112 section 9.3). HTTP/1.0 always
    /// does so here, since it says by default.
    fn apply_keep_alive(&mut self, traits: Traits, version: Version) {
        if version < Version::HTTP_11 || traits.closes {
            self.states.disable_keep_alive();
        }
    }
}

#[cfg(test)]
mod tests;
