//! The state machine of a connection (RFC 6455 sections 4 and 7).
//!
//! ```text
//!               handshake                 send Close
//! CONNECTING ───────────────▶ OPEN ─────────────────────▶ LOCAL_CLOSING
//!     │                        │                                │
//!     │ reject                 │ receive Close                  │ receive Close
//!     ▼                        ▼                                ▼
//! REJECTING                REMOTE_CLOSING ──────────────────▶ CLOSED
//!     │                                     send Close          ▲
//!     └─────────────────────────────────────────────────────────┘
//!                            end of the body
//! ```
//!
//! The end of the transport leads from any state to CLOSED. A violation of the framing by the peer
//! changes no state: that happens when the application sends the close frame that the event
//! suggests.

/// The state of a connection. The numbers are the values of the Python enumeration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum State {
    /// The opening handshake is not complete.
    Connecting = 0,
    /// Messages may be exchanged.
    Open = 1,
    /// The peer's close frame has been received and not yet answered.
    RemoteClosing = 2,
    /// The close frame of this side has been sent, and the peer's is awaited.
    LocalClosing = 3,
    /// The closing handshake is complete, or the transport has ended.
    Closed = 4,
    /// The opening handshake is being rejected.
    Rejecting = 5,
}

/// What to do with bytes from the peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reception {
    /// Decode them.
    Decode,
    /// Drop them: the peer has sent its close frame (section 5.5.1).
    Ignore,
    /// Refuse them: the connection is closed.
    Refuse,
}

impl State {
    /// All states, indexed by number.
    pub const ALL: [Self; 6] = [
        Self::Connecting,
        Self::Open,
        Self::RemoteClosing,
        Self::LocalClosing,
        Self::Closed,
        Self::Rejecting,
    ];

    /// Section 5.5.1: after a close frame nothing else is sent.
    pub const fn may_send_messages(self) -> bool {
        matches!(self, Self::Open)
    }

    /// Section 5.5.1: a close frame is sent once.
    pub const fn may_send_close(self) -> bool {
        matches!(self, Self::Open | Self::RemoteClosing)
    }

    /// The state that sending a close frame leads to.
    #[must_use]
    pub const fn after_sending_close(self) -> Self {
        match self {
            Self::RemoteClosing => Self::Closed,
            _ => Self::LocalClosing,
        }
    }

    /// The state that the peer's close frame leads to.
    #[must_use]
    pub const fn after_receiving_close(self) -> Self {
        match self {
            Self::LocalClosing => Self::Closed,
            _ => Self::RemoteClosing,
        }
    }

    /// What to do with bytes from the peer.
    pub const fn reception(self) -> Reception {
        match self {
            Self::Open | Self::LocalClosing => Reception::Decode,
            Self::Closed => Reception::Refuse,
            _ => Reception::Ignore,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_handshake_from_either_side() {
        assert_eq!(State::Open.after_sending_close(), State::LocalClosing);
        assert_eq!(State::LocalClosing.after_receiving_close(), State::Closed);
        assert_eq!(State::Open.after_receiving_close(), State::RemoteClosing);
        assert_eq!(State::RemoteClosing.after_sending_close(), State::Closed);
    }

    #[test]
    fn a_close_frame_is_sent_once() {
        assert!(State::Open.may_send_close() && State::RemoteClosing.may_send_close());
        assert!(!State::LocalClosing.may_send_close() && !State::Closed.may_send_close());
    }

    #[test]
    fn messages_are_sent_while_open_only() {
        let open: Vec<State> = State::ALL
            .into_iter()
            .filter(|s| s.may_send_messages())
            .collect();
        assert_eq!(open, [State::Open]);
    }

    #[test]
    fn bytes_after_the_end_are_refused() {
        assert_eq!(State::Closed.reception(), Reception::Refuse);
        assert_eq!(State::RemoteClosing.reception(), Reception::Ignore);
        assert_eq!(State::LocalClosing.reception(), Reception::Decode);
    }

    #[test]
    fn numbers_and_states_agree() {
        for (number, state) in State::ALL.into_iter().enumerate() {
            assert_eq!(state as usize, number);
        }
    }
}
