"""The distribution `wsproto-rs`, in environments of its own."""
