"""Rows by themselves, beside the value of all: the worst and the best of them, and all of them in a file."""
