"""`PerMessageDeflate` beyond what upstream has to be compared with."""
