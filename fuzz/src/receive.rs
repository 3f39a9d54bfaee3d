//! Frames and messages (RFC 6455 section 5) are received alike for every chunking and every piece
//! size, with and without permessage-deflate, with and without a limit to the size of messages.
//!
//! Options: one of flags (1: client, 2: deflate, 4: no context takeover), one of how the data are
//! cut, one of the piece size, one of the limit (0: none), one of the window.

use _wsproto::protocol::close::Close;
use _wsproto::protocol::close_code as code;
use _wsproto::protocol::deflate::WindowBits;
use _wsproto::protocol::error::{Cause, Failure, ParseFailed};
use _wsproto::protocol::extension::{InboundExtensions, NoExtensions, Transformed};
use _wsproto::protocol::mask::Masked;
use _wsproto::protocol::message::{Incoming, Receiver, Store};
use _wsproto::protocol::opcode::{Opcode, Rsv};
use _wsproto::protocol::permessage_deflate::{self, Direction};
use _wsproto::protocol::role::Role;
use _wsproto::protocol::utf8::Utf8Decoder;

use crate::input::{Input, pieces};

/// Check one stream.
///
/// # Panics
///
/// If the property is broken.
pub fn run(input: &[u8]) {
    let Input { options, data } = Input::new(input);
    let [flags, cuts, piece_size, limit, window, ..] = options;
    let settings = Settings {
        role: if flags & 1 != 0 {
            Role::Client
        } else {
            Role::Server
        },
        deflate: (flags & 2 != 0).then_some(Direction {
            window: WindowBits::new(9 + window % 7).expect("9 to 15"),
            no_context_takeover: flags & 4 != 0,
        }),
        max_message_size: (limit > 0).then_some(usize::from(limit)),
        max_piece_size: usize::MAX,
    };
    let whole = settings.receive(std::iter::once(data));
    // Not too many pieces, whatever comes out.
    let max_piece_size = (1 + usize::from(piece_size)).max(whole.size / 1000);
    let settings = Settings {
        max_piece_size,
        ..settings
    };
    whole.compare(&settings.receive(std::iter::once(data)));
    whole.compare(&settings.receive(pieces(data, cuts)));
    whole.compare(&settings.receive(data.chunks(1)));
}

#[derive(Clone, Copy)]
struct Settings {
    role: Role,
    deflate: Option<Direction>,
    max_message_size: Option<usize>,
    max_piece_size: usize,
}

impl Settings {
    fn receive<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>) -> Course {
        let mut receiver = Receiver::new(self.role);
        receiver.set_max_message_size(self.max_message_size);
        let mut inbound = permessage_deflate::MessageInflater::default();
        let mut course = Course::default();
        for mut input in pieces {
            while course.error.is_none() {
                let step = match self.deflate {
                    None => receiver.next(&mut input, &mut NoExtensions::default(), &mut Memory),
                    Some(direction) => {
                        let mut extension = Deflate {
                            direction,
                            limit: self
                                .max_piece_size
                                .min(receiver.allowance().saturating_add(1)),
                            inbound: &mut inbound,
                            out: Vec::new(),
                        };
                        receiver.next(&mut input, &mut extension, &mut Memory)
                    }
                };
                match step {
                    Ok(Some(incoming)) => course.push(incoming),
                    Ok(None) => break,
                    Err(failure) => match failure.cause() {
                        Cause::Parse(error) => course.error = Some(error),
                        Cause::Raised(never) => match never {},
                    },
                }
            }
            let nothing_left = input.is_empty();
            assert!(nothing_left || course.error.is_some() || receiver.is_finished());
        }
        course
    }
}

/// What happened, with the pieces of each frame put together.
#[derive(PartialEq, Eq, Debug, Default)]
struct Course {
    events: Vec<Event>,
    /// The frame whose end has not come.
    partial: Option<Event>,
    error: Option<ParseFailed>,
    /// How many bytes of messages there were.
    size: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Event {
    Data {
        is_text: bool,
        data: Vec<u8>,
        message_finished: bool,
    },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Close),
}

