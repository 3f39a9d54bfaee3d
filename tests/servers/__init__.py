"""wsproto under real servers and clients, over loopback; `abilities.py` has the list of them."""
