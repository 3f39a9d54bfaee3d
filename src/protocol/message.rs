//! From frames to messages (RFC 6455 sections 5.4 to 5.6).

use super::close::Close;
use super::decoder::{Decoder, Piece};
use super::error::{Failure, ParseFailed};
use super::extension::InboundExtensions;
use super::mask::Masked;
use super::opcode::Opcode;
use super::role::Role;
use super::utf8::Utf8Decoder;

/// Allocates received payloads: as Python objects, or as `Vec` and `String` in tests.
pub trait Store {
    /// The payload of a binary message.
    type Bytes;
    /// The payload of a text message.
    type Text;
    /// The error of an allocation.
    type Error;

    /// Unmasks a payload into new memory.
    fn bytes(&mut self, payload: Masked<'_>) -> Result<Self::Bytes, Self::Error>;

    /// Unmasks and decodes the next piece of a text; `last` says that it ends its message.
    fn text(
        &mut self,
        payload: Masked<'_>,
        utf8: &mut Utf8Decoder,
        last: bool,
    ) -> Result<Self::Text, Failure<Self::Error>>;
}

/// A received frame, or a piece of a data frame.
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

/// The state of receiving, between two pieces.
#[derive(Clone, Debug)]
pub struct Receiver {
    decoder: Decoder,
    message: Option<Message>,
    /// A close frame was received or a rule was broken: everything after it is ignored.
    finished: bool,
    /// The most bytes a message may have after the extensions; `usize::MAX` for no limit.
    max_message_size: usize,
    /// The bytes received so far of the message in progress; counted only if there is a limit.
    size: usize,
}

/// The message in progress.
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

    /// The most bytes a message may have after the extensions, if there is a limit.
    pub const fn max_message_size(&self) -> Option<usize> {
        match self.max_message_size {
            usize::MAX => None,
            limit => Some(limit),
        }
    }

    /// Sets the most bytes a message may have; a larger one fails the connection (RFC 6455 section
    /// 10.4).
    pub fn set_max_message_size(&mut self, limit: Option<usize>) {
        self.max_message_size = limit.unwrap_or(usize::MAX);
    }

    /// The bytes that the message in progress may still have.
    pub const fn allowance(&self) -> usize {
        self.max_message_size.saturating_sub(self.size)
    }

    /// Whether input is ignored, since a close frame was received or a rule was broken.
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Ignores all input from now on.
    pub const fn finish(&mut self) {
        self.finished = true;
    }

    /// Receives one frame or piece and advances `input` past it; `None` if more input is needed, or
    /// if input is ignored.
    #[inline(always)]
    pub fn next<'a, 'i: 'a, X, S>(
        &'a mut self,
        input: &mut &'i [u8],
        extensions: &'a mut X,
        store: &mut S,
    ) -> Result<Option<Incoming<S>>, Failure<X::Error>>
    where
        X: InboundExtensions,
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
    /// Fails at the header of a frame whose declared length exceeds the limit of its message.
    #[cold]
    fn judge_declared<X: InboundExtensions>(
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

    /// Decodes the header of the next frame, unless a frame is in progress; returns whether one is
    /// now.
    pub fn begin_frame<X: InboundExtensions>(
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

    /// Receives one frame, or one piece of a data frame, without checking the sequence of
    /// fragments.
    pub fn next_piece<'a, 'i: 'a, X: InboundExtensions>(
        &'a mut self,
        input: &mut &'i [u8],
        extensions: &'a mut X,
    ) -> Result<Option<Piece<'a>>, Failure<X::Error>> {
        self.decoder.next(input, extensions)
    }
}

/// Adds a piece to the `size` of its message, which may have `limit` bytes.
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

/// Section 5.4: the first frame of a message has its type, all others are continuations.
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
