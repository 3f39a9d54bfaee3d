//! From frames to messages (RFC 6455 sections 5.4 to 5.6), and where their payloads go.

use super::close::Close;
use super::decoder::{Decoder, Piece, Role};
use super::error::{Failure, ParseFailed};
use super::extension::Inbound;
use super::mask::Masked;
use super::opcode::Opcode;
use super::utf8::Utf8Decoder;

/// Where payloads go: whoever receives makes them, in memory of its own.
pub trait Store {
    /// What holds the payload of a binary message.
    type Bytes;
    /// What holds the payload of a text message.
    type Text;
    /// Why it could not be made.
    type Error;

    /// Unmask a payload into new memory.
    fn bytes(&mut self, payload: Masked<'_>) -> Result<Self::Bytes, Self::Error>;

    /// Unmask and decode the next piece of a text; `last` says that it is the last of its message.
    fn text(
        &mut self,
        payload: Masked<'_>,
        utf8: &mut Utf8Decoder,
        last: bool,
    ) -> Result<Self::Text, Failure<Self::Error>>;
}

/// What was received.
#[derive(Debug)]
pub enum Incoming<S: Store> {
    /// A piece of a text message.
    Text {
        /// The piece.
        data: S::Text,
        /// Whether it ends its frame.
        frame_finished: bool,
        /// Whether it ends its message.
        message_finished: bool,
    },
    /// A piece of a binary message.
    Binary {
        /// The piece.
        data: S::Bytes,
        /// Whether it ends its frame.
        frame_finished: bool,
        /// Whether it ends its message.
        message_finished: bool,
    },
    /// A ping with its application data.
    Ping(S::Bytes),
    /// A pong with its application data.
    Pong(S::Bytes),
    /// The peer's close frame.
    Close(Box<Close>),
}

/// Everything that receiving needs to remember.
#[derive(Clone, Debug)]
pub struct Receiver {
    decoder: Decoder,
    message: Option<Message>,
    /// A close frame was received or a rule was broken: nothing that follows counts.
    finished: bool,
    /// The most bytes that a message may have, after the extensions; all that there are if nobody has said.
    max_message_size: usize,
    /// How many the message under way has had, if there is a limit to them.
    size: usize,
}

/// The message under way.
#[derive(Clone, Debug)]
enum Message {
    Text(Utf8Decoder),
    Binary,
}

impl Receiver {
    /// A receiver for this end of a connection.
    pub const fn new(role: Role) -> Self {
        Self {
            decoder: Decoder::new(role),
            message: None,
            finished: false,
            max_message_size: usize::MAX,
            size: 0,
        }
    }

    /// The role of this end.
    pub const fn role(&self) -> Role {
        self.decoder.role()
    }

    /// Takes the other role, before anything is received.
    pub const fn set_role(&mut self, role: Role) {
        self.decoder.set_role(role);
    }

    /// The most bytes that a message may have after the extensions, if there is a limit.
    pub const fn max_message_size(&self) -> Option<usize> {
        match self.max_message_size {
            usize::MAX => None,
            limit => Some(limit),
        }
    }

    /// Fail the connection over messages of more bytes than these (RFC 6455 section 10.4).
    pub fn set_max_message_size(&mut self, limit: Option<usize>) {
        self.max_message_size = limit.unwrap_or(usize::MAX);
    }

    /// How many more bytes the message under way may have.
    pub const fn allowance(&self) -> usize {
        self.max_message_size.saturating_sub(self.size)
    }

    /// Whether nothing that follows counts: a close frame was received, or a rule was broken.
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Receive one thing and advance `input` behind it; `None` if that needs more input, or if nothing that
    /// follows counts.
    #[inline(always)]
    pub fn next<'a, 'i: 'a, X, S>(
        &'a mut self,
        input: &mut &'i [u8],
        extensions: &'a mut X,
        store: &mut S,
    ) -> Result<Option<Incoming<S>>, Failure<X::Error>>
    where
        X: Inbound,
        S: Store<Error = X::Error>,
    {
        if self.finished {
            return Ok(None);
        }
        let limited = self.max_message_size != usize::MAX;
        if limited {
            self.judge_declared(input, extensions)?;
        }
        let piece = match self.decoder.next(input, extensions) {
            Ok(None) => return Ok(None),
            Ok(Some(piece)) => piece,
            Err(failure) => {
                self.finished = true;
                return Err(failure);
            }
        };
        if let Err(error) = count(self.max_message_size, &mut self.size, &piece) {
            self.finished = true;
            return Err(error.into());
        }
        match receive(&mut self.message, piece, store) {
            Ok(incoming) => {
                self.finished = matches!(incoming, Incoming::Close(_));
                Ok(Some(incoming))
            }
            Err(failure) => {
                self.finished = true;
                Err(failure)
            }
        }
    }
}

