"""WebSocket sockets, frames, messages, connections and servers on top of wsproto."""
