//! Frame opcodes (RFC 6455 section 5.2) and the reserved bits beside them.

use std::fmt;

/// What a frame carries (RFC 6455 section 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Opcode {
    /// A further fragment of the message under way.
    Continuation = 0x0,
    /// The first fragment of a text message.
    Text = 0x1,
    /// The first fragment of a binary message.
    Binary = 0x2,
    /// The closing handshake.
    Close = 0x8,
    /// A request for a pong.
    Ping = 0x9,
    /// The answer to a ping, or an unsolicited heartbeat.
    Pong = 0xA,
}

impl Opcode {
    /// The opcode of these four bits; `None` if it is reserved.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xA => Some(Self::Pong),
            _ => None,
        }
    }

    /// Whether frames of this opcode are control frames (RFC 6455 section 5.5).
    pub const fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }
}

/// The `repr` of the Python enumeration, which messages contain.
impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Continuation => "CONTINUATION",
            Self::Text => "TEXT",
            Self::Binary => "BINARY",
            Self::Close => "CLOSE",
            Self::Ping => "PING",
            Self::Pong => "PONG",
        };
        write!(f, "<Opcode.{name}: {}>", *self as u8)
    }
}

/// The three reserved bits of a frame's first byte, in place (RFC 6455 section 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rsv(u8);

impl Rsv {
    /// No bit is set.
    pub const NONE: Self = Self(0);
    /// Only RSV1 is set: the bit that permessage-deflate uses (RFC 7692 section 6).
    pub const RSV1: Self = Self(0x40);

    const MASK: u8 = 0x70;

    /// The reserved bits of a frame's first byte.
    pub const fn from_first_byte(byte: u8) -> Self {
        Self(byte & Self::MASK)
    }

    /// The bits RSV1, RSV2 and RSV3.
    pub const fn new(rsv1: bool, rsv2: bool, rsv3: bool) -> Self {
        Self((rsv1 as u8) << 6 | (rsv2 as u8) << 5 | (rsv3 as u8) << 4)
    }

    /// RSV1, RSV2 and RSV3.
    pub const fn bits(self) -> [bool; 3] {
        [self.0 & 0x40 != 0, self.0 & 0x20 != 0, self.0 & 0x10 != 0]
    }

    /// The bits as they stand in a frame's first byte.
    pub const fn in_first_byte(self) -> u8 {
        self.0
    }

    /// Whether all bits that are set here are set in `allowed` too.
    pub const fn within(self, allowed: Self) -> bool {
        self.0 & !allowed.0 == 0
    }

    /// Whether RSV1 is set.
    pub const fn rsv1(self) -> bool {
        self.0 & 0x40 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_opcodes_are_none() {
        let known: Vec<u8> = (0..=0xF)
            .filter(|&b| Opcode::from_bits(b).is_some())
            .collect();
        assert_eq!(known, [0x0, 0x1, 0x2, 0x8, 0x9, 0xA]);
    }

    #[test]
    fn the_high_bit_marks_control_frames() {
        assert!(
            Opcode::Close.is_control() && Opcode::Ping.is_control() && Opcode::Pong.is_control()
        );
        assert!(!Opcode::Continuation.is_control() && !Opcode::Text.is_control());
    }

    #[test]
    fn reserved_bits_survive_the_round_trip() {
        for byte in 0..=u8::MAX {
            let rsv = Rsv::from_first_byte(byte);
            let [one, two, three] = rsv.bits();
            assert_eq!(Rsv::new(one, two, three), rsv);
            assert_eq!(rsv.in_first_byte(), byte & 0x70);
        }
    }

    #[test]
    fn within_allows_no_other_bit() {
        assert!(Rsv::RSV1.within(Rsv::RSV1) && Rsv::NONE.within(Rsv::RSV1));
        assert!(!Rsv::new(true, true, false).within(Rsv::RSV1));
    }
}
