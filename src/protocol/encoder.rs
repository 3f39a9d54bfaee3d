//! Sending: fragmentation and the layout of frames (RFC 6455 sections 5.2 to 5.5).

use super::header::{Encoded, MAX_CONTROL_PAYLOAD};
use super::mask::MaskingKey;
use super::opcode::{Opcode, Rsv};
use crate::vector::uninit::Uninit;
use crate::vector::xor_into;

/// The type of the fragmented message being sent, if any (section 5.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum OutgoingMessage {
    /// No message is being sent.
    #[default]
    Idle = 0,
    /// A text message.
    Text = 1,
    /// A binary message.
    Binary = 2,
}

/// A fragment of another type than the message being sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeMismatch;

impl OutgoingMessage {
    /// The opcode of the next fragment of a message of type `kind`, and the state after it.
    ///
    /// # Errors
    ///
    /// If a message of another type is being sent.
    pub fn next(self, kind: Self, fin: bool) -> Result<(Opcode, Self), TypeMismatch> {
        let opcode = match (self, kind) {
            (Self::Idle, Self::Text) => Opcode::Text,
            (Self::Idle, _) => Opcode::Binary,
            (under_way, kind) if under_way == kind => Opcode::Continuation,
            _ => return Err(TypeMismatch),
        };
        Ok((opcode, if fin { Self::Idle } else { kind }))
    }
}

/// Section 5.5: a control frame has at most 125 bytes of payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ControlTooLong;

/// A frame to be sent, before it is written to memory.
#[derive(Debug)]
pub struct Frame<'a> {
    header: Encoded,
    payload: &'a [u8],
    key: Option<MaskingKey>,
}

impl<'a> Frame<'a> {
    /// A frame; the client's carry a fresh masking key (section 5.3).
    pub fn new(
        opcode: Opcode,
        rsv: Rsv,
        payload: &'a [u8],
        fin: bool,
        key: Option<MaskingKey>,
    ) -> Result<Self, ControlTooLong> {
        if opcode.is_control() && payload.len() > MAX_CONTROL_PAYLOAD {
            return Err(ControlTooLong);
        }
        Ok(Self {
            header: Encoded::new(fin, rsv, opcode, payload.len(), key),
            payload,
            key,
        })
    }

    /// Its length on the wire, in bytes.
    #[allow(clippy::len_without_is_empty)] // A frame is never empty.
    pub fn len(&self) -> usize {
        self.header.size() + self.payload.len()
    }

    /// Writes the frame into `out`, every byte of which is written.
    ///
    /// # Panics
    ///
    /// If `out` is not as long as the frame.
    pub fn write_into<S: Uninit<u8>>(&self, out: &mut [S]) {
        assert_eq!(out.len(), self.len(), "the length of the frame");
        let out = self.header.write_into(out);
        match self.key {
            None => S::copy(out, self.payload),
            Some(key) => {
                xor_into(out, self.payload, key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(opcode: Opcode, payload: &[u8], key: Option<MaskingKey>) -> Vec<u8> {
        let frame = Frame::new(opcode, Rsv::NONE, payload, true, key).expect("short enough");
        let mut out = vec![0; frame.len()];
        frame.write_into(&mut out);
        out
    }

    #[test]
    fn the_examples_of_section_5_7() {
        assert_eq!(encode(Opcode::Text, b"Hello", None), b"\x81\x05Hello");
        assert_eq!(
            encode(Opcode::Text, b"Hello", Some([0x37, 0xfa, 0x21, 0x3d])),
            b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
        );
        assert_eq!(encode(Opcode::Ping, b"Hello", None), b"\x89\x05Hello");
        assert_eq!(
            encode(Opcode::Binary, &[7; 256], None)[..4],
            *b"\x82\x7e\x01\x00"
        );
        assert_eq!(
            encode(Opcode::Binary, &vec![7; 65_536], None)[..10],
            *b"\x82\x7f\0\0\0\0\0\x01\0\0"
        );
    }

    #[test]
    fn control_frames_have_at_most_125_bytes() {
        assert!(Frame::new(Opcode::Ping, Rsv::NONE, &[0; 125], true, None).is_ok());
        assert!(Frame::new(Opcode::Ping, Rsv::NONE, &[0; 126], true, None).is_err());
    }

    #[test]
    fn later_fragments_are_continuations() {
        let idle = OutgoingMessage::default();
        assert_eq!(
            idle.next(OutgoingMessage::Text, true),
            Ok((Opcode::Text, OutgoingMessage::Idle))
        );
        let (opcode, under_way) = idle.next(OutgoingMessage::Binary, false).expect("first");
        assert_eq!(
            (opcode, under_way),
            (Opcode::Binary, OutgoingMessage::Binary)
        );
        assert_eq!(
            under_way.next(OutgoingMessage::Binary, true),
            Ok((Opcode::Continuation, OutgoingMessage::Idle))
        );
    }

    #[test]
    fn a_message_has_one_type() {
        assert_eq!(
            OutgoingMessage::Text.next(OutgoingMessage::Binary, true),
            Err(TypeMismatch)
        );
    }
}
