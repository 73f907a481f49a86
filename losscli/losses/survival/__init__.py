"""Losses of times that are only known to lie between bounds, one a file."""
