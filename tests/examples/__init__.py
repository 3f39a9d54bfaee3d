"""The examples, each run as users run it, in conversation with an independent WebSocket implementation."""
