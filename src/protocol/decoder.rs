//! From bytes to frames (RFC 6455 sections 5.2 and 5.5).
//!
//! The input is borrowed, and payloads are returned as slices of it. Only an incomplete header (at
//! most 13 bytes) or an incomplete control frame (at most 125) is carried over to the next input.
//! The payload of a data frame is returned in pieces as it arrives; nothing is ever allocated by
//! the length that a header declares.

use super::error::{Failure, ParseFailed};
use super::extension::InboundExtensions;
use super::header::{MAX_HEADER, Prefix};
use super::mask::{Masked, MaskingKey, rotate};
use super::opcode::Opcode;
use super::role::Role;

/// A control frame, or a piece of the payload of a data frame.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The frame's opcode; [`Opcode::Continuation`] for all pieces of a frame but the first.
    pub opcode: Opcode,
    /// The payload, after the extensions.
    pub payload: Masked<'a>,
    /// Whether this is the last piece of its frame.
    pub frame_finished: bool,
    /// Whether the frame is the last of its message.
    pub fin: bool,
}

/// The state between two pieces.
#[derive(Clone, Debug)]
pub struct Decoder {
    role: Role,
    /// The frame whose header has been decoded and whose payload has not been returned in full.
    frame: Option<FrameInProgress>,
    /// The bytes of an incomplete header.
    header: [u8; MAX_HEADER],
    header_len: u8,
    /// The payload of an incomplete control frame, or of the one returned last. Boxed, since few
    /// control frames arrive in pieces.
    control: Option<Box<Carried>>,
}

/// Payload carried over from an earlier input.
#[derive(Clone, Debug, Default)]
struct Carried(Vec<u8>);

#[derive(Clone, Copy, Debug)]
struct FrameInProgress {
    /// The opcode of the next piece.
    opcode: Opcode,
    fin: bool,
    /// The key, rotated to the next byte of payload.
    key: Option<MaskingKey>,
    remaining: u64,
    /// Whether the extensions have output pending for input that they have consumed.
    owed: bool,
}

impl Decoder {
    /// A decoder of the frames that this end receives.
    pub const fn new(role: Role) -> Self {
        Self {
            role,
            frame: None,
            header: [0; MAX_HEADER],
            header_len: 0,
            control: None,
        }
    }

