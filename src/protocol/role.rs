//! The two ends of a connection.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// Which end of the connection this is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The end that opened the connection: it sends the request, and masks its frames.
    Client,
    /// The end that accepted the connection: it sends the response, and does not mask its frames.
    Server,
}

impl Role {
    /// The client, or the server.
    #[must_use]
    pub const fn from_client(is_client: bool) -> Self {
        if is_client {
            Self::Client
        } else {
            Self::Server
        }
    }

    /// Whether this is the client.
    #[must_use]
    pub const fn is_client(self) -> bool {
        matches!(self, Self::Client)
    }

    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// A role with interior mutability.
#[derive(Debug)]
pub struct AtomicRole(AtomicBool);

impl AtomicRole {
    /// This role.
    pub const fn new(role: Role) -> Self {
        Self(AtomicBool::new(role.is_client()))
    }

    /// The role.
    #[inline]
    pub fn get(&self) -> Role {
        Role::from_client(self.0.load(Ordering::Relaxed))
    }

    /// Replaces the role.
    pub fn set(&self, role: Role) {
        self.0.store(role.is_client(), Ordering::Relaxed);
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
