"""wsproto under real servers and clients, over the loopback interface."""
