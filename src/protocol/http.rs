//! HTTP/1.1 (RFC 9110, RFC 9112) as far as the opening handshake needs it (RFC 6455 section 4).
//!
//! One request and its response, in both roles: heads, bodies in all three framings, and the lifecycle
//! of the two sides. Nothing is reused for a second request. What is accepted, what is refused and what
//! is written is what h11 0.16 accepts, refuses and writes, including its leniency.
//!
//! * [`Connection`] is bytes in, events out; it holds what has been received and not been understood.
//! * `state` says which event may happen when.
//! * `head` reads request and response heads, `quick` the common ones; `request` is one to be sent, `outgoing` writes them.
//! * `fields` knows the rules of header fields, `syntax` what they are made of, `index` and `name` which of them is which.
//! * `body` knows the framings of the content.

mod body;
mod buffer;
mod connection;
mod error;
mod fields;
mod head;
mod index;
mod name;
mod outgoing;
mod quick;
mod request;
mod state;
mod syntax;

pub use connection::{Connection, Event};
pub use error::{DataAfterEof, Error};
pub use fields::{Field, FieldIter, Fields};
pub use head::{RequestHead, ResponseHead, Version};
pub use name::Name;
pub use outgoing::Outgoing;
pub use request::{Host, Request};
pub use state::{Role, State};
pub use syntax::is_word;
