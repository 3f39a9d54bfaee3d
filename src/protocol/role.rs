//! The two ends of a connection.

use std::fmt;

/// Which end of the connection this is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The end that opened the connection: it sends the request, and masks its frames.
    Client,
    /// The end that accepted the connection: it sends the response, and does not mask its frames.
    Server,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// The name in h11's messages.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "CLIENT",
            Self::Server => "SERVER",
        })
    }
}
