"""The code in the documents does what the documents say."""