    /// The role of this end.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Returns the next piece and advances `input` past it; `None` if more input is needed.
    #[inline(always)]
    pub fn next<'a, 'i: 'a, X: InboundExtensions>(
        &'a mut self,
        input: &mut &'i [u8],
        extensions: &'a mut X,
    ) -> Result<Option<Piece<'a>>, Failure<X::Error>> {
        if !self.begin_frame(input, extensions)? {
            return Ok(None);
        }
        let Some(frame) = self.frame else {
            return Ok(None);
        };
        if frame.opcode.is_control() {
            self.control_frame(frame, input, extensions)
        } else {
            self.data_piece(frame, input, extensions)
        }
    }

    /// Decodes the header of the next frame and advances `input` past it, unless a frame is in
    /// progress; returns whether a frame is in progress now.
    #[inline(always)]
    pub fn begin_frame<X: InboundExtensions>(
        &mut self,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Result<bool, Failure<X::Error>> {
        Ok(self.frame.is_some() || self.read_header(input, extensions)?)
    }

    /// The bytes of payload still to come of the data frame in progress, if there is one.
    pub fn declared(&self) -> Option<u64> {
        let frame = self.frame.filter(|frame| !frame.opcode.is_control());
        frame.map(|frame| frame.remaining)
    }

    #[inline(always)]
    fn data_piece<'a, 'i: 'a, X: InboundExtensions>(
        &'a mut self,
        mut frame: FrameInProgress,
        input: &mut &'i [u8],
        extensions: &'a mut X,
    ) -> Result<Option<Piece<'a>>, Failure<X::Error>> {
        let wanted = usize::try_from(frame.remaining).unwrap_or(usize::MAX);
        let (available, _) = input.split_at(wanted.min(input.len()));
        let last = available.len() as u64 == frame.remaining;
        if available.is_empty() && !last && !frame.owed {
            return Ok(None);
        }
        let transformed = extensions.payload(Masked::new(available, frame.key), last, frame.fin)?;
        let consumed = transformed.consumed.min(available.len());
        let frame_finished = last && consumed == available.len() && transformed.complete;
        let piece = Piece {
            opcode: frame.opcode,
            payload: transformed.payload,
            frame_finished,
            fin: frame.fin,
        };
        *input = input.get(consumed..).unwrap_or_default();
        self.frame = if frame_finished {
            None
        } else {
            frame.opcode = Opcode::Continuation;
            frame.remaining -= consumed as u64;
            frame.key = frame.key.map(|key| rotate(key, consumed));
            frame.owed = !transformed.complete;
            Some(frame)
        };
        Ok(Some(piece))
    }

    /// Section 5.5: a control frame is returned whole.
    fn control_frame<'a, 'i: 'a, X: InboundExtensions>(
        &'a mut self,
        frame: FrameInProgress,
        input: &mut &'i [u8],
        extensions: &'a mut X,
    ) -> Result<Option<Piece<'a>>, Failure<X::Error>> {
        // At most 125, as `Prefix::parse` has checked.
        let length = usize::try_from(frame.remaining).unwrap_or_default();
        let held = self.control.as_ref().map_or(0, |held| held.0.len());
        let missing = length.saturating_sub(held);
        let (available, rest) = input.split_at(missing.min(input.len()));
        *input = rest;
        let payload = if held == 0 && available.len() == missing {
            available
        } else {
            let carried = &mut self.control.get_or_insert_default().0;
            carried.extend_from_slice(available);
            if carried.len() < length {
                return Ok(None);
            }
            carried
        };
        self.frame = None;
        let transformed = extensions.payload(Masked::new(payload, frame.key), true, frame.fin)?;
        Ok(Some(Piece {
            opcode: frame.opcode,
            payload: transformed.payload,
            frame_finished: true,
            fin: frame.fin,
        }))
    }

    /// Decodes a header from the bytes carried over and `input`; returns whether it is complete.
    #[inline(always)]
    fn read_header<X: InboundExtensions>(
        &mut self,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Result<bool, Failure<X::Error>> {
        if self.header_len == 0 {
            if input.is_empty() {
                return Ok(false);
            }
            if let Some((frame, len)) = parse_header(self.role, input, extensions)? {
                *input = input.get(len..).unwrap_or_default();
                self.control = None;
                self.frame = Some(frame);
                return Ok(true);
            }
        }
        self.read_split_header(input, extensions)
    }

    #[cold]
    fn read_split_header<X: InboundExtensions>(
        &mut self,
        input: &mut &[u8],
        extensions: &mut X,
    ) -> Result<bool, Failure<X::Error>> {
        let held = usize::from(self.header_len);
        let taken = input.len().min(MAX_HEADER - held);
        let (borrowed, _) = input.split_at(taken);
        for (slot, byte) in self.header.iter_mut().skip(held).zip(borrowed) {
            *slot = *byte;
        }
        let header = self.header.get(..held + taken).unwrap_or_default();
        let was_empty = held == 0;
        // Without bytes carried over, `read_header` has just found the header incomplete.
        let parsed = if was_empty {
            None
        } else {
            parse_header(self.role, header, extensions)?
        };
        match parsed {
            Some((frame, len)) => {
                // The bytes carried over were too short for a header, so `len` is above `held`.
                *input = input.get(len.saturating_sub(held)..).unwrap_or_default();
                self.header_len = 0;
                self.control = None;
                self.frame = Some(frame);
                Ok(true)
            }
            None => {
                // Fewer than `MAX_HEADER`, or a header would have been found: all of the input is
                // taken.
                self.header_len = u8::try_from(held + taken).unwrap_or_default();
                *input = input.get(taken..).unwrap_or_default();
                Ok(false)
            }
        }
    }
}

/// The header at the beginning of `data` and its length, if it is complete.
#[inline(always)]
fn parse_header<X: InboundExtensions>(
    role: Role,
    data: &[u8],
    extensions: &mut X,
) -> Result<Option<(FrameInProgress, usize)>, Failure<X::Error>> {
    let Some(prefix) = Prefix::parse(data)? else {
        return Ok(None);
    };
    let claimed = extensions.header(prefix.opcode, prefix.rsv, prefix.payload_len)?;
    if !prefix.rsv.within(claimed) {
        return Err(ParseFailed::ReservedBit.into());
    }
    // Section 5.1: masked from the client, and only from the client.
    let key = match (role, prefix.masked) {
        (Role::Client, true) => return Err(ParseFailed::MaskedFrame.into()),
        (Role::Server, false) => return Err(ParseFailed::UnmaskedFrame.into()),
        (Role::Client, false) => None,
        (Role::Server, true) => {
            let Some(key) = data.get(prefix.len..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            Some(*key)
        }
    };
    let frame = FrameInProgress {
        opcode: prefix.opcode,
        fin: prefix.fin,
        key,
        remaining: prefix.payload_len,
        owed: false,
    };
    Ok(Some((frame, prefix.len + key.map_or(0, |key| key.len()))))
}

#[cfg(test)]
mod tests;
