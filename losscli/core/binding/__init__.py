"""A declared loss beside arrays of given shapes and kinds: everything decided before the first row is read."""
