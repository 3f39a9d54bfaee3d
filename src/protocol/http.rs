//! HTTP/1.1 (RFC 9112) as far as the opening handshake needs it.
