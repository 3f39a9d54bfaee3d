"""`wsproto.handshake` and `wsproto.utilities`: the opening handshake (RFC 6455 section 4)."""
