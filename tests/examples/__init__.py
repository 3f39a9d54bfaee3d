"""The examples, each run as people run it, in conversation with somebody else's WebSockets."""
