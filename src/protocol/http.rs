//! HTTP/1.1 (RFC 9110, RFC 9112) as far as the opening handshake needs it (RFC 6455 section 4).
//!
//! One request and its response, in both roles: heads, bodies in all three framings, and the
//! lifecycle of the two sides. Nothing is reused for a second request. What is accepted, what is
//! refused and what is written is what h11 0.16 accepts, refuses and writes, including its
//! leniency.
//!
//! * [`Exchange`] is bytes in, events out; it buffers what has been received and not been parsed.
//! * `state` says which event may happen when.
//! * `head` reads heads, with `lines` as the fallback; the fields are [`ReceivedHeaders`].
//! * `head_writer` writes heads; the fields to be sent are [`HeaderLines`].
//! * `abnf` is the grammar of fields, `header_id` which of them is which, `body` the framings of
//!   the content.

mod abnf;
mod body;
mod error;
mod exchange;
mod head;
mod head_writer;
mod header_id;
mod header_lines;
mod lines;
mod receive_buffer;
mod received_headers;
mod state;

pub use error::{Error, FeedError};
pub use exchange::{Exchange, HttpEvent};
pub use head::{RequestHead, ResponseHead};
pub use head_writer::{Host, Request};
pub use header_id::HeaderId;
pub use header_lines::HeaderLines;
pub use received_headers::{Header, ReceivedHeaders};
