"""The connection after the opening handshake."""