impl Course {
    fn push(&mut self, incoming: Incoming<Memory>) {
        let (is_text, piece, frame_finished, message_finished) = match incoming {
            Incoming::Text {
                data,
                frame_finished,
                message_finished,
            } => (true, data.into_bytes(), frame_finished, message_finished),
            Incoming::Binary {
                data,
                frame_finished,
                message_finished,
            } => (false, data, frame_finished, message_finished),
            Incoming::Ping(data) => return self.control(Event::Ping(data)),
            Incoming::Pong(data) => return self.control(Event::Pong(data)),
            Incoming::Close(close) => return self.control(Event::Close(*close)),
        };
        self.size += piece.len();
        assert!(frame_finished || !message_finished);
        let mut data = match self.partial.take() {
            None => Vec::new(),
            Some(Event::Data {
                is_text: before,
                data,
                ..
            }) => {
                assert_eq!(before, is_text);
                data
            }
            Some(_) => unreachable!("only frames with data are partial"),
        };
        data.extend(piece);
        let event = Event::Data {
            is_text,
            data,
            message_finished,
        };
        if frame_finished {
            self.events.push(event);
        } else {
            self.partial = Some(event);
        }
    }

    fn control(&mut self, event: Event) {
        assert_eq!(self.partial, None, "within a frame");
        self.events.push(event);
    }

    fn compare(&self, other: &Self) {
        assert_eq!(self.events, other.events);
        match (&self.error, &other.error) {
            (None, None) => assert_eq!(self.partial, other.partial),
            (Some(one), Some(another)) => {
                assert!(is_alike(one, another), "{one:?} and {another:?}");
            }
            (one, another) => panic!("{one:?} and {another:?}"),
        }
    }
}

/// Which of several faults of one frame is met first depends on how much of it is looked at in one
/// go: its place in the message is looked at when a piece of it has been inflated.
fn is_alike(one: &ParseFailed, another: &ParseFailed) -> bool {
    let of_payload = |error: &ParseFailed| {
        matches!(
            error,
            ParseFailed::ExpectedContinuation(_)
                | ParseFailed::UnexpectedContinuation
                | ParseFailed::InvalidUtf8(_)
                | ParseFailed::MessageTooBig(_)
                | ParseFailed::Extension(code::INVALID_FRAME_PAYLOAD_DATA)
        )
    };
    one == another || of_payload(one) && of_payload(another)
}

struct Memory;

enum Never {}

impl Store for Memory {
    type Bytes = Vec<u8>;
    type Text = String;
    type Error = Never;

    fn bytes(&mut self, payload: Masked<'_>) -> Result<Vec<u8>, Never> {
        let mut bytes = vec![0; payload.len()];
        payload.unmask_into(&mut bytes);
        Ok(bytes)
    }

    fn text(
        &mut self,
        payload: Masked<'_>,
        utf8: &mut Utf8Decoder,
        last: bool,
    ) -> Result<String, Failure<Never>> {
        let mut bytes = Vec::new();
        payload.append_to(&mut bytes);
        let decoded = utf8
            .decode(&bytes, last)
            .map_err(ParseFailed::InvalidUtf8)?;
        Ok(decoded
            .head
            .into_iter()
            .chain(decoded.body.text.chars())
            .collect())
    }
}

/// permessage-deflate during one step of receiving.
struct Deflate<'a> {
    direction: Direction,
    limit: usize,
    inbound: &'a mut permessage_deflate::MessageInflater,
    out: Vec<u8>,
}

impl InboundExtensions for Deflate<'_> {
    type Error = Never;

    fn header(&mut self, opcode: Opcode, rsv: Rsv, _: u64) -> Result<Rsv, Failure<Never>> {
        self.inbound.header(self.direction, opcode, rsv)?;
        Ok(Rsv::RSV1)
    }

    fn passes(&self) -> bool {
        !self.inbound.is_compressed()
    }

    fn payload<'a>(
        &'a mut self,
        payload: Masked<'a>,
        last: bool,
        fin: bool,
    ) -> Result<Transformed<'a>, Failure<Never>> {
        if !self.inbound.is_compressed() {
            self.inbound.pass(last && fin);
            return Ok(Transformed {
                payload,
                consumed: payload.len(),
                complete: true,
            });
        }
        let step = self.inbound.inflate(
            self.direction,
            payload,
            last && fin,
            self.limit,
            &mut self.out,
        )?;
        Ok(Transformed {
            payload: Masked::plain(&self.out),
            consumed: step.consumed,
            complete: step.complete,
        })
    }
}