impl Receiver {
    /// Fail at the header of a frame that takes its message over the limit, before any of its payload is received.
    #[cold]
    fn judge_declared<X: Inbound>(
        &mut self,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Result<(), Failure<X::Error>> {
        self.begin_frame(input, extensions)?;
        let declared = self.decoder.declared().filter(|_| extensions.passes());
        if declared.is_some_and(|declared| declared > self.allowance() as u64) {
            self.finished = true;
            return Err(ParseFailed::MessageTooBig(self.max_message_size).into());
        }
        Ok(())
    }

    /// Decode the header of the next frame, unless its payload is under way; whether there is a frame now.
    pub fn begin_frame<X: Inbound>(
        &mut self,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Result<bool, Failure<X::Error>> {
        if self.finished {
            return Ok(false);
        }
        let begun = self.decoder.begin_frame(input, extensions);
        self.finished = begun.is_err();
        begun
    }

    /// Receive one frame, or one piece of a data frame, without a look at the message it belongs to.
    pub fn next_piece<'a, 'i: 'a, X: Inbound>(
        &'a mut self,
        input: &mut &'i [u8],
        extensions: &'a mut X,
    ) -> Result<Option<Piece<'a>>, Failure<X::Error>> {
        self.decoder.next(input, extensions)
    }
}

/// Count a piece of a message, which may have `limit` bytes and has had `size`.
fn count(limit: usize, size: &mut usize, piece: &Piece<'_>) -> Result<(), ParseFailed> {
    if piece.opcode.is_control() {
        return Ok(());
    }
    let total = size.saturating_add(piece.payload.len());
    if total > limit {
        return Err(ParseFailed::MessageTooBig(limit));
    }
    *size = total;
    if piece.frame_finished && piece.fin {
        *size = 0;
    }
    Ok(())
}

#[inline(always)]
fn receive<S: Store>(
    message: &mut Option<Message>,
    piece: Piece<'_>,
    store: &mut S,
) -> Result<Incoming<S>, Failure<S::Error>> {
    let raised = Failure::raised;
    match piece.opcode {
        Opcode::Ping => Ok(Incoming::Ping(store.bytes(piece.payload).map_err(raised)?)),
        Opcode::Pong => Ok(Incoming::Pong(store.bytes(piece.payload).map_err(raised)?)),
        Opcode::Close => {
            let mut payload = Vec::new();
            piece.payload.append_to(&mut payload);
            Ok(Incoming::Close(Box::new(Close::parse(&payload)?)))
        }
        Opcode::Continuation | Opcode::Text | Opcode::Binary => {
            let frame_finished = piece.frame_finished;
            let message_finished = piece.frame_finished && piece.fin;
            let incoming = match begin_or_continue(message, piece.opcode)? {
                Message::Text(utf8) => Incoming::Text {
                    data: store.text(piece.payload, utf8, message_finished)?,
                    frame_finished,
                    message_finished,
                },
                Message::Binary => Incoming::Binary {
                    data: store.bytes(piece.payload).map_err(raised)?,
                    frame_finished,
                    message_finished,
                },
            };
            if message_finished {
                *message = None;
            }
            Ok(incoming)
        }
    }
}

/// Section 5.4: a message begins with its type and goes on with continuation frames only.
#[inline(always)]
fn begin_or_continue(
    message: &mut Option<Message>,
    opcode: Opcode,
) -> Result<&mut Message, ParseFailed> {
    if opcode == Opcode::Continuation {
        return message.as_mut().ok_or(ParseFailed::UnexpectedContinuation);
    }
    if message.is_some() {
        return Err(ParseFailed::ExpectedContinuation(opcode));
    }
    Ok(message.insert(if opcode == Opcode::Text {
        Message::Text(Utf8Decoder::default())
    } else {
        Message::Binary
    }))
}

#[cfg(test)]
mod tests;
