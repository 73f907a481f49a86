"""The losses of the order of things, one a file."""
