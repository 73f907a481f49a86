"""Which columns of a file are meant."""
